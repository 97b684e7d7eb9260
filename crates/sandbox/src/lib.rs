//! A local emulator of what Petrel talks to: Entra ID, Microsoft Graph mail, change notifications over SignalR.
//! Pure: requests and the time go in, answers and pushes come out; the program beside it owns sockets and clocks.

mod chance;
mod control;
mod entra;
mod generate;
mod graph;
mod hub;
mod mailbox;
mod mime;
mod people;
mod sandbox;
mod settings;
mod smtp;
mod time;
mod web;

pub use crate::hub::{Frame, Push, SocketId};
pub use crate::mime::mbox::{is_mbox, split as split_mbox};
pub use crate::sandbox::{DeliverError, Fate, Faulted, InFlight, PASS, Reply, Sandbox};
pub use crate::settings::{Host, Origins, Settings};
pub use crate::smtp::{Arrived, SmtpDialogue, Step};

//! A local emulator of what Petrel talks to: Entra ID, Microsoft Graph mail, change notifications over SignalR.
//! Pure: requests and the time go in, answers and pushes come out; the program beside it owns sockets and clocks.

mod behaviour;
mod chance;
mod control;
mod cors;
mod directory;
mod entra;
mod flights;
mod generate;
mod graph;
mod hub;
mod mailbox;
mod meeting;
mod mime;
mod office;
mod people;
mod portrait;
mod sandbox;
mod settings;
mod smtp;
mod time;
mod uploads;
mod web;
mod zones;

pub use crate::flights::Flight;
pub use crate::hub::courier::{Outgoing, OutgoingId};
pub use crate::hub::{Frame, Push, SocketId};
pub use crate::mime::mbox::{is_mbox, split as split_mbox};
pub use crate::sandbox::{DeliverError, Fate, Faulted, PASS, Pace, Reply, Sandbox, WAIT};
pub use crate::settings::{Host, Origins, Settings};
pub use crate::smtp::{Arrived, SmtpDialogue, Step};

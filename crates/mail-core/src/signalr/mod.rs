//! The SignalR session over a WebSocket, in JSON, as far as a listener needs it.
//! Source: dotnet/aspnetcore, `HubProtocol.md` and `TransportProtocols.md`, and recorded traffic of the official client.

mod notification;
mod session;

pub use notification::{Lifecycle, Notification};
pub use session::{Event, Session, pump};

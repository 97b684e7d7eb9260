//! The browser, as Petrel sees it: the core's ports, and the few things the page itself does.
//! This is the only crate that names a browser API, so that everything else can be tested without one.

pub mod channel;
pub mod diagnostics;
pub mod file;
mod global;
pub mod lock;
pub mod page;
pub mod ports;
pub mod room;
pub mod shell;
pub mod store;
pub mod worker;

//! The pure core of Petrel: every decision a mail client takes, and none of its effects.
//!
//! This crate knows no browser, reads no clock and no randomness and opens no connection: time, chance
//! and I/O come in through the [`ports`]. The whole of it runs natively, in milliseconds, in tests.

mod arranged;
pub mod attachment;
pub mod auth;
pub mod backoff;
pub mod compose;
pub mod config;
pub mod engine;
pub mod error;
pub mod graph;
pub mod hosts;
pub mod id;
mod json;
pub mod model;
pub mod outbox;
pub mod ports;
pub mod protocol;
pub mod signalr;
pub mod store;
pub mod sync;
pub mod time;

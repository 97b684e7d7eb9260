//! The sandbox as its users meet it: whole exchanges through its public functions.
//! One program for all of them, because linking is the slow part.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

#[path = "sandbox/away.rs"]
mod away;
#[path = "sandbox/client.rs"]
mod client;
#[path = "sandbox/delta.rs"]
mod delta;
#[path = "sandbox/determinism.rs"]
mod determinism;
#[path = "sandbox/faults.rs"]
mod faults;
#[path = "sandbox/import.rs"]
mod import;
#[path = "sandbox/mail.rs"]
mod mail;
#[path = "sandbox/notifications.rs"]
mod notifications;
#[path = "sandbox/rules.rs"]
mod rules;
#[path = "sandbox/sending.rs"]
mod sending;
#[path = "sandbox/settings.rs"]
mod settings;
#[path = "sandbox/sign_in.rs"]
mod sign_in;
#[path = "sandbox/smtp.rs"]
mod smtp;

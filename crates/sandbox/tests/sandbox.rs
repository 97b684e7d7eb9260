//! The sandbox as its users meet it: whole exchanges through its public functions.
//! One program for all of them, because linking is the slow part.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

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
#[path = "sandbox/meetings.rs"]
mod meetings;
#[path = "sandbox/notifications.rs"]
mod notifications;
#[path = "sandbox/people.rs"]
mod people;
#[path = "sandbox/sending.rs"]
mod sending;
#[path = "sandbox/sign_in.rs"]
mod sign_in;
#[path = "sandbox/smtp.rs"]
mod smtp;

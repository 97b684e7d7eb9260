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
#[path = "sandbox/entra_consent.rs"]
mod entra_consent;
#[path = "sandbox/entra_errors.rs"]
mod entra_errors;
#[path = "sandbox/entra_pages.rs"]
mod entra_pages;
#[path = "sandbox/entra_tokens.rs"]
mod entra_tokens;
#[path = "sandbox/faults.rs"]
mod faults;
#[path = "sandbox/import.rs"]
mod import;
#[path = "sandbox/mail.rs"]
mod mail;
#[path = "sandbox/notifications.rs"]
mod notifications;
#[path = "sandbox/sending.rs"]
mod sending;
#[path = "sandbox/sign_in.rs"]
mod sign_in;
#[path = "sandbox/smtp.rs"]
mod smtp;
#[path = "sandbox/visitor.rs"]
mod visitor;

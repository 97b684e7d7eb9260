//! The sandbox as its users meet it: whole exchanges through its public functions.
//! One program for all of them, because linking is the slow part.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

#[path = "sandbox/attachments.rs"]
mod attachments;
#[path = "sandbox/away.rs"]
mod away;
#[path = "sandbox/batch.rs"]
mod batch;
#[path = "sandbox/channel.rs"]
mod channel;
#[path = "sandbox/client.rs"]
mod client;
#[path = "sandbox/delta.rs"]
mod delta;
#[path = "sandbox/delta_habits.rs"]
mod delta_habits;
#[path = "sandbox/determinism.rs"]
mod determinism;
#[path = "sandbox/endpoint.rs"]
mod endpoint;
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
#[path = "sandbox/folder_delta.rs"]
mod folder_delta;
#[path = "sandbox/folders.rs"]
mod folders;
#[path = "sandbox/frames.rs"]
mod frames;
#[path = "sandbox/import.rs"]
mod import;
#[path = "sandbox/limits.rs"]
mod limits;
#[path = "sandbox/mail.rs"]
mod mail;
#[path = "sandbox/meetings.rs"]
mod meetings;
#[path = "sandbox/message_verbs.rs"]
mod message_verbs;
#[path = "sandbox/notifications.rs"]
mod notifications;
#[path = "sandbox/odata.rs"]
mod odata;
#[path = "sandbox/odd_input.rs"]
mod odd_input;
#[path = "sandbox/people.rs"]
mod people;
#[path = "sandbox/points.rs"]
mod points;
#[path = "sandbox/rich.rs"]
mod rich;
#[path = "sandbox/rules.rs"]
mod rules;
#[path = "sandbox/search_folders.rs"]
mod search_folders;
#[path = "sandbox/searching.rs"]
mod searching;
#[path = "sandbox/sending.rs"]
mod sending;
#[path = "sandbox/settings.rs"]
mod settings;
#[path = "sandbox/sign_in.rs"]
mod sign_in;
#[path = "sandbox/smtp.rs"]
mod smtp;
#[path = "sandbox/spoils.rs"]
mod spoils;
#[path = "sandbox/subscriptions.rs"]
mod subscriptions;
#[path = "sandbox/uploads.rs"]
mod uploads;
#[path = "sandbox/visitor.rs"]
mod visitor;
#[path = "sandbox/web_push.rs"]
mod web_push;
#[path = "sandbox/webhooks.rs"]
mod webhooks;

//! The whole system in one process: the engine, its store in memory and the sandbox, with simulated time.
//! No port is opened and nothing waits: an hour passes in milliseconds, and every run is the same.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

#[path = "whole_system/acting.rs"]
mod acting;
#[path = "whole_system/agreement.rs"]
mod agreement;
#[path = "whole_system/attachments.rs"]
mod attachments;
#[path = "whole_system/bad_pages.rs"]
mod bad_pages;
#[path = "whole_system/bodies.rs"]
mod bodies;
#[path = "whole_system/four_slots.rs"]
mod four_slots;
#[path = "whole_system/hosts.rs"]
mod hosts;
#[path = "whole_system/live.rs"]
mod live;
#[path = "whole_system/sending.rs"]
mod sending;
#[path = "whole_system/signing_in.rs"]
mod signing_in;
#[path = "whole_system/troubles.rs"]
mod troubles;
#[path = "whole_system/twins.rs"]
mod twins;
#[path = "whole_system/world.rs"]
mod world;

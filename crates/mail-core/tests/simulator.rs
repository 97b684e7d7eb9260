//! The simulator: the engine, a device and Microsoft in one thread, driven from one seed. It kills, freezes and doubles the engine at
//! any of its awaits, bends every answer and every commit, and checks after each step what was promised to the person.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on should stop"
)]

#[path = "simulator/chance.rs"]
mod chance;
#[path = "simulator/checks.rs"]
mod checks;
#[path = "simulator/device.rs"]
mod device;
#[path = "simulator/disk.rs"]
mod disk;
#[path = "simulator/journeys.rs"]
mod journeys;
#[path = "simulator/kept.rs"]
mod kept;
#[path = "simulator/ledger.rs"]
mod ledger;
#[path = "simulator/life.rs"]
mod life;
#[path = "simulator/lives.rs"]
mod lives;
#[path = "simulator/network.rs"]
mod network;
#[path = "simulator/person.rs"]
mod person;
#[path = "simulator/points.rs"]
mod points;
#[path = "simulator/socket.rs"]
mod socket;
#[path = "simulator/somebody.rs"]
mod somebody;
#[path = "simulator/trouble.rs"]
mod trouble;
#[path = "simulator/truth.rs"]
mod truth;
#[path = "simulator/world.rs"]
mod world;

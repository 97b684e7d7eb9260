//! The engine's host.
fn main() {}

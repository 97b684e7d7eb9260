//! The core's ports over the browser's APIs. They work in a page and in a worker alike; the store, the fifth port,
//! has a module of its own.

mod clock;
mod fetch;
mod random;
mod socket;
#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;

pub use clock::BrowserClock;
pub(crate) use clock::timer_millis;
pub use fetch::Fetch;
pub use random::BrowserRandom;
pub use socket::{BrowserConnection, BrowserSocket};

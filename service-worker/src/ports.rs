//! The browser behind the engine's ports.

use mail_browser::ports::{BrowserClock, BrowserRandom, Fetch};
use mail_browser::store::IndexedStore;
use mail_core::engine::Ports;

/// The engine's doors in a browser.
pub struct BrowserPorts {
    /// What the device remembers.
    pub store: IndexedStore,
}

impl Ports for BrowserPorts {
    type Http = Fetch;
    type Store = IndexedStore;
    type Clock = BrowserClock;
    type Random = BrowserRandom;

    fn http(&self) -> &Fetch {
        &Fetch
    }

    fn store(&self) -> &IndexedStore {
        &self.store
    }

    fn clock(&self) -> &BrowserClock {
        &BrowserClock
    }

    fn random(&self) -> &BrowserRandom {
        &BrowserRandom
    }
}

//! The tab's own small memory, which ends with the tab. Where the browser refuses it, nothing is remembered.

use super::window;
use web_sys::Storage;

fn storage() -> Option<Storage> {
    window()?.session_storage().ok().flatten()
}

/// Remembers a value while this tab lives.
pub fn remember(key: &str, value: &str) {
    if let Some(storage) = storage() {
        // Full or refused: as if there were no memory.
        drop(storage.set_item(key, value));
    }
}

/// What was remembered.
pub fn recall(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Forgets a value.
pub fn forget(key: &str) {
    if let Some(storage) = storage() {
        drop(storage.remove_item(key));
    }
}

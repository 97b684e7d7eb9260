//! The tab's own small memory, which ends with the tab, and marks that outlive it: that mail is kept in this browser, and
//! choices of the person. Where the browser refuses them, nothing is remembered.

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

/// Where the mark is.
const MARK: &str = "petrel-keeps-mail";

fn lasting() -> Option<Storage> {
    window()?.local_storage().ok().flatten()
}

/// Marks whether somebody's mail is kept in this browser, so that a browser which dropped it is found out.
pub fn mark_kept(kept: bool) {
    choose(MARK, kept);
}

/// Whether somebody's mail should be here.
pub fn is_marked_kept() -> bool {
    is_chosen(MARK)
}

/// Keeps a choice on this device, until it is taken back.
pub fn choose(key: &str, chosen: bool) {
    if let Some(storage) = lasting() {
        // Full or refused: as if nothing had been chosen.
        drop(if chosen { storage.set_item(key, "1") } else { storage.remove_item(key) });
    }
}

/// Whether something was chosen on this device.
pub fn is_chosen(key: &str) -> bool {
    lasting().and_then(|storage| storage.get_item(key).ok().flatten()).is_some()
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

//! The tab's own small memory, which ends with the tab, and one mark that outlives it: that mail is kept in this browser. Where
//! the browser refuses them, nothing is remembered.

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
    if let Some(storage) = lasting() {
        // Full or refused: as if there were no mark.
        drop(if kept { storage.set_item(MARK, "1") } else { storage.remove_item(MARK) });
    }
}

/// Whether somebody's mail should be here.
pub fn is_marked_kept() -> bool {
    lasting().and_then(|storage| storage.get_item(MARK).ok().flatten()).is_some()
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

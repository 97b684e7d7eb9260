//! What the browser threw, as the store's errors. Browsers tell failures apart by the exception's name alone.

use crate::global::words;
use mail_core::store::StoreError;
use wasm_bindgen::JsValue;

/// A failure while working with an open database.
pub(super) fn failure(words: &str) -> StoreError {
    let named = |names: &[&str]| names.iter().any(|name| words.contains(name));
    if named(&["QuotaExceededError"]) {
        StoreError::Full
    } else if named(&["InvalidStateError", "VersionError", "NotFoundError", "AbortError"]) {
        // Closed under us, or another build's database: only opening anew helps.
        StoreError::Lost
    } else if named(&["SecurityError", "InvalidAccessError"]) {
        StoreError::Refused
    } else {
        StoreError::Failed(words.to_owned())
    }
}

/// A failure while opening: what the browser does not explain then is a refusal, as in some private windows.
pub(super) fn opening(words: &str) -> StoreError {
    let refused = ["UnknownError", "InvalidStateError"].iter().any(|name| words.contains(name));
    if refused { StoreError::Refused } else { failure(words) }
}

/// What was thrown, as an error of the store.
pub(super) fn thrown(thrown: &JsValue) -> StoreError {
    failure(&words(thrown))
}

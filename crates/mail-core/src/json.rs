//! The one reader of JSON. Reading from bytes and reading from text would each be a program of its own for every type, and
//! all of it is shipped.

use serde::de::DeserializeOwned;

/// Reads JSON that came as bytes; `None` when it is not UTF-8 or not of this shape.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_str(str::from_utf8(bytes).ok()?).ok()
}

//! How what the server says becomes rows: delta pages, partial updates, tombstones and lost cursors.
//! Each page becomes one commit that holds its rows and its cursor together.

mod cursor;
mod odd;
mod page;

pub use cursor::{Cursor, CursorKey};
pub use odd::Odd;
pub(crate) use page::body_may_differ;
pub use page::{Applied, AppliedFolders, Asked, apply_folders, apply_messages};

use std::collections::BTreeMap;

/// A map of these pairs. One by one, because `collect` sorts first, and each sort is code of its own: for the few
/// pairs here it would be most of what is shipped.
pub(crate) fn gathered<K: Ord, V>(pairs: impl Iterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    for (key, value) in pairs {
        map.insert(key, value);
    }
    map
}

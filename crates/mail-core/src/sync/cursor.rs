//! Where a sync has got to. Links are opaque and whole: they are stored and followed, never rebuilt.

use crate::id::FolderId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which sync a cursor belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CursorKey {
    /// The tree of folders.
    Folders,
    /// The messages of a folder.
    Messages(FolderId),
}

/// Where it has got to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The link to follow next: in the middle of a round the next page, after it the delta link. `None`: from the start.
    pub link: Option<String>,
    /// Whether the round that began it is complete.
    pub complete: bool,
    /// While a lost cursor is being replaced: the ids the server has named so far. Those it
    /// never names are taken off the list when the round is complete.
    pub seen: Option<BTreeSet<String>>,
}

impl Cursor {
    /// A round from the start; with `sweep`, what the server does not name in it is gone.
    pub fn start(sweep: bool) -> Self {
        Self { link: None, complete: false, seen: sweep.then(BTreeSet::new) }
    }
}

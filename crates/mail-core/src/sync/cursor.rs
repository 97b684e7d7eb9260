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
    /// What was put here by something else than this sync's own rounds and no round has named since: messages in a folder, folders whose
    /// counts were moved. Another client may have undone it before this sync could be told, and would then never be told.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub claimed: BTreeSet<String>,
}

impl Cursor {
    /// A round from the start; with `sweep`, what the server does not name in it is gone.
    pub fn start(sweep: bool) -> Self {
        Self { link: None, complete: false, seen: sweep.then(BTreeSet::new), claimed: BTreeSet::new() }
    }

    /// Whether anything was asked of the server yet.
    pub fn has_begun(&self) -> bool {
        self.link.is_some() || self.complete || self.seen.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_stored_before_claims_were_is_read_and_one_without_claims_is_stored_as_then() {
        let stored = r#"{"link":"https://g/d","complete":true,"seen":null}"#;
        let cursor: Cursor = serde_json::from_str(stored).unwrap();
        assert_eq!(cursor.claimed, BTreeSet::new());
        assert_eq!(serde_json::to_string(&cursor).unwrap(), stored);
    }
}

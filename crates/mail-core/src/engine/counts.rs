//! Folder counts that an act of ours moved before the server told them. Where the tree then keeps silent about such a folder, the act
//! moved nothing there, as when another client had done the same a moment before: what the server told last holds again.

use crate::graph::{FolderChange, FolderPage};
use crate::id::FolderId;
use crate::model::Folder;
use std::collections::BTreeMap;

/// The tree tells of a change one round late at times: so many silent rounds are believed, the last of them a whole pause later.
const SILENT_ROUNDS: u32 = 2;

/// What the server told of one folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told {
    total: u32,
    unread: u32,
    silent_rounds: u32,
}

/// The folders whose counts are ahead of what the server told.
#[derive(Debug, Default)]
pub(super) struct Counts(BTreeMap<FolderId, Told>);

impl Counts {
    /// An act is about to move the counts of this folder.
    pub fn ahead(&mut self, folder: &Folder) {
        let told = Told { total: folder.total, unread: folder.unread, silent_rounds: 0 };
        let known = self.0.entry(folder.id.clone()).or_insert(told);
        known.silent_rounds = 0;
    }

    /// A page of the tree: what it names is told.
    pub fn told(&mut self, page: &FolderPage) {
        for change in &page.changes {
            match change {
                FolderChange::Changed { id, .. } | FolderChange::Removed(id) => self.0.remove(id),
            };
        }
    }

    /// A round of the tree is complete: the folders as they are to be again, because the server kept silent about them.
    pub fn round_ends(&mut self, folders: Vec<Folder>) -> Vec<Folder> {
        let mut restored = Vec::new();
        for folder in folders {
            let Some(told) = self.0.get_mut(&folder.id) else { continue };
            told.silent_rounds += 1;
            if told.silent_rounds < SILENT_ROUNDS {
                continue;
            }
            let (total, unread) = (told.total, told.unread);
            self.0.remove(&folder.id);
            if (folder.total, folder.unread) != (total, unread) {
                restored.push(Folder { total, unread, ..folder });
            }
        }
        restored
    }

    /// Whether the counts of this folder are ahead.
    pub fn hold(&self, folder: &str) -> bool {
        self.0.keys().any(|id| id.as_str() == folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Place;
    use crate::store::contract::folder;

    fn page(changes: Vec<FolderChange>) -> FolderPage {
        FolderPage { changes, place: Place::End }
    }

    fn named(id: &str) -> FolderChange {
        let id = FolderId::new(id);
        FolderChange::Changed { id, name: None, parent: None, total: None, unread: None, hidden: None }
    }

    #[test]
    fn a_folder_of_which_the_tree_keeps_silent_gets_back_what_was_told() {
        let mut counts = Counts::default();
        let before = folder("a", None);
        counts.ahead(&before);
        let moved = Folder { total: before.total + 1, ..before.clone() };
        counts.ahead(&moved);
        assert!(counts.hold("a"));
        assert_eq!(counts.round_ends(vec![moved.clone()]), [], "one round may be late");
        assert_eq!(counts.round_ends(vec![moved]), [before]);
        assert!(!counts.hold("a"));
    }

    #[test]
    fn a_folder_that_the_tree_names_is_as_the_tree_says() {
        let mut counts = Counts::default();
        let before = folder("a", None);
        counts.ahead(&before);
        counts.told(&page(vec![named("a")]));
        let moved = Folder { total: before.total + 1, ..before };
        for _ in 0..3 {
            assert_eq!(counts.round_ends(vec![moved.clone()]), []);
        }
    }
}

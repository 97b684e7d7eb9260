//! The folder tree as a list: depth first, the folders with a meaning of their own before the others.
//! Pure: what the server sends may have gaps, and even circles end.

use super::FolderRow;
use mail_core::id::FolderId;
use mail_core::model::{Folder, FolderRole};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// How names are put in order: the person's language decides.
pub(super) type Order = fn(&str, &str) -> Ordering;

/// The rows of the tree. A folder whose parent is unknown stands at the top; hidden ones are left out with all below.
pub(super) fn tree<'a>(folders: &'a [Folder], order: Order) -> Vec<FolderRow> {
    let mut known: BTreeSet<&FolderId> = BTreeSet::new();
    for folder in folders {
        known.insert(&folder.id);
    }
    let compare = |a: &Folder, b: &Folder| {
        place(a.role).cmp(&place(b.role)).then_with(|| order(&a.name, &b.name)).then_with(|| a.id.cmp(&b.id))
    };
    let mut below: BTreeMap<Option<FolderId>, Vec<&'a Folder>> = BTreeMap::new();
    for folder in folders {
        let parent = folder.parent.as_ref().filter(|parent| known.contains(parent));
        let level = below.entry(parent.cloned()).or_default();
        level.insert(level.partition_point(|other| compare(other, folder).is_lt()), folder);
    }
    let mut rows = Vec::with_capacity(folders.len());
    let mut waiting: Vec<(&Folder, u32)> = Vec::new();
    let mut descend = |waiting: &mut Vec<(&'a Folder, u32)>, parent: Option<&FolderId>, depth: u32| {
        let level = below.remove(&parent.cloned()).unwrap_or_default();
        waiting.extend(level.into_iter().rev().filter(|folder| !folder.hidden).map(|folder| (folder, depth)));
    };
    descend(&mut waiting, None, 1);
    while let Some((folder, depth)) = waiting.pop() {
        rows.push(FolderRow { folder: folder.clone(), depth });
        descend(&mut waiting, Some(&folder.id), depth + 1);
    }
    rows
}

/// The folder a mailbox opens with: the inbox, else the first of the tree.
pub(super) fn home(folders: &[Folder]) -> Option<FolderId> {
    role(folders, FolderRole::Inbox).or_else(|| tree(folders, str::cmp).into_iter().next().map(|row| row.folder.id))
}

/// The folder with this meaning.
pub(super) fn role(folders: &[Folder], role: FolderRole) -> Option<FolderId> {
    folders.iter().find(|folder| folder.role == Some(role)).map(|folder| folder.id.clone())
}

fn place(role: Option<FolderRole>) -> usize {
    FolderRole::ALL.iter().position(|known| Some(*known) == role).unwrap_or(FolderRole::ALL.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_core::store::contract::folder;

    fn child(id: &str, parent: &str) -> Folder {
        Folder { parent: Some(FolderId::new(parent)), ..folder(id, None) }
    }

    fn ignoring_case(a: &str, b: &str) -> Ordering {
        a.to_lowercase().cmp(&b.to_lowercase())
    }

    fn shown(folders: &[Folder]) -> Vec<(String, u32)> {
        tree(folders, ignoring_case).into_iter().map(|row| (row.folder.name, row.depth)).collect()
    }

    #[test]
    fn known_folders_come_first_then_names_and_children_below_their_parent() {
        let folders = [
            child("b2", "b"),
            folder("b", None),
            folder("A", None),
            folder("gone", Some(FolderRole::Deleted)),
            folder("in", Some(FolderRole::Inbox)),
            child("in1", "in"),
            child("b1", "b"),
        ];
        let expected = [("in", 1), ("in1", 2), ("gone", 1), ("A", 1), ("b", 1), ("b1", 2), ("b2", 2)];
        assert_eq!(shown(&folders), expected.map(|(name, depth)| (name.to_owned(), depth)));
        assert_eq!(home(&folders), Some(FolderId::new("in")));
    }

    #[test]
    fn a_folder_without_its_parent_stands_at_the_top_and_hidden_ones_nowhere() {
        let hidden = Folder { hidden: true, ..folder("h", None) };
        assert_eq!(shown(&[child("x", "root"), hidden, child("under", "h")]), [("x".to_owned(), 1)]);
        assert_eq!(home(&[]), None);
    }

    #[test]
    fn a_circle_of_folders_ends() {
        assert_eq!(shown(&[child("a", "b"), child("b", "a")]), []);
    }
}

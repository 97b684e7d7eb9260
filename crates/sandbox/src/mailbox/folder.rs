//! A folder, and the folders every mailbox begins with.
//! Well-known names never change with the language; display names may.

use std::collections::{BTreeMap, BTreeSet};

use crate::mailbox::changes::Change;
use crate::mailbox::search_folder::Search;

/// One folder with its index of messages and its own record of changes.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) parent: Option<String>,
    pub(crate) hidden: bool,
    pub(crate) well_known: Option<&'static str>,
    /// Received time and message key, so that the newest is last.
    pub(crate) rows: BTreeSet<(i64, u64)>,
    pub(crate) unread: usize,
    pub(crate) changes: Vec<Change>,
    /// What the folder looks for, where it is a search folder.
    pub(crate) search: Option<Search>,
    /// Extended properties by their id.
    pub(crate) extended: BTreeMap<String, String>,
}

impl Folder {
    pub(crate) fn new(
        id: &str,
        name: &str,
        parent: Option<String>,
        hidden: bool,
        well_known: Option<&'static str>,
    ) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            parent,
            hidden,
            well_known,
            rows: BTreeSet::new(),
            unread: 0,
            changes: Vec::new(),
            search: None,
            extended: BTreeMap::new(),
        }
    }

    /// Whether a well-known name, in any case, means this folder.
    pub(crate) fn answers_to(&self, name: &str) -> bool {
        self.well_known.is_some_and(|known| known.eq_ignore_ascii_case(name))
    }
}

/// A folder that every mailbox begins with.
pub(crate) struct Plan {
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) parent: Option<&'static str>,
    pub(crate) hidden: bool,
    pub(crate) well_known: Option<&'static str>,
}

const fn known(well_known: &'static str, name: &'static str, hidden: bool) -> Plan {
    Plan { key: well_known, name, parent: Some("msgfolderroot"), hidden, well_known: Some(well_known) }
}

/// The first folders, each parent before its children.
pub(crate) const FIRST_FOLDERS: [Plan; 9] = [
    Plan {
        key: "msgfolderroot",
        name: "Top of Information Store",
        parent: None,
        hidden: false,
        well_known: Some("msgfolderroot"),
    },
    known("inbox", "Inbox", false),
    known("drafts", "Drafts", false),
    known("sentitems", "Sent Items", false),
    known("archive", "Archive", false),
    known("deleteditems", "Deleted Items", false),
    known("junkemail", "Junk Email", false),
    known("outbox", "Outbox", false),
    known("conversationhistory", "Conversation History", true),
];

/// The folders a person would have made: name and the name of the parent, empty for the top.
pub(crate) const OWN_FOLDERS: [(&str, &str); 7] = [
    ("Projects", ""),
    ("Northwind", "Projects"),
    ("Lighthouse", "Projects"),
    ("Travel", ""),
    ("Newsletters", ""),
    ("Receipts", ""),
    ("2025", "Travel"),
];

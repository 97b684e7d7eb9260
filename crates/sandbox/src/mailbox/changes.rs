//! The record of changes that delta answers and notifications are made from.
//! A change keeps the ids of its moment, because a default id is gone after a move.

use std::collections::BTreeSet;

/// What happened to a message, seen from one folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Created,
    Updated,
    Deleted,
}

impl Deed {
    /// The word of `changeType` in subscriptions and notifications.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }
}

/// Something that subscriptions may want to hear of.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) deed: Deed,
    pub(crate) folder: String,
    pub(crate) immutable_id: String,
    pub(crate) default_id: String,
    pub(crate) change: u64,
}

/// What one entry of a folder's record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Created,
    Updated(BTreeSet<&'static str>),
    Removed { immutable_id: String, default_id: String },
}

/// One entry of a folder's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) at: u64,
    pub(crate) key: u64,
    pub(crate) what: What,
}

impl Change {
    pub(crate) fn created(at: u64, key: u64) -> Self {
        Self { at, key, what: What::Created }
    }

    pub(crate) fn updated(at: u64, key: u64, properties: &[&'static str]) -> Self {
        Self { at, key, what: What::Updated(properties.iter().copied().collect()) }
    }

    pub(crate) fn removed(at: u64, key: u64, immutable_id: &str, default_id: &str) -> Self {
        Self {
            at,
            key,
            what: What::Removed { immutable_id: immutable_id.to_owned(), default_id: default_id.to_owned() },
        }
    }
}

/// The latest change of a folder itself, its counts included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FolderChange {
    pub(crate) at: u64,
    pub(crate) removed: bool,
}

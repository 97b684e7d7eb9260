//! Mail folders. Counts are the server's: they include what was never synced.

use crate::id::FolderId;
use serde::{Deserialize, Serialize};

/// A folder of the mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// Graph's id.
    pub id: FolderId,
    /// The folder above; the root of the mailbox is not itself a folder here.
    pub parent: Option<FolderId>,
    /// The name, in the mailbox's language.
    pub name: String,
    /// Items in it, read or not.
    pub total: u32,
    /// Unread items in it.
    pub unread: u32,
    /// What it is for, where it is one of the well-known folders.
    pub role: Option<FolderRole>,
    /// Hidden folders are synced by nobody and shown to nobody.
    pub hidden: bool,
}

/// The well-known folders Petrel gives a meaning of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FolderRole {
    /// Where mail arrives.
    Inbox,
    /// Mail being written.
    Drafts,
    /// Mail that was sent.
    Sent,
    /// Mail put away.
    Archive,
    /// The bin.
    Deleted,
    /// Unwanted mail.
    Junk,
    /// Mail the server is about to send.
    Outbox,
}

impl FolderRole {
    /// All of them, in the order a folder tree shows them.
    pub const ALL: [Self; 7] =
        [Self::Inbox, Self::Drafts, Self::Sent, Self::Archive, Self::Deleted, Self::Junk, Self::Outbox];

    /// Graph's well-known name, usable in place of an id.
    /// Source: Microsoft Graph, *mailFolder resource type*.
    pub const fn well_known_name(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Drafts => "drafts",
            Self::Sent => "sentitems",
            Self::Archive => "archive",
            Self::Deleted => "deleteditems",
            Self::Junk => "junkemail",
            Self::Outbox => "outbox",
        }
    }
}

//! The store port: what the device remembers. Everything server-derived in it can be fetched again; the outbox,
//! the drafts and the sign-in cannot, and are written with strict durability.

pub mod contract;
mod memory;
pub mod packed;
pub mod room;
mod stretch;

use crate::error::Recovery;
use crate::id::{ConversationId, DraftId, FolderId, MessageId, OpId};
use crate::model::{Account, AttachmentKey, Body, Conversation, Folder, Message};
use crate::outbox::{Op, Outgoing};
use crate::sync::{Cursor, CursorKey};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

pub use memory::MemoryStore;
pub use packed::PackedStore;
use room::{BodyShare, Keep, KeptAttachment};
pub use stretch::{ConversationStretch, Rank, RowKey, Stretch};

/// The number of a leadership. It grows with each leader; writes of an older leader are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u32);

/// How safely a commit is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Handed to the system: survives the browser's death.
    Relaxed,
    /// Flushed to the disk: survives a power cut. For what only this device knows.
    Strict,
}

/// A refresh token: a secret, printed as `***`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshToken {
    /// The token.
    pub secret: String,
    /// When it dies; a single-page app's lives 24 hours and does not slide.
    pub dies_at: Timestamp,
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RefreshToken(***, dies {})", self.dies_at.to_iso())
    }
}

/// A sign-in that went to the authority and has not come back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingSignIn {
    /// Ties the answer to this request.
    pub state: String,
    /// Ties the id token to this request.
    pub nonce: String,
    /// The PKCE verifier.
    pub verifier: String,
    /// Where the authority sends the person back to.
    pub redirect_uri: String,
    /// When it began; it is good for 15 minutes.
    pub began: Timestamp,
}

impl fmt::Debug for PendingSignIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PendingSignIn(***, began {})", self.began.to_iso())
    }
}

/// A mail still being written on this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Our id.
    pub id: DraftId,
    /// The mail so far.
    pub mail: Outgoing,
    /// The recipient fields as typed, which need not be addresses yet: To, then Cc.
    pub typed: (String, String),
    /// When it was last changed.
    pub changed: Timestamp,
}

/// One put or delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Stores a folder.
    Folder(Folder),
    /// Forgets a folder and the rows in it.
    RemoveFolder(FolderId),
    /// Stores a header row in the folder it names; it is no longer detached.
    Message(Box<Message>),
    /// Takes a message (its row as stored) off its folder's list without forgetting it, until it is known where it went.
    Detach(Box<Message>),
    /// Forgets a message, its body and its attachments.
    RemoveMessage(MessageId),
    /// Stores a body.
    Body(MessageId, Box<Body>),
    /// Forgets a body, because it may have changed.
    RemoveBody(MessageId),
    /// Forgets the bodies of all messages received before this moment, and of those that are not known. Nothing else about
    /// bodies goes into the same commit.
    DropBodies(Timestamp),
    /// Keeps the bytes of an attachment, used at this moment.
    Attachment(AttachmentKey, Vec<u8>, Timestamp),
    /// An attachment was used at this moment; nothing where it is not kept.
    UseAttachment(AttachmentKey, Timestamp),
    /// Drops the bytes of an attachment.
    DropAttachment(AttachmentKey),
    /// Stores what the person wants kept on this device.
    Keep(Keep),
    /// Stores where a sync has got to.
    Cursor(CursorKey, Cursor),
    /// Forgets where a sync has got to.
    RemoveCursor(CursorKey),
    /// Stores an operation of the outbox.
    Op(Box<Op>),
    /// Takes an operation off the outbox.
    RemoveOp(OpId),
    /// Stores a draft.
    Draft(Box<Draft>),
    /// Forgets a draft.
    RemoveDraft(DraftId),
    /// Stores whose mailbox this is.
    Account(Account),
    /// Stores the refresh token, sealed where the platform can.
    RefreshToken(RefreshToken),
    /// Forgets the refresh token.
    RemoveRefreshToken,
    /// Stores a sign-in under way.
    SignIn(PendingSignIn),
    /// Forgets a sign-in under way, by its state.
    RemoveSignIn(String),
}

/// A list of writes that happen together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The writes, in order.
    pub writes: Vec<Write>,
    /// How safely.
    pub durability: Durability,
    /// The leadership it is written under; `None` for what any tab may write.
    pub fence: Option<Epoch>,
}

impl Commit {
    /// A commit of what only this device knows, allowed to any tab.
    pub fn strict(writes: Vec<Write>) -> Self {
        Self { writes, durability: Durability::Strict, fence: None }
    }

    /// A commit of what can be fetched again.
    pub fn relaxed(writes: Vec<Write>) -> Self {
        Self { writes, durability: Durability::Relaxed, fence: None }
    }

    /// The same, refused unless `epoch` still leads.
    pub fn fenced(mut self, epoch: Epoch) -> Self {
        self.fence = Some(epoch);
        self
    }
}

/// What the device remembers.
#[expect(async_fn_in_trait, reason = "everything runs on one thread: no Send bound is wanted")]
pub trait Store {
    /// All folders, in no particular order.
    ///
    /// # Errors
    /// Any [`StoreError`]; the same holds for every query of this trait.
    async fn folders(&self) -> Result<Vec<Folder>, StoreError>;
    /// The rows of a folder from place `skip` on, newest first, at most `limit`.
    async fn messages(&self, folder: &FolderId, skip: u32, limit: u32) -> Result<Vec<Message>, StoreError>;
    /// The same rows, how many rows of the folder the device holds, and where these keys stand in it: all of one moment.
    async fn stretch(&self, folder: &FolderId, skip: u32, limit: u32, keys: &[RowKey]) -> Result<Stretch, StoreError>;
    /// How many rows of a folder the device holds.
    async fn count(&self, folder: &FolderId) -> Result<u32, StoreError>;
    /// One row, also when it is detached.
    async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError>;
    /// The rows of those of these messages that are known, detached ones too, in no particular order. Asking for many at
    /// once costs little more than asking for one.
    async fn rows(&self, ids: &[MessageId]) -> Result<Vec<Message>, StoreError>;
    /// The conversations of a folder, or of all folders together, from place `skip` on, at most `limit`: by their latest
    /// message there, newest first, then by id. Detached messages belong to none.
    async fn conversations(
        &self,
        folder: Option<&FolderId>,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError>;
    /// Conversations of a folder from place `skip` on, at most `limit`, how many there are, and where these keys stand: all of
    /// one moment. A key names a conversation where one of a list of rows names a message.
    async fn conversation_stretch(
        &self,
        folder: &FolderId,
        skip: u32,
        limit: u32,
        keys: &[RowKey],
    ) -> Result<ConversationStretch, StoreError>;
    /// How many conversations a folder has, or all folders together.
    async fn conversation_count(&self, folder: Option<&FolderId>) -> Result<u32, StoreError>;
    /// The rows of these conversations in all folders, oldest first, then by id. Asking for many at once costs little more
    /// than asking for one.
    async fn conversation_rows(&self, ids: &[ConversationId]) -> Result<Vec<Message>, StoreError>;
    /// The messages taken off their folder and not claimed by another.
    async fn detached(&self) -> Result<Vec<MessageId>, StoreError>;
    /// A body, if it was loaded.
    async fn body(&self, id: &MessageId) -> Result<Option<Body>, StoreError>;
    /// Whether a body was loaded.
    async fn holds_body(&self, id: &MessageId) -> Result<bool, StoreError>;
    /// Those of these messages whose body was not loaded, in their order. Asking for many at once costs little more than
    /// asking for one.
    async fn bodies_missing(&self, rows: &[Message]) -> Result<Vec<MessageId>, StoreError>;
    /// What bodies take, by week and folder, oldest first. Read without reading a body.
    async fn body_shares(&self) -> Result<Vec<BodyShare>, StoreError>;
    /// The bytes of an attachment, if they are kept.
    async fn attachment(&self, key: &AttachmentKey) -> Result<Option<Vec<u8>>, StoreError>;
    /// Which attachments are kept, ordered by key. Read without reading one.
    async fn attachments(&self) -> Result<Vec<KeptAttachment>, StoreError>;
    /// What the person wants kept on this device.
    async fn keep(&self) -> Result<Keep, StoreError>;
    /// The outbox, oldest first.
    async fn ops(&self) -> Result<Vec<Op>, StoreError>;
    /// The drafts, oldest first.
    async fn drafts(&self) -> Result<Vec<Draft>, StoreError>;
    /// Where a sync has got to.
    async fn cursor(&self, key: &CursorKey) -> Result<Option<Cursor>, StoreError>;
    /// Whose mailbox this is.
    async fn account(&self) -> Result<Option<Account>, StoreError>;
    /// The refresh token.
    async fn refresh_token(&self) -> Result<Option<RefreshToken>, StoreError>;
    /// A sign-in under way, by its state.
    async fn sign_in(&self, state: &str) -> Result<Option<PendingSignIn>, StoreError>;
    /// Takes the leadership: every earlier epoch is refused from now on.
    async fn lead(&self) -> Result<Epoch, StoreError>;
    /// Writes all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when another leader took over; any other [`StoreError`] when nothing was written.
    async fn commit(&self, commit: Commit) -> Result<(), StoreError>;
}

/// What can go wrong with the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The browser refuses storage here (private window, policy).
    Refused,
    /// The device is full.
    Full,
    /// Another leader took over; nothing was written.
    Fenced,
    /// The connection was lost or closed for a newer version.
    Lost,
    /// A record could not be read: which store, and what was wrong.
    Unreadable {
        /// The part of the store.
        part: &'static str,
    },
    /// Anything else the browser said.
    Failed(String),
}

impl StoreError {
    /// What to do about it.
    pub fn recovery(&self) -> Recovery {
        match self {
            Self::Full => Recovery::FreeSpace,
            Self::Fenced | Self::Lost => Recovery::Reload,
            Self::Refused | Self::Unreadable { .. } | Self::Failed(_) => Recovery::Bug,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => formatter.write_str("the browser refuses to store anything here"),
            Self::Full => formatter.write_str("this device has no room left"),
            Self::Fenced => formatter.write_str("another tab took over"),
            Self::Lost => formatter.write_str("the connection to the store was lost"),
            Self::Unreadable { part } => write!(formatter, "a record of {part} could not be read"),
            Self::Failed(text) => write!(formatter, "the store failed: {text}"),
        }
    }
}

impl std::error::Error for StoreError {}

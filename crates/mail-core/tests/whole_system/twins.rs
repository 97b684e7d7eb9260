//! The simple store and the packed one side by side: every question is asked of both, and they must agree. So every life
//! of the whole system is also a test of the packed store, which is cut small here, so that its trees have many leaves.

use mail_core::id::{ConversationId, FolderId, MessageId};
use mail_core::model::{Account, AttachmentKey, Body, Conversation, Folder, Message};
use mail_core::outbox::Op;
use mail_core::store::packed::{MemoryRecords, Shape};
use mail_core::store::room::{BodyShare, Keep, KeptAttachment};
use mail_core::store::{
    Commit, ConversationStretch, Draft, Epoch, MemoryStore, PackedStore, PendingSignIn, RefreshToken, RowKey, Store,
    StoreError, Stretch, Write,
};
use mail_core::sync::{Cursor, CursorKey};

/// Few ids have one hash: for each two conversations that do, all of them are made anew time and again.
const SMALL: Shape = Shape { leaf_bytes: 4_000, shards: 8, hash_mask: 0xffff };

/// Both stores.
pub struct Twins {
    simple: MemoryStore,
    packed: PackedStore<MemoryRecords>,
}

impl Twins {
    pub fn new() -> Self {
        Self { simple: MemoryStore::new(), packed: PackedStore::shaped(MemoryRecords::default(), SMALL) }
    }

    /// What a new process finds after this one died.
    pub fn restarted(&self) -> Self {
        let packed = PackedStore::shaped(self.packed.records().clone(), SMALL);
        Self { simple: self.simple.restarted(), packed }
    }

    /// Lets the commit with this number and all later ones fail.
    pub fn fail_commits_from(&self, number: u32) {
        self.simple.fail_commits_from(number);
    }

    /// Lets the device have room for so many bytes of bodies, outbox and drafts.
    pub fn has_room_for(&self, bytes: Option<u64>) {
        self.simple.has_room_for(bytes);
    }

    /// The bytes of bodies, outbox and drafts.
    pub fn taken(&self) -> u64 {
        self.simple.taken()
    }

    /// How many commits were asked for.
    pub fn commits(&self) -> u32 {
        self.simple.commits()
    }
}

fn agreed<T: PartialEq + std::fmt::Debug>(simple: T, packed: T) -> T {
    assert_eq!(packed, simple, "the packed store and the simple one disagree");
    simple
}

/// Asks both.
macro_rules! both {
    ($self:ident, $question:ident ( $($argument:expr),* )) => {
        agreed($self.simple.$question($($argument),*).await, $self.packed.$question($($argument),*).await)
    };
}

impl Store for Twins {
    async fn folders(&self) -> Result<Vec<Folder>, StoreError> {
        both!(self, folders())
    }

    async fn messages(&self, folder: &FolderId, skip: u32, limit: u32) -> Result<Vec<Message>, StoreError> {
        both!(self, messages(folder, skip, limit))
    }

    async fn stretch(&self, folder: &FolderId, skip: u32, limit: u32, keys: &[RowKey]) -> Result<Stretch, StoreError> {
        both!(self, stretch(folder, skip, limit, keys))
    }

    async fn count(&self, folder: &FolderId) -> Result<u32, StoreError> {
        both!(self, count(folder))
    }

    async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        both!(self, message(id))
    }

    async fn rows(&self, ids: &[MessageId]) -> Result<Vec<Message>, StoreError> {
        let ordered = |mut rows: Vec<Message>| {
            rows.sort_by(|one, other| one.id.cmp(&other.id));
            rows
        };
        agreed(self.simple.rows(ids).await.map(ordered), self.packed.rows(ids).await.map(ordered))
    }

    async fn conversations(
        &self,
        folder: Option<&FolderId>,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError> {
        both!(self, conversations(folder, skip, limit))
    }

    async fn conversation_stretch(
        &self,
        folder: &FolderId,
        skip: u32,
        limit: u32,
        keys: &[RowKey],
    ) -> Result<ConversationStretch, StoreError> {
        both!(self, conversation_stretch(folder, skip, limit, keys))
    }

    async fn conversation_count(&self, folder: Option<&FolderId>) -> Result<u32, StoreError> {
        both!(self, conversation_count(folder))
    }

    async fn conversation_rows(&self, ids: &[ConversationId]) -> Result<Vec<Message>, StoreError> {
        both!(self, conversation_rows(ids))
    }

    async fn detached(&self) -> Result<Vec<MessageId>, StoreError> {
        let ordered = |mut ids: Vec<MessageId>| {
            ids.sort();
            ids
        };
        agreed(self.simple.detached().await.map(ordered), self.packed.detached().await.map(ordered))
    }

    async fn body(&self, id: &MessageId) -> Result<Option<Body>, StoreError> {
        both!(self, body(id))
    }

    async fn holds_body(&self, id: &MessageId) -> Result<bool, StoreError> {
        both!(self, holds_body(id))
    }

    async fn bodies_missing(&self, rows: &[Message]) -> Result<Vec<MessageId>, StoreError> {
        both!(self, bodies_missing(rows))
    }

    async fn body_shares(&self) -> Result<Vec<BodyShare>, StoreError> {
        both!(self, body_shares())
    }

    async fn attachment(&self, key: &AttachmentKey) -> Result<Option<Vec<u8>>, StoreError> {
        both!(self, attachment(key))
    }

    async fn attachments(&self) -> Result<Vec<KeptAttachment>, StoreError> {
        both!(self, attachments())
    }

    async fn keep(&self) -> Result<Keep, StoreError> {
        both!(self, keep())
    }

    async fn ops(&self) -> Result<Vec<Op>, StoreError> {
        both!(self, ops())
    }

    async fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        both!(self, drafts())
    }

    async fn cursor(&self, key: &CursorKey) -> Result<Option<Cursor>, StoreError> {
        both!(self, cursor(key))
    }

    async fn account(&self) -> Result<Option<Account>, StoreError> {
        both!(self, account())
    }

    async fn refresh_token(&self) -> Result<Option<RefreshToken>, StoreError> {
        both!(self, refresh_token())
    }

    async fn sign_in(&self, state: &str) -> Result<Option<PendingSignIn>, StoreError> {
        both!(self, sign_in(state))
    }

    async fn lead(&self) -> Result<Epoch, StoreError> {
        both!(self, lead())
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let changes_rows = commit.writes.iter().any(|write| {
            matches!(write, Write::Message(_) | Write::Detach(_) | Write::RemoveMessage(_) | Write::RemoveFolder(_))
        });
        // What the simple one refuses, by a death that a test arranged, the packed one never hears of.
        self.simple.commit(commit.clone()).await?;
        agreed(Ok(()), self.packed.commit(commit).await)?;
        if changes_rows {
            let everywhere = self.conversations(None, 0, u32::MAX).await?;
            let ids: Vec<_> = everywhere.into_iter().map(|conversation| conversation.id).collect();
            self.conversation_rows(&ids).await?;
            for folder in self.folders().await? {
                self.conversations(Some(&folder.id), 0, u32::MAX).await?;
            }
        }
        Ok(())
    }
}

//! The packed store: the store's promises kept over records of bytes. What a question costs follows what it shows and what
//! a commit costs follows what it changes, never how large the mailbox is.

mod attachments;
mod body;
mod bytes;
mod change;
mod conversations;
mod directory;
mod entry;
mod item;
mod memory;
mod occupied;
mod places;
mod read;
mod read_conversations;
mod rebuild;
pub mod records;
mod row;
mod shelf;
mod shelving;
mod small;
#[cfg(test)]
mod tests;
mod tree;
mod write;

use crate::id::{ConversationId, FolderId, MessageId};
use crate::model::{Account, AttachmentKey, Body, Conversation, Folder, Message};
use crate::outbox::Op;
use crate::store::room::{BodyShare, Keep, KeptAttachment};
use crate::store::{
    Commit, ConversationStretch, Draft, Durability, Epoch, PendingSignIn, RefreshToken, RowKey, Store, StoreError,
    Stretch,
};
use crate::sync::{Cursor, CursorKey};
use futures::lock::Mutex;
use read::{Found, Progress, Question, Seen, answer};
use records::{Batch, Key, Records, Step, Table};
use serde::de::DeserializeOwned;

pub use attachments::record as attachment_record;
pub use memory::MemoryRecords;
pub use occupied::Occupied;
pub use places::Shape;
pub(super) use small::encode as encoded;

/// How often a question is begun anew because what it reads is being changed.
const TRIES: u32 = 20;

/// A store over records.
#[derive(Debug)]
pub struct PackedStore<R> {
    records: R,
    shape: Shape,
    /// Held by whoever changes rows: reading before writing is sound because nobody else writes in between.
    turn: Mutex<()>,
}

impl<R: Records> PackedStore<R> {
    /// The store over these records.
    pub fn new(records: R) -> Self {
        Self::shaped(records, Shape::default())
    }

    /// The store over records that are cut in another way.
    pub fn shaped(records: R, shape: Shape) -> Self {
        Self { records, shape, turn: Mutex::new(()) }
    }

    /// The records below.
    pub fn records(&self) -> &R {
        &self.records
    }

    /// Answers a question about rows. What does not fit together is read again at one moment: if it is the same then, a
    /// record is damaged; it answers as if it were empty, and whoever writes rows next is told to drop it.
    async fn find(&self, question: Question) -> Result<Found, StoreError> {
        for _ in 0..TRIES {
            let mut seen = Seen::default();
            let found = loop {
                match answer(&question, &self.shape, &seen)? {
                    Progress::Needs(keys) => seen.add(keys.clone(), self.records.read(keys).await?),
                    Progress::Is(found) => break found,
                }
            };
            if !found.doubtful {
                return Ok(found);
            }
            if seen.are(&self.records.read(seen.keys.clone()).await?) {
                if let Some(damage) = &found.damage {
                    self.mend(vec![Step::Put(places::damaged(), damage.encode())]).await;
                }
                return Ok(found);
            }
        }
        Err(StoreError::Unreadable { part: Table::Mail.name() })
    }

    /// Writes what lets something damaged be fetched anew. Where even that fails, the next reading tries it again.
    async fn mend(&self, steps: Vec<Step>) {
        drop(self.records.commit(Batch { steps, durability: Durability::Relaxed, fence: None }).await);
    }

    async fn one<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        let record = self.records.read(vec![key.clone()]).await?.pop().flatten();
        record.map(|record| small::decode(key.table, &record)).transpose()
    }

    async fn every<T: DeserializeOwned>(&self, table: Table) -> Result<Vec<T>, StoreError> {
        let records = self.records.all(table).await?;
        records.iter().map(|(_, record)| small::decode(table, record)).collect()
    }

    /// A secret; one that cannot be read counts as absent.
    async fn secret<T: DeserializeOwned>(&self, key: Key) -> Result<Option<T>, StoreError> {
        match self.one(&key).await {
            Err(StoreError::Unreadable { .. }) => Ok(None),
            answer => answer,
        }
    }
}

impl<R: Records> Store for PackedStore<R> {
    async fn folders(&self) -> Result<Vec<Folder>, StoreError> {
        let mut folders = Vec::new();
        let mut damaged = Vec::new();
        for (name, record) in self.records.all(Table::Folders).await? {
            match small::decode(Table::Folders, &record) {
                Ok(folder) => folders.push(folder),
                Err(StoreError::Unreadable { .. }) => damaged.push(Step::Delete(Key::new(Table::Folders, name))),
                Err(error) => return Err(error),
            }
        }
        if !damaged.is_empty() {
            damaged.push(Step::Delete(small::cursor(&CursorKey::Folders)));
            self.mend(damaged).await;
        }
        Ok(folders)
    }

    async fn messages(&self, folder: &FolderId, skip: u32, limit: u32) -> Result<Vec<Message>, StoreError> {
        Ok(self.find(Question::Window(Some(folder.clone()), skip, limit)).await?.rows)
    }

    async fn stretch(&self, folder: &FolderId, skip: u32, limit: u32, keys: &[RowKey]) -> Result<Stretch, StoreError> {
        let found = self.find(Question::Stretch(Some(folder.clone()), skip, limit, keys.to_vec())).await?;
        Ok(Stretch { rows: found.rows, total: found.count, ranks: found.ranks })
    }

    async fn count(&self, folder: &FolderId) -> Result<u32, StoreError> {
        Ok(self.find(Question::Count(Some(folder.clone()))).await?.count)
    }

    async fn rows(&self, ids: &[MessageId]) -> Result<Vec<Message>, StoreError> {
        let mut ordered: Vec<MessageId> = Vec::new();
        for id in ids {
            if let Err(at) = ordered.binary_search(id) {
                ordered.insert(at, id.clone());
            }
        }
        Ok(self.find(Question::Rows(ordered)).await?.rows)
    }

    async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        Ok(self.find(Question::Rows(vec![id.clone()])).await?.rows.pop())
    }

    async fn conversations(
        &self,
        folder: Option<&FolderId>,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError> {
        Ok(self.find(Question::Conversations(folder.cloned(), skip, limit, Vec::new())).await?.conversations)
    }

    async fn conversation_stretch(
        &self,
        folder: &FolderId,
        skip: u32,
        limit: u32,
        keys: &[RowKey],
    ) -> Result<ConversationStretch, StoreError> {
        let found = self.find(Question::Conversations(Some(folder.clone()), skip, limit, keys.to_vec())).await?;
        let conversations = found.conversations.into_iter().zip(found.rows).collect();
        Ok(ConversationStretch { conversations, total: found.count, ranks: found.ranks })
    }

    async fn conversation_count(&self, folder: Option<&FolderId>) -> Result<u32, StoreError> {
        Ok(self.find(Question::ConversationCount(folder.cloned())).await?.count)
    }

    async fn conversation_rows(&self, ids: &[ConversationId]) -> Result<Vec<Message>, StoreError> {
        let mut ordered: Vec<ConversationId> = Vec::with_capacity(ids.len());
        for id in ids {
            if let Err(at) = ordered.binary_search(id) {
                ordered.insert(at, id.clone());
            }
        }
        Ok(self.find(Question::Members(ordered)).await?.rows)
    }

    async fn detached(&self) -> Result<Vec<MessageId>, StoreError> {
        let rows = self.find(Question::Window(None, 0, u32::MAX)).await?.rows;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    async fn body(&self, id: &MessageId) -> Result<Option<Body>, StoreError> {
        self.read_body(id).await
    }

    async fn holds_body(&self, id: &MessageId) -> Result<bool, StoreError> {
        self.records.holds(Key::new(Table::Bodies, id.as_str())).await
    }

    async fn bodies_missing(&self, rows: &[Message]) -> Result<Vec<MessageId>, StoreError> {
        if rows.is_empty() { Ok(Vec::new()) } else { self.without_body(rows).await }
    }

    async fn body_shares(&self) -> Result<Vec<BodyShare>, StoreError> {
        self.shares().await
    }

    async fn attachment(&self, key: &AttachmentKey) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.records.read(vec![attachments::record(key)]).await?.pop().flatten())
    }

    async fn attachments(&self) -> Result<Vec<KeptAttachment>, StoreError> {
        self.kept_attachments().await
    }

    async fn keep(&self) -> Result<Keep, StoreError> {
        let record = self.records.read(vec![small::keep()]).await?.pop().flatten();
        record.map_or(Ok(Keep::default()), |record| small::decode_keep(&record))
    }

    async fn ops(&self) -> Result<Vec<Op>, StoreError> {
        // The order of the names is the order in which the person acted.
        self.every(Table::Ops).await
    }

    async fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        let mut drafts: Vec<Draft> = Vec::new();
        for draft in self.every::<Draft>(Table::Drafts).await? {
            drafts.insert(drafts.partition_point(|known| known.changed <= draft.changed), draft);
        }
        Ok(drafts)
    }

    async fn cursor(&self, key: &CursorKey) -> Result<Option<Cursor>, StoreError> {
        match self.one(&small::cursor(key)).await {
            // As when the server lost it: what is listed stays until a whole round has gone by without naming it.
            Err(StoreError::Unreadable { .. }) => Ok(Some(Cursor::start(true))),
            answer => answer,
        }
    }

    async fn account(&self) -> Result<Option<Account>, StoreError> {
        self.one(&Key::new(Table::Meta, small::ACCOUNT)).await
    }

    async fn refresh_token(&self) -> Result<Option<RefreshToken>, StoreError> {
        self.secret(Key::new(Table::Secrets, small::REFRESH_TOKEN)).await
    }

    async fn sign_in(&self, state: &str) -> Result<Option<PendingSignIn>, StoreError> {
        self.secret(small::sign_in(state)).await
    }

    async fn lead(&self) -> Result<Epoch, StoreError> {
        self.records.lead().await
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.write(commit).await
    }
}

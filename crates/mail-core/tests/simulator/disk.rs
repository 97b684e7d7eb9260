//! The store as a process sees it: the one in memory, behind everything that goes wrong with a browser's.
//! Each commit is shown to the ledger first, which knows what no engine may write.

use crate::device::Device;
use crate::points::Point;
use crate::trouble::Effect;
use mail_core::id::{ConversationId, FolderId, MessageId};
use mail_core::model::{Account, AttachmentKey, Body, Conversation, Folder, Message};
use mail_core::outbox::Op;
use mail_core::store::room::{BodyShare, Keep, KeptAttachment};
use mail_core::store::{
    Commit, ConversationStretch, Draft, Epoch, MemoryStore, PendingSignIn, RefreshToken, RowKey, Store, StoreError,
    Stretch,
};
use mail_core::sync::{Cursor, CursorKey};
use std::rc::Rc;

/// A handle on the database that was open when it was made.
pub struct Disk {
    device: Rc<Device>,
    memory: Rc<MemoryStore>,
    database: u32,
}

impl Disk {
    pub fn open(device: &Rc<Device>) -> Self {
        Self { device: device.clone(), memory: device.memory.borrow().clone(), database: device.database.get() }
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.device.refuses.get() {
            self.device.trouble.strike(Point::D11);
            return Err(StoreError::Refused);
        }
        if self.database == self.device.database.get() { Ok(()) } else { Err(StoreError::Lost) }
    }

    async fn read(&self) -> Result<(), StoreError> {
        self.device.trouble.pause(Effect::Read, 0, false).await;
        self.check()?;
        self.device.trouble.read().map_or(Ok(()), Err)
    }
}

impl Store for Disk {
    async fn folders(&self) -> Result<Vec<Folder>, StoreError> {
        self.read().await?;
        self.memory.folders().await
    }

    async fn messages(&self, folder: &FolderId, skip: u32, limit: u32) -> Result<Vec<Message>, StoreError> {
        self.read().await?;
        self.memory.messages(folder, skip, limit).await
    }

    async fn stretch(&self, folder: &FolderId, skip: u32, limit: u32, keys: &[RowKey]) -> Result<Stretch, StoreError> {
        self.read().await?;
        self.memory.stretch(folder, skip, limit, keys).await
    }

    async fn count(&self, folder: &FolderId) -> Result<u32, StoreError> {
        self.read().await?;
        self.memory.count(folder).await
    }

    async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        self.read().await?;
        self.memory.message(id).await
    }

    async fn rows(&self, ids: &[MessageId]) -> Result<Vec<Message>, StoreError> {
        self.read().await?;
        self.memory.rows(ids).await
    }

    async fn conversations(
        &self,
        folder: Option<&FolderId>,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError> {
        self.read().await?;
        self.memory.conversations(folder, skip, limit).await
    }

    async fn conversation_stretch(
        &self,
        folder: &FolderId,
        skip: u32,
        limit: u32,
        keys: &[RowKey],
    ) -> Result<ConversationStretch, StoreError> {
        self.read().await?;
        self.memory.conversation_stretch(folder, skip, limit, keys).await
    }

    async fn conversation_count(&self, folder: Option<&FolderId>) -> Result<u32, StoreError> {
        self.read().await?;
        self.memory.conversation_count(folder).await
    }

    async fn conversation_rows(&self, ids: &[ConversationId]) -> Result<Vec<Message>, StoreError> {
        self.read().await?;
        self.memory.conversation_rows(ids).await
    }

    async fn detached(&self) -> Result<Vec<MessageId>, StoreError> {
        self.read().await?;
        self.memory.detached().await
    }

    async fn body(&self, id: &MessageId) -> Result<Option<Body>, StoreError> {
        self.read().await?;
        self.memory.body(id).await
    }

    async fn holds_body(&self, id: &MessageId) -> Result<bool, StoreError> {
        self.read().await?;
        self.memory.holds_body(id).await
    }

    async fn bodies_missing(&self, rows: &[Message]) -> Result<Vec<MessageId>, StoreError> {
        self.read().await?;
        self.memory.bodies_missing(rows).await
    }

    async fn body_shares(&self) -> Result<Vec<BodyShare>, StoreError> {
        self.read().await?;
        self.memory.body_shares().await
    }

    async fn attachment(&self, key: &AttachmentKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.read().await?;
        self.memory.attachment(key).await
    }

    async fn attachments(&self) -> Result<Vec<KeptAttachment>, StoreError> {
        self.read().await?;
        self.memory.attachments().await
    }

    async fn keep(&self) -> Result<Keep, StoreError> {
        self.read().await?;
        self.memory.keep().await
    }

    async fn ops(&self) -> Result<Vec<Op>, StoreError> {
        self.read().await?;
        self.memory.ops().await
    }

    async fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        self.read().await?;
        self.memory.drafts().await
    }

    async fn cursor(&self, key: &CursorKey) -> Result<Option<Cursor>, StoreError> {
        self.read().await?;
        self.memory.cursor(key).await
    }

    async fn account(&self) -> Result<Option<Account>, StoreError> {
        self.read().await?;
        self.memory.account().await
    }

    async fn refresh_token(&self) -> Result<Option<RefreshToken>, StoreError> {
        self.read().await?;
        self.memory.refresh_token().await
    }

    async fn sign_in(&self, state: &str) -> Result<Option<PendingSignIn>, StoreError> {
        self.read().await?;
        self.memory.sign_in(state).await
    }

    async fn lead(&self) -> Result<Epoch, StoreError> {
        self.check()?;
        let epoch = self.memory.lead().await?;
        self.device.ledger.borrow_mut().leads(epoch);
        Ok(epoch)
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let trouble = &self.device.trouble;
        let number = trouble.begin(Effect::Commit);
        trouble.pause(Effect::Commit, number, false).await;
        self.check()?;
        let (failure, wait) = trouble.commit(number, &commit);
        self.device.wait(wait);
        if let Some(error) = failure {
            self.device.note(|| format!("commit {number} fails: {error}"));
            return Err(error);
        }
        let shown = commit.clone();
        let result = self.memory.commit(commit).await;
        self.device.note(|| format!("commit {number}: {result:?} {}", crate::ledger::summary(&shown)));
        if result.is_ok() {
            self.device.ledger.borrow_mut().written(&shown);
        }
        trouble.pause(Effect::Commit, number, true).await;
        result
    }
}

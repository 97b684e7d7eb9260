//! The store in IndexedDB: the core's packed store over records in one database behind one connection. Everything about
//! rows is decided in the core; here is what only a browser has, and what is secret lies in it sealed.

mod connection;
mod diary;
mod failure;
mod layout;
mod records;
mod seal;
#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
mod zlib;

use crate::file::FileBytes;
use futures::channel::oneshot;
use mail_core::id::{ConversationId, FolderId, MessageId};
use mail_core::model::{Account, AttachmentKey, Body, Conversation, Folder, Message};
use mail_core::outbox::Op;
use mail_core::store::packed::{Occupied, attachment_record};
use mail_core::store::room::{BodyShare, Keep, KeptAttachment};
use mail_core::store::{
    Commit, ConversationStretch, Draft, Epoch, PackedStore, PendingSignIn, RefreshToken, RowKey, Store, StoreError,
    Stretch,
};
use mail_core::sync::{Cursor, CursorKey};
use records::{IndexedRecords, Question};
use seal::Seal;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::IdbDatabase;

/// The name of the database.
const NAME: &str = "petrel";

/// The open store. Clones share its connection; when the last one goes, it is closed.
#[derive(Clone)]
pub struct IndexedStore(Rc<PackedStore<IndexedRecords>>);

struct Connection {
    database: IdbDatabase,
    seal: Seal,
    lost: Cell<bool>,
    on_lost: RefCell<Vec<Rc<dyn Fn()>>>,
    /// Called when the browser or another tab ends the connection.
    ended: RefCell<Option<Closure<dyn FnMut()>>>,
}

impl IndexedStore {
    /// Opens the database, and creates it when there is none.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where the browser stores nothing, [`StoreError::Lost`] when the database is of a newer
    /// build or was deleted meanwhile.
    pub async fn open() -> Result<Self, StoreError> {
        Self::open_named(NAME).await
    }

    /// Opens the database if there is one; never creates it.
    ///
    /// # Errors
    /// As [`IndexedStore::open`].
    pub async fn open_existing() -> Result<Option<Self>, StoreError> {
        Self::open_existing_named(NAME).await
    }

    async fn open_named(name: &'static str) -> Result<Self, StoreError> {
        Self::connect(name, true).await?.ok_or(StoreError::Lost)
    }

    async fn open_existing_named(name: &'static str) -> Result<Option<Self>, StoreError> {
        Self::connect(name, false).await
    }

    async fn connect(name: &'static str, create: bool) -> Result<Option<Self>, StoreError> {
        let opened =
            driven(async move { Ok(connection::open(name, create).await?.into_iter().map(JsValue::from).collect()) });
        Ok(opened.await?.pop().map(|database| Self::over(database.unchecked_into())))
    }

    fn over(database: IdbDatabase) -> Self {
        let connection = Rc::new(Connection {
            database,
            seal: Seal::default(),
            lost: Cell::new(false),
            on_lost: RefCell::default(),
            ended: RefCell::default(),
        });
        let weak = Rc::downgrade(&connection);
        let ended = Closure::<dyn FnMut()>::new(move || lose(&weak));
        // Another tab signs out or upgrades: it waits until everybody has closed.
        connection.database.set_onversionchange(Some(ended.as_ref().unchecked_ref()));
        connection.database.set_onclose(Some(ended.as_ref().unchecked_ref()));
        connection.ended.replace(Some(ended));
        Self(Rc::new(PackedStore::new(IndexedRecords(connection))))
    }

    /// Closes the store. What was asked for before is still done, later calls answer [`StoreError::Lost`].
    pub fn close(&self) {
        self.connection().database.close();
    }

    /// Writes what any tab may write: the outbox and the drafts.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when something else is among the writes; any other [`StoreError`] when nothing was written.
    pub async fn commit_own(&self, commit: Commit) -> Result<(), StoreError> {
        self.0.commit_own(commit).await
    }

    /// What is kept on the device, by folder and by kind.
    ///
    /// # Errors
    /// Any [`StoreError`] of reading.
    pub async fn occupied(&self, folders: &[FolderId]) -> Result<Occupied, StoreError> {
        self.0.occupied(folders).await
    }

    /// The bytes of an attachment, if they are kept, where the browser holds them.
    ///
    /// # Errors
    /// Any [`StoreError`] of reading.
    pub async fn attachment_bytes(&self, key: &AttachmentKey) -> Result<Option<FileBytes>, StoreError> {
        let question = Question::Values(vec![attachment_record(key)]);
        Ok(self.0.records().ask(question).await?.pop().and_then(FileBytes::new))
    }

    fn connection(&self) -> &Connection {
        &self.0.records().0
    }

    /// Calls `lost` when the connection ends although nobody here closed it: another tab deletes or upgrades the
    /// database, or the browser closed it. It is closed then, so that the other tab need not wait.
    pub fn on_lost(&self, lost: impl Fn() + 'static) {
        let lost: Rc<dyn Fn()> = Rc::new(lost);
        if self.connection().lost.get() {
            lost();
        }
        self.connection().on_lost.borrow_mut().push(lost);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.database.set_onversionchange(None);
        self.database.set_onclose(None);
        self.database.close();
    }
}

fn lose(connection: &Weak<Connection>) {
    let Some(connection) = connection.upgrade() else { return };
    connection.database.close();
    if !connection.lost.replace(true) {
        // Copied, because a listener may add another.
        let listeners = connection.on_lost.borrow().clone();
        for lost in listeners {
            lost();
        }
    }
}

/// Runs something to its end, whether or not the caller stays: what is left half-way would have the browser call back into
/// nothing.
async fn driven(work: impl Future<Output = Answer> + 'static) -> Answer {
    let (sender, receiver) = oneshot::channel();
    spawn_local(async move { drop(sender.send(work.await)) });
    receiver.await.unwrap_or(Err(StoreError::Lost))
}

type Answer = Result<Vec<JsValue>, StoreError>;

/// Deletes the database with everything in it, the sealing key too; done when it is gone.
///
/// # Errors
/// Any [`StoreError`] when the browser would not delete it.
pub async fn wipe() -> Result<(), StoreError> {
    connection::delete(NAME).await
}

impl Store for IndexedStore {
    async fn folders(&self) -> Result<Vec<Folder>, StoreError> {
        self.0.folders().await
    }

    async fn messages(&self, folder: &FolderId, skip: u32, limit: u32) -> Result<Vec<Message>, StoreError> {
        self.0.messages(folder, skip, limit).await
    }

    async fn stretch(&self, folder: &FolderId, skip: u32, limit: u32, keys: &[RowKey]) -> Result<Stretch, StoreError> {
        self.0.stretch(folder, skip, limit, keys).await
    }

    async fn count(&self, folder: &FolderId) -> Result<u32, StoreError> {
        self.0.count(folder).await
    }

    async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        self.0.message(id).await
    }

    async fn rows(&self, ids: &[MessageId]) -> Result<Vec<Message>, StoreError> {
        self.0.rows(ids).await
    }

    async fn conversations(
        &self,
        folder: Option<&FolderId>,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError> {
        self.0.conversations(folder, skip, limit).await
    }

    async fn conversation_stretch(
        &self,
        folder: &FolderId,
        skip: u32,
        limit: u32,
        keys: &[RowKey],
    ) -> Result<ConversationStretch, StoreError> {
        self.0.conversation_stretch(folder, skip, limit, keys).await
    }

    async fn conversation_count(&self, folder: Option<&FolderId>) -> Result<u32, StoreError> {
        self.0.conversation_count(folder).await
    }

    async fn conversation_rows(&self, ids: &[ConversationId]) -> Result<Vec<Message>, StoreError> {
        self.0.conversation_rows(ids).await
    }

    async fn detached(&self) -> Result<Vec<MessageId>, StoreError> {
        self.0.detached().await
    }

    async fn body(&self, id: &MessageId) -> Result<Option<Body>, StoreError> {
        self.0.body(id).await
    }

    async fn holds_body(&self, id: &MessageId) -> Result<bool, StoreError> {
        self.0.holds_body(id).await
    }

    async fn bodies_missing(&self, rows: &[Message]) -> Result<Vec<MessageId>, StoreError> {
        self.0.bodies_missing(rows).await
    }

    async fn body_shares(&self) -> Result<Vec<BodyShare>, StoreError> {
        self.0.body_shares().await
    }

    async fn attachment(&self, key: &AttachmentKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.attachment(key).await
    }

    async fn attachments(&self) -> Result<Vec<KeptAttachment>, StoreError> {
        self.0.attachments().await
    }

    async fn keep(&self) -> Result<Keep, StoreError> {
        self.0.keep().await
    }

    async fn ops(&self) -> Result<Vec<Op>, StoreError> {
        self.0.ops().await
    }

    async fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        self.0.drafts().await
    }

    async fn cursor(&self, key: &CursorKey) -> Result<Option<Cursor>, StoreError> {
        self.0.cursor(key).await
    }

    async fn account(&self) -> Result<Option<Account>, StoreError> {
        self.0.account().await
    }

    async fn refresh_token(&self) -> Result<Option<RefreshToken>, StoreError> {
        self.0.refresh_token().await
    }

    async fn sign_in(&self, state: &str) -> Result<Option<PendingSignIn>, StoreError> {
        self.0.sign_in(state).await
    }

    async fn lead(&self) -> Result<Epoch, StoreError> {
        self.0.lead().await
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        // To its end, although the caller may not stay: it reads before it writes.
        let store = self.0.clone();
        driven(async move { store.commit(commit).await.map(|()| Vec::new()) }).await.map(drop)
    }
}

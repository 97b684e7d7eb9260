//! The store in IndexedDB: the twin of the core's store in memory, under the same contract. One connection, one database,
//! tables of plain records; what is secret lies in it sealed.

mod connection;
mod failure;
mod layout;
mod read;
mod seal;
#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
mod write;

use futures::channel::oneshot;
use layout::{
    ACCOUNT, BODIES, CURSORS, DRAFTS, FOLDERS, MESSAGES, META, OPS, REFRESH_TOKEN, cursor_name, message_id,
    sign_in_name,
};
use mail_core::id::{FolderId, MessageId};
use mail_core::model::{Account, Body, Folder, Message};
use mail_core::outbox::Op;
use mail_core::store::{Commit, Draft, Epoch, PendingSignIn, RefreshToken, Store, StoreError};
use mail_core::sync::{Cursor, CursorKey};
use read::{Question, epoch, parsed, row};
use seal::Seal;
use serde::de::DeserializeOwned;
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
pub struct IndexedStore(Rc<Connection>);

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
        Self(connection)
    }

    /// Closes the store. What was asked for before is still done, later calls answer [`StoreError::Lost`].
    pub fn close(&self) {
        self.0.database.close();
    }

    /// Calls `lost` when the connection ends although nobody here closed it: another tab deletes or upgrades the
    /// database, or the browser closed it. It is closed then, so that the other tab need not wait.
    pub fn on_lost(&self, lost: impl Fn() + 'static) {
        let lost: Rc<dyn Fn()> = Rc::new(lost);
        if self.0.lost.get() {
            lost();
        }
        self.0.on_lost.borrow_mut().push(lost);
    }

    async fn ask(&self, question: Question) -> Result<Vec<JsValue>, StoreError> {
        let connection = self.0.clone();
        driven(async move { read::ask(&connection.database, question).await }).await
    }

    async fn one<T: DeserializeOwned>(&self, table: &'static str, key: &str) -> Result<Option<T>, StoreError> {
        let found = self.ask(Question::One(table, key.to_owned())).await?;
        found.first().map(|record| parsed(table, record)).transpose()
    }

    async fn all<T: DeserializeOwned>(&self, table: &'static str) -> Result<Vec<T>, StoreError> {
        self.ask(Question::All(table)).await?.iter().map(|record| parsed(table, record)).collect()
    }

    /// Opens a sealed record; what cannot be opened or read counts as absent.
    async fn unsealed<T: DeserializeOwned>(&self, name: String) -> Result<Option<T>, StoreError> {
        let connection = self.0.clone();
        let opened = driven(async move {
            let found = read::ask(&connection.database, Question::One(META, name.clone())).await?;
            let Some(record) = found.first() else { return Ok(Vec::new()) };
            let opened = connection.seal.open(&connection.database, &name, record).await;
            Ok(opened.into_iter().map(JsValue::from).collect())
        });
        Ok(opened.await?.first().and_then(|text| parsed(META, text).ok()))
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
        self.all(FOLDERS).await
    }

    async fn messages(&self, folder: &FolderId, skip: u32, limit: u32) -> Result<Vec<Message>, StoreError> {
        self.ask(Question::Rows(folder.to_string(), skip, limit)).await?.iter().map(row).collect()
    }

    async fn count(&self, folder: &FolderId) -> Result<u32, StoreError> {
        let count = self.ask(Question::Count(folder.to_string())).await?;
        count
            .first()
            .and_then(JsValue::as_f64)
            .map(|count| count as u32)
            .ok_or(StoreError::Unreadable { part: MESSAGES })
    }

    async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        self.ask(Question::One(MESSAGES, id.to_string())).await?.first().map(row).transpose()
    }

    async fn detached(&self) -> Result<Vec<MessageId>, StoreError> {
        self.ask(Question::Lost).await?.iter().map(message_id).collect()
    }

    async fn body(&self, id: &MessageId) -> Result<Option<Body>, StoreError> {
        self.one(BODIES, id.as_str()).await
    }

    async fn holds_body(&self, id: &MessageId) -> Result<bool, StoreError> {
        Ok(!self.ask(Question::Key(BODIES, id.to_string())).await?.is_empty())
    }

    async fn ops(&self) -> Result<Vec<Op>, StoreError> {
        // The order of the keys is the order in which the person acted.
        self.all(OPS).await
    }

    async fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        let mut drafts: Vec<Draft> = Vec::new();
        for draft in self.all::<Draft>(DRAFTS).await? {
            drafts.insert(drafts.partition_point(|known| known.changed <= draft.changed), draft);
        }
        Ok(drafts)
    }

    async fn cursor(&self, key: &CursorKey) -> Result<Option<Cursor>, StoreError> {
        self.one(CURSORS, &cursor_name(key)).await
    }

    async fn account(&self) -> Result<Option<Account>, StoreError> {
        self.one(META, ACCOUNT).await
    }

    async fn refresh_token(&self) -> Result<Option<RefreshToken>, StoreError> {
        self.unsealed(REFRESH_TOKEN.to_owned()).await
    }

    async fn sign_in(&self, state: &str) -> Result<Option<PendingSignIn>, StoreError> {
        self.unsealed(sign_in_name(state)).await
    }

    async fn lead(&self) -> Result<Epoch, StoreError> {
        let connection = self.0.clone();
        let led = driven(async move { Ok(vec![JsValue::from(connection.next_epoch().await?.0)]) }).await?;
        epoch(led.first().unwrap_or(&JsValue::UNDEFINED)).map(Epoch)
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let connection = self.0.clone();
        driven(async move { connection.write(commit).await.map(|()| Vec::new()) }).await.map(drop)
    }
}

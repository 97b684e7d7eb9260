//! The connection to the database: a thin layer of our own over the browser's objects, because the usual wrappers say neither
//! how durable a transaction is to be nor whether it was aborted, and cost more bytes than they save lines.

use super::failure::{failure, opening, thrown};
use super::layout::{self, VERSION};
use crate::global::{field, global, object, words};
use futures::channel::oneshot;
use js_sys::{Array, Function};
use mail_core::store::{Durability, StoreError};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, IdbDatabase, IdbFactory, IdbRequest, IdbTransaction};

#[wasm_bindgen]
extern "C" {
    /// A database whose transactions take options; `web-sys` has them behind an unstable flag only.
    #[wasm_bindgen(extends = IdbDatabase)]
    type DurableDatabase;

    #[wasm_bindgen(method, catch, js_name = transaction)]
    fn transaction_as(
        this: &DurableDatabase,
        tables: &Array,
        mode: &str,
        options: &JsValue,
    ) -> Result<IdbTransaction, JsValue>;
}

/// The browser's databases.
pub(super) fn factory() -> Result<IdbFactory, StoreError> {
    global("indexedDB").map(JsCast::unchecked_into).ok_or(StoreError::Refused)
}

/// Opens a database in our version; one of an older layout becomes ours. When there is none it is created if `create` says so, else the answer is `None`.
pub(super) async fn open(name: &str, create: bool) -> Result<Option<IdbDatabase>, StoreError> {
    let request = factory()?.open_with_u32(name, VERSION).map_err(|error| opening(&words(&error)))?;
    let missing = Rc::new(Cell::new(false));
    let on_upgrade = {
        let (request, missing) = (request.clone(), missing.clone());
        Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            // Version 0 is a database that was not there.
            let before = field(&event, "oldVersion").and_then(|version| version.as_f64()).unwrap_or_default();
            if before == 0.0 && !create {
                missing.set(true);
            }
            let created = !missing.get()
                && request.result().and_then(|database| layout::create(database.unchecked_ref(), before)).is_ok();
            if !created && let Some(transaction) = request.transaction() {
                // The browser is about to create it: aborting takes that back. Fails only when it is over already.
                let _ = transaction.abort();
            }
        })
    };
    request.set_onupgradeneeded(Some(on_upgrade.as_ref().unchecked_ref()));
    let opened = answer_or_words(&request).await;
    request.set_onupgradeneeded(None);
    match opened {
        Ok(database) => Ok(Some(database.unchecked_into())),
        Err(_) if missing.get() => Ok(None),
        Err(words) => Err(opening(&words)),
    }
}

/// Deletes a database; done when every connection to it is closed and it is gone.
pub(super) async fn delete(name: &str) -> Result<(), StoreError> {
    let request = factory()?.delete_database(name).map_err(|error| thrown(&error))?;
    answer(&request).await.map(drop)
}

/// The answer to a request. Inside a transaction nothing else may be waited for, or it ends.
pub(super) async fn answer(request: &IdbRequest) -> Result<JsValue, StoreError> {
    answer_or_words(request).await.map_err(|words| failure(&words))
}

async fn answer_or_words(request: &IdbRequest) -> Result<JsValue, String> {
    let (settle, settled) = listener();
    request.set_onsuccess(Some(&settle));
    request.set_onerror(Some(&settle));
    // The function is never dropped before it is called.
    drop(settled.await);
    match request.error() {
        Ok(Some(error)) => Err(words(&error)),
        Ok(None) => request.result().map_err(|error| words(&error)),
        Err(error) => Err(words(&error)),
    }
}

/// A write transaction over some tables.
pub(super) struct Writing {
    pub(super) transaction: IdbTransaction,
    end: oneshot::Receiver<Event>,
}

impl Writing {
    /// Begins. The first request has to follow in this turn.
    pub(super) fn begin(
        database: &IdbDatabase,
        tables: impl IntoIterator<Item = &'static str>,
        durability: Durability,
    ) -> Result<Self, StoreError> {
        let tables: Array = tables.into_iter().map(JsValue::from_str).collect();
        let durability = match durability {
            Durability::Relaxed => "relaxed",
            Durability::Strict => "strict",
        };
        let options = object([("durability", JsValue::from_str(durability))]);
        let transaction = database
            .unchecked_ref::<DurableDatabase>()
            .transaction_as(&tables, "readwrite", &options)
            .map_err(|error| thrown(&error))?;
        let (settle, end) = listener();
        transaction.set_oncomplete(Some(&settle));
        transaction.set_onabort(Some(&settle));
        Ok(Self { transaction, end })
    }

    /// Waits until everything asked for is written.
    ///
    /// # Errors
    /// When nothing was written.
    pub(super) async fn finish(self) -> Result<(), StoreError> {
        let end = self.end.await.map_err(|_| StoreError::Lost)?;
        if end.type_() == "complete" {
            return Ok(());
        }
        // The browser aborts without an error when the connection is torn down.
        Err(self.transaction.error().map_or(StoreError::Lost, |error| thrown(&error)))
    }

    /// Takes everything back, and waits until that is done.
    pub(super) async fn undo(self) {
        // Fails only when the transaction is over already.
        let _ = self.transaction.abort();
        let _ = self.end.await;
    }
}

/// A function to be called once with an event, and the event to come. The function outlives whoever waits, because the
/// browser calls it all the same.
fn listener() -> (Function, oneshot::Receiver<Event>) {
    let (sender, receiver) = oneshot::channel();
    let settle = Closure::once_into_js(move |event: Event| drop(sender.send(event)));
    (settle.unchecked_into(), receiver)
}

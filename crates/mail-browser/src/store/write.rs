//! Writing: a commit is turned into puts and deletes first, everything asynchronous included, and then issued in one
//! transaction over exactly the tables it touches. All of it is written, or nothing.

use super::Connection;
use super::connection::{Writing, answer};
use super::failure::thrown;
use super::layout::{
    self, ACCOUNT, BODIES, BY_PLACE, CURSORS, DRAFTS, EPOCH, FOLDERS, MESSAGES, META, OPS, Places, REFRESH_TOKEN,
    cursor_name, place, sign_in_name,
};
use super::read::epoch;
use crate::global::object;
use js_sys::{Array, Reflect};
use mail_core::model::Message;
use mail_core::store::{Commit, Durability, Epoch, StoreError, Write};
use serde::Serialize;
use std::collections::BTreeSet;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbObjectStore, IdbTransaction};

/// One request, or the few that empty a folder.
enum Step {
    Put(&'static str, String, JsValue),
    Delete(&'static str, String),
    /// A text to be sealed before it is put under this name.
    Seal(String, String),
    /// Deletes the rows of a folder and their bodies.
    Empty(String),
}

impl Step {
    fn tables(&self) -> &[&'static str] {
        match self {
            Self::Put(table, _, _) | Self::Delete(table, _) => std::slice::from_ref(table),
            Self::Seal(_, _) => &[META],
            Self::Empty(_) => &[MESSAGES, BODIES],
        }
    }
}

impl Connection {
    pub(super) async fn write(&self, commit: Commit) -> Result<(), StoreError> {
        let mut steps = Vec::with_capacity(commit.writes.len());
        for write in commit.writes {
            add_steps(&mut steps, write)?;
        }
        // Now, because a transaction waits for nothing but its own requests.
        for step in &mut steps {
            if let Step::Seal(name, text) = step {
                let sealed = self.seal.close(&self.database, name, text).await?;
                *step = Step::Put(META, std::mem::take(name), sealed);
            }
        }
        // One by one: collecting would sort, and a sort weighs more than it saves here.
        let mut tables = BTreeSet::new();
        for table in steps.iter().flat_map(Step::tables) {
            tables.insert(*table);
        }
        if commit.fence.is_some() {
            tables.insert(META);
        }
        if tables.is_empty() {
            return Ok(());
        }
        let writing = Writing::begin(&self.database, tables, commit.durability)?;
        match issue(&writing.transaction, steps, commit.fence).await {
            Ok(()) => writing.finish().await,
            Err(error) => {
                writing.undo().await;
                Err(error)
            }
        }
    }

    /// Takes the leadership.
    pub(super) async fn next_epoch(&self) -> Result<Epoch, StoreError> {
        let writing = Writing::begin(&self.database, [META], Durability::Strict)?;
        let outcome = async {
            let meta = table(&writing.transaction, META)?;
            let next = stored_epoch(&meta).await?.saturating_add(1);
            put(&meta, EPOCH, &JsValue::from_f64(f64::from(next)))?;
            Ok(Epoch(next))
        }
        .await;
        match outcome {
            Ok(epoch) => writing.finish().await.map(|()| epoch),
            Err(error) => {
                writing.undo().await;
                Err(error)
            }
        }
    }
}

fn add_steps(steps: &mut Vec<Step>, write: Write) -> Result<(), StoreError> {
    match write {
        Write::Folder(folder) => steps.push(Step::Put(FOLDERS, folder.id.to_string(), json(&folder)?)),
        Write::RemoveFolder(id) => {
            steps.push(Step::Empty(id.to_string()));
            steps.push(Step::Delete(FOLDERS, id.to_string()));
        }
        Write::Message(message) => steps.push(Step::Put(MESSAGES, message.id.to_string(), row(&message, false)?)),
        Write::Detach(message) => steps.push(Step::Put(MESSAGES, message.id.to_string(), row(&message, true)?)),
        Write::RemoveMessage(id) => {
            steps.push(Step::Delete(MESSAGES, id.to_string()));
            steps.push(Step::Delete(BODIES, id.to_string()));
        }
        Write::Body(id, body) => steps.push(Step::Put(BODIES, id.to_string(), json(&body)?)),
        Write::Cursor(key, cursor) => steps.push(Step::Put(CURSORS, cursor_name(&key), json(&cursor)?)),
        Write::RemoveCursor(key) => steps.push(Step::Delete(CURSORS, cursor_name(&key))),
        Write::Op(op) => steps.push(Step::Put(OPS, op.id.to_string(), json(&op)?)),
        Write::RemoveOp(id) => steps.push(Step::Delete(OPS, id.to_string())),
        Write::Draft(draft) => steps.push(Step::Put(DRAFTS, draft.id.to_string(), json(&draft)?)),
        Write::RemoveDraft(id) => steps.push(Step::Delete(DRAFTS, id.to_string())),
        Write::Account(account) => steps.push(Step::Put(META, ACCOUNT.to_owned(), json(&account)?)),
        Write::RefreshToken(token) => steps.push(Step::Seal(REFRESH_TOKEN.to_owned(), text(&token)?)),
        Write::RemoveRefreshToken => steps.push(Step::Delete(META, REFRESH_TOKEN.to_owned())),
        Write::SignIn(pending) => steps.push(Step::Seal(sign_in_name(&pending.state), text(&pending)?)),
        Write::RemoveSignIn(state) => steps.push(Step::Delete(META, sign_in_name(&state))),
    }
    Ok(())
}

async fn issue(transaction: &IdbTransaction, steps: Vec<Step>, fence: Option<Epoch>) -> Result<(), StoreError> {
    if let Some(fence) = fence {
        let leading = stored_epoch(&table(transaction, META)?).await?;
        if leading != fence.0 {
            return Err(StoreError::Fenced);
        }
    }
    for step in steps {
        match step {
            Step::Put(name, key, value) => put(&table(transaction, name)?, &key, &value)?,
            Step::Delete(name, key) => delete(&table(transaction, name)?, &JsValue::from_str(&key))?,
            Step::Seal(_, _) => {}
            Step::Empty(folder) => empty(transaction, &folder).await?,
        }
    }
    Ok(())
}

async fn empty(transaction: &IdbTransaction, folder: &str) -> Result<(), StoreError> {
    let (messages, bodies) = (table(transaction, MESSAGES)?, table(transaction, BODIES)?);
    let index = messages.index(BY_PLACE).map_err(|error| thrown(&error))?;
    let request = index.get_all_keys_with_key(&Places::all(folder).range()?).map_err(|error| thrown(&error))?;
    for id in answer(&request).await?.unchecked_into::<Array>().iter() {
        delete(&messages, &id)?;
        delete(&bodies, &id)?;
    }
    Ok(())
}

async fn stored_epoch(meta: &IdbObjectStore) -> Result<u32, StoreError> {
    epoch(&answer(&meta.get(&JsValue::from_str(EPOCH)).map_err(|error| thrown(&error))?).await?)
}

fn table(transaction: &IdbTransaction, name: &str) -> Result<IdbObjectStore, StoreError> {
    transaction.object_store(name).map_err(|error| thrown(&error))
}

fn put(table: &IdbObjectStore, key: &str, value: &JsValue) -> Result<(), StoreError> {
    table.put_with_key(value, &JsValue::from_str(key)).map(drop).map_err(|error| thrown(&error))
}

fn delete(table: &IdbObjectStore, key: &JsValue) -> Result<(), StoreError> {
    table.delete(key).map(drop).map_err(|error| thrown(&error))
}

/// A row with the fields it is indexed by. Only a detached one has `lost`: an index holds only records with its field.
fn row(message: &Message, detached: bool) -> Result<JsValue, StoreError> {
    let record = object([("row", json(message)?), (BY_PLACE, place(message, detached).into())]);
    if detached {
        Reflect::set(&record, &JsValue::from_str(layout::BY_LOST), &JsValue::from_f64(1.0))
            .map_err(|error| thrown(&error))?;
    }
    Ok(record.into())
}

fn json(value: &impl Serialize) -> Result<JsValue, StoreError> {
    text(value).map(|text| JsValue::from_str(&text))
}

fn text(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Failed(error.to_string()))
}

//! Reading: one transaction for each question. Records are JSON text, which costs less than walking an object field by
//! field across the border to JavaScript.

use super::connection::answer;
use super::failure::thrown;
use super::layout::{BY_LOST, BY_PLACE, MESSAGES, META, Places};
use crate::global::field;
use js_sys::Array;
use mail_core::model::Message;
use mail_core::store::StoreError;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbCursor, IdbDatabase, IdbIndex, IdbRequest};

/// What can be asked. One type instead of a function each: every waiting function is a program of its own, and this crate
/// is loaded twice.
pub(super) enum Question {
    /// One record, or none.
    One(&'static str, String),
    /// The key of a record, or none.
    Key(&'static str, String),
    /// All records of a table, in the order of their keys.
    All(&'static str),
    /// Records of a folder's rows: how many to skip, how many to read at most.
    Rows(String, u32, u32),
    /// How many rows a folder has, as one number.
    Count(String),
    /// The keys of the detached rows.
    Lost,
}

/// Answers a question.
pub(super) async fn ask(database: &IdbDatabase, question: Question) -> Result<Vec<JsValue>, StoreError> {
    let table = match &question {
        Question::One(table, _) | Question::Key(table, _) | Question::All(table) => table,
        Question::Rows(..) | Question::Count(_) | Question::Lost => MESSAGES,
    };
    let transaction = database.transaction_with_str(table).map_err(|error| thrown(&error))?;
    let table = transaction.object_store(table).map_err(|error| thrown(&error))?;
    let index = |name| table.index(name).map_err(|error| thrown(&error));
    match question {
        Question::One(_, key) => present(table.get(&JsValue::from_str(&key))).await,
        Question::Key(_, key) => present(table.get_key(&JsValue::from_str(&key))).await,
        Question::All(_) => list(table.get_all()).await,
        Question::Count(folder) => present(index(BY_PLACE)?.count_with_key(&Places::listed(&folder).range()?)).await,
        Question::Lost => list(index(BY_LOST)?.get_all_keys()).await,
        Question::Rows(folder, skip, limit) => rows(&index(BY_PLACE)?, Places::listed(&folder), skip, limit).await,
    }
}

/// The rows after the first `skip`, of which not even the places are read.
async fn rows(index: &IdbIndex, places: Places, skip: u32, limit: u32) -> Result<Vec<JsValue>, StoreError> {
    // To IndexedDB, no rows would mean all rows.
    if limit == 0 {
        return Ok(Vec::new());
    }
    let mut places = places;
    if skip > 0 {
        let request = index.open_key_cursor_with_range(&places.range()?).map_err(|error| thrown(&error))?;
        let Some(cursor) = cursor(&request).await? else { return Ok(Vec::new()) };
        cursor.advance(skip).map_err(|error| thrown(&error))?;
        let Some(cursor) = self::cursor(&request).await? else { return Ok(Vec::new()) };
        places = places.from(cursor.key().map_err(|error| thrown(&error))?);
    }
    list(index.get_all_with_key_and_limit(&places.range()?, limit)).await
}

/// Where the cursor stands, or `None` at the end.
async fn cursor(request: &IdbRequest) -> Result<Option<IdbCursor>, StoreError> {
    let cursor = answer(request).await?;
    Ok(if cursor.is_null() { None } else { Some(cursor.unchecked_into()) })
}

async fn present(request: Result<IdbRequest, JsValue>) -> Result<Vec<JsValue>, StoreError> {
    let value = answer(&request.map_err(|error| thrown(&error))?).await?;
    Ok(if value.is_undefined() { Vec::new() } else { vec![value] })
}

async fn list(request: Result<IdbRequest, JsValue>) -> Result<Vec<JsValue>, StoreError> {
    Ok(answer(&request.map_err(|error| thrown(&error))?).await?.unchecked_into::<Array>().to_vec())
}

/// The epoch in a record of [`META`]; before the first leader it is 0.
pub(super) fn epoch(record: &JsValue) -> Result<u32, StoreError> {
    if record.is_undefined() {
        return Ok(0);
    }
    record.as_f64().map(|number| number as u32).ok_or(StoreError::Unreadable { part: META })
}

/// The row in a record of [`MESSAGES`].
pub(super) fn row(record: &JsValue) -> Result<Message, StoreError> {
    parsed(MESSAGES, &field(record, "row").unwrap_or(JsValue::UNDEFINED))
}

/// A record that is JSON text.
pub(super) fn parsed<T: DeserializeOwned>(part: &'static str, value: &JsValue) -> Result<T, StoreError> {
    let text = value.as_string().ok_or(StoreError::Unreadable { part })?;
    serde_json::from_str(&text).map_err(|_| StoreError::Unreadable { part })
}

//! What is in the database: every table and index, in one place.
//! Values are JSON text; only a message's row sits in an object, beside the fields it is indexed by.

use super::failure::thrown;
use js_sys::Array;
use mail_core::id::MessageId;
use mail_core::model::Message;
use mail_core::store::StoreError;
use mail_core::sync::CursorKey;
use wasm_bindgen::JsValue;
use web_sys::{IdbDatabase, IdbKeyRange};

/// The version of this layout. Raising it needs a migration of [`OPS`] and [`DRAFTS`].
pub(super) const VERSION: u32 = 1;

/// Folders by id.
pub(super) const FOLDERS: &str = "folders";
/// Rows by message id: `{row, place, lost?}`, see [`place`].
pub(super) const MESSAGES: &str = "messages";
/// Bodies by message id.
pub(super) const BODIES: &str = "bodies";
/// Cursors by [`cursor_name`].
pub(super) const CURSORS: &str = "cursors";
/// The outbox by operation id.
pub(super) const OPS: &str = "ops";
/// Drafts by id.
pub(super) const DRAFTS: &str = "drafts";
/// The account, the leader's epoch and what is sealed, by the names below.
pub(super) const META: &str = "meta";
/// The key that seals, which no script can read.
pub(super) const KEYS: &str = "keys";

/// In [`MESSAGES`]: the order of a folder's list.
pub(super) const BY_PLACE: &str = "place";
/// In [`MESSAGES`]: only the detached.
pub(super) const BY_LOST: &str = "lost";

/// In [`META`]: whose mailbox this is.
pub(super) const ACCOUNT: &str = "account";
/// In [`META`]: the number of the leadership.
pub(super) const EPOCH: &str = "epoch";
/// In [`META`]: the refresh token, sealed.
pub(super) const REFRESH_TOKEN: &str = "refresh-token";

const TABLES: [(&str, &[&str]); 8] = [
    (FOLDERS, &[]),
    (MESSAGES, &[BY_PLACE, BY_LOST]),
    (BODIES, &[]),
    (CURSORS, &[]),
    (OPS, &[]),
    (DRAFTS, &[]),
    (META, &[]),
    (KEYS, &[]),
];

/// Creates every table and index in a database that has none.
///
/// # Errors
/// What the browser threw.
pub(super) fn create(database: &IdbDatabase) -> Result<(), JsValue> {
    for (name, indexes) in TABLES {
        let table = database.create_object_store(name)?;
        for index in indexes {
            // An index is called like the field it orders by.
            table.create_index_with_str(index, index)?;
        }
    }
    Ok(())
}

/// Where a row stands: folder, 0 listed or 1 detached, the moment it arrived counted backwards, id. Ascending, this is
/// the order of the list: newest first, then by id.
pub(super) fn place(message: &Message, detached: bool) -> Array {
    let place = Array::new();
    place.push(&JsValue::from_str(message.folder.as_str()));
    place.push(&JsValue::from_f64(if detached { 1.0 } else { 0.0 }));
    // Exact for 285,000 years around 1970.
    place.push(&JsValue::from_f64(-(message.received.millis() as f64)));
    place.push(&JsValue::from_str(message.id.as_str()));
    place
}

/// Some of a folder's places.
pub(super) struct Places {
    /// The end of them, itself not one of them.
    end: Array,
    start: JsValue,
}

impl Places {
    /// Those of the listed rows.
    pub(super) fn listed(folder: &str) -> Self {
        Self::beginning(&Array::of2(&JsValue::from_str(folder), &JsValue::from_f64(0.0)))
    }

    /// Those of all rows, detached ones too.
    pub(super) fn all(folder: &str) -> Self {
        Self::beginning(&Array::of1(&JsValue::from_str(folder)))
    }

    /// An array sorts after every number and text, so one more makes the end.
    fn beginning(start: &Array) -> Self {
        Self { end: start.concat(&Array::of1(&Array::new())), start: start.into() }
    }

    /// Those from a place on.
    pub(super) fn from(self, start: JsValue) -> Self {
        Self { start, ..self }
    }

    pub(super) fn range(&self) -> Result<JsValue, StoreError> {
        IdbKeyRange::bound(&self.start, &self.end).map(JsValue::from).map_err(|error| thrown(&error))
    }
}

/// The name of a cursor in [`CURSORS`].
pub(super) fn cursor_name(key: &CursorKey) -> String {
    match key {
        CursorKey::Folders => "folders".to_owned(),
        CursorKey::Messages(folder) => format!("messages:{folder}"),
    }
}

/// The name of a sign-in under way in [`META`].
pub(super) fn sign_in_name(state: &str) -> String {
    format!("sign-in:{state}")
}

/// The id of a message as it came back as a key.
pub(super) fn message_id(key: &JsValue) -> Result<MessageId, StoreError> {
    key.as_string().map(MessageId::new).ok_or(StoreError::Unreadable { part: MESSAGES })
}

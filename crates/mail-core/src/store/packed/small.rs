//! Small records: JSON behind the number of its format. The outbox and the drafts are among them, which only this device
//! knows: whoever changes the format still has to read every earlier one.

use super::bytes::{FORMAT, Input, Output};
use super::records::{Key, Table};
use crate::json;
use crate::store::StoreError;
use crate::store::room::Keep;
use crate::sync::CursorKey;
use crate::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Whose mailbox this is.
pub(super) const ACCOUNT: &str = "account";
/// The refresh token.
pub(super) const REFRESH_TOKEN: &str = "refresh-token";
/// All cursors of messages.
pub(super) const MESSAGE_CURSORS: &str = "cursor/messages/";

/// A sign-in under way.
pub(super) fn sign_in(state: &str) -> Key {
    Key::new(Table::Secrets, format!("sign-in:{state}"))
}

/// Where a sync has got to.
pub(super) fn cursor(key: &CursorKey) -> Key {
    match key {
        CursorKey::Folders => Key::new(Table::Mail, "cursor/folders"),
        CursorKey::Messages(folder) => Key::new(Table::Mail, format!("{MESSAGE_CURSORS}{folder}")),
    }
}

/// What the person wants kept on this device.
pub(super) fn keep() -> Key {
    Key::new(Table::Meta, "keep")
}

const KEEP: u8 = b'K';

/// Two numbers, each one more than what they say, and 0 where they say nothing.
pub(super) fn encode_keep(keep: Keep) -> Vec<u8> {
    let mut output = Output::new(KEEP);
    output.number(keep.days.map_or(0, |days| u64::from(days) + 1));
    output.number(keep.floor.map_or(0, |floor| (floor.millis().max(0) as u64).saturating_add(1)));
    output.finish().0
}

/// Reads it; where it is damaged, what everybody begins with.
///
/// # Errors
/// [`StoreError::Lost`] when a newer build wrote it.
pub(super) fn decode_keep(record: &[u8]) -> Result<Keep, StoreError> {
    let Some((mut input, _)) = Input::open(KEEP, record)? else { return Ok(Keep::default()) };
    let (Some(days), Some(floor)) = (input.number(), input.number()) else { return Ok(Keep::default()) };
    Ok(Keep {
        days: days.checked_sub(1).map(|days| u32::try_from(days).unwrap_or(u32::MAX)),
        floor: floor.checked_sub(1).map(|floor| Timestamp::from_millis(i64::try_from(floor).unwrap_or(i64::MAX))),
    })
}

pub(in crate::store) fn encode(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    let text = serde_json::to_string(value).map_err(|error| StoreError::Failed(error.to_string()))?;
    let mut bytes = vec![FORMAT];
    bytes.extend_from_slice(text.as_bytes());
    Ok(bytes)
}

/// Reads a small record. Those of the first layout are JSON without a number.
///
/// # Errors
/// [`StoreError::Lost`] when a newer build wrote it, [`StoreError::Unreadable`] when it is damaged.
pub(super) fn decode<T: DeserializeOwned>(table: Table, bytes: &[u8]) -> Result<T, StoreError> {
    let text = match bytes.split_first() {
        Some((&FORMAT, rest)) => rest,
        // Numbers of formats end where letters begin.
        Some((format, _)) if *format > FORMAT && *format < b' ' => return Err(StoreError::Lost),
        _ => bytes,
    };
    json::read(text).ok_or(StoreError::Unreadable { part: table.name() })
}

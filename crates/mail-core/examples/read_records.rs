//! Reads a copy of a device's records, as a test of the whole product took it out of the browser, and writes what it says as JSON.
//! The product's own code reads it, so that a test compares what the app would show and knows nothing of the format.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::executor::block_on;
use mail_core::model::Flag;
use mail_core::store::packed::MemoryRecords;
use mail_core::store::packed::records::{Key, Table};
use mail_core::store::{PackedStore, Store, StoreError};
use mail_core::sync::CursorKey;
use serde_json::{Value, json};
use std::io::Read as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match read().and_then(|records| block_on(tell(PackedStore::new(records))).map_err(|error| error.to_string())) {
        Ok(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("read_records: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The records from standard input: a line for each, its table, its name and its bytes in base 64, with tabs between.
fn read() -> Result<MemoryRecords, String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| error.to_string())?;
    let records = MemoryRecords::default();
    for line in text.lines() {
        let mut parts = line.split('\t');
        let (Some(table), Some(name), Some(bytes)) = (parts.next(), parts.next(), parts.next()) else {
            return Err("a line is not of three parts".to_owned());
        };
        let tables = [Table::Folders, Table::Mail];
        let table = tables.into_iter().find(|known| known.name() == table).ok_or("a table is not known")?;
        records.spoil(Key::new(table, name), Some(STANDARD.decode(bytes).map_err(|error| error.to_string())?));
    }
    Ok(records)
}

/// The flag in Graph's words.
fn flag(flag: Flag) -> &'static str {
    match flag {
        Flag::None => "notFlagged",
        Flag::Flagged => "flagged",
        Flag::Complete => "complete",
    }
}

/// Every folder with its messages, newest first, and whether its first round is complete.
async fn tell(store: PackedStore<MemoryRecords>) -> Result<Value, StoreError> {
    let mut folders = Vec::new();
    for folder in store.folders().await? {
        let rows = store.messages(&folder.id, 0, u32::MAX).await?;
        let cursor = store.cursor(&CursorKey::Messages(folder.id.clone())).await?;
        let messages: Vec<Value> = rows
            .iter()
            .map(|row| {
                json!({
                    "id": row.id.as_str(),
                    "subject": row.subject,
                    "is_read": row.is_read,
                    "flag": flag(row.flag),
                })
            })
            .collect();
        folders.push(json!({
            "id": folder.id.as_str(),
            "display_name": folder.name,
            "hidden": folder.hidden,
            "complete": cursor.is_some_and(|cursor| cursor.complete),
            "messages": messages,
        }));
    }
    let detached: Vec<String> = store.detached().await?.iter().map(ToString::to_string).collect();
    Ok(json!({"folders": folders, "detached": detached}))
}

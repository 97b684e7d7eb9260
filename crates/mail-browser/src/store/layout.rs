//! What is in the database: every table, in one place. Records are bytes that the core makes and reads; only the leader's
//! number, what is sealed and the key that seals are the browser's own.

use js_sys::Array;
use mail_core::store::packed::records::Table;
use wasm_bindgen::JsValue;
use web_sys::IdbDatabase;

/// The version of this layout. Raising it needs a migration of the tables in [`KEPT`].
/// 1: rows of their own. 2: packed rows. 3: attachments besides.
pub(super) const VERSION: u32 = 3;

/// The account, the leader's epoch and what is sealed, by name.
pub(super) const META: &str = "meta";
/// The key that seals, which no script can read.
pub(super) const KEYS: &str = "keys";
/// In [`META`]: the number of the leadership.
pub(super) const EPOCH: &str = "epoch";
/// In [`META`]: who led when.
pub(super) const DIARY: &str = "diary";

/// What only this device knows, from the first layout on: a text in them is a record too. The rest of an older layout is
/// deleted and fetched anew.
const KEPT: [&str; 4] = [Table::Ops.name(), Table::Drafts.name(), META, KEYS];
const FETCHED: [&str; 4] = [Table::Folders.name(), Table::Mail.name(), Table::Bodies.name(), Table::Attachments.name()];
/// The first layout whose fetched tables are the present ones, as far as it has them.
const PACKED: f64 = 2.0;

/// Creates every table in a database that has none, or takes over one of an older layout; `before` is its version.
///
/// # Errors
/// What the browser threw.
pub(super) fn create(database: &IdbDatabase, before: f64) -> Result<(), JsValue> {
    let there: Array = js_sys::Array::from(&database.object_store_names());
    let names = || there.iter().filter_map(|name| name.as_string());
    let stays = |name: &str| KEPT.contains(&name) || (before >= PACKED && FETCHED.contains(&name));
    for name in names().filter(|name| !stays(name)) {
        database.delete_object_store(&name)?;
    }
    let is_there = |wanted: &str| stays(wanted) && names().any(|name| name == wanted);
    for name in KEPT.into_iter().chain(FETCHED).filter(|name| !is_there(name)) {
        database.create_object_store(name)?;
    }
    Ok(())
}

//! How what the server says becomes rows: delta pages, partial updates, tombstones and lost cursors.
//! Each page becomes one commit that holds its rows and its cursor together.

mod cursor;
mod page;

pub use cursor::{Cursor, CursorKey};
pub use page::{Applied, AppliedFolders, apply_folders, apply_messages};

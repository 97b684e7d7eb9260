//! The port below the packed store: records of bytes by key, read and written many at once. Whatever a browser or a
//! test has to provide is here and nothing more, so that every decision about layout stays in this crate.

use crate::store::{Durability, Epoch, StoreError};

/// The kinds of records. Each may lie apart from the others, so that writing one does not keep readers of another waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Folders by id.
    Folders,
    /// Lists of rows, where each row lies, and cursors.
    Mail,
    /// Bodies by message id.
    Bodies,
    /// Bytes of attachments by message and attachment.
    Attachments,
    /// The outbox by operation id.
    Ops,
    /// Drafts by id.
    Drafts,
    /// Whose mailbox this is.
    Meta,
    /// What is sealed wherever the platform can; what cannot be opened again counts as absent.
    Secrets,
}

impl Table {
    /// The table's name, as errors name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Folders => "folders",
            Self::Mail => "mail",
            Self::Bodies => "bodies",
            Self::Attachments => "attachments",
            Self::Ops => "ops",
            Self::Drafts => "drafts",
            Self::Meta | Self::Secrets => "meta",
        }
    }
}

/// Where a record lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The table.
    pub table: Table,
    /// The name in it.
    pub name: String,
}

impl Key {
    /// The record of this name.
    pub fn new(table: Table, name: impl Into<String>) -> Self {
        Self { table, name: name.into() }
    }
}

/// One step of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Writes a record, in place of what was there.
    Put(Key, Vec<u8>),
    /// Deletes a record, if there is one.
    Delete(Key),
    /// Deletes all records whose name begins with the key's.
    DeleteUnder(Key),
}

/// Steps that happen together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// How safely.
    pub durability: Durability,
    /// Refused unless this epoch leads.
    pub fence: Option<Epoch>,
}

/// Records by key.
#[expect(async_fn_in_trait, reason = "everything runs on one thread: no Send bound is wanted")]
pub trait Records {
    /// The records under these keys, in their order, as they are at one moment.
    ///
    /// # Errors
    /// Any [`StoreError`]; the same holds for every question of this trait.
    async fn read(&self, keys: Vec<Key>) -> Result<Vec<Option<Vec<u8>>>, StoreError>;
    /// All records of a table with their names, in the order of the names.
    async fn all(&self, table: Table) -> Result<Vec<(String, Vec<u8>)>, StoreError>;
    /// Whether there is such a record.
    async fn holds(&self, key: Key) -> Result<bool, StoreError>;
    /// Takes the leadership: batches under every earlier epoch are refused from now on.
    async fn lead(&self) -> Result<Epoch, StoreError>;
    /// Writes all or nothing, without reading more than the epoch.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when another leader took over; any other [`StoreError`] when nothing was written.
    async fn commit(&self, batch: Batch) -> Result<(), StoreError>;

    /// The bytes as a zlib stream; `None` where the platform makes none.
    async fn deflate(&self, _bytes: &[u8]) -> Option<Vec<u8>> {
        None
    }

    /// The bytes of a zlib stream; `None` when it is damaged, or where the platform reads none.
    async fn inflate(&self, _bytes: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

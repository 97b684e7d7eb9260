//! What is kept on the device, in bytes: told from directories and the ledger of bodies, so that it costs the same however
//! much it is.

use super::directory::Directory;
use super::records::{Records, Table};
use super::{PackedStore, attachments, places, shelf};
use crate::id::FolderId;
use crate::model::Message;
use crate::store::StoreError;
use crate::store::room::{BodyShare, KeptAttachment};

/// What is kept on the device, in bytes as they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occupied {
    /// Rows and bodies of each folder, in the order asked for.
    pub folders: Vec<u64>,
    /// Rows of all these folders, and their lists of conversations.
    pub rows: u64,
    /// All bodies.
    pub bodies: u64,
    /// All attachments.
    pub attachments: u64,
    /// The outbox and the drafts.
    pub own: u64,
}

impl<R: Records> PackedStore<R> {
    /// What is kept on the device, by folder and by kind.
    ///
    /// # Errors
    /// Any [`StoreError`] of reading.
    pub async fn occupied(&self, folders: &[FolderId]) -> Result<Occupied, StoreError> {
        let mut keys = vec![shelf::ledger(), attachments::index()];
        let lists: Vec<_> = folders.iter().cloned().map(Some).collect();
        keys.extend(lists.iter().flat_map(|list| [places::directory(list), places::conversations(list)]));
        keys.push(places::conversations(&None));
        let mut records = self.records.read(keys).await?.into_iter();
        let ledger = records.next().flatten();
        let shares = ledger.as_deref().map(shelf::decode).transpose()?.flatten().unwrap_or_default();
        let kept = records.next().flatten();
        let kept = attachments::decode(kept.as_deref())?.unwrap_or_default();
        let mut occupied = Occupied { attachments: KeptAttachment::sum(&kept), ..Occupied::default() };
        let mut next = || -> Result<u64, StoreError> {
            let record = records.next().flatten();
            let directory = record.as_deref().map(Directory::<Message>::decode).transpose()?.flatten();
            Ok(directory.map_or(0, |known| known.leaves.iter().fold(0, |sum, leaf| sum + u64::from(leaf.size))))
        };
        for folder in folders {
            let rows = next()? + next()?;
            let of_folder = shares.iter().filter(|share| share.folder.as_ref() == Some(folder));
            occupied.rows += rows;
            occupied.folders.push(of_folder.fold(rows, |sum, share| sum.saturating_add(share.bytes)));
        }
        occupied.rows += next()?;
        occupied.bodies = BodyShare::sum(&shares);
        for table in [Table::Ops, Table::Drafts] {
            for (_, record) in self.records.all(table).await? {
                occupied.own += record.len() as u64;
            }
        }
        Ok(occupied)
    }
}

//! What Petrel keeps on this device: how much it takes, and what the person wants of it. Read when the person looks; chosen
//! here, carried out by the leader.

use super::App;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail_browser::{page, room};
use mail_core::id::FolderId;
use mail_core::protocol::Ask;
use mail_core::store::room::Keep;
use mail_core::store::{Commit, Store, Write};

/// What is kept on this device, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Storage {
    /// The lists.
    pub rows: u64,
    /// The messages themselves.
    pub bodies: u64,
    /// Attachments.
    pub attachments: u64,
    /// Outbox and drafts.
    pub own: u64,
    /// All that is taken here and all that may be, if the browser says.
    pub room: Option<(u64, u64)>,
    /// Whether the browser promised to keep it.
    pub persisted: bool,
    /// What each folder takes, the largest first.
    pub folders: Vec<(String, u64)>,
    /// How many days back messages are fetched before anybody asks; `None`: all.
    pub days: Option<u32>,
    /// The bytes freed while the person looks.
    pub freed: Option<u64>,
}

/// So many days are left after freeing space.
pub const WEEK: u32 = 7;

impl App {
    /// Shows what is kept here.
    pub fn open_storage(self) {
        spawn_local(self.read_storage(None));
    }

    /// Puts that away.
    pub fn close_storage(self) {
        self.storage.set(None);
    }

    async fn read_storage(self, freed: Option<u64>) {
        let named: Vec<(FolderId, String)> = self
            .folders
            .with_untracked(|rows| rows.iter().map(|row| (row.folder.id.clone(), row.folder.name.clone())).collect());
        let ids: Vec<FolderId> = named.iter().map(|(id, _)| id.clone()).collect();
        match self.client().read(async |store| Ok((store.occupied(&ids).await?, store.keep().await?))).await {
            Ok((occupied, keep)) => {
                let mut folders: Vec<(String, u64)> = Vec::new();
                for ((_, name), bytes) in named.into_iter().zip(occupied.folders).filter(|(_, bytes)| *bytes > 0) {
                    folders.insert(folders.partition_point(|known| known.1 >= bytes), (name, bytes));
                }
                let room = room::estimate().await.map(|room| (room.usage, room.quota));
                let persisted = room::is_persisted().await;
                let (rows, bodies, attachments) = (occupied.rows, occupied.bodies, occupied.attachments);
                let own = occupied.own;
                let days = keep.days;
                self.storage.set(Some(Storage {
                    rows,
                    bodies,
                    attachments,
                    own,
                    room,
                    persisted,
                    folders,
                    days,
                    freed,
                }));
            }
            Err(error) => self.store_failed(&error),
        }
    }

    /// Keeps so many days from now on; `None`: everything. What is older is dropped, and comes again when it is opened.
    pub fn keep_days(self, days: Option<u32>) {
        spawn_local(async move {
            match self.client().commit(Commit::strict(vec![Write::Keep(Keep::days(days))])).await {
                Ok(()) => {
                    // Read again once the leader has answered what it freed.
                    self.client().ask(Ask::Keep);
                }
                Err(error) => self.store_failed(&error),
            }
        });
    }

    /// The leader dropped what is older than the person chose.
    pub(super) fn hear_freed(self, bytes: u64) {
        if self.storage.with_untracked(Option::is_some) {
            spawn_local(self.read_storage(Some(bytes)));
        }
    }

    /// Asks the browser, once in each visit, not to drop what is kept here: there is something worth keeping now.
    pub(super) fn ask_to_keep(self) {
        if !self.memory().asked_to_keep.replace(true) {
            page::keep_storage();
        }
    }
}

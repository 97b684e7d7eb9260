//! What was last read from the store for the screen, and what the screen makes of it: the server's rows with the
//! pending acts on top. Pure, so that an act shows in the same frame without asking the store again.

use super::{FolderRow, List, tree};
use futures::future::join3;
use mail_core::error::StoreError;
use mail_core::id::{FolderId, MessageId};
use mail_core::model::{Folder, Message};
use mail_core::outbox::{Op, Overlay};
use mail_core::store::Store;
use mail_core::sync::CursorKey;
use std::sync::Arc;

/// How often a reading is repeated when the outbox changed meanwhile.
const STEADY_TRIES: u32 = 3;

/// The server's side of the screen, and the outbox.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Known {
    /// All folders.
    pub folders: Vec<Folder>,
    /// The folder whose rows these are.
    pub folder: Option<FolderId>,
    /// Its newest rows.
    pub rows: Vec<Message>,
    /// How many rows of it the device holds.
    pub stored: u32,
    /// Whether the device holds all there are.
    pub complete: bool,
    /// The rows the outbox touches, from any folder.
    pub touched: Vec<Message>,
    /// The row of the open message.
    pub open: Option<Message>,
    /// The outbox, oldest first.
    pub ops: Vec<Op>,
}

/// What to read.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// The folder wanted; `None`, or one that does not exist: the one the mailbox opens with.
    pub folder: Option<FolderId>,
    /// How many of its rows.
    pub limit: u32,
    /// The open message.
    pub open: Option<MessageId>,
}

impl Known {
    /// Reads the screen's side of the store. `own` lays this tab's unwritten acts over the stored outbox.
    ///
    /// # Errors
    /// [`StoreError`] when a query fails.
    pub(super) async fn read(
        store: &impl Store,
        question: &Question,
        own: impl Fn(Vec<Op>) -> Vec<Op>,
    ) -> Result<Self, StoreError> {
        // An act leaves the outbox together with the rows it changed. Reading both takes several steps, so that
        // a change in between is noticed and the reading repeated: otherwise counts and rows would flicker.
        let mut ops = store.ops().await?;
        for _ in 1..STEADY_TRIES {
            let known = Self::read_once(store, question, own(ops.clone())).await?;
            let after = store.ops().await?;
            if after == ops {
                return Ok(known);
            }
            ops = after;
        }
        Self::read_once(store, question, own(ops)).await
    }

    async fn read_once(store: &impl Store, question: &Question, ops: Vec<Op>) -> Result<Self, StoreError> {
        let folders = store.folders().await?;
        let wanted = question.folder.clone().filter(|wanted| folders.iter().any(|folder| folder.id == *wanted));
        let mut known = Self { folder: wanted.or_else(|| tree::home(&folders)), folders, ops, ..Self::default() };
        if let Some(folder) = known.folder.clone() {
            let key = CursorKey::Messages(folder.clone());
            // Asked for together: each answer takes its way through the browser, and the screen waits for all.
            let (rows, stored, cursor) =
                join3(store.messages(&folder, 0, question.limit), store.count(&folder), store.cursor(&key)).await;
            (known.rows, known.stored) = (rows?, stored?);
            known.complete = cursor?.is_some_and(|cursor| cursor.complete);
        }
        for id in Overlay::new(&known.ops).touched() {
            known.touched.extend(store.message(&id).await?);
        }
        if let Some(open) = &question.open {
            known.open = store.message(open).await?;
        }
        Ok(known)
    }

    /// The server's row of a message, as far as it is known here.
    pub(super) fn row(&self, id: &MessageId) -> Option<&Message> {
        self.touched.iter().chain(&self.rows).chain(&self.open).find(|row| row.id == *id)
    }

    /// The row as the person sees it.
    pub(super) fn shown(&self, id: &MessageId) -> Option<Message> {
        self.row(id).cloned().map(|row| Overlay::new(&self.ops).message(row))
    }

    /// The open message as the person sees it.
    pub(super) fn shown_open(&self) -> Option<Message> {
        self.open.clone().map(|row| Overlay::new(&self.ops).message(row))
    }

    /// Knows a row again that the screen has no other reason to know, such as one that was put away.
    pub(super) fn recall(&mut self, row: Message) {
        if self.row(&row.id).is_none() {
            self.touched.push(row);
        }
    }

    /// Takes an entry of the outbox in, or its newer version.
    pub(super) fn put(&mut self, op: Op) {
        if let Some(id) = op.act.message()
            && !self.touched.iter().any(|row| row.id == *id)
            && let Some(row) = self.row(id).cloned()
        {
            self.touched.push(row);
        }
        op.put_into(&mut self.ops);
    }

    /// Fills in the rows that acts queued since the reading touch, from what was known before.
    pub(super) fn complete_from(&mut self, before: &Self) {
        for id in Overlay::new(&self.ops).touched() {
            if !self.touched.iter().any(|row| row.id == id)
                && let Some(row) = self.row(&id).or_else(|| before.row(&id)).cloned()
            {
                self.touched.push(row);
            }
        }
    }

    /// The folder tree, its names in `order`, counts with what is pending.
    pub(super) fn tree(&self, order: tree::Order) -> Vec<FolderRow> {
        let pending = Overlay::new(&self.ops).counts(&self.touched);
        let with_pending = |folder: &Folder| match pending.get(&folder.id) {
            Some(counts) => counts.over(folder.clone()),
            None => folder.clone(),
        };
        tree::tree(&self.folders.iter().map(with_pending).collect::<Vec<_>>(), order)
    }

    /// The list of the folder, with what is pending.
    pub(super) fn list(&self) -> List {
        let Some(folder) = &self.folder else { return List::default() };
        let overlay = Overlay::new(&self.ops);
        let whole = count(&self.rows) >= self.stored;
        let rows = overlay.list(folder, self.rows.clone(), &self.touched, whole);
        let pending = overlay.counts(&self.touched).get(folder).copied().unwrap_or_default().total;
        let there = self.folders.iter().find(|known| known.id == *folder).map_or(0, |folder| folder.total);
        // Once everything is here, what is here is the truth; until then the server knows better how much there is.
        let base = if self.complete { self.stored } else { there.max(self.stored) };
        let total = u32::try_from(i64::from(base).saturating_add(pending).max(0)).unwrap_or(u32::MAX);
        let known = self.complete || !rows.is_empty() || self.stored > 0;
        List { total: total.max(count(&rows)), rows: Arc::new(rows), known }
    }
}

fn count(rows: &[Message]) -> u32 {
    u32::try_from(rows.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;

//! What was last read from the store for the screen, and what the screen makes of it: the server's rows with the
//! pending acts on top. Pure, so that an act shows in the same frame without asking the store again.

use super::held::{Held, RowQuestion};
use super::{FolderRow, List, Row, tree};
use futures::future::join;
use mail_core::error::StoreError;
use mail_core::id::{FolderId, MessageId};
use mail_core::model::{Folder, Message};
use mail_core::outbox::{Gathered, Op, Overlay};
use mail_core::store::{Rank, RowKey, Store};
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
    /// A part of its rows.
    pub held: Held,
    /// Whether its rows are conversations.
    pub grouped: bool,
    /// All rows of the conversations that acts touch, of the current and of the open one; empty unless grouped.
    pub gathered: Vec<Gathered>,
    /// The row the keyboard is on.
    pub current: Option<Standing>,
    /// The row that was the newest when the top of the list was last in view, and how many come before it now.
    pub seen: Option<(RowKey, u32)>,
    /// Whether the device holds all there are.
    pub complete: bool,
    /// The rows the outbox touches, from any folder.
    pub touched: Vec<Message>,
    /// The row of the open message.
    pub open: Option<Message>,
    /// The outbox, oldest first.
    pub ops: Vec<Op>,
}

/// A row that must not be lost from sight.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Standing {
    /// The row, as it was last read.
    pub row: Row,
    /// Where it stands in the list of the folder; `None` until a reading has asked.
    pub rank: Option<Rank>,
}

/// What to read.
#[derive(Clone, Debug, Default)]
pub(super) struct Question {
    /// The folder wanted; `None`, or one that does not exist: the one the mailbox opens with.
    pub folder: Option<FolderId>,
    /// The open message.
    pub open: Option<MessageId>,
    /// Which of its rows, and what is known of them.
    pub rows: RowQuestion,
    /// Whether rows are to be conversations.
    pub grouped: bool,
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
        // Rows that acts touch are known by name too when the act is stuck.
        let mut ids: Vec<MessageId> = ops.iter().filter_map(|op| op.act.message()).cloned().collect();
        ids.extend(question.open.clone());
        ids.extend(question.rows.far.clone());
        // Asked for together: each answer takes its way through the browser, and the screen waits for all.
        let (folders, named) =
            join(store.folders(), async { if ids.is_empty() { Ok(Vec::new()) } else { store.rows(&ids).await } }).await;
        let folders = folders?;
        let wanted = question.folder.clone().filter(|wanted| folders.iter().any(|folder| folder.id == *wanted));
        let folder = wanted.or_else(|| tree::home(&folders));
        let mut known = Self { folder, folders, ops, grouped: question.grouped, ..Self::default() };
        for row in named? {
            if known.ops.iter().any(|op| op.act.message() == Some(&row.id)) {
                known.touched.push(row.clone());
            }
            if question.rows.far.as_ref() == Some(&row.id) {
                known.current = Some(Standing { row: Row::of(Arc::new(row.clone())), rank: None });
            }
            if question.open.as_ref() == Some(&row.id) {
                known.open = Some(row);
            }
        }
        if let Some(folder) = known.folder.clone() {
            let key = CursorKey::Messages(folder);
            let (rows, cursor) = join(known.read_rows(store, &question.rows), store.cursor(&key)).await;
            rows?;
            known.complete = cursor?.is_some_and(|cursor| cursor.complete);
        }
        Ok(known)
    }

    /// The server's row of a message, as far as it is known here.
    pub(super) fn row(&self, id: &MessageId) -> Option<&Message> {
        let far = self.current.as_ref().map(|current| &current.row);
        let held = self.held.rows.iter().chain(far).map(|row| &*row.message);
        let gathered = self.gathered.iter().flat_map(|each| &each.rows);
        self.touched.iter().chain(gathered).chain(held).chain(&self.open).find(|row| row.id == *id)
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
        self.keep_gathered(&before.gathered);
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
        let part = self.part(folder);
        let more = |count: u32| u32::try_from(i64::from(count).saturating_add(part.more).max(0)).unwrap_or(u32::MAX);
        let there = self.folders.iter().find(|known| known.id == *folder).map_or(0, |folder| folder.total);
        // Once everything is here, what is here is the truth; until then the server knows better how much there is.
        let base = if self.complete || self.grouped { self.held.total } else { there.max(self.held.total) };
        let here = more(self.held.total);
        List {
            pinned: self.pinned(folder, &part),
            fresh: self.seen.as_ref().map_or(0, |(key, rank)| self.place(folder, key, *rank)),
            known: self.complete && !self.held.in_the_making || here > 0 || self.held.total > 0,
            grouped: self.grouped,
            total: more(base).max(here),
            here,
            first: part.first,
            rows: Arc::new(part.rows),
        }
    }
}

#[cfg(test)]
mod tests;

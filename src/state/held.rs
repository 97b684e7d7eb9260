//! The part of a folder's list that is held, and how it is read: the one place that asks the store for rows. Rows of
//! messages come from here; a list of anything else has to answer the same question.

use super::known::{Known, Standing};
use super::view::{Span, View};
use mail_core::error::StoreError;
use mail_core::id::{FolderId, MessageId};
use mail_core::model::Message;
use mail_core::outbox::{Overlay, Part};
use mail_core::store::{Rank, RowKey, Store};
use std::sync::Arc;

/// How often rows are read again because what is in view turned out to lie elsewhere.
const TRIES: u32 = 3;

/// Rows looked at on either side of one that is gone, to find which takes its place.
const NEIGHBOURS: u32 = 8;

/// The server's rows from a place on.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Held {
    /// How many rows of the folder come before.
    pub skip: u32,
    /// The rows, newest first.
    pub rows: Vec<Arc<Message>>,
    /// How many rows of the folder the device has.
    pub total: u32,
}

/// Which rows to read.
#[derive(Clone, Debug, Default)]
pub(super) struct RowQuestion {
    /// The folder all of this is about; rows of another one are read from their top.
    pub folder: Option<FolderId>,
    /// What is in view.
    pub view: View,
    /// Which rows are held now, as the person sees them.
    pub held: Span,
    /// How many rows there are, as the person sees them.
    pub here: u32,
    /// How many more places the rows that are held have on the server.
    pub offset: i64,
    /// The row that stands first in view and is to stay there.
    pub anchor: Option<RowKey>,
    /// The row the keyboard is on.
    pub current: Option<Arc<Message>>,
    /// The same, where its row is not among those that are held and has to be read by itself.
    pub far: Option<MessageId>,
    /// What counts as seen; `None` while the newest row is in view.
    pub seen: Option<RowKey>,
}

impl Known {
    /// Reads the rows around what is in view, and where the rows stand that must not be lost from sight.
    ///
    /// # Errors
    /// [`StoreError`] when a query fails.
    pub(super) async fn read_rows(&mut self, store: &impl Store, question: &RowQuestion) -> Result<(), StoreError> {
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        let top = RowQuestion::default();
        let question = if question.folder.as_ref() == Some(&folder) { question } else { &top };
        let standing = question.current.as_ref().map(|row| RowKey::of(row));
        let keys: Vec<RowKey> = [&question.anchor, &standing, &question.seen].into_iter().flatten().cloned().collect();
        let (mut view, mut held, mut here, mut offset) = (question.view, question.held, question.here, question.offset);
        let leaving = self.leaving(&folder);
        for _ in 0..TRIES {
            let span = view.span(held, here);
            let from = if span.from == 0 { 0 } else { i64::from(span.from).saturating_add(offset).max(0) };
            let skip = u32::try_from(from).unwrap_or(u32::MAX);
            let limit = span.to.saturating_sub(span.from).saturating_add(leaving);
            let stretch = store.stretch(&folder, skip, limit, &keys).await?;
            let rows = stretch.rows.into_iter().map(Arc::new).collect();
            self.held = Held { skip, rows, total: stretch.total };
            let mut ranks = stretch.ranks.into_iter();
            if let Some((key, rank)) = question.anchor.as_ref().zip(question.anchor.as_ref().and_then(|_| ranks.next()))
            {
                view.first = self.place(&folder, key, rank.place);
            }
            self.stand(question, standing.as_ref().and_then(|_| ranks.next()));
            self.seen = question.seen.clone().zip(ranks.next().map(|rank| rank.place));
            let part = self.part(&folder);
            held = span_of(&part);
            here = u32::try_from(i64::from(self.held.total).saturating_add(part.more).max(0)).unwrap_or(u32::MAX);
            offset = i64::from(skip) - i64::from(part.first);
            if view.sees(held, here) {
                break;
            }
        }
        self.replace_lost(store, &folder, (held, offset)).await
    }

    /// Keeps the row the keyboard went to while this was being read; `asked` was the row it was on when that began.
    pub(super) fn keep_current(&mut self, now: &mut Self, asked: Option<&MessageId>) {
        if now.current.as_ref().map(|current| &current.row.id) != asked {
            self.current = now.current.take().map(|current| Standing { rank: None, ..current });
        }
    }

    /// Takes over which rows are held, from a reading of nothing else.
    pub(super) fn take_rows(&mut self, read: Self) {
        (self.held, self.current, self.seen) = (read.held, read.current, read.seen);
    }

    /// Puts the keyboard on a row of this folder.
    pub(super) fn stand_on(&mut self, id: &MessageId) {
        let lists = self.lists(id);
        let row = self.row(id).filter(|_| lists).cloned();
        self.current = row.map(|row| Standing { row: Arc::new(row), rank: None });
    }

    /// Whether the open folder has this message, as the person sees it.
    pub(super) fn lists(&self, id: &MessageId) -> bool {
        let row = self.row(id);
        row.is_some_and(|row| Some(Overlay::new(&self.ops).message(row.clone()).folder) == self.folder)
    }

    /// The rows that are held, as the person sees them.
    pub(super) fn part(&self, folder: &FolderId) -> Part {
        Overlay::new(&self.ops).part(folder, &self.held.rows, (self.held.skip, self.held.total), &self.touched)
    }

    /// Where a key stands as the person sees it, given how many of the server's rows come before it.
    pub(super) fn place(&self, folder: &FolderId, key: &RowKey, rank: u32) -> u32 {
        Overlay::new(&self.ops).place(folder, key, rank, &self.touched)
    }

    /// The current row and its place, where it is not among those that are held.
    pub(super) fn pinned(&self, folder: &FolderId, part: &Part) -> Option<(u32, Arc<Message>)> {
        let current = self.current.as_ref()?;
        let (key, rank) = (RowKey::of(&current.row), current.rank?);
        let seen = Overlay::new(&self.ops).message(Message::clone(&current.row));
        let stays = seen.folder == *folder && (rank.listed || current.row.folder != *folder);
        let apart = stays && part.rows.binary_search_by(|row| key.order(row)).is_err();
        apart.then(|| (self.place(folder, &key, rank.place), Arc::new(seen)))
    }

    /// How many rows of the folder the acts take out of it.
    fn leaving(&self, folder: &FolderId) -> u32 {
        let overlay = Overlay::new(&self.ops);
        let leave = |row: &&Message| row.folder == *folder && overlay.message(Message::clone(row)).folder != *folder;
        u32::try_from(self.touched.iter().filter(leave).count()).unwrap_or(u32::MAX)
    }

    /// Notes where the current row stands, as newly read as it can be had.
    fn stand(&mut self, question: &RowQuestion, rank: Option<Rank>) {
        let Some(asked) = &question.current else { return };
        let held = self.held.rows.iter().find(|row| row.id == asked.id);
        let alone = self.current.take().map(|current| current.row).filter(|row| row.id == asked.id);
        let row = held.cloned().or(alone).unwrap_or_else(|| asked.clone());
        self.current = Some(Standing { row, rank });
    }

    /// Where the current row is gone and its place is not among the rows that are held, its neighbour takes over.
    async fn replace_lost(
        &mut self,
        store: &impl Store,
        folder: &FolderId,
        (held, offset): (Span, i64),
    ) -> Result<(), StoreError> {
        let part = self.part(folder);
        let Some(current) = self.current.as_ref().filter(|current| current.rank.is_some()) else { return Ok(()) };
        let key = RowKey::of(&current.row);
        let place = self.place(folder, &key, current.rank.unwrap_or_default().place);
        let is_here = self.pinned(folder, &part).is_some() || part.rows.iter().any(|row| row.id == key.id);
        // At the edge of what is held nobody knows who comes next.
        if is_here || (held.from < place || held.from == 0) && place < held.to {
            return Ok(());
        }
        let from = u32::try_from((i64::from(place) + offset).max(0)).unwrap_or(u32::MAX);
        let reach = NEIGHBOURS.saturating_add(self.leaving(folder));
        let mut near = store.messages(folder, from.saturating_sub(reach), reach.saturating_mul(2)).await?;
        let overlay = Overlay::new(&self.ops);
        near.retain(|row| row.id != key.id && overlay.message(row.clone()).folder == *folder);
        let older = near.partition_point(|row| key.order(row).is_lt());
        let next = near.get(older).or(near.get(older.wrapping_sub(1)));
        self.current = next.map(|row| Standing { row: Arc::new(row.clone()), rank: None });
        Ok(())
    }
}

fn span_of(part: &Part) -> Span {
    Span { from: part.first, to: part.first.saturating_add(u32::try_from(part.rows.len()).unwrap_or(u32::MAX)) }
}

#[cfg(test)]
mod tests;

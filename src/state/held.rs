//! The part of a folder's list that is held, and how it is read: the one place that asks the store for rows. Rows of
//! messages come from here, and through `grouped` rows of conversations, which answer the same questions.

use super::Row;
use super::known::{Known, Standing};
use super::view::{Span, View};
use mail_core::error::StoreError;
use mail_core::id::{FolderId, MessageId};
use mail_core::model::Message;
use mail_core::outbox::Overlay;
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
    pub rows: Vec<Row>,
    /// How many rows of the folder the device has.
    pub total: u32,
    /// Whether there are messages and no conversations: they are being made, of mail an earlier version stored.
    pub in_the_making: bool,
}

/// Rows as the person sees them, from a place on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RowPart {
    /// How many rows of the list come before.
    pub first: u32,
    /// The rows, newest first.
    pub rows: Vec<Row>,
    /// How many rows more (fewer where negative) the whole list has than the server's.
    pub more: i64,
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
    pub current: Option<Row>,
    /// The same, where its row is not among those that are held and has to be read by itself.
    pub far: Option<MessageId>,
    /// What counts as seen; `None` while the newest row is in view.
    pub seen: Option<RowKey>,
    /// Whether all of this is about conversations.
    pub grouped: bool,
}

impl Known {
    /// Reads the rows around what is in view, and where the rows stand that must not be lost from sight.
    ///
    /// # Errors
    /// [`StoreError`] when a query fails.
    pub(super) async fn read_rows(&mut self, store: &impl Store, question: &RowQuestion) -> Result<(), StoreError> {
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        let same_folder = question.folder.as_ref() == Some(&folder);
        // The keyboard stays where it is when the same folder is shown another way.
        let top = RowQuestion { current: question.current.clone().filter(|_| same_folder), ..RowQuestion::default() };
        let question = if same_folder && question.grouped == self.grouped { question } else { &top };
        if self.grouped {
            self.gather(store, question.current.as_ref()).await?;
        }
        let current = question.current.as_ref().map(|row| self.listed_as(&folder, row));
        let standing = current.as_ref().map(Row::key);
        let keys: Vec<RowKey> = [&question.anchor, &standing, &question.seen].into_iter().flatten().cloned().collect();
        let (mut view, mut held, mut here, mut offset) = (question.view, question.held, question.here, question.offset);
        let leaving = self.leaving(&folder);
        for _ in 0..TRIES {
            let span = view.span(held, here);
            let from = if span.from == 0 { 0 } else { i64::from(span.from).saturating_add(offset).max(0) };
            let skip = u32::try_from(from).unwrap_or(u32::MAX);
            let limit = span.to.saturating_sub(span.from).saturating_add(leaving);
            let ranks = self.read_stretch(store, &folder, (skip, limit), &keys).await?;
            let mut ranks = ranks.into_iter();
            if let Some((key, rank)) = question.anchor.as_ref().zip(question.anchor.as_ref().and_then(|_| ranks.next()))
            {
                view.first = self.place(&folder, key, rank.place);
            }
            self.stand(current.as_ref(), standing.as_ref().and_then(|_| ranks.next()));
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
        let gathered = std::mem::replace(&mut self.gathered, read.gathered);
        self.keep_gathered(&gathered);
    }

    /// Puts the keyboard on the row of this folder that has a message; answers what that row is called.
    pub(super) fn stand_on(&mut self, id: &MessageId) -> Option<MessageId> {
        let lists = self.lists(id);
        let row = self.row(id).filter(|_| lists).map(|row| Row::of(Arc::new(row.clone())));
        let row = row.zip(self.folder.as_ref()).map(|(row, folder)| self.listed_as(folder, &row));
        self.current = row.map(|row| Standing { row, rank: None });
        self.current.as_ref().map(|current| current.row.id.clone())
    }

    /// Whether another reading is about the same list.
    pub(super) fn is_same_list(&self, other: &Self) -> bool {
        self.folder == other.folder && self.grouped == other.grouped
    }

    /// Whether the open folder has this message, as the person sees it.
    pub(super) fn lists(&self, id: &MessageId) -> bool {
        let row = self.row(id);
        row.is_some_and(|row| Some(Overlay::new(&self.ops).message(row.clone()).folder) == self.folder)
    }

    /// The rows that are held, as the person sees them.
    pub(super) fn part(&self, folder: &FolderId) -> RowPart {
        if self.grouped {
            return self.conversation_part(folder);
        }
        let rows: Vec<_> = self.held.rows.iter().map(|row| row.message.clone()).collect();
        let part = Overlay::new(&self.ops).part(folder, &rows, (self.held.skip, self.held.total), &self.touched);
        RowPart { first: part.first, rows: part.rows.into_iter().map(Row::of).collect(), more: part.more }
    }

    /// Where a key stands as the person sees it, given how many of the server's rows come before it.
    pub(super) fn place(&self, folder: &FolderId, key: &RowKey, rank: u32) -> u32 {
        let overlay = Overlay::new(&self.ops);
        if self.grouped {
            return overlay.conversation_place(folder, key, rank, &self.gathered, &self.touched);
        }
        overlay.place(folder, key, rank, &self.touched)
    }

    /// The current row and its place, where it is not among those that are held.
    pub(super) fn pinned(&self, folder: &FolderId, part: &RowPart) -> Option<(u32, Row)> {
        let current = self.current.as_ref()?;
        let rank = current.rank?;
        let row = if self.grouped {
            self.whole(folder, &current.row)?
        } else {
            let seen = Overlay::new(&self.ops).message(Message::clone(&current.row));
            let stays = seen.folder == *folder && (rank.listed || current.row.folder != *folder);
            Row::of(Arc::new(Some(seen).filter(|_| stays)?))
        };
        let key = row.key();
        let apart = part.rows.binary_search_by(|known| known.order(&key)).is_err();
        apart.then(|| (self.place(folder, &key, rank.place), row))
    }

    /// How many rows of the folder the acts take out of it.
    fn leaving(&self, folder: &FolderId) -> u32 {
        let overlay = Overlay::new(&self.ops);
        let leave = |row: &&Message| row.folder == *folder && overlay.message(Message::clone(row)).folder != *folder;
        u32::try_from(self.touched.iter().filter(leave).count()).unwrap_or(u32::MAX)
    }

    /// Notes where the current row stands, as newly read as it can be had.
    fn stand(&mut self, asked: Option<&Row>, rank: Option<Rank>) {
        let Some(asked) = asked else { return };
        if self.grouped {
            self.current = Some(Standing { row: asked.clone(), rank });
            return;
        }
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
        let key = current.row.key();
        let is_conversation_here =
            |row: &Row| row.whole.is_some() && row.conversation_key() == current.row.conversation_key();
        let place = self.place(folder, &key, current.rank.unwrap_or_default().place);
        let is_here = self.pinned(folder, &part).is_some()
            || part.rows.iter().any(|row| row.id == current.row.id || is_conversation_here(row));
        // At the edge of what is held nobody knows who comes next.
        if is_here || (held.from < place || held.from == 0) && place < held.to {
            return Ok(());
        }
        let from = u32::try_from((i64::from(place) + offset).max(0)).unwrap_or(u32::MAX);
        let reach = NEIGHBOURS.saturating_add(self.leaving(folder));
        let near = self.near(store, folder, (from.saturating_sub(reach), reach.saturating_mul(2))).await?;
        let near: Vec<Row> = near.into_iter().filter(|row| row.id != current.row.id && row.key() != key).collect();
        let older = near.partition_point(|row| row.order(&key).is_lt());
        let next = near.get(older).or(near.get(older.wrapping_sub(1)));
        self.current = next.map(|row| Standing { row: row.clone(), rank: None });
        Ok(())
    }
}

fn span_of(part: &RowPart) -> Span {
    Span { from: part.first, to: part.first.saturating_add(u32::try_from(part.rows.len()).unwrap_or(u32::MAX)) }
}

#[cfg(test)]
mod tests;

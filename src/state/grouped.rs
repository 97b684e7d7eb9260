//! Rows that are conversations: how they are read, and what pending acts make of them. The second source of rows beside
//! messages; `held.rs` asks whichever is wanted.

use super::Row;
use super::held::{Held, RowPart};
use super::known::Known;
use mail_core::error::StoreError;
use mail_core::id::{ConversationId, FolderId};
use mail_core::model::{Conversation, FolderRole, Message};
use mail_core::outbox::{Gathered, Overlay};
use mail_core::store::{Rank, RowKey, Store};
use std::sync::Arc;

impl Known {
    /// Reads rows from a place on, and where keys stand.
    pub(super) async fn read_stretch(
        &mut self,
        store: &impl Store,
        folder: &FolderId,
        (skip, limit): (u32, u32),
        keys: &[RowKey],
    ) -> Result<Vec<Rank>, StoreError> {
        if !self.grouped {
            let stretch = store.stretch(folder, skip, limit, keys).await?;
            let rows = stretch.rows.into_iter().map(|row| Row::of(Arc::new(row))).collect();
            self.held = Held { skip, rows, total: stretch.total, in_the_making: false };
            return Ok(stretch.ranks);
        }
        let stretch = store.conversation_stretch(folder, skip, limit, keys).await?;
        let rows = stretch.conversations.into_iter().map(row_of).collect();
        let in_the_making = stretch.total == 0 && store.count(folder).await? > 0;
        self.held = Held { skip, rows, total: stretch.total, in_the_making };
        Ok(stretch.ranks)
    }

    /// Rows of the folder from a place on that stay in it.
    pub(super) async fn near(
        &self,
        store: &impl Store,
        folder: &FolderId,
        (skip, limit): (u32, u32),
    ) -> Result<Vec<Row>, StoreError> {
        if self.grouped {
            let stretch = store.conversation_stretch(folder, skip, limit, &[]).await?;
            let rows = stretch.conversations.into_iter().map(row_of);
            let stays = |row: &Row| self.at_hand(row).is_none() || self.whole(folder, row).is_some();
            return Ok(rows.filter(stays).collect());
        }
        let overlay = Overlay::new(&self.ops);
        let rows = store.messages(folder, skip, limit).await?.into_iter();
        let stays = rows.filter(|row| overlay.message(row.clone()).folder == *folder);
        Ok(stays.map(|row| Row::of(Arc::new(row))).collect())
    }

    /// Reads all rows of the conversations that acts touch, of the current and of the open one.
    pub(super) async fn gather(&mut self, store: &impl Store, current: Option<&Row>) -> Result<(), StoreError> {
        let mut ids = Overlay::new(&self.ops).conversations_touched(&self.touched);
        let others = current.map(|row| &*row.message).into_iter().chain(&self.open);
        for id in others.map(|row| ConversationId::new(row.conversation_key())) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let rows = if ids.is_empty() { Vec::new() } else { store.conversation_rows(&ids).await? };
        self.gathered = Gathered::deal(ids, rows);
        Ok(())
    }

    /// Keeps what was gathered before of conversations that acts touched meanwhile.
    pub(super) fn keep_gathered(&mut self, before: &[Gathered]) {
        for each in before {
            if self.touched.iter().any(|row| each.is_of(row)) && !self.gathered.iter().any(|known| known.id == each.id)
            {
                self.gathered.push(each.clone());
            }
        }
    }

    /// Takes a conversation in that was read by itself.
    pub(super) fn take_gathered(&mut self, each: Gathered) {
        self.gathered.retain(|known| known.id != each.id);
        self.gathered.push(each);
    }

    /// The conversation of a message, where all its rows are at hand.
    pub(super) fn at_hand(&self, message: &Message) -> Option<&Gathered> {
        self.gathered.iter().find(|each| each.is_of(message))
    }

    /// The messages of a conversation in the open folder as the person sees them, oldest first.
    pub(super) fn members(&self, each: &Gathered) -> Vec<Message> {
        let mut all = Overlay::new(&self.ops).all(each, &self.touched);
        all.retain(|row| Some(&row.folder) == self.folder.as_ref());
        all
    }

    /// The open conversation as the person reads it, oldest first: from all folders, but what was thrown away only where it
    /// lies. Empty unless conversations are shown and there is more than the open message.
    pub(super) fn stack(&self) -> Vec<Arc<Message>> {
        let Some(open) = self.open.as_ref().filter(|_| self.grouped) else { return Vec::new() };
        let Some(each) = self.at_hand(open) else { return Vec::new() };
        let is_away = |row: &Message| {
            let role = self.folders.iter().find(|folder| folder.id == row.folder).and_then(|folder| folder.role);
            matches!(role, Some(FolderRole::Deleted | FolderRole::Junk)) && Some(&row.folder) != self.folder.as_ref()
        };
        let mut all = Overlay::new(&self.ops).all(each, &self.touched);
        all.retain(|row| row.id == open.id || !is_away(row));
        if all.len() < 2 || !all.iter().any(|row| row.id == open.id) {
            return Vec::new();
        }
        all.into_iter().map(Arc::new).collect()
    }

    /// A row of the list as the list has it now: the conversation a message belongs to, where rows are conversations.
    pub(super) fn listed_as(&self, folder: &FolderId, row: &Row) -> Row {
        if !self.grouped {
            return Row::of(row.message.clone());
        }
        let key = row.conversation_key();
        let held =
            || self.held.rows.iter().find(|held| held.whole.is_some() && held.conversation_key() == key).cloned();
        let alone = || {
            let whole = row.whole.clone().or_else(|| Conversation::of(vec![&row.message]).map(Arc::new));
            Row { message: row.message.clone(), whole }
        };
        self.whole(folder, row).or_else(held).unwrap_or_else(alone)
    }

    /// The conversation of a row as the person sees it, where all its rows are at hand and some of them lie in the folder.
    pub(super) fn whole(&self, folder: &FolderId, row: &Row) -> Option<Row> {
        let whole = Overlay::new(&self.ops).conversation(folder, self.at_hand(row)?, &self.touched)?;
        self.told(whole)
    }

    fn told(&self, whole: Conversation) -> Option<Row> {
        let message = self.shown(&whole.latest)?;
        Some(Row { message: Arc::new(message), whole: Some(Arc::new(whole)) })
    }

    /// The rows that are held, as the person sees them.
    pub(super) fn conversation_part(&self, folder: &FolderId) -> RowPart {
        let held = &self.held;
        let edges = held.rows.first().map(Row::key).zip(held.rows.last().map(Row::key));
        let behind = (held.skip as usize).saturating_add(held.rows.len());
        let is_end = behind >= held.total as usize;
        let edges = edges.as_ref().map(|(top, last)| (top, last));
        let overlay = Overlay::new(&self.ops);
        let part = overlay.conversations(folder, edges, (held.skip, is_end), &self.gathered, &self.touched);
        let mut rows = held.rows.clone();
        rows.retain(|row| !part.gone.iter().any(|gone| row.whole.as_ref().is_some_and(|whole| whole.id == *gone)));
        for row in part.come.into_iter().filter_map(|whole| self.told(whole)) {
            let key = row.key();
            if let Err(at) = rows.binary_search_by(|known| known.order(&key)) {
                rows.insert(at, row);
            }
        }
        RowPart { first: part.first, rows, more: part.more }
    }
}

fn row_of((whole, message): (Conversation, Message)) -> Row {
    Row { message: Arc::new(message), whole: Some(Arc::new(whole)) }
}

#[cfg(test)]
mod tests;

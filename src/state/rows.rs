//! The rows of the open folder as the screen has them: a part of the list around what is in view, and the one row that
//! must not be lost from sight. Whatever a list is made of, views and keys know it only through this.

use super::view::Span;
use mail_core::id::MessageId;
use mail_core::model::Message;
use mail_core::store::RowKey;
use std::cmp::Ordering;
use std::sync::Arc;

/// The rows of the open folder, with pending changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// How many rows come before those that are held.
    pub first: u32,
    /// The rows that are held: some screens around what is in view.
    pub rows: Arc<Vec<Arc<Message>>>,
    /// The row the keyboard is on and its place, where it is not among them.
    pub pinned: Option<(u32, Arc<Message>)>,
    /// How many rows the device has.
    pub here: u32,
    /// How many rows the folder has in all.
    pub total: u32,
    /// How many rows came since the newest one was last in view.
    pub fresh: u32,
    /// Whether the rows were read at least once since the folder was opened.
    pub known: bool,
}

impl List {
    /// The place behind the last row that is held.
    pub fn end(&self) -> u32 {
        self.first.saturating_add(u32::try_from(self.rows.len()).unwrap_or(u32::MAX))
    }

    /// The places of the rows that are held.
    pub(super) fn span(&self) -> Span {
        Span { from: self.first, to: self.end() }
    }

    /// The row at a place, if it is at hand.
    pub fn row(&self, place: u32) -> Option<&Arc<Message>> {
        let held = place.checked_sub(self.first).and_then(|at| self.rows.get(usize::try_from(at).ok()?));
        held.or_else(|| self.pinned.as_ref().filter(|pinned| pinned.0 == place).map(|pinned| &pinned.1))
    }

    /// Where a message lies, if its row is at hand.
    pub fn place_of(&self, id: &MessageId) -> Option<u32> {
        let held = self.rows.iter().position(|row| row.id == *id).and_then(|at| u32::try_from(at).ok());
        held.map(|at| self.first.saturating_add(at))
            .or_else(|| self.pinned.as_ref().filter(|pinned| pinned.1.id == *id).map(|pinned| pinned.0))
    }

    /// Whether a message's row is at hand. It is asked at every scroll, so it looks at few rows and copies nothing.
    pub(super) fn has(&self, message: &Message) -> bool {
        let order = |row: &Arc<Message>| message.received.cmp(&row.received).then_with(|| row.id.cmp(&message.id));
        self.rows.binary_search_by(order).is_ok()
            || self.pinned.as_ref().is_some_and(|pinned| pinned.1.id == message.id)
    }

    /// The place of the row with this key, or, as an error, where such a row would be. Beyond the rows that are held that is
    /// at their end.
    pub fn seek(&self, key: &RowKey) -> Result<u32, u32> {
        let place = |at: usize| self.first.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
        match self.rows.binary_search_by(|row| key.order(row)) {
            Ok(at) => Ok(place(at)),
            // Before the first one that is held there may be others in between: that place is not held.
            Err(0) if self.first > 0 => Err(self.first.saturating_sub(1)),
            Err(at) => Err(place(at)),
        }
    }

    /// Where a row stands now that stood first in view, if the rows around it are held: its own place, or the one of the
    /// next row where it is gone.
    pub fn stands(&self, key: &RowKey) -> Option<u32> {
        let is_held = |row: Option<&Arc<Message>>, order| row.is_some_and(|row| key.order(row) != order);
        let within = (self.first == 0 || is_held(self.rows.first(), Ordering::Greater))
            && (self.end() >= self.here || is_held(self.rows.last(), Ordering::Less));
        within.then(|| self.seek(key).unwrap_or_else(|would| would))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_core::store::contract::message;

    fn part(ids: &str, first: u32, here: u32) -> List {
        let rows: Vec<_> = ids.chars().map(|id| Arc::new(message(&id.to_string(), "inbox", 0))).collect();
        List { first, rows: Arc::new(rows), here, total: here, known: true, ..List::default() }
    }

    fn key(text: &str) -> RowKey {
        RowKey::of(&message(text, "inbox", 0))
    }

    #[test]
    fn rows_are_found_by_place_and_by_message_wherever_the_part_begins() {
        let mut list = part("mno", 500, 1_000);
        assert_eq!(list.row(501).map(|row| row.id.to_string()).as_deref(), Some("n"));
        assert_eq!((list.row(499), list.row(503)), (None, None));
        assert_eq!(list.place_of(&MessageId::new("o")), Some(502));
        assert_eq!(list.place_of(&MessageId::new("a")), None);
        assert!(list.has(&message("n", "inbox", 0)) && !list.has(&message("a", "inbox", 0)));
        list.pinned = Some((3, Arc::new(message("a", "inbox", 0))));
        assert_eq!(list.place_of(&MessageId::new("a")), Some(3));
        assert!(list.has(&message("a", "inbox", 0)));
        assert_eq!(list.row(3).map(|row| row.id.to_string()).as_deref(), Some("a"));
    }

    #[test]
    fn what_is_in_view_is_held_in_its_place() {
        let list = part("mop", 500, 1_000);
        assert_eq!(list.stands(&key("o")), Some(501));
        assert_eq!(list.stands(&key("n")), Some(501), "gone: the next one stands there");
        assert_eq!((list.stands(&key("a")), list.stands(&key("z"))), (None, None), "beyond what is held");
        assert_eq!(part("mop", 0, 3).stands(&key("a")), Some(0));
        assert_eq!(part("mop", 0, 3).stands(&key("z")), Some(3));
    }
}

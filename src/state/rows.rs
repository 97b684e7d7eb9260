//! The rows of the open folder as the screen has them: a part of the list around what is in view, and the one row that
//! must not be lost from sight. Whatever a list is made of, views and keys know it only through this.

use super::view::Span;
use mail_core::id::MessageId;
use mail_core::model::{Conversation, Flag, Message};
use mail_core::store::RowKey;
use mail_core::time::Timestamp;
use std::cmp::Ordering;
use std::ops::Deref;
use std::sync::Arc;

/// A row of the list: a message, or a whole conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The message; of a conversation the latest one in the folder.
    pub message: Arc<Message>,
    /// What all its messages in the folder come to, where the row is a conversation.
    pub whole: Option<Arc<Conversation>>,
}

impl Deref for Row {
    type Target = Message;

    fn deref(&self) -> &Message {
        &self.message
    }
}

impl Row {
    /// The row of a message.
    pub fn of(message: Arc<Message>) -> Self {
        Self { message, whole: None }
    }

    fn at(&self) -> (Timestamp, &str) {
        let id = self.whole.as_ref().map_or(self.message.id.as_str(), |whole| whole.id.as_str());
        (self.message.received, id)
    }

    /// What orders it in its list.
    pub fn key(&self) -> RowKey {
        let (received, id) = self.at();
        RowKey { received, id: MessageId::new(id) }
    }

    /// How it stands to a key: [`Ordering::Less`] when it comes before.
    pub(super) fn order(&self, key: &RowKey) -> Ordering {
        by_place(self.at(), (key.received, key.id.as_str()))
    }

    /// Whether anything in it is unread.
    pub fn is_unread(&self) -> bool {
        self.whole.as_ref().map_or(!self.message.is_read, |whole| whole.unread > 0)
    }

    /// Whether anything in it is flagged.
    pub fn is_flagged(&self) -> bool {
        self.whole.as_ref().map_or(self.message.flag == Flag::Flagged, |whole| whole.flagged > 0)
    }

    /// Whether anything in it carries files.
    pub fn has_files(&self) -> bool {
        self.whole.as_ref().map_or(self.message.has_attachments, |whole| whole.with_attachments > 0)
    }
}

fn by_place(one: (Timestamp, &str), other: (Timestamp, &str)) -> Ordering {
    other.0.cmp(&one.0).then_with(|| one.1.cmp(other.1))
}

/// The rows of the open folder, with pending changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// How many rows come before those that are held.
    pub first: u32,
    /// The rows that are held: some screens around what is in view.
    pub rows: Arc<Vec<Row>>,
    /// The row the keyboard is on and its place, where it is not among them.
    pub pinned: Option<(u32, Row)>,
    /// How many rows the device has.
    pub here: u32,
    /// How many rows the folder has in all.
    pub total: u32,
    /// How many rows came since the newest one was last in view.
    pub fresh: u32,
    /// Whether the rows were read at least once since the folder was opened.
    pub known: bool,
    /// Whether each row is a conversation.
    pub grouped: bool,
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
    pub fn row(&self, place: u32) -> Option<&Row> {
        let held = place.checked_sub(self.first).and_then(|at| self.rows.get(usize::try_from(at).ok()?));
        held.or_else(|| self.pinned.as_ref().filter(|pinned| pinned.0 == place).map(|pinned| &pinned.1))
    }

    /// Where a message lies, if its row is at hand.
    pub fn place_of(&self, id: &MessageId) -> Option<u32> {
        let held = self.rows.iter().position(|row| row.id == *id).and_then(|at| u32::try_from(at).ok());
        held.map(|at| self.first.saturating_add(at))
            .or_else(|| self.pinned.as_ref().filter(|pinned| pinned.1.id == *id).map(|pinned| pinned.0))
    }

    /// Whether a row is at hand. It is asked at every scroll, so it looks at few rows and copies nothing.
    pub(super) fn has(&self, wanted: &Row) -> bool {
        self.rows.binary_search_by(|row| by_place(row.at(), wanted.at())).is_ok()
            || self.pinned.as_ref().is_some_and(|pinned| pinned.1.id == wanted.id)
    }

    /// The row of the conversation a message belongs to, if the rows are conversations and it is at hand.
    pub fn conversation(&self, message: &Message) -> Option<&Row> {
        let key = message.conversation_key();
        let rows = self.rows.iter().chain(self.pinned.iter().map(|pinned| &pinned.1));
        rows.into_iter().find(|row| row.whole.as_ref().is_some_and(|whole| whole.id.as_str() == key))
    }

    /// The place of the row with this key, or, as an error, where such a row would be. Beyond the rows that are held that is
    /// at their end.
    pub fn seek(&self, key: &RowKey) -> Result<u32, u32> {
        let place = |at: usize| self.first.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
        match self.rows.binary_search_by(|row| row.order(key)) {
            Ok(at) => Ok(place(at)),
            // Before the first one that is held there may be others in between: that place is not held.
            Err(0) if self.first > 0 => Err(self.first.saturating_sub(1)),
            Err(at) => Err(place(at)),
        }
    }

    /// Where a row stands now that stood first in view, if the rows around it are held: its own place, or the one of the
    /// next row where it is gone.
    pub fn stands(&self, key: &RowKey) -> Option<u32> {
        let is_held = |row: Option<&Row>, order| row.is_some_and(|row| row.order(key) != order);
        let within = (self.first == 0 || is_held(self.rows.first(), Ordering::Greater))
            && (self.end() >= self.here || is_held(self.rows.last(), Ordering::Less));
        within.then(|| self.seek(key).unwrap_or_else(|would| would))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_core::id::ConversationId;
    use mail_core::store::contract::message;

    fn row(id: &str) -> Row {
        Row::of(Arc::new(message(id, "inbox", 0)))
    }

    fn part(ids: &str, first: u32, here: u32) -> List {
        let rows: Vec<_> = ids.chars().map(|id| row(&id.to_string())).collect();
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
        assert!(list.has(&row("n")) && !list.has(&row("a")));
        list.pinned = Some((3, row("a")));
        assert_eq!(list.place_of(&MessageId::new("a")), Some(3));
        assert!(list.has(&row("a")));
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

    #[test]
    fn a_row_that_is_a_conversation_tells_of_all_its_messages_and_is_found_by_any() {
        let of = |id: &str, at| Message { conversation: Some(ConversationId::new("c")), ..message(id, "inbox", at) };
        let (old, new) = (of("a", 1), Message { is_read: true, ..of("b", 2) });
        let old = Message { flag: Flag::Flagged, has_attachments: true, ..old };
        let whole = Conversation::of(vec![&old, &new]).unwrap();
        let row = Row { message: Arc::new(new.clone()), whole: Some(Arc::new(whole)) };
        assert!(row.is_unread() && row.is_flagged() && row.has_files());
        let alone = Row::of(Arc::new(new));
        assert!(!alone.is_unread() && !alone.is_flagged() && !alone.has_files());
        assert_eq!(row.key(), RowKey { received: row.received, id: MessageId::new("c") });
        let list = List { rows: Arc::new(vec![row]), here: 1, total: 1, grouped: true, ..List::default() };
        assert_eq!(list.conversation(&old).map(|row| row.id.as_str()), Some("b"));
        assert_eq!(list.seek(&RowKey { received: old.received, id: MessageId::new("c") }), Err(1), "it moved up");
        assert_eq!(List { rows: Arc::new(vec![alone]), ..list }.conversation(&old), None);
    }
}

//! What people see of conversations: the stored ones with the pending acts on top, and what an act on a whole conversation
//! means for its messages. Computed each time, never stored, like the overlay over rows.

use super::op::Act;
use super::overlay::Overlay;
use crate::id::{ConversationId, FolderId};
use crate::model::{Conversation, Flag, Message};
use std::collections::BTreeMap;

/// What a person does with a whole conversation in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Together {
    /// All its messages there go to a folder.
    Move(FolderId),
    /// What is unread becomes read; where all is read, the latest becomes unread.
    Read,
    /// What is flagged loses its flag; where nothing is, the latest is flagged.
    Flag,
}

impl Overlay<'_> {
    /// The conversations that pending acts may change, in order, so that their rows can be read; `touched` as in
    /// [`Overlay::list`].
    pub fn conversations_touched(self, touched: &[Message]) -> Vec<ConversationId> {
        let mut ids: Vec<ConversationId> =
            touched.iter().map(|row| ConversationId::new(row.conversation_key())).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The messages of one conversation that lie in `folder` as the person sees it, oldest first; `rows` are the server's of
    /// that conversation, from all folders.
    pub fn members(self, folder: &FolderId, rows: Vec<Message>) -> Vec<Message> {
        let mut members: Vec<Message> =
            rows.into_iter().map(|row| self.message(row)).filter(|row| row.folder == *folder).collect();
        members.sort_by(|one, other| one.received.cmp(&other.received).then_with(|| other.id.cmp(&one.id)));
        members
    }

    /// The conversations of `folder` as the person should see them. `listed` are the stored ones, newest first; `rows` are all
    /// rows of [`Overlay::conversations_touched`], and `touched` and `whole` are as in [`Overlay::list`].
    pub fn conversations(
        self,
        folder: &FolderId,
        listed: Vec<Conversation>,
        rows: &[Message],
        touched: &[Message],
        whole: bool,
    ) -> Vec<Conversation> {
        let last = listed.last().map(|conversation| conversation.received);
        let mut seen: BTreeMap<&str, BTreeMap<&str, Message>> = BTreeMap::new();
        // A row taken off its folder is among the touched ones only.
        for row in rows.iter().chain(touched) {
            let of_key = seen.entry(row.conversation_key()).or_default();
            of_key.entry(row.id.as_str()).or_insert_with(|| self.message(row.clone()));
        }
        let mut shown: Vec<Conversation> =
            listed.into_iter().filter(|known| !seen.contains_key(known.id.as_str())).collect();
        for messages in seen.values() {
            let here = messages.values().filter(|row| row.folder == *folder).collect();
            let Some(new) = Conversation::of(here) else { continue };
            if !whole && last.is_none_or(|last| new.received < last) {
                continue;
            }
            let order = |known: &Conversation| new.received.cmp(&known.received).then_with(|| known.id.cmp(&new.id));
            if let Err(place) = shown.binary_search_by(order) {
                shown.insert(place, new);
            }
        }
        shown
    }
}

impl Together {
    /// The acts this comes to, for the messages of a conversation as the person sees them in a folder, oldest first. Those
    /// that are as wanted already are left alone.
    pub fn acts(&self, members: &[Message]) -> Vec<Act> {
        let read = |row: &Message, read| Act::Read { message: row.id.clone(), read };
        let flag = |row: &Message, flag| Act::Flag { message: row.id.clone(), flag };
        match self {
            Self::Move(to) => {
                let leaving = members.iter().filter(|row| row.folder != *to);
                leaving.map(|row| Act::Move { message: row.id.clone(), to: to.clone() }).collect()
            }
            Self::Read if members.iter().any(|row| !row.is_read) => {
                members.iter().filter(|row| !row.is_read).map(|row| read(row, true)).collect()
            }
            Self::Read => members.last().map(|row| read(row, false)).into_iter().collect(),
            Self::Flag if members.iter().any(|row| row.flag == Flag::Flagged) => {
                members.iter().filter(|row| row.flag == Flag::Flagged).map(|row| flag(row, Flag::None)).collect()
            }
            Self::Flag => members.last().map(|row| flag(row, Flag::Flagged)).into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{MessageId, OpId};
    use crate::outbox::{Op, OpState};
    use crate::store::contract::message;
    use crate::store::{Commit, MemoryStore, Store, Write};
    use crate::time::Timestamp;
    use futures::executor::block_on;

    fn ops(acts: Vec<Act>) -> Vec<Op> {
        let zero = Timestamp::from_millis(0);
        let op = |(number, act)| Op {
            id: OpId::ordered(zero, number, 0),
            act,
            queued_at: zero,
            not_before: zero,
            attempts: 0,
            state: OpState::Waiting,
        };
        (0..).zip(acts).map(op).collect()
    }

    fn of(conversation: &str, id: &str, folder: &str, at: i64) -> Message {
        Message { conversation: Some(ConversationId::new(conversation)), ..message(id, folder, at) }
    }

    fn inbox() -> FolderId {
        FolderId::new("inbox")
    }

    /// Two conversations in the inbox, one of which reaches into the archive, and a message alone.
    fn stored() -> Vec<Message> {
        vec![
            of("c", "c1", "inbox", 1),
            of("d", "d1", "inbox", 2),
            of("c", "c2", "archive", 3),
            message("alone", "inbox", 4),
            of("c", "c3", "inbox", 5),
            of("d", "d2", "inbox", 6),
        ]
    }

    /// What the store answers, and what it is shown as with these acts pending.
    fn shown(acts: Vec<Act>, folder: &FolderId, limit: u32) -> Vec<Conversation> {
        let store = MemoryStore::new();
        let rows = stored().into_iter().map(|row| Write::Message(Box::new(row))).collect();
        block_on(store.commit(Commit::relaxed(rows))).unwrap();
        let ops = ops(acts);
        let overlay = Overlay::new(&ops);
        let touched = block_on(store.rows(&overlay.touched())).unwrap();
        let rows = block_on(store.conversation_rows(&overlay.conversations_touched(&touched))).unwrap();
        let listed = block_on(store.conversations(Some(folder), 0, limit)).unwrap();
        let whole = listed.len() == block_on(store.conversation_count(Some(folder))).unwrap() as usize;
        overlay.conversations(folder, listed, &rows, &touched, whole)
    }

    fn told(conversations: &[Conversation]) -> Vec<(&str, &str, u32, u32)> {
        conversations.iter().map(|each| (each.id.as_str(), each.latest.as_str(), each.count, each.unread)).collect()
    }

    fn go(id: &str, to: &str) -> Act {
        Act::Move { message: MessageId::new(id), to: FolderId::new(to) }
    }

    #[test]
    fn without_acts_what_is_stored_is_shown() {
        let all = shown(vec![], &inbox(), 9);
        assert_eq!(told(&all), [("d", "d2", 2, 2), ("c", "c3", 2, 2), ("alone", "alone", 1, 1)]);
    }

    #[test]
    fn reading_and_flagging_count_at_once() {
        let acts = vec![
            Act::Read { message: MessageId::new("c1"), read: true },
            Act::Flag { message: MessageId::new("c1"), flag: Flag::Flagged },
            Act::Read { message: MessageId::new("c2"), read: true },
        ];
        let all = shown(acts, &inbox(), 9);
        assert_eq!(told(&all), [("d", "d2", 2, 2), ("c", "c3", 2, 1), ("alone", "alone", 1, 1)]);
        assert_eq!(all.iter().map(|each| each.flagged).collect::<Vec<_>>(), [0, 1, 0]);
    }

    #[test]
    fn a_conversation_without_messages_vanishes_and_one_that_lost_its_latest_moves_down() {
        let all = shown(vec![go("c3", "archive"), go("d1", "archive"), go("d2", "archive")], &inbox(), 9);
        assert_eq!(told(&all), [("alone", "alone", 1, 1), ("c", "c1", 1, 1)]);
        let archive = FolderId::new("archive");
        let all = shown(vec![go("c3", "archive"), go("d1", "archive"), go("d2", "archive")], &archive, 9);
        assert_eq!(told(&all), [("d", "d2", 2, 2), ("c", "c3", 2, 2)]);
        let back = vec![go("d2", "archive"), go("d2", "inbox")];
        assert_eq!(shown(back, &inbox(), 9), shown(vec![], &inbox(), 9), "there and back is as if nothing happened");
    }

    #[test]
    fn what_comes_after_the_part_that_is_shown_is_left_out() {
        assert_eq!(told(&shown(vec![], &inbox(), 2)), [("d", "d2", 2, 2), ("c", "c3", 2, 2)]);
        let gone = shown(vec![go("c3", "archive")], &inbox(), 2);
        assert_eq!(told(&gone), [("d", "d2", 2, 2)], "older now than some that are not here");
    }

    #[test]
    fn a_message_taken_off_its_folder_is_shown_where_it_is_moved_to() {
        let touched = [of("c", "c9", "inbox", 9)];
        let ops = ops(vec![go("c9", "archive")]);
        let overlay = Overlay::new(&ops);
        let rows = [of("c", "c2", "archive", 3)];
        let listed = vec![Conversation::of(rows.iter().collect()).unwrap()];
        let all = overlay.conversations(&FolderId::new("archive"), listed, &rows, &touched, true);
        assert_eq!(told(&all), [("c", "c9", 2, 2)]);
        assert_eq!(overlay.conversations(&inbox(), vec![], &rows, &touched, true), []);
    }

    #[test]
    fn an_act_on_a_conversation_is_one_on_each_message_that_needs_it() {
        let ops = ops(vec![Act::Read { message: MessageId::new("c1"), read: true }]);
        let rows: Vec<_> = stored().into_iter().filter(|row| row.conversation_key() == "c").collect();
        let members = Overlay::new(&ops).members(&inbox(), rows);
        assert_eq!(members.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["c1", "c3"]);
        let archive = Together::Move(FolderId::new("archive"));
        assert_eq!(archive.acts(&members), [go("c1", "archive"), go("c3", "archive")]);
        assert_eq!(Together::Move(inbox()).acts(&members), []);
        let read = |id: &str, read| Act::Read { message: MessageId::new(id), read };
        let flag = |id: &str, flag| Act::Flag { message: MessageId::new(id), flag };
        assert_eq!(Together::Read.acts(&members), [read("c3", true)]);
        assert_eq!(Together::Flag.acts(&members), [flag("c3", Flag::Flagged)]);
        let done: Vec<_> =
            members.into_iter().map(|row| Message { is_read: true, flag: Flag::Flagged, ..row }).collect();
        assert_eq!(Together::Read.acts(&done), [read("c3", false)]);
        assert_eq!(Together::Flag.acts(&done), [flag("c1", Flag::None), flag("c3", Flag::None)]);
        assert_eq!(Together::Read.acts(&[]), []);
    }
}

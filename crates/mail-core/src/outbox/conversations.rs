//! What people see of conversations: the stored ones with the pending acts on top, part by part, and what an act on a whole
//! conversation means for its messages. Computed each time, never stored, like the overlay over rows.

use super::op::Act;
use super::overlay::Overlay;
use crate::arranged::{arranged, newest_first};
use crate::id::{ConversationId, FolderId};
use crate::model::{Conversation, Flag, Message};
use crate::store::RowKey;

/// All rows of a conversation, from all folders, as the server has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    /// The conversation.
    pub id: ConversationId,
    /// Its rows, oldest first.
    pub rows: Vec<Message>,
}

/// What pending acts change in a part of a list of conversations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationPart {
    /// How many conversations of the list come before the part.
    pub first: u32,
    /// How many more (fewer where negative) the whole list has than the server's.
    pub more: i64,
    /// Those that lie elsewhere now, or nowhere.
    pub gone: Vec<ConversationId>,
    /// Those that lie in the part now.
    pub come: Vec<Conversation>,
}

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

impl<'a> Overlay<'a> {
    /// The conversations that pending acts may change, in order, so that their rows can be read; `touched` as in
    /// [`Overlay::part`].
    pub fn conversations_touched(self, touched: &[Message]) -> Vec<ConversationId> {
        let mut ids: Vec<ConversationId> = Vec::new();
        for id in touched.iter().map(|row| ConversationId::new(row.conversation_key())) {
            if let Err(at) = ids.binary_search(&id) {
                ids.insert(at, id);
            }
        }
        ids
    }

    /// How pending acts change a part of the conversations of `folder`. `edges` are the keys of the part's first and last
    /// conversation as the server has them, `skip` is the place of the first and `total` how many the server's list has;
    /// `gathered` has all rows of conversations, `touched` is as in [`Overlay::part`]. What is touched and not gathered is
    /// left as it is. A conversation that comes is told anew, one that goes may come again.
    pub fn conversations(
        self,
        folder: &FolderId,
        edges: Option<(&RowKey, &RowKey)>,
        (skip, is_end): (u32, bool),
        gathered: &[Gathered],
        touched: &[Message],
    ) -> ConversationPart {
        let mut first = i64::from(skip);
        let mut part = ConversationPart::default();
        for (before, after) in self.moved(folder, gathered, touched) {
            for (known, sign) in [(before, -1), (after, 1)] {
                let Some(known) = known else { continue };
                part.more += sign;
                let key = RowKey::of_conversation(&known);
                let is_before = skip > 0 && edges.map_or(is_end, |(top, _)| top.order_of(&key).is_lt());
                let is_behind = !is_before && !is_end && edges.is_none_or(|(_, last)| last.order_of(&key).is_gt());
                if is_before {
                    first += sign;
                } else if sign < 0 {
                    part.gone.push(known.id);
                } else if !is_behind {
                    part.come.push(known);
                }
            }
        }
        part.first = u32::try_from(first.max(0)).unwrap_or(u32::MAX);
        part
    }

    /// Where a conversation stands as the person sees it, given how many of the server's come before it.
    pub fn conversation_place(
        self,
        folder: &FolderId,
        key: &RowKey,
        rank: u32,
        gathered: &[Gathered],
        touched: &[Message],
    ) -> u32 {
        let is_before = |known: Option<Conversation>| {
            known.is_some_and(|known| key.order_of(&RowKey::of_conversation(&known)).is_lt())
        };
        let moved = self.moved(folder, gathered, touched);
        let place = moved.fold(i64::from(rank), |place, (before, after)| {
            place - i64::from(is_before(before)) + i64::from(is_before(after))
        });
        u32::try_from(place.max(0)).unwrap_or(u32::MAX)
    }

    /// One conversation as the person should see it in `folder`. `None`: it has no message there.
    pub fn conversation(self, folder: &FolderId, gathered: &Gathered, touched: &[Message]) -> Option<Conversation> {
        let rows = self.all(gathered, touched);
        Conversation::of(rows.iter().filter(|row| row.folder == *folder).collect())
    }

    /// All messages of a conversation as the person should see them, oldest first, from all folders.
    pub fn all(self, gathered: &Gathered, touched: &[Message]) -> Vec<Message> {
        let mut rows = gathered.rows.clone();
        // A row taken off its folder is among the touched ones only.
        let known = |row: &&Message| !gathered.rows.iter().any(|known| known.id == row.id);
        rows.extend(touched.iter().filter(|row| gathered.is_of(row)).filter(known).cloned());
        let rows: Vec<Message> = rows.into_iter().map(|row| self.message(row)).collect();
        let mut rows = arranged(rows, |row| (newest_first(row.received.millis()), row.id.as_str().as_bytes()));
        rows.reverse();
        rows
    }

    /// The conversations that acts may change, in `folder`: as the server has them, and as the person sees them.
    fn moved<'b>(
        self,
        folder: &'b FolderId,
        gathered: &'b [Gathered],
        touched: &'b [Message],
    ) -> impl Iterator<Item = (Option<Conversation>, Option<Conversation>)> + use<'a, 'b> {
        gathered.iter().filter(|each| touched.iter().any(|row| each.is_of(row))).map(move |each| {
            let before = each.rows.iter().filter(|row| row.folder == *folder).collect();
            (Conversation::of(before), self.conversation(folder, each, touched))
        })
    }
}

impl Gathered {
    /// Whether a message belongs to this conversation.
    pub fn is_of(&self, row: &Message) -> bool {
        row.conversation_key() == self.id.as_str()
    }

    /// Deals rows out to the conversations that were asked for.
    pub fn deal(ids: Vec<ConversationId>, rows: Vec<Message>) -> Vec<Self> {
        let mut all: Vec<Self> = ids.into_iter().map(|id| Self { id, rows: Vec::new() }).collect();
        for row in rows {
            if let Some(each) = all.iter_mut().find(|each| each.is_of(&row)) {
                each.rows.push(row);
            }
        }
        all
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

    fn gathered(store: &MemoryStore, overlay: Overlay<'_>) -> (Vec<Gathered>, Vec<Message>) {
        let touched = block_on(store.rows(&overlay.touched())).unwrap();
        let ids = overlay.conversations_touched(&touched);
        let rows = block_on(store.conversation_rows(&ids)).unwrap();
        (Gathered::deal(ids, rows), touched)
    }

    fn filled() -> MemoryStore {
        let store = MemoryStore::new();
        let rows = stored().into_iter().map(|row| Write::Message(Box::new(row))).collect();
        block_on(store.commit(Commit::relaxed(rows))).unwrap();
        store
    }

    /// A part of a list with these acts pending, where it begins, and how long the list is.
    fn part(acts: Vec<Act>, folder: &FolderId, skip: u32, limit: u32) -> (u32, Vec<Conversation>, i64) {
        let (store, ops) = (filled(), ops(acts));
        let overlay = Overlay::new(&ops);
        let (gathered, touched) = gathered(&store, overlay);
        let found = block_on(store.conversation_stretch(folder, skip, limit, &[])).unwrap();
        let mut rows: Vec<Conversation> = found.conversations.into_iter().map(|(each, _)| each).collect();
        let keys: Vec<RowKey> = rows.iter().map(RowKey::of_conversation).collect();
        let is_end = skip as usize + rows.len() >= found.total as usize;
        let part = overlay.conversations(folder, keys.first().zip(keys.last()), (skip, is_end), &gathered, &touched);
        rows.retain(|row| !part.gone.contains(&row.id));
        rows.extend(part.come);
        rows.sort_by(|one, other| other.received.cmp(&one.received).then_with(|| one.id.cmp(&other.id)));
        (part.first, rows, i64::from(found.total) + part.more)
    }

    fn shown(acts: Vec<Act>, folder: &FolderId, limit: u32) -> Vec<Conversation> {
        part(acts, folder, 0, limit).1
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
    fn parts_fit_together_whatever_is_moved() {
        let all = ["c1", "d1", "c2", "alone", "c3", "d2"];
        for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))) {
            for folder in ["inbox", "archive"].map(FolderId::new) {
                let acts = || vec![go(one, "archive"), go(other, "inbox")];
                let (_, whole, total) = part(acts(), &folder, 0, 9);
                assert_eq!(whole.len() as i64, total, "{one} {other} {folder}");
                for skip in 0..4 {
                    let (first, rows, here) = part(acts(), &folder, skip, 1);
                    assert_eq!(here, total);
                    // Behind the end there is nothing.
                    let behind = whole.get(first as usize..).unwrap_or_default();
                    assert_eq!(behind.get(..rows.len()), Some(rows.as_slice()), "{one} {other} {folder} {skip}");
                }
                let (store, ops) = (filled(), ops(acts()));
                let overlay = Overlay::new(&ops);
                let (gathered, touched) = gathered(&store, overlay);
                for (at, known) in whole.iter().enumerate() {
                    let key = RowKey::of_conversation(known);
                    let found =
                        block_on(store.conversation_stretch(&folder, 0, 0, std::slice::from_ref(&key))).unwrap();
                    let place = overlay.conversation_place(&folder, &key, found.ranks[0].place, &gathered, &touched);
                    assert_eq!(place as usize, at, "{one} {other} {folder}");
                }
            }
        }
    }

    #[test]
    fn a_message_taken_off_its_folder_is_shown_where_it_is_moved_to() {
        let touched = [of("c", "c9", "inbox", 9)];
        let ops = ops(vec![go("c9", "archive")]);
        let overlay = Overlay::new(&ops);
        let gathered = Gathered { id: ConversationId::new("c"), rows: vec![of("c", "c2", "archive", 3)] };
        let found = overlay.conversation(&FolderId::new("archive"), &gathered, &touched).unwrap();
        assert_eq!(told(&[found]), [("c", "c9", 2, 2)]);
        assert_eq!(overlay.conversation(&inbox(), &gathered, &touched), None);
    }

    #[test]
    fn an_act_on_a_conversation_is_one_on_each_message_that_needs_it() {
        let ops = ops(vec![Act::Read { message: MessageId::new("c1"), read: true }]);
        let rows: Vec<_> = stored().into_iter().filter(|row| row.conversation_key() == "c").collect();
        let gathered = Gathered { id: ConversationId::new("c"), rows };
        let mut members = Overlay::new(&ops).all(&gathered, &[]);
        members.retain(|row| row.folder == inbox());
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

//! What people see: the server's rows with the pending acts on top. Computed each time, never stored, so that
//! nothing ever has to be rolled back.

use super::op::{Act, Op, OpState};
use crate::id::{FolderId, MessageId};
use crate::model::{Folder, Message};
use crate::store::RowKey;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The pending acts, ready to be laid over rows.
#[derive(Clone, Copy, Debug)]
pub struct Overlay<'a> {
    ops: &'a [Op],
}

/// A part of a list as the person should see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// How many rows of the list come before.
    pub first: u32,
    /// The rows, newest first.
    pub rows: Vec<Arc<Message>>,
    /// How many rows more (fewer where negative) the whole list has than the server's.
    pub more: i64,
}

/// How pending acts move a folder's counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PendingCounts {
    /// Items more or fewer.
    pub total: i64,
    /// Unread items more or fewer.
    pub unread: i64,
}

impl<'a> Overlay<'a> {
    /// The overlay of an outbox, oldest first. Blocked acts are not shown: the server refused them.
    pub fn new(ops: &'a [Op]) -> Self {
        Self { ops }
    }

    fn acts(self) -> impl Iterator<Item = &'a Act> {
        self.ops.iter().filter(|op| op.state == OpState::Waiting).map(|op| &op.act)
    }

    /// A row as the person should see it.
    pub fn message(self, mut row: Message) -> Message {
        for act in self.acts() {
            match act {
                Act::Read { message, read } if *message == row.id => row.is_read = *read,
                Act::Flag { message, flag } if *message == row.id => row.flag = *flag,
                Act::Move { message, to } if *message == row.id => row.folder = to.clone(),
                Act::Read { .. } | Act::Flag { .. } | Act::Move { .. } | Act::Send { .. } => {}
            }
        }
        row
    }

    /// The messages with pending acts, so that their server rows can be read.
    pub fn touched(self) -> Vec<MessageId> {
        let mut ids: Vec<MessageId> = Vec::new();
        for id in self.acts().filter_map(Act::message) {
            if let Err(place) = ids.binary_search(id) {
                ids.insert(place, id.clone());
            }
        }
        ids
    }

    /// A part of a folder's list as the person should see it. `rows` are the server's from place `skip` on, of `total` in the
    /// folder; `touched` are the server's rows of [`Overlay::touched`], from any folder. Parts that share a server's row fit
    /// together: between them no row is shown twice and none is missing.
    pub fn part(
        self,
        folder: &FolderId,
        rows: &[Arc<Message>],
        (skip, total): (u32, u32),
        touched: &[Message],
    ) -> Part {
        let behind = (skip as usize).saturating_add(rows.len());
        let is_end = behind >= total as usize;
        let (mut first, mut more) = (i64::from(skip), 0);
        let mut shown = rows.to_vec();
        for row in touched {
            let key = RowKey::of(row);
            let is_before = match rows.first() {
                Some(top) => skip > 0 && key.order(top) == Ordering::Greater,
                None => skip > 0 && is_end,
            };
            let is_behind = !is_before && !is_end && rows.last().is_none_or(|last| key.order(last) == Ordering::Less);
            if is_before || is_behind {
                let change = self.change(folder, row);
                more += change;
                first += if is_before { change } else { 0 };
                continue;
            }
            // What the list says of the row is newer than, or as new as, what was read of it alone.
            match shown.binary_search_by(|known| key.order(known)) {
                Ok(at) => {
                    let known = shown.remove(at);
                    let seen = self.message(Message::clone(&known));
                    if seen.folder == *folder {
                        shown.insert(at, Arc::new(seen));
                    } else {
                        more -= 1;
                    }
                }
                Err(at) => {
                    let seen = self.message(row.clone());
                    if seen.folder == *folder {
                        shown.insert(at, Arc::new(seen));
                        more += 1;
                    }
                }
            }
        }
        Part { first: u32::try_from(first.max(0)).unwrap_or(u32::MAX), rows: shown, more }
    }

    /// Where a row stands in the list as the person sees it, given how many of the server's rows come before it.
    pub fn place(self, folder: &FolderId, key: &RowKey, rank: u32, touched: &[Message]) -> u32 {
        let before = touched.iter().filter(|row| key.order(row) == Ordering::Less);
        let place = before.fold(i64::from(rank), |place, row| place + self.change(folder, row));
        u32::try_from(place.max(0)).unwrap_or(u32::MAX)
    }

    /// Whether the acts bring a row into a folder (1), take it out (-1), or neither.
    fn change(self, folder: &FolderId, row: &Message) -> i64 {
        let now = self.message(row.clone());
        i64::from(now.folder == *folder) - i64::from(row.folder == *folder)
    }

    /// How the pending acts move each folder's counts; `touched` as in [`Overlay::part`].
    pub fn counts(self, touched: &[Message]) -> BTreeMap<FolderId, PendingCounts> {
        let mut moved = BTreeMap::new();
        for row in touched {
            count(&mut moved, row, &self.message(row.clone()));
        }
        moved
    }
}

/// Notes how counts move when `before` becomes `after`.
fn count(moved: &mut BTreeMap<FolderId, PendingCounts>, before: &Message, after: &Message) {
    for (row, sign) in [(before, -1), (after, 1)] {
        let counts = moved.entry(row.folder.clone()).or_default();
        counts.total += sign;
        counts.unread += if row.is_read { 0 } else { sign };
    }
}

/// How counts move when a row changes on the server.
pub fn moved_counts(before: &Message, after: &Message) -> BTreeMap<FolderId, PendingCounts> {
    let mut moved = BTreeMap::new();
    count(&mut moved, before, after);
    moved
}

impl PendingCounts {
    /// The folder with these counts added; never below zero.
    pub fn over(self, mut folder: Folder) -> Folder {
        let add =
            |count: u32, more: i64| u32::try_from(i64::from(count).saturating_add(more).max(0)).unwrap_or(u32::MAX);
        folder.total = add(folder.total, self.total);
        folder.unread = add(folder.unread, self.unread);
        folder
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reason;
    use crate::id::OpId;
    use crate::model::Flag;
    use crate::store::contract::{folder, message};
    use crate::time::Timestamp;

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

    fn id(text: &str) -> MessageId {
        MessageId::new(text)
    }

    fn whole(ops: &[Op], folder: &str, rows: &[Message], touched: &[Message]) -> Vec<String> {
        let total = rows.len() as u32;
        let rows: Vec<_> = rows.iter().cloned().map(Arc::new).collect();
        let part = Overlay::new(ops).part(&FolderId::new(folder), &rows, (0, total), touched);
        assert_eq!(i64::from(total) + part.more, part.rows.len() as i64);
        part.rows.iter().map(|row| row.id.to_string()).collect()
    }

    #[test]
    fn a_moved_message_leaves_one_list_and_appears_in_date_order_in_the_other() {
        let ops = ops(vec![Act::Move { message: id("b"), to: FolderId::new("archive") }]);
        let inbox = vec![message("a", "inbox", 3), message("b", "inbox", 2), message("c", "inbox", 1)];
        let touched = [inbox[1].clone()];
        assert_eq!(whole(&ops, "inbox", &inbox, &touched), ["a", "c"]);
        let archive = vec![message("x", "archive", 5), message("y", "archive", 1)];
        assert_eq!(whole(&ops, "archive", &archive, &touched), ["x", "b", "y"]);
        assert_eq!(whole(&ops, "archive", &[], &touched), ["b"]);
    }

    #[test]
    fn parts_of_any_length_fit_together_whatever_is_moved() {
        let folder = FolderId::new("inbox");
        // Two of a moment each, so that ids order them; some in other folders, which acts bring in.
        let all: Vec<_> = (0..40_i64)
            .map(|at| message(&format!("m{at:02}"), if at % 5 == 2 { "other" } else { "inbox" }, 100 - at / 2))
            .collect();
        let inbox: Vec<_> = all.iter().filter(|row| row.folder == folder).cloned().map(Arc::new).collect();
        let total = inbox.len() as u32;
        for seed in 0..60_u64 {
            let chosen = |at: usize| (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(at as u32 % 64) & 3) == 0;
            let touched: Vec<_> =
                all.iter().enumerate().filter(|(at, _)| chosen(*at)).map(|(_, row)| row.clone()).collect();
            let to = |row: &Message| FolderId::new(if row.folder == folder { "other" } else { "inbox" });
            let ops = ops(touched.iter().map(|row| Act::Move { message: row.id.clone(), to: to(row) }).collect());
            let overlay = Overlay::new(&ops);
            let whole = overlay.part(&folder, &inbox, (0, total), &touched);
            for length in [2, 3, 7, 50] {
                let mut end = 0;
                for skip in (0..total).step_by(length - 1) {
                    let rows: Vec<_> = inbox.iter().skip(skip as usize).take(length).cloned().collect();
                    let part = overlay.part(&folder, &rows, (skip, total), &touched);
                    let (first, count) = (part.first as usize, part.rows.len());
                    assert!(first <= end, "seed {seed}: nothing is left out before {skip}");
                    assert_eq!(part.rows, whole.rows[first..first + count], "seed {seed}, {length} from {skip}");
                    assert_eq!(part.more, whole.more);
                    end = first + count;
                    for (at, row) in (first..).zip(&part.rows) {
                        let key = RowKey::of(row);
                        let rank = inbox.iter().filter(|known| key.order(known) == Ordering::Less).count() as u32;
                        assert_eq!(overlay.place(&folder, &key, rank, &touched), at as u32);
                    }
                }
                assert_eq!(end, whole.rows.len());
            }
            let beyond = overlay.part(&folder, &[], (total, total), &touched);
            assert_eq!((beyond.first as usize, beyond.more), (whole.rows.len(), whole.more));
        }
    }

    #[test]
    fn there_and_back_is_as_if_nothing_happened() {
        let ops = ops(vec![
            Act::Move { message: id("a"), to: FolderId::new("archive") },
            Act::Move { message: id("a"), to: FolderId::new("inbox") },
        ]);
        let row = message("a", "inbox", 1);
        let overlay = Overlay::new(&ops);
        assert_eq!(overlay.message(row.clone()), row);
        assert_eq!(overlay.counts(&[row])[&FolderId::new("inbox")], PendingCounts::default());
    }

    #[test]
    fn a_message_that_came_back_after_the_list_was_read_is_in_it() {
        let ops = ops(vec![Act::Move { message: id("a"), to: FolderId::new("inbox") }]);
        let touched = [message("a", "inbox", 3)];
        let earlier = vec![message("b", "inbox", 2)];
        assert_eq!(whole(&ops, "inbox", &earlier, &touched), ["a", "b"]);
        let later = vec![message("a", "inbox", 3), message("b", "inbox", 2)];
        assert_eq!(whole(&ops, "inbox", &later, &touched), ["a", "b"], "once");
    }

    #[test]
    fn counts_follow_reading_and_moving() {
        let ops = ops(vec![
            Act::Read { message: id("a"), read: true },
            Act::Move { message: id("b"), to: FolderId::new("archive") },
        ]);
        let touched = [message("a", "inbox", 1), message("b", "inbox", 1)];
        let counts = Overlay::new(&ops).counts(&touched);
        assert_eq!(counts[&FolderId::new("inbox")], PendingCounts { total: -1, unread: -2 });
        assert_eq!(counts[&FolderId::new("archive")], PendingCounts { total: 1, unread: 1 });
        assert_eq!(counts[&FolderId::new("inbox")].over(folder("inbox", None)).unread, 0, "never below zero");
    }

    #[test]
    fn a_blocked_act_is_not_shown() {
        let mut ops = ops(vec![Act::Flag { message: id("a"), flag: Flag::Flagged }]);
        assert_eq!(Overlay::new(&ops).message(message("a", "f", 1)).flag, Flag::Flagged);
        ops[0].state = OpState::Blocked(Reason::Denied);
        assert_eq!(Overlay::new(&ops).message(message("a", "f", 1)).flag, Flag::None);
        assert_eq!(Overlay::new(&ops).touched(), []);
    }
}

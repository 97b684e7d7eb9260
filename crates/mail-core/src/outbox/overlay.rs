//! What people see: the server's rows with the pending acts on top. Computed each time, never stored, so that
//! nothing ever has to be rolled back.

use super::op::{Act, Op, OpState};
use crate::id::{FolderId, MessageId};
use crate::model::{Folder, Message};
use std::collections::BTreeMap;

/// The pending acts, ready to be laid over rows.
#[derive(Clone, Copy, Debug)]
pub struct Overlay<'a> {
    ops: &'a [Op],
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

    /// The rows of `folder` as the person should see them. `rows` are the server's, newest first; `touched` are the server's
    /// rows of [`Overlay::touched`], from any folder. With `whole` false, `rows` is only the newest part
    /// of the folder, and what would come after it is left out.
    pub fn list(self, folder: &FolderId, rows: Vec<Message>, touched: &[Message], whole: bool) -> Vec<Message> {
        let last = rows.last().map(|row| row.received);
        let mut shown: Vec<Message> =
            rows.into_iter().map(|row| self.message(row)).filter(|row| row.folder == *folder).collect();
        // Also those that lie here already: they may have come after `rows` was read.
        let arrivals = touched.iter().cloned().map(|row| self.message(row));
        let arrivals =
            arrivals.filter(|row| row.folder == *folder && (whole || last.is_some_and(|last| row.received >= last)));
        for row in arrivals {
            let order = |known: &Message| row.received.cmp(&known.received).then_with(|| known.id.cmp(&row.id));
            if let Err(place) = shown.binary_search_by(order) {
                shown.insert(place, row);
            }
        }
        shown
    }

    /// How the pending acts move each folder's counts; `touched` as in [`Overlay::list`].
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

    fn ids(rows: &[Message]) -> Vec<&str> {
        rows.iter().map(|row| row.id.as_str()).collect()
    }

    #[test]
    fn a_moved_message_leaves_one_list_and_appears_in_date_order_in_the_other() {
        let ops = ops(vec![Act::Move { message: id("b"), to: FolderId::new("archive") }]);
        let overlay = Overlay::new(&ops);
        let inbox = vec![message("a", "inbox", 3), message("b", "inbox", 2), message("c", "inbox", 1)];
        let touched = [inbox[1].clone()];
        assert_eq!(ids(&overlay.list(&FolderId::new("inbox"), inbox, &touched, true)), ["a", "c"]);
        let archive = vec![message("x", "archive", 5), message("y", "archive", 1)];
        assert_eq!(ids(&overlay.list(&FolderId::new("archive"), archive.clone(), &touched, true)), ["x", "b", "y"]);
        let part = vec![message("x", "archive", 5)];
        assert_eq!(
            ids(&overlay.list(&FolderId::new("archive"), part, &touched, false)),
            ["x"],
            "older than the part that is shown"
        );
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
        let inbox = FolderId::new("inbox");
        let earlier = vec![message("b", "inbox", 2)];
        assert_eq!(ids(&Overlay::new(&ops).list(&inbox, earlier.clone(), &touched, true)), ["a", "b"]);
        let later = vec![message("a", "inbox", 3), message("b", "inbox", 2)];
        assert_eq!(ids(&Overlay::new(&ops).list(&inbox, later, &touched, true)), ["a", "b"], "once");
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

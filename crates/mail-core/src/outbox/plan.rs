//! Which operation comes next. Order is kept per message; a newer act on the same property overtakes an older one.

use super::op::{Op, OpState};
use crate::id::OpId;
use crate::time::Timestamp;
use std::time::Duration;

/// Nothing in the outbox waits longer than this.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// What to do with the outbox now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// This operation is pointless since a newer one: drop it, and store the newer one as given.
    Overtaken {
        /// The pointless one.
        dropped: OpId,
        /// The newer one; it remembers that the server may have done the older.
        by: Box<Op>,
    },
    /// Carry this one out.
    Run(Box<Op>),
}

/// The next step at `now`; `ops` oldest first. `None`: nothing is due.
pub fn plan(ops: &[Op], now: Timestamp) -> Option<Step> {
    let running = ops.iter().filter(|op| op.state == OpState::Waiting);
    for (place, op) in running.clone().enumerate() {
        let later = running.clone().skip(place + 1).find(|later| op.act.is_overtaken_by(&later.act));
        if let Some(later) = later {
            let mut by = later.clone();
            by.attempts = by.attempts.max(op.attempts);
            return Some(Step::Overtaken { dropped: op.id.clone(), by: Box::new(by) });
        }
        let message = op.act.message();
        let held = message.is_some()
            && running.clone().take(place).any(|earlier| earlier.act.message() == message && !is_due(earlier, now));
        if is_due(op, now) && !held {
            return Some(Step::Run(Box::new(op.clone())));
        }
    }
    None
}

/// Whether an operation may be tried. None of our waits is longer than two minutes: a later time is of a clock that was set back.
fn is_due(op: &Op, now: Timestamp) -> bool {
    op.not_before <= now || op.not_before.since(now) > LONGEST_WAIT
}

/// When the next waiting operation is due; one that waits for an earlier act on its message is due with that.
pub fn next_due(ops: &[Op]) -> Option<Timestamp> {
    let running = ops.iter().filter(|op| op.state == OpState::Waiting);
    let due = running.clone().enumerate().map(|(place, op)| {
        let message = op.act.message();
        let earlier =
            running.clone().take(place).filter(|earlier| message.is_some() && earlier.act.message() == message);
        earlier.map(|earlier| earlier.not_before).fold(op.not_before, Timestamp::max)
    });
    due.min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reason;
    use crate::id::{FolderId, MessageId};
    use crate::model::Flag;
    use crate::outbox::Act;

    fn op(number: u32, act: Act) -> Op {
        let now = Timestamp::from_millis(0);
        Op {
            id: OpId::ordered(now, number, 0),
            act,
            queued_at: now,
            not_before: now,
            attempts: 0,
            state: OpState::Waiting,
        }
    }

    fn read(number: u32, message: &str, read: bool) -> Op {
        op(number, Act::Read { message: MessageId::new(message), read })
    }

    fn move_to(number: u32, message: &str, to: &str) -> Op {
        op(number, Act::Move { message: MessageId::new(message), to: FolderId::new(to) })
    }

    const NOW: Timestamp = Timestamp::from_millis(10);

    #[test]
    fn the_oldest_comes_first() {
        let ops = [read(1, "a", true), read(2, "b", true)];
        assert_eq!(plan(&ops, NOW), Some(Step::Run(Box::new(ops[0].clone()))));
        assert_eq!(plan(&[], NOW), None);
    }

    #[test]
    fn an_undone_act_is_overtaken_and_its_doubt_is_inherited() {
        let mut ops = [move_to(1, "a", "archive"), read(2, "a", true), move_to(3, "a", "inbox")];
        ops[0].attempts = 1;
        let Some(Step::Overtaken { dropped, by }) = plan(&ops, NOW) else { panic!("not overtaken") };
        assert_eq!(dropped, ops[0].id);
        assert_eq!((by.id.clone(), by.attempts), (ops[2].id.clone(), 1));
    }

    #[test]
    fn other_properties_and_other_messages_are_left_alone() {
        let ops = [
            read(1, "a", true),
            op(2, Act::Flag { message: MessageId::new("a"), flag: Flag::Flagged }),
            read(3, "b", false),
        ];
        assert!(matches!(plan(&ops, NOW), Some(Step::Run(op)) if op.id == ops[0].id));
    }

    #[test]
    fn a_message_waits_for_its_own_earlier_act_but_not_for_others() {
        let mut ops = [read(1, "a", true), move_to(2, "a", "archive"), read(3, "b", true)];
        ops[0].not_before = Timestamp::from_millis(99);
        assert!(matches!(plan(&ops, NOW), Some(Step::Run(op)) if op.id == ops[2].id));
        assert_eq!(next_due(&ops[..1]), Some(Timestamp::from_millis(99)));
    }

    #[test]
    fn an_act_behind_one_that_was_put_off_is_due_with_it() {
        let mut ops = [read(1, "a", true), move_to(2, "a", "archive")];
        ops[0].not_before = Timestamp::from_millis(99_000);
        assert_eq!(next_due(&ops), Some(Timestamp::from_millis(99_000)));
    }

    #[test]
    fn a_clock_that_was_set_back_holds_nothing_up() {
        let mut ops = [read(1, "a", true)];
        ops[0].not_before = NOW.after(Duration::from_secs(7200));
        assert!(matches!(plan(&ops, NOW), Some(Step::Run(_))));
        ops[0].not_before = NOW.after(Duration::from_secs(120));
        assert_eq!(plan(&ops, NOW), None);
    }

    #[test]
    fn a_blocked_act_neither_runs_nor_holds_others() {
        let mut ops = [read(1, "a", true), move_to(2, "a", "archive")];
        ops[0].state = OpState::Blocked(Reason::Denied);
        assert!(matches!(plan(&ops, NOW), Some(Step::Run(op)) if op.id == ops[1].id));
        ops[1].state = OpState::Blocked(Reason::Denied);
        assert_eq!((plan(&ops, NOW), next_due(&ops)), (None, None));
    }
}

//! This tab's writes to the outbox that a reading of the store may not have seen yet. They are laid over what was read,
//! so that an act never flickers between the key press and its commit. Pure.

use mail_core::id::OpId;
use mail_core::outbox::Op;
use std::collections::BTreeMap;

/// The writes under way.
#[derive(Default)]
pub(super) struct OwnWrites {
    readings: u64,
    writes: BTreeMap<OpId, Own>,
}

struct Own {
    /// The entry as it will be; `None`: it is removed.
    op: Option<Op>,
    /// Once committed: how many readings had begun by then. Those may have missed it, later ones cannot.
    settled: Option<u64>,
}

impl OwnWrites {
    /// Numbers a reading of the store that begins now.
    pub(super) fn begin_reading(&mut self) -> u64 {
        self.readings += 1;
        self.readings
    }

    /// Notes a write that is about to be committed.
    pub(super) fn write(&mut self, id: OpId, op: Option<Op>) {
        self.writes.insert(id, Own { op, settled: None });
    }

    /// Notes that a write was committed.
    pub(super) fn settle(&mut self, id: &OpId) {
        if let Some(own) = self.writes.get_mut(id) {
            own.settled = Some(self.readings);
        }
    }

    /// Forgets a write that failed.
    pub(super) fn forget(&mut self, id: &OpId) {
        self.writes.remove(id);
    }

    /// Forgets all writes; readings that have begun are not numbered again.
    pub(super) fn forget_all(&mut self) {
        self.writes.clear();
    }

    /// The outbox as it will be, given what reading number `reading` found.
    pub(super) fn over(&self, reading: u64, mut ops: Vec<Op>) -> Vec<Op> {
        for (id, own) in self.writes.iter().filter(|(_, own)| !own.seen_by(reading)) {
            match &own.op {
                Some(op) => op.clone().put_into(&mut ops),
                None => ops.retain(|op| op.id != *id),
            }
        }
        ops
    }

    /// Forgets the writes that reading number `reading` has seen.
    pub(super) fn read(&mut self, reading: u64) {
        self.writes.retain(|_, own| !own.seen_by(reading));
    }
}

impl Own {
    fn seen_by(&self, reading: u64) -> bool {
        self.settled.is_some_and(|begun| reading > begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_core::id::MessageId;
    use mail_core::outbox::{Act, OpState};
    use mail_core::time::Timestamp;

    fn op(number: u32) -> Op {
        let zero = Timestamp::from_millis(0);
        let act = Act::Read { message: MessageId::new("m"), read: true };
        Op {
            id: OpId::ordered(zero, number, 0),
            act,
            queued_at: zero,
            not_before: zero,
            attempts: 0,
            state: OpState::Waiting,
        }
    }

    #[test]
    fn a_write_shows_until_a_reading_that_began_after_its_commit() {
        let mut own = OwnWrites::default();
        own.write(op(2).id, Some(op(2)));
        let early = own.begin_reading();
        own.settle(&op(2).id);
        assert_eq!(own.over(early, vec![op(1), op(3)]), [op(1), op(2), op(3)], "this reading may have missed it");
        own.read(early);
        let late = own.begin_reading();
        assert_eq!(own.over(late, vec![op(1)]), [op(1)], "by now the leader has carried it out");
        own.read(late);
        assert!(own.writes.is_empty());
    }

    #[test]
    fn a_removal_shows_at_once_and_a_failed_write_is_forgotten() {
        let mut own = OwnWrites::default();
        own.write(op(1).id, None);
        let reading = own.begin_reading();
        assert_eq!(own.over(reading, vec![op(1), op(2)]), [op(2)]);
        own.forget(&op(1).id);
        assert_eq!(own.over(reading, vec![op(1), op(2)]), [op(1), op(2)]);
    }
}

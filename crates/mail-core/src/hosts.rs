//! Who leads where several could: each tab's worker, and the service worker when the browser wakes it. The lock says who may
//! lead; here is who should, decided without a browser, and how long a wake goes on.

use crate::outbox::{Op, next_due};
use crate::protocol::{Ask, Live};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A tab is seen for so long before it wants to lead: leading begins with asking for everything, and a glance is not worth that.
const DWELL: Duration = Duration::from_secs(2);
/// A leader that does not answer for so long is frozen with its tab: the leadership is taken from it, and the fence keeps it harmless.
const PATIENCE: Duration = Duration::from_secs(10);
/// An answer is good for so long: whoever gave it may have been frozen since.
const GOOD_FOR: Duration = Duration::from_secs(60);
/// A tab that holds the lock for so long is really there: one that was just closed holds it for a moment.
const THERE: Duration = Duration::from_secs(2);
/// A wake begins nothing new after this time; browsers end service workers that take much longer.
const WAKE: Duration = Duration::from_secs(25);

/// What hosts say to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HostWord {
    /// A tab that the person sees waits for the leadership.
    Wanted,
    /// The leader has heard it: it stays because it is seen itself, or lets go once its run is over.
    Heard,
    /// The leader's tab is seen no more: a tab that is seen may have the leadership.
    Offered,
    /// A tab's worker has the lock from now on. One that believes to lead was frozen, and lost it.
    Took,
}

/// What a host does next about the leadership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Says this to the others.
    Say(HostWord),
    /// Says [`HostWord::Heard`], finishes its run, and queues for the lock anew.
    LetGo,
    /// Gives up its place in the lock's queue and queues anew, behind whoever is seen.
    StepBack,
    /// Takes the lock from a leader that does not answer.
    Seize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Wish {
    /// Nothing was asked.
    #[default]
    Quiet,
    /// Asked then, and nobody answered.
    Asked(Timestamp),
    /// The leader answered then.
    Answered(Timestamp),
}

/// One host's place among the others.
#[derive(Debug, Default)]
pub struct Seat {
    /// Since when the person sees its tab.
    seen: Option<Timestamp>,
    leads: bool,
    wish: Wish,
}

impl Seat {
    /// Its tab is seen from now on, or no more.
    pub fn seen(&mut self, seen: bool, now: Timestamp) -> Option<Move> {
        let was_seen = self.seen.is_some();
        self.seen = if seen { self.seen.or(Some(now)) } else { None };
        self.wish = if seen == was_seen { self.wish } else { Wish::Quiet };
        (self.leads && was_seen && !seen).then_some(Move::Say(HostWord::Offered))
    }

    /// It leads from now on, or no more.
    pub fn leads(&mut self, leads: bool) {
        self.leads = leads;
        self.wish = Wish::Quiet;
    }

    /// Hears another host.
    pub fn hear(&mut self, word: HostWord, now: Timestamp) -> Option<Move> {
        match (word, self.leads, self.seen.is_some()) {
            (HostWord::Wanted, true, true) => Some(Move::Say(HostWord::Heard)),
            (HostWord::Wanted, true, false) => Some(Move::LetGo),
            (HostWord::Wanted, false, false) => Some(Move::StepBack),
            (HostWord::Heard, false, true) if self.wish != Wish::Quiet => {
                self.wish = Wish::Answered(now);
                None
            }
            (HostWord::Took, true, _) => Some(Move::LetGo),
            (HostWord::Offered | HostWord::Took, false, true) => {
                // Whatever was answered before is not true any more.
                self.wish = Wish::Quiet;
                self.turn(now)
            }
            (HostWord::Wanted, false, true) | (HostWord::Heard | HostWord::Offered | HostWord::Took, _, _) => None,
        }
    }

    /// When [`Seat::turn`] has something to do by itself.
    pub fn next(&self) -> Option<Timestamp> {
        let seen = self.seen.filter(|_| !self.leads)?;
        Some(match self.wish {
            Wish::Quiet => seen.after(DWELL),
            Wish::Asked(at) => at.after(PATIENCE),
            Wish::Answered(at) => at.after(GOOD_FOR),
        })
    }

    /// What a host that waits does now.
    pub fn turn(&mut self, now: Timestamp) -> Option<Move> {
        if self.next().is_none_or(|next| now < next) {
            return None;
        }
        match self.wish {
            Wish::Quiet | Wish::Answered(_) => {
                self.wish = Wish::Asked(now);
                Some(Move::Say(HostWord::Wanted))
            }
            Wish::Asked(_) => {
                self.wish = Wish::Quiet;
                Some(Move::Seize)
            }
        }
    }
}

/// What the browser woke the service worker for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// What waits in the outbox; the browser tries again if it still waits afterwards.
    Outbox,
    /// Whatever is new; another time will do.
    Mail,
}

/// One wake of the service worker.
#[derive(Clone, Copy, Debug)]
pub struct Wake {
    errand: Errand,
    begun: Timestamp,
    until: Timestamp,
}

/// How a wake goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Run, or look, again then.
    At(Timestamp),
    /// There is nothing left to do, or nothing that could be done here.
    Done,
    /// Something still waits in the outbox: the browser is to try again.
    Unfinished,
}

impl Wake {
    /// Begins now.
    pub fn new(errand: Errand, now: Timestamp) -> Self {
        Self { errand, begun: now, until: now.after(WAKE) }
    }

    /// When no further run is begun.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// Whether there is anything to wake for: most outboxes are empty by the time the browser comes round to it.
    pub fn is_needed(&self, ops: &[Op]) -> bool {
        self.errand == Errand::Mail || next_due(ops).is_some()
    }

    /// What a tab that leads is asked to do instead.
    pub fn ask(&self) -> Ask {
        match self.errand {
            Errand::Outbox => Ask::Outbox,
            Errand::Mail => Ask::Now,
        }
    }

    /// After a run that asks to be woken at `next`; `wanted`: a tab wants to lead.
    pub fn after_run(&self, next: Timestamp, live: Live, ops: &[Op], wanted: bool, now: Timestamp) -> Next {
        let waits = next_due(ops).is_some();
        let is_over = match self.errand {
            Errand::Outbox => !waits,
            Errand::Mail => !waits && next > now,
        };
        if is_over || wanted || live == Live::SignedOut {
            // Nobody can sign in here; a tab that leads next looks into the outbox first.
            return Next::Done;
        }
        self.unless_late(next.max(now), waits)
    }

    /// While a tab leads, which does the work itself; it may be closed before it has.
    pub fn while_led(&self, ops: &[Op], now: Timestamp) -> Next {
        let soon = now.after(Duration::from_secs(1));
        match self.errand {
            Errand::Outbox if next_due(ops).is_some() => self.unless_late(soon, true),
            Errand::Mail if now < self.begun.after(THERE) => Next::At(soon),
            Errand::Outbox | Errand::Mail => Next::Done,
        }
    }

    fn unless_late(&self, next: Timestamp, waits: bool) -> Next {
        match (next < self.until, waits) {
            (true, _) => Next::At(next),
            (false, true) => Next::Unfinished,
            (false, false) => Next::Done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reason;
    use crate::id::{MessageId, OpId};
    use crate::outbox::{Act, OpState};

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(0).after(Duration::from_secs(seconds))
    }

    fn leader(seen: bool) -> Seat {
        let mut seat = Seat::default();
        seat.seen(seen, at(0));
        seat.leads(true);
        seat
    }

    fn waiting_and_seen() -> Seat {
        let mut seat = Seat::default();
        assert_eq!(seat.seen(true, at(0)), None);
        seat
    }

    #[test]
    fn a_hidden_leader_lets_go_and_a_seen_one_stays() {
        assert_eq!(leader(false).hear(HostWord::Wanted, at(9)), Some(Move::LetGo));
        assert_eq!(leader(true).hear(HostWord::Wanted, at(9)), Some(Move::Say(HostWord::Heard)));
        assert_eq!(leader(false).turn(at(99)), None, "whoever leads wants nothing");
    }

    #[test]
    fn a_tab_asks_once_it_was_seen_for_a_while_and_a_glance_asks_nothing() {
        let mut seat = waiting_and_seen();
        assert_eq!(seat.turn(at(1)), None);
        assert_eq!((seat.next(), seat.turn(at(2))), (Some(at(2)), Some(Move::Say(HostWord::Wanted))));
        assert_eq!(seat.turn(at(3)), None, "once");

        let mut glanced_at = waiting_and_seen();
        glanced_at.seen(false, at(1));
        assert_eq!((glanced_at.next(), glanced_at.turn(at(99))), (None, None));
    }

    #[test]
    fn two_windows_in_view_leave_the_leadership_where_it_is() {
        let (mut leads, mut waits) = (leader(true), waiting_and_seen());
        let mut said = 0;
        for second in 0..300 {
            if let Some(Move::Say(word)) = waits.turn(at(second)) {
                said += 1;
                let answer = leads.hear(word, at(second));
                assert_eq!(answer, Some(Move::Say(HostWord::Heard)));
                assert_eq!(waits.hear(HostWord::Heard, at(second)), None);
            }
            assert_eq!(leads.turn(at(second)), None);
        }
        assert_eq!(said, 5, "it asks now and then whether the leader still lives");
    }

    #[test]
    fn a_leader_that_goes_out_of_view_offers_and_the_one_in_view_takes_it() {
        let (mut leads, mut waits) = (leader(true), waiting_and_seen());
        waits.turn(at(2));
        waits.hear(HostWord::Heard, at(2));
        assert_eq!(leads.seen(false, at(10)), Some(Move::Say(HostWord::Offered)));
        assert_eq!(waits.hear(HostWord::Offered, at(10)), Some(Move::Say(HostWord::Wanted)));
        assert_eq!(leads.hear(HostWord::Wanted, at(10)), Some(Move::LetGo));
    }

    #[test]
    fn hidden_tabs_in_the_queue_step_back_behind_the_one_in_view() {
        let mut hidden = Seat::default();
        assert_eq!(hidden.hear(HostWord::Wanted, at(1)), Some(Move::StepBack));
        assert_eq!(waiting_and_seen().hear(HostWord::Wanted, at(1)), None);
    }

    #[test]
    fn a_leader_that_does_not_answer_is_replaced_and_one_that_answers_is_not() {
        let mut seat = waiting_and_seen();
        seat.turn(at(2));
        assert_eq!((seat.turn(at(11)), seat.turn(at(12))), (None, Some(Move::Seize)));

        let mut answered = waiting_and_seen();
        answered.turn(at(2));
        answered.hear(HostWord::Heard, at(3));
        assert_eq!((answered.turn(at(60)), answered.next()), (None, Some(at(63))));
        // Frozen since: it is asked again, and then replaced.
        assert_eq!(answered.turn(at(63)), Some(Move::Say(HostWord::Wanted)));
        assert_eq!(answered.turn(at(73)), Some(Move::Seize));
    }

    #[test]
    fn a_leader_whose_lock_was_taken_learns_it_from_whoever_took_it() {
        assert_eq!(leader(true).hear(HostWord::Took, at(9)), Some(Move::LetGo));
        // A tab in view asks each new leader anew: it may be hidden.
        let mut waits = waiting_and_seen();
        waits.turn(at(2));
        waits.hear(HostWord::Heard, at(2));
        assert_eq!(waits.hear(HostWord::Took, at(9)), Some(Move::Say(HostWord::Wanted)));
        assert_eq!(Seat::default().hear(HostWord::Took, at(9)), None);
    }

    fn op(state: OpState) -> Op {
        Op {
            id: OpId::ordered(at(0), 1, 0),
            act: Act::Read { message: MessageId::new("m"), read: true },
            queued_at: at(0),
            not_before: at(0),
            attempts: 0,
            state,
        }
    }

    #[test]
    fn a_wake_for_the_outbox_goes_on_until_nothing_waits_in_it() {
        let wake = Wake::new(Errand::Outbox, at(0));
        let waiting = [op(OpState::Waiting)];
        assert_eq!(wake.after_run(at(1), Live::Polling, &waiting, false, at(1)), Next::At(at(1)));
        assert_eq!(wake.after_run(at(1), Live::Polling, &[], false, at(1)), Next::Done, "also with mail still due");
        let stuck = [op(OpState::Blocked(Reason::Denied))];
        assert_eq!(wake.after_run(at(1), Live::Polling, &stuck, false, at(1)), Next::Done, "that is the person's");
        assert_eq!(wake.after_run(at(1), Live::SignedOut, &waiting, false, at(1)), Next::Done);
    }

    #[test]
    fn a_wake_that_cannot_finish_has_the_browser_try_again() {
        let wake = Wake::new(Errand::Outbox, at(0));
        let waiting = [op(OpState::Waiting)];
        assert_eq!(wake.after_run(at(300), Live::Offline, &waiting, false, at(1)), Next::Unfinished);
        assert_eq!(wake.after_run(at(26), Live::Polling, &waiting, false, at(26)), Next::Unfinished);
        assert_eq!(wake.while_led(&waiting, at(24)), Next::Unfinished);
    }

    #[test]
    fn a_wake_for_mail_ends_when_nothing_is_due_and_never_asks_to_be_repeated() {
        let wake = Wake::new(Errand::Mail, at(0));
        assert_eq!(wake.after_run(at(1), Live::Polling, &[], false, at(1)), Next::At(at(1)));
        assert_eq!(wake.after_run(at(30), Live::Polling, &[], false, at(1)), Next::Done);
        assert_eq!(wake.after_run(at(26), Live::Polling, &[], false, at(26)), Next::Done);
    }

    #[test]
    fn a_tab_does_the_work_of_a_wake_and_is_watched_only_while_something_waits() {
        let waiting = [op(OpState::Waiting)];
        let wake = Wake::new(Errand::Outbox, at(0));
        assert_eq!(wake.while_led(&waiting, at(1)), Next::At(at(2)));
        assert_eq!(wake.while_led(&[], at(1)), Next::Done);
        assert_eq!(wake.after_run(at(2), Live::Polling, &waiting, true, at(1)), Next::Done, "it wants to lead");
        let mail = Wake::new(Errand::Mail, at(0));
        assert_eq!((mail.while_led(&[], at(1)), mail.while_led(&waiting, at(2))), (Next::At(at(2)), Next::Done));
        assert!(mail.is_needed(&[]) && wake.is_needed(&waiting) && !wake.is_needed(&[]));
    }
}

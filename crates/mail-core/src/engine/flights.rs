//! Requests under way. They live between the engine's runs, so that nobody who acts waits for an answer that nobody needs, and so
//! that the next page is on its way while one is written down. What an answer means is decided when it is taken in.

use super::jobs::Job;
use crate::error::NetError;
use crate::id::{FolderId, MessageId};
use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Requests to the mailbox at a time. Source: Microsoft Graph, *Service-specific throttling limits*, Outlook: four
/// concurrent requests per app and mailbox.
pub(super) const SLOTS: usize = 4;
/// So many of them may be taken by what nobody waits for: one is kept for a body somebody opens, and one for what a person does.
pub(super) const QUIET_SLOTS: usize = 2;

/// What came back.
pub(super) type Answer = Result<http::Response<Vec<u8>>, NetError>;
/// The exchange of a request.
pub(super) type Exchange = Pin<Box<dyn Future<Output = Answer>>>;

/// One request under way.
pub(super) struct Flight {
    /// What it is for.
    pub job: Job,
    /// The how many-th departure it was: clocks are set back, departures are not.
    pub left: u64,
    /// The folders whose rows changed since.
    pub overtaken: Vec<FolderId>,
    /// The messages whose bodies changed since, or are gone.
    pub changed: Vec<MessageId>,
    exchange: Exchange,
    answer: Option<Answer>,
}

/// All requests under way.
#[derive(Default)]
pub(super) struct Flights(RefCell<Vec<Flight>>);

impl Flights {
    /// Notes a request; it leaves as soon as the flights are looked after.
    pub fn add(&self, job: Job, left: u64, exchange: Exchange) {
        self.0.borrow_mut().push(Flight {
            job,
            left,
            overtaken: Vec::new(),
            changed: Vec::new(),
            exchange,
            answer: None,
        });
    }

    /// Looks after all of them, and says whether an answer is there.
    pub fn poll(&self, context: &mut Context<'_>) -> bool {
        let mut landed = false;
        for flight in self.0.borrow_mut().iter_mut() {
            if flight.answer.is_none()
                && let Poll::Ready(answer) = flight.exchange.as_mut().poll(context)
            {
                flight.answer = Some(answer);
            }
            landed |= flight.answer.is_some();
        }
        landed
    }

    /// Whether an answer is there.
    pub fn have_landed(&self) -> bool {
        self.0.borrow().iter().any(|flight| flight.answer.is_some())
    }

    /// The most urgent answer that is there, with what it answers; `rank` orders folders, the lowest first.
    pub fn land(&self, rank: &dyn Fn(&FolderId) -> usize) -> Option<(Flight, Answer)> {
        let mut flights = self.0.borrow_mut();
        let mut best: Option<(usize, usize)> = None;
        for (at, flight) in flights.iter().enumerate().filter(|(_, flight)| flight.answer.is_some()) {
            let rank = match &flight.job {
                Job::Body(_) | Job::Attachment(_) => 0,
                Job::Newest(folder) | Job::Messages(folder, _) => rank(&folder.id).saturating_add(2),
                Job::Folders(_) => 1,
                Job::Token
                | Job::Push(_)
                | Job::Roles
                | Job::Me
                | Job::Channel(_)
                | Job::LookAt(_)
                | Job::Prefetch(_)
                | Job::Room(_)
                | Job::Tend(_)
                | Job::Void => usize::MAX,
            };
            if best.is_none_or(|(lowest, _)| rank < lowest) {
                best = Some((rank, at));
            }
        }
        let mut flight = flights.remove(best?.1);
        let answer = flight.answer.take()?;
        Some((flight, answer))
    }

    /// How many requests are on their way.
    pub fn count(&self) -> usize {
        self.0.borrow().len()
    }

    /// Whether this folder's messages are being asked about.
    pub fn ask_about(&self, folder: &FolderId) -> bool {
        self.any(&|job| job.folder() == Some(folder))
    }

    /// Whether the folder tree is being asked about.
    pub fn ask_about_the_tree(&self) -> bool {
        self.any(&|job| matches!(job, Job::Folders(_)))
    }

    /// Whether the newest rows of a folder are being fetched.
    pub fn ask_for_the_newest(&self) -> bool {
        self.any(&|job| matches!(job, Job::Newest(_)))
    }

    /// Whether it is being asked whose mailbox this is.
    pub fn ask_who(&self) -> bool {
        self.any(&|job| matches!(job, Job::Me))
    }

    /// Whether an attachment is being fetched.
    pub fn fetch_an_attachment(&self) -> bool {
        self.any(&|job| matches!(job, Job::Attachment(_)))
    }

    fn any(&self, is: &dyn Fn(&Job) -> bool) -> bool {
        self.0.borrow().iter().any(|flight| is(&flight.job))
    }

    /// Whether this body is being fetched.
    pub fn fetch(&self, id: &MessageId) -> bool {
        self.any(&|job| {
            matches!(job, Job::Body(known) if known == id) || matches!(job, Job::Prefetch(ids) if ids.contains(id))
        })
    }

    /// Rows of these folders change: answers still on their way may be older.
    pub fn overtake(&self, folders: impl Iterator<Item = FolderId>) {
        for folder in folders {
            for flight in self.0.borrow_mut().iter_mut().filter(|flight| !flight.overtaken.contains(&folder)) {
                flight.overtaken.push(folder.clone());
            }
        }
    }

    /// This body changed, or is gone: one that is on its way may be older.
    pub fn change_body(&self, id: &MessageId) {
        for flight in self.0.borrow_mut().iter_mut() {
            flight.changed.push(id.clone());
        }
    }

    /// Lets the answers that `is_void` says are void be for nobody, and tells what they were to be for. Their slots stay taken until
    /// they are there: a server goes on with what nobody waits for any more.
    pub fn give_up(&self, is_void: &dyn Fn(&Job) -> bool) -> Vec<Job> {
        let mut flights = self.0.borrow_mut();
        let void = flights.iter_mut().filter(|flight| is_void(&flight.job));
        void.map(|flight| std::mem::replace(&mut flight.job, Job::Void)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract::folder;
    use futures::task::noop_waker_ref;
    use std::future::{pending, ready};

    fn page(id: &str) -> Job {
        Job::Messages(folder(id, None), None)
    }

    fn body(id: &str) -> Job {
        Job::Body(MessageId::new(id))
    }

    fn named(job: &Job) -> &str {
        if let Job::Body(id) = job { id.as_str() } else { job.folder().unwrap().as_str() }
    }

    fn add(flights: &Flights, job: Job, landed: bool) {
        let answer: Exchange = if landed { Box::pin(ready(Err(NetError::TimedOut))) } else { Box::pin(pending()) };
        flights.add(job, 1, answer);
    }

    #[test]
    fn what_somebody_waits_for_is_taken_in_first_and_then_by_rank() {
        let flights = Flights::default();
        for (job, landed) in [(page("b"), true), (page("c"), false), (page("a"), true), (body("m"), true)] {
            add(&flights, job, landed);
        }
        assert!(!flights.have_landed(), "nothing leaves before it is looked after");
        assert!(flights.poll(&mut Context::from_waker(noop_waker_ref())));
        let rank = |folder: &FolderId| usize::from(folder.as_str().as_bytes()[0]);
        let order: Vec<_> =
            std::iter::from_fn(|| flights.land(&rank)).map(|(flight, _)| named(&flight.job).to_owned()).collect();
        assert_eq!(order, ["m", "a", "b"]);
        assert!(flights.ask_about(&FolderId::new("c")) && !flights.ask_about(&FolderId::new("a")));
    }

    #[test]
    fn what_is_given_up_keeps_its_slot_until_its_answer_is_there() {
        let flights = Flights::default();
        for job in [page("a"), page("b"), body("m")] {
            add(&flights, job, true);
        }
        let void = flights.give_up(&|job| job.folder().is_some_and(|folder| folder.as_str() == "a"));
        assert_eq!(void.iter().map(named).collect::<Vec<_>>(), ["a"]);
        assert_eq!(flights.count(), 3);
        assert!(!flights.ask_about(&FolderId::new("a")) && flights.ask_about(&FolderId::new("b")));
        flights.poll(&mut Context::from_waker(noop_waker_ref()));
        let left = std::iter::from_fn(|| flights.land(&|_| 0)).filter(|(flight, _)| matches!(flight.job, Job::Void));
        assert_eq!(left.count(), 1);
    }

    #[test]
    fn an_answer_knows_what_changed_since_it_was_asked_for() {
        let flights = Flights::default();
        add(&flights, page("a"), true);
        flights.overtake([FolderId::new("x"), FolderId::new("x")].into_iter());
        add(&flights, page("b"), true);
        flights.poll(&mut Context::from_waker(noop_waker_ref()));
        let rank = |_: &FolderId| 0;
        assert_eq!(flights.land(&rank).unwrap().0.overtaken, [FolderId::new("x")]);
        assert_eq!(flights.land(&rank).unwrap().0.overtaken, []);
    }
}

//! A tab worker's post among the others: what it hears, and its place in the line for the leadership. Who should lead is
//! decided in the core; here it is carried out.

use crate::LEADERSHIP;
use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender};
use futures::future::{Either, select};
use mail_browser::channel::Channel;
use mail_browser::lock::{self, Held};
use mail_browser::ports::BrowserClock;
use mail_browser::worker;
use mail_core::hosts::{HostWord, Move, Seat};
use mail_core::ports::Clock as _;
use mail_core::protocol::{Ask, Tell, Word};
use mail_core::signalr;
use std::pin::pin;
use std::time::Duration;

/// Longer than any wait that has an end.
const EVER: Duration = Duration::from_secs(24 * 60 * 60);

/// What concerns the leader's work.
pub enum Heard {
    /// A tab asks.
    Asked(Ask),
    /// The socket with this number reports.
    Socket(u32, signalr::Event),
}

/// Whatever reaches the worker.
pub enum Event {
    /// Something for the leader.
    Heard(Heard),
    /// Another host speaks.
    Host(HostWord),
    /// The person sees this worker's tab, or no more.
    Seen(bool),
}

/// The worker's post.
pub struct Post {
    channel: Channel,
    events: UnboundedReceiver<Event>,
    seat: Seat,
    leaving: bool,
}

impl Post {
    /// Listens to the tabs, to the other hosts and to the page, through `reports` into `events`.
    pub fn new(reports: &UnboundedSender<Event>, events: UnboundedReceiver<Event>) -> Self {
        // The receiver lives as long as this worker.
        let report = |reports: &UnboundedSender<Event>, event| drop(reports.unbounded_send(event));
        let (words, looks) = (reports.clone(), reports.clone());
        let channel = Channel::open(move |word| match word {
            Word::Ask(ask) => report(&words, Event::Heard(Heard::Asked(ask))),
            Word::Host(word) => report(&words, Event::Host(word)),
            Word::Tell(_) => {}
        });
        worker::on_seen(move |seen| report(&looks, Event::Seen(seen)));
        Self { channel, events, seat: Seat::default(), leaving: false }
    }

    /// Tells every tab.
    pub fn say(&self, tell: Tell) {
        self.channel.say(&Word::Tell(tell));
    }

    /// Whether the leadership is to be let go.
    pub fn is_leaving(&self) -> bool {
        self.leaving
    }

    /// What reaches the worker next.
    pub async fn next(&mut self) -> Event {
        match self.events.next().await {
            Some(event) => event,
            // Our own sender keeps the stream open for ever.
            None => std::future::pending().await,
        }
    }

    /// While it leads: gives back what is the leader's business, and sees to the rest.
    pub fn attend(&mut self, event: Event) -> Option<Heard> {
        let now = BrowserClock.now();
        let step = match event {
            Event::Heard(heard) => return Some(heard),
            Event::Host(word) => self.seat.hear(word, now),
            Event::Seen(seen) => self.seat.seen(seen, now),
        };
        match step {
            Some(Move::Say(word)) => self.channel.say(&Word::Host(word)),
            Some(Move::LetGo) => {
                self.leaving = true;
                self.channel.say(&Word::Host(HostWord::Heard));
            }
            Some(Move::StepBack | Move::Seize) | None => {}
        }
        None
    }

    /// Waits until it is this tab's turn to lead.
    pub async fn turn(&mut self) -> Held {
        self.seat.leads(false);
        let held = loop {
            if let Some(held) = self.queue().await {
                break held;
            }
        };
        self.leaving = false;
        self.seat.leads(true);
        self.channel.say(&Word::Host(HostWord::Took));
        held
    }

    /// Stands in the lock's queue; `None`: the place was given up.
    async fn queue(&mut self) -> Option<Held> {
        let mut held = pin!(lock::hold(LEADERSHIP));
        loop {
            let wait = self.seat.next().map_or(EVER, |next| next.since(BrowserClock.now()));
            let nudge = BrowserClock.sleep(wait);
            // The lock first: the place in its queue is taken before anything is said.
            let event = match select(held.as_mut(), pin!(self.next_unless(nudge))).await {
                Either::Left((held, _)) => return Some(held),
                Either::Right((event, _)) => event,
            };
            let now = BrowserClock.now();
            let step = match event {
                Some(Event::Host(word)) => self.seat.hear(word, now),
                Some(Event::Seen(seen)) => self.seat.seen(seen, now),
                // Whoever leads answers.
                Some(Event::Heard(_)) => None,
                None => self.seat.turn(now),
            };
            match step {
                Some(Move::Say(word)) => self.channel.say(&Word::Host(word)),
                Some(Move::StepBack) => return None,
                Some(Move::Seize) => return Some(lock::seize(LEADERSHIP).await),
                Some(Move::LetGo) | None => {}
            }
        }
    }

    /// What reaches the worker next, unless this is over before.
    pub async fn next_unless(&mut self, over: impl Future<Output = ()>) -> Option<Event> {
        match select(pin!(self.next()), pin!(over)).await {
            Either::Left((event, _)) => Some(event),
            Either::Right(_) => None,
        }
    }
}

//! What goes wrong, and when: by chance in a life, or once at a given effect in a journey.
//! Every request and every commit is an effect with a number; before and after each the process may stand still or die.

use crate::chance::Chance;
use crate::points::{Point, Struck};
use mail_core::store::{Commit, Durability, StoreError};
use std::cell::{Cell, RefCell};

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// It never arrives.
    DropBefore,
    /// It is done, and the answer is lost.
    DropAfter,
    /// Another status; the work is done before or not at all.
    Status { code: u16, worked: bool, retry_after: Option<&'static str> },
    /// A page of HTML with status 200.
    Html { worked: bool },
    /// Half of the answer's bytes.
    Truncated,
    /// No bytes at all.
    Empty,
    /// A list without rows and without a link.
    NoRows,
    /// Every row twice.
    Twice,
    /// The rows in reverse order.
    Reversed,
    /// Rows that are somebody else's or nobody's: a lie.
    Foreign,
    /// A row is missing: a lie.
    Missing,
    /// What the same address answered earlier.
    Stale,
    /// It takes so many milliseconds.
    Slow(i64),
}

const REFUSALS: [Blow; 16] = [
    Blow::Status { code: 400, worked: false, retry_after: None },
    Blow::Status { code: 403, worked: false, retry_after: None },
    Blow::Status { code: 503, worked: false, retry_after: None },
    Blow::Status { code: 503, worked: true, retry_after: None },
    Blow::Status { code: 504, worked: false, retry_after: None },
    Blow::Status { code: 504, worked: true, retry_after: None },
    Blow::Status { code: 500, worked: false, retry_after: None },
    Blow::Status { code: 502, worked: true, retry_after: None },
    Blow::Status { code: 429, worked: false, retry_after: None },
    Blow::Status { code: 429, worked: false, retry_after: Some("3") },
    Blow::Status { code: 429, worked: true, retry_after: Some("1.5") },
    Blow::Status { code: 401, worked: false, retry_after: None },
    Blow::Status { code: 409, worked: false, retry_after: None },
    Blow::Status { code: 412, worked: false, retry_after: None },
    Blow::Status { code: 408, worked: true, retry_after: None },
    Blow::Status { code: 503, worked: false, retry_after: Some("Mon, 23 Nov 2026 09:30:00 GMT") },
];

/// A failure of a journey, made at exactly one effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    DroppedBefore,
    DroppedAfter,
    Unavailable,
    DeathBefore,
    DeathAfter,
    CommitFailed,
}

impl Failure {
    pub const ALL: [Self; 6] = [
        Self::DroppedBefore,
        Self::DroppedAfter,
        Self::Unavailable,
        Self::DeathBefore,
        Self::DeathAfter,
        Self::CommitFailed,
    ];
}

#[derive(Debug)]
pub enum Plan {
    /// Nothing goes wrong.
    Calm,
    /// Things go wrong by chance: shares in a thousand.
    Storm { chance: Chance, wire: u32, disk: u32, pause: u32, lies: bool },
    /// One effect fails.
    Nth { effect: u64, failure: Failure },
}

/// The source of everything that goes wrong.
pub struct Trouble {
    pub plan: RefCell<Plan>,
    effects: Cell<u64>,
    /// Whether the engine stands still at a point where it may die.
    pub paused: Cell<bool>,
    pub struck: RefCell<Struck>,
    /// Whether a page lied: only a new round of every folder can mend that.
    pub lied: Cell<bool>,
}

/// What an effect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Request,
    Commit,
    Read,
    Socket,
}

impl Trouble {
    pub fn new() -> Self {
        Self {
            plan: RefCell::new(Plan::Calm),
            effects: Cell::new(0),
            paused: Cell::new(false),
            struck: RefCell::new(Struck::default()),
            lied: Cell::new(false),
        }
    }

    pub fn strike(&self, point: Point) {
        self.struck.borrow_mut().note(point);
    }

    /// How many effects there were.
    pub fn effects(&self) -> u64 {
        self.effects.get()
    }

    /// An effect begins; its number.
    pub fn begin(&self, effect: Effect) -> u64 {
        let number = self.effects.get();
        if effect != Effect::Read {
            self.effects.set(number + 1);
        }
        number
    }

    /// Stands still where the plan says so, before (`done` false) or after effect `number`.
    pub async fn pause(&self, effect: Effect, number: u64, done: bool) {
        let stops = match &mut *self.plan.borrow_mut() {
            Plan::Calm => false,
            Plan::Storm { chance, pause, .. } => chance.permille(*pause),
            Plan::Nth { effect: nth, failure } => {
                let death = if done { Failure::DeathAfter } else { Failure::DeathBefore };
                effect != Effect::Read && *nth == number && *failure == death
            }
        };
        if stops {
            self.paused.set(true);
            let mut waited = false;
            std::future::poll_fn(|context| {
                if std::mem::replace(&mut waited, true) {
                    return std::task::Poll::Ready(());
                }
                context.waker().wake_by_ref();
                std::task::Poll::Pending
            })
            .await;
        }
    }

    /// What happens to a request; `delta`: it asks for changes, `list`: it is answered by rows.
    pub fn blow(&self, number: u64, delta: bool, list: bool) -> Option<Blow> {
        match &mut *self.plan.borrow_mut() {
            Plan::Calm => None,
            Plan::Nth { effect, failure } if *effect == number => match failure {
                Failure::DroppedBefore => Some(Blow::DropBefore),
                Failure::DroppedAfter => Some(Blow::DropAfter),
                Failure::Unavailable => Some(Blow::Status { code: 503, worked: false, retry_after: None }),
                Failure::DeathBefore | Failure::DeathAfter | Failure::CommitFailed => None,
            },
            Plan::Nth { .. } => None,
            Plan::Storm { chance, wire, lies, .. } => {
                if !chance.permille(*wire) {
                    return None;
                }
                Some(match chance.below(20) {
                    0..=2 => Blow::DropBefore,
                    3..=5 => Blow::DropAfter,
                    6 => Blow::Html { worked: chance.permille(500) },
                    7 => Blow::Truncated,
                    8 => Blow::Empty,
                    9 => Blow::Slow(chance.pick(&[200, 2000, 20_000]).copied().unwrap_or(200)),
                    10 if delta => Blow::Status { code: 410, worked: false, retry_after: None },
                    11 if list => Blow::Twice,
                    12 if list => Blow::Reversed,
                    13 if list => Blow::NoRows,
                    14 if delta => Blow::Stale,
                    15 if delta && *lies => Blow::Foreign,
                    16 if delta && *lies => Blow::Missing,
                    _ => chance.pick(&REFUSALS).copied().unwrap_or(Blow::DropBefore),
                })
            }
        }
    }

    /// How an event of the socket fails, if it does.
    pub fn event(&self, number: u64) -> Option<Failure> {
        match &*self.plan.borrow() {
            Plan::Nth { effect, failure } if *effect == number => Some(*failure),
            Plan::Calm | Plan::Storm { .. } | Plan::Nth { .. } => None,
        }
    }

    /// What happens to a commit instead of being written; time it takes, in milliseconds.
    pub fn commit(&self, number: u64, commit: &Commit) -> (Option<StoreError>, i64) {
        let strict = commit.durability == Durability::Strict;
        let failed = || StoreError::Failed("a put was aborted".to_owned());
        match &mut *self.plan.borrow_mut() {
            Plan::Calm => (None, 0),
            Plan::Nth { effect, failure } => (((*effect, *failure) == (number, Failure::CommitFailed)).then(failed), 0),
            Plan::Storm { chance, disk, .. } => {
                if !chance.permille(*disk) {
                    return (None, 0);
                }
                let (point, error, wait) = match chance.below(5) {
                    0 if strict => (Point::D3, Some(StoreError::Full), 0),
                    0 | 1 => (if strict { Point::D3 } else { Point::D2 }, Some(StoreError::Full), 0),
                    2 => (Point::D4, Some(StoreError::Lost), 0),
                    3 => (Point::D10, None, 5000),
                    _ => (Point::D1, Some(failed()), 0),
                };
                self.struck.borrow_mut().note(point);
                (error, wait)
            }
        }
    }

    /// Whether a read meets a record that cannot be read.
    pub fn read(&self) -> Option<StoreError> {
        match &mut *self.plan.borrow_mut() {
            Plan::Calm | Plan::Nth { .. } => None,
            Plan::Storm { chance, disk, .. } => (*disk > 0 && chance.below(400) == 0).then(|| {
                self.struck.borrow_mut().note(Point::D8);
                StoreError::Unreadable { part: "something" }
            }),
        }
    }
}

//! The one lane all requests take: closed while the server cannot be reached or asked for quiet, and slower
//! for what nobody waits for while the server is in trouble.

use super::flights::QUIET_SLOTS;
use super::{Engine, HEARTBEAT, Ports};
use crate::backoff::Backoff;
use crate::error::{Error, GraphError, Recovery, StoreError};
use crate::ports::Random;
use crate::protocol::{Change, Tell, Trouble};
use crate::time::Timestamp;
use std::cell::Cell;
use std::time::Duration;

/// A refused token is not replaced more often than this.
const RENEW_PAUSE: Duration = Duration::from_secs(15);

/// The one lane all requests to the mailbox take: when the server says wait, all of them wait.
#[derive(Debug)]
pub(super) struct Lane {
    pub closed_until: Timestamp,
    /// The server asked for quiet until then, whatever a person wants.
    pub busy_until: Timestamp,
    /// What nobody waits for has gone wrong and rests until then.
    pub quiet_until: Timestamp,
    pub quiet: Backoff,
    pub backoff: Backoff,
    /// Which departure was the first after the lane was closed or opened last. What left before and fails, fails for the same reason,
    /// which was noted.
    pub struck: u64,
    /// Something went wrong, and nothing has gone well since.
    pub in_trouble: bool,
    pub reachable: Option<bool>,
    /// Whether the server answered anything since this was last looked at.
    pub answered: Cell<bool>,
}

impl Lane {
    /// Open, and nothing known of the server.
    pub fn new() -> Self {
        Self {
            closed_until: Timestamp::default(),
            busy_until: Timestamp::default(),
            quiet_until: Timestamp::default(),
            quiet: Backoff::new(Duration::from_millis(500), Duration::from_secs(60)),
            backoff: Backoff::new(Duration::from_secs(1), Duration::from_secs(60)),
            struck: 0,
            in_trouble: false,
            reachable: None,
            answered: Cell::new(false),
        }
    }
}

impl<P: Ports + 'static> Engine<P> {
    /// A person acts: an unreachable server is tried again at once, a busy one is not.
    pub(super) fn open_lane_for_the_person(&mut self) {
        if self.lane.reachable == Some(false) {
            self.lane.closed_until = self.lane.busy_until.max(self.now());
        }
    }

    pub(super) fn reached(&mut self) {
        self.lane.reachable = Some(true);
        self.lane.in_trouble = false;
        self.lane.backoff.succeed();
    }

    /// Whether something that nobody waits for may leave. A server in trouble is asked one thing at a time.
    pub(super) fn has_quiet_room(&self) -> bool {
        self.flights.count() < if self.lane.in_trouble { 1 } else { QUIET_SLOTS }
    }

    /// Notes an error that concerns every request, and says whether it was one. It is of the departure `left`.
    pub(super) fn lane_took(&mut self, error: &Error, left: u64) -> bool {
        let now = self.now();
        self.lane.in_trouble = true;
        let was_noted = left < self.lane.struck;
        if !was_noted && !matches!(error, Error::Net(_) | Error::Auth(_) | Error::Store(_)) {
            // A refusal is an answer: the server is there.
            self.lane.reachable = Some(true);
        }
        match error.recovery() {
            Recovery::Offline if was_noted => {}
            Recovery::Offline => {
                self.lane.reachable = Some(false);
                self.close_lane(now);
            }
            Recovery::Retry { after: Some(wait) } => {
                let opens = now.after(wait.clamp(Duration::from_secs(1), Duration::from_secs(3600)));
                // Of several refusals at a time the longest wait counts.
                self.lane.closed_until = if was_noted { opens.max(self.lane.closed_until) } else { opens };
                self.lane.busy_until = self.lane.closed_until;
                self.lane.struck = self.next_departure();
            }
            Recovery::Retry { after: None } if is_throttle(error) => {
                if !was_noted {
                    self.close_lane(now);
                }
            }
            // It left with the token before this one.
            Recovery::Renew if left < self.token_since => {}
            Recovery::Renew => {
                self.access = None;
                if self.renewed_at.is_some_and(|at| now.since(at) < RENEW_PAUSE) {
                    // A token fresh from the authority was refused: another one would be, too.
                    self.lane.closed_until = now.after(RENEW_PAUSE);
                }
            }
            Recovery::SignIn => {
                self.sign_in_needed = true;
                self.changed(Change::Account);
            }
            Recovery::Reload | Recovery::FreeSpace | Recovery::Bug => {
                if let Error::Store(error) = error {
                    self.store_failed(error);
                }
            }
            Recovery::Retry { after: None } | Recovery::Resync | Recovery::Gone | Recovery::Blocked(_) => return false,
        }
        true
    }

    /// Closes the lane for ever longer.
    fn close_lane(&mut self, now: Timestamp) {
        self.lane.closed_until = now.after(self.lane.backoff.fail(self.ports.random().number()));
        self.lane.struck = self.next_departure();
    }

    pub(super) fn store_failed(&mut self, error: &StoreError) {
        match error {
            StoreError::Fenced | StoreError::Lost => self.deposed = true,
            StoreError::Full => self.tells.push(Tell::Trouble(Trouble::DeviceFull)),
            StoreError::Refused => self.tells.push(Tell::Trouble(Trouble::StoreRefused)),
            StoreError::Unreadable { .. } | StoreError::Failed(_) => {
                self.tells.push(Tell::Trouble(Trouble::Unexpected(error.to_string())))
            }
        }
        self.lane.closed_until = self.now().after(HEARTBEAT);
    }
}

pub(super) fn is_throttle(error: &Error) -> bool {
    matches!(error, Error::Graph(GraphError::Refused { status: 429 | 503, .. }) | Error::Auth(_))
}

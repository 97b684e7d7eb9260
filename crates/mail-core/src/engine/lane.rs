//! The one lane all requests take: closed while the server cannot be reached or asked for quiet, and slower
//! for what nobody waits for while the server is in trouble.

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
            reachable: None,
            answered: Cell::new(false),
        }
    }
}

impl<P: Ports> Engine<P> {
    /// A person acts: an unreachable server is tried again at once, a busy one is not.
    pub(super) fn open_lane_for_the_person(&mut self) {
        if self.lane.reachable == Some(false) {
            self.lane.closed_until = self.lane.busy_until.max(self.now());
        }
    }

    pub(super) fn reached(&mut self) {
        self.lane.reachable = Some(true);
        self.lane.backoff.succeed();
    }

    /// Notes an error that concerns every request, and says whether it was one.
    pub(super) fn lane_took(&mut self, error: &Error) -> bool {
        let now = self.now();
        if !matches!(error, Error::Net(_) | Error::Auth(_) | Error::Store(_)) {
            // A refusal is an answer: the server is there.
            self.lane.reachable = Some(true);
        }
        match error.recovery() {
            Recovery::Offline => {
                self.lane.reachable = Some(false);
                let wait = self.lane.backoff.fail(self.ports.random().number());
                self.lane.closed_until = now.after(wait);
            }
            Recovery::Retry { after: Some(wait) } => {
                self.lane.closed_until = now.after(wait.clamp(Duration::from_secs(1), Duration::from_secs(3600)));
                self.lane.busy_until = self.lane.closed_until;
            }
            Recovery::Retry { after: None } if is_throttle(error) => {
                let wait = self.lane.backoff.fail(self.ports.random().number());
                self.lane.closed_until = now.after(wait);
            }
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

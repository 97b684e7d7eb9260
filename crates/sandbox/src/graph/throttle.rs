//! What Graph allows one app in one mailbox: so many requests at a time, and so many in ten minutes.
//! Refused requests count too, as with Graph, so a client that only repeats itself stays refused.

use std::collections::{BTreeMap, VecDeque};

use http::Request;

use crate::chance::Chance;
use crate::cors::Cors;
use crate::entra::Grant;
use crate::flights::{Flight, is_mailbox};
use crate::graph::quota::Quota;
use crate::graph::refusal::Refusal;
use crate::sandbox::Sandbox;
use crate::time::http_date;
use crate::web::{self, Answer};

/// How a wait is spelt in `Retry-After`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Spelling {
    #[default]
    Seconds,
    /// As in Graph's own example, `2.128`.
    Fraction,
    Date,
    /// Not at all.
    Absent,
}

/// All limits, and what was used of them.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Requests at a time.
    pub(crate) concurrent: usize,
    /// Requests in a window.
    pub(crate) requests: usize,
    pub(crate) window_ms: i64,
    /// Bytes of a request's body.
    pub(crate) body_bytes: usize,
    /// Bytes of a message with everything in it.
    pub(crate) message_bytes: usize,
    pub(crate) sends_per_minute: usize,
    pub(crate) recipients_per_day: usize,
    /// Full mailboxes, by their owner's object id.
    pub(crate) quotas: BTreeMap<&'static str, Quota>,
    pub(crate) latency_ms: u64,
    pub(crate) jitter_ms: u64,
    pub(crate) retry_after: Spelling,
    pub(crate) cors: Cors,
    /// When the latest requests of an app in a mailbox came; as many as a window may hold.
    recent: BTreeMap<(&'static str, String), VecDeque<i64>>,
    /// When somebody sent, and to how many.
    pub(crate) sent: BTreeMap<&'static str, VecDeque<(i64, usize)>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrent: 4,
            requests: 10_000,
            window_ms: 600_000,
            body_bytes: 4 * 1024 * 1024,
            message_bytes: 35 * 1024 * 1024,
            sends_per_minute: 30,
            recipients_per_day: 10_000,
            quotas: BTreeMap::new(),
            latency_ms: 0,
            jitter_ms: 0,
            retry_after: Spelling::Seconds,
            cors: Cors::default(),
            recent: BTreeMap::new(),
            sent: BTreeMap::new(),
        }
    }
}

impl Limits {
    /// How slow Graph is this time.
    pub(crate) fn latency(&self, chance: &mut Chance) -> u64 {
        let most = usize::try_from(self.jitter_ms).unwrap_or(usize::MAX).saturating_add(1);
        self.latency_ms.saturating_add(u64::try_from(chance.below(most)).unwrap_or(0))
    }

    /// Counts a request; the error is how many milliseconds the app must wait.
    fn count(&mut self, who: (&'static str, String), now_ms: i64) -> Result<(), i64> {
        let recent = self.recent.entry(who).or_default();
        recent.push_back(now_ms);
        // The request itself is one more than the window may hold.
        while recent.len() > self.requests.saturating_add(1) {
            recent.pop_front();
        }
        match recent.front() {
            Some(first) if recent.len() > self.requests && first.saturating_add(self.window_ms) > now_ms => {
                Err(first.saturating_add(self.window_ms) - now_ms)
            }
            Some(_) | None => Ok(()),
        }
    }

    fn spell(&self, wait_ms: i64, now_ms: i64) -> Option<String> {
        match self.retry_after {
            Spelling::Seconds => Some((wait_ms.max(0) + 999).div_euclid(1000).max(1).to_string()),
            Spelling::Fraction => {
                let wait_ms = wait_ms.max(1);
                Some(format!("{}.{:03}", wait_ms.div_euclid(1000), wait_ms.rem_euclid(1000)))
            }
            Spelling::Date => Some(http_date(now_ms + wait_ms.max(0) + 999)),
            Spelling::Absent => None,
        }
    }
}

/// Refuses a request that is one too many, or too large.
pub(super) fn admit(
    sandbox: &mut Sandbox,
    request: &Request<Vec<u8>>,
    grant: &Grant,
    now_ms: i64,
) -> Result<(), Refusal> {
    if request.body().len() > sandbox.limits.body_bytes {
        return Err(Refusal::BodyTooLarge);
    }
    if !is_mailbox(request.uri().path()) {
        return Ok(());
    }
    let who = (grant.person.object_id, grant.client.clone());
    sandbox.limits.count(who, now_ms).map_err(Refusal::TooManyRequests)?;
    let others = request.extensions().get::<Flight>().map_or(0, |flight| sandbox.flights.taken_by_others(*flight));
    if others >= sandbox.limits.concurrent {
        return Err(Refusal::TooManyAtOnce);
    }
    Ok(())
}

/// A refusal as an answer, with the time to wait where there is one.
pub(super) fn refused(
    sandbox: &Sandbox,
    refusal: &Refusal,
    (request_id, client_request_id): (&str, &str),
    date: &str,
    now_ms: i64,
) -> Answer {
    let mut answer = refusal.answer(request_id, client_request_id, date);
    if let Some(wait) = refusal.wait_ms().and_then(|wait_ms| sandbox.limits.spell(wait_ms, now_ms)) {
        web::set(&mut answer, "retry-after", &wait);
    }
    answer
}

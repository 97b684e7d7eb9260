//! What carries notifications: those that wait, those on their way to endpoints, and the record of all that left.
//! The library sends nothing itself: what is to go out over HTTP is handed to the server as a value.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use http::{HeaderMap, Request, Response};
use serde_json::{Value, json};

use crate::chance::base64;
use crate::graph::Outcome;
use crate::hub::dials::{NoticeDials, RuleDials};
use crate::hub::endpoint::Endpoint;
use crate::hub::notify::Notice;
use crate::hub::pending::Pending;
use crate::hub::rich::Reader;
use crate::time::iso_millis;

/// The record holds this many requests; older ones are forgotten.
const MOST_ROWS: usize = 10_000;

/// A request of the sandbox's own that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutgoingId(pub(crate) u64);

/// A request the sandbox wants sent, to this machine only.
#[derive(Debug)]
pub struct Outgoing {
    /// What the answer is to be brought back under.
    pub id: OutgoingId,
    /// The request, its address whole.
    pub request: Request<Vec<u8>>,
    /// After so many milliseconds without an answer there will be none.
    pub patience_ms: i64,
}

/// Why a request is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Errand {
    /// To see that an endpoint wants notifications.
    Validate { ticket: String, token: String },
    /// To bring changes to a webhook.
    Notify { subscriptions: BTreeSet<String> },
    /// To bring a lifecycle event to a webhook.
    Lifecycle { subscription: String },
    /// To bring a change to a browser.
    Push { subscription: String },
}

impl Errand {
    fn word(&self) -> &'static str {
        match self {
            Self::Validate { .. } => "validation",
            Self::Notify { .. } => "notification",
            Self::Lifecycle { .. } => "lifecycle",
            Self::Push { .. } => "push",
        }
    }

    fn subscriptions(&self) -> Vec<&str> {
        match self {
            Self::Validate { .. } => Vec::new(),
            Self::Notify { subscriptions } => subscriptions.iter().map(String::as_str).collect(),
            Self::Lifecycle { subscription } | Self::Push { subscription } => vec![subscription],
        }
    }
}

/// A request and how far it is.
pub(super) struct Job {
    pub(super) errand: Errand,
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    pub(super) first_ms: i64,
    pub(super) tries: u32,
    /// Since when it is out; none while it waits for its next try.
    pub(super) out_since_ms: Option<i64>,
    pub(super) due_ms: i64,
}

/// An endpoint that the sandbox plays itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Played {
    /// What its addresses begin with.
    pub(crate) prefix: String,
    pub(crate) status: u16,
    /// Whether it echoes validation tokens.
    pub(crate) echo: bool,
}

/// Everything between a change and those who want to hear of it.
#[derive(Default)]
pub(crate) struct Courier {
    pub(crate) notices: NoticeDials,
    pub(crate) rules: RuleDials,
    pub(crate) played: Vec<Played>,
    /// Notices that are not due yet, by time and then by order.
    pub(super) feed: BTreeMap<(i64, u64), Notice>,
    pub(super) jobs: BTreeMap<u64, Job>,
    pub(super) due: BTreeSet<(i64, u64)>,
    pub(super) ready: Vec<Outgoing>,
    pub(super) endpoints: BTreeMap<String, Endpoint>,
    pub(super) pending: BTreeMap<String, Pending>,
    pub(super) settled: Vec<(String, Response<Vec<u8>>)>,
    /// What became of a call before its answer was held back.
    pub(super) outcomes: BTreeMap<String, Outcome>,
    /// Headers of answers that are held back, and the requests' places in the log.
    pub(super) held: BTreeMap<String, (HeaderMap, u64)>,
    pub(super) readers: BTreeMap<&'static str, Reader>,
    rows: VecDeque<Value>,
    counter: u64,
}

impl Courier {
    /// A number nobody had before.
    pub(super) fn number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// When something here is due.
    pub(crate) fn next_due(&self) -> Option<i64> {
        let feed = self.feed.first_key_value().map(|((at, _), _)| *at);
        let job = self.due.first().map(|(at, _)| *at);
        [feed, job].into_iter().flatten().min()
    }

    /// Puts a request back among those that are not done.
    pub(super) fn keep(&mut self, id: u64, job: Job) {
        self.due.insert((job.due_ms, id));
        self.jobs.insert(id, job);
    }

    /// Takes a request out; its due time goes with it.
    pub(super) fn take(&mut self, id: u64) -> Option<Job> {
        let job = self.jobs.remove(&id)?;
        self.due.remove(&(job.due_ms, id));
        Some(job)
    }

    /// Notes one try of a request; no status means that no answer came.
    pub(super) fn note(&mut self, job: &Job, status: Option<u16>, now_ms: i64) {
        let body = match std::str::from_utf8(&job.body) {
            Ok(text) => json!(text),
            Err(_) => json!({"base64": base64(&job.body)}),
        };
        let headers: BTreeMap<&str, &str> = job.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.rows.push_back(json!({
            "at": iso_millis(now_ms),
            "kind": job.errand.word(),
            "url": job.url,
            "subscriptions": job.errand.subscriptions(),
            "try": job.tries,
            "status": status,
            "headers": headers,
            "body": body,
        }));
        if self.rows.len() > MOST_ROWS {
            self.rows.pop_front();
        }
    }

    pub(crate) fn take_ready(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.ready)
    }

    pub(crate) fn take_settled(&mut self) -> Vec<(String, Response<Vec<u8>>)> {
        std::mem::take(&mut self.settled)
    }

    /// Keeps the headers of an answer that is held back, and its request's place in the log.
    pub(crate) fn hold(&mut self, ticket: &str, headers: HeaderMap, entry: u64) {
        self.held.insert(ticket.to_owned(), (headers, entry));
    }

    /// The record of requests that left, oldest first.
    pub(crate) fn rows(&self) -> Value {
        self.rows.iter().cloned().collect()
    }

    pub(crate) fn forget_rows(&mut self) {
        self.rows.clear();
    }

    /// Forgets everything that is under way; dials and played endpoints go back to their rest as well.
    pub(crate) fn reset(&mut self) {
        let settled = std::mem::take(&mut self.settled);
        let counter = self.counter;
        *self = Self { settled, counter, ..Self::default() };
    }
}

//! Requests the sandbox makes itself: to webhooks and to browsers' push services, tried again until they are taken.
//! Only this machine is ever reached; known push services and endpoints a test names are played here.

use std::net::IpAddr;

use http::{Request, Response, Uri};

use crate::hub::courier::{Errand, Job, Outgoing, OutgoingId};
use crate::hub::endpoint::Standing;
use crate::hub::lifecycle::{self, Lifecycle};
use crate::hub::{pending, web_push};
use crate::sandbox::Sandbox;
use crate::web::{self, Answer};

/// Name of the header by which the library says that an answer is not there yet;
/// its value is the ticket under which `Sandbox::take_settled` gives it out.
pub const WAIT: &str = "x-sandbox-wait";

/// A webhook has so long at the first try, and so long later.
const FIRST_PATIENCE_MS: i64 = 3_000;
const PATIENCE_MS: i64 = 10_000;
/// The first pause between tries; each next one is twice as long.
const FIRST_PAUSE_MS: i64 = 10_000;
const LONGEST_PAUSE_MS: i64 = 30 * 60_000;
/// What was not taken after so long is lost.
pub(super) const GIVE_UP_MS: i64 = 4 * 3_600_000;
/// What a slow endpoint's notifications wait.
const SLOW_MS: i64 = 600_000;

/// Whether an address is on this machine.
pub(crate) fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.ends_with(".localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Sends a request, now or when its endpoint's standing allows it.
pub(super) fn start(
    sandbox: &mut Sandbox,
    errand: Errand,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    now_ms: i64,
) {
    let id = sandbox.courier.number();
    let mut job = Job { errand, url, headers, body, first_ms: now_ms, tries: 0, out_since_ms: None, due_ms: now_ms };
    let standing = match job.errand {
        Errand::Notify { .. } => standing(sandbox, &job.url, now_ms),
        Errand::Validate { .. } | Errand::Lifecycle { .. } | Errand::Push { .. } => Standing::Good,
    };
    match standing {
        Standing::Good => attempt(sandbox, id, job, now_ms),
        Standing::Slow => {
            job.due_ms = now_ms + SLOW_MS;
            sandbox.courier.keep(id, job);
        }
        Standing::Drop => lost(sandbox, &job.errand, now_ms),
    }
}

/// Endpoints are judged by address without the query.
fn place(url: &str) -> String {
    url.split('?').next().unwrap_or_default().to_owned()
}

fn standing(sandbox: &Sandbox, url: &str, now_ms: i64) -> Standing {
    sandbox.courier.endpoints.get(&place(url)).map_or(Standing::Good, |endpoint| endpoint.standing(now_ms))
}

fn attempt(sandbox: &mut Sandbox, id: u64, mut job: Job, now_ms: i64) {
    job.tries += 1;
    let patience_ms = match job.errand {
        Errand::Validate { .. } => PATIENCE_MS,
        Errand::Notify { .. } | Errand::Lifecycle { .. } | Errand::Push { .. } if job.tries > 1 => PATIENCE_MS,
        Errand::Notify { .. } | Errand::Lifecycle { .. } | Errand::Push { .. } => FIRST_PATIENCE_MS,
    };
    job.out_since_ms = Some(now_ms);
    job.due_ms = now_ms + patience_ms;
    match reach(sandbox, &job) {
        Reach::Machine(request) => {
            sandbox.courier.ready.push(Outgoing { id: OutgoingId(id), request, patience_ms });
            sandbox.courier.keep(id, job);
        }
        Reach::Played(answer) => ended(sandbox, id, job, Some(&answer), now_ms),
        Reach::Nowhere => {
            let unreachable = web::empty(502);
            ended(sandbox, id, job, Some(&unreachable), now_ms);
        }
    }
}

/// How an address can be reached.
enum Reach {
    Machine(Request<Vec<u8>>),
    Played(Answer),
    Nowhere,
}

fn reach(sandbox: &Sandbox, job: &Job) -> Reach {
    if let Some(played) = sandbox.courier.played.iter().find(|played| job.url.starts_with(&played.prefix)) {
        return Reach::Played(match &job.errand {
            Errand::Validate { token, .. } if played.echo => {
                web::answer(200, "text/plain; charset=utf-8", token.as_bytes().to_vec())
            }
            Errand::Validate { .. } | Errand::Notify { .. } | Errand::Lifecycle { .. } | Errand::Push { .. } => {
                web::empty(played.status)
            }
        });
    }
    let Ok(uri) = job.url.parse::<Uri>() else {
        return Reach::Nowhere;
    };
    if is_loopback(&uri) && uri.scheme_str() == Some("http") {
        let mut request = Request::post(uri);
        for (name, value) in &job.headers {
            request = request.header(*name, value);
        }
        return request.body(job.body.clone()).map_or(Reach::Nowhere, Reach::Machine);
    }
    if web_push::is_service(&uri, &[]) { Reach::Played(web::empty(201)) } else { Reach::Nowhere }
}

/// What came back for a request; none means that nothing did.
pub(crate) fn answered(sandbox: &mut Sandbox, id: u64, answer: Option<&Response<Vec<u8>>>, now_ms: i64) {
    // An answer that comes too late finds its request waiting for the next try, or gone.
    let out = sandbox.courier.jobs.get(&id).is_some_and(|job| job.out_since_ms.is_some());
    if out && let Some(job) = sandbox.courier.take(id) {
        ended(sandbox, id, job, answer, now_ms);
    }
}

/// Ends what nobody answered in time, and tries again what is due.
pub(crate) fn tick(sandbox: &mut Sandbox, now_ms: i64) {
    while let Some((_, id)) = sandbox.courier.due.first().copied().filter(|(due, _)| *due <= now_ms) {
        let Some(job) = sandbox.courier.take(id) else {
            return;
        };
        if job.out_since_ms.is_some() {
            ended(sandbox, id, job, None, now_ms);
        } else {
            attempt(sandbox, id, job, now_ms);
        }
    }
}

fn ended(sandbox: &mut Sandbox, id: u64, job: Job, answer: Option<&Response<Vec<u8>>>, now_ms: i64) {
    let status = answer.map(|answer| answer.status().as_u16());
    sandbox.courier.note(&job, status, now_ms);
    let took_ms = now_ms - job.out_since_ms.unwrap_or(now_ms);
    let taken = status.is_some_and(|status| (200..300).contains(&status));
    match &job.errand {
        Errand::Validate { ticket, token } => {
            let (ticket, token) = (ticket.clone(), token.clone());
            pending::judge(sandbox, &ticket, &token, answer, now_ms);
        }
        Errand::Push { subscription } if matches!(status, Some(404 | 410)) => {
            // The browser unsubscribed: nobody will ever hear of this again.
            sandbox.subscriptions.remove(subscription);
        }
        // The push service will not take this one, however often it is tried.
        Errand::Push { .. } if matches!(status, Some(400 | 413)) => {}
        Errand::Push { .. } | Errand::Lifecycle { .. } if taken => {}
        Errand::Notify { .. } => {
            sandbox.courier.endpoints.entry(place(&job.url)).or_default().note(now_ms, took_ms);
            if !taken {
                again(sandbox, id, job, now_ms);
            }
        }
        Errand::Push { .. } | Errand::Lifecycle { .. } => again(sandbox, id, job, now_ms),
    }
}

fn again(sandbox: &mut Sandbox, id: u64, mut job: Job, now_ms: i64) {
    let doublings = job.tries.saturating_sub(1).min(16);
    let pause_ms = (FIRST_PAUSE_MS << doublings).min(LONGEST_PAUSE_MS);
    if now_ms + pause_ms > job.first_ms + GIVE_UP_MS {
        lost(sandbox, &job.errand, now_ms);
        return;
    }
    job.out_since_ms = None;
    job.due_ms = now_ms + pause_ms;
    sandbox.courier.keep(id, job);
}

/// Notifications that could not be brought: their subscribers are told that they missed something.
fn lost(sandbox: &mut Sandbox, errand: &Errand, now_ms: i64) {
    let subscriptions = match errand {
        Errand::Notify { subscriptions } => subscriptions.clone(),
        Errand::Validate { .. } | Errand::Lifecycle { .. } | Errand::Push { .. } => return,
    };
    for id in subscriptions {
        lifecycle::tell(sandbox, &id, Lifecycle::Missed, false, now_ms);
    }
}

/// Everything under way is forgotten, and calls that wait for a validation are refused.
pub(crate) fn reset(sandbox: &mut Sandbox, now_ms: i64) {
    pending::give_up(sandbox, now_ms);
    sandbox.courier.reset();
}

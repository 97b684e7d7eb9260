//! `$batch`: up to twenty requests in one, each with a status, headers and body of its own.
//! The steps go four at a time to the mailbox, so a batch that is not alone gets part of its steps refused.

mod step;

use std::collections::{BTreeMap, BTreeSet};

use http::Request;
use serde_json::{Value, json};

use crate::chance::{Chance, digest};
use crate::control::then::Deed;
use crate::flights::{Flight, is_mailbox};
use crate::graph::batch::step::Step;
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, throttle};
use crate::sandbox::Sandbox;
use crate::time::iso_bare;
use crate::web::{self, Answer};

/// Steps a batch may hold.
const MOST: usize = 20;
/// Steps that go to the mailbox at the same time.
const AT_ONCE: usize = 4;

/// Whether a path below the version is the batch endpoint.
pub(super) fn is_batch(segments: &[String]) -> bool {
    matches!(segments, [one] if one.eq_ignore_ascii_case("$batch"))
}

/// Carries out a batch.
pub(super) fn run(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, version: &str, now_ms: i64) -> Outcome {
    if request.method() != http::Method::POST {
        return Err(Refusal::MethodNotAllowed);
    }
    if request.body().len() > sandbox.limits.body_bytes {
        return Err(Refusal::BodyTooLarge);
    }
    let steps = read(request.body())?;
    let flight = request.extensions().get::<Flight>().copied();
    let others = flight.map_or(0, |flight| sandbox.flights.taken_by_others(flight));
    if let Some(flight) = flight {
        let places = steps.iter().filter(|step| is_mailbox(&step.path(version))).count();
        sandbox.flights.takes(flight, places.min(AT_ONCE));
    }
    let room = sandbox.limits.concurrent.saturating_sub(others);
    let mut answers: BTreeMap<&str, Answer> = BTreeMap::new();
    let mut waiting: Vec<&Step> = steps.iter().collect();
    while !waiting.is_empty() {
        let (ready, rest): (Vec<&Step>, Vec<&Step>) =
            waiting.iter().partition(|step| step.depends_on.iter().all(|id| answers.contains_key(id.as_str())));
        for wave in ready.chunks(AT_ONCE) {
            let mut places = room;
            for step in wave {
                let path = step.path(version);
                let answer = if step.depends_on.iter().any(|id| failed(answers.get(id.as_str()))) {
                    refuse(sandbox, &Refusal::FailedDependency, now_ms)
                } else if places == 0 && is_mailbox(&path) {
                    refuse(sandbox, &Refusal::TooManyAtOnce, now_ms)
                } else {
                    places = places.saturating_sub(usize::from(is_mailbox(&path)));
                    carry_out(sandbox, request, step, version, now_ms)
                };
                answers.insert(&step.id, answer);
            }
        }
        waiting = rest;
    }
    let mut rows: Vec<Value> = answers.iter().map(|(id, answer)| step::shown(id, answer)).collect();
    shuffle(&mut rows, sandbox);
    Ok(web::json(200, &json!({ "responses": rows })))
}

/// Reads a whole batch; one bad step spoils it, and nothing is done.
fn read(body: &[u8]) -> Result<Vec<Step>, Refusal> {
    let body: Value =
        serde_json::from_slice(body).map_err(|_| malformed("Unable to read JSON request payload.".to_owned()))?;
    let requests = web::member(&body, "requests")
        .and_then(Value::as_array)
        .filter(|requests| !requests.is_empty())
        .ok_or_else(|| malformed("Invalid batch payload format.".to_owned()))?;
    if requests.len() > MOST {
        return Err(malformed(format!("Number of batch request steps exceeds max value of {MOST}.")));
    }
    let steps: Vec<Step> = requests.iter().map(step::read).collect::<Result<_, _>>()?;
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    if let Some(twice) = steps.iter().find(|step| !ids.insert(&step.id)) {
        return Err(malformed(format!("Request Ids should be unique. Duplicate request id: {}", twice.id)));
    }
    for step in &steps {
        if let Some(unknown) = step.depends_on.iter().find(|id| !ids.contains(id.as_str())) {
            return Err(malformed(format!("Request {} depends on '{unknown}', which is not in the batch.", step.id)));
        }
    }
    check_order(&steps)?;
    Ok(steps)
}

/// Refuses steps that wait for each other.
fn check_order(steps: &[Step]) -> Result<(), Refusal> {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    loop {
        let before = done.len();
        for step in steps {
            if step.depends_on.iter().all(|id| done.contains(id.as_str())) {
                done.insert(&step.id);
            }
        }
        if done.len() == steps.len() {
            return Ok(());
        }
        if done.len() == before {
            return Err(malformed("The dependsOn of the batch's requests form a circle.".to_owned()));
        }
    }
}

fn malformed(text: String) -> Refusal {
    Refusal::BadRequest(text)
}

fn failed(answer: Option<&Answer>) -> bool {
    answer.is_none_or(|answer| answer.status().as_u16() >= 400)
}

fn carry_out(sandbox: &mut Sandbox, outer: &Request<Vec<u8>>, step: &Step, version: &str, now_ms: i64) -> Answer {
    let request = match step.request(outer.headers(), version) {
        Ok(request) => request,
        Err(refusal) => return refuse(sandbox, &refusal, now_ms),
    };
    if waits_for_a_webhook(&request) {
        let refusal = malformed("A webhook is validated outside of a batch.".to_owned());
        return refuse(sandbox, &refusal, now_ms);
    }
    if let Some(Deed::Instead { status, headers, body, worked }) =
        sandbox.faults.judge_step(&request).map(|blow| blow.deed)
    {
        if worked {
            super::handle(sandbox, &request, now_ms);
        }
        let mut answer = web::empty(status);
        *answer.body_mut() = body;
        crate::control::spoil::add_headers(&mut answer, &headers);
        return answer;
    }
    super::handle(sandbox, &request, now_ms)
}

/// Whether a step would have to wait until somebody else answered, which a batch cannot.
fn waits_for_a_webhook(request: &Request<Vec<u8>>) -> bool {
    let is_subscription = request.uri().path().trim_end_matches('/').to_ascii_lowercase().ends_with("/subscriptions");
    if !is_subscription || request.method() != http::Method::POST {
        return false;
    }
    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    let url = web::member(&body, "notificationUrl").and_then(Value::as_str);
    url.is_some_and(|url| !url.to_ascii_lowercase().starts_with("websockets:"))
}

fn refuse(sandbox: &mut Sandbox, refusal: &Refusal, now_ms: i64) -> Answer {
    let id = sandbox.fresh_guid("request");
    throttle::refused(sandbox, refusal, (&id, &id), &iso_bare(now_ms), now_ms)
}

/// Graph promises no order, so that nobody may rely on one.
fn shuffle(rows: &mut [Value], sandbox: &mut Sandbox) {
    let name = sandbox.fresh_guid("batch");
    let seed = digest(&[name.as_bytes()]).iter().take(8).fold(0, |seed, byte| (seed << 8) | u64::from(*byte));
    let mut chance = Chance::new(seed);
    for at in (1..rows.len()).rev() {
        rows.swap(at, chance.below(at + 1));
    }
}

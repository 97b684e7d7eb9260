//! Subscriptions that wait for their endpoints to answer the validation request.
//! The call that asked for one is held open by the server meanwhile: its answer comes out here.

use http::{HeaderMap, Response};
use serde_json::Value;

use crate::graph::refusal::Refusal;
use crate::graph::subscription::Subscription;
use crate::graph::{self, Outcome};
use crate::hub::courier::Errand;
use crate::hub::lifecycle;
use crate::hub::outgoing::{self, WAIT};
use crate::sandbox::Sandbox;
use crate::time::iso_bare;
use crate::web::{self, Answer, header};

/// A subscription that is not confirmed yet.
pub(crate) struct Pending {
    subscription: Box<Subscription>,
    /// What the call gets when all goes well: 201 for a new one, 200 for a changed one.
    status: u16,
    base: String,
    /// Endpoints that have not answered.
    left: usize,
}

/// Asks every endpoint whether it wants notifications. The answer is the outcome where it is known at once,
/// else one that names the ticket under which the server gets it later.
pub(crate) fn begin(
    sandbox: &mut Sandbox,
    subscription: Subscription,
    status: u16,
    base: &str,
    urls: &[String],
    now_ms: i64,
) -> Outcome {
    let ticket = sandbox.secret("validation");
    let pending = Pending { subscription: Box::new(subscription), status, base: base.to_owned(), left: urls.len() };
    sandbox.courier.pending.insert(ticket.clone(), pending);
    for url in urls {
        let request_id = sandbox.fresh_guid("validation");
        let token =
            format!("Validation: Testing client application reachability for subscription Request-Id: {request_id}");
        let mark = if url.contains('?') { '&' } else { '?' };
        let asked = format!("{url}{mark}validationToken={}", form_encode(&token));
        let headers =
            vec![("content-type", "text/plain; charset=utf-8".to_owned()), ("accept", "text/plain".to_owned())];
        outgoing::start(
            sandbox,
            Errand::Validate { ticket: ticket.clone(), token },
            asked,
            headers,
            Vec::new(),
            now_ms,
        );
    }
    if let Some(outcome) = sandbox.courier.outcomes.remove(&ticket) {
        return outcome;
    }
    let mut answer = timed_out().answer("", "", &iso_bare(now_ms));
    web::set(&mut answer, WAIT, &ticket);
    Ok(answer)
}

/// Form encoding as the service writes it: a plus for a blank, escapes in lower case.
fn form_encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'-' | b'.' | b'_' => out.push(char::from(byte)),
            other if other.is_ascii_alphanumeric() => out.push(char::from(other)),
            other => out.push_str(&format!("%{other:02x}")),
        }
    }
    out
}

fn timed_out() -> Refusal {
    Refusal::SubscriptionUnvalidated("Subscription validation request timed out.".to_owned())
}

/// Judges what an endpoint answered to a validation request; none is no answer in time.
pub(super) fn judge(sandbox: &mut Sandbox, ticket: &str, token: &str, answer: Option<&Response<Vec<u8>>>, now_ms: i64) {
    let failed =
        |text: &str| Some(Refusal::SubscriptionUnvalidated(format!("Subscription validation request failed. {text}")));
    let refusal = match answer {
        None => Some(timed_out()),
        // Nobody there: the answer that stands for it says nothing of its own.
        Some(answer) if answer.status() == http::StatusCode::BAD_GATEWAY => {
            failed("Notification endpoint must respond with 200 OK to validation request.")
        }
        Some(answer) if answer.status() != http::StatusCode::OK => failed(&format!(
            "HTTP status code is '{}'. Notification endpoint must respond with 200 OK to validation request.",
            answer.status().canonical_reason().unwrap_or("Unknown").replace(' ', "")
        )),
        Some(answer) => {
            let plain = header(answer.headers(), "content-type")
                .is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with("text/plain"));
            match (plain, answer.body() == token.as_bytes()) {
                (true, true) => None,
                (false, _) => failed("Response must have the content type text/plain."),
                (true, false) => failed("Response must exactly match validationToken query parameter."),
            }
        }
    };
    let Some(pending) = sandbox.courier.pending.get_mut(ticket) else {
        return;
    };
    pending.left = pending.left.saturating_sub(1);
    if pending.left == 0 || refusal.is_some() {
        finish(sandbox, ticket, refusal, now_ms);
    }
}

/// Refuses everything that still waits.
pub(super) fn give_up(sandbox: &mut Sandbox, now_ms: i64) {
    let tickets: Vec<String> = sandbox.courier.pending.keys().cloned().collect();
    for ticket in tickets {
        finish(sandbox, &ticket, Some(timed_out()), now_ms);
    }
}

fn finish(sandbox: &mut Sandbox, ticket: &str, refusal: Option<Refusal>, now_ms: i64) {
    let Some(pending) = sandbox.courier.pending.remove(ticket) else {
        return;
    };
    let outcome = match refusal {
        Some(refusal) => Err(refusal),
        None => confirm(sandbox, pending, now_ms),
    };
    match sandbox.courier.held.remove(ticket) {
        Some((headers, entry)) => {
            let response = dressed(outcome, &headers, now_ms);
            sandbox.log.end(entry, response.status().as_u16());
            sandbox.courier.settled.push((ticket.to_owned(), response));
        }
        None => {
            sandbox.courier.outcomes.insert(ticket.to_owned(), outcome);
        }
    }
}

fn confirm(sandbox: &mut Sandbox, pending: Pending, now_ms: i64) -> Outcome {
    let Pending { subscription, status, base, .. } = pending;
    let (id, until_ms) = (subscription.id.clone(), subscription.authorized_until_ms);
    // One that was to be changed can be gone by now.
    if status == 200 && !sandbox.subscriptions.contains_key(&id) {
        return Err(Refusal::SubscriptionNotFound(id));
    }
    let value: Value = subscription.to_json();
    sandbox.subscriptions.insert(id.clone(), *subscription);
    lifecycle::authorized(sandbox, &id, until_ms, now_ms);
    Ok(graph::answer(status, format!("{base}/$metadata#subscriptions/$entity"), value))
}

/// The late answer, with the headers that the held-back one had.
fn dressed(outcome: Outcome, headers: &HeaderMap, now_ms: i64) -> Answer {
    let name = |name: &str| header(headers, name).unwrap_or_default();
    let mut answer = outcome
        .unwrap_or_else(|refusal| refusal.answer(name("request-id"), name("client-request-id"), &iso_bare(now_ms)));
    for (name, value) in headers {
        if name != WAIT && !answer.headers().contains_key(name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

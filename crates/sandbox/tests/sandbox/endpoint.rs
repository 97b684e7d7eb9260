//! A webhook as tests need one: it takes what the sandbox sends and answers as told.

use http::Response;
use sandbox::Outgoing;
use serde_json::{Value, json};

use crate::client::{Client, Got};

/// An address on this machine, so that the sandbox hands its requests out.
pub const HOOK: &str = "http://localhost:9900/hook";

pub fn answer(status: u16, kind: &str, body: &str) -> Response<Vec<u8>> {
    Response::builder().status(status).header("content-type", kind).body(body.as_bytes().to_vec()).unwrap()
}

/// The validation token in a request's address, decoded.
pub fn token(outgoing: &Outgoing) -> String {
    let query = outgoing.request.uri().query().unwrap();
    let raw = query.split('&').find_map(|part| part.strip_prefix("validationToken=")).unwrap();
    raw.replace('+', " ").replace("%3a", ":")
}

/// What the sandbox wants sent by now.
pub fn sent(client: &mut Client) -> Vec<Outgoing> {
    client.sandbox.poll(client.now_ms);
    client.sandbox.take_outgoing()
}

pub fn reply(client: &mut Client, outgoing: &Outgoing, status: u16) {
    let answer = answer(status, "text/plain", "");
    client.sandbox.outgoing_answered(outgoing.id, Some(&answer), client.now_ms);
}

/// The collection in a request's body.
pub fn items(outgoing: &Outgoing) -> Vec<Value> {
    let body: Value = serde_json::from_slice(outgoing.request.body()).unwrap();
    body["value"].as_array().unwrap().clone()
}

/// A body for a webhook subscription to the inbox.
pub fn wanted() -> Value {
    json!({
        "changeType": "created,updated,deleted", "notificationUrl": HOOK, "resource": "me/mailFolders('Inbox')/messages",
        "expirationDateTime": "2026-11-23T12:12:00Z", "clientState": "secret",
    })
}

/// Asks for a subscription and lets its endpoints confirm it; the answer is the late one.
pub fn confirmed(client: &mut Client, body: Value) -> Got {
    let early = client.post("/v1.0/subscriptions", body);
    let ticket = early.header(sandbox::WAIT).to_owned();
    assert!(!ticket.is_empty(), "{}", String::from_utf8_lossy(&early.bytes));
    for outgoing in sent(client) {
        let echo = answer(200, "text/plain", &token(&outgoing));
        client.sandbox.outgoing_answered(outgoing.id, Some(&echo), client.now_ms);
    }
    late(client, &ticket)
}

/// The answer that was held back under a ticket.
pub fn late(client: &mut Client, ticket: &str) -> Got {
    let mut settled = client.sandbox.take_settled();
    assert_eq!(settled.len(), 1);
    let (name, response) = settled.remove(0);
    assert_eq!(name, ticket);
    let (parts, bytes) = response.into_parts();
    Got { status: parts.status.as_u16(), headers: parts.headers, bytes, fate: sandbox::Fate::Answer }
}

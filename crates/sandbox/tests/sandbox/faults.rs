//! Fault rules, the log, and the other control calls.

use http::Request;
use sandbox::{Fate, Host, Settings};
use serde_json::{Value, json};

use crate::client::{ADA, Client, START_MS, message};

fn mailbox(client: &mut Client, folder: &str) -> Value {
    let all = client.control("GET", "mailbox?user=ada@petrel.test", &json!({}));
    all["folders"].as_array().unwrap().iter().find(|one| one["display_name"] == folder).unwrap()["messages"].clone()
}

#[test]
fn a_drop_before_does_nothing_and_a_drop_after_does_it() {
    let mut client = Client::new();
    let id = client.arrive("one");
    for (when, read) in [("before", false), ("after", true)] {
        client.control(
            "POST",
            "faults",
            &json!([{"host": "graph", "method": "PATCH", "path": "/messages/", "times": 1, "then": {"drop": when}}]),
        );
        assert!(client.sandbox.may_drop());
        let got = client.patch(&message(&id), json!({"isRead": true}));
        assert_eq!(got.fate, Fate::Drop);
        assert!(!client.sandbox.may_drop());
        assert_eq!(mailbox(&mut client, "Inbox")[0]["is_read"], read, "{when}");
    }
    assert_eq!(client.patch(&message(&id), json!({"isRead": false})).fate, Fate::Answer);
}

#[test]
fn rules_skip_count_and_answer_as_told() {
    let mut client = Client::new();
    client.control(
        "POST",
        "faults",
        &json!([{"host": "graph", "method": "GET", "path": "^/v1.0/me$", "skip": 1, "times": 2, "then": {"status": 429, "headers": {"Retry-After": "3"}, "body": {"error": {"code": "TooManyRequests"}}}}]),
    );
    let statuses: Vec<u16> = (0..4).map(|_| client.call("GET", "/v1.0/me", None, &[]).status).collect();
    assert_eq!(statuses, [200, 429, 429, 200]);
    client.control("POST", "faults", &json!([{"then": {"status": 503, "body": "<html>busy</html>"}}]));
    let got = client.call("GET", "/v1.0/me", None, &[("origin", "http://localhost:8080")]);
    assert_eq!((got.status, got.bytes.as_slice()), (503, &b"<html>busy</html>"[..]));
    assert_eq!(got.header("access-control-allow-origin"), "*", "a browser must be able to read it");
    let app = client.send(Host::App, Request::get("/").body(Vec::new()).unwrap());
    assert_eq!(app.status, 503);
    let preflight = client.send(Host::Graph, Request::options("/v1.0/me").body(Vec::new()).unwrap());
    assert_eq!(preflight.status, 204);
    client.control("DELETE", "faults", &json!({}));
    assert_eq!(client.call("GET", "/v1.0/me", None, &[]).status, 200);
}

#[test]
fn a_delay_holds_the_answer_and_counts_as_under_way() {
    let mut client = Client::new();
    client.control("POST", "faults", &json!([{"path": "me$", "times": 1, "then": {"delay_ms": 500}}]));
    assert_eq!(client.call("GET", "/v1.0/me", None, &[]).fate, Fate::Delay(500));
    client.wait(100);
    client.call("GET", "/v1.0/me/messages?$top=1", None, &[("client-request-id", "r1")]);
    client.wait(500);
    let mut request =
        Request::get("/v1.0/me").header("authorization", format!("Bearer {}", client.token)).body(Vec::new()).unwrap();
    let flights: Vec<_> = (0..4).map(|_| client.sandbox.take_off(Host::Graph, "/v1.0/me", request.headers())).collect();
    request.extensions_mut().insert(flights[0]);
    client.send(Host::Graph, request);
    for flight in flights {
        client.sandbox.land(flight);
    }
    let log = client.control("GET", "log", &json!({}));
    let flights: Vec<i64> = log.as_array().unwrap().iter().map(|row| row["in_flight"].as_i64().unwrap()).collect();
    assert_eq!(flights, [1, 2, 4]);
    let row = &log[1];
    assert_eq!(
        (row["host"].as_str(), row["method"].as_str(), row["path"].as_str()),
        (Some("graph"), Some("GET"), Some("/v1.0/me/messages"))
    );
    assert_eq!(
        (row["status"].as_u64(), row["user"].as_str(), row["client_request_id"].as_str()),
        (Some(200), Some(ADA), Some("r1"))
    );
    client.control("DELETE", "log", &json!({}));
    assert_eq!(client.control("GET", "log", &json!({})), json!([]));
}

#[test]
fn nonsense_in_a_rule_is_named_and_nothing_is_added() {
    let mut client = Client::new();
    for rule in [
        json!({"host": "moon", "then": {"status": 500}}),
        json!({"path": "(", "then": {"status": 500}}),
        json!({"then": {"status": 42}}),
        json!({}),
    ] {
        let request = Request::post("/_sandbox/faults")
            .body(json!([{"then": {"status": 500}}, rule]).to_string().into_bytes())
            .unwrap();
        let got = client.send(Host::Graph, request);
        assert_eq!(got.status, 400, "{rule}");
        assert!(got.json()["error"].is_string());
    }
    assert_eq!(client.control("GET", "faults", &json!({})), json!([]));
}

#[test]
fn generated_mail_arrives_and_a_reset_begins_anew() {
    let mut client = Client::with(Settings { messages: 30, ..Settings::for_tests() });
    let before = client.get("/v1.0/me/messages?$top=100")["value"].as_array().unwrap().len();
    assert_eq!(before, 30);
    let made = client.control("POST", "generate", &json!({"to": ADA, "count": 5, "seed": 9}));
    assert_eq!(made["ids"].as_array().unwrap().len(), 5);
    assert_eq!(client.get("/v1.0/me/messages?$top=100")["value"].as_array().unwrap().len(), 35);
    let newest = client.get("/v1.0/me/mailFolders/inbox/messages?$top=1")["value"][0].clone();
    assert_eq!(
        (newest["isRead"].as_bool(), newest["receivedDateTime"].as_str()),
        (Some(false), Some("2026-11-23T09:12:00Z"))
    );
    client.control("POST", "reset", &json!({"seed": 5, "messages": 3}));
    assert_eq!(client.get("/v1.0/me/messages?$top=100")["value"].as_array().unwrap().len(), 3);
    assert_eq!(client.control("GET", "delivered", &json!({})), json!([]));
}

#[test]
fn mail_can_be_delivered_by_a_control_call() {
    let mut client = Client::new();
    let request = Request::post("/_sandbox/deliver?to=ada@petrel.test").body(b"Subject: Hi\r\n\r\nx".to_vec()).unwrap();
    let id = client.send(Host::Graph, request).json()["id"].as_str().unwrap().to_owned();
    assert_eq!(client.get(&message(&id))["subject"], "Hi");
    let request =
        Request::post("/_sandbox/deliver?to=nobody@petrel.test").body(b"Subject: Hi\r\n\r\nx".to_vec()).unwrap();
    assert_eq!(client.send(Host::Graph, request).status, 400);
    assert_eq!(client.now_ms, START_MS);
}

#[test]
fn a_rule_with_a_misspelt_or_odd_member_is_refused_and_strikes_nothing() {
    let mut client = Client::new();
    for rule in [
        json!({"time": 1, "then": {"status": 503}}),
        json!({"times": "1", "then": {"status": 503}}),
        json!({"host": 7, "then": {"status": 503}}),
    ] {
        let request = Request::post("/_sandbox/faults").body(json!([rule]).to_string().into_bytes()).unwrap();
        assert_eq!(client.send(Host::Graph, request).status, 400, "{rule}");
    }
    assert!(client.get("/v1.0/me")["id"].is_string());
}

#[test]
fn a_reset_puts_the_dial_of_sending_back() {
    let mut client = Client::new();
    client.control("POST", "sending", &json!({"delay_ms": 9_000, "new_item": true}));
    client.control("POST", "reset", &json!({"seed": 1, "messages": 0}));
    let now = client.control("POST", "sending", &json!({"new_item": false}));
    assert_eq!(now["delay_ms"], 300);
}

//! `$batch`: what it takes, what each step gets, and what becomes of it when the mailbox is busy.

use std::collections::BTreeSet;

use http::Request;
use sandbox::{Flight, Host};
use serde_json::{Value, json};

use crate::client::{Client, segment};

fn step(id: &str, method: &str, url: &str) -> Value {
    json!({"id": id, "method": method, "url": url})
}

/// The answer's rows in the order of their ids.
fn rows(got: &Value) -> Vec<Value> {
    let mut rows = got["responses"].as_array().unwrap().clone();
    rows.sort_by_key(|row| row["id"].as_str().unwrap().parse::<u32>().unwrap());
    rows
}

fn batch(client: &mut Client, requests: &Value) -> Value {
    let got = client.post("/v1.0/$batch", json!({ "requests": requests }));
    assert_eq!(got.status, 200, "{}", String::from_utf8_lossy(&got.bytes));
    got.json()
}

/// Other requests of the same client to the mailbox, under way until they are landed.
fn others(client: &mut Client, count: usize) -> Vec<Flight> {
    let head = Request::get("/").header("authorization", format!("Bearer {}", client.token)).body(()).unwrap();
    (0..count).map(|_| client.sandbox.take_off(Host::Graph, "/v1.0/me/messages", head.headers())).collect()
}

#[test]
fn every_step_has_a_status_headers_and_a_body_of_its_own() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let message = format!("/me/messages/{}", segment(&id));
    let got = batch(
        &mut client,
        &json!([
            {"id": "1", "method": "GET", "url": format!("{message}?$select=subject"), "headers": {"Prefer": "IdType=\"ImmutableId\""}},
            {"id": "2", "method": "PATCH", "url": message, "headers": {"Content-Type": "application/json"}, "body": {"isRead": true}},
            {"id": "3", "method": "GET", "url": "me/messages/AAkALgAAAAAAHYQDEnobodyhasthisid"},
            {"id": "4", "method": "DELETE", "url": message, "headers": {"If-Match": "W/\"nonsense\""}},
            {"id": "5", "method": "GET", "url": "/me"},
        ]),
    );
    let rows = rows(&got);
    let statuses: Vec<i64> = rows.iter().map(|row| row["status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [200, 200, 404, 412, 200]);
    assert_eq!(rows[0]["body"]["id"], id.as_str(), "Prefer belongs to the step");
    assert_eq!(rows[0]["headers"]["Preference-Applied"], "IdType=\"ImmutableId\"");
    assert_ne!(rows[1]["body"]["id"], id.as_str(), "another step has other preferences");
    assert_eq!(rows[2]["body"]["error"]["code"], "ErrorItemNotFound");
    assert!(rows[2]["body"]["error"]["innerError"]["request-id"].is_string());
    assert!(rows[0]["headers"]["Content-Type"].as_str().unwrap().starts_with("application/json"));
    assert!(rows[0]["headers"]["ETag"].is_string() && rows[0]["headers"].get("Request-Id").is_none());
}

#[test]
fn what_is_no_json_travels_as_base64() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let mime = "RnJvbTogYWRhQHBldHJlbC50ZXN0DQpUbzogZ3JhY2VAcGV0cmVsLnRlc3QNClN1YmplY3Q6IE1pbWUNCg0KSGkNCg==";
    let got = batch(
        &mut client,
        &json!([
            {"id": "1", "method": "GET", "url": format!("/me/messages/{}/$value", segment(&id))},
            {"id": "2", "method": "POST", "url": "/me/messages", "headers": {"content-type": "text/plain"}, "body": mime},
            {"id": "3", "method": "POST", "url": "/me/messages", "headers": {"content-type": "application/octet-stream"}, "body": "%%%"},
        ]),
    );
    let rows = rows(&got);
    assert!(rows[0]["body"].as_str().unwrap().starts_with("RnJvbTogQm9i"), "{}", rows[0]);
    assert_eq!((rows[1]["status"].as_i64(), rows[1]["body"]["subject"].as_str()), (Some(201), Some("Mime")));
    assert_eq!(rows[2]["status"], 400);
}

#[test]
fn a_step_waits_for_the_steps_it_depends_on_and_fails_with_them() {
    let mut client = Client::new();
    let json_body = json!({"Content-Type": "application/json"});
    let got = batch(
        &mut client,
        &json!([
            {"id": "1", "method": "GET", "url": "/me/mailFolders/inbox/childFolders", "dependsOn": ["2"]},
            {"id": "2", "method": "POST", "url": "/me/mailFolders/inbox/childFolders", "headers": json_body, "body": {"displayName": "New"}},
            {"id": "3", "method": "GET", "url": "/me/messages/AAkALgAAAAAAHYQDEnobodyhasthisid"},
            {"id": "4", "method": "GET", "url": "/me/messages", "dependsOn": ["3"]},
            {"id": "5", "method": "GET", "url": "/me/messages", "dependsOn": ["4"]},
        ]),
    );
    let rows = rows(&got);
    assert_eq!(rows[0]["body"]["value"][0]["displayName"], "New");
    let statuses: Vec<i64> = rows.iter().map(|row| row["status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [200, 201, 404, 424, 424]);
    assert!(rows[3]["body"]["error"]["code"].is_string());
}

#[test]
fn a_malformed_batch_is_refused_whole_and_nothing_is_done() {
    let mut client = Client::new();
    let many: Vec<Value> = (0..21).map(|id| step(&id.to_string(), "GET", "/me")).collect();
    let create = json!({"id": "1", "method": "POST", "url": "/me/mailFolders", "headers": {"content-type": "application/json"}, "body": {"displayName": "Never"}});
    for requests in [
        json!(many),
        json!([]),
        json!("x"),
        json!([create, step("1", "GET", "/me")]),
        json!([create, {"method": "GET", "url": "/me"}]),
        json!([create, {"id": "2", "url": "/me"}]),
        json!([create, step("2", "HEAD", "/me")]),
        json!([create, {"id": "2", "method": "GET"}]),
        json!([create, {"id": "2", "method": "PATCH", "url": "/me", "body": {}}]),
        json!([create, step("2", "POST", "/$batch")]),
        json!([create, {"id": "2", "method": "GET", "url": "/me", "dependsOn": ["9"]}]),
        json!([create, {"id": "2", "method": "GET", "url": "/me", "dependsOn": "1"}]),
        json!([create, {"id": "2", "method": "GET", "url": "/me", "dependsOn": ["3"]}, {"id": "3", "method": "GET", "url": "/me", "dependsOn": ["2"]}]),
    ] {
        let got = client.post("/v1.0/$batch", json!({ "requests": requests }));
        assert_eq!((got.status, got.error().as_str()), (400, "BadRequest"), "{requests}");
    }
    let folders = client.get("/v1.0/me/mailFolders?$top=100");
    assert!(folders["value"].as_array().unwrap().iter().all(|folder| folder["displayName"] != "Never"));
    client.token.clear();
    assert_eq!(client.post("/v1.0/$batch", json!({"requests": [step("1", "GET", "/me")]})).status, 401);
}

#[test]
fn answers_come_in_an_order_of_their_own_and_twenty_are_welcome() {
    let mut client = Client::new();
    let requests: Vec<Value> = (0..20).map(|id| step(&id.to_string(), "GET", "/me")).collect();
    let mut orders = BTreeSet::new();
    for version in ["v1.0", "beta"] {
        let got = client.post(&format!("/{version}/$batch"), json!({ "requests": requests })).json();
        let order: Vec<String> =
            got["responses"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), 20);
        orders.insert(order);
    }
    let asked: Vec<String> = (0..20).map(|id| id.to_string()).collect();
    assert!(!orders.contains(&asked) && orders.len() == 2, "{orders:?}");
}

#[test]
fn a_lone_batch_is_let_through_and_one_beside_others_gets_steps_refused() {
    let mut client = Client::new();
    let requests: Vec<Value> = (0..8)
        .map(|id| step(&id.to_string(), "GET", "/me/mailFolders/inbox"))
        .chain([step("8", "GET", "/me")])
        .collect();
    let statuses = |client: &mut Client| -> Vec<i64> {
        let got = batch(client, &json!(requests));
        rows(&got).iter().map(|row| row["status"].as_i64().unwrap()).collect()
    };
    assert_eq!(statuses(&mut client), [200; 9]);
    let busy = others(&mut client, 3);
    assert_eq!(statuses(&mut client), [200, 429, 429, 429, 200, 429, 429, 429, 200], "the directory has other limits");
    let got = batch(&mut client, &json!(requests));
    let refused = rows(&got)[1].clone();
    assert_eq!(refused["body"]["error"]["code"], "ApplicationThrottled");
    assert_eq!(refused["headers"]["Retry-After"], "1");
    for flight in busy {
        client.sandbox.land(flight);
    }
    assert_eq!(statuses(&mut client), [200; 9]);
}

#[test]
fn steps_in_a_row_fit_beside_others_and_a_batch_takes_four_places_itself() {
    let mut client = Client::new();
    let busy = others(&mut client, 3);
    let row = json!([
        {"id": "1", "method": "GET", "url": "/me/messages"},
        {"id": "2", "method": "GET", "url": "/me/messages", "dependsOn": ["1"]},
        {"id": "3", "method": "GET", "url": "/me/messages", "dependsOn": ["2"]},
    ]);
    let got = batch(&mut client, &row);
    assert!(rows(&got).iter().all(|row| row["status"] == 200));
    for flight in busy {
        client.sandbox.land(flight);
    }
    client.control("POST", "faults", &json!([{"path": "batch$", "times": 1, "then": {"delay_ms": 500}}]));
    let four: Vec<Value> = (0..4).map(|id| step(&id.to_string(), "GET", "/me/messages")).collect();
    batch(&mut client, &json!(four));
    assert_eq!(client.call("GET", "/v1.0/me/messages", None, &[]).status, 429, "the batch is still under way");
    client.wait(500);
    assert_eq!(client.call("GET", "/v1.0/me/messages", None, &[]).status, 200);
}

#[test]
fn a_fault_with_an_answer_of_its_own_strikes_a_single_step() {
    let mut client = Client::new();
    client.control(
        "POST",
        "faults",
        &json!([{"path": "/mailFolders/inbox$", "times": 1, "then": {"status": 503, "headers": {"Retry-After": "2"}, "body": {"error": {"code": "ErrorServerBusy"}}}}]),
    );
    let got = batch(
        &mut client,
        &json!([step("1", "GET", "/me/mailFolders/inbox"), step("2", "GET", "/me/mailFolders/inbox")]),
    );
    let rows = rows(&got);
    assert_eq!((rows[0]["status"].as_i64(), rows[1]["status"].as_i64()), (Some(503), Some(200)));
    assert_eq!(rows[0]["body"]["error"]["code"], "ErrorServerBusy");
}

#[test]
fn blanks_and_letters_of_all_kinds_are_taken_in_a_url_and_a_whole_address_is_not() {
    let mut client = Client::new();
    client.arrive("Grüße");
    let got = batch(
        &mut client,
        &json!([
            step("1", "GET", "/me/messages?$filter=subject eq 'Grüße'&$select=subject"),
            step("2", "GET", "https://graph.microsoft.com/v1.0/me"),
        ]),
    );
    let rows = rows(&got);
    assert_eq!(rows[0]["body"]["value"][0]["subject"], "Grüße", "{}", rows[0]);
    assert_eq!(rows[1]["status"], 400);
}

#[test]
fn a_step_that_would_wait_for_a_webhook_is_refused_and_makes_nothing() {
    let mut client = Client::new();
    let mut subscribe = step("1", "POST", "/subscriptions");
    subscribe["headers"] = json!({"Content-Type": "application/json"});
    subscribe["body"] = json!({
        "changeType": "created", "notificationUrl": "https://hook.example/", "resource": "me/messages", "clientState": "s",
        "expirationDateTime": "2026-11-23T10:30:00Z",
    });
    let got = batch(&mut client, &json!([subscribe]));
    assert_eq!(rows(&got)[0]["status"], 400);
    client.wait(60_000);
    client.sandbox.poll(client.now_ms);
    assert_eq!(client.control("GET", "subscriptions", &json!({})), json!([]));
    assert_eq!(client.control("GET", "outgoing", &json!({})), json!([]), "nobody was asked");
}

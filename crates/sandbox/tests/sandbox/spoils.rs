//! The finer fault rules: broken and lying answers, slow ones, old ones, chance, bodies that decide.

use http::Request;
use sandbox::{Fate, Host, Pace};
use serde_json::{Value, json};

use crate::client::{Client, Got, message};

fn fault(client: &mut Client, rule: Value) {
    client.control("POST", "faults", &json!([rule]));
}

fn list(client: &mut Client) -> Got {
    client.call("GET", "/v1.0/me/mailFolders/inbox/messages", None, &[])
}

#[test]
fn an_answer_is_cut_short_replaced_by_a_page_mislabelled_or_empty() {
    let mut client = Client::new();
    client.arrive("one");
    fault(
        &mut client,
        json!({"path": "messages$", "then": [{"truncate": 20}, {"html": true}, {"content_type": "text/html"}, {"empty": true}]}),
    );
    let cut = list(&mut client);
    assert_eq!((cut.status, cut.bytes.len()), (200, 20));
    assert!(serde_json::from_slice::<Value>(&cut.bytes).is_err());
    let page = list(&mut client);
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.bytes.starts_with(b"<!DOCTYPE html>"));
    let mislabelled = list(&mut client);
    assert_eq!(mislabelled.header("content-type"), "text/html");
    assert_eq!(mislabelled.json()["value"].as_array().unwrap().len(), 1);
    let empty = list(&mut client);
    assert_eq!((empty.status, empty.bytes.len()), (200, 0));
    assert_eq!(list(&mut client).bytes.len(), 20, "the forms come round again");
}

#[test]
fn a_page_is_empty_with_a_link_to_itself_and_then_comes_after_all() {
    let mut client = Client::new();
    client.arrive("one");
    fault(&mut client, json!({"path": "/delta", "times": 2, "then": {"empty_page": true}}));
    let (mut link, mut empty) = ("/v1.0/me/mailFolders/inbox/messages/delta?$select=subject".to_owned(), 0);
    let last = loop {
        let page = client.get(&link);
        match page["@odata.nextLink"].as_str() {
            Some(next) => link = next.to_owned(),
            None => break page,
        }
        assert_eq!(page["value"], json!([]));
        empty += 1;
    };
    assert_eq!((empty, last["value"].as_array().unwrap().len()), (2, 1));
    assert!(last["@odata.deltaLink"].is_string());
}

#[test]
fn a_page_lies_about_its_rows_with_ids_of_another_folder() {
    let mut client = Client::new();
    let here = client.arrive("here");
    let there = client.arrive("there");
    let moved = client.post(&format!("{}/move", message(&there)), json!({"destinationId": "archive"}));
    assert_eq!(moved.status, 201);
    fault(&mut client, json!({"path": "inbox/messages", "times": 1, "then": {"foreign_ids": true}}));
    let row = |client: &mut Client| list(client).json()["value"][0].clone();
    let lie = row(&mut client);
    assert_eq!((lie["id"].as_str(), lie["subject"].as_str()), (Some(there.as_str()), Some("here")));
    assert_eq!(row(&mut client)["id"], here.as_str());
}

#[test]
fn an_old_answer_is_given_again_for_its_own_address_or_for_any() {
    let mut client = Client::new();
    client.arrive("one");
    fault(&mut client, json!({"path": "inbox/messages$", "skip": 1, "times": 1, "then": {"repeat": "address"}}));
    assert_eq!(list(&mut client).json()["value"].as_array().unwrap().len(), 1);
    client.arrive("two");
    assert_eq!(list(&mut client).json()["value"].as_array().unwrap().len(), 1, "as it was before the change");
    assert_eq!(list(&mut client).json()["value"].as_array().unwrap().len(), 2);
    client.control("DELETE", "faults", &json!({}));
    fault(&mut client, json!({"path": "inbox/messages", "skip": 1, "times": 1, "then": {"repeat": "last"}}));
    let first = client.get("/v1.0/me/mailFolders/inbox/messages?$top=1");
    let second = client.get(first["@odata.nextLink"].as_str().unwrap());
    assert_eq!(first, second, "the second page is the first once more");
}

#[test]
fn an_answer_is_changed_in_its_members_and_headers() {
    let mut client = Client::new();
    fault(
        &mut client,
        json!({"path": "/me$", "then": {"merge": {"displayName": null, "mail": "eve@else.example"}, "headers": {"Retry-After": "3"}}}),
    );
    let got = client.call("GET", "/v1.0/me", None, &[]);
    assert_eq!((got.status, got.header("retry-after")), (200, "3"));
    assert_eq!((got.json()["mail"].as_str(), got.json().get("displayName")), (Some("eve@else.example"), None));
    assert_eq!(got.json()["surname"], "Lovelace");
}

#[test]
fn the_work_can_be_done_behind_an_answer_that_denies_it() {
    let mut client = Client::new();
    let id = client.arrive("one");
    for (when, read) in [("before", false), ("after", true)] {
        fault(&mut client, json!({"method": "PATCH", "times": 1, "then": {"status": 504, "when": when}}));
        assert_eq!(client.patch(&message(&id), json!({"isRead": true})).status, 504);
        assert_eq!(client.get(&message(&id))["isRead"], read, "{when}");
    }
}

#[test]
fn a_delay_lies_before_the_work_or_after_it() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let path = format!("{}?$select=isRead", message(&id));
    fault(&mut client, json!({"method": "GET", "times": 1, "then": {"delay_ms": 500, "when": "before"}}));
    let request =
        Request::get(&path).header("authorization", format!("Bearer {}", client.token)).body(Vec::new()).unwrap();
    let mut reply = client.sandbox.handle(Host::Graph, request, client.now_ms);
    assert_eq!(reply.fate, Fate::Delay(500));
    client.patch(&message(&id), json!({"isRead": true}));
    client.wait(500);
    let late: Got = client.sandbox.handle(Host::Graph, reply.held.take().unwrap(), client.now_ms).into();
    assert_eq!((late.fate, late.json()["isRead"].as_bool()), (Fate::Answer, Some(true)), "done after the wait");
    let log = client.control("GET", "log", &json!({}));
    assert_eq!(log.as_array().unwrap().len(), 2, "one request is one line");
    fault(&mut client, json!({"method": "GET", "times": 1, "then": {"delay_ms": 500}}));
    let early = client.call("GET", &path, None, &[]);
    client.patch(&message(&id), json!({"isRead": false}));
    assert_eq!((early.fate, early.json()["isRead"].as_bool()), (Fate::Delay(500), Some(true)), "done before the wait");
}

#[test]
fn a_body_comes_slowly_or_ends_in_the_middle() {
    let mut client = Client::new();
    fault(&mut client, json!({"path": "/me$", "then": [{"slow": {"bytes": 16, "every_ms": 20}}, {"cut": 30}]}));
    let mut pace = || {
        let request = Request::get("/v1.0/me")
            .header("authorization", format!("Bearer {}", client.token))
            .body(Vec::new())
            .unwrap();
        let reply = client.sandbox.handle(Host::Graph, request, client.now_ms);
        assert!(reply.response.body().len() > 100, "the whole answer is there");
        reply.pace
    };
    assert_eq!(pace(), Pace::Slow { bytes: 16, every_ms: 20 });
    assert_eq!(pace(), Pace::Cut { after: 30 });
    assert!(client.sandbox.may_drop());
}

#[test]
fn chance_strikes_as_often_as_told_and_the_same_with_the_same_seed() {
    let strikes = |seed: u64| -> Vec<u16> {
        let mut client = Client::new();
        fault(&mut client, json!({"path": "/me$", "probability": 0.3, "seed": seed, "then": {"status": 503}}));
        (0..200).map(|_| client.call("GET", "/v1.0/me", None, &[]).status).collect()
    };
    let first = strikes(7);
    let struck = first.iter().filter(|status| **status == 503).count();
    assert!((40..80).contains(&struck), "{struck}");
    assert_eq!(first, strikes(7));
    assert_ne!(first, strikes(8));
}

#[test]
fn a_rule_can_look_at_the_body_and_at_a_preflight() {
    let mut client = Client::new();
    fault(&mut client, json!({"method": "POST", "body": "\"subject\":\"bad\"", "then": {"status": 503}}));
    assert_eq!(client.post("/v1.0/me/messages", json!({"subject": "good"})).status, 201);
    assert_eq!(client.post("/v1.0/me/messages", json!({"subject": "bad"})).status, 503);
    fault(&mut client, json!({"method": "OPTIONS", "times": 1, "then": {"status": 403}}));
    let mut preflight = || client.send(Host::Graph, Request::options("/v1.0/me").body(Vec::new()).unwrap()).status;
    assert_eq!((preflight(), preflight()), (403, 204));
}

#[test]
fn a_misspelt_then_is_refused() {
    let mut client = Client::new();
    for then in [
        json!({"truncated": 5}),
        json!({"truncate": "much"}),
        json!({"drop": "sometimes"}),
        json!({"repeat": "all"}),
        json!({"slow": {"bytes": 0, "every_ms": 5}}),
        json!({"status": 503, "when": "later"}),
        json!({"when": "after"}),
        json!([]),
        json!(5),
    ] {
        let request =
            Request::post("/_sandbox/faults").body(json!([{ "then": then }]).to_string().into_bytes()).unwrap();
        assert_eq!(client.send(Host::Graph, request).status, 400, "{then}");
    }
    for rule in [json!({"probability": 1.5, "then": {"html": true}}), json!({"body": "(", "then": {"html": true}})] {
        let request = Request::post("/_sandbox/faults").body(json!([rule]).to_string().into_bytes()).unwrap();
        assert_eq!(client.send(Host::Graph, request).status, 400, "{rule}");
    }
    assert_eq!(client.control("GET", "faults", &json!({})), json!([]));
}

//! Webhooks: the validation handshake, delivery, retries, slow endpoints and lifecycle events.

use serde_json::{Value, json};

use crate::client::{ADA, Client, message};
use crate::endpoint::{HOOK, answer, confirmed, items, late, reply, sent, token, wanted};

const MINUTE: i64 = 60_000;

/// Status, content type and body of an endpoint's answer.
type Said = (u16, &'static str, &'static str);

#[test]
fn a_webhook_is_there_once_it_echoed_its_validation_token() {
    let mut client = Client::new();
    let headers = [("client-request-id", "mine"), ("origin", "http://localhost:8080")];
    let early = client.call("POST", "/v1.0/subscriptions", Some(wanted()), &headers);
    let ticket = early.header(sandbox::WAIT).to_owned();
    let asked = sent(&mut client);
    assert_eq!(asked.len(), 1);
    let request = &asked[0].request;
    assert_eq!((request.method().as_str(), request.body().len(), asked[0].patience_ms), ("POST", 0, 10_000));
    assert_eq!(request.headers()["content-type"], "text/plain; charset=utf-8");
    assert!(request.uri().to_string().starts_with(&format!("{HOOK}?validationToken=Validation%3a+Testing+client")));
    assert_eq!(client.get("/v1.0/subscriptions")["value"], json!([]), "not before it is confirmed");
    let echo = answer(200, "text/plain; charset=utf-8", &token(&asked[0]));
    client.sandbox.outgoing_answered(asked[0].id, Some(&echo), client.now_ms);
    let got = late(&mut client, &ticket);
    assert_eq!((got.status, got.header("client-request-id")), (201, "mine"));
    assert_eq!(got.header("access-control-allow-origin"), "*");
    let made = got.json();
    assert_eq!(
        (made["notificationUrl"].as_str(), made["latestSupportedTlsVersion"].as_str()),
        (Some(HOOK), Some("v1_2"))
    );
    assert_eq!(client.get("/v1.0/subscriptions")["value"][0]["id"], made["id"]);
    let log = client.control("GET", "log", &json!({}));
    assert_eq!(log[0]["status"], 201, "the log knows the late answer");
}

#[test]
fn a_webhook_that_answers_wrongly_or_not_at_all_is_refused() {
    let wrong: [(&str, Option<Said>); 5] = [
        ("NotFound", Some((404, "text/plain", ""))),
        ("Accepted", Some((202, "text/plain", "TOKEN"))),
        ("exactly match", Some((200, "text/plain", "something else"))),
        ("text/plain", Some((200, "application/json", "TOKEN"))),
        ("timed out", None),
    ];
    for (sentence, said) in wrong {
        let mut client = Client::new();
        let early = client.post("/v1.0/subscriptions", wanted());
        let ticket = early.header(sandbox::WAIT).to_owned();
        let asked = sent(&mut client);
        match said {
            Some((status, kind, body)) => {
                let body = body.replace("TOKEN", &token(&asked[0]));
                client.sandbox.outgoing_answered(asked[0].id, Some(&answer(status, kind, &body)), client.now_ms);
            }
            None => {
                client.wait(10_000);
                assert_eq!(client.sandbox.next_due(), Some(client.now_ms));
                client.sandbox.poll(client.now_ms);
            }
        }
        let got = late(&mut client, &ticket);
        assert_eq!((got.status, got.error().as_str()), (400, "ValidationError"), "{sentence}");
        assert!(got.json()["error"]["message"].as_str().unwrap().contains(sentence), "{}", got.json());
        assert!(got.json()["error"]["innerError"]["request-id"].as_str().is_some_and(|id| !id.is_empty()));
        assert_eq!(client.get("/v1.0/subscriptions")["value"], json!([]));
    }
}

#[test]
fn both_addresses_are_validated_and_others_machines_are_never_reached() {
    let mut client = Client::new();
    let mut body = wanted();
    body["lifecycleNotificationUrl"] = json!("http://127.0.0.1:9900/lifecycle?a=b");
    client.post("/v1.0/subscriptions", body);
    let asked: Vec<String> = sent(&mut client).iter().map(|one| one.request.uri().to_string()).collect();
    assert_eq!(asked.len(), 2);
    assert!(asked[1].starts_with("http://127.0.0.1:9900/lifecycle?a=b&validationToken="), "{}", asked[1]);
    for url in ["https://webhook.example/x", "https://localhost:1/x", "https://10.0.0.1/x"] {
        let mut body = wanted();
        body["notificationUrl"] = json!(url);
        let got = client.post("/v1.0/subscriptions", body);
        assert_eq!((got.status, got.error().as_str()), (400, "ValidationError"), "{url}");
        assert_eq!(sent(&mut client).len(), 0);
    }
    for url in ["http://webhook.example/x", "ftp://localhost/x", "not a url", ""] {
        let mut body = wanted();
        body["notificationUrl"] = json!(url);
        let got = client.post("/v1.0/subscriptions", body);
        assert_eq!((got.status, got.error().as_str()), (400, "InvalidRequest"), "{url}");
    }
}

#[test]
fn changes_are_posted_together_and_a_taken_one_is_not_posted_again() {
    let mut client = Client::new();
    let made = confirmed(&mut client, wanted()).json();
    let id = client.arrive("one");
    client.control("POST", "generate", &json!({"to": ADA, "count": 3, "seed": 3}));
    let posts = sent(&mut client);
    assert_eq!(posts.len(), 2, "one for each call that changed something");
    let first = &items(&posts[0])[0];
    assert_eq!(first["resourceData"]["id"], id.as_str());
    assert_eq!((first["changeType"].as_str(), first["clientState"].as_str()), (Some("created"), Some("secret")));
    assert_eq!(first["subscriptionId"], made["id"]);
    assert_eq!(first["subscriptionExpirationDateTime"], "2026-11-23T12:12:00.0000000+00:00");
    assert_eq!(first["id"].as_str().unwrap().len(), 13);
    assert_eq!(items(&posts[1]).len(), 3);
    for post in &posts {
        reply(&mut client, post, 202);
    }
    client.wait(20_000);
    assert_eq!(sent(&mut client).len(), 0);
    let rows = client.control("GET", "outgoing", &json!({}));
    let kinds: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["validation", "notification", "notification"]);
    assert_eq!(rows[2]["status"], 202);
}

#[test]
fn what_is_not_taken_is_tried_again_at_growing_pauses_for_four_hours() {
    let mut client = Client::new();
    client.control("POST", "endpoints", &json!({"url": "https://hook.example/", "status": 503}));
    let mut body = wanted();
    body["notificationUrl"] = json!("https://hook.example/a");
    body["lifecycleNotificationUrl"] = json!("https://life.example/b");
    body["expirationDateTime"] = json!("2026-11-24T09:12:00Z");
    client.control("POST", "endpoints", &json!({"url": "https://life.example/"}));
    assert_eq!(client.post("/v1.0/subscriptions", body).status, 201, "a played endpoint confirms at once");
    client.control("DELETE", "outgoing", &json!({}));
    client.arrive("one");
    while let Some(due) = client.sandbox.next_due().filter(|due| *due < client.now_ms + 5 * 60 * MINUTE) {
        client.now_ms = due.max(client.now_ms + 1);
        client.sandbox.poll(client.now_ms);
    }
    let rows = client.control("GET", "outgoing", &json!({}));
    let tries: Vec<i64> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["kind"] == "notification")
        .map(|row| row["try"].as_i64().unwrap())
        .collect();
    assert_eq!(tries, (1..=i64::try_from(tries.len()).unwrap()).collect::<Vec<i64>>());
    assert!((12..20).contains(&tries.len()), "{}", tries.len());
    let told: Vec<String> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["kind"] == "lifecycle")
        .map(|row| {
            let body: Value = serde_json::from_str(row["body"].as_str().unwrap()).unwrap();
            body["value"][0]["lifecycleEvent"].as_str().unwrap().to_owned()
        })
        .collect();
    assert!(told.contains(&"missed".to_owned()), "{told:?}");
}

#[test]
fn an_endpoint_that_never_answers_is_given_three_seconds_then_ten_and_is_dropped_in_the_end() {
    let mut client = Client::new();
    confirmed(&mut client, wanted());
    client.arrive("one");
    let first = sent(&mut client);
    assert_eq!(first[0].patience_ms, 3_000);
    client.wait(3_000);
    assert_eq!(sent(&mut client).len(), 0);
    client.wait(10_000);
    let again = sent(&mut client);
    assert_eq!((again.len(), again[0].patience_ms), (1, 10_000));
    assert_eq!(items(&again[0]), items(&first[0]));
    // An answer to the try that is over counts for nothing, one to this try does.
    reply(&mut client, &again[0], 202);
    for turn in 0..12 {
        client.arrive(&format!("more{turn}"));
        for post in sent(&mut client) {
            assert_eq!(post.patience_ms, 3_000);
        }
    }
    client.wait(3_001);
    client.sandbox.poll(client.now_ms);
    client.arrive("to a slow endpoint");
    assert_eq!(sent(&mut client).len(), 0, "it waits ten minutes");
}

#[test]
fn another_address_must_confirm_itself_before_it_gets_anything() {
    let mut client = Client::new();
    let made = confirmed(&mut client, wanted()).json();
    let path = format!("/v1.0/subscriptions/{}", made["id"].as_str().unwrap());
    let early = client.patch(&path, json!({"notificationUrl": "http://localhost:9901/other"}));
    let ticket = early.header(sandbox::WAIT).to_owned();
    assert_eq!(client.get(&path)["notificationUrl"], HOOK);
    let asked = sent(&mut client);
    let echo = answer(200, "text/plain", &token(&asked[0]));
    client.sandbox.outgoing_answered(asked[0].id, Some(&echo), client.now_ms);
    assert_eq!(late(&mut client, &ticket).status, 200);
    client.arrive("one");
    assert_eq!(sent(&mut client)[0].request.uri(), "http://localhost:9901/other");
    let kinds = [("websockets:?groupId=g", 400), ("https://fcm.googleapis.com/x", 400)];
    for (url, status) in kinds {
        assert_eq!(client.patch(&path, json!({"notificationUrl": url})).status, status, "{url}");
    }
}

#[test]
fn a_token_that_ends_is_challenged_and_what_is_missed_meanwhile_comes_after() {
    let mut client = Client::new();
    let mut body = wanted();
    body["lifecycleNotificationUrl"] = json!("http://localhost:9900/lifecycle");
    body["expirationDateTime"] = json!("2026-11-24T09:12:00Z");
    let made = confirmed(&mut client, body).json();
    let until = (0..200)
        .map(|minute| client.now_ms + minute * MINUTE)
        .find(|at| {
            client.sandbox.poll(*at);
            !client.sandbox.take_outgoing().is_empty()
        })
        .unwrap();
    assert!(until - client.now_ms >= 40 * MINUTE, "the token lives an hour at least");
    client.now_ms = until + 60 * MINUTE;
    client.sandbox.poll(client.now_ms);
    for post in client.sandbox.take_outgoing() {
        assert_eq!(items(&post)[0]["lifecycleEvent"], "reauthorizationRequired");
        reply(&mut client, &post, 202);
    }
    client.arrive("while paused");
    let kinds: Vec<bool> = sent(&mut client).iter().map(|one| items(one)[0]["lifecycleEvent"].is_null()).collect();
    assert!(!kinds.contains(&true), "nothing but challenges while it is paused");
    client.token = client.token_of(ADA);
    let path = format!("/v1.0/subscriptions/{}/reauthorize", made["id"].as_str().unwrap());
    assert_eq!(client.call("POST", &path, None, &[]).status, 204);
    let late: Vec<Value> =
        sent(&mut client).iter().flat_map(items).filter(|one| one["lifecycleEvent"].is_null()).collect();
    assert_eq!((late.len(), late[0]["changeType"].as_str()), (1, Some("created")));
}

#[test]
fn lifecycle_events_come_on_command_and_a_removed_subscription_is_gone() {
    let mut client = Client::new();
    let mut body = wanted();
    body["lifecycleNotificationUrl"] = json!("http://localhost:9900/lifecycle");
    let made = confirmed(&mut client, body).json();
    for event in ["missed", "reauthorizationRequired", "subscriptionRemoved"] {
        assert_eq!(client.control("POST", "lifecycle", &json!({"event": event, "user": ADA}))["told"], 1);
        let post = sent(&mut client).remove(0);
        assert_eq!(post.request.uri(), "http://localhost:9900/lifecycle");
        let item = &items(&post)[0];
        assert_eq!(item["lifecycleEvent"], event);
        assert_eq!((&item["subscriptionId"], &item["clientState"]), (&made["id"], &json!("secret")));
        reply(&mut client, &post, 202);
    }
    let path = format!("/v1.0/subscriptions/{}", made["id"].as_str().unwrap());
    let got = client.call("GET", &path, None, &[]);
    assert_eq!((got.status, got.error().as_str()), (404, "ResourceNotFound"));
}

#[test]
fn a_filter_turns_changes_into_arrivals_and_departures() {
    let mut client = Client::new();
    let mut body = wanted();
    body["resource"] = json!("me/mailFolders('inbox')/messages?$filter=isRead eq false");
    let old = client.arrive("before");
    confirmed(&mut client, body);
    let mut kinds = Vec::new();
    let mut tell = |client: &mut Client| {
        for post in sent(client) {
            kinds.extend(items(&post).iter().map(|one| one["changeType"].as_str().unwrap().to_owned()));
            reply(client, &post, 202);
        }
    };
    let id = client.arrive("one");
    tell(&mut client);
    client.patch(&message(&id), json!({"categories": ["Blue"]}));
    tell(&mut client);
    client.patch(&message(&id), json!({"isRead": true}));
    tell(&mut client);
    client.patch(&message(&id), json!({"categories": []}));
    tell(&mut client);
    client.patch(&message(&id), json!({"isRead": false}));
    tell(&mut client);
    client.patch(&message(&old), json!({"isRead": true}));
    tell(&mut client);
    client.call("DELETE", &message(&id), None, &[]);
    tell(&mut client);
    assert_eq!(kinds, ["created", "updated", "deleted", "created", "deleted", "deleted"]);
}

//! The rules of subscriptions, and the faults of the hub and of notifications that tests can cause.

use http::Request;
use sandbox::{Frame, Host, Push};
use serde_json::{Value, json};

use crate::client::{ADA, Client, GRACE};
use crate::notifications::{connect, notices, subscribe, texts, url};

const RS: char = '\u{1e}';

fn wanted() -> Value {
    json!({
        "changeType": "created", "notificationUrl": "websockets:?groupId=g", "resource": "me/messages",
        "expirationDateTime": "2026-11-23T13:13:00Z",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut body = wanted();
    body[name] = value;
    body
}

#[test]
fn every_property_has_its_rule() {
    let mut client = Client::new();
    let wrong: [(&str, Value, &str); 22] = [
        ("changeType", Value::Null, "InvalidRequest"),
        ("changeType", json!("created,moved"), "InvalidRequest"),
        ("changeType", json!(""), "InvalidRequest"),
        ("changeType", json!(7), "BadRequest"),
        ("resource", Value::Null, "InvalidRequest"),
        ("resource", json!("me/mailFolders"), "InvalidRequest"),
        ("resource", json!("https://graph.microsoft.com/v1.0/me/messages"), "InvalidRequest"),
        ("resource", json!("me/messages?$top=5"), "InvalidRequest"),
        ("resource", json!("me/messages?$select=nonsense"), "RequestBroker--ParseUri"),
        ("notificationUrl", Value::Null, "InvalidRequest"),
        ("notificationUrl", json!(["websockets:"]), "BadRequest"),
        ("expirationDateTime", Value::Null, "InvalidRequest"),
        ("expirationDateTime", json!("soon"), "InvalidRequest"),
        ("expirationDateTime", json!("2026-11-30T09:13:00Z"), "InvalidRequest"),
        ("clientState", json!("x".repeat(129)), "InvalidRequest"),
        ("latestSupportedTlsVersion", json!("v9"), "InvalidRequest"),
        ("notificationQueryOptions", json!("$filter=x"), "InvalidRequest"),
        ("lifecycleNotificationUrl", json!("websockets:?groupId=g"), "InvalidRequest"),
        ("lifecycleNotificationUrl", json!("http://elsewhere.example/x"), "InvalidRequest"),
        ("includeResourceData", json!("yes"), "BadRequest"),
        ("includeResourceData", json!(true), "InvalidRequest"),
        ("colour", json!("blue"), "BadRequest"),
    ];
    for (name, value, code) in wrong {
        let got = client.post("/v1.0/subscriptions", with(name, value.clone()));
        assert_eq!((got.status, got.error().as_str()), (400, code), "{name}: {value}");
    }
    for body in [json!([]), json!("text"), json!(null)] {
        assert_eq!(client.post("/v1.0/subscriptions", body).status, 400);
    }
    for (name, value) in [
        ("resource", json!("/me/mailfolders('inbox')/messages")),
        ("resource", json!(format!("Users/{ADA}/messages"))),
        ("resource", json!("users('ada@petrel.test')/mailFolders/archive/messages")),
        ("changeType", json!("Created, updated")),
        ("clientState", json!("é".repeat(128))),
        ("latestSupportedTlsVersion", json!("v1_3")),
        ("@odata.type", json!("#microsoft.graph.subscription")),
        ("id", json!("ignored")),
    ] {
        let got = client.post("/beta/subscriptions", with(name, value.clone()));
        assert_eq!(got.status, 201, "{name}: {value}: {}", String::from_utf8_lossy(&got.bytes));
    }
    let got = client.post("/v1.0/subscriptions", with("resource", json!(format!("users/{GRACE}/messages"))));
    assert_eq!((got.status, got.error().as_str()), (403, "ErrorAccessDenied"));
    let got = client.post("/v1.0/subscriptions", with("resource", json!("users/nobody@petrel.test/messages")));
    assert_eq!(got.status, 404);
    let got = client.post("/v1.0/subscriptions", with("resource", json!("me/mailFolders/syncissues/messages")));
    assert_eq!(got.status, 404);
}

#[test]
fn what_is_fixed_at_creation_stays_and_a_list_comes_in_pages() {
    let mut client = Client::new();
    let made = client.post("/v1.0/subscriptions", with("clientState", json!("s"))).json();
    let path = format!("/v1.0/subscriptions/{}", made["id"].as_str().unwrap());
    for (name, value) in [
        ("resource", json!("me/mailFolders/inbox/messages")),
        ("changeType", json!("deleted")),
        ("clientState", json!("other")),
        ("lifecycleNotificationUrl", json!("https://x.example/")),
        ("includeResourceData", json!(true)),
    ] {
        let got = client.patch(&path, json!({name: value, "expirationDateTime": "2026-11-23T12:00:00Z"}));
        assert_eq!((got.status, got.error().as_str()), (400, "InvalidRequest"), "{name}");
    }
    assert_eq!(client.patch(&path, json!({})).status, 400);
    let whole = json!({"clientState": "s", "changeType": "created", "expirationDateTime": "2026-11-23T12:00:00Z"});
    assert_eq!(client.patch(&path, whole).status, 200, "the same value is no change");
    assert_eq!(client.call("POST", &format!("{path}/fly"), None, &[]).status, 400);
    assert_eq!(client.call("PUT", &path, None, &[]).status, 405);
    assert_eq!(client.call("DELETE", &path, None, &[]).status, 204);
    assert_eq!(client.call("DELETE", &path, None, &[]).status, 404);
    for _ in 0..101 {
        client.post("/v1.0/subscriptions", wanted());
    }
    let first = client.get("/v1.0/subscriptions");
    assert_eq!(first["value"].as_array().unwrap().len(), 100);
    let second = client.get(first["@odata.nextLink"].as_str().unwrap());
    assert_eq!((second["value"].as_array().unwrap().len(), second.get("@odata.nextLink")), (1, None));
}

#[test]
fn a_full_mailbox_and_a_double_are_refused() {
    let mut client = Client::new();
    client.control("POST", "subscriptions", &json!({"most": 2, "conflict": true}));
    assert_eq!(client.post("/v1.0/subscriptions", wanted()).status, 201);
    let got = client.post("/v1.0/subscriptions", with("resource", json!("/Me/Messages")));
    assert_eq!((got.status, got.error().as_str()), (409, "Conflict"));
    assert_eq!(client.post("/v1.0/subscriptions", with("changeType", json!("updated"))).status, 201);
    let got = client.post("/v1.0/subscriptions", with("changeType", json!("deleted")));
    assert_eq!((got.status, got.error().as_str()), (403, "ExtensionError"));
    assert!(got.json()["error"]["message"].as_str().unwrap().contains("has reached its limit"));
    let grace = client.token_of(GRACE);
    let ada = std::mem::replace(&mut client.token, grace);
    assert_eq!(client.post("/v1.0/subscriptions", wanted()).status, 201, "each mailbox has its own limit");
    assert_eq!(client.get("/v1.0/subscriptions")["value"].as_array().unwrap().len(), 1);
    client.token = ada;
    client.control("DELETE", "subscriptions", &json!({}));
    assert_eq!(client.post("/v1.0/subscriptions", wanted()).status, 201);
}

#[test]
fn scopes_decide_who_may_subscribe_and_the_floor_can_be_lowered() {
    let mut client = Client::new();
    let token = |client: &mut Client, scope: &str| {
        let got = client.control("POST", "token", &json!({"user": ADA, "scopes": [scope]}));
        client.token = got["access_token"].as_str().unwrap().to_owned();
    };
    for (scope, strict, status) in [
        ("Mail.ReadBasic", false, 201),
        ("Mail.ReadWrite", false, 201),
        ("Mail.ReadWrite", true, 403),
        ("Mail.Read", true, 201),
        ("Mail.Send", false, 403),
    ] {
        client.control("POST", "subscriptions", &json!({"strict_scopes": strict}));
        token(&mut client, scope);
        assert_eq!(client.post("/v1.0/subscriptions", wanted()).status, status, "{scope} {strict}");
    }
    token(&mut client, "Mail.ReadBasic");
    let mut body = with("includeResourceData", json!(true));
    body["resource"] = json!("me/messages?$select=subject");
    assert_eq!(client.post("/v1.0/subscriptions", body).status, 403, "data is more than the basics");
    client.control("POST", "subscriptions", &json!({"floor": false}));
    let got = client.post("/v1.0/subscriptions", with("expirationDateTime", json!("2026-11-23T09:13:00Z")));
    assert_eq!(got.json()["expirationDateTime"], "2026-11-23T09:13:00.000Z");
}

#[test]
fn rich_data_comes_in_clear_over_the_hub() {
    let mut client = Client::new();
    let mut body = with("includeResourceData", json!(true));
    body["resource"] = json!("me/messages?$select=subject");
    let made = client.post("/beta/subscriptions", body).json();
    let socket = connect(&mut client, &url(&made), "s");
    let id = client.arrive("in clear");
    let pushes = client.sandbox.poll(client.now_ms);
    let notice = notices(&pushes, socket).remove(0).1;
    let about = &notice["resourceData"];
    assert_eq!((about["id"].as_str(), about["subject"].as_str()), (Some(id.as_str()), Some("in clear")));
    assert_eq!((about.get("body"), notice["EncryptedContent"].as_str()), (None, Some("")));
    assert!(notice.get("encryptedContent").is_none());
}

#[test]
fn notifications_can_be_lost_doubled_delayed_reordered_and_forged() {
    let mut client = Client::new();
    let made = subscribe(&mut client, "me/messages");
    let socket = connect(&mut client, &url(&made), "s");
    let both = |client: &mut Client, dials: Value| -> (Vec<Value>, Vec<Value>) {
        client.control("DELETE", "notifications", &json!({}));
        client.control("POST", "notifications", &dials);
        let made = client.control("POST", "generate", &json!({"to": ADA, "count": 3, "seed": 5}));
        let pushes = client.sandbox.poll(client.now_ms);
        let told = notices(&pushes, socket).into_iter().map(|(_, notice)| notice).collect();
        (made["ids"].as_array().unwrap().clone(), told)
    };
    let told = |client: &mut Client, dials: Value| both(client, dials).1;
    let ids = |told: &[Value]| -> Vec<Value> { told.iter().map(|one| one["resourceData"]["id"].clone()).collect() };
    let (made, plain) = both(&mut client, json!({}));
    assert_eq!(ids(&plain), made);
    assert_eq!(told(&mut client, json!({"lose": 2})).len(), 1);
    assert_eq!(told(&mut client, json!({"duplicate": 1})).len(), 4);
    let (made, turned) = both(&mut client, json!({"reorder": true}));
    assert_eq!(ids(&turned), made.into_iter().rev().collect::<Vec<Value>>());
    let forged = told(&mut client, json!({"client_state": "wrong", "subscription_id": "foreign"}));
    assert_eq!(
        (forged[0]["clientState"].as_str(), forged[0]["subscriptionId"].as_str()),
        (Some("wrong"), Some("foreign"))
    );
    let doubled = told(&mut client, json!({"echo": true}));
    let kinds: Vec<&str> = doubled.iter().map(|one| one["changeType"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["created", "updated", "created", "updated", "created", "updated"]);
    assert_eq!(told(&mut client, json!({"delay_ms": 5_000, "jitter_ms": 2_000})).len(), 0);
    assert!(client.sandbox.next_due().unwrap() >= client.now_ms + 5_000);
    client.wait(7_000);
    let pushes = client.sandbox.poll(client.now_ms);
    assert_eq!(notices(&pushes, socket).len(), 3);
}

#[test]
fn too_many_changes_at_once_are_told_as_missed_and_events_can_come_over_the_hub() {
    let mut client = Client::new();
    let made = subscribe(&mut client, "me/messages");
    let socket = connect(&mut client, &url(&made), "s");
    client.control("POST", "notifications", &json!({"missed_above": 25}));
    client.control("POST", "generate", &json!({"to": ADA, "count": 26, "seed": 5}));
    let events = |client: &mut Client| -> Vec<Value> {
        let pushes = client.sandbox.poll(client.now_ms);
        notices(&pushes, socket).into_iter().map(|(_, notice)| notice["lifecycleEvent"].clone()).collect()
    };
    assert_eq!(events(&mut client), ["missed"]);
    for event in ["reauthorizationRequired", "subscriptionRemoved"] {
        let told = client.control("POST", "lifecycle", &json!({"event": event, "subscription": made["id"]}));
        assert_eq!(told["told"], 1);
        assert_eq!(events(&mut client), [event]);
    }
    client.arrive("after");
    assert_eq!(events(&mut client).len(), 0);
    assert_eq!(client.get("/v1.0/subscriptions")["value"], json!([]));
}

#[test]
fn a_renewal_can_move_the_channel_and_the_old_one_is_gone() {
    let mut client = Client::new();
    let made = subscribe(&mut client, "me/messages");
    client.control("POST", "subscriptions", &json!({"move_channel": true}));
    let path = format!("/beta/subscriptions/{}", made["id"].as_str().unwrap());
    let renewed = client.patch(&path, json!({"expirationDateTime": "2026-11-23T12:00:00Z"})).json();
    assert_ne!(url(&renewed), url(&made));
    assert!(url(&renewed).contains("groupid=g1"));
    let old = url(&made).replace("websockets:http://localhost:8082", "").replace("?groupid", "/negotiate?groupid");
    assert_eq!(client.call("POST", &old, None, &[]).status, 404);
    let socket = connect(&mut client, &url(&renewed), "s");
    client.arrive("one");
    let pushes = client.sandbox.poll(client.now_ms);
    assert_eq!(notices(&pushes, socket).len(), 1);
    let again = client.patch(&path, json!({"expirationDateTime": "2026-11-23T12:30:00Z"})).json();
    assert_eq!(url(&again), url(&renewed), "once");
}

#[test]
fn the_hub_misbehaves_on_command() {
    let mut client = Client::new();
    let made = subscribe(&mut client, "me/messages");
    let socket = connect(&mut client, &url(&made), "s");
    client.control("POST", "hub", &json!({"action": "send", "text": "{\"type\":99}"}));
    client.control("POST", "hub", &json!({"action": "send", "text": "{\"type\":", "raw": true}));
    let frames: Vec<Frame> = client.sandbox.poll(client.now_ms).into_iter().map(|push| push.frame).collect();
    assert_eq!(frames, [Frame::Text(format!("{{\"type\":99}}{RS}")), Frame::Text("{\"type\":".to_owned())]);
    client.control("POST", "hub", &json!({"action": "glue"}));
    client.control("POST", "generate", &json!({"to": ADA, "count": 3, "seed": 5}));
    let pushes = client.sandbox.poll(client.now_ms);
    assert_eq!((pushes.len(), notices(&pushes, socket).len()), (1, 3), "three messages in one frame");
    let path = crate::notifications::negotiate(&mut client, &url(&made), "t");
    let second = client.sandbox.hub_open(&path, client.now_ms).unwrap();
    let hello = format!("{{\"protocol\":\"json\",\"version\":1}}{RS}");
    let said = client.sandbox.hub_receive(second, &hello, client.now_ms);
    assert_eq!((said.len(), texts(&said, second).len()), (1, 2), "the answer with the first message behind it");
    client.control("DELETE", "hub", &json!({}));
    client.control("POST", "hub", &json!({"action": "handshake", "error": "No."}));
    let path = crate::notifications::negotiate(&mut client, &url(&made), "u");
    let third = client.sandbox.hub_open(&path, client.now_ms).unwrap();
    let said = client.sandbox.hub_receive(third, &hello, client.now_ms);
    assert_eq!(texts(&said, third), [json!({"error": "No."})]);
    assert_eq!(said.last(), Some(&Push { socket: third, frame: Frame::Close }));
    client.control("POST", "hub", &json!({"action": "handshake"}));
    client.control("POST", "hub", &json!({"action": "redelivery", "tries": 2, "after_ms": 1_000}));
    client.arrive("twice");
    // What waits since before the change still waits ten seconds.
    let mut tries = 0;
    for _ in 0..5 {
        tries += notices(&client.sandbox.poll(client.now_ms), socket).len();
        client.wait(1_000);
    }
    assert_eq!(tries, 2);
    client.control("POST", "hub", &json!({"action": "expire_tokens"}));
    let status = client.sandbox.hub_open(&path, client.now_ms).unwrap_err().status().as_u16();
    assert!(status == 401 || status == 404);
}

/// A request to the service with a token for it.
fn service(client: &mut Client, made: &Value, method: &str, suffix: &str, accept: &str) -> crate::client::Got {
    let path = url(made).replace("websockets:http://localhost:8082", "").replace("?groupid", "/negotiate?groupid");
    let first = client.call("POST", &path, None, &[]).json();
    let target = first["url"].as_str().unwrap().strip_prefix("http://localhost:8083").unwrap().to_owned();
    let target =
        if suffix.is_empty() { target.replace("/client/", "/client/negotiate") } else { format!("{target}{suffix}") };
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header("authorization", format!("Bearer {}", first["accessToken"].as_str().unwrap()))
        .header("accept", accept)
        .body(Vec::new())
        .unwrap();
    client.send(Host::Hub, request)
}

#[test]
fn only_websockets_are_offered_and_other_transports_are_turned_away() {
    let mut client = Client::new();
    let made = subscribe(&mut client, "me/messages");
    let got = service(&mut client, &made, "POST", "", "*/*").json();
    assert_eq!(got["negotiateVersion"], 0, "no version asked is version 0");
    let id = got["connectionId"].as_str().unwrap().to_owned();
    assert!(got.get("connectionToken").is_none() && got.get("useStatefulReconnect").is_none());
    assert_eq!(got["availableTransports"], json!([{"transport": "WebSockets", "transferFormats": ["Text", "Binary"]}]));
    let known = format!("&id={id}");
    for (method, suffix, accept, status) in [
        ("GET", known.as_str(), "text/event-stream", 404),
        ("GET", known.as_str(), "*/*", 404),
        ("POST", known.as_str(), "*/*", 405),
        ("DELETE", known.as_str(), "*/*", 400),
        ("POST", "&x=1", "*/*", 400),
        ("GET", "&id=nobody", "*/*", 404),
    ] {
        assert_eq!(service(&mut client, &made, method, suffix, accept).status, status, "{method} {suffix} {accept}");
    }
    client.control("POST", "hub", &json!({"action": "negotiate", "error": "This connection is not allowed."}));
    assert_eq!(
        service(&mut client, &made, "POST", "", "*/*").json(),
        json!({"error": "This connection is not allowed."})
    );
    client.control("POST", "hub", &json!({"action": "negotiate", "loop": true}));
    let looped = service(&mut client, &made, "POST", "", "*/*").json();
    assert!(looped["url"].as_str().unwrap().starts_with("http://localhost:8083/client/?hub="), "{looped}");
    client.control("POST", "hub", &json!({"action": "negotiate", "version": 1}));
    assert_eq!(service(&mut client, &made, "POST", "", "*/*").json()["negotiateVersion"], 1);
}

#[test]
fn a_message_without_an_end_is_not_kept_for_ever() {
    let mut client = Client::new();
    let made = subscribe(&mut client, "me/messages");
    let socket = connect(&mut client, &url(&made), "s");
    let half = "x".repeat(20_000);
    assert_eq!(client.sandbox.hub_receive(socket, &half, client.now_ms), []);
    let said = client.sandbox.hub_receive(socket, &half, client.now_ms);
    assert_eq!(texts(&said, socket)[0]["type"], 7);
    assert_eq!(said.last(), Some(&Push { socket, frame: Frame::Close }));
    assert_eq!(client.sandbox.hub_receive(socket, "x", client.now_ms), []);
}

#[test]
fn ten_thousand_notifications_are_pushed_and_acknowledged() {
    let mut client = Client::new();
    let made = subscribe(&mut client, "me/messages");
    let socket = connect(&mut client, &url(&made), "s");
    client.control("POST", "generate", &json!({"to": ADA, "count": 10_000, "seed": 5}));
    let pushes = client.sandbox.poll(client.now_ms);
    let told = notices(&pushes, socket);
    assert_eq!(told.len(), 10_000);
    for (name, _) in told {
        let answer = format!("{{\"type\":3,\"invocationId\":\"{name}\",\"result\":{{\"StatusCode\":\"200\"}}}}{RS}");
        client.sandbox.hub_receive(socket, &answer, client.now_ms);
        client.sandbox.poll(client.now_ms);
    }
    client.wait(11_000);
    assert_eq!(client.sandbox.poll(client.now_ms), []);
}

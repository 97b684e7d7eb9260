//! What can go wrong on the way to a notification channel, each caused by a fault rule.

use http::Request;
use sandbox::Host;
use serde_json::{Value, json};

use crate::client::Client;
use crate::frames::Live;

fn fault(client: &mut Client, rule: Value) {
    client.control("POST", "faults", &json!([rule]));
}

fn wish() -> Value {
    json!({"changeType": "created", "notificationUrl": "websockets:", "resource": "me/messages", "expirationDateTime": "2026-11-23T10:12:00Z"})
}

fn negotiate_path(subscription: &Value) -> String {
    let url = subscription["notificationUrl"].as_str().unwrap();
    url.strip_prefix("websockets:http://localhost:8082").unwrap().replacen('?', "/negotiate?", 1)
}

#[test]
fn a_channel_is_refused_at_its_creation_in_every_way() {
    let mut client = Client::new();
    for (status, code) in [
        (400, "InvalidRequest"),
        (402, "PaymentRequired"),
        (403, "ExtensionError"),
        (409, "Conflict"),
        (429, "TooManyRequests"),
    ] {
        fault(
            &mut client,
            json!({"method": "POST", "path": "/subscriptions$", "times": 1, "then": {"status": status, "headers": {"Retry-After": "9"}, "body": {"error": {"code": code}}}}),
        );
        let got = client.post("/beta/subscriptions", wish());
        assert_eq!((got.status, got.error().as_str(), got.header("retry-after")), (status, code, "9"));
    }
    assert_eq!(client.post("/beta/subscriptions", wish()).status, 201);
}

#[test]
fn negotiates_fail_go_round_in_circles_and_answer_in_either_version() {
    let mut live = Live::new();
    let path = negotiate_path(&live.subscription);
    for status in [401, 404, 500] {
        fault(&mut live.client, json!({"path": "/negotiate", "times": 1, "then": {"status": status}}));
        assert_eq!(live.client.call("POST", &path, None, &[]).status, status);
    }
    let own = format!("http://localhost:8082{}", path.replacen("/negotiate?", "?", 1));
    fault(&mut live.client, json!({"path": "/negotiate", "times": 1, "then": {"merge": {"url": own}}}));
    assert_eq!(live.client.call("POST", &path, None, &[]).json()["url"], own.as_str(), "it leads back to itself");
    let first = live.client.call("POST", &path, None, &[]).json();
    let service = first["url"].as_str().unwrap().strip_prefix("http://localhost:8083").unwrap().to_owned();
    for (then, version) in [
        (json!({"merge": {"negotiateVersion": 0, "connectionToken": null}}), 0),
        (json!({"headers": {"x-any": "1"}}), 1),
    ] {
        fault(&mut live.client, json!({"host": "hub", "path": "/client/negotiate", "times": 1, "then": then}));
        let request = Request::post(service.replacen("/client/?", "/client/negotiate?negotiateVersion=1&", 1))
            .header("authorization", format!("Bearer {}", first["accessToken"].as_str().unwrap()))
            .body(Vec::new())
            .unwrap();
        let second = live.client.send(Host::Hub, request).json();
        assert_eq!(
            (second["negotiateVersion"].as_i64(), second.get("connectionToken").is_some()),
            (Some(version), version == 1)
        );
    }
}

#[test]
fn a_renewal_can_name_another_address_and_be_too_late() {
    let mut live = Live::new();
    let path = format!("/v1.0/subscriptions/{}", live.subscription["id"].as_str().unwrap());
    let moved = "websockets:http://localhost:8082/beta/subscriptions/notificationChannel/websockets/elsewhere?groupid=g1&sessionid=default";
    fault(
        &mut live.client,
        json!({"method": "PATCH", "path": "/subscriptions/", "times": 1, "then": {"merge": {"notificationUrl": moved}}}),
    );
    let body = json!({"expirationDateTime": "2026-11-23T11:00:00Z"});
    let got = live.client.patch(&path, body.clone());
    assert_eq!((got.status, got.json()["notificationUrl"].as_str()), (200, Some(moved)));
    live.client.control("POST", "expire", &json!({"what": "subscriptions"}));
    assert_eq!(live.client.patch(&path, body).status, 404);
}

//! Limits: requests at a time and in a while, sizes, sending, quotas, what browsers may read, the clock.

use http::Request;
use sandbox::{Fate, Flight, Host};
use serde_json::{Value, json};

use crate::client::{ADA, Client, GRACE, START_MS, message};

fn limit(client: &mut Client, body: Value) -> Value {
    client.control("POST", "limits", &body)
}

fn fly(client: &mut Client, path: &str) -> Flight {
    let head = Request::get("/").header("authorization", format!("Bearer {}", client.token)).body(()).unwrap();
    client.sandbox.take_off(Host::Graph, path, head.headers())
}

fn draft(client: &mut Client, to: &[&str], text: &str) -> String {
    let to: Vec<Value> = to.iter().map(|one| json!({"emailAddress": {"address": one}})).collect();
    let body = json!({"subject": "s", "body": {"contentType": "text", "content": text}, "toRecipients": to});
    let got = client.post("/v1.0/me/messages", body);
    assert_eq!(got.status, 201, "{}", String::from_utf8_lossy(&got.bytes));
    got.json()["id"].as_str().unwrap().to_owned()
}

fn status(client: &mut Client, path: &str) -> u16 {
    client.call("GET", path, None, &[]).status
}

#[test]
fn a_fifth_request_at_a_time_is_throttled_for_one_app_in_one_mailbox() {
    let mut client = Client::new();
    let flights: Vec<Flight> = (0..4).map(|_| fly(&mut client, "/v1.0/me/messages")).collect();
    let got = client.call("GET", "/v1.0/me/messages", None, &[]);
    assert_eq!((got.status, got.error().as_str(), got.header("retry-after")), (429, "ApplicationThrottled", "1"));
    assert_eq!(status(&mut client, "/v1.0/me"), 200, "the directory is no mailbox");
    let ada = std::mem::take(&mut client.token);
    client.token = client.token_of(GRACE);
    assert_eq!(status(&mut client, "/v1.0/me/messages"), 200, "another mailbox");
    client.token = ada;
    client.sandbox.land(flights[0]);
    assert_eq!(status(&mut client, "/v1.0/me/messages"), 200);
}

#[test]
fn an_answer_held_back_is_still_under_way_and_a_new_token_of_the_same_app_counts_with_the_old() {
    let mut client = Client::new();
    client.control("POST", "faults", &json!([{"path": "/messages$", "times": 4, "then": {"delay_ms": 1000}}]));
    for _ in 0..4 {
        assert_eq!(client.call("GET", "/v1.0/me/messages", None, &[]).fate, Fate::Delay(1000));
    }
    client.token = client.token_of(ADA);
    assert_eq!(status(&mut client, "/v1.0/me/messages"), 429);
    client.wait(1000);
    assert_eq!(status(&mut client, "/v1.0/me/messages"), 200);
}

#[test]
fn graph_can_be_slow_as_a_whole_and_its_slowness_repeats_with_the_seed() {
    let fates = || -> Vec<Fate> {
        let mut client = Client::new();
        limit(&mut client, json!({"latency_ms": 40, "jitter_ms": 30}));
        (0..6).map(|_| client.call("GET", "/v1.0/me", None, &[]).fate).collect()
    };
    let first = fates();
    assert!(first.iter().all(|fate| matches!(fate, Fate::Delay(40..=70))), "{first:?}");
    assert!(first.iter().any(|fate| *fate != first[0]));
    assert_eq!(first, fates());
}

#[test]
fn ten_thousand_requests_in_ten_minutes_are_enough() {
    let mut client = Client::new();
    for _ in 0..10_000 {
        assert_eq!(status(&mut client, "/v1.0/me/mailFolders/inbox?$select=id"), 200);
    }
    client.wait(590_000);
    let got = client.call("GET", "/v1.0/me/mailFolders/inbox", None, &[]);
    assert_eq!((got.status, got.error().as_str(), got.header("retry-after")), (429, "TooManyRequests", "10"));
    client.wait(10_000);
    assert_eq!(status(&mut client, "/v1.0/me/mailFolders/inbox"), 200);
}

#[test]
fn the_window_is_an_apps_own_and_refused_requests_count_too() {
    let mut client = Client::new();
    limit(&mut client, json!({"requests": 3, "window_s": 10}));
    let statuses: Vec<u16> = (0..5).map(|_| status(&mut client, "/v1.0/me/messages")).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    client.wait(9_000);
    assert_eq!(status(&mut client, "/v1.0/me/messages"), 429);
    client.wait(1_000);
    assert_eq!(status(&mut client, "/v1.0/me/messages"), 200, "one of the last four is recent enough");
    let batch: Vec<Value> =
        (0..6).map(|id| json!({"id": id.to_string(), "method": "GET", "url": "/me/messages"})).collect();
    client.wait(60_000);
    let got = client.post("/v1.0/$batch", json!({ "requests": batch })).json();
    let refused = got["responses"].as_array().unwrap().iter().filter(|row| row["status"] == 429).count();
    assert_eq!(refused, 3, "each step of a batch counts");
}

#[test]
fn the_wait_is_told_in_every_spelling_that_graph_has() {
    for (spelling, wait) in
        [("seconds", "8"), ("fraction", "7.500"), ("date", "Mon, 23 Nov 2026 09:12:10 GMT"), ("none", "")]
    {
        let mut client = Client::new();
        limit(&mut client, json!({"requests": 1, "window_s": 10, "retry_after": spelling}));
        assert_eq!(status(&mut client, "/v1.0/me/messages"), 200);
        client.wait(2_500);
        let got = client.call("GET", "/v1.0/me/messages", None, &[]);
        assert_eq!((got.status, got.header("retry-after")), (429, wait), "{spelling}");
    }
}

#[test]
fn a_body_above_four_megabytes_is_refused() {
    let mut client = Client::new();
    let text = "x".repeat(4 * 1024 * 1024 - 200);
    draft(&mut client, &[GRACE], &text);
    let got = client.post(
        "/v1.0/me/messages",
        json!({"subject": "s", "body": {"contentType": "text", "content": format!("{text}{}", "y".repeat(300))}}),
    );
    assert_eq!((got.status, got.error().as_str()), (413, "BadRequest"));
    assert!(got.json()["error"]["message"].as_str().unwrap().contains("4MB"));
}

#[test]
fn a_message_that_grows_too_large_is_refused_at_saving_and_at_sending() {
    let mut client = Client::new();
    let id = draft(&mut client, &[GRACE], "small");
    let attach =
        json!({"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.bin", "contentBytes": "A".repeat(40_000)});
    assert_eq!(client.post(&format!("{}/attachments", message(&id)), attach.clone()).status, 201);
    limit(&mut client, json!({"message_bytes": 50_000}));
    let got = client.post(&format!("{}/attachments", message(&id)), attach);
    assert_eq!((got.status, got.error().as_str()), (413, "ErrorMessageSizeExceeded"));
    limit(&mut client, json!({"message_bytes": 30_000}));
    let got = client.call("POST", &format!("{}/send", message(&id)), None, &[]);
    assert_eq!((got.status, got.error().as_str()), (413, "ErrorMessageSizeExceeded"));
    assert_eq!(client.patch(&message(&id), json!({"subject": "still"})).status, 200, "it can be made smaller");
    assert_eq!(client.post(&format!("{}/createReply", message(&id)), json!({})).status, 201, "without the files");
    client.control("DELETE", "limits", &json!({}));
    assert_eq!(client.call("POST", &format!("{}/send", message(&id)), None, &[]).status, 202);
}

#[test]
fn a_full_mailbox_takes_nothing_new_and_can_be_cleared_up() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let shown = limit(&mut client, json!({"quota": {"user": ADA, "bytes": 0}}));
    assert_eq!(shown["quotas"][0]["bytes"], 0);
    let got = client.post("/v1.0/me/messages", json!({"subject": "s"}));
    assert_eq!((got.status, got.error().as_str()), (507, "ErrorQuotaExceeded"));
    limit(&mut client, json!({"quota": {"user": ADA, "bytes": 0, "code": "quotaLimitReached"}}));
    for path in ["copy", "createReply"] {
        let got = client.post(&format!("{}/{path}", message(&id)), json!({"destinationId": "archive"}));
        assert_eq!((got.status, got.error().as_str()), (507, "quotaLimitReached"), "{path}");
    }
    assert_eq!(client.patch(&message(&id), json!({"isRead": true})).status, 200);
    assert_eq!(client.call("DELETE", &message(&id), None, &[]).status, 204);
    limit(&mut client, json!({"quota": {"user": ADA, "bytes": null}}));
    assert_eq!(client.post("/v1.0/me/messages", json!({"subject": "s"})).status, 201);
}

#[test]
fn thirty_mails_a_minute_may_be_sent_and_the_next_waits() {
    let mut client = Client::new();
    let mail = json!({"message": {"subject": "s", "toRecipients": [{"emailAddress": {"address": GRACE}}]}});
    for _ in 0..30 {
        assert_eq!(client.post("/v1.0/me/sendMail", mail.clone()).status, 202);
    }
    client.wait(20_000);
    let got = client.post("/v1.0/me/sendMail", mail.clone());
    assert_eq!((got.status, got.error().as_str(), got.header("retry-after")), (429, "ErrorExceededMessageLimit", "40"));
    let id = draft(&mut client, &[GRACE], "x");
    assert_eq!(client.call("POST", &format!("{}/send", message(&id)), None, &[]).status, 429);
    client.wait(40_000);
    assert_eq!(client.call("POST", &format!("{}/send", message(&id)), None, &[]).status, 202);
    let delivered = client.control("GET", "delivered", &json!({}));
    assert_eq!(delivered.as_array().unwrap().len(), 30, "what was refused did not leave");
}

#[test]
fn a_days_recipients_are_counted_one_by_one() {
    let mut client = Client::new();
    limit(&mut client, json!({"recipients_per_day": 5}));
    let id = draft(&mut client, &[GRACE, "b@else.example", "c@else.example"], "x");
    assert_eq!(client.call("POST", &format!("{}/send", message(&id)), None, &[]).status, 202);
    let three = draft(&mut client, &[GRACE, "b@else.example", "c@else.example"], "x");
    let path = format!("{}/send", message(&three));
    assert_eq!(client.call("POST", &path, None, &[]).error(), "ErrorExceededMessageLimit");
    let two = draft(&mut client, &[GRACE, "b@else.example"], "x");
    assert_eq!(client.call("POST", &format!("{}/send", message(&two)), None, &[]).status, 202);
    client.wait(86_400_000);
    client.token = client.token_of(ADA);
    assert_eq!(client.call("POST", &path, None, &[]).status, 202);
}

#[test]
fn browsers_may_read_what_graph_lists_and_only_browsers_are_told() {
    let mut client = Client::new();
    let origin = ("origin", "http://localhost:8080");
    let got = client.call("GET", "/v1.0/me", None, &[origin]);
    assert_eq!(got.header("access-control-allow-origin"), "*");
    assert_eq!(
        got.header("access-control-expose-headers"),
        "ETag, Location, Preference-Applied, Content-Range, request-id, client-request-id, ReadWriteConsistencyToken, SdkVersion, WWW-Authenticate, x-ms-client-gcc-tenant, Retry-After"
    );
    assert_eq!(got.header("access-control-allow-credentials"), "", "Graph's CORS has no credentials");
    assert!(got.header("x-ms-ags-diagnostic").contains("ServerInfo"));
    let got = client.call("GET", "/v1.0/me", None, &[]);
    assert_eq!(got.header("access-control-allow-origin"), "");
    limit(&mut client, json!({"hide_retry_after": true, "requests": 0}));
    let got = client.call("GET", "/v1.0/me/messages", None, &[origin]);
    assert!(got.status == 429 && !got.header("retry-after").is_empty(), "it is sent");
    assert!(!got.header("access-control-expose-headers").contains("Retry-After"), "and cannot be read");
}

#[test]
fn each_service_answers_a_preflight_with_what_it_takes_itself() {
    let mut client = Client::new();
    let mut ask = |host, path: &str| {
        let request = Request::options(path)
            .header("origin", "http://localhost:8080")
            .header("access-control-request-method", "PUT")
            .body(Vec::new())
            .unwrap();
        let got = client.send(host, request);
        assert_eq!((got.status, got.header("access-control-allow-origin")), (204, "*"));
        (got.header("access-control-allow-headers").to_owned(), got.header("access-control-allow-methods").to_owned())
    };
    let graph = ask(Host::Graph, "/v1.0/me");
    assert!(graph.0.contains("prefer") && graph.1.contains("PATCH"));
    let hub = ask(Host::Hub, "/client/negotiate");
    for name in ["authorization", "x-requested-with", "x-signalr-user-agent", "content-type", "prefer"] {
        assert!(hub.0.contains(name), "{name}");
    }
    let upload = ask(Host::Upload, "/x");
    assert_eq!(upload.0, "content-type, content-range", "an upload URL takes no token and no SDK's headers");
    assert!(upload.1.contains("PUT") && !upload.1.contains("PATCH"));
}

#[test]
fn the_clock_goes_forward_back_to_a_moment_and_to_a_standstill() {
    let mut client = Client::new();
    let date = |client: &mut Client| client.call("GET", "/v1.0/me", None, &[]).header("date").to_owned();
    assert_eq!(client.control("POST", "clock", &json!({"advance_s": -3600}))["offset_s"], -3600);
    assert_eq!(date(&mut client), "Mon, 23 Nov 2026 08:12:00 GMT", "a server's clock may be behind");
    let set = client.control("POST", "clock", &json!({"set": "2026-12-31T23:59:59Z", "freeze": true}));
    assert_eq!((set["now"].as_str(), set["frozen"].as_bool()), (Some("2026-12-31T23:59:59.000Z"), Some(true)));
    client.token = client.token_of(ADA);
    client.wait(5_000);
    assert_eq!(date(&mut client), "Thu, 31 Dec 2026 23:59:59 GMT");
    client.control("POST", "clock", &json!({"advance_s": 1}));
    assert_eq!(date(&mut client), "Fri, 01 Jan 2027 00:00:00 GMT");
    client.control("POST", "clock", &json!({"freeze": false}));
    client.wait(5_000);
    assert_eq!(date(&mut client), "Fri, 01 Jan 2027 00:00:05 GMT");
}

#[test]
fn nonsense_about_limits_and_the_clock_is_named_and_changes_nothing() {
    let mut client = Client::new();
    let before = client.control("GET", "limits", &json!({}));
    for (call, body) in [
        ("limits", json!({"concurrent": 1, "moons": 2})),
        ("limits", json!({"concurrent": "four"})),
        ("limits", json!({"retry_after": "soon"})),
        ("limits", json!({"quota": {"user": "nobody@petrel.test", "bytes": 1}})),
        ("limits", json!({"quota": {"user": ADA}})),
        ("limits", json!([])),
        ("clock", json!({})),
        ("clock", json!({"set": "tomorrow"})),
        ("clock", json!({"set": "2026-12-31T23:59:59Z", "advance_s": 1})),
        ("sending", json!({})),
    ] {
        let request = Request::post(format!("/_sandbox/{call}")).body(body.to_string().into_bytes()).unwrap();
        assert_eq!(client.send(Host::Graph, request).status, 400, "{call} {body}");
    }
    assert_eq!(client.control("GET", "limits", &json!({})), before);
    assert_eq!(client.now_ms, START_MS);
}

//! The sixty-six named fault points: each one is caused here, or is said not to be a server's to cause.
//! The names are those of the reference on reliability; a client's own tests use the same causes.

use http::Request;
use sandbox::{Fate, Host, Pace};
use serde_json::{Value, json};

use crate::client::{ADA, Client, GRACE, Got, START_MS, message};
use crate::frames::Live;

/// What is said of one point.
enum Point {
    Caused(fn()),
    /// Only the device, the browser or a crash of the app can bring it about.
    Elsewhere(&'static str),
}

use Point::{Caused, Elsewhere};

const POINTS: [(&str, &str, Point); 66] = [
    ("A1", "discovery unreachable", Caused(a1)),
    ("A2", "code lost before exchange", Caused(a2)),
    ("A3", "token answer lost after rotation", Caused(a3)),
    ("A4", "refresh 5xx", Caused(a4)),
    ("A5", "refresh interaction_required", Caused(a5)),
    ("A6", "claims challenge during send", Caused(a6)),
    ("A7", "wrong user returns", Caused(a7)),
    ("A8", "clock skew at renewal", Caused(a8)),
    (
        "A9",
        "sign-out in another tab mid-request",
        Elsewhere("tabs are the browser's; a delay of the token call gives the time"),
    ),
    ("O1", "crash before draft POST", Elsewhere("the app crashes before anything is sent")),
    ("O2", "draft POST lost answer", Caused(o2)),
    ("O3", "crash after answer, before commit", Elsewhere("the app crashes with the answer in hand")),
    ("O4", "attachment session lost midway", Caused(o4)),
    ("O5", "attachment committed, answer lost", Caused(o5)),
    ("O6", "crash between intent commit and request", Elsewhere("the app crashes before anything is sent")),
    ("O7", "send 202 lost", Caused(o7)),
    ("O8", "send 504 but accepted", Caused(o8)),
    ("O9", "504 not accepted", Caused(o9)),
    ("O10", "429 with and without wait", Caused(o10)),
    ("O11", "Sent copy appears after 0 to 300 s", Caused(o11)),
    ("O12", "Sent copy has another id", Caused(o12)),
    ("O13", "draft deleted elsewhere", Caused(o13)),
    ("O14", "draft edited elsewhere", Caused(o14)),
    (
        "O15",
        "user cancels at the same tick",
        Elsewhere("the order of a person's acts is the app's; a delay of send gives the time"),
    ),
    ("O16", "refused: too big, denied, quota", Caused(o16)),
    (
        "O17",
        "second tab steals leadership mid-send",
        Elsewhere("tabs are the browser's; a delay of send gives the time"),
    ),
    ("S1", "crash between page and commit", Elsewhere("the app crashes with the page in hand")),
    ("S2", "410", Caused(s2)),
    ("S3", "duplicate page", Caused(s3)),
    ("S4", "item removed then re-added", Caused(s4)),
    ("S5", "A-B-A move lost", Caused(s5)),
    ("S6", "empty pages with next link", Caused(s6)),
    ("S7", "truncated JSON", Caused(s7)),
    ("S8", "wrong content type", Caused(s8)),
    ("S9", "page older than local change", Caused(s9)),
    ("S10", "folder renamed or deleted under us", Caused(s10)),
    ("S11", "10,000-change page run", Caused(s11)),
    ("S12", "server clock behind", Caused(s12)),
    ("D1", "abort in first, second, last put", Elsewhere("the device's database")),
    ("D2", "quota on mail", Elsewhere("the device's database")),
    ("D3", "quota on outbox", Elsewhere("the device's database")),
    ("D4", "connection lost", Elsewhere("the device's database")),
    ("D5", "database deleted while open", Elsewhere("the device's database")),
    ("D6", "blocked upgrade", Elsewhere("the device's database")),
    ("D7", "kill in each migration step", Elsewhere("the device's database")),
    ("D8", "record unreadable", Elsewhere("the device's database")),
    ("D9", "whole-origin eviction", Elsewhere("the device's database")),
    ("D10", "disk slow", Elsewhere("the device's database")),
    ("D11", "private mode without storage", Elsewhere("the device's database")),
    ("T1", "leader killed", Elsewhere("tabs are the browser's")),
    (
        "T2",
        "leader frozen 10 min then thawed",
        Elsewhere("tabs are the browser's; the clock can be advanced meanwhile"),
    ),
    ("T3", "two leaders", Elsewhere("tabs are the browser's")),
    ("T4", "broadcast lost", Elsewhere("tabs are the browser's")),
    ("T5", "broadcast reordered", Elsewhere("tabs are the browser's")),
    ("T6", "old and new build together", Caused(t6)),
    (
        "T7",
        "worker update while composing",
        Elsewhere("the files are the build's; the server serves what the folder holds"),
    ),
    ("T8", "shell cache half-written", Caused(t8)),
    ("T9", "offline cold start", Caused(t9)),
    ("T10", "reload on every step of sign-in", Elsewhere("the person reloads; a delay of each step gives the time")),
    ("R1", "socket drop", Caused(r1)),
    ("R2", "token expires on socket", Caused(r2)),
    ("R3", "burst", Caused(r3)),
    ("R4", "duplicate and reordered events", Caused(r4)),
    ("R5", "event before the row is readable", Caused(r5)),
    ("R6", "subscription expired while asleep", Caused(r6)),
    ("R7", "resubscribe storm after outage", Caused(r7)),
];

#[test]
fn every_named_fault_point_is_caused_or_is_not_a_servers() {
    let counts = [("A", 9), ("O", 17), ("S", 12), ("D", 11), ("T", 10), ("R", 7)];
    let names: Vec<String> =
        counts.iter().flat_map(|(letter, most)| (1..=*most).map(move |number| format!("{letter}{number}"))).collect();
    assert_eq!(POINTS.iter().map(|(name, _, _)| *name).collect::<Vec<_>>(), names);
    let mut caused = 0;
    for (name, what, point) in &POINTS {
        match point {
            Caused(cause) => {
                println!("{name}: {what}");
                cause();
                caused += 1;
            }
            Elsewhere(reason) => assert!(!reason.is_empty(), "{name}"),
        }
    }
    assert_eq!(caused, 41);
}

const CLIENT: &str = "00000000-0000-4000-8000-00000000cafe";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const INBOX_DELTA: &str = "/v1.0/me/mailFolders/inbox/messages/delta?$select=subject";

fn fault(client: &mut Client, rule: Value) {
    client.control("POST", "faults", &json!([rule]));
}

fn inbox(client: &mut Client) -> Vec<Value> {
    client.get("/v1.0/me/mailFolders/inbox/messages?$top=1000")["value"].as_array().unwrap().clone()
}

fn entra(client: &mut Client, method: &str, path: &str, body: &str) -> Got {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("origin", "http://localhost:8080")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.as_bytes().to_vec())
        .unwrap();
    client.send(Host::Entra, request)
}

/// What comes back after choosing a person on the sign-in page.
fn chosen(client: &mut Client, who: &str) -> Got {
    let path = format!(
        "/common/oauth2/v2.0/authorize?client_id={CLIENT}&response_type=code&redirect_uri=http%3A%2F%2Flocalhost%3A8080%2F&response_mode=fragment&scope=openid%20profile%20offline_access%20User.Read%20Mail.ReadWrite%20Mail.Send&state=s&nonce=n&code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    let page = entra(client, "GET", &path, "");
    let html = String::from_utf8(page.bytes).unwrap();
    let action = html.split("action=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    entra(client, "POST", &action, &format!("account={}", who.replace('@', "%40")))
}

fn tokens(client: &mut Client, who: &str) -> Value {
    let got = chosen(client, who);
    let location = got.header("location").to_owned();
    let code = location.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let form = format!(
        "grant_type=authorization_code&client_id={CLIENT}&code={code}&redirect_uri=http%3A%2F%2Flocalhost%3A8080%2F&code_verifier={VERIFIER}"
    );
    let got = entra(client, "POST", "/common/oauth2/v2.0/token", &form);
    assert_eq!(got.status, 200, "{}", String::from_utf8_lossy(&got.bytes));
    got.json()
}

fn renew(client: &mut Client, tokens: &Value) -> Got {
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let form = format!("grant_type=refresh_token&client_id={CLIENT}&refresh_token={refresh}");
    entra(client, "POST", "/common/oauth2/v2.0/token", &form)
}

fn draft(client: &mut Client) -> String {
    let got = client
        .post("/v1.0/me/messages", json!({"subject": "mine", "toRecipients": [{"emailAddress": {"address": GRACE}}]}));
    assert_eq!(got.status, 201);
    got.json()["id"].as_str().unwrap().to_owned()
}

fn send(client: &mut Client, id: &str) -> Got {
    client.call("POST", &format!("{}/send", message(id)), None, &[])
}

fn deliveries(client: &mut Client) -> usize {
    client.wait(1_000);
    client.control("GET", "delivered", &json!({})).as_array().unwrap().len()
}

/// Something done by another client of the same mailbox.
fn elsewhere(client: &mut Client, act: impl FnOnce(&mut Client)) {
    let other = client.token_of(ADA);
    let own = std::mem::replace(&mut client.token, other);
    act(client);
    client.token = own;
}

fn a1() {
    let mut client = Client::new();
    fault(
        &mut client,
        json!({"host": "entra", "path": "openid-configuration", "times": 1, "then": {"drop": "before"}}),
    );
    let path = "/common/v2.0/.well-known/openid-configuration";
    assert_eq!(entra(&mut client, "GET", path, "").fate, Fate::Drop);
    assert_eq!(entra(&mut client, "GET", path, "").status, 200);
}

fn a2() {
    let mut client = Client::new();
    fault(
        &mut client,
        json!({"host": "entra", "method": "POST", "path": "authorize", "times": 1, "then": {"drop": "after"}}),
    );
    assert_eq!(chosen(&mut client, ADA).fate, Fate::Drop);
    assert_eq!(chosen(&mut client, ADA).status, 302, "the next try brings a code");
}

fn a3() {
    let mut client = Client::new();
    let first = tokens(&mut client, ADA);
    fault(&mut client, json!({"host": "entra", "path": "/token$", "times": 1, "then": {"drop": "after"}}));
    assert_eq!(renew(&mut client, &first).fate, Fate::Drop);
    let log = client.control("GET", "log", &json!({}));
    assert_eq!(log.as_array().unwrap().last().unwrap()["status"], 0, "the tokens were made and nobody got them");
}

fn a4() {
    let mut client = Client::new();
    let first = tokens(&mut client, ADA);
    fault(&mut client, json!({"host": "entra", "path": "/token$", "times": 1, "then": {"status": 503}}));
    assert_eq!(renew(&mut client, &first).status, 503);
    assert_eq!(renew(&mut client, &first).status, 200);
}

fn a5() {
    let mut client = Client::new();
    let first = tokens(&mut client, ADA);
    let id = draft(&mut client);
    fault(
        &mut client,
        json!({"host": "entra", "path": "/token$", "times": 1, "then": {"status": 400, "body": {"error": "interaction_required", "error_codes": [50076]}}}),
    );
    assert_eq!(renew(&mut client, &first).json()["error"], "interaction_required");
    client.control("POST", "expire", &json!({"what": "refresh_tokens"}));
    assert_eq!(renew(&mut client, &first).json()["error"], "invalid_grant");
    assert_eq!(client.call("GET", &message(&id), None, &[]).status, 200, "what waits to be sent is still there");
}

fn a6() {
    let mut client = Client::new();
    let id = draft(&mut client);
    let challenge = "Bearer realm=\"\", error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnt9fQ==\"";
    fault(
        &mut client,
        json!({"method": "POST", "path": "/send$", "times": 1, "then": {"status": 401, "headers": {"WWW-Authenticate": challenge}}}),
    );
    let got = send(&mut client, &id);
    assert_eq!((got.status, got.header("www-authenticate")), (401, challenge));
    assert_eq!(deliveries(&mut client), 0);
}

fn a7() {
    let mut client = Client::new();
    client.token = tokens(&mut client, GRACE)["access_token"].as_str().unwrap().to_owned();
    assert_eq!(client.get("/v1.0/me")["mail"], GRACE, "whoever was meant, it was grace who came back");
}

fn a8() {
    let mut client = Client::new();
    let first = tokens(&mut client, ADA);
    client.token = first["access_token"].as_str().unwrap().to_owned();
    client.control("POST", "clock", &json!({"advance_s": 6 * 3600}));
    assert_eq!(client.call("GET", "/v1.0/me", None, &[]).status, 401, "sooner than the client's clock says");
    client.token = renew(&mut client, &first).json()["access_token"].as_str().unwrap().to_owned();
    let got = client.call("GET", "/v1.0/me", None, &[]);
    assert_eq!((got.status, got.header("date")), (200, "Mon, 23 Nov 2026 15:12:00 GMT"));
}

fn o2() {
    let mut client = Client::new();
    fault(&mut client, json!({"method": "POST", "path": "/me/messages$", "times": 1, "then": {"drop": "after"}}));
    assert_eq!(client.post("/v1.0/me/messages", json!({"subject": "mine"})).fate, Fate::Drop);
    let drafts = client.get("/v1.0/me/mailFolders/drafts/messages");
    assert_eq!(drafts["value"][0]["subject"], "mine");
}

fn o4() {
    let mut client = Client::new();
    let put =
        || Request::put("/attachments/session").header("content-range", "bytes 0-2/9").body(b"abc".to_vec()).unwrap();
    fault(
        &mut client,
        json!({"host": "upload", "method": "PUT", "skip": 1, "times": 2, "then": [{"drop": "after"}, {"status": 404}]}),
    );
    let through = client.send(Host::Upload, put());
    assert_eq!(through.fate, Fate::Answer);
    assert_eq!(client.send(Host::Upload, put()).fate, Fate::Drop, "a piece on its way is lost");
    assert_eq!(client.send(Host::Upload, put()).status, 404, "and with it the session");
}

fn o5() {
    let mut client = Client::new();
    let id = draft(&mut client);
    let path = format!("{}/attachments", message(&id));
    fault(&mut client, json!({"method": "POST", "path": "/attachments$", "times": 1, "then": {"drop": "after"}}));
    let file = json!({"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "aGk="});
    assert_eq!(client.post(&path, file).fate, Fate::Drop);
    assert_eq!(client.get(&path)["value"][0]["name"], "a.txt");
}

fn o7() {
    let mut client = Client::new();
    let id = draft(&mut client);
    fault(&mut client, json!({"method": "POST", "path": "/send$", "times": 1, "then": {"drop": "after"}}));
    assert_eq!(send(&mut client, &id).fate, Fate::Drop);
    assert_eq!(deliveries(&mut client), 1);
}

fn o8() {
    let mut client = Client::new();
    let id = draft(&mut client);
    fault(
        &mut client,
        json!({"method": "POST", "path": "/send$", "times": 1, "then": {"status": 504, "when": "after"}}),
    );
    assert_eq!(send(&mut client, &id).status, 504);
    assert_eq!(deliveries(&mut client), 1);
}

fn o9() {
    let mut client = Client::new();
    let id = draft(&mut client);
    fault(&mut client, json!({"method": "POST", "path": "/send$", "times": 1, "then": {"status": 504}}));
    assert_eq!(send(&mut client, &id).status, 504);
    assert_eq!(deliveries(&mut client), 0);
    assert_eq!(client.get(&message(&id))["isDraft"], true);
}

fn o10() {
    for (spelling, wait) in [("seconds", "60"), ("none", "")] {
        let mut client = Client::new();
        let id = draft(&mut client);
        let spare = draft(&mut client);
        client.control("POST", "limits", &json!({"sends_per_minute": 1, "retry_after": spelling}));
        assert_eq!(send(&mut client, &spare).status, 202);
        let got = send(&mut client, &id);
        assert_eq!((got.status, got.header("retry-after")), (429, wait));
        assert_eq!(deliveries(&mut client), 1);
    }
}

fn o11() {
    for seconds in [0, 1, 300] {
        let mut client = Client::new();
        client.control("POST", "sending", &json!({"delay_ms": seconds * 1000}));
        let id = draft(&mut client);
        assert_eq!(send(&mut client, &id).status, 202);
        let sent = |client: &mut Client| {
            client.get("/v1.0/me/mailFolders/sentitems/messages")["value"].as_array().unwrap().len()
        };
        if seconds > 0 {
            client.wait(seconds * 1000 - 1);
            assert_eq!(sent(&mut client), 0);
            client.wait(1);
        }
        assert_eq!(sent(&mut client), 1, "after {seconds} s");
    }
}

fn o12() {
    let mut client = Client::new();
    client.control("POST", "sending", &json!({"new_item": true}));
    let id = draft(&mut client);
    let name = client.get(&message(&id))["internetMessageId"].clone();
    assert_eq!(send(&mut client, &id).status, 202);
    assert_eq!(deliveries(&mut client), 1);
    let copy = client.get("/v1.0/me/mailFolders/sentitems/messages")["value"][0].clone();
    assert_ne!(copy["id"], id.as_str());
    assert_eq!(copy["internetMessageId"], name);
    assert_eq!(client.call("GET", &message(&id), None, &[]).status, 404);
}

fn o13() {
    let mut client = Client::new();
    let id = draft(&mut client);
    elsewhere(&mut client, |other| {
        let got = other.call("POST", &format!("{}/permanentDelete", message(&id)), None, &[]);
        assert_eq!(got.status, 204);
    });
    assert_eq!(send(&mut client, &id).error(), "ErrorItemNotFound");
}

fn o14() {
    let mut client = Client::new();
    let id = draft(&mut client);
    let tag = client.get(&message(&id))["@odata.etag"].as_str().unwrap().to_owned();
    elsewhere(&mut client, |other| {
        assert_eq!(other.patch(&message(&id), json!({"subject": "theirs"})).status, 200);
    });
    let got = client.call("PATCH", &message(&id), Some(json!({"subject": "ours"})), &[("if-match", &tag)]);
    assert_eq!((got.status, got.error().as_str()), (412, "ErrorIrresolvableConflict"));
}

fn o16() {
    let mut client = Client::new();
    let id = draft(&mut client);
    client.control("POST", "limits", &json!({"message_bytes": 0}));
    client.patch(&message(&id), json!({"body": {"contentType": "text", "content": "large"}}));
    assert_eq!(client.post("/v1.0/me/messages", json!({"subject": "s"})).error(), "ErrorMessageSizeExceeded");
    client.control("POST", "limits", &json!({"message_bytes": 36_700_160, "quota": {"user": ADA, "bytes": 0}}));
    assert_eq!(send(&mut client, &id).error(), "ErrorQuotaExceeded");
    client.control("DELETE", "limits", &json!({}));
    client.patch(&message(&id), json!({"from": {"emailAddress": {"address": GRACE}}}));
    assert_eq!(send(&mut client, &id).error(), "ErrorSendAsDenied");
    let got = client.control("POST", "token", &json!({"user": ADA, "scopes": ["Mail.ReadWrite"]}));
    client.token = got["access_token"].as_str().unwrap().to_owned();
    assert_eq!(send(&mut client, &id).error(), "ErrorAccessDenied");
}

fn s2() {
    let mut client = Client::new();
    let (_, link) = client.round(INBOX_DELTA);
    client.control("POST", "expire", &json!({"what": "delta"}));
    let got = client.call("GET", &link, None, &[]);
    assert_eq!((got.status, got.error().as_str()), (410, "SyncStateNotFound"));
}

fn s3() {
    let mut client = Client::new();
    for number in 0..12 {
        client.arrive(&format!("m{number}"));
    }
    fault(&mut client, json!({"path": "/delta", "skip": 1, "times": 1, "then": {"repeat": "last"}}));
    let (rows, _) = client.round(INBOX_DELTA);
    let mut ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 22, "ten rows come twice");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 12);
}

fn s4() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let (_, link) = client.round(INBOX_DELTA);
    let mut rows = Vec::new();
    for folder in ["archive", "inbox"] {
        elsewhere(&mut client, |other| {
            let got = other.post(&format!("{}/move", message(&id)), json!({"destinationId": folder}));
            assert_eq!(got.status, 201);
        });
        rows.push(client.round(&link).0);
    }
    assert_eq!((rows[0][0]["id"].as_str(), rows[0][0]["@removed"].is_object()), (Some(id.as_str()), true));
    assert_eq!((rows[1][0]["id"].as_str(), rows[1][0]["@removed"].is_object()), (Some(id.as_str()), false));
}

fn s5() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let (_, link) = client.round(INBOX_DELTA);
    for folder in ["archive", "inbox"] {
        client.post(&format!("{}/move", message(&id)), json!({"destinationId": folder}));
    }
    fault(&mut client, json!({"path": "/delta", "times": 1, "then": {"merge": {"value": []}}}));
    let (rows, _) = client.round(&link);
    assert_eq!(rows.len(), 0, "the way there and back is not told");
    assert_eq!(inbox(&mut client).len(), 1);
}

fn s6() {
    let mut client = Client::new();
    client.arrive("one");
    fault(&mut client, json!({"path": "/delta", "times": 3, "then": {"empty_page": true}}));
    let page = client.get(INBOX_DELTA);
    assert!(page["value"].as_array().unwrap().is_empty() && page["@odata.nextLink"].is_string());
    assert_eq!(client.round(page["@odata.nextLink"].as_str().unwrap()).0.len(), 1);
}

fn s7() {
    let mut client = Client::new();
    client.arrive("one");
    fault(&mut client, json!({"path": "/delta", "times": 1, "then": {"truncate": 100}}));
    let got = client.call("GET", INBOX_DELTA, None, &[]);
    assert!(got.status == 200 && serde_json::from_slice::<Value>(&got.bytes).is_err());
}

fn s8() {
    let mut client = Client::new();
    fault(&mut client, json!({"path": "/delta", "times": 1, "then": {"html": true}}));
    let got = client.call("GET", INBOX_DELTA, None, &[]);
    assert!(got.status == 200 && got.header("content-type").starts_with("text/html"));
}

fn s9() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let path = format!("{}?$select=isRead", message(&id));
    fault(&mut client, json!({"path": "isRead", "skip": 1, "times": 1, "then": {"repeat": "address"}}));
    assert_eq!(client.get(&path)["isRead"], false);
    client.patch(&message(&id), json!({"isRead": true}));
    assert_eq!(client.get(&path)["isRead"], false, "as before the change");
    assert_eq!(client.get(&path)["isRead"], true);
}

fn s10() {
    let mut client = Client::new();
    let got = client.post("/v1.0/me/mailFolders", json!({"displayName": "Mine"}));
    let path = format!("/v1.0/me/mailFolders/{}", crate::client::segment(got.json()["id"].as_str().unwrap()));
    elsewhere(&mut client, |other| assert_eq!(other.patch(&path, json!({"displayName": "Theirs"})).status, 200));
    assert_eq!(client.get(&path)["displayName"], "Theirs");
    elsewhere(&mut client, |other| {
        let got = other.call("POST", &format!("{path}/move"), Some(json!({"destinationId": "deleteditems"})), &[]);
        assert!(got.status < 300);
    });
    let parent = client.get(&path)["parentFolderId"].clone();
    assert_eq!(parent, client.get("/v1.0/me/mailFolders/deleteditems")["id"]);
}

fn s11() {
    let mut client = Client::new();
    let (_, link) = client.round(INBOX_DELTA);
    client.control("POST", "generate", &json!({"to": ADA, "count": 10_000, "seed": 1}));
    client.prefer = "IdType=\"ImmutableId\", odata.maxpagesize=1000".to_owned();
    let (rows, _) = client.round(&link);
    assert_eq!(rows.len(), 10_000);
}

fn s12() {
    let mut client = Client::new();
    client.control("POST", "clock", &json!({"advance_s": -86_400}));
    let got = client.call("GET", "/v1.0/me", None, &[]);
    assert_eq!((got.status, got.header("date")), (200, "Sun, 22 Nov 2026 09:12:00 GMT"));
    let id = client.arrive("one");
    assert_eq!(client.get(&message(&id))["receivedDateTime"], "2026-11-22T09:12:00Z");
}

fn app(client: &mut Client, path: &str) -> sandbox::Reply {
    client.sandbox.handle(Host::App, Request::get(path).body(Vec::new()).unwrap(), START_MS)
}

fn t6() {
    let mut client = Client::new();
    fault(
        &mut client,
        json!({"host": "app", "path": "/config.json", "times": 1, "then": {"merge": {"environment": "next"}}}),
    );
    let told: Vec<Value> =
        (0..2).map(|_| serde_json::from_slice(app(&mut client, "/config.json").response.body()).unwrap()).collect();
    assert_eq!((&told[0]["environment"], &told[1]["environment"]), (&json!("next"), &json!("sandbox")));
}

fn t8() {
    let mut client = Client::new();
    fault(&mut client, json!({"host": "app", "path": "/config.json", "times": 1, "then": {"cut": 10}}));
    assert_eq!(app(&mut client, "/config.json").pace, Pace::Cut { after: 10 });
    fault(&mut client, json!({"host": "app", "path": "wasm$", "skip": 1, "then": {"drop": "before"}}));
    assert_eq!(app(&mut client, "/app.wasm").fate, Fate::Answer);
    assert_eq!(app(&mut client, "/engine.wasm").fate, Fate::Drop, "the first file is there and the second is not");
}

fn t9() {
    let mut client = Client::new();
    fault(&mut client, json!({"then": {"drop": "before"}}));
    assert_eq!(app(&mut client, "/").fate, Fate::Drop);
    assert_eq!(client.call("GET", "/v1.0/me", None, &[]).fate, Fate::Drop);
    client.control("DELETE", "faults", &json!({}));
    assert_eq!(client.call("GET", "/v1.0/me", None, &[]).fate, Fate::Answer);
}

fn r1() {
    let mut live = Live::new();
    live.client.control("POST", "hub", &json!({"action": "drop"}));
    let pushes = live.client.sandbox.poll(live.client.now_ms);
    assert!(pushes.iter().any(|push| push.socket == live.socket && push.frame == sandbox::Frame::Close));
}

fn r2() {
    let mut live = Live::new();
    live.client.control("POST", "expire", &json!({"what": "access_tokens"}));
    assert_eq!(live.client.call("GET", "/v1.0/me", None, &[]).status, 401);
    live.client.arrive("one");
    assert_eq!(live.notices().len(), 1, "the socket goes on");
}

fn r3() {
    let mut live = Live::new();
    live.client.control("POST", "generate", &json!({"to": ADA, "count": 200, "seed": 1}));
    assert_eq!(live.notices().len(), 200);
}

fn r4() {
    let mut live = Live::new();
    for what in ["duplicate", "reorder"] {
        live.client.control("POST", "frames", &json!({"what": what, "times": 1}));
    }
    let ids = [live.client.arrive("one"), live.client.arrive("two"), live.client.arrive("three")];
    let told = live.notices();
    let told: Vec<&str> = told.iter().map(|one| one["resourceData"]["id"].as_str().unwrap()).collect();
    assert_eq!(told, [&ids[0], &ids[0], &ids[2], &ids[1]]);
}

fn r5() {
    let mut live = Live::new();
    let (_, link) = live.client.round(INBOX_DELTA);
    fault(&mut live.client, json!({"path": "deltatoken", "skip": 1, "times": 1, "then": {"repeat": "address"}}));
    assert_eq!(live.client.round(&link).0.len(), 0);
    live.client.arrive("one");
    assert_eq!(live.notices().len(), 1);
    assert_eq!(live.client.round(&link).0.len(), 0, "told, and not yet to be read");
    assert_eq!(live.client.round(&link).0.len(), 1);
}

fn r6() {
    let mut live = Live::new();
    live.client.control("POST", "clock", &json!({"advance_s": 36 * 3600}));
    live.client.token = live.client.token_of(ADA);
    let id = live.subscription["id"].as_str().unwrap().to_owned();
    assert_eq!(live.client.call("GET", &format!("/v1.0/subscriptions/{id}"), None, &[]).status, 404);
    let mut live = Live::new();
    live.client.control("POST", "expire", &json!({"what": "subscriptions"}));
    live.client.arrive("one");
    assert_eq!(live.notices().len(), 0);
}

fn r7() {
    let mut live = Live::new();
    live.client.control("POST", "hub", &json!({"action": "drop"}));
    live.client.control("POST", "expire", &json!({"what": "subscriptions"}));
    fault(
        &mut live.client,
        json!({"path": "/subscriptions", "times": 3, "then": {"status": 429, "headers": {"Retry-After": "5"}}}),
    );
    let body = json!({"changeType": "created", "notificationUrl": "websockets:", "resource": "me/messages", "expirationDateTime": "2026-11-23T10:12:00Z"});
    let statuses: Vec<u16> = (0..4).map(|_| live.client.post("/beta/subscriptions", body.clone()).status).collect();
    assert_eq!(statuses, [429, 429, 429, 201]);
}

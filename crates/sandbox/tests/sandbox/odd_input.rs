//! What no client should send: queries, searches, tokens and MIME that are broken at random.
//! Whatever comes, Graph answers with a status and a code; nothing here may panic or hang.

use http::Request;
use sandbox::Host;
use serde_json::json;

use crate::client::{Client, message, segment};

/// A small generator of its own, so that a failing text can be made again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    /// The text with some of its characters lost, doubled or exchanged.
    fn spoil(&mut self, text: &str) -> String {
        let strange: Vec<char> = "'\"()/:,;=<>*&%$#\\ \u{0}é日{}[]+-".chars().collect();
        let mut out: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(4) {
            let at = self.below(out.len() + 1);
            let odd = strange[self.below(strange.len())];
            match self.below(4) {
                0 if at < out.len() => drop(out.remove(at)),
                1 => out.insert(at, odd),
                2 if at < out.len() => out[at] = odd,
                3 => out.truncate(at),
                _ => {}
            }
        }
        out.into_iter().collect()
    }
}

const OPTIONS: [(&str, &str); 8] = [
    (
        "$filter",
        "categories/any(c:c eq 'Red') and not (receivedDateTime ge 2026-01-01T00:00:00Z or subject in ('a','b'))",
    ),
    ("$filter", "singleValueExtendedProperties/any(ep: ep/id eq 'Integer 0x0E08' and cast(ep/value, Edm.Int32) gt 5)"),
    ("$search", "\"from:(ada OR bob) AND \\\"two words\\\" NOT sent:2026-01-01..2026-02-01 size>10kb\""),
    ("$select", "subject,microsoft.graph.eventMessage/meetingMessageType,body"),
    ("$expand", "attachments($select=id,name),singleValueExtendedProperties($filter=id eq 'String 0x1')"),
    ("$orderby", "from/emailAddress/name desc,receivedDateTime"),
    ("$top", "10"),
    ("$skiptoken", "eyJvIjoxMCwiZyI6MX0"),
];

#[test]
fn spoilt_query_options_are_answered() {
    let mut client = Client::new();
    client.arrive("one");
    let mut dice = Dice(7);
    let mut refused = 0;
    for turn in 0..3000 {
        let (name, value) = OPTIONS[turn % OPTIONS.len()];
        let value = dice.spoil(value);
        let path = if turn % 3 == 0 { "mailFolders/inbox/messages/delta" } else { "messages" };
        let query: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let got = client.call("GET", &format!("/v1.0/me/{path}?{name}={query}"), None, &[]);
        match got.status {
            200 => {}
            400 | 410 => {
                assert!(!got.error().is_empty(), "{name}={value}");
                refused += 1;
            }
            other => panic!("{other} for {name}={value}"),
        }
    }
    assert!(refused > 500, "most of it is wrong, yet only {refused} were refused");
}

#[test]
fn spoilt_bodies_are_answered() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let body = json!({
        "subject": "s", "body": {"contentType": "html", "content": "<p>x</p>"}, "importance": "high",
        "toRecipients": [{"emailAddress": {"name": "G", "address": "grace@petrel.test"}}],
        "flag": {"flagStatus": "flagged", "startDateTime": {"dateTime": "2026-01-01T00:00:00", "timeZone": "UTC"}},
        "internetMessageHeaders": [{"name": "x-a", "value": "1"}], "comment": "c", "destinationId": "archive",
        "singleValueExtendedProperties": [{"id": "Integer 0x0E08", "value": "1"}],
        "extensions": [{"extensionName": "a.b", "x": 1}],
        "requests": [{"entityTypes": ["message"], "query": {"queryString": "a OR (b)"}, "from": 0, "size": 5}],
    })
    .to_string();
    let mime = "U3ViamVjdDogaGkNCkNvbnRlbnQtVHlwZTogdGV4dC9odG1sDQoNCjxwPng8L3A+";
    let paths = [
        ("POST", "/v1.0/me/messages".to_owned()),
        ("PATCH", message(&id)),
        ("POST", format!("{}/createReply", message(&id))),
        ("POST", format!("{}/forward", message(&id))),
        ("POST", format!("{}/extensions", message(&id))),
        ("POST", format!("{}/copy", message(&id))),
        ("POST", "/v1.0/me/sendMail".to_owned()),
        ("POST", "/v1.0/search/query".to_owned()),
    ];
    let mut dice = Dice(11);
    for turn in 0..2000 {
        let (method, path) = &paths[turn % paths.len()];
        let (kind, text) = if turn % 5 == 0 { ("text/plain", mime) } else { ("application/json", body.as_str()) };
        let request = Request::builder()
            .method(*method)
            .uri(path)
            .header("authorization", format!("Bearer {}", client.token))
            .header("content-type", kind)
            .body(dice.spoil(text).into_bytes())
            .unwrap();
        let got = client.send(Host::Graph, request);
        assert!((200..500).contains(&got.status), "{} for {method} {path}", got.status);
        if got.status >= 400 {
            assert!(!got.error().is_empty(), "{method} {path}");
        }
    }
}

#[test]
fn spoilt_ids_are_malformed_or_unknown() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let mut dice = Dice(13);
    for _ in 0..500 {
        let odd = dice.spoil(&id);
        if odd == id || odd.is_empty() {
            continue;
        }
        let path: String = odd.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for path in [format!("/v1.0/me/messages/{path}"), format!("/v1.0/me/mailFolders/{path}/messages")] {
            let got = client.call("GET", &path, None, &[]);
            assert!(matches!(got.status, 400 | 404), "{} for {odd}", got.status);
        }
    }
    assert_eq!(client.get(&format!("/v1.0/me/messages/{}", segment(&id)))["subject"], "one");
}

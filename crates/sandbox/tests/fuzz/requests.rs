//! Requests to bend: every path there is, with ids that exist, options that make sense, bodies that almost fit.

use crate::chance::Chance;
use http::Request;
use sandbox::Host;
use serde_json::{Value, json};

/// A mail to bend.
pub const MIME: &str = "From: =?utf-8?B?QsO2Yg==?= <bob@else.example>\r\nTo: ada@petrel.test\r\nSubject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@else.example>\r\nReferences: <0@else.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p onclick=3Dx>Hi=C3=A9</p>\r\n--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261201T090000Z\r\nDTEND:20261201T100000Z\r\nSUMMARY:Meet\r\nORGANIZER:mailto:bob@else.example\r\nATTENDEE:mailto:ada@petrel.test\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\nSubject: inner\r\n\r\nin\r\n--b\r\nContent-Type: application/octet-stream; name*=utf-8''a%20b.bin\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <c@d>\r\n\r\nAAECAwQ=\r\n--b--\r\n";
/// A dialogue to bend.
pub const SMTP: &str = "EHLO me.example\r\nMAIL FROM:<bob@else.example> SIZE=100 BODY=8BITMIME\r\nRCPT TO:<ada@petrel.test>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\nend\r\n.\r\nRSET\r\nVRFY ada\r\nNOOP\r\nQUIT\r\n";
/// Frames to bend.
pub const HUB: [&str; 5] = [
    "{\"protocol\":\"json\",\"version\":1}\u{1e}",
    "{\"type\":6}\u{1e}",
    "{\"type\":1,\"target\":\"EchoMessage\",\"arguments\":[\"x\"]}\u{1e}",
    "{\"type\":3,\"invocationId\":\"1\",\"result\":\"{}\"}\u{1e}",
    "{\"type\":7,\"error\":\"bye\"}\u{1e}",
];

/// Where `@` stands for an id. What follows the method is the path below the version.
const CALLS: &[&str] = &[
    "GET me",
    "GET users",
    "GET users/@",
    "GET me/messages",
    "POST me/messages",
    "GET me/messages/$count",
    "GET me/messages/@",
    "PATCH me/messages/@",
    "DELETE me/messages/@",
    "GET me/messages/@/$value",
    "POST me/messages/@/move",
    "POST me/messages/@/copy",
    "POST me/messages/@/send",
    "POST me/messages/@/permanentDelete",
    "POST me/messages/@/createReply",
    "POST me/messages/@/createReplyAll",
    "POST me/messages/@/createForward",
    "POST me/messages/@/reply",
    "POST me/messages/@/replyAll",
    "POST me/messages/@/forward",
    "GET me/messages/@/attachments",
    "POST me/messages/@/attachments",
    "POST me/messages/@/attachments/createUploadSession",
    "GET me/messages/@/attachments/@",
    "GET me/messages/@/attachments/@/$value",
    "DELETE me/messages/@/attachments/@",
    "GET me/messages/@/extensions",
    "POST me/messages/@/extensions",
    "GET me/messages/delta",
    "GET me/mailFolders",
    "POST me/mailFolders",
    "GET me/mailFolders/delta",
    "GET me/mailFolders/@",
    "PATCH me/mailFolders/@",
    "DELETE me/mailFolders/@",
    "POST me/mailFolders/@/move",
    "POST me/mailFolders/@/copy",
    "GET me/mailFolders/@/childFolders",
    "POST me/mailFolders/@/childFolders",
    "GET me/mailFolders/@/messages",
    "POST me/mailFolders/@/messages",
    "GET me/mailFolders/@/messages/delta",
    "GET me/mailFolders/@/messageRules",
    "POST me/mailFolders/@/messageRules",
    "PATCH me/mailFolders/@/messageRules/@",
    "POST me/sendMail",
    "GET me/mailboxSettings",
    "PATCH me/mailboxSettings",
    "GET me/outlook/masterCategories",
    "POST me/outlook/masterCategories",
    "PATCH me/outlook/masterCategories/@",
    "GET me/outlook/supportedTimeZones",
    "GET me/inferenceClassification/overrides",
    "POST me/inferenceClassification/overrides",
    "POST me/getMailTips",
    "POST me/translateExchangeIds",
    "GET me/people",
    "GET me/contacts",
    "POST me/contacts",
    "PATCH me/contacts/@",
    "DELETE me/contacts/@",
    "GET me/contacts/delta",
    "GET me/contactFolders",
    "GET me/photo",
    "GET me/photo/$value",
    "GET me/photos",
    "GET me/calendarView",
    "GET me/events",
    "POST me/events",
    "PATCH me/events/@",
    "DELETE me/events/@",
    "POST me/events/@/accept",
    "POST me/events/@/decline",
    "POST me/events/@/tentativelyAccept",
    "POST me/events/@/cancel",
    "POST me/calendar/getSchedule",
    "GET subscriptions",
    "POST subscriptions",
    "PATCH subscriptions/@",
    "DELETE subscriptions/@",
    "POST search/query",
    "POST $batch",
];

const OPTIONS: &[&str] = &[
    "$select=id,subject,isRead",
    "$select=microsoft.graph.eventMessage/meetingMessageType",
    "$select=nothing",
    "$top=1",
    "$top=0",
    "$top=1001",
    "$top=-1",
    "$skip=3",
    "$skip=99999999999999999999",
    "$count=true",
    "$count=maybe",
    "$orderby=receivedDateTime desc",
    "$orderby=subject,from/emailAddress/name asc",
    "$orderby=nothing",
    "$filter=isRead eq false",
    "$filter=receivedDateTime ge 2026-01-01T00:00:00Z and subject eq 'x'",
    "$filter=(((isRead eq true) or not (isDraft eq false)))",
    "$filter=contains(subject,'a''b')",
    "$filter=categories/any(c:c eq 'x')",
    "$filter=singleValueExtendedProperties/any(ep: ep/id eq 'String {8d2a6f0e-6b1c-4b7e-9d53-7f0f6a1c2e90} Name X' and ep/value eq 'y')",
    "$filter=from/emailAddress/address in ('a','b')",
    "$filter=receivedDateTime ge",
    "$filter=receivedDateTime ge 99999999999-01-01T00:00:00Z",
    "$filter=start/dateTime lt '2026-01-01T00:00:00+99999999999:00'",
    "$orderby=displayName",
    "$search=\"subject:hello from:ada\"",
    "$search=\"",
    "$expand=attachments($select=id,name)",
    "$expand=nothing",
    "$expand=attachments(",
    "$skiptoken=abc",
    "$deltatoken=abc",
    "$skiptoken=eyJhIjowfQ",
    "changeType=created",
    "startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z",
    "startDateTime=never",
    "includeHiddenFolders=true",
    "$format=xml",
];

/// What exists: it makes the difference between a 404 and the code behind it.
#[derive(Default)]
pub struct Known {
    pub tokens: Vec<String>,
    ids: Vec<String>,
    messages: Vec<String>,
    folders: Vec<String>,
    links: Vec<String>,
    /// A way into the hub.
    pub socket: Option<String>,
}

impl Known {
    /// Picks up ids and links from an answer.
    pub fn learn(&mut self, answer: &Value) {
        match answer {
            Value::Object(map) => {
                if let Some(id) = map.get("id").and_then(Value::as_str) {
                    if map.contains_key("bodyPreview") || map.contains_key("isDraft") {
                        self.messages.push(id.to_owned());
                    } else if map.contains_key("totalItemCount") {
                        self.folders.push(id.to_owned());
                    }
                }
                for (name, value) in map {
                    match value.as_str() {
                        Some(id) if name == "id" => self.ids.push(id.to_owned()),
                        Some(link) if name.ends_with("Link") || name == "uploadUrl" || name == "notificationUrl" => {
                            self.links.push(link.to_owned())
                        }
                        Some(url) if name == "url" && url.contains("/client") => self.links.push(url.to_owned()),
                        Some(token) if name == "connectionToken" => {
                            self.socket = Some(format!("/client/?hub=notifications&id={token}"))
                        }
                        Some(_) => {}
                        None => self.learn(value),
                    }
                }
            }
            Value::Array(all) => all.iter().for_each(|one| self.learn(one)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        let keep = |all: &mut Vec<String>, most: usize| drop(all.drain(..all.len().saturating_sub(most)));
        keep(&mut self.ids, 200);
        keep(&mut self.messages, 60);
        keep(&mut self.folders, 60);
        keep(&mut self.links, 40);
    }

    /// An id for a place in a path, mostly of what lies there.
    fn id(&self, chance: &mut Chance, under: &str) -> String {
        let fitting = match under {
            "messages" => &self.messages,
            "mailFolders" | "childFolders" => &self.folders,
            _ => &self.ids,
        };
        let id = match chance.below(20) {
            0 => chance
                .pick(&["inbox", "drafts", "deleteditems", "msgfolderroot", "archive", "x", "", "AAA=", "%00", "me"])
                .to_owned(),
            1 => chance.one_of(&self.ids).unwrap_or_default(),
            _ => chance.one_of(fitting).unwrap_or_default(),
        };
        let id =
            if chance.once_in(25) { String::from_utf8_lossy(&chance.bent(id.as_bytes())).into_owned() } else { id };
        encode(&id, chance.once_in(25))
    }

    fn graph_target(&self, chance: &mut Chance) -> (String, String) {
        let (method, path) = chance.pick(CALLS).split_once(' ').unwrap();
        let mut under = "";
        let mut parts = Vec::new();
        for part in path.split('/') {
            parts.push(if part == "@" { self.id(chance, under) } else { part.to_owned() });
            under = part;
        }
        let mut path = parts.join("/");
        if chance.once_in(20) {
            path = path.replacen(
                "me",
                &format!("users/{}", chance.pick(&["ada@petrel.test", "grace@petrel.test", "x"])),
                1,
            );
        }
        if chance.once_in(40) {
            path.push_str(chance.pick(&[
                "/",
                "/$value",
                "/$count",
                "()",
                "('x')",
                "/delta()",
                "//",
                "/microsoft.graph.delta",
            ]));
        }
        let options: Vec<String> = (0..chance.below(10).saturating_sub(6))
            .map(|_| {
                let option = chance.pick(OPTIONS).as_bytes().to_vec();
                let option = if chance.once_in(8) { chance.bent(&option) } else { option };
                encode_option(&String::from_utf8_lossy(&option))
            })
            .collect();
        let query = if options.is_empty() { String::new() } else { format!("?{}", options.join("&")) };
        let method = if chance.once_in(25) {
            *chance.pick(&[&"PUT", &"DELETE", &"POST", &"OPTIONS", &"HEAD", &"PATCH"])
        } else {
            method
        };
        (
            method.to_owned(),
            format!(
                "/{}/{path}{query}",
                if chance.once_in(40) { "v2.0" } else { chance.pick(&["v1.0", "v1.0", "beta"]) }
            ),
        )
    }

    /// One request to bend the sandbox with.
    pub fn request(&self, chance: &mut Chance) -> (Host, Request<Vec<u8>>) {
        let (host, method, target) = match chance.below(12) {
            0 => {
                let path = chance.pick(&["/common/oauth2/v2.0/token", "/common/oauth2/v2.0/authorize?client_id=x&redirect_uri=http%3A%2F%2Flocalhost%3A8080%2F&response_type=code&scope=openid&code_challenge=abc&code_challenge_method=S256", "/common/v2.0/.well-known/openid-configuration", "/common/oauth2/v2.0/logout", "/x", "/common/discovery/instance"]);
                (Host::Entra, chance.pick(&["GET", "POST"]).to_owned(), bent_target(chance, path))
            }
            1 => match chance.one_of(&self.links) {
                Some(link) => {
                    let path = link.splitn(4, '/').nth(3).map_or_else(|| "/".to_owned(), |path| format!("/{path}"));
                    let host = if link.contains(":8083") {
                        Host::Hub
                    } else if link.contains(":8084") {
                        Host::Upload
                    } else {
                        Host::Graph
                    };
                    (host, chance.pick(&["GET", "POST", "PUT", "DELETE"]).to_owned(), bent_target(chance, &path))
                }
                None => (Host::Hub, "POST".to_owned(), "/client/negotiate?hub=x".to_owned()),
            },
            _ => {
                let (method, target) = self.graph_target(chance);
                (Host::Graph, method, target)
            }
        };
        let mut request = Request::builder().method(method.as_str()).uri(target.as_str());
        if !chance.once_in(30) {
            let token = chance.one_of(&self.tokens[..1]).unwrap_or_default();
            request =
                request.header("authorization", if chance.once_in(40) { token } else { format!("Bearer {token}") });
        }
        for header in [
            ("prefer", "IdType=\"ImmutableId\""),
            ("prefer", "odata.maxpagesize=2"),
            ("prefer", "outlook.body-content-type=\"text\""),
            ("prefer", "odata.maxpagesize=x"),
            ("if-match", "W/\"x\""),
            ("consistencylevel", "eventual"),
            ("content-range", "bytes 0-9/4000000"),
            ("content-range", "bytes 9-0/*"),
            ("origin", "http://localhost:8080"),
        ] {
            if chance.once_in(10) {
                request = request.header(header.0, header.1);
            }
        }
        let kind = match chance.below(12) {
            0 => *chance.pick(&[&"text/plain", &"application/x-www-form-urlencoded", &"image/png"]),
            _ if host == Host::Entra => "application/x-www-form-urlencoded",
            _ => "application/json",
        };
        let body = if method == "GET" { Vec::new() } else { self.body(chance, kind, &target) };
        let request = request.header("content-type", kind).body(body);
        // A target that is no address at all never reaches a server.
        request.map_or_else(
            |_| (Host::Graph, Request::get("/v1.0/me").body(Vec::new()).unwrap()),
            |request| (host, request),
        )
    }

    fn body(&self, chance: &mut Chance, kind: &str, target: &str) -> Vec<u8> {
        let mut body = match kind {
            "text/plain" => "RnJvbTogYkBlLmV4YW1wbGUNClN1YmplY3Q6IHgNCg0KaGk=".as_bytes().to_vec(),
            "application/x-www-form-urlencoded" => b"grant_type=authorization_code&code=x&client_id=00000000-0000-4000-8000-00000000cafe&redirect_uri=http%3A%2F%2Flocalhost%3A8080%2F&code_verifier=abc&scope=openid".to_vec(),
            _ => {
                let mut value = self.json(chance, target);
                if chance.once_in(3) {
                    twist(&mut value, chance);
                }
                value.to_string().into_bytes()
            }
        };
        if chance.once_in(12) {
            body = chance.bent(&body);
        }
        body
    }

    fn json(&self, chance: &mut Chance, target: &str) -> Value {
        let id = chance.one_of(&self.ids).unwrap_or_default();
        let folder = chance.one_of(&self.folders).unwrap_or_default();
        let person = json!({ "emailAddress": { "name": "Grace", "address": "grace@petrel.test" } });
        let message = json!({
            "subject": "Hello", "body": { "contentType": "html", "content": "<p>Hi</p><script>x</script>" }, "toRecipients": [person], "ccRecipients": [],
            "isRead": true, "flag": { "flagStatus": "flagged" }, "categories": ["Blue"], "importance": "high",
            "internetMessageHeaders": [{ "name": "x-a", "value": "b" }],
            "singleValueExtendedProperties": [{ "id": "String {8d2a6f0e-6b1c-4b7e-9d53-7f0f6a1c2e90} Name X", "value": "y" }],
            "attachments": [{ "@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "aGk=" }],
        });
        let event = json!({ "subject": "Meet", "start": { "dateTime": "2026-12-01T09:00:00", "timeZone": "UTC" }, "end": { "dateTime": "2026-12-01T10:00:00", "timeZone": "UTC" }, "attendees": [{ "type": "required", "emailAddress": { "address": "grace@petrel.test" } }] });
        let all = [
            ("messages|@", message.clone()),
            ("sendMail", json!({ "message": message, "saveToSentItems": true })),
            (
                "reply|forward|createReply|createForward",
                json!({ "message": message, "comment": "see below", "toRecipients": [person] }),
            ),
            ("move|copy", json!({ "destinationId": folder })),
            ("move|copy", json!({ "DestinationId": "archive" })),
            ("mailFolders|childFolders", json!({ "displayName": "New folder", "isHidden": false })),
            (
                "attachments",
                json!({ "@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentType": "text/plain", "contentBytes": "aGk=" }),
            ),
            (
                "createUploadSession",
                json!({ "AttachmentItem": { "attachmentType": "file", "name": "big.bin", "size": 4_000_000 } }),
            ),
            (
                "subscriptions",
                json!({ "changeType": "created,updated", "notificationUrl": "websockets:", "resource": "me/mailFolders('inbox')/messages", "expirationDateTime": "2026-11-23T10:30:00Z", "clientState": "s" }),
            ),
            (
                "$batch",
                json!({ "requests": [{ "id": "1", "method": "GET", "url": "/me/messages?$top=1" }, { "id": "2", "method": "POST", "url": "/me/mailFolders", "dependsOn": ["1"], "body": { "displayName": "B" }, "headers": { "content-type": "application/json" } }] }),
            ),
            (
                "query",
                json!({ "requests": [{ "entityTypes": ["message"], "query": { "queryString": "hello" }, "from": 0, "size": 5 }] }),
            ),
            (
                "translateExchangeIds",
                json!({ "inputIds": [id], "sourceIdType": "restId", "targetIdType": "restImmutableEntryId" }),
            ),
            (
                "getMailTips",
                json!({ "EmailAddresses": ["grace@petrel.test"], "MailTipsOptions": "automaticReplies,mailboxFullStatus" }),
            ),
            (
                "mailboxSettings",
                json!({ "automaticRepliesSetting": { "status": "scheduled", "scheduledStartDateTime": { "dateTime": "2026-11-20T00:00:00", "timeZone": "UTC" }, "scheduledEndDateTime": { "dateTime": "2026-12-20T00:00:00", "timeZone": "UTC" }, "internalReplyMessage": "away" } }),
            ),
            (
                "messageRules",
                json!({ "displayName": "Rule", "sequence": 1, "isEnabled": true, "conditions": { "subjectContains": ["x"] }, "actions": { "moveToFolder": id, "stopProcessingRules": true } }),
            ),
            ("masterCategories", json!({ "displayName": "Cat", "color": "preset3" })),
            ("overrides", json!({ "classifyAs": "other", "senderEmailAddress": { "address": "bob@else.example" } })),
            ("contacts", json!({ "givenName": "G", "emailAddresses": [{ "address": "g@x.example" }] })),
            ("events", event),
            ("accept|decline|tentativelyAccept|cancel", json!({ "comment": "ok", "sendResponse": true })),
            (
                "getSchedule",
                json!({ "Schedules": ["ada@petrel.test"], "StartTime": { "dateTime": "2026-12-01T00:00:00", "timeZone": "UTC" }, "EndTime": { "dateTime": "2026-12-02T00:00:00", "timeZone": "UTC" }, "AvailabilityViewInterval": 30 }),
            ),
            (
                "extensions",
                json!({ "@odata.type": "microsoft.graph.openTypeExtension", "extensionName": "com.example", "a": 1 }),
            ),
        ];
        let path = target.split('?').next().unwrap_or_default();
        let last = path.rsplit('/').find(|part| {
            part.chars().next().is_some_and(|first| first.is_ascii_lowercase() || first == '$') && part.len() < 30
        });
        let fits = |words: &str| words.split('|').any(|word| last.is_some_and(|last| last.starts_with(word)));
        let fitting: Vec<&Value> = all.iter().filter(|(words, _)| fits(words)).map(|(_, value)| value).collect();
        if !fitting.is_empty() && !chance.once_in(6) {
            return chance.pick(&fitting).to_owned();
        }
        all[chance.below(u32::try_from(all.len()).unwrap()) as usize].1.clone()
    }
}

/// Puts something that does not belong there somewhere into a value.
fn twist(value: &mut Value, chance: &mut Chance) {
    let odd = || {
        [
            json!(null),
            json!(-1),
            json!(1e300),
            json!(u64::MAX),
            json!(""),
            json!("x".repeat(3_000)),
            json!([]),
            json!({}),
            json!([[[[[]]]]]),
            json!("9999-99-99T99:99:99Z"),
            json!("\u{0}\u{202e}"),
            json!(true),
        ]
    };
    if chance.once_in(4) {
        *value = odd()[chance.below(12) as usize].clone();
        return;
    }
    match value {
        Value::Object(map) if !map.is_empty() => {
            let at = chance.below(u32::try_from(map.len()).unwrap()) as usize;
            if let Some((_, inner)) = map.iter_mut().nth(at) {
                twist(inner, chance);
            }
            if chance.once_in(6) {
                map.insert("unheardOf".to_owned(), json!({ "a": 1 }));
            }
        }
        Value::Array(all) if !all.is_empty() => {
            let at = chance.below(u32::try_from(all.len()).unwrap()) as usize;
            twist(&mut all[at], chance);
            if chance.once_in(6) {
                let one = all[0].clone();
                all.extend(std::iter::repeat_n(one, 30));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            *value = odd()[chance.below(12) as usize].clone();
        }
    }
}

fn bent_target(chance: &mut Chance, target: &str) -> String {
    if chance.once_in(2) {
        return target.to_owned();
    }
    let bent = String::from_utf8_lossy(&chance.bent(target.as_bytes())).into_owned();
    format!("/{}", encode_option(bent.trim_start_matches('/')))
}

fn encode(text: &str, raw: bool) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || (raw && b"=+/".contains(&byte));
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Only what cannot stand in an address is encoded.
fn encode_option(text: &str) -> String {
    let odd = |byte: u8| !byte.is_ascii_graphic() || b"\"<>\\^`{|}#".contains(&byte);
    text.bytes().map(|byte| if odd(byte) { format!("%{byte:02X}") } else { char::from(byte).to_string() }).collect()
}

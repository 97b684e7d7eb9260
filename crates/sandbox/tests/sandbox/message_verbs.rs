//! What can be done with a message: answering and forwarding at once, MIME in and out, headers, extensions, conflicts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use sandbox::Host;
use serde_json::{Value, json};

use crate::client::{ADA, Client, GRACE, Got, message};

fn to(address: &str) -> Value {
    json!([{"emailAddress": {"address": address}}])
}

fn mime(client: &mut Client, path: &str, text: &str) -> Got {
    let request = Request::post(path)
        .header("authorization", format!("Bearer {}", client.token))
        .header("prefer", "IdType=\"ImmutableId\"")
        .header("content-type", "text/plain")
        .body(STANDARD.encode(text).into_bytes())
        .unwrap();
    client.send(Host::Graph, request)
}

fn newest(client: &mut Client, folder: &str) -> Value {
    client.get(&format!("/v1.0/me/mailFolders/{folder}/messages?$top=1"))["value"][0].clone()
}

fn delivered(client: &mut Client) -> Vec<String> {
    let rows = client.control("GET", "delivered", &json!({}));
    rows.as_array().unwrap().iter().map(|row| row["to"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_reply_at_once_carries_the_comment_the_quote_and_the_thread() {
    let mut client = Client::new();
    let id = client.arrive("Lunch");
    let original = client.get(&message(&id));
    let got = client.post(&format!("{}/reply", message(&id)), json!({"Comment": "Yes & <gladly>\nAda"}));
    assert_eq!((got.status, got.bytes.len()), (202, 0));
    client.wait(300);
    assert_eq!(delivered(&mut client), ["bob@else.example"]);
    let sent = newest(&mut client, "sentitems");
    assert_eq!(sent["subject"], "Re: Lunch");
    assert_eq!(sent["conversationId"], original["conversationId"]);
    let body = sent["body"]["content"].as_str().unwrap();
    let (above, below) = body.split_once("divRplyFwdMsg").unwrap();
    assert!(above.contains("Yes &amp; &lt;gladly&gt;<br>") && below.contains("Hello Ada"), "{body}");
}

#[test]
fn a_reply_goes_where_the_sender_asked_and_to_whom_the_caller_names() {
    let mut client = Client::new();
    let raw = b"From: list@else.example\r\nReply-To: person@else.example\r\nTo: ada@petrel.test\r\nCc: third@else.example\r\nSubject: s\r\n\r\nx";
    let id = client.sandbox.deliver(ADA, raw, client.now_ms).unwrap();
    client.post(&format!("{}/reply", message(&id)), json!({"comment": "a"}));
    client.wait(300);
    assert_eq!(delivered(&mut client), ["person@else.example"]);
    client.post(&format!("{}/replyAll", message(&id)), json!({"comment": "b"}));
    client.wait(300);
    assert_eq!(delivered(&mut client)[1..], ["person@else.example", "third@else.example"]);
    assert_eq!(client.get(&message(&id))["isRead"], true, "answering everybody counts as reading");
    client.post(&format!("{}/reply", message(&id)), json!({"message": {"toRecipients": to(GRACE)}, "comment": "c"}));
    client.wait(300);
    assert_eq!(delivered(&mut client)[3..], [GRACE]);
}

#[test]
fn a_forward_takes_the_attachments_along_and_its_recipients_in_one_place() {
    let mut client = Client::new();
    let raw = b"From: x@else.example\r\nMIME-Version: 1.0\r\nSubject: Files\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0K\r\n--b--\r\n";
    let id = client.sandbox.deliver(ADA, raw, client.now_ms).unwrap();
    let path = format!("{}/forward", message(&id));
    let both = json!({"toRecipients": to(GRACE), "message": {"toRecipients": to(GRACE)}});
    assert_eq!(client.post(&path, both).status, 400);
    let none = client.post(&path, json!({"comment": "x"}));
    assert_eq!((none.status, none.error().as_str()), (400, "ErrorInvalidRecipients"));
    let both = json!({"toRecipients": to(GRACE), "comment": "x", "message": {"body": {"contentType": "text", "content": "y"}}});
    assert_eq!(client.post(&path, both).status, 400);
    assert_eq!(client.post(&path, json!({"ToRecipients": to(GRACE), "Comment": "FYI"})).status, 202);
    client.wait(300);
    client.token = client.token_of(GRACE);
    let got = newest(&mut client, "inbox");
    assert_eq!((got["subject"].as_str(), got["hasAttachments"].as_bool()), (Some("Fw: Files"), Some(true)));
    let id = got["id"].as_str().unwrap().to_owned();
    let files = client.get(&format!("{}/attachments", message(&id)));
    assert_eq!(files["value"][0]["name"], "a.pdf");
    client.token = client.token_of(ADA);
    let sent = newest(&mut client, "sentitems")["id"].as_str().unwrap().to_owned();
    let draft = client.post(&format!("{}/createForward", message(&sent)), json!({}));
    assert_eq!((draft.status, draft.json()["hasAttachments"].as_bool()), (201, Some(true)));
}

#[test]
fn mime_makes_drafts_answers_and_mail() {
    let mut client = Client::new();
    let draft = mime(
        &mut client,
        "/v1.0/me/messages",
        "Subject: By hand\r\nTo: grace@petrel.test\r\nX-Own: 1\r\nContent-Type: text/html\r\n\r\n<p>Hi</p>",
    );
    assert_eq!(draft.status, 201);
    assert_eq!((draft.json()["subject"].as_str(), draft.json()["isDraft"].as_bool()), (Some("By hand"), Some(true)));
    let sent = mime(&mut client, "/v1.0/me/sendMail", "Subject: Sent\r\nTo: grace@petrel.test\r\n\r\nHi");
    assert_eq!((sent.status, sent.bytes.len()), (202, 0));
    let id = client.arrive("Lunch");
    let thread = client.get(&message(&id))["conversationId"].clone();
    let answer =
        mime(&mut client, &format!("{}/createReply", message(&id)), "Content-Type: text/plain\r\n\r\nOn my way");
    assert_eq!(answer.status, 201);
    let answer = answer.json();
    assert_eq!((&answer["conversationId"], answer["subject"].as_str()), (&thread, Some("Re: Lunch")));
    assert_eq!(answer["toRecipients"][0]["emailAddress"]["address"], "bob@else.example");
    assert_eq!(mime(&mut client, &format!("{}/reply", message(&id)), "Subject: Re: Lunch\r\n\r\nYes").status, 202);
    client.wait(300);
    assert_eq!(delivered(&mut client), [GRACE, "bob@else.example"]);
    for path in ["/v1.0/me/messages", "/v1.0/me/sendMail"] {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", client.token))
            .header("content-type", "text/plain")
            .body(b"*** no base64 ***".to_vec())
            .unwrap();
        let got = client.send(Host::Graph, request);
        assert_eq!((got.status, got.error().as_str()), (400, "ErrorMimeContentInvalidBase64String"), "{path}");
    }
}

#[test]
fn mime_out_reads_back_as_what_was_written() {
    let mut client = Client::new();
    let draft = client
        .post(
            "/v1.0/me/messages",
            json!({
                "subject": "Größe", "importance": "high", "toRecipients": to(GRACE),
                "body": {"contentType": "html", "content": "<p>Grüße <img src=\"cid:pic\"></p>"},
                "attachments": [
                    {"@odata.type": "#microsoft.graph.fileAttachment", "name": "p.png", "contentType": "image/png", "contentBytes": "iVBORw0K", "isInline": true, "contentId": "pic"},
                    {"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentType": "text/plain", "contentBytes": "aGVsbG8="},
                ],
            }),
        )
        .json();
    let id = draft["id"].as_str().unwrap().to_owned();
    let raw = client.call("GET", &format!("{}/$value", message(&id)), None, &[]);
    assert_eq!((raw.status, raw.header("content-type")), (200, "text/plain"));
    let text = String::from_utf8(raw.bytes.clone()).unwrap();
    for part in [
        "multipart/mixed",
        "multipart/related",
        "multipart/alternative",
        "text/plain; charset=utf-8",
        "Importance: high",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    let copy = client.sandbox.deliver(ADA, &raw.bytes, client.now_ms).unwrap();
    let copy = client.get(&format!("{}?$expand=attachments($select=name,isInline)", message(&copy)));
    assert_eq!((copy["subject"].as_str(), copy["importance"].as_str()), (Some("Größe"), Some("high")));
    assert!(copy["body"]["content"].as_str().unwrap().contains("<p>Grüße <img src=\"cid:pic\"></p>"));
    let mut files: Vec<(&str, bool)> = copy["attachments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one["isInline"].as_bool().unwrap()))
        .collect();
    files.sort_unstable();
    assert_eq!(files, [("a.txt", false), ("p.png", true)]);
}

#[test]
fn mail_for_later_waits_on_the_server() {
    let mut client = Client::new();
    let got = client.post(
        "/v1.0/me/sendMail",
        json!({"message": {"subject": "Later", "toRecipients": to(GRACE), "singleValueExtendedProperties": [{"id": "SystemTime 0x3FEF", "value": "2026-11-23T09:30:00Z"}]}}),
    );
    assert_eq!(got.status, 202);
    client.wait(10 * 60_000);
    assert_eq!(newest(&mut client, "outbox")["subject"], "Later");
    client.wait(8 * 60_000);
    assert_eq!(newest(&mut client, "sentitems")["sentDateTime"], "2026-11-23T09:30:00Z");
    assert_eq!(delivered(&mut client), [GRACE]);
}

#[test]
fn nothing_stays_where_the_sender_wants_no_copy() {
    let mut client = Client::new();
    let body = |save: Value| json!({"message": {"subject": "s", "toRecipients": to(GRACE)}, "saveToSentItems": save});
    assert_eq!(client.post("/v1.0/me/sendMail", body(json!(false))).status, 202);
    assert_eq!(client.post("/v1.0/me/sendMail", body(json!("False"))).status, 202);
    assert_eq!(client.post("/v1.0/me/sendMail", body(json!("no"))).status, 400);
    client.wait(300);
    assert_eq!(delivered(&mut client), [GRACE, GRACE]);
    assert_eq!(client.get("/v1.0/me/mailFolders/sentitems/messages")["value"], json!([]));
}

#[test]
fn headers_are_for_new_messages_and_of_the_apps_own() {
    let mut client = Client::new();
    let header = |name: &str| json!({"name": name, "value": "1"});
    let six: Vec<Value> = (0..6).map(|at| header(&format!("x-{at}"))).collect();
    let got = client.post("/v1.0/me/messages", json!({"internetMessageHeaders": six}));
    assert_eq!((got.status, got.error().as_str()), (400, "InvalidInternetMessageHeaderCollection"));
    let draft = client
        .post("/v1.0/me/messages", json!({"internetMessageHeaders": [header("X-One")], "toRecipients": to(GRACE)}))
        .json();
    assert!(draft.get("internetMessageHeaders").is_none(), "they come only when selected");
    let id = draft["id"].as_str().unwrap().to_owned();
    let late = client.patch(&message(&id), json!({"internetMessageHeaders": [header("x-two")]}));
    assert_eq!(late.status, 400);
    client.call("POST", &format!("{}/send", message(&id)), None, &[]);
    client.wait(300);
    let own = client.get(&format!("{}?$select=internetMessageHeaders", message(&id)));
    assert!(own.get("internetMessageHeaders").is_none(), "mail the user sent shows none");
    client.token = client.token_of(GRACE);
    let got = client.get("/v1.0/me/mailFolders/inbox/messages?$select=internetMessageHeaders")["value"][0].clone();
    let names: Vec<&str> =
        got["internetMessageHeaders"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"X-One") && names.contains(&"Message-ID"), "{names:?}");
    assert!(!names.contains(&"From") && !names.contains(&"To"), "{names:?}");
}

#[test]
fn an_extension_lives_on_a_message_and_only_its_etag_tells() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let (_, link) = client.round("/v1.0/me/mailFolders/inbox/messages/delta");
    let etag = client.get(&message(&id))["@odata.etag"].clone();
    let path = format!("{}/extensions", message(&id));
    let made = client.post(&path, json!({"@odata.type": "microsoft.graph.openTypeExtension", "extensionName": "Com.Petrel.Test", "colour": "red", "deep": {"a": [1]}}));
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["id"], "Microsoft.OutlookServices.OpenTypeExtension.Com.Petrel.Test");
    assert_eq!(made.json()["@odata.type"], "#microsoft.graph.openTypeExtension");
    let one = format!("{path}/Com.Petrel.Test");
    let changed = client.patch(&one, json!({"colour": "blue", "deep": null}));
    assert_eq!(
        (changed.status, changed.json()["colour"].as_str(), changed.json().get("deep")),
        (200, Some("blue"), None)
    );
    assert_eq!(
        client.get(&format!("{path}/Microsoft.OutlookServices.OpenTypeExtension.Com.Petrel.Test"))["colour"],
        "blue"
    );
    assert_eq!(client.get(&path)["value"].as_array().unwrap().len(), 1);
    let expanded = client.get(&format!("{}?$expand=extensions($filter=id eq 'Com.Petrel.Test')", message(&id)));
    assert_eq!(expanded["extensions"][0]["colour"], "blue");
    assert_ne!(expanded["@odata.etag"], etag);
    assert_eq!(client.get(&link)["value"], json!([]), "delta does not follow extensions");
    assert_eq!(client.post(&path, json!({"colour": "red"})).status, 400);
    assert_eq!(client.call("DELETE", &one, None, &[]).status, 204);
    for method in ["GET", "DELETE"] {
        assert_eq!(client.call(method, &one, None, &[]).error(), "ErrorItemNotFound");
    }
    let with = client.post("/v1.0/me/messages", json!({"extensions": [{"extensionName": "a.b", "x": 1}]})).json();
    let id = with["id"].as_str().unwrap().to_owned();
    assert_eq!(client.get(&format!("{}/extensions/a.b", message(&id)))["x"], 1);
}

#[test]
fn exchange_works_on_fresh_drafts_where_the_switch_says_so() {
    let mut client = Client::new();
    client.control("POST", "behave", &json!({"draft_bump_ms": 2000}));
    let draft = client.post("/v1.0/me/messages", json!({"subject": "d"})).json();
    let id = draft["id"].as_str().unwrap().to_owned();
    let etag = draft["@odata.etag"].as_str().unwrap().to_owned();
    assert_eq!(client.sandbox.next_due(), Some(client.now_ms + 2000));
    client.wait(2000);
    let stale = client.call("PATCH", &message(&id), Some(json!({"subject": "e"})), &[("if-match", &etag)]);
    assert_eq!((stale.status, stale.error().as_str()), (412, "ErrorIrresolvableConflict"));
    assert_eq!(client.patch(&message(&id), json!({"subject": "e"})).status, 200);
    client.control("POST", "behave", &json!({"draft_bump_ms": 0, "draft_conflicts_first": true}));
    let original = client.arrive("one");
    let draft = client.post(&format!("{}/createReply", message(&original)), json!({})).json();
    let id = draft["id"].as_str().unwrap().to_owned();
    let got = client.patch(&message(&id), json!({"subject": "e"}));
    assert_eq!((got.status, got.error().as_str()), (412, "ErrorIrresolvableConflict"));
    assert_eq!(client.patch(&message(&id), json!({"subject": "e"})).status, 200, "the second try goes through");
}

#[test]
fn sent_mail_can_be_rewritten_only_where_nobody_guards_it() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let guarded = client.patch(&message(&id), json!({"subject": "two"}));
    assert_eq!((guarded.status, guarded.error().as_str()), (400, "ErrorInvalidPropertySet"));
    let scopes = json!({"user": ADA, "scopes": ["Mail.ReadWrite", "Mail-Advanced.ReadWrite"]});
    let advanced = client.control("POST", "token", &scopes)["access_token"].as_str().unwrap().to_owned();
    let plain = std::mem::replace(&mut client.token, advanced);
    assert_eq!(client.patch(&message(&id), json!({"subject": "two"})).status, 200);
    client.token = plain;
    client.control("POST", "behave", &json!({"guards_sent_mail": false}));
    assert_eq!(client.patch(&message(&id), json!({"subject": "three"})).json()["subject"], "three");
    client.control("DELETE", "behave", &json!({}));
    assert_eq!(client.patch(&message(&id), json!({"subject": "four"})).status, 400);
}

#[test]
fn a_copy_is_a_message_of_its_own_and_a_purge_leaves_nothing() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let copy = client.post(&format!("{}/copy", message(&id)), json!({"DestinationId": "archive"}));
    assert_eq!(copy.status, 201);
    let copy = copy.json();
    assert_ne!(copy["id"].as_str(), Some(id.as_str()));
    assert_eq!(copy["internetMessageId"], client.get(&message(&id))["internetMessageId"]);
    let twin = copy["id"].as_str().unwrap().to_owned();
    assert_eq!(client.call("POST", &format!("{}/permanentDelete", message(&twin)), None, &[]).status, 204);
    assert_eq!(client.call("GET", &message(&twin), None, &[]).error(), "ErrorItemNotFound");
    assert_eq!(client.call("GET", &message(&id), None, &[]).status, 200);
}

#[test]
fn wrong_types_are_refused_and_unknown_properties_ignored() {
    let mut client = Client::new();
    for body in [
        json!({"subject": 5}),
        json!({"isRead": "yes"}),
        json!({"importance": "huge"}),
        json!({"body": {"contentType": "pdf", "content": "x"}}),
        json!({"toRecipients": "grace"}),
        json!({"categories": [1]}),
        json!({"flag": {"flagStatus": "maybe"}}),
        json!({"flag": {"flagStatus": "flagged", "startDateTime": {"dateTime": "soon"}}}),
        json!({"attachments": "a"}),
        json!({"singleValueExtendedProperties": [{"id": "nonsense", "value": "x"}]}),
        json!({"singleValueExtendedProperties": [{"id": "Integer 0x8012", "value": 5}]}),
        json!({"extensions": [{}]}),
        json!([]),
    ] {
        assert_eq!(client.post("/v1.0/me/messages", body.clone()).status, 400, "{body}");
    }
    let got = client
        .post("/v1.0/me/messages", json!({"subject": "s", "receivedDateTime": "1990-01-01T00:00:00Z", "wings": 2}));
    assert_eq!(got.status, 201);
    assert!(got.json().get("wings").is_none());
    assert_ne!(got.json()["receivedDateTime"], "1990-01-01T00:00:00Z");
    let many: Vec<Value> =
        (0..501).map(|at| json!({"emailAddress": {"address": format!("p{at}@else.example")}})).collect();
    assert_eq!(client.post("/v1.0/me/messages", json!({"toRecipients": many})).error(), "ErrorInvalidRecipients");
}

#[test]
fn messages_below_child_folders_answer_there_too() {
    let mut client = Client::new();
    let folders = client.get("/v1.0/me/mailFolders?$top=50");
    let parent =
        folders["value"].as_array().unwrap().iter().find(|one| one["displayName"] == "Projects").unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
    let children = client.get(&format!("/v1.0/me/mailFolders/{parent}/childFolders"));
    let child = children["value"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1.0/me/mailFolders/{parent}/childFolders/{child}/messages");
    let made = client.post(&path, json!({"subject": "here"})).json();
    assert_eq!(made["parentFolderId"], child.as_str());
    let one = format!("{path}/{}", crate::client::segment(made["id"].as_str().unwrap()));
    assert_eq!(client.get(&one)["subject"], "here");
    assert_eq!(client.patch(&one, json!({"subject": "there"})).json()["subject"], "there");
    assert_eq!(client.call("GET", &format!("{path}/$count"), None, &[]).bytes, b"1");
    assert_eq!(client.get(&path)["value"][0]["subject"], "there");
    assert_eq!(client.call("DELETE", &one, None, &[]).status, 204);
}

#[test]
fn the_basic_scope_shows_no_bodies_and_nothing_that_hangs_on_them() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let token = client.control("POST", "token", &json!({"user": ADA, "scopes": ["Mail.ReadBasic"]}));
    client.token = token["access_token"].as_str().unwrap().to_owned();
    let got = client.get(&format!("{}?$expand=attachments", message(&id)));
    assert_eq!(got["subject"], "one");
    for hidden in ["body", "bodyPreview", "attachments"] {
        assert!(got.get(hidden).is_none(), "{hidden}");
    }
    assert_eq!(client.call("GET", &format!("{}/$value", message(&id)), None, &[]).status, 403);
}

#[test]
fn a_completed_flag_says_on_which_day() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let done = client.patch(&message(&id), json!({"flag": {"flagStatus": "complete"}})).json();
    assert_eq!(
        done["flag"]["completedDateTime"],
        json!({"dateTime": "2026-11-23T00:00:00.0000000", "timeZone": "UTC"})
    );
    let open = client.patch(&message(&id), json!({"flag": {"flagStatus": "flagged"}})).json();
    assert_eq!(open["flag"], json!({"flagStatus": "flagged"}));
}

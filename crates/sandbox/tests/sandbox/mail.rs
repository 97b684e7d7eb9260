//! Reading and changing mail: ids, lists, filters, drafts, folders, attachments, refusals.

use http::Request;
use sandbox::Host;
use serde_json::{Value, json};

use crate::client::{ADA, Client, message, segment};

fn ids(list: &Value) -> Vec<String> {
    list["value"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_immutable_id_survives_a_move_and_the_default_id_does_not() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let immutable = client.get(&message(&id));
    client.prefer.clear();
    let before = client.get(&message(&id))["id"].as_str().unwrap().to_owned();
    assert_ne!(before, id);
    let moved = client.post(&format!("{}/move", message(&before)), json!({"destinationId": "archive"}));
    assert_eq!(moved.status, 201);
    let after = moved.json()["id"].as_str().unwrap().to_owned();
    assert_ne!(after, before);
    let got = client.call("GET", &message(&before), None, &[]);
    assert_eq!((got.status, got.error().as_str()), (404, "ErrorItemNotFound"));
    client.prefer = "IdType=\"ImmutableId\"".to_owned();
    let got = client.call("GET", &message(&id), None, &[]);
    assert_eq!(got.header("preference-applied"), "IdType=\"ImmutableId\"");
    assert_eq!(got.json()["subject"], immutable["subject"]);
    let archive = client.get("/v1.0/me/mailFolders/archive")["id"].clone();
    assert_eq!(got.json()["parentFolderId"], archive);
}

#[test]
fn some_default_ids_must_be_escaped() {
    let mut client = Client::new();
    for at in 0..12 {
        client.arrive(&format!("m{at}"));
    }
    client.prefer.clear();
    let all = ids(&client.get("/v1.0/me/mailFolders/inbox/messages?$top=50"));
    for mark in ['+', '/', '='] {
        assert!(all.iter().any(|id| id.contains(mark)), "no id holds {mark}");
    }
    for id in &all {
        assert_eq!(client.get(&message(id))["id"].as_str(), Some(id.as_str()));
    }
    let raw = all.iter().find(|id| id.contains('/')).unwrap();
    let got = client.call("GET", &format!("/v1.0/me/messages/{raw}"), None, &[]);
    assert_eq!((got.status, got.error().as_str()), (400, "ErrorInvalidIdMalformed"));
}

#[test]
fn lists_page_by_ten_newest_first_and_select_what_is_asked() {
    let mut client = Client::new();
    for at in 0..23 {
        client.arrive(&format!("m{at}"));
        client.wait(1000);
    }
    let page = client.get("/v1.0/me/mailFolders/inbox/messages?$select=subject,isRead&$count=true");
    assert_eq!(page["value"].as_array().unwrap().len(), 10);
    assert_eq!(page["@odata.count"], 23);
    let row = page["value"][0].as_object().unwrap();
    assert_eq!(row.keys().collect::<Vec<_>>(), ["@odata.etag", "id", "isRead", "subject"]);
    assert_eq!(row["subject"], "m22");
    let next = page["@odata.nextLink"].as_str().unwrap().to_owned();
    assert!(next.contains("$skip=10"), "{next}");
    let mut seen = ids(&page);
    let second = client.get(&next);
    seen.extend(ids(&second));
    let third = client.get(second["@odata.nextLink"].as_str().unwrap());
    seen.extend(ids(&third));
    assert!(third.get("@odata.nextLink").is_none());
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 23);
}

#[test]
fn filters_follow_graphs_rules() {
    let mut client = Client::new();
    let first = client.arrive("one");
    client.wait(60_000);
    let second = client.arrive("two");
    client.patch(&message(&first), json!({"isRead": true}));
    let folder = "/v1.0/me/mailFolders/inbox/messages";
    assert_eq!(ids(&client.get(&format!("{folder}?$filter=isRead eq false"))), std::slice::from_ref(&second));
    // A filter alone sorts the oldest first.
    let all = client.get(&format!("{folder}?$filter=receivedDateTime ge 2026-01-01T00:00:00Z"));
    assert_eq!(ids(&all), [first.clone(), second.clone()]);
    let good = format!(
        "{folder}?$filter=receivedDateTime ge 2026-01-01T00:00:00Z and isRead eq false&$orderby=receivedDateTime desc"
    );
    assert_eq!(ids(&client.get(&good)), std::slice::from_ref(&second));
    let bad =
        client.call("GET", &format!("{folder}?$filter=isRead eq false&$orderby=receivedDateTime desc"), None, &[]);
    assert_eq!((bad.status, bad.error().as_str()), (400, "InefficientFilter"));
    let by_id = client.get("/v1.0/me/messages?$filter=internetMessageId eq '%3Cone@else.example%3E'");
    assert_eq!(ids(&by_id), std::slice::from_ref(&first));
    let conversation = client.get(&message(&first))["conversationId"].as_str().unwrap().to_owned();
    let thread = client.get(&format!("/v1.0/me/messages?$filter=conversationId eq '{}'", segment(&conversation)));
    assert_eq!(ids(&thread), [first]);
    let bad = client.call("GET", &format!("{folder}?$select=wellKnownName"), None, &[]);
    assert_eq!((bad.status, bad.error().as_str()), (400, "RequestBroker--ParseUri"));
}

#[test]
fn extended_properties_come_when_expanded_and_can_be_searched() {
    let mut client = Client::new();
    let property = "String {11111111-2222-3333-4444-555555555555} Name PetrelOutboxId";
    let draft = client
        .post(
            "/v1.0/me/messages",
            json!({"subject": "d", "singleValueExtendedProperties": [{"id": property, "value": "o'1"}]}),
        )
        .json();
    let id = draft["id"].as_str().unwrap().to_owned();
    assert!(draft.get("singleValueExtendedProperties").is_none());
    let expanded =
        client.get(&format!("{}?$expand=singleValueExtendedProperties($filter=id eq '{property}')", message(&id)));
    assert_eq!(expanded["singleValueExtendedProperties"][0]["value"], "o'1");
    let found = client.get(&format!(
        "/v1.0/me/mailFolders/drafts/messages?$filter=singleValueExtendedProperties/any(ep: ep/id eq '{property}' and ep/value eq 'o''1')"
    ));
    assert_eq!(ids(&found), [id]);
}

#[test]
fn every_write_makes_a_new_etag_and_an_old_one_is_refused() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let old = client.get(&message(&id))["@odata.etag"].as_str().unwrap().to_owned();
    let changed = client.call("PATCH", &message(&id), Some(json!({"isRead": true})), &[("if-match", &old)]);
    assert_eq!(changed.status, 200);
    assert_ne!(changed.json()["@odata.etag"], old.as_str());
    assert_eq!(changed.json()["@odata.etag"].as_str(), Some(changed.header("etag")));
    let stale = client.call("PATCH", &message(&id), Some(json!({"isRead": false})), &[("if-match", &old)]);
    assert_eq!((stale.status, stale.error().as_str()), (412, "ErrorIrresolvableConflict"));
    assert_eq!(client.get(&message(&id))["isRead"], true);
}

#[test]
fn what_belongs_to_drafts_cannot_be_changed_on_received_mail() {
    let mut client = Client::new();
    let id = client.arrive("one");
    assert_eq!(client.patch(&message(&id), json!({"subject": "other"})).status, 400);
    let good = client
        .patch(&message(&id), json!({"flag": {"flagStatus": "flagged"}, "categories": ["Red"], "importance": "high"}));
    assert_eq!(good.status, 200);
    assert_eq!(good.json()["flag"]["flagStatus"], "flagged");
    assert_eq!(
        client
            .patch(&message(&id), json!({"flag": {"flagStatus": "flagged", "dueDateTime": {"dateTime": "x"}}}))
            .status,
        400
    );
}

#[test]
fn bodies_come_clean_and_in_the_form_that_was_asked() {
    let mut client = Client::new();
    let mime = b"From: x@else.example\r\nContent-Type: text/html\r\n\r\n<p onclick=\"x()\">Hi <b>you</b><script>bad()</script></p>";
    let id = client.sandbox.deliver(ADA, mime, client.now_ms).unwrap();
    let html = client.get(&message(&id))["body"].clone();
    assert_eq!(html["contentType"], "html");
    let text = html["content"].as_str().unwrap();
    assert!(text.contains("<b>you</b>") && !text.contains("onclick") && !text.contains("bad()"), "{text}");
    let got = client.call("GET", &message(&id), None, &[("prefer", "outlook.body-content-type=\"text\"")]);
    assert_eq!(got.json()["body"], json!({"contentType": "text", "content": got.json()["body"]["content"]}));
    assert!(got.json()["body"]["content"].as_str().unwrap().contains("Hi you"));
    assert!(got.header("preference-applied").contains("outlook.body-content-type"));
    let raw = client.call("GET", &format!("{}/$value", message(&id)), None, &[]);
    assert_eq!(raw.bytes, mime);
}

#[test]
fn attachments_are_listed_read_added_and_counted() {
    let mut client = Client::new();
    let mime = b"From: x@else.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<img src=\"cid:pic\">\r\n--b\r\nContent-Type: image/png\r\nContent-Disposition: inline; filename=p.png\r\nContent-ID: <pic>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0K\r\n--b--\r\n";
    let id = client.sandbox.deliver(ADA, mime, client.now_ms).unwrap();
    let found = client.get(&message(&id));
    assert_eq!(found["hasAttachments"], false, "inline pictures do not count");
    let list = client.get(&format!(
        "{}/attachments?$select=id,name,isInline,microsoft.graph.fileAttachment/contentId",
        message(&id)
    ));
    assert_eq!(list["value"][0]["contentId"], "pic");
    assert!(list["value"][0].get("contentBytes").is_none());
    let bad = client.call("GET", &format!("{}/attachments?$select=contentId", message(&id)), None, &[]);
    assert_eq!(bad.error(), "RequestBroker--ParseUri");
    let one = segment(list["value"][0]["id"].as_str().unwrap());
    let bytes = client.call("GET", &format!("{}/attachments/{one}/$value", message(&id)), None, &[]);
    assert_eq!((bytes.bytes.as_slice(), bytes.header("content-type")), (&b"\x89PNG\r\n"[..], "image/png"));
    let draft = client.post("/v1.0/me/messages", json!({"subject": "d"})).json()["id"].as_str().unwrap().to_owned();
    let added = client.post(
        &format!("{}/attachments", message(&draft)),
        json!({"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentType": "text/plain", "contentBytes": "aGVsbG8="}),
    );
    assert_eq!(added.status, 201);
    assert_eq!(client.get(&message(&draft))["hasAttachments"], true);
    let one = segment(added.json()["id"].as_str().unwrap());
    assert_eq!(client.call("DELETE", &format!("{}/attachments/{one}", message(&draft)), None, &[]).status, 204);
    assert_eq!(client.get(&message(&draft))["hasAttachments"], false);
}

#[test]
fn an_invitation_is_an_event_message() {
    let mut client = Client::new();
    let mime = b"From: x@else.example\r\nSubject: Meet\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nLet us meet\r\n--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n--b--\r\n";
    let id = client.sandbox.deliver(ADA, mime, client.now_ms).unwrap();
    let found = client.get(&message(&id));
    assert_eq!(found["@odata.type"], "#microsoft.graph.eventMessageRequest");
    assert_eq!(found["meetingMessageType"], "meetingRequest");
    assert_eq!(found["hasAttachments"], false);
}

#[test]
fn deleting_goes_to_deleted_items_first_and_then_for_good() {
    let mut client = Client::new();
    let id = client.arrive("one");
    assert_eq!(client.call("DELETE", &message(&id), None, &[]).status, 204);
    let bin = client.get("/v1.0/me/mailFolders/deleteditems")["id"].clone();
    assert_eq!(client.get(&message(&id))["parentFolderId"], bin);
    assert_eq!(client.call("DELETE", &message(&id), None, &[]).status, 204);
    assert_eq!(client.call("GET", &message(&id), None, &[]).status, 404);
}

#[test]
fn a_reply_quotes_threads_and_goes_to_the_right_people() {
    let mut client = Client::new();
    let mime = b"From: Bob <bob@else.example>\r\nTo: ada@petrel.test, carl@else.example\r\nCc: dora@else.example\r\nReply-To: list@else.example\r\nSubject: Plan\r\nMessage-ID: <p@else.example>\r\n\r\nShall we?\r\n";
    let id = client.sandbox.deliver(ADA, mime, client.now_ms).unwrap();
    let original = client.get(&message(&id));
    let reply = client.post(&format!("{}/createReply", message(&id)), json!({}));
    assert_eq!(reply.status, 201);
    let reply = reply.json();
    assert_eq!((reply["subject"].as_str(), reply["isDraft"].as_bool()), (Some("Re: Plan"), Some(true)));
    assert_eq!(reply["conversationId"], original["conversationId"]);
    assert_eq!(reply["toRecipients"][0]["emailAddress"]["address"], "list@else.example");
    assert!(reply["body"]["content"].as_str().unwrap().contains("Shall we?"));
    assert_eq!(client.get(&message(&id))["isRead"], false);
    let all = client
        .post(
            &format!("{}/createReplyAll", message(&id)),
            json!({"message": {"body": {"contentType": "text", "content": "Yes < no"}, "internetMessageHeaders": [{"name": "x-petrel-id", "value": "7"}]}}),
        )
        .json();
    let to: Vec<&str> = all["toRecipients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["emailAddress"]["address"].as_str().unwrap())
        .collect();
    assert_eq!(to, ["list@else.example", "carl@else.example"]);
    assert_eq!(all["ccRecipients"][0]["emailAddress"]["address"], "dora@else.example");
    let body = all["body"]["content"].as_str().unwrap();
    assert!(body.find("Yes &lt; no").unwrap() < body.find("Shall we?").unwrap());
    assert_eq!(client.get(&message(&id))["isRead"], true, "createReplyAll marks read");
    let raw = client.call("GET", &format!("{}/$value", message(all["id"].as_str().unwrap())), None, &[]);
    let raw = String::from_utf8(raw.bytes).unwrap();
    assert!(raw.contains("In-Reply-To: <p@else.example>") && raw.contains("References: <p@else.example>"), "{raw}");
}

#[test]
fn answers_join_the_conversation_by_reference_and_a_new_subject_leaves_it() {
    let mut client = Client::new();
    let deliver = |client: &mut Client, subject: &str, id: &str, reference: &str| {
        let mime = format!(
            "From: x@else.example\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\nReferences: <{reference}>\r\n\r\nx\r\n"
        );
        let id = client.sandbox.deliver(ADA, mime.as_bytes(), client.now_ms).unwrap();
        client.get(&message(&id))["conversationId"].clone()
    };
    let first = deliver(&mut client, "Plan", "a@x", "none@x");
    assert_eq!(deliver(&mut client, "Re: Plan", "b@x", "a@x"), first);
    assert_ne!(deliver(&mut client, "Another matter", "c@x", "a@x"), first);
    assert_eq!(deliver(&mut client, "AW: plan", "d@x", "lost@x"), first);
}

#[test]
fn folders_are_shallow_protected_and_unique() {
    let mut client = Client::new();
    let list = client.get("/v1.0/me/mailFolders?$top=100");
    let names: Vec<&str> =
        list["value"].as_array().unwrap().iter().map(|row| row["displayName"].as_str().unwrap()).collect();
    assert!(names.contains(&"Inbox") && names.contains(&"Projects"));
    assert!(!names.contains(&"Northwind") && !names.contains(&"Conversation History"), "{names:?}");
    assert_eq!(client.get("/v1.0/me/mailFolders")["value"].as_array().unwrap().len(), 10);
    let made = client.post("/v1.0/me/mailFolders", json!({"displayName": "New"}));
    assert_eq!(made.status, 201);
    let path = format!("/v1.0/me/mailFolders/{}", segment(made.json()["id"].as_str().unwrap()));
    let twice = client.post("/v1.0/me/mailFolders", json!({"displayName": "new"}));
    assert_eq!((twice.status, twice.error().as_str()), (409, "ErrorFolderExists"));
    assert_eq!(client.post(&format!("{path}/childFolders"), json!({"displayName": "Below"})).status, 201);
    assert_eq!(client.get(&path)["childFolderCount"], 1);
    assert_eq!(client.patch(&path, json!({"displayName": "Newer"})).json()["displayName"], "Newer");
    assert_eq!(client.patch("/v1.0/me/mailFolders/inbox", json!({"displayName": "X"})).status, 400);
    assert_eq!(client.call("DELETE", "/v1.0/me/mailFolders/inbox", None, &[]).status, 400);
    assert_eq!(client.call("DELETE", &path, None, &[]).status, 204);
    assert_eq!(client.get(&path)["parentFolderId"], client.get("/v1.0/me/mailFolders/deleteditems")["id"]);
    assert_eq!(client.call("DELETE", &path, None, &[]).status, 204);
    assert_eq!(client.call("GET", &path, None, &[]).status, 404);
    assert_eq!(client.call("GET", "/v1.0/me/mailFolders/syncissues", None, &[]).status, 404);
}

#[test]
fn counts_follow_every_change() {
    let mut client = Client::new();
    let id = client.arrive("one");
    client.arrive("two");
    let counts = |client: &mut Client, folder: &str| {
        let found = client.get(&format!("/v1.0/me/mailFolders/{folder}"));
        (found["totalItemCount"].as_u64().unwrap(), found["unreadItemCount"].as_u64().unwrap())
    };
    assert_eq!(counts(&mut client, "inbox"), (2, 2));
    client.patch(&message(&id), json!({"isRead": true}));
    assert_eq!(counts(&mut client, "inbox"), (2, 1));
    client.post(&format!("{}/move", message(&id)), json!({"DestinationId": "archive"}));
    assert_eq!((counts(&mut client, "inbox"), counts(&mut client, "archive")), ((1, 1), (1, 0)));
}

#[test]
fn refusals_have_graphs_form_and_cors_is_there_for_browsers() {
    let mut client = Client::new();
    let headers = [("client-request-id", "abc"), ("origin", "http://localhost:8080")];
    let got = client.call("GET", "/v1.0/me/messages/AAkALgAAAAAAHYQDEnobodyhasthisid", None, &headers);
    assert_eq!((got.status, got.error().as_str()), (404, "ErrorItemNotFound"));
    let inner = got.json()["error"]["innerError"].clone();
    assert_eq!(inner["client-request-id"], "abc");
    assert_eq!(inner["request-id"].as_str(), Some(got.header("request-id")));
    assert_eq!(got.header("client-request-id"), "abc");
    assert!(got.header("access-control-expose-headers").contains("Retry-After"));
    for path in ["/v1.0/me/nothing", "/v2.0/me", "/v1.0/me/messages/x"] {
        assert_eq!(client.call("GET", path, None, &[]).status, 400, "{path}");
    }
    let request =
        Request::options("/v1.0/me/messages").header("origin", "http://localhost:8080").body(Vec::new()).unwrap();
    let preflight = client.send(Host::Graph, request);
    assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (204, "*"));
    for name in ["authorization", "prefer", "if-match", "x-signalr-user-agent"] {
        assert!(preflight.header("access-control-allow-headers").contains(name), "{name}");
    }
    client.token.clear();
    let got = client.call("GET", "/v1.0/me", None, &[]);
    assert_eq!((got.status, got.error().as_str()), (401, "InvalidAuthenticationToken"));
}

#[test]
fn ones_own_address_is_the_same_as_me_and_other_mailboxes_are_closed() {
    let mut client = Client::new();
    client.arrive("one");
    assert_eq!(client.get("/v1.0/users/ada@petrel.test/messages")["value"].as_array().unwrap().len(), 1);
    assert_eq!(client.call("GET", "/v1.0/users/grace@petrel.test/messages", None, &[]).status, 403);
}

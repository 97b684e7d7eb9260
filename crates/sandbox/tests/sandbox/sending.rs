//! Sending: the way of a draft, what is delivered, and what a second try meets.

use serde_json::{Value, json};

use crate::client::{ADA, Client, GRACE, message};

fn draft(client: &mut Client, to: &[&str]) -> String {
    let to: Vec<Value> = to.iter().map(|one| json!({"emailAddress": {"address": one}})).collect();
    let got = client.post(
        "/v1.0/me/messages",
        json!({
            "subject": "Hello", "body": {"contentType": "text", "content": "Hi\nthere"}, "toRecipients": to,
            "internetMessageHeaders": [{"name": "x-petrel-id", "value": "mark-1"}],
        }),
    );
    assert_eq!(got.status, 201);
    got.json()["id"].as_str().unwrap().to_owned()
}

fn folder_of(client: &mut Client, id: &str) -> String {
    let parent = client.get(&message(id))["parentFolderId"].as_str().unwrap().to_owned();
    ["drafts", "outbox", "sentitems"]
        .into_iter()
        .find(|name| client.get(&format!("/v1.0/me/mailFolders/{name}"))["id"] == parent.as_str())
        .unwrap_or("elsewhere")
        .to_owned()
}

#[test]
fn a_draft_waits_in_the_outbox_and_keeps_its_id_in_sent_items() {
    let mut client = Client::new();
    let id = draft(&mut client, &[GRACE]);
    assert_eq!(folder_of(&mut client, &id), "drafts");
    let sent = client.call("POST", &format!("{}/send", message(&id)), None, &[]);
    assert_eq!((sent.status, sent.bytes.len()), (202, 0));
    assert_eq!(folder_of(&mut client, &id), "outbox");
    assert_eq!(client.sandbox.next_due(), Some(client.now_ms + 300));
    client.wait(299);
    assert_eq!(folder_of(&mut client, &id), "outbox");
    client.wait(1);
    assert_eq!(folder_of(&mut client, &id), "sentitems");
    assert_eq!(client.get(&message(&id))["isDraft"], false);
}

#[test]
fn a_second_send_is_refused_before_and_after_it_left() {
    let mut client = Client::new();
    let id = draft(&mut client, &[GRACE]);
    let path = format!("{}/send", message(&id));
    assert_eq!(client.call("POST", &path, None, &[]).status, 202);
    for wait in [0, 1000] {
        client.wait(wait);
        let again = client.call("POST", &path, None, &[]);
        assert_eq!((again.status, again.error().as_str()), (404, "ErrorItemNotFound"));
    }
    client.wait(1000);
    assert_eq!(client.control("GET", "delivered", &json!({})).as_array().unwrap().len(), 1);
}

#[test]
fn everybody_named_gets_it_once_and_the_record_says_so() {
    let mut client = Client::new();
    let id = draft(&mut client, &[GRACE, "Grace@Petrel.test", "out@else.example"]);
    client.call("POST", &format!("{}/send", message(&id)), None, &[]);
    client.wait(300);
    let rows = client.control("GET", "delivered", &json!({}));
    let to: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row["to"].as_str().unwrap()).collect();
    assert_eq!(to, [GRACE, "out@else.example"]);
    assert_eq!((rows[0]["marker"].as_str(), rows[0]["from"].as_str()), (Some("mark-1"), Some(ADA)));
    assert_eq!(rows[0]["internet_message_id"], client.get(&message(&id))["internetMessageId"]);
    client.token = client.token_of(GRACE);
    let inbox = client.get("/v1.0/me/mailFolders/inbox/messages");
    assert_eq!(inbox["value"].as_array().unwrap().len(), 1);
    assert_eq!(
        (inbox["value"][0]["isRead"].as_bool(), inbox["value"][0]["isDraft"].as_bool()),
        (Some(false), Some(false))
    );
    assert_eq!(inbox["value"][0]["from"]["emailAddress"]["address"], ADA);
    assert!(inbox["value"][0]["body"]["content"].as_str().unwrap().contains("Hi<br>"));
}

#[test]
fn an_answer_meets_its_original_on_the_other_side() {
    let mut client = Client::new();
    let id = draft(&mut client, &[GRACE]);
    client.call("POST", &format!("{}/send", message(&id)), None, &[]);
    client.wait(300);
    let ours = client.get(&message(&id))["conversationId"].clone();
    client.token = client.token_of(GRACE);
    let theirs = client.get("/v1.0/me/mailFolders/inbox/messages")["value"][0]["id"].as_str().unwrap().to_owned();
    let reply = client.post(
        &format!("{}/createReply", message(&theirs)),
        json!({"message": {"body": {"contentType": "html", "content": "<p>Yes</p>"}}}),
    );
    let reply = reply.json()["id"].as_str().unwrap().to_owned();
    client.call("POST", &format!("{}/send", message(&reply)), None, &[]);
    client.wait(300);
    client.token = client.token_of(ADA);
    let inbox = client.get("/v1.0/me/mailFolders/inbox/messages");
    assert_eq!(
        (&inbox["value"][0]["conversationId"], inbox["value"][0]["subject"].as_str()),
        (&ours, Some("Re: Hello"))
    );
}

#[test]
fn blind_copies_stay_blind() {
    let mut client = Client::new();
    let got = client.post(
        "/v1.0/me/sendMail",
        json!({"Message": {"subject": "s", "body": {"content": "b"}, "toRecipients": [{"emailAddress": {"address": GRACE}}], "bccRecipients": [{"emailAddress": {"address": "linus@petrel.test"}}]}}),
    );
    assert_eq!(got.status, 202);
    client.wait(300);
    assert_eq!(
        client.get("/v1.0/me/mailFolders/sentitems/messages")["value"][0]["bccRecipients"][0]["emailAddress"]["address"],
        "linus@petrel.test"
    );
    for user in [GRACE, "linus@petrel.test"] {
        client.token = client.token_of(user);
        let inbox = client.get("/v1.0/me/mailFolders/inbox/messages");
        assert_eq!(inbox["value"][0]["bccRecipients"], json!([]), "{user}");
        let id = inbox["value"][0]["id"].as_str().unwrap().to_owned();
        let raw = client.call("GET", &format!("{}/$value", message(&id)), None, &[]);
        assert!(!String::from_utf8(raw.bytes).unwrap().contains("linus"), "{user}");
    }
}

#[test]
fn what_cannot_be_sent_stays_a_draft() {
    let mut client = Client::new();
    let nobody = draft(&mut client, &[]);
    let got = client.call("POST", &format!("{}/send", message(&nobody)), None, &[]);
    assert_eq!((got.status, got.error().as_str()), (400, "ErrorInvalidRecipients"));
    assert_eq!(folder_of(&mut client, &nobody), "drafts");
    let other = draft(&mut client, &[GRACE]);
    client.patch(&message(&other), json!({"from": {"emailAddress": {"address": GRACE}}}));
    let got = client.call("POST", &format!("{}/send", message(&other)), None, &[]);
    assert_eq!((got.status, got.error().as_str()), (403, "ErrorSendAsDenied"));
}

#[test]
fn taking_a_message_out_of_the_outbox_stops_it() {
    let mut client = Client::new();
    let id = draft(&mut client, &[GRACE]);
    client.control("POST", "sending", &json!({"delay_ms": 5000}));
    client.call("POST", &format!("{}/send", message(&id)), None, &[]);
    client.post(&format!("{}/move", message(&id)), json!({"destinationId": "drafts"}));
    client.wait(10_000);
    assert_eq!(client.control("GET", "delivered", &json!({})), json!([]));
    assert_eq!(client.get(&message(&id))["isDraft"], true);
}

#[test]
fn header_names_and_counts_are_checked() {
    let mut client = Client::new();
    let make = |client: &mut Client, headers: Value| {
        client.post("/v1.0/me/messages", json!({"internetMessageHeaders": headers})).error()
    };
    assert_eq!(make(&mut client, json!([{"name": "References", "value": "x"}])), "InvalidInternetMessageHeader");
    assert_eq!(make(&mut client, json!([])), "InvalidInternetMessageHeaderCollection");
}

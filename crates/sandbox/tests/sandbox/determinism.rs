//! The same seed and the same calls give the same bytes.

use sandbox::Settings;
use serde_json::json;

use crate::client::{Client, GRACE, message};

/// A little of everything, and every byte that came back.
fn story(seed: u64) -> Vec<u8> {
    let mut client = Client::with(Settings { seed, messages: 60, ..Settings::for_tests() });
    let mut all = Vec::new();
    all.extend(client.call("GET", "/v1.0/me/messages?$top=100&$expand=attachments", None, &[]).bytes);
    let id = client.arrive("one");
    let reply = client.post(
        &format!("{}/createReply", message(&id)),
        json!({"message": {"toRecipients": [{"emailAddress": {"address": GRACE}}]}}),
    );
    let draft = reply.json()["id"].as_str().unwrap().to_owned();
    all.extend(reply.bytes);
    client.call("POST", &format!("{}/send", message(&draft)), None, &[]);
    client.wait(300);
    all.extend(client.call("GET", "/v1.0/me/mailFolders/delta", None, &[]).bytes);
    all.extend(client.control("GET", "delivered", &json!({})).to_string().into_bytes());
    all.extend(client.token_of(GRACE).into_bytes());
    all
}

#[test]
fn one_seed_tells_one_story() {
    assert!(story(1) == story(1));
    assert!(story(1) != story(2));
}

//! Automatic replies, and the mail tips that warn of them.

use serde_json::{Value, json};

use crate::client::{ADA, Client, GRACE, message};
use crate::settings::{allow, client};

const SETTINGS: &str = "/v1.0/me/mailboxSettings";

fn away(client: &mut Client, setting: Value) {
    allow(client, ADA);
    let got = client.patch(SETTINGS, json!({"automaticRepliesSetting": setting}));
    assert_eq!(got.status, 200, "{}", String::from_utf8_lossy(&got.bytes));
}

fn texts() -> Value {
    json!({"status": "alwaysEnabled", "externalAudience": "all", "internalReplyMessage": "<p>In</p>", "externalReplyMessage": "<p>Out</p>"})
}

/// Grace writes to ada; the answer is how many mails grace has got back by then.
fn grace_writes(client: &mut Client, subject: &str) -> usize {
    allow(client, GRACE);
    let got = client.post(
        "/v1.0/me/sendMail",
        json!({"message": {"subject": subject, "body": {"content": "b"}, "toRecipients": [{"emailAddress": {"address": ADA}}]}}),
    );
    assert_eq!(got.status, 202);
    client.wait(1000);
    client.get("/v1.0/me/mailFolders/inbox/messages")["value"].as_array().unwrap().len()
}

/// Mail from outside with these header lines; the answer is whom the sandbox has written to.
fn outside_writes(client: &mut Client, from: &str, headers: &str) -> Vec<String> {
    let mime = format!("From: {from}\r\nTo: {ADA}\r\nSubject: s\r\n{headers}\r\nHello\r\n");
    client.sandbox.deliver(ADA, mime.as_bytes(), client.now_ms).unwrap();
    let rows = client.control("GET", "delivered", &json!({}));
    rows.as_array().unwrap().iter().map(|row| row["to"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_colleague_is_answered_once_with_the_marks_of_a_machine() {
    let mut client = client();
    away(&mut client, texts());
    assert_eq!(grace_writes(&mut client, "one"), 1);
    let reply = client.get("/v1.0/me/mailFolders/inbox/messages?$select=subject,from,body,internetMessageHeaders");
    let reply = reply["value"][0].clone();
    assert_eq!(reply["subject"], "Automatic reply: one");
    assert_eq!(reply["from"]["emailAddress"]["address"], ADA);
    assert!(reply["body"]["content"].as_str().unwrap().contains("<p>In</p>"));
    assert!(
        reply["internetMessageHeaders"]
            .as_array()
            .unwrap()
            .contains(&json!({"name": "Auto-Submitted", "value": "auto-generated"}))
    );
    let mime = client.call("GET", &format!("{}/$value", message(reply["id"].as_str().unwrap())), None, &[]);
    let mime = String::from_utf8(mime.bytes).unwrap();
    assert!(mime.contains("Auto-Submitted: auto-generated\r\n") && mime.contains("X-Auto-Response-Suppress: All\r\n"));
    assert_eq!(grace_writes(&mut client, "two"), 1);
    // A change begins a new period.
    away(&mut client, json!({"internalReplyMessage": "<p>Still away</p>"}));
    assert_eq!(grace_writes(&mut client, "three"), 2);
    away(&mut client, json!({"status": "disabled"}));
    assert_eq!(grace_writes(&mut client, "four"), 2);
}

#[test]
fn two_people_who_are_away_do_not_answer_each_other_for_ever() {
    let mut client = client();
    away(&mut client, texts());
    allow(&mut client, GRACE);
    client.patch(SETTINGS, json!({"automaticRepliesSetting": texts()}));
    assert_eq!(grace_writes(&mut client, "hello"), 1);
    allow(&mut client, ADA);
    assert_eq!(client.get("/v1.0/me/mailFolders/inbox/messages")["value"].as_array().unwrap().len(), 1);
}

#[test]
fn machines_lists_and_bulk_mail_are_not_answered() {
    let mut client = client();
    away(&mut client, texts());
    for headers in [
        "Auto-Submitted: auto-replied\r\n",
        "Precedence: bulk\r\n",
        "List-Id: <news.else.example>\r\n",
        "X-Auto-Response-Suppress: OOF, DR\r\n",
    ] {
        assert_eq!(outside_writes(&mut client, "bob@else.example", headers), Vec::<String>::new(), "{headers}");
    }
    assert_eq!(outside_writes(&mut client, "no-reply@else.example", ""), Vec::<String>::new());
    assert_eq!(outside_writes(&mut client, "bob@else.example", ""), ["bob@else.example"]);
}

#[test]
fn the_audience_decides_which_strangers_are_answered() {
    let mut client = client();
    let audience = |client: &mut Client, word: &str| {
        away(client, texts());
        away(client, json!({"externalAudience": word}));
    };
    audience(&mut client, "none");
    assert_eq!(outside_writes(&mut client, "bob@else.example", ""), Vec::<String>::new());
    audience(&mut client, "contactsOnly");
    assert_eq!(outside_writes(&mut client, "bob@else.example", ""), Vec::<String>::new());
    audience(&mut client, "all");
    assert_eq!(outside_writes(&mut client, "Bob <BOB@else.example>", ""), ["BOB@else.example"]);
    assert_eq!(outside_writes(&mut client, "bob@else.example", "").len(), 1);
}

#[test]
fn a_schedule_answers_from_its_start_until_its_end() {
    let mut client = client();
    // It is 09:12 UTC on 23 November, 10:12 in Berlin.
    let at = |time: &str| json!({"dateTime": format!("2026-11-23T{time}"), "timeZone": "W. Europe Standard Time"});
    let mut setting = texts();
    setting["status"] = json!("scheduled");
    setting["scheduledStartDateTime"] = at("10:13:00.0000000");
    setting["scheduledEndDateTime"] = at("10:14:00.0000000");
    away(&mut client, setting);
    assert_eq!(grace_writes(&mut client, "too early"), 0);
    client.wait(60_000);
    assert_eq!(grace_writes(&mut client, "within"), 1);
    client.wait(60_000);
    assert_eq!(
        outside_writes(&mut client, "late@else.example", "").iter().filter(|to| *to == "late@else.example").count(),
        0
    );
}

#[test]
fn an_empty_text_answers_nobody() {
    let mut client = client();
    away(&mut client, json!({"status": "alwaysEnabled", "externalReplyMessage": "<p>Out</p>"}));
    assert_eq!(grace_writes(&mut client, "hello"), 0);
    assert_eq!(
        outside_writes(&mut client, "bob@else.example", "").last().map(String::as_str),
        Some("bob@else.example")
    );
}

fn tips(client: &mut Client, addresses: &[&str], options: &str) -> Vec<Value> {
    let got = client.post("/v1.0/me/getMailTips", json!({"EmailAddresses": addresses, "MailTipsOptions": options}));
    assert_eq!(got.status, 200, "{}", String::from_utf8_lossy(&got.bytes));
    got.json()["value"].as_array().unwrap().clone()
}

#[test]
fn mail_tips_tell_what_a_sender_should_know() {
    let mut client = client();
    away(&mut client, texts());
    let body = json!({"user": ADA, "mailbox_full": true, "custom": "<p>Ask Grace</p>", "members": 12, "external_members": 3, "moderated": true});
    client.control("POST", "mailtips", &body);
    allow(&mut client, GRACE);
    let all = "automaticReplies, mailboxFullStatus,customMailTip,externalMemberCount,totalMemberCount,maxMessageSize,deliveryRestriction,moderationStatus,recipientScope";
    let got = tips(&mut client, &[ADA, GRACE, "bob@else.example", "nonsense"], all);
    assert_eq!(got[0]["automaticReplies"]["message"], "<p>In</p>");
    assert_eq!(got[0]["automaticReplies"]["messageLanguage"]["locale"], "en-US");
    assert_eq!((&got[0]["mailboxFull"], &got[0]["customMailTip"]), (&json!(true), &json!("<p>Ask Grace</p>")));
    assert_eq!((&got[0]["totalMemberCount"], &got[0]["externalMemberCount"]), (&json!(12), &json!(3)));
    assert_eq!((&got[0]["isModerated"], &got[0]["deliveryRestricted"]), (&json!(true), &json!(false)));
    assert_eq!((&got[1]["automaticReplies"], &got[1]["mailboxFull"]), (&json!({"message": ""}), &json!(false)));
    assert_eq!((&got[1]["recipientScope"], &got[2]["recipientScope"]), (&json!("internal"), &json!("external")));
    assert_eq!(got[3]["error"]["code"], "ErrorInvalidRecipients");
    let one = tips(&mut client, &[ADA], "MailboxFullStatus");
    assert!(one[0]["automaticReplies"].is_null() && one[0]["mailboxFull"] == true);
    for (body, code) in [
        (json!({"EmailAddresses": [ADA], "MailTipsOptions": "horoscope"}), "RequestBodyRead"),
        (json!({"EmailAddresses": ADA, "MailTipsOptions": "automaticReplies"}), "RequestBodyRead"),
        (json!({"MailTipsOptions": "automaticReplies"}), "ErrorInvalidRequest"),
        (json!({"EmailAddresses": vec![ADA; 101]}), "ErrorInvalidRequest"),
    ] {
        let got = client.post("/v1.0/me/getMailTips", body.clone());
        assert_eq!((got.status, got.error().as_str()), (400, code), "{body}");
    }
}

#[test]
fn ids_are_translated_between_all_formats_and_unknown_ones_are_told_apart() {
    let mut client = client();
    let immutable = client.arrive("one");
    client.prefer = String::new();
    let rest = client.get("/v1.0/me/mailFolders/inbox/messages")["value"][0]["id"].as_str().unwrap().to_owned();
    let folder = client.get("/v1.0/me/mailFolders/inbox")["id"].as_str().unwrap().to_owned();
    let mut translate = |ids: &[&str], from: &str, to: &str| {
        let got = client
            .post("/v1.0/me/translateExchangeIds", json!({"InputIds": ids, "sourceIdType": from, "targetIdType": to}));
        assert_eq!(got.status, 200, "{}", String::from_utf8_lossy(&got.bytes));
        got.json()["value"].as_array().unwrap().clone()
    };
    let got = translate(&[&rest, &folder, &immutable, "nonsense"], "restId", "restImmutableEntryId");
    assert_eq!(got[0], json!({"sourceId": rest, "targetId": immutable}));
    assert_eq!(got[1]["targetId"], folder.as_str());
    assert_eq!(got[2]["errorDetails"]["code"], "ErrorInvalidIdMalformed");
    assert_eq!(
        (&got[3]["targetId"], got[3]["errorDetails"]["code"].as_str()),
        (&Value::Null, Some("ErrorItemNotFound"))
    );
    let formats = ["entryId", "ewsId", "immutableEntryId", "restId", "restImmutableEntryId"];
    for from in formats {
        let there = translate(&[&rest], "restId", from)[0]["targetId"].as_str().unwrap().to_owned();
        for to in formats {
            let on = translate(&[&there], from, to)[0]["targetId"].as_str().unwrap().to_owned();
            assert_eq!(translate(&[&on], to, "restId")[0]["targetId"], rest.as_str(), "{from} to {to}");
        }
    }
    for body in [
        json!({"inputIds": [rest], "sourceIdType": "restId", "targetIdType": "isbn"}),
        json!({"inputIds": [rest], "sourceIdType": "restId"}),
        json!({"inputIds": vec!["x"; 1001], "sourceIdType": "restId", "targetIdType": "ewsId"}),
    ] {
        assert_eq!(client.post("/v1.0/me/translateExchangeIds", body).status, 400);
    }
}

//! Message rules: how they are kept, and what they do to mail that arrives.

use serde_json::{Value, json};

use crate::client::{ADA, Client, GRACE, message, segment};
use crate::settings::{allow, client};

const RULES: &str = "/v1.0/me/mailFolders/inbox/messageRules";

fn rule(client: &mut Client, conditions: Value, actions: Value) -> String {
    let got = client.post(RULES, json!({"displayName": "a rule", "conditions": conditions, "actions": actions}));
    assert_eq!(got.status, 201, "{}", String::from_utf8_lossy(&got.bytes));
    got.json()["id"].as_str().unwrap().to_owned()
}

fn folder(client: &mut Client, name: &str) -> String {
    client.get(&format!("/v1.0/me/mailFolders/{name}"))["id"].as_str().unwrap().to_owned()
}

fn subjects(client: &mut Client, folder: &str) -> Vec<String> {
    let list = client.get(&format!("/v1.0/me/mailFolders/{folder}/messages?$select=subject"));
    list["value"].as_array().unwrap().iter().map(|one| one["subject"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_rule_is_made_read_changed_and_deleted() {
    let mut client = client();
    let body = json!({
        "displayName": "From partner", "sequence": 2, "isEnabled": true,
        "conditions": {"senderContains": ["ADELE"]},
        "exceptions": {"withinSizeRange": {"minimumSize": 5, "maximumSize": 9}, "sentOnlyToMe": true},
        "actions": {"forwardTo": [{"emailAddress": {"name": "Alex", "address": "alex@else.example"}}], "stopProcessingRules": true},
    });
    let made = client.post(RULES, body.clone());
    assert_eq!(made.status, 201);
    for name in ["displayName", "sequence", "isEnabled", "conditions", "exceptions", "actions"] {
        assert_eq!(made.json()[name], body[name], "{name}");
    }
    assert_eq!((&made.json()["hasError"], &made.json()["isReadOnly"]), (&json!(false), &json!(false)));
    let path = format!("{RULES}/{}", segment(made.json()["id"].as_str().unwrap()));
    // What a client names is replaced whole; what it does not name stays.
    let got =
        client.patch(&path, json!({"conditions": {"subjectContains": ["x"]}, "exceptions": null, "isEnabled": false}));
    assert_eq!(got.json()["conditions"], json!({"subjectContains": ["x"]}));
    assert!(got.json()["exceptions"].is_null());
    assert_eq!((&got.json()["actions"], &got.json()["isEnabled"]), (&body["actions"], &json!(false)));
    assert_eq!(client.get(RULES)["value"], json!([client.get_rule(&path)]));
    assert_eq!(client.call("GET", &format!("{RULES}/$count"), None, &[]).bytes, b"1");
    let nested = client.get("/v1.0/me/mailFolders/msgfolderroot/childFolders/inbox/messageRules");
    assert_eq!(nested["value"].as_array().unwrap().len(), 1);
    assert_eq!(client.call("DELETE", &path, None, &[]).status, 204);
    assert_eq!(client.get(RULES)["value"], json!([]));
    assert_eq!(client.call("GET", &path, None, &[]).status, 404);
}

impl Client {
    /// A rule as the list shows it, without the line that names the answer's type.
    fn get_rule(&mut self, path: &str) -> Value {
        let mut value = self.get(path);
        value.as_object_mut().unwrap().remove("@odata.context");
        value
    }
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let mut client = client();
    let read = json!({"markAsRead": true});
    for (body, code) in [
        (json!({"displayName": "x"}), "ErrorInboxRulesValidationError"),
        (json!({"displayName": "x", "actions": {}}), "ErrorInboxRulesValidationError"),
        (json!({"displayName": "x", "actions": {"delete": false}}), "ErrorInboxRulesValidationError"),
        (json!({"displayName": "x", "actions": {"moveToFolder": "nowhere"}}), "ErrorInboxRulesValidationError"),
        (json!({"actions": read}), "ErrorInvalidRequest"),
        (json!({"displayName": "x", "actions": {"explode": true}}), "RequestBodyRead"),
        (json!({"displayName": "x", "actions": read, "conditions": {"moonPhase": "full"}}), "RequestBodyRead"),
        (json!({"displayName": "x", "actions": read, "conditions": {"subjectContains": "text"}}), "RequestBodyRead"),
        (json!({"displayName": "x", "actions": read, "conditions": {"importance": "huge"}}), "RequestBodyRead"),
        (
            json!({"displayName": "x", "actions": read, "conditions": {"withinSizeRange": {"minimumSize": -1}}}),
            "RequestBodyRead",
        ),
        (json!({"displayName": "x", "actions": read, "sequence": "first"}), "RequestBodyRead"),
        (
            json!({"displayName": "x", "actions": {"redirectTo": [{"emailAddress": {"address": "nobody"}}]}}),
            "ErrorInvalidRecipients",
        ),
    ] {
        let got = client.post(RULES, body.clone());
        assert_eq!((got.status, got.error().as_str()), (400, code), "{body}");
    }
    let elsewhere = client.call("GET", "/v1.0/me/mailFolders/archive/messageRules", None, &[]);
    assert_eq!((elsewhere.status, elsewhere.error().as_str()), (400, "ErrorInvalidRequest"));
    assert_eq!(client.get(RULES)["value"], json!([]));
}

#[test]
fn a_rule_moves_and_marks_mail_before_the_inbox_sees_it() {
    let mut client = client();
    rule(
        &mut client,
        json!({"bodyOrSubjectContains": ["invoice"], "fromAddresses": [{"emailAddress": {"address": "bob@ELSE.example"}}]}),
        json!({"moveToFolder": "archive", "markAsRead": true, "markImportance": "high", "assignCategories": ["Red category"]}),
    );
    let id = client.arrive("Invoice 7");
    let got = client.get(&message(&id));
    assert_eq!(got["parentFolderId"], folder(&mut client, "archive").as_str());
    assert_eq!(
        (&got["isRead"], &got["importance"], &got["categories"]),
        (&json!(true), &json!("high"), &json!(["Red category"]))
    );
    client.arrive("Lunch");
    assert_eq!(subjects(&mut client, "inbox"), ["Lunch"]);
}

#[test]
fn rules_run_by_sequence_until_one_stops_them() {
    let mut client = client();
    let later = rule(&mut client, json!({}), json!({"assignCategories": ["later"]}));
    rule(
        &mut client,
        json!({"subjectContains": ["halt"]}),
        json!({"assignCategories": ["first"], "stopProcessingRules": true}),
    );
    let path = format!("{RULES}/{}", segment(&later));
    let of = |client: &mut Client, subject: &str| {
        let id = client.arrive(subject);
        client.get(&message(&id))["categories"].clone()
    };
    assert_eq!(of(&mut client, "halt 1"), json!(["later", "first"]));
    assert_eq!(client.patch(&path, json!({"sequence": 9})).json()["sequence"], 9);
    assert_eq!(of(&mut client, "halt 2"), json!(["first"]));
    assert_eq!(of(&mut client, "go"), json!(["later"]));
    client.patch(&path, json!({"isEnabled": false}));
    assert_eq!(of(&mut client, "go on"), json!([]));
}

#[test]
fn an_exception_keeps_a_rule_away() {
    let mut client = client();
    let got = client.post(
        RULES,
        json!({
            "displayName": "x", "conditions": {"sentToMe": true}, "exceptions": {"subjectContains": ["keep"], "importance": "high"},
            "actions": {"delete": true},
        }),
    );
    assert_eq!(got.status, 201);
    for subject in ["drop me", "keep me"] {
        client.arrive(subject);
    }
    assert_eq!(subjects(&mut client, "inbox"), ["keep me"]);
    assert_eq!(subjects(&mut client, "deleteditems"), ["drop me"]);
}

#[test]
fn copies_stay_beside_the_message_and_deleting_for_good_leaves_nothing() {
    let mut client = client();
    rule(&mut client, json!({"subjectContains": ["copy"]}), json!({"copyToFolder": "archive"}));
    rule(&mut client, json!({"subjectContains": ["gone"]}), json!({"permanentDelete": true}));
    client.arrive("copy");
    client.arrive("gone");
    assert_eq!(subjects(&mut client, "inbox"), ["copy"]);
    assert_eq!(subjects(&mut client, "archive"), ["copy"]);
    assert_eq!(subjects(&mut client, "deleteditems"), Vec::<String>::new());
}

#[test]
fn a_rule_whose_folder_is_gone_is_in_error_and_does_not_run() {
    let mut client = client();
    let made = client.post("/v1.0/me/mailFolders", json!({"displayName": "Short-lived"})).json();
    let id = made["id"].as_str().unwrap().to_owned();
    rule(&mut client, json!({}), json!({"moveToFolder": id, "markAsRead": true}));
    let path = format!("/v1.0/me/mailFolders/{}", segment(&id));
    client.call("DELETE", &path, None, &[]);
    client.call("DELETE", &path, None, &[]);
    assert_eq!(client.get(RULES)["value"][0]["hasError"], true);
    client.arrive("hello");
    assert_eq!(subjects(&mut client, "inbox"), ["hello"]);
}

#[test]
fn a_desktop_clients_rule_runs_but_is_neither_shown_whole_nor_changed() {
    let mut client = client();
    let body =
        json!({"user": ADA, "read_only": true, "rule": {"displayName": "desktop", "actions": {"markAsRead": true}}});
    let id = client.control("POST", "rule", &body)["id"].as_str().unwrap().to_owned();
    let shown = client.get(RULES)["value"][0].clone();
    assert_eq!((&shown["isReadOnly"], &shown["actions"]), (&json!(true), &Value::Null));
    let path = format!("{RULES}/{}", segment(&id));
    assert_eq!(client.patch(&path, json!({"isEnabled": false})).error(), "ErrorInboxRulesValidationError");
    assert_eq!(client.call("DELETE", &path, None, &[]).status, 400);
    let mail = client.arrive("hello");
    assert_eq!(client.get(&message(&mail))["isRead"], true);
}

#[test]
fn forwarding_writes_anew_and_redirecting_keeps_the_sender() {
    let mut client = client();
    let to = |address: &str| json!([{"emailAddress": {"address": address}}]);
    rule(
        &mut client,
        json!({"subjectContains": ["pass"]}),
        json!({"forwardTo": to(GRACE), "redirectTo": to(GRACE), "forwardAsAttachmentTo": to("linus@petrel.test")}),
    );
    client.arrive("pass this");
    let rows = client.control("GET", "delivered", &json!({}));
    assert_eq!(rows.as_array().unwrap().len(), 3);
    allow(&mut client, GRACE);
    let list =
        client.get("/v1.0/me/mailFolders/inbox/messages?$select=subject,from,toRecipients,body,internetMessageId");
    let find = |subject: &str| {
        list["value"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["subject"] == subject)
            .unwrap_or_else(|| panic!("{subject}"))
    };
    let forward = find("FW: pass this");
    assert_eq!(forward["from"]["emailAddress"]["address"], ADA);
    assert!(forward["body"]["content"].as_str().unwrap().contains("Hello Ada"));
    let redirect = find("pass this");
    assert_eq!(redirect["from"]["emailAddress"]["address"], "bob@else.example");
    assert_eq!(redirect["toRecipients"][0]["emailAddress"]["address"], ADA);
    allow(&mut client, "linus@petrel.test");
    let inbox = client.get("/v1.0/me/mailFolders/inbox/messages");
    assert_eq!(inbox["value"][0]["hasAttachments"], true);
}

#[test]
fn two_mailboxes_that_forward_to_each_other_come_to_rest() {
    let mut client = client();
    for (from, to) in [(GRACE, ADA), (ADA, GRACE)] {
        allow(&mut client, from);
        rule(&mut client, json!({}), json!({"forwardTo": [{"emailAddress": {"address": to}}]}));
    }
    client.arrive("round");
    assert_eq!(subjects(&mut client, "inbox"), ["FW: FW: round", "round"]);
    allow(&mut client, GRACE);
    assert_eq!(subjects(&mut client, "inbox"), ["FW: round"]);
}

#[test]
fn a_redirection_in_a_circle_of_three_ends_where_it_began() {
    let mut client = client();
    let circle = [ADA, GRACE, "linus@petrel.test"];
    for (from, to) in circle.iter().zip(circle.iter().cycle().skip(1)) {
        allow(&mut client, from);
        rule(&mut client, json!({}), json!({"redirectTo": [{"emailAddress": {"address": to}}]}));
    }
    client.arrive("round");
    for (person, times) in circle.into_iter().zip([2, 1, 1]) {
        allow(&mut client, person);
        assert_eq!(subjects(&mut client, "inbox"), vec!["round"; times], "{person}");
    }
}

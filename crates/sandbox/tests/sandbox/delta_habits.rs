//! What Exchange's delta does on its bad days, each habit asked for by its switch.

use serde_json::{Value, json};

use crate::client::{ADA, Client, message};

const INBOX: &str = "/v1.0/me/mailFolders/inbox/messages/delta";

fn of<'r>(rows: &'r [Value], id: &str) -> Vec<&'r Value> {
    rows.iter().filter(|row| row["id"] == id).collect()
}

#[test]
fn who_left_and_came_back_is_told_as_gone_under_an_immutable_id() {
    let mut client = Client::new();
    client.control("POST", "behave", &json!({"delta_forgets_returns": true}));
    let id = client.arrive("one");
    let (_, link) = client.round(INBOX);
    for folder in ["archive", "inbox"] {
        assert_eq!(client.post(&format!("{}/move", message(&id)), json!({"destinationId": folder})).status, 201);
    }
    let (rows, link) = client.round(&link);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["@removed"]["reason"], "changed");
    assert_eq!(client.round(&link).0, Vec::<Value>::new(), "and is never told again");
    let inbox = client.get("/v1.0/me/mailFolders/inbox")["id"].clone();
    assert_eq!(client.get(&message(&id))["parentFolderId"], inbox, "though it is there");
}

#[test]
fn without_the_habit_a_return_is_told() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let (_, link) = client.round(INBOX);
    for folder in ["archive", "inbox"] {
        client.post(&format!("{}/move", message(&id)), json!({"destinationId": folder}));
    }
    let (rows, _) = client.round(&link);
    assert_eq!(of(&rows, &id).last().unwrap()["subject"], "one");
}

#[test]
fn changes_come_twice_in_a_round_and_once_more_in_the_next() {
    let mut client = Client::new();
    client.control("POST", "behave", &json!({"delta_duplicates": true}));
    let id = client.arrive("one");
    let (rows, link) = client.round(INBOX);
    assert_eq!(of(&rows, &id).len(), 2);
    client.patch(&message(&id), json!({"isRead": true}));
    let (rows, link) = client.round(&link);
    assert_eq!(of(&rows, &id).len(), 2);
    let (rows, link) = client.round(&link);
    assert!(!rows.is_empty() && rows.iter().all(|row| row["isRead"] == true), "a replay");
    assert_eq!(client.round(&link).0, Vec::<Value>::new());
}

#[test]
fn empty_pages_lead_on_to_what_there_is() {
    let mut client = Client::new();
    for at in 0..15 {
        client.arrive(&format!("m{at}"));
    }
    client.control("POST", "behave", &json!({"delta_empty_pages": true}));
    let first = client.get(INBOX);
    assert_eq!(first["value"], json!([]));
    let second = client.get(first["@odata.nextLink"].as_str().unwrap());
    assert_eq!(second["value"].as_array().unwrap().len(), 10);
    let third = client.get(second["@odata.nextLink"].as_str().unwrap());
    assert_eq!(third["value"], json!([]));
    let (rows, link) = client.round(third["@odata.nextLink"].as_str().unwrap());
    assert_eq!(rows.len(), 5);
    let quiet = client.get(&link);
    assert!(quiet["@odata.deltaLink"].is_string(), "a round without news stays one request");
}

#[test]
fn tokens_die_of_age_whether_they_lead_on_or_come_back() {
    let mut client = Client::new();
    for at in 0..15 {
        client.arrive(&format!("m{at}"));
    }
    client.control("POST", "behave", &json!({"delta_token_life_s": 60}));
    let next = client.get(INBOX)["@odata.nextLink"].as_str().unwrap().to_owned();
    let (_, link) = client.round(INBOX);
    client.wait(60_000);
    assert_eq!(client.call("GET", &link, None, &[]).status, 200);
    client.wait(1000);
    for dead in [&next, &link] {
        let got = client.call("GET", dead, None, &[]);
        assert_eq!((got.status, got.error().as_str(), got.header("location")), (410, "SyncStateNotFound", ""));
    }
}

#[test]
fn a_dead_token_can_name_where_to_begin_again() {
    let mut client = Client::new();
    client.arrive("one");
    let (_, link) = client.round(INBOX);
    client.control("POST", "behave", &json!({"delta_resync_required": true}));
    client.control("POST", "expire", &json!({"what": "delta"}));
    let got = client.call("GET", &link, None, &[]);
    assert_eq!((got.status, got.error().as_str()), (410, "resyncRequired"));
    let again = got.header("location").to_owned();
    assert!(again.ends_with("/messages/delta?$deltatoken="), "{again}");
    assert_eq!(client.round(&again).0.len(), 1);
}

#[test]
fn changed_mail_comes_whole_where_the_switch_says_so() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let (_, link) = client.round(INBOX);
    client.control("POST", "behave", &json!({"delta_whole_rows": true}));
    client.patch(&message(&id), json!({"isRead": true}));
    let (rows, _) = client.round(&link);
    assert_eq!((rows[0]["subject"].as_str(), rows[0]["isRead"].as_bool()), (Some("one"), Some(true)));
}

#[test]
fn a_filtered_round_ends_at_five_thousand_and_top_caps_it_all() {
    let mut client = Client::new();
    for at in 0..5003 {
        client.arrive(&format!("m{at}"));
    }
    client.prefer = "IdType=\"ImmutableId\", odata.maxpagesize=1000".to_owned();
    let (rows, link) =
        client.round(&format!("{INBOX}?$select=subject&$filter=receivedDateTime ge 2026-01-01T00:00:00Z"));
    assert_eq!(rows.len(), 5000);
    assert_eq!(client.round(&link).0, Vec::<Value>::new());
    assert_eq!(client.round(&format!("{INBOX}?$select=subject")).0.len(), 5003);
    client.prefer.clear();
    assert_eq!(client.round(&format!("{INBOX}?$select=subject&$top=12")).0.len(), 12);
}

#[test]
fn a_change_type_narrows_later_rounds_only() {
    let mut client = Client::new();
    let old = client.arrive("old");
    let (rows, link) = client.round(&format!("{INBOX}?changeType=created"));
    assert_eq!(rows.len(), 1, "the first round lists everything");
    client.patch(&message(&old), json!({"isRead": true}));
    client.arrive("new");
    let (rows, _) = client.round(&link);
    let subjects: Vec<&str> = rows.iter().map(|row| row["subject"].as_str().unwrap()).collect();
    assert_eq!(subjects, ["new"]);
    let (_, link) = client.round(&format!("{INBOX}?changeType=deleted"));
    client.arrive("newer");
    client.call("POST", &format!("{}/permanentDelete", message(&old)), None, &[]);
    let (rows, _) = client.round(&link);
    assert_eq!((rows.len(), rows[0]["id"].as_str()), (1, Some(old.as_str())));
    let got = client.call("GET", &format!("{INBOX}?changeType=moved"), None, &[]);
    assert_eq!((got.status, got.error().as_str()), (400, "ErrorInvalidUrlQuery"));
}

#[test]
fn changes_can_come_one_poll_late() {
    let mut client = Client::new();
    client.arrive("one");
    let (_, link) = client.round(INBOX);
    client.control("POST", "behave", &json!({"delta_tells_late": true}));
    client.arrive("two");
    let (rows, link) = client.round(&link);
    assert_eq!(rows, Vec::<Value>::new());
    let (rows, _) = client.round(&link);
    assert_eq!(rows[0]["subject"], "two");
}

#[test]
fn options_are_frozen_in_the_token() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let (_, link) = client.round(&format!("{INBOX}?$select=subject,isRead"));
    client.arrive("two");
    let (rows, _) = client.round(&format!("{link}&$select=body"));
    assert!(rows[0].get("body").is_none() && rows[0]["subject"] == "two");
    client.prefer.clear();
    client.patch(&message(&id), json!({"isRead": true}));
    let (rows, _) = client.round(&link);
    assert!(rows.iter().all(|row| row["id"].as_str().unwrap().starts_with("AAMk")), "the header decides the ids");
}

#[test]
fn the_latest_token_begins_without_a_list() {
    let mut client = Client::new();
    client.arrive("one");
    let (rows, link) = client.round(&format!("{INBOX}?$deltatoken=latest"));
    assert_eq!(rows, Vec::<Value>::new());
    client.arrive("two");
    assert_eq!(client.round(&link).0[0]["subject"], "two");
}

#[test]
fn the_whole_mailbox_has_no_delta() {
    let mut client = Client::new();
    for path in ["/v1.0/me/messages/delta", "/v1.0/me/messages/delta()", &format!("/v1.0/users/{ADA}/messages/delta()")]
    {
        let got = client.call("GET", path, None, &[]);
        assert_eq!((got.status, got.error().as_str()), (400, "ErrorInvalidUrlQuery"), "{path}");
    }
    let (_, link) = client.round("/v1.0/me/mailFolders('inbox')/messages/delta()");
    assert!(link.contains("delta()"));
}

#[test]
fn switches_are_read_set_and_put_back() {
    let mut client = Client::new();
    let rest = client.control("GET", "behave", &json!({}));
    assert_eq!((rest["delta_duplicates"].as_bool(), rest["guards_sent_mail"].as_bool()), (Some(false), Some(true)));
    let set = client.control("POST", "behave", &json!({"delta_duplicates": true}));
    assert_eq!(set["delta_duplicates"], true);
    assert_eq!(client.control("GET", "behave", &json!({})), set);
    client.control("POST", "reset", &json!({"seed": 1, "messages": 0}));
    assert_eq!(client.control("GET", "behave", &json!({})), rest);
    let request = http::Request::post("/_sandbox/behave").body(b"{\"wings\": 2}".to_vec()).unwrap();
    let got = client.send(sandbox::Host::Graph, request);
    assert_eq!(got.status, 400);
    assert!(got.json()["error"].as_str().unwrap().contains("wings"));
}

//! Following changes: full rounds, partial updates, moves, and the death of tokens.

use serde_json::{Value, json};

use crate::client::{Client, message};

const INBOX: &str = "/v1.0/me/mailFolders/inbox/messages/delta";

fn row<'r>(rows: &'r [Value], id: &str) -> &'r Value {
    rows.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no row {id} in {rows:?}"))
}

#[test]
fn a_full_round_lists_everything_once_newest_first() {
    let mut client = Client::new();
    for at in 0..25 {
        client.arrive(&format!("m{at}"));
        client.wait(1000);
    }
    let first = client.call("GET", &format!("{INBOX}?$select=subject"), None, &[("prefer", "odata.maxpagesize=7")]);
    assert_eq!(first.json()["value"].as_array().unwrap().len(), 7);
    assert!(first.json()["@odata.nextLink"].as_str().unwrap().contains("$skiptoken="));
    let (rows, _) = client.round(&format!("{INBOX}?$select=subject&$orderby=receivedDateTime desc"));
    let subjects: Vec<String> = rows.iter().map(|row| row["subject"].as_str().unwrap().to_owned()).collect();
    assert_eq!(subjects, (0..25).rev().map(|at| format!("m{at}")).collect::<Vec<_>>());
    assert!(rows.iter().all(|row| row.get("body").is_none()));
}

#[test]
fn a_round_without_news_is_one_empty_page() {
    let mut client = Client::new();
    client.arrive("one");
    let (_, link) = client.round(INBOX);
    let page = client.get(&link);
    assert_eq!(page["value"], json!([]));
    assert!(page["@odata.deltaLink"].is_string());
}

#[test]
fn changed_mail_comes_with_what_changed_only() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let (_, link) = client.round(&format!("{INBOX}?$select=subject,isRead,flag,parentFolderId"));
    client.patch(&message(&id), json!({"isRead": true}));
    let (rows, link) = client.round(&link);
    let changed = row(&rows, &id);
    assert_eq!(changed["isRead"], true);
    assert!(changed.get("subject").is_none(), "{changed}");
    assert!(changed["parentFolderId"].is_string());
    client.patch(&message(&id), json!({"isRead": false}));
    client.patch(&message(&id), json!({"flag": {"flagStatus": "flagged"}}));
    let (rows, _) = client.round(&link);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0]["isRead"].as_bool(), rows[0]["flag"]["flagStatus"].as_str()), (Some(false), Some("flagged")));
}

#[test]
fn a_move_is_a_tombstone_here_and_a_whole_row_there() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let archive = "/v1.0/me/mailFolders/archive/messages/delta";
    let (_, inbox_link) = client.round(INBOX);
    let (_, archive_link) = client.round(archive);
    client.post(&format!("{}/move", message(&id)), json!({"destinationId": "archive"}));
    let (left, inbox_link) = client.round(&inbox_link);
    assert_eq!(row(&left, &id)["@removed"]["reason"], "changed");
    let (came, _) = client.round(&archive_link);
    assert_eq!(row(&came, &id)["subject"], "one");
    client.post(&format!("{}/move", message(&id)), json!({"destinationId": "inbox"}));
    let (back, inbox_link) = client.round(&inbox_link);
    assert_eq!(row(&back, &id)["subject"], "one");
    client.call("POST", &format!("{}/permanentDelete", message(&id)), None, &[]);
    let (gone, _) = client.round(&inbox_link);
    assert_eq!(row(&gone, &id)["@removed"]["reason"], "deleted");
}

#[test]
fn with_default_ids_a_move_kills_the_old_id() {
    let mut client = Client::new();
    let immutable = client.arrive("one");
    client.prefer.clear();
    let (rows, link) = client.round(INBOX);
    let old = rows[0]["id"].as_str().unwrap().to_owned();
    assert_ne!(old, immutable);
    client.post(&format!("{}/move", message(&old)), json!({"destinationId": "archive"}));
    let (rows, _) = client.round(&link);
    assert!(row(&rows, &old).get("@removed").is_some());
}

#[test]
fn many_changes_come_in_pages_that_miss_nothing() {
    let mut client = Client::new();
    let ids: Vec<String> = (0..25).map(|at| client.arrive(&format!("m{at}"))).collect();
    let (_, link) = client.round(INBOX);
    for id in &ids {
        client.patch(&message(id), json!({"isRead": true}));
    }
    let page = client.get(&link);
    assert_eq!(page["value"].as_array().unwrap().len(), 10);
    // What changes while a round is under way is not lost either.
    client.patch(&message(&ids[0]), json!({"isRead": false}));
    let (rest, link) = client.round(page["@odata.nextLink"].as_str().unwrap());
    let mut seen: Vec<&str> =
        page["value"].as_array().unwrap().iter().chain(&rest).map(|row| row["id"].as_str().unwrap()).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 25);
    let (later, _) = client.round(&link);
    let last = rest.iter().chain(&later).rev().find(|row| row["id"] == ids[0].as_str());
    assert_eq!(last.unwrap()["isRead"], false);
}

#[test]
fn a_filter_bounds_the_round_and_other_options_are_refused() {
    let mut client = Client::new();
    client.arrive("old");
    client.wait(3_600_000);
    client.token = client.token_of(crate::client::ADA);
    client.arrive("new");
    let (rows, _) = client.round(&format!("{INBOX}?$filter=receivedDateTime ge 2026-11-23T10:00:00Z"));
    assert_eq!(rows.len(), 1);
    for option in ["$filter=isRead eq false", "$orderby=subject", "$search=x", "$skip=5"] {
        let got = client.call("GET", &format!("{INBOX}?{option}"), None, &[]);
        assert_eq!((got.status, got.error().as_str()), (400, "ErrorInvalidUrlQuery"), "{option}");
    }
}

#[test]
fn a_dead_token_says_so() {
    let mut client = Client::new();
    client.arrive("one");
    let (_, link) = client.round(INBOX);
    let (_, folders) = client.round("/v1.0/me/mailFolders/delta");
    client.control("POST", "expire", &json!({"what": "delta"}));
    for link in [link, folders] {
        let got = client.call("GET", &link, None, &[]);
        assert_eq!((got.status, got.error().as_str()), (410, "SyncStateNotFound"));
    }
    assert_eq!(client.round(INBOX).0.len(), 1);
}

#[test]
fn folders_are_followed_flat_with_their_counts() {
    let mut client = Client::new();
    let (rows, link) = client.round("/v1.0/me/mailFolders/delta");
    let names: Vec<&str> = rows.iter().map(|row| row["displayName"].as_str().unwrap()).collect();
    assert!(names.contains(&"Northwind") && names.contains(&"Inbox") && !names.contains(&"Conversation History"));
    assert!(client.get(&link)["value"].as_array().unwrap().is_empty());
    let inbox = client.get("/v1.0/me/mailFolders/inbox")["id"].as_str().unwrap().to_owned();
    client.arrive("one");
    let (rows, link) = client.round(&link);
    assert_eq!(row(&rows, &inbox)["unreadItemCount"], 1);
    let made =
        client.post("/v1.0/me/mailFolders", json!({"displayName": "New"})).json()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1.0/me/mailFolders/{}", crate::client::segment(&made));
    let (rows, link) = client.round(&link);
    assert_eq!(row(&rows, &made)["displayName"], "New");
    client.call("DELETE", &path, None, &[]);
    client.call("DELETE", &path, None, &[]);
    let (rows, _) = client.round(&link);
    assert!(row(&rows, &made).get("@removed").is_some());
}

//! Delta of folders: full rounds, rounds of changes, pages, subtrees, and tokens that died.

use serde_json::{Value, json};

use crate::client::{Client, segment};
use crate::folders::make;

const DELTA: &str = "/v1.0/me/mailFolders/delta";

fn names(rows: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> = rows.iter().filter_map(|row| row["displayName"].as_str()).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_full_round_in_small_pages_tells_the_whole_tree_once() {
    let mut client = Client::new();
    let top = make(&mut client, "", "Top");
    make(&mut client, &top, "Child");
    let (whole, _) = client.round(DELTA);
    client.prefer = "odata.maxpagesize=3".to_owned();
    let first = client.call("GET", DELTA, None, &[]);
    assert_eq!(first.header("preference-applied"), "odata.maxpagesize=3");
    assert_eq!(first.json()["value"].as_array().unwrap().len(), 3);
    let (paged, link) = client.round(DELTA);
    assert_eq!(names(&paged), names(&whole));
    assert!(names(&whole).contains(&"Child") && !names(&whole).contains(&"Conversation History"));
    assert!(client.round(&link).0.is_empty());
    let (hidden, _) = client.round(&format!("{DELTA}?includeHiddenFolders=true"));
    assert!(names(&hidden).contains(&"Conversation History"));
}

#[test]
fn a_deletion_between_two_pages_makes_the_round_skip_nothing() {
    let mut client = Client::new();
    for at in 0..6 {
        make(&mut client, "", &format!("F{at}"));
    }
    client.prefer = "odata.maxpagesize=16".to_owned();
    let first = client.get(DELTA);
    let rows = first["value"].as_array().unwrap().clone();
    let own = rows.iter().find(|row| row["displayName"].as_str().unwrap().starts_with('F')).unwrap();
    let path = format!("/v1.0/me/mailFolders/{}", segment(own["id"].as_str().unwrap()));
    assert_eq!(client.post(&format!("{path}/permanentDelete"), json!({})).status, 204);
    let (rest, link) = client.round(first["@odata.nextLink"].as_str().unwrap());
    let told: Vec<Value> = rows.iter().chain(&rest).cloned().collect();
    assert_eq!(names(&told).iter().filter(|name| name.starts_with('F')).count(), 6);
    let (changes, _) = client.round(&link);
    assert!(changes.iter().any(|row| row["id"] == own["id"] && row["@removed"]["reason"] == "deleted"), "{changes:?}");
}

#[test]
fn changes_are_whole_rows_with_new_counts_and_tombstones() {
    let mut client = Client::new();
    let gone = make(&mut client, "", "Gone");
    let (_, link) = client.round(&format!("{DELTA}?$select=displayName,unreadItemCount"));
    client.arrive("one");
    client.post(&format!("/v1.0/me/mailFolders/{}/permanentDelete", segment(&gone)), json!({}));
    let made = make(&mut client, "", "Made");
    client.patch(&format!("/v1.0/me/mailFolders/{}", segment(&made)), json!({"displayName": "Renamed"}));
    let (rows, link) = client.round(&link);
    let inbox = rows.iter().find(|row| row["displayName"] == "Inbox").unwrap();
    assert_eq!(inbox["unreadItemCount"], 1);
    assert!(inbox.get("totalItemCount").is_none(), "the options of the first request stay");
    assert!(rows.iter().any(|row| row["id"] == made.as_str() && row["displayName"] == "Renamed"));
    assert!(rows.iter().any(|row| row["id"] == gone.as_str() && row["@removed"]["reason"] == "deleted"));
    assert!(client.round(&link).0.is_empty());
}

#[test]
fn below_one_folder_only_its_own_descendants_are_told() {
    let mut client = Client::new();
    let top = make(&mut client, "", "Top");
    let child = make(&mut client, &top, "Child");
    make(&mut client, &child, "Deep");
    make(&mut client, "", "Elsewhere");
    let (rows, link) = client.round(&format!("/v1.0/me/mailFolders/{}/childFolders/delta()", segment(&top)));
    assert_eq!(names(&rows), ["Child", "Deep"]);
    client.arrive("one");
    client.post(&format!("/v1.0/me/mailFolders/{}/move", segment(&child)), json!({"destinationId": "archive"}));
    let (rows, _) = client.round(&link);
    assert!(rows.iter().any(|row| row["id"] == child.as_str() && row["@removed"]["reason"] == "changed"), "{rows:?}");
    assert!(names(&rows).is_empty(), "{rows:?}");
}

#[test]
fn empty_pages_come_where_they_are_switched_on() {
    let mut client = Client::new();
    let (whole, _) = client.round(DELTA);
    client.control("POST", "behave", &json!({"delta_empty_pages": true}));
    let first = client.get(DELTA);
    assert_eq!(first["value"], json!([]));
    let (rows, link) = client.round(first["@odata.nextLink"].as_str().unwrap());
    assert_eq!(names(&rows), names(&whole));
    let again = client.get(&link);
    assert_eq!((&again["value"], again["@odata.nextLink"].is_string()), (&json!([]), true));
}

#[test]
fn dead_and_strange_tokens_are_told_apart() {
    let mut client = Client::new();
    let (_, link) = client.round(DELTA);
    client.control("POST", "behave", &json!({"delta_token_life_s": 60}));
    client.wait(59_000);
    assert_eq!(client.call("GET", &link, None, &[]).status, 200);
    client.wait(2_000);
    let old = client.call("GET", &link, None, &[]);
    assert_eq!((old.status, old.error().as_str()), (410, "SyncStateNotFound"));
    client.control("POST", "behave", &json!({"delta_resync_required": true}));
    let other = client.call("GET", &link, None, &[]);
    assert_eq!((other.status, other.error().as_str()), (410, "resyncRequired"));
    let (rows, link) = client.round(other.header("location"));
    assert!(names(&rows).contains(&"Inbox"), "the address begins a new round");
    client.control("POST", "expire", &json!({"what": "delta"}));
    assert_eq!(client.call("GET", &link, None, &[]).status, 410);
    for strange in ["$deltatoken=nonsense", "$skiptoken=e30", "$filter=displayName eq 'x'", "$search=%22x%22"] {
        let got = client.call("GET", &format!("{DELTA}?{strange}"), None, &[]);
        assert_eq!((got.status, got.error().as_str()), (400, "ErrorInvalidUrlQuery"), "{strange}");
    }
}

//! Search folders: they show what their query finds, follow every change, and hold nothing.

use serde_json::{Value, json};

use crate::client::{Client, message, segment};
use crate::folders::make;

fn search(client: &mut Client, query: &str, sources: Value, nested: bool) -> (u16, Value) {
    let body = json!({
        "@odata.type": "microsoft.graph.mailSearchFolder",
        "displayName": "Found",
        "includeNestedFolders": nested,
        "sourceFolderIds": sources,
        "filterQuery": query,
    });
    let got = client.post("/v1.0/me/mailFolders/inbox/childFolders", body);
    (got.status, got.json())
}

fn found(client: &mut Client, folder: &str) -> Vec<String> {
    let list = client.get(&format!("/v1.0/me/mailFolders/{}/messages?$select=subject", segment(folder)));
    list["value"].as_array().unwrap().iter().map(|row| row["subject"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_search_folder_shows_what_it_finds_and_counts_it() {
    let mut client = Client::new();
    client.arrive("weekly digest 1");
    client.wait(1000);
    client.arrive("other");
    let (status, made) = search(&mut client, "contains(subject, 'weekly digest')", json!(["inbox"]), false);
    assert_eq!(status, 201);
    assert_eq!(made["@odata.type"], "#microsoft.graph.mailSearchFolder");
    assert_eq!((&made["isSupported"], &made["includeNestedFolders"]), (&json!(true), &json!(false)));
    assert_eq!(made["sourceFolderIds"][0], client.get("/v1.0/me/mailFolders/inbox")["id"]);
    let id = made["id"].as_str().unwrap().to_owned();
    let late = client.arrive("weekly digest 2");
    assert_eq!(found(&mut client, &id), ["weekly digest 2", "weekly digest 1"]);
    client.patch(&message(&late), json!({"isRead": true}));
    let folder = client.get(&format!("/v1.0/me/mailFolders/{}", segment(&id)));
    assert_eq!((&folder["totalItemCount"], &folder["unreadItemCount"]), (&json!(2), &json!(1)));
    assert_eq!(folder["filterQuery"], "contains(subject, 'weekly digest')");
    let path = format!("/v1.0/me/mailFolders/{}", segment(&id));
    let count = client.call("GET", &format!("{path}/messages/$count"), None, &[]);
    assert_eq!(count.bytes, b"2");
    let cast = client.get(&format!("{path}?$select=displayName,microsoft.graph.mailSearchFolder/filterQuery"));
    assert_eq!(cast.as_object().unwrap().keys().filter(|key| !key.starts_with('@')).count(), 3, "{cast}");
}

#[test]
fn nested_folders_count_only_where_asked_and_only_while_they_are_there() {
    let mut client = Client::new();
    let top = make(&mut client, "", "Top");
    let child = make(&mut client, &top, "Child");
    let id = client.arrive("deep");
    client.post(&format!("{}/move", message(&id)), json!({"destinationId": child}));
    let folder = search(&mut client, "isRead eq false", json!([top]), false).1["id"].as_str().unwrap().to_owned();
    assert!(found(&mut client, &folder).is_empty());
    let path = format!("/v1.0/me/mailFolders/{}", segment(&folder));
    let changed = client.patch(&path, json!({"includeNestedFolders": true}));
    assert_eq!((changed.status, &changed.json()["includeNestedFolders"]), (200, &json!(true)));
    assert_eq!(found(&mut client, &folder), ["deep"]);
    client.post(&format!("/v1.0/me/mailFolders/{}/move", segment(&child)), json!({"destinationId": "archive"}));
    assert!(found(&mut client, &folder).is_empty(), "the folder moved away");
}

#[test]
fn delta_of_a_search_folder_tells_what_came_changed_and_went() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let folder = search(&mut client, "isRead eq false", json!(["inbox"]), false).1["id"].as_str().unwrap().to_owned();
    let (rows, link) = client.round(&format!("/v1.0/me/mailFolders/{}/messages/delta", segment(&folder)));
    assert_eq!(rows.len(), 1);
    let new = client.arrive("two");
    client.patch(&message(&id), json!({"isRead": true}));
    client.patch(&message(&new), json!({"importance": "high"}));
    let (rows, link) = client.round(&link);
    let row = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap().clone();
    assert_eq!(rows.len(), 2);
    assert!(row(&id).get("@removed").is_some());
    assert_eq!((&row(&new)["subject"], &row(&new)["importance"]), (&json!("two"), &json!("high")));
    client.post(&format!("{}/move", message(&new)), json!({"destinationId": "archive"}));
    let (rows, link) = client.round(&link);
    assert_eq!((rows.len(), rows[0].get("@removed").is_some()), (1, true));
    client.patch(&message(&id), json!({"categories": ["Red"]}));
    assert!(client.round(&link).0.is_empty(), "what is not in it is none of its business");
}

#[test]
fn deleting_a_search_folder_deletes_no_mail() {
    let mut client = Client::new();
    let id = client.arrive("kept");
    let folder = search(&mut client, "isRead eq false", json!(["inbox"]), false).1["id"].as_str().unwrap().to_owned();
    let path = format!("/v1.0/me/mailFolders/{}", segment(&folder));
    assert_eq!(client.call("DELETE", &path, None, &[]).status, 204);
    assert_eq!(client.call("GET", &path, None, &[]).status, 404);
    assert_eq!(client.get(&message(&id))["subject"], "kept");
    client.arrive("another");
}

#[test]
fn nothing_can_be_put_into_a_search_folder() {
    let mut client = Client::new();
    let id = client.arrive("one");
    let folder = search(&mut client, "isRead eq false", json!(["inbox"]), false).1["id"].as_str().unwrap().to_owned();
    let path = format!("/v1.0/me/mailFolders/{}", segment(&folder));
    let own = make(&mut client, "", "Own");
    for (path, body) in [
        (format!("{}/move", message(&id)), json!({"destinationId": folder})),
        (format!("{}/copy", message(&id)), json!({"destinationId": folder})),
        (format!("{path}/messages"), json!({"subject": "x"})),
        (format!("{path}/childFolders"), json!({"displayName": "x"})),
        (format!("{path}/copy"), json!({"destinationId": "archive"})),
        (format!("/v1.0/me/mailFolders/{}/move", segment(&own)), json!({"destinationId": folder})),
    ] {
        let got = client.post(&path, body);
        assert_eq!((got.status, got.error().as_str()), (400, "ErrorInvalidOperation"), "{path}");
    }
}

#[test]
fn a_search_needs_a_query_and_places_that_exist() {
    let mut client = Client::new();
    assert_eq!(search(&mut client, "isRead maybe", json!(["inbox"]), false).0, 400);
    assert_eq!(search(&mut client, "isRead eq false", json!([]), false).0, 400);
    assert_eq!(search(&mut client, "isRead eq false", json!([7]), false).0, 400);
    assert_eq!(search(&mut client, "isRead eq false", json!(["syncissues"]), false).0, 404);
    let bare =
        json!({"@odata.type": "#microsoft.graph.mailSearchFolder", "displayName": "x", "sourceFolderIds": ["inbox"]});
    assert_eq!(client.post("/v1.0/me/mailFolders", bare).error(), "ErrorRequiredPropertyMissing");
    let plain = json!({"displayName": "x", "filterQuery": "isRead eq false"});
    assert_eq!(client.post("/v1.0/me/mailFolders", plain).error(), "RequestBodyRead");
}

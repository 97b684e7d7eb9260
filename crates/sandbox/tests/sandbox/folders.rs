//! Folders: lists and their options, nested paths, copies, deletes, and what is refused.

use serde_json::{Value, json};

use crate::client::{Client, message, segment};

const ROOT: &str = "/v1.0/me/mailFolders";

fn names(list: &Value) -> Vec<String> {
    list["value"].as_array().unwrap().iter().map(|row| row["displayName"].as_str().unwrap().to_owned()).collect()
}

/// Makes a folder and answers with its id.
pub fn make(client: &mut Client, parent: &str, name: &str) -> String {
    let path = if parent.is_empty() { ROOT.to_owned() } else { format!("{ROOT}/{}/childFolders", segment(parent)) };
    let got = client.post(&path, json!({"displayName": name}));
    assert_eq!(got.status, 201, "{}", String::from_utf8_lossy(&got.bytes));
    got.json()["id"].as_str().unwrap().to_owned()
}

fn refused(client: &mut Client, method: &str, path: &str, body: Option<Value>) -> (u16, String) {
    let got = client.call(method, path, body, &[]);
    (got.status, got.error())
}

#[test]
fn lists_filter_sort_page_count_and_select() {
    let mut client = Client::new();
    for name in ["Zebra", "Apple", "apricot"] {
        make(&mut client, "", name);
    }
    assert_eq!(names(&client.get(&format!("{ROOT}?$filter=startswith(displayName,'ap')"))), ["Apple", "apricot"]);
    let sorted = client.get(&format!("{ROOT}?$orderby=displayName desc&$top=2&$count=true&$select=displayName"));
    assert_eq!(names(&sorted)[0], "Zebra");
    let keys: Vec<&String> = sorted["value"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["displayName", "id"]);
    let total = sorted["@odata.count"].as_u64().unwrap();
    let mut seen = names(&sorted);
    let mut next = sorted["@odata.nextLink"].as_str().map(str::to_owned);
    while let Some(link) = next {
        let page = client.get(&link);
        seen.extend(names(&page));
        next = page["@odata.nextLink"].as_str().map(str::to_owned);
    }
    assert_eq!(u64::try_from(seen.len()).unwrap(), total);
    let count = client.call("GET", &format!("{ROOT}/$count"), None, &[]);
    assert_eq!((count.bytes, count.status), (total.to_string().into_bytes(), 200));
    let some = client.call("GET", &format!("{ROOT}/$count?$filter=displayName eq 'zebra'"), None, &[]);
    assert_eq!((some.bytes.as_slice(), some.header("content-type")), (&b"1"[..], "text/plain"));
}

#[test]
fn unknown_properties_and_broken_filters_are_refused_by_name() {
    let mut client = Client::new();
    for (query, code) in [
        ("$filter=wellKnownName eq 'inbox'", "RequestBroker--ParseUri"),
        ("$orderby=size", "RequestBroker--ParseUri"),
        ("$select=filterQuery", "RequestBroker--ParseUri"),
        ("$expand=nothing", "RequestBroker--ParseUri"),
        ("$expand=messageRules", "ExpandNotSupported"),
        ("$filter=displayName eq", "BadRequest"),
        ("$top=0", "ErrorInvalidUrlQuery"),
    ] {
        assert_eq!(refused(&mut client, "GET", &format!("{ROOT}?{query}"), None), (400, code.to_owned()), "{query}");
    }
}

#[test]
fn hidden_folders_are_listed_only_when_asked_for_and_stay_hidden() {
    let mut client = Client::new();
    let got = client.post(ROOT, json!({"displayName": "Clutter", "isHidden": true}));
    assert_eq!((got.status, &got.json()["isHidden"]), (201, &json!(true)));
    assert!(got.header("location").ends_with("')"), "{}", got.header("location"));
    assert!(!names(&client.get(&format!("{ROOT}?$top=50"))).contains(&"Clutter".to_owned()));
    let all = names(&client.get(&format!("{ROOT}?$top=50&includeHiddenFolders=true")));
    assert!(all.contains(&"Clutter".to_owned()) && all.contains(&"Conversation History".to_owned()), "{all:?}");
    let path = format!("{ROOT}/{}", segment(got.json()["id"].as_str().unwrap()));
    assert_eq!(
        refused(&mut client, "PATCH", &path, Some(json!({"isHidden": false}))),
        (400, "ErrorInvalidPropertySet".to_owned())
    );
    assert_eq!(client.patch(&path, json!({"isHidden": true, "displayName": "Other"})).status, 200);
}

#[test]
fn children_and_messages_come_along_when_expanded() {
    let mut client = Client::new();
    let top = make(&mut client, "", "Top");
    let middle = make(&mut client, &top, "Middle");
    make(&mut client, &middle, "Deep");
    make(&mut client, &top, "Another");
    let shown = client.get(&format!(
        "{ROOT}/{}?$expand=childFolders($select=displayName;$expand=childFolders($top=1))",
        segment(&top)
    ));
    let children = shown["childFolders"].as_array().unwrap();
    assert_eq!(children.iter().map(|one| &one["displayName"]).collect::<Vec<_>>(), ["Another", "Middle"]);
    assert_eq!(children[1]["childFolders"][0]["displayName"], "Deep");
    assert!(children[0].get("isHidden").is_none());
    client.arrive("one");
    client.arrive("two");
    let inbox = client.get(&format!("{ROOT}/inbox?$expand=messages($top=1;$select=subject)"));
    assert_eq!(inbox["messages"].as_array().unwrap().len(), 1);
    assert_eq!(inbox["messages"][0]["subject"], "two");
    let list = client.get(&format!("{ROOT}?$top=50&$expand=childFolders($filter=displayName eq 'Another')"));
    let row = list["value"].as_array().unwrap().iter().find(|row| row["id"] == top.as_str()).unwrap();
    assert_eq!(row["childFolders"].as_array().unwrap().len(), 1);
}

#[test]
fn a_child_is_reached_through_its_parent_and_through_no_other() {
    let mut client = Client::new();
    let top = make(&mut client, "", "Top");
    let child = make(&mut client, &top, "Child");
    let path = format!("{ROOT}/{}/childFolders/{}", segment(&top), segment(&child));
    assert_eq!(client.get(&path)["displayName"], "Child");
    assert_eq!(client.patch(&path, json!({"displayName": "Kid"})).json()["displayName"], "Kid");
    let draft = client.post(&format!("{path}/messages"), json!({"subject": "in the child"}));
    assert_eq!(draft.status, 201);
    let list = client.get(&format!("{path}/messages"));
    assert_eq!(list["value"][0]["subject"], "in the child");
    let one = format!("{path}/messages/{}", segment(draft.json()["id"].as_str().unwrap()));
    assert_eq!(client.get(&one)["parentFolderId"], child.as_str());
    assert_eq!(client.patch(&one, json!({"subject": "changed"})).status, 200);
    assert_eq!(client.call("GET", &format!("{path}/messages/$count"), None, &[]).bytes, b"1");
    let (rows, _) = client.round(&format!("{path}/messages/delta"));
    assert_eq!(rows.len(), 1);
    let wrong = format!("{ROOT}/inbox/childFolders/{}", segment(&child));
    assert_eq!(refused(&mut client, "GET", &wrong, None), (404, "ErrorItemNotFound".to_owned()));
    let count = client.call("GET", &format!("{ROOT}/{}/childFolders/$count", segment(&top)), None, &[]);
    assert_eq!(count.bytes, b"1");
    let quoted = format!("/v1.0/me/mailFolders('{}')/childFolders('{}')", segment(&top), segment(&child));
    assert_eq!(client.get(&quoted)["displayName"], "Kid");
    assert_eq!(client.call("DELETE", &one, None, &[]).status, 204);
    let moved = client.post(&format!("{path}/move"), json!({"DestinationId": "inbox"}));
    assert_eq!((moved.status, client.call("GET", &path, None, &[]).status), (201, 404));
}

#[test]
fn a_copy_holds_everything_under_new_ids() {
    let mut client = Client::new();
    let top = make(&mut client, "", "Top");
    let child = make(&mut client, &top, "Child");
    let id = client.arrive("kept");
    client.post(&format!("{}/move", message(&id)), json!({"destinationId": child}));
    let got = client.post(&format!("{ROOT}/{}/copy", segment(&top)), json!({"destinationId": "archive"}));
    assert_eq!(got.status, 201);
    let copy = got.json();
    assert_ne!(copy["id"], top.as_str());
    assert_eq!((&copy["displayName"], &copy["childFolderCount"]), (&json!("Top"), &json!(1)));
    let children = client.get(&format!("{ROOT}/{}/childFolders", segment(copy["id"].as_str().unwrap())));
    let twin = children["value"][0]["id"].as_str().unwrap().to_owned();
    let messages = client.get(&format!("{ROOT}/{}/messages", segment(&twin)));
    assert_eq!(messages["value"][0]["subject"], "kept");
    assert_ne!(messages["value"][0]["id"], id.as_str());
    assert_eq!(client.get(&message(&id))["parentFolderId"], child.as_str(), "the original stays");
    let again = refused(
        &mut client,
        "POST",
        &format!("{ROOT}/{}/copy", segment(&top)),
        Some(json!({"destinationId": "archive"})),
    );
    assert_eq!(again, (409, "ErrorFolderExists".to_owned()));
}

#[test]
fn a_folder_goes_neither_into_itself_nor_out_of_its_name() {
    let mut client = Client::new();
    let top = make(&mut client, "", "Top");
    let child = make(&mut client, &top, "Child");
    let other = make(&mut client, "", "Other");
    make(&mut client, &other, "child");
    let path = format!("{ROOT}/{}", segment(&top));
    for verb in ["move", "copy"] {
        for to in [&top, &child] {
            let got = refused(&mut client, "POST", &format!("{path}/{verb}"), Some(json!({"destinationId": to})));
            assert_eq!(got, (400, "ErrorMoveCopyFailed".to_owned()), "{verb}");
        }
    }
    let child_path = format!("{ROOT}/{}", segment(&child));
    assert_eq!(
        refused(&mut client, "POST", &format!("{child_path}/move"), Some(json!({"destinationId": other}))),
        (409, "ErrorFolderExists".to_owned())
    );
    assert_eq!(
        refused(&mut client, "PATCH", &path, Some(json!({"displayName": "OTHER"}))),
        (409, "ErrorFolderExists".to_owned())
    );
    assert_eq!(client.patch(&path, json!({"displayName": "TOP"})).status, 200, "its own name in another case");
    assert_eq!(client.post(&format!("{child_path}/move"), json!({"destinationId": top})).status, 201);
    assert_eq!(
        refused(&mut client, "POST", &format!("{ROOT}/inbox/move"), Some(json!({"destinationId": top}))),
        (400, "ErrorMoveDistinguishedFolder".to_owned())
    );
    for missing in [json!({}), json!({"destinationId": 5})] {
        assert_eq!(refused(&mut client, "POST", &format!("{path}/move"), Some(missing)).0, 400);
    }
}

#[test]
fn deleting_twice_never_loses_a_folder_of_the_same_name() {
    let mut client = Client::new();
    for _ in 0..3 {
        let id = make(&mut client, "", "Old");
        assert_eq!(client.call("DELETE", &format!("{ROOT}/{}", segment(&id)), None, &[]).status, 204);
    }
    assert_eq!(names(&client.get(&format!("{ROOT}/deleteditems/childFolders"))), ["Old", "Old1", "Old2"]);
}

#[test]
fn a_folder_purged_is_gone_with_all_its_mail() {
    let mut client = Client::new();
    let top = make(&mut client, "", "Top");
    let child = make(&mut client, &top, "Child");
    let id = client.arrive("gone");
    client.post(&format!("{}/move", message(&id)), json!({"destinationId": child}));
    let path = format!("{ROOT}/{}", segment(&top));
    assert_eq!(client.post(&format!("{path}/permanentDelete"), json!({})).status, 204);
    for gone in [path, format!("{ROOT}/{}", segment(&child)), message(&id)] {
        assert_eq!(refused(&mut client, "GET", &gone, None), (404, "ErrorItemNotFound".to_owned()));
    }
    assert_eq!(
        refused(&mut client, "POST", &format!("{ROOT}/drafts/permanentDelete"), Some(json!({}))),
        (400, "ErrorDeleteDistinguishedFolder".to_owned())
    );
}

#[test]
fn bodies_with_wrong_types_or_strange_properties_are_refused() {
    let mut client = Client::new();
    for (body, code) in [
        (json!({}), "ErrorRequiredPropertyMissing"),
        (json!({"displayName": 5}), "RequestBodyRead"),
        (json!({"displayName": "x", "isHidden": "yes"}), "RequestBodyRead"),
        (json!({"displayName": "x", "colour": "red"}), "RequestBodyRead"),
        (json!({"displayName": "x", "@odata.type": "#microsoft.graph.message"}), "RequestBodyRead"),
        (json!({"displayName": "  "}), "BadRequest"),
        (json!({"displayName": "x".repeat(256)}), "BadRequest"),
        (json!(["x"]), "BadRequest"),
    ] {
        let got = refused(&mut client, "POST", ROOT, Some(body.clone()));
        assert_eq!(got, (400, code.to_owned()), "{body}");
    }
    assert_eq!(refused(&mut client, "PUT", &format!("{ROOT}/inbox"), Some(json!({}))).0, 405);
    assert_eq!(refused(&mut client, "GET", &format!("{ROOT}/short"), None).1, "ErrorInvalidIdMalformed");
}

#[test]
fn extended_properties_of_a_folder_come_when_expanded() {
    let mut client = Client::new();
    let property = "String {11111111-2222-3333-4444-555555555555} Name Colour";
    let id = client
        .post(ROOT, json!({"displayName": "New", "singleValueExtendedProperties": [{"id": property, "value": "red"}]}))
        .json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("{ROOT}/{}", segment(&id));
    assert!(client.get(&path).get("singleValueExtendedProperties").is_none());
    let shown = client.get(&format!("{path}?$expand=singleValueExtendedProperties($filter=id eq '{property}')"));
    assert_eq!(shown["singleValueExtendedProperties"][0]["value"], "red");
    client.arrive("one");
    let sized = "?$expand=singleValueExtendedProperties($filter=id eq 'Long 0x0E08')";
    let weight = |client: &mut Client| {
        let inbox = client.get(&format!("{ROOT}/inbox{sized}"));
        inbox["singleValueExtendedProperties"][0]["value"].as_str().unwrap().parse::<usize>().unwrap()
    };
    let one = weight(&mut client);
    client.arrive("two");
    assert_eq!(weight(&mut client), 2 * one, "two mails of one length weigh twice as much");
}

#[test]
fn odd_ids_bodies_and_options_are_refused_and_never_break() {
    let mut client = Client::new();
    let draft = client.post("/v1.0/me/messages", json!({"subject": "d"})).json()["id"].as_str().unwrap().to_owned();
    let odd = ["%00", "'", "%F0%9F%98%80", "..", "$count", "delta", "inbox", "%2F", "a%20b", "(", "')"];
    let tails = ["", "/childFolders", "/childFolders/x/messages", "/messages", "/move", "/copy", "/permanentDelete"];
    for id in odd {
        for tail in tails {
            for method in ["GET", "PATCH", "PUT"] {
                let got = client.call(method, &format!("{ROOT}/{id}{tail}"), Some(json!({})), &[]);
                assert!(got.status < 500, "{method} {id}{tail}: {}", got.status);
            }
        }
        for tail in ["", "/$value", "/createUploadSession"] {
            let path = format!("{}/attachments/{id}{tail}", message(&draft));
            for method in ["GET", "POST", "DELETE", "PATCH"] {
                let got = client.call(method, &path, Some(json!({"AttachmentItem": []})), &[]);
                assert!(got.status < 500, "{method} {path}: {}", got.status);
            }
        }
    }
    for query in [
        "$expand=childFolders(",
        "$expand=childFolders($top=99999999999999999999)",
        "$expand=childFolders($expand=childFolders($expand=childFolders($expand=childFolders($expand=childFolders($expand=childFolders($expand=childFolders($expand=childFolders($expand=childFolders))))))))",
        "$filter=((((",
        "$filter=displayName eq '",
        "$orderby=displayName sideways",
        "$skip=-1",
        "$top=1001",
        "$select=,,",
    ] {
        let got = client.call("GET", &format!("{ROOT}?{query}"), None, &[]);
        assert!([200, 400].contains(&got.status), "{query}: {}", got.status);
    }
    for body in [json!(null), json!([]), json!("x"), json!({"@odata.type": 5, "displayName": {}})] {
        assert_eq!(client.post(ROOT, body.clone()).status, 400, "{body}");
        assert_eq!(client.post(&format!("{}/attachments", message(&draft)), body.clone()).status, 400, "{body}");
    }
}

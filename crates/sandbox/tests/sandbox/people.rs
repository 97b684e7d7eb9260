//! People, contacts, pictures and the directory: what a client looks up while somebody writes an address.

use http::Request;
use sandbox::Host;
use serde_json::{Value, json};

use crate::client::{ADA, Client, GRACE, Got, segment};

const SCOPES: &str = "User.ReadWrite User.ReadBasic.All People.Read Contacts.ReadWrite Mail.ReadWrite Mail.Send";

fn client() -> Client {
    let mut client = Client::new();
    client.token = token(&mut client, ADA, SCOPES);
    client
}

fn token(client: &mut Client, user: &str, scopes: &str) -> String {
    let got = client.control("POST", "token", &json!({"user": user, "scopes": scopes}));
    got["access_token"].as_str().unwrap().to_owned()
}

fn rows(value: &Value) -> &Vec<Value> {
    value["value"].as_array().unwrap()
}

fn names(value: &Value, property: &str) -> Vec<String> {
    rows(value).iter().map(|row| row[property].as_str().unwrap_or_default().to_owned()).collect()
}

fn eventual(client: &mut Client, path: &str) -> Got {
    client.call("GET", path, None, &[("consistencylevel", "eventual")])
}

fn put(client: &mut Client, path: &str, bytes: &[u8]) -> Got {
    let request = Request::put(path)
        .header("authorization", format!("Bearer {}", client.token))
        .header("content-type", "image/jpeg")
        .body(bytes.to_vec())
        .unwrap();
    client.send(Host::Graph, request)
}

#[test]
fn everybody_begins_with_contacts_that_can_be_paged_filtered_and_searched() {
    let mut client = client();
    let first = client.get("/v1.0/me/contacts?$top=8&$count=true&$orderby=displayName");
    assert_eq!(rows(&first).len(), 8);
    let total = first["@odata.count"].as_u64().unwrap();
    assert!(total >= 20, "{total}");
    let mut all = rows(&first).clone();
    let mut next = first["@odata.nextLink"].as_str().map(str::to_owned);
    while let Some(link) = next {
        let page = client.get(&link);
        all.extend(rows(&page).clone());
        next = page["@odata.nextLink"].as_str().map(str::to_owned);
    }
    assert_eq!(all.len() as u64, total);
    let sorted = all.windows(2).all(|two| {
        two[0]["displayName"].as_str().unwrap().to_lowercase() <= two[1]["displayName"].as_str().unwrap().to_lowercase()
    });
    assert!(sorted);
    let found = client.get("/v1.0/me/contacts?$filter=emailAddresses/any(a:a/address eq 'mei.tanaka@lighthouse.example')&$select=displayName");
    assert_eq!(names(&found, "displayName"), ["Mei Tanaka"]);
    assert_eq!(rows(&found)[0].as_object().unwrap().len(), 3, "{found}");
    let found = client.get("/v1.0/me/contacts?$search=tanak");
    assert_eq!(names(&found, "displayName"), ["Mei Tanaka"]);
    let count = client.call("GET", "/v1.0/me/contacts/$count", None, &[]);
    assert_eq!(String::from_utf8(count.bytes).unwrap(), total.to_string());
    let bad = client.call("GET", "/v1.0/me/contacts?$select=nonsense", None, &[]);
    assert_eq!((bad.status, bad.error().as_str()), (400, "RequestBroker--ParseUri"));
}

#[test]
fn a_contact_is_made_changed_and_followed() {
    let mut client = client();
    let (_, link) = client.round("/v1.0/me/contacts/delta?$select=displayName,jobTitle");
    let made = client.post(
        "/v1.0/me/contacts",
        json!({"givenName": "Anna", "surname": "Berg", "emailAddresses": [{"address": "anna@berg.example"}], "birthday": "1990-05-04T00:00:00Z"}),
    );
    assert_eq!(made.status, 201);
    let contact = made.json();
    assert_eq!((contact["displayName"].as_str(), contact["fileAs"].as_str()), (Some("Anna Berg"), Some("Berg, Anna")));
    assert_eq!(contact["primaryEmailAddress"]["address"], "anna@berg.example");
    let path = format!("/v1.0/me/contacts/{}", segment(contact["id"].as_str().unwrap()));
    let (rows, link) = client.round(&link);
    assert_eq!((rows.len(), rows[0]["displayName"].as_str()), (1, Some("Anna Berg")));
    assert!(rows[0].get("emailAddresses").is_none(), "{rows:?}");

    let stale = client.call("PATCH", &path, Some(json!({"jobTitle": "x"})), &[("if-match", "W/\"old\"")]);
    assert_eq!((stale.status, stale.error().as_str()), (412, "ErrorIrresolvableConflict"));
    let wrong = client.patch(&path, json!({"jobTitle": 7}));
    assert_eq!((wrong.status, wrong.error().as_str()), (400, "BadRequest"));
    let changed =
        client.patch(&path, json!({"JobTitle": "Poet", "emailAddresses": [{"name": "A", "address": "a@b.example"}]}));
    assert_eq!((changed.status, changed.json()["jobTitle"].as_str()), (200, Some("Poet")));
    assert_ne!(changed.json()["changeKey"], contact["changeKey"]);
    let (rows, link) = client.round(&link);
    assert_eq!((rows.len(), rows[0]["jobTitle"].as_str()), (1, Some("Poet")));

    assert_eq!(client.call("DELETE", &path, None, &[]).status, 204);
    assert_eq!(client.call("GET", &path, None, &[]).error(), "ErrorItemNotFound");
    let (rows, _) = client.round(&link);
    assert_eq!(rows, [json!({"id": contact["id"], "@removed": {"reason": "deleted"}})]);
    client.control("POST", "expire", &json!({"what": "delta"}));
    assert_eq!(client.call("GET", &link, None, &[]).status, 410);
}

#[test]
fn a_deleted_contact_haunts_deleted_items_as_mail_of_nobody() {
    let mut client = client();
    let delete = |client: &mut Client| {
        let contact = rows(&client.get("/v1.0/me/contacts?$top=1"))[0].clone();
        let path = format!("/v1.0/me/contacts/{}", segment(contact["id"].as_str().unwrap()));
        assert_eq!(client.call("DELETE", &path, None, &[]).status, 204);
        contact
    };
    let contact = delete(&mut client);
    let bin = "/v1.0/me/mailFolders/deleteditems/messages";
    let found = client.get(bin);
    assert_eq!(names(&found, "subject"), [contact["displayName"].as_str().unwrap()]);
    assert_eq!((&rows(&found)[0]["from"], &rows(&found)[0]["isDraft"]), (&Value::Null, &json!(false)));
    client.control("POST", "behave", &json!({"deleted_contacts_show": false}));
    delete(&mut client);
    assert_eq!(rows(&client.get(bin)).len(), 1);
    let last = rows(&client.get("/v1.0/me/contacts?$top=1"))[0]["id"].as_str().unwrap().to_owned();
    let purge = format!("/v1.0/me/contacts/{}/permanentDelete", segment(&last));
    assert_eq!(client.call("POST", &purge, None, &[]).status, 204);
}

#[test]
fn contact_folders_hold_contacts_of_their_own() {
    let mut client = client();
    let list = client.get("/v1.0/me/contactFolders");
    assert_eq!(names(&list, "displayName"), ["Suppliers"]);
    let (_, link) = client.round("/v1.0/me/contactFolders/delta");
    let made = client.post("/v1.0/me/contactFolders", json!({"displayName": "Club"}));
    assert_eq!(made.status, 201);
    let twice = client.post("/v1.0/me/contactFolders", json!({"displayName": "club"}));
    assert_eq!((twice.status, twice.error().as_str()), (409, "ErrorFolderExists"));
    let path = format!("/v1.0/me/contactFolders/{}", segment(made.json()["id"].as_str().unwrap()));
    assert_eq!(client.post(&format!("{path}/contacts"), json!({"givenName": "Zoe"})).status, 201);
    assert_eq!(names(&client.get(&format!("{path}/contacts")), "displayName"), ["Zoe"]);
    assert!(!names(&client.get("/v1.0/me/contacts?$top=100"), "displayName").contains(&"Zoe".to_owned()));
    assert_eq!(client.patch(&path, json!({"displayName": "Chess"})).json()["displayName"], "Chess");
    let (rows, _) = client.round(&link);
    assert_eq!((rows.len(), rows[0]["displayName"].as_str()), (1, Some("Chess")));
    assert_eq!(client.get("/v1.0/me/contactFolders/contacts")["displayName"], "Contacts");
    assert_eq!(client.call("DELETE", "/v1.0/me/contactFolders/contacts", None, &[]).status, 400);
    assert_eq!(client.call("DELETE", &path, None, &[]).status, 204);
    assert_eq!(client.call("GET", &path, None, &[]).error(), "ErrorItemNotFound");
}

#[test]
fn people_come_by_relevance_and_are_found_with_a_slip_of_the_finger() {
    let mut client = client();
    for _ in 0..30 {
        client.arrive("again");
    }
    let people = client.get("/v1.0/me/people?$top=5");
    let first = &rows(&people)[0];
    assert_eq!(first["scoredEmailAddresses"][0]["address"], "bob@else.example", "{people}");
    assert_eq!(first["personType"]["class"], "Person");
    let found = client.get("/v1.0/me/people?$search=%22hoppar%22");
    assert_eq!(names(&found, "displayName"), ["Grace Hopper"]);
    let one = rows(&found)[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(client.get(&format!("/v1.0/me/people/{one}"))["userPrincipalName"], GRACE);
    let both = client.call("GET", "/v1.0/me/people?$search=a&$skip=5", None, &[]);
    assert_eq!((both.status, both.error().as_str()), (400, "ErrorInvalidUrlQuery"));
    let outside = client.get("/v1.0/me/people?$filter=personType/subclass eq 'OrganizationUser'&$top=100");
    assert_eq!(rows(&outside).len(), 26);
}

#[test]
fn the_directory_searches_only_where_consistency_may_be_eventual() {
    let mut client = client();
    let search = "/v1.0/users?$search=%22displayName:ad%22 OR %22mail:grace%22&$count=true&$select=displayName,mail";
    let refused = client.call("GET", search, None, &[]);
    assert_eq!((refused.status, refused.error().as_str()), (400, "Request_UnsupportedQuery"));
    let found = eventual(&mut client, search).json();
    assert_eq!(names(&found, "displayName"), ["Ada Lovelace", "Adam Osborne", "Adele Goldberg", "Grace Hopper"]);
    assert_eq!(found["@odata.count"], 4);
    assert_eq!(rows(&found)[0].as_object().unwrap().len(), 2);
    let bare = eventual(&mut client, "/v1.0/users?$search=ada");
    assert_eq!((bare.status, bare.error().as_str()), (400, "Request_BadRequest"));
    let filtered = client.get("/v1.0/users?$filter=startswith(displayName,'Gr') or mail eq 'LINUS@petrel.test'");
    assert_eq!(names(&filtered, "displayName"), ["Grace Hopper", "Linus Pauling"]);
    let advanced = client.call("GET", "/v1.0/users?$filter=endswith(mail,'petrel.test')", None, &[]);
    assert_eq!(advanced.error(), "Request_UnsupportedQuery");
    let mut seen = Vec::new();
    let mut link = "/v1.0/users?$top=10&$orderby=displayName".to_owned();
    loop {
        let page = client.get(&link);
        seen.extend(names(&page, "displayName"));
        match page["@odata.nextLink"].as_str() {
            Some(next) => {
                assert!(next.contains("$skiptoken"), "{next}");
                link = next.to_owned();
            }
            None => break,
        }
    }
    assert_eq!(seen.len(), 27);
    assert_eq!(client.call("GET", "/v1.0/users?$skiptoken=x", None, &[]).error(), "Directory_InvalidPageToken");
    let count = eventual(&mut client, "/v1.0/users/$count");
    assert_eq!(count.bytes, b"27");
}

#[test]
fn a_user_is_read_by_id_or_address_and_a_mailbox_only_where_there_is_one() {
    let mut client = client();
    assert_eq!(client.get(&format!("/v1.0/users/{GRACE}"))["displayName"], "Grace Hopper");
    let me = client.get("/v1.0/me?$select=displayName,proxyAddresses");
    assert_eq!(
        (me["displayName"].as_str(), &me["proxyAddresses"]),
        (Some("Ada Lovelace"), &json!(["SMTP:ada@petrel.test"]))
    );
    assert_eq!(client.call("GET", "/v1.0/me?$select=shoeSize", None, &[]).error(), "BadRequest");
    let mut refusal = |path: &str| {
        let got = client.call("GET", path, None, &[]);
        (got.status, got.error())
    };
    let said = |status, code: &str| (status, code.to_owned());
    assert_eq!(refusal("/v1.0/users/nobody@petrel.test"), said(404, "Request_ResourceNotFound"));
    assert_eq!(refusal("/v1.0/users/alan.turing@petrel.test/messages"), said(404, "ErrorNonExistentMailbox"));
    assert_eq!(refusal("/v1.0/users/niklaus.wirth@petrel.test/messages"), said(404, "MailboxNotEnabledForRESTAPI"));
    client.token = token(&mut client, ADA, "User.Read");
    let got = client.call("GET", "/v1.0/users", None, &[]);
    assert_eq!((got.status, got.error().as_str()), (403, "Authorization_RequestDenied"));
}

#[test]
fn a_picture_comes_in_every_size_or_not_at_all() {
    let mut client = client();
    let about = client.get("/v1.0/me/photo");
    assert_eq!(
        (about["id"].as_str(), about["@odata.mediaContentType"].as_str()),
        (Some("648x648"), Some("image/jpeg"))
    );
    let sizes = client.get("/v1.0/me/photos");
    assert_eq!(rows(&sizes).len(), 9);
    for name in names(&sizes, "id") {
        let got = client.call("GET", &format!("/v1.0/me/photos/{name}/$value"), None, &[]);
        assert_eq!((got.status, got.header("content-type")), (200, "image/jpeg"));
        assert!(got.bytes.starts_with(&[0xff, 0xd8]) && got.bytes.ends_with(&[0xff, 0xd9]));
    }
    assert_eq!(client.call("GET", "/v1.0/me/photos/50x50", None, &[]).error(), "ImageNotFound");
    assert_eq!(client.call("GET", &format!("/v1.0/users/{GRACE}/photo/$value"), None, &[]).status, 200);
    let none = client.call("GET", "/v1.0/users/linus@petrel.test/photo/$value", None, &[]);
    assert_eq!((none.status, none.error().as_str()), (404, "ImageNotFound"));

    let small = client.call("GET", "/v1.0/me/photos/48x48/$value", None, &[]).bytes;
    assert_eq!(put(&mut client, "/v1.0/me/photo/$value", &small).status, 204);
    assert_eq!(client.get("/v1.0/me/photo")["width"], 48);
    assert_eq!(client.call("GET", "/v1.0/me/photo/$value", None, &[]).bytes, small);
    assert_eq!(put(&mut client, "/v1.0/me/photo/$value", b"no picture").status, 400);
    assert_eq!(client.call("DELETE", "/v1.0/me/photo", None, &[]).status, 204);
    assert_eq!(client.call("GET", "/v1.0/me/photo", None, &[]).error(), "ImageNotFound");

    let contact = rows(&client.get("/v1.0/me/contacts?$top=2"))[1]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1.0/me/contacts/{}/photo", segment(&contact));
    assert_eq!(client.call("GET", &path, None, &[]).error(), "ImageNotFound");
    assert_eq!(put(&mut client, &format!("{path}/$value"), &small).status, 204);
    assert_eq!(client.get(&path)["height"], 48);
}

#[test]
fn each_thing_needs_its_own_consent() {
    let mut client = client();
    client.token = token(&mut client, ADA, "Mail.ReadWrite");
    for path in ["/v1.0/me/contacts", "/v1.0/me/people", "/v1.0/me/events", "/v1.0/me/contactFolders", "/v1.0/me/photo"]
    {
        let got = client.call("GET", path, None, &[]);
        assert_eq!((got.status, got.error().as_str()), (403, "ErrorAccessDenied"), "{path}");
    }
}

//! Pages that are wrong: kept sane, counted and told. None stops a folder, loses a row or is believed where it cannot be true.

use crate::world::World;
use mail_core::model::FolderRole;
use mail_core::protocol::{Ask, Tell, Trouble};
use serde_json::{Value, json};

/// What was told of odd pages last.
fn odd(world: &World) -> String {
    let told =
        world.tells.iter().rev().find_map(|tell| {
            if let Tell::Trouble(Trouble::OddPages(counts)) = tell { Some(counts.clone()) } else { None }
        });
    told.unwrap_or_default()
}

fn item(id: &str, more: Value) -> Value {
    let mut item = json!({
        "id": id, "subject": "S", "bodyPreview": "P", "receivedDateTime": "2026-11-20T09:00:00Z", "isRead": false,
        "from": { "emailAddress": { "name": "Bob", "address": "bob@else.example" } }, "toRecipients": [],
        "internetMessageId": "<1@else.example>",
    });
    item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    item
}

/// The inbox's next page is this one, leading on to where the server really is; then all goes on as it should.
fn with_page(world: &mut World, items: &Value) {
    // The link that is asked next leads on by itself: the bad page comes in between.
    let inbox = world.folder(FolderRole::Inbox).to_string().replace('=', "%3D");
    let next = format!("http://localhost:8082/v1.0/me/mailFolders/{inbox}/messages/delta");
    let then = json!({ "status": 200, "body": { "value": items, "@odata.nextLink": next } });
    world.fault(json!({ "host": "graph", "path": "/messages/delta", "times": 1, "then": then }));
    world.engine.hear(&Ask::Now);
    world.pass(30);
}

#[test]
fn answers_that_are_no_page_are_counted_and_asked_for_again() {
    let hotel = "<!DOCTYPE html><title>Log in to the hotel's network</title>";
    for body in [json!(hotel), json!("{\"value\": [{\"id\": \"x\", \"subj"), json!(""), json!({ "value": 7 })] {
        let mut world = World::signed_in(30);
        let rows = world.rows(FolderRole::Inbox);
        world.fault(
            json!({ "host": "graph", "path": "/messages/delta", "times": 2, "then": { "status": 200, "body": body } }),
        );
        let id = world.arrives("After the hotel");
        world.pass(120);
        assert!(world.row(&id).is_some(), "{body}");
        assert_eq!(world.rows(FolderRole::Inbox).len(), rows.len() + 1);
        assert_eq!(odd(&world), "odd pages: unreadable 2", "{body}");
    }
}

#[test]
fn a_good_mailbox_has_no_odd_pages() {
    let mut world = World::signed_in(200);
    world.arrives("Good");
    world.pass(60);
    assert_eq!(odd(&world), "");
}

#[test]
fn rows_that_come_twice_in_part_or_in_another_order_are_there_once() {
    let mut world = World::signed_in(30);
    let rows = world.rows(FolderRole::Inbox);
    let known: Vec<_> = rows.iter().map(|row| json!({ "id": row.id.as_str(), "isRead": row.is_read })).collect();
    let items =
        json!([known[5], known[0], known[5], known[0], { "id": rows[1].id.as_str(), "subject": null, "isRead": 7 }]);
    with_page(&mut world, &items);
    assert_eq!(world.rows(FolderRole::Inbox).len(), rows.len());
    assert_eq!(odd(&world), "odd pages: repeated 2");
    let told = world.rows(FolderRole::Inbox);
    assert!(rows.iter().all(|row| told.iter().any(|now| now.id == row.id && now.is_read == row.is_read)));
}

#[test]
fn empty_pages_that_lead_on_are_followed_and_counted() {
    let mut world = World::signed_in(30);
    let rows = world.rows(FolderRole::Inbox);
    with_page(&mut world, &json!([]));
    assert_eq!(world.rows(FolderRole::Inbox), rows);
    assert_eq!(odd(&world), "odd pages: empty 1");
}

#[test]
fn what_is_no_mail_is_left_out_and_what_is_mail_is_kept_whatever_is_missing() {
    let mut world = World::signed_in(30);
    let rows = world.rows(FolderRole::Inbox).len();
    let items = json!([
        { "@odata.type": "#microsoft.graph.contact", "id": "contact", "displayName": "Bob" },
        { "subject": "nobody's" }, null, 7,
        item("senderless", json!({ "from": null })),
        item("long", json!({ "subject": "x".repeat(10_000_000) })),
        item("old", json!({ "receivedDateTime": "0001-01-01T00:00:00Z" })),
        item("new", json!({ "receivedDateTime": "9999-12-31T23:59:59Z" })),
        item("undated", json!({ "receivedDateTime": "yesterday" })),
    ]);
    with_page(&mut world, &items);
    let told = odd(&world);
    for kind in ["unusable 4", "partial 1", "cut 1", "out of time 2"] {
        assert!(told.contains(kind), "{told}");
    }
    // The server knows none of them: what was believed for the moment is gone after the next whole round.
    world.control("POST", "expire", &json!({ "what": "delta" }));
    world.engine.hear(&Ask::Now);
    world.pass(300);
    assert_eq!(world.rows(FolderRole::Inbox).len(), rows);
    let id = world.arrives("Still well");
    world.pass_until(30, |world| world.row(&id).is_some());
}

#[test]
fn rows_of_another_folder_do_not_leave_it_for_good() {
    let mut world = World::signed_in(60);
    let (inbox, archive) = (world.rows(FolderRole::Inbox), world.folder(FolderRole::Archive));
    let stolen = &inbox[3];
    // A page of the inbox that says a mail lies in the archive.
    let lie = json!([{ "id": stolen.id.as_str(), "parentFolderId": archive.as_str() }]);
    with_page(&mut world, &lie);
    assert!(odd(&world).contains("elsewhere 1"), "{}", odd(&world));
    world.control("POST", "expire", &json!({ "what": "delta" }));
    world.engine.hear(&Ask::Now);
    world.pass(300);
    assert_eq!(world.row(&stolen.id).unwrap().folder, stolen.folder);
    assert_eq!(world.rows(FolderRole::Inbox).len(), inbox.len());
}

//! Attachments: fetched when somebody wants one, read without a network afterwards, kept under a budget, and gone with their message.

use crate::world::World;
use futures::executor::block_on;
use mail_core::engine::Room;
use mail_core::error::Reason;
use mail_core::id::MessageId;
use mail_core::model::{Attachment, AttachmentKey, AttachmentKind, Body};
use mail_core::protocol::{Ask, AttachmentTrouble, Change, Tell};
use mail_core::store::room::{BodyShare, Keep};
use mail_core::store::{Commit, Store, Write};
use serde_json::json;

/// A mail with these files, each of so many letters.
fn mail(subject: &str, files: &[(&str, usize)]) -> String {
    let mut mime = format!(
        "From: Grace <grace@petrel.test>\r\nTo: ada@petrel.test\r\nSubject: {subject}\r\nMessage-ID: <{subject}@petrel.test>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/html\r\n\r\n<p>Look: <img src=\"cid:logo@petrel\"></p>\r\n\
         --b\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <logo@petrel>\r\nContent-Disposition: inline; filename=logo.png\r\n\r\nPNG\r\n"
    );
    for (name, size) in files {
        let content = "x".repeat(*size);
        mime.push_str(&format!(
            "--b\r\nContent-Type: text/plain; name={name}\r\nContent-Disposition: attachment; filename={name}\r\n\r\n{content}\r\n"
        ));
    }
    mime + "--b--\r\n"
}

/// A signed-in device with this mail and its body on it.
fn with_mail(files: &[(&str, usize)]) -> (World, MessageId, Body) {
    let mut world = World::signed_in(30);
    world.pass(60);
    let id = world.arrives_as(&mail("Files", files));
    world.pass(60);
    let body = block_on(world.store.body(&id)).unwrap().unwrap();
    world.tells.clear();
    (world, id, body)
}

fn key(id: &MessageId, body: &Body, name: &str) -> AttachmentKey {
    let one = body.attachments.iter().find(|one| one.name == name).unwrap();
    AttachmentKey { message: id.clone(), attachment: one.id.clone() }
}

fn bytes(world: &World, key: &AttachmentKey) -> Option<usize> {
    block_on(world.store.attachment(key)).unwrap().map(|bytes| bytes.len())
}

fn want(world: &mut World, key: &AttachmentKey) {
    world.engine.hear(&Ask::Attachment(key.clone()));
    world.pass(5);
}

fn is_told_of(world: &World, key: &AttachmentKey) -> bool {
    let change = Change::Attachment(key.clone());
    world.tells.iter().any(|tell| matches!(tell, Tell::Changed(changes) if changes.contains(&change)))
}

fn failures(world: &World) -> Vec<AttachmentTrouble> {
    let told = |tell: &Tell| if let Tell::AttachmentFailed(_, trouble) = tell { Some(trouble.clone()) } else { None };
    world.tells.iter().filter_map(told).collect()
}

fn fetched(world: &World) -> usize {
    let log = world.control("GET", "log", &json!(null));
    log.as_array().unwrap().iter().filter(|line| line["path"].as_str().unwrap().ends_with("$value")).count()
}

#[test]
fn a_body_says_what_its_attachments_are_and_which_picture_it_shows_where() {
    let (_, _, body) = with_mail(&[("notes.txt", 10)]);
    assert_eq!(body.part("logo@petrel").unwrap().name, "logo.png");
    assert!(body.attachments.iter().all(|one| one.kind == AttachmentKind::File));
    assert_eq!(body.listed().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["notes.txt"]);
}

#[test]
fn an_attachment_is_fetched_once_and_read_without_a_network() {
    let (mut world, id, body) = with_mail(&[("notes.txt", 1_000)]);
    let notes = key(&id, &body, "notes.txt");
    assert_eq!(bytes(&world, &notes), None, "nobody wanted it yet");
    want(&mut world, &notes);
    assert_eq!(bytes(&world, &notes), Some(1_000));
    assert!(is_told_of(&world, &notes));
    world.restart();
    world.network.up.set(false);
    world.tells.clear();
    want(&mut world, &notes);
    assert!(is_told_of(&world, &notes), "it is here");
    assert_eq!((fetched(&world), failures(&world)), (1, vec![]));
}

#[test]
fn without_a_network_the_person_is_told_and_nothing_is_fetched_hours_later() {
    let (mut world, id, body) = with_mail(&[("notes.txt", 1_000)]);
    let notes = key(&id, &body, "notes.txt");
    world.network.up.set(false);
    want(&mut world, &notes);
    world.pass(60);
    assert_eq!(failures(&world), [AttachmentTrouble::Offline]);
    world.network.up.set(true);
    world.engine.hear(&Ask::Now);
    world.pass(120);
    assert_eq!(bytes(&world, &notes), None);
    want(&mut world, &notes);
    assert_eq!(bytes(&world, &notes), Some(1_000));
}

#[test]
fn a_busy_server_is_left_alone_and_the_attachment_comes_afterwards() {
    let (mut world, id, body) = with_mail(&[("notes.txt", 1_000)]);
    let notes = key(&id, &body, "notes.txt");
    world.fault(json!({ "path": "value$", "times": 2, "then": { "status": 429, "headers": { "Retry-After": "7" } } }));
    want(&mut world, &notes);
    assert_eq!((bytes(&world, &notes), failures(&world)), (None, vec![]));
    world.pass(30);
    assert_eq!(bytes(&world, &notes), Some(1_000));
}

#[test]
fn what_cannot_be_had_is_told_and_holds_up_nothing() {
    let (mut world, id, body) = with_mail(&[("a.txt", 10), ("b.txt", 20), ("c.txt", 30)]);
    let of = |name: &str| key(&id, &body, name);
    let refusal = |code: &str| json!({ "error": { "code": code, "message": "No" } }).to_string();
    world.fault(
        json!({ "path": "value$", "times": 1, "then": { "status": 404, "body": refusal("ErrorItemNotFound") } }),
    );
    want(&mut world, &of("a.txt"));
    world.fault(json!({ "path": "value$", "times": 1, "then": { "status": 413, "body": refusal("TooLarge") } }));
    want(&mut world, &of("b.txt"));
    assert_eq!(failures(&world), [AttachmentTrouble::Gone, AttachmentTrouble::Refused(Reason::TooLarge)]);
    want(&mut world, &of("c.txt"));
    assert_eq!(bytes(&world, &of("c.txt")), Some(30));
    assert!(block_on(world.store.holds_body(&id)).unwrap(), "nothing else is lost");
}

#[test]
fn a_full_device_keeps_its_bodies_and_says_so() {
    let (mut world, id, body) = with_mail(&[("notes.txt", 50_000)]);
    let notes = key(&id, &body, "notes.txt");
    let bodies = BodyShare::sum(&block_on(world.store.body_shares()).unwrap());
    world.store.has_room_for(Some(world.store.taken() + 10_000));
    want(&mut world, &notes);
    world.pass(60);
    assert_eq!(failures(&world), [AttachmentTrouble::NoRoom]);
    assert_eq!(BodyShare::sum(&block_on(world.store.body_shares()).unwrap()), bodies);
    assert!(fetched(&world) <= 1, "it is not tried for ever");
}

#[test]
fn the_least_recently_used_make_way() {
    let (mut world, id, body) = with_mail(&[("a.txt", 4_000), ("b.txt", 4_000), ("c.txt", 4_000)]);
    let of = |name: &str| key(&id, &body, name);
    // A tenth of this is kept: two of them.
    world.engine.hear_room(Room { usage: 0, quota: 100_000 });
    want(&mut world, &of("a.txt"));
    want(&mut world, &of("b.txt"));
    world.pass(4_000);
    want(&mut world, &of("a.txt"));
    want(&mut world, &of("c.txt"));
    let held = ["a.txt", "b.txt", "c.txt"].map(|name| bytes(&world, &of(name)));
    assert_eq!(held, [Some(4_000), None, Some(4_000)], "b was used longest ago");
    want(&mut world, &of("b.txt"));
    assert_eq!(bytes(&world, &of("b.txt")), Some(4_000), "and comes again");
}

#[test]
fn one_that_is_too_large_to_be_kept_is_handed_over_and_dropped() {
    let (mut world, id, body) = with_mail(&[("small.txt", 4_000), ("large.txt", 40_000)]);
    let (small, large) = (key(&id, &body, "small.txt"), key(&id, &body, "large.txt"));
    world.restart();
    world.engine.hear_room(Room { usage: 0, quota: 100_000 });
    want(&mut world, &small);
    // Some time after the process began, so that its first look at what goes comes before this one may go.
    world.pass(20);
    want(&mut world, &large);
    assert_eq!(bytes(&world, &large), Some(40_000), "whoever wanted it can take it");
    world.pass(120);
    assert_eq!((bytes(&world, &large), bytes(&world, &small)), (None, Some(4_000)));
}

#[test]
fn attachments_go_with_their_message_and_before_any_body() {
    let (mut world, id, body) = with_mail(&[("notes.txt", 5_000)]);
    let notes = key(&id, &body, "notes.txt");
    want(&mut world, &notes);
    let bodies = || BodyShare::sum(&block_on(world.store.body_shares()).unwrap());
    let before = bodies();
    // Somebody frees room.
    block_on(world.store.commit(Commit::strict(vec![Write::Keep(Keep::days(Some(90)))]))).unwrap();
    world.engine.hear(&Ask::Keep);
    world.pass(5);
    assert_eq!(bytes(&world, &notes), None);
    assert!(world.heard(&Tell::Freed(5_000)));
    assert_eq!(BodyShare::sum(&block_on(world.store.body_shares()).unwrap()), before);
    want(&mut world, &notes);
    assert_eq!(bytes(&world, &notes), Some(5_000));
    // The first time it is put among the deleted ones, the second time it is gone.
    for _ in 0..2 {
        assert_eq!(bytes(&world, &notes), Some(5_000));
        world.elsewhere("DELETE", &id, &json!(null));
        world.engine.hear(&Ask::Now);
        world.pass(120);
    }
    assert_eq!(block_on(world.store.attachments()).unwrap(), []);
    assert_eq!(bytes(&world, &notes), None);
}

#[test]
fn a_body_of_an_earlier_build_is_fetched_again_when_it_is_opened() {
    let (mut world, id, body) = with_mail(&[("notes.txt", 10)]);
    let of_before = |one: &Attachment| Attachment { content_id: None, kind: AttachmentKind::Unknown, ..one.clone() };
    let dated = Body { attachments: body.attachments.iter().map(of_before).collect(), ..body.clone() };
    block_on(world.store.commit(Commit::relaxed(vec![Write::Body(id.clone(), Box::new(dated))]))).unwrap();
    world.network.up.set(false);
    world.engine.hear(&Ask::BodyAgain(id.clone()));
    world.pass(30);
    assert!(block_on(world.store.body(&id)).unwrap().unwrap().is_dated(), "it stays readable until then");
    world.network.up.set(true);
    world.engine.hear(&Ask::Now);
    world.pass(30);
    assert_eq!(block_on(world.store.body(&id)).unwrap().unwrap(), body);
}

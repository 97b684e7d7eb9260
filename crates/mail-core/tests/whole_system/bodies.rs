//! Bodies before anybody asks: how far back, how many at a time, when they are fetched again, and what makes way when there is
//! no room.

use crate::world::World;
use futures::executor::block_on;
use mail_core::engine::Room;
use mail_core::id::MessageId;
use mail_core::model::{BodyContent, FolderRole, Message};
use mail_core::outbox::Act;
use mail_core::protocol::{Ask, Tell, Trouble};
use mail_core::store::room::{BodyShare, Keep};
use mail_core::store::{Commit, Store, Write};
use mail_core::time::Timestamp;
use serde_json::json;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

fn days_ago(world: &World, days: u32) -> Timestamp {
    Timestamp::from_millis(world.now().millis() - i64::try_from((DAY * days).as_millis()).unwrap())
}

/// All rows of folders whose bodies are fetched unasked.
fn rows(world: &World) -> Vec<Message> {
    let left_out = [Some(FolderRole::Junk), Some(FolderRole::Outbox)];
    let folders = world.folders().into_iter().filter(|folder| !folder.hidden && !left_out.contains(&folder.role));
    folders.flat_map(|folder| block_on(world.store.messages(&folder.id, 0, 100_000)).unwrap()).collect()
}

fn missing(world: &World) -> Vec<MessageId> {
    block_on(world.store.bodies_missing(&rows(world))).unwrap()
}

fn taken(world: &World) -> u64 {
    BodyShare::sum(&block_on(world.store.body_shares()).unwrap())
}

fn choose(world: &mut World, days: Option<u32>) {
    block_on(world.store.commit(Commit::strict(vec![Write::Keep(Keep::days(days))]))).unwrap();
    world.engine.hear(&Ask::Keep);
}

/// A device on which this is to be kept, before anybody signs in.
fn keeping(messages: usize, days: Option<u32>) -> World {
    let mut world = World::new(messages);
    block_on(world.store.commit(Commit::strict(vec![Write::Keep(Keep::days(days))]))).unwrap();
    world.restart();
    world
}

fn asked(world: &World, path: &str) -> usize {
    let log = world.control("GET", "log", &json!(null));
    log.as_array().unwrap().iter().filter(|line| line["path"].as_str().unwrap().contains(path)).count()
}

fn text(world: &World, id: &MessageId) -> String {
    match block_on(world.store.body(id)).unwrap().unwrap().content {
        BodyContent::Html(text) | BodyContent::Text(text) => text,
    }
}

#[test]
fn bodies_of_the_recent_window_come_twenty_at_a_time_and_older_ones_do_not() {
    let mut world = keeping(400, Some(30));
    world.sign_in(crate::world::ADA);
    world.pass(60);
    let since = days_ago(&world, 30);
    let rows = rows(&world);
    let recent = rows.iter().filter(|row| row.received >= since).count();
    assert!(recent > 40 && recent + 40 < rows.len(), "{recent} of {}", rows.len());
    let missing = block_on(world.store.bodies_missing(&rows)).unwrap();
    assert!(rows.iter().all(|row| missing.contains(&row.id) == (row.received < since)), "{} missing", missing.len());
    let batches = asked(&world, "$batch");
    assert!(batches <= recent.div_ceil(20) + 2, "{batches} batches for {recent} bodies");
    // Everything is there: nothing more is asked for, also not after a restart.
    world.restart();
    world.pass(60);
    assert_eq!(asked(&world, "$batch"), batches);
    choose(&mut world, None);
    world.pass(60);
    assert_eq!(super::bodies::missing(&world), [], "everything was chosen");
}

#[test]
fn new_mail_has_its_body_before_anybody_asks() {
    let mut world = World::signed_in(40);
    world.pass(60);
    let id = world.arrives("Fresh");
    world.pass(20);
    assert!(text(&world, &id).contains("Hello Ada"));
}

#[test]
fn a_draft_that_another_client_edits_is_fetched_again() {
    let mut world = keeping(300, None);
    world.sign_in(crate::world::ADA);
    world.pass(60);
    let draft = world.rows(FolderRole::Drafts).pop().unwrap().id;
    let long = "The beginning, which a list shows, stays as it is. ".repeat(20);
    for text in ["one", "two"] {
        let body = json!({ "body": { "contentType": "text", "content": format!("{long}{text}") } });
        world.elsewhere("PATCH", &draft, &body);
        world.engine.hear(&Ask::Now);
        world.pass(60);
        let held = self::text(&world, &draft);
        assert!(held.trim_end().ends_with(text) || held.contains(&format!("{text}<")), "{held}");
    }
}

#[test]
fn a_read_mark_or_a_move_is_no_reason_to_fetch_a_body_again() {
    let mut world = World::signed_in(40);
    world.pass(60);
    let rows = world.rows(FolderRole::Inbox);
    world.control("DELETE", "log", &json!(null));
    world.elsewhere("PATCH", &rows[0].id, &json!({ "isRead": !rows[0].is_read }));
    world.elsewhere("PATCH", &rows[1].id, &json!({ "flag": { "flagStatus": "flagged" } }));
    let archive = world.folder(FolderRole::Archive);
    world.act(Act::Move { message: rows[2].id.clone(), to: archive.clone() });
    world.engine.hear(&Ask::Now);
    world.pass(60);
    assert_eq!(world.row(&rows[0].id).unwrap().is_read, !rows[0].is_read);
    assert_eq!(asked(&world, "$batch"), 0);
    let shares = block_on(world.store.body_shares()).unwrap();
    assert!(
        shares.iter().any(|share| share.folder.as_ref() == Some(&archive)),
        "its body is counted where it lies now"
    );
}

#[test]
fn each_step_of_a_batch_is_judged_by_itself() {
    let mut world = keeping(60, None);
    world.fault(json!({ "method": "GET", "path": "/me/messages/[^/]+$", "skip": 3, "times": 4,
        "then": { "status": 429, "headers": { "Retry-After": "2" } } }));
    world.fault(
        json!({ "method": "GET", "path": "/me/messages/[^/]+$", "skip": 9, "times": 1, "then": { "status": 500 } }),
    );
    world.sign_in(crate::world::ADA);
    world.pass(120);
    assert_eq!(missing(&world).len(), 1, "the one that was refused for another reason");
    // It is tried again when everything is.
    world.engine.hear(&Ask::Now);
    world.pass(60);
    assert_eq!(missing(&world), []);
}

#[test]
fn one_batch_that_cannot_be_read_holds_up_nothing_else() {
    let mut world = keeping(60, None);
    world.fault(json!({ "path": "batch", "times": 3, "then": { "status": 200, "body": "{\"responses\": [{" } }));
    world.sign_in(crate::world::ADA);
    world.pass(120);
    assert_eq!(missing(&world), []);
}

#[test]
fn the_outbox_is_written_on_a_full_device() {
    let mut world = World::signed_in(60);
    world.pass(60);
    let full = world.store.taken();
    assert!(full > 10_000);
    world.store.has_room_for(Some(full));
    world.network.up.set(false);
    world.pass(5);
    let commit = |world: &World, subject: &str| {
        block_on(world.store.commit(Commit::strict(vec![Write::Op(Box::new(world.draft_of(subject)))])))
    };
    assert!(commit(&world, "Kept").is_err(), "the device is full");
    // The tab asks for room and tries again.
    world.engine.hear(&Ask::Room);
    world.pass(5);
    commit(&world, "Kept").unwrap();
    assert!(world.store.taken() < full);
    assert!(!world.heard(&Tell::Trouble(Trouble::DeviceFull)), "nobody has to be told");
    // What was dropped for want of room does not come back by itself, also not to another process.
    world.network.up.set(true);
    world.engine.hear(&Ask::Now);
    world.pass(120);
    let left = taken(&world);
    world.restart();
    world.pass(120);
    assert_eq!(world.delivered().len(), 1);
    assert!(taken(&world) <= left.max(20_000), "{left} and now {}", taken(&world));
}

#[test]
fn a_full_device_without_anything_to_drop_is_told_and_gets_over_it() {
    let mut world = World::signed_in(30);
    choose(&mut world, Some(0));
    world.pass(60);
    assert_eq!(taken(&world), 0);
    world.store.has_room_for(Some(world.store.taken()));
    let id = world.rows(FolderRole::Inbox)[0].id.clone();
    world.engine.hear(&Ask::Body(id.clone()));
    let before = world.network.requests.get();
    world.pass(120);
    assert!(world.heard(&Tell::Trouble(Trouble::DeviceFull)));
    assert!(world.network.requests.get() - before < 60, "it does not try for ever");
    world.store.has_room_for(None);
    world.engine.hear(&Ask::Body(id.clone()));
    world.pass(60);
    assert!(block_on(world.store.holds_body(&id)).unwrap());
}

#[test]
fn a_shorter_choice_drops_what_is_older_and_says_how_much() {
    let mut world = World::signed_in(300);
    choose(&mut world, None);
    world.pass(60);
    let before = taken(&world);
    choose(&mut world, Some(7));
    world.pass(5);
    let freed = before - taken(&world);
    assert!(freed > 0 && world.heard(&Tell::Freed(freed)));
    let since = days_ago(&world, 7);
    let missing = missing(&world);
    assert!(rows(&world).iter().all(|row| missing.contains(&row.id) || row.received >= since));
    world.pass(60);
    assert_eq!(before - taken(&world), freed, "it does not come again");
}

#[test]
fn when_it_gets_tight_the_oldest_go_first_and_are_not_fetched_again() {
    let mut world = World::signed_in(300);
    choose(&mut world, None);
    world.pass(60);
    let all = taken(&world);
    let quota = all * 10;
    world.engine.hear_room(Room { usage: quota * 84 / 100, quota });
    world.pass(5);
    assert_eq!(taken(&world), all, "that is room enough");
    world.engine.hear_room(Room { usage: quota * 84 / 100 + all, quota });
    world.pass(5);
    let left = taken(&world);
    assert!(left < all, "something was freed");
    let missing = missing(&world);
    let rows = rows(&world);
    let newest_missing = rows.iter().filter(|row| missing.contains(&row.id)).map(|row| row.received).max();
    let oldest_held = rows.iter().filter(|row| !missing.contains(&row.id)).map(|row| row.received).min();
    if let (Some(gone), Some(held)) = (newest_missing, oldest_held) {
        assert!(gone < held, "the oldest went first");
    }
    world.engine.hear_room(Room { usage: quota / 2, quota });
    world.restart();
    world.pass(120);
    assert_eq!(taken(&world), left, "what was dropped for want of room is fetched only when asked for");
    choose(&mut world, None);
    world.pass(120);
    assert!(taken(&world) > left, "a new choice begins anew");
}

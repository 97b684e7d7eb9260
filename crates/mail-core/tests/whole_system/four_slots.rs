//! Four requests at a time and no more: a person's act waits for none of the others, and a server that says wait is left alone by all.

use crate::world::{ADA, World};
use mail_core::model::FolderRole;
use mail_core::outbox::Act;
use mail_core::protocol::{Ask, Filling, Tell};
use mail_core::time::Timestamp;
use serde_json::{Value, json};

const LATENCY_MS: i64 = 400;

/// Ada has just signed in over a slow line, and the first rows of a large mailbox are there.
fn being_taken_in() -> World {
    let mut world = World::new(5000);
    world.control("POST", "limits", &json!({ "latency_ms": LATENCY_MS }));
    world.sign_in(ADA);
    world.pass_until(60, |world| filled(world).is_some_and(|filling| filling.held >= 1000));
    world
}

fn filled(world: &World) -> Option<Filling> {
    world.tells.iter().rev().find_map(|tell| if let Tell::Filling(filling) = tell { Some(*filling) } else { None })
}

/// What Graph was asked: when, by which method, at which path, answered how, beside how many.
fn asked(world: &World) -> Vec<(i64, String, String, u64, u64)> {
    let log = world.control("GET", "log", &Value::Null);
    let graph = log.as_array().unwrap().iter().filter(|row| row["host"] == "graph");
    let graph = graph.filter(|row| !row["path"].as_str().unwrap().starts_with("/_sandbox"));
    let word = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    graph
        .map(|row| {
            let at = Timestamp::parse(row["at"].as_str().unwrap()).unwrap().millis();
            (
                at,
                word(row, "method"),
                word(row, "path"),
                row["status"].as_u64().unwrap(),
                row["in_flight"].as_u64().unwrap(),
            )
        })
        .collect()
}

#[test]
fn a_mailbox_is_taken_in_by_several_requests_at_a_time_and_never_by_more_than_four() {
    let mut world = being_taken_in();
    world.pass_until(120, |world| filled(world).is_some_and(|filling| filling.complete));
    world.pass(30);
    let asked = asked(&world);
    assert_eq!(asked.iter().map(|row| row.4).max(), Some(4), "the roles are asked for four at a time");
    let pages: Vec<_> = asked.iter().filter(|row| row.2.ends_with("/messages/delta")).collect();
    assert!(pages.iter().any(|row| row.4 >= 2), "pages of several folders are under way together");
    assert!(asked.iter().all(|row| row.3 != 429), "nothing was refused as too much");
    let held: usize = world.folders().iter().map(|folder| folder.total as usize).sum();
    assert_eq!(filled(&world).unwrap().held as usize, held);
}

#[test]
fn the_next_page_is_on_its_way_while_one_is_written_down() {
    let mut world = being_taken_in();
    let inbox = world.folder(FolderRole::Inbox).to_string().replace('=', "%3D");
    world.pass_until(120, |world| filled(world).is_some_and(|filling| filling.complete));
    let asked = asked(&world);
    let of_inbox = asked.iter().filter(|row| row.2.ends_with(&format!("{inbox}/messages/delta")));
    let at: Vec<_> = of_inbox.map(|row| row.0).collect();
    assert!(at.len() >= 3, "{at:?}");
    assert!(at.windows(2).all(|two| two[1] - two[0] >= LATENCY_MS), "one page of a folder at a time: {at:?}");
    assert!(at.windows(2).take(2).all(|two| two[1] - two[0] < LATENCY_MS + 50), "without a pause between: {at:?}");
}

#[test]
fn an_act_leaves_at_once_while_a_mailbox_is_taken_in() {
    let mut world = being_taken_in();
    let rows = world.rows(FolderRole::Inbox);
    let unread = rows.iter().filter(|row| !row.is_read);
    let mut beside = Vec::new();
    for row in unread.clone().take(5) {
        if world.network.next_arrival().is_none() {
            // The mailbox is taken in already.
            break;
        }
        let acted = world.now().millis();
        world.engine.hear(&Ask::Body(rows[200].id.clone()));
        world.act(Act::Read { message: row.id.clone(), read: true });
        world.pass_until(10, |world| world.ops().is_empty());
        let took = world.now().millis() - acted;
        assert!(took <= LATENCY_MS + 50, "the act took {took} ms, a round trip {LATENCY_MS}");
        let patched = asked(&world).into_iter().rev().find(|asked| asked.1 == "PATCH").unwrap();
        assert!(patched.0 - acted <= 20, "it left after {} ms", patched.0 - acted);
        beside.push(patched.4);
    }
    assert!(beside.first().is_some_and(|others| *others > 1), "while others were under way: {beside:?}");
    world.pass_until(120, |world| filled(world).is_some_and(|filling| filling.complete));
    let asked = asked(&world);
    assert!(asked.iter().all(|row| row.4 <= 4 && row.3 != 429), "{:?}", asked.iter().max_by_key(|row| row.4));
    for row in unread.take(beside.len()) {
        assert!(world.row(&row.id).unwrap().is_read, "an older page does not undo it");
    }
}

#[test]
fn a_server_that_says_wait_is_left_alone_by_all() {
    for (headers, wait_ms) in [(json!({ "retry-after": "20" }), 20_000), (json!({}), 700)] {
        let mut world = being_taken_in();
        world.fault(json!({ "path": "/messages/delta", "times": 1, "then": { "status": 429, "headers": headers } }));
        world.pass_until(10, |world| asked(world).iter().any(|row| row.3 == 429));
        let refused = asked(&world).iter().find(|row| row.3 == 429).unwrap().0;
        // What left before the refusal was heard, left.
        let heard = refused + LATENCY_MS + 10;
        let message = world.rows(FolderRole::Inbox)[0].id.clone();
        world.pass_until(10, |world| world.now().millis() > heard);
        world.act(Act::Flag { message, flag: mail_core::model::Flag::Flagged });
        world.pass_until(60, |world| world.ops().is_empty());
        let asked = asked(&world);
        let next = asked.iter().find(|row| row.0 > heard).unwrap().0;
        assert!(next - heard >= wait_ms - 20, "asked again after {} ms", next - heard);
        world.pass_until(120, |world| filled(world).is_some_and(|filling| filling.complete));
    }
}

#[test]
fn a_process_that_dies_amid_all_requests_begins_where_it_was() {
    let mut world = being_taken_in();
    for _ in 0..6 {
        world.pass_until(5, |world| world.network.next_arrival().is_some());
        world.restart();
        let held: u32 = world.folders().iter().map(|folder| world.count(&folder.id)).sum();
        world.pass_until(20, |world| {
            let folders = world.folders();
            folders.iter().map(|folder| world.count(&folder.id)).sum::<u32>() > held || whole(world)
        });
    }
    world.pass_until(240, whole);
}

fn whole(world: &World) -> bool {
    world.folders().iter().all(|folder| folder.hidden || world.count(&folder.id) == folder.total)
}

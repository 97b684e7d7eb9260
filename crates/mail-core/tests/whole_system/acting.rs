//! Acts: shown at once by the overlay, here carried to the server, in order, also after hours offline.

use crate::world::World;
use mail_core::error::Reason;
use mail_core::id::MessageId;
use mail_core::model::{Flag, FolderRole};
use mail_core::outbox::{Act, OpState};
use serde_json::json;

fn ids(world: &World, count: usize) -> Vec<MessageId> {
    let plain = world.rows(FolderRole::Inbox).into_iter().filter(|row| row.flag == Flag::None);
    plain.take(count).map(|row| row.id).collect()
}

#[test]
fn acts_reach_the_server_and_the_counts_follow() {
    let mut world = World::signed_in(60);
    let archive = world.folder(FolderRole::Archive);
    let [first, second] = ids(&world, 2).try_into().unwrap();
    let unread = world.unread(FolderRole::Inbox);
    let was_unread = !world.row(&first).unwrap().is_read;
    world.act(Act::Read { message: first.clone(), read: was_unread });
    world.act(Act::Flag { message: second.clone(), flag: Flag::Flagged });
    world.act(Act::Move { message: second.clone(), to: archive.clone() });
    world.pass_until(1, |world| world.ops().is_empty());
    let moved = u32::from(!world.row(&second).unwrap().is_read);
    let expected = if was_unread { unread - 1 } else { unread + 1 } - moved;
    assert_eq!(world.unread(FolderRole::Inbox), expected, "before the server says so");
    world.pass(10);
    assert_eq!(world.unread(FolderRole::Inbox), expected, "and after");
    assert_eq!(world.on_server(&first).unwrap().1["is_read"], was_unread);
    let (folder, row) = world.on_server(&second).unwrap();
    assert_eq!((folder.as_str(), row["flag"].as_str()), (archive.as_str(), Some("flagged")));
    assert_eq!(world.row(&second).unwrap().folder, archive);
}

#[test]
fn ten_acts_and_two_mails_made_offline_arrive_in_order_once_online() {
    let mut world = World::signed_in(60);
    world.network.up.set(false);
    let archive = world.folder(FolderRole::Archive);
    let messages = ids(&world, 5);
    for message in &messages {
        world.act(Act::Flag { message: message.clone(), flag: Flag::Flagged });
        world.act(Act::Move { message: message.clone(), to: archive.clone() });
    }
    let mails = [world.write("one"), world.write("two")];
    world.pass(3600);
    assert_eq!(world.ops().len(), 12);
    assert_eq!(world.engine.live(), mail_core::protocol::Live::Offline);
    world.control("DELETE", "log", &json!(null));
    world.network.up.set(true);
    world.pass(180);
    assert_eq!(world.ops(), []);
    assert_eq!(world.delivered(), mails.map(|id| id.to_string()));
    for message in &messages {
        let (folder, row) = world.on_server(message).unwrap();
        assert_eq!((folder.as_str(), row["flag"].as_str()), (archive.as_str(), Some("flagged")));
    }
    let log = world.control("GET", "log", &json!(null));
    let acts: Vec<_> = log
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| {
            row["status"] != 0 && (row["method"] == "PATCH" || row["path"].as_str().unwrap().ends_with("/move"))
        })
        .collect();
    assert_eq!(acts.len(), 10);
    let named: Vec<_> = acts.iter().map(|row| row["path"].as_str().unwrap()).collect();
    for (pair, message) in named.chunks(2).zip(&messages) {
        assert!(
            pair.iter()
                .all(|path| path.contains(&message.as_str().replace('=', "%3D")) || path.contains(message.as_str())),
            "{pair:?} {message}"
        );
    }
}

#[test]
fn an_act_undone_before_it_left_asks_nothing_of_the_server() {
    let mut world = World::signed_in(10);
    world.network.up.set(false);
    let [message] = ids(&world, 1).try_into().unwrap();
    let (inbox, archive) = (world.folder(FolderRole::Inbox), world.folder(FolderRole::Archive));
    world.pass(30);
    world.act(Act::Move { message: message.clone(), to: archive });
    world.act(Act::Move { message: message.clone(), to: inbox.clone() });
    world.control("DELETE", "log", &json!(null));
    world.network.up.set(true);
    world.pass(120);
    assert_eq!((world.ops().len(), world.row(&message).unwrap().folder), (0, inbox));
    let log = world.control("GET", "log", &json!(null));
    assert!(!log.as_array().unwrap().iter().any(|row| row["path"].as_str().unwrap().ends_with("/move")));
}

#[test]
fn an_act_whose_answer_was_lost_is_undone_all_the_same() {
    let mut world = World::signed_in(10);
    let [message] = ids(&world, 1).try_into().unwrap();
    let (inbox, archive) = (world.folder(FolderRole::Inbox), world.folder(FolderRole::Archive));
    world.fault(json!({ "path": "/move$", "times": 1, "then": { "drop": "after" } }));
    world.act(Act::Move { message: message.clone(), to: archive });
    world.pass_until(5, |world| world.ops().first().is_some_and(|op| op.attempts > 0));
    world.act(Act::Move { message: message.clone(), to: inbox.clone() });
    world.pass(60);
    assert_eq!(world.on_server(&message).unwrap().0, inbox.as_str());
    assert_eq!(world.row(&message).unwrap().folder, inbox);
}

#[test]
fn a_refused_act_is_kept_with_its_reason_and_holds_nothing_up() {
    let mut world = World::signed_in(10);
    let [first, second] = ids(&world, 2).try_into().unwrap();
    world.fault(json!({ "method": "PATCH", "path": "/messages/", "times": 1, "then": { "status": 403, "body": { "error": { "code": "ErrorAccessDenied", "message": "no" } } } }));
    world.act(Act::Flag { message: first, flag: Flag::Flagged });
    world.act(Act::Flag { message: second.clone(), flag: Flag::Flagged });
    world.pass(5);
    let ops = world.ops();
    assert_eq!(ops.len(), 1);
    assert_eq!(ops[0].state, OpState::Blocked(Reason::Denied));
    assert_eq!(world.on_server(&second).unwrap().1["flag"], "flagged");
}

#[test]
fn an_act_on_a_message_that_is_gone_is_dropped_with_the_row() {
    let mut world = World::signed_in(10);
    let [message] = ids(&world, 1).try_into().unwrap();
    world.network.up.set(false);
    world.act(Act::Flag { message: message.clone(), flag: Flag::Flagged });
    let token = world.control("POST", "token", &json!({ "user": crate::world::ADA }))["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1.0/me/messages/{}/permanentDelete", message.as_str().replace('=', "%3D"));
    let request = http::Request::post(path)
        .header("authorization", format!("Bearer {token}"))
        .header("prefer", "IdType=\"ImmutableId\"")
        .body(Vec::new())
        .unwrap();
    let status = world
        .network
        .sandbox
        .borrow_mut()
        .handle(sandbox::Host::Graph, request, world.now().millis())
        .response
        .status();
    assert!(status.is_success(), "{status}");
    world.network.up.set(true);
    world.pass(30);
    assert_eq!((world.ops().len(), world.row(&message)), (0, None));
}

#[test]
fn counts_are_right_in_the_end_whoever_else_moved_the_message_and_whatever_answer_was_lost() {
    for lost in [false, true] {
        let mut world = World::signed_in(20);
        let [message] = ids(&world, 1).try_into().unwrap();
        let (archive, junk) = (world.folder(FolderRole::Archive), world.folder(FolderRole::Junk));
        if lost {
            world.fault(json!({ "path": "/move$", "times": 1, "then": { "drop": "after" } }));
        } else {
            // The tree tells of the other client's move at once, the inbox does not.
            world.fault(json!({ "path": "/messages/delta", "times": 3, "then": { "status": 503 } }));
            let path = format!("{}/move", message.as_str().replace('=', "%3D"));
            world.elsewhere("POST", &mail_core::id::MessageId::new(path), &json!({ "destinationId": junk.as_str() }));
            world.engine.hear(&mail_core::protocol::Ask::Now);
            world.pass(1);
        }
        world.act(Act::Move { message: message.clone(), to: archive.clone() });
        world.pass(200);
        let mailbox = world.mailbox();
        for folder in world.folders() {
            let Some(real) = mailbox["folders"].as_array().unwrap().iter().find(|one| one["id"] == folder.id.as_str())
            else {
                continue;
            };
            assert_eq!(folder.total as usize, real["messages"].as_array().unwrap().len(), "{} {lost}", folder.name);
        }
    }
}

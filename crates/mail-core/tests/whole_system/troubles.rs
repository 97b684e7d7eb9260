//! Bad answers: nothing is lost, nothing spins, and what can be got over is got over.

use crate::world::World;
use futures::executor::block_on;
use mail_core::id::MessageId;
use mail_core::model::FolderRole;
use mail_core::protocol::{Ask, Live, Tell};
use mail_core::store::{Commit, Store, Write};
use serde_json::json;

#[test]
fn no_answer_of_the_server_loses_anything_or_makes_the_engine_spin() {
    let page = "<!DOCTYPE html><title>Log in to the hotel's network</title>";
    for then in [
        json!({ "status": 200, "headers": { "content-type": "text/html" }, "body": page }),
        json!({ "status": 200, "body": "{\"value\": [{\"id\": \"x\", \"subj" }),
        json!({ "status": 200, "body": "" }),
        json!({ "status": 200, "body": "{\"value\": 7}" }),
        json!({ "status": 200, "body": { "value": [] } }),
        json!({ "status": 401 }),
        json!({ "status": 403 }),
        json!({ "status": 404 }),
        json!({ "status": 410 }),
        json!({ "status": 429, "headers": { "retry-after": "20" } }),
        json!({ "status": 429 }),
        json!({ "status": 500 }),
        json!({ "status": 503, "headers": { "retry-after": "7" } }),
        json!({ "status": 504, "body": page }),
        json!({ "drop": "before" }),
        json!({ "drop": "after" }),
    ] {
        let mut world = World::signed_in(30);
        let rows = world.rows(FolderRole::Inbox).len();
        world.fault(json!({ "host": "graph", "then": then }));
        world.write("Kept");
        let id = world.arrives("Later");
        let before = world.network.requests.get();
        world.pass(600);
        let asked = world.network.requests.get() - before;
        assert!(asked < 600, "{then}: {asked} requests in ten minutes");
        if then["status"] != 404 {
            assert!(world.rows(FolderRole::Inbox).len() >= rows, "{then} lost rows");
        }
        assert_eq!(world.ops().len(), 1, "{then} lost the mail");
        world.no_faults();
        world.engine.hear(&Ask::Now);
        world.pass(900);
        assert!(world.row(&id).is_some(), "{then}: not got over");
        assert_eq!(world.rows(FolderRole::Inbox).len(), rows + 1, "{then}");
        assert_ne!(world.engine.live(), Live::Offline, "{then}");
        assert_ne!(world.engine.live(), Live::SignedOut, "{then}");
    }
}

#[test]
fn a_server_in_trouble_is_asked_ever_less() {
    for then in [
        json!({ "status": 500 }),
        json!({ "status": 403 }),
        json!({ "status": 404 }),
        json!({ "status": 200, "body": "<html>" }),
        json!({ "status": 429, "headers": { "retry-after": "0" } }),
    ] {
        let mut world = World::signed_in(60);
        world.fault(json!({ "host": "graph", "then": then }));
        world.engine.hear(&Ask::Now);
        let before = world.network.requests.get();
        world.pass(10);
        let asked = world.network.requests.get() - before;
        assert!(asked <= 15, "{then}: {asked} requests in ten seconds");
    }
}

#[test]
fn a_lost_cursor_starts_over_and_sweeps_what_went_meanwhile() {
    let mut world = World::signed_in(40);
    let gone = world.rows(FolderRole::Inbox)[3].id.clone();
    world.network.up.set(false);
    delete(&world, &gone);
    world.control("POST", "expire", &json!({ "what": "delta" }));
    let id = world.arrives("New");
    world.network.up.set(true);
    world.engine.hear(&Ask::Now);
    world.pass(60);
    assert!(world.row(&id).is_some());
    assert!(world.rows(FolderRole::Inbox).iter().all(|row| row.id != gone));
}

fn delete(world: &World, id: &MessageId) {
    let token = world.control("POST", "token", &json!({ "user": crate::world::ADA }))["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1.0/me/messages/{}", id.as_str().replace('=', "%3D"));
    let request = http::Request::delete(path)
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
}

#[test]
fn a_body_that_cannot_be_had_is_said_and_had_later() {
    let mut world = World::signed_in(60);
    let old = world.rows(FolderRole::Inbox).pop().unwrap().id;
    block_on(world.store.commit(Commit::relaxed(vec![Write::RemoveBody(old.clone())]))).unwrap();
    world.fault(json!({ "path": "/me/messages/[^/]+$", "times": 1, "then": { "status": 500 } }));
    world.engine.hear(&Ask::Body(old.clone()));
    world.pass(2);
    assert!(world.tells.iter().any(|tell| matches!(tell, Tell::BodyFailed(id, _) if *id == old)));
    world.engine.hear(&Ask::Body(old.clone()));
    world.pass(2);
    assert!(block_on(world.store.holds_body(&old)).unwrap());
}

#[test]
fn a_second_leader_stops_the_first_before_it_writes() {
    let mut world = World::signed_in(5);
    block_on(world.store.lead()).unwrap();
    world.write("By whom?");
    world.pass(10);
    assert!(world.deposed);
    assert_eq!(world.delivered(), Vec::<String>::new());
    world.restart();
    world.pass(10);
    assert_eq!(world.delivered().len(), 1);
}

#[test]
fn a_token_never_leaves_for_a_foreign_address() {
    let mut world = World::signed_in(5);
    world.fault(json!({ "host": "graph", "path": "/delta", "times": 5, "then": { "status": 200, "body": { "value": [], "@odata.nextLink": "http://evil.example/v1.0/me/messages" } } }));
    world.engine.hear(&Ask::Now);
    world.pass(120);
    let id = world.arrives("Fine again");
    world.pass(900);
    assert!(world.row(&id).is_some(), "a foreign link is not followed for ever");
}

#[test]
fn an_act_whose_message_cannot_even_be_looked_at_neither_spins_nor_holds_up_the_mail() {
    for status in [403, 500, 400] {
        let mut world = World::signed_in(20);
        let message = world.rows(FolderRole::Inbox)[0].id.clone();
        world.fault(json!({ "method": "PATCH", "path": "/me/messages/", "then": { "status": 404 } }));
        world.fault(json!({ "method": "GET", "path": "/me/messages/[^/]+$", "then": { "status": status } }));
        world.act(mail_core::outbox::Act::Read { message, read: false });
        world.act(mail_core::outbox::Act::Flag {
            message: world.rows(FolderRole::Inbox)[1].id.clone(),
            flag: mail_core::model::Flag::Complete,
        });
        world.write("Goes out");
        let before = world.network.requests.get();
        world.pass(10);
        let asked = world.network.requests.get() - before;
        assert!(asked < 60, "{status}: {asked} requests in ten seconds");
        assert_eq!(world.delivered().len(), 1, "{status}");
    }
}

#[test]
fn a_clock_that_is_set_back_stops_nothing() {
    let mut world = World::signed_in(5);
    world.set_clock_back(2 * 3600);
    let id = world.arrives("In the past");
    world.write("Also in the past");
    world.pass_until(30, |world| world.row(&id).is_some() && world.delivered().len() == 1);
}

#[test]
fn a_token_that_dies_after_the_clock_was_set_back_is_renewed() {
    let mut world = World::signed_in(5);
    for _ in 0..2 {
        world.control("POST", "expire", &json!({ "what": "access_tokens" }));
        let id = world.arrives("With a new token");
        world.pass_until(30, |world| world.row(&id).is_some());
        world.pass(60);
        world.set_clock_back(7200);
    }
}

#[test]
fn after_the_clock_was_set_back_what_left_a_folder_is_still_looked_for() {
    let mut world = World::signed_in(10);
    let gone = world.rows(FolderRole::Inbox)[2].id.clone();
    // A look that failed is put off for a while, by the clock as it was.
    world.fault(json!({ "method": "GET", "path": "/me/messages/[^/]+$", "times": 1, "then": { "status": 500 } }));
    delete_for_good(&world, &gone);
    world.pass(20);
    world.set_clock_back(86_400);
    world.pass(120);
    assert_eq!((block_on(world.store.detached()).unwrap(), world.row(&gone)), (Vec::new(), None));
}

fn delete_for_good(world: &World, id: &MessageId) {
    let path = format!("{}/permanentDelete", id.as_str().replace('=', "%3D"));
    world.elsewhere("POST", &MessageId::new(path), &json!(null));
}

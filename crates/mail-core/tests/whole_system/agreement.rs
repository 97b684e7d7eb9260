//! Whatever both sides do, in the end the device and the server agree. Random acts from seeds, checked against the whole mailbox.

use crate::world::{ADA, World};
use mail_core::id::{FolderId, MessageId};
use mail_core::model::{Flag, FolderRole};
use mail_core::outbox::Act;
use mail_core::protocol::Ask;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A small generator: good enough to choose what to do next.
struct Choice(u64);

impl Choice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end.max(1)
    }
}

/// What somebody else does with another client.
fn elsewhere(world: &World, token: &str, method: &str, path: &str, body: &Value) {
    let request = http::Request::builder()
        .method(method)
        .uri(format!("/v1.0{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("prefer", "IdType=\"ImmutableId\"")
        .header("content-type", "application/json")
        .body(body.to_string().into_bytes())
        .unwrap();
    world.network.sandbox.borrow_mut().handle(sandbox::Host::Graph, request, world.now().millis());
}

type Rows = BTreeMap<String, BTreeMap<String, (bool, bool)>>;

fn on_server(world: &World) -> Rows {
    let mailbox = world.mailbox();
    let known: Vec<_> = world.folders().into_iter().map(|folder| folder.id.to_string()).collect();
    let folders = mailbox["folders"].as_array().unwrap().iter();
    folders
        .filter(|folder| known.iter().any(|id| folder["id"] == id.as_str()))
        .map(|folder| {
            let rows = folder["messages"].as_array().unwrap().iter().map(|row| {
                (row["id"].as_str().unwrap().to_owned(), (row["is_read"] == true, row["flag"] == "flagged"))
            });
            (folder["id"].as_str().unwrap().to_owned(), rows.collect())
        })
        .collect()
}

fn on_device(world: &World) -> Rows {
    use mail_core::store::Store;
    let rows = |folder: &FolderId| futures::executor::block_on(world.store.messages(folder, 0, 100_000)).unwrap();
    let folders = world.folders();
    folders
        .iter()
        .map(|folder| {
            let rows =
                rows(&folder.id).into_iter().map(|row| (row.id.to_string(), (row.is_read, row.flag == Flag::Flagged)));
            (folder.id.to_string(), rows.collect())
        })
        .collect()
}

fn random_life(seed: u64, steps: usize) {
    let mut choice = Choice(seed);
    let mut world = World::signed_in(120);
    let token = world.control("POST", "token", &json!({ "user": ADA }))["access_token"].as_str().unwrap().to_owned();
    let places: Vec<FolderId> = [FolderRole::Inbox, FolderRole::Archive, FolderRole::Deleted, FolderRole::Junk]
        .map(|role| world.folder(role))
        .to_vec();
    let mut mails = 0;
    for step in 0..steps {
        let rows: Vec<MessageId> = world.rows(FolderRole::Inbox).into_iter().map(|row| row.id).collect();
        let message = rows.get(choice.below(rows.len())).cloned();
        let to = places[choice.below(places.len())].clone();
        let path =
            message.as_ref().map(|id| format!("/me/messages/{}", id.as_str().replace('=', "%3D"))).unwrap_or_default();
        match (choice.below(14), message) {
            (0, Some(message)) => drop(world.act(Act::Read { message, read: choice.below(2) == 0 })),
            (1, Some(message)) => drop(world.act(Act::Flag { message, flag: if choice.below(2) == 0 { Flag::Flagged } else { Flag::None } })),
            (2, Some(message)) => drop(world.act(Act::Move { message, to })),
            (3, Some(_)) => elsewhere(&world, &token, "PATCH", &path, &json!({ "isRead": choice.below(2) == 0 })),
            (4, Some(_)) => elsewhere(&world, &token, "PATCH", &path, &json!({ "flag": { "flagStatus": "flagged" } })),
            (5, Some(_)) => elsewhere(&world, &token, "POST", &format!("{path}/move"), &json!({ "destinationId": to.as_str() })),
            (6, Some(_)) => elsewhere(&world, &token, "DELETE", &path, &Value::Null),
            (7, _) if choice.below(3) == 0 => drop(world.arrives_as(&format!("Subject: Step {step} from nobody\r\n\r\nBoo\r\n"))),
            (7, _) => drop(world.arrives(&format!("Step {step} of {seed}"))),
            (8, _) => {
                mails += 1;
                world.write(&format!("Mail {step}"));
            }
            (9, _) => world.network.up.set(!world.network.up.get()),
            (10, _) => world.restart(),
            (11, _) => drop(world.control("POST", "expire", &json!({ "what": (["access_tokens", "delta", "subscriptions"])[choice.below(3)] }))),
            (12, _) => world.fault(json!({ "host": "graph", "skip": choice.below(4), "times": 2, "then": ([json!({ "drop": "after" }), json!({ "drop": "before" }), json!({ "status": 503 }), json!({ "status": 429, "headers": { "retry-after": "2" } })])[choice.below(4)] })),
            (_, _) => world.pass(choice.below(40) as u64),
        }
        world.pass(choice.below(2) as u64);
    }
    world.no_faults();
    world.network.up.set(true);
    world.engine.hear(&Ask::Now);
    world.pass(1800);
    world.engine.hear(&Ask::Now);
    world.pass(60);
    let delivered = world.delivered();
    let unsure = world.ops().len();
    assert!(world.ops().iter().all(|op| matches!(op.act, Act::Send { .. })), "seed {seed}: {:?}", world.ops());
    assert_eq!(delivered.len() + unsure, mails, "seed {seed}: each mail went out once or is asked about");
    assert_eq!(on_device(&world), on_server(&world), "seed {seed}");
    let counts: Vec<_> = world.folders().iter().map(|folder| (folder.id.to_string(), folder.total as usize)).collect();
    let real = on_server(&world);
    for (folder, total) in counts {
        assert_eq!(real.get(&folder).map_or(0, BTreeMap::len), total, "seed {seed}: the count of {folder}");
    }
}

#[test]
fn after_a_random_life_the_device_and_the_server_agree() {
    for seed in 1..13 {
        random_life(seed, 60);
    }
}

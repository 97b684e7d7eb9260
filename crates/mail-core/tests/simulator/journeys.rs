//! Ten journeys, each made once as it should be and then once more for every effect and every kind of failure: that one request or
//! commit fails, or the process dies just before or after it. Whatever fails, the journey ends as it should.

use crate::ledger::Letter;
use crate::trouble::{Failure, Plan};
use crate::world::World;
use futures::executor::block_on;
use mail_core::model::{Flag, FolderRole};
use mail_core::outbox::Act;
use mail_core::protocol::Ask;
use mail_core::store::{Commit, Store, Write};
use serde_json::{Value, json};

/// What a person does in a journey; whatever is not acknowledged is done again.
type Journey = fn(&mut World) -> Result<(), String>;

/// A person tries again what was not written down.
fn insist(mut attempt: impl FnMut() -> bool) -> Result<(), String> {
    if (0..3).any(|_| attempt()) { Ok(()) } else { Err("it was refused three times".to_owned()) }
}

fn signs_in(world: &mut World) -> Result<(), String> {
    for _ in 0..4 {
        world.pass(3)?;
        if world.is_signed_out() {
            world.sign_in();
        }
    }
    world.pass(10)
}

fn opens_a_body(world: &mut World) -> Result<(), String> {
    let row = world.newest(FolderRole::Archive).ok_or("no mail")?;
    // It was fetched before anybody asked, and made way since.
    let dropped = Commit::relaxed(vec![Write::RemoveBody(row.id.clone())]);
    block_on(world.device.memory.borrow().commit(dropped)).map_err(|error| error.to_string())?;
    world.hear(&Ask::Body(row.id));
    world.pass(10)
}

fn gets_mail(world: &mut World) -> Result<(), String> {
    world.arrives("Journey");
    world.pass(90)
}

fn archives_and_undoes(world: &mut World) -> Result<(), String> {
    let row = world.newest(FolderRole::Inbox).ok_or("no mail")?;
    let to = world.folder(FolderRole::Archive).ok_or("no archive")?;
    insist(|| world.act(Act::Move { message: row.id.clone(), to: to.clone() }))?;
    world.pass(2)?;
    insist(|| world.act(Act::Move { message: row.id.clone(), to: row.folder.clone() }))?;
    world.pass(30)
}

fn flags_and_reads(world: &mut World) -> Result<(), String> {
    let row = world.newest(FolderRole::Inbox).ok_or("no mail")?;
    insist(|| world.act(Act::Flag { message: row.id.clone(), flag: Flag::Flagged }))?;
    insist(|| world.act(Act::Read { message: row.id.clone(), read: true }))?;
    world.pass(30)
}

fn moves_offline(world: &mut World) -> Result<(), String> {
    world.device.up.set(false);
    let row = world.newest(FolderRole::Inbox).ok_or("no mail")?;
    let to = world.folder(FolderRole::Deleted).ok_or("no bin")?;
    insist(|| world.act(Act::Move { message: row.id.clone(), to: to.clone() }))?;
    world.pass(120)?;
    world.device.up.set(true);
    world.hear(&Ask::Now);
    world.pass(60)
}

fn sends(world: &mut World) -> Result<(), String> {
    insist(|| world.send(None, false).is_some())?;
    world.pass(60)
}

fn answers(world: &mut World) -> Result<(), String> {
    let row = world.newest(FolderRole::Inbox).ok_or("no mail")?;
    insist(|| world.send(Some(&row), false).is_some())?;
    world.pass(60)
}

fn sends_and_undoes(world: &mut World) -> Result<(), String> {
    let mut sent = None;
    insist(|| {
        sent = world.send(None, true);
        sent.is_some()
    })?;
    world.pass(4)?;
    let id = sent.ok_or("not sent")?;
    insist(|| world.undo_send(&id))?;
    world.pass(30)?;
    let letter = world.device.ledger.borrow().letters.get(&id).copied();
    if letter == Some(Letter::Undone) { Ok(()) } else { Err(format!("taken back, and {letter:?}")) }
}

fn renews_its_token(world: &mut World) -> Result<(), String> {
    world.device.control("POST", "expire", &json!({ "what": "access_tokens" }));
    world.arrives("After the token");
    world.pass(90)
}

fn loses_its_cursors(world: &mut World) -> Result<(), String> {
    world.device.up.set(false);
    let gone = world.newest(FolderRole::Inbox).ok_or("no mail")?;
    world.graph("DELETE", &format!("/me/messages/{}", crate::somebody::escaped(gone.id.as_str())), &Value::Null);
    world.device.control("POST", "expire", &json!({ "what": "delta" }));
    world.arrives("Meanwhile");
    world.device.up.set(true);
    world.hear(&Ask::Now);
    world.pass(90)
}

fn loses_its_socket(world: &mut World) -> Result<(), String> {
    world.device.control("POST", "hub", &json!({ "action": "drop" }));
    world.arrives("Unheard");
    world.pass(90)
}

/// Each journey, and whether it begins before anybody signed in.
const JOURNEYS: [(&str, Journey, bool); 12] = [
    ("the first sign-in and sync", signs_in, true),
    ("new mail by notification", gets_mail, false),
    ("a body", opens_a_body, false),
    ("archive and undo", archives_and_undoes, false),
    ("flag and read", flags_and_reads, false),
    ("move offline and reconnect", moves_offline, false),
    ("send", sends, false),
    ("answer", answers, false),
    ("send and undo", sends_and_undoes, false),
    ("token renewal", renews_its_token, false),
    ("lost cursors", loses_its_cursors, false),
    ("lost socket", loses_its_socket, false),
];

/// Makes a journey; how many effects it had.
fn make(journey: Journey, fresh: bool, failing: Option<(u64, Failure)>) -> Result<u64, String> {
    let mut world = World::new(7, 3);
    world.may_ask_sign_in = true;
    world.put_away();
    if !fresh {
        world.sign_in();
        world.pass(8)?;
    }
    let before = world.device.trouble.effects();
    if let Some((number, failure)) = failing {
        let effect = before + number;
        *world.device.trouble.plan.borrow_mut() = Plan::Nth { effect, failure };
    }
    journey(&mut world)?;
    let effects = world.device.trouble.effects() - before;
    world.check_step(true)?;
    world.settle()?;
    Ok(effects)
}

#[test]
fn whatever_single_effect_fails_every_journey_ends_as_it_should() {
    let run = |part: usize| {
        let mut made = 0;
        let mut failures = Vec::new();
        for (name, journey, fresh) in JOURNEYS.into_iter().skip(part).step_by(2) {
            let effects = make(journey, fresh, None).unwrap_or_else(|text| panic!("{name}: {text}"));
            assert!(effects > 0, "{name} asks nothing of anybody");
            for number in 0..effects {
                for failure in Failure::ALL {
                    made += 1;
                    if let Err(text) = make(journey, fresh, Some((number, failure))) {
                        failures.push(format!("{name}, effect {number}, {failure:?}: {text}"));
                    }
                }
            }
        }
        (made, failures)
    };
    let ((first, mut failures), (second, more)) = std::thread::scope(|scope| {
        let other = scope.spawn(|| run(1));
        (run(0), other.join().unwrap())
    });
    failures.extend(more);
    println!("{} journeys with one failure each", first + second);
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), first + second, failures.join("\n"));
    assert!(first + second > 1000, "only {} journeys were made", first + second);
}

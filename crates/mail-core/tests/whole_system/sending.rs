//! A mail is never sent twice and never lost: with every request cut at every point, and with the process killed
//! before every single thing it stores.

use crate::world::World;
use futures::executor::block_on;
use mail_core::error::Reason;
use mail_core::id::OpId;
use mail_core::model::FolderRole;
use mail_core::outbox::{Act, Answer, OpState, Outgoing, SendStage};
use mail_core::store::{Commit, Store, Write};
use serde_json::json;
use std::collections::BTreeSet;

/// Every delivered marker, each once.
fn assert_once(world: &World, marker: &OpId) {
    let delivered = world.delivered();
    assert_eq!(delivered.iter().filter(|one| **one == marker.as_str()).count(), 1, "{delivered:?}");
}

#[test]
fn a_new_mail_leaves_once_and_shows_in_sent_items() {
    let mut world = World::signed_in(5);
    let marker = world.write("Lunch");
    world.pass(10);
    assert_eq!(world.ops(), []);
    assert_once(&world, &marker);
    assert!(world.rows(FolderRole::Sent).iter().any(|row| row.subject == "Lunch"));
    assert!(world.rows(FolderRole::Drafts).iter().all(|row| row.subject != "Lunch"));
}

fn answer_to_newest(world: &mut World, all: bool) -> OpId {
    let newest = world.rows(FolderRole::Inbox).remove(0);
    let mut mail = mail_core::compose::answer(&newest, "quoted", all, crate::world::ADA, "Bob wrote:");
    mail.text.insert_str(0, "My answer");
    assert_eq!(mail.answers, Some(Answer { message: newest.id, all }));
    world.act(Act::Send { mail: Box::new(mail), stage: SendStage::Queued })
}

#[test]
fn an_answer_is_threaded_and_carries_what_was_written() {
    let mut world = World::signed_in(0);
    world.arrives("Question");
    world.pass(3);
    let marker = answer_to_newest(&mut world, false);
    world.pass(10);
    assert_once(&world, &marker);
    let sent = world.rows(FolderRole::Sent).remove(0);
    let asked = world.rows(FolderRole::Inbox).remove(0);
    assert_eq!((sent.subject.as_str(), sent.conversation), ("Re: Question", asked.conversation));
    assert!(sent.preview.starts_with("My answer"), "{}", sent.preview);
}

#[test]
fn an_answer_to_a_message_that_is_gone_still_goes_out() {
    let mut world = World::signed_in(0);
    world.arrives("Question");
    world.pass(3);
    world.fault(json!({ "path": "/createReply", "then": { "status": 404, "body": { "error": { "code": "ErrorItemNotFound", "message": "gone" } } } }));
    let marker = answer_to_newest(&mut world, true);
    world.pass(10);
    assert_once(&world, &marker);
}

#[test]
fn a_lost_answer_at_any_request_costs_no_mail_and_sends_none_twice() {
    for (method, path) in
        [("POST", "/me/messages$"), ("POST", "/createReply$"), ("PATCH", "/me/messages/[^/]+$"), ("POST", "/send$")]
    {
        for times in [1, 2] {
            let mut world = World::signed_in(0);
            world.arrives("Question");
            world.pass(3);
            world.fault(json!({ "method": method, "path": path, "times": times, "then": { "drop": "after" } }));
            let markers = [world.write("new"), answer_to_newest(&mut world, false)];
            world.pass(300);
            assert_eq!(world.ops(), [], "{method} {path} × {times}");
            for marker in &markers {
                assert_once(&world, marker);
            }
            assert!(world.rows(FolderRole::Drafts).is_empty(), "{method} {path} × {times} left a draft behind");
        }
    }
}

#[test]
fn a_send_that_never_arrived_is_asked_about_and_goes_out_once_when_the_person_says_so() {
    let mut world = World::signed_in(0);
    world.fault(json!({ "method": "POST", "path": "/send$", "times": 1, "then": { "drop": "before" } }));
    let marker = world.write("Doubtful");
    world.pass(60);
    assert_eq!(world.ops()[0].state, OpState::Waiting, "it keeps looking for minutes");
    world.pass(600);
    let op = world.ops().remove(0);
    assert_eq!(op.state, OpState::Blocked(Reason::Unconfirmed));
    assert_eq!(world.delivered(), Vec::<String>::new());
    let Act::Send { mail, stage } = op.act.clone() else { panic!("{op:?}") };
    let again = Act::Send { mail, stage: mail_core::outbox::wanted_again(&stage) };
    let op = mail_core::outbox::Op { act: again, state: OpState::Waiting, ..op };
    block_on(world.store.commit(Commit::strict(vec![Write::Op(Box::new(op))]))).unwrap();
    world.pass(30);
    assert_eq!(world.ops(), []);
    assert_once(&world, &marker);
}

#[test]
fn a_server_that_delivers_late_or_refuses_after_delivering_makes_no_second_mail() {
    for status in [500, 502, 503, 504, 429] {
        let mut world = World::signed_in(0);
        world.control("POST", "sending", &json!({ "delay_ms": 20_000 }));
        world.fault(json!({ "method": "POST", "path": "/send$", "times": 1, "then": { "status": status } }));
        let marker = world.write("Odd");
        world.pass(900);
        let delivered = world.delivered().len();
        let asked = world.ops().iter().any(|op| op.state == OpState::Blocked(Reason::Unconfirmed));
        // The answer came instead of the sending: nothing left, and the person is asked.
        assert_eq!((delivered, asked), (0, true), "{status} {marker}");
    }
}

#[test]
fn a_draft_whose_making_was_doubtful_is_looked_for_before_another_is_made() {
    for status in [500, 502, 409] {
        let mut world = World::signed_in(0);
        world.fault(json!({ "method": "POST", "path": "/me/messages$", "times": 1, "then": { "status": status } }));
        let marker = world.write("Which one?");
        world.control("DELETE", "log", &json!(null));
        world.pass(60);
        assert_once(&world, &marker);
        let log = world.control("GET", "log", &json!(null));
        let looked = log.as_array().unwrap().iter().any(|row| {
            row["method"] == "GET" && row["path"].as_str().unwrap().ends_with("/mailFolders/drafts/messages")
        });
        assert!(looked, "{status}");
    }
}

#[test]
fn a_mail_whose_draft_cannot_be_made_is_shown_to_the_person_in_the_end() {
    let mut world = World::signed_in(0);
    world.fault(json!({ "method": "POST", "path": "/me/messages$", "then": { "status": 500 } }));
    world.write("Never");
    world.pass(3600);
    assert!(
        matches!(&world.ops()[0].state, OpState::Blocked(Reason::Refused { status: 500, .. })),
        "{:?}",
        world.ops()
    );
}

#[test]
fn a_bad_recipient_is_said_and_nothing_is_sent() {
    let mut world = World::signed_in(0);
    world.fault(json!({ "method": "POST", "path": "/send$", "times": 1, "then": { "status": 400, "body": { "error": { "code": "ErrorInvalidRecipients", "message": "no" } } } }));
    world.write("Nobody");
    world.pass(10);
    assert_eq!(world.ops()[0].state, OpState::Blocked(Reason::BadRecipient));
}

/// The process dies before its n-th commit, for every n, and once more later; each time a new one goes on with what was stored.
#[test]
fn dying_before_any_commit_loses_nothing_and_sends_nothing_twice() {
    let mut outcomes = BTreeSet::new();
    for death in 0..40 {
        let mut world = World::signed_in(3);
        world.arrives("Question");
        world.pass(3);
        let archive = world.folder(FolderRole::Archive);
        let message = world.rows(FolderRole::Inbox)[1].id.clone();
        let markers = [world.write("new"), answer_to_newest(&mut world, true)];
        world.act(Act::Move { message: message.clone(), to: archive.clone() });
        for again in 0..2 {
            world.store.fail_commits_from(world.store.commits() + death + again);
            world.pass(20);
            outcomes.insert(world.deposed);
            world.restart();
        }
        world.pass(300);
        for marker in &markers {
            let unsure =
                world.ops().iter().any(|op| op.id == *marker && op.state == OpState::Blocked(Reason::Unconfirmed));
            let count = world.delivered().iter().filter(|one| **one == marker.as_str()).count();
            // Dying between the stored intent and the request cannot be told from dying after it: then the person is asked.
            assert!(
                count == 1 && !unsure || count == 0 && unsure,
                "death {death}: delivered {count} times, unsure: {unsure}"
            );
        }
        assert_eq!(world.on_server(&message).unwrap().0, archive.as_str(), "death {death}");
    }
    assert_eq!(outcomes.len(), 2, "some deaths came too late to matter, others did not");
}

#[test]
fn a_written_mail_survives_as_it_was_written() {
    let mut world = World::signed_in(0);
    world.network.up.set(false);
    let mail = Outgoing {
        subject: "Ünïcode ✉ ‏שלום".to_owned(),
        text: "line\n\n> quote <b>&amp;\n".to_owned(),
        to: mail_core::compose::parse_recipients("Grace <grace@petrel.test>").unwrap(),
        ..Outgoing::default()
    };
    world.act(Act::Send { mail: Box::new(mail.clone()), stage: SendStage::Queued });
    world.restart();
    let Act::Send { mail: kept, .. } = world.ops().remove(0).act else { panic!("not a mail") };
    assert_eq!(*kept, mail);
    world.network.up.set(true);
    world.pass(60);
    assert_eq!(world.rows(FolderRole::Sent)[0].subject, mail.subject);
}

#[test]
fn a_refused_look_says_nothing_of_the_mail() {
    for (sending, state) in [
        (json!({ "drop": "after" }), Some(OpState::Blocked(Reason::Unconfirmed))),
        // Accepted is accepted, whether or not it can be looked for.
        (json!({ "delay_ms": 1 }), None),
    ] {
        let mut world = World::signed_in(0);
        world.fault(json!({ "path": "/send$", "times": 1, "then": sending }));
        world.fault(json!({ "method": "GET", "path": "/me/messages/[^/]+$", "then": { "status": 403 } }));
        let marker = world.write("Where is it?");
        world.pass(60);
        assert_once(&world, &marker);
        assert_eq!(world.ops().first().map(|op| op.state.clone()), state);
    }
}

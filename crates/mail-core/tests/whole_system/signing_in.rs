//! Coming in, staying in, and every way in which that goes wrong.

use crate::world::{ADA, World};
use futures::executor::block_on;
use mail_core::model::FolderRole;
use mail_core::protocol::{Live, SignInTrouble, Tell};
use mail_core::store::Store;
use serde_json::json;

#[test]
fn a_newcomer_signs_in_and_finds_folders_mail_and_bodies() {
    let mut world = World::new(300);
    assert_eq!(world.engine.live(), Live::SignedOut);
    assert!(world.sign_in(ADA).contains(&Tell::SignedIn));
    let first = world.pass_until(5, |world| {
        world.folders().iter().any(|folder| folder.role == Some(FolderRole::Inbox))
            && !world.rows(FolderRole::Inbox).is_empty()
    });
    assert!(first.as_millis() < 500, "the first rows took {first:?}");
    world.pass(10);
    assert_eq!(world.engine.live(), Live::Live);
    let mailbox = world.mailbox();
    let inbox = world.folder(FolderRole::Inbox);
    let on_server =
        mailbox["folders"].as_array().unwrap().iter().find(|folder| folder["id"] == inbox.as_str()).unwrap();
    let rows = world.rows(FolderRole::Inbox);
    assert_eq!(rows.len(), on_server["messages"].as_array().unwrap().len());
    assert!(block_on(world.store.holds_body(&rows[0].id)).unwrap(), "the newest bodies are there before anybody asks");
    let account = block_on(world.store.account()).unwrap().unwrap();
    assert_eq!(account.address, ADA);
}

#[test]
fn an_answer_counts_once_and_only_for_this_browser() {
    let mut world = World::new(0);
    let (state, code) = world.come_back(ADA);
    assert_eq!(world.finish("forged", &code), [Tell::SignInFailed(SignInTrouble::Unexpected)]);
    assert!(world.finish(&state, &code).contains(&Tell::SignedIn));
    assert_eq!(world.finish(&state, &code), [Tell::SignInFailed(SignInTrouble::Unexpected)]);
}

#[test]
fn an_answer_is_good_for_a_quarter_of_an_hour() {
    let mut world = World::new(0);
    let (state, code) = world.come_back(ADA);
    world.pass(16 * 60);
    assert_eq!(world.finish(&state, &code), [Tell::SignInFailed(SignInTrouble::Unexpected)]);
}

#[test]
fn a_code_that_belongs_to_another_verifier_is_refused() {
    let mut world = World::new(0);
    let (_, stolen) = world.come_back(ADA);
    let (state, _) = world.come_back(ADA);
    let tells = world.finish(&state, &stolen);
    assert!(matches!(tells.as_slice(), [Tell::SignInFailed(_)]), "{tells:?}");
    assert!(block_on(world.store.account()).unwrap().is_none());
}

#[test]
fn an_id_token_for_another_nonce_is_refused() {
    let mut world = World::new(0);
    let (state, code) = world.come_back(ADA);
    let mut pending = block_on(world.store.sign_in(&state)).unwrap().unwrap();
    pending.nonce = "another".to_owned();
    block_on(world.store.commit(mail_core::store::Commit::strict(vec![mail_core::store::Write::SignIn(pending)])))
        .unwrap();
    assert_eq!(world.finish(&state, &code), [Tell::SignInFailed(SignInTrouble::Invalid { check: "nonce".to_owned() })]);
    assert!(block_on(world.store.account()).unwrap().is_none());
}

#[test]
fn an_unreachable_authority_is_said_and_tried_again_by_the_person_alone() {
    let mut world = World::new(0);
    world.network.up.set(false);
    let asked = world.network.requests.get();
    let begin = mail_core::protocol::Ask::BeginSignIn { redirect_uri: crate::world::APP.to_owned() };
    assert_eq!(block_on(world.engine.sign_in(&begin)), [Tell::SignInFailed(SignInTrouble::Unreachable)]);
    world.pass(600);
    assert_eq!(world.network.requests.get(), asked + 1);
}

#[test]
fn an_expired_access_token_is_renewed_without_a_word() {
    let mut world = World::signed_in(5);
    world.control("POST", "expire", &json!({ "what": "access_tokens" }));
    world.tells.clear();
    let id = world.arrives("after");
    world.pass_until(90, |world| world.row(&id).is_some());
    assert!(!world.heard(&Tell::Live(Live::SignedOut)));
}

#[test]
fn a_session_outlives_its_access_tokens() {
    let mut world = World::signed_in(5);
    world.pass(3 * 3600);
    assert_eq!(world.engine.live(), Live::Live);
    let id = world.arrives("hours later");
    world.pass_until(2, |world| world.row(&id).is_some());
}

#[test]
fn when_the_session_ends_mail_stays_readable_and_signing_in_again_goes_on() {
    let mut world = World::signed_in(20);
    world.control("POST", "expire", &json!({ "what": "access_tokens" }));
    world.control("POST", "expire", &json!({ "what": "refresh_tokens" }));
    world.write("kept meanwhile");
    world.pass(5);
    assert_eq!(world.engine.live(), Live::SignedOut);
    let asked = world.network.requests.get();
    world.pass(300);
    assert_eq!(world.network.requests.get(), asked, "nothing is asked until somebody signs in");
    assert!(!world.rows(FolderRole::Inbox).is_empty());
    assert_eq!(world.sign_in("grace@petrel.test"), [Tell::SignInFailed(SignInTrouble::SomebodyElse)]);
    assert!(world.sign_in(ADA).contains(&Tell::SignedIn));
    world.pass(10);
    assert_eq!((world.engine.live(), world.delivered().len()), (Live::Live, 1));
}

#[test]
fn a_captive_portal_in_place_of_the_authority_asks_nobody_to_sign_in() {
    for then in [
        json!({ "status": 200, "headers": { "content-type": "text/html" }, "body": "<title>Hotel</title>" }),
        json!({ "status": 401 }),
        json!({ "truncate": 40 }),
    ] {
        let mut world = World::signed_in(5);
        world.fault(json!({ "host": "entra", "path": "openid-configuration", "times": 2, "then": then }));
        // A new process knows nothing of the authority yet.
        world.restart();
        world.pass(5);
        assert!(!world.heard(&Tell::Live(Live::SignedOut)), "{then}");
        world.pass(120);
        let id = world.arrives("later");
        world.pass_until(60, |world| world.row(&id).is_some());
    }
}

//! Hearing of changes: within a second by socket, within half a minute without, and nothing missed in between.

use crate::world::{ADA, World};
use futures::executor::block_on;
use mail_core::model::FolderRole;
use mail_core::protocol::{Ask, Live, Tell};
use mail_core::store::Store;
use serde_json::json;

#[test]
fn new_mail_is_on_the_device_within_a_second_and_the_count_with_it() {
    let mut world = World::signed_in(20);
    let mut slowest = 0;
    for number in 0..20 {
        world.pass(3);
        let unread = world.unread(FolderRole::Inbox);
        let id = world.arrives(&format!("News {number}"));
        let took = world.pass_until(5, |world| world.row(&id).is_some()).as_millis();
        world.pass_until(1, |world| world.unread(FolderRole::Inbox) == unread + 1);
        slowest = slowest.max(took);
    }
    assert!(slowest < 1000, "{slowest} ms");
    assert!(world.heard(&Tell::Frame));
}

#[test]
fn a_dropped_socket_comes_back_and_nothing_is_missed() {
    let mut world = World::signed_in(5);
    for round in 0..5 {
        world.control("POST", "hub", &json!({ "action": "drop", "allow_reconnect": true }));
        let id = world.arrives(&format!("Missed {round}"));
        world.pass_until(30, |world| world.engine.live() == Live::Live && world.row(&id).is_some());
        world.pass(25);
    }
}

#[test]
fn an_outage_is_noticed_within_seconds_of_the_sockets_end() {
    let mut world = World::signed_in(5);
    for _ in 0..4 {
        world.pass(61);
        assert_eq!(world.engine.live(), Live::Live);
        world.network.up.set(false);
        world.control("POST", "hub", &json!({ "action": "drop", "allow_reconnect": true }));
        world.pass_until(8, |world| world.engine.live() == Live::Offline);
        world.network.up.set(true);
        world.engine.hear(&Ask::Now);
        world.pass_until(30, |world| world.engine.live() == Live::Live);
    }
}

#[test]
fn a_silent_socket_is_found_out_within_half_a_minute() {
    let mut world = World::signed_in(5);
    world.control("POST", "hub", &json!({ "action": "silence" }));
    let id = world.arrives("Unheard");
    world.pass_until(60, |world| world.row(&id).is_some());
    world.pass_until(60, |world| world.engine.live() == Live::Live);
}

#[test]
fn a_refused_channel_means_polling_and_it_is_said() {
    let mut world = World::new(5);
    world.fault(json!({ "host": "graph", "path": "/subscriptions", "then": { "status": 403 } }));
    world.sign_in(crate::world::ADA);
    world.pass(5);
    assert_eq!(world.engine.live(), Live::Polling);
    let id = world.arrives("Polled");
    let took = world.pass_until(35, |world| world.row(&id).is_some());
    assert!(took.as_secs() <= 31, "{took:?}");
    world.control("DELETE", "log", &json!(null));
    world.pass(3600);
    let log = world.control("GET", "log", &json!(null));
    assert_eq!(
        log.as_array().unwrap().iter().filter(|row| row["path"].as_str().unwrap().contains("subscriptions")).count(),
        0,
        "a refusal is not asked for again and again"
    );
}

#[test]
fn a_hub_that_cannot_be_reached_never_stops_the_mail() {
    let mut world = World::new(5);
    world.fault(json!({ "host": "hub", "then": { "drop": "before" } }));
    world.sign_in(crate::world::ADA);
    world.pass(10);
    assert_eq!(world.engine.live(), Live::Polling);
    let id = world.arrives("All the same");
    world.pass_until(35, |world| world.row(&id).is_some());
    world.no_faults();
    world.pass_until(90, |world| world.engine.live() == Live::Live);
}

#[test]
fn an_ended_subscription_is_replaced() {
    let mut world = World::signed_in(5);
    world.control("POST", "expire", &json!({ "what": "subscriptions" }));
    world.pass(7200);
    assert_eq!(world.engine.live(), Live::Live);
    let id = world.arrives("Afterwards");
    world.pass_until(2, |world| world.row(&id).is_some());
}

#[test]
fn a_day_of_idling_stays_live_and_asks_little() {
    let mut world = World::signed_in(50);
    let before = world.network.requests.get();
    world.pass(8 * 3600);
    assert_eq!(world.engine.live(), Live::Live);
    let hourly = (world.network.requests.get() - before) / 8;
    assert!(hourly < 200, "{hourly} requests an hour");
}

#[test]
fn coming_back_online_hurries() {
    let mut world = World::signed_in(5);
    world.network.up.set(false);
    world.pass(600);
    assert_eq!(world.engine.live(), Live::Offline);
    let id = world.arrives("Meanwhile");
    world.network.up.set(true);
    world.engine.hear(&Ask::Now);
    world.pass_until(1, |world| world.row(&id).is_some());
    world.pass_until(3, |world| world.engine.live() == Live::Live);
}

#[test]
fn what_another_client_reads_lowers_the_count_within_two_seconds() {
    let mut world = World::signed_in(20);
    for round in 0..5 {
        let unread = world.unread(FolderRole::Inbox);
        let id = world.arrives(&format!("Count me {round}"));
        world.pass_until(2, |world| world.unread(FolderRole::Inbox) == unread + 1);
        world.elsewhere("PATCH", &id, &json!({ "isRead": true }));
        world.pass_until(2, |world| {
            world.unread(FolderRole::Inbox) == unread && world.row(&id).is_some_and(|row| row.is_read)
        });
    }
}

#[test]
fn mail_is_heard_of_at_once_also_right_after_tokens_or_cursors_ended() {
    for what in ["delta", "access_tokens"] {
        let mut world = World::signed_in(20);
        for round in 0..3 {
            world.control("POST", "expire", &json!({ "what": what }));
            let id = world.arrives(&format!("After the end of {what} {round}"));
            world.pass_until(10, |world| world.row(&id).is_some());
            world.pass(61);
        }
    }
}

#[test]
fn a_subscription_that_died_unsaid_is_found_out_and_replaced() {
    let mut world = World::signed_in(5);
    world.pass(120);
    world.control("POST", "expire", &json!({ "what": "subscriptions" }));
    let id = world.arrives("Nobody told");
    world.pass_until(70, |world| world.row(&id).is_some());
    world.pass(5);
    let id = world.arrives("Told again");
    world.pass_until(1, |world| world.row(&id).is_some());
}

#[test]
fn mail_missed_by_a_deaf_socket_does_not_hide_that_the_subscription_died_next() {
    let mut world = World::signed_in(5);
    for round in 0..6 {
        world.control("POST", "hub", &json!({ "action": "drop", "allow_reconnect": true }));
        let id = world.arrives(&format!("Between {round}"));
        world.pass_until(5, |world| world.engine.live() == Live::Live && world.row(&id).is_some());
        let id = world.arrives(&format!("After {round}"));
        world.pass_until(2, |world| world.row(&id).is_some());
    }
    // What the last opening made due is over.
    world.pass(3);
    world.fault(json!({ "host": "hub", "times": 3, "then": { "drop": "before" } }));
    world.control("POST", "hub", &json!({ "action": "silence" }));
    let id = world.arrives("Unheard");
    world.pass_until(120, |world| world.engine.live() == Live::Live && world.row(&id).is_some());
    world.control("POST", "expire", &json!({ "what": "subscriptions" }));
    let id = world.arrives("Unsaid");
    world.engine.hear(&Ask::Now);
    world.pass_until(5, |world| world.row(&id).is_some());
    world.pass(5);
    let id = world.arrives("Told again");
    world.pass_until(1, |world| world.row(&id).is_some());
}

#[test]
fn taking_a_mailbox_in_is_told_page_by_page_until_it_is_whole_and_never_again() {
    let mut world = World::new(900);
    world.sign_in(ADA);
    world.pass(60);
    let told: Vec<_> = std::mem::take(&mut world.tells)
        .into_iter()
        .filter_map(|tell| if let Tell::Filling(filling) = tell { Some(filling) } else { None })
        .collect();
    assert!(told.len() > 4, "{told:?}");
    assert!(told.windows(2).all(|two| two[0].held <= two[1].held), "{told:?}");
    let whole = told.last().unwrap();
    assert_eq!((whole.held, whole.complete), (whole.total, true));
    assert_eq!(told.iter().filter(|filling| filling.complete).count(), 1);
    let folders = block_on(world.store.folders()).unwrap();
    let held: u32 = folders.iter().map(|folder| block_on(world.store.count(&folder.id)).unwrap()).sum();
    assert_eq!(whole.held, held);
    world.restart();
    world.pass(60);
    assert!(!world.tells.iter().any(|tell| matches!(tell, Tell::Filling(_))));
}

//! The engine in its two homes: woken for some seconds without a socket, and handed from one host to the next.

use crate::world::World;
use futures::executor::block_on;
use mail_core::hosts::{Errand, Next, Wake};
use mail_core::model::FolderRole;
use mail_core::ports::Clock;
use mail_core::protocol::Live;
use mail_core::store::Store;
use serde_json::json;
use std::time::Duration;

/// What a service worker does with a wake, in simulated time; how it ended, and after how long.
fn wake(world: &mut World, errand: Errand) -> (Next, Duration) {
    world.restart();
    world.engine.forgo_channel();
    let begun = world.now();
    let wake = Wake::new(errand, begun);
    loop {
        let outcome = block_on(world.engine.run_once());
        assert!(outcome.connect.is_none(), "no socket");
        if world.engine.is_asking() {
            block_on(world.engine.rest(Duration::from_millis(250)));
            continue;
        }
        let ops = block_on(world.store.ops()).unwrap();
        match wake.after_run(outcome.next, world.engine.live(), &ops, false, world.now()) {
            Next::At(time) => block_on(world.network.watch.sleep(time.since(world.now()))),
            end @ (Next::Done | Next::Unfinished) => return (end, world.now().since(begun)),
        }
    }
}

fn subscriptions_asked_for(world: &World, method: &str) -> usize {
    let log = world.control("GET", "log", &json!(null));
    let rows = log.as_array().unwrap().iter();
    // The way to the channel is asked for below the same path.
    let of_one = |path: &str| path.contains("/subscriptions") && !path.contains("/notificationChannel/");
    rows.filter(|row| of_one(row["path"].as_str().unwrap()) && row["method"] == method).count()
}

#[test]
fn a_wake_sends_what_waits_and_ends() {
    let mut world = World::signed_in(10);
    world.network.up.set(false);
    let marker = world.write("From a tunnel");
    world.pass(40);
    world.network.up.set(true);
    world.control("DELETE", "log", &json!(null));
    let (end, took) = wake(&mut world, Errand::Outbox);
    assert_eq!((end, world.ops()), (Next::Done, Vec::new()));
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert_eq!(world.delivered(), [marker.as_str()]);
    assert_eq!(subscriptions_asked_for(&world, "POST"), 0);
    // A tab leads again: nothing is sent twice.
    world.restart();
    world.pass(30);
    assert_eq!((world.delivered().len(), world.engine.live()), (1, Live::Live));
}

#[test]
fn a_wake_without_a_network_is_to_be_repeated_and_loses_nothing() {
    let mut world = World::signed_in(10);
    world.network.up.set(false);
    let marker = world.write("Still in the tunnel");
    let (end, took) = wake(&mut world, Errand::Outbox);
    assert_eq!((end, world.ops().len()), (Next::Unfinished, 1));
    assert!(took <= Duration::from_secs(26), "{took:?}");
    world.network.up.set(true);
    assert_eq!(wake(&mut world, Errand::Outbox).0, Next::Done);
    assert_eq!(world.delivered(), [marker.as_str()]);
}

#[test]
fn a_wake_for_mail_brings_it_and_ends_when_nothing_is_due() {
    let mut world = World::signed_in(30);
    let id = world.arrives("While nobody looked");
    let (end, took) = wake(&mut world, Errand::Mail);
    assert_eq!(end, Next::Done);
    assert!(took < Duration::from_secs(25), "{took:?}");
    assert!(world.row(&id).is_some());
    assert!(block_on(world.store.holds_body(&id)).unwrap(), "ready to be read without a network");
    assert_eq!(world.rows(FolderRole::Inbox)[0].id, id);
}

#[test]
fn a_host_that_hands_over_ends_its_subscription_and_the_next_makes_its_own() {
    let mut world = World::signed_in(5);
    world.control("DELETE", "log", &json!(null));
    block_on(world.engine.retire());
    assert_eq!(subscriptions_asked_for(&world, "DELETE"), 1);
    world.restart();
    world.pass(10);
    assert_eq!((world.engine.live(), subscriptions_asked_for(&world, "POST")), (Live::Live, 1));
}

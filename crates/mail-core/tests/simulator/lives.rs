//! Many lives, over two threads: each seed either ends well or is printed with the words that replay it.
//! A panic anywhere in a life is a failure of that seed like any other.

use crate::chance::Chance;
use crate::life::{End, live};
use crate::points::{ELSEWHERE, Point, Struck};
use crate::trouble::Plan;
use crate::world::World;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

const THREADS: u64 = 2;
/// So many lives in the short form.
const SHORT: u64 = 300;

/// A number from the environment, for the long form of these tests.
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// A life, whatever becomes of it.
pub fn lived(seed: u64, log: bool) -> End {
    catch_unwind(AssertUnwindSafe(|| live(seed, log))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default();
        End { result: Err(format!("panic: {text}")), struck: Struck::default(), log: Vec::new() }
    })
}

/// How to live a seed once more.
fn replay(seed: u64) -> String {
    format!("replay with: PETREL_LOG=1 cargo xtask soak 1 {seed}")
}

#[test]
fn every_life_ends_well() {
    let (from, count) = (number("PETREL_SEED", 1), number("PETREL_LIVES", SHORT));
    let log = number("PETREL_LOG", 0) == 1;
    let run = |part: u64| {
        let mut failures = Vec::new();
        let mut struck = Struck::default();
        for seed in (from..from + count).filter(|seed| seed % THREADS == part) {
            let end = lived(seed, log);
            struck.add(end.struck);
            for line in &end.log {
                println!("{line}");
            }
            if let Err(text) = end.result {
                println!("seed {seed}: {text}\n  {}", replay(seed));
                failures.push(seed);
            }
        }
        (failures, struck)
    };
    let (first, second) = std::thread::scope(|scope| {
        let other = scope.spawn(|| run(1));
        (run(0), other.join().unwrap())
    });
    let mut failures = [first.0, second.0].concat();
    failures.sort_unstable();
    assert!(failures.is_empty(), "{} of {count} lives ended badly: {failures:?}", failures.len());
    if count >= SHORT {
        let mut struck = first.1;
        struck.add(second.1);
        let missed: Vec<_> =
            Point::ALL.into_iter().filter(|point| *point != Point::S11 && !struck.has(*point)).collect();
        assert!(missed.is_empty(), "no life struck {missed:?}");
    }
}

#[test]
fn a_seed_lives_the_same_life_twice() {
    for seed in [1, 77, 4242] {
        let (first, second) = (lived(seed, true), lived(seed, true));
        assert!(first.log.len() > 50, "seed {seed} did nearly nothing");
        assert_eq!(first.log, second.log, "seed {seed}");
    }
}

/// A run of pages with ten thousand changes, of which the process dies in the middle (S11).
#[test]
fn ten_thousand_changes_come_in_page_by_page() {
    let mut world = World::new(3, 2);
    world.may_ask_sign_in = true;
    world.sign_in();
    world.pass(8).unwrap();
    world.device.up.set(false);
    for number in 0..10_000 {
        world.arrives(&format!("Change {number}"));
    }
    world.device.up.set(true);
    world.hear(&mail_core::protocol::Ask::Now);
    world.die();
    let storm = Plan::Storm { chance: Chance::new(5), wire: 60, disk: 20, pause: 30, lies: false };
    *world.device.trouble.plan.borrow_mut() = storm;
    world.pass(60).unwrap();
    world.check_step(false).unwrap();
    world.settle().unwrap();
    assert_eq!(world.device.held(None).values().map(|place| place.rows.len()).max(), Some(10_002));
}

#[test]
fn every_fault_point_is_caused_or_left_out_for_a_reason() {
    let series = [("S", 12), ("D", 11), ("T", 10)];
    let all: BTreeSet<String> =
        series.iter().flat_map(|(letter, last)| (1..=*last).map(move |number| format!("{letter}{number}"))).collect();
    let caused: BTreeSet<String> = Point::ALL.iter().map(|point| point.label()).collect();
    let left: BTreeSet<String> = ELSEWHERE.iter().map(|(label, _)| (*label).to_owned()).collect();
    assert!(caused.is_disjoint(&left));
    assert_eq!(caused.union(&left).cloned().collect::<BTreeSet<_>>(), all);
    assert!(ELSEWHERE.iter().all(|(_, reason)| reason.len() > 40), "a reason is a sentence");
}

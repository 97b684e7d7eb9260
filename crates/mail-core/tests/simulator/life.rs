//! One life from one seed: a schedule of a person's acts, another client's acts and faults, step by step.
//! The same seed lives the same life, down to the last request.

use crate::chance::Chance;
use crate::points::{Point, Struck};
use crate::trouble::Plan;
use crate::world::World;
use serde_json::json;

/// What is said of a life that went wrong.
#[derive(Debug)]
pub struct End {
    pub result: Result<(), String>,
    pub struck: Struck,
    pub log: Vec<String>,
}

/// What kind of life it is.
struct Habits {
    steps: usize,
    mails: usize,
    wire: u32,
    disk: u32,
    pause: u32,
    lies: bool,
    truthful: bool,
}

fn habits(chance: &mut Chance) -> Habits {
    let lies = chance.permille(150);
    let calm = chance.permille(150);
    let share = |chance: &mut Chance, shares: [u32; 4]| chance.pick(&shares).copied().unwrap_or(0);
    Habits {
        steps: 12 + chance.below(28),
        mails: chance.below(6),
        wire: if calm { 0 } else { share(chance, [0, 30, 100, 250]) },
        disk: if calm { 0 } else { share(chance, [0, 0, 10, 60]) },
        pause: if calm { 0 } else { share(chance, [0, 3, 10, 25]) },
        lies,
        truthful: !lies,
    }
}

/// Lives the life of a seed; with `log`, everything that happens is written down.
pub fn live(seed: u64, log: bool) -> End {
    let mut chance = Chance::new(seed ^ 0x11fe);
    let habits = habits(&mut chance);
    let mut world = World::new(seed, habits.mails);
    if log {
        *world.device.log.borrow_mut() = Some(Vec::new());
    }
    let result = whole(&mut world, &habits, chance);
    world.device.note(|| format!("{result:?}"));
    let log = world.device.log.borrow_mut().take().unwrap_or_default();
    let struck = *world.device.trouble.struck.borrow();
    End { result, struck, log }
}

fn whole(world: &mut World, habits: &Habits, mut chance: Chance) -> Result<(), String> {
    let storm = Chance::new(chance.next());
    let plan =
        Plan::Storm { chance: storm, wire: habits.wire, disk: habits.disk, pause: habits.pause, lies: habits.lies };
    let mut truthful = habits.truthful;
    if chance.permille(300) {
        truthful &= behave(world, &mut chance);
    }
    world.may_ask_sign_in = true;
    // Some are signed in before the first fault, some sign in through them.
    if chance.permille(700) {
        world.sign_in();
        world.pass(5)?;
        *world.device.trouble.plan.borrow_mut() = plan;
    } else {
        *world.device.trouble.plan.borrow_mut() = plan;
        world.sign_in();
    }
    for step in 0..habits.steps {
        let what = world.chance.below(100);
        world.device.note(|| format!("-- step {step}: {what}"));
        match what {
            0..=41 => world.person_acts(),
            42..=66 => world.somebody_acts(),
            67..=77 => {
                let seconds = world.chance.pick(&[1, 5, 20, 70, 400]).copied().unwrap_or(1);
                world.pass(seconds)?;
            }
            _ => happening(world)?,
        }
        let little = world.chance.pick(&[0, 0, 1, 1, 3]).copied().unwrap_or(0);
        world.pass(little)?;
        if world.is_signed_out() && world.chance.permille(400) {
            world.sign_in();
        }
        world.check_step(truthful)?;
    }
    world.settle()
}

/// Habits of the service for this life; whether its pages still tell the whole truth in time.
fn behave(world: &World, chance: &mut Chance) -> bool {
    let habit = chance.below(6);
    let (name, value) = match habit {
        0 => ("delta_forgets_returns", json!(true)),
        1 => ("delta_empty_pages", json!(true)),
        2 => ("delta_duplicates", json!(true)),
        3 => ("delta_tells_late", json!(true)),
        4 => ("draft_conflicts_first", json!(true)),
        _ => ("delta_token_life_s", json!(60)),
    };
    world.device.control("POST", "behave", &json!({ name: value }));
    let point = [Point::S5, Point::S6, Point::S3, Point::S9, Point::S9, Point::S2].get(habit).copied();
    if let Some(point) = point.filter(|_| habit != 4) {
        world.device.trouble.strike(point);
    }
    habit != 0 && habit != 3
}

/// Something happens to the device or the services.
fn happening(world: &mut World) -> Result<(), String> {
    let device = world.device.clone();
    match world.chance.below(24) {
        0..=3 => {
            device.up.set(!device.up.get());
            device.note(|| format!("the network is {}", device.up.get()));
        }
        4 | 5 => {
            device.trouble.strike(Point::T1);
            world.die();
        }
        6 => {
            // A cold start without a network.
            device.trouble.strike(Point::T9);
            world.die();
            device.up.set(false);
            world.pass(10)?;
            device.up.set(true);
        }
        7 => {
            device.trouble.strike(Point::T3);
            world.start();
        }
        8 | 9 => {
            let what = world.chance.pick(&["access_tokens", "delta", "subscriptions"]).copied().unwrap_or("delta");
            if what == "delta" {
                device.trouble.strike(Point::S2);
            }
            device.control("POST", "expire", &json!({ "what": what }));
        }
        10 => {
            device.control("POST", "expire", &json!({ "what": "refresh_tokens" }));
            world.may_ask_sign_in = true;
        }
        11 | 12 => {
            let action = world.chance.pick(&["drop", "silence", "close"]).copied().unwrap_or("drop");
            device.control("POST", "hub", &json!({ "action": action, "allow_reconnect": true }));
        }
        13 | 14 => {
            let dial = match world.chance.below(4) {
                0 => json!({ "lose": 3 }),
                1 => json!({ "duplicate": 3 }),
                2 => json!({ "delay_ms": 4000, "jitter_ms": 3000 }),
                _ => json!({ "reorder": true }),
            };
            device.control("POST", "notifications", &dial);
        }
        15 => {
            let what = world.chance.pick(&["duplicate", "reorder", "unknown_type", "malformed", "split"]).copied();
            device.control("POST", "frames", &json!({ "what": what, "times": 1 }));
        }
        16 => {
            device.control("POST", "lifecycle", &json!({ "event": "missed" }));
        }
        17 => clock_jumps(world),
        18 => {
            // The machine sleeps.
            let hours = world.chance.pick(&[1, 3, 36]).copied().unwrap_or(1);
            device.wait(hours * 3_600_000);
            world.may_ask_sign_in |= hours > 20;
        }
        19 if world.chance.permille(300) => world.sign_out(),
        20 if world.chance.permille(300) => {
            device.trouble.strike(Point::D5);
            device.wipe();
            world.may_ask_sign_in = true;
        }
        21 if world.chance.permille(300) => {
            device.trouble.strike(Point::D9);
            world.die();
            device.wipe();
            world.may_ask_sign_in = true;
        }
        22 => device.refuses.set(!device.refuses.get()),
        _ => {
            let delay = world.chance.pick(&[0, 300, 5000, 20_000]).copied().unwrap_or(300);
            let anew = world.chance.permille(300);
            device.delay.set(delay);
            device.control("POST", "sending", &json!({ "delay_ms": delay, "new_item": anew }));
        }
    }
    Ok(())
}

fn clock_jumps(world: &mut World) {
    world.device.trouble.strike(Point::S12);
    let seconds = world.chance.pick(&[-86_400, -7200, -240, 0, 240, 7200, 86_400]).copied().unwrap_or(0);
    world.device.skew.set(seconds * 1000);
    world.device.note(|| format!("the clock is {seconds} s ahead"));
    // A token seems dead where the clock runs a day ahead.
    world.may_ask_sign_in = true;
}

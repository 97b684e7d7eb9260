//! Long runs of what the tests do shortly: simulated lives, a first sync that is killed again and again, a large mailbox.
//! They take minutes to hours, and say by which seed a bad end can be had again.

use crate::build;
use crate::failure::Outcome;
use crate::process::{self, step};
use crate::test::{node, numbers, optimised, reader};
use crate::workspace::Workspace;

/// Simulated lives, unless said.
const LIVES: u64 = 100_000;
/// Deaths during one first sync, unless said.
const KILLS: u64 = 30;
/// Messages of the mailbox whose first sync is killed.
const KILLED_MESSAGES: u64 = 20_000;
/// Messages of the large mailbox, unless said.
const LARGE: u64 = 100_000;

/// Runs the soak that is named first: `kill`, `large`, or simulated lives without a name.
///
/// # Errors
/// When a run ends badly, or a word makes no sense.
pub fn soak(workspace: &Workspace, words: &[String]) -> Outcome {
    match words.split_first() {
        Some((word, rest)) if word == "kill" => kill(workspace, rest),
        Some((word, rest)) if word == "large" => large(workspace, rest),
        Some(_) | None => lives(workspace, words),
    }
}

/// Lets many random lives be lived in the simulator; the tests do the same with fewer. With `PETREL_LOG=1` each is written down.
fn lives(workspace: &Workspace, words: &[String]) -> Outcome {
    let [lives, seed] =
        numbers(words, [LIVES, 1], "soak takes a number of lives and the first seed, or kill, or large")?;
    step(&format!("{lives} simulated lives from seed {seed}"), || {
        let mut command = optimised(workspace);
        command.args(["--test", "simulator", "--quiet", "--", "--nocapture", "lives"]);
        process::run(command.env("PETREL_LIVES", lives.to_string()).env("PETREL_SEED", seed.to_string()))
    })
}

/// Kills tab, browser or sandbox so many times during one first sync of the built app.
fn kill(workspace: &Workspace, words: &[String]) -> Outcome {
    let [kills, seed] = numbers(words, [KILLS, 1], "soak kill takes a number of kills and a seed")?;
    build::build(workspace)?;
    step(&format!("{kills} kills during a first sync of {KILLED_MESSAGES} messages, seed {seed}"), || {
        let mut node = node(workspace)?;
        node.env("PETREL_READER", reader(workspace)?);
        node.args(["--test", "--test-reporter=spec"]).arg(workspace.root.join("tests/e2e/kill.test.mjs"));
        node.env("PETREL_KILLS", kills.to_string()).env("PETREL_SEED", seed.to_string());
        process::run(node.env("PETREL_MESSAGES", KILLED_MESSAGES.to_string()).env_remove("PETREL_RECORD"))
    })
}

/// Signs in to a large mailbox and measures what a person notices of it.
fn large(workspace: &Workspace, words: &[String]) -> Outcome {
    let [messages, seed] = numbers(words, [LARGE, 1], "soak large takes a number of messages and a seed")?;
    build::build(workspace)?;
    step(&format!("a mailbox of {messages} messages, seed {seed}"), || {
        let mut node = node(workspace)?;
        node.env("PETREL_READER", reader(workspace)?);
        node.arg(workspace.root.join("tests/e2e/large.mjs")).env_remove("PETREL_RECORD");
        process::run(node.env("PETREL_MESSAGES", messages.to_string()).env("PETREL_SEED", seed.to_string()))
    })
}

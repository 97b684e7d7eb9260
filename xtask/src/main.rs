//! The project's own commands, run as `cargo xtask WORD`: they install what is missing and then do the work.
//! They exist so that a fresh clone needs to know two words, `demo` and `test`, and nothing about the tools behind them.

mod bench;
mod brotli;
mod browser;
mod browser_tests;
mod build;
mod check;
mod conformance;
mod demo;
mod dist;
mod failure;
mod files;
mod inputs;
mod lints;
mod npm;
mod process;
mod roundcube;
mod sizes;
mod soak;
mod start;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use failure::{Failure, Outcome};
use workspace::Workspace;

const WORDS: &str = "\
cargo xtask demo [--port-base 8080] [--import PATH]… [--messages N] [--seed N] [--no-open]
                                    build everything, start the sandbox with the app, open it
cargo xtask build                   release build: dist/ and target/release/sandbox
cargo xtask test [unit|browser|e2e|conformance|bench]
                                    run the tests, all of them without a word
cargo xtask check                   format, lints, docs, dependency audit, size budget
cargo xtask bench [NAME] [--quick]  Petrel beside floors and peers, or one measure of it by name, or: sandbox
cargo xtask soak [LIVES] [SEED]     simulated lives of a device against the sandbox, 100,000 unless said
cargo xtask soak kill [KILLS] [SEED] a first sync during which tab, browser or sandbox is killed, 30 times unless said
cargo xtask soak large [MESSAGES] [SEED]
                                    a mailbox of 100,000 messages unless said, and what a person notices of it
cargo xtask fuzz [MINUTES] [SEED]   bent requests to the sandbox, for five minutes unless said
cargo xtask screenshots             renew docs/screenshots";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let word = arguments.next();
    let rest: Vec<String> = arguments.collect();
    match run(word.as_deref(), &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(word: Option<&str>, rest: &[String]) -> Outcome {
    match word {
        Some("demo") => demo::demo(&Workspace::find()?, rest),
        Some("build") => none_of(rest).and_then(|()| build::build(&Workspace::find()?).map(drop)),
        Some("test") => test::test(&Workspace::find()?, rest),
        Some("check") => none_of(rest).and_then(|()| check::check(&Workspace::find()?)),
        Some("screenshots") => none_of(rest).and_then(|()| test::screenshots(&Workspace::find()?)),
        Some("soak") => soak::soak(&Workspace::find()?, rest),
        Some("fuzz") => test::fuzz(&Workspace::find()?, rest),
        Some("bench") => bench::bench(&Workspace::find()?, rest),
        Some("help" | "--help" | "-h") => {
            println!("{WORDS}");
            Ok(())
        }
        Some(other) => Err(Failure::Usage(format!("there is no command “{other}”; these exist:\n{WORDS}"))),
        None => Err(Failure::Usage(format!("say what to do:\n{WORDS}"))),
    }
}

fn none_of(rest: &[String]) -> Outcome {
    match rest.first() {
        None => Ok(()),
        Some(extra) => Err(Failure::Usage(format!("this command takes no “{extra}”; these exist:\n{WORDS}"))),
    }
}

//! Petrel beside its floors and peers, in a browser: builds everything that is measured and hands over to the runner in `bench/`.
//! Roundcube is the one peer that needs packages of the system; where they cannot be installed the run says so and goes on.

use std::path::PathBuf;
use std::process::Command;

use crate::browser;
use crate::build;
use crate::failure::Outcome;
use crate::files;
use crate::npm;
use crate::process::{self, step};
use crate::roundcube;
use crate::workspace::Workspace;

/// What can be measured alone, by name.
pub const NAMES: [&str; 13] = [
    "open", "download", "offline", "arrive", "burst", "search", "scroll", "sync", "read", "act", "memory", "idle",
    "scale",
];

/// Builds and measures; writes `target/bench/NAME.json`, and `docs/benchmarks.md` when everything was measured.
///
/// # Errors
/// When something cannot be built, an answer that was timed is wrong, or the machine is too busy to measure on.
pub fn measure(workspace: &Workspace, words: &[String]) -> Outcome {
    prepare(workspace)?;
    if let Err(failure) = roundcube::ensure() {
        eprintln!("Roundcube will not be measured: {failure}");
    }
    let mut node = node(workspace)?;
    node.arg(workspace.root.join("bench/run.mjs"))
        .args(words)
        .arg("--out")
        .arg(workspace.target.join("bench"))
        .arg("--page")
        .arg(workspace.root.join("docs/benchmarks.md"));
    process::run(&mut node)
}

/// Tests what is measured against: the judge, the floors and the peers. A peer that is no real client would make every ratio worthless.
///
/// # Errors
/// When one of them does not do what it says.
pub fn test(workspace: &Workspace) -> Outcome {
    prepare(workspace)?;
    let modules = std::path::Path::new("node_modules");
    let tests: Vec<PathBuf> = files::below(&workspace.root.join("bench"))?
        .into_iter()
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .filter(|path| !path.iter().any(|part| part == modules.as_os_str()))
        .collect();
    step(&format!("{} files of tests of the benchmarks", tests.len()), || {
        let mut node = node(workspace)?;
        process::run(node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).args(&tests))
    })
}

/// Everything that is measured, built from what is here now.
fn prepare(workspace: &Workspace) -> Outcome {
    build::build(workspace)?;
    npm::ensure_bench(workspace)?;
    for (what, script) in
        [("floors", "bench/floors/build.mjs"), ("React peer, both builds", "bench/peer-react/build.mjs")]
    {
        step(what, || process::run(node(workspace)?.arg(workspace.root.join(script))))?;
    }
    Ok(())
}

fn node(workspace: &Workspace) -> Outcome<Command> {
    let mut node = Command::new("node");
    node.current_dir(&workspace.root)
        .env("CHROMIUM", browser::chromium()?)
        .env("PETREL_DIST", workspace.dist())
        .env("PETREL_SANDBOX", workspace.sandbox());
    Ok(node)
}

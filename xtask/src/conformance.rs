//! Conformance: the official clients against the sandbox, and the check of everything it answered in a test run.
//! The record is thrown away at the start of a run, so that the figures are of this run and no other.

use std::path::PathBuf;
use std::process::Command;

use crate::build;
use crate::failure::{Failure, Outcome};
use crate::files;
use crate::process::{self, step};
use crate::workspace::Workspace;

/// Where the sandboxes of a test run write what they answered.
pub fn record(workspace: &Workspace) -> PathBuf {
    workspace.target.join("record")
}

/// Throws away the record of the run before.
///
/// # Errors
/// When the folder cannot be emptied.
pub fn begin(workspace: &Workspace) -> Outcome {
    let folder = record(workspace);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(Failure::file(&folder))?;
    }
    std::fs::create_dir_all(&folder).map_err(Failure::file(&folder))
}

/// Runs the official clients and the tables of operations, examples and errors.
///
/// # Errors
/// When the sandbox does not build or a test fails.
pub fn run(workspace: &Workspace, mut node: Command) -> Outcome {
    build::sandbox(workspace)?;
    let folder = workspace.root.join("tests/conformance");
    let tests: Vec<PathBuf> =
        files::below(&folder)?.into_iter().filter(|path| path.to_string_lossy().ends_with(".test.mjs")).collect();
    step(&format!("{} files of conformance tests", tests.len()), || {
        process::run(node.args(["--test", "--test-concurrency=2", "--test-reporter=spec"]).args(tests))
    })
}

/// Checks what was recorded against Graph's schemas; with `whole`, holds the number of operations covered too.
///
/// # Errors
/// When an answer breaks its schema or fewer operations are covered than promised.
pub fn check(workspace: &Workspace, mut node: Command, whole: bool) -> Outcome {
    step("schemas of everything answered", || {
        node.arg(workspace.root.join("tests/conformance/schema/check.mjs")).arg(record(workspace));
        process::run(if whole { node.arg("--minimum") } else { &mut node })
    })
}

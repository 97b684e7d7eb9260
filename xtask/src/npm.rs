//! The parts that come from npm: the wasm optimiser, the browser driver, the accessibility checker, Microsoft's clients.
//! Installed into `tests/node_modules` whenever the lock file changed, and never otherwise.

use std::path::PathBuf;
use std::process::Command;

use crate::failure::Outcome;
use crate::files;
use crate::process::{self, step};
use crate::tools;
use crate::workspace::Workspace;

/// Makes sure that node and the npm parts are there, and names the folder of their programs.
///
/// # Errors
/// When node is missing and cannot be installed, or npm fails.
pub fn ensure(workspace: &Workspace) -> Outcome<PathBuf> {
    let tests = workspace.root.join("tests");
    let modules = tests.join("node_modules");
    let wanted = files::sha256_hex(&files::read(&tests.join("package-lock.json"))?);
    let mark = modules.join(".petrel-lock");
    ensure_node()?;
    if files::read_text(&mark).is_ok_and(|have| have == wanted) {
        return Ok(modules.join(".bin"));
    }
    step("npm ci (wasm-opt, playwright-core, axe-core, Microsoft's clients)", || {
        process::run(
            Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&tests),
        )?;
        files::write(&mark, wanted)
    })?;
    Ok(modules.join(".bin"))
}

fn ensure_node() -> Outcome {
    if process::works(Command::new("node").arg("--version")) && process::works(Command::new("npm").arg("--version")) {
        return Ok(());
    }
    tools::apt_install(&["nodejs", "npm"], "Node.js", "install Node.js 20 or later with npm (https://nodejs.org)")
}

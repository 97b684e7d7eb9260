//! The parts that come from npm: the wasm optimiser, the browser driver, the accessibility checker, Microsoft's clients, and the
//! libraries of the benchmarks' peer. Installed beside their lock file whenever it changed, and never otherwise.

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
    install(workspace, "tests", "wasm-opt, playwright-core, axe-core, Microsoft's clients")
}

/// Makes sure that node and the npm parts of the benchmarks are there.
///
/// # Errors
/// As [`ensure`].
pub fn ensure_bench(workspace: &Workspace) -> Outcome<PathBuf> {
    install(workspace, "bench", "playwright-core, the libraries of the React peer")
}

fn install(workspace: &Workspace, folder: &str, what: &str) -> Outcome<PathBuf> {
    let folder = workspace.root.join(folder);
    let modules = folder.join("node_modules");
    let wanted = files::sha256_hex(&files::read(&folder.join("package-lock.json"))?);
    let mark = modules.join(".petrel-lock");
    ensure_node()?;
    if files::read_text(&mark).is_ok_and(|have| have == wanted) {
        return Ok(modules.join(".bin"));
    }
    step(&format!("npm ci ({what})"), || {
        process::run(
            Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder),
        )?;
        files::write(&mark, wanted)
    })?;
    Ok(modules.join(".bin"))
}

/// Makes sure that node is there.
///
/// # Errors
/// When it is missing and cannot be installed.
pub fn ensure_node() -> Outcome {
    if process::works(Command::new("node").arg("--version")) && process::works(Command::new("npm").arg("--version")) {
        return Ok(());
    }
    tools::apt_install(&["nodejs", "npm"], "Node.js", "install Node.js 20 or later with npm (https://nodejs.org)")
}

//! The release build: the site in `dist/` and the sandbox beside it.
//! One command makes both, because the demo, the tests and the release all use the same files.

use crate::dist;
use crate::failure::Outcome;
use crate::inputs;
use crate::npm;
use crate::process::{self, step};
use crate::sizes::Sizes;
use crate::tools::{self, Tool};
use crate::workspace::Workspace;

/// Builds the site and the sandbox, prints the sizes and holds the budget.
///
/// # Errors
/// When a tool cannot be had, something does not compile, or the budget is passed.
pub fn build(workspace: &Workspace) -> Outcome<Sizes> {
    site(workspace)?;
    sandbox(workspace)?;
    let sizes = Sizes::of(workspace)?;
    sizes.print();
    sizes.hold()?;
    Ok(sizes)
}

/// Builds `dist/`, unless it is already what the sources make.
///
/// # Errors
/// When a tool cannot be had or something does not compile.
pub fn site(workspace: &Workspace) -> Outcome {
    tools::ensure_wasm_target(workspace)?;
    let trunk = Tool::trunk().ensure(workspace)?;
    let wasm_bindgen = Tool::wasm_bindgen(workspace).ensure(workspace)?;
    let npm = npm::ensure(workspace)?;
    let fingerprint = inputs::fingerprint(workspace)?;
    if inputs::is_built(workspace, &fingerprint)? {
        eprintln!("▸ dist/ is up to date");
        return Ok(());
    }
    step("crates (cargo fetch)", || process::run(&mut workspace.cargo(["fetch", "--quiet", "--locked"])))?;
    let path = tools::path_with(&[npm, wasm_bindgen, trunk.clone()])?;
    step("app and engine (trunk build --release)", || {
        dist::clear(&workspace.dist())?;
        let mut command = std::process::Command::new(trunk.join("trunk"));
        command.args(["build", "--release", "--offline"]).current_dir(&workspace.root).env("PATH", path);
        // A full strip removes the section that tells wasm-bindgen what the module may use; wasm-opt drops the names later.
        command.env("CARGO_PROFILE_RELEASE_STRIP", "debuginfo");
        command.env("RUSTFLAGS", flags());
        // Trunk reads NO_COLOR as a boolean of its own and refuses the usual "1".
        process::run(command.env_remove("NO_COLOR"))
    })?;
    step("start script, service worker's file list, brotli copies", || dist::finish(workspace))?;
    // What it was when the build began: sources that changed meanwhile are not in it.
    inputs::remember(workspace, &fingerprint)
}

/// What the compiler is told for the wasm: views are erased at component boundaries, which makes the app a good
/// part smaller, and no message names the folders of the machine it was built on.
fn flags() -> String {
    let given = std::env::var("RUSTFLAGS").unwrap_or_default();
    let homes = ["CARGO_HOME", "RUSTUP_HOME", "HOME"].into_iter().filter_map(|name| std::env::var(name).ok());
    let remaps = homes.map(|home| format!(" --remap-path-prefix={home}=~"));
    // The last prefix that fits wins, so the widest comes first.
    let remaps: String = remaps.rev().collect();
    format!("{given} --cfg erase_components{remaps}").trim().to_owned()
}

/// Builds `target/release/sandbox`.
///
/// # Errors
/// When it does not compile.
pub fn sandbox(workspace: &Workspace) -> Outcome {
    step("sandbox (cargo build --release)", || {
        let mut command = workspace.cargo(["build", "--release", "--package", "sandbox"]);
        // The release profile is tuned for the size of the wasm; the sandbox should be quick to build and to run.
        for (name, value) in [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("OPT_LEVEL", "2"), ("PANIC", "unwind")] {
            command.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
        }
        process::run(&mut command)
    })
}

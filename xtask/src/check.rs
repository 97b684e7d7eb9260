//! Everything that can be said about the sources without running the product.
//! All rules are tried even when one fails, so that one run names everything there is to mend.

use crate::build;
use crate::failure::{Failure, Outcome};
use crate::lints;
use crate::process::{self, step};
use crate::sizes::Sizes;
use crate::test::BROWSER_PACKAGES;
use crate::tools::{self, Tool};
use crate::workspace::Workspace;

const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];
const DENY_WARNINGS: [&str; 3] = ["--", "-D", "warnings"];

type Rule = (&'static str, fn(&Workspace) -> Outcome);

const RULES: [Rule; 10] = [
    ("format", format),
    ("sandboxed frames never run scripts", lints::frames_without_scripts),
    ("only mail-browser names the browser's crates", lints::browser_crates_stay_apart),
    ("source files stay short", lints::files_stay_short),
    ("lints, native", clippy_native),
    ("lints, wasm", clippy_wasm),
    ("docs, native", docs_native),
    ("docs, wasm", docs_wasm),
    ("dependency audit", audit),
    ("size budget", budget),
];

/// Checks every rule.
///
/// # Errors
/// [`Failure::Broken`] naming the rules that do not hold.
pub fn check(workspace: &Workspace) -> Outcome {
    tools::ensure_lint_tools(workspace)?;
    tools::ensure_wasm_target(workspace)?;
    let mut places = Vec::new();
    for (name, rule) in RULES {
        if let Err(failure) = step(name, || rule(workspace)) {
            eprintln!("  {failure}");
            places.push(format!("{name}: {failure}"));
        }
    }
    if places.is_empty() {
        println!("\nAll {} checks hold.", RULES.len());
        return Ok(());
    }
    Err(Failure::Broken { rule: format!("{} of {} checks do not hold", places.len(), RULES.len()), places })
}

fn format(workspace: &Workspace) -> Outcome {
    process::run(&mut workspace.cargo(["fmt", "--all", "--check"]))
}

fn clippy_native(workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo(["clippy", "--quiet", "--workspace", "--all-targets"]);
    process::run(command.args(without_browser_packages()).args(DENY_WARNINGS))
}

fn clippy_wasm(workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo(["clippy", "--quiet", "--all-targets"]);
    process::run(command.args(only_browser_packages()).args(WASM).args(DENY_WARNINGS))
}

fn docs_native(workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo(["doc", "--quiet", "--no-deps", "--workspace"]);
    process::run(command.args(without_browser_packages()).env("RUSTDOCFLAGS", "-D warnings"))
}

fn docs_wasm(workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo(["doc", "--quiet", "--no-deps"]);
    process::run(command.args(only_browser_packages()).args(WASM).env("RUSTDOCFLAGS", "-D warnings"))
}

fn audit(workspace: &Workspace) -> Outcome {
    let deny = Tool::deny().ensure(workspace)?.join("cargo-deny");
    let audit = |how: &[&str], what: &[&str]| {
        let mut command = std::process::Command::new(&deny);
        command.arg("--all-features").args(how).args(["check", "--hide-inclusion-graph"]).args(what);
        process::run(command.current_dir(&workspace.root))
    };
    audit(&[], &["bans", "licenses", "sources"])?;
    if has_advisories() {
        return audit(&["--offline"], &["advisories"]);
    }
    eprintln!("  advisories skipped: their database is not on this machine; `cargo deny fetch db` brings it");
    Ok(())
}

/// Whether the database of known vulnerabilities was fetched before; fetching it is the person's own decision.
fn has_advisories() -> bool {
    let home = std::env::var_os("CARGO_HOME").map(std::path::PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| std::path::PathBuf::from(home).join(".cargo")));
    // A fetch that failed leaves a lock and no database.
    let databases = home.and_then(|home| std::fs::read_dir(home.join("advisory-dbs")).ok());
    databases.is_some_and(|all| all.flatten().any(|entry| entry.path().is_dir()))
}

fn budget(workspace: &Workspace) -> Outcome {
    build::site(workspace)?;
    let sizes = Sizes::of(workspace)?;
    sizes.print();
    sizes.hold()
}

fn without_browser_packages() -> impl Iterator<Item = &'static str> {
    BROWSER_PACKAGES.iter().flat_map(|name| ["--exclude", name])
}

fn only_browser_packages() -> impl Iterator<Item = &'static str> {
    BROWSER_PACKAGES.iter().flat_map(|name| ["--package", name])
}

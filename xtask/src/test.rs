//! The tests: native ones, ones in a real browser, and the whole product driven from outside.
//! Each part runs even when one before it failed, and the end says plainly how each came out.

use std::path::PathBuf;

use crate::bench;
use crate::browser;
use crate::browser_tests;
use crate::build;
use crate::conformance;
use crate::failure::{Failure, Outcome};
use crate::files;
use crate::npm;
use crate::process::{self, now, step};
use crate::workspace::Workspace;

/// Packages that only make sense in a browser.
pub const BROWSER_PACKAGES: [&str; 3] = ["petrel", "engine", "mail-browser"];

/// Simulated lives in the unit tests: about two minutes' on two cores.
const SHORT_LIVES: u64 = 20_000;

#[derive(Clone, Copy)]
enum Part {
    Unit,
    Browser,
    EndToEnd,
    Conformance,
    Bench,
}

impl Part {
    const ALL: [Self; 5] = [Self::Unit, Self::Browser, Self::EndToEnd, Self::Conformance, Self::Bench];

    fn word(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Browser => "browser",
            Self::EndToEnd => "e2e",
            Self::Conformance => "conformance",
            Self::Bench => "bench",
        }
    }

    /// Whether it starts sandboxes that record what they answer.
    fn records(self) -> bool {
        matches!(self, Self::EndToEnd | Self::Conformance)
    }

    fn run(self, workspace: &Workspace) -> Outcome<&'static str> {
        match self {
            Self::Unit => unit(workspace).map(|()| "passed"),
            Self::Browser => browser_tests::run(workspace).map(|()| "passed"),
            Self::EndToEnd => end_to_end(workspace).map(|()| "passed"),
            Self::Conformance => conformance::run(workspace, node(workspace)?).map(|()| "passed"),
            Self::Bench => bench::mail::test(workspace).map(|()| "passed"),
        }
    }
}

/// Runs the parts named, or all of them.
///
/// # Errors
/// When a name is unknown or any part fails.
pub fn test(workspace: &Workspace, words: &[String]) -> Outcome {
    let parts = chosen(words)?;
    conformance::begin(workspace)?;
    let mut report = Vec::new();
    let mut failed = Vec::new();
    let mut note = |name: &str, run: &dyn Fn() -> Outcome<&'static str>| {
        eprintln!("\n== {name} tests");
        let begun = now();
        let result = run();
        let seconds = begun.elapsed().as_secs_f64();
        match result {
            Ok(word) => report.push(format!("  {name:<12} {word} ({seconds:.0} s)")),
            Err(failure) => {
                report.push(format!("  {name:<12} FAILED ({seconds:.0} s)"));
                failed.push(format!("{name}: {failure}"));
            }
        }
    };
    for part in &parts {
        note(part.word(), &|| part.run(workspace));
    }
    if parts.iter().any(|part| part.records()) {
        let whole = parts.iter().any(|part| matches!(part, Part::Conformance));
        note("schema", &|| conformance::check(workspace, node(workspace)?, whole).map(|()| "passed"));
    }
    println!("\nTests:\n{}", report.join("\n"));
    if failed.is_empty() { Ok(()) } else { Err(Failure::Broken { rule: "tests failed".to_owned(), places: failed }) }
}

fn chosen(words: &[String]) -> Outcome<Vec<Part>> {
    if words.is_empty() {
        return Ok(Part::ALL.to_vec());
    }
    let known = |word: &String| Part::ALL.into_iter().find(|part| part.word() == word);
    words
        .iter()
        .map(|word| {
            known(word).ok_or_else(|| {
                let all = Part::ALL.map(Part::word).join(", ");
                Failure::Usage(format!("there are no “{word}” tests; these exist: {all}"))
            })
        })
        .collect()
}

fn unit(workspace: &Workspace) -> Outcome {
    step("cargo test (native)", || {
        let mut command = workspace.cargo(["test", "--workspace", "--quiet"]);
        process::run(command.args(BROWSER_PACKAGES.iter().chain(&["mail-core"]).flat_map(|name| ["--exclude", name])))
    })?;
    step(&format!("cargo test (mail-core, with {SHORT_LIVES} simulated lives)"), || {
        process::run(optimised(workspace).arg("--quiet").env("PETREL_LIVES", SHORT_LIVES.to_string()))
    })?;
    for (package, folder) in BROWSER_PACKAGES.into_iter().zip(["src", "service-worker/src", "crates/mail-browser/src"])
    {
        if has_native_tests(workspace, folder)? {
            step(&format!("cargo test (native parts of {package})"), || {
                let mut command = workspace.cargo(["test", "--quiet", "--package", package]);
                process::run(command.args(targets_in(workspace, folder)))
            })?;
        }
    }
    Ok(())
}

/// Whether a browser's package also tests what needs no browser.
fn has_native_tests(workspace: &Workspace, folder: &str) -> Outcome<bool> {
    for path in files::below(&workspace.root.join(folder))? {
        if path.extension().is_some_and(|kind| kind == "rs") && files::read_text(&path)?.contains("#[test]") {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The library and programs of a package, without the tests that only run in a browser.
fn targets_in(workspace: &Workspace, folder: &str) -> impl Iterator<Item = &'static str> {
    let folder = workspace.root.join(folder);
    let kinds = [("lib.rs", "--lib"), ("main.rs", "--bins")];
    kinds.into_iter().filter(move |(file, _)| folder.join(file).is_file()).map(|(_, flag)| flag)
}

fn end_to_end(workspace: &Workspace) -> Outcome {
    build::build(workspace)?;
    let folder = workspace.root.join("tests/e2e");
    let tests: Vec<PathBuf> =
        files::below(&folder)?.into_iter().filter(|path| path.to_string_lossy().ends_with(".test.mjs")).collect();
    let reader = reader(workspace)?;
    step(&format!("{} files of end-to-end tests in Chromium", tests.len()), || {
        let mut node = node(workspace)?;
        node.env("PETREL_READER", &reader);
        process::run(node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).args(tests))
    })
}

/// Renews the pictures in `docs/screenshots`.
///
/// # Errors
/// When the build or the browser fails.
pub fn screenshots(workspace: &Workspace) -> Outcome {
    build::build(workspace)?;
    step("screenshots", || {
        let mut node = node(workspace)?;
        process::run(node.arg(workspace.root.join("tests/e2e/screenshots.mjs")))
    })
}

/// The core's tests optimised, with every check that tests have: unoptimised, a minute is enough for a tenth of the lives.
pub fn optimised(workspace: &Workspace) -> std::process::Command {
    workspace.cargo(["test", "--profile", "simulator", "--package", "mail-core"])
}

/// Sends bent requests to the sandbox for some minutes.
///
/// # Errors
/// When one of them breaks it, or a word is not a number.
pub fn fuzz(workspace: &Workspace, words: &[String]) -> Outcome {
    let [minutes, seed] = numbers(words, [5, 1], "fuzz takes a number of minutes and the first seed")?;
    step(&format!("bent requests for {minutes} min from seed {seed}"), || {
        let mut command = workspace.cargo(["test", "--package", "sandbox", "--test", "fuzz", "--", "--nocapture"]);
        let seconds = minutes.saturating_mul(60).to_string();
        process::run(command.env("PETREL_FUZZ_SECONDS", seconds).env("PETREL_FUZZ_SEED", seed.to_string()))
    })
}

/// Two numbers from the words, or what stands in for them.
///
/// # Errors
/// `usage`, when a word is no number.
pub fn numbers(words: &[String], otherwise: [u64; 2], usage: &str) -> Outcome<[u64; 2]> {
    let mut numbers = otherwise;
    for (number, word) in numbers.iter_mut().zip(words) {
        *number = word.parse().map_err(|_| Failure::Usage(usage.to_owned()))?;
    }
    Ok(numbers)
}

/// Node with everything the end-to-end tests need.
///
/// # Errors
/// When node, its parts or a browser are missing and cannot be installed.
pub fn node(workspace: &Workspace) -> Outcome<std::process::Command> {
    npm::ensure(workspace)?;
    let mut node = std::process::Command::new("node");
    node.current_dir(&workspace.root)
        .env("CHROMIUM", browser::chromium()?)
        .env("PETREL_DIST", workspace.dist())
        .env("PETREL_RECORD", conformance::record(workspace))
        .env("PETREL_SANDBOX", workspace.sandbox());
    Ok(node)
}

/// The program that reads what a test took out of the browser's database; built as the core's tests are, beside which it mostly lies already.
///
/// # Errors
/// When it cannot be built.
pub fn reader(workspace: &Workspace) -> Outcome<PathBuf> {
    let mut command = workspace.cargo(["build", "--quiet", "--profile", "simulator", "--package", "mail-core"]);
    process::run(command.args(["--example", "read_records"]))?;
    let program = format!("read_records{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace.target.join("simulator/examples").join(program))
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn no_word_means_all_parts_and_an_unknown_word_lists_them() {
        assert_eq!(chosen(&[]).unwrap().len(), 5);
        assert_eq!(chosen(&["e2e".to_owned()]).unwrap().len(), 1);
        let Err(failure) = chosen(&["all".to_owned()]) else { panic!("accepted") };
        assert!(failure.to_string().contains("unit, browser, e2e, conformance, bench"));
    }
}

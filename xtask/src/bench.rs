//! Benchmarks: what is measured, against which limit, as a table and as JSON in `target/bench`.
//! A figure counts only when the answer it was taken from is right, so every measurement checks what it read.

mod http;
pub mod mail;
mod sandbox;
mod socket;

use serde_json::{Value, json};

use crate::failure::{Failure, Outcome};
use crate::files;
use crate::workspace::Workspace;

/// One measured figure.
pub struct Figure {
    /// What was measured.
    pub name: &'static str,
    /// How much it is, in `unit`.
    pub value: f64,
    /// Such as `ms` or `MiB`.
    pub unit: &'static str,
    /// Not more than this is promised; none for what is only told.
    pub limit: Option<f64>,
}

impl Figure {
    fn holds(&self) -> bool {
        self.limit.is_none_or(|limit| self.value <= limit)
    }

    fn to_json(&self) -> Value {
        json!({"name": self.name, "value": self.value, "unit": self.unit, "limit": self.limit, "ok": self.holds()})
    }
}

/// Runs the benchmark that is named; without a name all that are taken in a browser.
///
/// # Errors
/// When a word makes no sense, something cannot be measured, or a limit is passed.
pub fn bench(workspace: &Workspace, words: &[String]) -> Outcome {
    let quick = words.iter().any(|word| word == "--quick");
    let names: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "--quick").collect();
    if names.as_slice() == ["sandbox"] {
        return report(workspace, "sandbox", quick, &sandbox::measure(workspace, quick)?);
    }
    match names.iter().find(|name| !mail::NAMES.contains(name)) {
        None => mail::measure(workspace, words),
        Some(name) => Err(Failure::Usage(format!(
            "there is no benchmark “{name}”; there are: sandbox, {}",
            mail::NAMES.join(", ")
        ))),
    }
}

fn report(workspace: &Workspace, name: &str, quick: bool, figures: &[Figure]) -> Outcome {
    println!("{:<58} {:>12} {:>12}", name, "measured", "at most");
    for figure in figures {
        let limit = figure.limit.map_or(String::new(), |limit| format!("{limit:.0} {}", figure.unit));
        let verdict = if figure.holds() { "" } else { "  too much" };
        println!("{:<58} {:>12} {limit:>12}{verdict}", figure.name, format!("{:.1} {}", figure.value, figure.unit));
    }
    let path = workspace.target.join("bench").join(format!("{name}.json"));
    let all: Vec<Value> = figures.iter().map(Figure::to_json).collect();
    files::write(&path, format!("{:#}\n", json!({"name": name, "quick": quick, "figures": all})))?;
    println!("written to {}", workspace.relative(&path));
    let places: Vec<String> = figures.iter().filter(|one| !one.holds()).map(|one| one.name.to_owned()).collect();
    if places.is_empty() { Ok(()) } else { Err(Failure::Broken { rule: "limits passed".to_owned(), places }) }
}

/// A failure of something that was measured.
fn wrong(what: impl Into<String>) -> Failure {
    Failure::Program { line: "sandbox".to_owned(), why: what.into() }
}

//! The size budget: what a first visit downloads, and what the app and its engine weigh together.
//! Printed on every build, because a size nobody sees only grows.

use std::fs;
use std::path::{Path, PathBuf};

use crate::brotli;
use crate::failure::{Failure, Outcome};
use crate::files;
use crate::workspace::Workspace;

/// Bytes of html, css, js and app wasm, brotli 11, that a first visit may load.
const FIRST_LOAD: u64 = 339_000;
/// Bytes of the above and of the engine's files.
const TOGETHER: u64 = 658_000;
/// Where both are to get to. The limits above go down towards these; up only with a feature that decision 0010 names.
const GOALS: (u64, u64) = (150_000, 250_000);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    FirstLoad,
    Engine,
    Aside,
}

/// What the built files weigh, in bytes.
pub struct Sizes {
    lines: Vec<(String, u64, u64, Part)>,
}

impl Sizes {
    /// Weighs the files of `dist/`.
    ///
    /// # Errors
    /// When a file or its compressed copy cannot be read.
    pub fn of(workspace: &Workspace) -> Outcome<Self> {
        let dist = workspace.dist();
        let mut lines = Vec::new();
        for path in files::below(&dist)?.into_iter().filter(|path| brotli::is_compressed(path)) {
            let name = path.strip_prefix(&dist).unwrap_or(&path).to_string_lossy().into_owned();
            let part = part_of(&name);
            lines.push((name, weigh(&path)?, weigh(&brotli::copy_of(&path))?, part));
        }
        Ok(Self { lines })
    }

    fn sum(&self, part: Part) -> (u64, u64) {
        let of_part = self.lines.iter().filter(|line| line.3 == part);
        of_part.fold((0, 0), |sum, line| (sum.0.saturating_add(line.1), sum.1.saturating_add(line.2)))
    }

    /// Prints the table.
    pub fn print(&self) {
        println!("\n{:<44} {:>11} {:>11}", "file", "raw", "brotli 11");
        for (part, title) in
            [(Part::FirstLoad, "first load"), (Part::Engine, "engine"), (Part::Aside, "beside (not counted)")]
        {
            for (name, raw, packed, _) in self.lines.iter().filter(|line| line.3 == part) {
                println!("  {name:<42} {raw:>11} {packed:>11}");
            }
            let (raw, packed) = self.sum(part);
            println!("{title:<44} {raw:>11} {packed:>11}");
        }
        let (first, engine) = (self.sum(Part::FirstLoad).1, self.sum(Part::Engine).1);
        println!(
            "\nfirst load {first} B of {FIRST_LOAD} B, app and engine {} B of {TOGETHER} B\nthe goal is {} B and {} B\n",
            first.saturating_add(engine),
            GOALS.0,
            GOALS.1
        );
    }

    /// Holds the budget.
    ///
    /// # Errors
    /// [`Failure::Broken`] naming what is too big and by how much.
    pub fn hold(&self) -> Outcome {
        let first = self.sum(Part::FirstLoad).1;
        let together = first.saturating_add(self.sum(Part::Engine).1);
        let places: Vec<String> = [("first load", first, FIRST_LOAD), ("app and engine together", together, TOGETHER)]
            .into_iter()
            .filter(|(_, have, limit)| have > limit)
            .map(|(what, have, limit)| {
                format!("{what}: {have} B, {} B over the limit of {limit} B", have.saturating_sub(limit))
            })
            .collect();
        if places.is_empty() {
            Ok(())
        } else {
            Err(Failure::Broken { rule: "the size budget does not hold".to_owned(), places })
        }
    }
}

/// New files count as first load until somebody says otherwise: the budget must not be passed by accident.
fn part_of(name: &str) -> Part {
    let kind = Path::new(name).extension().unwrap_or_default().to_string_lossy().into_owned();
    match name {
        "engine.js" | "engine_bg.wasm" | "worker.js" => Part::Engine,
        "sw.js" | "config.json" | "mail-frame.html" | "mail-frame-images.html" => Part::Aside,
        _ if ["html", "css", "js", "wasm"].contains(&kind.as_str()) => Part::FirstLoad,
        _ => Part::Aside,
    }
}

fn weigh(path: &PathBuf) -> Outcome<u64> {
    fs::metadata(path).map(|about| about.len()).map_err(Failure::file(path))
}

#[cfg(test)]
mod tests {
    use super::{FIRST_LOAD, Part, Sizes, TOGETHER};

    fn weighing(first: u64, engine: u64) -> Sizes {
        Sizes {
            lines: vec![
                ("petrel_bg.wasm".to_owned(), 0, first, super::part_of("petrel_bg.wasm")),
                ("engine_bg.wasm".to_owned(), 0, engine, super::part_of("engine_bg.wasm")),
            ],
        }
    }

    #[test]
    fn the_budget_holds_up_to_its_last_byte_and_not_beyond() {
        assert!(weighing(FIRST_LOAD, TOGETHER - FIRST_LOAD).hold().is_ok());
        assert!(weighing(FIRST_LOAD + 1, 0).hold().is_err());
        assert!(weighing(FIRST_LOAD, TOGETHER - FIRST_LOAD + 1).hold().is_err());
    }

    #[test]
    fn a_new_script_counts_as_first_load() {
        assert!(super::part_of("extra-0123.js") == Part::FirstLoad);
        assert!(super::part_of("snippets/a/inline0.js") == Part::FirstLoad);
        assert!(super::part_of("sw.js") == Part::Aside);
    }
}

//! Rules of this project that no compiler knows: which crates may name the browser, how mail bodies are framed,
//! how long a file may be. They read the sources as text, because the rules are about the text.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::files;
use crate::workspace::Workspace;

const PRODUCT: [&str; 6] = ["index.html", "public", "service-worker", "src", "crates/mail-browser", "crates/mail-core"];
const SOURCES: [&str; 6] = ["src", "crates", "service-worker", "xtask", "public", "tests"];
const LONGEST: usize = 400;

/// A frame that may run scripts and shares our origin could read everything; no product source may even name the permission.
///
/// # Errors
/// [`Failure::Broken`] with the places.
pub fn frames_without_scripts(workspace: &Workspace) -> Outcome {
    let mut places = Vec::new();
    for path in sources(workspace, &PRODUCT, &["rs", "html", "js", "mjs"])? {
        places.extend(
            script_permissions(&files::read_text(&path)?).map(|line| format!("{}:{line}", workspace.relative(&path))),
        );
    }
    broken_if_any(
        "`allow-scripts` in product code: a mail frame has `allow-same-origin`, and the two must never meet",
        places,
    )
}

/// Numbers of lines that name the permission outside a comment.
fn script_permissions(text: &str) -> impl Iterator<Item = usize> {
    text.lines().enumerate().filter_map(|(at, line)| {
        let start = line.trim_start();
        let comment = ["//", "*", "<!--"].iter().any(|mark| start.starts_with(mark));
        (!comment && line.contains("allow-scripts")).then_some(at.saturating_add(1))
    })
}

/// Only `mail-browser` may name the crates that speak to the browser; the two programs may use wasm-bindgen and Leptos.
///
/// # Errors
/// [`Failure::Broken`] with the packages and what they name.
pub fn browser_crates_stay_apart(workspace: &Workspace) -> Outcome {
    let mut places = Vec::new();
    for (package, dependencies) in workspace.dependencies.iter().filter(|(package, _)| *package != "mail-browser") {
        for dependency in dependencies.iter().filter(|name| !may_use(package, name)) {
            places.push(format!("{package} depends on {dependency}"));
        }
    }
    broken_if_any("a crate of the browser outside mail-browser", places)
}

fn may_use(package: &str, dependency: &str) -> bool {
    let of_browser = dependency.starts_with("gloo") || ["web-sys", "js-sys", "rexie", "idb"].contains(&dependency);
    let of_program = dependency.starts_with("wasm-bindgen") || dependency.starts_with("leptos");
    let program = package == "petrel" || package == "engine";
    !of_browser && (program || !of_program)
}

/// Files longer than a person can hold in mind are split by idea; tests may be as long as they need.
///
/// # Errors
/// [`Failure::Broken`] with the files and their lengths.
pub fn files_stay_short(workspace: &Workspace) -> Outcome {
    let mut places = Vec::new();
    for path in sources(workspace, &SOURCES, &["rs", "js", "mjs", "css"])? {
        let lines = product_lines(&files::read_text(&path)?);
        if lines > LONGEST && !is_test(workspace, &path) {
            places.push(format!("{}: {lines} lines", workspace.relative(&path)));
        }
    }
    broken_if_any("source files of more than 400 lines", places)
}

/// Lines before the tests at a file's end.
fn product_lines(text: &str) -> usize {
    text.lines().take_while(|line| line.trim() != "#[cfg(test)]").count()
}

fn is_test(workspace: &Workspace, path: &Path) -> bool {
    let name = workspace.relative(path);
    name.contains("tests/") || name.ends_with("tests.rs")
}

fn sources(workspace: &Workspace, places: &[&str], kinds: &[&str]) -> Outcome<Vec<PathBuf>> {
    let mut all = Vec::new();
    for place in places {
        all.extend(files::below(&workspace.root.join(place))?);
    }
    all.retain(|path| path.extension().is_some_and(|kind| kinds.iter().any(|known| kind == *known)));
    Ok(all)
}

fn broken_if_any(rule: &str, places: Vec<String>) -> Outcome {
    if places.is_empty() { Ok(()) } else { Err(Failure::Broken { rule: rule.to_owned(), places }) }
}

#[cfg(test)]
mod tests {
    use super::{may_use, product_lines, script_permissions};

    #[test]
    fn a_permission_is_found_in_code_and_not_in_a_comment() {
        let text = "// without allow-scripts\nlet sandbox = \"allow-same-origin allow-scripts\";\n";
        assert_eq!(script_permissions(text).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn browser_crates_belong_to_mail_browser() {
        assert!(!may_use("petrel", "web-sys"));
        assert!(!may_use("mail-core", "wasm-bindgen"));
        assert!(!may_use("engine", "gloo-net"));
        assert!(may_use("petrel", "leptos"));
        assert!(may_use("engine", "wasm-bindgen"));
        assert!(may_use("sandbox", "axum"));
    }

    #[test]
    fn tests_at_the_end_do_not_count() {
        assert_eq!(product_lines("a\nb\n#[cfg(test)]\nmod tests {}\n"), 2);
    }
}

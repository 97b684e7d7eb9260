//! Whether the site must be built again: a fingerprint of everything that goes into it.
//! Trunk runs wasm-bindgen and wasm-opt on every call; when nothing changed, a demo or a test should start at once.

use std::path::PathBuf;

use crate::failure::Outcome;
use crate::files;
use crate::workspace::Workspace;

const INPUTS: [&str; 14] = [
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    "rust-toolchain.toml",
    "Trunk.toml",
    "index.html",
    "src",
    "crates/mail-core",
    "crates/mail-browser",
    "service-worker",
    "public",
    "tests/package-lock.json",
    "xtask/src",
    "xtask/scripts",
];

/// The fingerprint of the site's inputs as they are now.
///
/// # Errors
/// When a file cannot be read.
pub fn fingerprint(workspace: &Workspace) -> Outcome<String> {
    let mut lines = String::new();
    for input in INPUTS {
        for path in files::below(&workspace.root.join(input))? {
            let hash = files::sha256_hex(&files::read(&path)?);
            lines.push_str(&format!("{} {hash}\n", workspace.relative(&path)));
        }
    }
    let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    Ok(files::sha256_hex(format!("{lines}{flags}").as_bytes()))
}

/// Whether `dist/` was built from exactly these inputs and not touched since.
///
/// # Errors
/// When `dist/` cannot be read.
pub fn is_built(workspace: &Workspace, fingerprint: &str) -> Outcome<bool> {
    let Ok(mark) = files::read_text(&mark(workspace)) else {
        return Ok(false);
    };
    Ok(mark == format!("{fingerprint} {}", state_of_dist(workspace)?))
}

/// Remembers that `dist/` is what these inputs make.
///
/// # Errors
/// When the mark cannot be written.
pub fn remember(workspace: &Workspace, fingerprint: &str) -> Outcome {
    files::write(&mark(workspace), format!("{fingerprint} {}", state_of_dist(workspace)?))
}

fn mark(workspace: &Workspace) -> PathBuf {
    workspace.target.join("petrel-dist.mark")
}

fn state_of_dist(workspace: &Workspace) -> Outcome<String> {
    let dist = workspace.dist();
    let mut lines = format!("{}\n", dist.display());
    for path in files::below(&dist)? {
        lines.push_str(&format!("{} {}\n", workspace.relative(&path), files::sha256_hex(&files::read(&path)?)));
    }
    Ok(files::sha256_hex(lines.as_bytes()))
}

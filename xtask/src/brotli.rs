//! Brotli copies at the highest level beside the built files.
//! Compressed by node's own library in parallel and kept by content, so that a warm build compresses nothing twice.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::files;
use crate::process;
use crate::workspace::Workspace;

const KINDS: [&str; 7] = ["html", "js", "css", "wasm", "json", "svg", "webmanifest"];

/// Whether files of this name get a compressed copy.
pub fn is_compressed(path: &Path) -> bool {
    // Whoever installs Petrel edits the settings: a compressed copy beside them would go on serving the old ones.
    path.file_name().is_none_or(|name| name != "config.json")
        && path.extension().is_some_and(|kind| KINDS.iter().any(|known| kind == *known))
}

/// The name of the compressed copy of a file.
pub fn copy_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".br");
    PathBuf::from(name)
}

/// Puts a compressed copy beside every file that gains from it.
///
/// # Errors
/// When node fails or a file cannot be written.
pub fn compress(workspace: &Workspace, all: &[PathBuf]) -> Outcome {
    let kept = workspace.target.join("petrel-brotli");
    fs::create_dir_all(&kept).map_err(Failure::file(&kept))?;
    let mut wanted = Vec::new();
    let mut missing = Vec::new();
    for path in all.iter().filter(|path| is_compressed(path)) {
        let packed = kept.join(files::sha256_hex(&files::read(path)?));
        if !packed.is_file() {
            missing.push((path.clone(), packed.clone()));
        }
        wanted.push((path, packed));
    }
    if !missing.is_empty() {
        let mut node = Command::new("node");
        node.arg(workspace.root.join("xtask/scripts/brotli.mjs"));
        for (from, to) in &missing {
            node.arg(from).arg(to);
        }
        process::run(&mut node)?;
    }
    wanted.iter().try_for_each(|(path, packed)| files::copy(packed, &copy_of(path)))
}

//! What happens to Trunk's output before it is a site: the start script becomes a file, the service worker learns
//! the real list of files, and compressed copies appear. All of it is derived from the bytes that will be served.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::brotli;
use crate::failure::{Failure, Outcome};
use crate::files;
use crate::start;
use crate::workspace::Workspace;

/// Never part of the app's shell: the worker itself, the settings each site makes its own, compressed copies.
fn is_shell(name: &str) -> bool {
    name != "sw.js" && name != "config.json" && !name.ends_with(".br")
}

/// Finishes Trunk's output in `dist/`.
///
/// # Errors
/// When the output is not what this version of Trunk makes, or files cannot be read or written.
pub fn finish(workspace: &Workspace) -> Outcome {
    let dist = workspace.dist();
    let page = dist.join("index.html");
    let started = start::move_out(&files::read_text(&page)?)?;
    files::write(&dist.join(&started.name), &started.script)?;
    files::write(&page, &started.html)?;
    name_the_wasm(&dist)?;
    stamp(&dist)?;
    brotli::compress(workspace, &files::below(&dist)?)
}

/// Has the engine's script say which wasm it was made with: the service worker imports the one and keeps the other.
fn name_the_wasm(dist: &Path) -> Outcome {
    let script = dist.join("engine.js");
    let hash = files::sha256_base64(&files::read(&dist.join("engine_bg.wasm"))?);
    let text = files::read_text(&script)?;
    files::write(&script, format!("{text}\nself.petrelEngine = {};\n", json!(hash)))
}

/// Writes the build's name and its exact list of files into the service worker.
fn stamp(dist: &Path) -> Outcome {
    let mut listed = Vec::new();
    for path in files::below(dist)? {
        let name = path.strip_prefix(dist).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        if !is_shell(&name) {
            continue;
        }
        let bytes = files::read(&path)?;
        // Hosts answer "/index.html" with a redirect, which a service worker may not hand to a navigation.
        let url = if name == "index.html" { "/".to_owned() } else { format!("/{name}") };
        listed.push((url, bytes.len(), files::sha256_base64(&bytes)));
    }
    let path = dist.join("sw.js");
    let worker = files::read_text(&path)?;
    // The worker's own text counts too: a changed worker must not share a cache with the one before.
    let build: String = files::sha256_hex(format!("{worker}{listed:?}").as_bytes()).chars().take(16).collect();
    let stamped = fill(&worker, "const BUILD = ", &json!(build).to_string())
        .and_then(|text| fill(&text, "const FILES = ", &json!(listed).to_string()))
        .ok_or_else(|| Failure::Unknown("service-worker/sw.js lacks its BUILD or FILES line".to_owned()))?;
    files::write(&path, stamped)
}

/// Replaces what stands between `head` and the end of its statement.
fn fill(text: &str, head: &str, value: &str) -> Option<String> {
    let (before, rest) = text.split_once(head)?;
    let (_, after) = rest.split_once(";\n")?;
    Some(format!("{before}{head}{value};\n{after}"))
}

/// Removes what an earlier build left in `dist/`.
///
/// # Errors
/// When the folder cannot be removed.
pub fn clear(dist: &PathBuf) -> Outcome {
    if dist.exists() { fs::remove_dir_all(dist).map_err(Failure::file(dist)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn a_stamp_replaces_the_value_and_nothing_else() {
        let text = "// x\nconst BUILD = 'development';\nrest();\n";
        assert_eq!(fill(text, "const BUILD = ", "\"ab\"").unwrap(), "// x\nconst BUILD = \"ab\";\nrest();\n");
        assert!(fill("nothing", "const BUILD = ", "1").is_none());
    }
}

//! Walking folders and hashing contents.
//! Shared by the build's fingerprints, the service worker's file list and the lints.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::failure::{Failure, Outcome};

/// All files below `folder`, sorted; none when it does not exist. Hidden, built and installed folders are left out.
///
/// # Errors
/// When a folder cannot be read.
pub fn below(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    if folder.is_file() {
        found.push(folder.to_owned());
    } else if folder.is_dir() {
        collect(folder, &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Outcome {
    for entry in fs::read_dir(folder).map_err(Failure::file(folder))? {
        let path = entry.map_err(Failure::file(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && name != "node_modules" && name != "target" {
                collect(&path, found)?;
            }
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// The bytes of a file.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(Failure::file(path))
}

/// The text of a file.
///
/// # Errors
/// When it cannot be read or is no text.
pub fn read_text(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(Failure::file(path))
}

/// Writes a file, and the folders it stands in.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, contents: impl AsRef<[u8]>) -> Outcome {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Failure::file(folder))?;
    }
    fs::write(path, contents).map_err(Failure::file(path))
}

/// Copies a file.
///
/// # Errors
/// When either side fails.
pub fn copy(from: &Path, to: &Path) -> Outcome {
    fs::copy(from, to).map(drop).map_err(Failure::file(to))
}

/// SHA-256 in base 64, as the browser's `integrity` and our service worker write it.
pub fn sha256_base64(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

/// SHA-256 in hexadecimal, for names of files.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

//! `--import`: mail files, folders of them, and mbox files into ada's inbox.
//! Every mail is either there afterwards or named with the reason why not.

use std::fs;
use std::path::{Path, PathBuf};

use crate::server::journal::Journaled;
use crate::server::shared::now_ms;

/// Whose inbox imported mail goes to.
const OWNER: &str = "ada@petrel.test";

/// Imports everything under the paths and prints how it went.
pub(crate) fn run(sandbox: &mut Journaled, paths: &[PathBuf]) {
    let mut files = Vec::new();
    let mut skipped = 0;
    for path in paths {
        skipped += collect(path, &mut files);
    }
    let mut imported = 0;
    for file in &files {
        let (good, bad) = import_file(sandbox, file);
        imported += good;
        skipped += bad;
    }
    println!("sandbox: imported {imported} of {}", imported + skipped);
}

fn skip(path: &Path, reason: &str) -> usize {
    eprintln!("sandbox: skipped {}: {reason}", path.display());
    1
}

/// Adds the files under a path, sorted; answers with how many things could not be read.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> usize {
    if !path.is_dir() {
        files.push(path.to_owned());
        return 0;
    }
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return skip(path, &error.to_string()),
    };
    let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    inside.sort();
    let mut skipped = 0;
    for path in inside {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        // In a folder only mail is taken; a file named by itself is tried whatever it is called.
        if path.is_dir() || (!hidden && is_mail_name(&path)) {
            skipped += collect(&path, files);
        }
    }
    skipped
}

fn is_mail_name(path: &Path) -> bool {
    path.extension()
        .map(|ending| ending.to_ascii_lowercase())
        .is_some_and(|ending| ending == "eml" || ending == "mbox" || ending == "mbx")
}

/// Imports one file; answers with how many of its mails went in and how many did not.
fn import_file(sandbox: &mut Journaled, path: &Path) -> (usize, usize) {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return (0, skip(path, &error.to_string())),
    };
    // An .eml may begin with the envelope line of the program that saved it, and is one mail still.
    let is_eml = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("eml"));
    let mails = if sandbox::is_mbox(&bytes) && !is_eml { sandbox::split_mbox(&bytes) } else { vec![bytes] };
    let (mut good, mut bad) = (0, 0);
    for mail in mails {
        match sandbox.import(OWNER, &mail, now_ms()) {
            Ok(_) => good += 1,
            Err(error) => bad += skip(path, &error.to_string()),
        }
    }
    (good, bad)
}

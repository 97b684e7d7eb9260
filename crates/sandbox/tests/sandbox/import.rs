//! Importing real mail, some of it broken on purpose.

use std::fs;
use std::path::{Path, PathBuf};

use crate::client::{ADA, Client, message};

fn files(under: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(under).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "eml") {
            found.push(path);
        }
    }
}

#[test]
fn every_real_mail_is_imported_or_refused_and_what_is_imported_can_be_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/mail");
    if !root.is_dir() {
        eprintln!("skipped: there is no folder of real mail beside the project");
        return;
    }
    let mut found = Vec::new();
    files(&root, &mut found);
    found.sort();
    let mut client = Client::new();
    let mut imported = 0;
    for file in &found {
        let bytes = fs::read(file).unwrap();
        match client.sandbox.import(ADA, &bytes, client.now_ms) {
            Ok(id) => {
                imported += 1;
                let shown = client.get(&format!("{}?$expand=attachments", message(&id)));
                assert!(shown["receivedDateTime"].as_str().unwrap() <= "2026-11-23T09:12:00Z", "{}", file.display());
                assert!(shown["body"]["content"].is_string());
                let raw = client.call("GET", &format!("{}/$value", message(&id)), None, &[]);
                assert_eq!(raw.bytes, bytes, "{}", file.display());
            }
            Err(error) => eprintln!("refused {}: {error}", file.display()),
        }
    }
    eprintln!("imported {imported} of {}", found.len());
    assert!(imported * 100 >= found.len() * 95, "only {imported} of {}", found.len());
}

#[test]
fn a_broken_mail_with_anything_in_it_is_kept_and_nothing_is_refused() {
    let mut client = Client::new();
    let now_ms = client.now_ms;
    for good in [
        &b"Subject: only a header"[..],
        b"\r\njust text without headers",
        b"From: \xff\xfe\r\n\r\n\xff",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhalf",
    ] {
        assert!(client.sandbox.import(ADA, good, now_ms).is_ok(), "{}", String::from_utf8_lossy(good));
    }
    for bad in [&b""[..], b" \r\n\r\n"] {
        assert!(client.sandbox.import(ADA, bad, now_ms).is_err());
    }
    assert!(client.sandbox.import("nobody@else.example", b"Subject: x\r\n\r\ny", now_ms).is_err());
}

#[test]
fn an_old_mail_keeps_its_date_and_a_mad_date_becomes_today() {
    let mut client = Client::new();
    for (date, received) in [
        ("Fri, 14 Mar 2025 10:00:00 +0100", "2025-03-14T09:00:00Z"),
        ("Fri, 14 Mar 2125 10:00:00 +0100", "2026-11-23T09:12:00Z"),
        ("yesterday", "2026-11-23T09:12:00Z"),
    ] {
        let mime = format!("Date: {date}\r\nSubject: x\r\n\r\ny");
        let id = client.sandbox.import(ADA, mime.as_bytes(), client.now_ms).unwrap();
        assert_eq!(client.get(&message(&id))["receivedDateTime"], received, "{date}");
    }
}

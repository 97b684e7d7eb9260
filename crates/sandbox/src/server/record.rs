//! The record of a run: one JSON line for every exchange of the four service origins.
//! Written before an answer leaves, so that a program killed at once still left everything its clients saw.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method, Response, Uri};
use sandbox::{Faulted, Host};
use serde_json::{Map, Value, json};

use crate::server::shared::now_ms;

/// Request headers that change what the answer should be; tokens and cookies stay out.
const REQUEST_HEADERS: [&str; 10] = [
    "accept",
    "client-request-id",
    "consistencylevel",
    "content-range",
    "content-type",
    "if-match",
    "if-none-match",
    "origin",
    "prefer",
    "user-agent",
];

/// Request bodies beyond this are named by their length only.
const LARGEST_REQUEST: usize = 64 * 1024;

/// What of a request is written down.
pub(crate) struct Asked {
    at_ms: i64,
    host: Host,
    method: Method,
    uri: Uri,
    headers: Map<String, Value>,
    body: Value,
}

/// The file that a run is written to.
pub(crate) struct Recorder {
    file: Mutex<File>,
}

impl Recorder {
    /// Opens the file for appending, so that a sandbox started again continues it.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        let named = |error: std::io::Error| format!("the record {} cannot be written: {error}.", path.display());
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(named)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(named)?;
        Ok(Self { file: Mutex::new(file) })
    }

    /// Notes a request, before the sandbox takes it.
    pub(crate) fn asked(&self, host: Host, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Asked {
        let kept = REQUEST_HEADERS.into_iter().filter_map(|name| {
            let value = headers.get(name)?;
            Some((name.to_owned(), json!(String::from_utf8_lossy(value.as_bytes()))))
        });
        let body = if body.len() > LARGEST_REQUEST { json!({"length": body.len()}) } else { written(body) };
        Asked { at_ms: now_ms(), host, method: method.clone(), uri: uri.clone(), headers: kept.collect(), body }
    }

    /// Writes an exchange down; `cut` says that the client never saw the answer.
    pub(crate) fn answered(&self, asked: Asked, response: &Response<Vec<u8>>, cut: bool) {
        let headers: Map<String, Value> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))))
            .collect();
        let faulted = cut || response.extensions().get::<Faulted>().is_some();
        let line = json!({
            "at": asked.at_ms,
            "host": asked.host.word(),
            "method": asked.method.as_str(),
            "path": without_token(&asked.uri),
            "request_headers": asked.headers,
            "request_body": asked.body,
            "status": if cut { 0 } else { response.status().as_u16() },
            "headers": headers,
            "body": written(response.body()),
            "faulted": faulted,
        });
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = file.write_all(format!("{line}\n").as_bytes()) {
            eprintln!("sandbox: an exchange is missing from the record: {error}");
        }
    }
}

/// Text as it is, anything else as base64, nothing as null.
fn written(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    match std::str::from_utf8(body) {
        Ok(text) => json!(text),
        Err(_) => json!({"base64": STANDARD.encode(body)}),
    }
}

/// The path and query, without a token that a browser's socket had to put there.
fn without_token(uri: &Uri) -> String {
    let Some(query) = uri.query() else { return uri.path().to_owned() };
    let kept: Vec<&str> = query.split('&').filter(|part| !part.starts_with("access_token=")).collect();
    if kept.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), kept.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_is_one_line_without_tokens_and_a_fault_is_marked() {
        let path = std::env::temp_dir().join(format!("petrel-record-{}.ndjson", std::process::id()));
        let recorder = Recorder::open(&path).unwrap();
        let uri: Uri = "/v1.0/me?a=1&access_token=secret".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer secret".parse().unwrap());
        headers.insert("prefer", "x=1".parse().unwrap());
        let asked = || recorder.asked(Host::Graph, &Method::GET, &uri, &headers, b"");
        recorder.answered(asked(), &Response::new(b"{}".to_vec()), false);
        let mut faulted = Response::new(vec![0xff, 0xfe]);
        faulted.extensions_mut().insert(Faulted);
        recorder.answered(asked(), &faulted, false);
        recorder.answered(asked(), &Response::new(Vec::new()), true);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(!text.contains("secret"));
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 3);
        assert_eq!((lines[0]["path"].as_str(), lines[0]["body"].as_str()), (Some("/v1.0/me?a=1"), Some("{}")));
        assert_eq!(lines[0]["request_headers"], json!({"prefer": "x=1"}));
        assert_eq!((&lines[0]["faulted"], &lines[1]["faulted"]), (&json!(false), &json!(true)));
        assert_eq!(lines[1]["body"], json!({"base64": "//4="}));
        assert_eq!((&lines[2]["status"], &lines[2]["faulted"]), (&json!(0), &json!(true)));
    }
}

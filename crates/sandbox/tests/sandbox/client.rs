//! A small client for tests: one person, one token, immutable ids unless asked otherwise.

use http::Request;
use sandbox::{Fate, Host, Reply, Sandbox, Settings};
use serde_json::{Value, json};

/// 23 November 2026, 09:12 UTC.
pub const START_MS: i64 = 1_795_425_120_000;
pub const ADA: &str = "ada@petrel.test";
pub const GRACE: &str = "grace@petrel.test";

/// An answer, taken apart.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub bytes: Vec<u8>,
    pub fate: Fate,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("not JSON: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn error(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl From<Reply> for Got {
    fn from(reply: Reply) -> Self {
        let (parts, bytes) = reply.response.into_parts();
        Self { status: parts.status.as_u16(), headers: parts.headers, bytes, fate: reply.fate }
    }
}

pub struct Client {
    pub sandbox: Sandbox,
    pub now_ms: i64,
    pub token: String,
    pub prefer: String,
}

impl Client {
    pub fn new() -> Self {
        Self::with(Settings::for_tests())
    }

    pub fn with(settings: Settings) -> Self {
        let mut client = Self {
            sandbox: Sandbox::new(settings, START_MS),
            now_ms: START_MS,
            token: String::new(),
            prefer: "IdType=\"ImmutableId\"".to_owned(),
        };
        client.token = client.token_of(ADA);
        client
    }

    pub fn token_of(&mut self, user: &str) -> String {
        let got = self.control("POST", "token", &json!({ "user": user }));
        got["access_token"].as_str().unwrap().to_owned()
    }

    pub fn send(&mut self, host: Host, request: Request<Vec<u8>>) -> Got {
        self.sandbox.handle(host, request, self.now_ms).into()
    }

    pub fn control(&mut self, method: &str, call: &str, body: &Value) -> Value {
        let body = if method == "GET" { Vec::new() } else { body.to_string().into_bytes() };
        let request = Request::builder().method(method).uri(format!("/_sandbox/{call}")).body(body).unwrap();
        let got = self.send(Host::Graph, request);
        assert_eq!(got.status, 200, "{call}: {}", String::from_utf8_lossy(&got.bytes));
        got.json()
    }

    pub fn call(&mut self, method: &str, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Got {
        let path = path.strip_prefix("http://localhost:8082").unwrap_or(path);
        let mut request = Request::builder()
            .method(method)
            .uri(path.replace(' ', "%20"))
            .header("authorization", format!("Bearer {}", self.token));
        if !self.prefer.is_empty() {
            request = request.header("prefer", &self.prefer);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                body.to_string().into_bytes()
            }
            None => Vec::new(),
        };
        self.send(Host::Graph, request.body(body).unwrap())
    }

    pub fn get(&mut self, path: &str) -> Value {
        let got = self.call("GET", path, None, &[]);
        assert_eq!(got.status, 200, "{path}: {}", String::from_utf8_lossy(&got.bytes));
        got.json()
    }

    pub fn post(&mut self, path: &str, body: Value) -> Got {
        self.call("POST", path, Some(body), &[])
    }

    pub fn patch(&mut self, path: &str, body: Value) -> Got {
        self.call("PATCH", path, Some(body), &[])
    }

    /// Delivers a plain mail to ada; the answer is its immutable id.
    pub fn arrive(&mut self, subject: &str) -> String {
        let mime = format!(
            "From: Bob <bob@else.example>\r\nTo: ada@petrel.test\r\nSubject: {subject}\r\nMessage-ID: <{subject}@else.example>\r\n\r\nHello Ada\r\n"
        );
        self.sandbox.deliver(ADA, mime.as_bytes(), self.now_ms).unwrap()
    }

    pub fn wait(&mut self, ms: i64) {
        self.now_ms += ms;
    }

    /// The whole round behind a delta link: all rows and the next delta link.
    pub fn round(&mut self, link: &str) -> (Vec<Value>, String) {
        let mut rows = Vec::new();
        let mut link = link.to_owned();
        loop {
            let page = self.get(&link);
            rows.extend(page["value"].as_array().unwrap().iter().cloned());
            match (page["@odata.nextLink"].as_str(), page["@odata.deltaLink"].as_str()) {
                (Some(next), None) => link = next.to_owned(),
                (None, Some(done)) => return (rows, done.to_owned()),
                other => panic!("a page has one link, not {other:?}"),
            }
        }
    }
}

/// An id as one path segment.
pub fn segment(id: &str) -> String {
    id.replace('%', "%25").replace('/', "%2F").replace('+', "%2B").replace('=', "%3D")
}

pub fn message(id: &str) -> String {
    format!("/v1.0/me/messages/{}", segment(id))
}

//! The log of requests: what came, what it got, and how many were under way with it.
//! Tokens in queries are left out, so that a log can be kept with a test's results.

use std::collections::VecDeque;

use http::Request;
use serde_json::{Value, json};

use crate::entra::Entra;
use crate::sandbox::Sandbox;
use crate::settings::Host;
use crate::time::iso_millis;
use crate::web::header;

/// The log holds this many requests; older ones are forgotten.
const MOST: usize = 100_000;

struct Entry {
    number: u64,
    at_ms: i64,
    host: Host,
    method: String,
    path: String,
    query: String,
    status: u16,
    user: Option<&'static str>,
    client_request_id: Option<String>,
    in_flight: usize,
}

/// All requests seen, oldest first.
#[derive(Default)]
pub(crate) struct Log {
    next: u64,
    entries: VecDeque<Entry>,
}

impl Log {
    /// Notes a request; its status follows by `end`.
    pub(crate) fn begin(
        &mut self,
        host: Host,
        request: &Request<Vec<u8>>,
        entra: &Entra,
        in_flight: usize,
        now_ms: i64,
    ) -> u64 {
        let user = Sandbox::bearer_of(request).and_then(|token| entra.person_of(token)).map(|person| person.address);
        let number = self.next;
        self.next += 1;
        self.entries.push_back(Entry {
            number,
            at_ms: now_ms,
            host,
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            query: without_token(request.uri().query().unwrap_or_default()),
            status: 0,
            user,
            client_request_id: header(request.headers(), "client-request-id").map(str::to_owned),
            in_flight,
        });
        if self.entries.len() > MOST {
            self.entries.pop_front();
        }
        number
    }

    fn entry(&mut self, number: u64) -> Option<&mut Entry> {
        self.entries.iter_mut().rev().find(|entry| entry.number == number)
    }

    /// Notes how a request was answered; 0 means that the connection was cut.
    pub(crate) fn end(&mut self, number: u64, status: u16) {
        if let Some(entry) = self.entry(number) {
            entry.status = status;
        }
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(crate) fn to_json(&self) -> Value {
        self.entries
            .iter()
            .map(|entry| {
                json!({
                    "at": iso_millis(entry.at_ms),
                    "host": entry.host.word(),
                    "method": entry.method,
                    "path": entry.path,
                    "query": entry.query,
                    "status": entry.status,
                    "user": entry.user,
                    "client_request_id": entry.client_request_id,
                    "in_flight": entry.in_flight,
                })
            })
            .collect()
    }
}

fn without_token(query: &str) -> String {
    query.split('&').filter(|part| !part.starts_with("access_token=")).collect::<Vec<_>>().join("&")
}

//! The sandbox and, where it is asked for, a journal of everything that came to it from outside. The same inputs at the same times
//! make the same state, so a program that was killed at once is where it ended when it is started again with its journal.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Request, Response};
use sandbox::{DeliverError, Flight, Host, Outgoing, OutgoingId, Push, Reply, Sandbox, Settings, SocketId};
use serde_json::{Value, json};

use crate::server::replay::Replay;

/// A request extension: the number of the input that handed the request in for the first time.
#[derive(Clone, Copy)]
struct HeldAs(usize);

/// The sandbox behind its journal. Whatever changes its state goes through here.
pub(crate) struct Journaled {
    sandbox: Sandbox,
    journal: Option<Journal>,
}

/// The file, and the numbers under which it names what is under way.
struct Journal {
    file: File,
    inputs: usize,
    flights: Numbers<Flight>,
    sockets: Numbers<SocketId>,
}

/// Things by the order in which they began: their own names differ from start to start.
pub(super) struct Numbers<T> {
    begun: usize,
    open: BTreeMap<T, usize>,
}

impl<T: Copy + Ord> Numbers<T> {
    pub(super) fn new() -> Self {
        Self { begun: 0, open: BTreeMap::new() }
    }

    pub(super) fn begin(&mut self, thing: T) {
        self.open.insert(thing, self.begun);
        self.begun += 1;
    }

    /// The thing that began as this number, if it has not ended.
    pub(super) fn find(&self, number: usize) -> Option<T> {
        self.open.iter().find(|open| *open.1 == number).map(|open| *open.0)
    }

    pub(super) fn end(&mut self, thing: T) -> Option<usize> {
        self.open.remove(&thing)
    }
}

impl Journaled {
    /// A sandbox that began now, or the one whose journal is at `path`; says whether it is a fresh one.
    ///
    /// # Errors
    /// A sentence, when the journal cannot be read, written or is no journal.
    pub(crate) fn open(settings: Settings, path: Option<&Path>, now_ms: i64) -> Result<(Self, bool), String> {
        let Some(path) = path else {
            return Ok((Self { sandbox: Sandbox::new(settings, now_ms), journal: None }, true));
        };
        let named = |error: std::io::Error| format!("the journal {} cannot be used: {error}.", path.display());
        let text = if path.exists() { fs::read(path).map_err(named)? } else { Vec::new() };
        // A line without an end was being written when the program was killed: nothing of it has happened.
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(named)?;
        file.set_len(whole as u64).map_err(named)?;
        let mut lines = text.get(..whole).unwrap_or_default().split_inclusive(|byte| *byte == b'\n').map(|line| {
            serde_json::from_slice(line).map_err(|error| format!("{} is no journal: {error}.", path.display()))
        });
        let Some(first) = lines.next() else {
            let mut journal = Journal { file, inputs: 0, flights: Numbers::new(), sockets: Numbers::new() };
            journal.write(&json!({"do": "begin", "at": now_ms, "seed": settings.seed, "messages": settings.messages}));
            return Ok((Self { sandbox: Sandbox::new(settings, now_ms), journal: Some(journal) }, true));
        };
        let mut replay = Replay::begin(settings, &first?);
        for line in lines {
            replay.step(&line?);
        }
        let Replay { sandbox, inputs, flights, sockets, .. } = replay;
        let mut opened = Self { sandbox, journal: Some(Journal { file, inputs, flights, sockets }) };
        opened.cut(now_ms);
        Ok((opened, false))
    }

    /// What was under way when the program ended is over.
    fn cut(&mut self, now_ms: i64) {
        let Some(journal) = &self.journal else { return };
        let flights: Vec<Flight> = journal.flights.open.keys().copied().collect();
        let sockets: Vec<SocketId> = journal.sockets.open.keys().copied().collect();
        flights.into_iter().for_each(|flight| self.land(flight));
        sockets.into_iter().for_each(|socket| self.hub_closed(socket));
        // Its own requests are not sent again: whoever waits for their answers hears none.
        for Outgoing { id, .. } in self.sandbox.take_outgoing() {
            self.sandbox.outgoing_answered(id, None, now_ms);
        }
        drop(self.sandbox.take_settled());
    }

    fn note(&mut self, input: impl FnOnce(&Journal) -> Value) {
        if let Some(journal) = &mut self.journal {
            let input = input(journal);
            journal.write(&input);
        }
    }

    pub(crate) fn handle(&mut self, host: Host, request: Request<Vec<u8>>, now_ms: i64) -> Reply {
        let held = request.extensions().get::<HeldAs>().copied();
        let number = self.journal.as_ref().map_or(0, |journal| journal.inputs);
        self.note(|journal| match held {
            Some(HeldAs(of)) => json!({"do": "again", "at": now_ms, "of": of}),
            None => {
                let flight = request.extensions().get::<Flight>();
                let headers: Vec<_> = request
                    .headers()
                    .iter()
                    .map(|(name, value)| json!([name.as_str(), STANDARD.encode(value.as_bytes())]))
                    .collect();
                json!({
                    "do": "handle", "at": now_ms, "host": host.word(), "method": request.method().as_str(),
                    "uri": request.uri().to_string(), "headers": headers, "body": STANDARD.encode(request.body()),
                    "flight": flight.and_then(|flight| journal.flights.open.get(flight)),
                })
            }
        });
        let mut reply = self.sandbox.handle(host, request, now_ms);
        if let (Some(held), true) = (&mut reply.held, self.journal.is_some()) {
            held.extensions_mut().insert(HeldAs(number));
        }
        reply
    }

    pub(crate) fn take_off(&mut self, host: Host, path: &str, headers: &HeaderMap) -> Flight {
        let authorization = headers.get("authorization").map(|value| STANDARD.encode(value.as_bytes()));
        self.note(|_| json!({"do": "off", "host": host.word(), "path": path, "authorization": authorization}));
        let flight = self.sandbox.take_off(host, path, headers);
        if let Some(journal) = &mut self.journal {
            journal.flights.begin(flight);
        }
        flight
    }

    pub(crate) fn land(&mut self, flight: Flight) {
        if let Some(number) = self.journal.as_mut().and_then(|journal| journal.flights.end(flight)) {
            self.note(|_| json!({"do": "land", "flight": number}));
        }
        self.sandbox.land(flight);
    }

    #[expect(clippy::result_large_err, reason = "the refusal is the HTTP answer itself, once a connection")]
    pub(crate) fn hub_open(&mut self, target: &str, now_ms: i64) -> Result<SocketId, Response<Vec<u8>>> {
        self.note(|_| json!({"do": "open", "at": now_ms, "target": target}));
        let opened = self.sandbox.hub_open(target, now_ms);
        if let (Some(journal), Ok(socket)) = (&mut self.journal, &opened) {
            journal.sockets.begin(*socket);
        }
        opened
    }

    pub(crate) fn hub_receive(&mut self, socket: SocketId, text: &str, now_ms: i64) -> Vec<Push> {
        self.note(
            |journal| json!({"do": "hear", "at": now_ms, "socket": journal.sockets.open.get(&socket), "text": text}),
        );
        self.sandbox.hub_receive(socket, text, now_ms)
    }

    pub(crate) fn hub_closed(&mut self, socket: SocketId) {
        if let Some(number) = self.journal.as_mut().and_then(|journal| journal.sockets.end(socket)) {
            self.note(|_| json!({"do": "closed", "socket": number}));
        }
        self.sandbox.hub_closed(socket);
    }

    pub(crate) fn poll(&mut self, now_ms: i64) -> Vec<Push> {
        if self.sandbox.next_due().is_some_and(|due| due <= now_ms) {
            self.note(|_| json!({"do": "tick", "at": now_ms}));
        }
        self.sandbox.poll(now_ms)
    }

    pub(crate) fn served(&mut self, entry: &str, status: u16) {
        self.note(|_| json!({"do": "served", "entry": entry, "status": status}));
        self.sandbox.served(entry, status);
    }

    pub(crate) fn deliver(&mut self, to: &str, mime: &[u8], now_ms: i64) -> Result<String, DeliverError> {
        self.note(|_| json!({"do": "deliver", "at": now_ms, "to": to, "mime": STANDARD.encode(mime)}));
        self.sandbox.deliver(to, mime, now_ms)
    }

    pub(crate) fn import(&mut self, to: &str, mime: &[u8], now_ms: i64) -> Result<String, DeliverError> {
        self.note(|_| json!({"do": "import", "at": now_ms, "to": to, "mime": STANDARD.encode(mime)}));
        self.sandbox.import(to, mime, now_ms)
    }

    pub(crate) fn deliver_demo(&mut self, turn: u64, now_ms: i64) {
        self.note(|_| json!({"do": "demo", "at": now_ms, "turn": turn}));
        self.sandbox.deliver_demo(turn, now_ms);
    }

    /// What an endpoint on this machine answered is not kept: it is asked anew by nobody.
    pub(crate) fn outgoing_answered(&mut self, id: OutgoingId, answer: Option<&Response<Vec<u8>>>, now_ms: i64) {
        self.sandbox.outgoing_answered(id, answer, now_ms);
    }

    pub(crate) fn take_outgoing(&mut self) -> Vec<Outgoing> {
        self.sandbox.take_outgoing()
    }

    pub(crate) fn take_settled(&mut self) -> Vec<(String, Response<Vec<u8>>)> {
        self.sandbox.take_settled()
    }

    pub(crate) fn has_recipient(&self, address: &str) -> bool {
        self.sandbox.has_recipient(address)
    }

    pub(crate) fn next_due(&self) -> Option<i64> {
        self.sandbox.next_due()
    }

    pub(crate) fn may_drop(&self) -> bool {
        self.sandbox.may_drop()
    }
}

impl Journal {
    /// Written before it happens, and in one piece.
    fn write(&mut self, input: &Value) {
        self.inputs += 1;
        if let Err(error) = self.file.write_all(format!("{input}\n").as_bytes()) {
            eprintln!("sandbox: an input is missing from the journal: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sandbox::Origins;

    fn settings(messages: usize) -> Settings {
        Settings { origins: Origins::local(9000), seed: 7, messages, quiet: true, signs_tokens: false }
    }

    fn ask(sandbox: &mut Journaled, method: &str, uri: &str, token: &str, body: &str, at: i64) -> (u16, String) {
        let mut request = Request::builder().method(method).uri(uri).header("authorization", format!("Bearer {token}"));
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        let flight = sandbox.take_off(Host::Graph, uri, request.headers_ref().unwrap());
        let mut request = request.body(body.as_bytes().to_vec()).unwrap();
        request.extensions_mut().insert(flight);
        let mut reply = sandbox.handle(Host::Graph, request, at);
        if let Some(held) = reply.held {
            reply = sandbox.handle(Host::Graph, held, at + 20);
        }
        sandbox.land(flight);
        drop(sandbox.poll(at + 30));
        (reply.response.status().as_u16(), String::from_utf8(reply.response.into_body()).unwrap())
    }

    /// What the next start finds at `path`.
    fn again(path: &Path) -> Journaled {
        let (sandbox, fresh) = Journaled::open(settings(3), Some(path), 99_000).unwrap();
        assert!(!fresh);
        sandbox
    }

    #[test]
    fn a_sandbox_that_was_killed_goes_on_where_it_ended() {
        const WATCHED: [&str; 3] =
            ["/_sandbox/mailbox?user=ada@petrel.test", "/_sandbox/log", "/_sandbox/mailbox?user=grace@petrel.test"];
        let path = std::env::temp_dir().join(format!("petrel-journal-{}.ndjson", std::process::id()));
        drop(fs::remove_file(&path));
        let (mut first, fresh) = Journaled::open(settings(40), Some(&path), 1_000_000_000_000).unwrap();
        assert!(fresh);
        let at = |step: i64| 1_000_000_000_000 + step * 1_000;
        let body = ask(&mut first, "POST", "/_sandbox/token", "", r#"{"user": "ada@petrel.test"}"#, at(1)).1;
        let token = serde_json::from_str::<Value>(&body).unwrap()["access_token"].as_str().unwrap().to_owned();
        first.deliver("ada@petrel.test", b"Subject: by mail\r\n\r\nHello", at(2)).unwrap();
        let held = r#"[{"method": "GET", "path": "/me", "times": 1, "then": {"delay_ms": 20}}]"#;
        ask(&mut first, "POST", "/_sandbox/faults", "", held, at(3));
        assert_eq!(ask(&mut first, "GET", "/v1.0/me", &token, "", at(4)).0, 200);
        let mail =
            r#"{"message": {"subject": "sent", "toRecipients": [{"emailAddress": {"address": "grace@petrel.test"}}]}}"#;
        assert_eq!(ask(&mut first, "POST", "/v1.0/me/sendMail", &token, mail, at(5)).0, 202);
        drop(first.poll(at(8)));
        let page =
            ask(&mut first, "GET", "/v1.0/me/mailFolders/inbox/messages/delta?$select=subject", &token, "", at(9)).1;
        let page: Value = serde_json::from_str(&page).unwrap();
        let link = page["@odata.nextLink"].as_str().unwrap().split_once("9002").unwrap().1.to_owned();
        let seen = WATCHED.map(|uri| ask(&mut first, "GET", uri, "", "", at(10)));
        let next = ask(&mut first, "GET", &link, &token, "", at(11));
        assert!(seen[2].1.contains("\"sent\""), "it left by itself while time passed");
        assert_eq!(next.0, 200);
        drop(first);

        // Killed while it wrote a line.
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(br#"{"do": "handle", "at": 5"#).unwrap();
        let mut second = again(&path);
        let answer = ask(&mut second, "GET", &link, &token, "", at(11));
        assert_eq!(answer, next, "the same token and the same link, and the same page behind it");
        assert_eq!(WATCHED.map(|uri| ask(&mut second, "GET", uri, "", "", at(10)))[0], seen[0]);
        let log = ask(&mut second, "GET", WATCHED[1], "", "", at(12)).1;
        drop(second);
        assert_eq!(ask(&mut again(&path), "GET", WATCHED[1], "", "", at(13)).1, log, "a second time too");
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn what_was_under_way_when_it_was_killed_is_over() {
        let path = std::env::temp_dir().join(format!("petrel-journal-open-{}.ndjson", std::process::id()));
        drop(fs::remove_file(&path));
        let (mut first, _) = Journaled::open(settings(3), Some(&path), 1_000_000_000_000).unwrap();
        let headers = HeaderMap::new();
        first.take_off(Host::Graph, "/v1.0/me/messages", &headers);
        drop(first);
        let second = again(&path);
        assert!(second.journal.unwrap().flights.open.is_empty());
        let kept = fs::read_to_string(&path).unwrap();
        assert!(kept.lines().last().unwrap().contains("land"), "{kept}");
        fs::write(&path, "no journal\n").unwrap();
        assert!(Journaled::open(settings(3), Some(&path), 0).is_err_and(|why| why.contains("no journal")));
        fs::remove_file(&path).unwrap();
    }
}

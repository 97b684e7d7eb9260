//! Lives a journal again: every input in its order and at its time. The answers were given long ago and go nowhere.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use sandbox::{Flight, Host, Sandbox, Settings, SocketId};
use serde_json::Value;

use crate::server::journal::Numbers;

/// A journal as far as it was lived.
pub(super) struct Replay {
    pub(super) sandbox: Sandbox,
    pub(super) inputs: usize,
    pub(super) flights: Numbers<Flight>,
    pub(super) sockets: Numbers<SocketId>,
    /// Requests that wait to be handed in again, by the number of the input that brought them.
    held: BTreeMap<usize, (Host, Request<Vec<u8>>)>,
}

impl Replay {
    /// The sandbox as it was in the beginning; seed and size are those of the journal.
    pub(super) fn begin(settings: Settings, first: &Value) -> Self {
        let seed = first.get("seed").and_then(Value::as_u64).unwrap_or(settings.seed);
        let messages = number(first, "messages").unwrap_or(settings.messages);
        let sandbox = Sandbox::new(Settings { seed, messages, ..settings }, time(first));
        Self { sandbox, inputs: 1, flights: Numbers::new(), sockets: Numbers::new(), held: BTreeMap::new() }
    }

    /// Lets the next input happen. What makes no sense is of no effect, as it was then.
    pub(super) fn step(&mut self, input: &Value) {
        let at = time(input);
        let flight = number(input, "flight").and_then(|number| self.flights.find(number));
        let socket = number(input, "socket").and_then(|number| self.sockets.find(number));
        match word(input, "do") {
            "handle" => {
                if let Some((host, mut request)) = host(input).zip(request(input)) {
                    if let Some(flight) = flight {
                        request.extensions_mut().insert(flight);
                    }
                    self.handle(host, request, at);
                }
            }
            "again" => {
                if let Some((host, request)) = number(input, "of").and_then(|of| self.held.remove(&of)) {
                    self.handle(host, request, at);
                }
            }
            "off" => {
                if let Some(host) = host(input) {
                    let mut headers = HeaderMap::new();
                    if let Some(value) = input.get("authorization").and_then(header) {
                        headers.insert("authorization", value);
                    }
                    self.flights.begin(self.sandbox.take_off(host, word(input, "path"), &headers));
                }
            }
            "land" => {
                if let Some(flight) = flight {
                    self.flights.end(flight);
                    self.sandbox.land(flight);
                }
            }
            "open" => {
                if let Ok(socket) = self.sandbox.hub_open(word(input, "target"), at) {
                    self.sockets.begin(socket);
                }
            }
            "hear" => {
                if let Some(socket) = socket {
                    drop(self.sandbox.hub_receive(socket, word(input, "text"), at));
                }
            }
            "closed" => {
                if let Some(socket) = socket {
                    self.sockets.end(socket);
                    self.sandbox.hub_closed(socket);
                }
            }
            "tick" => drop(self.sandbox.poll(at)),
            "served" => {
                let status = number(input, "status").and_then(|status| u16::try_from(status).ok());
                self.sandbox.served(word(input, "entry"), status.unwrap_or_default());
            }
            "deliver" => drop(self.sandbox.deliver(word(input, "to"), &bytes(input, "mime"), at)),
            "import" => drop(self.sandbox.import(word(input, "to"), &bytes(input, "mime"), at)),
            "demo" => self.sandbox.deliver_demo(input.get("turn").and_then(Value::as_u64).unwrap_or_default(), at),
            _ => {}
        }
        self.inputs += 1;
    }

    fn handle(&mut self, host: Host, request: Request<Vec<u8>>, at: i64) {
        if let Some(held) = self.sandbox.handle(host, request, at).held {
            self.held.insert(self.inputs, (host, held));
        }
    }
}

fn word<'a>(input: &'a Value, name: &str) -> &'a str {
    input.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn number(input: &Value, name: &str) -> Option<usize> {
    input.get(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok())
}

fn time(input: &Value) -> i64 {
    input.get("at").and_then(Value::as_i64).unwrap_or_default()
}

fn bytes(input: &Value, name: &str) -> Vec<u8> {
    STANDARD.decode(word(input, name)).unwrap_or_default()
}

fn host(input: &Value) -> Option<Host> {
    Host::from_word(word(input, "host"))
}

fn header(value: &Value) -> Option<HeaderValue> {
    HeaderValue::from_bytes(&STANDARD.decode(value.as_str()?).ok()?).ok()
}

fn request(input: &Value) -> Option<Request<Vec<u8>>> {
    let mut request =
        Request::builder().method(word(input, "method")).uri(word(input, "uri")).body(bytes(input, "body")).ok()?;
    for pair in input.get("headers")?.as_array()? {
        let name: HeaderName = pair.get(0)?.as_str()?.parse().ok()?;
        request.headers_mut().append(name, header(pair.get(1)?)?);
    }
    Some(request)
}

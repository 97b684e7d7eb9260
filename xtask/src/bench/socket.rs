//! A notification channel as a client holds it: subscribed, negotiated twice, shaken, acknowledging.
//! Acknowledgements leave on a thread of their own, because two sides that both only write would wait for ever.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{self, Sender};

use serde_json::{Value, json};

use crate::bench::http::Connection;
use crate::bench::wrong;
use crate::failure::Outcome;

/// SignalR's end of a message.
const END: char = '\u{1e}';
const TEXT: u8 = 0x81;

/// An open channel.
pub struct Channel {
    reader: BufReader<TcpStream>,
    acknowledge: Sender<String>,
    buffer: String,
}

impl Channel {
    /// Subscribes to new mail and connects; `base` is the first of the sandbox's ports.
    ///
    /// # Errors
    /// When a step is refused.
    pub fn open(graph: &mut Connection, base: u16, bearer: &str) -> Outcome<Self> {
        let headers =
            [("Authorization", bearer), ("Content-Type", "application/json"), ("Prefer", "IdType=\"ImmutableId\"")];
        let wish = json!({
            "changeType": "created", "notificationUrl": "websockets:?groupId=bench", "resource": "me/messages",
            "expirationDateTime": soon(graph)?, "clientState": "bench",
        });
        let subscription = graph.json("POST", "/beta/subscriptions", &headers, &wish.to_string())?;
        let url = text(&subscription, "notificationUrl")?.replacen('?', "/negotiate?", 1);
        let first = graph.json("POST", path(&url), &headers, "")?;
        let service = path(text(&first, "url")?).to_owned();
        let token = text(&first, "accessToken")?.to_owned();
        let negotiate = service.replacen("/client/?", "/client/negotiate?negotiateVersion=1&", 1);
        let mut hub = Connection::open(base.saturating_add(3))?;
        let second = hub.json("POST", &negotiate, &[("Authorization", &format!("Bearer {token}"))], "")?;
        let id = text(&second, "connectionToken")?;
        let (reader, writer) = hub.upgrade(&format!("{service}&id={id}&access_token={token}"))?;
        let (acknowledge, waiting) = mpsc::channel::<String>();
        std::thread::spawn(move || write_all(writer, &waiting));
        let mut channel = Self { reader, acknowledge, buffer: String::new() };
        channel.say(&json!({"protocol": "json", "version": 1}));
        match channel.next()?.as_object() {
            Some(answer) if answer.is_empty() => Ok(channel),
            _ => Err(wrong("the hub refused the handshake")),
        }
    }

    fn say(&self, message: &Value) {
        // Without the other end there is nothing to read either, and that is noticed.
        let _ = self.acknowledge.send(format!("{message}{END}"));
    }

    /// Waits for the next notification, acknowledges it, and answers with the id of its message.
    ///
    /// # Errors
    /// When the socket ends or a notification is not as it should be.
    pub fn notification(&mut self) -> Outcome<String> {
        loop {
            let message = self.next()?;
            if message.get("target").and_then(Value::as_str) != Some("receivenotificationmessageasync") {
                continue;
            }
            self.say(&json!({"type": 3, "invocationId": message.get("invocationId"), "result": {"StatusCode": "200"}}));
            let inner = message.pointer("/arguments/0").and_then(Value::as_str).unwrap_or_default();
            let inner: Value = serde_json::from_str(inner).map_err(|_| wrong("a notification is no JSON"))?;
            let inner = inner.pointer("/value/0").unwrap_or(&inner);
            let id = inner.pointer("/resourceData/id").and_then(Value::as_str);
            return id.map(str::to_owned).ok_or_else(|| wrong("a notification names no message"));
        }
    }

    fn next(&mut self) -> Outcome<Value> {
        loop {
            if let Some((one, rest)) = self.buffer.split_once(END) {
                let value = serde_json::from_str(one).map_err(|_| wrong("the hub sent no JSON"));
                self.buffer = rest.to_owned();
                return value;
            }
            let frame = self.frame().map_err(|error| wrong(format!("the socket: {error}")))?;
            self.buffer.push_str(&frame);
        }
    }

    /// The text of the next text frame; other frames are passed over.
    fn frame(&mut self) -> std::io::Result<String> {
        loop {
            let [kind, short] = self.bytes()?;
            let length = match short & 0x7f {
                126 => u64::from(u16::from_be_bytes(self.bytes()?)),
                127 => u64::from_be_bytes(self.bytes()?),
                short => u64::from(short),
            };
            let mut body = vec![0; usize::try_from(length).map_err(std::io::Error::other)?];
            self.reader.read_exact(&mut body)?;
            match kind {
                TEXT => return String::from_utf8(body).map_err(std::io::Error::other),
                0x88 => return Err(std::io::Error::other("closed by the hub")),
                _ => {}
            }
        }
    }

    fn bytes<const COUNT: usize>(&mut self) -> std::io::Result<[u8; COUNT]> {
        let mut bytes = [0; COUNT];
        self.reader.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// Writes messages as masked text frames until nobody hands in any more.
fn write_all(mut writer: TcpStream, waiting: &mpsc::Receiver<String>) {
    while let Ok(message) = waiting.recv() {
        let mut frame = vec![TEXT];
        match (u8::try_from(message.len()), u16::try_from(message.len())) {
            (Ok(length @ 0..=125), _) => frame.push(0x80 | length),
            (_, Ok(length)) => {
                frame.push(0x80 | 126);
                frame.extend(length.to_be_bytes());
            }
            (_, Err(_)) => return,
        }
        // A mask of zeros is a mask, and leaves the text as it is.
        frame.extend([0; 4]);
        frame.extend(message.into_bytes());
        if writer.write_all(&frame).is_err() {
            return;
        }
    }
}

/// An hour from the sandbox's own time.
fn soon(graph: &mut Connection) -> Outcome<String> {
    let clock = graph.json("POST", "/_sandbox/clock", &[], "{\"advance_s\": 3600}")?;
    let later = text(&clock, "now")?.to_owned();
    graph.json("POST", "/_sandbox/clock", &[], "{\"advance_s\": -3600}")?;
    Ok(later)
}

fn text<'v>(value: &'v Value, name: &str) -> Outcome<&'v str> {
    value.get(name).and_then(Value::as_str).ok_or_else(|| wrong(format!("an answer has no {name}")))
}

/// The path and query of an address of the sandbox.
fn path(url: &str) -> &str {
    let after_scheme = url.split_once("//").map_or(url, |(_, rest)| rest);
    after_scheme.find('/').and_then(|at| after_scheme.get(at..)).unwrap_or("/")
}

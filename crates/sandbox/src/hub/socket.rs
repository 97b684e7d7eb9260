//! One WebSocket of the service: its handshake, its messages, and what it has not acknowledged yet.
//! Waiting notifications are kept in the order they fall due, so that ten thousand of them cost no more each than one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::hub::messages::{self, END, Said, frame, invocation};
use crate::hub::{Frame, Hub, Push, SocketId};

/// The server says something at least this often.
const PING_MS: i64 = 15_000;
/// A client that says nothing for so long is gone.
const CLIENT_TIMEOUT_MS: i64 = 30_000;
const HANDSHAKE_MS: i64 = 15_000;
/// The largest message a client may send, in bytes: ASP.NET Core's default.
const LARGEST_MESSAGE: usize = 32_768;

/// A notification that waits for its acknowledgement.
struct Waiting {
    text: String,
    tries: u32,
    again_ms: i64,
}

/// One live socket.
pub(super) struct Socket {
    pub(super) channel: String,
    pub(super) session: String,
    pub(super) connection: String,
    opened_ms: i64,
    pub(super) shaken: bool,
    pub(super) silent: bool,
    heard_ms: i64,
    said_ms: i64,
    buffer: String,
    next_invocation: u64,
    /// By invocation.
    waiting: BTreeMap<u64, Waiting>,
    /// The same by time, to see at once whether anything is due.
    due: BTreeSet<(i64, u64)>,
}

impl Socket {
    pub(super) fn new(channel: String, session: String, connection: String, now_ms: i64) -> Self {
        Self {
            channel,
            session,
            connection,
            opened_ms: now_ms,
            shaken: false,
            silent: false,
            heard_ms: now_ms,
            said_ms: now_ms,
            buffer: String::new(),
            next_invocation: 1,
            waiting: BTreeMap::new(),
            due: BTreeSet::new(),
        }
    }

    fn ends_ms(&self) -> i64 {
        if self.shaken { self.heard_ms + CLIENT_TIMEOUT_MS } else { self.opened_ms + HANDSHAKE_MS }
    }

    /// When something is to be done about it.
    pub(super) fn next_due(&self) -> i64 {
        let ping = self.shaken.then_some(self.said_ms + PING_MS);
        let again = self.due.first().map(|(at, _)| *at);
        [ping, again].into_iter().flatten().fold(self.ends_ms(), i64::min)
    }

    fn wait_for(&mut self, number: u64, waiting: Waiting) {
        self.due.insert((waiting.again_ms, number));
        self.waiting.insert(number, waiting);
    }

    fn acknowledged(&mut self, number: u64) -> Option<Waiting> {
        let waiting = self.waiting.remove(&number)?;
        self.due.remove(&(waiting.again_ms, number));
        Some(waiting)
    }
}

impl Hub {
    /// A text message from a client.
    pub(crate) fn receive(&mut self, id: SocketId, text: &str, now_ms: i64) {
        let Some(socket) = self.sockets.get_mut(&id) else {
            return;
        };
        socket.heard_ms = now_ms;
        let mut buffer = std::mem::take(&mut socket.buffer);
        buffer.push_str(text);
        let mut rest = buffer.as_str();
        while let Some((one, after)) = rest.split_once(END) {
            rest = after;
            if one.len() > LARGEST_MESSAGE {
                self.end_with_error(id, now_ms);
            } else {
                self.message(id, one, now_ms);
            }
            if !self.sockets.contains_key(&id) {
                return;
            }
        }
        if rest.len() > LARGEST_MESSAGE {
            self.end_with_error(id, now_ms);
        } else if let Some(socket) = self.sockets.get_mut(&id) {
            socket.buffer = rest.to_owned();
        }
    }

    fn message(&mut self, id: SocketId, text: &str, now_ms: i64) {
        let Some(socket) = self.sockets.get_mut(&id) else {
            return;
        };
        if !socket.shaken {
            self.shake(id, text, now_ms);
            return;
        }
        match messages::read(text) {
            Said::Nothing => {}
            Said::Completion { id: invocation, accepted } => {
                if accepted && let Ok(number) = invocation.parse::<u64>() {
                    socket.acknowledged(number);
                }
            }
            Said::Blocking { id: invocation, known, target } => {
                let answer = if known {
                    json!({"type": 3, "invocationId": invocation, "result": null})
                } else {
                    json!({"type": 3, "invocationId": invocation, "error": format!("Unknown hub method '{target}'")})
                };
                self.say(id, frame(&answer), now_ms);
            }
            Said::Goodbye => self.drop_socket(id),
            Said::Malformed => self.end_with_error(id, now_ms),
        }
    }

    fn shake(&mut self, id: SocketId, text: &str, now_ms: i64) {
        let outcome = match &self.dials.handshake_error {
            Some(error) => Err(error.clone()),
            None => messages::handshake(text),
        };
        match outcome {
            Ok(()) => {
                if let Some(socket) = self.sockets.get_mut(&id) {
                    socket.shaken = true;
                }
                self.say(id, frame(&json!({})), now_ms);
                let echo = json!({"type": 1, "target": "EchoMessage", "arguments": ["Connected to the notification channel."]});
                self.say(id, frame(&echo), now_ms);
            }
            Err(error) => {
                self.say(id, frame(&json!({"error": error})), now_ms);
                self.drop_socket(id);
            }
        }
    }

    fn end_with_error(&mut self, id: SocketId, now_ms: i64) {
        let close = json!({"type": 7, "error": "Connection closed with an error."});
        self.say(id, frame(&close), now_ms);
        self.drop_socket(id);
    }

    pub(super) fn invoke(&mut self, id: SocketId, text: String, tries: u32, now_ms: i64) {
        let again_ms = now_ms + self.dials.again_ms;
        let Some(socket) = self.sockets.get_mut(&id) else {
            return;
        };
        let number = socket.next_invocation;
        socket.next_invocation += 1;
        let message = invocation(&number.to_string(), &text);
        socket.wait_for(number, Waiting { text, tries, again_ms });
        self.say(id, message, now_ms);
    }

    pub(super) fn say(&mut self, id: SocketId, text: String, now_ms: i64) {
        if let Some(socket) = self.sockets.get_mut(&id) {
            socket.said_ms = now_ms;
            if !socket.silent {
                self.pushes.push(Push { socket: id, frame: Frame::Text(text) });
            }
        }
    }

    pub(super) fn drop_socket(&mut self, id: SocketId) {
        self.closed(id);
        self.pushes.push(Push { socket: id, frame: Frame::Close });
    }

    pub(super) fn tick_socket(&mut self, id: SocketId, now_ms: i64) {
        let Some(socket) = self.sockets.get(&id) else {
            return;
        };
        if socket.ends_ms() <= now_ms {
            if !socket.shaken {
                self.say(id, frame(&json!({"error": "Handshake was canceled."})), now_ms);
            }
            self.drop_socket(id);
            return;
        }
        while let Some(waiting) = self.overdue(id, now_ms) {
            if waiting.tries < self.dials.tries {
                self.invoke(id, waiting.text, waiting.tries + 1, now_ms);
            }
        }
        let ping = self.sockets.get(&id).is_some_and(|socket| socket.shaken && now_ms - socket.said_ms >= PING_MS);
        if ping {
            self.say(id, frame(&json!({"type": 6})), now_ms);
        }
    }

    fn overdue(&mut self, id: SocketId, now_ms: i64) -> Option<Waiting> {
        let socket = self.sockets.get_mut(&id)?;
        let (_, number) = socket.due.first().copied().filter(|(at, _)| *at <= now_ms)?;
        socket.acknowledged(number)
    }
}

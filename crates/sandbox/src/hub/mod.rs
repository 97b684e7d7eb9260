//! The SignalR service: negotiates, keeps sockets alive, and delivers notifications until they are acknowledged.
//! It knows channels and sessions and nothing of mail; what a notification says is made in `notify`.

mod messages;
pub(crate) mod notify;

use std::collections::BTreeMap;

use http::{Method, Request};
use serde_json::json;

use crate::hub::messages::{Said, frame, invocation};
use crate::people::Person;
use crate::web::{self, Answer, Pairs, header};

/// A connected socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub(crate) u64);

/// Something to do with a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Send this text message.
    Text(String),
    /// Drop the socket without a closing handshake.
    Close,
}

/// A frame for one socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// The socket it is for.
    pub socket: SocketId,
    /// What to send or do.
    pub frame: Frame,
}

/// The server says something at least this often.
const PING_MS: i64 = 15_000;
/// A client that says nothing for so long is gone.
const CLIENT_TIMEOUT_MS: i64 = 30_000;
const HANDSHAKE_MS: i64 = 15_000;
/// Between two deliveries of the same notification, and how often it is tried.
const REDELIVER_MS: i64 = 10_000;
const MOST_TRIES: u32 = 3;
/// A service token is for connecting at once.
const TOKEN_MS: i64 = 3_600_000;

struct Channel {
    person: &'static Person,
    client: String,
}

struct ServiceToken {
    channel: String,
    session: String,
    expires_ms: i64,
}

struct Connection {
    channel: String,
    session: String,
    service_token: String,
    opened: bool,
}

struct Waiting {
    text: String,
    tries: u32,
    again_ms: i64,
}

struct Socket {
    channel: String,
    session: String,
    connection: String,
    opened_ms: i64,
    shaken: bool,
    silent: bool,
    heard_ms: i64,
    said_ms: i64,
    buffer: String,
    next_invocation: u64,
    waiting: BTreeMap<String, Waiting>,
}

/// All channels, connections and sockets.
#[derive(Default)]
pub(crate) struct Hub {
    channels: BTreeMap<String, Channel>,
    tokens: BTreeMap<String, ServiceToken>,
    connections: BTreeMap<String, Connection>,
    sockets: BTreeMap<SocketId, Socket>,
    next_socket: u64,
    pushes: Vec<Push>,
}

impl Hub {
    pub(crate) fn learn_channel(&mut self, id: &str, person: &'static Person, client: &str) {
        let client = client.to_owned();
        self.channels.entry(id.to_owned()).or_insert(Channel { person, client });
    }

    pub(crate) fn knows_channel(&self, id: &str, person: &Person) -> bool {
        self.channels
            .get(id)
            .is_some_and(|channel| channel.person.object_id == person.object_id && !channel.client.is_empty())
    }

    pub(crate) fn learn_token(&mut self, token: &str, channel: &str, session: &str, now_ms: i64) {
        let entry =
            ServiceToken { channel: channel.to_owned(), session: session.to_owned(), expires_ms: now_ms + TOKEN_MS };
        self.tokens.insert(token.to_owned(), entry);
    }

    /// HTTP requests to the service; `fresh` makes the connection's two names.
    pub(crate) fn handle(&mut self, request: &Request<Vec<u8>>, fresh: (String, String), now_ms: i64) -> Answer {
        let path = request.uri().path().trim_end_matches('/');
        if path != "/client/negotiate" && path != "/client" {
            return web::json(404, &json!({"error": "Not found."}));
        }
        if path == "/client" || request.method() != Method::POST {
            return web::empty(405);
        }
        let bearer = header(request.headers(), "authorization")
            .and_then(|value| value.split_once(' '))
            .map_or("", |(_, token)| token.trim());
        let Some(token) = self.tokens.get(bearer).filter(|token| token.expires_ms > now_ms) else {
            return web::empty(401);
        };
        let (id, secret) = fresh;
        let connection = Connection {
            channel: token.channel.clone(),
            session: token.session.clone(),
            service_token: bearer.to_owned(),
            opened: false,
        };
        self.connections.insert(secret.clone(), connection);
        let version = Pairs::parse(request.uri().query().unwrap_or_default())
            .first("negotiateVersion")
            .and_then(|text| text.parse::<u32>().ok())
            .unwrap_or(0);
        let transports = json!([{"transport": "WebSockets", "transferFormats": ["Text", "Binary"]}]);
        let body = if version >= 1 {
            json!({"negotiateVersion": 1, "connectionId": id, "connectionToken": secret, "availableTransports": transports})
        } else {
            json!({"negotiateVersion": 0, "connectionId": secret, "availableTransports": transports})
        };
        web::json(200, &body)
    }

    /// A WebSocket upgrade.
    #[expect(clippy::result_large_err, reason = "the refusal is the HTTP answer itself, once a connection")]
    pub(crate) fn open(&mut self, path_and_query: &str, now_ms: i64) -> Result<SocketId, Answer> {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        if path.trim_end_matches('/') != "/client" {
            return Err(web::empty(404));
        }
        let query = Pairs::parse(query);
        let name = query.first("id").unwrap_or_default();
        let connection = self.connections.get_mut(name).ok_or_else(|| web::empty(404))?;
        let token = query.first("access_token").unwrap_or_default();
        let live = self.tokens.get(token).is_some_and(|token| token.expires_ms > now_ms);
        if !live || connection.service_token != token {
            return Err(web::empty(401));
        }
        if connection.opened {
            return Err(web::empty(409));
        }
        connection.opened = true;
        self.next_socket += 1;
        let id = SocketId(self.next_socket);
        let socket = Socket {
            channel: connection.channel.clone(),
            session: connection.session.clone(),
            connection: name.to_owned(),
            opened_ms: now_ms,
            shaken: false,
            silent: false,
            heard_ms: now_ms,
            said_ms: now_ms,
            buffer: String::new(),
            next_invocation: 1,
            waiting: BTreeMap::new(),
        };
        self.sockets.insert(id, socket);
        Ok(id)
    }

    pub(crate) fn closed(&mut self, id: SocketId) {
        if let Some(socket) = self.sockets.remove(&id) {
            self.connections.remove(&socket.connection);
        }
    }

    /// A text message from a client.
    pub(crate) fn receive(&mut self, id: SocketId, text: &str, now_ms: i64) {
        let Some(socket) = self.sockets.get_mut(&id) else {
            return;
        };
        socket.heard_ms = now_ms;
        socket.buffer.push_str(text);
        while let Some((one, rest)) = self
            .sockets
            .get(&id)
            .and_then(|socket| socket.buffer.split_once(messages::END))
            .map(|(one, rest)| (one.to_owned(), rest.to_owned()))
        {
            if let Some(socket) = self.sockets.get_mut(&id) {
                socket.buffer = rest;
            }
            self.message(id, &one, now_ms);
        }
    }

    fn message(&mut self, id: SocketId, text: &str, now_ms: i64) {
        let Some(socket) = self.sockets.get_mut(&id) else {
            return;
        };
        if !socket.shaken {
            match messages::handshake(text) {
                Ok(()) => {
                    socket.shaken = true;
                    self.say(id, frame(&json!({})), now_ms);
                    let echo = json!({"type": 1, "target": "EchoMessage", "arguments": ["Connected to the notification channel."]});
                    self.say(id, frame(&echo), now_ms);
                }
                Err(error) => {
                    self.say(id, frame(&json!({"error": error})), now_ms);
                    self.drop_socket(id);
                }
            }
            return;
        }
        match messages::read(text) {
            Said::Nothing => {}
            Said::Completion { id: invocation, accepted } => {
                if accepted {
                    socket.waiting.remove(&invocation);
                }
            }
            Said::Blocking { id: invocation, known } => {
                let answer = if known {
                    json!({"type": 3, "invocationId": invocation, "result": null})
                } else {
                    json!({"type": 3, "invocationId": invocation, "error": "Failed to invoke the method: unknown hub method."})
                };
                self.say(id, frame(&answer), now_ms);
            }
            Said::Goodbye => self.drop_socket(id),
            Said::Malformed => {
                let close = json!({"type": 7, "error": "Connection closed with an error."});
                self.say(id, frame(&close), now_ms);
                self.drop_socket(id);
            }
        }
    }

    /// Delivers a notification to every session of a channel, by the newest socket of each.
    pub(crate) fn notify(&mut self, channel: &str, text: &str, now_ms: i64) {
        let mut newest: BTreeMap<String, SocketId> = BTreeMap::new();
        for (id, socket) in &self.sockets {
            if socket.channel == channel && socket.shaken {
                newest.insert(socket.session.clone(), *id);
            }
        }
        for id in newest.into_values() {
            self.invoke(id, text.to_owned(), 1, now_ms);
        }
    }

    fn invoke(&mut self, id: SocketId, text: String, tries: u32, now_ms: i64) {
        let Some(socket) = self.sockets.get_mut(&id) else {
            return;
        };
        let name = socket.next_invocation.to_string();
        socket.next_invocation += 1;
        let message = invocation(&name, &text);
        let waiting = Waiting { text, tries, again_ms: now_ms + REDELIVER_MS };
        socket.waiting.insert(name, waiting);
        self.say(id, message, now_ms);
    }

    fn say(&mut self, id: SocketId, text: String, now_ms: i64) {
        if let Some(socket) = self.sockets.get_mut(&id) {
            socket.said_ms = now_ms;
            if !socket.silent {
                self.pushes.push(Push { socket: id, frame: Frame::Text(text) });
            }
        }
    }

    fn drop_socket(&mut self, id: SocketId) {
        self.closed(id);
        self.pushes.push(Push { socket: id, frame: Frame::Close });
    }

    /// Pings, redeliveries and timeouts that are due.
    pub(crate) fn tick(&mut self, now_ms: i64) {
        let ids: Vec<SocketId> = self.sockets.keys().copied().collect();
        for id in ids {
            let Some(socket) = self.sockets.get_mut(&id) else {
                continue;
            };
            let late = if socket.shaken {
                now_ms - socket.heard_ms >= CLIENT_TIMEOUT_MS
            } else {
                now_ms - socket.opened_ms >= HANDSHAKE_MS
            };
            if late {
                if !socket.shaken {
                    self.say(id, frame(&json!({"error": "Handshake was canceled."})), now_ms);
                }
                self.drop_socket(id);
                continue;
            }
            let due: Vec<String> = socket
                .waiting
                .iter()
                .filter(|(_, waiting)| waiting.again_ms <= now_ms)
                .map(|(name, _)| name.clone())
                .collect();
            for name in due {
                self.redeliver(id, &name, now_ms);
            }
            let ping = self.sockets.get(&id).is_some_and(|socket| socket.shaken && now_ms - socket.said_ms >= PING_MS);
            if ping {
                self.say(id, frame(&json!({"type": 6})), now_ms);
            }
        }
    }

    fn redeliver(&mut self, id: SocketId, name: &str, now_ms: i64) {
        let waiting = self.sockets.get_mut(&id).and_then(|socket| socket.waiting.remove(name));
        if let Some(waiting) = waiting
            && waiting.tries < MOST_TRIES
        {
            self.invoke(id, waiting.text, waiting.tries + 1, now_ms);
        }
    }

    /// When `tick` next has something to do.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.sockets
            .values()
            .flat_map(|socket| {
                let timeout =
                    if socket.shaken { socket.heard_ms + CLIENT_TIMEOUT_MS } else { socket.opened_ms + HANDSHAKE_MS };
                let ping = socket.shaken.then_some(socket.said_ms + PING_MS);
                let waiting = socket.waiting.values().map(|waiting| waiting.again_ms);
                waiting.chain(ping).chain([timeout])
            })
            .min()
    }

    pub(crate) fn take_pushes(&mut self) -> Vec<Push> {
        std::mem::take(&mut self.pushes)
    }

    /// Cuts every socket, as a lost network does.
    pub(crate) fn drop_all(&mut self) {
        let ids: Vec<SocketId> = self.sockets.keys().copied().collect();
        for id in ids {
            self.drop_socket(id);
        }
    }

    /// Lets every live socket fall silent: it stays open and nothing comes any more.
    pub(crate) fn silence_all(&mut self) {
        for socket in self.sockets.values_mut() {
            socket.silent = true;
        }
    }

    /// Closes every socket by SignalR's own message.
    pub(crate) fn close_all(&mut self, allow_reconnect: bool, now_ms: i64) {
        let ids: Vec<SocketId> = self.sockets.keys().copied().collect();
        for id in ids {
            let mut close = json!({"type": 7, "error": "The service is going away."});
            if allow_reconnect && let Some(object) = close.as_object_mut() {
                object.insert("allowReconnect".to_owned(), json!(true));
            }
            self.say(id, frame(&close), now_ms);
            self.drop_socket(id);
        }
    }
}

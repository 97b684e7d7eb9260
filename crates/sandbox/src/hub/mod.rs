//! The SignalR service: keeps sockets alive and delivers notifications until they are acknowledged.
//! It knows channels and sessions and nothing of mail; what a notification says is made in `notify`.

mod certificate;
pub(crate) mod courier;
mod deliver;
pub(crate) mod dials;
mod endpoint;
pub(crate) mod lifecycle;
mod messages;
pub(crate) mod notify;
pub(crate) mod outgoing;
pub(crate) mod pending;
mod rich;
mod service;
mod socket;
pub(crate) mod web_push;

use std::collections::BTreeMap;

use serde_json::json;

pub(crate) use crate::hub::certificate::Certificate;
use crate::hub::dials::HubDials;
use crate::hub::messages::{END, frame};
pub(crate) use crate::hub::service::signed_token;
use crate::hub::socket::Socket;
use crate::people::Person;

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

/// All channels, connections and sockets.
#[derive(Default)]
pub(crate) struct Hub {
    channels: BTreeMap<String, Channel>,
    tokens: BTreeMap<String, ServiceToken>,
    connections: BTreeMap<String, Connection>,
    sockets: BTreeMap<SocketId, Socket>,
    next_socket: u64,
    pushes: Vec<Push>,
    pub(crate) dials: HubDials,
}

impl Hub {
    pub(crate) fn learn_channel(&mut self, id: &str, person: &'static Person, client: &str) {
        let client = client.to_owned();
        self.channels.entry(id.to_owned()).or_insert(Channel { person, client });
    }

    /// Whether the channel is this person's in this app.
    pub(crate) fn knows_channel(&self, id: &str, person: &Person, client: &str) -> bool {
        self.channels
            .get(id)
            .is_some_and(|channel| channel.person.object_id == person.object_id && channel.client == client)
    }

    /// Forgets a channel: it cannot be negotiated any more. Live sockets stay.
    pub(crate) fn forget_channel(&mut self, id: &str) {
        self.channels.remove(id);
    }

    pub(crate) fn closed(&mut self, id: SocketId) {
        if let Some(socket) = self.sockets.remove(&id) {
            self.connections.remove(&socket.connection);
        }
    }

    /// Delivers a notification to every session of a channel, by the newest socket of each.
    /// Answers with how many sockets it went to.
    pub(crate) fn notify(&mut self, channel: &str, text: &str, now_ms: i64) -> usize {
        let mut newest: BTreeMap<&str, SocketId> = BTreeMap::new();
        for (id, socket) in &self.sockets {
            if socket.channel == channel && socket.shaken {
                newest.insert(&socket.session, *id);
            }
        }
        let ids: Vec<SocketId> = newest.into_values().collect();
        for id in &ids {
            self.invoke(*id, text.to_owned(), 1, now_ms);
        }
        ids.len()
    }

    /// Pings, redeliveries and timeouts that are due.
    pub(crate) fn tick(&mut self, now_ms: i64) {
        let ids: Vec<SocketId> = self.sockets.keys().copied().collect();
        for id in ids {
            self.tick_socket(id, now_ms);
        }
    }

    /// When `tick` next has something to do.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.sockets.values().map(Socket::next_due).min()
    }

    /// What is to be sent; with the glue dial, neighbours for one socket become one frame.
    pub(crate) fn take_pushes(&mut self) -> Vec<Push> {
        let pushes = std::mem::take(&mut self.pushes);
        if !self.dials.glue {
            return pushes;
        }
        let mut glued: Vec<Push> = Vec::new();
        for push in pushes {
            match (glued.last_mut(), &push.frame) {
                (Some(Push { socket, frame: Frame::Text(before) }), Frame::Text(text)) if *socket == push.socket => {
                    before.push_str(text);
                }
                (_, Frame::Text(_) | Frame::Close) => glued.push(push),
            }
        }
        glued
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

    /// Sends a text of a test's own to every socket that shook hands; answers with how many.
    pub(crate) fn say_to_all(&mut self, text: &str, raw: bool, now_ms: i64) -> usize {
        let ids: Vec<SocketId> = self.sockets.iter().filter(|(_, socket)| socket.shaken).map(|(id, _)| *id).collect();
        for id in &ids {
            let text = if raw { text.to_owned() } else { format!("{text}{END}") };
            self.say(*id, text, now_ms);
        }
        ids.len()
    }
}

//! The live channel: a subscription, a way to its SignalR service, a connection. Where it is refused, the engine polls
//! and says so; where it breaks, it is rebuilt for ever.

use super::SocketAddress;
use super::schedule::Schedule;
use crate::error::{Error, GraphError};
use crate::graph::Subscription;
use crate::id::{FolderId, SubscriptionId};
use crate::ports::Random;
use crate::signalr::{Lifecycle, Notification};
use crate::time::Timestamp;
use std::time::Duration;

/// How long a subscription is asked for. A short one dies by itself soon after the app closes.
pub(super) const LIFE: Duration = Duration::from_secs(60 * 60);
/// It is renewed when less than this is left.
const RENEW_BEFORE: Duration = Duration::from_secs(30 * 60);
/// A subscription that lived so recently is not doubted.
const PROVEN: Duration = Duration::from_secs(20);
/// A refused channel is not asked for again for this long.
const REFUSED: Duration = Duration::from_secs(24 * 60 * 60);
/// Waits between attempts to connect; the last one repeats.
const RECONNECT: [Duration; 5] =
    [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(30), Duration::from_secs(60)];
/// An opening that is not reported within this time has failed.
const OPENING: Duration = Duration::from_secs(30);

/// What the channel needs done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// A subscription.
    Subscribe,
    /// A longer life for this one.
    Renew(SubscriptionId),
    /// A connection to this channel address.
    Connect(String),
}

#[derive(Debug, PartialEq, Eq)]
enum Socket {
    Closed,
    Opening(Timestamp),
    Open,
}

/// The live channel.
#[derive(Debug)]
pub(super) struct Channel {
    /// Names this device's subscriptions as one group, which shares a socket.
    pub group: String,
    /// The secret each notification repeats.
    pub client_state: String,
    subscription: Option<Subscription>,
    renew_at: Timestamp,
    /// When the server last said that the subscription lives.
    proven: Timestamp,
    opened_at: Timestamp,
    socket: Socket,
    address: Option<SocketAddress>,
    retry_at: Timestamp,
    failures: usize,
    refusals: u32,
    refused_until: Timestamp,
}

impl Channel {
    pub fn new(random: &impl Random) -> Self {
        Self {
            group: random.uuid(),
            client_state: random.uuid(),
            subscription: None,
            renew_at: Timestamp::default(),
            proven: Timestamp::default(),
            opened_at: Timestamp::default(),
            socket: Socket::Closed,
            address: None,
            retry_at: Timestamp::default(),
            failures: 0,
            refusals: 0,
            refused_until: Timestamp::default(),
        }
    }

    /// Whether changes are heard of just now.
    pub fn is_open(&self) -> bool {
        self.socket == Socket::Open
    }

    /// What has to be done now, if anything.
    pub fn need(&self, now: Timestamp) -> Option<Need> {
        if now < self.refused_until || now < self.retry_at {
            return None;
        }
        let Some(subscription) = &self.subscription else { return Some(Need::Subscribe) };
        if subscription.expires <= now {
            return Some(Need::Subscribe);
        }
        if self.renew_at <= now {
            return Some(Need::Renew(subscription.id.clone()));
        }
        match self.socket {
            Socket::Closed => subscription.channel.clone().map(Need::Connect),
            Socket::Opening(since) if now.since(since) > OPENING => subscription.channel.clone().map(Need::Connect),
            Socket::Opening(_) | Socket::Open => None,
        }
    }

    /// When the next need arises by itself.
    pub fn next_due(&self) -> Timestamp {
        let blocked = self.retry_at.max(self.refused_until);
        let own = match (&self.subscription, &self.socket) {
            (None, _) | (_, Socket::Closed) => Timestamp::default(),
            (Some(_), Socket::Opening(since)) => since.after(OPENING),
            (Some(_), Socket::Open) => self.renew_at,
        };
        own.max(blocked)
    }

    /// The subscription to end when the person leaves.
    pub fn subscription(&self) -> Option<&SubscriptionId> {
        self.subscription.as_ref().map(|subscription| &subscription.id)
    }

    /// A subscription was granted or renewed. A new address means a new connection.
    pub fn subscribed(&mut self, mut granted: Subscription, now: Timestamp) {
        let life = granted.expires.since(now);
        self.proven = now;
        // A short life is renewed in its middle, so that no grant makes us ask without a pause.
        self.renew_at = now.after(life.saturating_sub(RENEW_BEFORE).max(life / 2));
        if let Some(known) = self.subscription.as_ref().filter(|known| known.id == granted.id) {
            // A renewal need not repeat where to listen.
            granted.channel = granted.channel.or(known.channel.clone());
        }
        if granted.channel.is_none() {
            // Granted, but not over a WebSocket: of no use here.
            self.refuse(now);
            return;
        }
        let moved = self.subscription.as_ref().is_some_and(|known| known.channel != granted.channel);
        if moved {
            self.socket = Socket::Closed;
        }
        self.subscription = Some(granted);
        self.retry_at = now;
    }

    /// The socket's address is known: it is to be opened.
    pub fn connecting(&mut self, address: String, now: Timestamp) {
        self.socket = Socket::Opening(now);
        self.address = Some(SocketAddress(address));
    }

    /// The address of the socket to open, once.
    pub fn take_address(&mut self) -> Option<SocketAddress> {
        self.address.take()
    }

    /// The handshake is done.
    pub fn opened(&mut self, now: Timestamp) {
        self.socket = Socket::Open;
        self.opened_at = now;
        self.refusals = 0;
    }

    /// The connection is over, or was never made.
    pub fn closed(&mut self, now: Timestamp, chance: u32) {
        // A connection that opens and breaks at once is a failure like any other.
        if self.socket == Socket::Open && now.since(self.opened_at) > PROVEN {
            self.failures = 0;
        }
        self.socket = Socket::Closed;
        self.put_off(now, chance);
    }

    /// Tries again later, ever later.
    fn put_off(&mut self, now: Timestamp, chance: u32) {
        let wait = RECONNECT.get(self.failures).or(RECONNECT.last()).copied().unwrap_or_default();
        self.failures += 1;
        self.retry_at = now.after(wait.mul_f64(0.75 + 0.25 * f64::from(chance) / f64::from(u32::MAX)));
    }

    /// The server or this host does not offer it: it is left alone for long, and nobody says that changes are heard of.
    pub fn refuse(&mut self, now: Timestamp) {
        self.subscription = None;
        self.socket = Socket::Closed;
        self.refused_until = now.after(REFUSED);
    }

    /// Something changed and nobody told: the subscription may be dead although its socket lives. Renewing it tells.
    pub fn doubt(&mut self, now: Timestamp) {
        if now.since(self.proven) > PROVEN {
            self.renew_at = now;
        }
    }

    /// The network may be back: do not wait.
    pub fn hurry(&mut self, now: Timestamp) {
        self.doubt(now);
        self.failures = 0;
        self.retry_at = now;
    }

    /// Something the channel needed was refused. Says whether it is the channel's own affair.
    pub fn failed(&mut self, need: &Need, error: &Error, now: Timestamp, chance: u32) -> bool {
        let status = match error {
            Error::Graph(GraphError::Refused { status, .. }) => *status,
            Error::Graph(GraphError::Malformed { .. }) => 0,
            Error::Net(_) if matches!(need, Need::Connect(_)) => 0,
            Error::Net(_) | Error::Auth(_) | Error::Store(_) => {
                self.put_off(now, chance);
                return false;
            }
        };
        match (need, status) {
            (Need::Subscribe | Need::Renew(_), 401 | 429) => {
                self.put_off(now, chance);
                return false;
            }
            // Plain words that this mailbox or this app does not get the channel.
            (Need::Subscribe, 400 | 402 | 403 | 405 | 501) => self.refuse(now),
            (Need::Renew(_), 400..=499) => {
                // It is gone: that is an answer, and no reason to wait with asking for another.
                self.subscription = None;
                self.retry_at = now;
            }
            (Need::Subscribe | Need::Renew(_), _) => self.put_off(now, chance),
            (Need::Connect(_), 401 | 403 | 404) => {
                self.refusals += 1;
                if self.refusals >= 2 {
                    self.refuse(now);
                } else {
                    self.subscription = None;
                    self.closed(now, chance);
                }
            }
            (Need::Connect(_), _) => self.closed(now, chance),
        }
        true
    }

    /// Something changed, or the subscription itself did.
    pub fn notified(&mut self, notification: &Notification, inbox: &FolderId, schedule: &mut Schedule, now: Timestamp) {
        let foreign = notification.subscription.as_ref().is_some_and(|id| Some(id) != self.subscription());
        let forged = notification.client_state.as_ref().is_some_and(|state| *state != self.client_state);
        if foreign || forged {
            return;
        }
        // A connection that carries notifications is a good one, however short it lives.
        self.failures = 0;
        match notification.lifecycle {
            Some(Lifecycle::SubscriptionRemoved) => self.subscription = None,
            Some(Lifecycle::ReauthorizationRequired) => {
                self.renew_at = now;
            }
            Some(Lifecycle::Missed) => schedule.everything(now),
            None => {}
        }
        if let Some(message) = &notification.message {
            schedule.expect(message.clone());
        }
        schedule.poke(inbox.clone(), now);
    }
}

#[cfg(test)]
mod tests;

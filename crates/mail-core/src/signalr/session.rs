//! One connection: handshake, messages, pings, close. A pure state machine: text and time go in, texts and events come out.
//! Reconnecting is not its business: the engine decides that, and never gives up.

use super::notification::Notification;
use crate::ports::{Clock, Connection};
use crate::time::Timestamp;
use futures::future::{Either, select};
use serde::Deserialize;
use serde_json::{Value, json};
use std::pin::pin;
use std::time::Duration;

/// Ends every JSON message.
const RECORD_SEPARATOR: char = '\u{1e}';
/// We ping when we sent nothing for so long.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The connection is dead when nothing came for so long.
const SERVER_TIMEOUT: Duration = Duration::from_secs(30);
/// An unfinished message larger than this is not one.
const LONGEST_MESSAGE: usize = 4 * 1024 * 1024;

/// What a connection reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Write this to the socket.
    Send(String),
    /// The handshake is done: what changes from now on is heard.
    Opened,
    /// Something changed.
    Notified(Notification),
    /// The connection is over; write nothing more.
    Over {
        /// Why, for the diagnostics.
        why: String,
    },
}

/// One connection.
#[derive(Debug)]
pub struct Session {
    open: bool,
    over: bool,
    buffer: String,
    heard: Timestamp,
    spoke: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    #[serde(rename = "type")]
    kind: Option<u32>,
    invocation_id: Option<String>,
    target: Option<String>,
    arguments: Option<Vec<Value>>,
    error: Option<String>,
}

impl Session {
    /// A session on a socket that has just opened, and the handshake to send.
    pub fn open(now: Timestamp) -> (Self, Event) {
        let session = Self { open: false, over: false, buffer: String::new(), heard: now, spoke: now };
        (session, Event::Send(framed(&json!({ "protocol": "json", "version": 1 }))))
    }

    /// Takes a text frame: any number of messages, or part of one.
    pub fn receive(&mut self, text: &str, now: Timestamp) -> Vec<Event> {
        self.heard = now;
        self.buffer.push_str(text);
        let mut events = Vec::new();
        while let Some((record, rest)) = self.buffer.split_once(RECORD_SEPARATOR) {
            let (record, rest) = (record.to_owned(), rest.to_owned());
            self.buffer = rest;
            if !self.over {
                self.record(&record, now, &mut events);
            }
        }
        if self.buffer.len() > LONGEST_MESSAGE {
            self.end("a message had no end", &mut events);
        }
        events
    }

    /// Looks at the clock: pings, or finds the server gone.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Event> {
        let mut events = Vec::new();
        if self.over {
            return events;
        }
        if now.since(self.heard) >= SERVER_TIMEOUT {
            self.end("nothing was heard for 30 seconds", &mut events);
        } else if self.open && now.since(self.spoke) >= KEEP_ALIVE {
            self.send(&json!({ "type": 6 }), now, &mut events);
        }
        events
    }

    fn record(&mut self, record: &str, now: Timestamp, events: &mut Vec<Event>) {
        let Ok(message) = serde_json::from_str::<Message>(record) else {
            return self.end("a message was not JSON", events);
        };
        if !self.open {
            return self.handshake(&message, now, events);
        }
        match message.kind {
            Some(1) => self.invoked(message, now, events),
            Some(7) => {
                self.end(&message.error.unwrap_or_else(|| "the server closed the connection".to_owned()), events)
            }
            // Pings were noted by being heard; completions, streams and unknown types are not for a listener.
            Some(_) => {}
            None => self.end("a message had no type", events),
        }
    }

    fn handshake(&mut self, message: &Message, now: Timestamp, events: &mut Vec<Event>) {
        if let Some(error) = &message.error {
            self.end(error, events);
        } else if message.kind.is_some() {
            self.end("the handshake was not answered", events);
        } else {
            self.open = true;
            self.send(&json!({ "type": 6 }), now, events);
            events.push(Event::Opened);
        }
    }

    fn invoked(&mut self, message: Message, now: Timestamp, events: &mut Vec<Event>) {
        let known =
            message.target.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("receivenotificationmessageasync"));
        if let Some(id) = &message.invocation_id {
            // Acknowledged before it is looked at: the answer must not depend on what it says.
            let answer = if known {
                json!({ "type": 3, "invocationId": id, "result": { "StatusCode": "200" } })
            } else {
                json!({ "type": 3, "invocationId": id, "error": "Client didn't provide a result." })
            };
            self.send(&answer, now, events);
        }
        if known {
            let text = message.arguments.unwrap_or_default().into_iter().next().unwrap_or_default();
            let notification = text.as_str().map_or_else(|| Notification::read(&text.to_string()), Notification::read);
            events.push(Event::Notified(notification));
        }
    }

    fn send(&mut self, message: &Value, now: Timestamp, events: &mut Vec<Event>) {
        self.spoke = now;
        events.push(Event::Send(framed(message)));
    }

    fn end(&mut self, why: &str, events: &mut Vec<Event>) {
        self.over = true;
        events.push(Event::Over { why: why.to_owned() });
    }
}

fn framed(message: &Value) -> String {
    format!("{message}{RECORD_SEPARATOR}")
}

/// Runs a session on an open connection until it is over, telling `report` of everything but what is sent.
pub async fn pump<C: Connection, K: Clock>(mut connection: C, clock: &K, report: impl Fn(Event)) {
    let (mut session, hello) = Session::open(clock.now());
    let mut events = vec![hello];
    loop {
        for event in events.drain(..) {
            match event {
                Event::Send(text) => {
                    if connection.send(text).await.is_err() {
                        return report(Event::Over { why: "the connection broke".to_owned() });
                    }
                }
                Event::Over { .. } => return report(event),
                Event::Opened | Event::Notified(_) => report(event),
            }
        }
        let receiving = pin!(connection.receive());
        let waiting = pin!(clock.sleep(Duration::from_secs(5)));
        events = match select(receiving, waiting).await {
            Either::Left((Some(text), _)) => session.receive(&text, clock.now()),
            Either::Left((None, _)) => vec![Event::Over { why: "the connection broke".to_owned() }],
            Either::Right(((), _)) => session.tick(clock.now()),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn sent(value: Value) -> Event {
        Event::Send(framed(&value))
    }

    fn opened() -> Session {
        let (mut session, hello) = Session::open(NOW);
        assert_eq!(hello, Event::Send("{\"protocol\":\"json\",\"version\":1}\u{1e}".to_owned()));
        assert_eq!(session.receive("{}\u{1e}", NOW), [sent(json!({ "type": 6 })), Event::Opened]);
        session
    }

    #[test]
    fn a_notification_is_acknowledged_and_told() {
        let mut session = opened();
        let frame = "{\"type\":1,\"invocationId\":\"7\",\"target\":\"ReceiveNotificationMessageAsync\",\"arguments\":[\"{\\\"subscriptionId\\\":\\\"s1\\\"}\"]}\u{1e}";
        let events = session.receive(frame, NOW);
        assert_eq!(events[0], sent(json!({ "type": 3, "invocationId": "7", "result": { "StatusCode": "200" } })));
        let Event::Notified(notification) = &events[1] else { panic!("not told") };
        assert_eq!(notification.subscription.as_ref().unwrap().as_str(), "s1");
    }

    #[test]
    fn several_messages_in_a_frame_and_one_message_in_several_frames_are_read() {
        let (mut session, _) = Session::open(NOW);
        let glued = session.receive("{}\u{1e}{\"type\":6}\u{1e}{\"type\":1,\"target\":\"echomess", NOW);
        assert_eq!(glued.last(), Some(&Event::Opened));
        assert_eq!(session.receive("age\",\"arguments\":[\"hello\"]}\u{1e}", NOW), []);
    }

    #[test]
    fn an_unknown_call_that_waits_gets_an_error_and_unknown_types_are_skipped() {
        let mut session = opened();
        let events = session.receive(
            "{\"type\":1,\"invocationId\":\"8\",\"target\":\"Other\",\"arguments\":[]}\u{1e}{\"type\":99}\u{1e}",
            NOW,
        );
        assert_eq!(
            events,
            [sent(json!({ "type": 3, "invocationId": "8", "error": "Client didn't provide a result." }))]
        );
    }

    #[test]
    fn a_close_a_refused_handshake_and_nonsense_end_it() {
        for frame in [
            "{\"type\":7,\"error\":\"bye\",\"allowReconnect\":true}\u{1e}",
            "nonsense\u{1e}",
            "{\"target\":\"x\"}\u{1e}",
        ] {
            let events = opened().receive(frame, NOW);
            assert!(matches!(events[..], [Event::Over { .. }]), "{frame}");
        }
        for answer in ["{\"error\":\"no\"}\u{1e}", "{\"type\":6}\u{1e}"] {
            let (mut session, _) = Session::open(NOW);
            assert!(matches!(session.receive(answer, NOW)[..], [Event::Over { .. }]), "{answer}");
        }
    }

    #[test]
    fn silence_is_pinged_and_then_given_up() {
        let mut session = opened();
        assert_eq!(session.tick(NOW.after(Duration::from_secs(10))), []);
        assert_eq!(session.tick(NOW.after(Duration::from_secs(16))), [sent(json!({ "type": 6 }))]);
        assert!(matches!(session.tick(NOW.after(Duration::from_secs(31)))[..], [Event::Over { .. }]));
        assert_eq!(session.tick(NOW.after(Duration::from_secs(60))), []);
    }

    #[test]
    fn any_message_keeps_it_alive() {
        let mut session = opened();
        session.receive("{\"type\":6}\u{1e}", NOW.after(Duration::from_secs(20)));
        assert!(
            !session.tick(NOW.after(Duration::from_secs(45))).iter().any(|event| matches!(event, Event::Over { .. }))
        );
    }
}

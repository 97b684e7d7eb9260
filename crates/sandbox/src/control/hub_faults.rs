//! Rules that spoil what the hub says: notifications lost, doubled, late, out of order, or lying; frames broken.
//! They act on the frames on their way to the sockets, so the hub itself stays an honest service.

use std::collections::{BTreeSet, VecDeque};

use serde_json::{Value, json};

use crate::chance::guid;
use crate::hub::{Frame, Push, SocketId};

/// The end of a SignalR message.
const END: char = '\u{1e}';
/// A notification that waits for another to overtake it goes after this all the same.
const OVERTAKEN_MS: i64 = 1000;
/// Lost notifications that are known again when the hub repeats them.
const MOST_LOST: usize = 10_000;

/// What happens to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// It never comes, however often the hub tries.
    Lose,
    Duplicate,
    Delay(i64),
    /// The next one comes first.
    Reorder,
    WrongState,
    ForeignSubscription,
    /// A message of a type that nobody knows comes before it.
    UnknownType,
    /// Something that is no message comes before it.
    Malformed,
    /// It comes in two frames.
    Split,
    /// It comes in one frame with the next message.
    Glue,
    /// The handshake is answered with an error.
    HandshakeError,
}

struct Rule {
    what: What,
    skip: u64,
    times: Option<u64>,
}

/// A message on its way later than it should be.
struct Late {
    due_ms: i64,
    push: Push,
    /// Whether the next notification for the same socket sets it free.
    overtaken: bool,
}

/// All rules, and what they hold back.
#[derive(Default)]
pub(crate) struct HubFaults {
    rules: Vec<Rule>,
    late: VecDeque<Late>,
    lost: BTreeSet<String>,
    /// Frames that wait for the message that shares them.
    glued: Vec<Push>,
}

impl HubFaults {
    /// Adds a rule: `{what, skip, times, delay_ms}`.
    pub(crate) fn add(&mut self, body: &Value) -> Result<(), String> {
        let what = match body.get("what").and_then(Value::as_str).unwrap_or_default() {
            "lose" => What::Lose,
            "duplicate" => What::Duplicate,
            "delay" => {
                What::Delay(body.get("delay_ms").and_then(Value::as_i64).ok_or("A delay needs delay_ms.")?.max(0))
            }
            "reorder" => What::Reorder,
            "wrong_state" => What::WrongState,
            "foreign_subscription" => What::ForeignSubscription,
            "unknown_type" => What::UnknownType,
            "malformed" => What::Malformed,
            "split" => What::Split,
            "glue" => What::Glue,
            "handshake_error" => What::HandshakeError,
            other => {
                return Err(format!(
                    "Notifications cannot be spoilt by '{other}'; by lose, duplicate, delay, reorder, wrong_state, foreign_subscription, unknown_type, malformed, split, glue and handshake_error they can."
                ));
            }
        };
        self.rules.push(Rule {
            what,
            skip: body.get("skip").and_then(Value::as_u64).unwrap_or(0),
            times: body.get("times").and_then(Value::as_u64),
        });
        Ok(())
    }

    /// Ends all rules; what they hold back comes at once.
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
        self.lost.clear();
        for late in &mut self.late {
            late.due_ms = i64::MIN;
        }
    }

    /// When the next held message is due.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.late.iter().map(|late| late.due_ms).min()
    }

    /// What really goes out, of what the hub wants sent.
    pub(crate) fn apply(&mut self, pushes: Vec<Push>, now_ms: i64) -> Vec<Push> {
        if self.rules.is_empty() && self.late.is_empty() {
            return pushes;
        }
        let mut out = Vec::with_capacity(pushes.len());
        for push in pushes {
            match &push.frame {
                Frame::Text(text) => {
                    let text = text.clone();
                    self.text(push.socket, text, now_ms, &mut out);
                }
                Frame::Close => {
                    self.late.retain(|late| late.push.socket != push.socket);
                    out.push(push);
                }
            }
        }
        let (due, rest) = std::mem::take(&mut self.late).into_iter().partition(|late| late.due_ms <= now_ms);
        self.late = rest;
        let due: VecDeque<Late> = due;
        out.extend(due.into_iter().map(|late| late.push));
        out.extend(std::mem::take(&mut self.glued));
        out
    }

    fn text(&mut self, socket: SocketId, text: String, now_ms: i64, out: &mut Vec<Push>) {
        let push = |text: String| Push { socket, frame: Frame::Text(text) };
        let message = text.strip_suffix(END).and_then(|one| serde_json::from_str::<Value>(one).ok());
        let notice =
            message.filter(|one| one.get("target").is_some_and(|target| target == "receivenotificationmessageasync"));
        let Some(notice) = notice else {
            let shakes = text == format!("{{}}{END}");
            match self.strike(|what| shakes && what == What::HandshakeError) {
                Some(_) => out.push(push(format!("{}{END}", json!({"error": "The service is not ready."})))),
                None => out.push(push(text)),
            }
            return;
        };
        let said = notice.get("arguments").map(Value::to_string).unwrap_or_default();
        if self.lost.contains(&said) {
            return;
        }
        let free: Vec<Push> = self.set_free(socket);
        match self.strike(|what| what != What::HandshakeError) {
            None | Some(What::HandshakeError) => out.push(push(text)),
            Some(What::Lose) => {
                if self.lost.len() < MOST_LOST {
                    self.lost.insert(said);
                }
            }
            Some(What::Duplicate) => out.extend([push(text.clone()), push(text)]),
            Some(What::Delay(ms)) => {
                self.late.push_back(Late { due_ms: now_ms + ms, push: push(text), overtaken: false });
            }
            Some(What::Reorder) => {
                self.late.push_back(Late { due_ms: now_ms + OVERTAKEN_MS, push: push(text), overtaken: true });
            }
            Some(What::WrongState) => out.push(push(rewritten(notice, "clientState", json!("not-the-one-you-set")))),
            Some(What::ForeignSubscription) => {
                let foreign = guid(&[b"foreign", said.as_bytes()]);
                out.push(push(rewritten(notice, "subscriptionId", json!(foreign))));
            }
            Some(What::UnknownType) => out.extend([push(format!("{}{END}", json!({"type": 99}))), push(text)]),
            Some(What::Malformed) => out.extend([push(format!("{{\"type\":1,\"target\"{END}")), push(text)]),
            Some(What::Split) => {
                let half = text.chars().count() / 2;
                out.extend([push(text.chars().take(half).collect()), push(text.chars().skip(half).collect())]);
            }
            Some(What::Glue) => self.glue(socket, &text),
        }
        out.extend(free);
    }

    /// Puts a message into the frame that already waits for the socket, or into a new one.
    fn glue(&mut self, socket: SocketId, text: &str) {
        let open = self.glued.iter_mut().find(|push| push.socket == socket);
        match open.map(|push| &mut push.frame) {
            Some(Frame::Text(whole)) => whole.push_str(text),
            Some(Frame::Close) | None => {
                self.glued.push(Push { socket, frame: Frame::Text(text.to_owned()) });
            }
        }
    }

    /// What waited for a notification to overtake it.
    fn set_free(&mut self, socket: SocketId) -> Vec<Push> {
        let (free, rest): (VecDeque<Late>, VecDeque<Late>) =
            std::mem::take(&mut self.late).into_iter().partition(|late| late.overtaken && late.push.socket == socket);
        self.late = rest;
        free.into_iter().map(|late| late.push).collect()
    }

    /// The first rule's deed that may strike now.
    fn strike(&mut self, may: impl Fn(What) -> bool) -> Option<What> {
        for rule in self.rules.iter_mut().filter(|rule| rule.times != Some(0) && may(rule.what)) {
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            rule.times = rule.times.map(|times| times - 1);
            return Some(rule.what);
        }
        None
    }
}

/// A notification with one member of its text replaced.
fn rewritten(mut notice: Value, name: &str, value: Value) -> String {
    if let Some(argument) = notice.pointer_mut("/arguments/0")
        && let Some(mut inner) = argument.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok())
    {
        if let Some(object) = inner.as_object_mut() {
            object.insert(name.to_owned(), value);
        }
        *argument = json!(inner.to_string());
    }
    format!("{notice}{END}")
}

//! Rules that spoil frames on their way to the sockets: doubled, overtaken, halved, or beside what nobody understands.
//! The hub itself stays an honest service; what it may lie about is set by calls of its own.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::hub::{Frame, Push, SocketId};

/// The end of a SignalR message.
const END: char = '\u{1e}';
/// A notification that waits for another to overtake it goes after this all the same.
const OVERTAKEN_MS: i64 = 1000;

/// What happens to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Duplicate,
    /// The next one comes first.
    Reorder,
    /// A message of a type that nobody knows comes before it.
    UnknownType,
    /// Something that is no message comes before it.
    Malformed,
    /// It comes in two frames.
    Split,
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
}

/// All rules, and what they hold back.
#[derive(Default)]
pub(crate) struct Frames {
    rules: Vec<Rule>,
    late: VecDeque<Late>,
}

impl Frames {
    /// Adds a rule: `{what, skip, times}`.
    pub(crate) fn add(&mut self, body: &Value) -> Result<(), String> {
        let what = match body.get("what").and_then(Value::as_str).unwrap_or_default() {
            "duplicate" => What::Duplicate,
            "reorder" => What::Reorder,
            "unknown_type" => What::UnknownType,
            "malformed" => What::Malformed,
            "split" => What::Split,
            other => {
                return Err(format!(
                    "Frames cannot be spoilt by '{other}'; by duplicate, reorder, unknown_type, malformed and split they can."
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
        for late in &mut self.late {
            late.due_ms = 0;
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
        out
    }

    fn text(&mut self, socket: SocketId, text: String, now_ms: i64, out: &mut Vec<Push>) {
        let push = |text: String| Push { socket, frame: Frame::Text(text) };
        if !text.contains("\"receivenotificationmessageasync\"") {
            out.push(push(text));
            return;
        }
        let free: Vec<Push> = self.set_free(socket);
        match self.strike() {
            None => out.push(push(text)),
            Some(What::Duplicate) => out.extend([push(text.clone()), push(text)]),
            Some(What::Reorder) => {
                self.late.push_back(Late { due_ms: now_ms + OVERTAKEN_MS, push: push(text) });
            }
            Some(What::UnknownType) => out.extend([push(format!("{}{END}", json!({"type": 99}))), push(text)]),
            Some(What::Malformed) => out.extend([push(format!("{{\"type\":1,\"target\"{END}")), push(text)]),
            Some(What::Split) => {
                let half = text.chars().count() / 2;
                out.extend([push(text.chars().take(half).collect()), push(text.chars().skip(half).collect())]);
            }
        }
        out.extend(free);
    }

    /// What waited for a notification to overtake it.
    fn set_free(&mut self, socket: SocketId) -> Vec<Push> {
        let (free, rest): (VecDeque<Late>, VecDeque<Late>) =
            std::mem::take(&mut self.late).into_iter().partition(|late| late.push.socket == socket);
        self.late = rest;
        free.into_iter().map(|late| late.push).collect()
    }

    /// The first rule's deed that strikes now.
    fn strike(&mut self) -> Option<What> {
        for rule in self.rules.iter_mut().filter(|rule| rule.times != Some(0)) {
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

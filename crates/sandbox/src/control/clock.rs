//! The control call that moves the clock: forward, back, to a moment, or to a standstill.
//! A standstill lets a test say exactly what is due and what is not.

use serde_json::{Value, json};

use crate::control::{LONGEST_MS, Outcome, number};
use crate::sandbox::Sandbox;
use crate::time::{iso_millis, parse_iso};

/// Moves the clock; `now_ms` is the sandbox's time so far.
pub(super) fn set(sandbox: &mut Sandbox, body: &Value, now_ms: i64) -> Outcome {
    let freeze = body.get("freeze").and_then(Value::as_bool);
    let moved = match (number(body, "advance_s"), body.get("set")) {
        (Some(seconds), None) => Some(seconds.saturating_mul(1000).clamp(-LONGEST_MS, LONGEST_MS)),
        (None, Some(moment)) => {
            let moment = moment.as_str().and_then(parse_iso).ok_or("set needs a time such as 2026-11-23T09:12:00Z.")?;
            Some(moment - now_ms)
        }
        (Some(_), Some(_)) => return Err("advance_s and set do not go together.".to_owned()),
        (None, None) => None,
    };
    if moved.is_none() && freeze.is_none() {
        return Err("advance_s is missing.".to_owned());
    }
    let moved = moved.unwrap_or(0);
    let moved = moved.clamp(-sandbox.offset_ms - LONGEST_MS, LONGEST_MS - sandbox.offset_ms);
    sandbox.offset_ms += moved;
    let now_ms = now_ms + moved;
    sandbox.frozen_ms = if freeze.unwrap_or(sandbox.frozen_ms.is_some()) { Some(now_ms) } else { None };
    Ok(json!({
        "offset_s": sandbox.offset_ms / 1000,
        "now": iso_millis(now_ms),
        "frozen": sandbox.frozen_ms.is_some(),
    }))
}

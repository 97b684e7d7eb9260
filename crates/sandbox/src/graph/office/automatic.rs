//! Automatic replies on the wire.
//! Times are answered in UTC unless the request prefers another zone; any known zone is taken.

use serde_json::{Value, json};

use crate::graph::office::read::{members, moment, text, word};
use crate::graph::office::refusal::OfficeRefusal;
use crate::graph::refusal::Refusal;
use crate::office::automatic::{Audience, AutomaticReplies, Status};
use crate::time::DAY_MS;
use crate::zones::{self, Zone};

const KIND: &str = "microsoft.graph.automaticRepliesSetting";
const PROPERTIES: [&str; 6] = [
    "status",
    "externalAudience",
    "scheduledStartDateTime",
    "scheduledEndDateTime",
    "internalReplyMessage",
    "externalReplyMessage",
];
const HOUR_MS: i64 = 3_600_000;

/// The window as it is set, or the one Exchange offers: a day from the next full hour.
pub(super) fn window(replies: &AutomaticReplies, now_ms: i64) -> (i64, i64) {
    let start = replies.start_ms.unwrap_or_else(|| (now_ms.div_euclid(HOUR_MS) + 1) * HOUR_MS);
    (start, replies.end_ms.unwrap_or(start + DAY_MS))
}

/// A moment as a `dateTimeTimeZone` of the zone.
pub(super) fn dated(ms: i64, zone: &Zone) -> Value {
    json!({"dateTime": zones::from_utc(ms, zone.tz), "timeZone": zone.name})
}

pub(super) fn shown(replies: &AutomaticReplies, now_ms: i64, zone: &Zone) -> Value {
    let (start, end) = window(replies, now_ms);
    json!({
        "status": replies.status.word(),
        "externalAudience": replies.audience.word(),
        "scheduledStartDateTime": dated(start, zone),
        "scheduledEndDateTime": dated(end, zone),
        "internalReplyMessage": replies.internal,
        "externalReplyMessage": replies.external,
    })
}

/// The replies as a PATCH leaves them; a change begins a new period, in which everybody is answered again.
pub(super) fn changed(before: &AutomaticReplies, value: &Value, now_ms: i64) -> Result<AutomaticReplies, Refusal> {
    let mut after = before.clone();
    for (name, value) in members(value, &PROPERTIES, KIND)? {
        match name {
            "status" => after.status = word(name, value, &Status::ALL, Status::word)?,
            "externalAudience" => after.audience = word(name, value, &Audience::ALL, Audience::word)?,
            "scheduledStartDateTime" => after.start_ms = when(value)?,
            "scheduledEndDateTime" => after.end_ms = when(value)?,
            "internalReplyMessage" => after.internal = message(name, value)?,
            _ => after.external = message(name, value)?,
        }
    }
    if after.status == Status::Scheduled {
        let (start, end) = window(&after, now_ms);
        if end <= start {
            return Err(OfficeRefusal::ScheduleBackwards.into());
        }
        (after.start_ms, after.end_ms) = (Some(start), Some(end));
    }
    if after != *before {
        after.answered.clear();
    }
    Ok(after)
}

fn when(value: &Value) -> Result<Option<i64>, Refusal> {
    if value.is_null() { Ok(None) } else { moment(value).map(Some) }
}

fn message(name: &str, value: &Value) -> Result<String, Refusal> {
    if value.is_null() { Ok(String::new()) } else { text(name, value).map(str::to_owned) }
}

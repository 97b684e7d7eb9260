//! The control call that sets Graph's limits, so that a test meets them without ten thousand requests.
//! Every limit keeps its real value until it is named.

use serde_json::{Map, Value, json};

use crate::control::{Outcome, person, text};
use crate::graph::quota::{self, Quota};
use crate::graph::throttle::{Limits, Spelling};
use crate::people::PEOPLE;
use crate::sandbox::Sandbox;

/// How waits can be spelt, and by which word.
const SPELLINGS: [(&str, Spelling); 4] = [
    ("seconds", Spelling::Seconds),
    ("fraction", Spelling::Fraction),
    ("date", Spelling::Date),
    ("none", Spelling::Absent),
];

/// Sets the limits that the body names, all or none.
pub(super) fn set(sandbox: &mut Sandbox, body: &Value) -> Outcome {
    let object = body.as_object().ok_or("The limits are an object.")?;
    let mut limits = sandbox.limits.clone();
    for (name, value) in object {
        set_one(&mut limits, name, value)?;
    }
    sandbox.limits = limits;
    Ok(shown(sandbox))
}

fn set_one(limits: &mut Limits, name: &str, value: &Value) -> Result<(), String> {
    let count = || value.as_u64().ok_or_else(|| format!("{name} needs a number."));
    let size = || Ok::<usize, String>(usize::try_from(count()?).unwrap_or(usize::MAX));
    match name {
        "concurrent" => limits.concurrent = size()?,
        "requests" => limits.requests = size()?,
        "window_s" => limits.window_ms = i64::try_from(count()?).unwrap_or(i64::MAX / 1000).saturating_mul(1000),
        "body_bytes" => limits.body_bytes = size()?,
        "message_bytes" => limits.message_bytes = size()?,
        "sends_per_minute" => limits.sends_per_minute = size()?,
        "recipients_per_day" => limits.recipients_per_day = size()?,
        "latency_ms" => limits.latency_ms = count()?,
        "jitter_ms" => limits.jitter_ms = count()?,
        "retry_after" => {
            let word = value.as_str().unwrap_or_default();
            let known = SPELLINGS.iter().find(|(known, _)| *known == word);
            limits.retry_after = known.ok_or("retry_after is seconds, fraction, date or none.")?.1;
        }
        "hide_retry_after" => {
            limits.cors.hide_retry_after = value.as_bool().ok_or("hide_retry_after is true or false.")?;
        }
        "quota" => set_quota(limits, value)?,
        other => return Err(format!("There is no limit '{other}'.")),
    }
    Ok(())
}

fn set_quota(limits: &mut Limits, value: &Value) -> Result<(), String> {
    let owner = person(text(value, "user")?)?;
    let plain_code = match value.get("code").and_then(Value::as_str) {
        None | Some("ErrorQuotaExceeded") => false,
        Some("quotaLimitReached") => true,
        Some(other) => return Err(format!("A full mailbox has no code '{other}'.")),
    };
    match value.get("bytes") {
        Some(Value::Null) => {
            limits.quotas.remove(owner.object_id);
        }
        bytes => {
            let bytes = bytes.and_then(Value::as_u64).ok_or("A quota needs bytes, or null for none.")?;
            let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
            limits.quotas.insert(owner.object_id, Quota { bytes, plain_code });
        }
    }
    Ok(())
}

/// All limits as they are.
pub(super) fn shown(sandbox: &Sandbox) -> Value {
    let limits = &sandbox.limits;
    let mut all = Map::new();
    for (name, value) in [
        ("concurrent", limits.concurrent),
        ("requests", limits.requests),
        ("body_bytes", limits.body_bytes),
        ("message_bytes", limits.message_bytes),
        ("sends_per_minute", limits.sends_per_minute),
        ("recipients_per_day", limits.recipients_per_day),
    ] {
        all.insert(name.to_owned(), json!(value));
    }
    all.insert("window_s".to_owned(), json!(limits.window_ms / 1000));
    all.insert("latency_ms".to_owned(), json!(limits.latency_ms));
    all.insert("jitter_ms".to_owned(), json!(limits.jitter_ms));
    all.insert("hide_retry_after".to_owned(), json!(limits.cors.hide_retry_after));
    let spelling = SPELLINGS.iter().find(|(_, one)| *one == limits.retry_after).map(|(word, _)| *word);
    all.insert("retry_after".to_owned(), json!(spelling));
    all.insert("quotas".to_owned(), PEOPLE.iter().map(|person| quota::shown(sandbox, person)).collect());
    Value::Object(all)
}

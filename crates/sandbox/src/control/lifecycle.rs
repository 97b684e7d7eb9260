//! Control calls about subscriptions: lifecycle events, the dials of notifications, what left for endpoints.
//! Each answers with the state it left behind, so that a test can show it.

use http::{Method, Request};
use serde_json::{Value, json};

use crate::control::{LONGEST_MS, Outcome};
use crate::hub::courier::Played;
use crate::hub::dials::{HubDials, NoticeDials, RuleDials};
use crate::hub::lifecycle::{Lifecycle, cause};
use crate::people;
use crate::sandbox::Sandbox;

/// Answers a call that is this file's business.
pub(super) fn handle(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, call: &str, now_ms: i64) -> Option<Outcome> {
    let known = matches!(call, "lifecycle" | "notifications" | "subscriptions" | "endpoints" | "outgoing" | "hub");
    if !known || (call == "hub" && request.method() == Method::POST && is_old(request)) {
        return None;
    }
    let body: Value = if request.method() == Method::POST {
        match serde_json::from_slice(request.body()) {
            Ok(body) => body,
            Err(error) => return Some(Err(format!("The body is not JSON: {error}."))),
        }
    } else {
        Value::Null
    };
    Some(match (request.method().as_str(), call) {
        ("POST", "lifecycle") => lifecycle(sandbox, &body, now_ms),
        ("POST", "notifications") => notifications(sandbox, &body),
        ("GET", "notifications") => Ok(shown_notices(&sandbox.courier.notices)),
        ("DELETE", "notifications") => {
            sandbox.courier.notices = NoticeDials::default();
            Ok(json!({}))
        }
        ("POST", "subscriptions") => rules(sandbox, &body),
        ("GET", "subscriptions") => Ok(sandbox.subscriptions.values().map(|one| one.to_json()).collect()),
        ("DELETE", "subscriptions") => {
            sandbox.courier.rules = RuleDials::default();
            Ok(json!({}))
        }
        ("POST", "endpoints") => endpoint(sandbox, &body),
        ("DELETE", "endpoints") => {
            sandbox.courier.played.clear();
            Ok(json!({}))
        }
        ("GET", "outgoing") => Ok(sandbox.courier.rows()),
        ("DELETE", "outgoing") => {
            sandbox.courier.forget_rows();
            Ok(json!({}))
        }
        ("POST", "hub") => hub(sandbox, &body, now_ms),
        ("DELETE", "hub") => {
            sandbox.hub.dials = HubDials::default();
            Ok(json!({}))
        }
        (method, call) => Err(format!("There is no control call {method} {call}.")),
    })
}

/// Whether a call of the hub is one of the three that `control` answers itself.
fn is_old(request: &Request<Vec<u8>>) -> bool {
    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    matches!(body.get("action").and_then(Value::as_str), None | Some("drop" | "silence" | "close"))
}

fn lifecycle(sandbox: &mut Sandbox, body: &Value, now_ms: i64) -> Outcome {
    let word = body.get("event").and_then(Value::as_str).ok_or("event is missing.")?;
    let event = Lifecycle::from_word(word)
        .ok_or_else(|| format!("'{word}' is no event; reauthorizationRequired, subscriptionRemoved and missed are."))?;
    let only = body.get("subscription").and_then(Value::as_str);
    let person = match body.get("user").and_then(Value::as_str) {
        Some(name) => Some(people::find(name).ok_or_else(|| format!("Nobody is called '{name}'."))?),
        None => None,
    };
    let told = cause(
        sandbox,
        event,
        |one| {
            only.is_none_or(|id| one.id == id) && person.is_none_or(|person| one.person.object_id == person.object_id)
        },
        now_ms,
    );
    Ok(json!({ "told": told }))
}

/// The members of an object, none of which may be unknown.
fn members<'b>(body: &'b Value, known: &[&str]) -> Result<Vec<(&'b str, &'b Value)>, String> {
    let object = body.as_object().ok_or("The body is no object.")?;
    object
        .iter()
        .map(|(name, value)| {
            if known.contains(&name.as_str()) {
                Ok((name.as_str(), value))
            } else {
                Err(format!("'{name}' is not known; {} are.", known.join(", ")))
            }
        })
        .collect()
}

fn natural(name: &str, value: &Value) -> Result<u64, String> {
    value.as_u64().ok_or_else(|| format!("{name} is a whole number from 0."))
}

fn millis(name: &str, value: &Value) -> Result<i64, String> {
    natural(name, value).map(|ms| i64::try_from(ms).unwrap_or(LONGEST_MS).min(LONGEST_MS))
}

fn truth(name: &str, value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("{name} is true or false."))
}

fn text_or_null(name: &str, value: &Value) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(format!("{name} is a text or null."))
        }
    }
}

fn notifications(sandbox: &mut Sandbox, body: &Value) -> Outcome {
    let known = [
        "lose",
        "duplicate",
        "delay_ms",
        "jitter_ms",
        "reorder",
        "echo",
        "client_state",
        "subscription_id",
        "missed_above",
    ];
    let mut dials = sandbox.courier.notices.clone();
    for (name, value) in members(body, &known)? {
        match name {
            "lose" => dials.lose = natural(name, value)?,
            "duplicate" => dials.duplicate = natural(name, value)?,
            "delay_ms" => dials.delay_ms = millis(name, value)?,
            "jitter_ms" => dials.jitter_ms = millis(name, value)?,
            "reorder" => dials.reorder = truth(name, value)?,
            "echo" => dials.echo = truth(name, value)?,
            "client_state" => dials.client_state = text_or_null(name, value)?,
            "subscription_id" => dials.subscription_id = text_or_null(name, value)?,
            _ if value.is_null() => dials.missed_above = None,
            _ => dials.missed_above = Some(usize::try_from(natural(name, value)?).unwrap_or(usize::MAX)),
        }
    }
    let shown = shown_notices(&dials);
    sandbox.courier.notices = dials;
    Ok(shown)
}

fn shown_notices(dials: &NoticeDials) -> Value {
    json!({
        "lose": dials.lose,
        "duplicate": dials.duplicate,
        "delay_ms": dials.delay_ms,
        "jitter_ms": dials.jitter_ms,
        "reorder": dials.reorder,
        "echo": dials.echo,
        "client_state": dials.client_state,
        "subscription_id": dials.subscription_id,
        "missed_above": dials.missed_above,
    })
}

fn rules(sandbox: &mut Sandbox, body: &Value) -> Outcome {
    let known = ["floor", "strict_scopes", "conflict", "move_channel", "most", "push_origins"];
    let mut dials = sandbox.courier.rules.clone();
    for (name, value) in members(body, &known)? {
        match name {
            "floor" => dials.floor = truth(name, value)?,
            "strict_scopes" => dials.strict_scopes = truth(name, value)?,
            "conflict" => dials.conflict = truth(name, value)?,
            "move_channel" => dials.move_channel = truth(name, value)?,
            "most" => dials.most = usize::try_from(natural(name, value)?).unwrap_or(usize::MAX),
            _ => {
                let list = value.as_array().ok_or("push_origins is a list of origins.")?;
                dials.push_origins = list.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            }
        }
    }
    let shown = json!({
        "floor": dials.floor,
        "strict_scopes": dials.strict_scopes,
        "conflict": dials.conflict,
        "move_channel": dials.move_channel,
        "most": dials.most,
        "push_origins": dials.push_origins,
    });
    sandbox.courier.rules = dials;
    Ok(shown)
}

/// Has the sandbox play an endpoint itself, so that a subscription needs no server of the test's own.
fn endpoint(sandbox: &mut Sandbox, body: &Value) -> Outcome {
    members(body, &["url", "status", "echo"])?;
    let prefix = body.get("url").and_then(Value::as_str).filter(|url| url.contains("://"));
    let prefix = prefix.ok_or("url is missing: what the addresses begin with.")?.to_owned();
    let status = match body.get("status") {
        Some(status) => status
            .as_u64()
            .and_then(|status| u16::try_from(status).ok())
            .filter(|status| (200..=599).contains(status))
            .ok_or("status is from 200 to 599.")?,
        None => 202,
    };
    let echo = body.get("echo").map_or(Ok(true), |echo| truth("echo", echo))?;
    sandbox.courier.played.retain(|played| played.prefix != prefix);
    sandbox.courier.played.push(Played { prefix, status, echo });
    let shown = |played: &Played| json!({"url": played.prefix, "status": played.status, "echo": played.echo});
    Ok(sandbox.courier.played.iter().map(shown).collect())
}

/// The hub's dials, and texts of a test's own for the live sockets.
fn hub(sandbox: &mut Sandbox, body: &Value, now_ms: i64) -> Outcome {
    let origin = sandbox.origins().hub.clone();
    let dials = &mut sandbox.hub.dials;
    match body.get("action").and_then(Value::as_str).unwrap_or_default() {
        "send" => {
            let text = body.get("text").and_then(Value::as_str).ok_or("text is missing.")?;
            let raw = body.get("raw").map_or(Ok(false), |raw| truth("raw", raw))?;
            let sockets = sandbox.hub.say_to_all(text, raw, now_ms);
            return Ok(json!({ "sockets": sockets }));
        }
        "expire_tokens" => sandbox.hub.expire_tokens(),
        "glue" => dials.glue = body.get("on").map_or(Ok(true), |on| truth("on", on))?,
        "handshake" => {
            dials.handshake_error = text_or_null("error", body.get("error").unwrap_or(&Value::Null))?;
        }
        "negotiate" => {
            dials.negotiate_version = match body.get("version") {
                None | Some(Value::Null) => None,
                Some(version) => Some(u32::try_from(natural("version", version)?).unwrap_or(u32::MAX)),
            };
            dials.negotiate_error = text_or_null("error", body.get("error").unwrap_or(&Value::Null))?;
            dials.redirect_loop = body.get("loop").map_or(Ok(false), |on| truth("loop", on))?;
            dials.own_origin = origin;
        }
        "redelivery" => {
            if let Some(tries) = body.get("tries") {
                dials.tries = u32::try_from(natural("tries", tries)?).unwrap_or(u32::MAX);
            }
            if let Some(ms) = body.get("after_ms") {
                dials.again_ms = millis("after_ms", ms)?.max(1);
            }
        }
        other => {
            return Err(format!(
                "The hub cannot '{other}'; it can drop, silence, close, send, glue, handshake, negotiate, redelivery and expire_tokens."
            ));
        }
    }
    Ok(json!({}))
}

/// A dial's place after `POST /_sandbox/reset`.
pub(super) fn reset(sandbox: &mut Sandbox, now_ms: i64) {
    crate::hub::outgoing::reset(sandbox, now_ms);
    sandbox.hub.dials = HubDials::default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_dial_is_named() {
        let error = members(&json!({"speed": 1}), &["lose"]).unwrap_err();
        assert_eq!(error, "'speed' is not known; lose are.");
        assert!(members(&json!([]), &["lose"]).is_err());
    }
}

//! The control calls under `/_sandbox/` on Graph's origin, by which tests steer the sandbox.
//! They are not logged and no fault touches them.

mod behave;
mod clock;
mod entra;
pub(crate) mod faults;
pub(crate) mod frames;
mod lifecycle;
mod limits;
pub(crate) mod log;
mod office;
pub(crate) mod spoil;
pub(crate) mod then;

use http::Request;
use serde_json::{Value, json};

use crate::graph::throttle::Limits;
use crate::people::{self, PEOPLE, Person};
use crate::sandbox::{SEND_DELAY_MS, Sandbox};
use crate::web::{self, Answer, Pairs};

/// The client id the app is registered with.
pub(crate) const APP_CLIENT: &str = "00000000-0000-4000-8000-00000000cafe";
/// The client id of tokens that tests ask for: another client of the same mailbox.
const TEST_CLIENT: &str = "00000000-0000-4000-8000-00000000beef";
const TEST_SCOPES: [&str; 3] = ["User.Read", "Mail.ReadWrite", "Mail.Send"];

/// What a control call answers; the error is a sentence for the person who wrote the test.
type Outcome = Result<Value, String>;

/// A hundred years: no delay and no jump of the clock is longer, so that no sum of times goes over.
pub(crate) const LONGEST_MS: i64 = 100 * 365 * 86_400_000;

pub(crate) fn handle(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, now_ms: i64) -> Answer {
    let path = request.uri().path();
    let call = path.strip_prefix("/_sandbox/").unwrap_or_default();
    let query = Pairs::parse(request.uri().query().unwrap_or_default());
    if let Some(outcome) = lifecycle::handle(sandbox, request, call, now_ms) {
        return said(outcome);
    }
    let outcome = match (request.method().as_str(), call) {
        ("POST", "deliver") => deliver(sandbox, request.body(), &query, now_ms),
        ("GET", "log") => Ok(sandbox.log.to_json()),
        ("DELETE", "log") => {
            sandbox.log.clear();
            Ok(json!({}))
        }
        ("GET", "delivered") => Ok(sandbox.delivered.iter().map(|one| one.to_json()).collect()),
        ("GET", "mailbox") => mailbox(sandbox, &query),
        ("GET", "behave") => Ok(sandbox.behaviour.to_json()),
        ("DELETE", "behave") => Ok(behave::rest(sandbox)),
        ("GET", "faults") => Ok(sandbox.faults.to_json()),
        ("DELETE", "faults") => {
            sandbox.faults.clear();
            Ok(json!({}))
        }
        ("DELETE", "frames") => {
            sandbox.frames.clear();
            Ok(json!({}))
        }
        ("GET", "limits") => Ok(limits::shown(sandbox)),
        ("DELETE", "limits") => {
            sandbox.limits = Limits::default();
            Ok(json!({}))
        }
        ("GET", "entra") => Ok(entra::state(sandbox)),
        ("DELETE", "entra") => Ok(entra::calm(sandbox)),
        ("POST", call) => match serde_json::from_slice(request.body()) {
            Ok(body) => post(sandbox, call, &body, now_ms),
            Err(error) => Err(format!("The body is not JSON: {error}.")),
        },
        (method, call) => Err(format!("There is no control call {method} {call}.")),
    };
    said(outcome)
}

fn said(outcome: Outcome) -> Answer {
    match outcome {
        Ok(value) => web::json(200, &value),
        Err(text) => web::json(400, &json!({"error": text})),
    }
}

fn post(sandbox: &mut Sandbox, call: &str, body: &Value, now_ms: i64) -> Outcome {
    match call {
        "token" => token(sandbox, body, now_ms),
        "generate" => {
            let to = text(body, "to").or_else(|_| text(body, "user"))?;
            let count = number(body, "count").unwrap_or(1).max(0);
            let seed = number(body, "seed").unwrap_or(1).unsigned_abs();
            let count = usize::try_from(count).unwrap_or_default();
            let ids = sandbox
                .deliver_generated(to, count, seed, now_ms - sandbox.offset_ms)
                .map_err(|error| error.to_string())?;
            Ok(json!({"generated": ids.len(), "ids": ids}))
        }
        "faults" => sandbox.faults.add(body).map(|count| json!({"faults": count})),
        "behave" => behave::set(sandbox, body),
        "hub" => hub(sandbox, body, now_ms),
        "rule" => office::rule(sandbox, body),
        "mailtips" => office::mail_tips(sandbox, body),
        "expire" => expire(sandbox, body, now_ms),
        "clock" => clock::set(sandbox, body, now_ms),
        "limits" => limits::set(sandbox, body),
        "frames" => sandbox.frames.add(body).map(|()| json!({})),
        "entra" => entra::post(sandbox, body, now_ms),
        "sending" => {
            let (delay, anew) = (number(body, "delay_ms"), body.get("new_item").and_then(Value::as_bool));
            if delay.is_none() && anew.is_none() {
                return Err("delay_ms or new_item is missing.".to_owned());
            }
            sandbox.send_delay_ms = delay.unwrap_or(sandbox.send_delay_ms).clamp(0, LONGEST_MS);
            sandbox.send_anew = anew.unwrap_or(sandbox.send_anew);
            Ok(json!({"delay_ms": sandbox.send_delay_ms, "new_item": sandbox.send_anew}))
        }
        "reset" => {
            let seed = number(body, "seed").map_or(sandbox.seed, i64::unsigned_abs);
            let messages = number(body, "messages").unwrap_or(0).max(0);
            reset(sandbox, seed, usize::try_from(messages).unwrap_or_default(), now_ms);
            Ok(json!({}))
        }
        other => Err(format!("There is no control call POST {other}.")),
    }
}

fn text<'b>(body: &'b Value, name: &str) -> Result<&'b str, String> {
    body.get(name).and_then(Value::as_str).ok_or_else(|| format!("{name} is missing."))
}

fn number(body: &Value, name: &str) -> Option<i64> {
    body.get(name).and_then(Value::as_i64)
}

fn person(name: &str) -> Result<&'static Person, String> {
    people::find(name).ok_or_else(|| {
        let known: Vec<&str> = PEOPLE.iter().map(|person| person.address).collect();
        format!("Nobody is called '{name}'; there are {}.", known.join(", "))
    })
}

fn token(sandbox: &mut Sandbox, body: &Value, now_ms: i64) -> Outcome {
    let person = person(text(body, "user")?)?;
    let scopes: Vec<String> = match body.get("scopes") {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(other) if other.is_string() => {
            other.as_str().unwrap_or_default().split_whitespace().map(str::to_owned).collect()
        }
        Some(_) | None => TEST_SCOPES.map(str::to_owned).to_vec(),
    };
    let cae = body.get("cae").and_then(Value::as_bool).unwrap_or(false);
    let token = sandbox.issue_access(person, TEST_CLIENT, &scopes, cae, now_ms);
    Ok(json!({"access_token": token}))
}

fn deliver(sandbox: &mut Sandbox, mime: &[u8], query: &Pairs, now_ms: i64) -> Outcome {
    let to = query.first("to").ok_or("The query needs to=USER.")?;
    person(to)?;
    let real_ms = now_ms - sandbox.offset_ms;
    let id = sandbox.deliver(to, mime, real_ms).map_err(|error| error.to_string())?;
    Ok(json!({"id": id}))
}

fn hub(sandbox: &mut Sandbox, body: &Value, now_ms: i64) -> Outcome {
    match text(body, "action")? {
        "drop" => sandbox.hub.drop_all(),
        "silence" => sandbox.hub.silence_all(),
        "close" => {
            let again = body.get("allow_reconnect").and_then(Value::as_bool).unwrap_or(false);
            sandbox.hub.close_all(again, now_ms);
        }
        other => return Err(format!("The hub cannot '{other}'; it can drop, silence or close.")),
    }
    Ok(json!({}))
}

fn expire(sandbox: &mut Sandbox, body: &Value, now_ms: i64) -> Outcome {
    match text(body, "what")? {
        "access_tokens" => sandbox.entra.expire_access(now_ms),
        "refresh_tokens" => sandbox.entra.expire_refresh(now_ms),
        "delta" => sandbox.expire_delta(),
        "subscriptions" => sandbox.subscriptions.clear(),
        "uploads" => sandbox.uploads.expire(),
        other => {
            return Err(format!(
                "'{other}' cannot expire; access_tokens, refresh_tokens, delta, subscriptions and uploads can."
            ));
        }
    }
    Ok(json!({}))
}

/// A fresh mailbox for everybody: tokens and the clock stay, the rest begins anew.
fn reset(sandbox: &mut Sandbox, seed: u64, messages: usize, now_ms: i64) {
    sandbox.refill(seed, messages, now_ms);
    sandbox.subscriptions.clear();
    lifecycle::reset(sandbox, now_ms);
    sandbox.hub.drop_all();
    behave::rest(sandbox);
    sandbox.faults.clear();
    sandbox.frames.clear();
    sandbox.limits = Limits::default();
    sandbox.entra.calm();
    sandbox.send_delay_ms = SEND_DELAY_MS;
    sandbox.send_anew = false;
    sandbox.log.clear();
    sandbox.delivered.clear();
}

fn mailbox(sandbox: &Sandbox, query: &Pairs) -> Outcome {
    let person = person(query.first("user").ok_or("The query needs user=USER.")?)?;
    let mailbox = sandbox.mailbox(person).map_err(|_| "There is no such mailbox.")?;
    let folders: Vec<Value> = mailbox
        .folders()
        .filter(|folder| folder.parent.is_some())
        .map(|folder| {
            let messages: Vec<Value> = folder
                .rows
                .iter()
                .rev()
                .filter_map(|(_, key)| mailbox.message(*key))
                .map(|message| {
                    json!({
                        "id": message.immutable_id,
                        "subject": message.subject,
                        "is_read": message.is_read,
                        "flag": message.flag.status,
                        "categories": message.categories,
                    })
                })
                .collect();
            json!({"id": folder.id, "display_name": folder.name, "messages": messages})
        })
        .collect();
    Ok(json!({"folders": folders}))
}

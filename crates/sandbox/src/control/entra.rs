//! The control call `entra`: orders errors, troubles and spoiled answers from the sign-in service.
//! A body is read whole before anything of it takes effect, so that a misspelt one changes nothing.

use serde_json::{Map, Value, json};

use crate::control::{APP_CLIENT, Outcome, number, person, text};
use crate::entra::challenge::{Alphabet, Challenge};
use crate::entra::dials::{self, Order, Place, Spoiled};
use crate::entra::{Policy, RedirectKind};
use crate::people::Person;
use crate::sandbox::Sandbox;

/// What one member of the body asks for.
enum Change {
    Orders(Vec<Order>),
    Condition(&'static Person, Option<u32>),
    Challenge(Challenge),
    Revoke(&'static Person, u32),
    Consent { policy: Option<Policy>, withhold: Option<Vec<String>>, forget: bool },
    AnswerAs(Option<&'static Person>),
    Spoil(Spoiled, u64),
    ReplayCode(bool),
    TokenRequests(Option<u64>),
    Application(Map<String, Value>),
    RollKeys,
}

/// `POST /_sandbox/entra`.
pub(super) fn post(sandbox: &mut Sandbox, body: &Value, now_ms: i64) -> Outcome {
    let members = body.as_object().ok_or("The body is not an object.")?;
    let changes: Vec<Change> =
        members.iter().map(|(name, value)| read(sandbox, name, value, now_ms)).collect::<Result<_, String>>()?;
    for change in changes {
        apply(sandbox, change);
    }
    Ok(state(sandbox))
}

/// `GET /_sandbox/entra`: what is ordered now.
pub(super) fn state(sandbox: &Sandbox) -> Value {
    let dials = &sandbox.entra.dials;
    let waiting: u64 = dials.orders.iter().map(|order| order.times).sum();
    json!({
        "errors_waiting": waiting,
        "conditions": dials.conditions,
        "challenges": sandbox.entra.challenges.len(),
        "withheld": sandbox.entra.consents.withheld,
        "answer_as": dials.answer_as.map(|person| person.address),
        "token_requests": dials.token_requests,
    })
}

/// `DELETE /_sandbox/entra`: takes back everything that was ordered.
pub(super) fn calm(sandbox: &mut Sandbox) -> Value {
    sandbox.entra.calm();
    state(sandbox)
}

fn read(sandbox: &mut Sandbox, name: &str, value: &Value, now_ms: i64) -> Result<Change, String> {
    match name {
        "next_error" => {
            let list = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            Ok(Change::Orders(list.iter().map(order).collect::<Result<_, String>>()?))
        }
        "condition" => {
            let code = match value.get("code") {
                None => return Err("code is missing.".to_owned()),
                Some(Value::Null) => None,
                Some(_) => Some(code(value)?),
            };
            Ok(Change::Condition(person(text(value, "user")?)?, code))
        }
        "challenge" => challenge(sandbox, value, now_ms).map(Change::Challenge),
        "revoke" => {
            let code = if value.get("code").is_some() { code(value)? } else { 50_173 };
            Ok(Change::Revoke(person(text(value, "user")?)?, code))
        }
        "consent" => {
            let policy = match value.get("policy").and_then(Value::as_str) {
                Some(word) => Some(
                    Policy::from_word(word)
                        .ok_or_else(|| format!("'{word}' is no policy; granted, person and administrator are."))?,
                ),
                None => None,
            };
            let forget = value.get("forget").and_then(Value::as_bool).unwrap_or(false);
            Ok(Change::Consent { policy, withhold: value.get("withhold").map(words).transpose()?, forget })
        }
        "answer_as" => match value {
            Value::Null => Ok(Change::AnswerAs(None)),
            Value::String(user) => Ok(Change::AnswerAs(Some(person(user)?))),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Err("answer_as is a user or null.".to_owned())
            }
        },
        "spoil" => {
            let word = text(value, "what")?;
            let what = Spoiled::from_word(word).ok_or_else(|| {
                format!("'{word}' cannot be spoiled; aud, exp, iss, nonce, signature, state and tid can.")
            })?;
            Ok(Change::Spoil(what, count(value, "times", 1)))
        }
        "replay_code" => Ok(Change::ReplayCode(value.as_bool().ok_or("replay_code is true or false.")?)),
        "token_requests" if value.is_null() => Ok(Change::TokenRequests(None)),
        "token_requests" => {
            let most = value.as_u64().ok_or("token_requests is a number or null.")?;
            Ok(Change::TokenRequests(Some(most)))
        }
        "app" => application(value).map(Change::Application),
        "roll_keys" if value.as_bool() == Some(true) => Ok(Change::RollKeys),
        other => Err(format!("'{other}' cannot be ordered from the sign-in service.")),
    }
}

fn code(value: &Value) -> Result<u32, String> {
    let code = number(value, "code").ok_or("code is missing.")?;
    let known = u32::try_from(code).ok().filter(|code| dials::is_known(*code));
    known.ok_or_else(|| format!("AADSTS{code} is not in the sandbox's list."))
}

fn count(value: &Value, name: &str, otherwise: u64) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or(otherwise)
}

fn order(value: &Value) -> Result<Order, String> {
    let place = match value.get("at").and_then(Value::as_str).unwrap_or("any") {
        "any" => Place::Anywhere,
        "authorize" => Place::Authorize,
        "token" => Place::Token,
        other => return Err(format!("An error cannot come at '{other}'; it can at any, authorize or token.")),
    };
    let claims = match value.get("claims") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    Ok(Order {
        code: code(value)?,
        place,
        skip: count(value, "skip", 0),
        times: count(value, "times", 1),
        page: value.get("page").and_then(Value::as_bool).unwrap_or(false),
        error: text(value, "error").ok().map(str::to_owned),
        suberror: text(value, "suberror").ok().map(str::to_owned),
        claims,
        retry_after_s: number(value, "retry_after_s"),
    })
}

fn challenge(sandbox: &mut Sandbox, value: &Value, now_ms: i64) -> Result<Challenge, String> {
    let claims = match value.get("claims") {
        None => Challenge::newer_than(now_ms),
        Some(claims) if claims.pointer("/access_token").is_some_and(Value::is_object) => claims.clone(),
        Some(_) => return Err("claims is an object like {\"access_token\": {…}}.".to_owned()),
    };
    let alphabet = match value.get("alphabet").and_then(Value::as_str) {
        None => Alphabet::Standard,
        Some(word) => Alphabet::from_word(word)
            .ok_or_else(|| format!("'{word}' is no alphabet; standard, url and unpadded are."))?,
    };
    Ok(Challenge {
        id: sandbox.entra.next_challenge(),
        person: person(text(value, "user")?)?,
        claims,
        interaction: value.get("interaction").and_then(Value::as_bool).unwrap_or(false),
        two_lines: number(value, "lines") == Some(2),
        alphabet,
    })
}

fn words(value: &Value) -> Result<Vec<String>, String> {
    let list = value.as_array().ok_or("A list of texts is needed.")?;
    list.iter().map(|one| one.as_str().map(str::to_owned).ok_or("A list of texts is needed.".to_owned())).collect()
}

fn application(value: &Value) -> Result<Map<String, Value>, String> {
    let members = value.as_object().ok_or("app is an object.")?;
    for (name, value) in members {
        let good = match name.as_str() {
            "client_id" | "logout_url" => value.is_string(),
            "registered" => value.is_boolean(),
            "audience" => matches!(value.as_str(), Some("one" | "many")),
            "redirect_type" => matches!(value.as_str(), Some("spa" | "web")),
            "redirect_uris" => words(value).is_ok(),
            _ => false,
        };
        if !good {
            return Err(format!("'{name}' of an app cannot be {value}."));
        }
    }
    Ok(members.clone())
}

fn apply(sandbox: &mut Sandbox, change: Change) {
    let entra = &mut sandbox.entra;
    match change {
        Change::Orders(orders) => entra.dials.orders.extend(orders),
        Change::Condition(person, Some(code)) => {
            entra.dials.conditions.insert(person.object_id, code);
        }
        Change::Condition(person, None) => {
            entra.dials.conditions.remove(person.object_id);
        }
        Change::Challenge(challenge) => entra.challenges.push(challenge),
        Change::Revoke(person, code) => entra.revoke(person, code),
        Change::Consent { policy, withhold, forget } => {
            if forget {
                entra.consents.forget();
            }
            if let Some(policy) = policy {
                entra.consents.policy = policy;
            }
            if let Some(scopes) = withhold {
                entra.consents.withhold(&scopes);
            }
        }
        Change::AnswerAs(person) => entra.dials.answer_as = person,
        Change::Spoil(what, times) => entra.dials.spoiled.push((what, times)),
        Change::ReplayCode(replay) => entra.dials.replay_code = replay,
        Change::TokenRequests(most) => {
            entra.dials.token_requests = most;
            entra.count_requests_anew();
        }
        Change::Application(members) => register(sandbox, &members),
        Change::RollKeys => entra.roll_keys(),
    }
}

fn register(sandbox: &mut Sandbox, members: &Map<String, Value>) {
    let word = |name: &str| members.get(name).and_then(Value::as_str);
    let app = sandbox.entra.applications.register(word("client_id").unwrap_or(APP_CLIENT));
    if let Some(registered) = members.get("registered").and_then(Value::as_bool) {
        app.unregistered = !registered;
    }
    if let Some(audience) = word("audience") {
        app.single_tenant = audience == "one";
    }
    if let Some(kind) = word("redirect_type") {
        app.redirect_kind = if kind == "web" { RedirectKind::Web } else { RedirectKind::SinglePage };
    }
    if let Some(Ok(uris)) = members.get("redirect_uris").map(words) {
        app.redirect_uris = uris;
    }
    if let Some(url) = word("logout_url") {
        app.logout_url = Some(url.to_owned());
    }
}

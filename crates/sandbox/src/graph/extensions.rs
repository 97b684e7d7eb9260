//! Open extensions: named bags of JSON that apps hang on a message.
//! They change the message's ETag and nothing that delta would tell.

use serde_json::{Map, Value, json};

use crate::graph::call::{Call, text_member};
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer, item};
use crate::mailbox::message::Message;
use crate::sandbox::Sandbox;
use crate::web;

/// What Outlook puts before an extension's name to make its id.
const PREFIX: &str = "Microsoft.OutlookServices.OpenTypeExtension.";

/// The extensions of a message: those with these names or ids, or all where none is named.
pub(super) fn all(message: &Message, names: &[String]) -> Vec<Value> {
    message
        .extensions
        .iter()
        .filter(|(name, _)| names.is_empty() || names.iter().any(|wanted| plain(wanted) == name.as_str()))
        .map(|(name, members)| shown(name, members))
        .collect()
}

/// The name in an id, which may be the name itself.
fn plain(id: &str) -> &str {
    match id.get(..PREFIX.len()) {
        Some(head) if head.eq_ignore_ascii_case(PREFIX) => id.get(PREFIX.len()..).unwrap_or(id),
        Some(_) | None => id,
    }
}

fn shown(name: &str, members: &Map<String, Value>) -> Value {
    let mut object = members.clone();
    object.insert("@odata.type".to_owned(), json!("#microsoft.graph.openTypeExtension"));
    object.insert("id".to_owned(), json!(format!("{PREFIX}{name}")));
    object.insert("extensionName".to_owned(), json!(name));
    Value::Object(object)
}

/// An extension from JSON: its name and its members.
pub(super) fn from_json(body: &Value) -> Result<(String, Map<String, Value>), Refusal> {
    let object = body.as_object().ok_or_else(|| Refusal::BadRequest("An extension is an object.".to_owned()))?;
    let name = text_member(body, "extensionName")
        .or_else(|| text_member(body, "id"))
        .map(plain)
        .filter(|name| !name.trim().is_empty())
        .ok_or_else(|| Refusal::BadRequest("The extensionName is missing.".to_owned()))?;
    Ok((name.to_owned(), members(object)))
}

/// What the app itself keeps: everything but the names that OData gives.
fn members(object: &Map<String, Value>) -> Map<String, Value> {
    object
        .iter()
        .filter(|(key, _)| !key.starts_with('@') && !["extensionName", "id"].contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Sets the `extensions` of a new message's body.
pub(super) fn set(message: &mut Message, value: &Value) -> Result<(), Refusal> {
    let list = value.as_array().ok_or_else(|| Refusal::BadRequest("Extensions are a collection.".to_owned()))?;
    for one in list {
        let (name, members) = from_json(one)?;
        message.extensions.insert(name, members);
    }
    Ok(())
}

/// Everything under `/messages/{id}/extensions`.
pub(super) fn handle(sandbox: &mut Sandbox, call: &Call<'_>, key: u64, id: Option<&str>) -> Outcome {
    match (call.method.as_str(), id) {
        ("GET", None) => {
            call.needs_reading()?;
            let message = sandbox.mailbox(call.person)?.message(key).ok_or(Refusal::ItemNotFound)?;
            let context = call.context("messages/extensions");
            Ok(answer(200, context, json!({ "value": all(message, &[]) })))
        }
        ("POST", None) => {
            call.needs_writing()?;
            let (name, members) = from_json(&call.json()?)?;
            put(sandbox, call, key, &name, Some(members))?;
            one(sandbox, call, key, &name, 201)
        }
        ("GET", Some(id)) => {
            call.needs_reading()?;
            one(sandbox, call, key, plain(id), 200)
        }
        ("PATCH", Some(id)) => {
            call.needs_writing()?;
            let body = call.json()?;
            let changes = body.as_object().map(members);
            let changes = changes.ok_or_else(|| Refusal::BadRequest("An extension is an object.".to_owned()))?;
            let message = sandbox.mailbox(call.person)?.message(key).ok_or(Refusal::ItemNotFound)?;
            let mut kept = message.extensions.get(plain(id)).ok_or(Refusal::ItemNotFound)?.clone();
            kept.extend(changes);
            kept.retain(|_, value| !value.is_null());
            put(sandbox, call, key, plain(id), Some(kept))?;
            one(sandbox, call, key, plain(id), 200)
        }
        ("DELETE", Some(id)) => {
            call.needs_writing()?;
            let message = sandbox.mailbox(call.person)?.message(key).ok_or(Refusal::ItemNotFound)?;
            if !message.extensions.contains_key(plain(id)) {
                return Err(Refusal::ItemNotFound);
            }
            put(sandbox, call, key, plain(id), None)?;
            Ok(web::empty(204))
        }
        (_, _) => Err(Refusal::MethodNotAllowed),
    }
}

fn put(
    sandbox: &mut Sandbox,
    call: &Call<'_>,
    key: u64,
    name: &str,
    members: Option<Map<String, Value>>,
) -> Result<(), Refusal> {
    let mailbox = sandbox.mailbox_mut(call.person)?;
    call.check_match(Some(&item::etag(mailbox, key)?))?;
    mailbox.touch(key, call.now_ms, |message| {
        match members {
            Some(members) => message.extensions.insert(name.to_owned(), members),
            None => message.extensions.remove(name),
        };
    });
    Ok(())
}

fn one(sandbox: &Sandbox, call: &Call<'_>, key: u64, name: &str, status: u16) -> Outcome {
    let message = sandbox.mailbox(call.person)?.message(key).ok_or(Refusal::ItemNotFound)?;
    let members = message.extensions.get(name).ok_or(Refusal::ItemNotFound)?;
    Ok(answer(status, call.context("messages/extensions/$entity"), shown(name, members)))
}

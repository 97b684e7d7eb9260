//! Attachments of a message: list, read, add, remove, and their bytes.
//! Upload sessions for large files have a host of their own and are not offered here.

use serde_json::{Value, json};

use crate::chance::base64_decode;
use crate::graph::call::{Call, text_member};
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer, render};
use crate::mailbox::message::{Attachment, Message};
use crate::sandbox::Sandbox;
use crate::web;

/// Properties that can be selected; `contentId` and its like need the cast to a file.
const BASE: [&str; 6] = ["id", "name", "contentType", "size", "isInline", "lastModifiedDateTime"];
const FILE: [&str; 3] = ["contentId", "contentLocation", "contentBytes"];

pub(super) fn list(sandbox: &Sandbox, call: &Call<'_>, key: u64) -> Outcome {
    call.needs_reading()?;
    let message = message(sandbox, call, key)?;
    let rows: Vec<Value> = message.attachments.iter().map(|one| shown(one, message, call)).collect::<Result<_, _>>()?;
    let context = format!("messages('{}')/attachments", call.segment(2));
    Ok(answer(200, call.context(&context), json!({ "value": rows })))
}

pub(super) fn read(sandbox: &Sandbox, call: &Call<'_>, key: u64, id: &str) -> Outcome {
    call.needs_reading()?;
    let message = message(sandbox, call, key)?;
    let one = find(message, id)?;
    let context = format!("messages('{}')/attachments/$entity", call.segment(2));
    Ok(answer(200, call.context(&context), shown(one, message, call)?))
}

/// The bytes of an attachment.
pub(super) fn value(sandbox: &Sandbox, call: &Call<'_>, key: u64, id: &str) -> Outcome {
    call.needs_reading()?;
    let one = find(message(sandbox, call, key)?, id)?;
    let kind = if one.item { "text/plain" } else { one.content_type.as_str() };
    Ok(web::answer(200, kind, one.bytes.clone()))
}

pub(super) fn add(sandbox: &mut Sandbox, call: &Call<'_>, key: u64) -> Outcome {
    call.needs_writing()?;
    let mut one = from_json(&call.json()?)?;
    let existing = message(sandbox, call, key)?;
    if !existing.is_draft || existing.submitted {
        return Err(Refusal::PropertyReadOnly("attachments".to_owned()));
    }
    let owner = existing.immutable_id.clone();
    let own = sandbox.fresh_guid("attachment").replace('-', "");
    one.id = format!("{owner}EgAQ{own}");
    let id = one.id.clone();
    let mailbox = sandbox.mailbox_mut(call.person)?;
    mailbox.update(key, &["hasAttachments"], call.now_ms, |message| message.attachments.push(one));
    let message = message(sandbox, call, key)?;
    let context = format!("messages('{}')/attachments/$entity", call.segment(2));
    let value = render::attachment(find(message, &id)?, message, true);
    Ok(answer(201, call.context(&context), value))
}

pub(super) fn delete(sandbox: &mut Sandbox, call: &Call<'_>, key: u64, id: &str) -> Outcome {
    call.needs_writing()?;
    find(message(sandbox, call, key)?, id)?;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    mailbox.update(key, &["hasAttachments"], call.now_ms, |message| {
        message.attachments.retain(|one| one.id != id);
    });
    Ok(web::empty(204))
}

fn message<'s>(sandbox: &'s Sandbox, call: &Call<'_>, key: u64) -> Result<&'s Message, Refusal> {
    sandbox.mailbox(call.person)?.message(key).ok_or(Refusal::ItemNotFound)
}

fn find<'m>(message: &'m Message, id: &str) -> Result<&'m Attachment, Refusal> {
    message.attachments.iter().find(|one| one.id == id).ok_or(Refusal::ItemNotFound)
}

/// An attachment with the selected properties.
fn shown(one: &Attachment, message: &Message, call: &Call<'_>) -> Result<Value, Refusal> {
    let Some(select) = call.query.first("$select") else {
        return Ok(render::attachment(one, message, true));
    };
    let mut names = vec!["id", "@odata.type", "@odata.mediaContentType"];
    for name in select.split(',').map(str::trim) {
        let (plain, cast) = match name.rsplit_once('/') {
            Some((kind, plain)) if kind.eq_ignore_ascii_case("microsoft.graph.fileAttachment") => (plain, true),
            _ => (name, false),
        };
        let known = BASE
            .iter()
            .chain(FILE.iter().filter(|_| cast))
            .find(|known| known.eq_ignore_ascii_case(plain))
            .ok_or_else(|| {
                Refusal::ParseUri(format!(
                    "Could not find a property named '{name}' on type 'microsoft.graph.attachment'."
                ))
            })?;
        names.push(known);
    }
    let mut value = render::attachment(one, message, names.contains(&"contentBytes"));
    if let Some(object) = value.as_object_mut() {
        object.retain(|key, _| names.contains(&key.as_str()));
    }
    Ok(value)
}

/// A file attachment from JSON.
pub(super) fn from_json(value: &Value) -> Result<Attachment, Refusal> {
    let kind = text_member(value, "@odata.type").unwrap_or("#microsoft.graph.fileAttachment");
    if !kind.to_ascii_lowercase().ends_with("fileattachment") {
        return Err(Refusal::ResponseNotSupported);
    }
    let bytes = base64_decode(text_member(value, "contentBytes").unwrap_or_default())
        .ok_or_else(|| Refusal::BadRequest("The contentBytes are not base64.".to_owned()))?;
    let name =
        text_member(value, "name").ok_or_else(|| Refusal::BadRequest("The attachment has no name.".to_owned()))?;
    Ok(Attachment {
        id: String::new(),
        name: name.to_owned(),
        content_type: text_member(value, "contentType").unwrap_or("application/octet-stream").to_owned(),
        bytes,
        inline: web::member(value, "isInline").and_then(Value::as_bool).unwrap_or(false),
        content_id: text_member(value, "contentId").map(str::to_owned),
        item: false,
    })
}

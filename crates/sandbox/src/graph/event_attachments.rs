//! Files on an event: list, add, read, remove, and their bytes.
//! They are the same kind of thing as on a message, but belong to the series and change its ETag.

use serde_json::{Value, json};

use crate::chance::{base64, base64_decode};
use crate::graph::attachments::SESSION_FROM;
use crate::graph::call::{Call, text_member};
use crate::graph::events::{needs_reading, needs_writing};
use crate::graph::refusal::Refusal;
use crate::graph::rows::{self, Kind, Paging};
use crate::graph::{Outcome, attachment_view, upload};
use crate::mailbox::calendar::Event;
use crate::mailbox::message::Attachment;
use crate::mailbox::shelf::Entry;
use crate::meeting::post::blank_file;
use crate::people::Person;
use crate::sandbox::Sandbox;
use crate::time::iso;
use crate::uploads::Holder;
use crate::web;

const ATTACHMENT: Kind = Kind {
    name: "microsoft.graph.attachment",
    properties: &[
        "id",
        "name",
        "contentType",
        "size",
        "isInline",
        "lastModifiedDateTime",
        "contentId",
        "contentLocation",
        "contentBytes",
    ],
    on_request: &[],
    page: 10,
    most: 1000,
    paging: Paging::Skip,
    item: true,
};

/// A call below the attachments of the event with this key.
pub(super) fn handle(sandbox: &mut Sandbox, call: &Call<'_>, key: u64, rest: &[&str]) -> Outcome {
    let writes = call.method != http::Method::GET;
    if writes {
        needs_writing(call)?
    } else {
        needs_reading(call)?
    };
    let context = |what: &str| call.context(&format!("events('{}')/attachments{what}", call.segment(2)));
    let mailbox = sandbox.mailbox(call.person)?;
    let entry = mailbox.calendar.events.entry(key).ok_or(Refusal::ItemNotFound)?;
    let all = || entry.thing.attachments.iter().map(|one| row(one, entry)).collect::<Vec<_>>();
    let find = || entry.thing.attachments.iter().find(|one| one.id == call.segment(4)).ok_or(Refusal::ItemNotFound);
    match (call.method.as_str(), rest) {
        ("GET", []) => rows::list(call, &ATTACHMENT, all(), &context(""), true),
        ("GET", ["$count"]) => rows::count(call, &ATTACHMENT, all()),
        ("GET", [_]) => rows::one(call, &ATTACHMENT, 200, row(find()?, entry), context("/$entity")),
        ("GET", [_, "$value"]) => {
            let one = find()?;
            Ok(web::answer(200, &one.content_type, one.bytes.clone()))
        }
        ("POST", []) => {
            let one = from_json(&call.json()?)?;
            if one.bytes.len() >= SESSION_FROM {
                return Err(Refusal::AttachmentTooLong);
            }
            let id = attach(sandbox, call.person, key, one, call.now_ms)?;
            let mailbox = sandbox.mailbox(call.person)?;
            let entry = mailbox.calendar.events.entry(key).ok_or(Refusal::ItemNotFound)?;
            let made = entry.thing.attachments.iter().find(|one| one.id == id).ok_or(Refusal::ItemNotFound)?;
            rows::one(call, &ATTACHMENT, 201, row(made, entry), context("/$entity"))
        }
        ("POST", ["createuploadsession"]) => upload::create(sandbox, call, Holder::Event(key)),
        ("DELETE", [_]) => {
            let id = find()?.id.clone();
            let mailbox = sandbox.mailbox_mut(call.person)?;
            mailbox.edit_event(key, call.now_ms, |event| event.attachments.retain(|one| one.id != id));
            Ok(web::empty(204))
        }
        (_, [] | [_] | [_, "$value"]) => Err(Refusal::MethodNotAllowed),
        (_, [_, other, ..]) => Err(Refusal::NoSuchResource((*other).to_owned())),
    }
}

/// Attaches to an event; the answer is the attachment's id.
pub(crate) fn attach(
    sandbox: &mut Sandbox,
    person: &Person,
    key: u64,
    mut one: Attachment,
    now_ms: i64,
) -> Result<String, Refusal> {
    let own = sandbox.fresh_guid("attachment").replace('-', "");
    let mailbox = sandbox.mailbox_mut(person)?;
    let owner = &mailbox.calendar.events.entry(key).ok_or(Refusal::ItemNotFound)?.immutable_id;
    one.id = attachment_view::fresh_id(owner, &own);
    let id = one.id.clone();
    mailbox.edit_event(key, now_ms, |event| event.attachments.push(one));
    Ok(id)
}

/// A file from JSON.
fn from_json(value: &Value) -> Result<Attachment, Refusal> {
    let bad = |text: &str| Refusal::BadRequest(text.to_owned());
    let kind = text_member(value, "@odata.type").unwrap_or("#microsoft.graph.fileAttachment");
    if !kind.to_ascii_lowercase().ends_with("fileattachment") {
        return Err(bad("An event takes file attachments."));
    }
    let bytes = text_member(value, "contentBytes").and_then(base64_decode);
    Ok(Attachment {
        name: text_member(value, "name").ok_or_else(|| bad("The attachment has no name."))?.to_owned(),
        content_type: text_member(value, "contentType").unwrap_or("application/octet-stream").to_owned(),
        bytes: bytes.ok_or_else(|| bad("The contentBytes are not base64."))?,
        inline: web::member(value, "isInline").and_then(Value::as_bool).unwrap_or(false),
        content_id: text_member(value, "contentId").map(str::to_owned),
        ..blank_file()
    })
}

/// A file as JSON, with its bytes.
pub(super) fn row(one: &Attachment, entry: &Entry<Event>) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.fileAttachment",
        "@odata.mediaContentType": one.content_type,
        "id": one.id,
        "name": one.name,
        "contentType": one.content_type,
        "size": one.bytes.len(),
        "isInline": one.inline,
        "lastModifiedDateTime": iso(entry.modified_ms),
        "contentId": one.content_id,
        "contentLocation": null,
        "contentBytes": base64(&one.bytes),
    })
}

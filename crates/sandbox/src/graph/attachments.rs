//! Attachments of a message: list, count, read, add, remove, and their bytes.
//! Files of three megabytes and more come by an upload session, because a request holds no more than four.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Value, json};

use crate::graph::attachment_view::{BASE, FILE, LINK, View, find, fresh_id};
use crate::graph::call::Call;
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer, attached_item, members};
use crate::mailbox::message::{Attachment, Message, Other};
use crate::people::Person;
use crate::sandbox::Sandbox;
use crate::web::{self, percent_encode};

/// Files of this size and above need an upload session.
pub(super) const SESSION_FROM: usize = 3 * 1024 * 1024;

/// .NET's leniency: padding may be missing and the last bits may be anything.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn list(sandbox: &Sandbox, call: &Call<'_>, key: u64) -> Outcome {
    let view = View::read(call)?;
    let message = message(sandbox, call, key)?;
    let mailbox = sandbox.mailbox(call.person)?;
    let rows: Vec<Value> = message.attachments.iter().map(|one| view.show(mailbox, one, message, call)).collect();
    let mut value = json!({ "value": rows });
    if call.query.first("$count").is_some_and(|asked| asked.eq_ignore_ascii_case("true"))
        && let Some(object) = value.as_object_mut()
    {
        object.insert("@odata.count".to_owned(), json!(message.attachments.len()));
    }
    Ok(answer(200, context(call, message, ""), value))
}

/// The number of attachments, as text.
pub(super) fn count(sandbox: &Sandbox, call: &Call<'_>, key: u64) -> Outcome {
    let count = message(sandbox, call, key)?.attachments.len();
    Ok(web::answer(200, "text/plain", count.to_string().into_bytes()))
}

pub(super) fn read(sandbox: &Sandbox, call: &Call<'_>, key: u64, id: &str) -> Outcome {
    let view = View::read(call)?;
    let message = message(sandbox, call, key)?;
    let value = view.show(sandbox.mailbox(call.person)?, find(message, id)?, message, call);
    Ok(answer(200, context(call, message, "/$entity"), value))
}

/// The bytes of an attachment: of an item, its file.
pub(super) fn value(sandbox: &Sandbox, call: &Call<'_>, key: u64, id: &str) -> Outcome {
    let one = find(message(sandbox, call, key)?, id)?;
    let kind = match &one.other {
        Some(Other::Reference(_)) => return Err(Refusal::AttachmentNoValue),
        Some(Other::Event(_) | Other::Contact(_)) => one.content_type.as_str(),
        None if one.item => "text/plain",
        None => one.content_type.as_str(),
    };
    Ok(web::answer(200, kind, one.bytes.clone()))
}

pub(super) fn add(sandbox: &mut Sandbox, call: &Call<'_>, key: u64) -> Outcome {
    call.needs_writing()?;
    check_open(sandbox, call, key)?;
    let body = call.json()?;
    let one = read_json(&body, call.version == "beta")?;
    if one.bytes.len() >= SESSION_FROM {
        return Err(Refusal::AttachmentTooLong);
    }
    let id = attach(sandbox, call.person, key, one, call.now_ms)?;
    let message = message(sandbox, call, key)?;
    let one = find(message, &id)?;
    let view = View::read(call)?;
    let value = view.show(sandbox.mailbox(call.person)?, one, message, call);
    Ok(answer(201, context(call, message, "/$entity"), value))
}

/// Refuses where nothing can be attached any more: the message is no draft, or on its way.
pub(super) fn check_open(sandbox: &Sandbox, call: &Call<'_>, key: u64) -> Result<(), Refusal> {
    let message = sandbox.mailbox(call.person)?.message(key).ok_or(Refusal::ItemNotFound)?;
    let guarded = sandbox.behaviour.guards_sent_mail && !message.is_draft;
    if guarded || message.submitted { Err(Refusal::PropertyReadOnly("attachments".to_owned())) } else { Ok(()) }
}

/// Attaches to a message; the answer is the attachment's immutable id.
pub(crate) fn attach(
    sandbox: &mut Sandbox,
    person: &Person,
    key: u64,
    mut one: Attachment,
    now_ms: i64,
) -> Result<String, Refusal> {
    let own = sandbox.fresh_guid("attachment").replace('-', "");
    let mailbox = sandbox.mailbox_mut(person)?;
    let owner = &mailbox.message(key).ok_or(Refusal::ItemNotFound)?.immutable_id;
    one.id = fresh_id(owner, &own);
    one.changed_ms = Some(now_ms);
    let id = one.id.clone();
    mailbox.update(key, &["hasAttachments"], now_ms, |message| message.attachments.push(one));
    Ok(id)
}

pub(super) fn delete(sandbox: &mut Sandbox, call: &Call<'_>, key: u64, id: &str) -> Outcome {
    call.needs_writing()?;
    let id = find(message(sandbox, call, key)?, id)?.id.clone();
    let mailbox = sandbox.mailbox_mut(call.person)?;
    mailbox.update(key, &["hasAttachments"], call.now_ms, |message| {
        message.attachments.retain(|one| one.id != id);
    });
    Ok(web::empty(204))
}

/// The message, for those who may see what hangs on it.
fn message<'s>(sandbox: &'s Sandbox, call: &Call<'_>, key: u64) -> Result<&'s Message, Refusal> {
    call.needs(&["Mail.ReadWrite", "Mail.Read"])?;
    sandbox.mailbox(call.person)?.message(key).ok_or(Refusal::ItemNotFound)
}

fn context(call: &Call<'_>, message: &Message, end: &str) -> String {
    call.context(&format!("messages('{}')/attachments{end}", percent_encode(call.id_of(message))))
}

/// An attachment from JSON.
pub(super) fn from_json(value: &Value) -> Result<Attachment, Refusal> {
    read_json(value, false)
}

fn read_json(value: &Value, beta: bool) -> Result<Attachment, Refusal> {
    let kind = members::kind(value).unwrap_or_else(|| "fileattachment".to_owned());
    let mut one = Attachment {
        name: members::text(value, "name")?.ok_or(Refusal::PropertyMissing("name"))?.to_owned(),
        content_type: members::text(value, "contentType")?.unwrap_or_default().to_owned(),
        inline: members::truth(value, "isInline")?.unwrap_or(false),
        ..Attachment::default()
    };
    match kind.as_str() {
        "fileattachment" => {
            members::check(value, &[&BASE, &FILE], "fileAttachment")?;
            let bytes = members::text(value, "contentBytes")?.ok_or(Refusal::PropertyMissing("contentBytes"))?;
            one.bytes = decoded(bytes).ok_or_else(|| members::wrong(&json!(bytes), "Edm.Binary"))?;
            one.content_id = members::text(value, "contentId")?.map(str::to_owned);
            if one.content_type.is_empty() {
                one.content_type = type_of(&one.name);
            }
        }
        "itemattachment" => {
            members::check(value, &[&BASE, &["item"]], "itemAttachment")?;
            let item = web::member(value, "item").filter(|item| item.is_object());
            attached_item::fill(&mut one, item.ok_or(Refusal::PropertyMissing("item"))?)?;
        }
        "referenceattachment" => {
            let own: &[&str] = if beta { &LINK } else { &[] };
            members::check(value, &[&BASE, own], "referenceAttachment")?;
            one.other = Some(Other::Reference(link(value)?));
            if one.content_type.is_empty() {
                one.content_type = type_of(&one.name);
            }
        }
        other => return Err(members::wrong(&json!(other), "microsoft.graph.attachment")),
    }
    Ok(one)
}

/// What a link says of itself.
fn link(value: &Value) -> Result<Value, Refusal> {
    let mut link = serde_json::Map::new();
    for name in LINK {
        if name == "isFolder" {
            link.insert(name.to_owned(), json!(members::truth(value, name)?.unwrap_or(false)));
        } else {
            link.insert(name.to_owned(), json!(members::text(value, name)?));
        }
    }
    Ok(Value::Object(link))
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let clean: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    LENIENT.decode(clean).ok()
}

/// The type that a file's name suggests.
pub(super) fn type_of(name: &str) -> String {
    mime_guess::from_path(name).first_raw().unwrap_or("application/octet-stream").to_owned()
}

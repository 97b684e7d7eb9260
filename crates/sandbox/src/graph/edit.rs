//! JSON into a message: making drafts and changing what is there.
//! What may be changed on mail that is no longer a draft is Graph's list, enforced.

use serde_json::Value;

use crate::chance::base64_decode;
use crate::graph::call::Call;
use crate::graph::expand::Expand;
use crate::graph::query::Select;
use crate::graph::refusal::Refusal;
pub(super) use crate::graph::values::addresses;
use crate::graph::values::{address, content, flag, headers};
use crate::graph::{Outcome, attachments, extended, extensions, folders, item};
use crate::mailbox::message::{Address, Importance, Message};
use crate::mime;
use crate::people::Person;
use crate::sandbox::Sandbox;
use crate::web;

/// Properties that Graph lets a client set on drafts only.
const DRAFT_ONLY: [&str; 9] = [
    "subject",
    "body",
    "from",
    "sender",
    "toRecipients",
    "ccRecipients",
    "bccRecipients",
    "replyTo",
    "internetMessageId",
];

/// Graph takes this many recipients over To, Cc and Bcc.
const MOST_RECIPIENTS: usize = 500;

/// Makes a draft in a folder, from JSON or from base64 MIME.
pub(super) fn create(sandbox: &mut Sandbox, call: &Call<'_>, folder: &str) -> Outcome {
    call.needs_writing()?;
    let folder = folders::place(sandbox.mailbox(call.person)?, folder)?;
    let draft = from_body(call)?;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let key = mailbox.insert(draft, &folder, call.now_ms);
    note_fresh(sandbox, call, key)?;
    let mailbox = sandbox.mailbox(call.person)?;
    item::shown(mailbox, call, key, 201, &Select::All, &Expand::default())
}

/// The draft that a request's body describes.
fn from_body(call: &Call<'_>) -> Result<Message, Refusal> {
    if call.is_mime() {
        return from_mime(call.body, call.person, call.now_ms);
    }
    from_json(&call.json()?, call.person, call.now_ms)
}

/// A draft from base64 MIME.
pub(super) fn from_mime(body: &[u8], person: &Person, now_ms: i64) -> Result<Message, Refusal> {
    let text = std::str::from_utf8(body).map_err(|_| Refusal::BadBase64)?;
    let bytes = base64_decode(text).ok_or(Refusal::BadBase64)?;
    let read = mime::read::read(&bytes).map_err(|_| Refusal::BadBase64)?;
    let mut draft = read.message;
    // The wire form is made anew on sending, because a draft can still change.
    draft.mime = None;
    draft.headers.retain(|(name, _)| name.to_ascii_lowercase().starts_with("x-"));
    Ok(dated(draft, person, now_ms))
}

/// A draft from JSON.
pub(super) fn from_json(body: &Value, person: &Person, now_ms: i64) -> Result<Message, Refusal> {
    let draft = dated(Message::default(), person, now_ms);
    let (mut draft, _) = apply(draft, body, person, Stage::Made)?;
    attach(&mut draft, body)?;
    Ok(draft)
}

/// Adds the attachments that a new message's JSON brings along.
pub(super) fn attach(draft: &mut Message, body: &Value) -> Result<(), Refusal> {
    match web::member(body, "attachments") {
        None | Some(Value::Null) => Ok(()),
        Some(list) => {
            let list = list.as_array();
            let list = list.ok_or_else(|| Refusal::BadRequest("Attachments are a collection.".to_owned()))?;
            list.iter().try_for_each(|one| attachments::from_json(one).map(|one| draft.attachments.push(one)))
        }
    }
}

/// Lets Exchange's habits with fresh drafts begin, where they are switched on.
pub(super) fn note_fresh(sandbox: &mut Sandbox, call: &Call<'_>, key: u64) -> Result<(), Refusal> {
    let (bump_ms, conflicts) = (sandbox.behaviour.draft_bump_ms, sandbox.behaviour.draft_conflicts_first);
    let mailbox = sandbox.mailbox_mut(call.person)?;
    if bump_ms > 0 {
        mailbox.bumps.push((call.now_ms.saturating_add(bump_ms), key));
    }
    if conflicts {
        mailbox.fresh.insert(key);
    }
    Ok(())
}

/// How far a message is on its way, which decides what a client may still set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is being made: header fields and extensions can be given now and never again.
    Made,
    /// It is kept: what belongs to drafts can be set on drafts only.
    Kept,
    /// It is kept, and the app may change sensitive properties of any message.
    KeptFreely,
}

/// Makes a message a draft of this person, of this moment.
pub(super) fn dated(mut draft: Message, person: &Person, now_ms: i64) -> Message {
    draft.is_draft = true;
    draft.is_read = true;
    draft.received_ms = now_ms;
    draft.sent_ms = now_ms;
    let own = Address::new(person.name, person.address);
    draft.from.get_or_insert_with(|| own.clone());
    draft.sender.get_or_insert(own);
    draft
}

/// Applies a PATCH body: the changed message and Graph's names of what changed.
pub(super) fn apply(
    mut message: Message,
    body: &Value,
    person: &Person,
    stage: Stage,
) -> Result<(Message, Vec<&'static str>), Refusal> {
    let Some(object) = body.as_object() else {
        return Err(Refusal::BadRequest("The request body must be an object.".to_owned()));
    };
    let mut changed = Vec::new();
    for (name, value) in object {
        let draft_only = DRAFT_ONLY.iter().any(|one| one.eq_ignore_ascii_case(name));
        if draft_only && !message.is_draft && stage == Stage::Kept {
            return Err(Refusal::PropertyReadOnly(name.clone()));
        }
        if stage != Stage::Made && name.eq_ignore_ascii_case("internetMessageHeaders") {
            return Err(Refusal::PropertyReadOnly(name.clone()));
        }
        if stage == Stage::Made && name.eq_ignore_ascii_case("extensions") {
            extensions::set(&mut message, value)?;
        }
        if let Some(property) = set(&mut message, name, value)? {
            changed.extend(property);
        }
    }
    if message.to.len() + message.cc.len() + message.bcc.len() > MOST_RECIPIENTS {
        return Err(Refusal::BadRecipients(format!("A message can have at most {MOST_RECIPIENTS} recipients.")));
    }
    if message.is_draft {
        // Graph fills the sender itself; who may send as whom is decided on sending.
        message.sender = Some(Address::new(person.name, person.address));
    }
    Ok((message, changed))
}

/// Sets one property; none where Graph ignores it.
fn set(message: &mut Message, name: &str, value: &Value) -> Result<Option<Vec<&'static str>>, Refusal> {
    let wrong = || Refusal::BadRequest(format!("The value of '{name}' is not valid."));
    let truth = || value.as_bool().ok_or_else(wrong);
    let one = |property: &'static str| Ok(Some(vec![property]));
    match name.to_ascii_lowercase().as_str() {
        "subject" => {
            message.subject = match value {
                Value::String(text) => text.replace(['\r', '\n'], " "),
                Value::Null => String::new(),
                Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => return Err(wrong()),
            };
            one("subject")
        }
        "body" => {
            message.content = content(value)?;
            message.preview = mime::body::preview(&message.content);
            Ok(Some(vec!["body", "bodyPreview"]))
        }
        "torecipients" => {
            message.to = addresses(value)?;
            one("toRecipients")
        }
        "ccrecipients" => {
            message.cc = addresses(value)?;
            one("ccRecipients")
        }
        "bccrecipients" => {
            message.bcc = addresses(value)?;
            one("bccRecipients")
        }
        "replyto" => {
            message.reply_to = addresses(value)?;
            one("replyTo")
        }
        "from" => {
            message.from = Some(address(value)?);
            one("from")
        }
        "internetmessageid" => {
            message.internet_message_id = value.as_str().ok_or_else(wrong)?.to_owned();
            one("internetMessageId")
        }
        "isread" => {
            message.is_read = truth()?;
            one("isRead")
        }
        "isreadreceiptrequested" => {
            message.read_receipt = truth()?;
            one("isReadReceiptRequested")
        }
        "isdeliveryreceiptrequested" => {
            message.delivery_receipt = truth()?;
            one("isDeliveryReceiptRequested")
        }
        "importance" => {
            let word = value.as_str().ok_or_else(wrong)?;
            message.importance = Importance::from_word(word).ok_or_else(wrong)?;
            one("importance")
        }
        "inferenceclassification" => {
            message.other = match value.as_str().map(str::to_ascii_lowercase).as_deref() {
                Some("focused") => false,
                Some("other") => true,
                Some(_) | None => return Err(wrong()),
            };
            one("inferenceClassification")
        }
        "categories" => {
            let list = value.as_array().ok_or_else(wrong)?;
            message.categories =
                list.iter().map(|one| one.as_str().map(str::to_owned).ok_or_else(wrong)).collect::<Result<_, _>>()?;
            one("categories")
        }
        "flag" => {
            message.flag = flag(value)?;
            one("flag")
        }
        "singlevalueextendedproperties" => {
            extended::set_single(message, value)?;
            Ok(Some(vec!["lastModifiedDateTime"]))
        }
        "multivalueextendedproperties" => {
            extended::set_multi(message, value)?;
            Ok(Some(vec!["lastModifiedDateTime"]))
        }
        "internetmessageheaders" => {
            message.headers = headers(value)?;
            one("internetMessageHeaders")
        }
        // Read-only, open or unknown: Graph takes these without a word and without effect.
        _ => Ok(None),
    }
}

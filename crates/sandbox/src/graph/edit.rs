//! JSON into a message: making drafts and changing what is there.
//! What may be changed on mail that is no longer a draft is Graph's list, enforced.

use serde_json::Value;

use crate::chance::base64_decode;
use crate::graph::call::{Call, text_member};
use crate::graph::query::{Expand, Select};
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, attachments, folders, item};
use crate::mailbox::message::{Address, Content, Flag, Importance, Message};
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
    let (mut draft, _) = apply(draft, body, person)?;
    if let Some(list) = web::member(body, "attachments").and_then(Value::as_array) {
        for one in list {
            draft.attachments.push(attachments::from_json(one)?);
        }
    }
    Ok(draft)
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
) -> Result<(Message, Vec<&'static str>), Refusal> {
    let Some(object) = body.as_object() else {
        return Err(Refusal::BadRequest("The request body must be an object.".to_owned()));
    };
    let mut changed = Vec::new();
    for (name, value) in object {
        let draft_only = DRAFT_ONLY.iter().any(|one| one.eq_ignore_ascii_case(name));
        if draft_only && !message.is_draft {
            return Err(Refusal::PropertyReadOnly(name.clone()));
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
            message.subject = value.as_str().unwrap_or_default().to_owned();
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
            for property in value.as_array().ok_or_else(wrong)? {
                let id = text_member(property, "id").ok_or_else(wrong)?;
                let value = text_member(property, "value").unwrap_or_default();
                message.extended.insert(id.to_owned(), value.to_owned());
            }
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

fn content(value: &Value) -> Result<Content, Refusal> {
    let kind = text_member(value, "contentType").unwrap_or("text");
    let html = match kind.to_ascii_lowercase().as_str() {
        "html" => true,
        "text" => false,
        _ => return Err(Refusal::BadRequest("The contentType of a body is text or html.".to_owned())),
    };
    let text = text_member(value, "content").unwrap_or_default().to_owned();
    Ok(Content { html, text })
}

/// One recipient of JSON.
pub(super) fn address(value: &Value) -> Result<Address, Refusal> {
    let inner = web::member(value, "emailAddress")
        .ok_or_else(|| Refusal::BadRecipients("A recipient needs an emailAddress.".to_owned()))?;
    let address = text_member(inner, "address").unwrap_or_default().trim();
    let name = text_member(inner, "name").unwrap_or(address);
    Ok(Address::new(name, address))
}

/// A list of recipients of JSON.
pub(super) fn addresses(value: &Value) -> Result<Vec<Address>, Refusal> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    value
        .as_array()
        .ok_or_else(|| Refusal::BadRequest("Recipients are a list.".to_owned()))?
        .iter()
        .map(address)
        .collect()
}

fn flag(value: &Value) -> Result<Flag, Refusal> {
    let status = text_member(value, "flagStatus").unwrap_or("notFlagged");
    let status = ["notFlagged", "flagged", "complete"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(status))
        .ok_or_else(|| Refusal::BadRequest("The flagStatus is not valid.".to_owned()))?;
    let mut flag = Flag::with_status(status);
    for name in ["startDateTime", "dueDateTime", "completedDateTime"] {
        if let Some(date) = web::member(value, name).filter(|date| !date.is_null()) {
            flag.dates.insert(name.to_owned(), date.clone());
        }
    }
    if flag.dates.contains_key("dueDateTime") && !flag.dates.contains_key("startDateTime") {
        return Err(Refusal::BadRequest("A flag with a dueDateTime needs a startDateTime.".to_owned()));
    }
    Ok(flag)
}

fn headers(value: &Value) -> Result<Vec<(String, String)>, Refusal> {
    let list = value.as_array().ok_or(Refusal::BadHeaderCount)?;
    if list.is_empty() || list.len() > 5 {
        return Err(Refusal::BadHeaderCount);
    }
    list.iter()
        .map(|one| {
            let name = text_member(one, "name").unwrap_or_default();
            if !name.to_ascii_lowercase().starts_with("x-") {
                return Err(Refusal::BadHeaderName(name.to_owned()));
            }
            let value = text_member(one, "value").unwrap_or_default();
            // A line end would let a value become a header of its own.
            let value = value.replace(['\r', '\n'], " ");
            Ok((name.to_owned(), value))
        })
        .collect()
}

//! Items inside a message: another message, an event or a contact, from JSON and back.
//! A message is kept as MIME, so that one sent by mail and one written in JSON are the same thing.

use serde_json::{Map, Value, json};

use crate::chance::{base64_url, digest};
use crate::graph::call::Call;
use crate::graph::members;
use crate::graph::nested::Part;
use crate::graph::query::Select;
use crate::graph::refusal::Refusal;
use crate::graph::{attached_files, attachment_view, edit, render};
use crate::mailbox::Mailbox;
use crate::mailbox::message::{Attachment, Other};
use crate::mime;
use crate::people::PEOPLE;
use crate::time::{iso, parse_iso};
use crate::web;

#[derive(Clone, Copy)]
enum Form {
    Text,
    Truth,
    Object,
    List,
}

/// What is kept of an attached event.
const EVENT: [(&str, Form); 14] = [
    ("subject", Form::Text),
    ("bodyPreview", Form::Text),
    ("importance", Form::Text),
    ("sensitivity", Form::Text),
    ("showAs", Form::Text),
    ("iCalUId", Form::Text),
    ("isAllDay", Form::Truth),
    ("body", Form::Object),
    ("start", Form::Object),
    ("end", Form::Object),
    ("location", Form::Object),
    ("organizer", Form::Object),
    ("attendees", Form::List),
    ("categories", Form::List),
];

/// What is kept of an attached contact.
const CONTACT: [(&str, Form); 17] = [
    ("displayName", Form::Text),
    ("givenName", Form::Text),
    ("middleName", Form::Text),
    ("surname", Form::Text),
    ("nickName", Form::Text),
    ("title", Form::Text),
    ("jobTitle", Form::Text),
    ("companyName", Form::Text),
    ("department", Form::Text),
    ("officeLocation", Form::Text),
    ("mobilePhone", Form::Text),
    ("personalNotes", Form::Text),
    ("fileAs", Form::Text),
    ("emailAddresses", Form::List),
    ("businessPhones", Form::List),
    ("homePhones", Form::List),
    ("categories", Form::List),
];

/// Fills an attachment from the JSON of an item.
pub(super) fn fill(attachment: &mut Attachment, item: &Value) -> Result<(), Refusal> {
    match members::kind(item).as_deref() {
        Some("message" | "eventmessage" | "eventmessagerequest" | "eventmessageresponse") => {
            attachment.item = true;
            attachment.bytes = message(item)?;
        }
        Some("event") => {
            let event = kept(item, &EVENT)?;
            "text/calendar".clone_into(&mut attachment.content_type);
            attachment.bytes = attached_files::calendar(&event);
            attachment.other = Some(Other::Event(event));
        }
        Some("contact") => {
            let contact = kept(item, &CONTACT)?;
            "text/vcard".clone_into(&mut attachment.content_type);
            attachment.bytes = attached_files::card(&contact);
            attachment.other = Some(Other::Contact(contact));
        }
        Some(_) => return Err(Refusal::ResponseNotSupported),
        None => return Err(Refusal::PropertyMissing("item/@odata.type")),
    }
    Ok(())
}

/// The message that an item's JSON describes, as MIME.
fn message(item: &Value) -> Result<Vec<u8>, Refusal> {
    let moment = |name: &str| members::text(item, name).map(|text| text.and_then(parse_iso));
    let sent = moment("sentDateTime")?.or(moment("receivedDateTime")?);
    // Somebody has to own a draft; of what is attached, the item alone says who wrote it.
    let owner = PEOPLE.first().ok_or(Refusal::MailboxNotFound)?;
    let mut message = edit::from_json(item, owner, sent.unwrap_or_default())?;
    if web::member(item, "from").is_none_or(Value::is_null) {
        message.from = None;
    }
    message.sender.clone_from(&message.from);
    message.is_draft = false;
    // Boundaries are made of the id, and those of nested messages must differ.
    message.immutable_id = base64_url(&digest(&[item.to_string().as_bytes()]));
    let written = mime::write::write(&message);
    Ok(if sent.is_some() { written } else { undated(&written) })
}

/// A mail without its date, which nobody knows.
fn undated(mime: &[u8]) -> Vec<u8> {
    let mut head = true;
    let lines = mime.split_inclusive(|byte| *byte == b'\n');
    let kept = lines.filter(|line| {
        head = head && *line != b"\r\n";
        !(head && line.starts_with(b"Date: "))
    });
    kept.flatten().copied().collect()
}

/// The known properties of an item, each of the form it must have.
fn kept(item: &Value, known: &[(&str, Form)]) -> Result<Value, Refusal> {
    let mut object = Map::new();
    for (name, form) in known {
        let Some(value) = web::member(item, name).filter(|value| !value.is_null()) else {
            continue;
        };
        let (good, kind) = match form {
            Form::Text => (value.is_string(), "Edm.String"),
            Form::Truth => (value.is_boolean(), "Edm.Boolean"),
            Form::Object => (value.is_object(), "Complex"),
            Form::List => (value.is_array(), "Collection"),
        };
        if !good {
            return Err(members::wrong(value, kind));
        }
        object.insert((*name).to_owned(), value.clone());
    }
    Ok(Value::Object(object))
}

/// What `$expand=microsoft.graph.itemAttachment/item` asks for.
#[derive(Clone, Debug)]
pub(super) struct ItemView {
    select: Select,
    /// Whether the attachments of an attached message come along.
    attachments: bool,
}

impl ItemView {
    pub(super) fn read(part: &Part) -> Result<Self, Refusal> {
        let inner = Part::all(part.option("$expand"));
        if let Some(other) = inner.iter().find(|one| !one.name.eq_ignore_ascii_case("attachments")) {
            return Err(Refusal::ExpandNotSupported(other.name.clone()));
        }
        Ok(Self { select: Select::messages(part.option("$select"))?, attachments: !inner.is_empty() })
    }

    /// The item of an attachment; null where there is none to read.
    pub(super) fn show(&self, mailbox: &Mailbox, one: &Attachment, call: &Call<'_>) -> Value {
        let (kind, item) = match &one.other {
            Some(Other::Event(item)) => ("event", item),
            Some(Other::Contact(item)) => ("contact", item),
            Some(Other::Reference(_)) => return Value::Null,
            None => return self.message(mailbox, one, call),
        };
        let mut item = item.clone();
        if let Some(object) = item.as_object_mut() {
            object.insert("@odata.type".to_owned(), json!(format!("#microsoft.graph.{kind}")));
            object.insert("id".to_owned(), json!(""));
            object.insert("lastModifiedDateTime".to_owned(), json!(iso(one.changed_ms.unwrap_or_default())));
        }
        item
    }

    fn message(&self, mailbox: &Mailbox, one: &Attachment, call: &Call<'_>) -> Value {
        let Ok(incoming) = mime::read::read(&one.bytes) else {
            return Value::Null;
        };
        let mut message = incoming.message;
        let changed = one.changed_ms.unwrap_or_default();
        message.sent_ms = incoming.date_ms.unwrap_or(changed);
        message.received_ms = message.sent_ms;
        (message.created_ms, message.modified_ms) = (changed, changed);
        let mut value = render::message(mailbox, &message, &self.select, &Default::default(), call);
        if let Some(object) = value.as_object_mut() {
            // What lies inside another message has no place and no version of its own.
            for name in ["@odata.etag", "changeKey", "parentFolderId", "conversationId", "webLink"] {
                object.remove(name);
            }
            object.entry("@odata.type").or_insert(json!("#microsoft.graph.message"));
            if self.attachments {
                let inner = message.attachments.iter();
                let inner = inner.map(|one| attachment_view::whole(one, &message, true)).collect();
                object.insert("attachments".to_owned(), inner);
            }
        }
        value
    }
}

//! How messages, folders and attachments look on the wire.
//! Each property is made only when it is selected, so that a list costs what it shows.

use serde_json::{Map, Value, json};

use crate::chance::{base64, base64_url};
use crate::graph::attachment_view;
use crate::graph::call::{BodyKind, Call};
use crate::graph::expand::{Expand, Fields};
use crate::graph::query::{MESSAGE_PROPERTIES, Select};
use crate::graph::{derived, event_message, extended, extensions};
use crate::mailbox::Mailbox;
use crate::mailbox::folder::Folder;
use crate::mailbox::message::{Address, Attachment, Content, Message};
use crate::mime::{body, unique};
use crate::time::iso;
use crate::web::percent_encode;

/// Header fields that Graph keeps to itself, because they have properties of their own.
const HIDDEN: [&str; 4] = ["From", "To", "Cc", "Bcc"];

/// A message as JSON, with its ETag and id always there.
pub(crate) fn message(
    mailbox: &Mailbox,
    message: &Message,
    select: &Select,
    expand: &Expand,
    call: &Call<'_>,
) -> Value {
    let mut object = Map::new();
    object.insert("@odata.etag".to_owned(), json!(mailbox.etag(message.change)));
    if let Some(meeting) = message.meeting {
        object.insert("@odata.type".to_owned(), json!(meeting.odata_type()));
    }
    object.insert("id".to_owned(), json!(call.id_of(message)));
    let extra = ["uniqueBody", "internetMessageHeaders"];
    let derived = message.meeting.map(derived::names).unwrap_or_default();
    for name in MESSAGE_PROPERTIES.into_iter().chain(extra).chain(derived) {
        if name != "id"
            && select.has(name)
            && let Some(value) = property(mailbox, message, name, call)
        {
            object.insert(name.to_owned(), value);
        }
    }
    if !call.reads_basics_only() {
        expanded(message, expand, &mut object);
    }
    event_message::dress(mailbox, message, (select, expand), call, &mut object);
    attachment_view::renamed(Value::Object(object), message, call)
}

/// Adds what hangs on a message, where it was asked for.
fn expanded(message: &Message, expand: &Expand, object: &mut Map<String, Value>) {
    if let Some(fields) = &expand.attachments {
        let list = message
            .attachments
            .iter()
            .map(|one| match fields {
                Fields::All => attachment(one, message, true),
                Fields::Only(names) => {
                    let mut value = attachment(one, message, names.contains(&"contentBytes"));
                    if let Some(object) = value.as_object_mut() {
                        object.retain(|key, _| key.starts_with('@') || key == "id" || names.contains(&key.as_str()));
                    }
                    value
                }
            })
            .collect();
        object.insert("attachments".to_owned(), Value::Array(list));
    }
    if let Some(names) = &expand.extensions {
        object.insert("extensions".to_owned(), Value::Array(extensions::all(message, names)));
    }
    let single = extended::shown_single(message, &expand.single);
    if !single.is_empty() {
        object.insert("singleValueExtendedProperties".to_owned(), Value::Array(single));
    }
    let multi = extended::shown_multi(message, &expand.multi);
    if !multi.is_empty() {
        object.insert("multiValueExtendedProperties".to_owned(), Value::Array(multi));
    }
}

/// The selection as a context line shows it, brackets included; nothing where all was asked for.
pub(crate) fn selected(call: &Call<'_>) -> String {
    let names = call.query.first("$select").map(|text| text.split(',').map(str::trim).collect::<Vec<_>>().join(","));
    names.filter(|names| !names.is_empty()).map_or(String::new(), |names| format!("({names})"))
}

/// One property of a message; none where the message has no such property at all.
pub(crate) fn property(mailbox: &Mailbox, message: &Message, name: &str, call: &Call<'_>) -> Option<Value> {
    if matches!(name, "body" | "bodyPreview" | "uniqueBody") && call.reads_basics_only() {
        return None;
    }
    Some(match name {
        "createdDateTime" => json!(iso(message.created_ms)),
        "lastModifiedDateTime" => json!(iso(message.modified_ms)),
        "changeKey" => json!(mailbox.change_key(message.change)),
        "categories" => json!(message.categories),
        "receivedDateTime" => json!(iso(message.received_ms)),
        "sentDateTime" => json!(iso(message.sent_ms)),
        "hasAttachments" => json!(message.has_attachments()),
        "internetMessageId" => json!(message.internet_message_id),
        "subject" => json!(message.subject),
        "bodyPreview" => json!(message.preview),
        "importance" => json!(message.importance.word()),
        "parentFolderId" => json!(message.folder),
        "conversationId" => json!(message.conversation_id),
        "conversationIndex" => json!(base64(&message.conversation_index)),
        "isDeliveryReceiptRequested" => json!(message.delivery_receipt),
        "isReadReceiptRequested" => json!(message.read_receipt),
        "isRead" => json!(message.is_read),
        "isDraft" => json!(message.is_draft),
        "webLink" => json!(format!(
            "https://outlook.office365.com/owa/?ItemID={}&exvsurl=1&viewmodel=ReadMessageItem",
            percent_encode(&message.default_id)
        )),
        "inferenceClassification" => json!(if message.other { "other" } else { "focused" }),
        "body" => body_value(message, &message.content, call),
        "uniqueBody" => body_value(message, &unique::part(&message.content), call),
        "sender" => one_address(message.sender.as_ref()),
        "from" => one_address(message.from.as_ref()),
        "toRecipients" => addresses(&message.to),
        "ccRecipients" => addresses(&message.cc),
        "bccRecipients" => addresses(&message.bcc),
        "replyTo" => addresses(&message.reply_to),
        "flag" => message.flag.to_json(),
        // Exchange keeps these for received mail only.
        "internetMessageHeaders" if message.mime.is_some() || message.is_draft => {
            let shown =
                message.headers.iter().filter(|(name, _)| !HIDDEN.iter().any(|one| name.eq_ignore_ascii_case(one)));
            Value::Array(shown.map(|(name, value)| json!({"name": name, "value": value})).collect())
        }
        _ => return derived::property(message.meeting?, name),
    })
}

fn body_value(message: &Message, content: &Content, call: &Call<'_>) -> Value {
    let html = match call.body_kind {
        Some(BodyKind::Html) => true,
        Some(BodyKind::Text) => false,
        // Graph shows received plain text as HTML unless asked otherwise; a draft keeps its own kind.
        None => content.html || !message.is_draft,
    };
    let text = match (html, content) {
        (true, Content { html: true, text }) if call.unsafe_html => text.clone(),
        (true, Content { html: true, text }) => body::clean(text),
        (true, Content { html: false, text }) => body::text_as_html(text),
        (false, content) => body::as_text(content),
    };
    json!({"contentType": if html { "html" } else { "text" }, "content": text})
}

fn one_address(address: Option<&Address>) -> Value {
    address.map_or(Value::Null, |one| json!({"emailAddress": {"name": one.name, "address": one.address}}))
}

fn addresses(list: &[Address]) -> Value {
    Value::Array(list.iter().map(|one| one_address(Some(one))).collect())
}

/// A folder as JSON.
pub(crate) fn folder(mailbox: &Mailbox, folder: &Folder, select: &Select) -> Value {
    let mut object = Map::new();
    object.insert("id".to_owned(), json!(folder.id));
    let all = [
        ("displayName", json!(folder.name)),
        ("parentFolderId", json!(folder.parent.as_ref().unwrap_or(&folder.id))),
        ("childFolderCount", json!(mailbox.child_count(&folder.id))),
        ("unreadItemCount", json!(folder.unread)),
        ("totalItemCount", json!(folder.rows.len())),
        ("isHidden", json!(folder.hidden)),
    ];
    for (name, value) in all {
        if select.has(name) {
            object.insert(name.to_owned(), value);
        }
    }
    Value::Object(object)
}

/// An attachment as JSON, with its bytes where asked for.
pub(crate) fn attachment(one: &Attachment, message: &Message, bytes: bool) -> Value {
    attachment_view::whole(one, message, bytes)
}

/// A token in a link: opaque to the client, JSON to us.
pub(crate) fn token(value: &Value) -> String {
    base64_url(value.to_string().as_bytes())
}

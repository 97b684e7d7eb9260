//! How messages, folders and attachments look on the wire.
//! Each property is made only when it is selected, so that a list costs what it shows.

use serde_json::{Map, Value, json};

use crate::chance::{base64, base64_url};
use crate::graph::attachment_view;
use crate::graph::call::{BodyKind, Call};
use crate::graph::query::{Expand, MESSAGE_PROPERTIES, Select};
use crate::mailbox::Mailbox;
use crate::mailbox::folder::Folder;
use crate::mailbox::message::{Address, Attachment, Content, Message};
use crate::mime::body;
use crate::time::iso;
use crate::web::percent_encode;

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
    for name in MESSAGE_PROPERTIES.into_iter().chain(extra) {
        if name != "id"
            && select.has(name)
            && let Some(value) = property(mailbox, message, name, call)
        {
            object.insert(name.to_owned(), value);
        }
    }
    if expand.attachments {
        let list: Vec<Value> = message.attachments.iter().map(|one| attachment(one, message, true)).collect();
        object.insert("attachments".to_owned(), Value::Array(list));
    }
    let extended: Vec<Value> = expand
        .extended
        .iter()
        .filter_map(|id| message.extended.iter().find(|(known, _)| known.eq_ignore_ascii_case(id)))
        .map(|(id, value)| json!({"id": id, "value": value}))
        .collect();
    if !extended.is_empty() {
        object.insert("singleValueExtendedProperties".to_owned(), Value::Array(extended));
    }
    attachment_view::renamed(Value::Object(object), message, call)
}

/// One property of a message; none where the message has no such property at all.
pub(crate) fn property(mailbox: &Mailbox, message: &Message, name: &str, call: &Call<'_>) -> Option<Value> {
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
        "body" | "uniqueBody" => body_value(message, call),
        "sender" => one_address(message.sender.as_ref()),
        "from" => one_address(message.from.as_ref()),
        "toRecipients" => addresses(&message.to),
        "ccRecipients" => addresses(&message.cc),
        "bccRecipients" => addresses(&message.bcc),
        "replyTo" => addresses(&message.reply_to),
        "flag" => message.flag.to_json(),
        "meetingMessageType" => json!(message.meeting?.word()),
        // Exchange keeps these for received mail only.
        "internetMessageHeaders" if message.mime.is_some() || message.is_draft => {
            Value::Array(message.headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect())
        }
        _ => return None,
    })
}

fn body_value(message: &Message, call: &Call<'_>) -> Value {
    let content = &message.content;
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

//! How an attachment is shown: its type, its properties, its id in the format of the request.
//! Bytes come as base64 unless the request selects without them, as Graph does it.

use serde_json::{Value, json};

use crate::chance::base64;
use crate::graph::attached_item::ItemView;
use crate::graph::call::Call;
use crate::graph::nested::Part;
use crate::graph::refusal::Refusal;
use crate::mailbox::Mailbox;
use crate::mailbox::message::{Attachment, Message, Other};
use crate::time::iso;

/// Properties of every attachment; those of a file need the cast to be selected.
pub(super) const BASE: [&str; 6] = ["id", "name", "contentType", "size", "isInline", "lastModifiedDateTime"];
pub(super) const FILE: [&str; 3] = ["contentId", "contentLocation", "contentBytes"];
/// What a link has, in the beta version alone.
pub(super) const LINK: [&str; 6] =
    ["sourceUrl", "providerType", "thumbnailUrl", "previewUrl", "permission", "isFolder"];

const FILE_CAST: &str = "microsoft.graph.fileAttachment";
const LINK_CAST: &str = "microsoft.graph.referenceAttachment";
/// The mark between a message's id and the attachment's own part.
const JOINT: &str = "EgAQ";

/// The id of a new attachment: its owner's, and a name of its own.
pub(super) fn fresh_id(owner: &str, own: &str) -> String {
    format!("{owner}{JOINT}{own}")
}

/// Which properties of attachments an answer shows.
pub(super) struct View {
    /// None where all are shown.
    names: Option<Vec<&'static str>>,
    item: Option<ItemView>,
    beta: bool,
}

impl View {
    /// Reads `$select` and `$expand` of a request.
    pub(super) fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let beta = call.version == "beta";
        let select = call.query.first("$select").filter(|text| !text.trim().is_empty());
        let names = select.map(|text| text.split(',').map(|name| property(name.trim(), beta)).collect()).transpose()?;
        let mut item = None;
        for part in Part::all(call.query.first("$expand")) {
            if !part.name.eq_ignore_ascii_case("microsoft.graph.itemAttachment/item") {
                return Err(unknown(&part.name));
            }
            item = Some(ItemView::read(&part)?);
        }
        Ok(Self { names, item, beta })
    }

    /// An attachment as JSON.
    pub(super) fn show(&self, mailbox: &Mailbox, one: &Attachment, message: &Message, call: &Call<'_>) -> Value {
        let bytes = self.names.as_ref().is_none_or(|names| names.contains(&"contentBytes"));
        let mut value = whole(one, message, bytes);
        let Some(object) = value.as_object_mut() else {
            return value;
        };
        if let Some(Other::Reference(link)) = &one.other
            && self.beta
        {
            object.extend(link.as_object().cloned().unwrap_or_default());
        }
        if let Some(names) = &self.names {
            object.retain(|key, _| key.starts_with('@') || key == "id" || names.contains(&key.as_str()));
        }
        object.insert("id".to_owned(), json!(id_of(one, message, call)));
        if let Some(item) = &self.item
            && is_item(one)
        {
            object.insert("item".to_owned(), item.show(mailbox, one, call));
        }
        value
    }
}

fn property(name: &str, beta: bool) -> Result<&'static str, Refusal> {
    let (kind, plain) = name.rsplit_once('/').unwrap_or(("", name));
    let known: &[&'static str] = if kind.is_empty() {
        &BASE
    } else if kind.eq_ignore_ascii_case(FILE_CAST) {
        &FILE
    } else if kind.eq_ignore_ascii_case(LINK_CAST) && beta {
        &LINK
    } else {
        &[]
    };
    known.iter().find(|known| known.eq_ignore_ascii_case(plain)).copied().ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> Refusal {
    Refusal::ParseUri(format!("Could not find a property named '{name}' on type 'microsoft.graph.attachment'."))
}

/// Whether this is what Graph calls an itemAttachment.
pub(super) fn is_item(one: &Attachment) -> bool {
    one.item || matches!(one.other, Some(Other::Event(_) | Other::Contact(_)))
}

/// All of an attachment, with its bytes where asked for; its id is the immutable one.
pub(super) fn whole(one: &Attachment, message: &Message, bytes: bool) -> Value {
    let kind = match &one.other {
        Some(Other::Reference(_)) => "referenceAttachment",
        Some(Other::Event(_) | Other::Contact(_)) => "itemAttachment",
        None if one.item => "itemAttachment",
        None => "fileAttachment",
    };
    // Graph tells no type of an item that was made of JSON.
    let untold = one.content_type.is_empty() || matches!(one.other, Some(Other::Event(_) | Other::Contact(_)));
    let mut value = json!({
        "@odata.type": format!("#microsoft.graph.{kind}"),
        "id": one.id,
        "lastModifiedDateTime": iso(one.changed_ms.unwrap_or(message.modified_ms)),
        "name": one.name,
        "contentType": if untold { Value::Null } else { json!(one.content_type) },
        "size": one.bytes.len(),
        "isInline": one.inline,
    });
    if let Some(object) = value.as_object_mut()
        && kind == "fileAttachment"
    {
        object.insert("@odata.mediaContentType".to_owned(), json!(one.content_type));
        object.insert("contentId".to_owned(), json!(one.content_id));
        object.insert("contentLocation".to_owned(), Value::Null);
        if bytes {
            object.insert("contentBytes".to_owned(), json!(base64(&one.bytes)));
        }
    }
    value
}

/// The id of an attachment in the format the request prefers: with default ids it moves with its message.
pub(super) fn id_of(one: &Attachment, message: &Message, call: &Call<'_>) -> String {
    if call.immutable { one.id.clone() } else { default_id(one, message) }
}

fn default_id(one: &Attachment, message: &Message) -> String {
    let own = one.id.strip_prefix(message.immutable_id.as_str()).and_then(|rest| rest.strip_prefix(JOINT));
    own.map_or_else(|| one.id.clone(), |own| format!("{}B{JOINT}{own}=", message.default_id.trim_end_matches('=')))
}

/// The attachment with this id, in either format.
pub(super) fn find<'m>(message: &'m Message, id: &str) -> Result<&'m Attachment, Refusal> {
    let found = message.attachments.iter().find(|one| one.id == id || default_id(one, message) == id);
    found.ok_or(if id.starts_with("AA") { Refusal::ItemNotFound } else { Refusal::IdMalformed })
}

/// Gives the attachments shown with a message their ids in the format of the request.
pub(super) fn renamed(mut value: Value, message: &Message, call: &Call<'_>) -> Value {
    if let Some(list) = value.get_mut("attachments").and_then(Value::as_array_mut) {
        for (shown, one) in list.iter_mut().zip(&message.attachments) {
            if let Some(id) = shown.get_mut("id") {
                *id = json!(id_of(one, message, call));
            }
        }
    }
    value
}

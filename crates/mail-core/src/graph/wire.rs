//! The JSON of Graph's folders, as it comes over the wire, and the words Graph has for what a message says. Every property may be missing,
//! and unknown values must not fail a page.

use crate::id::FolderId;
use crate::model::{Address, AttachmentKind, Flag, Importance, Kind};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// A page of a collection.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    pub next_link: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    pub delta_link: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct WireRemoved {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireFolder {
    pub id: FolderId,
    #[serde(rename = "@removed")]
    pub removed: Option<WireRemoved>,
    #[serde(default, deserialize_with = "lenient")]
    pub display_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub parent_folder_id: Option<FolderId>,
    #[serde(default, deserialize_with = "lenient")]
    pub total_item_count: Option<u32>,
    #[serde(default, deserialize_with = "lenient")]
    pub unread_item_count: Option<u32>,
    #[serde(default, deserialize_with = "lenient")]
    pub is_hidden: Option<bool>,
}

/// A property of an unexpected type counts as missing: one odd message must not lose the page it came in.
fn lenient<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(source: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(source)?).ok())
}

pub(super) fn recipients(list: &[Address]) -> Value {
    list.iter()
        .map(|one| {
            let name = if one.name.is_empty() { &one.address } else { &one.name };
            json!({ "emailAddress": { "name": name, "address": one.address } })
        })
        .collect()
}

pub(super) fn flag(status: &str) -> Flag {
    match status.to_ascii_lowercase().as_str() {
        "flagged" => Flag::Flagged,
        "complete" => Flag::Complete,
        _ => Flag::None,
    }
}

pub(super) fn flag_name(flag: Flag) -> &'static str {
    match flag {
        Flag::None => "notFlagged",
        Flag::Flagged => "flagged",
        Flag::Complete => "complete",
    }
}

pub(super) fn importance(wire: &str) -> Importance {
    match wire.to_ascii_lowercase().as_str() {
        "low" => Importance::Low,
        "high" => Importance::High,
        _ => Importance::Normal,
    }
}

pub(super) fn kind(odata_type: &str) -> Kind {
    match odata_type.to_ascii_lowercase().as_str() {
        "#microsoft.graph.eventmessagerequest" | "#microsoft.graph.eventmessage" => Kind::MeetingRequest,
        "#microsoft.graph.eventmessageresponse" => Kind::MeetingResponse,
        _ => Kind::Mail,
    }
}

pub(super) fn attachment_kind(odata_type: &str) -> AttachmentKind {
    match odata_type.to_ascii_lowercase().as_str() {
        "#microsoft.graph.itemattachment" => AttachmentKind::Item,
        "#microsoft.graph.referenceattachment" => AttachmentKind::Link,
        _ => AttachmentKind::File,
    }
}

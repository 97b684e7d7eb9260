//! The JSON of Graph's mail, as it comes over the wire. Every property may be missing: `$select` and delta's partial updates leave them
//! out, and unknown values must not fail a page.

use crate::id::{ConversationId, FolderId, MessageId};
use crate::model::{Address, Flag, Importance, Kind};
use crate::time::Timestamp;
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireMessage {
    pub id: MessageId,
    #[serde(rename = "@removed")]
    pub removed: Option<WireRemoved>,
    #[serde(rename = "@odata.type", default, deserialize_with = "lenient")]
    pub odata_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub parent_folder_id: Option<FolderId>,
    #[serde(default, deserialize_with = "lenient")]
    pub conversation_id: Option<ConversationId>,
    #[serde(default, deserialize_with = "present")]
    pub subject: Option<Value>,
    #[serde(default, deserialize_with = "lenient")]
    pub body_preview: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub from: Option<Value>,
    #[serde(default, deserialize_with = "lenient")]
    pub to_recipients: Option<Vec<WireRecipient>>,
    #[serde(default, deserialize_with = "lenient")]
    pub cc_recipients: Option<Vec<WireRecipient>>,
    #[serde(default, deserialize_with = "lenient")]
    pub reply_to: Option<Vec<WireRecipient>>,
    #[serde(default, deserialize_with = "lenient")]
    pub received_date_time: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub is_read: Option<WireBool>,
    #[serde(default, deserialize_with = "lenient")]
    pub flag: Option<WireFlag>,
    #[serde(default, deserialize_with = "lenient")]
    pub has_attachments: Option<WireBool>,
    #[serde(default, deserialize_with = "lenient")]
    pub importance: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub is_draft: Option<WireBool>,
    #[serde(default, deserialize_with = "lenient")]
    pub internet_message_id: Option<String>,
}

/// A property of an unexpected type counts as missing: one odd message must not lose the page it came in.
fn lenient<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(source: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(source)?).ok())
}

/// Tells "null" (there is none) from "missing" (not said).
fn present<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(source).map(Some)
}

/// Graph's documentation shows booleans both bare and in quotes.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
pub(super) enum WireBool {
    Bare(bool),
    Quoted(Quoted),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Quoted {
    True,
    False,
}

impl WireBool {
    pub fn value(self) -> bool {
        match self {
            Self::Bare(value) => value,
            Self::Quoted(Quoted::True) => true,
            Self::Quoted(Quoted::False) => false,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireRecipient {
    pub email_address: Option<WireAddress>,
}

#[derive(Deserialize)]
pub(super) struct WireAddress {
    pub name: Option<String>,
    pub address: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireFlag {
    pub flag_status: Option<String>,
}

impl WireRecipient {
    pub fn address(self) -> Option<Address> {
        let found = self.email_address?;
        Some(Address { name: found.name.unwrap_or_default(), address: found.address.unwrap_or_default() })
    }
}

pub(super) fn addresses(list: Vec<WireRecipient>) -> Vec<Address> {
    list.into_iter().filter_map(WireRecipient::address).collect()
}

pub(super) fn recipients(list: &[Address]) -> Value {
    list.iter()
        .map(|one| {
            let name = if one.name.is_empty() { &one.address } else { &one.name };
            json!({ "emailAddress": { "name": name, "address": one.address } })
        })
        .collect()
}

pub(super) fn flag(wire: &WireFlag) -> Flag {
    match wire.flag_status.as_deref().unwrap_or_default().to_ascii_lowercase().as_str() {
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

pub(super) fn received(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text)
}

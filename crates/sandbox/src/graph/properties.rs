//! The properties of a message by which lists are filtered and sorted, each with its type and its value.
//! Graph refuses a name it does not know and a literal of another type, so the types are kept here too.

use crate::graph::refusal::Refusal;
use crate::mailbox::message::{Address, Message};

/// A value on either side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Text(String),
    Truth(bool),
    Time(i64),
    Number(i64),
    Null,
}

/// The type of a property, as far as comparing needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Truth,
    Time,
    /// An enumeration with these members.
    Word(&'static [&'static str]),
}

impl Kind {
    /// Whether a literal can be compared with a property of this type.
    pub(crate) fn takes(self, operand: &Operand) -> bool {
        match (self, operand) {
            (_, Operand::Null) | (Self::Text, Operand::Text(_)) => true,
            (Self::Truth, Operand::Truth(_)) | (Self::Time, Operand::Time(_)) => true,
            (Self::Word(members), Operand::Text(word)) => members.iter().any(|one| one.eq_ignore_ascii_case(word)),
            (Self::Text | Self::Truth | Self::Time | Self::Word(_), _) => false,
        }
    }
}

const MEETINGS: &[&str] =
    &["none", "meetingRequest", "meetingCancelled", "meetingAccepted", "meetingTenativelyAccepted", "meetingDeclined"];

/// What can be filtered and sorted by.
const KNOWN: [(&str, Kind); 28] = [
    ("id", Kind::Text),
    ("subject", Kind::Text),
    ("bodyPreview", Kind::Text),
    ("body/content", Kind::Text),
    ("body/contentType", Kind::Word(&["text", "html"])),
    ("conversationId", Kind::Text),
    ("internetMessageId", Kind::Text),
    ("parentFolderId", Kind::Text),
    ("importance", Kind::Word(&["low", "normal", "high"])),
    ("inferenceClassification", Kind::Word(&["focused", "other"])),
    ("flag/flagStatus", Kind::Word(&["notFlagged", "complete", "flagged"])),
    ("flag/startDateTime/dateTime", Kind::Text),
    ("flag/dueDateTime/dateTime", Kind::Text),
    ("flag/completedDateTime/dateTime", Kind::Text),
    ("from/emailAddress/address", Kind::Text),
    ("from/emailAddress/name", Kind::Text),
    ("sender/emailAddress/address", Kind::Text),
    ("sender/emailAddress/name", Kind::Text),
    ("isRead", Kind::Truth),
    ("isDraft", Kind::Truth),
    ("hasAttachments", Kind::Truth),
    ("isReadReceiptRequested", Kind::Truth),
    ("isDeliveryReceiptRequested", Kind::Truth),
    ("receivedDateTime", Kind::Time),
    ("sentDateTime", Kind::Time),
    ("createdDateTime", Kind::Time),
    ("lastModifiedDateTime", Kind::Time),
    ("microsoft.graph.eventMessage/meetingMessageType", Kind::Word(MEETINGS)),
];

/// What a message has and no filter may name.
const CLOSED: [&str; 11] = [
    "toRecipients",
    "ccRecipients",
    "bccRecipients",
    "replyTo",
    "attachments",
    "extensions",
    "uniqueBody",
    "webLink",
    "conversationIndex",
    "internetMessageHeaders",
    "changeKey",
];

/// The type of a property that can be filtered and sorted by, or why it cannot.
pub(crate) fn kind(path: &str) -> Result<Kind, Refusal> {
    if let Some((_, kind)) = KNOWN.iter().find(|(known, _)| known.eq_ignore_ascii_case(path)) {
        return Ok(*kind);
    }
    let head = path.split('/').next().unwrap_or_default();
    if CLOSED.iter().any(|closed| closed.eq_ignore_ascii_case(head)) {
        return Err(Refusal::BadQuery(format!("The property '{head}' does not support filtering or sorting.")));
    }
    Err(Refusal::ParseUri(format!("Could not find a property named '{path}' on type 'microsoft.graph.message'.")))
}

/// The value of such a property.
pub(crate) fn property(message: &Message, path: &str) -> Option<Operand> {
    let address = |one: &Option<Address>, name: bool| {
        one.as_ref()
            .map_or(Operand::Null, |one| Operand::Text(if name { one.name.clone() } else { one.address.clone() }))
    };
    let date = |name: &str| {
        let text = message.flag.dates.get(name).and_then(|date| date.get("dateTime")).and_then(|text| text.as_str());
        text.map_or(Operand::Null, |text| Operand::Text(text.to_owned()))
    };
    let text = |text: &str| Operand::Text(text.to_owned());
    Some(match path.to_ascii_lowercase().as_str() {
        "id" => text(&message.immutable_id),
        "subject" => text(&message.subject),
        "bodypreview" => text(&message.preview),
        "body/content" => text(&message.content.text),
        "body/contenttype" => text(if message.content.html { "html" } else { "text" }),
        "conversationid" => text(&message.conversation_id),
        "internetmessageid" => text(&message.internet_message_id),
        "parentfolderid" => text(&message.folder),
        "importance" => text(message.importance.word()),
        "inferenceclassification" => text(if message.other { "other" } else { "focused" }),
        "flag/flagstatus" => text(&message.flag.status),
        "flag/startdatetime/datetime" => date("startDateTime"),
        "flag/duedatetime/datetime" => date("dueDateTime"),
        "flag/completeddatetime/datetime" => date("completedDateTime"),
        "from/emailaddress/address" => address(&message.from, false),
        "from/emailaddress/name" => address(&message.from, true),
        "sender/emailaddress/address" => address(&message.sender, false),
        "sender/emailaddress/name" => address(&message.sender, true),
        "isread" => Operand::Truth(message.is_read),
        "isdraft" => Operand::Truth(message.is_draft),
        "hasattachments" => Operand::Truth(message.has_attachments()),
        "isreadreceiptrequested" => Operand::Truth(message.read_receipt),
        "isdeliveryreceiptrequested" => Operand::Truth(message.delivery_receipt),
        "receiveddatetime" => Operand::Time(message.received_ms),
        "sentdatetime" => Operand::Time(message.sent_ms),
        "createddatetime" => Operand::Time(message.created_ms),
        "lastmodifieddatetime" => Operand::Time(message.modified_ms),
        "microsoft.graph.eventmessage/meetingmessagetype" => {
            message.meeting.map_or(Operand::Null, |meeting| text(meeting.word()))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_can_be_named_has_a_value() {
        for (path, _) in KNOWN {
            assert!(property(&Message::default(), path).is_some(), "{path}");
        }
    }
}

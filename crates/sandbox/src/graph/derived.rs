//! The types derived from a message: invitations, their answers, and what only those have.
//! Such a property is selected with a cast, and comes by itself where nothing is selected.

use serde_json::{Value, json};

use crate::mailbox::message::Meeting;

const EVENT: [&str; 9] = [
    "meetingMessageType",
    "startDateTime",
    "endDateTime",
    "location",
    "type",
    "recurrence",
    "isOutOfDate",
    "isAllDay",
    "isDelegated",
];
const REQUEST: [&str; 6] = [
    "previousLocation",
    "previousStartDateTime",
    "previousEndDateTime",
    "responseRequested",
    "allowNewTimeProposals",
    "meetingRequestType",
];
const RESPONSE: [&str; 2] = ["responseType", "proposedNewTime"];

/// What a type, named as in a cast, has beyond a message; none where a message cannot be of that type.
pub(super) fn properties(kind: &str) -> Option<Vec<&'static str>> {
    Some(match kind.to_ascii_lowercase().as_str() {
        "microsoft.graph.message" => Vec::new(),
        "microsoft.graph.eventmessage" => EVENT.to_vec(),
        "microsoft.graph.eventmessagerequest" => [EVENT.as_slice(), &REQUEST].concat(),
        "microsoft.graph.eventmessageresponse" => [EVENT.as_slice(), &RESPONSE].concat(),
        _ => return None,
    })
}

/// The properties of such a message that follow from what it asks or tells.
pub(super) fn names(meeting: Meeting) -> Vec<&'static str> {
    properties(meeting.odata_type().trim_start_matches('#')).unwrap_or_default()
}

/// One of them; none where it is the calendar's to say.
pub(super) fn property(meeting: Meeting, name: &str) -> Option<Value> {
    Some(match name {
        "meetingMessageType" => json!(meeting.word()),
        "isOutOfDate" | "isDelegated" => json!(false),
        "responseRequested" | "allowNewTimeProposals" => json!(true),
        "meetingRequestType" => json!("newMeetingRequest"),
        "responseType" => match meeting {
            Meeting::Accepted => json!("accepted"),
            Meeting::Tentative => json!("tentativelyAccepted"),
            Meeting::Declined => json!("declined"),
            Meeting::Request | Meeting::Cancelled => return None,
        },
        "previousLocation" | "previousStartDateTime" | "previousEndDateTime" | "proposedNewTime" => Value::Null,
        _ => return None,
    })
}

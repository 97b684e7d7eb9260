//! One message as the mailbox keeps it.
//! It is kept in mail's terms; how Graph spells it is the business of `graph::render`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A name and an address; the name may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) name: String,
    pub(crate) address: String,
}

impl Address {
    pub(crate) fn new(name: &str, address: &str) -> Self {
        Self { name: name.to_owned(), address: address.to_owned() }
    }
}

/// A body in the form it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) html: bool,
    pub(crate) text: String,
}

/// How urgent the sender says a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Importance {
    Low,
    #[default]
    Normal,
    High,
}

impl Importance {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Low, Self::Normal, Self::High].into_iter().find(|one| one.word().eq_ignore_ascii_case(word))
    }
}

/// What a meeting mail asks or tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meeting {
    Request,
    Cancelled,
    Accepted,
    Tentative,
    Declined,
}

impl Meeting {
    /// Graph's word, including its misspelt "meetingTenativelyAccepted".
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Request => "meetingRequest",
            Self::Cancelled => "meetingCancelled",
            Self::Accepted => "meetingAccepted",
            Self::Tentative => "meetingTenativelyAccepted",
            Self::Declined => "meetingDeclined",
        }
    }

    /// The derived type of such a message.
    pub(crate) fn odata_type(self) -> &'static str {
        match self {
            Self::Request => "#microsoft.graph.eventMessageRequest",
            Self::Cancelled => "#microsoft.graph.eventMessage",
            Self::Accepted | Self::Tentative | Self::Declined => "#microsoft.graph.eventMessageResponse",
        }
    }
}

/// What an attachment is that is neither a file nor a message; kept as the client wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Other {
    Event(Value),
    Contact(Value),
    /// A link to a file elsewhere.
    Reference(Value),
}

/// A file or a message inside a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attachment {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) inline: bool,
    pub(crate) content_id: Option<String>,
    /// Whether this is a message (Graph's itemAttachment) and not a file.
    pub(crate) item: bool,
    /// What else this is; its bytes are then the calendar file or the card, or none.
    pub(crate) other: Option<Other>,
    /// When it was attached; none while the message is not filed.
    pub(crate) changed_ms: Option<i64>,
}

/// Everything the mailbox knows of one message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    /// The id that stays for the message's life.
    pub(crate) immutable_id: String,
    /// The id that changes with every move.
    pub(crate) default_id: String,
    pub(crate) folder: String,
    /// The mailbox's change number at the last write; the ETag is made of it.
    pub(crate) change: u64,
    pub(crate) created_ms: i64,
    pub(crate) modified_ms: i64,
    pub(crate) received_ms: i64,
    pub(crate) sent_ms: i64,
    pub(crate) subject: String,
    pub(crate) content: Content,
    pub(crate) preview: String,
    pub(crate) from: Option<Address>,
    pub(crate) sender: Option<Address>,
    pub(crate) to: Vec<Address>,
    pub(crate) cc: Vec<Address>,
    pub(crate) bcc: Vec<Address>,
    pub(crate) reply_to: Vec<Address>,
    pub(crate) internet_message_id: String,
    pub(crate) in_reply_to: Option<String>,
    pub(crate) references: Vec<String>,
    /// Header fields other than the ones with a property of their own.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) conversation_id: String,
    pub(crate) conversation_index: Vec<u8>,
    pub(crate) importance: Importance,
    /// Whether the message belongs to the "Other" half of a focused inbox.
    pub(crate) other: bool,
    pub(crate) categories: Vec<String>,
    pub(crate) flag: Flag,
    pub(crate) is_read: bool,
    pub(crate) is_draft: bool,
    pub(crate) read_receipt: bool,
    pub(crate) delivery_receipt: bool,
    pub(crate) attachments: Vec<Attachment>,
    /// Extended properties by their id, such as `String {…} Name …`.
    pub(crate) extended: BTreeMap<String, String>,
    /// Extended properties with several values, by their id.
    pub(crate) multi: BTreeMap<String, Vec<String>>,
    /// Open extensions by their name, each with its members.
    pub(crate) extensions: BTreeMap<String, Map<String, Value>>,
    pub(crate) meeting: Option<Meeting>,
    /// The bytes as they came, where the message came as MIME.
    pub(crate) mime: Option<Vec<u8>>,
    /// Whether `send` was accepted and the message waits to leave.
    pub(crate) submitted: bool,
}

impl Message {
    /// What Graph calls `hasAttachments`: inline pictures do not count.
    pub(crate) fn has_attachments(&self) -> bool {
        self.attachments.iter().any(|one| !one.inline)
    }

    /// The value of the app's own marker: a header `x-petrel-id`, or the extended property
    /// whose name is `PetrelOutboxId` in whatever property set.
    pub(crate) fn marker(&self) -> Option<&str> {
        self.headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("x-petrel-id"))
            .map(|(_, value)| value.as_str())
            .or_else(|| {
                self.extended
                    .iter()
                    .find(|(id, _)| id.ends_with("Name PetrelOutboxId"))
                    .map(|(_, value)| value.as_str())
            })
    }
}

/// A follow-up flag: its status and the dates Graph keeps with it, as Graph writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flag {
    pub(crate) status: String,
    pub(crate) dates: BTreeMap<String, Value>,
}

impl Default for Flag {
    fn default() -> Self {
        Self::with_status("notFlagged")
    }
}

impl Flag {
    pub(crate) fn with_status(status: &str) -> Self {
        Self { status: status.to_owned(), dates: BTreeMap::new() }
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut value = json!({ "flagStatus": self.status });
        if let Some(object) = value.as_object_mut() {
            for (name, date) in &self.dates {
                object.insert(name.clone(), date.clone());
            }
        }
        value
    }
}

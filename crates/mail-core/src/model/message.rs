//! A message: the header row that lists are made of, and the body that is fetched when wanted.

use crate::id::{ConversationId, FolderId, MessageId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a list row and a message header are drawn from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Graph's immutable id.
    pub id: MessageId,
    /// The folder it lies in.
    pub folder: FolderId,
    /// The conversation it belongs to.
    pub conversation: Option<ConversationId>,
    /// Its subject; may be empty.
    pub subject: String,
    /// The beginning of its text, at most 255 characters.
    pub preview: String,
    /// Who wrote it; drafts and broken mail may have nobody.
    pub from: Option<Address>,
    /// Whom it is addressed to.
    pub to: Vec<Address>,
    /// Who gets a copy.
    pub cc: Vec<Address>,
    /// Where answers should go, when not to the sender.
    pub reply_to: Vec<Address>,
    /// When it arrived.
    pub received: Timestamp,
    /// Whether the person has read it.
    pub is_read: bool,
    /// The follow-up flag.
    pub flag: Flag,
    /// Whether it carries files (inline images do not count).
    pub has_attachments: bool,
    /// How urgent its sender thought it.
    pub importance: Importance,
    /// Whether it is still being written.
    pub is_draft: bool,
    /// Ordinary mail or a meeting message.
    pub kind: Kind,
}

impl Message {
    /// What tells its conversation from others: the conversation's id, or its own where it belongs to none.
    pub fn conversation_key(&self) -> &str {
        let known = self.conversation.as_ref().map(ConversationId::as_str).filter(|id| !id.is_empty());
        known.unwrap_or(self.id.as_str())
    }
}

/// A name and an address; either may be empty in real mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The display name.
    pub name: String,
    /// The SMTP address.
    pub address: String,
}

impl Address {
    /// The name if there is one, else the address.
    pub fn label(&self) -> &str {
        if self.name.trim().is_empty() { &self.address } else { &self.name }
    }

    /// Whether both name the same mailbox; addresses compare without regard to case.
    pub fn same_mailbox(&self, other: &str) -> bool {
        self.address.eq_ignore_ascii_case(other)
    }
}

/// The follow-up flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flag {
    /// No flag.
    #[default]
    None,
    /// To be followed up.
    Flagged,
    /// Followed up.
    Complete,
}

/// How urgent the sender thought a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Importance {
    /// Less than usual.
    Low,
    /// As usual.
    #[default]
    Normal,
    /// More than usual.
    High,
}

/// Ordinary mail or a meeting message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Ordinary mail.
    #[default]
    Mail,
    /// An invitation, an update or a cancellation.
    MeetingRequest,
    /// Somebody's answer to an invitation.
    MeetingResponse,
}

/// The content of a message. Missing means "not loaded", never "empty".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The text, as the server gave it: hostile until shown in its frame.
    pub content: BodyContent,
    /// The files it carries, without their bytes.
    pub attachments: Vec<Attachment>,
}

/// HTML or plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BodyContent {
    /// Markup.
    Html(String),
    /// Plain text.
    Text(String),
}

/// A file a message carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Graph's id of the attachment.
    pub id: String,
    /// Its file name: hostile, show it as text only.
    pub name: String,
    /// Its media type as the sender claimed it.
    pub content_type: String,
    /// Bytes, as Graph counts them.
    pub size: u64,
    /// Whether its sender wants it shown in place.
    pub is_inline: bool,
    /// The name the body shows it by, with or without angle brackets.
    #[serde(default)]
    pub content_id: Option<String>,
    /// What it is.
    #[serde(default)]
    pub kind: AttachmentKind,
}

/// What an attachment is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttachmentKind {
    /// Not asked for: an earlier build read it.
    #[default]
    Unknown,
    /// A file.
    File,
    /// A message, an event or a contact.
    Item,
    /// A link to a file elsewhere, whose address Graph does not tell.
    Link,
}

/// Which attachment of which message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AttachmentKey {
    /// The message.
    pub message: MessageId,
    /// Graph's id of the attachment.
    pub attachment: String,
}

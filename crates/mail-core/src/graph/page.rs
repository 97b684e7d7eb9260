//! Pages of folders and messages: what was said of each, to be laid over what is known.
//! Delta repeats, reorders and shortens items; nothing here assumes that a page is whole or clean.

use super::call::json;
use super::error::GraphError;
use super::wire::{WireFolder, attachment_kind};
use crate::id::{ConversationId, FolderId, MessageId};
use crate::model::{Address, Attachment, Body, BodyContent, Flag, Folder, Importance, Kind, Message};
use crate::time::Timestamp;
use serde::Deserialize;

/// What a delta page says of one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FolderChange {
    /// It is new or changed: whatever was said, over what is known.
    Changed {
        /// The folder.
        id: FolderId,
        /// Its name.
        name: Option<String>,
        /// The folder above.
        parent: Option<FolderId>,
        /// Items in it.
        total: Option<u32>,
        /// Unread items in it.
        unread: Option<u32>,
        /// Whether it is hidden.
        hidden: Option<bool>,
    },
    /// It is gone.
    Removed(FolderId),
}

/// A page of changes of the folder tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderPage {
    /// The changes, in order.
    pub changes: Vec<FolderChange>,
    /// Where to go on.
    pub place: Place,
}

/// Where a page leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The round goes on here.
    Next(String),
    /// The round is complete; changes from now on are found here.
    Delta(String),
    /// A plain list's end.
    End,
}

/// What a page says of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageChange {
    /// It is new or changed: whatever was said, over what is known.
    Changed(Box<Partial>),
    /// It is not in this folder any more. Where it is now, if anywhere, this page does not know.
    Removed(MessageId),
}

/// A page of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePage {
    /// The changes, in order; the same message may come several times.
    pub changes: Vec<MessageChange>,
    /// Where to go on.
    pub place: Place,
    /// How many items were none of a mail, or did not say which.
    pub unusable: u32,
    /// How many texts were far too long and were cut.
    pub cut: u32,
}

impl MessagePage {
    /// The messages it speaks of.
    pub fn named(&self) -> impl Iterator<Item = &MessageId> {
        self.changes.iter().map(|change| match change {
            MessageChange::Changed(partial) => &partial.id,
            MessageChange::Removed(id) => id,
        })
    }
}

/// What was said of a message; the rest is as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial {
    /// The message.
    pub id: MessageId,
    /// The folder it lies in.
    pub folder: Option<FolderId>,
    pub(super) conversation: Option<ConversationId>,
    pub(super) subject: Option<String>,
    pub(super) preview: Option<String>,
    pub(super) from: Option<Option<Address>>,
    pub(super) to: Option<Vec<Address>>,
    pub(super) cc: Option<Vec<Address>>,
    pub(super) reply_to: Option<Vec<Address>>,
    pub(crate) received: Option<Timestamp>,
    pub(super) is_read: Option<bool>,
    pub(super) flag: Option<Flag>,
    pub(super) has_attachments: Option<bool>,
    pub(super) importance: Option<Importance>,
    pub(super) is_draft: Option<bool>,
    pub(super) kind: Option<Kind>,
    pub(super) has_message_id: bool,
}

impl Partial {
    /// Nothing said of nobody yet.
    pub(super) fn nothing() -> Self {
        Self {
            id: MessageId::new(""),
            folder: None,
            conversation: None,
            subject: None,
            preview: None,
            from: None,
            to: None,
            cc: None,
            reply_to: None,
            received: None,
            is_read: None,
            flag: None,
            has_attachments: None,
            importance: None,
            is_draft: None,
            kind: None,
            has_message_id: false,
        }
    }

    /// What was said, over what is known.
    pub fn over(self, known: Message) -> Message {
        Message {
            id: known.id,
            folder: self.folder.unwrap_or(known.folder),
            conversation: self.conversation.or(known.conversation),
            subject: self.subject.unwrap_or(known.subject),
            preview: self.preview.unwrap_or(known.preview),
            from: self.from.unwrap_or(known.from),
            to: self.to.unwrap_or(known.to),
            cc: self.cc.unwrap_or(known.cc),
            reply_to: self.reply_to.unwrap_or(known.reply_to),
            received: self.received.unwrap_or(known.received),
            is_read: self.is_read.unwrap_or(known.is_read),
            flag: self.flag.unwrap_or(known.flag),
            has_attachments: self.has_attachments.unwrap_or(known.has_attachments),
            importance: self.importance.unwrap_or(known.importance),
            is_draft: self.is_draft.unwrap_or(known.is_draft),
            kind: self.kind.unwrap_or(known.kind),
        }
    }

    /// A whole row, if enough was said to make one; `folder` is where it was listed.
    pub fn whole(self, folder: &FolderId) -> Option<Message> {
        let received = self.received?;
        self.subject.as_ref()?;
        let known = Message {
            id: self.id.clone(),
            folder: folder.clone(),
            conversation: None,
            subject: String::new(),
            preview: String::new(),
            from: None,
            to: Vec::new(),
            cc: Vec::new(),
            reply_to: Vec::new(),
            received,
            is_read: true,
            flag: Flag::None,
            has_attachments: false,
            importance: Importance::Normal,
            is_draft: false,
            kind: Kind::Mail,
        };
        Some(self.over(known))
    }

    /// Whether it is still being written, if that was said.
    pub fn is_draft(&self) -> Option<bool> {
        self.is_draft
    }

    /// Whether nothing about it is of a mail: no sender, no recipient, no message id, no draft. Deleted contacts and tasks
    /// come as such messages, but so may a mail that was imported without any of them.
    pub fn is_bare(&self) -> bool {
        let addressed = |list: &Option<Vec<Address>>| list.as_ref().is_some_and(|list| !list.is_empty());
        let from_nobody = self.from == Some(None) && !addressed(&self.to) && !addressed(&self.cc);
        from_nobody && !self.has_message_id && self.is_draft != Some(true)
    }
}

pub(super) fn place(next: Option<String>, delta: Option<String>) -> Place {
    // Decided by the property's name: a delta link may well carry a skip token.
    match (next, delta) {
        (Some(next), _) => Place::Next(next),
        (None, Some(delta)) => Place::Delta(delta),
        (None, None) => Place::End,
    }
}

pub(super) fn folder_change(wire: WireFolder) -> FolderChange {
    if wire.removed.is_some() {
        return FolderChange::Removed(wire.id);
    }
    FolderChange::Changed {
        id: wire.id,
        name: wire.display_name,
        parent: wire.parent_folder_id,
        total: wire.total_item_count,
        unread: wire.unread_item_count,
        hidden: wire.is_hidden,
    }
}

impl FolderChange {
    /// What was said, over what is known of the folder.
    pub fn over(self, known: Option<Folder>) -> Option<Folder> {
        let Self::Changed { id, name, parent, total, unread, hidden } = self else { return None };
        let known = known.unwrap_or(Folder {
            id: id.clone(),
            parent: None,
            name: String::new(),
            total: 0,
            unread: 0,
            role: None,
            hidden: false,
        });
        Some(Folder {
            id,
            parent: parent.or(known.parent),
            name: name.unwrap_or(known.name),
            total: total.unwrap_or(known.total),
            unread: unread.unwrap_or(known.unread),
            role: known.role,
            hidden: hidden.unwrap_or(known.hidden),
        })
    }
}

pub(super) fn read_body(response: &http::Response<Vec<u8>>) -> Result<Body, GraphError> {
    #[derive(Deserialize)]
    struct Wire {
        body: Option<WireBody>,
        #[serde(default)]
        attachments: Vec<WireAttachment>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct WireBody {
        content_type: Option<String>,
        content: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct WireAttachment {
        id: String,
        name: Option<String>,
        content_type: Option<String>,
        #[serde(default)]
        size: u64,
        #[serde(default)]
        is_inline: bool,
        content_id: Option<String>,
        #[serde(rename = "@odata.type")]
        kind: Option<String>,
    }
    let wire: Wire = json(response, "a body")?;
    let (kind, content) = wire
        .body
        .map(|body| (body.content_type.unwrap_or_default(), body.content.unwrap_or_default()))
        .unwrap_or_default();
    let content =
        if kind.eq_ignore_ascii_case("text") { BodyContent::Text(content) } else { BodyContent::Html(content) };
    let attachments = wire.attachments.into_iter().map(|one| Attachment {
        id: one.id,
        name: one.name.unwrap_or_default(),
        content_type: one.content_type.unwrap_or_default(),
        size: one.size,
        is_inline: one.is_inline,
        content_id: one.content_id.filter(|id| !id.is_empty()),
        kind: attachment_kind(one.kind.as_deref().unwrap_or_default()),
    });
    Ok(Body { content, attachments: attachments.collect() })
}

//! A stretch of a folder's list, and where rows stand in it. Lists are never held whole: who shows one asks for the rows
//! around what is in view, and for the places of the few rows that must not be lost from sight. Lists of conversations alike.

use crate::id::MessageId;
use crate::model::{Conversation, Message};
use crate::time::Timestamp;
use std::cmp::Ordering;

/// What orders a folder's list: newest first, then by id. A row that is gone still has a place in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowKey {
    /// When the message was received.
    pub received: Timestamp,
    /// The message; in a list of conversations, the conversation.
    pub id: MessageId,
}

impl RowKey {
    /// The key of a row.
    pub fn of(row: &Message) -> Self {
        Self { received: row.received, id: row.id.clone() }
    }

    /// The key of a conversation.
    pub fn of_conversation(conversation: &Conversation) -> Self {
        Self { received: conversation.received, id: MessageId::new(conversation.id.as_str()) }
    }

    /// How another key stands to this one: [`Ordering::Less`] when it comes before.
    pub fn order_of(&self, other: &Self) -> Ordering {
        self.received.cmp(&other.received).then_with(|| other.id.cmp(&self.id))
    }

    /// How a row stands to this key: [`Ordering::Less`] when it comes before.
    pub fn order(&self, row: &Message) -> Ordering {
        self.received.cmp(&row.received).then_with(|| row.id.cmp(&self.id))
    }
}

/// Where a key stands in a folder's list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rank {
    /// How many rows of the folder come before it.
    pub place: u32,
    /// Whether a row with this key is in the folder.
    pub listed: bool,
}

/// Rows of a folder, all of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// The rows, newest first.
    pub rows: Vec<Message>,
    /// How many rows of the folder the device holds.
    pub total: u32,
    /// Where the keys stand that were asked for, in their order.
    pub ranks: Vec<Rank>,
}

/// Conversations of a folder, all of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationStretch {
    /// The conversations, by their latest message, newest first; each with the row of that message.
    pub conversations: Vec<(Conversation, Message)>,
    /// How many conversations the folder has on the device.
    pub total: u32,
    /// Where the keys stand that were asked for, in their order.
    pub ranks: Vec<Rank>,
}

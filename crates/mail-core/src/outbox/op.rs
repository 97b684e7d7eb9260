//! An operation: one act on one message, or one mail to send. These are stored; change them only with a
//! migration and a frozen-format test.

use crate::error::Reason;
use crate::id::{FolderId, MessageId, OpId};
use crate::model::{Address, Flag};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// An entry of the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Op {
    /// Orders the operations and marks a sent mail.
    pub id: OpId,
    /// What is to be done.
    pub act: Act,
    /// When the person asked for it.
    pub queued_at: Timestamp,
    /// Not to be tried before this moment.
    pub not_before: Timestamp,
    /// How often it was tried. Once tried, the server may have done it although we never heard.
    pub attempts: u32,
    /// Whether it still runs by itself.
    pub state: OpState,
}

impl Op {
    /// Puts this operation in its place among `ops`, which are in order; an earlier version of it gives way.
    pub fn put_into(self, ops: &mut Vec<Self>) {
        let place = ops.partition_point(|known| known.id < self.id);
        match ops.get_mut(place).filter(|known| known.id == self.id) {
            Some(known) => *known = self,
            None => ops.insert(place, self),
        }
    }
}

/// Whether an operation still runs by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OpState {
    /// It will be tried when its time comes.
    Waiting,
    /// It will not be tried until the person decides.
    Blocked(Reason),
}

/// What is to be done: the state to reach, never a toggle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// Mark a message read or unread.
    Read {
        /// The message.
        message: MessageId,
        /// Read, or unread.
        read: bool,
    },
    /// Set or clear the follow-up flag.
    Flag {
        /// The message.
        message: MessageId,
        /// The flag to have.
        flag: Flag,
    },
    /// Put a message into a folder (archive, delete, move, and the way back).
    Move {
        /// The message.
        message: MessageId,
        /// The folder to lie in.
        to: FolderId,
    },
    /// Send a mail, exactly once.
    Send {
        /// The mail.
        mail: Box<Outgoing>,
        /// How far it has come.
        stage: SendStage,
    },
}

impl Act {
    /// The message an act changes; a mail to send changes none.
    pub fn message(&self) -> Option<&MessageId> {
        match self {
            Self::Read { message, .. } | Self::Flag { message, .. } | Self::Move { message, .. } => Some(message),
            Self::Send { .. } => None,
        }
    }

    /// Whether `later` makes this act pointless: the same property of the same message.
    pub fn is_overtaken_by(&self, later: &Self) -> bool {
        match (self, later) {
            (Self::Read { message: a, .. }, Self::Read { message: b, .. })
            | (Self::Flag { message: a, .. }, Self::Flag { message: b, .. })
            | (Self::Move { message: a, .. }, Self::Move { message: b, .. }) => a == b,
            (Self::Read { .. } | Self::Flag { .. } | Self::Move { .. } | Self::Send { .. }, _) => false,
        }
    }
}

/// A mail as the person wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Whom it is addressed to.
    pub to: Vec<Address>,
    /// Who gets a copy.
    pub cc: Vec<Address>,
    /// The subject.
    pub subject: String,
    /// The text, plain, lines ended by `\n`.
    pub text: String,
    /// The message it answers.
    pub answers: Option<Answer>,
}

/// Which message a mail answers, so that the server threads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The message answered.
    pub message: MessageId,
    /// To everybody, or to the sender alone.
    pub all: bool,
}

/// How far a mail to send has come. Each stage is stored before the request that leaves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SendStage {
    /// Nothing was asked of the server yet.
    Queued,
    /// A draft was asked for; the answer may have been lost, so look for the marker before asking again.
    Drafting,
    /// The server holds the draft; its content may still have to be written.
    Drafted {
        /// The draft.
        draft: MessageId,
        /// Whether the draft holds what the person wrote.
        filled: bool,
    },
    /// `send` is about to be called, or was called and the answer was lost: look, never send.
    Sending {
        /// The draft.
        draft: MessageId,
        /// When the intent was stored.
        since: Timestamp,
        /// How often we looked.
        looks: u32,
    },
    /// The server accepted it; waiting for the sent copy to show.
    Accepted {
        /// The draft, which becomes the sent copy.
        draft: MessageId,
        /// How often we looked.
        looks: u32,
    },
}

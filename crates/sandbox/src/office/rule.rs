//! A message rule: when it applies, what it does, and whether it still can.
//! Rules are kept in the order in which they were made; the sequence decides the order in which they run.

use crate::mailbox::Mailbox;
use crate::mailbox::message::{Address, Importance};
use crate::office::Office;
use crate::office::condition::Condition;

/// What a rule does with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    AssignCategories(Vec<String>),
    /// A folder's id or well-known name.
    CopyTo(String),
    MoveTo(String),
    /// To Deleted Items.
    Delete(bool),
    DeleteForGood(bool),
    MarkRead(bool),
    MarkImportance(Importance),
    Pass(Passing, Vec<Address>),
    Stop(bool),
}

/// In which form a rule sends a message on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passing {
    Forward,
    ForwardAsAttachment,
    /// Unchanged, as if the first sender had written to the new recipient.
    Redirect,
}

impl Passing {
    pub(crate) const ALL: [Self; 3] = [Self::Forward, Self::ForwardAsAttachment, Self::Redirect];

    /// Graph's name of the action.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Forward => "forwardTo",
            Self::ForwardAsAttachment => "forwardAsAttachmentTo",
            Self::Redirect => "redirectTo",
        }
    }
}

/// One message rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) sequence: i32,
    pub(crate) enabled: bool,
    /// Made by a desktop client with parts that only it knows: Graph shows it without them and changes nothing.
    pub(crate) read_only: bool,
    /// Whether a test said that the rule is in error.
    pub(crate) broken: bool,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) exceptions: Vec<Condition>,
    pub(crate) actions: Vec<Action>,
}

impl Rule {
    /// Whether the rule cannot run, because a folder it names is gone or somebody said so.
    pub(crate) fn has_error(&self, mailbox: &Mailbox) -> bool {
        self.broken || self.folders().any(|folder| mailbox.folder_id(folder).is_none())
    }

    /// The folders that the actions name.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &str> {
        self.actions.iter().filter_map(|action| match action {
            Action::CopyTo(folder) | Action::MoveTo(folder) => Some(folder.as_str()),
            Action::AssignCategories(_)
            | Action::Delete(_)
            | Action::DeleteForGood(_)
            | Action::MarkRead(_)
            | Action::MarkImportance(_)
            | Action::Pass(..)
            | Action::Stop(_) => None,
        })
    }
}

impl Office {
    /// The rules in the order in which they run; of equal sequences the older one goes first.
    pub(crate) fn rules_in_order(&self) -> Vec<&Rule> {
        let mut rules: Vec<&Rule> = self.rules.iter().collect();
        rules.sort_by_key(|rule| rule.sequence);
        rules
    }

    /// The sequence of a rule that goes last.
    pub(crate) fn last_sequence(&self) -> i32 {
        self.rules.iter().map(|rule| rule.sequence).max().unwrap_or(0).saturating_add(1)
    }
}

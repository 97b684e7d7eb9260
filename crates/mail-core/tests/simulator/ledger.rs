//! What a person was promised, written down beside the store: acts and mails taken on, drafts saved, who leads.
//! Whatever a commit does against it is kept as a breach, which ends the life.

use crate::somebody::escaped;
use mail_core::id::{DraftId, FolderId, MessageId, OpId};
use mail_core::model::Flag;
use mail_core::outbox::{Act, OpState, SendStage};
use mail_core::store::{Commit, Epoch, Write};
use std::collections::{BTreeMap, BTreeSet};

/// A property of a message that a person or another client sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Property {
    Read,
    Flag,
    Place,
}

/// What it was set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Read(bool),
    Flag(Flag),
    Place(FolderId),
}

/// What became of a mail that the person sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letter {
    /// It is in the outbox.
    Waiting,
    /// The engine took it off the outbox: it has left, or is about to.
    Finished,
    /// The person took it back in time.
    Undone,
    /// The person knew that it would be lost: by signing out, or the browser threw everything away.
    Forgotten,
}

#[derive(Debug, Default)]
pub struct Ledger {
    epoch: u32,
    /// Operations that were taken on and not taken off.
    pub queued: BTreeSet<OpId>,
    pub letters: BTreeMap<OpId, Letter>,
    pub drafts: BTreeSet<DraftId>,
    /// What the person set last.
    pub set: BTreeMap<(MessageId, Property), (Value, OpId)>,
    /// What another client set, or whose last act was lost knowingly.
    pub contested: BTreeSet<(MessageId, Property)>,
    /// Operations that the server refused.
    pub blocked: BTreeSet<OpId>,
    /// The first thing that must not have happened.
    pub breach: Option<String>,
    /// Cursors of messages as they were stored, by folder: the link of a complete round.
    pub rounds: BTreeMap<FolderId, Option<String>>,
    /// Drafts for which `send` was called and not plainly refused: it must not be called again unless the person says so.
    sending: BTreeSet<String>,
    /// Where each row was last put.
    placed: BTreeMap<MessageId, FolderId>,
}

/// The property an act sets.
pub fn property(act: &Act) -> Option<(MessageId, Property, Value)> {
    match act {
        Act::Read { message, read } => Some((message.clone(), Property::Read, Value::Read(*read))),
        Act::Flag { message, flag } => Some((message.clone(), Property::Flag, Value::Flag(*flag))),
        Act::Move { message, to } => Some((message.clone(), Property::Place, Value::Place(to.clone()))),
        Act::Send { .. } => None,
    }
}

impl Ledger {
    pub fn leads(&mut self, epoch: Epoch) {
        self.epoch = epoch.0;
    }

    fn breach(&mut self, text: String) {
        self.breach.get_or_insert(text);
    }

    /// A commit was written.
    pub fn written(&mut self, commit: &Commit) {
        let by_engine = commit.fence.is_some();
        if commit.fence.is_some_and(|fence| fence.0 != self.epoch) {
            self.breach(format!("epoch {:?} wrote while {} leads", commit.fence, self.epoch));
        }
        // A round writes its cursor first.
        let in_round = matches!(commit.writes.first(), Some(Write::Cursor(..)));
        for write in &commit.writes {
            match write {
                Write::Message(row) => {
                    let before = self.placed.insert(row.id.clone(), row.folder.clone());
                    if !in_round {
                        // From here on this row is newer than its folders' rounds.
                        for folder in before.into_iter().chain([row.folder.clone()]) {
                            self.rounds.insert(folder, None);
                        }
                    }
                }
                Write::Op(op) => {
                    if by_engine && !self.queued.contains(&op.id) {
                        self.breach(format!("the engine brought back the operation {}", op.id));
                    }
                    self.queued.insert(op.id.clone());
                    match &op.state {
                        OpState::Blocked(_) => self.blocked.insert(op.id.clone()),
                        OpState::Waiting => self.blocked.remove(&op.id),
                    };
                    if !by_engine {
                        self.taken_on(&op.id, &op.act);
                        if let Act::Send { stage: SendStage::Sending { draft, .. }, .. } = &op.act {
                            self.sending.remove(&escaped(draft.as_str()));
                        }
                    }
                }
                Write::RemoveOp(id) => {
                    self.queued.remove(id);
                    if let Some(letter) = self.letters.get_mut(id) {
                        *letter = if by_engine { Letter::Finished } else { Letter::Undone };
                    }
                }
                Write::Draft(draft) => {
                    self.drafts.insert(draft.id.clone());
                }
                Write::RemoveDraft(id) => {
                    self.drafts.remove(id);
                }
                Write::Cursor(mail_core::sync::CursorKey::Messages(folder), cursor) => {
                    let whole = in_round && cursor.complete && cursor.claimed.is_empty();
                    let link = cursor.link.clone().filter(|_| whole);
                    self.rounds.insert(folder.clone(), link);
                }
                Write::RemoveCursor(mail_core::sync::CursorKey::Messages(folder)) => {
                    self.rounds.remove(folder);
                }
                Write::Cursor(mail_core::sync::CursorKey::Folders, _)
                | Write::RemoveCursor(mail_core::sync::CursorKey::Folders)
                | Write::Folder(_)
                | Write::RemoveFolder(_)
                | Write::Detach(_)
                | Write::RemoveMessage(_)
                | Write::Body(..)
                | Write::RemoveBody(_)
                | Write::DropBodies(_)
                | Write::Attachment(..)
                | Write::UseAttachment(..)
                | Write::DropAttachment(_)
                | Write::Keep(_)
                | Write::Account(_)
                | Write::RefreshToken(_)
                | Write::RemoveRefreshToken
                | Write::SignIn(_)
                | Write::RemoveSignIn(_) => {}
            }
        }
    }

    fn taken_on(&mut self, id: &OpId, act: &Act) {
        match property(act) {
            Some((message, property, value)) => {
                self.set.insert((message, property), (value, id.clone()));
            }
            None => {
                self.letters.insert(id.clone(), Letter::Waiting);
            }
        }
    }

    /// `send` is called for the draft with this escaped id.
    pub fn sends(&mut self, draft: &str) {
        if !self.sending.insert(draft.to_owned()) {
            self.breach(format!("the draft {} was sent once more in doubt", tail(draft)));
        }
    }

    /// `send` was plainly refused.
    pub fn refused(&mut self, draft: &str) {
        self.sending.remove(draft);
    }

    /// Everything on the device is gone, with the person's knowledge or by the browser's hand.
    pub fn forgotten(&mut self) {
        for letter in self.letters.values_mut().filter(|letter| **letter == Letter::Waiting) {
            *letter = Letter::Forgotten;
        }
        for (key, (_, op)) in &self.set {
            if self.queued.contains(op) {
                self.contested.insert(key.clone());
            }
        }
        self.queued.clear();
        self.drafts.clear();
        self.blocked.clear();
        self.rounds.clear();
        self.epoch = 0;
    }
}

/// A commit in one line.
pub fn summary(commit: &Commit) -> String {
    let one = |write: &Write| match write {
        Write::Folder(folder) => format!("folder {} {}/{}", tail(folder.id.as_str()), folder.unread, folder.total),
        Write::RemoveFolder(id) => format!("-folder {}", tail(id.as_str())),
        Write::Message(row) => format!("row {} in {}", tail(row.id.as_str()), tail(row.folder.as_str())),
        Write::Detach(row) => format!("detach {}", tail(row.id.as_str())),
        Write::RemoveMessage(id) => format!("-row {}", tail(id.as_str())),
        Write::Body(id, _) => format!("body {}", tail(id.as_str())),
        Write::RemoveBody(id) => format!("-body {}", tail(id.as_str())),
        Write::DropBodies(before) => format!("-bodies {}", before.to_iso()),
        Write::Attachment(key, bytes, _) => format!("attachment {} {} B", tail(&key.attachment), bytes.len()),
        Write::UseAttachment(key, _) => format!("uses {}", tail(&key.attachment)),
        Write::DropAttachment(key) => format!("-attachment {}", tail(&key.attachment)),
        Write::Keep(keep) => format!("keep {keep:?}"),
        Write::Cursor(key, cursor) => format!("cursor {} {}", short(key), cursor.complete),
        Write::RemoveCursor(key) => format!("-cursor {}", short(key)),
        Write::Op(op) => format!("op {} {:?} {} {}", op.id, op.state, op.attempts, act(&op.act)),
        Write::RemoveOp(id) => format!("-op {id}"),
        Write::Draft(draft) => format!("draft {}", draft.id),
        Write::RemoveDraft(id) => format!("-draft {id}"),
        Write::Account(_) => "account".to_owned(),
        Write::RefreshToken(_) => "token".to_owned(),
        Write::RemoveRefreshToken => "-token".to_owned(),
        Write::SignIn(_) => "sign-in".to_owned(),
        Write::RemoveSignIn(_) => "-sign-in".to_owned(),
    };
    format!("{:?} {}", commit.fence.map(|fence| fence.0), commit.writes.iter().map(one).collect::<Vec<_>>().join(", "))
}

fn act(act: &Act) -> String {
    match act {
        Act::Read { message, read } => format!("read {} {read}", tail(message.as_str())),
        Act::Flag { message, flag } => format!("flag {} {flag:?}", tail(message.as_str())),
        Act::Move { message, to } => format!("move {} to {}", tail(message.as_str()), tail(to.as_str())),
        Act::Send { stage, .. } => format!("send {stage:?}"),
    }
}

fn short(key: &mail_core::sync::CursorKey) -> &str {
    match key {
        mail_core::sync::CursorKey::Folders => "tree",
        mail_core::sync::CursorKey::Messages(folder) => tail(folder.as_str()),
    }
}

/// The end of an id: enough to tell it from the others.
pub fn tail(id: &str) -> &str {
    &id[id.len().saturating_sub(8)..]
}

//! What goes to the server: one act at a time, each noted as tried before it is tried, so that a lost answer
//! costs a second try and never a second effect.

use super::{Engine, Ports};
use crate::backoff::Backoff;
use crate::error::{Error, Reason, Recovery};
use crate::graph::Partial;
use crate::id::MessageId;
use crate::model::Message;
use crate::outbox::{Act, Op, OpState, PendingCounts, SendStage, Step, moved_counts};
use crate::ports::Random;
use crate::protocol::Change;
use crate::store::{Commit, Store, Write};
use crate::sync::{Cursor, CursorKey};
use std::time::Duration;

/// An act the server keeps putting off is shown to the person after so many tries.
const PATIENCE: u32 = 12;

impl<P: Ports + 'static> Engine<P> {
    /// Takes the outbox one step further.
    pub(super) async fn push(&mut self, step: &Step) -> Result<(), Error> {
        match step {
            Step::Overtaken { dropped, by } => {
                self.commit(Commit::strict(vec![Write::Op(by.clone()), Write::RemoveOp(dropped.clone())])).await?;
                self.changed(Change::Outbox);
                Ok(())
            }
            Step::Run(op) => match &op.act {
                Act::Send { mail, stage } => self.push_mail(op, mail, stage).await,
                Act::Read { message, .. } | Act::Flag { message, .. } | Act::Move { message, .. } => {
                    self.push_act(op, message).await
                }
            },
        }
    }

    async fn push_act(&mut self, op: &Op, message: &MessageId) -> Result<(), Error> {
        let known = self.store().message(message).await?;
        if op.attempts == 0 && known.as_ref().is_some_and(|row| is_done(row, &op.act)) {
            return self.finish_op(op, Vec::new()).await;
        }
        if op.attempts == 0 {
            // From here on the server may have done it, whatever we hear.
            self.commit(Commit::strict(vec![Write::Op(Box::new(Op { attempts: 1, ..op.clone() }))])).await?;
        }
        let call = match &op.act {
            Act::Read { message, read } => self.service.set_read(message, *read),
            Act::Flag { message, flag } => self.service.set_flag(message, *flag),
            Act::Move { message, to } => self.service.move_to(message, to),
            Act::Send { .. } => return Ok(()),
        };
        match self.call(call).await {
            Ok(answer) => self.act_done(op, known, answer).await,
            Err(error) => self.act_refused(op, message, error).await,
        }
    }

    /// The row, the counts it moves and the end of the operation, in one commit.
    async fn act_done(&mut self, op: &Op, known: Option<Message>, answer: Partial) -> Result<(), Error> {
        let mut writes = Vec::new();
        if let Some(before) = known {
            let id = answer.id.clone();
            let after = Message { id: id.clone(), ..answer.over(before.clone()) };
            // After a try whose answer was lost, the server's counts may hold the act already: they are asked for instead.
            if op.attempts == 0 {
                let moved = moved_counts(&before, &after);
                let mut ahead = Vec::new();
                for folder in self.folders().await?.iter() {
                    if let Some(counts) = moved.get(&folder.id).filter(|counts| **counts != PendingCounts::default()) {
                        self.counts.ahead(folder);
                        ahead.push(folder.id.to_string());
                        writes.push(Write::Folder(counts.over(folder.clone())));
                    }
                }
                if !ahead.is_empty() {
                    writes.push(self.claim(CursorKey::Folders, ahead).await?);
                }
            }
            if after.folder != before.folder || id != before.id {
                let place = CursorKey::Messages(after.folder.clone());
                writes.push(self.claim(place, vec![id.to_string()]).await?);
            }
            if id != before.id {
                writes.push(Write::RemoveMessage(before.id));
            }
            self.acted_on(&[&before.folder, &after.folder]);
            self.lists_changed([before.folder, after.folder.clone()]);
            self.changed(Change::Folders);
            writes.push(Write::Message(Box::new(after)));
        }
        let now = self.now();
        if op.attempts == 0 {
            self.schedule.acted(now)
        } else {
            self.schedule.tree_in_doubt(now)
        }
        self.finish_op(op, writes).await
    }

    /// Notes in a sync's cursor what was put there past it, so that the next round is asked whether it knows.
    pub(super) async fn claim(&self, key: CursorKey, ids: Vec<String>) -> Result<Write, Error> {
        let mut cursor = self.store().cursor(&key).await?.unwrap_or_else(|| Cursor::start(false));
        cursor.claimed.extend(ids);
        Ok(Write::Cursor(key, cursor))
    }

    async fn act_refused(&mut self, op: &Op, message: &MessageId, error: Error) -> Result<(), Error> {
        if error.recovery() != Recovery::Gone {
            return self.refused(op, error).await;
        }
        // Gone is the message, or the folder it was to go to: only the latter is worth a word.
        match self.call(self.service.message(message)).await {
            Ok(_) => self.block_op(op, Reason::Gone).await,
            Err(error) if error.recovery() == Recovery::Gone => {
                let folder = self.store().message(message).await?.map(|row| row.folder);
                self.acted_on(folder.as_ref().as_slice());
                self.lists_changed(folder);
                self.finish_op(op, vec![Write::RemoveMessage(message.clone())]).await
            }
            Err(error) => self.refused(op, error).await,
        }
    }

    /// What becomes of an operation whose request failed without effect; an error that concerns every request goes on up.
    pub(super) async fn refused(&mut self, op: &Op, error: Error) -> Result<(), Error> {
        match error.recovery() {
            Recovery::Blocked(reason) => self.block_op(op, reason).await,
            Recovery::Gone => self.block_op(op, Reason::Gone).await,
            Recovery::Retry { after: None } | Recovery::Resync if !super::lane::is_throttle(&error) => {
                if op.attempts >= PATIENCE {
                    return self.block_op(op, super::jobs::reason(&finally(&error))).await;
                }
                self.put_off(op, op.attempts.max(1) + 1).await
            }
            Recovery::Retry { .. }
            | Recovery::Resync
            | Recovery::Offline
            | Recovery::Renew
            | Recovery::SignIn
            | Recovery::FreeSpace
            | Recovery::Reload
            | Recovery::Bug => Err(error),
        }
    }

    /// Takes an operation off the outbox, together with what it brought.
    pub(super) async fn finish_op(&mut self, op: &Op, mut writes: Vec<Write>) -> Result<(), Error> {
        writes.push(Write::RemoveOp(op.id.clone()));
        self.commit(Commit::strict(writes)).await?;
        self.changed(Change::Outbox);
        Ok(())
    }

    /// Leaves an operation to the person.
    pub(super) async fn block_op(&mut self, op: &Op, reason: Reason) -> Result<(), Error> {
        let reason = match &op.act {
            // Only the look for it was refused: the mail itself was accepted.
            Act::Send { stage: SendStage::Accepted { .. }, .. } => return self.finish_op(op, Vec::new()).await,
            // It may have left: whoever calls that refused has it sent again.
            Act::Send { stage: SendStage::Sending { .. }, .. } => Reason::Unconfirmed,
            Act::Send { stage: SendStage::Queued | SendStage::Drafting | SendStage::Drafted { .. }, .. }
            | Act::Read { .. }
            | Act::Flag { .. }
            | Act::Move { .. } => reason,
        };
        self.commit(Commit::strict(vec![Write::Op(Box::new(Op { state: OpState::Blocked(reason), ..op.clone() }))]))
            .await?;
        self.changed(Change::Outbox);
        Ok(())
    }

    /// Tries an operation again later.
    async fn put_off(&mut self, op: &Op, attempts: u32) -> Result<(), Error> {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
        let chance = self.ports.random().number();
        let wait = (0..attempts).map(|_| backoff.fail(chance)).last().unwrap_or_default();
        let not_before = self.now().after(wait);
        self.commit(Commit::strict(vec![Write::Op(Box::new(Op { not_before, attempts, ..op.clone() }))])).await?;
        self.changed(Change::Outbox);
        Ok(())
    }
}

/// What a server that keeps putting us off has refused, in the end.
fn finally(error: &Error) -> Recovery {
    match error {
        Error::Graph(crate::error::GraphError::Refused { status, code, request_id, .. }) => {
            Recovery::Blocked(Reason::Refused { status: *status, code: code.clone(), request_id: request_id.clone() })
        }
        Error::Graph(crate::error::GraphError::Malformed { .. }) | Error::Net(_) | Error::Auth(_) | Error::Store(_) => {
            error.recovery()
        }
    }
}

/// Whether a row is as the act wants it.
fn is_done(row: &Message, act: &Act) -> bool {
    match act {
        Act::Read { read, .. } => row.is_read == *read,
        Act::Flag { flag, .. } => row.flag == *flag,
        Act::Move { to, .. } => row.folder == *to,
        Act::Send { .. } => false,
    }
}

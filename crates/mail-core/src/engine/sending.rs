//! A mail's way out, one request at a time. The rules are [`crate::outbox`]'s; here each stage is stored before the request
//! that leaves it, strictly and under the fence, so that no crash and no second leader can send a mail twice.

use super::{Engine, Ports};
use crate::error::{Error, Recovery};
use crate::graph::Partial;
use crate::id::MessageId;
use crate::model::FolderRole;
use crate::outbox::{
    Act, AfterLook, Look, NextSend, Op, Outgoing, SendAnswer, SendStage, after_look, after_send, next_send,
    sending_once_more,
};
use crate::protocol::Change;
use crate::store::{Commit, Write};
use std::time::Duration;

impl<P: Ports + 'static> Engine<P> {
    /// Takes a mail one request further.
    pub(super) async fn push_mail(&mut self, op: &Op, mail: &Outgoing, stage: &SendStage) -> Result<(), Error> {
        let result = match next_send(stage) {
            NextSend::Create => {
                let drafting = self.reach(op, SendStage::Drafting, Duration::ZERO).await?;
                let created = self.create(&drafting, mail).await;
                // Whatever the answer says, the draft may exist: from here on it is looked for first.
                return self.unless_refused(&drafting, created).await;
            }
            NextSend::Find => match self.is_marked_in_sent(op).await {
                Ok(true) => return self.finish_op(op, Vec::new()).await,
                Ok(false) => self.find_draft(op, mail).await,
                Err(error) => Err(error),
            },
            NextSend::Fill(draft) => match self.call(self.service.fill_draft(&draft, mail)).await {
                Ok(_) => self.reach(op, SendStage::Drafted { draft, filled: true }, Duration::ZERO).await.map(drop),
                // Somebody threw the draft away; it was never sent, so it is made anew.
                Err(error) if error.recovery() == Recovery::Gone => {
                    self.reach(op, SendStage::Drafting, Duration::ZERO).await.map(drop)
                }
                Err(error) => Err(error),
            },
            NextSend::Send(draft) => {
                let since = self.now();
                let sending = self
                    .reach(op, SendStage::Sending { draft: draft.clone(), since, looks: 0 }, Duration::ZERO)
                    .await?;
                return self.send(&sending, &draft).await;
            }
            NextSend::Look(draft) => return self.look(op, stage, &draft).await,
        };
        self.unless_refused(op, result).await
    }

    async fn unless_refused(&mut self, op: &Op, result: Result<(), Error>) -> Result<(), Error> {
        match result {
            Ok(()) => Ok(()),
            Err(error) => self.refused(op, error).await,
        }
    }

    /// Whether a mail that should be no more than a draft was sent all the same, by another tab's older word.
    async fn is_marked_in_sent(&self, op: &Op) -> Result<bool, Error> {
        match self.call(self.service.find_marked(FolderRole::Sent, &op.id)).await {
            Ok(found) => Ok(found.is_some()),
            Err(error) if error.recovery() == Recovery::Gone => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn find_draft(&mut self, op: &Op, mail: &Outgoing) -> Result<(), Error> {
        match self.call(self.service.find_marked(FolderRole::Drafts, &op.id)).await? {
            Some(draft) => self.drafted(op, mail, draft).await,
            None => self.create(op, mail).await,
        }
    }

    async fn create(&mut self, op: &Op, mail: &Outgoing) -> Result<(), Error> {
        let draft = match &mail.answers {
            Some(answer) => match self.call(self.service.create_answer(&answer.message, answer.all, &op.id)).await {
                // What it answers is gone: it is still a mail, with its own recipients and text.
                Err(error) if error.recovery() == Recovery::Gone => {
                    let draft = self.call(self.service.create_draft(mail, &op.id)).await?;
                    return self
                        .reach(op, SendStage::Drafted { draft: draft.id, filled: true }, Duration::ZERO)
                        .await
                        .map(drop);
                }
                other => other?,
            },
            None => self.call(self.service.create_draft(mail, &op.id)).await?,
        };
        self.drafted(op, mail, draft).await
    }

    async fn drafted(&mut self, op: &Op, mail: &Outgoing, draft: Partial) -> Result<(), Error> {
        let filled = mail.answers.is_none();
        self.reach(op, SendStage::Drafted { draft: draft.id, filled }, Duration::ZERO).await.map(drop)
    }

    /// The one request that must not happen twice. `op` is stored as sending.
    async fn send(&mut self, op: &Op, draft: &MessageId) -> Result<(), Error> {
        let answer = self.call(self.service.send(draft)).await;
        let (since, looks) = match &op.act {
            Act::Send { stage: SendStage::Sending { since, looks, .. }, .. } => (*since, *looks),
            Act::Send { .. } | Act::Read { .. } | Act::Flag { .. } | Act::Move { .. } => return Ok(()),
        };
        match after_send(draft, since, looks, &answer) {
            SendAnswer::Accepted(stage, wait) => self.reach(op, stage, wait).await.map(drop),
            SendAnswer::Doubtful(stage, wait) => {
                self.reach(op, stage, wait).await?;
                answer
            }
            SendAnswer::NotSent(stage) => match answer {
                // The draft is not there: perhaps because an earlier try did send it.
                Err(error) if error.recovery() == Recovery::Gone => self
                    .reach(op, SendStage::Sending { draft: draft.clone(), since, looks }, Duration::from_secs(2))
                    .await
                    .map(drop),
                Err(error) => {
                    let not_sent = self.reach(op, stage, Duration::ZERO).await?;
                    self.refused(&not_sent, error).await
                }
                Ok(()) => Ok(()),
            },
        }
    }

    async fn look(&mut self, op: &Op, stage: &SendStage, draft: &MessageId) -> Result<(), Error> {
        let found = match self.find(op, draft).await {
            Ok(found) => found,
            Err(error) => return self.refused(op, error).await,
        };
        match after_look(stage, found, self.now(), self.config.second_send) {
            AfterLook::Done => {
                let now = self.now();
                self.schedule.acted(now);
                for role in [FolderRole::Sent, FolderRole::Drafts] {
                    if let Some(folder) = self.roles.get(&role) {
                        self.schedule.moved(folder.clone(), now);
                    }
                }
                self.finish_op(op, Vec::new()).await
            }
            AfterLook::Again(stage, wait) => self.reach(op, stage, wait).await.map(drop),
            AfterLook::SendOnceMore(draft) => {
                let again = self.reach(op, sending_once_more(&draft, self.now()), Duration::ZERO).await?;
                self.send(&again, &draft).await
            }
            AfterLook::Ask(reason) => self.block_op(op, reason).await,
        }
    }

    /// Where the mail is now.
    async fn find(&mut self, op: &Op, draft: &MessageId) -> Result<Look, Error> {
        match self.call(self.service.message(draft)).await {
            Ok(row) => {
                let lies_in = |role| row.folder.is_some() && row.folder.as_ref() == self.roles.get(&role);
                let left = row.is_draft() == Some(false) || lies_in(FolderRole::Sent) || lies_in(FolderRole::Outbox);
                return Ok(if left { Look::Left } else { Look::StillDraft });
            }
            Err(error) if error.recovery() == Recovery::Gone => {}
            Err(error) => return Err(error),
        }
        // Its id did not survive the sending: our marker did.
        for (role, found) in
            [(FolderRole::Sent, Look::Left), (FolderRole::Outbox, Look::Left), (FolderRole::Drafts, Look::StillDraft)]
        {
            match self.call(self.service.find_marked(role, &op.id)).await {
                Ok(Some(_)) => return Ok(found),
                Ok(None) => {}
                Err(error) if error.recovery() == Recovery::Gone => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Look::Nowhere)
    }

    /// Stores a stage, to be gone on with after `wait`.
    async fn reach(&mut self, op: &Op, stage: SendStage, wait: Duration) -> Result<Op, Error> {
        let Act::Send { mail, .. } = &op.act else { return Ok(op.clone()) };
        let not_before = self.now().after(wait);
        let op =
            Op { act: Act::Send { mail: mail.clone(), stage }, not_before, attempts: op.attempts.max(1), ..op.clone() };
        self.commit(Commit::strict(vec![Write::Op(Box::new(op.clone()))])).await?;
        self.changed(Change::Outbox);
        Ok(op)
    }
}

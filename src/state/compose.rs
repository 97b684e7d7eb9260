//! Writing mail: drafts are written down while they are typed, and a sent mail is in the outbox before its draft is gone.
//! A draft that was sent or given up is never written again, however late a save comes.

use super::verbs::is_unsent_mail;
use super::{App, NoticeWord, Reading};
use crate::ui::text;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail_browser::page;
use mail_core::compose::{AddressError, answer, parse_recipients, show_recipients};
use mail_core::id::MessageId;
use mail_core::model::{BodyContent, Message};
use mail_core::outbox::{Act, Answer, Outgoing, SendStage};
use mail_core::protocol::Ask;
use mail_core::store::{Commit, Draft, Store, StoreError, Write};
use std::time::Duration;

/// How long typing has to pause until it is written down.
const PAUSE: Duration = Duration::from_millis(400);

impl App {
    /// Begins a mail, or goes on with the newest one that was kept.
    pub fn compose(self) {
        if self.composer.with_untracked(Option::is_some) {
            return;
        }
        spawn_local(async move {
            let kept = self.kept_draft(|_| true).await;
            let draft = kept.unwrap_or_else(|| self.new_draft(Outgoing::default()));
            if self.composer.with_untracked(Option::is_none) {
                self.composer.set(Some(draft));
            }
        });
    }

    /// Begins an answer to the open message, to the newest one of a conversation, or to the current row; goes on with one that was kept.
    pub fn reply(self, all: bool) {
        let open = self.open.with_untracked(|open| open.as_ref().map(|open| open.id.clone()));
        let Some(id) = self.newest_of_stack().or(open).or_else(|| self.current.get_untracked()) else { return };
        let Some(message) = self.memory().known.borrow().shown(&id) else { return };
        spawn_local(async move {
            let answers = Some(Answer { message: message.id.clone(), all });
            let kept = self.kept_draft(|draft| draft.mail.answers == answers).await;
            let draft = match kept {
                Some(draft) => draft,
                None => {
                    let quoted = self.text_of(&message).await;
                    self.new_draft(self.answer_to(&message, &quoted, all))
                }
            };
            self.flush_draft();
            self.composer.set(Some(draft));
        });
    }

    fn answer_to(self, message: &Message, quoted: &str, all: bool) -> Outgoing {
        let me = self.account.with_untracked(|account| account.as_ref().map(|account| account.address.clone()));
        let time = page::locale_full_time(message.received.millis());
        let attribution = text::attribution(&time, message.from.as_ref());
        answer(message, quoted, all, &me.unwrap_or_default(), &attribution)
    }

    fn new_draft(self, mail: Outgoing) -> Draft {
        let typed = (show_recipients(&mail.to), show_recipients(&mail.cc));
        Draft { id: self.client().new_draft(), mail, typed, changed: self.client().now() }
    }

    /// The newest draft of this kind, typed a moment ago or stored.
    async fn kept_draft(self, is_wanted: impl Fn(&Draft) -> bool) -> Option<Draft> {
        let memory = self.memory();
        let unsaved = memory.unsaved.borrow().clone().filter(&is_wanted);
        if unsaved.is_some() {
            return unsaved;
        }
        let drafts = match self.client().read(async |store| store.drafts().await).await {
            Ok(drafts) => drafts,
            Err(error) => {
                self.store_failed(&error);
                return None;
            }
        };
        let finished = memory.finished.borrow();
        let kept = drafts.into_iter().filter(|draft| !finished.contains(&draft.id) && is_wanted(draft));
        kept.max_by_key(|draft| draft.changed)
    }

    /// What an answer quotes: the text as far as it is on this device.
    async fn text_of(self, message: &Message) -> String {
        let body = match self.body_at_hand(&message.id) {
            Some(body) => Some(body),
            None => {
                let stored = self.client().read(async |store| store.body(&message.id).await).await;
                stored.ok().flatten().map(|body| body.content)
            }
        };
        match body {
            Some(BodyContent::Text(text)) => text,
            Some(BodyContent::Html(html)) => page::html_to_text(&html),
            None => message.preview.clone(),
        }
    }

    fn body_at_hand(self, id: &MessageId) -> Option<BodyContent> {
        let open = self.open.with_untracked(|open| open.as_ref().is_some_and(|open| open.id == *id));
        self.reading.with_untracked(|reading| match reading {
            Reading::Loaded(body) if open => Some(body.content.clone()),
            Reading::Nothing | Reading::Loading | Reading::Loaded(_) | Reading::Failed(_) => None,
        })
    }

    /// Takes what was typed; it is written down once typing pauses, and [`App::composer`] then holds it.
    pub fn edit_draft(self, draft: Draft) {
        let memory = self.memory();
        if memory.finished.borrow().contains(&draft.id) {
            return;
        }
        memory.unsaved.replace(Some(draft));
        let timer = page::after(PAUSE, move || {
            // The timer is ending by itself: it is let go, not cancelled.
            if let Some(timer) = self.memory().saving.take() {
                timer.detach();
            }
            self.flush_draft();
        });
        memory.saving.replace(Some(timer));
    }

    /// Writes down what was typed, without waiting for a pause.
    pub(super) fn flush_draft(self) {
        let memory = self.memory();
        memory.saving.take();
        if let Some(draft) = memory.unsaved.take() {
            spawn_local(self.save(draft));
        }
    }

    async fn save(self, draft: Draft) {
        let memory = self.memory();
        let saved = self.client().commit(Commit::strict(vec![Write::Draft(Box::new(draft.clone()))])).await;
        if memory.finished.borrow().contains(&draft.id) {
            // It was sent or given up meanwhile, and this save may have come after that.
            self.forget_draft(draft).await;
            return;
        }
        match saved {
            Ok(()) => {
                let edited = self.composer.with_untracked(|now| now.as_ref().is_some_and(|now| now.id == draft.id));
                if edited {
                    self.composer.set(Some(draft));
                }
            }
            Err(error) => {
                // What was typed is still here, and the next key press or hiding the page tries again.
                memory.unsaved.borrow_mut().get_or_insert(draft);
                self.store_failed(&error);
            }
        }
    }

    async fn forget_draft(self, draft: Draft) {
        if let Err(error) = self.client().commit(Commit::strict(vec![Write::RemoveDraft(draft.id)])).await {
            self.store_failed(&error);
        }
    }

    /// Puts the mail into the outbox.
    ///
    /// # Errors
    /// [`AddressError`] naming the recipient that cannot be used; nothing has happened then.
    pub fn send_draft(self, draft: Draft) -> Result<(), AddressError> {
        let to = parse_recipients(&draft.typed.0)?;
        let cc = parse_recipients(&draft.typed.1)?;
        if to.is_empty() && cc.is_empty() {
            return Err(AddressError::Empty);
        }
        let text = draft.mail.text.replace("\r\n", "\n");
        let mail = Box::new(Outgoing { to, cc, text, ..draft.mail.clone() });
        let op = self.new_op(Act::Send { mail, stage: SendStage::Queued });
        self.finish(&draft);
        self.put(op.clone());
        self.say(NoticeWord::Queued, false);
        spawn_local(async move {
            let id = op.id.clone();
            let writes = vec![Write::Op(Box::new(op)), Write::RemoveDraft(draft.id.clone())];
            if self.write(&id, Commit::strict(writes)).await.is_err() {
                // Not sent: the person gets the mail back as it was.
                self.memory().finished.borrow_mut().remove(&draft.id);
                self.memory().unsaved.replace(Some(draft.clone()));
                self.composer.set(Some(draft));
            }
        });
        Ok(())
    }

    /// Gives the mail up.
    pub fn discard_draft(self) {
        let Some(draft) = self.composer.get_untracked() else { return };
        self.finish(&draft);
        self.say(NoticeWord::Discarded, false);
        spawn_local(self.forget_draft(draft));
    }

    /// Closes the composer over a draft that is not to be written again.
    fn finish(self, draft: &Draft) {
        let memory = self.memory();
        memory.finished.borrow_mut().insert(draft.id.clone());
        memory.saving.take();
        let mut unsaved = memory.unsaved.borrow_mut();
        if unsaved.as_ref().is_some_and(|unsaved| unsaved.id == draft.id) {
            *unsaved = None;
        }
        drop(unsaved);
        self.composer.set(None);
    }

    /// Whether signing out would lose mail that only this device knows.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot tell.
    pub(super) async fn holds_unsent_mail(self) -> Result<bool, StoreError> {
        let memory = self.memory();
        if memory.unsaved.borrow().is_some() || self.outbox.with_untracked(|ops| ops.iter().any(is_unsent_mail)) {
            return Ok(true);
        }
        let drafts = self.client().read(async |store| store.drafts().await).await?;
        let finished = memory.finished.borrow();
        Ok(drafts.iter().any(|draft| !finished.contains(&draft.id)))
    }

    /// Asks the server now.
    pub fn sync_now(self) {
        self.client().ask(Ask::Now);
    }
}

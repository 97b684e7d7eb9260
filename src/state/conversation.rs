//! Conversations, where the person wants them: the choice itself, what is done with a whole one, and the messages of the open
//! one beside the message that was opened.

use super::verbs::{self, MeaningTogether, Verb};
use super::{App, NoticeWord, Reading, Row, settle};
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail_browser::page;
use mail_core::id::{ConversationId, MessageId};
use mail_core::model::Message;
use mail_core::outbox::Gathered;
use mail_core::store::Store;
use std::sync::Arc;

/// Where the choice is kept.
const CHOICE: &str = "petrel-conversations";

/// Unread messages of a conversation that are unfolded by themselves, at most: each has a frame of its own.
const UNFOLDED: usize = 6;

impl App {
    /// Takes the choice up that was made on this device.
    pub(super) fn recall_grouping(self) {
        self.grouped.set(page::is_chosen(CHOICE));
    }

    /// Shows conversations in the list, or messages again.
    pub fn toggle_grouping(self) {
        let on = !self.grouped.get_untracked();
        page::choose(CHOICE, on);
        self.grouped.set(on);
        let memory = self.memory();
        memory.top();
        memory.reveal.set(true);
        memory.unfolds.set(true);
        spawn_local(self.read_view());
    }

    /// Does something with the whole conversation of a message, as far as it lies in the open folder.
    pub(super) fn act_on_conversation(self, verb: Verb, id: MessageId) {
        let memory = self.memory();
        if memory.gathering.get() {
            memory.afterwards.borrow_mut().push(verb);
            return;
        }
        let message = memory.known.borrow().shown(&id);
        if let Some(message) = message {
            self.with_conversation(message.clone(), move |app| app.act_together(verb, message));
        }
    }

    fn act_together(self, verb: Verb, message: Message) {
        let memory = self.memory();
        let (members, meaning, row) = {
            let known = memory.known.borrow();
            let mut members = known.at_hand(&message).map(|each| known.members(each)).unwrap_or_default();
            if members.is_empty() {
                // It was opened by its address and lies in another folder.
                members.push(message.clone());
            }
            let meaning = verbs::meaning_together(verb, &members, &known.folders);
            let listed = self.list.with_untracked(|list| list.conversation(&message).cloned());
            let members: Vec<Arc<Message>> = members.into_iter().map(Arc::new).collect();
            (members, meaning, listed.unwrap_or_else(|| Row::of(Arc::new(message.clone()))))
        };
        match meaning {
            MeaningTogether::Nothing => {}
            MeaningTogether::NoSuchFolder(role) => self.say(NoticeWord::NoSuchFolder(role), false),
            MeaningTogether::Acts(acts, on) => {
                let key = message.conversation_key();
                let is_open = |open: &Message| open.conversation_key() == key;
                let was_open = self.open.with_untracked(|open| open.as_ref().is_some_and(is_open));
                self.perform(verb, acts, &members, (&row, was_open));
                self.say(NoticeWord::Done(verb, on), true);
            }
        }
    }

    /// Does something once all rows of a message's conversation are at hand: at once where they are, or where the list shows
    /// messages.
    pub(super) fn with_conversation(self, message: Message, then: impl FnOnce(Self) + 'static) {
        let memory = self.memory();
        let is_ready = !memory.known.borrow().grouped || memory.known.borrow().at_hand(&message).is_some();
        if is_ready {
            return then(self);
        }
        memory.gathering.set(true);
        spawn_local(async move {
            let gathered = self.gather(&message).await;
            memory.gathering.set(false);
            if gathered {
                then(self);
            }
            let next = std::mem::take(&mut *memory.afterwards.borrow_mut());
            next.into_iter().for_each(|verb| self.act(verb));
        });
    }

    /// Reads all rows of a conversation, because something may be done with it, or it is read.
    pub(super) fn gather_ahead(self, id: &MessageId) {
        let memory = self.memory();
        let wanted = {
            let known = memory.known.borrow();
            known.row(id).filter(|row| known.grouped && known.at_hand(row).is_none()).cloned()
        };
        let Some(row) = wanted else { return };
        spawn_local(async move {
            if !self.gather(&row).await {
                return;
            }
            let stack = self.memory().known.borrow().stack();
            self.settle_stack(stack);
        });
    }

    /// Whether they could be read.
    async fn gather(self, message: &Message) -> bool {
        let id = ConversationId::new(message.conversation_key());
        let read = self.client().read(async |store| store.conversation_rows(std::slice::from_ref(&id)).await).await;
        match read {
            Ok(rows) => {
                let memory = self.memory();
                let mut known = memory.known.borrow_mut();
                // What a reading brought meanwhile is newer.
                if known.grouped && known.at_hand(message).is_none() {
                    Gathered::deal(vec![id], rows).into_iter().for_each(|each| known.take_gathered(each));
                }
                true
            }
            Err(error) => {
                self.store_failed(&error);
                false
            }
        }
    }

    /// Shows the messages of the open conversation. The first time, what is worth reading is unfolded.
    pub(super) fn settle_stack(self, stack: Vec<Arc<Message>>) {
        let memory = self.memory();
        if !stack.is_empty() && memory.unfolds.take() {
            let unread = stack.iter().rev().filter(|row| !row.is_read && !row.is_draft).take(UNFOLDED);
            let newest = stack.iter().rev().find(|row| !row.is_draft);
            let mut ids: Vec<MessageId> = newest.into_iter().chain(unread).map(|row| row.id.clone()).collect();
            ids.dedup();
            ids.retain(|id| !self.is_open(id));
            settle(self.stack, Arc::new(stack));
            ids.into_iter().for_each(|id| self.unfold(id));
        } else {
            settle(self.stack, Arc::new(stack));
        }
    }

    /// Folds or unfolds a message of the open conversation.
    pub fn toggle_fold(self, id: MessageId) {
        if self.is_unfolded(&id) {
            self.unfolded.update(|all| all.retain(|known| known.0 != id));
        } else {
            self.unfold(id);
        }
    }

    fn unfold(self, id: MessageId) {
        let memory = self.memory();
        let at_hand = memory.body(&id);
        let reading = at_hand.clone().map_or(Reading::Loading, Reading::Loaded);
        memory.to_mark.borrow_mut().push(id.clone());
        self.unfolded.update(|all| all.push((id.clone(), reading)));
        if at_hand.is_some() { self.was_shown(id) } else { spawn_local(self.load_body(id)) }
    }

    fn is_unfolded(self, id: &MessageId) -> bool {
        self.unfolded.with_untracked(|all| all.iter().any(|known| known.0 == *id))
    }

    /// Whether the body of a message is in view, or is to be.
    pub(super) fn shows(self, id: &MessageId) -> bool {
        self.is_open(id) || self.is_unfolded(id)
    }

    /// Shows how far the body of a message is, where it is to be seen.
    pub(super) fn show_reading(self, id: &MessageId, reading: Reading) {
        if self.is_open(id) {
            settle(self.reading, reading);
        } else if self.is_unfolded(id) {
            let mut all = self.unfolded.get_untracked();
            all.iter_mut().filter(|known| known.0 == *id).for_each(|known| known.1 = reading.clone());
            settle(self.unfolded, all);
        }
    }

    /// The leader stored a body that may be waited for.
    pub(super) fn unfolded_body_changed(self, id: &MessageId) {
        if self.is_unfolded(id) {
            spawn_local(self.load_body(id.clone()));
        }
    }

    /// Bodies that are waited for can be had now, or no longer.
    pub(super) fn unfolded_follow_live(self) {
        let can_load = self.can_load();
        for (id, reading) in self.unfolded.get_untracked() {
            match (reading, can_load) {
                (Reading::Loading, false) | (Reading::Failed(None), true) => self.load_again(id),
                (Reading::Nothing | Reading::Loading | Reading::Loaded(_) | Reading::Failed(_), _) => {}
            }
        }
    }

    /// The newest message of the open conversation, which an answer answers.
    pub(super) fn newest_of_stack(self) -> Option<MessageId> {
        let newest =
            |stack: &Arc<Vec<Arc<Message>>>| stack.iter().rev().find(|row| !row.is_draft).map(|row| row.id.clone());
        self.stack.with_untracked(newest)
    }
}

//! Acting on mail: seen in the same frame, written down for good, carried out by the leader.
//! Nothing here waits for a server, and whatever was done can be undone.

use super::memory::{History, Stale};
use super::verbs::{self, Done, DoneAct, Meaning, Verb};
use super::{App, Notice, NoticeWord, Row, Screen, select};
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail_browser::{page, shell};
use mail_core::id::{MessageId, OpId};
use mail_core::model::Message;
use mail_core::outbox::{Act, Op};
use mail_core::protocol::{Ask, Live};
use mail_core::store::{Commit, Store, StoreError, Write};
use std::sync::Arc;

impl App {
    /// Does something with the open message, or with the current row where none is open.
    pub fn act(self, verb: Verb) {
        if self.memory().owed.get() != 0 {
            // The keys lead to a row that is being read. It is meant, not the one they left.
            self.memory().then.set(Some(verb));
            return;
        }
        let open = self.open.with_untracked(|open| open.as_ref().map(|open| open.id.clone()));
        let current = self.current.get_untracked();
        // Keys that moved on a moment ago mean the row they are on, which is about to open.
        let target = if self.stop_resting() { current.or(open) } else { open.or(current) };
        let memory = self.memory();
        let Some(id) = target else { return };
        if memory.known.borrow().grouped {
            return self.act_on_conversation(verb, id);
        }
        let meaning = {
            let known = memory.known.borrow();
            known.shown(&id).map(|row| (verbs::meaning(verb, &row, &known.folders), row))
        };
        match meaning {
            None | Some((Meaning::Nothing, _)) => {}
            Some((Meaning::NoSuchFolder(role), _)) => self.say(NoticeWord::NoSuchFolder(role), false),
            Some((Meaning::Act(act, on), row)) => {
                let row = Row::of(Arc::new(row));
                let was_open = self.open.with_untracked(|open| open.as_ref().is_some_and(|open| open.id == row.id));
                self.perform(verb, vec![act], std::slice::from_ref(&row.message), (&row, was_open));
                self.say(NoticeWord::Done(verb, on), true);
            }
        }
    }

    /// Does this to `messages`, which are `row` of the list; the acts are in their order.
    pub(super) fn perform(self, verb: Verb, acts: Vec<Act>, messages: &[Arc<Message>], (row, was_open): (&Row, bool)) {
        let memory = self.memory();
        if verb == Verb::Read {
            // The person decided: nothing is marked read by being shown.
            memory.to_mark.take();
        }
        let is_current = self.current.with_untracked(|current| current.as_ref() == Some(&row.id));
        let next = self.list.with_untracked(|list| match is_current || list.has(row) {
            true => select::after_leaving(list, &row.key()),
            false => Ok(None),
        });
        let leaves = acts.iter().any(|act| matches!(act, Act::Move { .. }));
        let mut backs = Vec::with_capacity(acts.len());
        for act in &acts {
            let before = messages.iter().find(|message| act.message() == Some(&message.id));
            backs.push(before.and_then(|before| Some((verbs::after(act, before), verbs::inverse(act, before)?))));
        }
        let ops = self.queue_all(acts);
        let acts =
            ops.into_iter().zip(backs).filter_map(|(op, back)| back.map(|(row, back)| DoneAct { op, row, back }));
        memory.did(Done { acts: acts.collect(), was_open });
        if leaves && was_open {
            match next {
                Ok(next) => self.move_on(next),
                // Rows around the current one are read for anyway: whichever takes its place is opened then.
                Err(()) if is_current => memory.moves_on.set(true),
                Err(()) => self.move_on(None),
            }
        }
    }

    /// After the open message was put away: its neighbour takes its place, on a phone the list does.
    pub(super) fn move_on(self, next: Option<MessageId>) {
        match next {
            Some(next) if page::is_wide() => self.open_as(next, History::Replace, true),
            Some(next) => {
                self.close_message();
                self.set_current(next);
            }
            None => self.close_message(),
        }
    }

    /// Takes what this tab did last back, by new acts.
    pub fn undo(self) {
        let Some(done) = self.memory().last_done() else { return };
        let Some(row) = done.acts.last().map(|act| act.row.clone()) else { return };
        // Where conversations are shown, all of this one has to be known for it to come back as it was.
        self.with_conversation(row, move |app| app.undo_now(done));
    }

    fn undo_now(self, done: Done) {
        let memory = self.memory();
        let returns = done.acts.iter().any(|act| matches!(act.back, Act::Move { .. }));
        let Some(message) = done.acts.last().map(|act| act.row.id.clone()) else { return };
        let mut backs = Vec::with_capacity(done.acts.len());
        for act in done.acts {
            memory.known.borrow_mut().recall(act.row);
            backs.push(act.back);
        }
        self.queue_all(backs);
        if memory.known.borrow().lists(&message) {
            if returns && done.was_open && page::is_wide() {
                self.open_as(message, History::Replace, false);
            } else {
                self.set_current(message);
            }
        }
        self.say(NoticeWord::Undone, false);
    }

    /// Adds an act to the outbox: on the screen at once, then in the store.
    pub(super) fn queue(self, act: Act) {
        self.queue_all(vec![act]);
    }

    /// The same for several at once, of which all are written or none.
    pub(super) fn queue_all(self, acts: Vec<Act>) -> Vec<OpId> {
        let memory = self.memory();
        let mut ops = Vec::with_capacity(acts.len());
        for act in acts {
            let op = self.new_op(act);
            memory.own.borrow_mut().write(op.id.clone(), Some(op.clone()));
            memory.known.borrow_mut().put(op.clone());
            ops.push(op);
        }
        self.project();
        let ids: Vec<OpId> = ops.iter().map(|op| op.id.clone()).collect();
        let written = ids.clone();
        spawn_local(async move {
            let writes = ops.into_iter().map(|op| Write::Op(Box::new(op))).collect();
            if self.write_all(&written, Commit::strict(writes)).await.is_err() {
                written.iter().for_each(|id| self.memory().never_did(id));
            }
        });
        ids
    }

    /// An entry for the outbox, later than all that are there.
    pub(super) fn new_op(self, act: Act) -> Op {
        let memory = self.memory();
        let known = memory.known.borrow();
        self.client().new_op(act, known.ops.iter().map(|op| &op.id).max())
    }

    /// Shows an entry of the outbox that is about to be written.
    pub(super) fn put(self, op: Op) {
        let memory = self.memory();
        memory.own.borrow_mut().write(op.id.clone(), Some(op.clone()));
        memory.known.borrow_mut().put(op);
        self.project();
    }

    /// Writes an entry of the outbox that is already shown; where that fails, the screen goes back to what is stored.
    ///
    /// # Errors
    /// [`StoreError`] when nothing was written; the person has been told.
    pub(super) async fn write(self, id: &OpId, commit: Commit) -> Result<(), StoreError> {
        self.write_all(std::slice::from_ref(id), commit).await
    }

    async fn write_all(self, ids: &[OpId], commit: Commit) -> Result<(), StoreError> {
        let memory = self.memory();
        match self.client().commit(commit).await {
            Ok(()) => {
                ids.iter().for_each(|id| memory.own.borrow_mut().settle(id));
                self.ask_to_keep();
                self.client().ask(Ask::Outbox);
                if self.live.get_untracked() == Live::Offline {
                    shell::send_later();
                }
                Ok(())
            }
            Err(error) => {
                ids.iter().for_each(|id| memory.own.borrow_mut().forget(id));
                memory.known.borrow_mut().ops.retain(|op| !ids.contains(&op.id));
                self.project();
                self.read_again(Stale::VIEW);
                self.store_failed(&error);
                Err(error)
            }
        }
    }

    /// Tries a stuck entry again.
    pub fn retry_op(self, id: OpId) {
        let found = self.memory().known.borrow().ops.iter().find(|op| op.id == id).cloned();
        let Some(op) = found.map(|op| verbs::retried(op, self.client().now())) else { return };
        let before = self.memory().known.borrow().ops.iter().find(|op| op.id == id).map(|op| op.state.clone());
        self.put(op.clone());
        spawn_local(async move {
            // Another tab may have tried it again, with success: then there is nothing left to try.
            let stored = self.client().read(async |store| store.ops().await).await;
            let same = |op: &Op| op.id == id && Some(&op.state) == before.as_ref();
            if !stored.is_ok_and(|ops| ops.iter().any(same)) {
                self.memory().own.borrow_mut().forget(&id);
                return self.read_again(Stale::VIEW);
            }
            // A failure has been told, and the entry is back as it was.
            drop(self.write(&id, Commit::strict(vec![Write::Op(Box::new(op))])).await);
        });
    }

    /// Gives up a stuck entry.
    pub fn dismiss_op(self, id: OpId) {
        let memory = self.memory();
        memory.own.borrow_mut().write(id.clone(), None);
        memory.known.borrow_mut().ops.retain(|op| op.id != id);
        self.project();
        spawn_local(async move {
            drop(self.write(&id, Commit::strict(vec![Write::RemoveOp(id.clone())])).await);
        });
    }

    /// Says a short word.
    pub(super) fn say(self, word: NoticeWord, undo: bool) {
        let number = self.memory().next_notice();
        self.notice.set(Some(Notice { number, word, undo }));
    }

    /// Says a word about something wrong, once for as long as it is shown.
    pub(super) fn say_trouble(self, word: NoticeWord) {
        if self.notice.with_untracked(|shown| shown.as_ref().is_none_or(|shown| shown.word != word)) {
            self.say(word, false);
        }
    }

    /// Puts the notice away.
    pub fn dismiss_notice(self) {
        self.notice.set(None);
    }

    /// Tells the person that the store failed, in so far as there is something to tell.
    pub(super) fn store_failed(self, error: &StoreError) {
        match error {
            StoreError::Full => self.say_trouble(NoticeWord::DeviceFull),
            StoreError::Refused => self.screen.set(Screen::StoreRefused),
            // It was closed on purpose: somebody is signing out, or did.
            StoreError::Lost if self.memory().leaving.get() || !self.shows_mail() => {}
            StoreError::Lost | StoreError::Fenced | StoreError::Unreadable { .. } | StoreError::Failed(_) => {
                self.say_trouble(NoticeWord::Unexpected(error.to_string()));
            }
        }
    }
}

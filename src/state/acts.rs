//! Acting on mail: seen in the same frame, written down for good, carried out by the leader.
//! Nothing here waits for a server, and whatever was done can be undone.

use super::memory::{History, Stale};
use super::verbs::{self, Done, Meaning, Verb};
use super::{App, Notice, NoticeWord, Screen, select};
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail_browser::{page, shell};
use mail_core::id::{MessageId, OpId};
use mail_core::model::Message;
use mail_core::outbox::{Act, Op};
use mail_core::protocol::{Ask, Live};
use mail_core::store::{Commit, RowKey, Store, StoreError, Write};

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
        let meaning = {
            let known = memory.known.borrow();
            let row = target.and_then(|id| known.shown(&id));
            row.map(|row| (verbs::meaning(verb, &row, &known.folders), row))
        };
        match meaning {
            None | Some((Meaning::Nothing, _)) => {}
            Some((Meaning::NoSuchFolder(role), _)) => self.say(NoticeWord::NoSuchFolder(role), false),
            Some((Meaning::Act(act, on), row)) => {
                if verb == Verb::Read {
                    // The person decided: it is not marked read by being shown.
                    memory.to_mark.take();
                }
                self.perform(act, &row);
                self.say(NoticeWord::Done(verb, on), true);
            }
        }
    }

    fn perform(self, act: Act, row: &Message) {
        let was_open = self.open.with_untracked(|open| open.as_ref().is_some_and(|open| open.id == row.id));
        let is_current = self.current.with_untracked(|current| current.as_ref() == Some(&row.id));
        let next = self.list.with_untracked(|list| match is_current || list.has(row) {
            true => select::after_leaving(list, &RowKey::of(row)),
            false => Ok(None),
        });
        let back = verbs::inverse(&act, row);
        let leaves = matches!(act, Act::Move { .. });
        let after = verbs::after(&act, row);
        let op = self.queue(act);
        if let Some(back) = back {
            self.memory().did(Done { op, row: after, back, was_open });
        }
        if leaves && was_open {
            match next {
                Ok(next) => self.move_on(next),
                // Rows around the current one are read for anyway: whichever takes its place is opened then.
                Err(()) if is_current => self.memory().moves_on.set(true),
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

    /// Takes the last act of this tab back, by a new act.
    pub fn undo(self) {
        let Some(done) = self.memory().last_done() else { return };
        let returns = matches!(done.back, Act::Move { .. });
        let message = done.row.id.clone();
        self.memory().known.borrow_mut().recall(done.row);
        self.queue(done.back);
        if self.memory().known.borrow().lists(&message) {
            if returns && done.was_open && page::is_wide() {
                self.open_as(message, History::Replace, false);
            } else {
                self.set_current(message);
            }
        }
        self.say(NoticeWord::Undone, false);
    }

    /// Adds an act to the outbox: on the screen at once, then in the store.
    pub(super) fn queue(self, act: Act) -> OpId {
        let op = self.new_op(act);
        let id = op.id.clone();
        self.put(op.clone());
        spawn_local(async move {
            let written = self.write(&op.id, Commit::strict(vec![Write::Op(Box::new(op.clone()))])).await;
            if written.is_err() {
                self.memory().never_did(&op.id);
            }
        });
        id
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
        let memory = self.memory();
        match self.client().commit(commit).await {
            Ok(()) => {
                memory.own.borrow_mut().settle(id);
                self.ask_to_keep();
                self.client().ask(Ask::Outbox);
                if self.live.get_untracked() == Live::Offline {
                    shell::send_later();
                }
                Ok(())
            }
            Err(error) => {
                memory.own.borrow_mut().forget(id);
                memory.known.borrow_mut().ops.retain(|op| op.id != *id);
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

//! The open message: its row at once, its body from the store or, where it is not there yet, from the leader.

use super::memory::History;
use super::route::Route;
use super::{App, Reading, settle};
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail_browser::page;
use mail_core::error::Reason;
use mail_core::id::MessageId;
use mail_core::model::{Body, Message};
use mail_core::outbox::Act;
use mail_core::protocol::{Ask, Live};
use mail_core::store::Store;
use std::sync::Arc;

impl App {
    /// Opens a message and marks it read once it is shown. An open one whose body failed is tried again.
    pub fn open_message(self, id: MessageId) {
        // On a phone the message takes the list's place, and Back brings the list back.
        let closed = self.open.with_untracked(Option::is_none);
        let history = if closed && !page::is_wide() { History::Push } else { History::Replace };
        self.open_as(id, history, true);
    }

    /// Opens a message; with `mark`, it is marked read once it is shown.
    pub(super) fn open_as(self, id: MessageId, history: History, mark: bool) {
        self.stop_resting();
        if self.is_open(&id) {
            if self.memory().known.borrow().lists(&id) {
                self.follow_current(&id);
            }
            if self.reading.with_untracked(|reading| matches!(reading, Reading::Failed(_))) {
                self.load_again(id);
            }
            return;
        }
        let memory = self.memory();
        let row = memory.known.borrow().row(&id).cloned();
        match row {
            Some(row) => self.show_message(row, history, mark),
            None => spawn_local(async move {
                // A message named by the address that is not among the rows read so far.
                if let Ok(Some(row)) = self.client().read(async |store| store.message(&id).await).await {
                    self.show_message(row, history, mark);
                }
            }),
        }
    }

    fn show_message(self, row: Message, history: History, mark: bool) {
        let memory = self.memory();
        let id = row.id.clone();
        memory.known.borrow_mut().open = Some(row);
        memory.to_mark.replace(if mark { vec![id.clone()] } else { Vec::new() });
        memory.unfolds.set(true);
        settle(self.unfolded, Vec::new());
        let at_hand = memory.body(&id);
        let shown = memory.known.borrow().shown_open();
        // All in one turn: never a heading over another message's body.
        self.follow_current(&id);
        self.settle_stack(memory.known.borrow().stack());
        self.reading.set(at_hand.clone().map_or(Reading::Loading, Reading::Loaded));
        self.open.set(shown);
        if history == History::Push {
            memory.pushed.set(true);
        }
        self.follow_address(Route { folder: self.folder.get_untracked(), message: Some(id.clone()) }, history);
        if at_hand.is_some() {
            self.was_shown(id.clone())
        } else {
            spawn_local(self.load_body(id.clone()))
        }
        self.gather_ahead(&id);
    }

    pub(super) fn is_open(self, id: &MessageId) -> bool {
        self.open.with_untracked(|open| open.as_ref().is_some_and(|open| open.id == *id))
    }

    /// Tries again to show a body that could not be had.
    pub fn load_again(self, id: MessageId) {
        self.show_reading(&id, Reading::Loading);
        spawn_local(self.load_body(id));
    }

    pub(super) async fn load_body(self, id: MessageId) {
        let found = self.client().read(async |store| store.body(&id).await).await;
        match found {
            Ok(Some(body)) => self.body_is_here(id, Arc::new(body)),
            Ok(None) if self.shows(&id) => {
                if !self.can_load() {
                    self.show_reading(&id, Reading::Failed(None));
                }
                self.client().ask(Ask::Body(id));
            }
            Ok(None) => {}
            Err(error) => {
                self.show_reading(&id, Reading::Failed(None));
                self.store_failed(&error);
            }
        }
    }

    pub(super) fn can_load(self) -> bool {
        match self.live.get_untracked() {
            Live::Live | Live::Polling => true,
            Live::Offline | Live::SignedOut => false,
        }
    }

    fn body_is_here(self, id: MessageId, body: Arc<Body>) {
        self.memory().keep_body(id.clone(), body.clone());
        if self.shows(&id) {
            if body.is_dated() {
                // Shown as it is, and fetched again for what is not known of it.
                self.client().ask(Ask::BodyAgain(id.clone()));
            }
            self.show_reading(&id, Reading::Loaded(body));
            self.was_shown(id);
        }
    }

    /// The leader stored a body that is open or waited for.
    pub(super) async fn read_body_again(self) {
        if let Some(id) = self.open.with_untracked(|open| open.as_ref().map(|open| open.id.clone())) {
            self.load_body(id).await;
        }
    }

    /// The leader cannot load a body.
    pub(super) fn body_failed(self, id: &MessageId, reason: Reason) {
        if !self.memory().body(id).is_some_and(|_| self.shows(id)) {
            self.show_reading(id, Reading::Failed(Some(reason)));
        }
    }

    /// How mail arrives has changed: a body that is waited for can be had now, or no longer.
    pub(super) fn body_follows_live(self) {
        self.unfolded_follow_live();
        let Some(id) = self.open.with_untracked(|open| open.as_ref().map(|open| open.id.clone())) else { return };
        match (self.reading.get_untracked(), self.can_load()) {
            (Reading::Loading, false) | (Reading::Failed(None), true) => {
                if self.can_load() {
                    self.reading.set(Reading::Loading);
                }
                spawn_local(self.load_body(id));
            }
            (Reading::Nothing | Reading::Loading | Reading::Loaded(_) | Reading::Failed(_), _) => {}
        }
    }

    /// Marks a message read, once after it was opened or unfolded.
    pub(super) fn was_shown(self, id: MessageId) {
        page::after_paint(move || {
            let memory = self.memory();
            let due = memory.to_mark.borrow().contains(&id);
            if !due || !self.shows(&id) {
                return;
            }
            memory.to_mark.borrow_mut().retain(|known| *known != id);
            if memory.known.borrow().shown(&id).is_some_and(|row| !row.is_read) {
                self.queue(Act::Read { message: id, read: true });
            }
        });
    }

    /// Closes the message: back to the list.
    pub fn close_message(self) {
        let was_open = self.open.with_untracked(Option::is_some);
        let pushed = self.memory().pushed.get();
        self.put_away();
        if was_open && pushed {
            page::back();
        } else if was_open {
            self.follow_address(self.route(), History::Replace);
        }
    }

    /// Empties the reading pane and leaves the address alone.
    pub(super) fn put_away(self) {
        self.stop_resting();
        let memory = self.memory();
        memory.pushed.set(false);
        memory.to_mark.take();
        memory.known.borrow_mut().open = None;
        settle(self.open, None);
        settle(self.stack, Arc::default());
        settle(self.unfolded, Vec::new());
        settle(self.reading, Reading::Nothing);
    }
}

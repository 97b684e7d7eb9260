//! Folders and rows: opening a folder, walking with the keys, and following the address.

use super::memory::{History, Wanted};
use super::route::Route;
use super::{App, select};
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail_browser::page;
use mail_core::id::{FolderId, MessageId};
use std::time::Duration;

/// How long the keys rest on a row before it is opened, so that walking past does not load every body.
const REST: Duration = Duration::from_millis(150);

impl App {
    /// Opens a folder.
    pub fn open_folder(self, id: FolderId) {
        if self.folder.with_untracked(|open| open.as_ref() == Some(&id)) {
            self.close_message();
            return;
        }
        self.go_to(Route { folder: Some(id), message: None }, History::Push);
    }

    /// Shows what a route names; the present folder stays until the other one's rows are here.
    pub(super) fn go_to(self, route: Route, history: History) {
        self.memory().wanted.replace(Wanted::route(route, history));
        spawn_local(self.read_view());
    }

    /// Follows the address after Back, Forward or a link.
    pub(super) fn address_changed(self, fragment: &str) {
        if !self.shows_mail() {
            return;
        }
        if mail_core::auth::returned(fragment).is_some() {
            // An answer to a sign-in belongs to a start of the page. This one was put here by somebody else.
            self.follow_address(self.route(), History::Replace);
            return;
        }
        let route = Route::parse(fragment);
        let here = self.folder.get_untracked();
        if route.folder.is_some() && route.folder != here {
            self.go_to(route, History::Keep);
            return;
        }
        let open = self.open.with_untracked(|open| open.as_ref().map(|open| open.id.clone()));
        match route.message {
            Some(message) if open.as_ref() != Some(&message) => self.open_as(message, History::Keep, true),
            Some(_) => {}
            None if open.is_some() => self.put_away(),
            None => {}
        }
    }

    /// What is shown, as the address names it.
    pub(super) fn route(self) -> Route {
        let message = self.open.with_untracked(|open| open.as_ref().map(|open| open.id.clone()));
        Route { folder: self.folder.get_untracked(), message }
    }

    /// Puts the keyboard on a row and brings it into view.
    pub fn set_current(self, id: MessageId) {
        let memory = self.memory();
        memory.resting.take();
        memory.owed.set(0);
        memory.reveal.set(true);
        // The row of a conversation is called by its latest message.
        let row = memory.known.borrow_mut().stand_on(&id);
        let id = row.unwrap_or(id);
        self.gather_ahead(&id);
        // Also where it is current already: it may be out of view.
        self.current.set(Some(id));
        self.look();
    }

    /// The keyboard goes along with what is opened. A list that was scrolled away from a row meanwhile stays there.
    pub(super) fn follow_current(self, id: &MessageId) {
        if self.current.with_untracked(|current| current.as_ref() != Some(id)) {
            self.set_current(id.clone());
        }
    }

    /// Moves `delta` rows down (up where negative); on a wide screen the row is opened once the keys rest.
    pub fn step(self, delta: i32) {
        let memory = self.memory();
        if self.list.with_untracked(|list| list.here == 0) {
            return;
        }
        memory.owed.set(memory.owed.get().saturating_add(delta));
        self.take_steps();
        self.look();
    }

    /// Moves a screen down, or up.
    pub fn page(self, down: bool) {
        let rows = i32::try_from(self.memory().view.get().rows.saturating_sub(2).max(1)).unwrap_or(1);
        self.step(if down { rows } else { -rows });
    }

    /// Takes the steps that are owed, as soon as the row they lead to is here.
    pub(super) fn take_steps(self) {
        let target = self.target();
        let Some(next) =
            self.list.with_untracked(|list| target.and_then(|target| list.row(target)).map(|row| row.id.clone()))
        else {
            return;
        };
        self.set_current(next.clone());
        if page::is_wide() {
            self.rest_on(next);
        }
        if let Some(verb) = self.memory().then.take() {
            self.act(verb);
        }
    }

    /// The place the keys lead to, while steps are owed.
    pub(super) fn target(self) -> Option<u32> {
        let owed = self.memory().owed.get();
        if owed == 0 {
            return None;
        }
        let current = self.current.get_untracked();
        self.list.with_untracked(|list| match current.map(|current| list.place_of(&current)) {
            // Where the current row is will be known in a moment.
            Some(None) => None,
            Some(place) => select::target(list.here, place, owed),
            None => select::target(list.here, None, owed),
        })
    }

    /// Opens a row once the keys rest on it.
    fn rest_on(self, row: MessageId) {
        let timer = page::after(REST, move || {
            // The timer is ending by itself: it is let go, not cancelled.
            if let Some(timer) = self.memory().resting.take() {
                timer.detach();
            }
            if self.current.with_untracked(|current| current.as_ref() == Some(&row)) {
                self.open_message(row);
            }
        });
        self.memory().resting.replace(Some(timer));
    }

    /// Whether the keys were resting on a row that is not open yet; it is not opened by itself any more.
    pub(super) fn stop_resting(self) -> bool {
        self.memory().resting.take().is_some()
    }
}

//! Folders and rows: opening a folder, reading on, walking with the keys, and following the address.

use super::memory::{History, Wanted};
use super::route::Route;
use super::{App, select, settle};
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail_browser::page;
use mail_core::id::{FolderId, MessageId};
use std::time::Duration;

/// Rows read on at a time.
const MORE_ROWS: u32 = 200;

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

    /// Reads further rows, if the device holds any.
    pub fn more_rows(self) {
        let memory = self.memory();
        let (here, stored) = {
            let known = memory.known.borrow();
            (u32::try_from(known.rows.len()).unwrap_or(u32::MAX), known.stored)
        };
        if stored <= here || memory.growing.replace(true) {
            return;
        }
        memory.wanted.borrow_mut().limit = here.saturating_add(MORE_ROWS);
        spawn_local(async move {
            self.read_view().await;
            memory.growing.set(false);
        });
    }

    /// Puts the keyboard on a row.
    pub fn set_current(self, id: MessageId) {
        self.memory().resting.take();
        settle(self.current, Some(id));
    }

    /// Moves `delta` rows down (up where negative); on a wide screen the row is opened once the keys rest.
    pub fn step(self, delta: i32) {
        let current = self.current.get_untracked();
        let Some(next) = self.list.with_untracked(|list| select::step(&list.rows, current.as_ref(), delta)) else {
            return;
        };
        self.set_current(next.clone());
        if page::is_wide() {
            let memory = self.memory();
            let timer = page::after(REST, move || {
                // The timer is ending by itself: it is let go, not cancelled.
                if let Some(timer) = self.memory().resting.take() {
                    timer.detach();
                }
                if self.current.with_untracked(|current| current.as_ref() == Some(&next)) {
                    self.open_message(next);
                }
            });
            memory.resting.replace(Some(timer));
        }
    }

    /// Whether the keys were resting on a row that is not open yet; it is not opened by itself any more.
    pub(super) fn stop_resting(self) -> bool {
        self.memory().resting.take().is_some()
    }
}

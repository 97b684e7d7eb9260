//! Keeps the screen equal to the store. At most one reading is under way; what becomes stale meanwhile is read
//! right after it, so that a burst of changes costs little and nothing is lost.

use super::known::{Known, Question};
use super::memory::{History, Stale};
use super::route::Route;
use super::{App, select, settle};
use crate::ui::text;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail_browser::page;
use mail_browser::ports::BrowserClock;
use mail_core::id::MessageId;
use mail_core::ports::Clock;
use mail_core::protocol::{Ask, Change};
use mail_core::store::Store;
use std::time::Duration;

/// The pause between two readings: about one frame.
const PAUSE: Duration = Duration::from_millis(16);

/// How often to look whether conversations have been made.
const MAKING: Duration = Duration::from_secs(1);

impl App {
    /// Hears that parts of the store changed.
    pub(super) fn changed(self, changes: &[Change]) {
        let memory = self.memory();
        let open = self.open.with_untracked(|open| open.as_ref().map(|open| open.id.clone()));
        let (folder, grouped) = (memory.known.borrow().folder.clone(), memory.known.borrow().grouped);
        let stale = changes.iter().fold(Stale::default(), |stale, change| match change {
            Change::Folders | Change::Outbox => stale.and(Stale::VIEW),
            Change::Folder(id) if folder.is_none() || folder.as_ref() == Some(id) => stale.and(Stale::VIEW),
            // The open conversation has messages elsewhere.
            Change::Folder(_) if grouped && open.is_some() => stale.and(Stale::VIEW),
            Change::Folder(_) => stale,
            Change::Body(id) => {
                memory.drop_body(id);
                self.unfolded_body_changed(id);
                Stale { body: stale.body || open.as_ref() == Some(id), ..stale }
            }
            Change::Attachment(key) => {
                self.attachment_is_here(key);
                stale
            }
            Change::Account => Stale { account: true, ..stale },
        });
        self.read_again(stale);
    }

    /// Has something read again.
    pub(super) fn read_again(self, stale: Stale) {
        let memory = self.memory();
        if stale == Stale::default() || !self.shows_mail() {
            return;
        }
        memory.stale.set(memory.stale.get().and(stale));
        if !memory.refreshing.replace(true) {
            spawn_local(self.refresh());
        }
    }

    async fn refresh(self) {
        let memory = self.memory();
        loop {
            let stale = memory.stale.take();
            if stale == Stale::default() {
                memory.refreshing.set(false);
                return;
            }
            if stale.view {
                self.read_view().await;
            }
            if stale.body {
                self.read_body_again().await;
            }
            if stale.account {
                self.read_account().await;
            }
            BrowserClock.sleep(PAUSE).await;
        }
    }

    async fn read_account(self) {
        if let Ok(Some(account)) = self.client().read(async |store| store.account().await).await {
            settle(self.account, Some(account));
        }
    }

    /// Reads what is shown, and shows it.
    pub(super) async fn read_view(self) {
        let memory = self.memory();
        let question = Question {
            folder: memory.wanted.borrow().folder.clone(),
            open: memory.known.borrow().open.as_ref().map(|open| open.id.clone()),
            rows: self.row_question(),
            grouped: self.grouped.get_untracked(),
        };
        let number = memory.own.borrow_mut().begin_reading();
        let own = |ops| memory.own.borrow().over(number, ops);
        match self.client().read(async |store| Known::read(store, &question, own).await).await {
            Ok(known) => self.show(number, known, question.rows.current.as_ref().map(|row| &row.id)),
            Err(error) => self.store_failed(&error),
        }
    }

    /// Shows a reading, unless it is outdated. `current` was the row the keyboard was on when it began.
    fn show(self, number: u64, mut fresh: Known, current: Option<&MessageId>) {
        let memory = self.memory();
        let wanted = memory.wanted.borrow().clone();
        let other = wanted.folder.as_ref().filter(|wanted| fresh.folders.iter().any(|folder| folder.id == **wanted));
        let outdated = number <= memory.shown.get() || fresh.grouped != self.grouped.get_untracked();
        if outdated || other.is_some_and(|other| fresh.folder.as_ref() != Some(other)) {
            return;
        }
        memory.shown.set(number);
        let switched = {
            let mut known = memory.known.borrow_mut();
            let mut own = memory.own.borrow_mut();
            fresh.ops = own.over(number, std::mem::take(&mut fresh.ops));
            own.read(number);
            fresh.complete_from(&known);
            let same_open = fresh.open.as_ref().map(|open| &open.id) == known.open.as_ref().map(|open| &open.id);
            if !same_open {
                // Another message was opened meanwhile, or this one left the device: it stays in view.
                fresh.open.clone_from(&known.open);
            }
            fresh.keep_current(&mut known, current);
            if fresh.held.in_the_making {
                page::after(MAKING, move || self.read_again(Stale::VIEW)).detach();
            }
            let switched = fresh.folder != known.folder;
            *known = fresh;
            switched
        };
        if switched { self.arrive() } else { self.project() }
    }

    /// Shows a folder for the first time.
    fn arrive(self) {
        let memory = self.memory();
        let (history, message) = {
            let mut wanted = memory.wanted.borrow_mut();
            (std::mem::take(&mut wanted.history), wanted.message.take())
        };
        self.put_away();
        self.current.set(None);
        memory.known.borrow_mut().current = None;
        memory.top();
        let folder = memory.known.borrow().folder.clone();
        self.folder.set(folder.clone());
        self.project();
        self.follow_address(Route { folder: folder.clone(), message: message.clone() }, history);
        if let Some(folder) = folder {
            self.client().ask(Ask::Folder(folder));
        }
        if let Some(message) = message {
            self.open_as(message, History::Keep, true);
        }
    }

    /// Lays what is pending over what is known, and shows it.
    pub(super) fn project(self) {
        let memory = self.memory();
        let known = memory.known.borrow();
        let (folders, open, ops) = (known.tree(page::compare_names), known.shown_open(), known.ops.clone());
        let stack = known.stack();
        drop(known);
        settle(self.outbox, ops);
        settle(self.folders, folders);
        self.project_rows();
        settle(self.open, open);
        self.settle_stack(stack);
        self.entitle();
    }

    /// The same for the rows alone.
    pub(super) fn project_rows(self) {
        let memory = self.memory();
        let list = memory.known.borrow().list();
        let before = self.current.get_untracked();
        let standing = memory.known.borrow().current.as_ref().map(|current| current.row.clone());
        let current = select::follow(&list, before.as_ref(), standing.as_ref());
        if current.as_ref() != standing.as_ref().map(|row| &row.id) {
            let mut known = memory.known.borrow_mut();
            match &current {
                Some(id) => drop(known.stand_on(id)),
                None => known.current = None,
            }
        }
        let is_other = current != before;
        settle(self.current, current.clone());
        settle(self.list, list);
        if is_other && memory.moves_on.take() {
            self.move_on(current);
        }
        self.take_steps();
        self.look();
    }

    pub(super) fn entitle(self) {
        let folder = self.folder.get_untracked();
        let title = self.folders.with_untracked(|rows| {
            text::title(rows.iter().map(|row| &row.folder).find(|known| Some(&known.id) == folder.as_ref()))
        });
        let memory = self.memory();
        if *memory.title.borrow() != title {
            page::set_title(&title);
            memory.title.replace(title);
        }
    }

    /// Lets the address name what is shown.
    pub(super) fn follow_address(self, route: Route, history: History) {
        match history {
            History::Keep => {}
            History::Replace => page::replace_fragment(&route.print()),
            History::Push => page::push_fragment(&route.print()),
        }
    }
}

//! Follows what is in view: rows are read some screens before they are scrolled to, and let go when they are far away.
//! At most one such reading is under way; where the person has gone meanwhile is looked at when it ends.

use super::held::RowQuestion;
use super::known::Known;
use super::view::View;
use super::{App, Row};
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail_core::id::MessageId;

impl App {
    /// Hears what of the list is in view.
    pub fn see(self, view: View) {
        let memory = self.memory();
        memory.view.set(view);
        if !view.away {
            let newest = self.list.with_untracked(|list| list.row(0).map(Row::key));
            memory.seen.replace(newest);
        }
        self.look();
    }

    /// Whether the current row is to be brought into view. Asked once it can be.
    pub fn reveals(self) -> bool {
        self.memory().reveal.take()
    }

    /// Has rows read where what is in view, or where the keys lead, is not held with some screens around it.
    pub(super) fn look(self) {
        let memory = self.memory();
        let view = self.aim();
        let lost = self.is_current_lost();
        let wants = self.list.with_untracked(|list| list.known && (lost || view.wants(list.span(), list.here)));
        if wants && !memory.moving.replace(true) {
            spawn_local(self.read_around());
        }
    }

    /// Whether nobody knows where the current row is.
    fn is_current_lost(self) -> bool {
        let memory = self.memory();
        let known = memory.known.borrow();
        known.current.as_ref().is_some_and(|current| !self.list.with_untracked(|list| list.has(&current.row)))
    }

    /// What is to be in view: what is, unless the keys lead elsewhere.
    fn aim(self) -> View {
        let view = self.memory().view.get();
        self.target().map_or(view, |target| view.around(target))
    }

    /// Which rows to read.
    pub(super) fn row_question(self) -> RowQuestion {
        let memory = self.memory();
        let known = memory.known.borrow();
        let view = self.aim();
        self.list.with_untracked(|list| {
            let current = known.current.as_ref().map(|current| current.row.clone());
            let is_held = |row: &MessageId| known.held.rows.iter().any(|held| held.id == *row);
            RowQuestion {
                folder: known.folder.clone(),
                view,
                held: list.span(),
                here: list.here,
                offset: i64::from(known.held.skip) - i64::from(list.first),
                anchor: list.row(view.first).filter(|_| view.held).map(Row::key),
                // Conversations are read anew whole.
                far: current.as_ref().filter(|_| !known.grouped).map(|row| row.id.clone()).filter(|id| !is_held(id)),
                grouped: known.grouped,
                current,
                seen: memory.seen.borrow().clone().filter(|_| view.away),
            }
        })
    }

    /// Reads the rows of another place. Whatever else changed meanwhile is told, and read by itself.
    async fn read_around(self) {
        let memory = self.memory();
        let (shown, sought) = (memory.shown.get(), self.sought());
        let question = self.row_question();
        let known = memory.known.borrow().clone();
        let client = self.client();
        let read = client.read(async |store| {
            let mut known = known.clone();
            known.read_rows(store, &question).await.map(|()| known)
        });
        let mut is_outdated = false;
        match read.await {
            Ok(read) if memory.shown.get() == shown && memory.known.borrow().is_same_list(&read) => {
                self.take_around(read, question.current.as_ref().map(|row| &row.id));
            }
            // What was shown meanwhile was read around what was in view then.
            Ok(_) => is_outdated = true,
            Err(error) => self.store_failed(&error),
        }
        memory.moving.set(false);
        if is_outdated || self.sought() != sought {
            return self.look();
        }
        // What could not be had now is not asked for again until the person goes on.
        memory.owed.take();
        memory.then.take();
    }

    /// What rows are read for.
    fn sought(self) -> (View, Option<u32>, Option<MessageId>) {
        (self.memory().view.get(), self.target(), self.current.get_untracked())
    }

    fn take_around(self, mut read: Known, current: Option<&MessageId>) {
        let memory = self.memory();
        {
            let mut known = memory.known.borrow_mut();
            read.keep_current(&mut known, current);
            known.take_rows(read);
        }
        self.project_rows();
    }

    /// The subject of a message that is at hand.
    pub fn subject_of(self, id: &MessageId) -> Option<String> {
        self.memory().known.borrow().row(id).map(|row| row.subject.clone())
    }
}

//! What the state remembers between calls and nobody draws: the server's rows behind the screen, what is under way,
//! what could be undone.

use super::known::Known;
use super::own::OwnWrites;
use super::route::Route;
use super::verbs::{Done, Verb};
use super::view::View;
use mail_browser::page::Timer;
use mail_core::id::{DraftId, FolderId, MessageId};
use mail_core::model::Body;
use mail_core::protocol::Live;
use mail_core::store::{Draft, RowKey};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// Bodies kept at hand, so that going back to one costs nothing.
const BODIES: usize = 24;

/// Acts that can be taken back.
const UNDOABLE: usize = 20;

/// How the address follows what is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum History {
    /// It already names it.
    Keep,
    /// In place of the present entry.
    #[default]
    Replace,
    /// As a new entry, so that Back returns.
    Push,
}

/// The folder to show, and what to do once its rows are here.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// The folder; `None`: the one the mailbox opens with.
    pub folder: Option<FolderId>,
    /// How the address follows.
    pub history: History,
    /// The message to open in it.
    pub message: Option<MessageId>,
}

impl Wanted {
    /// A folder, from its newest rows on.
    pub(super) fn route(route: Route, history: History) -> Self {
        Self { folder: route.folder, history, message: route.message }
    }
}

/// What has to be read again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stale {
    /// Folders, rows, the open row, the outbox: they hang together.
    pub view: bool,
    /// The body that is waited for.
    pub body: bool,
    /// Whose mailbox this is.
    pub account: bool,
}

impl Stale {
    /// What hangs together.
    pub(super) const VIEW: Self = Self { view: true, body: false, account: false };

    /// Both.
    pub(super) fn and(self, other: Self) -> Self {
        Self { view: self.view || other.view, body: self.body || other.body, account: self.account || other.account }
    }
}

/// How far a sign-in of this tab is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SigningIn {
    /// None is under way.
    #[default]
    Not,
    /// The address to go to was asked for.
    Begun,
    /// The person was sent there.
    Gone,
    /// The answer was handed to the engine.
    Finishing,
}

/// Everything remembered.
#[derive(Default)]
pub(super) struct Memory {
    /// The server's rows behind the screen.
    pub known: RefCell<Known>,
    /// Writes the store's readings may not show yet.
    pub own: RefCell<OwnWrites>,
    /// The newest reading that was shown.
    pub shown: Cell<u64>,
    /// Whether the engine's worker was started.
    pub started: Cell<bool>,
    /// What to show.
    pub wanted: RefCell<Wanted>,
    /// What has to be read again.
    pub stale: Cell<Stale>,
    /// Whether somebody is reading it.
    pub refreshing: Cell<bool>,
    /// What of the list is in view.
    pub view: Cell<View>,
    /// The newest row when the top of the list was last in view.
    pub seen: RefCell<Option<RowKey>>,
    /// Whether other rows of the list are being read.
    pub moving: Cell<bool>,
    /// Steps the keys asked for and the rows were not here for.
    pub owed: Cell<i32>,
    /// What is to be done with the row they lead to.
    pub then: Cell<Option<Verb>>,
    /// Whether the row that takes the place of the current one is to be opened.
    pub moves_on: Cell<bool>,
    /// Whether the current row is to be brought into view.
    pub reveal: Cell<bool>,
    /// Bodies at hand, oldest first.
    bodies: RefCell<VecDeque<(MessageId, Arc<Body>)>>,
    /// The opened messages that are not marked read yet.
    pub to_mark: RefCell<Vec<MessageId>>,
    /// Whether the messages of the open conversation that are worth reading are still to be unfolded.
    pub unfolds: Cell<bool>,
    /// Whether a conversation is being read that something is to be done with.
    pub gathering: Cell<bool>,
    /// What is to be done then, in order.
    pub afterwards: RefCell<Vec<Verb>>,
    /// Whether opening the message added an entry to the history.
    pub pushed: Cell<bool>,
    /// Opens the row the keys rest on.
    pub resting: RefCell<Option<Timer>>,
    /// What can be taken back, oldest first.
    done: RefCell<VecDeque<Done>>,
    /// What was typed and not written down.
    pub unsaved: RefCell<Option<Draft>>,
    /// Writes it down.
    pub saving: RefCell<Option<Timer>>,
    /// Drafts that were sent or given up: never written again.
    pub finished: RefCell<BTreeSet<DraftId>>,
    /// What the leader said last.
    pub told: Cell<Option<Live>>,
    /// How far a sign-in of this tab is.
    pub signing_in: Cell<SigningIn>,
    /// How often the mailbox was entered, so that an older try does not disturb a newer one.
    pub entered: Cell<u32>,
    /// What stopped this tab's engine.
    pub broken: RefCell<Option<String>>,
    /// Whether everything is being forgotten.
    pub leaving: Cell<bool>,
    /// Whether the browser was asked to keep what is stored.
    pub asked_to_keep: Cell<bool>,
    /// The window's title.
    pub title: RefCell<String>,
    notices: Cell<u32>,
}

impl Memory {
    /// The number of the next notice.
    pub(super) fn next_notice(&self) -> u32 {
        self.notices.set(self.notices.get().wrapping_add(1));
        self.notices.get()
    }

    /// A body at hand.
    pub(super) fn body(&self, id: &MessageId) -> Option<Arc<Body>> {
        self.bodies.borrow().iter().find(|(known, _)| known == id).map(|(_, body)| body.clone())
    }

    /// Keeps a body at hand.
    pub(super) fn keep_body(&self, id: MessageId, body: Arc<Body>) {
        let mut bodies = self.bodies.borrow_mut();
        bodies.retain(|(known, _)| *known != id);
        bodies.push_back((id, body));
        if bodies.len() > BODIES {
            bodies.pop_front();
        }
    }

    /// Forgets a body that changed.
    pub(super) fn drop_body(&self, id: &MessageId) {
        self.bodies.borrow_mut().retain(|(known, _)| known != id);
    }

    /// Notes an act that can be taken back.
    pub(super) fn did(&self, done: Done) {
        let mut all = self.done.borrow_mut();
        all.push_back(done);
        if all.len() > UNDOABLE {
            all.pop_front();
        }
    }

    /// The last act that can be taken back.
    pub(super) fn last_done(&self) -> Option<Done> {
        self.done.borrow_mut().pop_back()
    }

    /// Forgets an act that was never written.
    pub(super) fn never_did(&self, op: &mail_core::id::OpId) {
        let mut all = self.done.borrow_mut();
        all.iter_mut().for_each(|done| done.acts.retain(|act| act.op != *op));
        all.retain(|done| !done.acts.is_empty());
    }

    /// Forgets everything about the person who was here.
    pub(super) fn forget(&self) {
        let mut own = self.own.borrow_mut();
        own.forget_all();
        // Readings under way are about the person who left: none of them is shown.
        self.shown.set(own.begin_reading());
        drop(own);
        self.known.take();
        self.wanted.take();
        self.stale.take();
        self.bodies.take();
        self.to_mark.take();
        self.unfolds.take();
        self.afterwards.take();
        self.resting.take();
        self.done.take();
        self.unsaved.take();
        self.saving.take();
        self.told.take();
        self.pushed.set(false);
        self.top();
    }

    /// Another list: it is looked at from its top.
    pub(super) fn top(&self) {
        self.view.take();
        self.seen.take();
        self.owed.take();
        self.then.take();
        self.moves_on.take();
        self.reveal.take();
    }
}

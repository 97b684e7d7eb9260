//! What the screen shows, as signals, and what a person can ask for, as calls.
//! Signals hold state; what is decided is decided in pure modules, what is written goes through the [`Client`].

mod acts;
mod attachments;
mod compose;
mod conversation;
mod follow;
mod grouped;
mod held;
mod known;
mod list;
mod look;
mod memory;
mod own;
mod reading;
mod refresh;
mod route;
mod rows;
mod select;
mod session;
mod storage;
mod tree;
mod verbs;
mod view;

use crate::client::Client;
use leptos::prelude::*;
use mail_core::config::ConfigError;
use mail_core::error::Reason;
use mail_core::id::{FolderId, MessageId, OpId};
use mail_core::model::{Account, Body, Folder, FolderRole, Message};
use mail_core::outbox::Op;
use mail_core::protocol::{Live, SignInTrouble};
use mail_core::store::Draft;
use memory::Memory;
use std::rc::Rc;
use std::sync::Arc;

pub use attachments::{Download, DownloadState};
pub use follow::{Returning, start};
pub use rows::{List, Row};
pub use storage::{Storage, WEEK as STORAGE_WEEK};
pub use verbs::Verb;
pub use view::{Going, View};

/// Which screen is shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Screen {
    /// Nothing is known yet: the static skeleton stays.
    Starting,
    /// Nobody is signed in.
    SignedOut {
        /// Whether a sign-in is being prepared or finished.
        busy: bool,
        /// Why the last one did not complete.
        trouble: Option<SignInTrouble>,
    },
    /// `config.json` cannot be used.
    Misconfigured(ConfigError),
    /// The browser refuses to store anything.
    StoreRefused,
    /// The mailbox.
    Mail,
}

/// A folder as the tree shows it: depth first, counts with pending changes.
#[derive(Clone, Debug, PartialEq)]
pub struct FolderRow {
    /// The folder; its `unread` includes what waits in the outbox.
    pub folder: Folder,
    /// How deep it lies; 1 at the top.
    pub depth: u32,
}

/// The body in the reading pane.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// No message is open.
    Nothing,
    /// Its body is on its way.
    Loading,
    /// Its body.
    Loaded(Arc<Body>),
    /// Its body is not on this device and cannot be had now: `None` while offline.
    Failed(Option<Reason>),
}

/// A short word about what just happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Grows with every notice, so that the same words twice are two notices.
    pub number: u32,
    /// What happened.
    pub word: NoticeWord,
    /// Whether it can be undone.
    pub undo: bool,
}

/// What just happened.
#[derive(Clone, Debug, PartialEq)]
pub enum NoticeWord {
    /// An act was done.
    Done(Verb, bool),
    /// The last act was undone.
    Undone,
    /// A mail waits in the outbox.
    Queued,
    /// A mail was given up.
    Discarded,
    /// Signing in again did not complete; the mail on this device stays readable.
    SignInFailed(SignInTrouble),
    /// The device has no room left.
    DeviceFull,
    /// Something unexpected: details to copy.
    Unexpected(String),
    /// This folder does not exist in this mailbox.
    NoSuchFolder(FolderRole),
}

/// Everything a view needs. It is copied freely: signals are handles.
#[derive(Clone, Copy)]
pub struct App {
    /// Which screen is shown.
    pub screen: RwSignal<Screen>,
    /// Whose mailbox this is.
    pub account: RwSignal<Option<Account>>,
    /// The name of a test environment, for a small mark beside the product's name.
    pub environment: RwSignal<Option<String>>,
    /// How mail arrives just now.
    pub live: RwSignal<Live>,
    /// How far a mailbox that is new to this device has been taken in, in words, until it is whole.
    pub filling: RwSignal<Option<String>>,
    /// The folder tree.
    pub folders: RwSignal<Vec<FolderRow>>,
    /// The open folder.
    pub folder: RwSignal<Option<FolderId>>,
    /// Its rows around what is in view.
    pub list: RwSignal<List>,
    /// Whether the list shows conversations.
    pub grouped: RwSignal<bool>,
    /// The row the keyboard is on.
    pub current: RwSignal<Option<MessageId>>,
    /// The message in the reading pane, with pending changes.
    pub open: RwSignal<Option<Message>>,
    /// Its body.
    pub reading: RwSignal<Reading>,
    /// The attachments the person pressed, the last one last.
    pub downloads: RwSignal<Vec<Download>>,
    /// Grows with each attachment of the open message that comes in.
    pub arrived: RwSignal<u32>,
    /// All messages of the open conversation, oldest first; empty unless there are more than the open one.
    pub stack: RwSignal<Arc<Vec<Arc<Message>>>>,
    /// Those of them that are unfolded beside the open one, and their bodies.
    pub unfolded: RwSignal<Vec<(MessageId, Reading)>>,
    /// The outbox, oldest first.
    pub outbox: RwSignal<Vec<Op>>,
    /// What just happened.
    pub notice: RwSignal<Option<Notice>>,
    /// The mail being written.
    pub composer: RwSignal<Option<Draft>>,
    /// Whether the list of keys is shown.
    pub help: RwSignal<bool>,
    /// Whether the person is asked to confirm signing out with unsent mail.
    pub confirm_sign_out: RwSignal<bool>,
    /// What is kept on this device, while the person looks at it.
    pub storage: RwSignal<Option<Storage>>,
    /// Whether the browser dropped somebody's mail that should be here.
    pub evicted: RwSignal<bool>,
    /// Whether a newer version of the app waits to be started.
    pub update: RwSignal<bool>,
    client: StoredValue<Client, LocalStorage>,
    memory: StoredValue<Rc<Memory>, LocalStorage>,
}

impl App {
    /// The state before anything is known.
    pub fn new() -> Self {
        Self {
            screen: RwSignal::new(Screen::Starting),
            account: RwSignal::new(None),
            environment: RwSignal::new(None),
            live: RwSignal::new(Live::Polling),
            filling: RwSignal::new(None),
            folders: RwSignal::new(Vec::new()),
            folder: RwSignal::new(None),
            list: RwSignal::new(List::default()),
            grouped: RwSignal::new(false),
            current: RwSignal::new(None),
            open: RwSignal::new(None),
            reading: RwSignal::new(Reading::Nothing),
            downloads: RwSignal::new(Vec::new()),
            arrived: RwSignal::new(0),
            stack: RwSignal::new(Arc::default()),
            unfolded: RwSignal::new(Vec::new()),
            outbox: RwSignal::new(Vec::new()),
            notice: RwSignal::new(None),
            composer: RwSignal::new(None),
            help: RwSignal::new(false),
            confirm_sign_out: RwSignal::new(false),
            storage: RwSignal::new(None),
            evicted: RwSignal::new(false),
            update: RwSignal::new(false),
            client: StoredValue::new_local(Client::default()),
            memory: StoredValue::new_local(Rc::new(Memory::default())),
        }
    }

    fn client(self) -> Client {
        self.client.get_value()
    }

    fn memory(self) -> Rc<Memory> {
        self.memory.get_value()
    }

    fn shows_mail(self) -> bool {
        self.screen.with_untracked(|screen| *screen == Screen::Mail)
    }
}

/// Sets a signal only where that changes something, so that nothing is drawn for nothing.
fn settle<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|now| *now != value) {
        signal.set(value);
    }
}

/// The state, from a view.
pub fn use_app() -> App {
    expect_context::<App>()
}

/// What the operation is stuck on, if it is.
pub fn blocked(op: &Op) -> Option<(OpId, Reason)> {
    match &op.state {
        mail_core::outbox::OpState::Blocked(reason) => Some((op.id.clone(), reason.clone())),
        mail_core::outbox::OpState::Waiting => None,
    }
}

//! The app's way to everything that is not on the page: the device's store, and whoever leads the engine.
//! It never speaks to the server; it writes down what the person wants and says that it did.

mod asks;

use asks::Asks;
use mail_browser::channel::Channel;
use mail_browser::ports::{BrowserClock, BrowserRandom};
use mail_browser::store::IndexedStore;
use mail_core::id::{DraftId, OpId};
use mail_core::outbox::{Act, Op, OpState};
use mail_core::ports::{Clock, Random};
use mail_core::protocol::{Ask, Tell, Word};
use mail_core::store::{Commit, StoreError};
use mail_core::time::Timestamp;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

/// How long the leader has to make room, each time a write finds the device full.
const ROOM_WITHIN: [Duration; 3] = [Duration::from_millis(300), Duration::from_secs(1), Duration::from_secs(3)];

/// A handle to the store and the leader; cloning it is cheap.
#[derive(Clone, Default)]
pub(crate) struct Client(Rc<Inner>);

#[derive(Default)]
struct Inner {
    store: RefCell<Option<IndexedStore>>,
    /// Whether the store may be opened: not before somebody's mail is known to be in it, and not while it is wiped.
    usable: Cell<bool>,
    channel: OnceCell<Channel>,
    asks: RefCell<Asks>,
    acts: Cell<u32>,
}

impl Client {
    /// Starts listening to the other tabs and the leader, and asks whether anybody leads.
    pub(crate) fn listen(&self, heard: impl Fn(Word) + 'static) {
        let client = Rc::downgrade(&self.0);
        let channel = Channel::open(move |word| {
            // The ledger first: what the word answers must not be asked again by whoever hears it.
            if let (Word::Tell(tell), Some(inner)) = (&word, client.upgrade()) {
                Self(inner).note(tell);
            }
            heard(word);
        });
        // Listening twice would hear everything twice; the first channel stays.
        drop(self.0.channel.set(channel));
        self.ask(Ask::Hello);
    }

    fn note(&self, tell: &Tell) {
        let again = self.0.asks.borrow_mut().hear(tell);
        again.into_iter().for_each(|ask| self.say(ask));
    }

    /// Asks the leader; what it has to answer is asked again when another one takes over.
    pub(crate) fn ask(&self, ask: Ask) {
        let now = self.0.asks.borrow_mut().ask(ask);
        if let Some(ask) = now {
            self.say(ask);
        }
    }

    /// Whether anybody has introduced itself as the leader.
    pub(crate) fn is_led(&self) -> bool {
        self.0.asks.borrow().is_led()
    }

    /// Everything is forgotten by this tab itself: no question is open any more, and the other tabs are told.
    pub(crate) fn forgotten(&self) {
        self.note(&Tell::SignedOut);
        if let Some(channel) = self.0.channel.get() {
            channel.say(&Word::Tell(Tell::SignedOut));
        }
    }

    fn say(&self, ask: Ask) {
        if let Some(channel) = self.0.channel.get() {
            channel.say(&Word::Ask(ask));
        }
    }

    /// Opens the store if there is one; tells whether there is.
    ///
    /// # Errors
    /// [`StoreError`] when the browser refuses.
    pub(crate) async fn open(&self) -> Result<bool, StoreError> {
        self.0.usable.set(true);
        match self.store().await {
            Ok(_) => Ok(true),
            Err(StoreError::Lost) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Closes the store and keeps it closed, so that it can be deleted.
    pub(crate) fn close(&self) {
        self.0.usable.set(false);
        if let Some(store) = self.0.store.borrow_mut().take() {
            store.close();
        }
    }

    /// The open store, opened again if it was lost. [`StoreError::Lost`] when there is none to open.
    async fn store(&self) -> Result<IndexedStore, StoreError> {
        let open = self.0.store.borrow().clone();
        if let Some(store) = open {
            return Ok(store);
        }
        if !self.0.usable.get() {
            return Err(StoreError::Lost);
        }
        let store = IndexedStore::open_existing().await?.ok_or(StoreError::Lost)?;
        if !self.0.usable.get() {
            store.close();
            return Err(StoreError::Lost);
        }
        let inner = Rc::downgrade(&self.0);
        store.on_lost(move || {
            if let Some(inner) = Weak::upgrade(&inner) {
                inner.store.borrow_mut().take();
            }
        });
        *self.0.store.borrow_mut() = Some(store.clone());
        Ok(store)
    }

    /// Asks the store; where the connection was lost, once more over a new one.
    ///
    /// # Errors
    /// What `query` answers, or [`StoreError::Lost`] while there is no store.
    pub(crate) async fn read<T>(
        &self,
        query: impl AsyncFn(&IndexedStore) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let store = self.store().await?;
        match query(&store).await {
            Err(StoreError::Lost) => {
                self.0.store.borrow_mut().take();
                query(&self.store().await?).await
            }
            answer => answer,
        }
    }

    /// Writes down what only this device knows. On a full device the leader is asked to make room first.
    ///
    /// # Errors
    /// [`StoreError`] when nothing was written.
    pub(crate) async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        for wait in ROOM_WITHIN {
            match self.read(async |store| store.commit_own(commit.clone()).await).await {
                Err(StoreError::Full) => {
                    // What can be fetched again makes way for what only this device knows.
                    self.ask(Ask::Room);
                    BrowserClock.sleep(wait).await;
                }
                answer => return answer,
            }
        }
        self.read(async |store| store.commit_own(commit.clone()).await).await
    }

    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        BrowserClock.now()
    }

    /// An entry for the outbox, due at once; it sorts after `latest`, the latest entry there.
    pub(crate) fn new_op(&self, act: Act, latest: Option<&OpId>) -> Op {
        let now = self.now();
        let count = self.0.acts.get();
        self.0.acts.set((count + 1) % 10_000);
        let id = OpId::ordered_after(latest, now, count, BrowserRandom.number());
        Op { id, act, queued_at: now, not_before: now, attempts: 0, state: OpState::Waiting }
    }

    /// A name for a new draft.
    pub(crate) fn new_draft(&self) -> DraftId {
        DraftId::new(BrowserRandom.uuid())
    }
}

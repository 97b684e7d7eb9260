//! The engine: one function that syncs. [`Engine::run_once`] does the one most urgent thing, tells what changed and says when to
//! be woken next; whoever hosts it rests as [`Engine::rest`] says and calls it again. Everything a person waits for comes first.

mod attachments;
mod calls;
mod channel;
mod counts;
mod fetch;
mod filling;
mod flights;
mod jobs;
mod lane;
mod prefetch;
mod pull;
mod push;
mod room;
mod schedule;
mod sending;
mod session;

use crate::auth::{AccessToken, Authority};
use crate::config::Config;
use crate::error::{Error, StoreError};
use crate::graph::Service;
use crate::id::{FolderId, MessageId};
use crate::model::{Account, Folder, FolderRole};
use crate::ports::{Clock, Http, Random};
use crate::protocol::{Ask, Change, Live, Tell, Trouble};
use crate::signalr::Event;
use crate::store::{Commit, Epoch, Store, Write};
use crate::sync::{Odd, gathered};
use crate::time::Timestamp;
use attachments::Attachments;
use channel::Channel;
use counts::Counts;
use flights::Flights;
use lane::Lane;
use prefetch::Prefetch;
use room::Need;
use schedule::Schedule;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

pub use room::Room;

/// The engine looks at the clock at least this often, so that a machine that slept is noticed.
const HEARTBEAT: Duration = Duration::from_secs(30);

const CLIENT_REQUEST_ID: http::HeaderName = http::HeaderName::from_static("client-request-id");

/// The doors an engine needs.
pub trait Ports {
    /// HTTP.
    type Http: Http;
    /// The store.
    type Store: Store;
    /// Time.
    type Clock: Clock;
    /// Chance.
    type Random: Random;
    /// HTTP.
    fn http(&self) -> &Self::Http;
    /// The store.
    fn store(&self) -> &Self::Store;
    /// Time.
    fn clock(&self) -> &Self::Clock;
    /// Chance.
    fn random(&self) -> &Self::Random;
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What every tab should hear.
    pub tells: Vec<Tell>,
    /// When to run again at the latest.
    pub next: Timestamp,
    /// A WebSocket to open, its address a secret; its events go to [`Engine::socket_event`].
    pub connect: Option<SocketAddress>,
    /// Another leader took over: run no more.
    pub deposed: bool,
}

/// The address of a WebSocket with its token: a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SocketAddress(pub String);

impl std::fmt::Debug for SocketAddress {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SocketAddress(***)")
    }
}

/// The engine. There is one for a mailbox at any time: whoever leads.
pub struct Engine<P: Ports> {
    ports: Rc<P>,
    config: Config,
    service: Service,
    epoch: Epoch,
    authority: Option<Authority>,
    access: Option<AccessToken>,
    renew_at: Timestamp,
    renewed_at: Option<Timestamp>,
    account: Option<Account>,
    sign_in_needed: bool,
    lane: Lane,
    schedule: Schedule,
    counts: Counts,
    /// Shared with whoever looks after them while something else is done.
    flights: Rc<Flights>,
    departures: u64,
    /// The first departure with the token as it is.
    token_since: u64,
    /// The folders as they are stored, once they were read: only the leader writes them.
    folders: RefCell<Option<Rc<Vec<Folder>>>>,
    channel: Channel,
    roles: BTreeMap<FolderRole, FolderId>,
    roles_asked: bool,
    notified_at: Timestamp,
    me_asked: bool,
    me_after: Timestamp,
    listed: BTreeSet<FolderId>,
    /// Rows on the device while a mailbox is taken in, once they were counted.
    held: Option<u32>,
    /// What was odd about pages since the start.
    odd: Odd,
    unloadable: BTreeSet<MessageId>,
    prefetch: Prefetch,
    attachments: Attachments,
    room: Option<Need>,
    /// There was nothing to make room with: not tried again until then.
    full_until: Timestamp,
    verify_after: Timestamp,
    wanted: VecDeque<MessageId>,
    /// Those of them that are here and fetched all the same.
    again: Vec<MessageId>,
    changes: BTreeSet<Change>,
    tells: Vec<Tell>,
    last_live: Option<Live>,
    last_run: Timestamp,
    deposed: bool,
}

impl<P: Ports + 'static> Engine<P> {
    /// Takes the leadership and starts where the store left off.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or written.
    pub async fn start(ports: P, config: Config) -> Result<Self, StoreError> {
        let epoch = ports.store().lead().await?;
        let account = ports.store().account().await?;
        let folders = ports.store().folders().await?;
        let keep = ports.store().keep().await?;
        let roles = gathered(folders.into_iter().filter_map(|folder| Some((folder.role?, folder.id))));
        let now = ports.clock().now();
        Ok(Self {
            service: Service::new(config.graph.clone()),
            config,
            epoch,
            authority: None,
            access: None,
            renew_at: now,
            renewed_at: None,
            account,
            sign_in_needed: false,
            lane: Lane::new(),
            schedule: Schedule::new(now),
            counts: Counts::default(),
            flights: Rc::default(),
            departures: 0,
            token_since: 0,
            folders: RefCell::default(),
            channel: Channel::new(ports.random()),
            roles,
            roles_asked: false,
            notified_at: now,
            me_asked: false,
            me_after: now,
            listed: BTreeSet::new(),
            held: None,
            odd: Odd::default(),
            unloadable: BTreeSet::new(),
            prefetch: Prefetch::new(keep, now),
            attachments: Attachments::new(now),
            room: None,
            full_until: now,
            verify_after: now,
            wanted: VecDeque::new(),
            again: Vec::new(),
            changes: BTreeSet::new(),
            tells: Vec::new(),
            last_live: None,
            last_run: now,
            deposed: false,
            ports: Rc::new(ports),
        })
    }

    /// Does without the live channel, for a host that is gone again before anything could be announced.
    pub fn forgo_channel(&mut self) {
        let now = self.now();
        self.channel.refuse(now);
    }

    /// Does the one most urgent thing there is to do, if any.
    pub async fn run_once(&mut self) -> Outcome {
        let now = self.now();
        if now < self.last_run {
            // The clock was set back: every wait was counted from a time that is not any more.
            self.lane.busy_until = now;
        }
        if now < self.last_run || now.since(self.last_run) > HEARTBEAT * 3 {
            // The clock jumped: the machine slept, and whatever came meanwhile was not heard.
            self.look_again();
        }
        self.last_run = now;
        let flights = Rc::clone(&self.flights);
        let stepped = {
            let mut step = pin!(self.step(now));
            // What is under way goes on meanwhile, and what leaves in this step leaves at its first pause.
            poll_fn(|context| {
                flights.poll(context);
                let stepped = step.as_mut().poll(context);
                flights.poll(context);
                stepped
            })
            .await
        };
        let busy = match stepped {
            Ok(busy) => busy || self.flights.have_landed(),
            Err(error) => {
                self.store_failed(&error);
                false
            }
        };
        self.report(busy).await
    }

    async fn report(&mut self, busy: bool) -> Outcome {
        let changes = std::mem::take(&mut self.changes);
        if !changes.is_empty() {
            self.tells.push(Tell::Changed(changes.into_iter().collect()));
        }
        let live = self.live();
        if self.last_live != Some(live) {
            self.last_live = Some(live);
            self.tells.push(Tell::Live(live));
        }
        let now = self.now();
        Outcome {
            tells: std::mem::take(&mut self.tells),
            next: if busy { now } else { self.next_wake(now).await },
            connect: self.channel.take_address(),
            deposed: self.deposed,
        }
    }

    /// How mail arrives just now.
    pub fn live(&self) -> Live {
        if self.account.is_none() || self.sign_in_needed {
            Live::SignedOut
        } else if self.lane.reachable == Some(false) {
            Live::Offline
        } else if self.channel.is_open() {
            Live::Live
        } else {
            Live::Polling
        }
    }

    /// Hears what a tab asks. Sign-in is asked of [`Engine::sign_in`] instead, for it takes its time.
    pub fn hear(&mut self, ask: &Ask) {
        match ask {
            Ask::Hello => self.tells.push(Tell::Leading(self.live())),
            Ask::Outbox => self.open_lane_for_the_person(),
            Ask::Body(id) | Ask::BodyAgain(id) => {
                if matches!(ask, Ask::BodyAgain(_)) {
                    self.again.push(id.clone());
                }
                if !self.wanted.contains(id) {
                    self.wanted.push_front(id.clone());
                }
                self.open_lane_for_the_person();
            }
            Ask::Attachment(key) => {
                self.attachments.want(key);
                self.open_lane_for_the_person();
            }
            Ask::Folder(id) => self.schedule.opened(id.clone(), self.now()),
            Ask::Now => self.look_again(),
            Ask::Keep => self.room = Some(Need::Choice),
            Ask::Room => self.want_room(),
            Ask::BeginSignIn { .. } | Ask::FinishSignIn { .. } | Ask::SignOut => {}
        }
    }

    /// Hears what the WebSocket reports.
    pub fn socket_event(&mut self, event: &Event) {
        let now = self.now();
        match event {
            Event::Opened => {
                self.channel.opened(now);
                // What came while nobody listened could not be told: it is no sign of a dead subscription.
                self.notified_at = now;
                // Only now nothing is missed any more: whatever came before is asked for.
                self.schedule.everything(now);
            }
            Event::Notified(notification) => {
                self.notified_at = now;
                self.tells.push(Tell::Frame);
                if let Some(inbox) = self.roles.get(&FolderRole::Inbox) {
                    self.channel.notified(notification, inbox, &mut self.schedule, now);
                }
            }
            Event::Over { .. } => {
                let chance = self.ports.random().number();
                self.channel.closed(now, chance);
                // Until it is back nobody tells of changes, nor that the server is out of reach.
                self.schedule.unheard(now);
            }
            Event::Send(_) => {}
        }
    }

    /// Everything may have changed: forget waits, ask for everything, reconnect.
    fn look_again(&mut self) {
        let now = self.now();
        self.lane.closed_until = self.lane.busy_until.max(now);
        self.lane.backoff.succeed();
        self.lane.quiet.succeed();
        self.lane.quiet_until = now;
        // What is under way is of another time: how it fails says nothing about now.
        self.lane.struck = self.next_departure();
        self.lane.in_trouble = false;
        if !self.unloadable.is_empty() {
            // What could not be had may be had now.
            self.unloadable.clear();
            self.prefetch.begin_anew(self.prefetch.keep);
        }
        self.full_until = now;
        // Times of a clock that was set back would never come.
        self.verify_after = now;
        self.me_after = now;
        self.schedule.everything(now);
        self.channel.hurry(now);
    }

    fn now(&self) -> Timestamp {
        self.ports.clock().now()
    }

    fn store(&self) -> &P::Store {
        self.ports.store()
    }

    /// The folders as they are stored.
    async fn folders(&self) -> Result<Rc<Vec<Folder>>, StoreError> {
        let known = self.folders.borrow().clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let read = Rc::new(self.store().folders().await?);
        *self.folders.borrow_mut() = Some(Rc::clone(&read));
        Ok(read)
    }

    async fn commit(&mut self, commit: Commit) -> Result<(), Error> {
        if commit.writes.iter().any(|write| matches!(write, Write::Folder(_) | Write::RemoveFolder(_))) {
            *self.folders.borrow_mut() = None;
        }
        Ok(self.store().commit(commit.fenced(self.epoch)).await?)
    }

    async fn commit_rows(&mut self, writes: Vec<Write>) -> Result<(), Error> {
        if writes.is_empty() { Ok(()) } else { self.commit(Commit::relaxed(writes)).await }
    }

    /// Counts what was odd about a page, and tells.
    fn note_odd(&mut self, odd: Odd) {
        if self.odd.add(odd) {
            self.tells.push(Tell::Trouble(Trouble::OddPages(self.odd.to_string())));
        }
    }

    fn changed(&mut self, change: Change) {
        self.changes.insert(change);
    }

    fn lists_changed(&mut self, folders: impl IntoIterator<Item = FolderId>) {
        self.changes.extend(folders.into_iter().map(Change::Folder));
    }
}

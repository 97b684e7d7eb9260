//! The leader's life: settings, store, engine, and round again when one of them goes, until another tab is to lead. It only carries
//! words, sockets and waits between the tabs, the browser and the engine; what to do is the engine's decision.

use crate::ports::BrowserPorts;
use crate::post::{Event, Heard, Post};
use futures::FutureExt as _;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::future::{AbortHandle, Either, abortable, select};
use mail_browser::lock::Held;
use mail_browser::ports::{BrowserClock, BrowserSocket, Fetch};
use mail_browser::room;
use mail_browser::store::{self, IndexedStore};
use mail_core::backoff::Backoff;
use mail_core::config::Config;
use mail_core::engine::{Engine, Outcome, SocketAddress};
use mail_core::error::StoreError;
use mail_core::ports::{Clock as _, Http as _, Socket as _};
use mail_core::protocol::{Ask, Live, SignInTrouble, Tell, Trouble};
use mail_core::signalr;
use mail_core::time::Timestamp;
use std::pin::pin;
use std::time::Duration;

/// How often the browser is asked how much room there is.
const LOOK_AT_ROOM: Duration = Duration::from_secs(60);

/// Why the leader stops serving a store.
enum End {
    /// The person signed out.
    SignedOut,
    /// The store is lost, or another leader took over.
    Deposed,
    /// A tab that the person sees takes over.
    HandedOver,
}

/// A tab's worker: the one that runs the engine, whenever it is its turn.
pub struct Leader {
    post: Post,
    reports: UnboundedSender<Event>,
    /// The lock, while it leads.
    held: Option<Held>,
    /// The settings, once they could be read.
    config: Option<Config>,
    /// Heard while the engine was busy, oldest first.
    waiting: Vec<Heard>,
    live: Live,
    socket: Option<AbortHandle>,
    sockets: u32,
}

impl Leader {
    /// Listens; what was asked before is asked again once [`Tell::Leading`] is heard.
    pub fn new() -> Self {
        let (reports, events) = unbounded();
        Self {
            post: Post::new(&reports, events),
            reports,
            held: None,
            config: None,
            waiting: Vec::new(),
            live: Live::SignedOut,
            socket: None,
            sockets: 0,
        }
    }

    /// Leads whenever it is this tab's turn, until the worker ends.
    pub async fn host(mut self) {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
        loop {
            self.held = Some(self.post.turn().await);
            self.lead(&mut backoff).await;
            self.drop_socket();
            self.waiting.clear();
            self.held = None;
        }
    }

    /// Leads until another one is to.
    async fn lead(&mut self, backoff: &mut Backoff) {
        let Some(config) = self.config().await else { return };
        while !self.post.is_leaving() {
            let Some(store) = self.store().await else { continue };
            let end = self.serve(&config, store.clone()).await;
            if !matches!(end, Ok(End::SignedOut)) {
                store.close();
            }
            match end {
                Ok(End::SignedOut) => backoff.succeed(),
                Ok(End::HandedOver) => return backoff.succeed(),
                Ok(End::Deposed) => return self.pause(backoff.fail(u32::MAX)).await,
                Err(error) => {
                    self.say(trouble(&error));
                    self.pause(backoff.fail(u32::MAX)).await;
                }
            }
        }
    }

    /// Does nothing for so long, unless the leadership is to be let go; what is asked meanwhile waits.
    async fn pause(&mut self, wait: Duration) {
        let mut over = pin!(BrowserClock.sleep(wait));
        while !self.post.is_leaving()
            && let Some(event) = self.post.next_unless(over.as_mut()).await
        {
            self.waiting.extend(self.post.attend(event));
        }
    }

    fn say(&mut self, tell: Tell) {
        if let Tell::Live(live) | Tell::Leading(live) = &tell {
            self.live = *live;
        }
        self.post.say(tell);
    }

    /// The settings; without them nothing can be asked of anybody. The page itself shows what is wrong with them.
    async fn config(&mut self) -> Option<Config> {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
        while self.config.is_none() && !self.post.is_leaving() {
            let mut request = http::Request::new(Vec::new());
            *request.uri_mut() = http::Uri::from_static("/config.json");
            if let Ok(answer) = Fetch.send(request).await
                && let Ok(config) = Config::parse(&String::from_utf8_lossy(answer.body()))
            {
                self.config = Some(config);
                break;
            }
            self.say(Tell::Leading(Live::Offline));
            let wait = backoff.fail(u32::MAX);
            self.decline_for(wait).await;
        }
        self.config.clone()
    }

    /// Answers what cannot be done yet, for so long.
    async fn decline_for(&mut self, wait: Duration) {
        let mut over = pin!(BrowserClock.sleep(wait));
        while !self.post.is_leaving()
            && let Some(event) = self.post.next_unless(over.as_mut()).await
        {
            let Some(heard) = self.post.attend(event) else { continue };
            match heard {
                Heard::Asked(Ask::BeginSignIn { .. } | Ask::FinishSignIn { .. }) => {
                    self.say(Tell::SignInFailed(SignInTrouble::Unreachable))
                }
                Heard::Asked(Ask::Hello) => self.say(Tell::Leading(Live::Offline)),
                Heard::Asked(Ask::Now) => return,
                Heard::Asked(
                    Ask::Outbox
                    | Ask::Body(_)
                    | Ask::BodyAgain(_)
                    | Ask::Attachment(_)
                    | Ask::Folder(_)
                    | Ask::Keep
                    | Ask::Room
                    | Ask::SignOut,
                )
                | Heard::Socket(..) => {}
            }
        }
    }

    /// The store, as soon as there is one: nobody signed in means nothing is stored. `None`: it is to be looked for again.
    async fn store(&mut self) -> Option<IndexedStore> {
        match IndexedStore::open_existing().await {
            Ok(Some(store)) => return Some(store),
            Ok(None) => {}
            Err(error) => {
                self.say(trouble(&error));
                self.decline_for(Duration::from_secs(30)).await;
                return None;
            }
        }
        self.say(Tell::Leading(Live::SignedOut));
        while !self.post.is_leaving() {
            let Some(heard) = self.next().await else { continue };
            match heard {
                Heard::Asked(ask @ Ask::BeginSignIn { .. }) => {
                    let opened = IndexedStore::open().await;
                    match opened {
                        Ok(store) => {
                            self.waiting.push(Heard::Asked(ask));
                            return Some(store);
                        }
                        Err(error) => {
                            self.say(trouble(&error));
                            self.say(Tell::SignInFailed(SignInTrouble::Unexpected));
                            return None;
                        }
                    }
                }
                Heard::Asked(Ask::FinishSignIn { .. }) => self.say(Tell::SignInFailed(SignInTrouble::Unexpected)),
                Heard::Asked(Ask::Hello) => self.say(Tell::Leading(Live::SignedOut)),
                Heard::Asked(Ask::SignOut) => self.say(Tell::SignedOut),
                Heard::Asked(
                    Ask::Outbox
                    | Ask::Body(_)
                    | Ask::BodyAgain(_)
                    | Ask::Attachment(_)
                    | Ask::Folder(_)
                    | Ask::Now
                    | Ask::Keep
                    | Ask::Room,
                )
                | Heard::Socket(..) => {}
            }
            // Another tab may have made the store meanwhile.
            if let Ok(Some(store)) = IndexedStore::open_existing().await {
                return Some(store);
            }
        }
        None
    }

    async fn next(&mut self) -> Option<Heard> {
        if self.waiting.is_empty() {
            let event = self.post.next().await;
            return self.post.attend(event);
        }
        Some(self.waiting.remove(0))
    }

    /// Runs the engine on a store.
    async fn serve(&mut self, config: &Config, store: IndexedStore) -> Result<End, StoreError> {
        let mut engine = Engine::start(BrowserPorts { store: store.clone() }, config.clone()).await?;
        self.say(Tell::Leading(engine.live()));
        let mut looked = Timestamp::default();
        loop {
            let mut signing_out = false;
            let now = BrowserClock.now();
            if now.since(looked) >= LOOK_AT_ROOM || now < looked {
                looked = now;
                if let Some(room) = room::estimate().await {
                    engine.hear_room(room);
                }
            }
            for heard in std::mem::take(&mut self.waiting) {
                signing_out |= self.pass_on(&mut engine, heard).await;
            }
            while let Some(event) = self.post.next().now_or_never() {
                if let Some(heard) = self.post.attend(event) {
                    signing_out |= self.pass_on(&mut engine, heard).await;
                }
            }
            if self.post.is_leaving() && !signing_out {
                self.drop_socket();
                // The one who waits goes on at once; what is left to do here writes nothing.
                self.held = None;
                engine.retire().await;
                return Ok(End::HandedOver);
            }
            let outcome = if signing_out { None } else { self.run(&mut engine).await };
            let Some(outcome) = outcome else {
                self.drop_socket();
                // This device first: the server forgets by itself within the hour.
                self.wipe(&store).await;
                engine.sign_out().await;
                return Ok(End::SignedOut);
            };
            let next = outcome.next;
            if self.carry_out(outcome) {
                self.drop_socket();
                return Ok(End::Deposed);
            }
            let wait = next.since(BrowserClock.now());
            // What was heard during the run may have made something due.
            if !wait.is_zero()
                && self.waiting.is_empty()
                && !self.post.is_leaving()
                && let Some(event) = self.post.next_unless(engine.rest(wait)).await
            {
                self.waiting.extend(self.post.attend(event));
            }
        }
    }

    /// One run, while the tabs are listened to. `None`: the person signs out, and the run was dropped wherever it stood, which the
    /// engine survives like any crash.
    async fn run(&mut self, engine: &mut Engine<BrowserPorts>) -> Option<Outcome> {
        let mut running = pin!(engine.run_once());
        loop {
            let event = match select(running.as_mut(), pin!(self.post.next())).await {
                Either::Left((outcome, _)) => return Some(outcome),
                Either::Right((event, _)) => event,
            };
            match self.post.attend(event) {
                Some(Heard::Asked(Ask::SignOut)) => return None,
                Some(Heard::Asked(Ask::Hello)) => self.post.say(Tell::Leading(self.live)),
                Some(heard @ (Heard::Asked(_) | Heard::Socket(..))) => self.waiting.push(heard),
                None => {}
            }
        }
    }

    /// Tells the engine, and whether the person signs out.
    async fn pass_on(&mut self, engine: &mut Engine<BrowserPorts>, heard: Heard) -> bool {
        match heard {
            Heard::Asked(Ask::SignOut) => return true,
            Heard::Asked(ask @ (Ask::BeginSignIn { .. } | Ask::FinishSignIn { .. })) => {
                for tell in engine.sign_in(&ask).await {
                    self.say(tell);
                }
            }
            Heard::Asked(
                ask @ (Ask::Hello
                | Ask::Outbox
                | Ask::Body(_)
                | Ask::BodyAgain(_)
                | Ask::Attachment(_)
                | Ask::Folder(_)
                | Ask::Now
                | Ask::Keep
                | Ask::Room),
            ) => engine.hear(&ask),
            Heard::Socket(number, event) if number == self.sockets => engine.socket_event(&event),
            Heard::Socket(..) => {}
        }
        false
    }

    /// Does what a run asks for, and says whether it was the last.
    fn carry_out(&mut self, outcome: Outcome) -> bool {
        for tell in outcome.tells {
            self.say(tell);
        }
        if let Some(address) = outcome.connect {
            self.connect(address);
        }
        outcome.deposed
    }

    fn connect(&mut self, SocketAddress(url): SocketAddress) {
        self.drop_socket();
        self.sockets += 1;
        let (number, reports) = (self.sockets, self.reports.clone());
        let (task, abort) = abortable(async move {
            let report = |event| drop(reports.unbounded_send(Event::Heard(Heard::Socket(number, event))));
            match BrowserSocket.open(&url).await {
                Ok(connection) => signalr::pump(connection, &BrowserClock, report).await,
                Err(error) => report(signalr::Event::Over { why: error.to_string() }),
            }
        });
        self.socket = Some(abort);
        wasm_bindgen_futures::spawn_local(task.map(drop));
    }

    fn drop_socket(&mut self) {
        if let Some(socket) = self.socket.take() {
            socket.abort();
        }
    }

    /// Leaves nothing of the person on this device.
    async fn wipe(&mut self, store: &IndexedStore) {
        self.waiting.clear();
        store.close();
        let wiped = store::wipe().await;
        mail_browser::shell::forget_caches().await;
        self.live = Live::SignedOut;
        match wiped {
            Ok(()) => self.say(Tell::SignedOut),
            Err(error) => self.say(trouble(&error)),
        }
    }
}

fn trouble(error: &StoreError) -> Tell {
    Tell::Trouble(match error {
        StoreError::Refused => Trouble::StoreRefused,
        StoreError::Full => Trouble::DeviceFull,
        StoreError::Fenced | StoreError::Lost | StoreError::Unreadable { .. } | StoreError::Failed(_) => {
            Trouble::Unexpected(error.to_string())
        }
    })
}

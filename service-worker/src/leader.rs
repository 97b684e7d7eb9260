//! The leader's life: settings, store, engine, and round again when one of them goes. It only carries words, sockets and
//! waits between the tabs, the browser and the engine; what to do is the engine's decision.

use crate::ports::BrowserPorts;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::{AbortHandle, Either, abortable, select};
use futures::{FutureExt as _, StreamExt as _};
use mail_browser::channel::Channel;
use mail_browser::ports::{BrowserClock, BrowserSocket, Fetch};
use mail_browser::store::{self, IndexedStore};
use mail_core::backoff::Backoff;
use mail_core::config::Config;
use mail_core::engine::{Engine, Outcome, SocketAddress};
use mail_core::error::StoreError;
use mail_core::ports::{Clock as _, Http as _, Socket as _};
use mail_core::protocol::{Ask, Live, SignInTrouble, Tell, Trouble, Word};
use mail_core::signalr;
use std::pin::pin;
use std::time::Duration;

/// What the leader hears while it works.
enum Heard {
    /// A tab asks.
    Asked(Ask),
    /// The socket with this number reports.
    Socket(u32, signalr::Event),
}

/// Why the leader stops serving a store.
enum End {
    /// The person signed out.
    SignedOut,
    /// The store is lost, or another leader took over.
    Deposed,
}

/// The one worker that runs the engine.
pub struct Leader {
    channel: Channel,
    heard: UnboundedReceiver<Heard>,
    reports: UnboundedSender<Heard>,
    /// Heard while the engine was busy, oldest first.
    waiting: Vec<Heard>,
    live: Live,
    socket: Option<AbortHandle>,
    sockets: u32,
}

impl Leader {
    /// Listens; what was asked before is asked again once [`Tell::Leading`] is heard.
    pub fn new() -> Self {
        let (reports, heard) = unbounded();
        let asked = reports.clone();
        let channel = Channel::open(move |word| {
            if let Word::Ask(ask) = word {
                // The receiver lives as long as this worker.
                drop(asked.unbounded_send(Heard::Asked(ask)));
            }
        });
        Self { channel, heard, reports, waiting: Vec::new(), live: Live::SignedOut, socket: None, sockets: 0 }
    }

    /// Leads until the worker ends.
    pub async fn lead(mut self) {
        let config = self.config().await;
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
        loop {
            let Some(store) = self.store().await else { continue };
            match self.serve(&config, store.clone()).await {
                Ok(End::SignedOut) => {}
                Ok(End::Deposed) => {
                    store.close();
                    BrowserClock.sleep(backoff.fail(u32::MAX)).await;
                }
                Err(error) => {
                    self.say(trouble(&error));
                    store.close();
                    BrowserClock.sleep(backoff.fail(u32::MAX)).await;
                }
            }
        }
    }

    fn say(&mut self, tell: Tell) {
        if let Tell::Live(live) | Tell::Leading(live) = &tell {
            self.live = *live;
        }
        self.channel.say(&Word::Tell(tell));
    }

    /// The settings; without them nothing can be asked of anybody. The page itself shows what is wrong with them.
    async fn config(&mut self) -> Config {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
        loop {
            let mut request = http::Request::new(Vec::new());
            *request.uri_mut() = http::Uri::from_static("/config.json");
            if let Ok(answer) = Fetch.send(request).await
                && let Ok(config) = Config::parse(&String::from_utf8_lossy(answer.body()))
            {
                return config;
            }
            self.say(Tell::Leading(Live::Offline));
            let wait = backoff.fail(u32::MAX);
            self.decline_for(wait).await;
        }
    }

    /// Answers what cannot be done yet, for so long.
    async fn decline_for(&mut self, wait: Duration) {
        let mut over = pin!(BrowserClock.sleep(wait));
        while let Either::Left((Some(heard), _)) = select(self.heard.next(), over.as_mut()).await {
            match heard {
                Heard::Asked(Ask::BeginSignIn { .. } | Ask::FinishSignIn { .. }) => {
                    self.say(Tell::SignInFailed(SignInTrouble::Unreachable))
                }
                Heard::Asked(Ask::Hello) => self.say(Tell::Leading(Live::Offline)),
                Heard::Asked(Ask::Now) => return,
                Heard::Asked(Ask::Outbox | Ask::Body(_) | Ask::Folder(_) | Ask::SignOut) | Heard::Socket(..) => {}
            }
        }
    }

    /// The store, as soon as there is one: nobody signed in means nothing is stored.
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
        loop {
            match self.next().await {
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
                Heard::Asked(Ask::Outbox | Ask::Body(_) | Ask::Folder(_) | Ask::Now) | Heard::Socket(..) => {}
            }
            // Another tab may have made the store meanwhile.
            if let Ok(Some(store)) = IndexedStore::open_existing().await {
                return Some(store);
            }
        }
    }

    async fn next(&mut self) -> Heard {
        if self.waiting.is_empty() {
            // Our own sender keeps the stream open for ever.
            if let Some(heard) = self.heard.next().await {
                return heard;
            }
            return std::future::pending().await;
        }
        self.waiting.remove(0)
    }

    /// Runs the engine on a store.
    async fn serve(&mut self, config: &Config, store: IndexedStore) -> Result<End, StoreError> {
        let mut engine = Engine::start(BrowserPorts { store: store.clone() }, config.clone()).await?;
        self.say(Tell::Leading(engine.live()));
        loop {
            let mut signing_out = false;
            for heard in std::mem::take(&mut self.waiting) {
                signing_out |= self.pass_on(&mut engine, heard).await;
            }
            while let Some(Some(heard)) = self.heard.next().now_or_never() {
                signing_out |= self.pass_on(&mut engine, heard).await;
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
                && let Either::Left((Some(heard), _)) = select(self.heard.next(), pin!(engine.rest(wait))).await
            {
                self.waiting.push(heard);
            }
        }
    }

    /// One run, while the tabs are listened to. `None`: the person signs out, and the run was dropped wherever it stood, which the
    /// engine survives like any crash.
    async fn run(&mut self, engine: &mut Engine<BrowserPorts>) -> Option<Outcome> {
        let mut running = pin!(engine.run_once());
        loop {
            match select(running.as_mut(), self.heard.next()).await {
                Either::Left((outcome, _)) => return Some(outcome),
                Either::Right((Some(Heard::Asked(Ask::SignOut)), _)) => return None,
                Either::Right((Some(Heard::Asked(Ask::Hello)), _)) => {
                    self.channel.say(&Word::Tell(Tell::Leading(self.live)))
                }
                Either::Right((Some(heard), _)) => self.waiting.push(heard),
                Either::Right((None, _)) => {}
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
            Heard::Asked(ask @ (Ask::Hello | Ask::Outbox | Ask::Body(_) | Ask::Folder(_) | Ask::Now)) => {
                engine.hear(&ask)
            }
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
            let report = |event| drop(reports.unbounded_send(Heard::Socket(number, event)));
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

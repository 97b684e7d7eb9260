//! The whole sandbox: every service over one state, driven by requests and the time.
//! Everything that makes answers lives elsewhere; here is only what ties it together.

mod answering;
mod automatic;
mod clock;
pub(crate) mod delivered;
mod incoming;
mod outgoing;
mod reply;

use std::collections::BTreeMap;

use http::{Method, Request, Response};
use serde_json::json;

pub use crate::hub::outgoing::WAIT;
pub use crate::sandbox::incoming::DeliverError;
pub use crate::sandbox::reply::{Fate, Faulted, PASS, Pace, Reply};

use crate::behaviour::Behaviour;
use crate::chance::{base64_url, digest, guid};
use crate::control::faults::Faults;
use crate::control::frames::Frames;
use crate::control::log::Log;
use crate::control::{self};
use crate::cors::{self, Cors};
use crate::entra::{self, Entra};
use crate::flights::Flights;
use crate::graph::refusal::Refusal;
use crate::graph::subscriptions::Subscription;
use crate::graph::throttle::Limits;
use crate::graph::{self, send};
use crate::hub::courier::Courier;
use crate::hub::{Hub, Push, SocketId, lifecycle, notify};
use crate::mailbox::Mailbox;
use crate::people::{PEOPLE, Person};
use crate::sandbox::delivered::Delivery;
use crate::settings::{Host, Origins, Settings};
use crate::uploads::{self, Uploads};
use crate::web::{self, Answer, header};

/// A submitted message leaves after this, unless a test says otherwise.
pub(crate) const SEND_DELAY_MS: i64 = 300;

/// Microsoft, as far as Petrel meets it.
pub struct Sandbox {
    settings: Settings,
    pub(crate) seed: u64,
    /// What the control calls added to real time.
    pub(crate) offset_ms: i64,
    /// Counts everything that needs a name of its own.
    counter: u64,
    mailboxes: BTreeMap<&'static str, Mailbox>,
    /// Counts fresh starts and deaths of delta tokens.
    pub(crate) generation: u64,
    pub(crate) entra: Entra,
    pub(crate) hub: Hub,
    pub(crate) subscriptions: BTreeMap<String, Subscription>,
    pub(crate) courier: Courier,
    pub(crate) delivered: Vec<Delivery>,
    pub(crate) faults: Faults,
    pub(crate) log: Log,
    pub(crate) send_delay_ms: i64,
    pub(crate) behaviour: Behaviour,
    pub(crate) uploads: Uploads,
    /// Whether what was sent comes to Sent Items as a new item, as it does where a transport rule rewrites it.
    pub(crate) send_anew: bool,
    pub(crate) limits: Limits,
    pub(crate) flights: Flights,
    pub(crate) frames: Frames,
    /// The time at which the clock stands still, if it does.
    pub(crate) frozen_ms: Option<i64>,
}

impl Sandbox {
    /// A fresh sandbox; `now_ms` is milliseconds since 1970 and dates the generated mail.
    pub fn new(settings: Settings, now_ms: i64) -> Self {
        let (seed, messages) = (settings.seed, settings.messages);
        let mut sandbox = Self {
            settings,
            seed,
            offset_ms: 0,
            counter: 0,
            mailboxes: BTreeMap::new(),
            generation: 0,
            entra: Entra::default(),
            hub: Hub::default(),
            subscriptions: BTreeMap::new(),
            courier: Courier::default(),
            delivered: Vec::new(),
            faults: Faults::default(),
            log: Log::default(),
            send_delay_ms: SEND_DELAY_MS,
            behaviour: Behaviour::default(),
            uploads: Uploads::default(),
            send_anew: false,
            limits: Limits::default(),
            flights: Flights::default(),
            frames: Frames::default(),
            frozen_ms: None,
        };
        sandbox.refill(seed, messages, now_ms);
        sandbox
    }

    /// Answers one HTTP request. `now_ms` is real time; the sandbox adds what its clock was advanced by.
    pub fn handle(&mut self, host: Host, request: http::Request<Vec<u8>>, now_ms: i64) -> Reply {
        let now = self.time(now_ms);
        self.advance(now);
        if host == Host::Graph && request.uri().path().starts_with("/_sandbox/") {
            let mut answer = if request.method() == Method::OPTIONS {
                cors::preflight(host)
            } else {
                control::handle(self, &request, now)
            };
            // What a test hides from the app it may still read itself.
            Cors::default().dress(host, request.headers(), &mut answer);
            let now = self.time(now_ms);
            self.advance(now);
            return Reply::answer(answer);
        }
        let reply = self.answer(host, request, now);
        notify::flush(self, now);
        reply
    }

    fn serve(&mut self, host: Host, request: &Request<Vec<u8>>, now: i64, entry: u64) -> Answer {
        match host {
            Host::App => self.app(request, entry),
            Host::Entra => entra::handle(self, request, now),
            Host::Graph => graph::handle(self, request, now),
            Host::Hub => {
                let fresh = (self.secret("connection"), self.secret("connection token"));
                self.hub.handle(request, fresh, now)
            }
            Host::Upload => uploads::handle(self, request, now),
        }
    }

    /// The app's origin: its settings are made here, its files are the server's business.
    fn app(&self, request: &Request<Vec<u8>>, entry: u64) -> Answer {
        if request.uri().path() != "/config.json" {
            let mut answer = web::empty(404);
            web::set(&mut answer, PASS, &entry.to_string());
            return answer;
        }
        let origins = self.origins();
        let mut answer = web::json(
            200,
            &json!({
                "authority": format!("{}/common", origins.entra),
                "clientId": control::APP_CLIENT,
                "graph": origins.graph,
                "scopes": ["openid", "profile", "offline_access", "User.Read", "Mail.ReadWrite", "Mail.Send"],
                "environment": "sandbox",
            }),
        );
        web::set(&mut answer, "cache-control", "no-cache");
        web::set(&mut answer, "x-content-type-options", "nosniff");
        answer
    }

    /// Tells the log what became of a request that the server answered from the app's files.
    pub fn served(&mut self, entry: &str, status: u16) {
        if let Ok(entry) = entry.parse() {
            self.log.end(entry, status);
        }
    }

    /// What is due by now: notifications, hub pings, redeliveries, mail that leaves the Outbox.
    /// Call it after every `handle` and on a timer.
    pub fn poll(&mut self, now_ms: i64) -> Vec<Push> {
        let now = self.time(now_ms);
        self.advance(now);
        self.pushes(now)
    }

    /// The real time, in milliseconds since 1970, at which `poll` next has something to do.
    pub fn next_due(&self) -> Option<i64> {
        let departures =
            self.mailboxes.values().flat_map(|mailbox| mailbox.departures.iter().map(|departure| departure.due_ms));
        let bumps = self.mailboxes.values().flat_map(|mailbox| mailbox.bumps.iter().map(|(due, _)| *due));
        let dues = departures.chain(bumps).chain(self.hub.next_due()).chain(self.frames.next_due());
        let dues = dues.chain(self.courier.next_due()).chain(lifecycle::next_due(self));
        dues.min().map(|due| due - self.offset_ms)
    }

    fn advance(&mut self, now: i64) {
        self.mailboxes.values_mut().for_each(|mailbox| mailbox.settle(now));
        send::depart(self, now);
        notify::flush(self, now);
        self.hub.tick(now);
    }

    /// A WebSocket upgrade on the hub.
    ///
    /// # Errors
    /// The HTTP answer to give instead: 404 for an unknown id, 401 for a bad token, 409 for a second socket.
    #[expect(clippy::result_large_err, reason = "the refusal is the HTTP answer itself, once a connection")]
    pub fn hub_open(&mut self, path_and_query: &str, now_ms: i64) -> Result<SocketId, Response<Vec<u8>>> {
        let now = self.time(now_ms);
        let entry = Request::get(path_and_query)
            .body(Vec::new())
            .ok()
            .map(|request| self.log.begin(Host::Hub, &request, &self.entra, 1, now));
        let opened = self.hub.open(path_and_query, now);
        if let Some(entry) = entry {
            self.log.end(entry, opened.as_ref().map_or_else(|refusal| refusal.status().as_u16(), |_| 101));
        }
        opened
    }

    /// A text message from a socket; answers and anything else that became due comes back.
    pub fn hub_receive(&mut self, socket: SocketId, text: &str, now_ms: i64) -> Vec<Push> {
        let now = self.time(now_ms);
        self.hub.receive(socket, text, now);
        self.pushes(now)
    }

    /// What the hub wants sent, after the rules that spoil it.
    fn pushes(&mut self, now: i64) -> Vec<Push> {
        let pushes = self.hub.take_pushes();
        self.frames.apply(pushes, now)
    }

    /// A socket went away by itself.
    pub fn hub_closed(&mut self, socket: SocketId) {
        self.hub.closed(socket);
    }

    /// Whether a rule waits that cuts connections: a browser repeats by itself what is lost on a
    /// reused connection, so the server must then not let connections be reused.
    pub fn may_drop(&self) -> bool {
        self.faults.may_drop()
    }

    pub(crate) fn origins(&self) -> &Origins {
        &self.settings.origins
    }

    pub(crate) fn signs_tokens(&self) -> bool {
        self.settings.signs_tokens
    }

    pub(crate) fn mailbox(&self, person: &Person) -> Result<&Mailbox, Refusal> {
        self.mailboxes.get(person.object_id).ok_or(Refusal::MailboxNotFound)
    }

    pub(crate) fn mailbox_mut(&mut self, person: &Person) -> Result<&mut Mailbox, Refusal> {
        self.mailboxes.get_mut(person.object_id).ok_or(Refusal::MailboxNotFound)
    }

    /// Fresh mailboxes for everybody, with generated mail in ada's.
    pub(crate) fn refill(&mut self, seed: u64, messages: usize, now: i64) {
        self.generation += 1;
        self.uploads = Uploads::default();
        let generation = self.generation;
        self.mailboxes =
            PEOPLE.iter().map(|person| (person.object_id, Mailbox::new(person, seed, generation))).collect();
        for mailbox in self.mailboxes.values_mut() {
            crate::generate::furnish(mailbox);
            crate::generate::contacts::fill(mailbox, seed, now);
            crate::generate::calendar::fill(mailbox, seed, now);
        }
        if let Some(ada) = PEOPLE.first()
            && let Ok(mailbox) = self.mailbox_mut(ada)
        {
            crate::generate::fill(mailbox, seed, messages, now);
        }
    }

    /// Ends every delta token.
    pub(crate) fn expire_delta(&mut self) {
        self.generation += 1;
        for mailbox in self.mailboxes.values_mut() {
            mailbox.generation = self.generation;
        }
    }

    /// A GUID nobody had before.
    pub(crate) fn fresh_guid(&mut self, kind: &str) -> String {
        self.counter += 1;
        guid(&[kind.as_bytes(), &self.seed.to_be_bytes(), &self.counter.to_be_bytes()])
    }

    /// A long random-looking text nobody had before.
    pub(crate) fn secret(&mut self, kind: &str) -> String {
        self.counter += 1;
        base64_url(&digest(&[b"secret", kind.as_bytes(), &self.seed.to_be_bytes(), &self.counter.to_be_bytes()]))
    }

    /// A token for the SignalR service, for one session of a channel.
    pub(crate) fn service_token(&mut self, channel: &str, session: &str, now_ms: i64) -> String {
        let audience = format!("{}/client/?hub=notifications", self.origins().hub);
        let token = crate::hub::signed_token(self.seed, &audience, &self.secret("service"), now_ms);
        self.hub.learn_token(&token, channel, session, now_ms);
        token
    }

    /// The person named in a request's bearer token, for the log.
    pub(crate) fn bearer_of(request: &Request<Vec<u8>>) -> Option<&str> {
        header(request.headers(), "authorization")
            .and_then(|value| value.split_once(' '))
            .map(|(_, token)| token.trim())
    }
}

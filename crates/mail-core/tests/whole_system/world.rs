//! A person's device and Microsoft, with a network between them that a test can cut.

use crate::twins::Twins;
use futures::executor::block_on;
use futures::task::noop_waker_ref;
use mail_core::config::Config;
use mail_core::engine::{Engine, Ports, SocketAddress};
use mail_core::error::NetError;
use mail_core::id::{FolderId, MessageId, OpId};
use mail_core::model::{Folder, FolderRole, Message};
use mail_core::outbox::{Act, Op, OpState, Outgoing, SendStage};
use mail_core::ports::{Clock, Http, Random};
use mail_core::protocol::{Ask, Live, Tell};
use mail_core::signalr::{Event, Session};
use mail_core::store::{Commit, Store, Write};
use mail_core::time::Timestamp;
use sandbox::{Fate, Frame, Host, Sandbox, Settings, SocketId};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

/// 23 November 2026, 09:12 UTC.
const START_MS: i64 = 1_795_425_120_000;
pub const ADA: &str = "ada@petrel.test";
pub const APP: &str = "http://localhost:8080/";

/// Time that passes only when told.
#[derive(Clone)]
pub struct Watch(Rc<Cell<i64>>);

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.get())
    }

    async fn sleep(&self, wait: Duration) {
        self.0.set(self.now().after(wait).millis());
    }
}

/// Chance from a seed.
pub struct Dice(Cell<u64>);

impl Random for Dice {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let mut x = self.0.get();
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            self.0.set(x);
            *byte = (x >> 32) as u8;
        }
    }
}

/// The way to Microsoft.
#[derive(Clone)]
pub struct Network {
    pub sandbox: Rc<RefCell<Sandbox>>,
    pub watch: Watch,
    pub up: Rc<Cell<bool>>,
    /// Requests that left the device.
    pub requests: Rc<Cell<u32>>,
    /// When the answers that are on their way will be there, in milliseconds since 1970.
    arrivals: Rc<RefCell<Vec<i64>>>,
}

impl Network {
    /// An answer takes so many milliseconds.
    async fn arrives_after(&self, millis: i64) {
        let at = self.watch.0.get() + millis;
        self.arrivals.borrow_mut().push(at);
        poll_fn(|_| if self.watch.0.get() >= at { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// When the next answer will be there.
    pub fn next_arrival(&self) -> Option<i64> {
        self.arrivals.borrow_mut().retain(|at| *at > self.watch.0.get());
        self.arrivals.borrow().iter().copied().min()
    }

    /// Runs something that waits for nothing but answers.
    fn run<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(noop_waker_ref())) {
                return done;
            }
            self.watch.0.set(self.next_arrival().expect("an answer is on its way"));
        }
    }
}

impl Http for Network {
    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, NetError> {
        self.requests.set(self.requests.get() + 1);
        // A round trip takes its time.
        self.watch.0.set(self.watch.0.get() + 5);
        if !self.up.get() {
            return Err(NetError::Unreachable);
        }
        let host = match request.uri().port_u16() {
            Some(8081) => Host::Entra,
            Some(8082) => Host::Graph,
            Some(8083) => Host::Hub,
            _ => return Err(NetError::Unreachable),
        };
        let (mut parts, body) = request.into_parts();
        parts.headers.insert("origin", http::HeaderValue::from_static("http://localhost:8080"));
        parts.uri = parts.uri.path_and_query().unwrap().as_str().parse().unwrap();
        let reply = self.sandbox.borrow_mut().handle(host, http::Request::from_parts(parts, body), self.watch.0.get());
        match reply.fate {
            Fate::Answer => Ok(reply.response),
            Fate::Drop => Err(NetError::Unreachable),
            Fate::Delay(ms) => {
                self.arrives_after(i64::try_from(ms).unwrap()).await;
                Ok(reply.response)
            }
        }
    }
}

/// The engine's doors.
pub struct Doors {
    network: Network,
    store: Rc<Twins>,
    dice: Dice,
}

impl Ports for Doors {
    type Http = Network;
    type Store = Twins;
    type Clock = Watch;
    type Random = Dice;
    fn http(&self) -> &Network {
        &self.network
    }
    fn store(&self) -> &Twins {
        &self.store
    }
    fn clock(&self) -> &Watch {
        &self.network.watch
    }
    fn random(&self) -> &Dice {
        &self.dice
    }
}

pub struct World {
    pub network: Network,
    pub store: Rc<Twins>,
    pub engine: Engine<Doors>,
    socket: Option<(SocketId, Session)>,
    pub tells: Vec<Tell>,
    /// Whether the engine stopped for good.
    pub deposed: bool,
    acts: u32,
    lives: u64,
}

pub fn config() -> Config {
    Config {
        authority: "http://localhost:8081/common".to_owned(),
        client_id: "00000000-0000-4000-8000-00000000cafe".to_owned(),
        graph: "http://localhost:8082".to_owned(),
        scopes: ["openid", "profile", "offline_access", "User.Read", "Mail.ReadWrite", "Mail.Send"]
            .map(str::to_owned)
            .to_vec(),
        environment: None,
        second_send: false,
    }
}

impl World {
    /// Nobody is signed in yet.
    pub fn new(messages: usize) -> Self {
        let watch = Watch(Rc::new(Cell::new(START_MS)));
        let sandbox = Rc::new(RefCell::new(Sandbox::new(Settings { messages, ..Settings::for_tests() }, START_MS)));
        let network =
            Network { sandbox, watch, up: Rc::new(Cell::new(true)), requests: Rc::default(), arrivals: Rc::default() };
        let store = Rc::new(Twins::new());
        let engine = start(&network, &store, 1);
        Self { network, store, engine, socket: None, tells: Vec::new(), deposed: false, acts: 0, lives: 1 }
    }

    /// Ada is signed in, and everything has come in.
    pub fn signed_in(messages: usize) -> Self {
        let mut world = Self::new(messages);
        world.sign_in(ADA);
        world.pass(10);
        assert_eq!(world.engine.live(), Live::Live);
        world
    }

    pub fn now(&self) -> Timestamp {
        self.network.watch.now()
    }

    /// The device's clock is corrected; the sandbox keeps its own.
    pub fn set_clock_back(&mut self, seconds: i64) {
        self.control("POST", "clock", &json!({ "advance_s": seconds }));
        self.network.watch.0.set(self.network.watch.0.get() - seconds * 1000);
    }

    /// The process dies and a new one starts on what was stored.
    pub fn restart(&mut self) {
        if let Some((socket, _)) = self.socket.take() {
            self.network.sandbox.borrow_mut().hub_closed(socket);
        }
        self.store = Rc::new(self.store.restarted());
        self.lives += 1;
        self.deposed = false;
        self.engine = start(&self.network, &self.store, self.lives);
    }

    /// One run, and what the socket brings.
    fn turn(&mut self) -> Timestamp {
        self.hear_socket();
        let outcome = self.network.clone().run(self.engine.run_once());
        self.tells.extend(outcome.tells);
        self.deposed |= outcome.deposed;
        if let Some(address) = outcome.connect {
            self.connect(&address);
        }
        self.hear_socket();
        if poll_now(self.engine.landing()).is_ready() { self.now() } else { outcome.next }
    }

    fn connect(&mut self, SocketAddress(url): &SocketAddress) {
        let path = url.strip_prefix("ws://localhost:8083").unwrap();
        let now = self.now();
        if !self.network.up.get() {
            return self.engine.socket_event(&Event::Over { why: "no network".to_owned() });
        }
        let opened = self.network.sandbox.borrow_mut().hub_open(path, now.millis());
        match opened {
            Ok(socket) => {
                let (session, hello) = Session::open(now);
                self.socket = Some((socket, session));
                self.take_events(vec![hello]);
            }
            Err(_) => self.engine.socket_event(&Event::Over { why: "refused".to_owned() }),
        }
    }

    fn hear_socket(&mut self) {
        let now = self.now();
        let mut pushes = VecDeque::from(self.network.sandbox.borrow_mut().poll(now.millis()));
        while let Some(push) = pushes.pop_front() {
            let Some((socket, session)) = &mut self.socket else { continue };
            // A connection that is cut ends on this side too; what was said meanwhile is lost.
            let arrives = self.network.up.get() || matches!(push.frame, Frame::Close);
            if push.socket != *socket || !arrives {
                continue;
            }
            let events = match push.frame {
                Frame::Text(text) => session.receive(&text, now),
                Frame::Close => vec![Event::Over { why: "closed".to_owned() }],
            };
            self.take_events(events);
        }
        if let Some((_, session)) = &mut self.socket {
            let events = session.tick(now);
            self.take_events(events);
        }
    }

    fn take_events(&mut self, events: Vec<Event>) {
        for event in events {
            let Some((socket, _)) = &self.socket else { return };
            let socket = *socket;
            match &event {
                Event::Send(text) => {
                    if self.network.up.get() {
                        let now = self.now().millis();
                        let answers = self.network.sandbox.borrow_mut().hub_receive(socket, text, now);
                        for push in answers {
                            if let (Frame::Text(text), Some((socket, session))) = (&push.frame, &mut self.socket)
                                && push.socket == *socket
                            {
                                let events = session.receive(text, Timestamp::from_millis(now));
                                self.take_events(events);
                            }
                        }
                    }
                }
                Event::Over { .. } => {
                    self.network.sandbox.borrow_mut().hub_closed(socket);
                    self.socket = None;
                    self.engine.socket_event(&event);
                }
                Event::Opened | Event::Notified(_) => self.engine.socket_event(&event),
            }
        }
    }

    /// Runs for so many seconds of simulated time.
    pub fn pass(&mut self, seconds: u64) {
        let end = self.now().after(Duration::from_secs(seconds));
        let mut busy = 0;
        while self.now() < end && !self.deposed {
            let next = self.turn();
            // Not longer than a browser's timer lets the socket wait.
            let soon = self.now().after(Duration::from_millis(250));
            busy = if next > self.now() { 0 } else { busy + 1 };
            assert!(busy < 2000, "the engine spins");
            if busy == 0 {
                let arrival = self.network.next_arrival().map_or(end, Timestamp::from_millis);
                self.network.watch.0.set(next.min(soon).min(end).min(arrival).millis());
            }
        }
    }

    /// Runs until `done`, at most for so many seconds; says how long it took.
    pub fn pass_until(&mut self, seconds: u64, done: impl Fn(&Self) -> bool) -> Duration {
        let begun = self.now();
        let end = begun.after(Duration::from_secs(seconds));
        while !done(self) {
            assert!(self.now() < end, "not within {seconds} s");
            let next = self.turn();
            let soon = self.now().after(Duration::from_millis(10));
            if next > self.now() {
                let arrival = self.network.next_arrival().map_or(soon, Timestamp::from_millis);
                self.network.watch.0.set(next.min(soon).min(arrival).millis());
            }
        }
        self.now().since(begun)
    }

    /// Goes through the sign-in page as this person.
    pub fn sign_in(&mut self, user: &str) -> Vec<Tell> {
        let (state, code) = self.come_back(user);
        self.finish(&state, &code)
    }

    /// Goes to the sign-in page and comes back with a state and a code.
    pub fn come_back(&mut self, user: &str) -> (String, String) {
        let tells = self.network.clone().run(self.engine.sign_in(&Ask::BeginSignIn { redirect_uri: APP.to_owned() }));
        let [Tell::SignInAt { url, state }] = tells.as_slice() else { panic!("{tells:?}") };
        let path = url.strip_prefix("http://localhost:8081").unwrap();
        let request = http::Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("account={}", user.replace('@', "%40")).into_bytes())
            .unwrap();
        let reply = self.network.sandbox.borrow_mut().handle(Host::Entra, request, self.now().millis());
        let location = reply.response.headers()["location"].to_str().unwrap().to_owned();
        let fragment = location.strip_prefix("http://localhost:8080/#").unwrap();
        let Some(mail_core::auth::Returned::Code { state: returned, code }) = mail_core::auth::returned(fragment)
        else {
            panic!("{fragment}")
        };
        assert_eq!(*state, returned);
        (returned, code)
    }

    pub fn finish(&mut self, state: &str, code: &str) -> Vec<Tell> {
        self.network
            .clone()
            .run(self.engine.sign_in(&Ask::FinishSignIn { state: state.to_owned(), code: code.to_owned() }))
    }

    /// A control call of the sandbox.
    pub fn control(&self, method: &str, call: &str, body: &Value) -> Value {
        let body = if method == "GET" { Vec::new() } else { body.to_string().into_bytes() };
        let request = http::Request::builder().method(method).uri(format!("/_sandbox/{call}")).body(body).unwrap();
        let reply = self.network.sandbox.borrow_mut().handle(Host::Graph, request, self.now().millis());
        assert_eq!(reply.response.status(), 200, "{call}");
        serde_json::from_slice(reply.response.body()).unwrap()
    }

    pub fn fault(&self, fault: Value) {
        self.control("POST", "faults", &json!([fault]));
    }

    pub fn no_faults(&self) {
        self.control("DELETE", "faults", &Value::Null);
    }

    /// Mail comes in from outside.
    pub fn arrives(&self, subject: &str) -> MessageId {
        self.arrives_as(&format!(
            "From: Bob <bob@else.example>\r\nTo: {ADA}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@else.example>\r\n\r\nHello Ada\r\n"
        ))
    }

    /// A mail comes in from outside, byte for byte.
    pub fn arrives_as(&self, mime: &str) -> MessageId {
        MessageId::new(self.network.sandbox.borrow_mut().deliver(ADA, mime.as_bytes(), self.now().millis()).unwrap())
    }

    /// Another client of the same mailbox acts on a message.
    pub fn elsewhere(&self, method: &str, id: &MessageId, body: &Value) {
        let token = self.control("POST", "token", &json!({ "user": ADA }))["access_token"].as_str().unwrap().to_owned();
        let request = http::Request::builder()
            .method(method)
            .uri(format!("/v1.0/me/messages/{}", id.as_str().replace('=', "%3D")))
            .header("authorization", format!("Bearer {token}"))
            .header("prefer", "IdType=\"ImmutableId\"")
            .header("content-type", "application/json")
            .body(body.to_string().into_bytes())
            .unwrap();
        let status =
            self.network.sandbox.borrow_mut().handle(Host::Graph, request, self.now().millis()).response.status();
        assert!(status.is_success(), "{method}: {status}");
    }

    pub fn mailbox(&self) -> Value {
        self.control("GET", &format!("mailbox?user={ADA}"), &Value::Null)
    }

    /// A message as the server has it: its folder's id and itself.
    pub fn on_server(&self, id: &MessageId) -> Option<(String, Value)> {
        let mailbox = self.mailbox();
        mailbox["folders"].as_array().unwrap().iter().find_map(|folder| {
            let found = folder["messages"].as_array().unwrap().iter().find(|one| one["id"] == id.as_str())?;
            Some((folder["id"].as_str().unwrap().to_owned(), found.clone()))
        })
    }

    /// How often each mail that carries a marker of ours was delivered.
    pub fn delivered(&self) -> Vec<String> {
        let rows = self.control("GET", "delivered", &Value::Null);
        rows.as_array().unwrap().iter().filter_map(|row| row["marker"].as_str().map(str::to_owned)).collect()
    }

    pub fn folders(&self) -> Vec<Folder> {
        block_on(self.store.folders()).unwrap()
    }

    pub fn folder(&self, role: FolderRole) -> FolderId {
        self.folders().into_iter().find(|folder| folder.role == Some(role)).unwrap().id
    }

    pub fn unread(&self, role: FolderRole) -> u32 {
        self.folders().into_iter().find(|folder| folder.role == Some(role)).unwrap().unread
    }

    pub fn rows(&self, role: FolderRole) -> Vec<Message> {
        block_on(self.store.messages(&self.folder(role), 0, 10_000)).unwrap()
    }

    pub fn row(&self, id: &MessageId) -> Option<Message> {
        block_on(self.store.message(id)).unwrap()
    }

    pub fn count(&self, folder: &FolderId) -> u32 {
        block_on(self.store.count(folder)).unwrap()
    }

    pub fn ops(&self) -> Vec<Op> {
        block_on(self.store.ops()).unwrap()
    }

    /// The person acts, as the app does it.
    pub fn act(&mut self, act: Act) -> OpId {
        self.acts += 1;
        let now = self.now();
        let id = OpId::ordered(now, self.acts, self.acts);
        let op = Op { id: id.clone(), act, queued_at: now, not_before: now, attempts: 0, state: OpState::Waiting };
        block_on(self.store.commit(Commit::strict(vec![Write::Op(Box::new(op))]))).unwrap();
        self.engine.hear(&Ask::Outbox);
        id
    }

    /// A mail as an entry of the outbox, not written down.
    pub fn draft_of(&self, subject: &str) -> Op {
        let now = self.now();
        let id = OpId::ordered(now, 9_000, 9_000);
        let act = Act::Send { mail: Box::new(outgoing(subject)), stage: SendStage::Queued };
        Op { id, act, queued_at: now, not_before: now, attempts: 0, state: OpState::Waiting }
    }

    pub fn write(&mut self, subject: &str) -> OpId {
        self.act(Act::Send { mail: Box::new(outgoing(subject)), stage: SendStage::Queued })
    }

    pub fn heard(&self, tell: &Tell) -> bool {
        self.tells.contains(tell)
    }
}

fn poll_now<T>(work: impl Future<Output = T>) -> Poll<T> {
    pin!(work).poll(&mut Context::from_waker(noop_waker_ref()))
}

fn outgoing(subject: &str) -> Outgoing {
    Outgoing {
        to: mail_core::compose::parse_recipients("grace@petrel.test").unwrap(),
        subject: subject.to_owned(),
        text: "Hello\n".to_owned(),
        ..Outgoing::default()
    }
}

fn start(network: &Network, store: &Rc<Twins>, life: u64) -> Engine<Doors> {
    let dice = Dice(Cell::new(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(life)));
    block_on(Engine::start(Doors { network: network.clone(), store: store.clone(), dice }, config())).unwrap()
}

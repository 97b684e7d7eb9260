//! A device, the processes on it that lead or want to, and Microsoft. Time passes only when told.
//! A leader is polled by hand, so that it can stand still, be overtaken or die at any of its awaits.

use crate::chance::Chance;
use crate::device::{Device, Doors};
use crate::points::Point;
use crate::trouble::Plan;
use crate::truth::ADA;
use futures::executor::block_on;
use futures::task::noop_waker_ref;
use mail_core::config::Config;
use mail_core::engine::{Engine, Outcome};
use mail_core::protocol::{Ask, Live, Tell};
use mail_core::signalr::Session;
use mail_core::time::Timestamp;
use sandbox::{Host, Sandbox, Settings, SocketId};
use std::collections::BTreeSet;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// 23 November 2026, 09:12 UTC.
const START_MS: i64 = 1_795_425_120_000;
pub const APP: &str = "http://localhost:8080/";
/// So many runs without a moment passing are a spin.
const SPIN: u32 = 1500;

/// A process that leads, or believes so.
pub struct Leader {
    pub engine: Engine<Doors>,
    pub socket: Option<(SocketId, Session)>,
    /// When it wants to run again, by the device's clock.
    pub next: Timestamp,
    busy: u32,
    /// It died while it heard the socket.
    pub dead: bool,
}

pub struct World {
    pub device: Rc<Device>,
    pub leaders: Vec<Leader>,
    pub chance: Chance,
    /// Another client's token.
    pub token: String,
    /// Words on their way to the leader, and when they arrive.
    pub words: Vec<(i64, Ask)>,
    /// When a new leader starts, where there is none.
    pub reopens: i64,
    pub processes: u64,
    /// Counts what the person did.
    pub acts: u32,
    /// Whether the session may be over: only then may the engine ask for a sign-in.
    pub may_ask_sign_in: bool,
    /// Whether something happens while a leader stands still.
    nested: bool,
    /// A sign-in under way: its state and code.
    pub returning: Option<(String, String)>,
    /// Subjects of bodies a person opened.
    pub opened: BTreeSet<String>,
    seed: u64,
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
    /// A mailbox with a few mails, and a device nobody is signed in on.
    pub fn new(seed: u64, mails: usize) -> Self {
        let settings = Settings { seed, signs_tokens: false, ..Settings::for_tests() };
        let device = Device::new(Sandbox::new(settings, START_MS), START_MS);
        let token = device.control("POST", "token", &serde_json::json!({ "user": ADA }));
        let mut world = Self {
            token: token["access_token"].as_str().unwrap().to_owned(),
            device,
            leaders: Vec::new(),
            chance: Chance::new(seed),
            words: Vec::new(),
            reopens: START_MS,
            processes: 0,
            acts: 0,
            may_ask_sign_in: false,
            nested: false,
            returning: None,
            opened: BTreeSet::new(),
            seed,
        };
        world.clear_folders();
        for number in 0..mails {
            world.arrives(&format!("First {number}"));
        }
        world.start();
        world
    }

    pub fn now(&self) -> i64 {
        self.device.time.get()
    }

    /// A new process leads; the earlier ones do not know it yet.
    pub fn start(&mut self) -> bool {
        self.processes += 1;
        let doors = Doors::new(&self.device, self.seed.wrapping_mul(31).wrapping_add(self.processes * 0x1000_0001));
        let started = block_on(Engine::start(doors, config()));
        self.device.note(|| format!("process {} starts: {:?}", self.processes, started.as_ref().map(|_| ())));
        match started {
            Ok(engine) => {
                let next = self.device.now();
                self.leaders.push(Leader { engine, socket: None, next, busy: 0, dead: false });
                true
            }
            Err(_) => {
                self.reopens = self.now() + 5000;
                false
            }
        }
    }

    /// Every process dies.
    pub fn die(&mut self) {
        for leader in std::mem::take(&mut self.leaders) {
            self.bury(leader);
        }
    }

    fn bury(&mut self, leader: Leader) {
        if let Some((socket, _)) = leader.socket {
            self.device.sandbox.borrow_mut().hub_closed(socket);
        }
        self.reopens = self.now() + 1000;
    }

    /// One run of a leader, and what the socket brings.
    fn turn(&mut self, at: usize) -> Result<(), String> {
        let mut leader = self.leaders.remove(at);
        self.hear_socket(&mut leader);
        if leader.dead {
            self.bury(leader);
            return Ok(());
        }
        let outcome = {
            let mut run = pin!(leader.engine.run_once());
            loop {
                match run.as_mut().poll(&mut Context::from_waker(noop_waker_ref())) {
                    Poll::Ready(outcome) => break Some(outcome),
                    Poll::Pending => {
                        self.device.trouble.paused.set(false);
                        if !self.meanwhile()? {
                            break None;
                        }
                    }
                }
            }
        };
        match outcome {
            None => {
                self.device.note(|| "the process dies".to_owned());
                self.bury(leader);
            }
            Some(mut outcome) => {
                // A request on its way may stand still as well; it is looked after between the runs.
                while self.device.trouble.paused.take() {
                    if !self.meanwhile()? {
                        self.device.note(|| "the process dies with a request on its way".to_owned());
                        self.bury(leader);
                        return Ok(());
                    }
                    let mut context = Context::from_waker(noop_waker_ref());
                    if pin!(leader.engine.landing()).poll(&mut context).is_ready() {
                        outcome.next = self.device.now();
                    }
                }
                self.carry_out(leader, at, outcome)?;
            }
        }
        Ok(())
    }

    fn carry_out(&mut self, mut leader: Leader, at: usize, outcome: Outcome) -> Result<(), String> {
        if outcome.deposed {
            self.device.note(|| "a leader steps down".to_owned());
            self.bury(leader);
            return Ok(());
        }
        leader.busy = if outcome.next > self.device.now() { 0 } else { leader.busy + 1 };
        if leader.busy > SPIN {
            return Err("the engine spins".to_owned());
        }
        leader.next = outcome.next;
        let signed_out = outcome.tells.contains(&Tell::Live(Live::SignedOut));
        if signed_out && !self.may_ask_sign_in && leader.engine.live() == Live::SignedOut {
            return Err("the engine asks for a sign-in although the session is good".to_owned());
        }
        if let Some(address) = outcome.connect {
            self.connect(&mut leader, &address);
        }
        self.hear_socket(&mut leader);
        if leader.dead {
            self.bury(leader);
            return Ok(());
        }
        let at = at.min(self.leaders.len());
        self.leaders.insert(at, leader);
        Ok(())
    }

    /// Something happens while a leader stands still; whether it lives on.
    fn meanwhile(&mut self) -> Result<bool, String> {
        if matches!(*self.device.trouble.plan.borrow(), Plan::Nth { .. }) {
            return Ok(false);
        }
        if self.nested {
            return Ok(true);
        }
        self.nested = true;
        let what = self.chance.below(12);
        self.device.note(|| format!("a leader stands still: {what}"));
        let lives = match what {
            0..=3 => {
                self.device.trouble.strike(Point::T1);
                if self.device.asked_changes.get() == self.device.trouble.effects().wrapping_sub(1) {
                    self.device.trouble.strike(Point::S1);
                }
                false
            }
            4..=5 => {
                self.device.trouble.strike(Point::T3);
                let seconds = self.chance.below(20) as u64;
                if self.start() {
                    self.pass(seconds)?;
                }
                true
            }
            6 => {
                self.device.trouble.strike(Point::T2);
                if self.chance.permille(500) {
                    self.start();
                    self.pass(600)?;
                } else {
                    self.device.wait(600_000);
                }
                true
            }
            7..=8 => {
                self.person_acts();
                true
            }
            9..=10 => {
                self.somebody_acts();
                true
            }
            _ => {
                self.device.wait(3000);
                true
            }
        };
        self.nested = false;
        Ok(lives)
    }

    /// The person's tab says a word to whoever leads.
    pub fn say(&mut self, ask: Ask) {
        let stormy = matches!(*self.device.trouble.plan.borrow(), Plan::Storm { .. });
        match if stormy { self.chance.below(10) } else { 9 } {
            0 => self.device.trouble.strike(Point::T4),
            1 | 2 => {
                self.device.trouble.strike(Point::T5);
                let late = self.now() + self.chance.below(8000) as i64;
                self.words.push((late, ask));
            }
            _ => self.hear(&ask),
        }
    }

    pub fn hear(&mut self, ask: &Ask) {
        let now = self.device.now();
        for leader in &mut self.leaders {
            leader.engine.hear(ask);
            leader.next = now;
        }
    }

    /// So many seconds pass.
    pub fn pass(&mut self, seconds: u64) -> Result<(), String> {
        let end = self.now() + i64::try_from(seconds).unwrap() * 1000;
        loop {
            let now = self.now();
            while let Some(at) = self.words.iter().position(|(due, _)| *due <= now) {
                let (_, ask) = self.words.remove(at);
                self.hear(&ask);
            }
            if self.leaders.is_empty() && self.reopens <= now {
                self.start();
            }
            let clock = self.device.now();
            if let Some(at) = self.leaders.iter().position(|leader| leader.next <= clock) {
                self.turn(at)?;
                continue;
            }
            if now >= end {
                return Ok(());
            }
            self.device.time.set(self.next_moment(end).max(now + 1));
            self.listen();
        }
    }

    /// Sockets are heard as time passes, whether or not a leader runs.
    fn listen(&mut self) {
        for mut leader in std::mem::take(&mut self.leaders) {
            self.hear_socket(&mut leader);
            if leader.dead { self.bury(leader) } else { self.leaders.push(leader) }
        }
    }

    fn next_moment(&self, end: i64) -> i64 {
        let skew = self.device.skew.get();
        let mut next = end;
        for leader in &self.leaders {
            next = next.min(leader.next.millis() - skew);
            if leader.socket.is_some() {
                next = next.min(self.now() + 5000);
            }
        }
        if let Some(due) = self.device.sandbox.borrow().next_due() {
            next = next.min(due);
        }
        if self.leaders.is_empty() {
            next = next.min(self.reopens);
        }
        self.words.iter().map(|(due, _)| *due).fold(next, i64::min)
    }

    /// Whether nothing is to be done at once.
    pub fn is_idle(&self) -> bool {
        let now = self.device.now();
        !self.leaders.is_empty() && self.leaders.iter().all(|leader| leader.next > now)
    }

    /// A request of another client, or of the person's browser at the authority.
    pub fn elsewhere(&self, host: Host, request: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
        self.device.touched();
        self.device.sandbox.borrow_mut().handle(host, request, self.now()).response
    }

    /// A mail comes in from outside.
    pub fn arrives(&self, subject: &str) {
        let mail = format!(
            "From: Bob <bob@else.example>\r\nTo: {ADA}\r\nSubject: {subject}\r\nMessage-ID: <{}@else.example>\r\n\r\nHello\r\n",
            subject.replace(' ', ".")
        );
        self.device.touched();
        self.device.sandbox.borrow_mut().deliver(ADA, mail.as_bytes(), self.now()).unwrap();
    }
}

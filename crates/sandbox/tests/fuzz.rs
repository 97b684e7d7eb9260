//! Whatever comes in, the sandbox answers it: no panic, no hang, no server's fault for a client's mistake.
//! Requests are made from a seed: real ones bent in one place or several, so that they get deep before they go wrong.
//!
//! `PETREL_FUZZ_SECONDS` says how long (a short fixed run without it), `PETREL_FUZZ_SEED` where to begin.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test that cannot go on should stop, and a run as long as somebody said needs a clock"
)]

#[path = "fuzz/chance.rs"]
mod chance;
#[path = "fuzz/requests.rs"]
mod requests;

use chance::Chance;
use http::Request;
use requests::Known;
use sandbox::{Fate, Host, Sandbox, Settings, SmtpDialogue, SocketId};
use serde_json::Value;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const START_MS: i64 = 1_795_425_120_000;
/// Steps of one world, before a fresh one begins.
const STEPS: u64 = 400;
/// Worlds of the short run.
const SHORT: u64 = 6;
/// No answer takes longer, even in a debug build on a busy machine.
const HANG: Duration = Duration::from_secs(120);

struct World {
    sandbox: Sandbox,
    now_ms: i64,
    known: Known,
    dialogue: SmtpDialogue,
    sockets: Vec<SocketId>,
    /// Answers by the hundred of their status: a run that only ever meets refusals tests little.
    statuses: BTreeMap<u16, u64>,
    /// Every byte of every answer so far.
    said: DefaultHasher,
}

impl World {
    fn new(seed: u64) -> Self {
        let settings = Settings { seed, messages: 25, ..Settings::for_tests() };
        let mut world = Self {
            sandbox: Sandbox::new(settings, START_MS),
            now_ms: START_MS,
            known: Known::default(),
            dialogue: SmtpDialogue::new(),
            sockets: Vec::new(),
            statuses: BTreeMap::new(),
            said: DefaultHasher::new(),
        };
        for user in ["ada@petrel.test", "grace@petrel.test"] {
            let body = format!(r#"{{"user": "{user}"}}"#).into_bytes();
            let (_, answer) = world.ask(Host::Graph, Request::post("/_sandbox/token").body(body).unwrap());
            world.known.tokens.push(answer["access_token"].as_str().unwrap().to_owned());
        }
        for path in ["/v1.0/me/messages?$top=25", "/v1.0/me/mailFolders?includeHiddenFolders=true&$top=100"] {
            let request = Request::get(path).header("authorization", format!("Bearer {}", world.known.tokens[0]));
            let (_, answer) = world.ask(Host::Graph, request.body(Vec::new()).unwrap());
            world.known.learn(&answer);
        }
        world
    }

    fn ask(&mut self, host: Host, request: Request<Vec<u8>>) -> (u16, Value) {
        let reply = self.sandbox.handle(host, request, self.now_ms);
        assert_eq!(reply.fate, Fate::Answer, "nobody asked for faults");
        let status = reply.response.status().as_u16();
        status.hash(&mut self.said);
        for (name, value) in reply.response.headers() {
            (name.as_str(), value.as_bytes()).hash(&mut self.said);
        }
        reply.response.body().hash(&mut self.said);
        (status, serde_json::from_slice(reply.response.body()).unwrap_or_default())
    }

    fn step(&mut self, chance: &mut Chance) {
        self.now_ms += i64::from(chance.below(2_000));
        match chance.below(20) {
            0 => self.talk_smtp(chance),
            1 => self.talk_hub(chance),
            2 => {
                let mime = chance.bent(requests::MIME.as_bytes());
                drop(self.sandbox.deliver("ada@petrel.test", &mime, self.now_ms));
            }
            3 => {
                for push in self.sandbox.poll(self.now_ms) {
                    format!("{push:?}").hash(&mut self.said);
                }
            }
            _ => self.request(chance),
        }
    }

    fn request(&mut self, chance: &mut Chance) {
        let (host, request) = self.known.request(chance);
        let line = format!("{} {host:?} {}", request.method(), request.uri());
        let (status, answer) = self.ask(host, request);
        assert!((200..500).contains(&status) || status == 501 || status == 507, "{status} for {line}: {answer}");
        if host == Host::Graph && status >= 400 {
            let code = answer["error"]["code"].as_str().or_else(|| answer["error"].as_str());
            assert!(code.is_some_and(|code| !code.is_empty()), "{status} without a code for {line}: {answer}");
        }
        self.known.learn(&answer);
        *self.statuses.entry(status / 100 * 100).or_default() += 1;
    }

    fn talk_smtp(&mut self, chance: &mut Chance) {
        let bytes = chance.bent(requests::SMTP.as_bytes());
        for part in bytes.chunks(1 + chance.below(400) as usize) {
            let step = self.dialogue.receive(part, &|address| address == "ada@petrel.test");
            for mail in &step.arrived {
                for to in &mail.recipients {
                    drop(self.sandbox.deliver(to, &mail.mime, self.now_ms));
                }
            }
            if step.hang_up {
                self.dialogue = SmtpDialogue::new();
                return;
            }
        }
    }

    fn talk_hub(&mut self, chance: &mut Chance) {
        match (chance.below(3), self.sockets.first().copied()) {
            (0, _) | (_, None) => {
                let bent = chance.bent(b"/client/?hub=x&id=abc&access_token=def");
                let path = String::from_utf8_lossy(&bent).into_owned();
                let address = self.known.socket.clone().unwrap_or(path);
                if let Ok(socket) = self.sandbox.hub_open(&address, self.now_ms) {
                    self.sockets.insert(0, socket);
                }
            }
            (1, Some(socket)) => {
                let text = chance.pick(&requests::HUB).to_owned();
                let text = String::from_utf8_lossy(&chance.bent(text.as_bytes())).into_owned();
                drop(self.sandbox.hub_receive(socket, &text, self.now_ms));
            }
            (_, Some(socket)) => {
                self.sandbox.hub_closed(socket);
                self.sockets.remove(0);
            }
        }
    }
}

/// Ends the program when the same step lasts too long: a hang is found by nobody else.
fn watch(step: &Arc<AtomicU64>) {
    let step = Arc::clone(step);
    std::thread::spawn(move || {
        loop {
            let before = step.load(Ordering::Relaxed);
            std::thread::sleep(HANG);
            if step.load(Ordering::Relaxed) == before {
                eprintln!("step {before} hangs");
                std::process::abort();
            }
        }
    });
}

#[test]
fn nothing_that_comes_in_breaks_it() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("PETREL_FUZZ_SEED").unwrap_or(1);
    let until = number("PETREL_FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let done = Arc::new(AtomicU64::new(0));
    watch(&done);
    let mut statuses = BTreeMap::<u16, u64>::new();
    for seed in first.. {
        let over = until.map_or(seed >= first + SHORT, |until| Instant::now() >= until);
        if over {
            break;
        }
        let mut chance = Chance::new(seed);
        let mut world = World::new(seed);
        for step in 0..STEPS {
            let outcome = catch_unwind(AssertUnwindSafe(|| world.step(&mut chance)));
            assert!(outcome.is_ok(), "seed {seed}, step {step}: see above (PETREL_FUZZ_SEED={seed})");
            done.fetch_add(1, Ordering::Relaxed);
        }
        for (status, count) in world.statuses {
            *statuses.entry(status).or_default() += count;
        }
    }
    println!("{} steps, from seed {first} on; answers by status: {statuses:?}", done.load(Ordering::Relaxed));
    assert!(statuses.get(&200).is_some_and(|count| *count > 100), "hardly anything was right enough to be done");
}

/// Every byte that one world of bent requests was answered with.
fn all_that_was_said(seed: u64) -> u64 {
    let mut chance = Chance::new(seed);
    let mut world = World::new(seed);
    for _ in 0..STEPS {
        world.step(&mut chance);
    }
    world.said.finish()
}

#[test]
fn the_same_seed_and_calls_are_answered_byte_for_byte_alike() {
    for seed in 50..53 {
        assert_eq!(all_that_was_said(seed), all_that_was_said(seed), "seed {seed}");
    }
    assert_ne!(all_that_was_said(50), all_that_was_said(51));
}

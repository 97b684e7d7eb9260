//! One device: its clock, its dice, its network and its disk, shared by whatever runs on it.
//! A process that dies takes nothing of this along; the disk stays as of its last commit.

use crate::disk::Disk;
use crate::ledger::Ledger;
use crate::network::Network;
use crate::trouble::Trouble;
use crate::truth::{Mailbox, Read};
use mail_core::engine::Ports;
use mail_core::ports::{Clock, Random};
use mail_core::store::MemoryStore;
use mail_core::time::Timestamp;
use sandbox::Sandbox;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// Everything that outlives a process.
pub struct Device {
    /// The server's time, in milliseconds since 1970.
    pub time: Cell<i64>,
    /// What the device's clock is ahead of it.
    pub skew: Cell<i64>,
    pub up: Cell<bool>,
    pub sandbox: RefCell<Sandbox>,
    /// What is stored.
    pub memory: RefCell<Rc<MemoryStore>>,
    /// Counts databases: a handle of an earlier one is lost.
    pub database: Cell<u32>,
    /// The browser stores nothing.
    pub refuses: Cell<bool>,
    pub trouble: Trouble,
    pub ledger: RefCell<Ledger>,
    /// Counts whatever may have changed the server.
    pub version: Cell<u64>,
    pub requests: Cell<u32>,
    /// The latest answer of each address of changes.
    pub earlier: RefCell<BTreeMap<String, http::Response<Vec<u8>>>>,
    /// How long an accepted mail waits before it leaves, in milliseconds.
    pub delay: Cell<i64>,
    /// When the accepted mails leave.
    pub departures: RefCell<Vec<i64>>,
    /// The server's mailbox at the moment each link of a complete round was given.
    pub snapshots: RefCell<BTreeMap<String, Rc<Mailbox>>>,
    /// The server's mailbox as last read.
    pub read: RefCell<Read>,
    /// The number of the latest request that asked for changes.
    pub asked_changes: Cell<u64>,
    /// What happened, where somebody wants to read it.
    pub log: RefCell<Option<Vec<String>>>,
}

impl Device {
    pub fn new(sandbox: Sandbox, time: i64) -> Rc<Self> {
        Rc::new(Self {
            time: Cell::new(time),
            skew: Cell::new(0),
            up: Cell::new(true),
            sandbox: RefCell::new(sandbox),
            memory: RefCell::new(Rc::new(MemoryStore::new())),
            database: Cell::new(0),
            refuses: Cell::new(false),
            trouble: Trouble::new(),
            ledger: RefCell::default(),
            version: Cell::new(0),
            requests: Cell::new(0),
            earlier: RefCell::default(),
            delay: Cell::new(300),
            departures: RefCell::default(),
            snapshots: RefCell::default(),
            read: RefCell::default(),
            asked_changes: Cell::new(u64::MAX),
            log: RefCell::new(None),
        })
    }

    /// Everything this origin stored is gone.
    pub fn wipe(&self) {
        *self.memory.borrow_mut() = Rc::new(MemoryStore::new());
        self.database.set(self.database.get() + 1);
        self.ledger.borrow_mut().forgotten();
    }

    pub fn note(&self, text: impl FnOnce() -> String) {
        if let Some(log) = &mut *self.log.borrow_mut() {
            log.push(format!("{:>9} {}", self.time.get() % 1_000_000_000, text()));
        }
    }

    pub fn wait(&self, millis: i64) {
        self.time.set(self.time.get() + millis);
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.time.get() + self.skew.get())
    }

    pub fn touched(&self) {
        self.version.set(self.version.get() + 1);
    }
}

/// The device's clock.
pub struct Watch(pub Rc<Device>);

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn sleep(&self, wait: Duration) {
        self.0.wait(i64::try_from(wait.as_millis()).unwrap());
    }
}

/// Chance of one process.
pub struct Dice(Cell<u64>);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed | 1))
    }
}

impl Random for Dice {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let mut bits = self.0.get();
            bits ^= bits << 13;
            bits ^= bits >> 7;
            bits ^= bits << 17;
            self.0.set(bits);
            *byte = (bits >> 32) as u8;
        }
    }
}

/// The doors of one process.
pub struct Doors {
    network: Network,
    disk: Disk,
    watch: Watch,
    dice: Dice,
}

impl Doors {
    pub fn new(device: &Rc<Device>, dice: u64) -> Self {
        Self {
            network: Network(device.clone()),
            disk: Disk::open(device),
            watch: Watch(device.clone()),
            dice: Dice::new(dice),
        }
    }
}

impl Ports for Doors {
    type Http = Network;
    type Store = Disk;
    type Clock = Watch;
    type Random = Dice;
    fn http(&self) -> &Network {
        &self.network
    }
    fn store(&self) -> &Disk {
        &self.disk
    }
    fn clock(&self) -> &Watch {
        &self.watch
    }
    fn random(&self) -> &Dice {
        &self.dice
    }
}

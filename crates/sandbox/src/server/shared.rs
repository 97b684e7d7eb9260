//! What every connection shares: the sandbox behind its lock, the live sockets, the app's folder.
//! Pushes are handed to sockets right after the call that caused them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sandbox::{Frame, Origins, Push, Sandbox, SocketId};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Notify, watch};

use crate::server::record::Recorder;

/// Milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the server is where the sandbox's time comes from")]
pub(crate) fn now_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or_default()
}

/// The state behind all ports.
pub(crate) struct Shared {
    sandbox: Mutex<Sandbox>,
    sockets: Mutex<BTreeMap<SocketId, UnboundedSender<Frame>>>,
    flights: Mutex<BTreeMap<String, usize>>,
    pub(crate) origins: Origins,
    pub(crate) dist: PathBuf,
    /// Where exchanges are written down, if anywhere.
    pub(crate) recorder: Option<Recorder>,
    /// Wakes the time keeper: something may be due earlier than it knows.
    pub(crate) changed: Notify,
    /// Whether connections must not be reused just now.
    single_use: watch::Sender<bool>,
}

impl Shared {
    pub(crate) fn new(sandbox: Sandbox, origins: Origins, dist: PathBuf, recorder: Option<Recorder>) -> Self {
        Self {
            sandbox: Mutex::new(sandbox),
            sockets: Mutex::new(BTreeMap::new()),
            flights: Mutex::new(BTreeMap::new()),
            origins,
            dist,
            recorder,
            changed: Notify::new(),
            single_use: watch::Sender::new(false),
        }
    }

    /// Calls the sandbox and passes on what became due.
    pub(crate) fn with<T>(&self, call: impl FnOnce(&mut Sandbox) -> T) -> T {
        let mut sandbox = lock(&self.sandbox);
        let result = call(&mut sandbox);
        let pushes = sandbox.poll(now_ms());
        let may_drop = sandbox.may_drop();
        self.pass_on(pushes);
        drop(sandbox);
        self.single_use.send_if_modified(|now| {
            let changed = *now != may_drop;
            *now = may_drop;
            changed
        });
        self.changed.notify_one();
        result
    }

    /// Passes on what is due and says how long nothing will be, in milliseconds.
    pub(crate) fn tick(&self) -> Option<i64> {
        let mut sandbox = lock(&self.sandbox);
        let pushes = sandbox.poll(now_ms());
        let due = sandbox.next_due();
        self.pass_on(pushes);
        due.map(|due| due - now_ms())
    }

    /// Hands pushes to their sockets.
    pub(crate) fn pass_on(&self, pushes: Vec<Push>) {
        if pushes.is_empty() {
            return;
        }
        let mut sockets = lock(&self.sockets);
        for Push { socket, frame } in pushes {
            let ends = frame == Frame::Close;
            if let Some(sender) = sockets.get(&socket) {
                // A socket whose task ended is being forgotten already.
                let _ = sender.send(frame);
            }
            if ends {
                sockets.remove(&socket);
            }
        }
    }

    pub(crate) fn plug(&self, id: SocketId, sender: UnboundedSender<Frame>) {
        lock(&self.sockets).insert(id, sender);
    }

    pub(crate) fn unplug(&self, id: SocketId) {
        lock(&self.sockets).remove(&id);
        self.with(|sandbox| sandbox.hub_closed(id));
    }

    /// Tells of every change in whether connections may be reused.
    pub(crate) fn watch_single_use(&self) -> watch::Receiver<bool> {
        self.single_use.subscribe()
    }

    /// Counts a request of a client in; the answer is how many are under way now.
    pub(crate) fn take_off(&self, client: &str) -> usize {
        let mut flights = lock(&self.flights);
        let count = flights.entry(client.to_owned()).or_insert(0);
        *count += 1;
        *count
    }

    /// Counts a request out.
    pub(crate) fn land(&self, client: &str) {
        let mut flights = lock(&self.flights);
        if let Some(count) = flights.get_mut(client) {
            *count -= 1;
            if *count == 0 {
                flights.remove(client);
            }
        }
    }
}

/// A panic elsewhere must not silence the whole sandbox.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

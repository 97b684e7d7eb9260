//! What every connection shares: the sandbox behind its lock, the live sockets, the app's folder.
//! Pushes are handed to sockets right after the call that caused them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::Response;
use sandbox::{Frame, Origins, Outgoing, Push, SocketId};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, oneshot, watch};

use crate::server::journal::Journaled;
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

/// An answer that was held back: somebody waits for it, or it waits for somebody.
enum Settling {
    Wanted(oneshot::Sender<Response<Vec<u8>>>),
    There(Response<Vec<u8>>),
}

/// The state behind all ports.
pub(crate) struct Shared {
    sandbox: Mutex<Journaled>,
    sockets: Mutex<BTreeMap<SocketId, UnboundedSender<Frame>>>,
    settling: Mutex<BTreeMap<String, Settling>>,
    /// The way to whoever sends the sandbox's own requests, and its end until that one comes for it.
    sends: UnboundedSender<Outgoing>,
    errands: Mutex<Option<UnboundedReceiver<Outgoing>>>,
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
    pub(crate) fn new(sandbox: Journaled, origins: Origins, dist: PathBuf, recorder: Option<Recorder>) -> Self {
        let (sends, errands) = unbounded_channel();
        Self {
            sandbox: Mutex::new(sandbox),
            sockets: Mutex::new(BTreeMap::new()),
            settling: Mutex::new(BTreeMap::new()),
            sends,
            errands: Mutex::new(Some(errands)),
            origins,
            dist,
            recorder,
            changed: Notify::new(),
            single_use: watch::Sender::new(false),
        }
    }

    /// Calls the sandbox and passes on what became due.
    pub(crate) fn with<T>(&self, call: impl FnOnce(&mut Journaled) -> T) -> T {
        let mut sandbox = lock(&self.sandbox);
        let result = call(&mut sandbox);
        let pushes = sandbox.poll(now_ms());
        let may_drop = sandbox.may_drop();
        self.pass_on(pushes);
        self.hand_out(&mut sandbox);
        drop(sandbox);
        self.single_use.send_if_modified(|now| {
            let changed = *now != may_drop;
            *now = may_drop;
            changed
        });
        self.changed.notify_one();
        result
    }

    /// Calls the sandbox for something that makes nothing due.
    pub(crate) fn quietly<T>(&self, call: impl FnOnce(&mut Journaled) -> T) -> T {
        call(&mut lock(&self.sandbox))
    }

    /// Passes on what is due and says how long nothing will be, in milliseconds.
    pub(crate) fn tick(&self) -> Option<i64> {
        let mut sandbox = lock(&self.sandbox);
        let pushes = sandbox.poll(now_ms());
        let due = sandbox.next_due();
        self.pass_on(pushes);
        self.hand_out(&mut sandbox);
        due.map(|due| due - now_ms())
    }

    /// Hands out the sandbox's own requests, and answers that were held back.
    fn hand_out(&self, sandbox: &mut Journaled) {
        for outgoing in sandbox.take_outgoing() {
            // Nobody sends any more when the program ends.
            let _ = self.sends.send(outgoing);
        }
        for (ticket, answer) in sandbox.take_settled() {
            let mut settling = lock(&self.settling);
            match settling.remove(&ticket) {
                // Whoever waited may have gone away.
                Some(Settling::Wanted(sender)) => drop(sender.send(answer)),
                Some(Settling::There(_)) | None => {
                    settling.insert(ticket, Settling::There(answer));
                }
            }
        }
    }

    /// Waits for the answer that was held back under a ticket.
    pub(crate) async fn settled(&self, ticket: &str) -> Option<Response<Vec<u8>>> {
        let receiver = {
            let mut settling = lock(&self.settling);
            if let Some(Settling::There(answer)) = settling.remove(ticket) {
                return Some(answer);
            }
            let (sender, receiver) = oneshot::channel();
            settling.insert(ticket.to_owned(), Settling::Wanted(sender));
            receiver
        };
        receiver.await.ok()
    }

    /// The sandbox's own requests as they come; only the first who asks gets them.
    pub(crate) fn errands(&self) -> Option<UnboundedReceiver<Outgoing>> {
        lock(&self.errands).take()
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
}

/// A panic elsewhere must not silence the whole sandbox.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

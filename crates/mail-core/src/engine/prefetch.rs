//! Bodies that nobody waits for yet: fetched twenty at a time for as far back as the person chose, newest first, the inbox
//! before the rest. The rows are walked through once; after that only what changed is looked at.

use super::{Engine, Ports};
use crate::backoff::Backoff;
use crate::error::{Error, GraphError, Recovery, StoreError};
use crate::graph::MOST_IN_A_BATCH;
use crate::id::{FolderId, MessageId};
use crate::model::{Body, Folder, FolderRole, Message};
use crate::ports::Random;
use crate::protocol::Change;
use crate::store::room::Keep;
use crate::store::{Store, Write};
use crate::time::Timestamp;
use std::collections::VecDeque;
use std::time::Duration;

/// How many rows a step of the walk looks at: about what one record of rows holds.
const WINDOW: u32 = 200;
/// More changed rows than this are not remembered: the walk begins anew.
const REMEMBERED: usize = 1_000;

/// An answer about one body.
type Fetched = (MessageId, Result<Body, GraphError>);

/// Which bodies are to be fetched before anybody asks.
#[derive(Debug)]
pub(super) struct Prefetch {
    /// What the person chose, and how far back there was room.
    pub(super) keep: Keep,
    /// There is no room for more.
    pub(super) paused: bool,
    /// The folders the walk has still to go through, the next one last, and how many of its rows it has looked at.
    walks: Vec<(FolderId, u32)>,
    begun: bool,
    /// Rows that came in or changed since.
    fresh: Vec<Message>,
    /// Messages whose bodies were dropped, because they may have changed.
    dropped: Vec<MessageId>,
    /// Known to be missing, the most wanted first.
    missing: VecDeque<MessageId>,
    /// How many are asked for at once. Fewer after a batch that failed as a whole, so that one body cannot hold up all.
    size: usize,
    /// The mailbox was too busy for some of them and is left alone until then.
    rests_until: Timestamp,
    backoff: Backoff,
}

impl Prefetch {
    pub(super) fn new(keep: Keep, now: Timestamp) -> Self {
        Self {
            keep,
            paused: false,
            walks: Vec::new(),
            begun: false,
            fresh: Vec::new(),
            dropped: Vec::new(),
            missing: VecDeque::new(),
            size: MOST_IN_A_BATCH,
            rests_until: now,
            backoff: Backoff::new(Duration::from_secs(1), Duration::from_secs(60)),
        }
    }

    /// Everything is looked at again: the choice changed, or room was freed.
    pub(super) fn begin_anew(&mut self, keep: Keep) {
        self.keep = keep;
        self.begun = false;
        self.fresh.clear();
        self.dropped.clear();
        self.missing.clear();
    }

    /// Notes the rows a page brought or changed.
    pub(super) fn came_in(&mut self, writes: &[Write]) {
        if !self.begun {
            return;
        }
        for write in writes {
            if let Write::Message(row) = write {
                self.fresh.push((**row).clone());
            }
            if let Write::RemoveBody(id) = write {
                self.dropped.push(id.clone());
            }
        }
        if self.fresh.len() + self.dropped.len() > REMEMBERED {
            self.begin_anew(self.keep);
        }
    }

    /// When there is something to do again, if a rest is all that it waits for.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        (!self.paused && !self.missing.is_empty()).then_some(self.rests_until)
    }

    /// A batch failed as a whole: the next one is smaller. Answers whether it cannot be.
    pub(super) fn failed(&mut self, ids: &[MessageId]) -> bool {
        let alone = ids.len() <= 1;
        self.size = (ids.len() / 2).max(1);
        if alone {
            self.missing.retain(|id| !ids.contains(id));
        }
        alone
    }

    fn begin(&mut self, folders: &[Folder]) {
        self.begun = true;
        self.walks.clear();
        for folder in folders.iter().filter(|folder| !folder.hidden && rank(folder.role).is_some()) {
            let place = |id: &FolderId| folders.iter().find(|known| known.id == *id).and_then(|known| rank(known.role));
            let at = self.walks.partition_point(|(id, _)| place(id) >= rank(folder.role));
            self.walks.insert(at, (folder.id.clone(), 0));
        }
    }

    fn add(&mut self, id: MessageId) {
        if !self.missing.contains(&id) {
            self.missing.push_back(id);
        }
    }
}

/// The order of the folders; none for those whose mail hardly anybody reads.
fn rank(role: Option<FolderRole>) -> Option<u8> {
    match role {
        Some(FolderRole::Inbox) => Some(0),
        Some(FolderRole::Drafts) => Some(1),
        Some(FolderRole::Sent) => Some(2),
        None => Some(3),
        Some(FolderRole::Archive) => Some(4),
        Some(FolderRole::Deleted) => Some(5),
        Some(FolderRole::Junk | FolderRole::Outbox) => None,
    }
}

impl<P: Ports + 'static> Engine<P> {
    /// The next bodies to fetch. None of them means that the walk is still on its way; it never holds the engine for long.
    pub(super) async fn next_bodies(
        &mut self,
        folders: &[Folder],
        now: Timestamp,
    ) -> Result<Option<Vec<MessageId>>, StoreError> {
        if self.prefetch.paused || now < self.prefetch.rests_until {
            return Ok(None);
        }
        if !self.prefetch.begun {
            self.prefetch.begin(folders);
        }
        let since = self.prefetch.keep.since(now);
        if !self.prefetch.dropped.is_empty() {
            let dropped = std::mem::take(&mut self.prefetch.dropped);
            self.prefetch.fresh.extend(self.store().rows(&dropped).await?);
        }
        if !self.prefetch.fresh.is_empty() {
            let known =
                |row: &Message| folders.iter().any(|folder| folder.id == row.folder && rank(folder.role).is_some());
            let mut rows = std::mem::take(&mut self.prefetch.fresh);
            rows.retain(|row| row.received >= since && known(row));
            // The newest ends up in front.
            for id in self.store().bodies_missing(&rows).await?.into_iter().rev() {
                self.prefetch.missing.retain(|other| *other != id);
                self.prefetch.missing.push_front(id);
            }
        }
        if self.prefetch.missing.len() < self.prefetch.size
            && let Some((folder, skip)) = self.prefetch.walks.last().cloned()
        {
            let mut rows = self.store().messages(&folder, skip, WINDOW).await?;
            let goes_on = rows.len() == WINDOW as usize && rows.last().is_some_and(|row| row.received >= since);
            rows.retain(|row| row.received >= since);
            for id in self.store().bodies_missing(&rows).await? {
                self.prefetch.add(id);
            }
            self.prefetch.walks.pop();
            if goes_on {
                self.prefetch.walks.push((folder, skip.saturating_add(WINDOW)));
            }
            if self.prefetch.missing.len() < self.prefetch.size && !self.prefetch.walks.is_empty() {
                // Not yet a batch full.
                return Ok(Some(Vec::new()));
            }
        }
        let unloadable = &self.unloadable;
        self.prefetch.missing.retain(|id| !unloadable.contains(id));
        let ids: Vec<MessageId> = self.prefetch.missing.iter().take(self.prefetch.size).cloned().collect();
        Ok((!ids.is_empty() || !self.prefetch.walks.is_empty()).then_some(ids))
    }

    /// Takes in a batch of bodies. One that changed while it was on its way stays missing.
    pub(super) async fn take_batch(
        &mut self,
        ids: &[MessageId],
        response: &http::Response<Vec<u8>>,
        changed: &[MessageId],
    ) -> Result<(), Error> {
        let answers = self.service.bodies(ids).read(response)?;
        let named = answers.into_iter().filter_map(|(at, answer)| Some((ids.get(at)?.clone(), answer)));
        self.take_bodies(named.filter(|(id, _)| !changed.contains(id)).collect()).await
    }

    /// Notes which bodies these rows may bring, and which they take away.
    pub(super) fn note_bodies(&mut self, writes: &[Write]) {
        for write in writes {
            if let Write::RemoveBody(id) | Write::RemoveMessage(id) = write {
                self.flights.change_body(id);
            }
        }
        self.prefetch.came_in(writes);
    }

    /// Writes the bodies that came in one commit; each of the others is judged by its own refusal.
    async fn take_bodies(&mut self, fetched: Vec<Fetched>) -> Result<(), Error> {
        let now = self.now();
        let mut writes = Vec::with_capacity(fetched.len());
        let (mut done, mut busy): (Vec<MessageId>, Option<Duration>) = (Vec::new(), None);
        for (id, answer) in fetched {
            match answer {
                Ok(body) => {
                    writes.push(Write::Body(id.clone(), Box::new(body)));
                    done.push(id);
                }
                Err(error) if is_throttled(&error) => {
                    // Too many at once: the same ones again, after the longest of the waits.
                    busy = busy.max(Some(asked_wait(&error).unwrap_or(Duration::from_secs(1))));
                }
                Err(error) => {
                    if error.recovery() == Recovery::Gone {
                        self.schedule.fetch.entry(id.clone()).or_default();
                    }
                    self.unloadable.insert(id.clone());
                    done.push(id);
                }
            }
        }
        let came = writes.len();
        let told: Vec<Change> = writes
            .iter()
            .filter_map(|write| if let Write::Body(id, _) = write { Some(Change::Body(id.clone())) } else { None })
            .collect();
        self.commit_rows(writes).await?;
        self.changes.extend(told);
        self.prefetch.missing.retain(|id| !done.contains(id));
        self.prefetch.size = MOST_IN_A_BATCH;
        if busy.is_none() && came > 0 {
            self.prefetch.backoff.succeed();
        } else {
            // Answers that name none of what was asked are no reason to ask again at once either.
            let wait = self.prefetch.backoff.fail(self.ports.random().number());
            self.prefetch.rests_until = now.after(wait.max(busy.unwrap_or_default()));
        }
        Ok(())
    }
}

fn is_throttled(error: &GraphError) -> bool {
    matches!(error, GraphError::Refused { status: 429 | 503, .. })
}

/// How long the server asked to be left alone.
fn asked_wait(error: &GraphError) -> Option<Duration> {
    match error {
        GraphError::Refused { retry_after, .. } => *retry_after,
        GraphError::Malformed { .. } => None,
    }
}

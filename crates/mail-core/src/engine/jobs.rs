//! Which thing is the most urgent, and what its failure means. The order of [`Engine::next_job`] is the engine's
//! whole priority: what a person waits for, then what keeps the mailbox true, then what may be wanted later.

use super::attachments::Chore;
use super::channel::Need;
use super::flights::SLOTS;
use super::room::Need as RoomNeed;
use super::{Engine, HEARTBEAT, Ports};
use crate::error::{Error, GraphError, Recovery, StoreError};
use crate::id::{FolderId, MessageId};
use crate::model::{AttachmentKey, Folder, FolderRole};
use crate::outbox::{Step, next_due, plan};
use crate::ports::Random;
use crate::protocol::Tell;
use crate::store::{Store, Write};
use crate::sync::{Cursor, CursorKey, Odd};
use crate::time::Timestamp;
use std::rc::Rc;
use std::time::Duration;

/// The host is never asked to wait shorter than this, so that a mistake in the bookkeeping cannot spin.
const BREATH: Duration = Duration::from_millis(20);

/// One thing to do.
#[derive(Debug)]
pub(super) enum Job {
    /// Get an access token.
    Token,
    /// Fetch a body somebody waits for.
    Body(MessageId),
    /// Fetch an attachment somebody waits for.
    Attachment(AttachmentKey),
    /// Take the outbox one step further.
    Push(Step),
    /// Ask which folders play which roles.
    Roles,
    /// Ask about the folder tree, at this link.
    Folders(Option<String>),
    /// Ask whose mailbox this is.
    Me,
    /// Fetch the newest rows of a folder nothing is known of.
    Newest(Folder),
    /// Take the live channel one step further.
    Channel(Need),
    /// Ask what changed in a folder, at this link.
    Messages(Folder, Option<String>),
    /// Fetch one message's row.
    LookAt(MessageId),
    /// Fetch bodies somebody may want; none while the rows are still searched for them.
    Prefetch(Vec<MessageId>),
    /// Look after room on the device.
    Room(RoomNeed),
    /// Look after attachments on the device.
    Tend(Chore),
    /// Wait for an answer that is for nobody any more.
    Void,
}

impl Job {
    /// Whether it is one request, which others need not wait for.
    pub(super) fn is_fetched(&self) -> bool {
        match self {
            Self::Body(_)
            | Self::Attachment(_)
            | Self::Folders(_)
            | Self::Me
            | Self::Newest(_)
            | Self::Messages(..)
            | Self::LookAt(_)
            | Self::Void => true,
            Self::Prefetch(ids) => !ids.is_empty(),
            Self::Token | Self::Push(_) | Self::Roles | Self::Channel(_) | Self::Room(_) | Self::Tend(_) => false,
        }
    }

    /// The folder whose messages it asks about.
    pub(super) fn folder(&self) -> Option<&FolderId> {
        match self {
            Self::Newest(folder) | Self::Messages(folder, _) => Some(&folder.id),
            Self::Token
            | Self::Body(_)
            | Self::Attachment(_)
            | Self::Push(_)
            | Self::Roles
            | Self::Folders(_)
            | Self::Me
            | Self::Channel(_)
            | Self::LookAt(_)
            | Self::Prefetch(_)
            | Self::Room(_)
            | Self::Tend(_)
            | Self::Void => None,
        }
    }
}

impl<P: Ports + 'static> Engine<P> {
    /// The most urgent thing to do at `now`; `None`: nothing is due, or what was asked for is there and comes first.
    pub(super) async fn next_job(&mut self, now: Timestamp) -> Result<Option<Job>, StoreError> {
        if let Some(need) = self.room.filter(|_| !self.deposed && self.account.is_some()) {
            return Ok(Some(Job::Room(need)));
        }
        if let Some(chore) = self.attachments.chore(now).filter(|_| !self.deposed && self.account.is_some()) {
            return Ok(Some(Job::Tend(chore)));
        }
        if self.account.is_none() || self.sign_in_needed || self.deposed || now < self.lane.closed_until {
            return Ok(None);
        }
        if self.access.is_none() || self.renew_at <= now {
            return Ok(Some(Job::Token));
        }
        let wanted = self.wanted.iter().find(|id| !self.flights.fetch(id));
        if let Some(id) = wanted.filter(|_| self.flights.count() + 1 < SLOTS) {
            return Ok(Some(Job::Body(id.clone())));
        }
        if let Some(job) = self.next_attachment().filter(|_| self.flights.count() + 1 < SLOTS) {
            return Ok(Some(job));
        }
        if let Some(step) = plan(&self.store().ops().await?, now) {
            return Ok(Some(Job::Push(step)));
        }
        if self.flights.have_landed() || now < self.lane.quiet_until || !self.has_quiet_room() {
            return Ok(None);
        }
        let tree_is_due = self.schedule.folders_are_due(now) && !self.flights.ask_about_the_tree();
        if tree_is_due && !self.roles_asked {
            return Ok(Some(Job::Roles));
        }
        let folders = self.folders().await?;
        self.schedule.keep(&folders);
        if folders.is_empty() && tree_is_due {
            return Ok(Some(self.tree().await?));
        }
        let flights = Rc::clone(&self.flights);
        let is_asked = |id: &FolderId| flights.ask_about(id);
        let next = self.schedule.next_folder(&folders, now, &is_asked);
        let link = match next {
            Some(folder) => {
                let cursor = self.store().cursor(&CursorKey::Messages(folder.id.clone())).await?;
                if self.is_unlisted(folder, cursor.as_ref()) {
                    return Ok(Some(Job::Newest(folder.clone())));
                }
                cursor.and_then(|cursor| cursor.link)
            }
            None => None,
        };
        if flights.ask_for_the_newest() {
            // The first thing a person sees: nothing is to come between.
            return Ok(None);
        }
        // A page leaves first: it is on its way while the channel is made.
        let need = self.channel.need(now).filter(|_| next.is_none() || flights.count() > 0);
        if let Some(need) = need {
            return Ok(Some(Job::Channel(need)));
        }
        if tree_is_due {
            return Ok(Some(self.tree().await?));
        }
        if !self.me_asked && self.me_after <= now && !flights.ask_who() {
            return Ok(Some(Job::Me));
        }
        if let Some(folder) = next {
            return Ok(Some(Job::Messages(folder.clone(), link)));
        }
        self.quiet_job(&folders, now).await
    }

    async fn tree(&self) -> Result<Job, StoreError> {
        Ok(Job::Folders(self.tree_cursor().await?.link))
    }

    /// Whether somebody waits to see a folder of which nothing was ever listed. Other folders are listed as they are taken in.
    fn is_unlisted(&self, folder: &Folder, cursor: Option<&Cursor>) -> bool {
        let is_waited_for = folder.role == Some(FolderRole::Inbox) || self.schedule.is_urgent(&folder.id);
        let is_known = folder.total == 0 || self.listed.contains(&folder.id) || cursor.is_some_and(Cursor::has_begun);
        is_waited_for && !is_known
    }

    /// What nobody waits for.
    async fn quiet_job(&mut self, folders: &[Folder], now: Timestamp) -> Result<Option<Job>, StoreError> {
        if self.flights.count() > 0 {
            return Ok(None);
        }
        if let Some(id) = self.schedule.fetch.keys().next() {
            return Ok(Some(Job::LookAt(id.clone())));
        }
        if self.verify_after <= now {
            // One that cannot be looked at does not keep the others waiting.
            let detached = self.store().detached().await?;
            if let Some(id) = detached.into_iter().find(|id| !self.unloadable.contains(id)) {
                return Ok(Some(Job::LookAt(id)));
            }
        }
        Ok(self.next_bodies(folders, now).await?.map(Job::Prefetch))
    }

    /// Does what has to be done in one go.
    pub(super) async fn perform(&mut self, job: &Job) -> Result<(), Error> {
        match job {
            Job::Token => self.renew_token().await,
            Job::Room(need) => self.make_room(*need).await,
            Job::Push(step) => self.push(step).await,
            Job::Roles => self.pull_roles().await,
            Job::Channel(need) => self.tend_channel(need).await,
            Job::Tend(chore) => self.tend_attachments(*chore).await,
            Job::Body(_)
            | Job::Attachment(_)
            | Job::Folders(_)
            | Job::Me
            | Job::Newest(_)
            | Job::Messages(..)
            | Job::LookAt(_)
            | Job::Prefetch(_)
            | Job::Void => Ok(()),
        }
    }

    /// Draws the consequences of what the thing came to that departed as `left`.
    pub(super) async fn settle(&mut self, job: Job, result: Result<(), Error>, left: u64) {
        let answered = self.lane.answered.take();
        let Err(error) = result else {
            if answered && left >= self.lane.struck {
                self.reached();
                self.lane.quiet.succeed();
            }
            return;
        };
        let (now, chance) = (self.now(), self.ports.random().number());
        self.asked_in_vain(&job, now);
        if matches!(error, Error::Graph(GraphError::Malformed { .. })) {
            self.note_odd(Odd { unreadable: 1, ..Odd::default() });
        }
        if let Job::Channel(need) = &job {
            // The channel's troubles are its own: mail is asked for all the same.
            if self.channel.failed(need, &error, now, chance) {
                return;
            }
        }
        // First of all, because no body makes way for an attachment.
        if let Job::Attachment(key) = &job
            && self.attachment_failed(key, &error)
        {
            return;
        }
        if error == Error::Store(StoreError::Full) && self.can_make_room(&job) {
            return;
        }
        if matches!(error, Error::Store(StoreError::Full | StoreError::Failed(_))) {
            // What cannot be kept must not stand before what still can.
            match &job {
                Job::Body(id) => self.give_up_body(id.clone(), &error.recovery()),
                Job::Prefetch(ids) => self.unloadable.extend(ids.iter().cloned()),
                Job::Token
                | Job::Push(_)
                | Job::Roles
                | Job::Folders(_)
                | Job::Me
                | Job::Newest(_)
                | Job::Channel(_)
                | Job::Messages(..)
                | Job::LookAt(_)
                | Job::Attachment(_)
                | Job::Room(_)
                | Job::Tend(_)
                | Job::Void => {}
            }
        }
        if self.lane_took(&error, left) {
            return;
        }
        let recovery = error.recovery();
        match job {
            Job::Body(id) => self.give_up_body(id, &recovery),
            Job::Prefetch(ids) => {
                self.quiet_down(now, chance);
                if self.prefetch.failed(&ids) {
                    self.unloadable.extend(ids);
                }
            }
            Job::LookAt(id) => {
                self.quiet_down(now, chance);
                self.schedule.fetch.remove(&id);
                self.unloadable.insert(id);
                self.verify_after = now.after(HEARTBEAT);
            }
            Job::Folders(_) => self.sync_failed(None, &recovery, now, chance).await,
            Job::Messages(folder, _) | Job::Newest(folder) => {
                self.sync_failed(Some(&folder.id), &recovery, now, chance).await
            }
            Job::Roles => {
                self.quiet_down(now, chance);
                self.schedule.trouble(None, now, chance);
            }
            Job::Me => self.me_after = now.after(HEARTBEAT * 20),
            // The operation is as it was stored: what failed around it is tried again, but not at once.
            Job::Push(_) => self.lane.closed_until = now.after(self.lane.backoff.fail(chance)),
            Job::Token | Job::Attachment(_) | Job::Channel(_) | Job::Room(_) | Job::Tend(_) | Job::Void => {}
        }
    }

    /// After a failure, what nobody waits for rests: a server in trouble is not asked about the next thing at once.
    fn quiet_down(&mut self, now: Timestamp, chance: u32) {
        self.lane.quiet_until = now.after(self.lane.quiet.fail(chance));
    }

    fn give_up_body(&mut self, id: MessageId, recovery: &Recovery) {
        self.wanted.retain(|wanted| *wanted != id);
        self.again.retain(|again| *again != id);
        if *recovery == Recovery::Gone {
            self.schedule.fetch.entry(id.clone()).or_default();
        }
        self.tells.push(Tell::BodyFailed(id, reason(recovery)));
    }

    async fn sync_failed(&mut self, folder: Option<&FolderId>, recovery: &Recovery, now: Timestamp, chance: u32) {
        self.quiet_down(now, chance);
        let key = folder.map_or(CursorKey::Folders, |id| CursorKey::Messages(id.clone()));
        self.schedule.trouble(folder, now, chance);
        match (recovery, folder) {
            (Recovery::Resync, _) => {
                if let Err(Error::Store(error)) = self.commit_rows(vec![Write::Cursor(key, Cursor::start(true))]).await
                {
                    self.store_failed(&error);
                }
            }
            (Recovery::Gone, Some(folder)) => self.schedule.gone(folder, now),
            (Recovery::Blocked(_), Some(folder)) => self.schedule.refused(folder, now),
            (_, _) => {}
        }
    }

    /// When to run again at the latest if nobody says anything.
    pub(super) async fn next_wake(&self, now: Timestamp) -> Timestamp {
        let beat = now.after(HEARTBEAT);
        if self.account.is_none() || self.sign_in_needed || self.deposed {
            return beat;
        }
        if self.lane.closed_until > now {
            return self.lane.closed_until.min(beat);
        }
        let ops = self.store().ops().await.ok().and_then(|ops| next_due(&ops));
        let flights = &self.flights;
        let due = match self.has_quiet_room() {
            true => self.schedule.next_due(&|id| flights.ask_about(id)).min(self.channel.next_due()),
            // What is due waits for an answer, which wakes the host.
            false => beat,
        };
        let rested = self.prefetch.next_due().filter(|_| flights.count() == 0);
        let due = rested.map_or(due, |rested| rested.min(due));
        let due = due.max(self.lane.quiet_until).min(self.renew_at);
        ops.map_or(due, |ops| ops.min(due)).clamp(now.after(BREATH), beat)
    }
}

/// The refusal in terms a sentence can be made of.
pub(super) fn reason(recovery: &Recovery) -> crate::error::Reason {
    match recovery {
        Recovery::Blocked(reason) => reason.clone(),
        Recovery::Gone => crate::error::Reason::Gone,
        Recovery::Retry { .. }
        | Recovery::Offline
        | Recovery::Renew
        | Recovery::SignIn
        | Recovery::Resync
        | Recovery::FreeSpace
        | Recovery::Reload
        | Recovery::Bug => crate::error::Reason::Refused { status: 0, code: String::new(), request_id: None },
    }
}

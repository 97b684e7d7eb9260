//! Attachments: fetched one at a time when somebody wants one, and kept under a budget, of which the least recently used goes
//! first. What is too large to be kept is handed over through the store all the same, and dropped soon after.

use super::jobs::{Job, reason};
use super::{Engine, Ports};
use crate::error::{Error, NetError, Recovery, StoreError};
use crate::model::AttachmentKey;
use crate::protocol::{AttachmentTrouble, Change, Tell};
use crate::store::room::KeptAttachment;
use crate::store::{Commit, Store, Write};
use crate::time::Timestamp;
use std::collections::VecDeque;
use std::time::Duration;

/// So many bytes of attachments are kept, and at most a tenth of what the browser grants.
const BUDGET: u64 = 200_000_000;
/// A larger one is not kept.
const LARGEST: u64 = 25_000_000;
/// So many are kept: each costs an entry in the index, which is written whole.
const MOST: usize = 1_000;
/// How long one that is not kept waits for the tab that wanted it.
const HANDOVER: Duration = Duration::from_secs(60);
/// A use is noted again after so long.
const NOTED: Duration = Duration::from_secs(3_600);

/// What is known of attachments somebody wants.
#[derive(Debug)]
pub(super) struct Attachments {
    /// Wanted, and not yet looked for on the device.
    asked: Vec<AttachmentKey>,
    /// Wanted and not here, the most wanted first.
    missing: VecDeque<AttachmentKey>,
    budget: u64,
    /// When it is looked again what goes.
    sweep: Timestamp,
}

/// Something to do about attachments that needs no server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chore {
    /// Look which of those wanted are here.
    Look,
    /// Drop what is too large to stay.
    Sweep,
}

impl Attachments {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { asked: Vec::new(), missing: VecDeque::new(), budget: BUDGET, sweep: now.after(HANDOVER) }
    }

    /// Somebody wants this one, or uses it.
    pub(super) fn want(&mut self, key: &AttachmentKey) {
        if !self.asked.contains(key) {
            self.asked.push(key.clone());
        }
    }

    /// So much the browser grants.
    pub(super) fn hear_quota(&mut self, quota: u64) {
        self.budget = BUDGET.min(quota / 10);
    }

    /// What is to be done here, if anything.
    pub(super) fn chore(&self, now: Timestamp) -> Option<Chore> {
        match (self.asked.is_empty(), self.sweep <= now) {
            (false, _) => Some(Chore::Look),
            (true, true) => Some(Chore::Sweep),
            (true, false) => None,
        }
    }

    /// The one to fetch next.
    pub(super) fn next(&self) -> Option<&AttachmentKey> {
        self.missing.front()
    }

    fn is_kept(&self, bytes: u64) -> bool {
        bytes <= LARGEST.min(self.budget)
    }

    /// What goes, where so many bytes more are to be kept: what waited long enough to be handed over, and the least recently
    /// used beyond the budget.
    fn surplus(&self, kept: Vec<KeptAttachment>, more: u64, now: Timestamp) -> Vec<AttachmentKey> {
        let kept = by_use(kept);
        let stays = || kept.iter().filter(|one| self.is_kept(one.bytes));
        let mut sum = stays().fold(more, |sum, one| sum.saturating_add(one.bytes));
        let mut count = stays().count() + usize::from(more > 0);
        let mut gone = Vec::new();
        for one in kept.iter() {
            let is_kept = self.is_kept(one.bytes);
            let goes = match is_kept {
                true => sum > self.budget || count > MOST,
                false => now < one.used || now.since(one.used) >= HANDOVER,
            };
            if goes {
                gone.push(one.key.clone());
            }
            if goes && is_kept {
                sum = sum.saturating_sub(one.bytes);
                count -= 1;
            }
        }
        gone
    }
}

/// The least recently used first.
fn by_use(kept: Vec<KeptAttachment>) -> Vec<KeptAttachment> {
    let mut ordered: Vec<KeptAttachment> = Vec::with_capacity(kept.len());
    for one in kept {
        let at = ordered.partition_point(|known| known.used <= one.used);
        ordered.insert(at, one);
    }
    ordered
}

impl<P: Ports + 'static> Engine<P> {
    /// Does what needs no server.
    pub(super) async fn tend_attachments(&mut self, chore: Chore) -> Result<(), Error> {
        let now = self.now();
        match chore {
            Chore::Look => {
                let asked = std::mem::take(&mut self.attachments.asked);
                match self.look_for(&asked, now).await {
                    Ok(()) => Ok(()),
                    Err(error) => {
                        asked.into_iter().for_each(|key| self.give_up_attachment(key, AttachmentTrouble::Unstored));
                        Err(error)
                    }
                }
            }
            Chore::Sweep => {
                self.attachments.sweep = now.after(NOTED);
                let kept = self.store().attachments().await?;
                let gone = self.attachments.surplus(kept, 0, now);
                self.commit_rows(gone.into_iter().map(Write::DropAttachment).collect()).await
            }
        }
    }

    async fn look_for(&mut self, asked: &[AttachmentKey], now: Timestamp) -> Result<(), Error> {
        let kept = self.store().attachments().await?;
        let mut uses = Vec::new();
        for key in asked {
            let Some(known) = kept.iter().find(|one| one.key == *key) else {
                self.attachments.missing.retain(|missing| missing != key);
                self.attachments.missing.push_front(key.clone());
                continue;
            };
            if now < known.used || now.since(known.used) >= NOTED {
                uses.push(Write::UseAttachment(key.clone(), now));
            }
            self.changed(Change::Attachment(key.clone()));
        }
        self.commit_rows(uses).await
    }

    /// Takes in the bytes of an attachment.
    pub(super) async fn take_attachment(
        &mut self,
        key: &AttachmentKey,
        response: http::Response<Vec<u8>>,
    ) -> Result<(), Error> {
        self.service.attachment(key).read(&response)?;
        if self.store().message(&key.message).await?.is_none() {
            // It went while its attachment was on its way.
            self.give_up_attachment(key.clone(), AttachmentTrouble::Gone);
            return Ok(());
        }
        let (bytes, now) = (response.into_body(), self.now());
        let size = bytes.len() as u64;
        let is_kept = self.attachments.is_kept(size);
        let kept = self.store().attachments().await?;
        let gone = self.attachments.surplus(kept, if is_kept { size } else { 0 }, now);
        let mut writes: Vec<Write> = gone.into_iter().map(Write::DropAttachment).collect();
        writes.push(Write::Attachment(key.clone(), bytes, now));
        self.commit(Commit::relaxed(writes)).await?;
        if !is_kept {
            // Not before: an earlier look would leave it, and the next one comes late.
            self.attachments.sweep = now.after(HANDOVER);
        }
        self.attachments.missing.retain(|missing| missing != key);
        self.changed(Change::Attachment(key.clone()));
        Ok(())
    }

    /// Draws the consequences of a failure that is the attachment's own, and says whether it was one. Where it was not, it is
    /// fetched when the lane is open again.
    pub(super) fn attachment_failed(&mut self, key: &AttachmentKey, error: &Error) -> bool {
        let recovery = error.recovery();
        let (trouble, own) = match error {
            // A person who waits is told, and asks again; nothing is saved hours later.
            Error::Net(NetError::Unreachable) => (AttachmentTrouble::Offline, false),
            // Nor is the server out of reach because one file is long.
            Error::Net(NetError::TimedOut) => (AttachmentTrouble::Offline, true),
            Error::Store(StoreError::Full) => (AttachmentTrouble::NoRoom, true),
            Error::Store(_) => (AttachmentTrouble::Unstored, false),
            Error::Auth(_) => return false,
            Error::Graph(_) => match recovery {
                Recovery::Gone => {
                    self.schedule.fetch.entry(key.message.clone()).or_default();
                    (AttachmentTrouble::Gone, true)
                }
                Recovery::Retry { after: Some(_) } | Recovery::Renew | Recovery::SignIn => return false,
                Recovery::Retry { after: None } if super::lane::is_throttle(error) => return false,
                Recovery::Retry { after: None }
                | Recovery::Offline
                | Recovery::Resync
                | Recovery::Blocked(_)
                | Recovery::FreeSpace
                | Recovery::Reload
                | Recovery::Bug => (AttachmentTrouble::Refused(reason(&recovery)), true),
            },
        };
        self.give_up_attachment(key.clone(), trouble);
        own
    }

    fn give_up_attachment(&mut self, key: AttachmentKey, trouble: AttachmentTrouble) {
        self.attachments.missing.retain(|missing| *missing != key);
        self.tells.push(Tell::AttachmentFailed(key, trouble));
    }

    /// Drops the least recently used until so many bytes are free, or there are none left; how many bytes that came to.
    pub(super) async fn drop_attachments(&mut self, bytes: u64) -> Result<u64, Error> {
        let kept = by_use(self.store().attachments().await?);
        let (mut freed, mut writes): (u64, Vec<Write>) = (0, Vec::new());
        for one in kept {
            if freed >= bytes {
                break;
            }
            freed = freed.saturating_add(one.bytes);
            writes.push(Write::DropAttachment(one.key));
        }
        self.commit_rows(writes).await?;
        Ok(freed)
    }

    /// The next attachment to fetch. One at a time, so that neither a body nor an act ever waits for a long one.
    pub(super) fn next_attachment(&self) -> Option<Job> {
        let next = self.attachments.next().filter(|_| !self.flights.fetch_an_attachment());
        next.map(|key| Job::Attachment(key.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::MessageId;

    fn kept(name: &str, bytes: u64, used: u64) -> KeptAttachment {
        let key = AttachmentKey { message: MessageId::new("m"), attachment: name.to_owned() };
        KeptAttachment { key, bytes, used: Timestamp::default().after(Duration::from_secs(used)) }
    }

    fn surplus(budget: u64, kept: &[KeptAttachment], more: u64) -> Vec<String> {
        let now = Timestamp::default().after(Duration::from_secs(1_000));
        let attachments = Attachments { budget, ..Attachments::new(now) };
        attachments.surplus(kept.to_vec(), more, now).into_iter().map(|key| key.attachment).collect()
    }

    #[test]
    fn the_least_recently_used_go_until_the_new_one_fits() {
        let held = [kept("a", 40, 30), kept("b", 40, 10), kept("c", 10, 20)];
        assert_eq!(surplus(100, &held, 10), [""; 0]);
        assert_eq!(surplus(100, &held, 11), ["b"]);
        assert_eq!(surplus(100, &held, 60), ["b", "c"]);
        assert_eq!(surplus(100, &held, 100), ["b", "c", "a"]);
        assert_eq!(surplus(50, &held, 0), ["b"], "the browser grants less than before");
    }

    #[test]
    fn what_is_too_large_to_stay_goes_once_it_was_handed_over() {
        let held = [kept("fresh", LARGEST + 1, 990), kept("old", LARGEST + 1, 900), kept("small", 10, 1)];
        assert_eq!(surplus(BUDGET, &held, 10), ["old"], "and nothing makes way for it");
    }

    #[test]
    fn there_are_never_more_than_the_index_may_hold() {
        let held: Vec<_> = (0..MOST).map(|at| kept(&format!("{at:04}"), 1, at as u64)).collect();
        assert_eq!(surplus(BUDGET, &held, 1), ["0000"]);
    }

    #[test]
    fn a_small_device_keeps_less() {
        let mut attachments = Attachments::new(Timestamp::default());
        attachments.hear_quota(50_000_000);
        assert!(attachments.is_kept(5_000_000) && !attachments.is_kept(5_000_001));
        attachments.hear_quota(u64::MAX);
        assert!(attachments.is_kept(LARGEST) && !attachments.is_kept(LARGEST + 1));
    }
}

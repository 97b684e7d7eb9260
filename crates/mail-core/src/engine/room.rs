//! Room on the device: attachments and the oldest bodies make way before anything else is refused. They can be fetched again;
//! what a person writes cannot.

use super::jobs::Job;
use super::{Engine, HEARTBEAT, Ports};
use crate::error::{Error, StoreError};
use crate::protocol::Tell;
use crate::store::room::{BodyShare, Keep, UNKNOWN_WEEK, end_of_week, week};
use crate::store::{Commit, Store, Write};
use crate::time::Timestamp;

/// How much is freed when a write finds the device full: enough for what a person writes in a long while.
const WHEN_FULL: u64 = 32 * 1024 * 1024;
/// From so many hundredths of the quota on, room is freed.
const TIGHT: u64 = 90;
/// Above so many hundredths no more bodies are fetched unasked, once room ran short; so far room is freed.
const ROOMY: u64 = 80;

/// What the browser grants this origin and how much of it is taken, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Taken, by everything of this origin.
    pub usage: u64,
    /// Granted.
    pub quota: u64,
}

/// Why room is to be looked after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// So many bytes are wanted before it gets tight.
    Bytes(u64),
    /// A write found the device full.
    Full,
    /// The person chose anew what is to be kept.
    Choice,
}

impl<P: Ports + 'static> Engine<P> {
    /// Hears how much room there is. The host looks now and then, because only it can.
    pub fn hear_room(&mut self, room: Room) {
        self.attachments.hear_quota(room.quota);
        let percent = |of: u64| (room.quota / 100).saturating_mul(of);
        if room.usage > percent(TIGHT) {
            self.prefetch.paused = true;
            self.room.get_or_insert(Need::Bytes(room.usage.saturating_sub(percent(ROOMY))));
        } else if room.usage <= percent(ROOMY) {
            self.prefetch.paused = false;
        }
    }

    /// A write found the device full.
    pub(super) fn want_room(&mut self) {
        self.prefetch.paused = true;
        self.room = Some(Need::Full);
    }

    /// What this job would write found the device full. Answers whether room is made and it is tried again; where none could
    /// be made a moment ago, the person is told instead.
    pub(super) fn can_make_room(&mut self, job: &Job) -> bool {
        if matches!(job, Job::Room(_)) {
            self.full_until = self.now().after(HEARTBEAT);
            return false;
        }
        let can = self.full_until <= self.now();
        if can {
            self.want_room();
        }
        can
    }

    /// Looks after room.
    pub(super) async fn make_room(&mut self, need: Need) -> Result<(), Error> {
        // Whatever comes of it: what fails now fails again at once, and is asked for again by whoever needs it.
        self.room = None;
        match need {
            Need::Bytes(bytes) => {
                self.free(bytes).await?;
            }
            Need::Full => {
                if !self.free(WHEN_FULL).await? {
                    return Err(StoreError::Full.into());
                }
            }
            Need::Choice => {
                let keep = self.store().keep().await?;
                self.prefetch.begin_anew(keep);
                self.prefetch.paused = false;
                let shares = self.store().body_shares().await?;
                let freed = match keep.chosen(self.now()) {
                    // Whoever keeps less wants room: attachments are most of it, and come again one by one.
                    Some(before) => {
                        let files = self.drop_attachments(u64::MAX).await?;
                        self.drop_bodies(&shares, before).await?.saturating_add(files)
                    }
                    None => 0,
                };
                self.tells.push(Tell::Freed(freed));
            }
        }
        Ok(())
    }

    /// Frees so many bytes, attachments first and then from the oldest bodies on; whether there were any. What was dropped for want
    /// of room is not fetched again unasked until the person chooses anew.
    async fn free(&mut self, bytes: u64) -> Result<bool, Error> {
        let freed = self.drop_attachments(bytes).await?;
        if freed >= bytes {
            return Ok(true);
        }
        let shares = self.store().body_shares().await?;
        let Some(before) = oldest(&shares, bytes - freed) else { return Ok(freed > 0) };
        self.prefetch.begin_anew(Keep { floor: Some(before), ..self.prefetch.keep });
        self.drop_bodies(&shares, before).await?;
        Ok(true)
    }

    /// Drops the bodies of what was received before this moment, a week at a time, so that no commit is long; how many bytes
    /// they took.
    async fn drop_bodies(&mut self, shares: &[BodyShare], before: Timestamp) -> Result<u64, Error> {
        let mut weeks: Vec<i64> =
            shares.iter().map(|share| share.week).filter(|share| *share <= week(before)).collect();
        weeks.dedup();
        for week in weeks {
            let end = if week == UNKNOWN_WEEK { Timestamp::from_millis(i64::MIN) } else { end_of_week(week) };
            let writes = vec![Write::DropBodies(end.min(before)), Write::Keep(self.prefetch.keep)];
            self.commit(Commit::relaxed(writes)).await?;
        }
        let left = BodyShare::sum(&self.store().body_shares().await?);
        Ok(BodyShare::sum(shares).saturating_sub(left))
    }
}

/// The moment before which bodies take at least so many bytes, or all of them; `None`: there are none.
fn oldest(shares: &[BodyShare], bytes: u64) -> Option<Timestamp> {
    let mut sum: u64 = 0;
    let mut last = None;
    for share in shares {
        if sum >= bytes && last != Some(share.week) {
            break;
        }
        sum = sum.saturating_add(share.bytes);
        last = Some(share.week);
    }
    last.map(|week| if week == UNKNOWN_WEEK { Timestamp::from_millis(i64::MIN) } else { end_of_week(week) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_weeks_go_from_the_oldest_on_until_it_is_enough() {
        let share = |week, bytes| BodyShare { week, folder: None, count: 1, bytes };
        let shares = [share(3, 10), share(3, 10), share(5, 10), share(9, 100)];
        assert_eq!(oldest(&shares, 1), Some(end_of_week(3)));
        assert_eq!(oldest(&shares, 20), Some(end_of_week(3)));
        assert_eq!(oldest(&shares, 21), Some(end_of_week(5)));
        assert_eq!(oldest(&shares, u64::MAX), Some(end_of_week(9)));
        assert_eq!(oldest(&[], 1), None);
    }
}

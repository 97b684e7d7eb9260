//! What is kept on the device and what it takes: the person's choice, and the share of bodies by week and folder. Weeks,
//! because room is freed from the oldest on, a week at a time.

use crate::id::FolderId;
use crate::model::AttachmentKey;
use crate::time::Timestamp;
use std::time::Duration;

/// Milliseconds of a week.
pub(super) const WEEK: i64 = 7 * 86_400_000;
/// One day.
const DAY: Duration = Duration::from_secs(86_400);

/// The week of bodies whose message is not known; it counts as the oldest.
pub const UNKNOWN_WEEK: i64 = i64::MIN;

/// The number of the week a message was received in, counted from 1970.
pub fn week(received: Timestamp) -> i64 {
    received.millis().div_euclid(WEEK)
}

/// The first moment after a week.
pub fn end_of_week(week: i64) -> Timestamp {
    Timestamp::from_millis(week.saturating_add(1).saturating_mul(WEEK))
}

/// What the bodies of one week and folder take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyShare {
    /// The week, as [`week`] counts.
    pub week: i64,
    /// The folder their messages lie in; `None` where that is not known.
    pub folder: Option<FolderId>,
    /// How many.
    pub count: u32,
    /// Their bytes.
    pub bytes: u64,
}

impl BodyShare {
    /// Adds a body to shares ordered by week and folder.
    pub fn count(shares: &mut Vec<Self>, week: i64, folder: Option<&FolderId>, bytes: u64) {
        let at = shares.partition_point(|share| (share.week, share.folder.as_ref()) < (week, folder));
        match shares.get_mut(at) {
            Some(share) if share.week == week && share.folder.as_ref() == folder => {
                share.count = share.count.saturating_add(1);
                share.bytes = share.bytes.saturating_add(bytes);
            }
            Some(_) | None => shares.insert(at, Self { week, folder: folder.cloned(), count: 1, bytes }),
        }
    }

    /// The bytes of all of them.
    pub fn sum(shares: &[Self]) -> u64 {
        shares.iter().fold(0, |sum, share| sum.saturating_add(share.bytes))
    }
}

/// An attachment whose bytes are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAttachment {
    /// Which one.
    pub key: AttachmentKey,
    /// How large it is.
    pub bytes: u64,
    /// When it was last fetched or used.
    pub used: Timestamp,
}

impl KeptAttachment {
    /// The bytes of all of them.
    pub fn sum(kept: &[Self]) -> u64 {
        kept.iter().fold(0, |sum, one| sum.saturating_add(one.bytes))
    }
}

/// What the person wants kept on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Bodies of the last so many days are fetched before anybody asks; `None`: all of them.
    pub days: Option<u32>,
    /// Room ran short, and older bodies than this were dropped for it: they are fetched only when asked for.
    pub floor: Option<Timestamp>,
}

impl Default for Keep {
    fn default() -> Self {
        Self { days: Some(90), floor: None }
    }
}

impl Keep {
    /// A choice of the person's, with which all is begun anew.
    pub fn days(days: Option<u32>) -> Self {
        Self { days, floor: None }
    }

    /// The oldest moment of which bodies are wanted by the person's choice alone; `None`: of all.
    pub fn chosen(&self, now: Timestamp) -> Option<Timestamp> {
        let age = DAY.checked_mul(self.days?)?;
        Some(Timestamp::from_millis(now.millis().saturating_sub(i64::try_from(age.as_millis()).ok()?)))
    }

    /// The oldest moment of which bodies are fetched before anybody asks.
    pub fn since(&self, now: Timestamp) -> Timestamp {
        let chosen = self.chosen(now).unwrap_or(Timestamp::from_millis(i64::MIN));
        self.floor.map_or(chosen, |floor| floor.max(chosen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_the_later_of_choice_and_floor() {
        let now = Timestamp::from_millis(100 * 86_400_000);
        let day = |day: i64| Timestamp::from_millis(day * 86_400_000);
        assert_eq!(Keep::default().since(now), day(10));
        assert_eq!(Keep { floor: Some(day(70)), ..Keep::default() }.since(now), day(70));
        assert_eq!(Keep { floor: Some(day(3)), ..Keep::default() }.since(now), day(10));
        assert_eq!(Keep::days(None).since(now), Timestamp::from_millis(i64::MIN));
    }

    #[test]
    fn weeks_meet_without_a_gap_also_before_1970() {
        for at in [-1, 0, 1, WEEK - 1, WEEK, -WEEK, -WEEK - 1] {
            let received = Timestamp::from_millis(at);
            assert!(received < end_of_week(week(received)) && received >= end_of_week(week(received) - 1), "{at}");
        }
    }
}

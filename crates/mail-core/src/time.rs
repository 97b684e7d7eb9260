//! Time as a value: milliseconds since 1970, UTC. The core never asks for the time, it is told.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Takes milliseconds since 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This moment and `wait` more; stops at the end of time instead of overflowing.
    pub fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long from `earlier` until this moment; zero if it is not later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Reads what Graph writes: ISO 8601 with an offset and up to seven fractional digits.
    /// `None` when the text is not such a date.
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|moment| Self(moment.timestamp_millis()))
    }

    /// What Graph reads: `2026-11-23T09:00:00.000Z`.
    pub fn to_iso(self) -> String {
        DateTime::<Utc>::from_timestamp_millis(self.0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graph_dates_are_read_with_and_without_fractions() {
        let whole = Timestamp::parse("2018-09-09T03:15:08Z").unwrap();
        assert_eq!(whole.to_iso(), "2018-09-09T03:15:08.000Z");
        let fraction = Timestamp::parse("2026-11-23T09:41:26.7698898+00:00").unwrap();
        assert_eq!(fraction.to_iso(), "2026-11-23T09:41:26.769Z");
        assert_eq!(Timestamp::parse("yesterday"), None);
    }

    #[test]
    fn waiting_never_overflows() {
        assert_eq!(Timestamp::from_millis(i64::MAX).after(Duration::from_secs(1)).millis(), i64::MAX);
        assert_eq!(Timestamp::from_millis(1).since(Timestamp::from_millis(5)), Duration::ZERO);
    }
}

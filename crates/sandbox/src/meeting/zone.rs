//! Time zones by the names Windows and IANA give them.
//! Graph writes times of events without an offset and the zone beside them, so both ways are needed.

use calcard::common::timezone::Tz;
use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeZone};

use crate::time::{civil, parse_iso};

const HOUR_MS: i64 = 3_600_000;

/// A moment and the zone in which it was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) ms: i64,
    pub(crate) zone: String,
}

impl Moment {
    pub(crate) fn utc(ms: i64) -> Self {
        Self { ms, zone: "UTC".to_owned() }
    }

    /// The moment as the clock on the wall of its zone shows it, in milliseconds since 1970 there.
    pub(crate) fn wall_ms(&self) -> i64 {
        wall(self.ms, find(&self.zone).unwrap_or(Tz::UTC))
    }
}

/// The zone of this name.
pub(crate) fn find(name: &str) -> Option<Tz> {
    let name = name.trim();
    if name.eq_ignore_ascii_case("utc") || name.eq_ignore_ascii_case("tzone://Microsoft/Utc") {
        return Some(Tz::UTC);
    }
    name.parse().ok()
}

/// What the clock on the wall shows at a moment.
pub(crate) fn wall(ms: i64, zone: Tz) -> i64 {
    let Some(at) = DateTime::from_timestamp_millis(ms) else {
        return ms;
    };
    let offset = zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    ms + i64::from(offset.local_minus_utc()) * 1000
}

/// The moment at which the clock on the wall shows this; the earlier one where it shows it twice.
pub(crate) fn moment(wall_ms: i64, zone: Tz) -> i64 {
    let naive = |ms: i64| DateTime::from_timestamp_millis(ms).map(|at| at.naive_utc());
    let found = |local: NaiveDateTime| match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.timestamp_millis()),
        LocalResult::None => None,
    };
    // An hour that a zone leaves out in spring is read with the offset of before.
    naive(wall_ms)
        .and_then(found)
        .or_else(|| naive(wall_ms - HOUR_MS).and_then(found).map(|ms| ms + HOUR_MS))
        .unwrap_or(wall_ms)
}

/// Reads Graph's `dateTime` beside its `timeZone`; an offset in the text counts more than the zone.
pub(crate) fn read(text: &str, zone: Tz) -> Option<i64> {
    let ms = parse_iso(text)?;
    let clock = text.split_once(['T', 't', ' ']).map_or("", |(_, clock)| clock);
    if clock.ends_with(['Z', 'z']) || clock.contains(['+', '-']) { Some(ms) } else { Some(moment(ms, zone)) }
}

/// `2026-11-23T10:00:00.0000000`, as the clock on the wall shows it.
pub(crate) fn text(ms: i64, zone: Tz) -> String {
    let t = civil(wall(ms, zone));
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}",
        t.year,
        t.month,
        t.day,
        t.hour,
        t.minute,
        t.second,
        t.milli * 10_000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_of_names_are_known() {
        let pacific = find("Pacific Standard Time").unwrap();
        assert_eq!(pacific, find("America/Los_Angeles").unwrap());
        assert!(find("Nowhere Standard Time").is_none());
        let ms = read("2026-12-01T10:00:00.0000000", pacific).unwrap();
        assert_eq!(text(ms, Tz::UTC), "2026-12-01T18:00:00.0000000");
        assert_eq!(text(ms, pacific), "2026-12-01T10:00:00.0000000");
        assert_eq!(read("2026-12-01T18:00:00Z", pacific), Some(ms));
    }

    #[test]
    fn an_hour_left_out_in_spring_is_still_a_moment() {
        let berlin = find("Europe/Berlin").unwrap();
        let ms = read("2026-03-29T02:30:00", berlin).unwrap();
        assert_eq!(text(ms, berlin), "2026-03-29T03:30:00.0000000");
    }
}

//! Time zones by either name, Windows' or IANA's, and the way between a zone's clock and UTC.
//! Graph writes `dateTime` without an offset beside the zone's name, so both directions are needed.

pub(crate) mod table;

use std::str::FromStr;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};

use crate::time::{DAY_MS, iso_millis, parse_iso};
use crate::zones::table::WINDOWS_ZONES;

/// How Exchange itself names UTC in events and calendar files.
const EXCHANGE_UTC: &str = "tzone://Microsoft/Utc";

/// A zone and its name as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Zone {
    pub(crate) name: String,
    pub(crate) tz: Tz,
}

impl Zone {
    pub(crate) fn utc() -> Self {
        Self { name: "UTC".to_owned(), tz: Tz::UTC }
    }

    /// The zone with this name, case aside for Windows' names; none where nobody knows it.
    pub(crate) fn find(name: &str) -> Option<Self> {
        let name = name.trim();
        if ["UTC", EXCHANGE_UTC].iter().any(|utc| utc.eq_ignore_ascii_case(name)) {
            return Some(Self::utc());
        }
        match WINDOWS_ZONES.iter().find(|zone| zone.name.eq_ignore_ascii_case(name)) {
            Some(zone) => Some(Self { name: zone.name.to_owned(), tz: Tz::from_str(zone.iana).ok()? }),
            None => Tz::from_str(name).ok().map(|tz| Self { name: tz.name().to_owned(), tz }),
        }
    }
}

/// A moment and the zone in which it was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Milliseconds since 1970.
    pub(crate) ms: i64,
    /// The zone's name; a known one.
    pub(crate) zone: String,
}

impl Moment {
    pub(crate) fn utc(ms: i64) -> Self {
        Self { ms, zone: "UTC".to_owned() }
    }

    /// The rules of its zone.
    pub(crate) fn tz(&self) -> Tz {
        Zone::find(&self.zone).map_or(Tz::UTC, |zone| zone.tz)
    }

    /// The moment as the clock on the wall of its zone shows it, in milliseconds since 1970 there.
    pub(crate) fn wall_ms(&self) -> i64 {
        wall(self.ms, self.tz())
    }
}

/// Every name of the IANA database, sorted.
pub(crate) fn iana_names() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
    names.sort_unstable();
    names
}

/// What a zone's clock shows at a moment, in milliseconds since 1970 there.
pub(crate) fn wall(ms: i64, zone: Tz) -> i64 {
    ms + offset_ms(ms, &zone)
}

/// The moment at which a zone's clock shows this; the earlier one where it shows it twice.
pub(crate) fn moment<Z: TimeZone>(wall_ms: i64, zone: &Z) -> i64 {
    DateTime::from_timestamp_millis(wall_ms)
        .and_then(|at| zone.from_local_datetime(&at.naive_utc()).earliest())
        // A time that the clock skips is read with the offset of the day before.
        .map_or_else(|| wall_ms - offset_ms(wall_ms - DAY_MS, zone), |at| at.timestamp_millis())
}

fn offset_ms<Z: TimeZone>(ms: i64, zone: &Z) -> i64 {
    let Some(at) = DateTime::from_timestamp_millis(ms) else {
        return 0;
    };
    i64::from(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()) * 1000
}

/// Reads Graph's `dateTime` beside its `timeZone`; an offset in the text wins over the zone. None where it is no time.
pub(crate) fn to_utc(text: &str, zone: Tz) -> Option<i64> {
    let text = text.trim();
    let ms = parse_iso(text)?;
    let clock = text.split_once(['T', 't', ' ']).map_or("", |(_, clock)| clock);
    let fixed = clock.ends_with(['Z', 'z']) || clock.contains(['+', '-']);
    Some(if fixed { ms } else { moment(ms, &zone) })
}

/// What a zone's clock shows at a moment, as Graph writes it: `2026-11-23T10:00:00.0000000`.
pub(crate) fn from_utc(ms: i64, zone: Tz) -> String {
    format!("{}0000", iso_millis(wall(ms, zone)).trim_end_matches('Z'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tz(name: &str) -> Tz {
        Zone::find(name).unwrap().tz
    }

    #[test]
    fn every_windows_zone_has_its_iana_zone() {
        for zone in WINDOWS_ZONES {
            assert_eq!(Zone::find(zone.name).unwrap().name, zone.name);
        }
        assert_eq!(tz("Europe/Berlin"), tz("W. Europe Standard Time"));
        assert!(Zone::find("Middle Earth Standard Time").is_none());
    }

    #[test]
    fn names_are_known_in_any_case_and_utc_by_the_name_exchange_gives_it() {
        assert_eq!(Zone::find(" pacific standard time ").unwrap().name, "Pacific Standard Time");
        for name in ["utc", "UTC", "tzone://Microsoft/Utc"] {
            assert_eq!(Zone::find(name), Some(Zone::utc()), "{name}");
        }
    }

    #[test]
    fn summer_time_counts_both_ways() {
        let pacific = tz("Pacific Standard Time");
        let july = to_utc("2026-07-01T09:00:00.0000000", pacific).unwrap();
        let january = to_utc("2026-01-01T09:00:00", pacific).unwrap();
        assert_eq!(crate::time::iso(july), "2026-07-01T16:00:00Z");
        assert_eq!(crate::time::iso(january), "2026-01-01T17:00:00Z");
        assert_eq!(from_utc(july, pacific), "2026-07-01T09:00:00.0000000");
        assert_eq!(to_utc("2026-07-01T16:00:00Z", pacific), Some(july));
        for wrong in ["soon", "+262142-12-31T23:59:59", "2026-02-30T00:00:00", ""] {
            assert!(to_utc(wrong, pacific).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_time_that_the_clock_skips_is_still_a_moment() {
        for (name, skipped, shown) in [
            ("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T03:30:00.0000000"),
            ("Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-04T02:45:00.0000000"),
            ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-31T12:00:00.0000000"),
        ] {
            assert_eq!(from_utc(to_utc(skipped, tz(name)).unwrap(), tz(name)), shown, "{name}");
        }
    }
}

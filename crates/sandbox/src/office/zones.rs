//! Time zones by either name, Windows' or IANA's, and the way between a zone's clock and UTC.
//! Graph writes `dateTime` without an offset beside the zone's name, so both directions are needed.

use std::str::FromStr;

use chrono::{DateTime, Datelike, Duration, NaiveDateTime, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};

pub(crate) use crate::office::zone_table::WINDOWS_ZONES;
use crate::time::iso_millis;

/// The form of `dateTime` in Graph's answers: seven digits after the second.
const FORM: &str = "%Y-%m-%dT%H:%M:%S%.f";

/// The zone with this name, case aside for Windows' names; none where nobody knows it.
pub(crate) fn find(name: &str) -> Option<Tz> {
    let name = name.trim();
    let iana = WINDOWS_ZONES.iter().find(|zone| zone.name.eq_ignore_ascii_case(name)).map_or(name, |zone| zone.iana);
    Tz::from_str(iana).ok()
}

/// A known zone's name as it is written.
pub(crate) fn spelled(name: &str) -> Option<String> {
    let name = name.trim();
    match WINDOWS_ZONES.iter().find(|zone| zone.name.eq_ignore_ascii_case(name)) {
        Some(zone) => Some(zone.name.to_owned()),
        None => Tz::from_str(name).ok().map(|zone| zone.name().to_owned()),
    }
}

/// Every name of the IANA database, sorted.
pub(crate) fn iana_names() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
    names.sort_unstable();
    names
}

/// The moment, in milliseconds since 1970, at which a zone's clock shows this; none where the text is no time.
pub(crate) fn to_utc(local: &str, zone: Tz) -> Option<i64> {
    let text = local.trim();
    // An offset in the text wins over the zone beside it.
    if let Ok(fixed) = DateTime::parse_from_rfc3339(text) {
        return Some(fixed.timestamp_millis());
    }
    let naive = NaiveDateTime::parse_from_str(text, FORM).ok()?;
    // Exchange's times have four digits of a year; beyond them the calendar has an end.
    if !(1..=9999).contains(&naive.year()) {
        return None;
    }
    // A time that the clock skips in spring is read as the hour after it.
    let shown = zone
        .from_local_datetime(&naive)
        .earliest()
        .or_else(|| zone.from_local_datetime(&(naive + Duration::hours(1))).earliest())?;
    Some(shown.timestamp_millis())
}

/// What a zone's clock shows at a moment, as Graph writes it.
pub(crate) fn from_utc(ms: i64, zone: Tz) -> String {
    let moment = DateTime::from_timestamp_millis(ms).unwrap_or_default();
    let shown = moment.with_timezone(&zone).naive_local();
    format!("{}0000", iso_millis(shown.and_utc().timestamp_millis()).trim_end_matches('Z'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_windows_zone_has_its_iana_zone() {
        for zone in WINDOWS_ZONES {
            assert!(find(zone.name).is_some(), "{}", zone.name);
        }
        assert_eq!(find("Europe/Berlin"), find("W. Europe Standard Time"));
        assert!(find("Middle Earth Standard Time").is_none());
    }

    #[test]
    fn summer_time_counts_both_ways() {
        let pacific = find("Pacific Standard Time").unwrap();
        let july = to_utc("2026-07-01T09:00:00.0000000", pacific).unwrap();
        let january = to_utc("2026-01-01T09:00:00", pacific).unwrap();
        assert_eq!(crate::time::iso(july), "2026-07-01T16:00:00Z");
        assert_eq!(crate::time::iso(january), "2026-01-01T17:00:00Z");
        assert_eq!(from_utc(july, pacific), "2026-07-01T09:00:00.0000000");
        assert!(to_utc("2026-03-08T02:30:00", pacific).is_some());
        for wrong in ["soon", "+262142-12-31T23:59:59", "2026-02-30T00:00:00", ""] {
            assert!(to_utc(wrong, pacific).is_none(), "{wrong}");
        }
    }
}

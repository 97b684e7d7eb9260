//! Times as Graph, HTTP and mail spell them, from milliseconds since 1970.
//! The library takes the time from its caller, so it needs the calendar and nothing else.

/// Milliseconds in a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// A moment taken apart into calendar fields, in UTC.
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    pub(crate) milli: i64,
    weekday: usize,
}

/// The calendar fields of a moment (days-from-civil, after Howard Hinnant's description).
pub(crate) fn civil(ms: i64) -> Civil {
    let days = ms.div_euclid(DAY_MS);
    let rest = ms.rem_euclid(DAY_MS);
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    Civil {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month,
        day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
        hour: rest / 3_600_000,
        minute: rest / 60_000 % 60,
        second: rest / 1000 % 60,
        milli: rest % 1000,
        weekday: usize::try_from(days.rem_euclid(7)).unwrap_or(0),
    }
}

/// Days since 1970 of a date.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = (month + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// `2026-11-23T09:12:00Z`, as Graph writes message times.
pub(crate) fn iso(ms: i64) -> String {
    let t = civil(ms);
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", t.year, t.month, t.day, t.hour, t.minute, t.second)
}

/// `2026-11-23T09:12:00.123Z`.
pub(crate) fn iso_millis(ms: i64) -> String {
    let t = civil(ms);
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", t.year, t.month, t.day, t.hour, t.minute, t.second, t.milli)
}

/// `2026-11-23T09:12:00.1230000+00:00`, the form of notifications.
pub(crate) fn iso_ticks(ms: i64) -> String {
    format!("{}0000+00:00", iso_millis(ms).trim_end_matches('Z'))
}

/// `2026-11-23T09:12:00`, the form inside Graph's error bodies.
pub(crate) fn iso_bare(ms: i64) -> String {
    iso(ms).trim_end_matches('Z').to_owned()
}

/// `20261123T091200Z`, the form of calendar files.
pub(crate) fn ical(ms: i64) -> String {
    iso(ms).replace(['-', ':'], "")
}

/// `Mon, 23 Nov 2026 09:12:00 GMT`, the form of HTTP's `Date`.
pub(crate) fn http_date(ms: i64) -> String {
    dated(ms, "GMT")
}

/// `Mon, 23 Nov 2026 09:12:00 +0000`, the form of mail's `Date`.
pub(crate) fn mail_date(ms: i64) -> String {
    dated(ms, "+0000")
}

fn dated(ms: i64, zone: &str) -> String {
    let t = civil(ms);
    let month = usize::try_from(t.month - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or("Jan");
    let weekday = WEEKDAYS.get(t.weekday).copied().unwrap_or("Thu");
    format!("{weekday}, {:02} {month} {:04} {:02}:{:02}:{:02} {zone}", t.day, t.year, t.hour, t.minute, t.second)
}

/// Reads an ISO 8601 date or date and time, with or without fraction and offset; no offset means UTC.
pub(crate) fn parse_iso(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, time),
        None => (text, "00:00:00Z"),
    };
    let mut fields = date.splitn(3, '-');
    let year: i64 = number(fields.next()?)?;
    let month: i64 = number(fields.next()?)?;
    let day: i64 = number(fields.next()?)?;
    // Four digits of a year, as everywhere in Graph: sums of such moments are far from the end of the numbers.
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (clock, offset_ms) = split_offset(time)?;
    let mut fields = clock.splitn(3, ':');
    let hour: i64 = number(fields.next()?)?;
    let minute: i64 = number(fields.next()?)?;
    let (second, fraction) = match fields.next() {
        Some(rest) => rest.split_once('.').unwrap_or((rest, "")),
        None => ("0", ""),
    };
    let second: i64 = number(second)?;
    if hour > 24 || minute > 59 || second > 60 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let milli: i64 = format!("{fraction}000").chars().take(3).collect::<String>().parse().ok()?;
    let days = days_from_civil(year, month, day);
    if civil(days * DAY_MS).day != day {
        return None;
    }
    Some(days * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1000 + milli - offset_ms)
}

fn number(text: &str) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = time.rfind(['+', '-']) else {
        return Some((time, 0));
    };
    let (clock, zone) = (time.get(..at)?, time.get(at..)?);
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let zone = zone.get(1..)?;
    let (hours, minutes) = zone.split_once(':').unwrap_or((zone, "0"));
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    // The widest offset there is.
    if hours > 14 || minutes > 59 {
        return None;
    }
    Some((clock, sign * (hours * 3_600_000 + minutes * 60_000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_writing_and_reading() {
        for ms in [0, 951_782_400_000, 1_795_425_120_000, 4_102_444_799_000] {
            assert_eq!(parse_iso(&iso(ms)), Some(ms));
        }
        assert_eq!(iso(1_795_425_120_000), "2026-11-23T09:12:00Z");
        assert_eq!(mail_date(1_795_425_120_000), "Mon, 23 Nov 2026 09:12:00 +0000");
    }

    #[test]
    fn what_no_calendar_has_is_refused() {
        for odd in [
            "2026-02-30",
            "99999999999-01-01T00:00:00Z",
            "2026-13-01",
            "2026-01-01T00:00:00+99999999999:00",
            "2026-01-01T25:00Z",
        ] {
            assert_eq!(parse_iso(odd), None, "{odd}");
        }
    }

    #[test]
    fn offsets_and_fractions_are_understood() {
        assert_eq!(parse_iso("1970-01-01T01:00:00.5000000+01:00"), Some(500));
        assert_eq!(parse_iso("1970-01-02"), Some(DAY_MS));
        assert_eq!(parse_iso("yesterday"), None);
        assert_eq!(parse_iso("2026-13-01T00:00:00Z"), None);
    }
}

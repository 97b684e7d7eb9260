//! The values of KQL that are ranges: days and sizes, spelt in the many ways Outlook takes.
//! A value that nobody understands is an empty range, because Exchange then finds nothing and says nothing.

use crate::time::parse_iso;

const DAY_MS: i64 = 86_400_000;

/// Numbers from the first to before the second.
pub(super) type Range = (i64, i64);

const NOTHING: Range = (0, 0);

/// The moments a date means under a relation.
pub(super) fn days(text: &str, relation: &str, now_ms: i64) -> Range {
    match text.split_once("..") {
        Some((from, to)) => match (day(from, now_ms), day(to, now_ms)) {
            (Some((start, _)), Some((_, end))) => (start, end),
            (_, _) => NOTHING,
        },
        None => day(text, now_ms).map_or(NOTHING, |range| related(range, relation)),
    }
}

/// The bytes a size means under a relation.
pub(super) fn sizes(text: &str, relation: &str) -> Range {
    match text.split_once("..") {
        Some((from, to)) => match (size(from), size(to)) {
            (Some(from), Some(to)) => (from, to.saturating_add(1)),
            (_, _) => NOTHING,
        },
        None => size(text).map_or(NOTHING, |bytes| related((bytes, bytes.saturating_add(1)), relation)),
    }
}

fn related((start, end): Range, relation: &str) -> Range {
    match relation.trim_start_matches(':') {
        ">" => (end, i64::MAX),
        ">=" => (start, i64::MAX),
        "<" => (i64::MIN, start),
        "<=" => (i64::MIN, end),
        _ => (start, end),
    }
}

fn size(text: &str) -> Option<i64> {
    let lower = text.to_ascii_lowercase();
    let digits = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match lower.strip_prefix(digits)? {
        "" | "b" => 1,
        "kb" => 1 << 10,
        "mb" => 1 << 20,
        "gb" => 1 << 30,
        _ => return None,
    };
    digits.parse::<i64>().ok()?.checked_mul(unit)
}

fn day(text: &str, now_ms: i64) -> Option<Range> {
    let today = now_ms.div_euclid(DAY_MS) * DAY_MS;
    // The first of January 1970 was a Thursday; weeks begin on Sunday.
    let week = today - (today.div_euclid(DAY_MS) + 4).rem_euclid(7) * DAY_MS;
    let at = |year: i64, month: i64| parse_iso(&format!("{year:04}-{month:02}-01"));
    let (year, month) = year_and_month(now_ms)?;
    let (last_year, last_month) = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
    let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "today" => (today, today + DAY_MS),
        "yesterday" => (today - DAY_MS, today),
        "this week" => (week, week + 7 * DAY_MS),
        "last week" => (week - 7 * DAY_MS, week),
        "this month" => (at(year, month)?, at(next_year, next_month)?),
        "last month" => (at(last_year, last_month)?, at(year, month)?),
        "this year" => (at(year, 1)?, at(year + 1, 1)?),
        "last year" => (at(year - 1, 1)?, at(year, 1)?),
        other if other.contains('/') => {
            let start = parse_iso(&american(other)?)?;
            (start, start + DAY_MS)
        }
        other => {
            let start = parse_iso(other)?;
            (start, start + if other.contains('t') { 1000 } else { DAY_MS })
        }
    })
}

fn year_and_month(now_ms: i64) -> Option<(i64, i64)> {
    let text = crate::time::iso(now_ms);
    let mut fields = text.split('-');
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// `1/31/2026` as `2026-01-31`.
fn american(text: &str) -> Option<String> {
    let mut fields = text.splitn(3, '/');
    let (month, day, year) = (fields.next()?, fields.next()?, fields.next()?);
    Some(format!("{year}-{month:0>2}-{day:0>2}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 23 November 2026, a Monday.
    const NOW: i64 = 1_795_425_120_000;

    #[test]
    fn days_are_understood_in_every_spelling() {
        let today = parse_iso("2026-11-23").unwrap();
        for text in ["today", "2026-11-23", "11/23/2026"] {
            assert_eq!(days(text, ":", NOW), (today, today + DAY_MS), "{text}");
        }
        assert_eq!(days("2026-11-22", ">", NOW).0, today);
        assert_eq!(days("11/01/2026..11/22/2026", ":", NOW).1, today);
        assert_eq!(days("this week", ":", NOW).0, today - DAY_MS);
        assert_eq!(days("last month", ":", NOW).1, parse_iso("2026-11-01").unwrap());
        assert_eq!(days("soon", ":", NOW), NOTHING);
    }

    #[test]
    fn sizes_have_units_and_ranges() {
        assert_eq!(sizes("2kb", ">="), (2048, i64::MAX));
        assert_eq!(sizes("1..5", ":"), (1, 6));
        assert_eq!(sizes("big", ":"), NOTHING);
    }
}

//! How an event repeats: Graph's pattern and range, the rule of calendar files, and the starts that follow from it.
//! The rule is kept, because invitations bring it and because a kept crate can count with it.

use calcard::common::PartialDateTime;
use calcard::common::timezone::Tz;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarDay, ICalendarFrequency, ICalendarMonth,
    ICalendarProperty, ICalendarRecurrenceRule, ICalendarWeekday,
};
use serde_json::{Value, json};

use crate::graph::call::text_member;
use crate::mailbox::calendar::Event;
use crate::time::{DAY_MS, civil, iso, parse_iso};
use crate::web::member;
use crate::zones::{self, Moment};

/// Starts a series is counted through at most; eleven years of days.
const MOST_STARTS: usize = 4000;

const WEEKDAYS: [(&str, ICalendarWeekday); 7] = [
    ("sunday", ICalendarWeekday::Sunday),
    ("monday", ICalendarWeekday::Monday),
    ("tuesday", ICalendarWeekday::Tuesday),
    ("wednesday", ICalendarWeekday::Wednesday),
    ("thursday", ICalendarWeekday::Thursday),
    ("friday", ICalendarWeekday::Friday),
    ("saturday", ICalendarWeekday::Saturday),
];

const INDEXES: [(&str, i16); 5] = [("first", 1), ("second", 2), ("third", 3), ("fourth", 4), ("last", -1)];

fn weekday(word: &str) -> Option<ICalendarWeekday> {
    WEEKDAYS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, day)| *day)
}

fn weekday_name(day: ICalendarWeekday) -> &'static str {
    WEEKDAYS.iter().find(|(_, known)| *known == day).map_or("sunday", |(name, _)| name)
}

/// Reads Graph's `patternedRecurrence`; none where it says nothing that repeats.
pub(crate) fn from_graph(value: &Value, start: &Moment) -> Option<ICalendarRecurrenceRule> {
    let pattern = member(value, "pattern")?;
    let number = |from: &Value, name: &str| member(from, name).and_then(Value::as_u64);
    let day_of_month =
        || number(pattern, "dayOfMonth").filter(|day| (1..=31).contains(day)).and_then(|day| i8::try_from(day).ok());
    let days = || -> Option<Vec<ICalendarWeekday>> {
        member(pattern, "daysOfWeek")?.as_array()?.iter().map(|day| weekday(day.as_str()?)).collect()
    };
    let month = || {
        number(pattern, "month")
            .filter(|month| (1..=12).contains(month))
            .and_then(|month| u8::try_from(month).ok())
            .map(|month| ICalendarMonth::new(month, false))
    };
    let index = || {
        let word = text_member(pattern, "index").unwrap_or("first");
        INDEXES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, at)| *at)
    };
    let plain = |days: Vec<ICalendarWeekday>| -> Vec<ICalendarDay> {
        days.into_iter().map(|weekday| ICalendarDay { ordwk: None, weekday }).collect()
    };
    let mut rule = ICalendarRecurrenceRule {
        interval: Some(u16::try_from(number(pattern, "interval").unwrap_or(1).max(1)).ok()?),
        ..ICalendarRecurrenceRule::default()
    };
    match text_member(pattern, "type")?.to_ascii_lowercase().as_str() {
        "daily" => rule.freq = ICalendarFrequency::Daily,
        "weekly" => {
            rule.freq = ICalendarFrequency::Weekly;
            rule.byday = plain(days()?);
            rule.wkst = weekday(text_member(pattern, "firstDayOfWeek").unwrap_or("sunday"));
        }
        "absolutemonthly" => {
            rule.freq = ICalendarFrequency::Monthly;
            rule.bymonthday = vec![day_of_month()?];
        }
        "absoluteyearly" => {
            rule.freq = ICalendarFrequency::Yearly;
            rule.bymonth = vec![month()?];
            rule.bymonthday = vec![day_of_month()?];
        }
        "relativemonthly" => {
            rule.freq = ICalendarFrequency::Monthly;
            rule.byday = plain(days()?);
            rule.bysetpos = vec![i32::from(index()?)];
        }
        "relativeyearly" => {
            rule.freq = ICalendarFrequency::Yearly;
            rule.bymonth = vec![month()?];
            rule.byday = plain(days()?);
            rule.bysetpos = vec![i32::from(index()?)];
        }
        _ => return None,
    }
    let range = member(value, "range")?;
    match text_member(range, "type")?.to_ascii_lowercase().as_str() {
        "noend" => {}
        "numbered" => rule.count = Some(u32::try_from(number(range, "numberOfOccurrences")?.max(1)).ok()?),
        "enddate" => {
            let last = parse_iso(text_member(range, "endDate")?)?;
            // The last day counts whole, at the hour of the event.
            rule.until = Some(PartialDateTime::from_naive_timestamp(
                (last + start.wall_ms().rem_euclid(DAY_MS)).div_euclid(1000),
            ));
        }
        _ => return None,
    }
    Some(rule)
}

/// Graph's `patternedRecurrence` of a rule.
pub(crate) fn to_graph(rule: &ICalendarRecurrenceRule, start: &Moment) -> Value {
    let first = civil(start.wall_ms());
    let day = rule.bymonthday.first().map_or(first.day, |day| i64::from(*day).max(1));
    let month = rule.bymonth.first().map_or(first.month, |month| i64::from(month.month()));
    let weekdays: Vec<&str> = rule.byday.iter().map(|day| weekday_name(day.weekday)).collect();
    let place = rule.bysetpos.first().copied().or_else(|| rule.byday.first()?.ordwk.map(i32::from));
    let index = INDEXES.iter().find(|(_, at)| Some(i32::from(*at)) == place).map_or("first", |(name, _)| name);
    let relative = !weekdays.is_empty();
    let (kind, day, month) = match rule.freq {
        ICalendarFrequency::Weekly => ("weekly", 0, 0),
        ICalendarFrequency::Monthly if relative => ("relativeMonthly", 0, 0),
        ICalendarFrequency::Monthly => ("absoluteMonthly", day, 0),
        ICalendarFrequency::Yearly if relative => ("relativeYearly", 0, month),
        ICalendarFrequency::Yearly => ("absoluteYearly", day, month),
        ICalendarFrequency::Daily
        | ICalendarFrequency::Hourly
        | ICalendarFrequency::Minutely
        | ICalendarFrequency::Secondly => ("daily", 0, 0),
    };
    let weekdays = if kind == "weekly" && weekdays.is_empty() {
        let at = usize::try_from((start.wall_ms().div_euclid(DAY_MS) + 4).rem_euclid(7)).unwrap_or(0);
        WEEKDAYS.get(at).map(|(name, _)| *name).into_iter().collect()
    } else {
        weekdays
    };
    let mut pattern = json!({
        "type": kind,
        "interval": rule.interval.unwrap_or(1),
        "month": month,
        "dayOfMonth": day,
        "firstDayOfWeek": rule.wkst.map_or("sunday", weekday_name),
        "index": index,
    });
    if let Some(object) = pattern.as_object_mut().filter(|_| !weekdays.is_empty()) {
        object.insert("daysOfWeek".to_owned(), json!(weekdays));
    }
    let day_text = |ms: i64| iso(ms).split('T').next().unwrap_or_default().to_owned();
    let until = rule.until.as_ref().and_then(PartialDateTime::to_date_time).map(|at| at.date_time.and_utc());
    let range = match (until, rule.count) {
        (Some(until), _) => ("endDate", day_text(until.timestamp_millis()), 0),
        (None, Some(count)) => ("numbered", "0001-01-01".to_owned(), count),
        (None, None) => ("noEnd", "0001-01-01".to_owned(), 0),
    };
    json!({
        "pattern": pattern,
        "range": {
            "type": range.0,
            "startDate": day_text(start.wall_ms()),
            "endDate": range.1,
            "recurrenceTimeZone": start.zone,
            "numberOfOccurrences": range.2,
        },
    })
}

/// The moments at which a series starts, in order, exceptions aside; the one start of anything else.
pub(crate) fn starts(event: &Event) -> Vec<i64> {
    let Some(rule) = &event.rule else {
        return vec![event.start.ms];
    };
    let mut component = ICalendarComponent::new(ICalendarComponentType::VEvent);
    let naive = |ms: i64| PartialDateTime::from_naive_timestamp(ms.div_euclid(1000));
    component.add_property(ICalendarProperty::Dtstart, naive(event.start.wall_ms()));
    let mut rule = rule.clone();
    // A limit in UTC would be compared with the wall's clock.
    if let Some(until) = rule.until.as_ref().and_then(PartialDateTime::to_date_time) {
        let ms = until.date_time.and_utc().timestamp_millis();
        let wall = if until.offset.is_some() { zones::wall(ms, event.start.tz()) } else { ms };
        rule.until = Some(naive(wall));
    }
    component.add_property(ICalendarProperty::Rrule, rule);
    let root = ICalendarComponent { component_ids: vec![1], ..ICalendarComponent::default() };
    let calendar = ICalendar { components: vec![root, component] };
    let zone = event.start.tz();
    let mut starts: Vec<i64> = calendar
        .expand_dates(Tz::Floating, MOST_STARTS)
        .events
        .into_iter()
        .map(|one| zones::moment(one.start.naive_local().and_utc().timestamp_millis(), &zone))
        .collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::message::Address;

    fn event(recurrence: &Value, start: &str, zone: &str) -> Event {
        let ms = zones::to_utc(start, zones::Zone::find(zone).unwrap().tz).unwrap();
        let start = Moment { ms, zone: zone.to_owned() };
        let end = Moment { ms: ms + 3_600_000, zone: zone.to_owned() };
        let rule = from_graph(recurrence, &start);
        Event { rule, ..Event::new(Address::default(), start, end) }
    }

    fn texts(event: &Event) -> Vec<String> {
        starts(event).into_iter().map(iso).collect()
    }

    #[test]
    fn a_weekly_series_keeps_its_hour_over_the_change_of_clocks() {
        let recurrence = json!({
            "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["Monday"]},
            "range": {"type": "numbered", "startDate": "2026-10-19", "numberOfOccurrences": 2},
        });
        let event = event(&recurrence, "2026-10-19T09:00:00", "Europe/Berlin");
        assert_eq!(texts(&event), ["2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z"]);
        let graph = to_graph(event.rule.as_ref().unwrap(), &event.start);
        assert_eq!(graph["pattern"]["daysOfWeek"], json!(["monday"]));
        assert_eq!(graph["range"]["numberOfOccurrences"], 2);
    }

    #[test]
    fn the_last_friday_of_a_month_until_a_day() {
        let recurrence = json!({
            "pattern": {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["friday"], "index": "last"},
            "range": {"type": "endDate", "startDate": "2026-01-30", "endDate": "2026-03-27"},
        });
        let event = event(&recurrence, "2026-01-30T10:00:00", "UTC");
        assert_eq!(texts(&event), ["2026-01-30T10:00:00Z", "2026-02-27T10:00:00Z", "2026-03-27T10:00:00Z"]);
        let graph = to_graph(event.rule.as_ref().unwrap(), &event.start);
        assert_eq!((&graph["pattern"]["index"], &graph["range"]["endDate"]), (&json!("last"), &json!("2026-03-27")));
    }
}

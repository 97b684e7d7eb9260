//! Calendar files of invitations: read into what they say of a meeting, and written from an event.
//! A kept crate parses and prints; here is what the properties mean.

use calcard::common::PartialDateTime;
use calcard::icalendar::timezone::TzResolver;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarMethod, ICalendarParameter,
    ICalendarParameterName, ICalendarParticipationRole, ICalendarParticipationStatus, ICalendarProperty,
    ICalendarRecurrenceRule, ICalendarStatus, ICalendarValue, ICalendarValueType, Uri,
};
use calcard::{Entry, Parser};

use crate::mailbox::calendar::{Answer, Attendee, Event, Response};
use crate::mailbox::message::Address;
use crate::time::DAY_MS;
use crate::zones::{self, Moment, Zone};

/// What a calendar file wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Request,
    Reply,
    /// A reply that proposes another time.
    Counter,
    Cancel,
}

impl Method {
    /// The word of `METHOD` and of the media type's parameter.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Reply => "REPLY",
            Self::Counter => "COUNTER",
            Self::Cancel => "CANCEL",
        }
    }
}

/// What a calendar file says of one meeting.
#[derive(Clone, Debug)]
pub(crate) struct Invitation {
    pub(crate) method: Method,
    pub(crate) uid: String,
    pub(crate) sequence: i64,
    pub(crate) start: Moment,
    pub(crate) end: Moment,
    pub(crate) all_day: bool,
    pub(crate) subject: String,
    pub(crate) location: Option<String>,
    pub(crate) organizer: Address,
    pub(crate) attendees: Vec<Attendee>,
    pub(crate) rule: Option<ICalendarRecurrenceRule>,
    pub(crate) left_out: Vec<i64>,
    /// The original start of the one occurrence it is about.
    pub(crate) occurrence_ms: Option<i64>,
    pub(crate) wants_answer: bool,
}

/// Reads the meeting of a calendar file; none where there is none.
pub(crate) fn read(text: &str) -> Option<Invitation> {
    let Entry::ICalendar(calendar) = Parser::new(text).entry() else {
        return None;
    };
    let root = calendar.components.first()?;
    let event = calendar.components.iter().find(|one| one.component_type == ICalendarComponentType::VEvent)?;
    let zones = calendar.build_tz_resolver();
    let method = match root.property(&ICalendarProperty::Method).and_then(|entry| entry.values.first()) {
        Some(ICalendarValue::Method(ICalendarMethod::Reply)) => Method::Reply,
        Some(ICalendarValue::Method(ICalendarMethod::Counter)) => Method::Counter,
        Some(ICalendarValue::Method(ICalendarMethod::Cancel)) => Method::Cancel,
        _ => Method::Request,
    };
    let (start, has_time) = moment(event.property(&ICalendarProperty::Dtstart)?, &zones)?;
    let end = match event.property(&ICalendarProperty::Dtend).and_then(|entry| moment(entry, &zones)) {
        Some((end, _)) => end,
        None => {
            let length = match event.property(&ICalendarProperty::Duration).and_then(|entry| entry.values.first()) {
                Some(ICalendarValue::Duration(length)) => length.as_seconds().saturating_mul(1000),
                _ if has_time => 0,
                _ => DAY_MS,
            };
            Moment { ms: start.ms.saturating_add(length), zone: start.zone.clone() }
        }
    };
    let text_of = |name: ICalendarProperty| {
        let found = event.property(&name).and_then(|entry| entry.values.first()).and_then(ICalendarValue::as_text);
        found.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let rule = match event.property(&ICalendarProperty::Rrule).and_then(|entry| entry.values.first()) {
        Some(ICalendarValue::RecurrenceRule(rule)) => Some(rule.as_ref().clone()),
        _ => None,
    };
    let attendees: Vec<Attendee> = event.properties(&ICalendarProperty::Attendee).filter_map(attendee).collect();
    let wants_answer = event.properties(&ICalendarProperty::Attendee).any(|one| {
        one.parameter(&ICalendarParameterName::Rsvp)
            .is_none_or(|rsvp| rsvp.as_text().is_none_or(|text| text.eq_ignore_ascii_case("true")))
    });
    let cancelled = event.status() == Some(&ICalendarStatus::Cancelled);
    Some(Invitation {
        method: if method == Method::Request && cancelled { Method::Cancel } else { method },
        uid: event.uid().filter(|uid| !uid.trim().is_empty())?.trim().to_owned(),
        sequence: event
            .property(&ICalendarProperty::Sequence)
            .and_then(|entry| entry.values.first())
            .and_then(ICalendarValue::as_integer)
            .unwrap_or(0),
        all_day: !has_time,
        subject: text_of(ICalendarProperty::Summary).unwrap_or_default(),
        location: text_of(ICalendarProperty::Location),
        organizer: event.property(&ICalendarProperty::Organizer).and_then(person).unwrap_or_default(),
        wants_answer: wants_answer || attendees.is_empty(),
        attendees,
        rule,
        left_out: event
            .properties(&ICalendarProperty::Exdate)
            .filter_map(|entry| moment(entry, &zones))
            .map(|(at, _)| at.ms)
            .collect(),
        occurrence_ms: event
            .property(&ICalendarProperty::RecurrenceId)
            .and_then(|entry| moment(entry, &zones))
            .map(|(at, _)| at.ms),
        start,
        end,
    })
}

/// A moment and whether it names an hour; a time without a zone is read as UTC.
fn moment(entry: &ICalendarEntry, defined: &TzResolver<&str>) -> Option<(Moment, bool)> {
    let date = entry.values.first()?.as_partial_date_time()?;
    let local = date.to_date_time()?;
    let wall_ms = local.date_time.and_utc().timestamp_millis();
    if let Some(offset) = local.offset {
        return Some((Moment::utc(wall_ms - i64::from(offset.local_minus_utc()) * 1000), date.has_time()));
    }
    let at = |ms: i64, zone: String| Some((Moment { ms, zone }, date.has_time()));
    let Some(name) = entry.tz_id().filter(|_| date.has_time()) else {
        return at(wall_ms, "UTC".to_owned());
    };
    if let Some(zone) = Zone::find(name) {
        return at(zones::moment(wall_ms, &zone.tz), zone.name);
    }
    // A zone that only this file defines has no name outside it.
    match defined.resolve(name) {
        Some(own) => {
            let zone = own.name().and_then(|name| Zone::find(&name)).unwrap_or_else(Zone::utc);
            at(zones::moment(wall_ms, &own), zone.name)
        }
        None => at(wall_ms, "UTC".to_owned()),
    }
}

fn person(entry: &ICalendarEntry) -> Option<Address> {
    let address = entry.calendar_address()?.trim();
    let name = entry.parameter(&ICalendarParameterName::Cn).and_then(|name| name.as_text()).unwrap_or(address);
    Some(Address::new(name.trim_matches('"'), address))
}

fn attendee(entry: &ICalendarEntry) -> Option<Attendee> {
    let text = |name: ICalendarParameterName| {
        entry.parameter(&name).and_then(|value| value.as_text()).unwrap_or_default().to_ascii_uppercase()
    };
    let answer = match text(ICalendarParameterName::Partstat).as_str() {
        "ACCEPTED" => Answer::Accepted,
        "TENTATIVE" => Answer::Tentative,
        "DECLINED" => Answer::Declined,
        _ => Answer::None,
    };
    let kind = match (text(ICalendarParameterName::Role).as_str(), text(ICalendarParameterName::Cutype).as_str()) {
        (_, "ROOM" | "RESOURCE") | ("NON-PARTICIPANT", _) => "resource",
        ("OPT-PARTICIPANT", _) => "optional",
        _ => "required",
    };
    Some(Attendee { who: person(entry)?, kind, response: Response { answer, at_ms: None }, proposed: None })
}

/// What a calendar file is written for.
pub(crate) struct Letter<'e> {
    pub(crate) method: Method,
    pub(crate) event: &'e Event,
    /// The attendees it names.
    pub(crate) attendees: &'e [Attendee],
    pub(crate) occurrence_ms: Option<i64>,
    /// Another time that is proposed.
    pub(crate) proposed: Option<(i64, i64)>,
    pub(crate) now_ms: i64,
}

/// Writes a calendar file.
pub(crate) fn write(letter: &Letter<'_>) -> String {
    let event = letter.event;
    let mut root = ICalendarComponent::new(ICalendarComponentType::VCalendar);
    root.add_property(ICalendarProperty::Version, "2.0");
    root.add_property(ICalendarProperty::Prodid, "-//Petrel sandbox//EN");
    root.add_property(
        ICalendarProperty::Method,
        match letter.method {
            Method::Request => ICalendarMethod::Request,
            Method::Reply => ICalendarMethod::Reply,
            Method::Counter => ICalendarMethod::Counter,
            Method::Cancel => ICalendarMethod::Cancel,
        },
    );
    let mut one = ICalendarComponent::new(ICalendarComponentType::VEvent);
    one.add_uid(&event.uid);
    one.add_sequence(event.sequence);
    one.add_dtstamp(utc(letter.now_ms));
    one.add_property(ICalendarProperty::Summary, event.subject.as_str());
    let (start, end) = letter.proposed.unwrap_or((event.start.ms, event.end.ms));
    one.entries.push(time(ICalendarProperty::Dtstart, start, event));
    one.entries.push(time(ICalendarProperty::Dtend, end, event));
    if let Some(rule) = &event.rule {
        one.add_property(ICalendarProperty::Rrule, rule.clone());
    }
    if let Some(at) = letter.occurrence_ms {
        one.entries.push(time(ICalendarProperty::RecurrenceId, at, event));
    }
    let place = event.locations.first().and_then(|place| place.get("displayName")).and_then(|name| name.as_str());
    if let Some(place) = place.filter(|place| !place.is_empty()) {
        one.add_property(ICalendarProperty::Location, place);
    }
    if letter.method == Method::Cancel {
        one.add_property(ICalendarProperty::Status, ICalendarStatus::Cancelled);
    }
    one.add_property_with_params(
        ICalendarProperty::Organizer,
        [ICalendarParameter::cn(event.organizer.name.clone())],
        Uri::Location(format!("mailto:{}", event.organizer.address)),
    );
    for attendee in letter.attendees {
        one.entries.push(invited(attendee, event.response_requested && letter.method == Method::Request));
    }
    root.component_ids.push(1);
    let mut calendar = ICalendar { components: vec![root, one] };
    if event.rule.is_some() && event.start.zone != "UTC" {
        // The rules of the zone for the first two years are enough for whoever does not know its name.
        let from = event.start.ms.div_euclid(1000);
        calendar.add_timezone(&event.start.zone, from, from + 2 * 366 * DAY_MS / 1000);
    }
    calendar.to_string()
}

fn utc(ms: i64) -> PartialDateTime {
    PartialDateTime::from_utc_timestamp(ms.div_euclid(1000))
}

/// A time: a day where the event is all day, on the wall where a series must keep its hour, otherwise in UTC.
fn time(name: ICalendarProperty, ms: i64, event: &Event) -> ICalendarEntry {
    let entry = ICalendarEntry::new(name);
    if event.all_day {
        let day = PartialDateTime::from_date_timestamp(ms.div_euclid(1000));
        return entry.with_param(ICalendarParameter::value(ICalendarValueType::Date)).with_value(day);
    }
    if event.rule.is_none() || event.start.zone == "UTC" {
        return entry.with_value(utc(ms));
    }
    let wall = PartialDateTime::from_naive_timestamp(zones::wall(ms, event.start.tz()).div_euclid(1000));
    entry.with_param(ICalendarParameter::tzid(event.start.zone.clone())).with_value(wall)
}

fn invited(attendee: &Attendee, wants_answer: bool) -> ICalendarEntry {
    let status = match attendee.response.answer {
        Answer::Accepted | Answer::Organizer => ICalendarParticipationStatus::Accepted,
        Answer::Tentative => ICalendarParticipationStatus::Tentative,
        Answer::Declined => ICalendarParticipationStatus::Declined,
        Answer::None | Answer::NotResponded => ICalendarParticipationStatus::NeedsAction,
    };
    let role = match attendee.kind {
        "optional" => ICalendarParticipationRole::OptParticipant,
        "resource" => ICalendarParticipationRole::NonParticipant,
        _ => ICalendarParticipationRole::ReqParticipant,
    };
    let mut entry = ICalendarEntry::new(ICalendarProperty::Attendee)
        .with_param(ICalendarParameter::role(role))
        .with_param(ICalendarParameter::partstat(status))
        .with_param(ICalendarParameter::cn(attendee.who.name.clone()));
    if wants_answer {
        entry.add_param(ICalendarParameter::rsvp(true));
    }
    entry.with_value(Uri::Location(format!("mailto:{}", attendee.who.address)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_the_same() {
        let start = Moment { ms: 1_795_511_520_000, zone: "Europe/Berlin".to_owned() };
        let end = Moment { ms: start.ms + 1_800_000, zone: start.zone.clone() };
        let mut event = Event::new(Address::new("Grace Hopper", "grace@petrel.test"), start, end);
        event.uid = "uid-1@petrel.test".to_owned();
        event.subject = "Review; part 1, the \"big\" one".to_owned();
        event.sequence = 3;
        event.attendees.push(Attendee {
            who: Address::new("Ada Lovelace", "ada@petrel.test"),
            kind: "optional",
            response: Response { answer: Answer::Tentative, at_ms: None },
            proposed: None,
        });
        let letter = Letter {
            method: Method::Request,
            event: &event,
            attendees: &event.attendees,
            occurrence_ms: None,
            proposed: None,
            now_ms: 0,
        };
        let read = read(&write(&letter)).unwrap();
        assert_eq!((read.uid, read.subject, read.sequence), (event.uid, event.subject, 3));
        assert_eq!((read.start.ms, read.end.ms, read.all_day), (event.start.ms, event.end.ms, false));
        assert_eq!((read.organizer, read.attendees), (event.organizer, event.attendees));
    }

    #[test]
    fn a_file_of_outlook_is_understood() {
        let text = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:W. Europe Standard Time\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nORGANIZER;CN=Bob:mailto:bob@else.example\r\nATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Ada:mailto:ada@petrel.test\r\nUID:040000008200E0\r\nSUMMARY;LANGUAGE=en-US:Budget\r\nDTSTART;TZID=W. Europe Standard Time:20261201T100000\r\nDTEND;TZID=W. Europe Standard Time:20261201T110000\r\nLOCATION;LANGUAGE=en-US:Room 1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let read = read(text).unwrap();
        assert_eq!(read.start.zone, "W. Europe Standard Time");
        assert_eq!(crate::time::iso(read.start.ms), "2026-12-01T09:00:00Z");
        assert_eq!(read.location.as_deref(), Some("Room 1"));
        assert!(read.wants_answer);
    }

    #[test]
    fn what_is_no_meeting_gives_nothing() {
        for text in
            ["", "hello", "BEGIN:VCALENDAR\r\nEND:VCALENDAR", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:x\nEND:VEVENT"]
        {
            assert!(read(text).is_none(), "{text}");
        }
    }
}

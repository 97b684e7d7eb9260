//! How events look on the wire, in the time zone a request prefers.
//! An occurrence is shown from its series, under an id of its own that names the series and the hour.

use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use crate::chance::{base64_url, digest};
use crate::graph::call::{BodyKind, Call};
use crate::graph::refusal::Refusal;
use crate::graph::rows::{Kind, Paging};
use crate::mailbox::Mailbox;
use crate::mailbox::calendar::{Attendee, Event, Exception, Response};
use crate::mailbox::message::{Address, Content};
use crate::mailbox::shelf::Entry;
use crate::meeting::recurrence;
use crate::mime::body;
use crate::time::iso;
use crate::web::percent_encode;
use crate::zones::{self, Moment, Zone};

/// The time that stands for none.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// Parts the id of a series from the hour of an occurrence.
const MARK: &str = "EgAg";

pub(super) const EVENT: Kind = Kind {
    name: "microsoft.graph.event",
    properties: &[
        "id",
        "createdDateTime",
        "lastModifiedDateTime",
        "changeKey",
        "categories",
        "transactionId",
        "originalStartTimeZone",
        "originalEndTimeZone",
        "originalStart",
        "iCalUId",
        "reminderMinutesBeforeStart",
        "isReminderOn",
        "hasAttachments",
        "subject",
        "bodyPreview",
        "importance",
        "sensitivity",
        "isAllDay",
        "isCancelled",
        "isOrganizer",
        "isDraft",
        "responseRequested",
        "seriesMasterId",
        "showAs",
        "type",
        "webLink",
        "onlineMeetingUrl",
        "isOnlineMeeting",
        "onlineMeetingProvider",
        "onlineMeeting",
        "allowNewTimeProposals",
        "hideAttendees",
        "recurrence",
        "responseStatus",
        "body",
        "start",
        "end",
        "location",
        "locations",
        "attendees",
        "organizer",
        "attachments",
        "calendar",
        "instances",
        "exceptionOccurrences",
        "extensions",
        "singleValueExtendedProperties",
        "multiValueExtendedProperties",
    ],
    on_request: &["cancelledOccurrences"],
    page: 10,
    most: 1000,
    paging: Paging::Skip,
    item: true,
};

/// A moment as `dateTimeTimeZone`.
pub(super) fn moment(ms: i64, all_day: bool, zone: &Zone) -> Value {
    // A whole day is the same day everywhere.
    let tz = if all_day { Tz::UTC } else { zone.tz };
    json!({"dateTime": zones::from_utc(ms, tz), "timeZone": zone.name})
}

/// An event, or the occurrence of a series that would start at `occurrence_ms`.
pub(super) struct Shown<'e> {
    pub(super) entry: &'e Entry<Event>,
    pub(super) occurrence_ms: Option<i64>,
}

/// The id of an event in the format the request prefers.
pub(super) fn id_of(call: &Call<'_>, entry: &Entry<Event>, occurrence_ms: Option<i64>) -> String {
    let id = if call.immutable { &entry.immutable_id } else { &entry.default_id };
    match occurrence_ms {
        Some(ms) => format!("{}{MARK}{:08x}", id.trim_end_matches('='), ms.div_euclid(60_000)),
        None => id.clone(),
    }
}

/// What an id names: the key of an event, and the hour of an occurrence where it names one.
pub(super) fn find(mailbox: &Mailbox, id: &str) -> Result<(u64, Option<i64>), Refusal> {
    if let Some(key) = mailbox.calendar.events.find(id) {
        return Ok((key, None));
    }
    let found = id.rsplit_once(MARK).and_then(|(series, hour)| {
        let same = |known: &str| known.trim_end_matches('=') == series;
        let ms = i64::from_str_radix(hour, 16).ok()?.checked_mul(60_000)?;
        let entry = mailbox
            .calendar
            .events
            .iter()
            .find(|one| same(&one.immutable_id) || same(&one.default_id))
            .filter(|one| recurrence::starts(&one.thing).contains(&ms))?;
        entry.thing.occurrence(ms).is_some().then_some((entry.key, Some(ms)))
    });
    if let Some(found) = found {
        return Ok(found);
    }
    let strange = |c: char| !(c.is_ascii_alphanumeric() || "+/=-_".contains(c));
    if id.len() < 20 || id.contains(strange) {
        return Err(Refusal::IdMalformed);
    }
    Err(Refusal::ItemNotFound)
}

impl Shown<'_> {
    /// The event itself, with the exception of its day.
    pub(super) fn event(&self) -> Option<Event> {
        match self.occurrence_ms {
            Some(ms) => self.entry.thing.occurrence(ms),
            None => Some(self.entry.thing.clone()),
        }
    }

    fn kind(&self) -> &'static str {
        match self.occurrence_ms {
            Some(ms) if matches!(self.entry.thing.exceptions.get(&ms), Some(Exception::Changed(_))) => "exception",
            Some(_) => "occurrence",
            None if self.entry.thing.rule.is_some() => "seriesMaster",
            None => "singleInstance",
        }
    }

    /// The whole row; none where the occurrence is cancelled.
    pub(super) fn row(&self, mailbox: &Mailbox, call: &Call<'_>, zone: &Zone) -> Option<Value> {
        let event = self.event()?;
        let entry = self.entry;
        let id = id_of(call, entry, self.occurrence_ms);
        let series = self.occurrence_ms.map(|_| id_of(call, entry, None));
        let recurrence = event.rule.as_ref().filter(|_| self.occurrence_ms.is_none());
        let mut row = json!({
            "@odata.etag": mailbox.etag(entry.change),
            "id": id,
            "createdDateTime": iso(entry.created_ms),
            "lastModifiedDateTime": iso(entry.modified_ms),
            "changeKey": mailbox.change_key(entry.change),
            "categories": event.categories,
            "transactionId": event.transaction,
            "originalStartTimeZone": event.start.zone,
            "originalEndTimeZone": event.end.zone,
            "iCalUId": event.uid,
            "reminderMinutesBeforeStart": event.reminder_minutes,
            "isReminderOn": event.reminder_on,
            "hasAttachments": event.attachments.iter().any(|one| !one.inline),
            "subject": event.subject,
            "bodyPreview": body::preview(&event.content),
            "importance": event.importance.word(),
            "sensitivity": event.sensitivity,
            "isAllDay": event.all_day,
            "isCancelled": event.cancelled,
            "isOrganizer": event.mine,
            "isDraft": false,
            "responseRequested": event.response_requested,
            "seriesMasterId": series,
            "showAs": event.show_as,
            "type": self.kind(),
            "webLink": format!(
                "https://outlook.office365.com/owa/?itemid={}&exvsurl=1&path=/calendar/item",
                percent_encode(&id_of(call, entry, self.occurrence_ms))
            ),
            "onlineMeetingUrl": null,
            "isOnlineMeeting": event.online,
            "onlineMeetingProvider": if event.online { "teamsForBusiness" } else { "unknown" },
            "onlineMeeting": event.online.then(|| json!({"joinUrl": join_url(&event)})),
            "allowNewTimeProposals": event.allow_proposals,
            "hideAttendees": event.hide_attendees,
            "recurrence": recurrence.map(|rule| recurrence::to_graph(rule, &event.start)),
            "responseStatus": response(event.response),
            "body": body_of(&event.content, call),
            "start": moment(event.start.ms, event.all_day, zone),
            "end": moment(event.end.ms, event.all_day, zone),
            "location": event.locations.first().cloned().unwrap_or_else(|| json!({"displayName": "", "locationType": "default"})),
            "locations": event.locations,
            "attendees": event.attendees.iter().map(|one| attendee(one, zone)).collect::<Vec<_>>(),
            "organizer": address(&event.organizer),
        });
        if let Some(object) = row.as_object_mut() {
            self.add_series(object);
        }
        Some(row)
    }

    fn add_series(&self, object: &mut Map<String, Value>) {
        if let Some(ms) = self.occurrence_ms {
            object.insert("originalStart".to_owned(), json!(iso(ms)));
        }
        let cancelled: Vec<String> = self
            .entry
            .thing
            .exceptions
            .iter()
            .filter(|(_, one)| matches!(one, Exception::Cancelled))
            .map(|(ms, _)| {
                format!("OID.{}.{}", self.entry.immutable_id, iso(*ms).split('T').next().unwrap_or_default())
            })
            .collect();
        object.insert("cancelledOccurrences".to_owned(), json!(cancelled));
    }
}

fn join_url(event: &Event) -> String {
    let name = base64_url(&digest(&[b"online", event.uid.as_bytes()]));
    format!("https://teams.microsoft.com/l/meetup-join/19%3ameeting_{name}%40thread.v2/0")
}

fn response(response: Response) -> Value {
    json!({"response": response.answer.word(), "time": response.at_ms.map_or_else(|| NEVER.to_owned(), iso)})
}

pub(super) fn address(address: &Address) -> Value {
    json!({"emailAddress": {"name": address.name, "address": address.address}})
}

fn attendee(one: &Attendee, zone: &Zone) -> Value {
    let mut value = json!({
        "type": one.kind,
        "status": response(one.response),
        "emailAddress": {"name": one.who.name, "address": one.who.address},
    });
    if let (Some((start, end)), Some(object)) = (one.proposed, value.as_object_mut()) {
        let slot = json!({"start": moment(start, false, zone), "end": moment(end, false, zone)});
        object.insert("proposedNewTime".to_owned(), slot);
    }
    value
}

fn body_of(content: &Content, call: &Call<'_>) -> Value {
    let html = call.body_kind != Some(BodyKind::Text);
    let text = match (html, content.html) {
        (true, true) if call.unsafe_html => content.text.clone(),
        (true, true) => body::clean(&content.text),
        (true, false) => body::text_as_html(&content.text),
        (false, _) => body::as_text(content),
    };
    json!({"contentType": if html { "html" } else { "text" }, "content": text})
}

/// A moment of a mail about a meeting, shown in UTC as Exchange does.
pub(super) fn utc(at: &Moment, all_day: bool) -> Value {
    moment(at.ms, all_day, &Zone::utc())
}

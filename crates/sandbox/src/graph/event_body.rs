//! JSON into an event: making one and changing one.
//! Times come without an offset and with their zone beside them, as Graph writes them.

use serde_json::Value;

use crate::graph::call::text_member;
use crate::graph::refusal::Refusal;
use crate::graph::refusal_people::PeopleRefusal;
use crate::graph::{values, zone};
use crate::mailbox::calendar::{Attendee, Event};
use crate::mailbox::message::{Address, Importance};
use crate::meeting::recurrence;
use crate::time::{DAY_MS, parse_iso};
use crate::web::member;
use crate::zones::{self, Moment};

const SENSITIVITIES: [&str; 4] = ["normal", "personal", "private", "confidential"];
const SHOWN_AS: [&str; 6] = ["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"];
const ATTENDEE_KINDS: [&str; 3] = ["required", "optional", "resource"];

/// What only the organiser may change.
const ORGANIZERS: [&str; 9] =
    ["subject", "body", "start", "end", "location", "locations", "attendees", "recurrence", "isAllDay"];

fn wrong(name: &str) -> Refusal {
    Refusal::BadRequest(format!("The value of '{name}' is not valid."))
}

/// Reads a `dateTimeTimeZone`.
pub(super) fn moment(value: &Value, name: &str) -> Result<Moment, Refusal> {
    let text = text_member(value, "dateTime").ok_or_else(|| wrong(name))?;
    let zone = zone::named(text_member(value, "timeZone").unwrap_or("UTC"))?;
    let ms = zones::to_utc(text, zone.tz).ok_or_else(|| wrong(name))?;
    Ok(Moment { ms, zone: zone.name })
}

/// Start and end of a `timeSlot`.
pub(super) fn slot(value: &Value) -> Result<(i64, i64), Refusal> {
    let edge = |name: &str| moment(member(value, name).unwrap_or(&Value::Null), name);
    Ok((edge("start")?.ms, edge("end")?.ms))
}

/// A new event of this person.
pub(super) fn create(body: &Value, organizer: Address, now_ms: i64) -> Result<Event, Refusal> {
    let edge = |name: &str| {
        let value = member(body, name).filter(|value| !value.is_null());
        value.ok_or_else(|| Refusal::BadRequest(format!("An event needs a {name}.")))
    };
    edge("start")?;
    edge("end")?;
    let now = Moment::utc(now_ms);
    apply(Event::new(organizer, now.clone(), now), body)
}

/// The event as the body wants it.
pub(super) fn apply(mut event: Event, body: &Value) -> Result<Event, Refusal> {
    let Some(object) = body.as_object() else {
        return Err(Refusal::BadRequest("The request body must be an object.".to_owned()));
    };
    if !event.mine && object.keys().any(|name| ORGANIZERS.iter().any(|one| one.eq_ignore_ascii_case(name))) {
        return Err(PeopleRefusal::Meeting("Only the organizer can change this meeting.").into());
    }
    for (name, value) in object {
        set(&mut event, name, value)?;
    }
    // A rule speaks of the start, so it is read when the start is known.
    if let Some(value) = member(body, "recurrence") {
        event.rule = if value.is_null() {
            None
        } else {
            Some(recurrence::from_graph(value, &event.start).ok_or_else(|| wrong("recurrence"))?)
        };
    }
    if event.end.ms < event.start.ms {
        return Err(Refusal::BadRequest("The end of an event is not before its start.".to_owned()));
    }
    if event.all_day {
        let whole = |at: &Moment| at.wall_ms().rem_euclid(DAY_MS) == 0;
        if !whole(&event.start) || !whole(&event.end) || event.end.ms == event.start.ms {
            return Err(Refusal::BadRequest(
                "An all-day event starts and ends at midnight, on different days.".to_owned(),
            ));
        }
        event.start = Moment::utc(event.start.wall_ms());
        event.end = Moment::utc(event.end.wall_ms());
    }
    Ok(event)
}

fn set(event: &mut Event, name: &str, value: &Value) -> Result<(), Refusal> {
    let bad = || wrong(name);
    let truth = || value.as_bool().ok_or_else(bad);
    let choice = |known: &[&'static str]| {
        let word = value.as_str().ok_or_else(bad)?;
        known.iter().copied().find(|one| one.eq_ignore_ascii_case(word)).ok_or_else(bad)
    };
    match name.to_ascii_lowercase().as_str() {
        "subject" => event.subject = optional_text(value, name)?,
        "body" => event.content = values::content(value)?,
        "start" => event.start = moment(value, name)?,
        "end" => event.end = moment(value, name)?,
        "isallday" => event.all_day = truth()?,
        "importance" => {
            event.importance = value.as_str().and_then(Importance::from_word).ok_or_else(bad)?;
        }
        "sensitivity" => event.sensitivity = choice(&SENSITIVITIES)?,
        "showas" => event.show_as = choice(&SHOWN_AS)?,
        "isreminderon" => event.reminder_on = truth()?,
        "reminderminutesbeforestart" => {
            event.reminder_minutes =
                value.as_i64().filter(|m| (0..=i64::from(i32::MAX)).contains(m)).ok_or_else(bad)?;
        }
        "responserequested" => event.response_requested = truth()?,
        "allownewtimeproposals" => event.allow_proposals = truth()?,
        "hideattendees" => event.hide_attendees = truth()?,
        "isonlinemeeting" => event.online = truth()?,
        "transactionid" if event.transaction.is_none() => {
            event.transaction = Some(optional_text(value, name)?).filter(|id| !id.is_empty());
        }
        "categories" => {
            let list = value.as_array().ok_or_else(bad)?;
            event.categories =
                list.iter().map(|one| one.as_str().map(str::to_owned).ok_or_else(bad)).collect::<Result<_, _>>()?;
        }
        "location" => event.locations = if value.is_null() { Vec::new() } else { vec![place(value)?] },
        "locations" => {
            event.locations = value.as_array().ok_or_else(bad)?.iter().map(place).collect::<Result<_, _>>()?;
        }
        "attendees" => {
            let list = value.as_array().ok_or_else(bad)?;
            let before = std::mem::take(&mut event.attendees);
            event.attendees = list.iter().map(|one| attendee(one, &before)).collect::<Result<_, _>>()?;
        }
        // Read-only, open or unknown: Graph takes these without a word and without effect.
        _ => {}
    }
    Ok(())
}

fn optional_text(value: &Value, name: &str) -> Result<String, Refusal> {
    if value.is_null() {
        return Ok(String::new());
    }
    value.as_str().map(str::to_owned).ok_or_else(|| wrong(name))
}

/// Members of a location, the texts first.
const PLACE_TEXTS: [&str; 5] = ["displayName", "locationEmailAddress", "locationUri", "uniqueId", "uniqueIdType"];
const PLACE_OBJECTS: [&str; 2] = ["address", "coordinates"];

fn place(value: &Value) -> Result<Value, Refusal> {
    let mut out = serde_json::Map::new();
    out.insert("displayName".to_owned(), Value::String(String::new()));
    let kind = text_member(value, "locationType").unwrap_or("default");
    out.insert("locationType".to_owned(), Value::String(kind.to_owned()));
    for name in PLACE_TEXTS {
        match member(value, name) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => {
                out.insert(name.to_owned(), Value::String(text.clone()));
            }
            Some(_) => return Err(wrong("location")),
        }
    }
    for name in PLACE_OBJECTS {
        if let Some(part) = member(value, name).filter(|part| part.is_object()) {
            out.insert(name.to_owned(), part.clone());
        }
    }
    if value.is_object() { Ok(Value::Object(out)) } else { Err(wrong("location")) }
}

/// An attendee; who was invited before keeps the answer given.
fn attendee(value: &Value, before: &[Attendee]) -> Result<Attendee, Refusal> {
    let who = values::address(value)?;
    if !who.address.contains('@') {
        return Err(Refusal::BadRecipients(format!("At least one recipient isn't valid., {}", who.address)));
    }
    let kind = text_member(value, "type").unwrap_or("required");
    let kind =
        ATTENDEE_KINDS.into_iter().find(|one| one.eq_ignore_ascii_case(kind)).ok_or_else(|| wrong("attendees"))?;
    let known = before.iter().find(|one| one.who.address.eq_ignore_ascii_case(&who.address));
    Ok(Attendee {
        who,
        kind,
        response: known.map(|one| one.response).unwrap_or_default(),
        proposed: known.and_then(|one| one.proposed),
    })
}

/// The zone named by a member of an action's body, and the moment it names.
pub(super) fn action_moment(body: &Value, name: &str) -> Result<i64, Refusal> {
    let value = member(body, name).ok_or_else(|| Refusal::BadRequest(format!("{name} is missing.")))?;
    moment(value, name).map(|at| at.ms)
}

/// An edge of a window in the query: UTC where it has no offset.
pub(super) fn query_moment(text: &str, name: &str) -> Result<i64, Refusal> {
    parse_iso(text).ok_or_else(|| {
        PeopleRefusal::BadParameter(format!("The value '{text}' of parameter '{name}' is invalid.")).into()
    })
}

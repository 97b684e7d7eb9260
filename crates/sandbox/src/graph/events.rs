//! Events: list, make, read, change, remove, and the occurrences of a series.
//! What the organiser does to a meeting is told to everybody invited, as Exchange does.

use serde_json::Value;

use crate::graph::call::Call;
use crate::graph::event_view::{self, EVENT, Shown};
use crate::graph::refusal::Refusal;
use crate::graph::refusal_people::PeopleRefusal;
use crate::graph::{Outcome, event_answers, event_attachments, event_body, rows, schedule, zone};
use crate::mailbox::Mailbox;
use crate::mailbox::calendar::{Attendee, Event, Exception};
use crate::mailbox::message::Address;
use crate::meeting::post;
use crate::sandbox::Sandbox;
use crate::web;

/// What may be expanded on an event.
const EXPANDS: [&str; 6] = [
    "attachments",
    "calendar",
    "instances",
    "extensions",
    "singleValueExtendedProperties",
    "multiValueExtendedProperties",
];

pub(super) fn needs_reading(call: &Call<'_>) -> Result<(), Refusal> {
    call.needs(&["Calendars.ReadWrite", "Calendars.Read", "Calendars.ReadBasic"])
}

pub(super) fn needs_writing(call: &Call<'_>) -> Result<(), Refusal> {
    call.needs(&["Calendars.ReadWrite"])
}

/// A call below `/me/events`.
pub(super) fn handle(sandbox: &mut Sandbox, call: &Call<'_>, rest: &[&str]) -> Outcome {
    match (call.method.as_str(), rest) {
        ("GET", []) => {
            let rows = all(sandbox.mailbox(call.person)?, call)?;
            rows::list(call, &EVENT, rows, &call.context("events"), true)
        }
        ("GET", ["$count"]) => rows::count(call, &EVENT, all(sandbox.mailbox(call.person)?, call)?),
        ("POST", []) => create(sandbox, call),
        (_, [] | ["$count"]) => Err(Refusal::MethodNotAllowed),
        (_, [_, deeper @ ..]) => {
            let (key, occurrence_ms) = event_view::find(sandbox.mailbox(call.person)?, call.segment(2))?;
            one(sandbox, call, (key, occurrence_ms), deeper)
        }
    }
}

fn one(sandbox: &mut Sandbox, call: &Call<'_>, at: (u64, Option<i64>), rest: &[&str]) -> Outcome {
    match (call.method.as_str(), rest) {
        ("GET", []) => {
            needs_reading(call)?;
            shown(sandbox.mailbox(call.person)?, call, at, 200)
        }
        ("PATCH", []) => change(sandbox, call, at),
        ("DELETE", []) => remove(sandbox, call, at),
        ("POST", ["permanentdelete"]) => remove(sandbox, call, at),
        ("GET", ["instances"]) => {
            needs_reading(call)?;
            schedule::instances(sandbox.mailbox(call.person)?, call, at.0)
        }
        (_, ["attachments", deeper @ ..]) => event_attachments::handle(sandbox, call, at.0, deeper),
        ("POST", [action]) => event_answers::handle(sandbox, call, at, action),
        (_, []) => Err(Refusal::MethodNotAllowed),
        (_, [other, ..]) => Err(Refusal::NoSuchResource((*other).to_owned())),
    }
}

/// The rows of all single events and series.
fn all(mailbox: &Mailbox, call: &Call<'_>) -> Result<Vec<Value>, Refusal> {
    needs_reading(call)?;
    let zone = zone::preferred(call)?;
    let rows = mailbox.calendar.events.iter().filter_map(|entry| {
        let shown = Shown { entry, occurrence_ms: None };
        Some((shown.row(mailbox, call, &zone)?, shown))
    });
    rows.map(|(row, shown)| expanded(mailbox, call, &shown, row)).collect()
}

/// Adds what `$expand` asks for.
pub(super) fn expanded(
    mailbox: &Mailbox,
    call: &Call<'_>,
    shown: &Shown<'_>,
    mut row: Value,
) -> Result<Value, Refusal> {
    for name in rows::expands(call, &EVENT, &EXPANDS)? {
        let value = match name {
            "attachments" => {
                shown.entry.thing.attachments.iter().map(|one| event_attachments::row(one, shown.entry)).collect()
            }
            "calendar" => schedule::calendar_row(mailbox),
            "instances" if shown.entry.thing.rule.is_some() => schedule::occurrences(mailbox, call, shown.entry)?,
            _ => Value::Array(Vec::new()),
        };
        if let Some(object) = row.as_object_mut() {
            object.insert(name.to_owned(), value);
        }
    }
    Ok(row)
}

/// An answer that shows an event.
fn shown(mailbox: &Mailbox, call: &Call<'_>, (key, occurrence_ms): (u64, Option<i64>), status: u16) -> Outcome {
    let entry = mailbox.calendar.events.entry(key).ok_or(Refusal::ItemNotFound)?;
    let shown = Shown { entry, occurrence_ms };
    let zone = zone::preferred(call)?;
    let row = shown.row(mailbox, call, &zone).ok_or(Refusal::ItemNotFound)?;
    let row = expanded(mailbox, call, &shown, row)?;
    let mut answer = rows::one(call, &EVENT, status, row, call.context("events/$entity"))?;
    if status == 201 {
        let id = web::percent_encode(&event_view::id_of(call, entry, occurrence_ms));
        let location = format!("{}/users('{}')/events('{id}')", call.base, call.person.object_id);
        web::set(&mut answer, "location", &location);
    }
    Ok(answer)
}

fn create(sandbox: &mut Sandbox, call: &Call<'_>) -> Outcome {
    needs_writing(call)?;
    zone::preferred(call)?;
    let own = Address::new(call.person.name, call.person.address);
    let event = event_body::create(&call.json()?, own, call.now_ms)?;
    let delay_ms = sandbox.send_delay_ms;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let twice = |one: &Event| one.transaction.is_some() && one.transaction == event.transaction;
    if mailbox.calendar.events.iter().any(|one| twice(&one.thing)) {
        return Err(PeopleRefusal::TransactionTwice.into());
    }
    let key = mailbox.add_event(event, call.now_ms);
    if let Some(event) = mailbox.calendar.events.entry(key).map(|one| one.thing.clone()) {
        let to = others(&event, call);
        post::invite(mailbox, &event, &to, ("", None), call.now_ms, delay_ms);
    }
    shown(mailbox, call, (key, None), 201)
}

/// Everybody invited but the organiser.
fn others(event: &Event, call: &Call<'_>) -> Vec<Attendee> {
    let own = |one: &&Attendee| !one.who.address.eq_ignore_ascii_case(call.person.address);
    event.attendees.iter().filter(own).cloned().collect()
}

fn change(sandbox: &mut Sandbox, call: &Call<'_>, at: (u64, Option<i64>)) -> Outcome {
    needs_writing(call)?;
    zone::preferred(call)?;
    let body = call.json()?;
    let delay_ms = sandbox.send_delay_ms;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let (key, occurrence_ms) = at;
    let entry = mailbox.calendar.events.entry(key).ok_or(Refusal::ItemNotFound)?;
    call.check_match(Some(&mailbox.etag(entry.change)))?;
    let before = Shown { entry, occurrence_ms }.event().ok_or(Refusal::ItemNotFound)?;
    let mut base = before.clone();
    if occurrence_ms.is_some() {
        base.rule = None;
    }
    let mut after = event_body::apply(base, &body)?;
    let tells = after.mine && told(&before, &after);
    after.sequence += i64::from(tells);
    let edited = after.clone();
    mailbox.edit_event(key, call.now_ms, |event| match occurrence_ms {
        Some(ms) => {
            event.exceptions.insert(ms, Exception::Changed(Box::new(edited)));
        }
        None => {
            // Days that were different belong to the old rule.
            let same = (&event.rule, &event.start) == (&edited.rule, &edited.start);
            let exceptions = std::mem::take(&mut event.exceptions);
            *event = edited;
            if same {
                event.exceptions = exceptions;
            }
        }
    });
    if tells {
        let still = others(&after, call);
        let gone: Vec<Attendee> = others(&before, call)
            .into_iter()
            .filter(|one| !still.iter().any(|other| other.who.address.eq_ignore_ascii_case(&one.who.address)))
            .collect();
        post::cancel(mailbox, &after, &gone, ("", occurrence_ms), call.now_ms, delay_ms);
        post::invite(mailbox, &after, &still, ("", occurrence_ms), call.now_ms, delay_ms);
    }
    shown(mailbox, call, at, 200)
}

/// Whether a change is one that people invited must hear of.
fn told(before: &Event, after: &Event) -> bool {
    (&before.subject, &before.content, &before.start, &before.end, &before.locations, &before.rule)
        != (&after.subject, &after.content, &after.start, &after.end, &after.locations, &after.rule)
        || before.attendees != after.attendees
}

/// Removes an event or one day of a series; an organiser's meeting is cancelled by it.
fn remove(sandbox: &mut Sandbox, call: &Call<'_>, (key, occurrence_ms): (u64, Option<i64>)) -> Outcome {
    needs_writing(call)?;
    let delay_ms = sandbox.send_delay_ms;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let entry = mailbox.calendar.events.entry(key).ok_or(Refusal::ItemNotFound)?;
    call.check_match(Some(&mailbox.etag(entry.change)))?;
    let event = Shown { entry, occurrence_ms }.event().ok_or(Refusal::ItemNotFound)?;
    take_out(mailbox, (key, occurrence_ms), call.now_ms);
    if event.mine {
        post::cancel(mailbox, &event, &others(&event, call), ("", occurrence_ms), call.now_ms, delay_ms);
    }
    Ok(web::empty(204))
}

/// Takes an event, or one day of a series, out of the calendar.
pub(super) fn take_out(mailbox: &mut Mailbox, (key, occurrence_ms): (u64, Option<i64>), now_ms: i64) {
    match occurrence_ms {
        Some(ms) => mailbox.edit_event(key, now_ms, |event| {
            event.exceptions.insert(ms, Exception::Cancelled);
        }),
        None => mailbox.remove_event(key),
    }
}

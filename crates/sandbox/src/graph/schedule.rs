//! The calendar itself: its description, the view of a stretch of time, and following that view.
//! A view shows each day of a series by itself, which the list of events does not.

use serde_json::{Value, json};

use crate::graph::call::Call;
use crate::graph::event_view::{self, EVENT, Shown};
use crate::graph::events::{self, needs_reading};
use crate::graph::refusal::Refusal;
use crate::graph::refusal_people::PeopleRefusal;
use crate::graph::rows::delta::{Followed, Tracked};
use crate::graph::rows::{self, Kind, Paging};
use crate::graph::{Outcome, event_body, free_busy, zone};
use crate::mailbox::Mailbox;
use crate::mailbox::calendar::Event;
use crate::mailbox::shelf::Entry;
use crate::meeting::recurrence;
use crate::sandbox::Sandbox;
use crate::time::DAY_MS;
use crate::zones::Zone;

/// Exchange opens views of five years at most.
const LONGEST_MS: i64 = 1825 * DAY_MS;

const CALENDAR: Kind = Kind {
    name: "microsoft.graph.calendar",
    properties: &[
        "id",
        "name",
        "color",
        "hexColor",
        "isDefaultCalendar",
        "changeKey",
        "canShare",
        "canViewPrivateItems",
        "canEdit",
        "allowedOnlineMeetingProviders",
        "defaultOnlineMeetingProvider",
        "isTallyingResponses",
        "isRemovable",
        "owner",
    ],
    on_request: &[],
    page: 10,
    most: 1000,
    paging: Paging::Skip,
    item: true,
};

/// A call below `/me/calendar`, `/me/calendars` or `/me/calendarView`.
pub(super) fn handle(sandbox: &mut Sandbox, call: &Call<'_>, words: &[&str]) -> Outcome {
    let method = call.method.as_str();
    let mailbox = sandbox.mailbox(call.person)?;
    match (method, words) {
        ("GET", ["calendar"]) => {
            needs_reading(call)?;
            rows::one(call, &CALENDAR, 200, calendar_row(mailbox), call.context("calendar/$entity"))
        }
        ("GET", ["calendars"]) => {
            needs_reading(call)?;
            rows::list(call, &CALENDAR, vec![calendar_row(mailbox)], &call.context("calendars"), true)
        }
        ("POST", ["calendar", "getschedule"]) => free_busy::read(sandbox, call),
        ("GET", ["calendarview"]) => {
            needs_reading(call)?;
            view(mailbox, call)
        }
        ("GET", ["calendarview", "delta"]) => {
            needs_reading(call)?;
            follow(mailbox, call)
        }
        (_, ["calendar" | "calendars" | "calendarview"] | ["calendar", "getschedule"]) => {
            Err(Refusal::MethodNotAllowed)
        }
        (_, [_, other, ..] | [other]) => Err(Refusal::NoSuchResource((*other).to_owned())),
        (_, []) => Err(Refusal::NoSuchResource(String::new())),
    }
}

/// The one calendar.
pub(super) fn calendar_row(mailbox: &Mailbox) -> Value {
    json!({
        "id": mailbox.calendar_id(),
        "name": "Calendar",
        "color": "auto",
        "hexColor": "",
        "isDefaultCalendar": true,
        "changeKey": mailbox.change_key(0),
        "canShare": true,
        "canViewPrivateItems": true,
        "canEdit": true,
        "allowedOnlineMeetingProviders": ["teamsForBusiness"],
        "defaultOnlineMeetingProvider": "teamsForBusiness",
        "isTallyingResponses": true,
        "isRemovable": false,
        "owner": {"name": mailbox.owner.name, "address": mailbox.owner.address},
    })
}

/// Start and end of the stretch of time a request names.
fn window(call: &Call<'_>) -> Result<(i64, i64), Refusal> {
    let edge = |name: &str| {
        let text = call.query.first(name).ok_or_else(|| {
            PeopleRefusal::BadParameter(
                "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime."
                    .to_owned(),
            )
        })?;
        event_body::query_moment(text, name)
    };
    let (from, to) = (edge("startDateTime")?, edge("endDateTime")?);
    if to < from || to - from > LONGEST_MS {
        return Err(PeopleRefusal::BadParameter(
            "The window ends after it starts and is not longer than 1825 days.".to_owned(),
        )
        .into());
    }
    Ok((from, to))
}

/// The starts in a stretch of time: of an event its one, of a series each day's.
fn within(event: &Event, (from, to): (i64, i64)) -> Vec<i64> {
    let mut starts = recurrence::starts(event);
    starts.retain(|start| {
        let length = |event: &Event| (event.start.ms, event.end.ms);
        let (begin, end) = match event.occurrence(*start).filter(|_| event.rule.is_some()) {
            Some(one) => length(&one),
            None => (*start, start + event.length_ms()),
        };
        // Something without length is there when it starts.
        begin < to && (end > from || (begin == end && begin >= from))
    });
    starts
}

/// What a view shows of an event: the event, or the days of a series that are not cancelled.
fn shown_in<'e>(entry: &'e Entry<Event>, window: (i64, i64)) -> Vec<Shown<'e>> {
    let series = entry.thing.rule.is_some();
    within(&entry.thing, window)
        .into_iter()
        .filter(|start| !series || entry.thing.occurrence(*start).is_some())
        .map(|start| Shown { entry, occurrence_ms: series.then_some(start) })
        .collect()
}

fn view(mailbox: &Mailbox, call: &Call<'_>) -> Outcome {
    let zone = zone::preferred(call)?;
    let window = window(call)?;
    let mut found: Vec<(i64, Value)> = Vec::new();
    for entry in mailbox.calendar.events.iter() {
        for shown in shown_in(entry, window) {
            if let (Some(row), Some(event)) = (shown.row(mailbox, call, &zone), shown.event()) {
                found.push((event.start.ms, events::expanded(mailbox, call, &shown, row)?));
            }
        }
    }
    found.sort_by_key(|(start, _)| *start);
    let rows = found.into_iter().map(|(_, row)| row).collect();
    rows::list(call, &EVENT, rows, &call.context("calendarView"), true)
}

/// The days of a series in the stretch of time the request names.
pub(super) fn instances(mailbox: &Mailbox, call: &Call<'_>, key: u64) -> Outcome {
    let entry = mailbox.calendar.events.entry(key).ok_or(Refusal::ItemNotFound)?;
    if entry.thing.rule.is_none() {
        return Err(PeopleRefusal::Meeting("Only a series has instances.").into());
    }
    let zone = zone::preferred(call)?;
    let rows = rows_of(mailbox, call, entry, window(call)?, &zone);
    let context = format!("events('{}')/instances", call.segment(2));
    rows::list(call, &EVENT, rows, &call.context(&context), true)
}

fn rows_of(mailbox: &Mailbox, call: &Call<'_>, entry: &Entry<Event>, window: (i64, i64), zone: &Zone) -> Vec<Value> {
    shown_in(entry, window).into_iter().filter_map(|shown| shown.row(mailbox, call, zone)).collect()
}

/// The days of a series, for `$expand=instances`.
pub(super) fn occurrences(mailbox: &Mailbox, call: &Call<'_>, entry: &Entry<Event>) -> Result<Value, Refusal> {
    let zone = zone::preferred(call)?;
    let window = (entry.thing.start.ms, entry.thing.start.ms + LONGEST_MS);
    Ok(Value::Array(rows_of(mailbox, call, entry, window, &zone)))
}

/// One page of what changed in a view.
fn follow(mailbox: &Mailbox, call: &Call<'_>) -> Outcome {
    let zone = zone::preferred(call)?;
    let followed = Followed { kind: &EVENT, scope: "calendarView".to_owned() };
    let round = followed.round(mailbox, call, || window(call).map(Some))?;
    let window = round.window.unwrap_or_default();
    let place = |entry: &Entry<Event>, start: i64| format!("{:020}{start:020}", entry.key);
    let mut tracked = Vec::new();
    for entry in mailbox.calendar.events.iter() {
        let series = entry.thing.rule.is_some();
        let starts = within(&entry.thing, window);
        // What was moved out of the view is gone from it.
        if starts.is_empty() {
            let id = event_view::id_of(call, entry, None);
            tracked.push(Tracked { place: place(entry, 0), id, change: entry.change, row: None });
        }
        for start in starts {
            let shown = Shown { entry, occurrence_ms: series.then_some(start) };
            tracked.push(Tracked {
                place: place(entry, start),
                id: event_view::id_of(call, entry, shown.occurrence_ms),
                change: entry.change,
                row: shown.row(mailbox, call, &zone),
            });
        }
    }
    for gone in mailbox.calendar.events.gone() {
        let series = gone.entry.thing.rule.is_some();
        let starts = if series { within(&gone.entry.thing, window) } else { vec![0] };
        for start in starts {
            let id = event_view::id_of(call, &gone.entry, series.then_some(start));
            tracked.push(Tracked { place: place(&gone.entry, start), id, change: gone.at, row: None });
        }
    }
    followed.page(mailbox, call, &round, tracked, "Collection(event)")
}

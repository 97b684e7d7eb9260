//! When people are free: `getSchedule` over the calendars of the tenant.
//! Only times and states are told, and subjects where they are not private, as Exchange does for colleagues.

use serde_json::{Value, json};

use crate::graph::call::{Call, text_member};
use crate::graph::event_view;
use crate::graph::events::needs_reading;
use crate::graph::office::settings::working_hours;
use crate::graph::refusal::Refusal;
use crate::graph::refusal_people::PeopleRefusal;
use crate::graph::{Outcome, answer, event_body, zone};
use crate::mailbox::Mailbox;
use crate::mailbox::calendar::Event;
use crate::meeting::recurrence;
use crate::people;
use crate::sandbox::Sandbox;
use crate::time::DAY_MS;
use crate::web::member;
use crate::zones::Zone;

/// Exchange answers for this many addresses and this many days at most.
const MOST_SCHEDULES: usize = 20;
const MOST_DAYS: i64 = 62;

pub(super) fn read(sandbox: &Sandbox, call: &Call<'_>) -> Outcome {
    needs_reading(call)?;
    let zone = zone::preferred(call)?;
    let body = call.json()?;
    let bad = |text: &str| Refusal::from(PeopleRefusal::BadParameter(text.to_owned()));
    let edge = |name: &str| {
        let value = member(&body, name).ok_or_else(|| bad(&format!("{name} is missing.")))?;
        event_body::moment(value, name).map(|at| at.ms)
    };
    let (from, to) = (edge("startTime")?, edge("endTime")?);
    if to <= from || to - from > MOST_DAYS * DAY_MS {
        return Err(bad("The window ends after it starts and is not longer than 62 days."));
    }
    let interval = match member(&body, "availabilityViewInterval") {
        None | Some(Value::Null) => 30,
        Some(value) => value
            .as_i64()
            .filter(|minutes| (5..=1440).contains(minutes))
            .ok_or_else(|| bad("The availabilityViewInterval is between 5 and 1440 minutes."))?,
    };
    let list = member(&body, "schedules").and_then(Value::as_array).ok_or_else(|| bad("schedules is missing."))?;
    if list.is_empty() || list.len() > MOST_SCHEDULES {
        return Err(bad("Between 1 and 20 schedules can be asked for."));
    }
    let rows: Vec<Value> = list
        .iter()
        .map(|name| {
            let name = name.as_str().ok_or_else(|| bad("A schedule is an address."))?;
            let mailbox = people::find(name).and_then(|person| sandbox.mailbox(person).ok());
            Ok(match mailbox {
                Some(mailbox) => schedule(mailbox, name, (from, to), interval * 60_000, &zone),
                None => json!({
                    "scheduleId": name,
                    "availabilityView": "",
                    "scheduleItems": [],
                    "error": {
                        "message": format!("Unable to resolve e-mail address {name} to an Active Directory object."),
                        "responseCode": "ErrorMailRecipientNotFound",
                    },
                }),
            })
        })
        .collect::<Result<_, Refusal>>()?;
    let context = format!("{}/$metadata#Collection(microsoft.graph.scheduleInformation)", call.base);
    Ok(answer(200, context, json!({ "value": rows })))
}

/// The digit of a state in an availability view, which is also its rank.
fn digit(state: &str) -> u8 {
    match state {
        "tentative" => 1,
        "busy" => 2,
        "oof" => 3,
        "workingElsewhere" => 4,
        _ => 0,
    }
}

fn schedule(mailbox: &Mailbox, name: &str, (from, to): (i64, i64), step_ms: i64, zone: &Zone) -> Value {
    let mut items: Vec<Event> = mailbox
        .calendar
        .events
        .iter()
        .flat_map(|entry| {
            let event = &entry.thing;
            let series = event.rule.is_some();
            recurrence::starts(event)
                .into_iter()
                .filter_map(move |start| if series { event.occurrence(start) } else { Some(event.clone()) })
        })
        .filter(|event| event.start.ms < to && event.end.ms > from && digit(event.show_as) > 0)
        .collect();
    items.sort_by_key(|event| event.start.ms);
    let mut view = String::new();
    let mut at = from;
    while at < to {
        let end = (at + step_ms).min(to);
        let taken = items.iter().filter(|event| event.start.ms < end && event.end.ms > at);
        let state = taken.map(|event| digit(event.show_as)).max().unwrap_or(0);
        view.push(char::from(b'0' + state));
        at = end;
    }
    let rows: Vec<Value> = items.iter().map(|event| item(event, zone)).collect();
    json!({
        "scheduleId": name,
        "availabilityView": view,
        "scheduleItems": rows,
        "workingHours": working_hours(&mailbox.office.preferences.hours),
    })
}

fn item(event: &Event, zone: &Zone) -> Value {
    let private = matches!(event.sensitivity, "private" | "confidential");
    let place = event.locations.first().and_then(|place| text_member(place, "displayName")).unwrap_or_default();
    let mut value = json!({
        "isPrivate": private,
        "status": event.show_as,
        "start": event_view::moment(event.start.ms, event.all_day, zone),
        "end": event_view::moment(event.end.ms, event.all_day, zone),
    });
    if let Some(object) = value.as_object_mut().filter(|_| !private) {
        object.insert("subject".to_owned(), json!(event.subject));
        object.insert("location".to_owned(), json!(place));
    }
    value
}

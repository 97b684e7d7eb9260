//! Mailbox settings on the wire: whole, by property, and changed by PATCH.
//! A PATCH is all or nothing, and answers with what it changed.

use chrono::NaiveTime;
use serde_json::{Map, Value, json};

use crate::graph::call::Call;
use crate::graph::office::read::{list, members, text, word};
use crate::graph::office::refusal::OfficeRefusal;
use crate::graph::office::{READ_SETTINGS, WRITE_SETTINGS, automatic};
use crate::graph::refusal::Refusal;
use crate::graph::rows::{self, Kind};
use crate::graph::{Outcome, answer, zone};
use crate::mailbox::Mailbox;
use crate::office::languages;
use crate::office::preferences::{DAYS, DELIVERY_OPTIONS, Preferences, WorkingHours};
use crate::sandbox::Sandbox;
use crate::time::iso_millis;
use crate::web::member;
use crate::zones::Zone;

const KIND: Kind = Kind::short("microsoft.graph.mailboxSettings", &PROPERTIES);
const PROPERTIES: [&str; 9] = [
    "archiveFolder",
    "automaticRepliesSetting",
    "timeZone",
    "language",
    "workingHours",
    "dateFormat",
    "timeFormat",
    "delegateMeetingMessageDeliveryOptions",
    "userPurpose",
];
/// Longer than any date or time format Outlook offers.
const LONGEST_FORMAT: usize = 80;

pub(super) fn handle(sandbox: &mut Sandbox, call: &Call<'_>, rest: &[&str]) -> Outcome {
    match (call.method.as_str(), rest) {
        ("GET", []) => {
            call.needs(&READ_SETTINGS)?;
            let zone = zone::preferred(call)?;
            let row = Value::Object(all(sandbox.mailbox(call.person)?, call, &zone));
            rows::one(call, &KIND, 200, row, call.context("mailboxSettings"))
        }
        ("PATCH", []) => patch(sandbox, call),
        ("GET", [name]) => property(sandbox, call, name),
        (_, [] | [_]) => Err(Refusal::MethodNotAllowed),
        (_, [.., other]) => Err(Refusal::NoSuchResource((*other).to_owned())),
    }
}

/// Every property as Graph shows it.
fn all(mailbox: &Mailbox, call: &Call<'_>, zone: &Zone) -> Map<String, Value> {
    let preferences = &mailbox.office.preferences;
    let values = [
        json!(mailbox.folder_id("archive")),
        automatic::shown(&mailbox.office.replies, call.now_ms, zone),
        json!(preferences.zone),
        json!({"locale": preferences.language.locale, "displayName": preferences.language.display}),
        working_hours(&preferences.hours),
        json!(preferences.date_format),
        json!(preferences.time_format),
        json!(preferences.delegate_delivery),
        json!("user"),
    ];
    PROPERTIES.into_iter().map(str::to_owned).zip(values).collect()
}

/// Working hours as Graph shows them, to their owner and to colleagues.
pub(in crate::graph) fn working_hours(hours: &WorkingHours) -> Value {
    json!({
        "daysOfWeek": hours.days,
        "startTime": hours.start,
        "endTime": hours.end,
        "timeZone": {"name": hours.zone},
    })
}

/// One property: an object as itself, anything else under `value`.
fn property(sandbox: &Sandbox, call: &Call<'_>, name: &str) -> Outcome {
    call.needs(&READ_SETTINGS)?;
    let zone = zone::preferred(call)?;
    let (name, value) = all(sandbox.mailbox(call.person)?, call, &zone)
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .ok_or_else(|| Refusal::NoSuchResource(name.to_owned()))?;
    let value = if value.is_object() { value } else { json!({ "value": value }) };
    Ok(answer(200, call.context(&format!("mailboxSettings/{name}")), value))
}

fn patch(sandbox: &mut Sandbox, call: &Call<'_>) -> Outcome {
    call.needs(&WRITE_SETTINGS)?;
    let zone = zone::preferred(call)?;
    let body = call.json()?;
    let office = &mut sandbox.mailbox_mut(call.person)?.office;
    let mut preferences = office.preferences.clone();
    let mut replies = office.replies.clone();
    let mut touched = Vec::new();
    for (name, value) in members(&body, &PROPERTIES, KIND.name)? {
        if name == "automaticRepliesSetting" {
            replies = automatic::changed(&replies, value, call.now_ms)?;
        } else {
            set(&mut preferences, name, value)?;
        }
        touched.push(name);
    }
    office.preferences = preferences;
    office.replies = replies;
    let mut shown = all(sandbox.mailbox(call.person)?, call, &zone);
    shown.retain(|name, _| touched.contains(&name.as_str()));
    Ok(answer(200, call.context("mailboxSettings"), Value::Object(shown)))
}

fn set(preferences: &mut Preferences, name: &'static str, value: &Value) -> Result<(), Refusal> {
    match name {
        "timeZone" => preferences.zone = zone::named(text(name, value)?)?.name,
        "language" => {
            let locale = text("locale", member(value, "locale").ok_or(OfficeRefusal::Missing("locale"))?)?;
            preferences.language =
                languages::find(locale).ok_or_else(|| OfficeRefusal::BadLanguage(locale.to_owned()))?;
        }
        "dateFormat" => preferences.date_format = format(name, value)?,
        "timeFormat" => preferences.time_format = format(name, value)?,
        "workingHours" => preferences.hours = hours(&preferences.hours, value)?,
        "delegateMeetingMessageDeliveryOptions" => {
            preferences.delegate_delivery = word(name, value, &DELIVERY_OPTIONS, |word| word)?;
        }
        // What the service decides: the archive folder and the kind of mailbox.
        _ => return Err(OfficeRefusal::ReadOnly(name.to_owned()).into()),
    }
    Ok(())
}

fn format(name: &str, value: &Value) -> Result<String, Refusal> {
    let format = text(name, value)?;
    if format.trim().is_empty() || format.len() > LONGEST_FORMAT {
        return Err(OfficeRefusal::UnknownWord(format.to_owned()).into());
    }
    Ok(format.to_owned())
}

/// Working hours as a PATCH leaves them: what it does not name stays.
fn hours(before: &WorkingHours, value: &Value) -> Result<WorkingHours, Refusal> {
    let mut after = before.clone();
    let known = ["daysOfWeek", "startTime", "endTime", "timeZone"];
    for (name, value) in members(value, &known, "microsoft.graph.workingHours")? {
        match name {
            "daysOfWeek" => {
                after.days =
                    list(name, value)?.iter().map(|day| word(name, day, &DAYS, |day| day)).collect::<Result<_, _>>()?;
            }
            "startTime" => after.start = clock(text(name, value)?)?,
            "endTime" => after.end = clock(text(name, value)?)?,
            _ => {
                let name = member(value, "name").ok_or(OfficeRefusal::Missing("name"))?;
                let name = text("name", name)?;
                // A zone with rules of its own has a name that only its owner knows.
                after.zone = if name == "Customized Time Zone" { name.to_owned() } else { zone::named(name)?.name };
            }
        }
    }
    if after.end <= after.start {
        return Err(OfficeRefusal::ScheduleBackwards.into());
    }
    Ok(after)
}

/// A time of day with seven digits after the second, as Graph writes it.
fn clock(text: &str) -> Result<String, Refusal> {
    let bad = || OfficeRefusal::BadTime(text.to_owned());
    let time = NaiveTime::parse_from_str(text.trim(), "%H:%M:%S%.f").map_err(|_| bad())?;
    let shown = iso_millis(time.signed_duration_since(NaiveTime::MIN).num_milliseconds());
    let (_, shown) = shown.split_once('T').ok_or_else(bad)?;
    Ok(format!("{}0000", shown.trim_end_matches('Z')))
}

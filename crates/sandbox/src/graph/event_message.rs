//! What a mail about a meeting has beyond other mail, and the event it can be expanded to.
//! The properties belong to derived types, so a `$select` must name them with a cast.

use serde_json::{Map, Value, json};

use crate::graph::call::Call;
use crate::graph::derived;
use crate::graph::event_view::{self, Shown};
use crate::graph::expand::Expand;
use crate::graph::query::Select;
use crate::mailbox::Mailbox;
use crate::mailbox::calendar::MeetingMail;
use crate::mailbox::message::{Meeting, Message};
use crate::meeting::recurrence;
use crate::zones::{Moment, Zone};

/// Adds to a message about a meeting what it has beyond other mail.
pub(crate) fn dress(
    mailbox: &Mailbox,
    message: &Message,
    (select, expand): (&Select, &Expand),
    call: &Call<'_>,
    object: &mut Map<String, Value>,
) {
    let Some(meeting) = message.meeting else {
        return;
    };
    // What is not asked for is not looked up: a page may hold hundreds of invitations.
    let shows = expand.event.is_some() || derived::names(meeting).iter().any(|name| select.has(name));
    if !shows {
        return;
    }
    let mail = mailbox.find(&message.immutable_id).and_then(|key| mailbox.calendar.mails.get(&key));
    if let Some(mail) = mail {
        for (name, value) in properties(mailbox, mail, meeting) {
            if select.has(name) {
                object.insert(name.to_owned(), value);
            }
        }
    }
    if let Some(zone) = &expand.event {
        object.insert("event".to_owned(), mail.map_or(Value::Null, |mail| event(mailbox, mail, call, zone)));
    }
}

/// The event a mail is about; nothing once it is removed.
fn event(mailbox: &Mailbox, mail: &MeetingMail, call: &Call<'_>, zone: &Zone) -> Value {
    let Some(key) = mailbox.calendar.by_uid(&mail.uid) else {
        return Value::Null;
    };
    mailbox
        .calendar
        .events
        .entry(key)
        .and_then(|entry| Shown { entry, occurrence_ms: mail.occurrence_ms }.row(mailbox, call, zone))
        .unwrap_or(Value::Null)
}

fn properties(mailbox: &Mailbox, mail: &MeetingMail, meeting: Meeting) -> Vec<(&'static str, Value)> {
    let time = |at: &Moment| event_view::utc(at, mail.all_day);
    let place = |name: &Option<String>| json!({"displayName": name.clone().unwrap_or_default(), "locationType": "default", "uniqueIdType": "unknown"});
    let entry = mailbox.calendar.by_uid(&mail.uid).and_then(|key| mailbox.calendar.events.entry(key));
    let newer = entry.is_some_and(|entry| !entry.thing.mine && entry.thing.sequence > mail.sequence);
    let kind = match (mail.occurrence_ms, &mail.rule) {
        (Some(_), _) => "exception",
        (None, Some(_)) => "seriesMaster",
        (None, None) => "singleInstance",
    };
    let mut found = vec![
        ("startDateTime", time(&mail.start)),
        ("endDateTime", time(&mail.end)),
        ("location", place(&mail.location)),
        ("type", json!(kind)),
        ("recurrence", mail.rule.as_ref().map_or(Value::Null, |rule| recurrence::to_graph(rule, &mail.start))),
        ("isOutOfDate", json!(newer)),
        ("isAllDay", json!(mail.all_day)),
        ("isDelegated", json!(false)),
    ];
    match meeting {
        Meeting::Request => {
            let kind = match (&mail.previous, mail.sequence, newer) {
                (_, _, true) => "outdated",
                (Some(_), _, false) => "fullUpdate",
                (None, 0, false) => "newMeetingRequest",
                (None, _, false) => "informationalUpdate",
            };
            found.push(("responseRequested", json!(mail.response_requested)));
            found.push(("allowNewTimeProposals", json!(true)));
            found.push(("meetingRequestType", json!(kind)));
            let (start, end, location) = match &mail.previous {
                Some((start, end, name)) => (time(start), time(end), place(name)),
                None => (Value::Null, Value::Null, Value::Null),
            };
            found.push(("previousStartDateTime", start));
            found.push(("previousEndDateTime", end));
            found.push(("previousLocation", location));
        }
        Meeting::Accepted | Meeting::Tentative | Meeting::Declined => {
            found.push(("responseType", json!(mail.answer.word())));
            let slot = mail.proposed.map_or(
                Value::Null,
                |(start, end)| json!({"start": time(&Moment::utc(start)), "end": time(&Moment::utc(end))}),
            );
            found.push(("proposedNewTime", slot));
        }
        Meeting::Cancelled => {}
    }
    found
}

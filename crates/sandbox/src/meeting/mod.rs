//! Meetings: what an arriving invitation, update, cancellation or answer does to a calendar.
//! Exchange does this on delivery, before anybody opens the mail, and so does the sandbox.

pub(crate) mod ical;
pub(crate) mod post;
pub(crate) mod recurrence;

use mail_parser::{MessageParser, MimeHeaders};
use serde_json::json;

use crate::mailbox::Mailbox;
use crate::mailbox::calendar::{Answer, Event, Exception, MeetingMail, Response};
use crate::mailbox::message::{Meeting, Message};
use crate::meeting::ical::{Invitation, Method};

/// The meeting a mail is about; its kind is set on the message, as the calendar file says.
pub(crate) fn read(message: &mut Message) -> Option<Invitation> {
    if message.is_draft {
        return None;
    }
    message.meeting?;
    let invitation = ical::read(&calendar_file(message)?)?;
    message.meeting = Some(match (invitation.method, answer_in(&invitation)) {
        (Method::Request, _) => Meeting::Request,
        (Method::Cancel, _) => Meeting::Cancelled,
        (Method::Reply | Method::Counter, Answer::Declined) => Meeting::Declined,
        (Method::Reply, Answer::Accepted) => Meeting::Accepted,
        (Method::Reply | Method::Counter, _) => Meeting::Tentative,
    });
    Some(invitation)
}

/// The text of the calendar file in a mail, from its parts or from its bytes.
fn calendar_file(message: &Message) -> Option<String> {
    let is_calendar = |kind: &str| kind.to_ascii_lowercase().starts_with("text/calendar");
    if let Some(part) = message.attachments.iter().find(|one| is_calendar(&one.content_type)) {
        return Some(String::from_utf8_lossy(&part.bytes).into_owned());
    }
    let parsed = MessageParser::default().parse(message.mime.as_deref()?)?;
    let part = parsed.parts.iter().find(|part| {
        part.content_type().is_some_and(|kind| {
            kind.c_type.eq_ignore_ascii_case("text")
                && kind.c_subtype.as_deref().is_some_and(|sub| sub.eq_ignore_ascii_case("calendar"))
        })
    })?;
    Some(String::from_utf8_lossy(part.contents()).into_owned())
}

fn answer_in(invitation: &Invitation) -> Answer {
    invitation.attendees.first().map_or(Answer::None, |one| one.response.answer)
}

/// Brings the calendar up to what a mail says; the mail is in the mailbox already.
pub(crate) fn receive(mailbox: &mut Mailbox, key: u64, invitation: &Invitation, now_ms: i64) {
    let Some(message) = mailbox.message(key).cloned() else {
        return;
    };
    // A copy of a mail says nothing that was not said already.
    let repeated = mailbox.calendar.mails.values().any(|mail| mail.message_id == message.internet_message_id);
    let event_key = mailbox.calendar.by_uid(&invitation.uid);
    let before = event_key.and_then(|key| mailbox.calendar.events.entry(key)).map(|entry| entry.thing.clone());
    let moved = before.as_ref().filter(|before| {
        invitation.method == Method::Request
            && (before.start.ms, before.end.ms) != (invitation.start.ms, invitation.end.ms)
    });
    let place =
        |event: &Event| event.locations.first().and_then(|place| place.get("displayName")?.as_str()).map(str::to_owned);
    let previous = moved.map(|before| (before.start.clone(), before.end.clone(), place(before)));
    mailbox.calendar.mails.insert(key, MeetingMail { previous, ..link(&message.internet_message_id, invitation) });
    if repeated {
        return;
    }
    match (invitation.method, event_key, before) {
        (Method::Request, None, _) => invite(mailbox, &message, invitation, now_ms),
        (Method::Request, Some(key), Some(before)) if !before.mine && invitation.sequence >= before.sequence => {
            update(mailbox, key, &before, &message, invitation, now_ms);
        }
        (Method::Cancel, Some(key), Some(before)) if !before.mine => cancel(mailbox, key, invitation, now_ms),
        (Method::Reply | Method::Counter, Some(key), Some(before)) if before.mine => {
            answered(mailbox, key, &message, invitation, now_ms);
        }
        // Out of date, about a meeting that is not here, or against the organiser's own will.
        (Method::Request | Method::Cancel | Method::Reply | Method::Counter, _, _) => {}
    }
}

/// What is remembered of a mail that says this.
pub(crate) fn link(message_id: &str, invitation: &Invitation) -> MeetingMail {
    MeetingMail {
        message_id: message_id.to_owned(),
        uid: invitation.uid.clone(),
        sequence: invitation.sequence,
        start: invitation.start.clone(),
        end: invitation.end.clone(),
        all_day: invitation.all_day,
        location: invitation.location.clone(),
        rule: invitation.rule.clone(),
        previous: None,
        occurrence_ms: invitation.occurrence_ms,
        proposed: (invitation.method == Method::Counter).then_some((invitation.start.ms, invitation.end.ms)),
        response_requested: invitation.wants_answer,
        answer: answer_in(invitation),
    }
}

/// Lays what an invitation says over an event.
fn told(event: &mut Event, message: &Message, invitation: &Invitation) {
    event.sequence = invitation.sequence;
    event.subject = if invitation.subject.is_empty() { message.subject.clone() } else { invitation.subject.clone() };
    event.content = message.content.clone();
    event.start = invitation.start.clone();
    event.end = invitation.end.clone();
    event.all_day = invitation.all_day;
    event.importance = message.importance;
    event.attendees.clone_from(&invitation.attendees);
    event.response_requested = invitation.wants_answer;
    event.locations = invitation
        .location
        .iter()
        .map(
            |name| json!({"displayName": name, "locationType": "default", "uniqueId": name, "uniqueIdType": "private"}),
        )
        .collect();
    event.cancelled = false;
    event.show_as = "tentative";
    event.response = Response { answer: Answer::NotResponded, at_ms: None };
}

fn invite(mailbox: &mut Mailbox, message: &Message, invitation: &Invitation, now_ms: i64) {
    let organizer = if invitation.organizer.address.is_empty() {
        message.from.clone().unwrap_or_default()
    } else {
        invitation.organizer.clone()
    };
    // One's own invitation, back from a list, is no news.
    if organizer.address.eq_ignore_ascii_case(mailbox.owner.address) {
        return;
    }
    let mut event = Event::new(organizer, invitation.start.clone(), invitation.end.clone());
    told(&mut event, message, invitation);
    event.uid.clone_from(&invitation.uid);
    event.mine = false;
    event.rule.clone_from(&invitation.rule);
    event.exceptions = invitation.left_out.iter().map(|at| (*at, Exception::Cancelled)).collect();
    mailbox.add_event(event, now_ms);
}

fn update(mailbox: &mut Mailbox, key: u64, before: &Event, message: &Message, invitation: &Invitation, now_ms: i64) {
    let same_time = (before.start.ms, before.end.ms) == (invitation.start.ms, invitation.end.ms);
    mailbox.edit_event(key, now_ms, |event| match invitation.occurrence_ms {
        Some(at) => {
            let mut one = event.clone();
            one.rule = None;
            one.exceptions.clear();
            told(&mut one, message, invitation);
            event.exceptions.insert(at, Exception::Changed(Box::new(one)));
        }
        None => {
            let (response, show_as) = (event.response, event.show_as);
            told(event, message, invitation);
            event.rule.clone_from(&invitation.rule);
            // An answer stands as long as it was given for the same hour.
            if same_time && !before.cancelled {
                event.response = response;
                event.show_as = show_as;
            }
        }
    });
}

fn cancel(mailbox: &mut Mailbox, key: u64, invitation: &Invitation, now_ms: i64) {
    mailbox.edit_event(key, now_ms, |event| match invitation.occurrence_ms {
        Some(at) => {
            event.exceptions.insert(at, Exception::Cancelled);
        }
        None => {
            event.cancelled = true;
            event.show_as = "free";
            event.sequence = invitation.sequence;
            event.reminder_on = false;
            if !event.subject.starts_with("Canceled: ") {
                event.subject = format!("Canceled: {}", event.subject);
            }
        }
    });
}

/// Notes on the organiser's event what somebody answered.
fn answered(mailbox: &mut Mailbox, key: u64, message: &Message, invitation: &Invitation, now_ms: i64) {
    let from = message.from.as_ref().map_or("", |from| from.address.as_str());
    let who = invitation.attendees.first().map_or(from, |one| one.who.address.as_str()).to_owned();
    let response = Response { answer: answer_in(invitation), at_ms: Some(message.sent_ms) };
    let proposed = (invitation.method == Method::Counter).then_some((invitation.start.ms, invitation.end.ms));
    mailbox.edit_event(key, now_ms, |event| {
        for one in event.attendees.iter_mut().filter(|one| one.who.address.eq_ignore_ascii_case(&who)) {
            one.response = response;
            one.proposed = proposed;
        }
    });
}

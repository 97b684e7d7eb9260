//! What a person does with an event: accept, decline, cancel, forward, put a reminder off.
//! An answer goes to the organiser by mail, and the invitation to Deleted Items, as Exchange does.

use serde_json::Value;

use crate::graph::call::{Call, text_member};
use crate::graph::event_view::Shown;
use crate::graph::events::{needs_writing, take_out};
use crate::graph::refusal::Refusal;
use crate::graph::refusal_people::PeopleRefusal;
use crate::graph::{Outcome, event_body, values};
use crate::mailbox::Mailbox;
use crate::mailbox::calendar::{Answer, Attendee, Event, Exception, Response};
use crate::mailbox::message::Meeting;
use crate::meeting::post::{self, Answering};
use crate::sandbox::Sandbox;
use crate::web::{self, member};

/// Carries out one action on an event or on one day of a series.
pub(super) fn handle(sandbox: &mut Sandbox, call: &Call<'_>, at: (u64, Option<i64>), action: &str) -> Outcome {
    needs_writing(call)?;
    let body = if call.is_mime() { Value::Null } else { call.json()? };
    let delay_ms = sandbox.send_delay_ms;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let (key, occurrence_ms) = at;
    let entry = mailbox.calendar.events.entry(key).ok_or(Refusal::ItemNotFound)?;
    let event = Shown { entry, occurrence_ms }.event().ok_or(Refusal::ItemNotFound)?;
    match action {
        "accept" => answer(mailbox, call, at, &event, (Answer::Accepted, &body), delay_ms)?,
        "tentativelyaccept" => answer(mailbox, call, at, &event, (Answer::Tentative, &body), delay_ms)?,
        "decline" => answer(mailbox, call, at, &event, (Answer::Declined, &body), delay_ms)?,
        "cancel" => cancel(mailbox, call, at, &event, &body, delay_ms)?,
        "forward" => forward(mailbox, call, &event, occurrence_ms, &body, delay_ms)?,
        "snoozereminder" => {
            let until = event_body::action_moment(&body, "newReminderTime")?;
            let minutes = (event.start.ms - until).div_euclid(60_000).max(0);
            edit_one(mailbox, at, call.now_ms, |event| {
                event.reminder_on = true;
                event.reminder_minutes = minutes;
            });
            return Ok(web::empty(200));
        }
        "dismissreminder" => {
            edit_one(mailbox, at, call.now_ms, |event| event.reminder_on = false);
            return Ok(web::empty(200));
        }
        other => return Err(Refusal::NoSuchResource(other.to_owned())),
    }
    Ok(web::empty(202))
}

/// Changes an event, or only the day of a series that is meant.
fn edit_one(
    mailbox: &mut Mailbox,
    (key, occurrence_ms): (u64, Option<i64>),
    now_ms: i64,
    edit: impl FnOnce(&mut Event),
) {
    mailbox.edit_event(key, now_ms, |event| match occurrence_ms {
        Some(ms) => {
            if let Some(mut one) = event.occurrence(ms) {
                one.rule = None;
                edit(&mut one);
                event.exceptions.insert(ms, Exception::Changed(Box::new(one)));
            }
        }
        None => edit(event),
    });
}

fn answer(
    mailbox: &mut Mailbox,
    call: &Call<'_>,
    at: (u64, Option<i64>),
    event: &Event,
    (given, body): (Answer, &Value),
    delay_ms: i64,
) -> Result<(), Refusal> {
    if event.mine {
        return Err(
            PeopleRefusal::Meeting("You can't respond to this meeting because you're the meeting organizer.").into()
        );
    }
    if event.cancelled {
        return Err(PeopleRefusal::Meeting("You can't respond to this meeting because it was cancelled.").into());
    }
    let sends = member(body, "sendResponse").and_then(Value::as_bool).unwrap_or(true);
    let proposed = member(body, "proposedNewTime")
        .filter(|slot| !slot.is_null() && given != Answer::Accepted)
        .map(event_body::slot)
        .transpose()?;
    if proposed.is_some() && !(event.allow_proposals && sends) {
        return Err(PeopleRefusal::Meeting("The organizer doesn't take proposals for another time.").into());
    }
    let now_ms = call.now_ms;
    if given == Answer::Declined {
        take_out(mailbox, at, now_ms);
    } else {
        let own = call.person.address;
        edit_one(mailbox, at, now_ms, |event| {
            event.response = Response { answer: given, at_ms: Some(now_ms) };
            event.show_as = if given == Answer::Accepted { "busy" } else { "tentative" };
            for one in event.attendees.iter_mut().filter(|one| one.who.address.eq_ignore_ascii_case(own)) {
                one.response.answer = given;
            }
        });
    }
    put_away(mailbox, &event.uid, now_ms);
    if sends {
        let comment = text_member(body, "comment").unwrap_or_default();
        let answering = Answering { answer: given, comment, occurrence_ms: at.1, proposed };
        post::answer(mailbox, event, &answering, now_ms, delay_ms);
    }
    Ok(())
}

/// Moves the invitations to a meeting out of the inbox.
fn put_away(mailbox: &mut Mailbox, uid: &str, now_ms: i64) {
    let (Some(inbox), Some(bin)) = (mailbox.folder_id("inbox"), mailbox.folder_id("deleteditems")) else {
        return;
    };
    let invitations: Vec<u64> = mailbox
        .calendar
        .mails
        .iter()
        .filter(|(_, mail)| mail.uid == uid)
        .map(|(key, _)| *key)
        .filter(|key| {
            mailbox
                .message(*key)
                .is_some_and(|message| message.folder == inbox && message.meeting == Some(Meeting::Request))
        })
        .collect();
    for key in invitations {
        mailbox.update(key, &["isRead"], now_ms, |message| message.is_read = true);
        mailbox.relocate(key, &bin, now_ms);
    }
}

fn cancel(
    mailbox: &mut Mailbox,
    call: &Call<'_>,
    at: (u64, Option<i64>),
    event: &Event,
    body: &Value,
    delay_ms: i64,
) -> Result<(), Refusal> {
    if !event.mine {
        return Err(PeopleRefusal::Meeting("You need to be an organizer to cancel a meeting.").into());
    }
    let comment = text_member(body, "comment").unwrap_or_default();
    take_out(mailbox, at, call.now_ms);
    post::cancel(mailbox, event, &event.attendees, (comment, at.1), call.now_ms, delay_ms);
    Ok(())
}

fn forward(
    mailbox: &mut Mailbox,
    call: &Call<'_>,
    event: &Event,
    occurrence_ms: Option<i64>,
    body: &Value,
    delay_ms: i64,
) -> Result<(), Refusal> {
    let list = member(body, "toRecipients").map(values::addresses).transpose()?.unwrap_or_default();
    if list.is_empty() || list.iter().any(|one| !one.address.contains('@')) {
        return Err(Refusal::BadRecipients("At least one recipient isn't valid.".to_owned()));
    }
    let to: Vec<Attendee> =
        list.into_iter().map(|who| Attendee { who, kind: "required", ..Attendee::default() }).collect();
    let comment = text_member(body, "comment").unwrap_or_default();
    let mut forwarded = event.clone();
    forwarded.attendees.extend(to.iter().cloned());
    post::invite(mailbox, &forwarded, &to, (comment, occurrence_ms), call.now_ms, delay_ms);
    Ok(())
}

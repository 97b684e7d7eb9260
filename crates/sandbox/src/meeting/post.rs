//! Mails about meetings that leave a mailbox: invitations, updates, cancellations and answers.
//! They go the way of every other mail, through the Outbox to Sent Items.

use crate::mailbox::calendar::{Answer, Attendee, Event, Response};
use crate::mailbox::message::{Address, Attachment, Content, Meeting, Message};
use crate::mailbox::{Departure, Mailbox};
use crate::meeting::ical::{self, Letter, Method};
use crate::mime::body;
use crate::web::escape_html;

/// An answer to an invitation, on its way to the organiser.
pub(crate) struct Answering<'c> {
    pub(crate) answer: Answer,
    pub(crate) comment: &'c str,
    pub(crate) occurrence_ms: Option<i64>,
    pub(crate) proposed: Option<(i64, i64)>,
}

/// Sends the organiser of an event this person's answer.
pub(crate) fn answer(mailbox: &mut Mailbox, event: &Event, answering: &Answering<'_>, now_ms: i64, delay_ms: i64) {
    let (word, meeting) = match answering.answer {
        Answer::Declined => ("Declined", Meeting::Declined),
        Answer::Tentative => ("Tentative", Meeting::Tentative),
        Answer::Accepted | Answer::None | Answer::Organizer | Answer::NotResponded => ("Accepted", Meeting::Accepted),
    };
    let word = if answering.proposed.is_some() { "New Time Proposed" } else { word };
    let own = Attendee {
        who: Address::new(mailbox.owner.name, mailbox.owner.address),
        kind: "required",
        response: Response { answer: answering.answer, at_ms: None },
        proposed: None,
    };
    let letter = Letter {
        method: if answering.proposed.is_some() { Method::Counter } else { Method::Reply },
        event,
        attendees: &[own],
        occurrence_ms: answering.occurrence_ms,
        proposed: answering.proposed,
        now_ms,
    };
    let subject = format!("{word}: {}", event.subject);
    post(mailbox, &letter, subject, vec![event.organizer.clone()], said(answering.comment), meeting, delay_ms);
}

/// Sends invitations, or updates of them, to these attendees.
pub(crate) fn invite(
    mailbox: &mut Mailbox,
    event: &Event,
    to: &[Attendee],
    (comment, occurrence_ms): (&str, Option<i64>),
    now_ms: i64,
    delay_ms: i64,
) {
    let letter =
        Letter { method: Method::Request, event, attendees: &event.attendees, occurrence_ms, proposed: None, now_ms };
    let content = if comment.is_empty() { event.content.clone() } else { said(comment) };
    let to = to.iter().map(|one| one.who.clone()).collect();
    post(mailbox, &letter, event.subject.clone(), to, content, Meeting::Request, delay_ms);
}

/// Tells these attendees that the meeting, or one day of it, does not take place.
pub(crate) fn cancel(
    mailbox: &mut Mailbox,
    event: &Event,
    to: &[Attendee],
    (comment, occurrence_ms): (&str, Option<i64>),
    now_ms: i64,
    delay_ms: i64,
) {
    let letter = Letter { method: Method::Cancel, event, attendees: to, occurrence_ms, proposed: None, now_ms };
    let addresses = to.iter().map(|one| one.who.clone()).collect();
    let subject = format!("Canceled: {}", event.subject);
    post(mailbox, &letter, subject, addresses, said(comment), Meeting::Cancelled, delay_ms);
}

/// A file with nothing in it.
pub(crate) fn blank_file() -> Attachment {
    Attachment::default()
}

/// A comment as a body.
fn said(comment: &str) -> Content {
    let lines: Vec<String> = comment.lines().map(escape_html).collect();
    Content { html: true, text: format!("<html><body>{}</body></html>", lines.join("<br>")) }
}

fn post(
    mailbox: &mut Mailbox,
    letter: &Letter<'_>,
    subject: String,
    to: Vec<Address>,
    content: Content,
    meeting: Meeting,
    delay_ms: i64,
) {
    let Some(outbox) = mailbox.folder_id("outbox").filter(|_| !to.is_empty()) else {
        return;
    };
    let own = Address::new(mailbox.owner.name, mailbox.owner.address);
    let calendar_file = ical::write(letter);
    let said = ical::read(&calendar_file);
    let file = Attachment {
        name: "meeting.ics".to_owned(),
        content_type: format!("text/calendar; charset=utf-8; method={}", letter.method.word()),
        bytes: calendar_file.into_bytes(),
        inline: true,
        ..blank_file()
    };
    let message = Message {
        subject,
        preview: body::preview(&content),
        content,
        from: Some(own.clone()),
        sender: Some(own),
        to,
        received_ms: letter.now_ms,
        sent_ms: letter.now_ms,
        is_draft: true,
        is_read: true,
        submitted: true,
        meeting: Some(meeting),
        attachments: vec![file],
        ..Message::default()
    };
    let key = mailbox.insert(message, &outbox, letter.now_ms);
    // The sender's own copy belongs to the meeting as well.
    let message_id = mailbox.message(key).map(|message| message.internet_message_id.clone()).unwrap_or_default();
    if let Some(said) = said {
        mailbox.calendar.mails.insert(key, super::link(&message_id, &said));
    }
    mailbox.departures.push(Departure { due_ms: letter.now_ms + delay_ms, key, save: true });
}

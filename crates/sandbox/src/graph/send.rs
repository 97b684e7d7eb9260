//! Sending: a draft is accepted, waits in the Outbox, leaves, and stays in Sent Items under the same immutable id.
//! Nothing comes back but 202, as from Graph, so that a lost answer tells the client nothing.

use serde_json::Value;

use crate::graph::call::Call;
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, edit, extended, folders};
use crate::mailbox::Departure;
use crate::mailbox::message::{Address, Message};
use crate::mime;
use crate::people::{self, Person};
use crate::sandbox::Sandbox;
use crate::sandbox::delivered::Delivery;
use crate::web;

/// Accepts a draft for sending.
pub(super) fn send(sandbox: &mut Sandbox, call: &Call<'_>, key: u64) -> Outcome {
    call.needs(&["Mail.Send"])?;
    let delay_ms = sandbox.send_delay_ms;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let message = mailbox.message(key).ok_or(Refusal::ItemNotFound)?;
    // What was sent, or is on its way, is no draft to be found any more.
    if !message.is_draft || message.submitted {
        return Err(Refusal::ItemNotFound);
    }
    check(message, call.person)?;
    submit(sandbox, call, key, delay_ms, true)?;
    Ok(web::empty(202))
}

/// Sends a message in one call.
pub(super) fn send_mail(sandbox: &mut Sandbox, call: &Call<'_>) -> Outcome {
    call.needs(&["Mail.Send"])?;
    let (draft, save) = if call.is_mime() {
        (edit::from_mime(call.body, call.person, call.now_ms)?, true)
    } else {
        let body = call.json()?;
        let message =
            web::member(&body, "message").ok_or_else(|| Refusal::BadRequest("The message is missing.".to_owned()))?;
        let save = match web::member(&body, "saveToSentItems") {
            None | Some(Value::Null) => true,
            // The documentation itself sends the word in quotes.
            Some(save) => save
                .as_bool()
                .or_else(|| save.as_str().and_then(|word| word.to_ascii_lowercase().parse().ok()))
                .ok_or_else(|| Refusal::BadRequest("The value of 'saveToSentItems' is not valid.".to_owned()))?,
        };
        (edit::from_json(message, call.person, call.now_ms)?, save)
    };
    at_once(sandbox, call, draft, save)
}

/// Sends a message that never was a draft of the client's.
pub(super) fn at_once(sandbox: &mut Sandbox, call: &Call<'_>, draft: Message, save: bool) -> Outcome {
    check(&draft, call.person)?;
    let delay_ms = sandbox.send_delay_ms;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let outbox = folders::find(mailbox, "outbox")?;
    let key = mailbox.insert(draft, &outbox, call.now_ms);
    submit(sandbox, call, key, delay_ms, save)?;
    Ok(web::empty(202))
}

/// Refuses what no mail server would take.
fn check(message: &Message, person: &Person) -> Result<(), Refusal> {
    let own = |one: &Address| one.address.eq_ignore_ascii_case(person.address);
    if message.from.as_ref().is_some_and(|from| !own(from)) {
        return Err(Refusal::SendAsDenied);
    }
    let mut all = message.to.iter().chain(&message.cc).chain(&message.bcc).peekable();
    if all.peek().is_none() {
        return Err(Refusal::BadRecipients(
            "At least one recipient isn't valid., A message can't be sent because it contains no recipients."
                .to_owned(),
        ));
    }
    for one in all {
        let parts = one.address.rsplit_once('@');
        let good = parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
            && !one.address.contains(char::is_whitespace);
        if !good {
            return Err(Refusal::BadRecipients(format!("At least one recipient isn't valid., {}", one.address)));
        }
    }
    Ok(())
}

fn submit(sandbox: &mut Sandbox, call: &Call<'_>, key: u64, delay_ms: i64, save: bool) -> Result<(), Refusal> {
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let outbox = folders::find(mailbox, "outbox")?;
    mailbox.update(key, &["lastModifiedDateTime"], call.now_ms, |message| {
        message.submitted = true;
    });
    mailbox.relocate(key, &outbox, call.now_ms);
    let due_ms = call.now_ms + delay_ms;
    // Who asked for a later hour has the message wait on the server.
    let due_ms = mailbox.message(key).and_then(extended::deferred_ms).map_or(due_ms, |asked| asked.max(due_ms));
    mailbox.departures.push(Departure { due_ms, key, save });
    Ok(())
}

/// Lets everything leave that is due by now.
pub(crate) fn depart(sandbox: &mut Sandbox, now_ms: i64) {
    for person in &people::PEOPLE {
        while let Some(departure) = next_due(sandbox, person, now_ms) {
            leave(sandbox, person, departure);
        }
    }
}

fn next_due(sandbox: &mut Sandbox, person: &Person, now_ms: i64) -> Option<Departure> {
    let mailbox = sandbox.mailbox_mut(person).ok()?;
    let (at, departure) = mailbox
        .departures
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, departure)| departure.due_ms <= now_ms)
        .min_by_key(|(_, departure)| *departure)?;
    mailbox.departures.remove(at);
    Some(departure)
}

fn leave(sandbox: &mut Sandbox, person: &Person, departure: Departure) {
    let Departure { due_ms, key, save } = departure;
    let Ok(mailbox) = sandbox.mailbox_mut(person) else {
        return;
    };
    let Some(sent) = mailbox.folder_id("sentitems") else {
        return;
    };
    mailbox.update(key, &["isDraft", "sentDateTime", "receivedDateTime"], due_ms, |message| {
        message.is_draft = false;
        message.is_read = true;
        message.submitted = false;
        message.sent_ms = due_ms;
        message.received_ms = due_ms;
    });
    let Some(message) = mailbox.message(key).cloned() else {
        return;
    };
    let anew = sandbox.send_anew;
    let Ok(mailbox) = sandbox.mailbox_mut(person) else {
        return;
    };
    if save && anew {
        mailbox.remove(key);
        mailbox.insert(message.clone(), &sent, due_ms);
    } else if save {
        mailbox.relocate(key, &sent, due_ms);
    } else {
        mailbox.remove(key);
    }
    deliver(sandbox, &message, due_ms);
}

/// Brings a sent message to everybody it names, once each, inside the tenant and out.
fn deliver(sandbox: &mut Sandbox, message: &Message, now_ms: i64) {
    let mut seen: Vec<String> = Vec::new();
    let from = message.from.as_ref().map_or("", |from| from.address.as_str());
    for one in message.to.iter().chain(&message.cc).chain(&message.bcc) {
        let address = one.address.to_lowercase();
        if seen.contains(&address) {
            continue;
        }
        sandbox.delivered.push(Delivery {
            internet_message_id: message.internet_message_id.clone(),
            marker: message.marker().map(str::to_owned),
            from: from.to_owned(),
            to: one.address.clone(),
            at_ms: now_ms,
        });
        if let Some(person) = people::find(&address) {
            sandbox.file_incoming(person, arrived(message), now_ms);
        }
        seen.push(address);
    }
}

/// The recipient's own copy: unread, without Bcc, without the sender's private marks.
fn arrived(message: &Message) -> Message {
    let mut copy = message.clone();
    copy.bcc.clear();
    copy.is_read = false;
    copy.flag = crate::mailbox::message::Flag::default();
    copy.categories.clear();
    copy.extended.clear();
    copy.multi.clear();
    copy.extensions.clear();
    copy.conversation_id.clear();
    copy.conversation_index.clear();
    let bytes = mime::write::write(&copy);
    if let Ok(read) = mime::read::read(&bytes) {
        // The recipient sees the header fields of the wire, not only the app's own.
        copy.headers = read.message.headers;
    }
    copy.mime = Some(bytes);
    copy
}

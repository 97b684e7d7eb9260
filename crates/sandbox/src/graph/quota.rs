//! Limits of size and of sending: how large a message is, how full a mailbox, how many mails in a minute and a day.
//! They are checked around the work of every verb, so that no verb needs to know them.

use http::Method;
use serde_json::{Value, json};

use crate::graph::call::Call;
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, dispatch};
use crate::mailbox::Mailbox;
use crate::mailbox::message::Message;
use crate::people::Person;
use crate::sandbox::Sandbox;
use crate::web;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// How much a mailbox holds at most, and by which of the two codes it says that it is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) bytes: usize,
    /// `quotaLimitReached` instead of Exchange's `ErrorQuotaExceeded`.
    pub(crate) plain_code: bool,
}

/// What a call does, as far as the limits care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    /// A mail leaves.
    Send,
    /// The mailbox grows.
    Create,
    Other,
}

/// Does a call unless a limit forbids it.
pub(super) fn guarded(sandbox: &mut Sandbox, call: &Call<'_>) -> Outcome {
    let verb = verb(call);
    if verb == Verb::Other {
        return dispatch(sandbox, call);
    }
    check_room(sandbox, call)?;
    check_size(sandbox, call)?;
    if verb != Verb::Send {
        return dispatch(sandbox, call);
    }
    check_sending(sandbox, call)?;
    let before: Vec<u64> = waiting(sandbox, call).collect();
    let answer = dispatch(sandbox, call)?;
    let fresh = waiting(sandbox, call).find(|key| !before.contains(key));
    let recipients = fresh.and_then(|key| sandbox.mailbox(call.person).ok()?.message(key)).map_or(1, recipients_of);
    sandbox.limits.sent.entry(call.person.object_id).or_default().push_back((call.now_ms, recipients));
    Ok(answer)
}

fn verb(call: &Call<'_>) -> Verb {
    let words: Vec<&str> = call.words.iter().map(String::as_str).collect();
    if call.method != Method::POST || words.first() != Some(&"me") {
        return Verb::Other;
    }
    let about_mail = words.iter().any(|word| matches!(*word, "messages" | "mailfolders"));
    match words.last() {
        Some(&"sendmail") => Verb::Send,
        Some(&("send" | "reply" | "replyall" | "forward")) if about_mail => Verb::Send,
        Some(
            &("messages"
            | "attachments"
            | "copy"
            | "createreply"
            | "createreplyall"
            | "createforward"
            | "createuploadsession"),
        ) if about_mail => Verb::Create,
        Some(_) | None => Verb::Other,
    }
}

fn waiting<'s>(sandbox: &'s Sandbox, call: &Call<'_>) -> impl Iterator<Item = u64> + use<'s> {
    let mailbox = sandbox.mailbox(call.person).ok();
    mailbox.into_iter().flat_map(|mailbox| mailbox.departures.iter().map(|one| one.key))
}

/// The message a call is about, if it names one.
fn subject<'s>(sandbox: &'s Sandbox, call: &Call<'_>) -> Option<&'s Message> {
    let at = call.words.iter().position(|word| word == "messages")?;
    let mailbox = sandbox.mailbox(call.person).ok()?;
    mailbox.message(mailbox.find(call.segment(at + 1))?)
}

fn recipients_of(message: &Message) -> usize {
    message.to.len() + message.cc.len() + message.bcc.len()
}

/// About what a message weighs as MIME: its text, and its files a third larger for being base64.
fn weight(message: &Message) -> usize {
    let files: usize = message.attachments.iter().map(|one| one.bytes.len().div_ceil(3) * 4).sum();
    message.content.text.len() + files
}

/// What all messages of a mailbox weigh.
pub(crate) fn used(mailbox: &Mailbox) -> usize {
    mailbox.messages().map(|(_, message)| weight(message)).sum()
}

fn check_room(sandbox: &Sandbox, call: &Call<'_>) -> Result<(), Refusal> {
    let Some(quota) = sandbox.limits.quotas.get(call.person.object_id) else {
        return Ok(());
    };
    if used(sandbox.mailbox(call.person)?) >= quota.bytes { Err(Refusal::Full(quota.plain_code)) } else { Ok(()) }
}

fn check_size(sandbox: &Sandbox, call: &Call<'_>) -> Result<(), Refusal> {
    // A reply leaves the files of what it answers behind, and a copy is as large as what it copies.
    // A file that comes in pieces may be larger than a mail: then it is the mail that is refused, when it is sent.
    let goes_along = matches!(call.words.last().map(String::as_str), Some("send" | "forward" | "attachments"));
    let message = subject(sandbox, call).filter(|_| goes_along).map_or(0, weight);
    if message.saturating_add(call.body.len()) > sandbox.limits.message_bytes {
        Err(Refusal::MessageTooLarge)
    } else {
        Ok(())
    }
}

fn check_sending(sandbox: &mut Sandbox, call: &Call<'_>) -> Result<(), Refusal> {
    let more = match subject(sandbox, call) {
        Some(draft) if draft.is_draft => recipients_of(draft),
        Some(_) => 1,
        None => named(call).unwrap_or(1),
    };
    let limits = &mut sandbox.limits;
    let (per_minute, per_day) = (limits.sends_per_minute, limits.recipients_per_day);
    let sent = limits.sent.entry(call.person.object_id).or_default();
    while sent.front().is_some_and(|(at, _)| at + DAY_MS <= call.now_ms) {
        sent.pop_front();
    }
    let minute: Vec<i64> = sent.iter().map(|(at, _)| *at).filter(|at| at + MINUTE_MS > call.now_ms).collect();
    if minute.len() >= per_minute {
        let first = minute.first().copied().unwrap_or(call.now_ms);
        return Err(Refusal::TooManySent(first + MINUTE_MS - call.now_ms));
    }
    if sent.iter().map(|(_, recipients)| recipients).sum::<usize>().saturating_add(more) > per_day {
        let first = sent.front().map_or(call.now_ms, |(at, _)| *at);
        return Err(Refusal::TooManySent(first + DAY_MS - call.now_ms));
    }
    Ok(())
}

/// How many recipients the body of a `sendMail` names.
fn named(call: &Call<'_>) -> Option<usize> {
    let body = call.json().ok()?;
    let message = web::member(&body, "message")?;
    let lists = ["toRecipients", "ccRecipients", "bccRecipients"];
    Some(lists.iter().filter_map(|name| web::member(message, name)?.as_array()).map(Vec::len).sum())
}

/// What a mailbox holds and may hold, for the control call.
pub(crate) fn shown(sandbox: &Sandbox, person: &Person) -> Value {
    let quota = sandbox.limits.quotas.get(person.object_id).map(|quota| quota.bytes);
    json!({"user": person.address, "used": sandbox.mailbox(person).map_or(0, used), "bytes": quota})
}

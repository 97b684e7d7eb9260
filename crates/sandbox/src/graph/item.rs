//! One message: read it, change it, move it, copy it, delete it.
//! Every write checks the ETag the client brought and makes a new one.

use crate::graph::call::{Call, text_member};
use crate::graph::edit::{self, Stage};
use crate::graph::expand::{self, Expand};
use crate::graph::query::{self, Select};
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer, folders, render, values};
use crate::mailbox::Mailbox;
use crate::mime;
use crate::sandbox::Sandbox;
use crate::web;

/// Ids of Exchange are long; anything shorter was cut or never was one.
const SHORTEST_ID: usize = 20;

/// The key of the message with this id.
pub(super) fn key(sandbox: &Sandbox, call: &Call<'_>, id: &str) -> Result<u64, Refusal> {
    let mailbox = sandbox.mailbox(call.person)?;
    if let Some(key) = mailbox.find(id) {
        return Ok(key);
    }
    let strange = |c: char| !(c.is_ascii_alphanumeric() || "+/=-_".contains(c));
    if id.len() < SHORTEST_ID || id.contains(strange) || !id.starts_with("AA") {
        return Err(Refusal::IdMalformed);
    }
    Err(Refusal::ItemNotFound)
}

pub(super) fn read(sandbox: &Sandbox, call: &Call<'_>, key: u64) -> Outcome {
    call.needs_reading()?;
    query::check_options(&call.query)?;
    let select = Select::messages(call.query.first("$select"))?;
    let expand = expand::asked(call.query.first("$expand"), call)?;
    let mailbox = sandbox.mailbox(call.person)?;
    shown(mailbox, call, key, 200, &select, &expand)
}

/// An answer that shows a message.
pub(super) fn shown(
    mailbox: &Mailbox,
    call: &Call<'_>,
    key: u64,
    status: u16,
    select: &Select,
    expand: &Expand,
) -> Outcome {
    let message = mailbox.message(key).ok_or(Refusal::ItemNotFound)?;
    let value = render::message(mailbox, message, select, expand, call);
    let selection = if *select == Select::All { String::new() } else { render::selected(call) };
    let mut answer = answer(status, call.context(&format!("messages{selection}/$entity")), value);
    if status == 201 {
        let id = web::percent_encode(call.id_of(message));
        let location = format!("{}/users('{}')/messages('{id}')", call.base, call.person.object_id);
        web::set(&mut answer, "location", &location);
    }
    Ok(answer)
}

/// The latest ETag of a message.
pub(super) fn etag(mailbox: &Mailbox, key: u64) -> Result<String, Refusal> {
    mailbox.message(key).map(|message| mailbox.etag(message.change)).ok_or(Refusal::ItemNotFound)
}

pub(super) fn patch(sandbox: &mut Sandbox, call: &Call<'_>, key: u64) -> Outcome {
    call.needs_writing()?;
    let body = call.json()?;
    let free = !sandbox.behaviour.guards_sent_mail || call.needs(&["Mail-Advanced.ReadWrite"]).is_ok();
    let mailbox = sandbox.mailbox_mut(call.person)?;
    call.check_match(Some(&etag(mailbox, key)?))?;
    let message = mailbox.message(key).ok_or(Refusal::ItemNotFound)?;
    if message.submitted {
        return Err(Refusal::Conflict);
    }
    // Exchange still works on a fresh draft: who does not say which version is meant meets that work.
    if mailbox.fresh.remove(&key) && call.if_match().is_none() {
        mailbox.touch(key, call.now_ms, |_| {});
        return Err(Refusal::Conflict);
    }
    let message = mailbox.message(key).ok_or(Refusal::ItemNotFound)?;
    let stage = if free { Stage::KeptFreely } else { Stage::Kept };
    let (mut edited, properties) = edit::apply(message.clone(), &body, call.person, stage)?;
    if properties.contains(&"flag") {
        values::date_completion(&mut edited.flag, call.now_ms);
    }
    if !properties.is_empty() {
        mailbox.update(key, &properties, call.now_ms, |message| *message = edited);
    }
    shown(mailbox, call, key, 200, &Select::All, &Expand::default())
}

/// Deletes: to Deleted Items, and for good from there.
pub(super) fn delete(sandbox: &mut Sandbox, call: &Call<'_>, key: u64) -> Outcome {
    call.needs_writing()?;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    call.check_match(Some(&etag(mailbox, key)?))?;
    let bin = folders::find(mailbox, "deleteditems")?;
    if mailbox.message(key).is_some_and(|message| message.folder == bin) {
        mailbox.remove(key);
    } else {
        cancel(mailbox, key, call.now_ms);
        mailbox.relocate(key, &bin, call.now_ms);
    }
    Ok(web::empty(204))
}

pub(super) fn purge(sandbox: &mut Sandbox, call: &Call<'_>, key: u64) -> Outcome {
    call.needs_writing()?;
    sandbox.mailbox_mut(call.person)?.remove(key);
    Ok(web::empty(204))
}

/// Takes a waiting message out of the queue: what left the Outbox by hand is not sent.
fn cancel(mailbox: &mut Mailbox, key: u64, now_ms: i64) {
    if mailbox.message(key).is_some_and(|message| message.submitted) {
        mailbox.departures.retain(|departure| departure.key != key);
        mailbox.update(key, &["isDraft"], now_ms, |message| message.submitted = false);
    }
}

fn destination(mailbox: &Mailbox, call: &Call<'_>) -> Result<String, Refusal> {
    let body = call.json()?;
    let name = text_member(&body, "destinationId")
        .ok_or_else(|| Refusal::BadRequest("The destinationId is missing.".to_owned()))?;
    folders::place(mailbox, name)
}

pub(super) fn relocate(sandbox: &mut Sandbox, call: &Call<'_>, key: u64) -> Outcome {
    call.needs_writing()?;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let to = destination(mailbox, call)?;
    cancel(mailbox, key, call.now_ms);
    mailbox.relocate(key, &to, call.now_ms);
    shown(mailbox, call, key, 201, &Select::All, &Expand::default())
}

pub(super) fn copy(sandbox: &mut Sandbox, call: &Call<'_>, key: u64) -> Outcome {
    call.needs_writing()?;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let to = destination(mailbox, call)?;
    let mut twin = mailbox.message(key).ok_or(Refusal::ItemNotFound)?.clone();
    twin.submitted = false;
    let key = mailbox.insert(twin, &to, call.now_ms);
    shown(mailbox, call, key, 201, &Select::All, &Expand::default())
}

/// The message as MIME.
pub(super) fn mime(sandbox: &Sandbox, call: &Call<'_>, key: u64) -> Outcome {
    call.needs(&["Mail.ReadWrite", "Mail.Read"])?;
    let mailbox = sandbox.mailbox(call.person)?;
    let message = mailbox.message(key).ok_or(Refusal::ItemNotFound)?;
    let bytes = message.mime.clone().unwrap_or_else(|| mime::write::write(message));
    Ok(web::answer(200, "text/plain", bytes))
}

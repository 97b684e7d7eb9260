//! Following the folders: the whole tree flat, then folders that changed, their counts included.
//! A folder's row is always whole, because Graph counts a changed count as a changed folder.

use serde_json::{Value, json};

use crate::chance::base64_decode;
use crate::graph::call::Call;
use crate::graph::folders::wants_hidden;
use crate::graph::query::Select;
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer, render};
use crate::mailbox::Mailbox;
use crate::sandbox::Sandbox;
use crate::web::percent_encode;

/// Folders a page holds where the client does not say.
const PAGE: usize = 100;

/// Where a round stands: changes up to `head` are told, and of those after it the ones up to `after`.
struct Round {
    select: Option<String>,
    hidden: bool,
    full: bool,
    head: u64,
    after: u64,
    /// Rows of the full round that are told already.
    told: usize,
}

/// One page of the folders' delta.
pub(super) fn read(sandbox: &Sandbox, call: &Call<'_>) -> Outcome {
    call.needs_reading()?;
    let mailbox = sandbox.mailbox(call.person)?;
    let token = call.query.first("$skiptoken").or_else(|| call.query.first("$deltatoken"));
    let round = match token {
        Some(token) => resume(token, mailbox)?,
        None => Round {
            select: call.query.first("$select").map(str::to_owned),
            hidden: wants_hidden(call),
            full: true,
            head: mailbox.head(),
            after: 0,
            told: 0,
        },
    };
    let select = Select::folders(round.select.as_deref())?;
    let size = call.page_size.unwrap_or(PAGE).min(1000);
    let (rows, next) =
        if round.full { full(mailbox, &round, &select, size) } else { changed(mailbox, &round, &select, size) };
    let (name, option) = if next.get("full").is_none() && next.get("a") == Some(&json!(0)) {
        ("@odata.deltaLink", "$deltatoken")
    } else {
        ("@odata.nextLink", "$skiptoken")
    };
    let mut value = json!({ "value": rows });
    if let Some(object) = value.as_object_mut() {
        let token = percent_encode(&render::token(&next));
        let link = format!("{}?{option}={token}", call.full_path());
        object.insert(name.to_owned(), json!(link));
    }
    Ok(answer(200, format!("{}/$metadata#Collection(mailFolder)", call.base), value))
}

fn resume(token: &str, mailbox: &Mailbox) -> Result<Round, Refusal> {
    let bad = || Refusal::BadQuery("The delta token is not valid.".to_owned());
    let bytes = base64_decode(token).ok_or_else(bad)?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    let number = |name: &str| value.get(name).and_then(Value::as_u64);
    if value.get("kind").and_then(Value::as_str) != Some("folders") {
        return Err(bad());
    }
    if number("g") != Some(mailbox.generation) {
        return Err(Refusal::SyncStateNotFound);
    }
    let told = number("full").and_then(|told| usize::try_from(told).ok());
    Ok(Round {
        select: value.get("s").and_then(Value::as_str).map(str::to_owned),
        hidden: value.get("hidden").and_then(Value::as_bool).unwrap_or(false),
        full: told.is_some(),
        head: number("h").ok_or_else(bad)?,
        after: number("a").unwrap_or(0),
        told: told.unwrap_or(0),
    })
}

fn next(mailbox: &Mailbox, round: &Round, head: u64, after: u64, told: Option<usize>) -> Value {
    let mut token = json!({
        "kind": "folders", "g": mailbox.generation, "h": head, "a": after, "hidden": round.hidden,
    });
    if let Some(object) = token.as_object_mut() {
        if let Some(select) = &round.select {
            object.insert("s".to_owned(), json!(select));
        }
        if let Some(told) = told {
            object.insert("full".to_owned(), json!(told));
        }
    }
    token
}

fn full(mailbox: &Mailbox, round: &Round, select: &Select, size: usize) -> (Vec<Value>, Value) {
    let all: Vec<Value> = mailbox
        .folders()
        .filter(|folder| folder.parent.is_some() && (round.hidden || !folder.hidden))
        .map(|folder| render::folder(mailbox, folder, select))
        .collect();
    let told = round.told.saturating_add(size);
    let more = told < all.len();
    let rows = all.into_iter().skip(round.told).take(size).collect();
    (rows, next(mailbox, round, round.head, 0, more.then_some(told)))
}

fn changed(mailbox: &Mailbox, round: &Round, select: &Select, size: usize) -> (Vec<Value>, Value) {
    let mut changes: Vec<(u64, &String, bool)> = mailbox
        .folder_changes()
        .iter()
        .filter(|(_, change)| change.at > round.head && change.at > round.after)
        .map(|(id, change)| (change.at, id, change.removed))
        .collect();
    changes.sort_unstable();
    // Changes of one write share a number, so a page ends only between numbers.
    let mut taken = changes.len().min(size);
    while taken < changes.len()
        && taken > 0
        && changes.get(taken).map(|one| one.0) == changes.get(taken - 1).map(|one| one.0)
    {
        taken += 1;
    }
    let more = taken < changes.len();
    let last = taken.checked_sub(1).and_then(|at| changes.get(at)).map_or(round.after, |one| one.0);
    let rows = changes
        .iter()
        .take(taken)
        .filter_map(|(_, id, removed)| {
            if *removed {
                return Some(json!({"id": id, "@removed": {"reason": "deleted"}}));
            }
            mailbox
                .folder(id)
                .filter(|folder| folder.parent.is_some() && (round.hidden || !folder.hidden))
                .map(|folder| render::folder(mailbox, folder, select))
        })
        .collect();
    let token =
        if more { next(mailbox, round, round.head, last, None) } else { next(mailbox, round, mailbox.head(), 0, None) };
    (rows, token)
}

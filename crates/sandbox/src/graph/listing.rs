//! Lists of messages: one folder's, or the whole mailbox's.
//! Sorting and filtering follow Graph's rules, the surprising ones included.

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::graph::call::Call;
use crate::graph::filter::{Filter, Operand, property};
use crate::graph::query::{self, Order, Page, Select};
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer, folders, render};
use crate::mailbox::Mailbox;
use crate::sandbox::Sandbox;
use crate::web;

/// The messages of one folder.
pub(super) fn folder(sandbox: &Sandbox, call: &Call<'_>, name: &str) -> Outcome {
    call.needs_reading()?;
    let mailbox = sandbox.mailbox(call.person)?;
    let id = folders::find(mailbox, name)?;
    list(mailbox, call, Some(&id))
}

/// The messages of the whole mailbox.
pub(super) fn mailbox(sandbox: &Sandbox, call: &Call<'_>) -> Outcome {
    call.needs_reading()?;
    list(sandbox.mailbox(call.person)?, call, None)
}

/// The number of messages, as text.
pub(super) fn count(sandbox: &Sandbox, call: &Call<'_>, name: Option<&str>) -> Outcome {
    call.needs_reading()?;
    let mailbox = sandbox.mailbox(call.person)?;
    let folder = name.map(|name| folders::find(mailbox, name)).transpose()?;
    let keys = chosen(mailbox, call, folder.as_deref())?;
    Ok(web::answer(200, "text/plain", keys.len().to_string().into_bytes()))
}

fn list(mailbox: &Mailbox, call: &Call<'_>, folder: Option<&str>) -> Outcome {
    let select = Select::messages(call.query.first("$select"))?;
    let expand = query::expand(call.query.first("$expand"))?;
    let page = Page::read(&call.query)?;
    let keys = chosen(mailbox, call, folder)?;
    let rows: Vec<Value> = keys
        .iter()
        .skip(page.skip)
        .take(page.top)
        .filter_map(|key| mailbox.message(*key))
        .map(|message| render::message(mailbox, message, &select, &expand, call))
        .collect();
    let mut value = json!({ "value": rows });
    if let Some(object) = value.as_object_mut() {
        if page.count {
            object.insert("@odata.count".to_owned(), json!(keys.len()));
        }
        let next = page.skip.saturating_add(page.top);
        if next < keys.len() {
            let link = call.link_with("$skip", &next.to_string());
            object.insert("@odata.nextLink".to_owned(), json!(link));
        }
    }
    let context = match folder {
        Some(_) => format!("mailFolders('{}')/messages", call.segment(2)),
        None => "messages".to_owned(),
    };
    Ok(answer(200, call.context(&context), value))
}

/// The keys that pass, in order.
fn chosen(mailbox: &Mailbox, call: &Call<'_>, folder: Option<&str>) -> Result<Vec<u64>, Refusal> {
    let filter = call.query.first("$filter").map(Filter::parse).transpose()?;
    let order = query::order(call.query.first("$orderby"))?;
    for one in &order {
        if property(&crate::mailbox::message::Message::default(), &one.path).is_none() {
            return Err(Refusal::ParseUri(format!(
                "Could not find a property named '{}' on type 'microsoft.graph.message'.",
                one.path
            )));
        }
    }
    let search = call.query.first("$search");
    if search.is_some() && !order.is_empty() {
        return Err(Refusal::SearchWithOrderBy);
    }
    if search.is_some() && filter.is_some() {
        return Err(Refusal::SearchWithFilter);
    }
    if let Some(filter) = &filter
        && !filter.allows(&order)
    {
        return Err(Refusal::Inefficient);
    }
    let mut keys = newest_first(mailbox, folder);
    if let Some(filter) = &filter {
        keys.retain(|key| mailbox.message(*key).is_some_and(|message| filter.accepts(message)));
        // A filter alone fixes its own order, and that is the oldest first.
        if order.is_empty() {
            keys.reverse();
        }
    }
    if let Some(search) = search {
        let words = words(search);
        keys.retain(|key| mailbox.message(*key).is_some_and(|message| matches(message, &words)));
    }
    let by_received =
        matches!(order.as_slice(), [one] if one.descending && one.path.eq_ignore_ascii_case("receivedDateTime"));
    if !order.is_empty() && !by_received {
        sort(mailbox, &mut keys, &order);
    }
    Ok(keys)
}

fn newest_first(mailbox: &Mailbox, folder: Option<&str>) -> Vec<u64> {
    if let Some(folder) = folder {
        return mailbox
            .folder(folder)
            .map(|folder| folder.rows.iter().rev().map(|(_, key)| *key).collect())
            .unwrap_or_default();
    }
    let mut rows: Vec<(i64, u64)> = mailbox.messages().map(|(key, message)| (message.received_ms, key)).collect();
    rows.sort_unstable_by(|a, b| b.cmp(a));
    rows.into_iter().map(|(_, key)| key).collect()
}

fn sort(mailbox: &Mailbox, keys: &mut [u64], order: &[Order]) {
    keys.sort_by(|a, b| {
        let (Some(a), Some(b)) = (mailbox.message(*a), mailbox.message(*b)) else {
            return Ordering::Equal;
        };
        order
            .iter()
            .map(|one| {
                let ordering = rank(property(a, &one.path)).cmp(&rank(property(b, &one.path)));
                if one.descending { ordering.reverse() } else { ordering }
            })
            .find(|ordering| *ordering != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    });
}

/// A form of a value that sorts: its kind, its number, its text.
fn rank(value: Option<Operand>) -> (u8, i64, String) {
    match value {
        None | Some(Operand::Null) => (0, 0, String::new()),
        Some(Operand::Truth(truth)) => (1, i64::from(truth), String::new()),
        Some(Operand::Time(at)) => (2, at, String::new()),
        Some(Operand::Text(text)) => (3, 0, text.to_lowercase()),
    }
}

/// The bare words of a KQL string; a `property:` before a word is dropped.
fn words(search: &str) -> Vec<String> {
    search
        .replace(['"', '(', ')', '\\'], " ")
        .split_whitespace()
        .filter(|word| !matches!(*word, "AND" | "OR"))
        .map(|word| word.rsplit_once(':').map_or(word, |(_, rest)| rest).to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

fn matches(message: &crate::mailbox::message::Message, words: &[String]) -> bool {
    let from = message.from.iter().map(|one| format!("{} {}", one.name, one.address));
    let text: String = from
        .chain([message.subject.clone(), message.content.text.clone()])
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    words.iter().all(|word| text.contains(word.as_str()))
}

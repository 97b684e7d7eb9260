//! Lists of messages: one folder's, or the whole mailbox's, whole, filtered or searched.
//! Sorting and filtering follow Graph's rules, the surprising ones included.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use crate::graph::call::Call;
use crate::graph::expand;
use crate::graph::filter::Filter;
use crate::graph::properties::{self, Operand, property};
use crate::graph::query::{self, Order, Page, Select};
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer, folders, render, search};
use crate::mailbox::Mailbox;
use crate::sandbox::Sandbox;
use crate::web;

/// The messages of one folder.
pub(super) fn folder(sandbox: &Sandbox, call: &Call<'_>, name: &str) -> Outcome {
    call.needs_reading()?;
    let id = folders::find(sandbox.mailbox(call.person)?, name)?;
    list(sandbox, call, Some(&id))
}

/// The messages of the whole mailbox.
pub(super) fn mailbox(sandbox: &Sandbox, call: &Call<'_>) -> Outcome {
    call.needs_reading()?;
    list(sandbox, call, None)
}

/// The number of messages, as text.
pub(super) fn count(sandbox: &Sandbox, call: &Call<'_>, name: Option<&str>) -> Outcome {
    call.needs_reading()?;
    let mailbox = sandbox.mailbox(call.person)?;
    let folder = name.map(|name| folders::find(mailbox, name)).transpose()?;
    let keys = chosen(sandbox, call, folder.as_deref())?;
    Ok(web::answer(200, "text/plain", keys.len().to_string().into_bytes()))
}

fn list(sandbox: &Sandbox, call: &Call<'_>, folder: Option<&str>) -> Outcome {
    query::check_options(&call.query)?;
    let mailbox = sandbox.mailbox(call.person)?;
    let select = Select::messages(call.query.first("$select"))?;
    let expand = expand::asked(call.query.first("$expand"), call)?;
    let mut page = Page::read(&call.query)?;
    let keys = chosen(sandbox, call, folder)?;
    let searching = call.query.first("$search").is_some();
    if searching {
        // A search knows neither `$skip` nor `$count`; it goes on by a token.
        page.skip = search::offset(call, mailbox)?;
        page.count = false;
    }
    let size = if sandbox.behaviour.short_pages { (page.top / 2).max(1) } else { page.top };
    let rows: Vec<Value> = keys
        .iter()
        .skip(page.skip)
        .take(size)
        .filter_map(|key| mailbox.message(*key))
        .map(|message| render::message(mailbox, message, &select, &expand, call))
        .collect();
    let mut value = Value::Object(Map::from_iter([("value".to_owned(), Value::Array(rows))]));
    if let Some(object) = value.as_object_mut() {
        if page.count {
            object.insert("@odata.count".to_owned(), json!(keys.len()));
        }
        let next = page.skip.saturating_add(size);
        if next < keys.len() {
            let link = if searching {
                call.link_with("$skiptoken", &search::token(mailbox, next))
            } else {
                call.link_with("$skip", &next.to_string())
            };
            object.insert("@odata.nextLink".to_owned(), json!(link));
        }
    }
    let path = match folder {
        Some(folder) => format!("mailFolders('{folder}')/messages"),
        None => "messages".to_owned(),
    };
    Ok(answer(200, call.context(&format!("{path}{}", render::selected(call))), value))
}

/// The keys that pass, in order.
fn chosen(sandbox: &Sandbox, call: &Call<'_>, folder: Option<&str>) -> Result<Vec<u64>, Refusal> {
    let mailbox = sandbox.mailbox(call.person)?;
    let filter = call.query.first("$filter").map(Filter::parse).transpose()?;
    let order = query::order(call.query.first("$orderby"))?;
    for one in &order {
        properties::kind(&one.path)?;
    }
    let search = call.query.first("$search");
    if search.is_some() && !order.is_empty() {
        return Err(Refusal::SearchWithOrderBy);
    }
    if search.is_some() && filter.is_some() {
        return Err(Refusal::SearchWithFilter);
    }
    if let Some(search) = search {
        return search::keys(mailbox, call, folder, search, sandbox.behaviour.search_lag_s);
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
        Some(Operand::Number(number)) => (2, number, String::new()),
        Some(Operand::Text(text)) => (3, 0, text.to_lowercase()),
    }
}

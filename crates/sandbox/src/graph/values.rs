//! JSON into the parts of a message: bodies, recipients, flags and header fields.
//! Each part is refused with the code that Graph has for it.

use serde_json::{Value, json};

use crate::graph::call::text_member;
use crate::graph::refusal::Refusal;
use crate::mailbox::message::{Address, Content, Flag};
use crate::time::{iso_bare, parse_iso};
use crate::web;

const DAY_MS: i64 = 86_400_000;

/// A body.
pub(super) fn content(value: &Value) -> Result<Content, Refusal> {
    let kind = text_member(value, "contentType").unwrap_or("text");
    let html = match kind.to_ascii_lowercase().as_str() {
        "html" => true,
        "text" => false,
        _ => return Err(Refusal::BadRequest("The contentType of a body is text or html.".to_owned())),
    };
    let text = text_member(value, "content").unwrap_or_default().to_owned();
    Ok(Content { html, text })
}

/// One recipient of JSON.
pub(super) fn address(value: &Value) -> Result<Address, Refusal> {
    let inner = web::member(value, "emailAddress")
        .ok_or_else(|| Refusal::BadRecipients("A recipient needs an emailAddress.".to_owned()))?;
    let address = text_member(inner, "address").unwrap_or_default().trim();
    let name = text_member(inner, "name").unwrap_or(address);
    Ok(Address::new(name, address))
}

/// A list of recipients of JSON.
pub(super) fn addresses(value: &Value) -> Result<Vec<Address>, Refusal> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    value
        .as_array()
        .ok_or_else(|| Refusal::BadRequest("Recipients are a list.".to_owned()))?
        .iter()
        .map(address)
        .collect()
}

/// A flag with its dates.
pub(super) fn flag(value: &Value) -> Result<Flag, Refusal> {
    let status = text_member(value, "flagStatus").unwrap_or("notFlagged");
    let status = ["notFlagged", "flagged", "complete"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(status))
        .ok_or_else(|| Refusal::BadRequest("The flagStatus is not valid.".to_owned()))?;
    let mut flag = Flag::with_status(status);
    for name in ["startDateTime", "dueDateTime", "completedDateTime"] {
        if let Some(date) = web::member(value, name).filter(|date| !date.is_null()) {
            flag.dates.insert(name.to_owned(), moment(date)?);
        }
    }
    if flag.dates.contains_key("dueDateTime") && !flag.dates.contains_key("startDateTime") {
        return Err(Refusal::BadRequest("A flag with a dueDateTime needs a startDateTime.".to_owned()));
    }
    Ok(flag)
}

/// Says when a flag was completed, where the client did not: Exchange writes the day.
pub(super) fn date_completion(flag: &mut Flag, now_ms: i64) {
    if flag.status == "complete" {
        let day = iso_bare(now_ms - now_ms.rem_euclid(DAY_MS));
        flag.dates
            .entry("completedDateTime".to_owned())
            .or_insert_with(|| json!({"dateTime": format!("{day}.0000000"), "timeZone": "UTC"}));
    }
}

/// A date and time with its zone, as Graph writes them back.
fn moment(value: &Value) -> Result<Value, Refusal> {
    let wrong = || Refusal::BadRequest("A date needs a dateTime and a timeZone.".to_owned());
    let text = text_member(value, "dateTime").ok_or_else(wrong)?;
    let at = parse_iso(text).ok_or_else(wrong)?;
    let zone = text_member(value, "timeZone").unwrap_or("UTC");
    Ok(json!({"dateTime": format!("{}.0000000", iso_bare(at)), "timeZone": zone}))
}

/// Header fields of an app's own.
pub(super) fn headers(value: &Value) -> Result<Vec<(String, String)>, Refusal> {
    let list = value.as_array().ok_or(Refusal::BadHeaderCount)?;
    if list.is_empty() || list.len() > 5 {
        return Err(Refusal::BadHeaderCount);
    }
    list.iter()
        .map(|one| {
            let name = text_member(one, "name").unwrap_or_default();
            if !name.to_ascii_lowercase().starts_with("x-") {
                return Err(Refusal::BadHeaderName(name.to_owned()));
            }
            let value = text_member(one, "value").unwrap_or_default();
            // A line end would let a value become a header of its own.
            let value = value.replace(['\r', '\n'], " ");
            Ok((name.to_owned(), value))
        })
        .collect()
}

//! Extended properties: MAPI's own, and those that apps keep beside a message.
//! The ones that Exchange itself fills are computed from the message, and only when somebody names them.

use serde_json::{Value, json};

use crate::graph::call::text_member;
use crate::graph::refusal::Refusal;
use crate::mailbox::message::Message;
use crate::mime::write;
use crate::time::{iso, parse_iso};
use crate::web::member;

/// The types of MAPI that an id can begin with.
const TYPES: [&str; 13] = [
    "ApplicationTime",
    "Binary",
    "Boolean",
    "CLSID",
    "Currency",
    "Double",
    "Error",
    "Float",
    "Integer",
    "Long",
    "Short",
    "String",
    "SystemTime",
];

/// The time before which a sent message waits on the server: PidTagDeferredSendTime.
const DEFERRED: &str = "SystemTime 0x3FEF";

/// Whether an id is `Type {guid} Name x`, `Type {guid} Id 0x…` or `Type 0x…`.
fn is_id(id: &str) -> bool {
    let mut words = id.splitn(4, ' ');
    let kind = words.next().unwrap_or_default();
    let kind = kind.strip_suffix("Array").unwrap_or(kind);
    let hex = |text: &str| {
        text.get(..2).is_some_and(|head| head.eq_ignore_ascii_case("0x"))
            && text.get(2..).is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_hexdigit()))
    };
    let guid = |text: &str| {
        text.strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'))
            .is_some_and(|inner| inner.len() == 36 && inner.chars().all(|c| c == '-' || c.is_ascii_hexdigit()))
    };
    TYPES.iter().any(|known| known.eq_ignore_ascii_case(kind))
        && match (words.next(), words.next(), words.next()) {
            (Some(tag), None, None) => hex(tag),
            (Some(set), Some(word), Some(name)) if word.eq_ignore_ascii_case("Name") => guid(set) && !name.is_empty(),
            (Some(set), Some(word), Some(number)) if word.eq_ignore_ascii_case("Id") => guid(set) && hex(number),
            (_, _, _) => false,
        }
}

fn checked(id: Option<&str>) -> Result<&str, Refusal> {
    let id = id.ok_or_else(|| Refusal::BadRequest("An extended property needs an id.".to_owned()))?;
    if is_id(id) { Ok(id) } else { Err(Refusal::BadRequest(format!("The extended property id '{id}' is not valid."))) }
}

fn list(value: &Value) -> Result<&Vec<Value>, Refusal> {
    value.as_array().ok_or_else(|| Refusal::BadRequest("Extended properties are a collection.".to_owned()))
}

/// Sets the `singleValueExtendedProperties` of a body; null takes one away.
pub(super) fn set_single(message: &mut Message, value: &Value) -> Result<(), Refusal> {
    for property in list(value)? {
        let id = checked(text_member(property, "id"))?;
        message.extended.retain(|known, _| !known.eq_ignore_ascii_case(id));
        match member(property, "value") {
            Some(Value::String(text)) => {
                message.extended.insert(id.to_owned(), text.clone());
            }
            Some(Value::Null) | None => {}
            Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                return Err(Refusal::BadRequest("The value of an extended property is a string.".to_owned()));
            }
        }
    }
    Ok(())
}

/// Sets the `multiValueExtendedProperties` of a body; an empty list takes one away.
pub(super) fn set_multi(message: &mut Message, value: &Value) -> Result<(), Refusal> {
    for property in list(value)? {
        let id = checked(text_member(property, "id"))?;
        let wrong = || Refusal::BadRequest("The value of this extended property is a list of strings.".to_owned());
        let values = member(property, "value").and_then(Value::as_array).ok_or_else(wrong)?;
        let values: Vec<String> =
            values.iter().map(|one| one.as_str().map(str::to_owned).ok_or_else(wrong)).collect::<Result<_, _>>()?;
        message.multi.retain(|known, _| !known.eq_ignore_ascii_case(id));
        if !values.is_empty() {
            message.multi.insert(id.to_owned(), values);
        }
    }
    Ok(())
}

/// The value of a property, kept or computed.
pub(super) fn value(message: &Message, id: &str) -> Option<String> {
    if let Some((_, value)) = message.extended.iter().find(|(known, _)| known.eq_ignore_ascii_case(id)) {
        return Some(value.clone());
    }
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    match id.to_ascii_lowercase().as_str() {
        "integer 0x0e08" | "integer 0xe08" | "long 0x0e08" | "long 0xe08" => Some(size(message).to_string()),
        "string 0x007d" | "string 0x7d" => {
            let lines: Vec<String> =
                message.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            message.mime.is_some().then(|| lines.concat())
        }
        "string 0x1035" => some(&message.internet_message_id),
        "string 0x1039" => some(&message.references.join(" ")),
        "string 0x1042" => message.in_reply_to.clone(),
        "string 0x0037" | "string 0x37" => some(&message.subject),
        "systemtime 0x0e06" | "systemtime 0xe06" => Some(iso(message.received_ms)),
        "systemtime 0x0039" | "systemtime 0x39" => Some(iso(message.sent_ms)),
        _ => None,
    }
}

/// What the message weighs, in bytes.
pub(super) fn size(message: &Message) -> usize {
    message.mime.as_ref().map_or_else(|| write::write(message).len(), Vec::len)
}

/// When a message may leave at the earliest, where its sender asked for later.
pub(super) fn deferred_ms(message: &Message) -> Option<i64> {
    let (_, value) = message.extended.iter().find(|(id, _)| id.eq_ignore_ascii_case(DEFERRED))?;
    parse_iso(value)
}

/// The rows that `$expand=singleValueExtendedProperties` shows for these ids.
pub(super) fn shown_single(message: &Message, ids: &[String]) -> Vec<Value> {
    ids.iter().filter_map(|id| value(message, id).map(|value| json!({"id": id, "value": value}))).collect()
}

/// The rows that `$expand=multiValueExtendedProperties` shows for these ids.
pub(super) fn shown_multi(message: &Message, ids: &[String]) -> Vec<Value> {
    ids.iter()
        .filter_map(|id| message.multi.iter().find(|(known, _)| known.eq_ignore_ascii_case(id)))
        .map(|(id, values)| json!({"id": id, "value": values}))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_of_three_forms() {
        let guid = "{11111111-2222-3333-4444-555555555555}";
        for good in ["Integer 0x0E08", &format!("String {guid} Name a b"), &format!("integer {guid} Id 0x8012")] {
            assert!(is_id(good), "{good}");
        }
        for bad in ["", "String", "Text 0x1", "String 0x", &format!("String {guid}"), "String {a} Name b"] {
            assert!(!is_id(bad), "{bad}");
        }
    }
}

//! Spoiling an answer that was made in good order: its body, its headers, its rows.
//! A spoiled answer keeps its status, because a client must notice by what it reads.

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

use crate::control::then::Spoil;
use crate::web::{self, Answer};

/// What a network between gives instead of the answer.
const PORTAL: &str = "<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>Welcome to the guest network</h1><p>Please accept the terms to go on.</p></body></html>";

/// What spoiling needs to know beyond the answer.
pub(crate) struct Around<'a> {
    /// The request's whole address on this host.
    pub(crate) address: &'a str,
    /// Ids of messages that the answer's rows may falsely bear.
    pub(crate) strangers: &'a [String],
}

/// Changes an answer.
pub(crate) fn apply(spoil: &Spoil, answer: &mut Answer, around: &Around<'_>) {
    match spoil {
        Spoil::Truncate(bytes) => answer.body_mut().truncate(*bytes),
        Spoil::Html => {
            *answer.body_mut() = PORTAL.as_bytes().to_vec();
            web::set(answer, "content-type", "text/html; charset=utf-8");
        }
        Spoil::ContentType(kind) => web::set(answer, "content-type", kind),
        Spoil::Headers(headers) => add_headers(answer, headers),
        Spoil::Merge(patch) => edit(answer, |body| merge(body, patch)),
        Spoil::Empty => answer.body_mut().clear(),
        Spoil::EmptyPage => edit(answer, |body| {
            if let Some(page) = body.as_object_mut() {
                page.insert("value".to_owned(), json!([]));
                page.remove("@odata.deltaLink");
                page.insert("@odata.nextLink".to_owned(), json!(around.address));
            }
        }),
        Spoil::ForeignIds => edit(answer, |body| {
            let rows = body.get_mut("value").and_then(Value::as_array_mut);
            for (row, id) in rows.into_iter().flatten().zip(around.strangers) {
                if let Some(row) = row.as_object_mut() {
                    row.insert("id".to_owned(), json!(id));
                }
            }
        }),
    }
}

/// Sets headers that a rule names; what HTTP cannot carry is left out.
pub(crate) fn add_headers(answer: &mut Answer, headers: &[(String, String)]) {
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            answer.headers_mut().insert(name, value);
        }
    }
}

/// Edits a JSON body; another body stays.
fn edit(answer: &mut Answer, change: impl FnOnce(&mut Value)) {
    if let Ok(mut body) = serde_json::from_slice::<Value>(answer.body()) {
        change(&mut body);
        *answer.body_mut() = body.to_string().into_bytes();
    }
}

/// JSON merge patch: null removes, objects merge, the rest replaces.
fn merge(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(object) = target.as_object_mut() else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            object.remove(name);
        } else {
            merge(object.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_patch_is_that_of_rfc_7396() {
        for (target, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
        ] {
            let mut merged = target;
            merge(&mut merged, &patch);
            assert_eq!(merged, result);
        }
    }
}

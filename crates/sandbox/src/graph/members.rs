//! Reading a JSON body as Graph's typed entities do: names in any case, no unknown ones, no wrong types.
//! Open types such as messages take anything; folders and attachments do not, and say so.

use serde_json::Value;

use crate::graph::refusal::Refusal;
use crate::web;

/// Refuses a body that is no object or holds a property its type lacks; annotations pass.
pub(crate) fn check(body: &Value, known: &[&[&str]], kind: &str) -> Result<(), Refusal> {
    let object =
        body.as_object().ok_or_else(|| Refusal::BadRequest("The request body must be an object.".to_owned()))?;
    let strange = object
        .keys()
        .filter(|name| !name.contains('@'))
        .find(|name| !known.iter().any(|names| names.iter().any(|one| one.eq_ignore_ascii_case(name))));
    strange.map_or(Ok(()), |name| {
        Err(Refusal::BodyUnreadable(format!(
            "The property '{name}' does not exist on type 'microsoft.graph.{kind}'. Make sure to only use property names that are defined by the type."
        )))
    })
}

/// The type a body names, without its namespace; nothing where it names none.
pub(crate) fn kind(body: &Value) -> Option<String> {
    let name = web::member(body, "@odata.type")?.as_str()?.trim_start_matches('#').to_ascii_lowercase();
    Some(name.strip_prefix("microsoft.graph.").map_or(name.clone(), str::to_owned))
}

/// A text; null is none.
pub(crate) fn text<'v>(body: &'v Value, name: &str) -> Result<Option<&'v str>, Refusal> {
    present(body, name).map(|value| value.as_str().ok_or_else(|| wrong(value, "Edm.String"))).transpose()
}

/// A truth value; null is none.
pub(crate) fn truth(body: &Value, name: &str) -> Result<Option<bool>, Refusal> {
    present(body, name).map(|value| value.as_bool().ok_or_else(|| wrong(value, "Edm.Boolean"))).transpose()
}

/// A whole number; null is none.
pub(crate) fn number(body: &Value, name: &str) -> Result<Option<i64>, Refusal> {
    present(body, name).map(|value| value.as_i64().ok_or_else(|| wrong(value, "Edm.Int64"))).transpose()
}

/// A list; null is none.
pub(crate) fn list<'v>(body: &'v Value, name: &str) -> Result<Option<&'v Vec<Value>>, Refusal> {
    present(body, name).map(|value| value.as_array().ok_or_else(|| wrong(value, "Collection"))).transpose()
}

fn present<'v>(body: &'v Value, name: &str) -> Option<&'v Value> {
    web::member(body, name).filter(|value| !value.is_null())
}

/// The refusal of a value of another type.
pub(crate) fn wrong(value: &Value, kind: &str) -> Refusal {
    let shown: String = value.to_string().chars().take(80).collect();
    Refusal::BodyUnreadable(format!("Cannot convert the literal '{shown}' to the expected type '{kind}'."))
}

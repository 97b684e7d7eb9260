//! Short lists of settings: `$filter`, `$orderby`, `$skip`, `$top`, `$count` and `$select` over finished rows.
//! They come whole unless the client asks for pages, as Exchange's do.

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::graph::call::Call;
use crate::graph::query;
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer};
use crate::web::{self, member};

/// Answers with a list. `known` are the properties of the rows' type.
pub(super) fn listed(call: &Call<'_>, kind: &str, known: &[&str], context: String, rows: Vec<Value>) -> Outcome {
    let mut rows = filtered(call, kind, known, rows)?;
    for order in query::order(call.query.first("$orderby"))?.iter().rev() {
        check(&order.path, kind, known)?;
        rows.sort_by(|a, b| {
            let ordering = compared(at(a, &order.path), at(b, &order.path));
            if order.descending { ordering.reverse() } else { ordering }
        });
    }
    let (all, skip) = (rows.len(), number(call, "$skip")?.unwrap_or(0));
    let top = number(call, "$top")?;
    if top == Some(0) {
        return Err(Refusal::BadQuery("The value of '$top' must be at least 1.".to_owned()));
    }
    let page: Vec<Value> = rows
        .into_iter()
        .skip(skip)
        .take(top.unwrap_or(usize::MAX))
        .map(|row| picked(call, kind, known, row))
        .collect::<Result<_, _>>()?;
    let next = skip.saturating_add(page.len());
    let mut value = json!({ "value": page });
    if let Some(object) = value.as_object_mut() {
        if call.query.first("$count").is_some_and(|word| word.eq_ignore_ascii_case("true")) {
            object.insert("@odata.count".to_owned(), json!(all));
        }
        if top.is_some() && next < all {
            object.insert("@odata.nextLink".to_owned(), json!(call.link_with("$skip", &next.to_string())));
        }
    }
    Ok(answer(200, context, value))
}

/// Answers with the number of rows, as plain text.
pub(super) fn counted(call: &Call<'_>, kind: &str, known: &[&str], rows: Vec<Value>) -> Outcome {
    let count = filtered(call, kind, known, rows)?.len();
    Ok(web::answer(200, "text/plain", count.to_string().into_bytes()))
}

/// A row with what `$select` asks for, its id always among it.
pub(super) fn picked(call: &Call<'_>, kind: &str, known: &[&str], mut row: Value) -> Result<Value, Refusal> {
    let Some(select) = call.query.first("$select").filter(|text| !text.trim().is_empty()) else {
        return Ok(row);
    };
    let names: Vec<&str> = select.split(',').map(str::trim).collect();
    for name in names.iter().filter(|name| **name != "*") {
        check(name, kind, known)?;
    }
    if !names.contains(&"*")
        && let Some(object) = row.as_object_mut()
    {
        object.retain(|key, _| key == "id" || names.iter().any(|name| key.eq_ignore_ascii_case(name)));
    }
    Ok(row)
}

fn check(path: &str, kind: &str, known: &[&str]) -> Result<(), Refusal> {
    let name = path.split('/').next().unwrap_or_default();
    if known.iter().any(|one| one.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    Err(Refusal::ParseUri(format!("Could not find a property named '{name}' on type '{kind}'.")))
}

fn number(call: &Call<'_>, name: &str) -> Result<Option<usize>, Refusal> {
    let read =
        |text: &str| text.parse().map_err(|_| Refusal::BadQuery(format!("Invalid value '{text}' for '{name}'.")));
    call.query.first(name).map(read).transpose()
}

/// The value at a path of names, each in any case.
fn at<'v>(row: &'v Value, path: &str) -> &'v Value {
    path.split('/').fold(row, |value, name| member(value, name).unwrap_or(&Value::Null))
}

fn compared(a: &Value, b: &Value) -> Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_) | None, None) | (None, Some(_)) => {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_lowercase);
            text(a).cmp(&text(b))
        }
    }
}

/// The rows that `$filter` lets through: comparisons with `eq`, `ne`, `gt`, `ge`, `lt` and `le`, and
/// `startswith` and `contains`, joined by `and` and `or`.
fn filtered(call: &Call<'_>, kind: &str, known: &[&str], mut rows: Vec<Value>) -> Result<Vec<Value>, Refusal> {
    let Some(text) = call.query.first("$filter").filter(|text| !text.trim().is_empty()) else {
        return Ok(rows);
    };
    let any: Vec<Vec<Test>> = split_word(text, " or ")
        .iter()
        .map(|part| split_word(part, " and ").iter().map(|one| Test::read(one, kind, known)).collect())
        .collect::<Result<_, _>>()?;
    rows.retain(|row| any.iter().any(|all| all.iter().all(|test| test.accepts(row))));
    Ok(rows)
}

/// Splits at a word that is outside quotes.
fn split_word(text: &str, word: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        quoted ^= c == '\'';
        if let Some(last) = parts.last_mut() {
            last.push(c);
            if !quoted && last.to_ascii_lowercase().ends_with(word) {
                last.truncate(last.len() - word.len());
                parts.push(String::new());
            }
        }
    }
    parts
}

struct Test {
    path: String,
    relation: String,
    operand: Value,
}

impl Test {
    fn read(text: &str, kind: &str, known: &[&str]) -> Result<Self, Refusal> {
        let invalid = || Refusal::BadQuery(format!("Invalid filter clause: {}", text.trim()));
        let text = text.trim();
        let (path, relation, operand) = match text.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
            Some((function, inner)) => {
                let (path, operand) = inner.split_once(',').ok_or_else(invalid)?;
                (path, function, operand)
            }
            None => {
                let (path, rest) = text.split_once(' ').ok_or_else(invalid)?;
                let (relation, operand) = rest.trim_start().split_once(' ').ok_or_else(invalid)?;
                (path, relation, operand)
            }
        };
        let (path, relation, operand) = (path.trim(), relation.trim().to_ascii_lowercase(), operand.trim());
        check(path, kind, known)?;
        let relations = ["eq", "ne", "gt", "ge", "lt", "le", "startswith", "contains"];
        if !relations.contains(&relation.as_str()) {
            return Err(invalid());
        }
        let quoted = operand.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        let operand = match quoted {
            Some(text) => json!(text.replace("''", "'")),
            None => serde_json::from_str(operand).map_err(|_| invalid())?,
        };
        Ok(Self { path: path.to_owned(), relation, operand })
    }

    fn accepts(&self, row: &Value) -> bool {
        let value = at(row, &self.path);
        let ordering = compared(value, &self.operand);
        let lower = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
        match self.relation.as_str() {
            "eq" => ordering == Ordering::Equal,
            "ne" => ordering != Ordering::Equal,
            "gt" => ordering == Ordering::Greater,
            "ge" => ordering != Ordering::Less,
            "lt" => ordering == Ordering::Less,
            "le" => ordering != Ordering::Greater,
            "startswith" => lower(value).starts_with(&lower(&self.operand)),
            _ => lower(value).contains(&lower(&self.operand)),
        }
    }
}

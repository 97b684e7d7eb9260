//! Lists of things that are not mail: contacts, events, people, users, photos.
//! Each kind makes its rows whole; what a request wants of them is decided here, once for all.

pub(crate) mod delta;
pub(crate) mod filter;

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use crate::chance::{base64_decode, base64_url};
use crate::graph::call::Call;
use crate::graph::query::{self, Order};
use crate::graph::refusal::Refusal;
use crate::graph::refusal_people::PeopleRefusal;
use crate::graph::rows::filter::Filter;
use crate::graph::{Outcome, answer};
use crate::web;

/// How next links of a kind count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// `$skip`, as Exchange does.
    Skip,
    /// `$skiptoken`, as the directory does.
    Token,
}

/// A kind of thing: its name, its properties, and how it is paged.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) properties: &'static [&'static str],
    /// Properties that come only when they are selected.
    pub(crate) on_request: &'static [&'static str],
    /// Rows a page holds where the request does not say, and at most.
    pub(crate) page: usize,
    pub(crate) most: usize,
    pub(crate) paging: Paging,
    /// Whether rows have an id and an ETag whatever is selected, as Exchange's have.
    pub(crate) item: bool,
}

impl Kind {
    /// A kind of which there are few: a list comes whole unless the client asks for pages, as Exchange's settings do.
    pub(crate) const fn short(name: &'static str, properties: &'static [&'static str]) -> Self {
        Self { name, properties, on_request: &[], page: 1000, most: 1000, paging: Paging::Skip, item: true }
    }

    /// The property of this name, in the spelling of Graph.
    pub(crate) fn property(&self, name: &str) -> Option<&'static str> {
        self.properties.iter().chain(self.on_request).copied().find(|known| known.eq_ignore_ascii_case(name))
    }

    pub(crate) fn unknown(&self, name: &str) -> Refusal {
        let text = format!("Could not find a property named '{name}' on type '{}'.", self.name);
        match self.paging {
            Paging::Skip => Refusal::ParseUri(text),
            Paging::Token => Refusal::BadRequest(format!("Parsing OData Select and Expand failed: {text}")),
        }
    }

    /// The properties a `$select` names; none where everything is wanted.
    pub(crate) fn select(&self, text: Option<&str>) -> Result<Option<Vec<&'static str>>, Refusal> {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
            return Ok(None);
        };
        let mut names = Vec::new();
        for name in text.split(',').map(str::trim) {
            if name == "*" {
                return Ok(None);
            }
            names.push(self.property(name).ok_or_else(|| self.unknown(name))?);
        }
        Ok(Some(names))
    }

    /// What is left of a row after `$select`.
    pub(crate) fn pick(&self, row: Value, select: Option<&[&'static str]>) -> Value {
        let Value::Object(mut object) = row else {
            return row;
        };
        object.retain(|name, _| match select {
            Some(names) => {
                let plain = name.split('@').next().filter(|plain| !plain.is_empty()).unwrap_or(name);
                names.contains(&plain) || (self.item && matches!(name.as_str(), "id" | "@odata.etag" | "@odata.type"))
            }
            None => !self.on_request.contains(&name.as_str()),
        });
        Value::Object(object)
    }
}

/// How much of a list a request wants.
struct Window {
    top: usize,
    skip: usize,
}

fn window(call: &Call<'_>, kind: &Kind) -> Result<Window, Refusal> {
    let number = |name: &str| match call.query.first(name) {
        None => Ok(None),
        Some(text) => text
            .parse::<usize>()
            .map(Some)
            .map_err(|_| Refusal::BadQuery(format!("Invalid value '{text}' for '{name}'."))),
    };
    let top = number("$top")?.or(call.page_size.map(|size| size.min(kind.most))).unwrap_or(kind.page);
    if !(1..=kind.most).contains(&top) {
        return Err(Refusal::BadQuery(format!("The value of '$top' must be between 1 and {}.", kind.most)));
    }
    let skip = match kind.paging {
        Paging::Skip => number("$skip")?.unwrap_or(0),
        Paging::Token => match call.query.first("$skiptoken") {
            None => 0,
            Some(token) => base64_decode(token)
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .and_then(|text| text.strip_prefix("after=")?.parse().ok())
                .ok_or(PeopleRefusal::BadSkipToken)?,
        },
    };
    Ok(Window { top, skip })
}

/// The rows that pass `$filter`, in the order of `$orderby`.
pub(crate) fn chosen(call: &Call<'_>, kind: &Kind, mut rows: Vec<Value>) -> Result<Vec<Value>, Refusal> {
    if let Some(text) = call.query.first("$filter") {
        let filter = Filter::parse(text, kind)?;
        rows.retain(|row| filter.accepts(row));
    }
    let order = query::order(call.query.first("$orderby"))?;
    for one in &order {
        let head = one.path.split('/').next().unwrap_or_default();
        if kind.property(head).is_none() {
            return Err(kind.unknown(head));
        }
    }
    rows.sort_by(|a, b| sorted(a, b, &order));
    Ok(rows)
}

/// How two rows stand to each other by `$orderby`.
pub(crate) fn sorted(a: &Value, b: &Value, order: &[Order]) -> Ordering {
    order
        .iter()
        .map(|one| {
            let ordering = filter::order(filter::at(a, &one.path), filter::at(b, &one.path));
            if one.descending { ordering.reverse() } else { ordering }
        })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// A page of a list.
pub(crate) fn list(call: &Call<'_>, kind: &Kind, rows: Vec<Value>, context: &str, count: bool) -> Outcome {
    let select = kind.select(call.query.first("$select"))?;
    let Window { top, skip } = window(call, kind)?;
    let rows = chosen(call, kind, rows)?;
    let total = rows.len();
    let page: Vec<Value> = rows.into_iter().skip(skip).take(top).map(|row| kind.pick(row, select.as_deref())).collect();
    let mut object = Map::new();
    if count && call.query.first("$count").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        object.insert("@odata.count".to_owned(), json!(total));
    }
    let next = skip.saturating_add(top);
    if next < total {
        let link = match kind.paging {
            Paging::Skip => call.link_with("$skip", &next.to_string()),
            Paging::Token => call.link_with("$skiptoken", &base64_url(format!("after={next}").as_bytes())),
        };
        object.insert("@odata.nextLink".to_owned(), json!(link));
    }
    object.insert("value".to_owned(), Value::Array(page));
    Ok(answer(200, context.to_owned(), Value::Object(object)))
}

/// How many rows pass, as text.
pub(crate) fn count(call: &Call<'_>, kind: &Kind, rows: Vec<Value>) -> Outcome {
    let rows = chosen(call, kind, rows)?;
    Ok(web::answer(200, "text/plain", rows.len().to_string().into_bytes()))
}

/// One thing.
pub(crate) fn one(call: &Call<'_>, kind: &Kind, status: u16, row: Value, context: String) -> Outcome {
    let select = if status == 200 { kind.select(call.query.first("$select"))? } else { None };
    Ok(answer(status, context, kind.pick(row, select.as_deref())))
}

/// The names an `$expand` asks for, each one of `known`.
pub(crate) fn expands(call: &Call<'_>, kind: &Kind, known: &[&'static str]) -> Result<Vec<&'static str>, Refusal> {
    let mut found = Vec::new();
    let mut depth = 0_i32;
    let text: String = call
        .query
        .first("$expand")
        .unwrap_or_default()
        .chars()
        .filter(|c| {
            depth += i32::from(*c == '(');
            let inside = depth > 0;
            depth -= i32::from(*c == ')');
            !inside
        })
        .collect();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let one = known.iter().copied().find(|known| known.eq_ignore_ascii_case(name));
        found.push(one.ok_or_else(|| kind.unknown(name))?);
    }
    Ok(found)
}

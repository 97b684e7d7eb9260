//! `POST /search/query` for messages: hits with a summary, by date or with the best first.
//! It looks into attachments too, and only ever into the caller's own mailbox.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::graph::call::{Call, text_member};
use crate::graph::expand::Expand;
use crate::graph::kql::Query;
use crate::graph::query::Select;
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer, render, search, words};
use crate::mailbox::Mailbox;
use crate::mailbox::message::Message;
use crate::mime::body;
use crate::sandbox::Sandbox;
use crate::web::{escape_html, member};

/// Hits of one page, at most and where the client does not say.
const PAGE: usize = 25;
/// So many of the best come first where `enableTopResults` asks for them.
const TOP: usize = 3;
/// Characters of a summary around the first word found.
const SUMMARY: usize = 160;

/// What a hit shows of its message.
const SHOWN: [&str; 18] = [
    "createdDateTime",
    "lastModifiedDateTime",
    "receivedDateTime",
    "sentDateTime",
    "hasAttachments",
    "internetMessageId",
    "subject",
    "bodyPreview",
    "importance",
    "parentFolderId",
    "conversationId",
    "isRead",
    "isDraft",
    "webLink",
    "replyTo",
    "sender",
    "from",
    "flag",
];

/// Answers every search of the request.
pub(super) fn run(sandbox: &Sandbox, call: &Call<'_>) -> Outcome {
    call.needs(&["Mail.ReadWrite", "Mail.Read"])?;
    let wrong = |text: &str| Refusal::BadRequest(text.to_owned());
    let body = call.json()?;
    let requests = member(&body, "requests")
        .and_then(Value::as_array)
        .filter(|list| !list.is_empty())
        .ok_or_else(|| wrong("The requests are missing."))?;
    let mailbox = sandbox.mailbox(call.person)?;
    let until_ms = call.now_ms - sandbox.behaviour.search_lag_s.max(0).saturating_mul(1000);
    let answers: Vec<Value> =
        requests.iter().map(|request| one(mailbox, call, request, until_ms)).collect::<Result<_, _>>()?;
    Ok(answer(200, format!("{}/$metadata#search", call.base), json!({ "value": answers })))
}

fn one(mailbox: &Mailbox, call: &Call<'_>, request: &Value, until_ms: i64) -> Result<Value, Refusal> {
    let wrong = |text: &str| Refusal::BadRequest(text.to_owned());
    let kinds = member(request, "entityTypes").and_then(Value::as_array).filter(|kinds| !kinds.is_empty());
    let kinds = kinds.ok_or_else(|| wrong("The entityTypes are missing."))?;
    if kinds.iter().any(|kind| !kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("message"))) {
        return Err(wrong("Only messages can be searched here, and not together with other entity types."));
    }
    let text = member(request, "query").and_then(|query| text_member(query, "queryString"));
    let text = text.ok_or_else(|| wrong("The queryString is missing."))?;
    let number = |name: &str, otherwise: usize| match member(request, name) {
        None | Some(Value::Null) => Ok(otherwise),
        Some(value) => value
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .ok_or_else(|| wrong(&format!("The value of '{name}' is not valid."))),
    };
    let (from, size) = (number("from", 0)?, number("size", PAGE)?.min(PAGE));
    let query = Query::parse(text, call.now_ms)?;
    let mut keys = search::found(mailbox, None, &query, until_ms, true);
    if member(request, "enableTopResults").and_then(Value::as_bool).unwrap_or(false) {
        keys = best_first(mailbox, keys, &query);
    }
    let hits: Vec<Value> = keys
        .iter()
        .skip(from)
        .take(size)
        .filter_map(|key| mailbox.message(*key))
        .enumerate()
        .map(|(at, message)| hit(mailbox, call, message, &query, from + at + 1))
        .collect();
    let more = from.saturating_add(size) < keys.len();
    let mut container = json!({ "total": hits.len(), "moreResultsAvailable": more });
    if let Some(object) = container.as_object_mut()
        && !hits.is_empty()
    {
        object.insert("hits".to_owned(), Value::Array(hits));
    }
    let terms: Vec<&str> = query.words();
    Ok(json!({"searchTerms": terms, "hitsContainers": [container]}))
}

/// Puts the few messages that hold the words most often before all others.
fn best_first(mailbox: &Mailbox, keys: Vec<u64>, query: &Query) -> Vec<u64> {
    let terms: Vec<String> = query.words().iter().map(|word| format!(" {word}")).collect();
    let weight = |key: &u64| {
        mailbox.message(*key).map_or(0, |message| {
            let subject = words::folded(&message.subject);
            let text = words::folded(&body::as_text(&message.content));
            terms.iter().map(|term| 5 * subject.matches(term).count() + text.matches(term).count()).sum::<usize>()
        })
    };
    let mut ranked: Vec<(usize, u64)> = keys.iter().map(|key| (weight(key), *key)).collect();
    // The sort is stable: equal weights stay in the order of their dates.
    ranked.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let top: Vec<u64> = ranked.iter().take(TOP).map(|(_, key)| *key).collect();
    let rest = keys.into_iter().filter(|key| !top.contains(key)).collect::<Vec<_>>();
    [top, rest].concat()
}

fn hit(mailbox: &Mailbox, call: &Call<'_>, message: &Message, query: &Query, rank: usize) -> Value {
    let select = Select::Only(BTreeSet::from(SHOWN));
    let mut resource = render::message(mailbox, message, &select, &Expand::default(), call);
    if let Some(object) = resource.as_object_mut() {
        // A hit is known by its hitId; the resource has neither id nor ETag.
        object.remove("id");
        object.remove("@odata.etag");
        object.entry("@odata.type").or_insert_with(|| json!("#microsoft.graph.message"));
    }
    json!({
        "hitId": message.default_id,
        "rank": rank,
        "summary": summary(&body::as_text(&message.content), &query.words()),
        "resource": resource,
    })
}

/// Some text around the first word found, with each word found marked.
fn summary(text: &str, wanted: &[&str]) -> String {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let found = |part: &str| {
        let folded = words::folded(part);
        wanted.iter().any(|word| words::holds(&folded, &format!(" {word}"), true))
    };
    let first = parts.iter().position(|part| found(part)).unwrap_or(0).saturating_sub(8);
    let mut out = String::new();
    let mut length = 0;
    if first > 0 {
        out.push_str("<ddd/>");
    }
    for part in parts.iter().skip(first) {
        if length > SUMMARY {
            out.push_str("<ddd/>");
            break;
        }
        length += part.chars().count() + 1;
        let shown = escape_html(part);
        out.push_str(&if found(part) { format!("<c0>{shown}</c0> ") } else { format!("{shown} ") });
    }
    out.trim_end().to_owned()
}

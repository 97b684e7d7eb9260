//! Following the messages of one folder: a full round first, then what changed since.
//! A token holds everything a later page needs, so the server keeps no state per client.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::chance::base64_decode;
use crate::graph::call::Call;
use crate::graph::filter::Filter;
use crate::graph::query::{Expand, Select};
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer, folders, render};
use crate::mailbox::Mailbox;
use crate::mailbox::changes::What;
use crate::sandbox::Sandbox;
use crate::web::percent_encode;

/// Messages a page holds where the client does not say.
const PAGE: usize = 10;
/// With a filter, Graph lists this many messages at most.
const MOST_FILTERED: usize = 5000;

/// Where a round stands.
struct Round {
    /// `$select` as it was first asked.
    select: Option<String>,
    /// Only messages received since then, and how many are still allowed.
    since_ms: Option<i64>,
    allowed: usize,
    /// `changeType` as it was first asked.
    kinds: Option<String>,
    place: Place,
}

enum Place {
    /// In the full round: changes after `head` follow it; the next message is older than `before`.
    Full { head: u64, before: Option<(i64, u64)> },
    /// In a round of changes after `head`; those up to `after` are told already.
    Changes { head: u64, after: u64 },
}

/// One page of a folder's delta.
pub(super) fn read(sandbox: &Sandbox, call: &Call<'_>, name: &str) -> Outcome {
    call.needs_reading()?;
    let mailbox = sandbox.mailbox(call.person)?;
    let id = folders::find(mailbox, name)?;
    let token = call.query.first("$skiptoken").or_else(|| call.query.first("$deltatoken"));
    let round = match token {
        Some(token) => resume(token, mailbox, &id)?,
        None => begin(call, mailbox)?,
    };
    let size = call.page_size.unwrap_or(PAGE).min(1000);
    let select = Select::messages(round.select.as_deref())?;
    let (rows, next) = match round.place {
        Place::Full { head, before } => full(mailbox, call, &id, &round, &select, (head, before), size),
        Place::Changes { head, after } => changed(mailbox, call, &id, &round, &select, (head, after), size),
    };
    let mut value = json!({ "value": rows });
    if let Some(object) = value.as_object_mut() {
        let (name, option) =
            if next.done { ("@odata.deltaLink", "$deltatoken") } else { ("@odata.nextLink", "$skiptoken") };
        let token = percent_encode(&render::token(&next.token(mailbox, &id)));
        let link = format!("{}?{option}={token}", call.full_path());
        object.insert(name.to_owned(), json!(link));
    }
    Ok(answer(200, format!("{}/$metadata#Collection(message)", call.base), value))
}

/// Reads the options of a first request.
fn begin(call: &Call<'_>, mailbox: &Mailbox) -> Result<Round, Refusal> {
    for (name, _) in call.query.iter() {
        if ["$search", "$skip", "$count"].iter().any(|bad| name.eq_ignore_ascii_case(bad)) {
            return Err(Refusal::BadQuery(format!("The query option '{name}' is not supported with delta.")));
        }
    }
    let orders = call.query.first("$orderby").map(|text| text.to_ascii_lowercase());
    if orders.is_some_and(|text| text.trim() != "receiveddatetime desc") {
        return Err(Refusal::BadQuery("Only $orderby=receivedDateTime desc is supported with delta.".to_owned()));
    }
    let since_ms = match call.query.first("$filter") {
        Some(text) => Some(Filter::parse(text)?.received_since().ok_or_else(|| {
            Refusal::BadQuery("Only receivedDateTime ge or gt can be filtered with delta.".to_owned())
        })?),
        None => None,
    };
    let select = call.query.first("$select").map(str::to_owned);
    Select::messages(select.as_deref())?;
    // `$top` caps the whole round in practice.
    let top = call.query.first("$top").and_then(|text| text.parse().ok());
    let most = if since_ms.is_some() { MOST_FILTERED } else { usize::MAX };
    Ok(Round {
        select,
        since_ms,
        allowed: top.unwrap_or(most).min(most),
        kinds: call.query.first("changeType").map(str::to_owned),
        place: Place::Full { head: mailbox.head(), before: None },
    })
}

/// Reads a token; one of another generation is dead.
fn resume(token: &str, mailbox: &Mailbox, folder: &str) -> Result<Round, Refusal> {
    let bad = || Refusal::BadQuery("The delta token is not valid.".to_owned());
    let bytes = base64_decode(token).ok_or_else(bad)?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    let number = |name: &str| value.get(name).and_then(Value::as_u64);
    if value.get("f").and_then(Value::as_str) != Some(folder) {
        return Err(bad());
    }
    if number("g") != Some(mailbox.generation) {
        return Err(Refusal::SyncStateNotFound);
    }
    let head = number("h").ok_or_else(bad)?;
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let before = value.get("t").and_then(Value::as_i64).zip(number("k"));
    let place = match number("a") {
        Some(after) => Place::Changes { head, after },
        None => Place::Full { head, before },
    };
    Ok(Round {
        select: text("s"),
        since_ms: value.get("m").and_then(Value::as_i64),
        allowed: number("n").and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX),
        kinds: text("c"),
        place,
    })
}

/// What the next link continues with.
struct Next {
    done: bool,
    fields: Map<String, Value>,
}

impl Next {
    fn new(round: &Round, done: bool, fields: Value) -> Self {
        let mut fields = fields.as_object().cloned().unwrap_or_default();
        if let Some(select) = &round.select {
            fields.insert("s".to_owned(), json!(select));
        }
        if let Some(since) = round.since_ms {
            fields.insert("m".to_owned(), json!(since));
        }
        if let Some(kinds) = &round.kinds {
            fields.insert("c".to_owned(), json!(kinds));
        }
        Self { done, fields }
    }

    fn token(&self, mailbox: &Mailbox, folder: &str) -> Value {
        let mut fields = self.fields.clone();
        fields.insert("g".to_owned(), json!(mailbox.generation));
        fields.insert("f".to_owned(), json!(folder));
        Value::Object(fields)
    }
}

fn full(
    mailbox: &Mailbox,
    call: &Call<'_>,
    id: &str,
    round: &Round,
    select: &Select,
    (head, before): (u64, Option<(i64, u64)>),
    size: usize,
) -> (Vec<Value>, Next) {
    let before = before.unwrap_or((i64::MAX, u64::MAX));
    let take = size.min(round.allowed);
    let mut rows = Vec::new();
    let mut last = None;
    let mut more = false;
    if let Some(folder) = mailbox.folder(id) {
        let mut older = folder
            .rows
            .range(..before)
            .rev()
            .filter(|(received, _)| round.since_ms.is_none_or(|since| *received >= since))
            .peekable();
        while rows.len() < take
            && let Some(row) = older.next()
        {
            if let Some(message) = mailbox.message(row.1) {
                rows.push(render::message(mailbox, message, select, &Expand::default(), call));
            }
            last = Some(*row);
        }
        more = older.peek().is_some() && rows.len() < round.allowed;
    }
    let next = match last.filter(|_| more) {
        Some((received, key)) => {
            let mut fields = json!({"h": head, "t": received, "k": key});
            if round.allowed != usize::MAX
                && let Some(object) = fields.as_object_mut()
            {
                object.insert("n".to_owned(), json!(round.allowed - rows.len()));
            }
            Next::new(round, false, fields)
        }
        None => Next::new(round, true, json!({"h": head, "a": 0})),
    };
    (rows, next)
}

/// What is left of several changes of one id: the last says what it is now.
struct Folded<'m> {
    last: u64,
    created: bool,
    removed: bool,
    key: u64,
    properties: BTreeSet<&'m str>,
}

fn changed(
    mailbox: &Mailbox,
    call: &Call<'_>,
    id: &str,
    round: &Round,
    select: &Select,
    (head, after): (u64, u64),
    size: usize,
) -> (Vec<Value>, Next) {
    let folded = fold(mailbox, call, id, head);
    let wanted = |kind: &str| round.kinds.as_ref().is_none_or(|kinds| kinds.to_ascii_lowercase().contains(kind));
    let mut in_order: Vec<(&String, &Folded<'_>)> = folded
        .iter()
        .filter(|(_, one)| one.last > after)
        .filter(|(_, one)| {
            wanted(if one.removed {
                "deleted"
            } else if one.created {
                "created"
            } else {
                "updated"
            })
        })
        .collect();
    in_order.sort_by_key(|(_, one)| one.last);
    let more = in_order.len() > size;
    let mut told = after;
    let rows = in_order
        .into_iter()
        .take(size)
        .filter_map(|(shown_id, one)| {
            told = one.last;
            row(mailbox, call, round, select, shown_id, one)
        })
        .collect();
    let next = if more {
        Next::new(round, false, json!({"h": head, "a": told}))
    } else {
        Next::new(round, true, json!({"h": mailbox.head(), "a": 0}))
    };
    (rows, next)
}

fn fold<'m>(mailbox: &'m Mailbox, call: &Call<'_>, id: &str, head: u64) -> BTreeMap<String, Folded<'m>> {
    let mut folded: BTreeMap<String, Folded<'m>> = BTreeMap::new();
    let changes = mailbox.folder(id).map_or(&[][..], |folder| &folder.changes);
    let start = changes.partition_point(|change| change.at <= head);
    for change in changes.iter().skip(start) {
        let removed_id = match &change.what {
            What::Removed { immutable_id, default_id } => Some(if call.immutable { immutable_id } else { default_id }),
            What::Created | What::Updated(_) => None,
        };
        let Some(shown_id) =
            removed_id.map(String::as_str).or_else(|| mailbox.message(change.key).map(|message| call.id_of(message)))
        else {
            continue;
        };
        let one = folded.entry(shown_id.to_owned()).or_insert(Folded {
            last: 0,
            created: false,
            removed: false,
            key: change.key,
            properties: BTreeSet::new(),
        });
        one.last = change.at;
        one.removed = false;
        match &change.what {
            What::Created => one.created = true,
            What::Updated(properties) => one.properties.extend(properties.iter().copied()),
            What::Removed { .. } => {
                one.removed = true;
                one.created = false;
                one.properties.clear();
            }
        }
    }
    folded
}

fn row(
    mailbox: &Mailbox,
    call: &Call<'_>,
    round: &Round,
    select: &Select,
    shown_id: &str,
    one: &Folded<'_>,
) -> Option<Value> {
    let current = mailbox.message(one.key);
    if one.removed {
        // What lives on elsewhere was moved, and Graph hints that it can be found again.
        let reason = if current.is_some() { "changed" } else { "deleted" };
        return Some(json!({
            "@odata.type": "#microsoft.graph.message",
            "id": shown_id,
            "@removed": {"reason": reason},
        }));
    }
    let message = current?;
    if round.since_ms.is_some_and(|since| message.received_ms < since) {
        return None;
    }
    if one.created {
        return Some(render::message(mailbox, message, select, &Expand::default(), call));
    }
    let mut object = Map::new();
    object.insert("@odata.type".to_owned(), json!("#microsoft.graph.message"));
    object.insert("@odata.etag".to_owned(), json!(mailbox.etag(message.change)));
    object.insert("id".to_owned(), json!(shown_id));
    for name in one.properties.iter().copied().chain(["parentFolderId"]) {
        if select.has(name)
            && let Some(value) = render::property(mailbox, message, name, call)
        {
            object.insert(name.to_owned(), value);
        }
    }
    Some(Value::Object(object))
}

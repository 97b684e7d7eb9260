//! The rows of a delta page: the folder's messages first, then what its record of changes adds up to.
//! Exchange tells changes in part, twice, or not at all now and then; switches ask for that here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::graph::delta::{Page, Place, Round, Source};
use crate::graph::render;
use crate::mailbox::changes::What;
use crate::mailbox::message::{Meeting, Message};

/// The next page of the full round.
pub(super) fn full(source: &Source<'_>, round: &Round, head: u64, before: Option<(i64, u64)>, size: usize) -> Page {
    let before = before.unwrap_or((i64::MAX, u64::MAX));
    let take = size.min(round.allowed);
    let mut rows = Vec::new();
    let mut last = None;
    let mut more = false;
    if let Some(folder) = source.mailbox.folder(source.folder) {
        let mut older = folder
            .rows
            .range(..before)
            .rev()
            .filter(|(received, _)| round.since_ms.is_none_or(|since| *received >= since))
            .peekable();
        while rows.len() < take
            && let Some(row) = older.next()
        {
            if let Some(message) = source.mailbox.message(row.1) {
                rows.push(whole(source, message));
            }
            last = Some(*row);
        }
        more = older.peek().is_some() && rows.len() < round.allowed;
    }
    let mut next = round.clone();
    match last.filter(|_| more) {
        Some(row) => {
            if round.allowed != usize::MAX {
                next.allowed = round.allowed - rows.len();
            }
            next.place = Place::Full { head, before: Some(row) };
        }
        None => {
            next.allowed = usize::MAX;
            next.place = Place::Changes { head, after: 0 };
        }
    }
    let done = matches!(next.place, Place::Changes { .. });
    Page { rows: doubled(source, rows), next, done }
}

/// A message with everything selected; delta names every row's type.
fn whole(source: &Source<'_>, message: &Message) -> Value {
    let mut row = render::message(source.mailbox, message, &source.select, &source.expand, source.call);
    if let Some(object) = row.as_object_mut() {
        object.entry("@odata.type").or_insert_with(|| json!("#microsoft.graph.message"));
    }
    row
}

/// The rows, each a second time where Exchange has that habit.
fn doubled(source: &Source<'_>, mut rows: Vec<Value>) -> Vec<Value> {
    if source.behaviour.delta_duplicates {
        rows.extend(rows.clone());
    }
    rows
}

/// What is left of several changes of one id: the last says what it is now.
struct Folded<'m> {
    last: u64,
    created: bool,
    removed: bool,
    key: u64,
    properties: BTreeSet<&'m str>,
}

/// The next page of a round of changes.
pub(super) fn changed(source: &Source<'_>, round: &Round, head: u64, after: u64, size: usize) -> Page {
    let folded = fold(source, round.replay.unwrap_or(head));
    let wanted = |kind: &str| round.kinds.as_ref().is_none_or(|kinds| kinds.split(',').any(|one| one.trim() == kind));
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
    let any = !in_order.is_empty();
    let mut told = after;
    let rows = in_order
        .into_iter()
        .take(size)
        .filter_map(|(shown_id, one)| {
            told = one.last;
            row(source, round, shown_id, one)
        })
        .collect();
    let mut next = round.clone();
    if more {
        next.place = Place::Changes { head, after: told };
    } else {
        next.place = Place::Changes { head: source.mailbox.head(), after: 0 };
        // What was told once comes again in the next round, and then no more.
        let again = source.behaviour.delta_duplicates && any && round.replay.is_none();
        next.replay = again.then_some(head);
    }
    Page { rows: doubled(source, rows), next, done: !more }
}

fn fold<'m>(source: &'m Source<'_>, head: u64) -> BTreeMap<String, Folded<'m>> {
    let (mailbox, call) = (source.mailbox, source.call);
    let forgets = call.immutable && source.behaviour.delta_forgets_returns;
    let mut folded: BTreeMap<String, Folded<'m>> = BTreeMap::new();
    let changes = mailbox.folder(source.folder).map_or(&[][..], |folder| &folder.changes);
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
        // A known fault: who left and came back under the same id stays away in the record.
        if forgets && one.removed {
            continue;
        }
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

fn row(source: &Source<'_>, round: &Round, shown_id: &str, one: &Folded<'_>) -> Option<Value> {
    let (mailbox, call) = (source.mailbox, source.call);
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
    if one.created || source.behaviour.delta_whole_rows {
        return Some(whole(source, message));
    }
    let mut object = Map::new();
    let kind = message.meeting.map_or("#microsoft.graph.message", Meeting::odata_type);
    object.insert("@odata.type".to_owned(), json!(kind));
    object.insert("@odata.etag".to_owned(), json!(mailbox.etag(message.change)));
    object.insert("id".to_owned(), json!(shown_id));
    for name in one.properties.iter().copied().chain(["parentFolderId"]) {
        if source.select.has(name)
            && let Some(value) = render::property(mailbox, message, name, call)
        {
            object.insert(name.to_owned(), value);
        }
    }
    Some(Value::Object(object))
}

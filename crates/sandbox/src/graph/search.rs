//! `$search`: which messages a search finds, newest sent first, a page at a time.
//! At most a thousand are found, and mail that just arrived may not be in the index yet.

use std::cell::OnceCell;

use serde_json::{Value, json};

use crate::chance::base64_decode;
use crate::graph::call::Call;
use crate::graph::kql::{self, Ask, Field, Query};
use crate::graph::refusal::Refusal;
use crate::graph::{extended, render, words};
use crate::mailbox::Mailbox;
use crate::mailbox::message::{Address, Message};

/// Graph finds this many messages and no more.
const MOST: usize = 1000;

/// A message being searched; its body is folded once and only when a term asks for it.
struct Searched<'m> {
    message: &'m Message,
    body: OnceCell<String>,
    with_files: bool,
}

/// The keys that a `$search` finds, the newest sent first.
pub(super) fn keys(
    mailbox: &Mailbox,
    call: &Call<'_>,
    folder: Option<&str>,
    search: &str,
    lag_s: i64,
) -> Result<Vec<u64>, Refusal> {
    let query = Query::parse(&kql::unquoted(search)?, call.now_ms)?;
    let mut keys = found(mailbox, folder, &query, call.now_ms - lag_s.max(0).saturating_mul(1000), false);
    keys.truncate(MOST);
    Ok(keys)
}

/// The keys of all that a query finds among what was made until `until_ms`, the newest sent first.
pub(super) fn found(
    mailbox: &Mailbox,
    folder: Option<&str>,
    query: &Query,
    until_ms: i64,
    with_files: bool,
) -> Vec<u64> {
    // What a folder holds is its own to say: a folder that collects others' mail is searched like any other.
    let keys: Vec<u64> = match folder {
        Some(folder) => {
            mailbox.folder(folder).map(|folder| folder.rows.iter().map(|(_, key)| *key).collect()).unwrap_or_default()
        }
        None => mailbox.messages().map(|(key, _)| key).collect(),
    };
    let mut rows: Vec<(i64, u64)> = keys
        .into_iter()
        .filter_map(|key| Some((key, mailbox.message(key)?)))
        .filter(|(_, message)| message.created_ms <= until_ms)
        .filter(|(_, message)| matches(query, &Searched { message, body: OnceCell::new(), with_files }))
        .map(|(key, message)| (message.sent_ms, key))
        .collect();
    rows.sort_unstable_by(|a, b| b.cmp(a));
    rows.into_iter().map(|(_, key)| key).collect()
}

/// How many results the page's token says were told already.
pub(super) fn offset(call: &Call<'_>, mailbox: &Mailbox) -> Result<usize, Refusal> {
    let Some(token) = call.query.first("$skiptoken") else {
        return Ok(0);
    };
    let bad = || Refusal::BadQuery("The skip token is not valid.".to_owned());
    let bytes = base64_decode(token).ok_or_else(bad)?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    if value.get("g").and_then(Value::as_u64) != Some(mailbox.generation) {
        return Err(Refusal::SyncStateNotFound);
    }
    value.get("o").and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok()).ok_or_else(bad)
}

/// The token of the page that begins after so many results.
pub(super) fn token(mailbox: &Mailbox, offset: usize) -> String {
    render::token(&json!({"o": offset, "g": mailbox.generation}))
}

fn matches(query: &Query, searched: &Searched<'_>) -> bool {
    match query {
        Query::All(parts) => parts.iter().all(|part| matches(part, searched)),
        Query::Either(parts) => parts.iter().any(|part| matches(part, searched)),
        Query::Not(inner) => !matches(inner, searched),
        Query::Term(field, Ask::Words { folded, prefix }) => searched.holds(*field, folded, *prefix),
        Query::Term(Field::HasAttachment, Ask::Truth(wanted)) => searched.message.has_attachments() == *wanted,
        Query::Term(_, Ask::Truth(wanted)) => searched.message.is_read == *wanted,
        Query::Term(field, Ask::Between((from, to))) => {
            let at = if *field == Field::Size {
                i64::try_from(extended::size(searched.message)).unwrap_or(i64::MAX)
            } else if *field == Field::Sent {
                searched.message.sent_ms
            } else {
                searched.message.received_ms
            };
            (*from..*to).contains(&at)
        }
    }
}

impl Searched<'_> {
    fn holds(&self, field: Field, folded: &str, prefix: bool) -> bool {
        let message = self.message;
        let text = |text: &str| words::holds(&words::folded(text), folded, prefix);
        let body = || words::holds(self.body(), folded, prefix);
        let people = |list: &[Address]| list.iter().any(|one| text(&format!("{} {}", one.name, one.address)));
        let senders = || people(message.from.as_slice()) || people(message.sender.as_slice());
        let recipients = || people(&message.to) || people(&message.cc) || people(&message.bcc);
        let files = || message.attachments.iter().any(|one| text(&one.name));
        match field {
            Field::Anywhere => {
                text(&message.subject) || senders() || body() || (self.with_files && self.in_files(folded, prefix))
            }
            Field::Attachment => files(),
            Field::Bcc => people(&message.bcc),
            Field::Body => body(),
            Field::Category => message.categories.iter().any(|one| text(one)),
            Field::Cc => people(&message.cc),
            Field::From => senders(),
            Field::Importance => text(message.importance.word()),
            Field::Kind => text(if message.meeting.is_some() { "meetings" } else { "email" }),
            Field::Participants => senders() || recipients(),
            Field::Recipients => recipients(),
            Field::Subject => text(&message.subject),
            Field::To => people(&message.to),
            // These ask for a truth or a range, never for words.
            Field::HasAttachment | Field::IsRead | Field::Received | Field::Sent | Field::Size => false,
        }
    }

    fn body(&self) -> &str {
        self.body.get_or_init(|| {
            let content = &self.message.content;
            if content.html { words::folded_html(&content.text) } else { words::folded(&content.text) }
        })
    }

    /// Whether a file's name or its text holds the words.
    fn in_files(&self, folded: &str, prefix: bool) -> bool {
        self.message.attachments.iter().any(|one| {
            words::holds(&words::folded(&one.name), folded, prefix)
                || (one.content_type.starts_with("text/")
                    && words::holds(&words::folded(&String::from_utf8_lossy(&one.bytes)), folded, prefix))
        })
    }
}

//! Following things that are not mail: a full round first, then what changed since.
//! A token holds everything a later page needs, so the server keeps no state per client.

use serde_json::{Map, Value, json};

use crate::chance::base64_decode;
use crate::graph::call::Call;
use crate::graph::refusal::Refusal;
use crate::graph::rows::Kind;
use crate::graph::{Outcome, answer, render};
use crate::mailbox::Mailbox;
use crate::web::percent_encode;

/// Rows a page holds where the client does not say.
const PAGE: usize = 10;

/// One thing as it is now: its row, or nothing where it is gone.
pub(crate) struct Tracked {
    /// Sorts things for good, and is unique.
    pub(crate) place: String,
    pub(crate) id: String,
    pub(crate) change: u64,
    pub(crate) row: Option<Value>,
}

/// Where a round stands.
pub(crate) struct Round {
    select: Option<String>,
    /// Start and end of a calendar view, where there is one.
    pub(crate) window: Option<(i64, i64)>,
    place: Place,
}

enum Place {
    /// In the full round, after a thing; changes since `head` follow it.
    Full { head: u64, after: String },
    /// In a round of changes since `head`, after a change and a thing.
    Changes { head: u64, after: (u64, String) },
}

/// What is being followed: its kind, and a name that only its own tokens carry.
pub(crate) struct Followed<'k> {
    pub(crate) kind: &'k Kind,
    pub(crate) scope: String,
}

impl Followed<'_> {
    /// Reads where the round stands. `window` is asked for in the first request only.
    pub(crate) fn round(
        &self,
        mailbox: &Mailbox,
        call: &Call<'_>,
        window: impl FnOnce() -> Result<Option<(i64, i64)>, Refusal>,
    ) -> Result<Round, Refusal> {
        let token = call.query.first("$skiptoken").or_else(|| call.query.first("$deltatoken"));
        let Some(token) = token else {
            for (name, _) in call.query.iter() {
                let bad = ["$search", "$skip", "$count", "$filter", "$orderby", "$expand", "$top"];
                if bad.iter().any(|bad| name.eq_ignore_ascii_case(bad)) {
                    return Err(Refusal::BadQuery(format!("The query option '{name}' is not supported with delta.")));
                }
            }
            let select = call.query.first("$select").map(str::to_owned);
            self.kind.select(select.as_deref())?;
            let place = Place::Full { head: mailbox.head(), after: String::new() };
            return Ok(Round { select, window: window()?, place });
        };
        let bad = || Refusal::BadQuery("The delta token is not valid.".to_owned());
        let bytes = base64_decode(token).ok_or_else(bad)?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|_| bad())?;
        if value.get("f").and_then(Value::as_str) != Some(self.scope.as_str()) {
            return Err(bad());
        }
        if value.get("g").and_then(Value::as_u64) != Some(mailbox.generation) {
            return Err(Refusal::SyncStateNotFound);
        }
        let head = value.get("h").and_then(Value::as_u64).ok_or_else(bad)?;
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let after = text("p").unwrap_or_default();
        let place = match value.get("a").and_then(Value::as_u64) {
            Some(change) => Place::Changes { head, after: (change, after) },
            None => Place::Full { head, after },
        };
        let edge = |name: &str| value.get(name).and_then(Value::as_i64);
        Ok(Round { select: text("s"), window: edge("from").zip(edge("to")), place })
    }

    /// One page of the round.
    pub(crate) fn page(
        &self,
        mailbox: &Mailbox,
        call: &Call<'_>,
        round: &Round,
        mut tracked: Vec<Tracked>,
        context: &str,
    ) -> Outcome {
        let size = call.page_size.unwrap_or(PAGE).clamp(1, 1000);
        let select = self.kind.select(round.select.as_deref())?;
        let (head, full) = match &round.place {
            Place::Full { head, after } => {
                tracked.retain(|one| one.row.is_some() && one.place > *after);
                tracked.sort_by(|a, b| a.place.cmp(&b.place));
                (*head, true)
            }
            Place::Changes { head, after } => {
                tracked.retain(|one| one.change > *head && (one.change, &one.place) > (after.0, &after.1));
                tracked.sort_by(|a, b| (a.change, &a.place).cmp(&(b.change, &b.place)));
                (*head, false)
            }
        };
        let more = tracked.len() > size;
        tracked.truncate(size);
        let last = tracked.last().map(|one| (one.change, one.place.clone()));
        let mut token = Map::new();
        token.insert("f".to_owned(), json!(self.scope));
        token.insert("g".to_owned(), json!(mailbox.generation));
        if let Some(select) = &round.select {
            token.insert("s".to_owned(), json!(select));
        }
        if let Some((from, to)) = round.window {
            token.insert("from".to_owned(), json!(from));
            token.insert("to".to_owned(), json!(to));
        }
        let (link, option) = match last.filter(|_| more) {
            Some((change, place)) => {
                token.insert("h".to_owned(), json!(head));
                token.insert("p".to_owned(), json!(place));
                if !full {
                    token.insert("a".to_owned(), json!(change));
                }
                ("@odata.nextLink", "$skiptoken")
            }
            None => {
                token.insert("h".to_owned(), json!(if full { head } else { mailbox.head() }));
                token.insert("a".to_owned(), json!(0));
                ("@odata.deltaLink", "$deltatoken")
            }
        };
        let rows: Vec<Value> = tracked
            .into_iter()
            .map(|one| match one.row {
                Some(row) => self.kind.pick(row, select.as_deref()),
                None => json!({"id": one.id, "@removed": {"reason": "deleted"}}),
            })
            .collect();
        let token = percent_encode(&render::token(&Value::Object(token)));
        let value = json!({ "value": rows, (link): format!("{}?{option}={token}", call.full_path()) });
        Ok(answer(200, format!("{}/$metadata#{context}", call.base), value))
    }
}

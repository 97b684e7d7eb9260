//! Following the messages of one folder: a full round first, then what changed since.
//! A token holds everything a later page needs, so the server keeps no state per client.

use serde_json::{Map, Value, json};

use crate::behaviour::Behaviour;
use crate::chance::base64_decode;
use crate::graph::call::Call;
use crate::graph::expand::{self, Expand};
use crate::graph::filter::Filter;
use crate::graph::query::Select;
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer, delta_rows, folders, render};
use crate::mailbox::Mailbox;
use crate::sandbox::Sandbox;
use crate::web::percent_encode;

/// Messages a page holds where the client does not say.
const PAGE: usize = 10;
/// With a filter, Graph lists this many messages at most.
const MOST_FILTERED: usize = 5000;

/// Where a round stands, and the options its first request froze.
#[derive(Clone, Debug)]
pub(super) struct Round {
    /// `$select` and `$expand` as they were first asked.
    select: Option<String>,
    expand: Option<String>,
    /// Only messages received since then, and how many are still allowed.
    pub(super) since_ms: Option<i64>,
    pub(super) allowed: usize,
    /// `changeType` as it was first asked.
    pub(super) kinds: Option<String>,
    pub(super) place: Place,
    /// Changes after this one are told again, though an earlier round told them.
    pub(super) replay: Option<u64>,
    /// Whether the page before this one was empty for no reason.
    emptied: bool,
    /// Whether the poll before this one kept silent about what it knew.
    late: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// In the full round: changes after `head` follow it; the next message is older than `before`.
    Full { head: u64, before: Option<(i64, u64)> },
    /// In a round of changes after `head`; those up to `after` are told already.
    Changes { head: u64, after: u64 },
}

/// A page's rows, and the round as the next page finds it.
pub(super) struct Page {
    pub(super) rows: Vec<Value>,
    pub(super) next: Round,
    pub(super) done: bool,
}

/// What rows are made from.
pub(super) struct Source<'s> {
    pub(super) mailbox: &'s Mailbox,
    pub(super) call: &'s Call<'s>,
    pub(super) behaviour: &'s Behaviour,
    pub(super) folder: &'s str,
    pub(super) select: Select,
    pub(super) expand: Expand,
}

/// One page of a folder's delta.
pub(super) fn read(sandbox: &Sandbox, call: &Call<'_>, name: &str) -> Outcome {
    call.needs_reading()?;
    let behaviour = &sandbox.behaviour;
    let mailbox = sandbox.mailbox(call.person)?;
    let folder = folders::find(mailbox, name)?;
    let token = call.query.first("$skiptoken").or_else(|| call.query.first("$deltatoken"));
    let round = match token {
        Some(token) if token.eq_ignore_ascii_case("latest") => {
            Round { place: Place::Changes { head: mailbox.head(), after: 0 }, ..begin(call, mailbox)? }
        }
        Some(token) if !token.is_empty() => resume(token, mailbox, &folder, call, behaviour)?,
        // An empty token is how a dead one tells where to begin again.
        Some(_) | None => begin(call, mailbox)?,
    };
    let size = call.page_size.unwrap_or(PAGE).min(1000);
    let mut expand = expand::asked(round.expand.as_deref(), call)?;
    // Extended properties and extensions are not followed.
    expand = Expand { attachments: expand.attachments.take(), event: expand.event.take(), ..Expand::default() };
    let select = Select::messages(round.select.as_deref())?;
    let source = Source { mailbox, call, behaviour, folder: &folder, select, expand };
    let mut page = match round.place {
        Place::Full { head, before } => delta_rows::full(&source, &round, head, before, size),
        Place::Changes { head, after } => delta_rows::changed(&source, &round, head, after, size),
    };
    page.next.emptied = false;
    page.next.late = false;
    if behaviour.delta_tells_late && !round.late && !page.rows.is_empty() && round.follows() {
        page = Page { rows: Vec::new(), next: Round { late: true, ..round.clone() }, done: true };
    }
    if behaviour.delta_empty_pages && !round.emptied && !page.rows.is_empty() {
        page = Page { rows: Vec::new(), next: Round { emptied: true, ..round }, done: false };
    }
    // Moved in as they are: the macro would write each row anew.
    let rows = Value::Array(std::mem::take(&mut page.rows));
    let mut value = Value::Object(Map::from_iter([("value".to_owned(), rows)]));
    if let Some(object) = value.as_object_mut() {
        let (name, option) =
            if page.done { ("@odata.deltaLink", "$deltatoken") } else { ("@odata.nextLink", "$skiptoken") };
        let token = percent_encode(&render::token(&page.next.token(mailbox, &folder, call.now_ms)));
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
    if orders.is_some_and(|text| text.split_whitespace().collect::<Vec<_>>() != ["receiveddatetime", "desc"]) {
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
    let expand = call.query.first("$expand").map(str::to_owned);
    expand::asked(expand.as_deref(), call)?;
    let kinds = call.query.first("changeType").map(str::to_ascii_lowercase);
    let strange = kinds
        .iter()
        .flat_map(|kinds| kinds.split(','))
        .find(|kind| !["created", "updated", "deleted"].contains(&kind.trim()));
    if let Some(kind) = strange {
        return Err(Refusal::BadQuery(format!("'{kind}' is not a changeType; created, updated and deleted are.")));
    }
    // `$top` caps the whole round in practice.
    let top = match call.query.first("$top") {
        Some(text) => Some(text.parse().map_err(|_| Refusal::BadQuery(format!("Invalid value '{text}' for '$top'.")))?),
        None => None,
    };
    let most = if since_ms.is_some() { MOST_FILTERED } else { usize::MAX };
    Ok(Round {
        select,
        expand,
        since_ms,
        allowed: top.unwrap_or(most).min(most),
        kinds,
        place: Place::Full { head: mailbox.head(), before: None },
        replay: None,
        emptied: false,
        late: false,
    })
}

/// Refuses a token of another generation, or one that is too old; `token` is when it was made and its generation.
pub(super) fn check_alive(
    token: (i64, Option<u64>),
    mailbox: &Mailbox,
    call: &Call<'_>,
    behaviour: &Behaviour,
) -> Result<(), Refusal> {
    let (made_ms, generation) = token;
    let life_ms = behaviour.delta_token_life_s.saturating_mul(1000);
    let aged = life_ms > 0 && call.now_ms.saturating_sub(made_ms) > life_ms;
    if !aged && generation == Some(mailbox.generation) {
        return Ok(());
    }
    Err(if behaviour.delta_resync_required {
        Refusal::ResyncRequired(format!("{}?$deltatoken=", call.full_path()))
    } else {
        Refusal::SyncStateNotFound
    })
}

/// Reads a token; one of another generation, or one that is too old, is dead.
fn resume(
    token: &str,
    mailbox: &Mailbox,
    folder: &str,
    call: &Call<'_>,
    behaviour: &Behaviour,
) -> Result<Round, Refusal> {
    let bad = || Refusal::BadQuery("The delta token is not valid.".to_owned());
    let bytes = base64_decode(token).ok_or_else(bad)?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    let number = |name: &str| value.get(name).and_then(Value::as_u64);
    if value.get("f").and_then(Value::as_str) != Some(folder) {
        return Err(bad());
    }
    let made_ms = value.get("w").and_then(Value::as_i64).ok_or_else(bad)?;
    check_alive((made_ms, number("g")), mailbox, call, behaviour)?;
    let head = number("h").ok_or_else(bad)?;
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let before = value.get("t").and_then(Value::as_i64).zip(number("k"));
    let place = match number("a") {
        Some(after) => Place::Changes { head, after },
        None => Place::Full { head, before },
    };
    Ok(Round {
        select: text("s"),
        expand: text("x"),
        since_ms: value.get("m").and_then(Value::as_i64),
        allowed: number("n").and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX),
        kinds: text("c"),
        place,
        replay: number("r"),
        emptied: value.get("e").is_some(),
        late: value.get("l").is_some(),
    })
}

impl Round {
    /// Whether this is the first page of a round that follows changes.
    fn follows(&self) -> bool {
        matches!(self.place, Place::Changes { after: 0, .. })
    }

    fn token(&self, mailbox: &Mailbox, folder: &str, now_ms: i64) -> Value {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                fields.insert(name.to_owned(), value);
            }
        };
        put("g", Some(json!(mailbox.generation)));
        put("f", Some(json!(folder)));
        put("w", Some(json!(now_ms)));
        put("s", self.select.as_ref().map(|select| json!(select)));
        put("x", self.expand.as_ref().map(|expand| json!(expand)));
        put("m", self.since_ms.map(|since| json!(since)));
        put("n", (self.allowed != usize::MAX).then(|| json!(self.allowed)));
        put("c", self.kinds.as_ref().map(|kinds| json!(kinds)));
        put("r", self.replay.map(|replay| json!(replay)));
        put("l", self.late.then(|| json!(1)));
        put("e", self.emptied.then(|| json!(1)));
        match self.place {
            Place::Full { head, before } => {
                put("h", Some(json!(head)));
                put("t", before.map(|(received, _)| json!(received)));
                put("k", before.map(|(_, key)| json!(key)));
            }
            Place::Changes { head, after } => {
                put("h", Some(json!(head)));
                put("a", Some(json!(after)));
            }
        }
        Value::Object(fields)
    }
}

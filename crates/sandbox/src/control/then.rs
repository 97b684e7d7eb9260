//! What a fault rule can do to a request, read from the rule's `then`.
//! Everything is read when the rule is made, so that a misspelt rule is refused and not ignored.

use serde_json::{Map, Value};

/// What a rule does to one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blow {
    /// The request waits for so long before anything is done.
    pub(crate) hold_ms: u64,
    /// The answer waits for so long after the work is done.
    pub(crate) delay_ms: u64,
    pub(crate) deed: Deed,
    /// What happens to the answer's form, in order.
    pub(crate) spoils: Vec<Spoil>,
    pub(crate) pace: Pace,
}

/// The coarse part of a blow.
#[derive(Clone, Debug, Default)]
pub(crate) enum Deed {
    /// The work is done and answered.
    #[default]
    Serve,
    /// Another answer, with the work done before or not at all.
    Instead { status: u16, headers: Vec<(String, String)>, body: Vec<u8>, worked: bool },
    /// No answer, with the work done before or not at all.
    Drop { worked: bool },
    /// An answer that was given before.
    Repeat(Which),
}

/// Which earlier answer is given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// The latest that the rule saw.
    Last,
    /// The latest to the same address.
    SameAddress,
}

/// A change to an answer.
#[derive(Clone, Debug)]
pub(crate) enum Spoil {
    /// Only so many bytes of the body.
    Truncate(usize),
    /// A page of HTML where JSON is expected, as a hotel's network gives.
    Html,
    ContentType(String),
    Headers(Vec<(String, String)>),
    /// A JSON merge patch (RFC 7396) of the body.
    Merge(Value),
    /// No body at all.
    Empty,
    /// No rows, and a next link that leads to the same page.
    EmptyPage,
    /// The rows keep their places and get ids of messages in another folder.
    ForeignIds,
}

/// How an answer's bytes go out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// All at once.
    #[default]
    Whole,
    /// So many bytes at a time.
    Slow {
        /// Bytes in one piece, at least one.
        bytes: usize,
        /// Milliseconds before each piece.
        every_ms: u64,
    },
    /// The head and so many bytes of the body, then the connection ends.
    Cut {
        /// Bytes of the body that get through.
        after: usize,
    },
}

/// Members that `then` may have.
const KNOWN: [&str; 16] = [
    "status",
    "headers",
    "body",
    "drop",
    "delay_ms",
    "when",
    "truncate",
    "html",
    "content_type",
    "merge",
    "empty",
    "empty_page",
    "foreign_ids",
    "repeat",
    "slow",
    "cut",
];

impl Blow {
    /// Whether a connection may end without a whole answer.
    pub(crate) fn cuts(&self) -> bool {
        matches!(self.deed, Deed::Drop { .. }) || matches!(self.pace, Pace::Cut { .. })
    }
}

/// Reads a `then`.
pub(super) fn parse(then: &Value) -> Result<Blow, String> {
    let object = then.as_object().ok_or("then is an object, or a list of them.")?;
    if let Some(unknown) = object.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        return Err(format!("then has no '{unknown}'; it has {}.", KNOWN.join(", ")));
    }
    let before = match object.get("when").and_then(Value::as_str) {
        None => None,
        Some("before") => Some(true),
        Some("after") => Some(false),
        Some(other) => return Err(format!("when is before or after, not '{other}'.")),
    };
    let mut blow = Blow { deed: deed(object, before == Some(false))?, ..Blow::default() };
    if let Some(ms) = number(object, "delay_ms")? {
        let wait = if before == Some(true) { &mut blow.hold_ms } else { &mut blow.delay_ms };
        *wait = ms;
    }
    blow.spoils = spoils(object, &blow.deed)?;
    blow.pace = pace(object)?;
    let nothing = matches!(blow.deed, Deed::Serve)
        && blow.spoils.is_empty()
        && blow.pace == Pace::Whole
        && !object.contains_key("delay_ms");
    if nothing {
        return Err("then needs a status from 200 to 599, drop, delay_ms, or a change of the answer.".to_owned());
    }
    Ok(blow)
}

fn number(object: &Map<String, Value>, name: &str) -> Result<Option<u64>, String> {
    match object.get(name) {
        None => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or_else(|| format!("{name} needs a number.")),
    }
}

fn size(object: &Map<String, Value>, name: &str) -> Result<Option<usize>, String> {
    Ok(number(object, name)?.map(|number| usize::try_from(number).unwrap_or(usize::MAX)))
}

fn deed(object: &Map<String, Value>, worked: bool) -> Result<Deed, String> {
    if let Some(drop) = object.get("drop") {
        return match drop.as_str() {
            Some("before") => Ok(Deed::Drop { worked: false }),
            Some("after") => Ok(Deed::Drop { worked: true }),
            other => Err(format!("A drop is before or after, not '{}'.", other.unwrap_or_default())),
        };
    }
    if let Some(repeat) = object.get("repeat") {
        return match repeat.as_str() {
            Some("last") => Ok(Deed::Repeat(Which::Last)),
            Some("address") => Ok(Deed::Repeat(Which::SameAddress)),
            other => Err(format!("repeat is last or address, not '{}'.", other.unwrap_or_default())),
        };
    }
    let Some(status) = object.get("status") else {
        return Ok(Deed::Serve);
    };
    let status = status
        .as_u64()
        .and_then(|status| u16::try_from(status).ok())
        .filter(|status| (200..=599).contains(status))
        .ok_or("A status is from 200 to 599.")?;
    let mut headers = headers(object);
    let body = match object.get("body") {
        Some(Value::String(text)) => text.as_bytes().to_vec(),
        Some(body) if !body.is_null() => {
            if !headers.iter().any(|(name, _)| name == "content-type") {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
            }
            body.to_string().into_bytes()
        }
        Some(_) | None => Vec::new(),
    };
    Ok(Deed::Instead { status, headers, body, worked })
}

fn headers(object: &Map<String, Value>) -> Vec<(String, String)> {
    let written = object.get("headers").and_then(Value::as_object);
    written
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name.to_ascii_lowercase(), value)
        })
        .collect()
}

fn spoils(object: &Map<String, Value>, deed: &Deed) -> Result<Vec<Spoil>, String> {
    let says = |name: &str| object.get(name).and_then(Value::as_bool) == Some(true);
    let mut spoils = Vec::new();
    if let Some(patch) = object.get("merge") {
        spoils.push(Spoil::Merge(patch.clone()));
    }
    for (name, spoil) in [
        ("foreign_ids", Spoil::ForeignIds),
        ("empty_page", Spoil::EmptyPage),
        ("html", Spoil::Html),
        ("empty", Spoil::Empty),
    ] {
        if says(name) {
            spoils.push(spoil);
        }
    }
    // An answer of the rule's own has its headers already.
    if !matches!(deed, Deed::Instead { .. }) && object.contains_key("headers") {
        spoils.push(Spoil::Headers(headers(object)));
    }
    if let Some(kind) = object.get("content_type").and_then(Value::as_str) {
        spoils.push(Spoil::ContentType(kind.to_owned()));
    }
    if let Some(bytes) = size(object, "truncate")? {
        spoils.push(Spoil::Truncate(bytes));
    }
    Ok(spoils)
}

fn pace(object: &Map<String, Value>) -> Result<Pace, String> {
    if let Some(after) = size(object, "cut")? {
        return Ok(Pace::Cut { after });
    }
    let Some(slow) = object.get("slow") else {
        return Ok(Pace::Whole);
    };
    let slow = slow.as_object().ok_or("slow is {bytes, every_ms}.")?;
    let bytes = size(slow, "bytes")?.filter(|bytes| *bytes > 0).ok_or("slow needs bytes above 0.")?;
    Ok(Pace::Slow { bytes, every_ms: number(slow, "every_ms")?.ok_or("slow needs every_ms.")? })
}

//! `$expand` of messages: what hangs on a message and shall come along, nested options included.
//! Names are checked as in `$select`; what has no other end cannot be expanded at all.

use crate::graph::call::Call;
use crate::graph::query::{MESSAGE_PROPERTIES, unknown};
use crate::graph::refusal::Refusal;
use crate::graph::zone;
use crate::zones::Zone;

/// What `$expand` asks to come along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expand {
    /// The attachments, with all of their properties or only some.
    pub(crate) attachments: Option<Fields>,
    /// Ids of extended properties with one value.
    pub(crate) single: Vec<String>,
    /// Ids of extended properties with several values.
    pub(crate) multi: Vec<String>,
    /// Open extensions: the named ones, or all where none is named.
    pub(crate) extensions: Option<Vec<String>>,
    /// The event that a mail about a meeting is about, its times in this zone.
    pub(crate) event: Option<Zone>,
}

/// Which properties of an attachment are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fields {
    All,
    Only(Vec<&'static str>),
}

/// Properties of every attachment, and those that need the cast to a file.
const BASE: [&str; 6] = ["id", "name", "contentType", "size", "isInline", "lastModifiedDateTime"];
const FILE: [&str; 3] = ["contentId", "contentLocation", "contentBytes"];

/// Reads an `$expand` of messages, the event of an invitation aside.
pub(crate) fn read(text: Option<&str>) -> Result<Expand, Refusal> {
    parse(text).map(|(expand, _)| expand)
}

/// Reads the whole `$expand` of messages, whose events are shown in the zone the request prefers.
pub(super) fn asked(text: Option<&str>, call: &Call<'_>) -> Result<Expand, Refusal> {
    let (mut expand, event) = parse(text)?;
    if event {
        expand.event = Some(zone::preferred(call)?);
    }
    Ok(expand)
}

/// What is expanded, and whether the event of an invitation is.
fn parse(text: Option<&str>) -> Result<(Expand, bool), Refusal> {
    let (mut expand, mut event) = (Expand::default(), false);
    let Some(text) = text else {
        return Ok((expand, event));
    };
    for part in split_top(text, ',') {
        let (name, options) = match part.split_once('(') {
            Some((name, rest)) => {
                let inner = rest.trim_end().strip_suffix(')');
                (name.trim(), inner.ok_or_else(|| Refusal::BadQuery("Invalid $expand.".to_owned()))?)
            }
            None => (part.trim(), ""),
        };
        let option = |wanted: &str| {
            split_top(options, ';').into_iter().find_map(|option| {
                let (key, value) = option.split_once('=')?;
                key.trim().eq_ignore_ascii_case(wanted).then(|| value.to_owned())
            })
        };
        let named = || option("$filter").map(|filter| quoted_ids(&filter)).unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "attachments" => expand.attachments = Some(fields(option("$select").as_deref())?),
            "singlevalueextendedproperties" => expand.single.extend(required(named())?),
            "multivalueextendedproperties" => expand.multi.extend(required(named())?),
            "extensions" => expand.extensions = Some(named()),
            "microsoft.graph.eventmessage/event" | "microsoft.graph.eventmessagerequest/event" => event = true,
            other if MESSAGE_PROPERTIES.iter().any(|known| known.eq_ignore_ascii_case(other)) => {
                return Err(Refusal::ExpandNotSupported(name.to_owned()));
            }
            _ => return Err(unknown(name, "microsoft.graph.message")),
        }
    }
    Ok((expand, event))
}

fn required(ids: Vec<String>) -> Result<Vec<String>, Refusal> {
    if ids.is_empty() {
        return Err(Refusal::BadQuery("Extended properties need a $filter on id.".to_owned()));
    }
    Ok(ids)
}

fn fields(select: Option<&str>) -> Result<Fields, Refusal> {
    let Some(select) = select.filter(|text| !text.trim().is_empty()) else {
        return Ok(Fields::All);
    };
    select
        .split(',')
        .map(str::trim)
        .map(|name| {
            let (plain, cast) = match name.rsplit_once('/') {
                Some((kind, plain)) if kind.eq_ignore_ascii_case("microsoft.graph.fileAttachment") => (plain, true),
                Some(_) | None => (name, false),
            };
            BASE.into_iter()
                .chain(FILE.into_iter().filter(|_| cast))
                .find(|known| known.eq_ignore_ascii_case(plain))
                .ok_or_else(|| unknown(name, "microsoft.graph.attachment"))
        })
        .collect::<Result<_, _>>()
        .map(Fields::Only)
}

/// Splits at a mark that is outside parentheses and quotes.
pub(super) fn split_top(text: &str, mark: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut depth, mut quoted) = (0_i32, false);
    for c in text.chars() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if c == mark && depth == 0 && !quoted {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// The quoted strings of `id eq '…' or id eq '…'`.
fn quoted_ids(filter: &str) -> Vec<String> {
    filter.replace("''", "\u{1}").split('\'').skip(1).step_by(2).map(|id| id.replace('\u{1}', "'")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expand_takes_the_ids_of_extended_properties() {
        let text = "singleValueExtendedProperties($filter=id eq 'String {a} Name b' or id eq 'Integer 0x0E08'),attachments($select=id)";
        let expand = read(Some(text)).unwrap();
        assert_eq!(expand.attachments, Some(Fields::Only(vec!["id"])));
        assert_eq!(expand.single, ["String {a} Name b", "Integer 0x0E08"]);
    }

    #[test]
    fn what_has_no_other_end_is_refused_by_name() {
        assert_eq!(read(Some("body")), Err(Refusal::ExpandNotSupported("body".to_owned())));
        assert!(read(Some("nonsense")).is_err());
        assert!(read(Some("attachments($select=contentId)")).is_err());
        assert!(read(Some("attachments($select=microsoft.graph.fileAttachment/contentId)")).is_ok());
        assert!(read(Some("attachments($select=id")).is_err());
        assert!(read(Some("singleValueExtendedProperties")).is_err());
    }
}

//! The query options of a request: what to select, how to sort, how much to send.
//! Names are checked here, because Graph refuses unknown ones instead of ignoring them.

use std::collections::BTreeSet;

use crate::graph::refusal::Refusal;
use crate::web::Pairs;

/// Properties of a message that come without being asked for.
pub(crate) const MESSAGE_PROPERTIES: [&str; 30] = [
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "categories",
    "receivedDateTime",
    "sentDateTime",
    "hasAttachments",
    "internetMessageId",
    "subject",
    "bodyPreview",
    "importance",
    "parentFolderId",
    "conversationId",
    "conversationIndex",
    "isDeliveryReceiptRequested",
    "isReadReceiptRequested",
    "isRead",
    "isDraft",
    "webLink",
    "inferenceClassification",
    "body",
    "sender",
    "from",
    "toRecipients",
    "ccRecipients",
    "bccRecipients",
    "replyTo",
    "flag",
    "meetingMessageType",
    "id",
];

/// Properties of a message that come only when selected.
const ON_REQUEST: [&str; 2] = ["uniqueBody", "internetMessageHeaders"];

/// Properties of a folder.
pub(crate) const FOLDER_PROPERTIES: [&str; 7] =
    ["id", "displayName", "parentFolderId", "childFolderCount", "unreadItemCount", "totalItemCount", "isHidden"];

/// Which properties an answer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Select {
    All,
    Only(BTreeSet<&'static str>),
}

impl Select {
    pub(crate) fn has(&self, name: &str) -> bool {
        match self {
            Self::All => !ON_REQUEST.contains(&name),
            Self::Only(names) => names.contains(name),
        }
    }

    /// Reads a `$select` for messages.
    pub(crate) fn messages(text: Option<&str>) -> Result<Self, Refusal> {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
            return Ok(Self::All);
        };
        let mut names = BTreeSet::new();
        for name in text.split(',').map(str::trim) {
            if name == "*" {
                return Ok(Self::All);
            }
            names.insert(message_property(name)?);
        }
        Ok(Self::Only(names))
    }

    /// Reads a `$select` for folders.
    pub(crate) fn folders(text: Option<&str>) -> Result<Self, Refusal> {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
            return Ok(Self::All);
        };
        text.split(',')
            .map(|name| {
                let name = name.trim();
                FOLDER_PROPERTIES
                    .into_iter()
                    .find(|known| known.eq_ignore_ascii_case(name))
                    .ok_or_else(|| unknown(name, "microsoft.graph.mailFolder"))
            })
            .collect::<Result<_, _>>()
            .map(Self::Only)
    }
}

fn message_property(name: &str) -> Result<&'static str, Refusal> {
    // A property of a derived type needs the cast, or Graph does not find it.
    let (plain, cast) = match name.rsplit_once('/') {
        Some((kind, plain)) if kind.to_ascii_lowercase().starts_with("microsoft.graph.event") => (plain, true),
        _ => (name, false),
    };
    MESSAGE_PROPERTIES
        .into_iter()
        .chain(ON_REQUEST)
        .filter(|known| cast == (*known == "meetingMessageType"))
        .find(|known| known.eq_ignore_ascii_case(plain))
        .ok_or_else(|| unknown(name, "microsoft.graph.message"))
}

fn unknown(name: &str, kind: &str) -> Refusal {
    Refusal::ParseUri(format!("Could not find a property named '{name}' on type '{kind}'."))
}

/// One property to sort by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) path: String,
    pub(crate) descending: bool,
}

/// Reads an `$orderby`.
pub(crate) fn order(text: Option<&str>) -> Result<Vec<Order>, Refusal> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    text.split(',')
        .map(|part| {
            let mut words = part.split_whitespace();
            let path = words.next().unwrap_or_default().to_owned();
            let descending = match words.next().map(str::to_ascii_lowercase).as_deref() {
                None | Some("asc") => false,
                Some("desc") => true,
                Some(other) => {
                    return Err(Refusal::BadQuery(format!("Invalid sort direction '{other}'.")));
                }
            };
            if path.is_empty() {
                return Err(Refusal::BadQuery("Invalid $orderby.".to_owned()));
            }
            Ok(Order { path, descending })
        })
        .collect()
}

/// What `$expand` asks to come along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expand {
    pub(crate) attachments: bool,
    /// Ids of extended properties; empty means none were asked for.
    pub(crate) extended: Vec<String>,
}

/// Reads an `$expand` of messages.
pub(crate) fn expand(text: Option<&str>) -> Result<Expand, Refusal> {
    let mut expand = Expand::default();
    let Some(text) = text else {
        return Ok(expand);
    };
    for part in split_top(text, ',') {
        let (name, options) = match part.split_once('(') {
            Some((name, rest)) => (name, rest.strip_suffix(')').unwrap_or(rest)),
            None => (part.as_str(), ""),
        };
        match name.trim().to_ascii_lowercase().as_str() {
            "attachments" => expand.attachments = true,
            "singlevalueextendedproperties" => {
                for option in split_top(options, ';') {
                    if let Some(filter) = option.trim().strip_prefix("$filter=") {
                        expand.extended.extend(quoted_ids(filter));
                    }
                }
                if expand.extended.is_empty() {
                    return Err(Refusal::BadQuery("Extended properties need a $filter on id.".to_owned()));
                }
            }
            // These hold nothing in the sandbox, so there is nothing to add.
            "extensions" | "multivalueextendedproperties" | "microsoft.graph.eventmessage/event" => {}
            other => return Err(unknown(other, "microsoft.graph.message")),
        }
    }
    Ok(expand)
}

/// Splits at a mark that is outside parentheses and quotes.
fn split_top(text: &str, mark: char) -> Vec<String> {
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

/// `$top`, `$skip` and `$count` of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) top: usize,
    pub(crate) skip: usize,
    pub(crate) count: bool,
}

impl Page {
    pub(crate) fn read(query: &Pairs) -> Result<Self, Refusal> {
        let number = |name: &str, otherwise: usize| match query.first(name) {
            None => Ok(otherwise),
            Some(text) => text.parse().map_err(|_| Refusal::BadQuery(format!("Invalid value '{text}' for '{name}'."))),
        };
        let top = number("$top", 10)?;
        if !(1..=1000).contains(&top) {
            return Err(Refusal::BadQuery("The value of '$top' must be between 1 and 1000.".to_owned()));
        }
        Ok(Self {
            top,
            skip: number("$skip", 0)?,
            count: query.first("$count").is_some_and(|value| value.eq_ignore_ascii_case("true")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_property_needs_its_cast() {
        assert!(Select::messages(Some("subject,ISREAD")).is_ok());
        assert!(Select::messages(Some("meetingMessageType")).is_err());
        assert!(Select::messages(Some("microsoft.graph.eventMessage/meetingMessageType")).is_ok());
        assert!(Select::messages(Some("nonsense")).is_err());
    }

    #[test]
    fn expand_takes_the_ids_of_extended_properties() {
        let text = "singleValueExtendedProperties($filter=id eq 'String {a} Name b' or id eq 'Integer 0x0E08'),attachments($select=id)";
        let expand = expand(Some(text)).unwrap();
        assert!(expand.attachments);
        assert_eq!(expand.extended, ["String {a} Name b", "Integer 0x0E08"]);
    }
}

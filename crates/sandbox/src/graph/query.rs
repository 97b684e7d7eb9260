//! The query options of a request: what to select, how to sort, how much to send.
//! Names are checked here, because Graph refuses unknown ones instead of ignoring them.

use std::collections::BTreeSet;

use crate::graph::derived;
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

/// What hangs on a message: selecting it is allowed, and brings nothing without `$expand`.
const NAVIGATION: [&str; 4] =
    ["attachments", "extensions", "singleValueExtendedProperties", "multiValueExtendedProperties"];

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
    let (kind, plain) = match name.rsplit_once('/') {
        Some((kind, plain)) => (kind, plain),
        None => ("microsoft.graph.message", name),
    };
    let derived = derived::properties(kind).ok_or_else(|| unknown(name, "microsoft.graph.message"))?;
    MESSAGE_PROPERTIES
        .into_iter()
        .filter(|known| *known != "meetingMessageType")
        .chain(ON_REQUEST)
        .chain(NAVIGATION)
        .chain(derived)
        .find(|known| known.eq_ignore_ascii_case(plain))
        .ok_or_else(|| unknown(name, "microsoft.graph.message"))
}

pub(super) fn unknown(name: &str, kind: &str) -> Refusal {
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

/// `$top`, `$skip` and `$count` of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) top: usize,
    pub(crate) skip: usize,
    pub(crate) count: bool,
}

/// Query options that lists of messages know.
const OPTIONS: [&str; 9] =
    ["$select", "$filter", "$orderby", "$top", "$skip", "$count", "$expand", "$search", "$skiptoken"];

/// Refuses system options that Graph does not have; options without a dollar are nobody's business.
pub(super) fn check_options(query: &Pairs) -> Result<(), Refusal> {
    let strange = query
        .iter()
        .find(|(name, _)| name.starts_with('$') && !OPTIONS.iter().any(|known| known.eq_ignore_ascii_case(name)));
    match strange {
        Some((name, _)) => Err(Refusal::BadQuery(format!("The query parameter '{name}' is not supported."))),
        None => Ok(()),
    }
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
        assert!(Select::messages(Some("microsoft.graph.eventMessageRequest/meetingMessageType")).is_ok());
        assert!(Select::messages(Some("microsoft.graph.eventMessage/responseType")).is_err());
        assert!(Select::messages(Some("microsoft.graph.eventMessageResponse/responseType")).is_ok());
        assert!(Select::messages(Some("from/emailAddress")).is_err());
        assert!(Select::messages(Some("nonsense")).is_err());
    }
}

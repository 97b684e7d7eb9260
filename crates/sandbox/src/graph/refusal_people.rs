//! How Graph says no about people, pictures and meetings.
//! Beside the other refusals, because the directory has codes of its own.

use crate::graph::refusal::Refusal;

/// A request about a person, a picture or a meeting that Graph does not carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PeopleRefusal {
    /// The directory may not be read with these scopes.
    DirectoryDenied,
    /// The directory has nobody of this id or address.
    UserNotFound(String),
    /// A user of the directory without a mailbox.
    NoMailbox,
    /// A user whose mailbox is on premises.
    MailboxElsewhere,
    ImageNotFound,
    NotAPicture,
    /// The directory searches and counts only with `ConsistencyLevel: eventual`.
    NeedsEventual(&'static str),
    UnsupportedQuery(String),
    BadSearch,
    BadSkipToken,
    /// A parameter that Exchange does not take, and why.
    BadParameter(String),
    BadZone(String),
    /// An event was made under this transaction id already.
    TransactionTwice,
    /// What this person cannot do with this meeting.
    Meeting(&'static str),
}

impl PeopleRefusal {
    /// Status, code and sentence.
    pub(crate) fn parts(&self) -> (u16, &'static str, String) {
        let said = |status, code, text: &str| (status, code, text.to_owned());
        match self {
            Self::DirectoryDenied => {
                said(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
            }
            Self::UserNotFound(name) => (
                404,
                "Request_ResourceNotFound",
                format!(
                    "Resource '{name}' does not exist or one of its queried reference-property objects are not present."
                ),
            ),
            Self::NoMailbox => {
                said(404, "ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
            }
            Self::MailboxElsewhere => said(
                404,
                "MailboxNotEnabledForRESTAPI",
                "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
            ),
            Self::ImageNotFound => said(
                404,
                "ImageNotFound",
                "Exception of type 'Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException' was thrown.",
            ),
            Self::NotAPicture => said(400, "ErrorInvalidImage", "The photo is neither JPEG nor PNG."),
            Self::NeedsEventual(what) => (
                400,
                "Request_UnsupportedQuery",
                format!(
                    "Request with {what} query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'"
                ),
            ),
            Self::UnsupportedQuery(text) => (400, "Request_UnsupportedQuery", text.clone()),
            Self::BadSearch => said(
                400,
                "Request_BadRequest",
                "The $search expression is not valid: it is a list of \"property:text\" joined by AND or OR.",
            ),
            Self::BadSkipToken => said(400, "Directory_InvalidPageToken", "The page token is not valid."),
            Self::BadParameter(text) => (400, "ErrorInvalidParameter", text.clone()),
            Self::BadZone(zone) => (
                400,
                "TimeZoneNotSupportedException",
                format!(
                    "A valid TimeZone value must be specified. The following TimeZone value is not supported: '{zone}'."
                ),
            ),
            Self::TransactionTwice => said(
                409,
                "ErrorDuplicateTransactionId",
                "Your request can't be completed. A calendar item was already created with the same transaction id.",
            ),
            Self::Meeting(text) => (400, "ErrorInvalidRequest", format!("Your request can't be completed. {text}")),
        }
    }
}

impl From<PeopleRefusal> for Refusal {
    fn from(refusal: PeopleRefusal) -> Self {
        Self::People(refusal)
    }
}

//! Every way Graph says no, with the status and code it says it with.
//! Clients match on status and code, so these are contract; the sentences are not.

use serde_json::json;

use crate::graph::office::refusal::OfficeRefusal;
use crate::graph::refusal_people::PeopleRefusal;
use crate::web::{self, Answer};

/// A request that Graph does not carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    TokenMissing,
    TokenUnknown,
    TokenExpired,
    /// Lines of `WWW-Authenticate` that say what a token must hold.
    ClaimsChallenge(Vec<String>),
    NoMailbox,
    Denied,
    SendAsDenied,
    ItemNotFound,
    MailboxNotFound,
    IdMalformed,
    ParseUri(String),
    BadQuery(String),
    ExpandNotSupported(String),
    Inefficient,
    SearchWithOrderBy,
    SearchWithFilter,
    BadRequest(String),
    PropertyReadOnly(String),
    BadHeaderName(String),
    BadHeaderCount,
    BadBase64,
    BadRecipients(String),
    FolderExists(String),
    FolderDistinguished,
    Conflict,
    /// More requests at a time than the mailbox takes.
    TooManyAtOnce,
    /// More requests in ten minutes than an app may make; for so many milliseconds still.
    TooManyRequests(i64),
    /// More mail sent than a person may; for so many milliseconds still.
    TooManySent(i64),
    BodyTooLarge,
    MessageTooLarge,
    /// The mailbox is full; true for the code that is not Exchange's.
    Full(bool),
    FailedDependency,
    SyncStateNotFound,
    /// The token is dead, and this address begins a new round.
    ResyncRequired(String),
    NoChangeTracking,
    NoSuchResource(String),
    MethodNotAllowed,
    SubscriptionInvalid(String),
    SubscriptionUnvalidated(String),
    SubscriptionExists,
    SubscriptionNotFound(String),
    SubscriptionLimit,
    ResponseNotSupported,
    /// A property that the type lacks, or a value of the wrong type, in a body.
    BodyUnreadable(String),
    PropertyMissing(&'static str),
    FolderFixed(String),
    FolderUnmovable,
    FolderIntoItself,
    FolderNoPlace,
    AttachmentTooSmall,
    AttachmentTooLarge,
    AttachmentTooLong,
    AttachmentNoValue,
    Office(OfficeRefusal),
    /// About people, pictures and meetings.
    People(PeopleRefusal),
}

impl Refusal {
    /// Status, code and sentence.
    pub(crate) fn parts(&self) -> (u16, &'static str, String) {
        let said = |status, code, text: &str| (status, code, text.to_owned());
        match self {
            Self::TokenMissing => said(401, "InvalidAuthenticationToken", "Access token is empty."),
            Self::TokenUnknown => said(
                401,
                "InvalidAuthenticationToken",
                "Access token validation failure. Invalid audience or malformed token.",
            ),
            Self::TokenExpired => {
                said(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
            }
            Self::ClaimsChallenge(_) => said(
                401,
                "InvalidAuthenticationToken",
                "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp",
            ),
            Self::NoMailbox => said(
                404,
                "MailboxNotEnabledForRESTAPI",
                "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
            ),
            Self::Denied => said(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
            Self::SendAsDenied => said(
                403,
                "ErrorSendAsDenied",
                "The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account.",
            ),
            Self::ItemNotFound => said(404, "ErrorItemNotFound", "The specified object was not found in the store."),
            Self::MailboxNotFound => said(404, "ErrorInvalidUser", "The requested user is invalid."),
            Self::IdMalformed => said(400, "ErrorInvalidIdMalformed", "Id is malformed."),
            Self::ParseUri(text) => (400, "RequestBroker--ParseUri", text.clone()),
            Self::BadQuery(text) => (400, "ErrorInvalidUrlQuery", text.clone()),
            Self::ExpandNotSupported(name) => (
                400,
                "ExpandNotSupported",
                format!("Expand is not allowed for property '{name}' according to the entity schema."),
            ),
            Self::Inefficient => {
                said(400, "InefficientFilter", "The restriction or sort order is too complex for this operation.")
            }
            Self::SearchWithOrderBy => {
                said(400, "SearchWithOrderBy", "The query parameter '$orderBy' is not supported with '$search'.")
            }
            Self::SearchWithFilter => {
                said(400, "SearchWithFilter", "The query parameter '$filter' is not supported with '$search'.")
            }
            Self::BadRequest(text) => (400, "BadRequest", text.clone()),
            Self::PropertyReadOnly(name) => {
                (400, "ErrorInvalidPropertySet", format!("The property '{name}' can only be set on a draft."))
            }
            Self::BadHeaderName(name) => (
                400,
                "InvalidInternetMessageHeader",
                format!("The internet message header name '{name}' should start with 'x-' or 'X-'."),
            ),
            Self::BadHeaderCount => said(
                400,
                "InvalidInternetMessageHeaderCollection",
                "The internet message header collection must hold between 1 and 5 headers.",
            ),
            Self::BadBase64 => {
                said(400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content.")
            }
            Self::BadRecipients(text) => (400, "ErrorInvalidRecipients", text.clone()),
            Self::FolderExists(name) => {
                (409, "ErrorFolderExists", format!("A folder with the specified name already exists., {name}"))
            }
            Self::FolderDistinguished => said(
                400,
                "ErrorDeleteDistinguishedFolder",
                "Object cannot be deleted. Distinguished folders cannot be deleted, renamed or moved.",
            ),
            Self::Conflict => said(
                412,
                "ErrorIrresolvableConflict",
                "The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.",
            ),
            Self::TooManyAtOnce => {
                said(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.")
            }
            Self::TooManyRequests(_) => said(429, "TooManyRequests", "Please retry again later."),
            Self::TooManySent(_) => said(
                429,
                "ErrorExceededMessageLimit",
                "The sender has exceeded the number of messages or recipients that can be sent to in a period of time.",
            ),
            Self::BodyTooLarge => said(413, "BadRequest", "The maximum request length supported is 4MB."),
            Self::MessageTooLarge => {
                said(413, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size.")
            }
            Self::Full(plain_code) => {
                let code = if *plain_code { "quotaLimitReached" } else { "ErrorQuotaExceeded" };
                said(507, code, "The mailbox has reached its quota.")
            }
            Self::FailedDependency => said(424, "FailedDependency", "A request that this one depends on failed."),
            Self::SyncStateNotFound => {
                said(410, "SyncStateNotFound", "The sync state generation is not found; generation=1;[highest=2]")
            }
            Self::ResyncRequired(_) => {
                said(410, "resyncRequired", "Resync required. Start a new round of change tracking.")
            }
            Self::NoChangeTracking => {
                said(400, "ErrorInvalidUrlQuery", "Change tracking is not supported against 'microsoft.graph.message'.")
            }
            Self::NoSuchResource(name) => (400, "BadRequest", format!("Resource not found for the segment '{name}'.")),
            Self::MethodNotAllowed => {
                said(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
            }
            Self::SubscriptionInvalid(text) => (400, "InvalidRequest", text.clone()),
            Self::SubscriptionUnvalidated(text) => (400, "ValidationError", text.clone()),
            Self::SubscriptionExists => {
                said(409, "Conflict", "A subscription already exists for the given resource and change types.")
            }
            Self::SubscriptionNotFound(id) => {
                (404, "ResourceNotFound", format!("The object was not found: subscription {id}"))
            }
            Self::SubscriptionLimit => said(
                403,
                "ExtensionError",
                "Operation: Create; Exception: the mailbox has reached its limit of 1000 subscriptions.",
            ),
            Self::BodyUnreadable(text) => (400, "RequestBodyRead", text.clone()),
            Self::PropertyMissing(name) => {
                (400, "ErrorRequiredPropertyMissing", format!("Required property is missing: {name}."))
            }
            Self::FolderFixed(name) => (
                400,
                "ErrorInvalidPropertySet",
                format!("The property '{name}' can only be set when the folder is created."),
            ),
            Self::FolderUnmovable => {
                said(400, "ErrorMoveDistinguishedFolder", "Distinguished folders cannot be moved.")
            }
            Self::FolderIntoItself => {
                said(400, "ErrorMoveCopyFailed", "A folder cannot be moved or copied into itself.")
            }
            Self::FolderNoPlace => {
                said(400, "ErrorInvalidOperation", "A search folder cannot be copied and holds nothing of its own.")
            }
            Self::AttachmentTooSmall => said(
                400,
                "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize",
                "Attachment size must be greater than the minimum size.",
            ),
            Self::AttachmentTooLarge => {
                said(413, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size.")
            }
            Self::AttachmentTooLong => said(413, "BadRequest", "The maximum request length supported is 4MB."),
            Self::AttachmentNoValue => {
                said(405, "ErrorInvalidOperation", "A reference attachment has no content of its own.")
            }
            Self::Office(refusal) => refusal.parts(),
            Self::People(refusal) => refusal.parts(),
            Self::ResponseNotSupported => said(501, "NotImplemented", "The sandbox does not answer this yet."),
        }
    }

    /// After how many milliseconds another try may go better, where Graph says so.
    pub(crate) fn wait_ms(&self) -> Option<i64> {
        if let Self::TooManyRequests(wait) | Self::TooManySent(wait) = self {
            return Some(*wait);
        }
        (*self == Self::TooManyAtOnce).then_some(1000)
    }

    /// The answer with Graph's error body; `date` is ISO 8601 without a zone.
    pub(crate) fn answer(&self, request_id: &str, client_request_id: &str, date: &str) -> Answer {
        let (status, code, message) = self.parts();
        let body = json!({"error": {
            "code": code,
            "message": message,
            "innerError": {
                "date": date,
                "request-id": request_id,
                "client-request-id": client_request_id,
            }
        }});
        let mut answer = web::json(status, &body);
        if let Self::ResyncRequired(location) = self {
            web::set(&mut answer, "location", location);
        }
        if status == 401 {
            web::set(
                &mut answer,
                "www-authenticate",
                "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\"",
            );
        }
        if let Self::ClaimsChallenge(lines) = self {
            answer.headers_mut().remove("www-authenticate");
            for value in lines.iter().filter_map(|line| http::HeaderValue::from_str(line).ok()) {
                answer.headers_mut().append("www-authenticate", value);
            }
        }
        answer
    }
}

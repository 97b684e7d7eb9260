//! What can go wrong, and what to do about it. Each layer has its own enum; [`Error::recovery`] turns any of
//! them into the one question the rest of the program asks: what now?

use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

pub use crate::auth::AuthError;
pub use crate::graph::GraphError;
pub use crate::store::StoreError;

/// No HTTP answer came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetError {
    /// The server could not be reached: no network, refused, blocked by CORS or cut off. The browser does not say which.
    Unreachable,
    /// The answer did not come within the given time.
    TimedOut,
}

impl fmt::Display for NetError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unreachable => "the server could not be reached",
            Self::TimedOut => "the server did not answer in time",
        })
    }
}

impl std::error::Error for NetError {}

/// Anything that can go wrong in the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// No answer.
    Net(NetError),
    /// Graph answered with a refusal, or with something that is not an answer.
    Graph(GraphError),
    /// Sign-in failed or is needed.
    Auth(AuthError),
    /// The device's store failed.
    Store(StoreError),
}

/// What to do about an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Try again, not before the time given where the server named one. The network seems to be there.
    Retry {
        /// How long the server asked us to wait.
        after: Option<Duration>,
    },
    /// Try again when the network is back.
    Offline,
    /// Get a new access token, then try again.
    Renew,
    /// The person has to sign in again; mail stays readable.
    SignIn,
    /// Start this folder's sync over; what is shown stays.
    Resync,
    /// The thing acted on is gone.
    Gone,
    /// The server refuses; only the person can decide.
    Blocked(Reason),
    /// The device is full.
    FreeSpace,
    /// Another tab or a newer version took over: this one must reload.
    Reload,
    /// Our mistake, or a broken store: apologise with details.
    Bug,
}

/// Why the server refuses an operation, in terms a sentence can be made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// The account may not do this.
    Denied,
    /// The message or folder no longer exists.
    Gone,
    /// A recipient address is not valid.
    BadRecipient,
    /// The mailbox is full or the sending limit is reached.
    Quota,
    /// The message is too large.
    TooLarge,
    /// The message was not confirmed as sent: the person must look.
    Unconfirmed,
    /// Anything else: the server's code and its request id.
    Refused {
        /// HTTP status.
        status: u16,
        /// Graph's error code.
        code: String,
        /// The id Microsoft's support asks for.
        request_id: Option<String>,
    },
}

impl Error {
    /// What to do about it.
    pub fn recovery(&self) -> Recovery {
        match self {
            Self::Net(NetError::Unreachable | NetError::TimedOut) => Recovery::Offline,
            Self::Graph(error) => error.recovery(),
            Self::Auth(error) => error.recovery(),
            Self::Store(error) => error.recovery(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Net(error) => error.fmt(formatter),
            Self::Graph(error) => error.fmt(formatter),
            Self::Auth(error) => error.fmt(formatter),
            Self::Store(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for Error {}

impl From<NetError> for Error {
    fn from(error: NetError) -> Self {
        Self::Net(error)
    }
}
impl From<GraphError> for Error {
    fn from(error: GraphError) -> Self {
        Self::Graph(error)
    }
}
impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        Self::Auth(error)
    }
}
impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

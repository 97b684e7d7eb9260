//! Microsoft Graph's mail, as values: an operation is a request and the parser of its answer.
//! The spelling of the wire stays in here; what leaves is the model.

mod batch;
mod call;
mod error;
mod live;
mod mail;
mod page;
mod reading;
mod scan;
mod wire;

pub use batch::MOST as MOST_IN_A_BATCH;
pub use call::{Call, Service};
pub use error::GraphError;
pub use live::{Endpoint, Negotiation, Subscription, channel_url, negotiate, socket_url};
pub use mail::{Me, account_key};
pub use page::{FolderChange, FolderPage, MessageChange, MessagePage, Partial, Place};

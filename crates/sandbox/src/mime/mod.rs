//! Mail as bytes: reading MIME, writing MIME, and cleaning bodies as Exchange does.
//! Nothing here knows of mailboxes or of Graph.

pub(crate) mod body;
pub(crate) mod mbox;
pub(crate) mod read;
pub(crate) mod unique;
pub(crate) mod write;

//! What is shown before or instead of the mailbox.

mod sign_in;
mod starting;
mod trouble;

pub(super) use sign_in::SignIn;
pub(super) use starting::Starting;
pub(super) use trouble::{Misconfigured, StoreRefused};

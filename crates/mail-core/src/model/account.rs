//! Whose mailbox this is. The key never depends on an address, which can change.

use crate::id::AccountKey;
use serde::{Deserialize, Serialize};

/// The signed-in person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Tenant id and object id.
    pub key: AccountKey,
    /// The name to show.
    pub name: String,
    /// The address the person signs in with; compare without regard to case.
    pub address: String,
    /// Opaque hint that lets the sign-in page skip the account choice.
    pub login_hint: Option<String>,
}

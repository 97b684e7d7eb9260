//! Identifiers as types, so that a folder can never be passed for a message.
//! Microsoft's ids are opaque and case-sensitive; they are made only where JSON is parsed.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the identifier as the service spelled it.
            pub fn new(value: impl Into<String>) -> Self {
                Self(value.into())
            }

            /// The identifier as the service spelled it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

id!(
    /// Graph's immutable id of a message: stable while the message stays in the mailbox.
    MessageId
);
id!(
    /// Graph's id of a mail folder: folder ids are constant by themselves.
    FolderId
);
id!(
    /// Graph's id of a conversation.
    ConversationId
);
id!(
    /// Graph's id of a change-notification subscription.
    SubscriptionId
);
id!(
    /// Our id of an operation in the outbox; its order is the order in which the person acted.
    /// It is also the marker that finds a sent mail again.
    OpId
);
id!(
    /// Our id of a draft that is still being written on this device.
    DraftId
);
id!(
    /// Tenant id and object id of the signed-in person, joined by a dot.
    AccountKey
);

impl OpId {
    /// An id that sorts by time, then by `counter`, and is unique by `chance`.
    ///
    /// `at` in milliseconds since 1970; `counter` orders acts of one millisecond.
    pub fn ordered(at: crate::time::Timestamp, counter: u32, chance: u32) -> Self {
        Self(format!("{:013}-{counter:04}-{chance:08x}", at.millis().max(0)))
    }

    /// An id as of [`OpId::ordered`] that sorts after `latest` even where the clock was set back since: what a person does
    /// later must never count as the earlier act.
    pub fn ordered_after(latest: Option<&Self>, at: crate::time::Timestamp, counter: u32, chance: u32) -> Self {
        let id = Self::ordered(at, counter, chance);
        let Some(latest) = latest.filter(|latest| **latest >= id) else { return id };
        let millis = latest.0.split('-').next().and_then(|digits| digits.parse::<i64>().ok()).unwrap_or_default();
        Self::ordered(crate::time::Timestamp::from_millis(millis.saturating_add(1)), counter, chance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    #[test]
    fn what_is_done_later_sorts_later_whatever_the_clock_says() {
        let first = OpId::ordered(Timestamp::from_millis(90_000), 7, 1);
        for at in [0, 89_999, 90_000, 90_001] {
            let next = OpId::ordered_after(Some(&first), Timestamp::from_millis(at), 3, 0);
            assert!(next > first, "{at}: {next}");
        }
        let alone = OpId::ordered_after(None, Timestamp::from_millis(5), 1, 2);
        assert_eq!(alone, OpId::ordered(Timestamp::from_millis(5), 1, 2));
    }
}

//! How the sandbox behaves where Microsoft's services differ from day to day: one field a habit.
//! Every field has a documented rest value; `POST /_sandbox/behave` sets some and leaves the others.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The switches. A new one is a field here with its rest value below, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Behaviour {
    /// Milliseconds after which Exchange gives a fresh draft a new change key by itself; 0 is never.
    pub(crate) draft_bump_ms: i64,
    /// The first change of a fresh draft without `If-Match` meets Exchange at work: 412.
    pub(crate) draft_conflicts_first: bool,
    /// Pages of a list hold half of what was asked for, with a next link all the same.
    pub(crate) short_pages: bool,
    /// Delta tells each changed message twice in a round.
    pub(crate) delta_duplicates: bool,
    /// Delta puts an empty page with a next link before every page that holds something.
    pub(crate) delta_empty_pages: bool,
    /// Delta misses what happened by one poll: the first answer says nothing, the next one tells.
    pub(crate) delta_tells_late: bool,
    /// With immutable ids, a message that left a folder and came back between two polls is told as removed only.
    pub(crate) delta_forgets_returns: bool,
    /// Delta tells changed messages whole, not only what changed.
    pub(crate) delta_whole_rows: bool,
    /// Seconds after which a delta or skip token is dead; 0 is never.
    pub(crate) delta_token_life_s: i64,
    /// A dead token is told as `resyncRequired` with a `Location`, not as `SyncStateNotFound`.
    pub(crate) delta_resync_required: bool,
    /// Seconds before search finds a mail that just arrived.
    pub(crate) search_lag_s: i64,
    /// Subject, body and the like can be changed on drafts only, as the service enforces from 2026-12-31.
    pub(crate) guards_sent_mail: bool,
    /// A deleted contact is in Deleted Items as a message of nobody.
    pub(crate) deleted_contacts_show: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            draft_bump_ms: 0,
            draft_conflicts_first: false,
            short_pages: false,
            delta_duplicates: false,
            delta_empty_pages: false,
            delta_tells_late: false,
            delta_forgets_returns: false,
            delta_whole_rows: false,
            delta_token_life_s: 0,
            delta_resync_required: false,
            search_lag_s: 0,
            guards_sent_mail: true,
            deleted_contacts_show: true,
        }
    }
}

impl Behaviour {
    /// All switches by name.
    pub(crate) fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Sets the switches that an object names; nothing changes where one is unknown or of another type.
    pub(crate) fn set(&mut self, wishes: &Value) -> Result<(), String> {
        let wishes = wishes.as_object().ok_or("The body is an object of switches.")?;
        let mut all = self.to_json();
        if let Some(all) = all.as_object_mut() {
            all.extend(wishes.clone());
        }
        *self = serde_json::from_value(all).map_err(|error| format!("{error}."))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn named_switches_change_and_the_others_stay() {
        let mut behaviour = Behaviour::default();
        behaviour.set(&json!({"delta_duplicates": true, "draft_bump_ms": 50})).unwrap();
        behaviour.set(&json!({"delta_empty_pages": true})).unwrap();
        let expected =
            Behaviour { delta_duplicates: true, delta_empty_pages: true, draft_bump_ms: 50, ..Behaviour::default() };
        assert_eq!(behaviour, expected);
    }

    #[test]
    fn an_unknown_switch_or_a_wrong_type_changes_nothing() {
        let mut behaviour = Behaviour::default();
        for wish in [json!({"delta_duplicates": true, "nonsense": 1}), json!({"draft_bump_ms": "soon"}), json!([])] {
            assert!(behaviour.set(&wish).is_err(), "{wish}");
        }
        assert_eq!(behaviour, Behaviour::default());
    }
}

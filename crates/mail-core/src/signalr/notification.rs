//! A change notification. It is a hint that something changed and never carries data we apply.

use crate::id::{MessageId, SubscriptionId};
use serde::Deserialize;

/// What a notification says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notification {
    /// Whose subscription it came from; another tab's is ignored.
    pub subscription: Option<SubscriptionId>,
    /// The secret we gave the subscription, when it is repeated.
    pub client_state: Option<String>,
    /// The message that changed; not said of a deletion we need not look for.
    pub message: Option<MessageId>,
    /// What happened to the subscription itself.
    pub lifecycle: Option<Lifecycle>,
}

/// What happened to a subscription.
/// Source: Microsoft Graph, *Reduce missing subscriptions and change notifications*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// It will pause unless it is renewed.
    ReauthorizationRequired,
    /// It is gone.
    SubscriptionRemoved,
    /// Some notifications were not sent.
    Missed,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    subscription_id: Option<SubscriptionId>,
    client_state: Option<String>,
    change_type: Option<String>,
    lifecycle_event: Option<String>,
    resource_data: Option<WireData>,
}

#[derive(Deserialize)]
struct WireData {
    id: Option<MessageId>,
}

impl Notification {
    /// Reads the JSON text a hub message carries. Anything unreadable is still a hint: an empty notification.
    pub fn read(text: &str) -> Self {
        let Ok(wire) = serde_json::from_str::<Wire>(text) else { return Self::default() };
        let deleted = wire.change_type.is_some_and(|kind| kind.eq_ignore_ascii_case("deleted"));
        let event = wire.lifecycle_event.as_deref().map(str::to_ascii_lowercase);
        Self {
            subscription: wire.subscription_id,
            client_state: wire.client_state,
            message: wire.resource_data.and_then(|data| data.id).filter(|_| !deleted),
            lifecycle: match event.as_deref() {
                Some("reauthorizationrequired") => Some(Lifecycle::ReauthorizationRequired),
                Some("subscriptionremoved") => Some(Lifecycle::SubscriptionRemoved),
                Some(_) => Some(Lifecycle::Missed),
                None => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notification_names_its_message_and_nothing_else_counts() {
        let read = Notification::read(
            r##"{"subscriptionId":"s1","clientState":"c","changeType":"created","resourceData":{"@odata.type":"#Microsoft.Graph.Message","id":"AAMk="},"EncryptedContent":""}"##,
        );
        assert_eq!(read.message, Some(MessageId::new("AAMk=")));
        assert_eq!(read.subscription, Some(SubscriptionId::new("s1")));
        assert_eq!(Notification::read("{").message, None);
        assert_eq!(Notification::read(r#"{"changeType":"deleted","resourceData":{"id":"x"}}"#).message, None);
    }

    #[test]
    fn lifecycle_events_are_told_apart_and_unknown_ones_count_as_missed() {
        let event = |name: &str| Notification::read(&format!(r#"{{"lifecycleEvent":"{name}"}}"#)).lifecycle;
        assert_eq!(event("subscriptionRemoved"), Some(Lifecycle::SubscriptionRemoved));
        assert_eq!(event("reauthorizationRequired"), Some(Lifecycle::ReauthorizationRequired));
        assert_eq!(event("somethingNew"), Some(Lifecycle::Missed));
    }
}

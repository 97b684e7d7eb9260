//! One subscription: what it listens to, where its notifications go, and until when.
//! Whether a change concerns it is decided here, because its filter remembers what passed before.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::graph::filter::Filter;
use crate::hub::Certificate;
use crate::hub::lifecycle::first_challenge;
use crate::hub::notify::Notice;
use crate::hub::web_push::PushKeys;
use crate::mailbox::Mailbox;
use crate::mailbox::changes::{Deed, Event};
use crate::people::Person;
use crate::time::iso_millis;

/// What a subscription listens to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Mailbox,
    Folder(String),
}

/// How its notifications travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Over the hub, by this channel.
    Channel(String),
    Webhook,
    WebPush(PushKeys),
}

/// A filter, and the immutable ids of what passes it just now.
#[derive(Clone, Debug)]
pub(crate) struct Filtered {
    filter: Filter,
    passing: BTreeSet<String>,
}

impl Filtered {
    /// Starts with what passes already: that is no news.
    pub(crate) fn new(filter: Filter, scope: &Scope, mailbox: &Mailbox) -> Self {
        let inside = |folder: &str| match scope {
            Scope::Mailbox => true,
            Scope::Folder(id) => id == folder,
        };
        let passing = mailbox
            .messages()
            .filter(|(_, message)| inside(&message.folder) && filter.accepts(message))
            .map(|(_, message)| message.immutable_id.clone())
            .collect();
        Self { filter, passing }
    }

    /// What a change is, seen through the filter: what comes to pass it is created, what ceases to is deleted.
    fn judge(&mut self, event: &Event, mailbox: &Mailbox) -> Option<Deed> {
        let message = mailbox.find(&event.immutable_id).and_then(|key| mailbox.message(key));
        let passes = event.deed != Deed::Deleted
            && message.is_some_and(|message| message.folder == event.folder && self.filter.accepts(message));
        match (self.passing.contains(&event.immutable_id), passes) {
            (false, true) => {
                self.passing.insert(event.immutable_id.clone());
                Some(Deed::Created)
            }
            (true, true) => Some(Deed::Updated),
            (true, false) => {
                self.passing.remove(&event.immutable_id);
                Some(Deed::Deleted)
            }
            (false, false) => None,
        }
    }
}

/// One subscription.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) person: &'static Person,
    pub(crate) client: String,
    pub(crate) resource: String,
    pub(crate) scope: Scope,
    pub(crate) filtered: Option<Filtered>,
    /// `$select` and `$expand` of the resource, for rich notifications.
    pub(crate) options: Vec<(String, String)>,
    pub(crate) change_types: String,
    pub(crate) client_state: Option<String>,
    pub(crate) notification_url: String,
    pub(crate) lifecycle_url: Option<String>,
    pub(crate) route: Route,
    pub(crate) expires_ms: i64,
    pub(crate) immutable: bool,
    pub(crate) rich: bool,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) certificate_id: Option<String>,
    pub(crate) tls: Option<String>,
    /// Whose app id the proofs of the sender are made for, where it is not the subscriber's own.
    pub(crate) proof_for: Option<String>,
    /// When the access token ends that made or last renewed it.
    pub(crate) authorized_until_ms: i64,
    /// When it is challenged next; only one with a lifecycle address ever is.
    pub(crate) challenge_ms: Option<i64>,
    /// Notifications kept while it is not authorized, with the time of each.
    pub(crate) held: Vec<(i64, Notice)>,
}

impl Subscription {
    pub(crate) fn to_json(&self) -> Value {
        let mut value = json!({
            "id": self.id,
            "resource": self.resource,
            "applicationId": self.client,
            "changeType": self.change_types,
            "clientState": self.client_state,
            "notificationUrl": self.notification_url,
            "notificationQueryOptions": null,
            "lifecycleNotificationUrl": self.lifecycle_url,
            "expirationDateTime": iso_millis(self.expires_ms),
            "creatorId": self.person.object_id,
            "includeResourceData": self.rich,
            "latestSupportedTlsVersion": self.tls,
            "encryptionCertificate": self.certificate.as_ref().map(|certificate| &certificate.text),
            "encryptionCertificateId": self.certificate_id,
            "notificationUrlAppId": self.proof_for,
        });
        // The secret a browser shares with the service is never shown again.
        if let (Route::WebPush(keys), Some(object)) = (&self.route, value.as_object_mut()) {
            object.insert("vapidPublicKey".to_owned(), json!(keys.vapid));
            object.insert("webPushEncryptionP256dhPublicKey".to_owned(), json!(keys.public));
        }
        value
    }

    /// What a change is to this subscription; none where it does not concern it.
    pub(crate) fn hears(&mut self, event: &Event, mailbox: &Mailbox) -> Option<Deed> {
        let inside = match &self.scope {
            Scope::Mailbox => true,
            Scope::Folder(folder) => *folder == event.folder,
        };
        if !inside {
            return None;
        }
        let deed = match &mut self.filtered {
            Some(filtered) => filtered.judge(event, mailbox)?,
            None => event.deed,
        };
        let wanted = self.change_types.split(',').any(|kind| kind.trim().eq_ignore_ascii_case(deed.word()));
        wanted.then_some(deed)
    }

    /// Whether its notifications wait for it to be authorized again.
    pub(crate) fn is_paused(&self, now_ms: i64) -> bool {
        self.lifecycle_url.is_some() && self.authorized_until_ms <= now_ms
    }

    /// Notes that it was made, renewed or authorized with a token that ends at `until_ms`.
    pub(crate) fn authorize(&mut self, until_ms: i64, now_ms: i64) {
        self.authorized_until_ms = until_ms;
        self.challenge_ms = self.lifecycle_url.as_ref().map(|_| first_challenge(until_ms, now_ms));
    }

    /// The app that the sender must prove itself to: only what holds data is proven.
    pub(crate) fn proof_app(&self) -> Option<String> {
        self.rich.then(|| self.proof_for.clone().unwrap_or_else(|| self.client.clone()))
    }
}

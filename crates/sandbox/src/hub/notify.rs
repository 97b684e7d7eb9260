//! Changes of a mailbox become notifications for the subscriptions that asked for them.
//! A basic notification names the message and nothing more: it is a poke, the client reads by delta.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::chance::{Chance, base64_url, digest};
use crate::graph::subscription::{Route, Subscription};
use crate::hub::lifecycle::{self, Lifecycle};
use crate::hub::web_push::PushKeys;
use crate::hub::{deliver, outgoing, rich};
use crate::mailbox::changes::{Deed, Event};
use crate::people::{PEOPLE, Person, TENANT};
use crate::sandbox::Sandbox;
use crate::time::{iso_millis, iso_ticks};

/// Where a notification goes.
#[derive(Clone, Debug)]
pub(crate) enum To {
    Channel(String),
    /// The address, and the app that proofs are made for where it holds data.
    Webhook(String, Option<String>),
    Push(String, PushKeys),
}

/// One notification, ready to go.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    pub(super) subscription: String,
    pub(super) to: To,
    pub(super) item: Value,
}

/// Tells every subscription what happened since the last call, and does what else is due by now.
pub(crate) fn flush(sandbox: &mut Sandbox, now_ms: i64) {
    sandbox.subscriptions.retain(|_, one| one.expires_ms > now_ms);
    for person in &PEOPLE {
        gather(sandbox, person, now_ms);
    }
    lifecycle::due(sandbox, now_ms);
    outgoing::tick(sandbox, now_ms);
    deliver::due(sandbox, now_ms);
}

/// A change as one subscription hears it.
struct Heard {
    subscription: String,
    deed: Deed,
    event: usize,
    etag: String,
}

fn gather(sandbox: &mut Sandbox, person: &'static Person, now_ms: i64) {
    let Ok(mailbox) = sandbox.mailbox_mut(person) else {
        return;
    };
    if mailbox.events.is_empty() {
        return;
    }
    let events = std::mem::take(&mut mailbox.events);
    let mut heard = Vec::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    // Taken out meanwhile: a filter remembers what passed it, while the mailbox is read.
    let mut subscriptions = std::mem::take(&mut sandbox.subscriptions);
    if let Ok(mailbox) = sandbox.mailbox(person) {
        for (at, event) in events.iter().enumerate() {
            for one in subscriptions.values_mut().filter(|one| one.person.object_id == person.object_id) {
                if let Some(deed) = one.hears(event, mailbox) {
                    *counts.entry(one.id.clone()).or_default() += 1;
                    let etag = mailbox.etag(event.change);
                    heard.push(Heard { subscription: one.id.clone(), deed, event: at, etag });
                }
            }
        }
    }
    sandbox.subscriptions = subscriptions;
    let most = sandbox.courier.notices.missed_above.unwrap_or(usize::MAX);
    for id in counts.iter().filter(|(_, count)| **count > most).map(|(id, _)| id) {
        lifecycle::tell(sandbox, id, Lifecycle::Missed, true, now_ms);
    }
    for one in heard.iter().filter(|one| counts.get(&one.subscription).is_some_and(|count| *count <= most)) {
        if let Some(event) = events.get(one.event) {
            post(sandbox, one, event, one.deed, now_ms);
            if one.deed == Deed::Created && sandbox.courier.notices.echo {
                post(sandbox, one, event, Deed::Updated, now_ms);
            }
        }
    }
}

/// Makes one notification and puts it where it waits for its time.
fn post(sandbox: &mut Sandbox, heard: &Heard, event: &Event, deed: Deed, now_ms: i64) {
    let data = read_data(sandbox, &heard.subscription, event, deed, now_ms);
    let number = sandbox.courier.number();
    let seed = sandbox.seed;
    let Some(subscription) = sandbox.subscriptions.get_mut(&heard.subscription) else {
        return;
    };
    let notices = &mut sandbox.courier.notices;
    let mut item = item(subscription, event, deed, &heard.etag, data, (seed, number));
    if let Some(object) = item.as_object_mut() {
        if let Some(state) = &notices.client_state {
            object.insert("clientState".to_owned(), json!(state));
        }
        if let Some(id) = &notices.subscription_id {
            object.insert("subscriptionId".to_owned(), json!(id));
        }
    }
    let to = match &subscription.route {
        Route::Channel(channel) => To::Channel(channel.clone()),
        Route::Webhook => To::Webhook(subscription.notification_url.clone(), subscription.proof_app()),
        Route::WebPush(keys) => To::Push(subscription.notification_url.clone(), keys.clone()),
    };
    let notice = Notice { subscription: subscription.id.clone(), to, item };
    if subscription.is_paused(now_ms) {
        subscription.held.push((now_ms, notice));
        return;
    }
    if notices.lose > 0 {
        notices.lose -= 1;
        return;
    }
    let most = usize::try_from(notices.jitter_ms).unwrap_or_default();
    let jitter = if most == 0 { 0 } else { Chance::new(seed ^ number.wrapping_mul(0x9E37_79B9)).below(most) };
    let due_ms = now_ms + notices.delay_ms + i64::try_from(jitter).unwrap_or_default();
    let twice = notices.duplicate > 0;
    notices.duplicate = notices.duplicate.saturating_sub(1);
    if twice {
        let number = sandbox.courier.number();
        sandbox.courier.feed.insert((due_ms, number), notice.clone());
    }
    sandbox.courier.feed.insert((due_ms, number), notice);
}

/// The message itself, where a subscription wants it and it is still there.
fn read_data(
    sandbox: &mut Sandbox,
    subscription: &str,
    event: &Event,
    deed: Deed,
    now_ms: i64,
) -> Option<Map<String, Value>> {
    let one = sandbox.subscriptions.get(subscription).filter(|one| one.rich && deed != Deed::Deleted)?;
    let (person, options, immutable) = (one.person, one.options.clone(), one.immutable);
    let id = if immutable { &event.immutable_id } else { &event.default_id };
    rich::read(sandbox, person, id, &options, immutable, now_ms)
}

fn item(
    subscription: &Subscription,
    event: &Event,
    deed: Deed,
    etag: &str,
    data: Option<Map<String, Value>>,
    (seed, number): (u64, u64),
) -> Value {
    let id = if subscription.immutable { &event.immutable_id } else { &event.default_id };
    let owner = subscription.person.object_id;
    let resource = if subscription.rich {
        format!("Users('{owner}')/messages('{id}')")
    } else {
        format!("Users/{owner}/Messages/{id}")
    };
    let mut about = Map::new();
    about.insert("@odata.type".to_owned(), json!("#Microsoft.Graph.Message"));
    about.insert("@odata.id".to_owned(), json!(resource));
    about.insert("@odata.etag".to_owned(), json!(etag));
    about.insert("id".to_owned(), json!(id));
    let over_hub = matches!(subscription.route, Route::Channel(_));
    let expires = if over_hub { iso_millis(subscription.expires_ms) } else { iso_ticks(subscription.expires_ms) };
    let mut item = json!({
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": expires,
        "changeType": deed.word(),
        "resource": resource,
        "clientState": subscription.client_state,
        "tenantId": TENANT,
    });
    let Some(object) = item.as_object_mut() else {
        return item;
    };
    if !over_hub {
        let name = base64_url(&digest(&[b"notification", &seed.to_be_bytes(), &number.to_be_bytes()]));
        object.insert("id".to_owned(), json!(name.get(..13)));
    }
    match (&subscription.certificate, data) {
        (Some(certificate), Some(data)) => {
            let chance: [&[u8]; 3] = [b"rich", &seed.to_be_bytes(), &number.to_be_bytes()];
            let named = subscription.certificate_id.as_deref().unwrap_or_default();
            let sealed = rich::seal(certificate, named, &Value::Object(data), &chance);
            object.insert("encryptedContent".to_owned(), json!(sealed));
        }
        // Over the hub data comes in clear.
        (None, Some(data)) => {
            for (name, value) in data {
                about.entry(name).or_insert(value);
            }
            object.insert("EncryptedContent".to_owned(), json!(""));
        }
        (_, None) => {}
    }
    object.insert("resourceData".to_owned(), Value::Object(about));
    item
}

//! Lifecycle events: that a subscription must be authorized anew, was removed, or missed something.
//! They go to the lifecycle address; a test can have them go over the hub, where the service is not known to send any.

use serde_json::{Value, json};

use crate::graph::subscription::{Route, Subscription};
use crate::hub::courier::Errand;
use crate::hub::outgoing::{self, GIVE_UP_MS};
use crate::people::TENANT;
use crate::sandbox::Sandbox;
use crate::time::iso_ticks;

/// Before the access token ends, its subscriptions are challenged so early, and then as often.
const CHALLENGE_MS: i64 = 15 * 60_000;

/// What can happen to a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lifecycle {
    ReauthorizationRequired,
    SubscriptionRemoved,
    Missed,
}

impl Lifecycle {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::ReauthorizationRequired => "reauthorizationRequired",
            Self::SubscriptionRemoved => "subscriptionRemoved",
            Self::Missed => "missed",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::ReauthorizationRequired, Self::SubscriptionRemoved, Self::Missed]
            .into_iter()
            .find(|one| one.word() == word)
    }
}

/// When a subscription is first challenged whose token ends at `until_ms`.
pub(crate) fn first_challenge(until_ms: i64, now_ms: i64) -> i64 {
    let left = (until_ms - now_ms).max(0);
    if left > CHALLENGE_MS { until_ms - CHALLENGE_MS } else { now_ms + left / 2 }
}

fn item(subscription: &Subscription, event: Lifecycle) -> Value {
    json!({
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": iso_ticks(subscription.expires_ms),
        "tenantId": TENANT,
        "clientState": subscription.client_state,
        "lifecycleEvent": event.word(),
    })
}

/// Tells a subscription's owner of an event; answers whether there was a way to.
pub(crate) fn tell(sandbox: &mut Sandbox, id: &str, event: Lifecycle, over_hub: bool, now_ms: i64) -> bool {
    let Some(subscription) = sandbox.subscriptions.get(id) else {
        return false;
    };
    let item = item(subscription, event);
    match (&subscription.lifecycle_url, &subscription.route) {
        (Some(url), _) => {
            let errand = Errand::Lifecycle { subscription: id.to_owned() };
            let headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
            let body = json!({"value": [item]}).to_string().into_bytes();
            outgoing::start(sandbox, errand, url.clone(), headers, body, now_ms);
            true
        }
        (None, Route::Channel(channel)) if over_hub => sandbox.hub.notify(channel, &item.to_string(), now_ms) > 0,
        (None, Route::Channel(_) | Route::Webhook | Route::WebPush(_)) => false,
    }
}

/// Causes an event for every subscription that `fits`; answers with how many owners could be told.
pub(crate) fn cause(
    sandbox: &mut Sandbox,
    event: Lifecycle,
    fits: impl Fn(&Subscription) -> bool,
    now_ms: i64,
) -> usize {
    let ids: Vec<String> = sandbox.subscriptions.values().filter(|one| fits(one)).map(|one| one.id.clone()).collect();
    let mut told = 0;
    for id in ids {
        told += usize::from(tell(sandbox, &id, event, true, now_ms));
        match event {
            Lifecycle::SubscriptionRemoved => {
                sandbox.subscriptions.remove(&id);
            }
            Lifecycle::ReauthorizationRequired | Lifecycle::Missed => {}
        }
    }
    told
}

/// Challenges the subscriptions whose authorization ends soon.
pub(super) fn due(sandbox: &mut Sandbox, now_ms: i64) {
    let ids: Vec<String> = sandbox
        .subscriptions
        .values()
        .filter(|one| one.challenge_ms.is_some_and(|at| at <= now_ms))
        .map(|one| one.id.clone())
        .collect();
    for id in ids {
        if let Some(subscription) = sandbox.subscriptions.get_mut(&id) {
            let next = now_ms + CHALLENGE_MS;
            // Once nothing can be saved any more there is nothing to ask for.
            subscription.challenge_ms = (next < subscription.authorized_until_ms + GIVE_UP_MS).then_some(next);
        }
        tell(sandbox, &id, Lifecycle::ReauthorizationRequired, false, now_ms);
    }
}

/// When the next challenge is due.
pub(crate) fn next_due(sandbox: &Sandbox) -> Option<i64> {
    sandbox.subscriptions.values().filter_map(|one| one.challenge_ms).min()
}

/// A subscription is authorized again: what it was kept waiting for comes, unless it is too old.
pub(crate) fn authorized(sandbox: &mut Sandbox, id: &str, until_ms: i64, now_ms: i64) {
    let Some(subscription) = sandbox.subscriptions.get_mut(id) else {
        return;
    };
    subscription.authorize(until_ms, now_ms);
    let held = std::mem::take(&mut subscription.held);
    let whole = held.len();
    let mut late = 0;
    for (at, notice) in held {
        if now_ms - at > GIVE_UP_MS {
            continue;
        }
        late += 1;
        let number = sandbox.courier.number();
        sandbox.courier.feed.insert((now_ms, number), notice);
    }
    if late < whole {
        tell(sandbox, id, Lifecycle::Missed, false, now_ms);
    }
}

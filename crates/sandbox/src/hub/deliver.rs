//! The last step of a notification: into the hub, into one request for a webhook, or sealed to a browser.
//! What an endpoint gets at one moment goes in one request, as the service groups it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::hub::courier::Errand;
use crate::hub::notify::{Notice, To};
use crate::hub::web_push::{self, PushKeys};
use crate::hub::{outgoing, rich};
use crate::people::TENANT;
use crate::sandbox::Sandbox;

/// So many notifications go into one request at most.
const MOST_IN_ONE: usize = 100;
/// A proof of the sender is good for a day.
const PROOF_S: i64 = 86_400;

/// Hands out everything whose time has come.
pub(super) fn due(sandbox: &mut Sandbox, now_ms: i64) {
    let mut ready = Vec::new();
    while let Some(first) = sandbox.courier.feed.first_entry().filter(|first| first.key().0 <= now_ms) {
        ready.push(first.remove());
    }
    if sandbox.courier.notices.reorder {
        ready.reverse();
    }
    let mut posts: BTreeMap<String, Vec<Notice>> = BTreeMap::new();
    for notice in ready {
        match &notice.to {
            To::Channel(channel) => {
                sandbox.hub.notify(channel, &notice.item.to_string(), now_ms);
            }
            To::Webhook(url, _) => posts.entry(url.clone()).or_default().push(notice),
            To::Push(url, keys) => push(sandbox, url, keys, &notice, now_ms),
        }
    }
    for (url, notices) in posts {
        for some in notices.chunks(MOST_IN_ONE) {
            post_some(sandbox, &url, some, now_ms);
        }
    }
}

/// One request for all notifications that an endpoint gets now.
fn post_some(sandbox: &mut Sandbox, url: &str, notices: &[Notice], now_ms: i64) {
    let items: Vec<&Value> = notices.iter().map(|notice| &notice.item).collect();
    let mut body = json!({ "value": items });
    let apps: BTreeSet<&String> = notices
        .iter()
        .filter_map(|notice| match &notice.to {
            To::Webhook(_, app) => app.as_ref(),
            To::Channel(_) | To::Push(..) => None,
        })
        .collect();
    if !apps.is_empty()
        && let Some(object) = body.as_object_mut()
    {
        let proofs: Vec<String> = apps.into_iter().map(|app| proof(sandbox, app, now_ms)).collect();
        object.insert("validationTokens".to_owned(), json!(proofs));
    }
    let subscriptions = notices.iter().map(|notice| notice.subscription.clone()).collect();
    let headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
    outgoing::start(
        sandbox,
        Errand::Notify { subscriptions },
        url.to_owned(),
        headers,
        body.to_string().into_bytes(),
        now_ms,
    );
}

/// A token that proves to an app that Graph's publisher sent what it came with.
fn proof(sandbox: &Sandbox, app: &str, now_ms: i64) -> String {
    let now_s = now_ms / 1000;
    crate::entra::signed(
        sandbox.seed,
        sandbox.entra.key_turn,
        &json!({
            "aud": app,
            "iss": format!("https://sts.windows.net/{TENANT}/"),
            "iat": now_s,
            "nbf": now_s,
            "exp": now_s + PROOF_S,
            "appid": rich::PUBLISHER,
            "appidacr": "2",
            "tid": TENANT,
            "ver": "1.0",
        }),
    )
}

fn push(sandbox: &mut Sandbox, url: &str, keys: &PushKeys, notice: &Notice, now_ms: i64) {
    let number = sandbox.courier.number();
    let seed = sandbox.seed;
    let text = json!({"value": [notice.item]}).to_string();
    let chance: [&[u8]; 3] = [b"push", &seed.to_be_bytes(), &number.to_be_bytes()];
    let Some((body, proof)) = url
        .parse()
        .ok()
        .and_then(|uri| web_push::proof(seed, &uri, now_ms))
        .and_then(|proof| Some((web_push::encrypt(keys, text.as_bytes(), &chance)?, proof)))
    else {
        return;
    };
    let headers = vec![
        ("authorization", proof),
        ("content-encoding", "aes128gcm".to_owned()),
        ("content-type", "application/octet-stream".to_owned()),
        ("ttl", "14400".to_owned()),
        ("urgency", "normal".to_owned()),
    ];
    let errand = Errand::Push { subscription: notice.subscription.clone() };
    outgoing::start(sandbox, errand, url.to_owned(), headers, body, now_ms);
}

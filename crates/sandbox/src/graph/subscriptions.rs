//! Calls under `/subscriptions`, and the first negotiate of the channel they are delivered on.
//! A subscription with endpoints of its own is there only when these have confirmed it.

use http::Request;
use serde_json::{Value, json};

use crate::chance::guid;
use crate::graph::call::Call;
use crate::graph::refusal::Refusal;
pub(crate) use crate::graph::subscription::Subscription;
use crate::graph::subscription::{Filtered, Route};
use crate::graph::subscription_rules::{self as rules, Place, invalid, text};
use crate::graph::{Outcome, answer, auth};
use crate::hub::{lifecycle, pending, web_push};
use crate::sandbox::Sandbox;
use crate::web::{self, Pairs};

/// How many a list holds at most.
const PAGE: usize = 100;
/// Without a token's end to go by.
const HOUR_MS: i64 = 3_600_000;

/// Calls under `/subscriptions`.
pub(super) fn handle(sandbox: &mut Sandbox, call: &Call<'_>, rest: &[&str]) -> Outcome {
    let now = call.now_ms;
    sandbox.subscriptions.retain(|_, one| one.expires_ms > now);
    let id = call.segment(1);
    match (call.method.as_str(), rest) {
        ("POST", []) => create(sandbox, call),
        ("GET", []) => Ok(list(sandbox, call)),
        ("GET", ["getvapidpublickey" | "getvapidpublickey()"]) => Ok(answer(
            200,
            format!("{}/$metadata#Edm.String", call.base),
            json!({"value": web_push::public_key(sandbox.seed)}),
        )),
        ("GET", [_]) => shown(sandbox, call, id, 200),
        ("PATCH", [_]) => change(sandbox, call, id),
        ("DELETE", [_]) => {
            find(sandbox, call, id)?;
            sandbox.subscriptions.remove(id);
            Ok(web::empty(204))
        }
        ("POST", [_, "reauthorize"]) => {
            find(sandbox, call, id)?;
            let until = authorized_until(sandbox, call);
            lifecycle::authorized(sandbox, id, until, now);
            Ok(web::empty(204))
        }
        (_, [_, other, ..]) if *other != "reauthorize" => Err(Refusal::NoSuchResource((*other).to_owned())),
        _ => Err(Refusal::MethodNotAllowed),
    }
}

fn owned(one: &Subscription, call: &Call<'_>) -> bool {
    one.person.object_id == call.person.object_id && one.client == call.client
}

fn find<'s>(sandbox: &'s mut Sandbox, call: &Call<'_>, id: &str) -> Result<&'s mut Subscription, Refusal> {
    sandbox
        .subscriptions
        .get_mut(id)
        .filter(|one| owned(one, call))
        .ok_or_else(|| Refusal::SubscriptionNotFound(id.to_owned()))
}

fn shown(sandbox: &mut Sandbox, call: &Call<'_>, id: &str, status: u16) -> Outcome {
    let value = find(sandbox, call, id)?.to_json();
    Ok(answer(status, format!("{}/$metadata#subscriptions/$entity", call.base), value))
}

/// The app's subscriptions of the person, a page at a time; a page's token is the id it ended with.
fn list(sandbox: &Sandbox, call: &Call<'_>) -> web::Answer {
    let after = call.query.first("$skiptoken").unwrap_or_default();
    let mut rest = sandbox.subscriptions.values().filter(|one| owned(one, call) && one.id.as_str() > after).peekable();
    let mut rows = Vec::new();
    let mut last = "";
    while let Some(one) = rest.next_if(|_| rows.len() < PAGE) {
        last = &one.id;
        rows.push(one.to_json());
    }
    let mut value = json!({ "value": rows });
    if rest.peek().is_some()
        && let Some(object) = value.as_object_mut()
    {
        object.insert("@odata.nextLink".to_owned(), json!(call.link_with("$skiptoken", last)));
    }
    answer(200, format!("{}/$metadata#subscriptions", call.base), value)
}

/// When the token of a call ends.
fn authorized_until(sandbox: &mut Sandbox, call: &Call<'_>) -> i64 {
    auth::grant(sandbox, call.headers, call.now_ms).map_or(call.now_ms + HOUR_MS, |grant| grant.expires_ms)
}

fn create(sandbox: &mut Sandbox, call: &Call<'_>) -> Outcome {
    call.needs_reading()?;
    let body = rules::body(call)?;
    let rich = web::member(&body, "includeResourceData").and_then(Value::as_bool).unwrap_or(false);
    rules::allowed(call, rich, &sandbox.courier.rules)?;
    let named = text(&body, "resource").ok_or_else(|| invalid("The resource is missing."))?;
    let change_types = rules::change_types(&body)?;
    let client_state = rules::short_text(&body, "clientState")?;
    if text(&body, "notificationQueryOptions").is_some() {
        return Err(invalid("The notificationQueryOptions are only supported for printing."));
    }
    let url = text(&body, "notificationUrl").ok_or_else(|| invalid("The notificationUrl is missing."))?;
    let place = rules::place(sandbox, &body, url)?;
    let lifecycle_url = text(&body, "lifecycleNotificationUrl").map(str::to_owned);
    if let Some(url) = &lifecycle_url {
        rules::address("lifecycleNotificationUrl", url)?;
    }
    let tls = match (rules::tls(&body)?, &place) {
        (None, Place::Webhook) => Some("v1_2".to_owned()),
        (tls, _) => tls,
    };
    let certificate = rules::certificate(&body, rich && !matches!(place, Place::Hub(_)))?;
    let resource = rules::resource(sandbox, call, named, rich)?;
    let expires_ms = rules::expiry(&body, rich, &sandbox.courier.rules, call.now_ms)?;
    vacant(sandbox, call, named, &change_types)?;
    let (route, notification_url) = match place {
        Place::Hub(group) => {
            let (channel, url) = channel(sandbox, call, &group, "");
            (Route::Channel(channel), url)
        }
        Place::Webhook => (Route::Webhook, url.to_owned()),
        Place::Browser(keys) => (Route::WebPush(keys), url.to_owned()),
    };
    let (certificate, certificate_id) = certificate.unzip();
    let filtered = match resource.filter {
        Some(filter) => Some(Filtered::new(filter, &resource.scope, sandbox.mailbox(call.person)?)),
        None => None,
    };
    let mut subscription = Subscription {
        id: sandbox.fresh_guid("subscription"),
        person: call.person,
        client: call.client.clone(),
        resource: named.to_owned(),
        scope: resource.scope,
        filtered,
        options: resource.options,
        change_types,
        client_state,
        notification_url,
        lifecycle_url,
        route,
        expires_ms,
        immutable: call.immutable,
        rich,
        certificate,
        certificate_id,
        tls,
        proof_for: text(&body, "notificationUrlAppId").map(str::to_owned),
        authorized_until_ms: 0,
        challenge_ms: None,
        held: Vec::new(),
    };
    subscription.authorize(authorized_until(sandbox, call), call.now_ms);
    settle(sandbox, call, subscription, 201, true)
}

/// Refuses where the mailbox is full of subscriptions, or, with that rule on, where the app has this one already.
fn vacant(sandbox: &Sandbox, call: &Call<'_>, resource: &str, change_types: &str) -> Result<(), Refusal> {
    let of_person = || sandbox.subscriptions.values().filter(|one| one.person.object_id == call.person.object_id);
    let same = |one: &Subscription| {
        one.client == call.client
            && one.resource.trim_start_matches('/').eq_ignore_ascii_case(resource.trim_start_matches('/'))
            && one.change_types.eq_ignore_ascii_case(change_types)
    };
    if sandbox.courier.rules.conflict && of_person().any(same) {
        return Err(Refusal::SubscriptionExists);
    }
    if of_person().count() >= sandbox.courier.rules.most {
        return Err(Refusal::SubscriptionLimit);
    }
    Ok(())
}

/// The channel of a group and its address. It is the same for the same person, app and group, so that their
/// subscriptions share a socket; another `turn` gives another one.
fn channel(sandbox: &mut Sandbox, call: &Call<'_>, group: &str, turn: &str) -> (String, String) {
    let mut parts: Vec<&[u8]> =
        vec![b"channel", call.person.object_id.as_bytes(), call.client.as_bytes(), group.as_bytes()];
    if !turn.is_empty() {
        parts.push(turn.as_bytes());
    }
    let channel = guid(&parts);
    let version = if call.version == "beta" { "beta" } else { "1.0" };
    let url = format!(
        "websockets:{}/{version}/subscriptions/notificationChannel/websockets/{channel}?groupid={}&sessionid=default",
        sandbox.origins().graph,
        web::percent_encode(group)
    );
    sandbox.hub.learn_channel(&channel, call.person, &call.client);
    (channel, url)
}

/// Puts a new or changed subscription in its place, after its endpoints confirmed it where they must.
fn settle(sandbox: &mut Sandbox, call: &Call<'_>, one: Subscription, status: u16, fresh: bool) -> Outcome {
    let hook = matches!(one.route, Route::Webhook).then(|| one.notification_url.clone());
    let urls: Vec<String> = hook.into_iter().chain(one.lifecycle_url.clone().filter(|_| fresh)).collect();
    if !urls.is_empty() {
        return pending::begin(sandbox, one, status, &call.base, &urls, call.now_ms);
    }
    let id = one.id.clone();
    sandbox.subscriptions.insert(id.clone(), one);
    shown(sandbox, call, &id, status)
}

/// What can be changed.
const CHANGEABLE: [&str; 5] = [
    "expirationDateTime",
    "notificationUrl",
    "encryptionCertificate",
    "encryptionCertificateId",
    "latestSupportedTlsVersion",
];

/// Renews a subscription, which authorizes it too, or changes where its notifications go and for which certificate.
fn change(sandbox: &mut Sandbox, call: &Call<'_>, id: &str) -> Outcome {
    let mut one = find(sandbox, call, id)?.clone();
    let body = rules::body(call)?;
    unchanged(&body, &one)?;
    if !CHANGEABLE.iter().any(|name| text(&body, name).is_some()) {
        return Err(invalid("There is nothing to update."));
    }
    if text(&body, "expirationDateTime").is_some() {
        one.expires_ms = rules::expiry(&body, one.rich, &sandbox.courier.rules, call.now_ms)?;
    }
    if let Some(tls) = rules::tls(&body)? {
        one.tls = Some(tls);
    }
    if let (Some(certificate), named) = rules::certificate(&body, false)?.unzip() {
        one.certificate = Some(certificate);
        one.certificate_id = named;
    }
    let mut moved = false;
    if let Some(url) = text(&body, "notificationUrl").filter(|url| *url != one.notification_url) {
        moved = redirect(sandbox, call, &body, &mut one, url)?;
    } else if sandbox.courier.rules.move_channel
        && let Route::Channel(old) = &one.route
    {
        sandbox.courier.rules.move_channel = false;
        let group = group_of(&one.notification_url);
        let old = old.clone();
        let (channel, url) = channel(sandbox, call, &group, &old);
        sandbox.hub.forget_channel(&old);
        (one.route, one.notification_url) = (Route::Channel(channel), url);
    }
    if moved {
        one.authorize(authorized_until(sandbox, call), call.now_ms);
        return settle(sandbox, call, one, 200, false);
    }
    sandbox.subscriptions.insert(id.to_owned(), one);
    let until = authorized_until(sandbox, call);
    lifecycle::authorized(sandbox, id, until, call.now_ms);
    shown(sandbox, call, id, 200)
}

fn group_of(url: &str) -> String {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    Pairs::parse(query).first("groupId").unwrap_or("default").to_owned()
}

/// Sends a subscription's notifications elsewhere; answers whether the new place must confirm that.
fn redirect(
    sandbox: &mut Sandbox,
    call: &Call<'_>,
    body: &Value,
    one: &mut Subscription,
    url: &str,
) -> Result<bool, Refusal> {
    match (rules::place(sandbox, body, url)?, &one.route) {
        (Place::Hub(group), Route::Channel(_)) => {
            let (channel, url) = channel(sandbox, call, &group, "");
            (one.route, one.notification_url) = (Route::Channel(channel), url);
            Ok(false)
        }
        (Place::Webhook, Route::Webhook) => {
            one.notification_url = url.to_owned();
            Ok(true)
        }
        (Place::Browser(keys), Route::WebPush(_)) => {
            (one.route, one.notification_url) = (Route::WebPush(keys), url.to_owned());
            Ok(false)
        }
        (Place::Hub(_) | Place::Webhook | Place::Browser(_), _) => {
            Err(invalid("The notificationUrl cannot change to another kind of delivery."))
        }
    }
}

/// Refuses another value for what is fixed at creation.
fn unchanged(body: &Value, one: &Subscription) -> Result<(), Refusal> {
    let now = one.to_json();
    for name in ["resource", "changeType", "clientState", "lifecycleNotificationUrl", "includeResourceData"] {
        let asked = web::member(body, name).filter(|value| !value.is_null());
        if asked.is_some_and(|asked| now.get(name) != Some(asked)) {
            return Err(invalid(format!("The {name} can only be set when the subscription is created.")));
        }
    }
    Ok(())
}

/// Whether a path below the version is a notification channel's.
pub(super) fn is_channel(segments: &[String]) -> bool {
    let lower: Vec<String> = segments.iter().map(|one| one.to_ascii_lowercase()).collect();
    let words: Vec<&str> = lower.iter().map(String::as_str).collect();
    matches!(words.as_slice(), ["subscriptions", "notificationchannel", "websockets", _, ..])
}

/// The negotiate at Graph: it only says where the SignalR service is and with which token.
pub(super) fn negotiate(
    sandbox: &mut Sandbox,
    request: &Request<Vec<u8>>,
    version: &str,
    segments: &[String],
    now_ms: i64,
) -> Outcome {
    let (Some(channel), Some("negotiate")) = (segments.get(3), segments.get(4).map(String::as_str)) else {
        return Err(Refusal::NoSuchResource("websockets".to_owned()));
    };
    if version != "beta" {
        return Err(Refusal::ItemNotFound);
    }
    if request.method() != http::Method::POST {
        return Err(Refusal::MethodNotAllowed);
    }
    let grant = auth::grant(sandbox, request.headers(), now_ms)?;
    if !sandbox.hub.knows_channel(channel, grant.person, &grant.client) {
        return Err(Refusal::ItemNotFound);
    }
    let query = Pairs::parse(request.uri().query().unwrap_or_default());
    let session = query.first("sessionid").unwrap_or("default").to_owned();
    let token = sandbox.service_token(channel, &session, now_ms);
    let request_id = crate::chance::base64(sandbox.fresh_guid("asrs").as_bytes());
    let url = format!(
        "{}/client/?hub=notifications&asrs_request_id={}",
        sandbox.origins().hub,
        web::percent_encode(&request_id)
    );
    Ok(answer(
        200,
        format!("{}/beta/$metadata#microsoft.graph.websocket", sandbox.origins().graph),
        json!({"negotiateVersion": 0, "url": url, "accessToken": token}),
    ))
}

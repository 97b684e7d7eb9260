//! Subscriptions to mail, and the first negotiate of the channel they are delivered on.
//! Only the `websockets:` channel is offered: there is nowhere a webhook could go.

use http::Request;
use serde_json::{Value, json};

use crate::chance::guid;
use crate::graph::call::{Call, text_member};
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer, auth};
use crate::people::Person;
use crate::sandbox::Sandbox;
use crate::time::{iso_millis, parse_iso};
use crate::web::{self, Pairs};

/// Anything shorter is raised to this.
const FLOOR_MS: i64 = 45 * 60_000;
/// Outlook subscriptions live this long at most.
const CEILING_MS: i64 = 10_080 * 60_000;
/// Active subscriptions a mailbox can have.
const MOST: usize = 1000;
const LONGEST_STATE: usize = 128;

/// What a subscription listens to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Mailbox,
    Folder(String),
}

/// One subscription.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) person: &'static Person,
    pub(crate) client: String,
    pub(crate) resource: String,
    pub(crate) scope: Scope,
    pub(crate) change_types: String,
    pub(crate) client_state: Option<String>,
    pub(crate) notification_url: String,
    /// The channel its notifications go through.
    pub(crate) channel: String,
    pub(crate) expires_ms: i64,
    pub(crate) immutable: bool,
    rich: bool,
}

impl Subscription {
    fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "resource": self.resource,
            "applicationId": self.client,
            "changeType": self.change_types,
            "clientState": self.client_state,
            "notificationUrl": self.notification_url,
            "notificationQueryOptions": null,
            "lifecycleNotificationUrl": null,
            "expirationDateTime": iso_millis(self.expires_ms),
            "creatorId": self.person.object_id,
            "includeResourceData": self.rich,
            "latestSupportedTlsVersion": null,
            "encryptionCertificate": null,
            "encryptionCertificateId": null,
            "notificationUrlAppId": null,
        })
    }
}

/// Calls under `/subscriptions`.
pub(super) fn handle(sandbox: &mut Sandbox, call: &Call<'_>, rest: &[&str]) -> Outcome {
    let now = call.now_ms;
    sandbox.subscriptions.retain(|_, one| one.expires_ms > now);
    let id = call.segment(1);
    match (call.method.as_str(), rest) {
        ("POST", []) => create(sandbox, call),
        ("GET", []) => {
            let rows: Vec<Value> =
                sandbox.subscriptions.values().filter(|one| owned(one, call)).map(Subscription::to_json).collect();
            Ok(answer(200, format!("{}/$metadata#subscriptions", call.base), json!({"value": rows})))
        }
        ("GET", [_]) => shown(sandbox, call, id, 200),
        ("PATCH", [_]) => renew(sandbox, call, id),
        ("DELETE", [_]) => {
            find(sandbox, call, id)?;
            sandbox.subscriptions.remove(id);
            Ok(web::empty(204))
        }
        ("POST", [_, "reauthorize"]) => {
            find(sandbox, call, id)?;
            Ok(web::empty(200))
        }
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

fn expiry(body: &Value, now_ms: i64) -> Result<i64, Refusal> {
    let asked = text_member(body, "expirationDateTime")
        .and_then(parse_iso)
        .ok_or_else(|| Refusal::SubscriptionInvalid("Subscription expiration is missing or invalid.".to_owned()))?;
    if asked <= now_ms {
        return Err(Refusal::SubscriptionInvalid("Subscription expiration can only be in the future.".to_owned()));
    }
    if asked > now_ms + CEILING_MS {
        return Err(Refusal::SubscriptionInvalid(
            "Subscription expiration can only be 10080 minutes in the future.".to_owned(),
        ));
    }
    Ok(asked.max(now_ms + FLOOR_MS))
}

fn create(sandbox: &mut Sandbox, call: &Call<'_>) -> Outcome {
    call.needs_reading()?;
    let invalid = |text: &str| Refusal::SubscriptionInvalid(text.to_owned());
    let body = call.json()?;
    let resource = text_member(&body, "resource").ok_or_else(|| invalid("The resource is missing."))?;
    let change_types = text_member(&body, "changeType").unwrap_or_default();
    let good = |kind: &str| matches!(kind.trim().to_ascii_lowercase().as_str(), "created" | "updated" | "deleted");
    if !change_types.split(',').all(good) {
        return Err(invalid("The changeType is missing or invalid."));
    }
    let client_state = text_member(&body, "clientState").map(str::to_owned);
    if client_state.as_ref().is_some_and(|state| state.chars().count() > LONGEST_STATE) {
        return Err(invalid("The clientState is longer than 128 characters."));
    }
    let url = text_member(&body, "notificationUrl").unwrap_or_default();
    let Some(rest) = url.strip_prefix("websockets:") else {
        return Err(invalid(
            "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.",
        ));
    };
    let group = Pairs::parse(rest.trim_start_matches('?')).first("groupId").unwrap_or("default").to_owned();
    let scope = scope_of(sandbox, call, resource)?;
    let expires_ms = expiry(&body, call.now_ms)?;
    let held = sandbox.subscriptions.values().filter(|one| one.person.object_id == call.person.object_id).count();
    if held >= MOST {
        return Err(Refusal::SubscriptionLimit);
    }
    // The channel is the same for the same person, app and group, so that their subscriptions share a socket.
    let channel = guid(&[b"channel", call.person.object_id.as_bytes(), call.client.as_bytes(), group.as_bytes()]);
    let version = if call.version == "beta" { "beta" } else { "1.0" };
    let id = sandbox.fresh_guid("subscription");
    let subscription = Subscription {
        id: id.clone(),
        person: call.person,
        client: call.client.clone(),
        resource: resource.to_owned(),
        scope,
        change_types: change_types.to_owned(),
        client_state,
        notification_url: format!(
            "websockets:{}/{version}/subscriptions/notificationChannel/websockets/{channel}?groupid={}&sessionid=default",
            sandbox.origins().graph,
            web::percent_encode(&group)
        ),
        channel: channel.clone(),
        expires_ms,
        immutable: call.immutable,
        rich: web::member(&body, "includeResourceData").and_then(Value::as_bool).unwrap_or(false),
    };
    sandbox.hub.learn_channel(&channel, call.person, &call.client);
    sandbox.subscriptions.insert(id.clone(), subscription);
    shown(sandbox, call, &id, 201)
}

/// Reads a resource: `me/messages`, `me/mailFolders('inbox')/messages`, or the same under `users/{self}`.
fn scope_of(sandbox: &Sandbox, call: &Call<'_>, resource: &str) -> Result<Scope, Refusal> {
    let path = resource.split('?').next().unwrap_or_default();
    let segments = crate::graph::call::segments(path);
    let words: Vec<String> = segments.iter().map(|one| one.to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (rest, at) = match words.as_slice() {
        ["me", rest @ ..] => (rest, 1),
        ["users", who, rest @ ..] if crate::people::find(who).is_some_and(|p| p.object_id == call.person.object_id) => {
            (rest, 2)
        }
        _ => return Err(Refusal::SubscriptionInvalid(format!("The resource '{resource}' is not supported."))),
    };
    match rest {
        ["messages"] => Ok(Scope::Mailbox),
        ["mailfolders", _, "messages"] => {
            let name = segments.get(at + 1).map_or("", String::as_str);
            let mailbox = sandbox.mailbox(call.person)?;
            super::folders::find(mailbox, name).map(Scope::Folder)
        }
        _ => Err(Refusal::SubscriptionInvalid(format!("The resource '{resource}' is not supported."))),
    }
}

fn renew(sandbox: &mut Sandbox, call: &Call<'_>, id: &str) -> Outcome {
    find(sandbox, call, id)?;
    let body = call.json()?;
    let expires_ms = expiry(&body, call.now_ms)?;
    find(sandbox, call, id)?.expires_ms = expires_ms;
    shown(sandbox, call, id, 200)
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
    if !sandbox.hub.knows_channel(channel, grant.person) {
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

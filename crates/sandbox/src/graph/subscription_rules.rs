//! The rules of a subscription's properties, each with the refusal of the request that breaks it.
//! Source: Microsoft Graph, *subscription resource type* and *Change notifications for Outlook resources*.

use http::Uri;
use serde_json::Value;

use crate::graph::call::{Call, segments};
use crate::graph::expand;
use crate::graph::filter::Filter;
use crate::graph::query::Select;
use crate::graph::refusal::Refusal;
use crate::graph::subscription::Scope;
use crate::hub::Certificate;
use crate::hub::dials::RuleDials;
use crate::hub::outgoing::is_loopback;
use crate::hub::web_push::{self, PushKeys};
use crate::sandbox::Sandbox;
use crate::time::parse_iso;
use crate::web::{self, Pairs};

/// Anything shorter is raised to this.
const FLOOR_MS: i64 = 45 * 60_000;
/// Outlook subscriptions live this many minutes at most, and with resource data this many.
const CEILING_MIN: i64 = 10_080;
const RICH_CEILING_MIN: i64 = 1_440;
/// The longest client state and certificate id, in characters.
const LONGEST: usize = 128;
const TLS: [&str; 4] = ["v1_0", "v1_1", "v1_2", "v1_3"];

/// Properties of a subscription that a request may name.
const PROPERTIES: [&str; 18] = [
    "id",
    "applicationId",
    "creatorId",
    "resource",
    "changeType",
    "clientState",
    "notificationUrl",
    "lifecycleNotificationUrl",
    "expirationDateTime",
    "includeResourceData",
    "encryptionCertificate",
    "encryptionCertificateId",
    "latestSupportedTlsVersion",
    "notificationQueryOptions",
    "notificationUrlAppId",
    "vapidPublicKey",
    "webPushEncryptionP256dhPublicKey",
    "webPushEncryptionSecret",
];

pub(super) fn invalid(text: impl Into<String>) -> Refusal {
    Refusal::SubscriptionInvalid(text.into())
}

/// A body that names only what a subscription has.
pub(super) fn body(call: &Call<'_>) -> Result<Value, Refusal> {
    let body = call.json()?;
    let object =
        body.as_object().ok_or_else(|| Refusal::BadRequest("Unable to read JSON request payload.".to_owned()))?;
    for (name, value) in object {
        if name.starts_with('@') {
            continue;
        }
        let known = PROPERTIES.into_iter().find(|known| known.eq_ignore_ascii_case(name)).ok_or_else(|| {
            Refusal::BadRequest(format!(
                "The property '{name}' does not exist on type 'microsoft.graph.subscription'. Make sure to only use property names that are defined by the type or mark the type as open type."
            ))
        })?;
        let fits = match known {
            "includeResourceData" => value.is_boolean() || value.is_null(),
            _ => value.is_string() || value.is_null(),
        };
        if !fits {
            return Err(Refusal::BadRequest(format!(
                "Cannot convert the value of property '{known}' to the expected type."
            )));
        }
    }
    Ok(body)
}

/// The text of a property; null and absent are the same.
pub(super) fn text<'b>(body: &'b Value, name: &str) -> Option<&'b str> {
    web::member(body, name).and_then(Value::as_str)
}

/// The same, but not over-long.
pub(super) fn short_text(body: &Value, name: &str) -> Result<Option<String>, Refusal> {
    match text(body, name) {
        Some(value) if value.chars().count() > LONGEST => {
            Err(invalid(format!("The {name} is longer than {LONGEST} characters.")))
        }
        value => Ok(value.map(str::to_owned)),
    }
}

/// When a subscription ends that is asked for now.
pub(super) fn expiry(body: &Value, rich: bool, rules: &RuleDials, now_ms: i64) -> Result<i64, Refusal> {
    let asked = text(body, "expirationDateTime")
        .and_then(parse_iso)
        .ok_or_else(|| invalid("Subscription expiration is missing or invalid."))?;
    let most = if rich { RICH_CEILING_MIN } else { CEILING_MIN };
    if asked <= now_ms {
        return Err(invalid("Subscription expiration can only be in the future."));
    }
    if asked > now_ms + most * 60_000 {
        return Err(invalid(format!("Subscription expiration can only be {most} minutes in the future.")));
    }
    Ok(if rules.floor { asked.max(now_ms + FLOOR_MS) } else { asked })
}

pub(super) fn change_types(body: &Value) -> Result<String, Refusal> {
    let kinds = text(body, "changeType").unwrap_or_default();
    let good = |kind: &str| matches!(kind.trim().to_ascii_lowercase().as_str(), "created" | "updated" | "deleted");
    if kinds.split(',').all(good) {
        Ok(kinds.to_owned())
    } else {
        Err(invalid("The changeType is missing or invalid."))
    }
}

pub(super) fn tls(body: &Value) -> Result<Option<String>, Refusal> {
    match text(body, "latestSupportedTlsVersion") {
        Some(version) if !TLS.contains(&version) => {
            Err(invalid("The latestSupportedTlsVersion must be v1_0, v1_1, v1_2 or v1_3."))
        }
        version => Ok(version.map(str::to_owned)),
    }
}

/// The certificate of a body; `needed` where data is to be encrypted.
pub(super) fn certificate(body: &Value, needed: bool) -> Result<Option<(Certificate, String)>, Refusal> {
    let named = short_text(body, "encryptionCertificateId")?;
    match (text(body, "encryptionCertificate"), named) {
        (Some(_), None) => Err(invalid("The encryptionCertificateId is required with an encryptionCertificate.")),
        (Some(text), Some(named)) => Certificate::read(text)
            .map(|certificate| Some((certificate, named)))
            .ok_or_else(|| invalid("The encryptionCertificate is not a base64-encoded X.509 certificate with an RSA key of 2048 to 4096 bits.")),
        (None, _) if needed => {
            Err(invalid("The encryptionCertificate is required when includeResourceData is true."))
        }
        (None, _) => Ok(None),
    }
}

/// A resource, read.
pub(super) struct Resource {
    pub(super) scope: Scope,
    pub(super) filter: Option<Filter>,
    /// `$select` and `$expand`.
    pub(super) options: Vec<(String, String)>,
}

/// Reads a resource: `me/messages`, `me/mailFolders('inbox')/messages`, or the same under `users/{self}`.
pub(super) fn resource(sandbox: &Sandbox, call: &Call<'_>, text: &str, rich: bool) -> Result<Resource, Refusal> {
    if text.contains("://") {
        return Err(invalid("The resource must not contain the base URL."));
    }
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let scope = scope(sandbox, call, path, text)?;
    let mut filter = None;
    let mut options = Vec::new();
    for (name, value) in Pairs::parse(query).iter() {
        match name.to_ascii_lowercase().as_str() {
            "$filter" => filter = Some(Filter::parse(value)?),
            "$select" => {
                Select::messages(Some(value))?;
                let whole = |name: &str| matches!(name.trim().to_ascii_lowercase().as_str(), "body" | "uniquebody");
                if rich && value.split(',').any(whole) {
                    return Err(invalid("The resource cannot $select body or uniqueBody."));
                }
                options.push(("$select".to_owned(), value.to_owned()));
            }
            "$expand" => {
                if expand::read(Some(value))?.attachments.is_some() {
                    return Err(invalid("The resource can only $expand extended properties."));
                }
                options.push(("$expand".to_owned(), value.to_owned()));
            }
            other => return Err(invalid(format!("The query option '{other}' is not supported in a resource."))),
        }
    }
    if rich && !options.iter().any(|(name, _)| name == "$select") {
        return Err(invalid("The resource must have a $select when includeResourceData is true."));
    }
    Ok(Resource { scope, filter, options })
}

fn scope(sandbox: &Sandbox, call: &Call<'_>, path: &str, resource: &str) -> Result<Scope, Refusal> {
    let unsupported = || invalid(format!("The resource '{resource}' is not supported."));
    let segments = segments(path);
    let words: Vec<String> = segments.iter().map(|one| one.to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (rest, at) = match words.as_slice() {
        ["me", rest @ ..] => (rest, 1),
        ["users", who, rest @ ..] => {
            let person = crate::people::find(who).ok_or(Refusal::MailboxNotFound)?;
            // Delegated subscriptions are to one's own mailbox only, shared ones included.
            if person.object_id != call.person.object_id {
                return Err(Refusal::Denied);
            }
            (rest, 2)
        }
        _ => return Err(unsupported()),
    };
    match rest {
        ["messages"] => Ok(Scope::Mailbox),
        ["mailfolders", _, "messages"] => {
            let name = segments.get(at + 1).map_or("", String::as_str);
            let mailbox = sandbox.mailbox(call.person)?;
            super::folders::find(mailbox, name).map(Scope::Folder)
        }
        _ => Err(unsupported()),
    }
}

/// Where notifications are to go.
pub(super) enum Place {
    /// The hub, in this group.
    Hub(String),
    Webhook,
    Browser(PushKeys),
}

/// Reads the notification address and what comes with it.
pub(super) fn place(sandbox: &Sandbox, body: &Value, url: &str) -> Result<Place, Refusal> {
    let keys =
        ["vapidPublicKey", "webPushEncryptionP256dhPublicKey", "webPushEncryptionSecret"].map(|name| text(body, name));
    let place = match url.strip_prefix("websockets:") {
        Some(rest) => {
            let query = rest.split_once('?').map_or("", |(_, query)| query);
            Place::Hub(Pairs::parse(query).first("groupId").unwrap_or("default").to_owned())
        }
        None => {
            let uri = address("notificationUrl", url)?;
            if web_push::is_service(&uri, &sandbox.courier.rules.push_origins) {
                return browser(sandbox, keys).map(Place::Browser);
            }
            Place::Webhook
        }
    };
    if keys.iter().any(Option::is_some) {
        return Err(invalid("The Web Push properties are only for a notificationUrl of a known push service."));
    }
    Ok(place)
}

/// An address of an endpoint: HTTPS, or plain HTTP on this machine.
pub(super) fn address(name: &str, url: &str) -> Result<Uri, Refusal> {
    let uri: Uri = url.parse().map_err(|_| invalid(format!("The {name} is not a valid URL.")))?;
    match uri.scheme_str() {
        Some("https") if uri.host().is_some() => Ok(uri),
        Some("http") if is_loopback(&uri) => Ok(uri),
        _ => Err(invalid(format!("The {name} must use the HTTPS protocol."))),
    }
}

fn browser(sandbox: &Sandbox, keys: [Option<&str>; 3]) -> Result<PushKeys, Refusal> {
    let [Some(vapid), Some(public), Some(secret)] = keys else {
        return Err(invalid(
            "The vapidPublicKey, webPushEncryptionP256dhPublicKey and webPushEncryptionSecret are required for a push service.",
        ));
    };
    if vapid.trim_end_matches('=') != web_push::public_key(sandbox.seed) {
        return Err(invalid("The vapidPublicKey is not the service's."));
    }
    if web_push::read_public(public).is_none() {
        return Err(invalid("The webPushEncryptionP256dhPublicKey is not an uncompressed P-256 point."));
    }
    let secret = crate::chance::base64_decode(secret)
        .filter(|bytes| bytes.len() == 16)
        .ok_or_else(|| invalid("The webPushEncryptionSecret is not 16 bytes."))?;
    Ok(PushKeys { public: public.to_owned(), secret, vapid: vapid.to_owned() })
}

/// The scopes that let a token subscribe.
pub(super) fn allowed(call: &Call<'_>, rich: bool, rules: &RuleDials) -> Result<(), Refusal> {
    match (rules.strict_scopes, rich) {
        // Data is more than the basics.
        (true, true) => call.needs(&["Mail.Read"]),
        (true, false) => call.needs(&["Mail.Read", "Mail.ReadBasic"]),
        (false, true) => call.needs(&["Mail.Read", "Mail.ReadWrite"]),
        (false, false) => call.needs_reading(),
    }
}

//! Hearing of changes: the subscription with a `websockets:` address and the way from it to a SignalR service.
//! Source: the notification client of Microsoft Graph Toolkit's `mgt-chat`; the channel is not documented.

use super::call::{Call, Service, json, segment, succeeded};
use super::error::GraphError;
use crate::id::SubscriptionId;
use crate::time::Timestamp;
use serde::Deserialize;
use serde_json::json;

/// A subscription as the server granted it: its own word counts, not what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// When it ends; the server raises short ones to 45 minutes.
    pub expires: Timestamp,
    /// Where to negotiate, without the `websockets:` prefix; `None` when the server does not offer the channel.
    pub channel: Option<String>,
}

/// An answer of a negotiation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Negotiation {
    /// Negotiate again over there, with this token if one is given.
    Elsewhere(Endpoint),
    /// Connect with this connection token.
    Connect(String),
}

/// A SignalR address and the token for it. The token is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The address, with its query.
    pub url: String,
    /// The token; `None`: keep the one in use.
    pub token: Option<String>,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Endpoint(***)")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireSubscription {
    id: SubscriptionId,
    notification_url: Option<String>,
    expiration_date_time: String,
}

fn subscription(response: &http::Response<Vec<u8>>) -> Result<Subscription, GraphError> {
    let wire: WireSubscription = json(response, "a subscription")?;
    let expires =
        Timestamp::parse(&wire.expiration_date_time).ok_or(GraphError::Malformed { what: "a subscription" })?;
    let channel = wire.notification_url.as_deref().and_then(|url| url.strip_prefix("websockets:"));
    Ok(Subscription { id: wire.id, expires, channel: channel.filter(|url| url.starts_with("http")).map(str::to_owned) })
}

impl Service {
    /// Asks to hear of changes in the inbox over a WebSocket. `group` joins subscriptions that share one socket.
    pub fn subscribe(&self, group: &str, client_state: &str, until: Timestamp) -> Call<Subscription> {
        let body = json!({
            "changeType": "created,updated,deleted",
            "notificationUrl": format!("websockets:?groupId={group}"),
            "resource": "me/mailFolders('Inbox')/messages",
            "expirationDateTime": until.to_iso(),
            "clientState": client_state,
        });
        let url = self.at_beta("/subscriptions");
        Call::new(self.request(http::Method::POST, &url, &[], Some(&body)), subscription)
    }

    /// Renews a subscription, which also proves anew who asks.
    pub fn renew(&self, id: &SubscriptionId, until: Timestamp) -> Call<Subscription> {
        let body = json!({ "expirationDateTime": until.to_iso() });
        Call::new(self.patch(&format!("/subscriptions/{}", segment(id.as_str())), &body), subscription)
    }

    /// Ends a subscription.
    pub fn unsubscribe(&self, id: &SubscriptionId) -> Call<()> {
        Call::new(self.delete(&format!("/subscriptions/{}", segment(id.as_str()))), succeeded)
    }
}

const REQUESTED_WITH: http::HeaderName = http::HeaderName::from_static("x-requested-with");

/// The negotiation of a SignalR connection at `url`: `POST`, no body.
/// Source: ASP.NET Core SignalR, *Transport protocols*.
pub fn negotiate(url: &str) -> Call<Negotiation> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        url: Option<String>,
        access_token: Option<String>,
        connection_id: Option<String>,
        connection_token: Option<String>,
        error: Option<String>,
        #[serde(default)]
        negotiate_version: u32,
    }
    let mut request = http::Request::new(Vec::new());
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = negotiate_url(url).parse().unwrap_or_default();
    request.headers_mut().insert(REQUESTED_WITH, http::HeaderValue::from_static("XMLHttpRequest"));
    Call::new(request, |response| {
        let wire: Wire = json(response, "a negotiation")?;
        if wire.error.is_some() {
            return Err(GraphError::Malformed { what: "a negotiation" });
        }
        if let Some(url) = wire.url {
            return Ok(Negotiation::Elsewhere(Endpoint { url, token: wire.access_token }));
        }
        // Before version 1 the public id is the token as well.
        let token = if wire.negotiate_version < 1 { wire.connection_id } else { wire.connection_token };
        token.map(Negotiation::Connect).ok_or(GraphError::Malformed { what: "a negotiation" })
    })
}

/// `/negotiate` at the end of the path, the query kept, `negotiateVersion=1` unless the query has it.
fn negotiate_url(url: &str) -> String {
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let slash = if path.ends_with('/') { "" } else { "/" };
    let mut result = format!("{path}{slash}negotiate");
    match query {
        Some(query) if query.contains("negotiateVersion=") => result.push_str(&format!("?{query}")),
        Some(query) => result.push_str(&format!("?{query}&negotiateVersion=1")),
        None => result.push_str("?negotiateVersion=1"),
    }
    result
}

/// The address a subscription names, for this connection: Graph spells v1.0 as `/1.0/` in it but negotiates below
/// `/beta/`, and each connection of a group needs a session of its own.
pub fn channel_url(channel: &str, session: &str) -> String {
    with_session(&channel.replacen("/1.0/", "/beta/", 1), session)
}

/// Replaces or appends the parameter `sessionid`, whole and lower case.
fn with_session(url: &str, session: &str) -> String {
    for lead in ['?', '&'] {
        let name = format!("{lead}sessionid=");
        if let Some((before, after)) = url.split_once(&name) {
            let rest = after.find('&').and_then(|place| after.get(place..)).unwrap_or_default();
            return format!("{before}{name}{session}{rest}");
        }
    }
    let lead = if url.contains('?') { '&' } else { '?' };
    format!("{url}{lead}sessionid={session}")
}

/// The WebSocket's address: `ws`, the connection token as it is, the access token escaped.
pub fn socket_url(url: &str, connection: &str, token: &str) -> String {
    let socket = url.strip_prefix("http").map_or_else(|| url.to_owned(), |rest| format!("ws{rest}"));
    let lead = if socket.contains('?') { '&' } else { '?' };
    format!("{socket}{lead}id={connection}&access_token={}", segment(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of `replaceOrAppendSessionId.tests.ts` in Microsoft Graph Toolkit.
    #[test]
    fn the_session_is_replaced_or_appended() {
        for (from, to) in [
            ("/1.0/me?sessionid=default", "/beta/me?sessionid=123"),
            ("/me?sessionid=default&foo=bar", "/me?sessionid=123&foo=bar"),
            ("/me?foo=bar&sessionid=default", "/me?foo=bar&sessionid=123"),
            ("/me?foosessionid=bar", "/me?foosessionid=bar&sessionid=123"),
            ("/me?foosessionid=bar&sessionid=default&bar=too", "/me?foosessionid=bar&sessionid=123&bar=too"),
            ("/me", "/me?sessionid=123"),
            ("/me?foo=bar", "/me?foo=bar&sessionid=123"),
        ] {
            assert_eq!(channel_url(from, "123"), to);
        }
    }

    /// The vectors of `eachEndpointUrl` in the official JavaScript client's tests.
    #[test]
    fn negotiation_keeps_path_and_query() {
        for (from, to) in [
            ("http://t/endpoint/?q=my/Data", "http://t/endpoint/negotiate?q=my/Data&negotiateVersion=1"),
            ("http://t/endpoint?q=my/Data", "http://t/endpoint/negotiate?q=my/Data&negotiateVersion=1"),
            ("http://t/endpoint/", "http://t/endpoint/negotiate?negotiateVersion=1"),
            ("http://t/endpoint?negotiateVersion=42", "http://t/endpoint/negotiate?negotiateVersion=42"),
        ] {
            assert_eq!(negotiate_url(from), to);
        }
    }

    #[test]
    fn the_socket_address_carries_both_tokens() {
        assert_eq!(
            socket_url("https://s/client/?hub=g", "C T", "a+b"),
            "wss://s/client/?hub=g&id=C T&access_token=a%2Bb"
        );
        assert_eq!(socket_url("http://s/client", "C", "t"), "ws://s/client?id=C&access_token=t");
    }

    #[test]
    fn a_negotiation_redirects_or_connects() {
        let read = |body: &str| negotiate("http://t").read(&http::Response::new(body.as_bytes().to_vec()));
        let elsewhere =
            read(r#"{"@odata.context":"x","negotiateVersion":0,"url":"https://s/?h=1","accessToken":"ey"}"#);
        assert_eq!(
            elsewhere,
            Ok(Negotiation::Elsewhere(Endpoint { url: "https://s/?h=1".to_owned(), token: Some("ey".to_owned()) }))
        );
        assert_eq!(
            read(r#"{"negotiateVersion":1,"connectionId":"c","connectionToken":"t"}"#),
            Ok(Negotiation::Connect("t".to_owned()))
        );
        assert_eq!(read(r#"{"connectionId":"c"}"#), Ok(Negotiation::Connect("c".to_owned())));
        assert_eq!(read(r#"{"error":"no"}"#), Err(GraphError::Malformed { what: "a negotiation" }));
        assert_eq!(read("<html>"), Err(GraphError::Malformed { what: "a negotiation" }));
    }
}

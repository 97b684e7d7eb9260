//! The hub's WebSockets: the upgrade, one task a socket, and the timer behind pings and redeliveries.
//! A dropped socket ends without a closing handshake, as a lost network does.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRequestParts as _;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::IntoResponse as _;
use http::{HeaderMap, Request, Response};
use hyper::body::Incoming;
use sandbox::{Frame, SocketId};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::server::shared::{Shared, now_ms};

/// Without anything due, time is looked at this often.
const IDLE: Duration = Duration::from_secs(1);

/// Whether a request wants to become a WebSocket.
pub(crate) fn is_upgrade(headers: &HeaderMap) -> bool {
    headers.get("upgrade").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Answers an upgrade.
pub(crate) async fn upgrade(shared: Arc<Shared>, request: Request<Incoming>) -> Response<Body> {
    let (mut parts, _) = request.into_parts();
    let target = target(&parts);
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let opened = shared.with(|sandbox| sandbox.hub_open(&target, now_ms()).map_err(Box::new));
    match opened {
        Ok(id) => {
            let (sender, receiver) = unbounded_channel();
            shared.plug(id, sender);
            upgrade.on_upgrade(move |socket| run(shared, id, socket, receiver))
        }
        Err(refusal) => (*refusal).map(Body::from),
    }
}

/// The path and query of an upgrade. Browsers put the token there; other clients send it as a header.
fn target(parts: &http::request::Parts) -> String {
    let target = parts.uri.path_and_query().map_or(String::new(), ToString::to_string);
    let bearer = parts
        .headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    match bearer {
        Some(token) if !target.contains("access_token=") => {
            let mark = if target.contains('?') { '&' } else { '?' };
            format!("{target}{mark}access_token={token}")
        }
        Some(_) | None => target,
    }
}

async fn run(shared: Arc<Shared>, id: SocketId, mut socket: WebSocket, mut frames: UnboundedReceiver<Frame>) {
    loop {
        tokio::select! {
            frame = frames.recv() => match frame {
                Some(Frame::Text(text)) => {
                    if socket.send(Message::Text(text.into())).await.is_err() {
                        break;
                    }
                }
                Some(Frame::Close) | None => break,
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => received(&shared, id, text.as_str()),
                Some(Ok(Message::Binary(bytes))) => received(&shared, id, &String::from_utf8_lossy(&bytes)),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
            },
        }
    }
    shared.unplug(id);
}

fn received(shared: &Shared, id: SocketId, text: &str) {
    // Passed on under the lock, so that nothing overtakes the answer to a handshake.
    shared.with(|sandbox| {
        let pushes = sandbox.hub_receive(id, text, now_ms());
        shared.pass_on(pushes);
    });
}

/// Lets due things happen, for ever.
pub(crate) async fn keep_time(shared: Arc<Shared>) {
    loop {
        let wait = match shared.tick() {
            Some(ms) => Duration::from_millis(u64::try_from(ms).unwrap_or(0).max(1)).min(IDLE),
            None => IDLE,
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shared.changed.notified() => {}
        }
    }
}

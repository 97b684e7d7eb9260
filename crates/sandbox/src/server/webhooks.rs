//! Sends the sandbox's own requests to endpoints on this machine and brings the answers back.
//! Nothing leaves the machine: whatever a name resolves to, only loopback addresses are connected to.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use sandbox::Outgoing;
use tokio::net::TcpStream;

use crate::server::shared::{Shared, now_ms};

/// No endpoint has more to say.
const LARGEST_ANSWER: usize = 64 * 1024;

/// Sends what is handed over, for ever.
pub(crate) async fn run(shared: Arc<Shared>) {
    let Some(mut errands) = shared.errands() else {
        return;
    };
    while let Some(outgoing) = errands.recv().await {
        tokio::spawn(send(Arc::clone(&shared), outgoing));
    }
}

async fn send(shared: Arc<Shared>, outgoing: Outgoing) {
    let Outgoing { id, request, patience_ms } = outgoing;
    let patience = Duration::from_millis(u64::try_from(patience_ms).unwrap_or_default());
    match tokio::time::timeout(patience, exchange(request)).await {
        Ok(answer) => {
            let answer = answer.unwrap_or_else(|| {
                let mut unreachable = Response::new(Vec::new());
                *unreachable.status_mut() = http::StatusCode::BAD_GATEWAY;
                unreachable
            });
            shared.with(|sandbox| sandbox.outgoing_answered(id, Some(&answer), now_ms()));
        }
        Err(_) => shared.with(|sandbox| sandbox.outgoing_answered(id, None, now_ms())),
    }
}

/// One request and its answer; none where nobody listens or what answers is not HTTP.
async fn exchange(request: Request<Vec<u8>>) -> Option<Response<Vec<u8>>> {
    let (mut parts, body) = request.into_parts();
    let authority = parts.uri.authority()?.clone();
    let stream = connect(authority.host(), authority.port_u16().unwrap_or(80)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    tokio::spawn(connection);
    parts.headers.insert("host", HeaderValue::from_str(authority.as_str()).ok()?);
    parts.uri =
        parts.uri.path_and_query().map_or_else(|| Some(Uri::from_static("/")), |path| path.as_str().parse().ok())?;
    let answer = sender.send_request(Request::from_parts(parts, Full::new(Bytes::from(body)))).await.ok()?;
    let (parts, body) = answer.into_parts();
    let body = Limited::new(body, LARGEST_ANSWER).collect().await.ok()?.to_bytes();
    Some(Response::from_parts(parts, body.to_vec()))
}

async fn connect(host: &str, port: u16) -> Option<TcpStream> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    for address in tokio::net::lookup_host((bare, port)).await.ok()?.filter(|address| address.ip().is_loopback()) {
        if let Ok(stream) = TcpStream::connect(address).await {
            return Some(stream);
        }
    }
    None
}

/// The answer that was held back under a ticket, once it is there.
pub(crate) async fn settled(shared: &Shared, ticket: &str) -> Option<Response<Vec<u8>>> {
    shared.settled(ticket).await
}

//! One HTTP origin: takes requests off the wire, asks the sandbox, and sends, delays or cuts.
//! hyper is driven directly, because cutting a connection without an answer needs an error where axum allows none.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sandbox::{Fate, Flight, Host, PASS, Pace, Reply, WAIT};
use tokio::net::{TcpListener, TcpStream};

use crate::server::shared::{Shared, now_ms};
use crate::server::{app_files, paced, sockets, webhooks};

/// Larger requests are refused; uploads go in pieces.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// The connection ends without an answer.
#[derive(Debug)]
pub(crate) struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut by a fault")
    }
}

impl std::error::Error for Cut {}

/// Serves one listener for ever.
pub(crate) async fn serve(shared: Arc<Shared>, host: Host, listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection(Arc::clone(&shared), host, stream));
            }
            // Out of file handles, most likely: wait for some to come free.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(shared: Arc<Shared>, host: Host, stream: TcpStream) {
    // Small answers must not wait for more to send.
    let _ = stream.set_nodelay(true);
    let mut single_use = shared.watch_single_use();
    let only_one = *single_use.borrow_and_update();
    let service = service_fn(|request| handle(Arc::clone(&shared), host, request));
    let connection =
        http1::Builder::new().keep_alive(!only_one).serve_connection(TokioIo::new(stream), service).with_upgrades();
    let mut connection = std::pin::pin!(connection);
    loop {
        tokio::select! {
            // An error is a client that went away, or a connection cut on purpose.
            _ = &mut connection => return,
            changed = single_use.changed() => {
                if changed.is_err() || *single_use.borrow_and_update() {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                    return;
                }
            }
        }
    }
}

/// Counts a request out when it ends, however it ends.
pub(crate) struct Flying {
    shared: Arc<Shared>,
    flight: Flight,
}

impl Flying {
    fn begin(shared: &Arc<Shared>, host: Host, request: &mut Request<Incoming>) -> Self {
        let flight = shared.quietly(|sandbox| sandbox.take_off(host, request.uri().path(), request.headers()));
        request.extensions_mut().insert(flight);
        Self { shared: Arc::clone(shared), flight }
    }
}

impl Drop for Flying {
    fn drop(&mut self) {
        self.shared.quietly(|sandbox| sandbox.land(self.flight));
    }
}

async fn handle(shared: Arc<Shared>, host: Host, mut request: Request<Incoming>) -> Result<Response<Body>, Cut> {
    if host == Host::Hub && sockets::is_upgrade(request.headers()) {
        return Ok(sockets::upgrade(shared, request).await);
    }
    let flying = Flying::begin(&shared, host, &mut request);
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LARGEST_BODY).collect().await else {
        return Err(Cut);
    };
    let accepts = parts.headers.clone();
    let (uri, method) = (parts.uri.clone(), parts.method.clone());
    let request = Request::from_parts(parts, body.to_bytes().to_vec());
    let recorder = shared.recorder.as_ref().filter(|_| host != Host::App && !uri.path().starts_with("/_sandbox/"));
    let asked = recorder.map(|recorder| recorder.asked(host, &method, &uri, &accepts, request.body()));
    let mut reply = shared.with(|sandbox| sandbox.handle(host, request, now_ms()));
    if let Some(held) = reply.held.take() {
        wait(&reply).await;
        reply = shared.with(|sandbox| sandbox.handle(host, held, now_ms()));
    }
    let pass = reply.response.headers().get(PASS).and_then(|value| value.to_str().ok()).map(str::to_owned);
    if reply.fate == Fate::Drop {
        if let (Some(recorder), Some(asked)) = (recorder, asked) {
            recorder.answered(asked, &reply.response, true);
        }
        return Err(Cut);
    }
    wait(&reply).await;
    let ticket = reply.response.headers().get(WAIT).and_then(|value| value.to_str().ok()).map(str::to_owned);
    if let Some(ticket) = ticket
        && let Some(settled) = webhooks::settled(&shared, &ticket).await
    {
        reply.response = settled;
    }
    if let (Some(recorder), Some(asked)) = (recorder, asked) {
        recorder.answered(asked, &reply.response, false);
    }
    let response = match pass {
        Some(entry) => {
            let response = app_files::answer(&shared, &method, &uri, &accepts).await;
            let status = response.status().as_u16();
            shared.with(|sandbox| sandbox.served(&entry, status));
            if reply.pace == Pace::Whole {
                response
            } else {
                let (parts, body) = response.into_parts();
                let Ok(body) = body.collect().await else {
                    return Err(Cut);
                };
                paced::pace(Response::from_parts(parts, body.to_bytes().to_vec()), reply.pace, flying)
            }
        }
        None => paced::pace(reply.response, reply.pace, flying),
    };
    Ok(dressed(response))
}

async fn wait(reply: &Reply) {
    if let Fate::Delay(ms) = reply.fate {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

fn dressed(mut response: Response<Body>) -> Response<Body> {
    // The sandbox is for one machine; nothing in between may keep its answers.
    response.headers_mut().entry("cache-control").or_insert(HeaderValue::from_static("no-store"));
    response
}

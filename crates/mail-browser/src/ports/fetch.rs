//! The HTTP port over `fetch`: no cookies, no cache, no referrer, and no redirects, because a redirect would carry the
//! token to an address nobody checked.

use super::clock::timer_millis;
use gloo_net::http::{RequestBuilder, Response};
use gloo_timers::callback::Timeout;
use http::HeaderName;
use http::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use js_sys::Uint8Array;
use mail_core::error::NetError;
use mail_core::ports::Http;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use web_sys::{AbortController, ReferrerPolicy, RequestCache, RequestCredentials, RequestRedirect};

/// How long an exchange may take, body included.
const PATIENCE: Duration = Duration::from_secs(60);
/// The same for a file, of which a slow network carries a megabyte in ten seconds.
const PATIENCE_FOR_FILES: Duration = Duration::from_secs(1_200);
/// How the address of a file's bytes ends.
const OF_FILES: &str = "/$value";

/// The headers of an answer that anybody looks at. Browsers show few across origins, and taking any name would cost
/// every visitor four kilobytes.
const HEARD: [HeaderName; 4] = [CONTENT_TYPE, DATE, RETRY_AFTER, HeaderName::from_static("request-id")];

/// HTTP by the browser.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fetch;

impl Http for Fetch {
    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, NetError> {
        let is_file = request.uri().path().ends_with(OF_FILES);
        exchange(request, if is_file { PATIENCE_FOR_FILES } else { PATIENCE }).await
    }
}

pub(crate) async fn exchange(
    request: http::Request<Vec<u8>>,
    patience: Duration,
) -> Result<http::Response<Vec<u8>>, NetError> {
    let deadline = Deadline::new(patience);
    let outcome = async {
        let answer = prepared(request, &deadline)?.send().await.ok()?;
        let body = answer.binary().await.ok()?;
        answered(&answer, body)
    };
    outcome.await.ok_or_else(|| deadline.error())
}

fn prepared(request: http::Request<Vec<u8>>, deadline: &Deadline) -> Option<gloo_net::http::Request> {
    let (parts, body) = request.into_parts();
    let mut builder = RequestBuilder::new(&parts.uri.to_string())
        .method(parts.method)
        .redirect(RequestRedirect::Error)
        .credentials(RequestCredentials::Omit)
        .cache(RequestCache::NoStore)
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .abort_signal(deadline.controller.as_ref().map(AbortController::signal).as_ref());
    for (name, value) in &parts.headers {
        builder = builder.header(name.as_str(), value.to_str().ok()?);
    }
    if body.is_empty() { builder.build().ok() } else { builder.body(Uint8Array::from(body.as_slice())).ok() }
}

fn answered(answer: &Response, body: Vec<u8>) -> Option<http::Response<Vec<u8>>> {
    let mut builder = http::Response::builder().status(answer.status());
    for name in HEARD {
        if let Some(value) = answer.headers().get(name.as_str()) {
            builder = builder.header(name, value);
        }
    }
    builder.body(body).ok()
}

/// Aborts the exchange when its time is up, or when nobody waits for it any more.
struct Deadline {
    controller: Option<AbortController>,
    passed: Rc<Cell<bool>>,
    _timer: Timeout,
}

impl Deadline {
    fn new(patience: Duration) -> Self {
        let controller = AbortController::new().ok();
        let passed = Rc::new(Cell::new(false));
        let timer = Timeout::new(timer_millis(patience), {
            let (controller, passed) = (controller.clone(), passed.clone());
            move || {
                passed.set(true);
                if let Some(controller) = controller {
                    controller.abort();
                }
            }
        });
        Self { controller, passed, _timer: timer }
    }

    fn error(&self) -> NetError {
        if self.passed.get() { NetError::TimedOut } else { NetError::Unreachable }
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }
}

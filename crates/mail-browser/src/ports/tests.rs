//! What is asked of the browser's `fetch`, with the browser's own request and a stand-in for the network.

use super::fetch::exchange;
use crate::global::{field, global};
use js_sys::{Function, Reflect};
use mail_core::error::NetError;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

const LONG: Duration = Duration::from_secs(60);

/// Replaces `fetch` until it is dropped; the request asked for is kept in `globalThis.asked`.
struct Network {
    fetch: JsValue,
}

impl Network {
    fn answering(answer: &str) -> Self {
        let fetch = global("fetch").unwrap();
        let stand_in = Function::new_with_args("request", &format!("globalThis.asked = request; {answer}"));
        Reflect::set(&js_sys::global(), &"fetch".into(), &stand_in).unwrap();
        Self { fetch }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        Reflect::set(&js_sys::global(), &"fetch".into(), &self.fetch).unwrap();
    }
}

fn asked(name: &str) -> String {
    field(&global("asked").unwrap(), name).unwrap().as_string().unwrap()
}

fn post() -> http::Request<Vec<u8>> {
    http::Request::post("https://graph.test/v1.0/me?$select=id,a%20b")
        .header("Authorization", "Bearer x")
        .header("Content-Type", "application/json")
        .body(b"{}".to_vec())
        .unwrap()
}

#[wasm_bindgen_test]
async fn a_request_carries_what_was_asked_for_and_nothing_of_the_browser() {
    let _network = Network::answering(
        "return request.clone().text().then((text) => new Response(`got ${text}`, { status: 429, headers: { 'Retry-After': '7', 'request-id': 'b' } }))",
    );
    let answer = exchange(post(), LONG).await.unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers().get("retry-after").unwrap(), "7");
    assert_eq!(answer.headers().get("request-id").unwrap(), "b");
    assert_eq!(answer.body(), b"got {}");
    assert_eq!(asked("method"), "POST");
    assert_eq!(asked("url"), "https://graph.test/v1.0/me?$select=id,a%20b");
    assert_eq!(asked("redirect"), "error");
    assert_eq!(asked("credentials"), "omit");
    assert_eq!(asked("cache"), "no-store");
    assert_eq!(asked("referrerPolicy"), "no-referrer");
    let headers = field(&global("asked").unwrap(), "headers").unwrap().unchecked_into::<web_sys::Headers>();
    assert_eq!(headers.get("authorization").unwrap().as_deref(), Some("Bearer x"));
    assert_eq!(headers.get("content-type").unwrap().as_deref(), Some("application/json"));
}

#[wasm_bindgen_test]
async fn silence_ends_in_a_time_out_and_any_other_failure_is_unreachable() {
    let silence = "return new Promise((_, refuse) => request.signal.addEventListener('abort', () => refuse(request.signal.reason)))";
    let network = Network::answering(silence);
    assert_eq!(exchange(post(), Duration::from_millis(5)).await.unwrap_err(), NetError::TimedOut);
    drop(network);
    let network = Network::answering("return Promise.reject(new TypeError('Failed to fetch'))");
    assert_eq!(exchange(post(), LONG).await.unwrap_err(), NetError::Unreachable);
    drop(network);
    // Cut off in the middle of the body.
    let _network = Network::answering(
        "return Promise.resolve(new Response(new ReadableStream({ pull(c) { c.error(new TypeError('cut')) } })))",
    );
    assert_eq!(exchange(post(), LONG).await.unwrap_err(), NetError::Unreachable);
}

#[wasm_bindgen_test]
async fn an_exchange_nobody_waits_for_is_called_off() {
    let _network = Network::answering("return new Promise(() => {})");
    {
        let mut exchange = Box::pin(exchange(post(), LONG));
        assert!(futures::poll!(&mut exchange).is_pending());
    }
    let signal = field(&global("asked").unwrap(), "signal").unwrap();
    assert_eq!(field(&signal, "aborted"), Some(JsValue::TRUE));
}

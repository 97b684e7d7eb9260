//! Starts the engine's dedicated worker and tells it whether the person sees the page. It lives as long as the page; what kills it is
//! reported, because a worker that dies silently looks like an app that hangs.

use crate::global::{call, field, global, listen, object, trusted, words};
use crate::page::{is_visible, on_hidden, on_visible};
use js_sys::{Array, Function, Reflect};
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker};

const SCRIPT: &str = "/worker.js";

/// Starts the worker; `fatal` gets the words of whatever stops it.
pub fn start(fatal: impl Fn(String) + 'static) {
    let fatal: Rc<dyn Fn(String)> = Rc::new(fatal);
    let worker = match create() {
        Ok(worker) => worker,
        Err(thrown) => return fatal(words(&thrown)),
    };
    let on_message = {
        let fatal = fatal.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = field(&event.data(), "fatal").and_then(|text| text.as_string()) {
                fatal(text);
            }
        })
    };
    let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
        // A script that could not be loaded sends a plain event, which has no message.
        let message = field(&event, "message").and_then(|text| text.as_string()).filter(|text| !text.is_empty());
        fatal(message.unwrap_or_else(|| "the engine could not be loaded".to_owned()));
    });
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    on_message.forget();
    on_error.forget();
    // The listeners keep the worker for the page's life.
    let tell = move || {
        // Fails only for what cannot be copied.
        let _ = call(&worker, "postMessage", &[object([("seen", JsValue::from_bool(is_visible()))]).into()]);
    };
    tell();
    on_visible(tell.clone());
    on_hidden(tell);
}

/// In the worker: calls `then` with whether the person sees its page, now and whenever that changes.
pub fn on_seen(then: impl Fn(bool) + 'static) {
    // The worker's script hears the page from its first line on, and keeps the last word.
    let tell = move || then(global("petrelSeen").is_some_and(|seen| seen.is_truthy()));
    tell();
    listen(js_sys::global().unchecked_ref(), "message", tell);
}

/// `new Worker` by name, because the typed constructor takes text where Trusted Types ask for a TrustedScriptURL.
fn create() -> Result<Worker, JsValue> {
    let address = trusted("url", "createScriptURL", SCRIPT)?;
    let constructor = global("Worker").and_then(|value| value.dyn_into::<Function>().ok());
    let constructor = constructor.ok_or_else(|| JsValue::from_str("this browser has no workers"))?;
    Reflect::construct(&constructor, &Array::of1(&address)).map(JsCast::unchecked_into)
}

//! What was really painted, and when: marks for measuring, and a way to wait for the paint.

use super::window;
use crate::global::{call, global, object};
use gloo_timers::callback::Timeout;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// Leaves a mark in the browser's timeline, with `{id}` as its detail where there is an id.
pub fn mark(name: &str, id: Option<&str>) {
    let Some(performance) = global("performance") else { return };
    let options = match id {
        Some(id) => object([("detail", object([("id", JsValue::from_str(id))]).into())]).into(),
        None => JsValue::UNDEFINED,
    };
    // A mark that cannot be left harms nobody.
    drop(call(&performance, "mark", &[JsValue::from_str(name), options]));
}

/// Calls `then` once what was changed until now is on the screen.
pub fn after_paint(then: impl FnOnce() + 'static) {
    let Some(window) = window() else { return };
    // A frame's callbacks run before its paint; the next task runs after it.
    let before_paint = Closure::once_into_js(move || {
        Timeout::new(0, then).forget();
    });
    drop(window.request_animation_frame(before_paint.unchecked_ref()));
}

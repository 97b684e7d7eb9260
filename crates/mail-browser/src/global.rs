//! What the page and the workers have in common: names looked up on the global scope, so that no code asks for a window
//! it may not have. A name the browser lacks is an answer here, not an exception.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::EventTarget;

/// A field of an object, if it is there.
pub(crate) fn field(of: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(of, &JsValue::from_str(name)).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

/// A name of the global scope, if the browser has it and gives it to us.
pub(crate) fn global(name: &str) -> Option<JsValue> {
    field(&js_sys::global(), name)
}

/// A field of `navigator`, which pages and workers both have.
pub(crate) fn navigator(name: &str) -> Option<JsValue> {
    field(&global("navigator")?, name)
}

/// Calls a method.
///
/// # Errors
/// What the method threw, or `undefined` when there is no such method.
pub(crate) fn call(of: &JsValue, method: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let method = field(of, method).and_then(|value| value.dyn_into::<Function>().ok()).ok_or(JsValue::UNDEFINED)?;
    Reflect::apply(&method, of, &arguments.iter().collect::<Array>())
}

/// Calls a method and waits for its promise; `None` when anything of it fails.
pub(crate) async fn call_and_wait(of: &JsValue, method: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let promise = call(of, method, arguments).ok()?.dyn_into::<Promise>().ok()?;
    JsFuture::from(promise).await.ok()
}

/// An object literal.
pub(crate) fn object<const COUNT: usize>(fields: [(&str, JsValue); COUNT]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // Only fails on frozen objects and proxies, which a fresh object is not.
        let _ = Reflect::set(&object, &JsValue::from_str(name), &value);
    }
    object
}

/// Listens to an event for as long as the page or worker lives.
pub(crate) fn listen(target: &EventTarget, event: &str, then: impl Fn() + 'static) {
    let then = Closure::<dyn FnMut()>::new(then);
    // Refused only for a null listener.
    let _ = target.add_event_listener_with_callback(event, then.as_ref().unchecked_ref());
    then.forget();
}

/// What was thrown, in words.
pub(crate) fn words(thrown: &JsValue) -> String {
    match thrown.dyn_ref::<Object>() {
        Some(object) => String::from(object.to_string()),
        None => thrown.as_string().unwrap_or_else(|| "nothing was said".to_owned()),
    }
}

/// Text as one of the app's Trusted Types policies lets it through; plain text where the page has set up none.
///
/// # Errors
/// What the policy threw when it refused the text.
pub(crate) fn trusted(policy: &str, method: &str, text: &str) -> Result<JsValue, JsValue> {
    let text = JsValue::from_str(text);
    match global("petrelPolicies").and_then(|policies| field(&policies, policy)) {
        Some(policy) => call(&policy, method, &[text]),
        None => Ok(text),
    }
}

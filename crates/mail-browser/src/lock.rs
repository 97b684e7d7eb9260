//! Web Locks: one holder among all tabs and workers of this origin, released by the browser even when the holder crashes.
//! `web-sys` has them behind an unstable flag only, hence the calls by name.

use crate::global::{call, navigator, object};
use futures::channel::oneshot;
use js_sys::{Function, Promise};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// A lock that is held; dropping it releases it.
#[must_use = "dropping it releases the lock"]
#[derive(Debug)]
pub struct Held {
    release: Option<Function>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(release) = &self.release {
            // Resolving a promise does not throw.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Waits until this name is ours alone, however long that takes. Dropping the future gives up the place in the queue.
/// Where the browser has no locks it returns at once: the store's fence still keeps two leaders apart.
pub async fn hold(name: &str) -> Held {
    let Some(locks) = navigator("locks") else { return Held { release: None } };
    let (sender, granted) = oneshot::channel();
    // Shared with the watcher below: when the request fails, dropping the sender ends the wait.
    let sender = Rc::new(RefCell::new(Some(sender)));
    let on_granted = {
        let sender = sender.clone();
        Closure::once_into_js(move |_lock: JsValue| {
            let mut release = None;
            let until_released = Promise::new(&mut |resolve, _reject| release = Some(resolve));
            let held = Held { release };
            // Nobody waits any more: the guard comes back and is dropped, which releases the lock at once.
            if let Some(sender) = sender.borrow_mut().take() {
                drop(sender.send(held));
            }
            until_released
        })
    };
    let options = object([("mode", JsValue::from_str("exclusive"))]);
    let request = call(&locks, "request", &[JsValue::from_str(name), options.into(), on_granted]);
    let Some(request) = request.ok().and_then(|value| value.dyn_into::<Promise>().ok()) else {
        return Held { release: None };
    };
    spawn_local(async move {
        // Settles when the lock was released or the request failed.
        let _ = JsFuture::from(request).await;
        sender.borrow_mut().take();
    });
    granted.await.unwrap_or(Held { release: None })
}

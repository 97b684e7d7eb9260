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
#[derive(Debug, Default)]
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
    request(name, false, false).await.unwrap_or_default()
}

/// Makes this name ours if nobody holds it or waits for it.
pub async fn hold_if_free(name: &str) -> Option<Held> {
    request(name, true, false).await
}

/// Makes this name ours at once. Whoever held it is not told: only for one that is frozen, and where a fence keeps it harmless.
pub async fn seize(name: &str) -> Held {
    request(name, false, true).await.unwrap_or_default()
}

/// `None`: it is somebody else's.
async fn request(name: &str, if_free: bool, seize: bool) -> Option<Held> {
    let Some(locks) = navigator("locks") else { return Some(Held::default()) };
    let (sender, granted) = oneshot::channel();
    // Shared with the watcher below: when the request fails, dropping the sender ends the wait.
    let sender = Rc::new(RefCell::new(Some(sender)));
    let on_granted = {
        let sender = sender.clone();
        Closure::once_into_js(move |lock: JsValue| {
            let mut release = None;
            let until_released = Promise::new(&mut |resolve, _reject| release = Some(resolve));
            let held = Held { release };
            // Nobody waits any more, or nothing was granted: the guard is dropped, which releases the lock at once.
            if let Some(sender) = sender.borrow_mut().take() {
                drop(sender.send((!lock.is_null()).then_some(held)));
            }
            until_released
        })
    };
    let options = object([("ifAvailable", JsValue::from_bool(if_free)), ("steal", JsValue::from_bool(seize))]);
    let request = call(&locks, "request", &[JsValue::from_str(name), options.into(), on_granted]);
    let Some(request) = request.ok().and_then(|value| value.dyn_into::<Promise>().ok()) else {
        return Some(Held::default());
    };
    spawn_local(async move {
        // Settles when the lock was released or seized, or when the request failed.
        let _ = JsFuture::from(request).await;
        sender.borrow_mut().take();
    });
    granted.await.unwrap_or(Some(Held::default()))
}

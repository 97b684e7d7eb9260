//! The service worker: registering it, telling when a newer build waits, asking it to work when no tab can, and forgetting its
//! caches. Without service workers everything here is silent: the app works, only not offline from its address.

use crate::global::{call, call_and_wait, field, global, listen, navigator, object, trusted};
use futures::future::join_all;
use js_sys::{Array, Date};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{CacheStorage, ServiceWorker, ServiceWorkerContainer, ServiceWorkerRegistration};

const SCRIPT: &str = "/sw.js";
const CACHES: &str = "petrel-";
/// What `sw.js` calls the wake-ups it answers.
const OUTBOX: &str = "petrel-outbox";
const MAIL: &str = "petrel-mail";
/// Milliseconds between two wake-ups for mail; browsers make it longer for apps that are seldom used.
const MAIL_EVERY: f64 = 3_600_000.0;
/// Milliseconds between two looks for a newer build.
const LOOK_EVERY: f64 = 3_600_000.0;

/// Registers the service worker; `update_ready` is called when a newer build waits for this page to let go.
pub fn register(update_ready: impl Fn() + 'static) {
    let Some(container) = container() else { return };
    spawn_local(async move {
        let Ok(address) = trusted("url", "createScriptURL", SCRIPT) else { return };
        let options = object([("updateViaCache", JsValue::from_str("none"))]);
        let Some(registration) = call_and_wait(&container, "register", &[address, options.into()]).await else {
            return;
        };
        let registration: ServiceWorkerRegistration = registration.unchecked_into();
        watch(&container, &registration, Rc::new(update_ready));
        // Only where the app is installed and the browser has this.
        if let Some(periodic) = field(&registration, "periodicSync") {
            let options = object([("minInterval", JsValue::from_f64(MAIL_EVERY))]);
            call_and_wait(&periodic, "register", &[MAIL.into(), options.into()]).await;
        }
        look_when_visible(registration);
    });
}

/// Tells of a worker that waits already, and of each that comes to wait.
fn watch(container: &ServiceWorkerContainer, registration: &ServiceWorkerRegistration, ready: Rc<dyn Fn()>) {
    let tell = {
        let (container, registration) = (container.clone(), registration.clone());
        // On a very first visit there is no controller and nothing is an update.
        move || {
            if container.controller().is_some() && registration.waiting().is_some() {
                ready();
            }
        }
    };
    tell();
    let on_found = {
        let registration = registration.clone();
        move || {
            if let Some(installing) = registration.installing() {
                listen(&installing, "statechange", tell.clone());
            }
        }
    };
    on_found();
    listen(registration, "updatefound", on_found);
}

/// Looks for a newer build whenever the person comes back to the page, at most once an hour.
fn look_when_visible(registration: ServiceWorkerRegistration) {
    let last = Cell::new(Date::now());
    crate::page::on_visible(move || {
        if Date::now() - last.get() >= LOOK_EVERY {
            last.set(Date::now());
            let registration = registration.clone();
            spawn_local(async move {
                // Without a network there is simply nothing newer.
                call_and_wait(&registration, "update", &[]).await;
            });
        }
    });
}

/// Lets the waiting build take over, and reloads the page when it has.
pub fn activate_update() {
    let Some(container) = container() else { return };
    spawn_local(async move {
        let Some(waiting) = registration(&container).await.and_then(|registration| registration.waiting()) else {
            return;
        };
        listen(&container, "controllerchange", crate::page::reload);
        say(&waiting, "activate");
    });
}

/// Asks the service worker to keep the app's files again, after [`forget_caches`].
pub fn keep() {
    let Some(container) = container() else { return };
    spawn_local(async move {
        if let Some(active) = registration(&container).await.and_then(|registration| registration.active()) {
            say(&active, "keep-shell");
        }
    });
}

/// Has the browser wake the service worker for the outbox once there is a network, where it offers that.
pub fn send_later() {
    let Some(container) = container() else { return };
    spawn_local(async move {
        if let Some(sync) = registration(&container).await.and_then(|registration| field(&registration, "sync")) {
            call_and_wait(&sync, "register", &[OUTBOX.into()]).await;
        }
    });
}

/// Asks the service worker to see to the outbox from now on: this page may be about to close, and then nothing but a message
/// leaves it any more.
pub fn send_without_me() {
    if let Some(controller) = container().and_then(|container| container.controller()) {
        say(&controller, "outbox");
    }
}

/// Deletes every cache of this app.
pub async fn forget_caches() {
    let Some(caches) = global("caches") else { return };
    let caches: CacheStorage = caches.unchecked_into();
    let Ok(names) = JsFuture::from(caches.keys()).await else { return };
    let names: Array = names.unchecked_into();
    let ours = names.iter().filter_map(|name| name.as_string());
    let deletions = ours.filter(|name| name.starts_with(CACHES)).map(|name| JsFuture::from(caches.delete(&name)));
    // A cache that is gone already is as good as deleted.
    join_all(deletions).await;
}

/// `None` where there are no service workers, as in some private windows.
fn container() -> Option<ServiceWorkerContainer> {
    navigator("serviceWorker").map(JsCast::unchecked_into)
}

async fn registration(container: &ServiceWorkerContainer) -> Option<ServiceWorkerRegistration> {
    let found = call_and_wait(container, "getRegistration", &[]).await?;
    field(&found, "scope").map(|_| found.unchecked_into())
}

fn say(worker: &ServiceWorker, word: &str) {
    // Fails only for a worker that is gone, and then there is nobody to tell.
    let _ = call(worker, "postMessage", &[object([("type", JsValue::from_str(word))]).into()]);
}

//! The page's address. Only its fragment changes while the app runs, so that every address opens the same page.

use super::window;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

#[derive(Default)]
struct Listening {
    /// The fragment everybody knows of.
    known: String,
    listeners: Vec<Rc<dyn Fn(String)>>,
}

thread_local! {
    static LISTENING: RefCell<Listening> = RefCell::default();
}

/// The origin of the page, such as `https://mail.example.com`.
pub fn origin() -> String {
    window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// The fragment as it stands in the address, without its `#`.
pub fn fragment() -> String {
    let hash = window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
    hash.strip_prefix('#').map(str::to_owned).unwrap_or(hash)
}

/// Changes the fragment in place; an empty one leaves no `#`. [`on_fragment`] does not hear of it.
pub fn replace_fragment(fragment: &str) {
    change(fragment, false);
}

/// Changes the fragment as a step the person can go back from. [`on_fragment`] does not hear of it.
pub fn push_fragment(fragment: &str) {
    change(fragment, true);
}

fn change(new: &str, as_step: bool) {
    let Some(history) = window().and_then(|window| window.history().ok()) else { return };
    let address = if new.is_empty() { "/".to_owned() } else { format!("/#{new}") };
    let changed = if as_step {
        history.push_state_with_url(&JsValue::NULL, "", Some(&address))
    } else {
        history.replace_state_with_url(&JsValue::NULL, "", Some(&address))
    };
    // Browsers refuse hundreds of changes within seconds; the address then stays behind, the app does not.
    drop(changed);
    LISTENING.with_borrow_mut(|listening| listening.known = fragment());
}

/// Goes back one step.
pub fn back() {
    if let Some(history) = window().and_then(|window| window.history().ok()) {
        // Throws only for pages that are being left.
        drop(history.back());
    }
}

/// Calls `changed` with the new fragment whenever the person goes back or forth or edits the address: once each time,
/// although browsers tell it twice.
pub fn on_fragment(changed: impl Fn(String) + 'static) {
    let first = LISTENING.with_borrow_mut(|listening| {
        listening.listeners.push(Rc::new(changed));
        listening.listeners.len() == 1
    });
    let Some(window) = window().filter(|_| first) else { return };
    LISTENING.with_borrow_mut(|listening| listening.known = fragment());
    let tell = Closure::<dyn FnMut()>::new(tell);
    for event in ["popstate", "hashchange"] {
        // Refused only for a null listener.
        let _ = window.add_event_listener_with_callback(event, tell.as_ref().unchecked_ref());
    }
    tell.forget();
}

fn tell() {
    let now = fragment();
    let listeners = LISTENING.with_borrow_mut(|listening| {
        if listening.known == now {
            return Vec::new();
        }
        listening.known.clone_from(&now);
        listening.listeners.clone()
    });
    for listener in listeners {
        listener(now.clone());
    }
}

/// Leaves the page for another address.
pub fn go_to(url: &str) {
    if let Some(window) = window() {
        // Throws only for what is no address.
        drop(window.location().assign(url));
    }
}

/// Loads the page anew.
pub fn reload() {
    if let Some(window) = window() {
        drop(window.location().reload());
    }
}

//! Moments in the page's life: the network comes and goes, the person looks here or away, a while has passed.
//! Listeners stay for the page's life.

use super::{document, window};
use crate::global::listen;
use crate::ports::timer_millis;
use gloo_timers::callback::Timeout;
use std::rc::Rc;
use std::time::Duration;
use web_sys::VisibilityState;

fn on_window(event: &str, then: impl Fn() + 'static) {
    if let Some(window) = window() {
        listen(&window, event, then);
    }
}

fn on_visibility(wanted: VisibilityState, then: impl Fn() + 'static) {
    let Some(document) = document() else { return };
    let same = document.clone();
    listen(&document, "visibilitychange", move || {
        if same.visibility_state() == wanted {
            then();
        }
    });
}

/// Calls `then` whenever the device joins a network.
pub fn on_online(then: impl Fn() + 'static) {
    on_window("online", then);
}

/// Calls `then` whenever the device leaves its network.
pub fn on_offline(then: impl Fn() + 'static) {
    on_window("offline", then);
}

/// Calls `then` whenever the page becomes visible again.
pub fn on_visible(then: impl Fn() + 'static) {
    on_visibility(VisibilityState::Visible, then);
}

/// Calls `then` whenever the page is hidden or left: the last moment that is certain to come.
pub fn on_hidden(then: impl Fn() + 'static) {
    let then = Rc::new(then);
    on_visibility(VisibilityState::Hidden, {
        let then = then.clone();
        move || then()
    });
    on_window("pagehide", move || then());
}

/// Whether the person can see the page.
pub fn is_visible() -> bool {
    document().is_some_and(|document| document.visibility_state() == VisibilityState::Visible)
}

/// Whether the device has a network at all; having one does not mean that anybody answers.
pub fn is_online() -> bool {
    window().is_none_or(|window| window.navigator().on_line())
}

/// Something that will happen; dropping it calls it off.
#[must_use = "dropping it calls it off"]
#[derive(Debug)]
pub struct Timer(Timeout);

impl Timer {
    /// Lets it happen whatever becomes of this handle.
    pub fn detach(self) {
        self.0.forget();
    }
}

/// Calls `then` after a while.
pub fn after(wait: Duration, then: impl FnOnce() + 'static) -> Timer {
    Timer(Timeout::new(timer_millis(wait), then))
}

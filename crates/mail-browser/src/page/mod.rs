//! What only the page does: its address, its memory, its moments, words in the person's language, and the frame mail is
//! shown in. Nothing here works in a worker.

mod address;
mod css;
mod frame;
mod memory;
mod moments;
mod paint;
mod rows;
mod sanitize;
mod save;
#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
mod text;
mod words;

use crate::global::call_and_wait;
use crate::global::navigator;
use gloo_net::http::RequestBuilder;
use mail_core::error::NetError;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Document, HtmlElement, RequestCache, RequestCredentials, Window};

pub use address::{back, fragment, go_to, on_fragment, origin, push_fragment, reload, replace_fragment};
pub use frame::{blank_pictures, fill_frame, show_picture};
pub use memory::{choose, forget, is_chosen, is_marked_kept, mark_kept, recall, remember};
pub use moments::{Timer, after, is_online, is_visible, on_hidden, on_offline, on_online, on_visible};
pub use paint::{after_paint, mark};
pub use rows::{RowElements, row_attribute, set_height};
pub use save::save;
pub use text::html_to_text;
pub use web_sys::HtmlIFrameElement as Frame;
pub use words::{compare_names, format_bytes, language, locale_full_time, locale_month, locale_time, now_millis};

/// Narrower than this, in CSS pixels, the page shows one pane at a time.
const WIDE: &str = "(min-width: 600px)";

fn window() -> Option<Window> {
    web_sys::window()
}

fn document() -> Option<Document> {
    window()?.document()
}

/// Puts the keyboard's focus on the first element this CSS selector finds, if there is one.
pub fn focus_selector(css: &str) {
    let found = document().and_then(|document| document.query_selector(css).ok().flatten());
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // Focusing something that takes no focus does nothing.
        let _ = element.focus();
    }
}

/// Whether there is room for more than one pane.
pub fn is_wide() -> bool {
    let query = window().and_then(|window| window.match_media(WIDE).ok().flatten());
    query.is_none_or(|query| query.matches())
}

/// Removes the picture of the app that stands in the page until the app itself does.
pub fn remove_boot() {
    if let Some(boot) = document().and_then(|document| document.get_element_by_id("boot")) {
        boot.remove();
    }
}

/// Destroys the picture of the screen that is kept for the next start (`public/picture.js`), and lets none be taken.
pub fn forget_picture() {
    if let (Some(window), Ok(event)) = (window(), web_sys::Event::new("petrel-forget")) {
        // Fails only for an event that is being dispatched already.
        drop(window.dispatch_event(&event));
    }
}

/// Sets the title of the tab.
pub fn set_title(text: &str) {
    if let Some(document) = document() {
        document.set_title(text);
    }
}

/// The text of the settings file, `/config.json`; an answer that is an error still has a text, which names no field.
///
/// # Errors
/// When there was no answer at all.
pub async fn config_text() -> Result<String, NetError> {
    let request =
        RequestBuilder::new("/config.json").cache(RequestCache::NoStore).credentials(RequestCredentials::SameOrigin);
    let answer = request.send().await.map_err(|_| NetError::Unreachable)?;
    answer.text().await.map_err(|_| NetError::Unreachable)
}

/// Asks the browser not to drop what is stored here when the device runs short of room.
pub fn keep_storage() {
    spawn_local(async {
        if let Some(storage) = navigator("storage") {
            // Refused or not, the app works the same.
            call_and_wait(&storage, "persist", &[]).await;
        }
    });
}

//! Saving a file as the browser saves any download. Whatever its sender called it, the browser gets bytes without a type and a
//! name that was made safe, so that nothing of it is ever opened within this page's origin.

use super::{after, document};
use crate::file::{FileBytes, give_back};
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The type that says nothing.
const BYTES: &str = "application/octet-stream";
/// Longer than any browser takes from the click to reading the bytes.
const READ_WITHIN: Duration = Duration::from_secs(60);

/// Has the browser save a file under this name; says whether it could be asked to.
pub fn save(bytes: &FileBytes, name: &str) -> bool {
    let Some(address) = bytes.address(BYTES) else { return false };
    let link = document().and_then(|document| document.create_element("a").ok());
    let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) else { return false };
    super::sanitize::set(&link, "href", &address);
    super::sanitize::set(&link, "download", name);
    link.click();
    after(READ_WITHIN, move || give_back(&address)).detach();
    true
}

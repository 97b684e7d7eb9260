//! Last words: a panic reaches the console with its place before the program stops.
//! Nothing here carries content of mail.

use wasm_bindgen::JsValue;

/// Prints panics to the console as errors, from now on.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|panic| web_sys::console::error_1(&JsValue::from_str(&panic.to_string()))));
}

/// Prints a warning to the console.
pub fn warn(text: &str) {
    web_sys::console::warn_1(&JsValue::from_str(text));
}

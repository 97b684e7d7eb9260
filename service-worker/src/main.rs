//! Hosts the engine off the page: in a dedicated worker of each tab, where a Web Lock lets one of them lead, and in the service
//! worker when the browser wakes it. The scripts that load this program call what is exported here.

mod leader;
mod ports;
mod post;
mod wake;

use leader::Leader;
use mail_core::hosts::Errand;
use wasm_bindgen::prelude::wasm_bindgen;

/// The lock of whoever leads. It is the refresh token's lock as well: only the leader redeems it.
const LEADERSHIP: &str = "petrel-engine";

fn main() {
    mail_browser::diagnostics::report_panics();
}

/// In a tab's worker: leads whenever it is this tab's turn, for as long as the worker lives.
#[wasm_bindgen]
pub fn lead() {
    wasm_bindgen_futures::spawn_local(async { Leader::new().host().await });
}

/// In the service worker: does what the browser woke it for, with the settings' text. `mail`: whatever is new, else the outbox.
///
/// # Errors
/// When something still waits in the outbox, so that the browser has to try again.
#[wasm_bindgen]
pub async fn wake(mail: bool, settings: String) -> Result<(), String> {
    wake::wake(if mail { Errand::Mail } else { Errand::Outbox }, &settings).await
}

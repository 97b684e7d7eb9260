//! Hosts the engine in a dedicated worker. Every tab starts one; a Web Lock lets one of them lead,
//! and the others wait for their turn, so that a closed tab is replaced at once.

mod leader;
mod ports;

use leader::Leader;

/// The lock of whoever leads. It is the refresh token's lock as well: only the leader redeems it.
const LEADERSHIP: &str = "petrel-engine";

fn main() {
    mail_browser::diagnostics::report_panics();
    wasm_bindgen_futures::spawn_local(async {
        let _leadership = mail_browser::lock::hold(LEADERSHIP).await;
        Leader::new().lead().await;
    });
}

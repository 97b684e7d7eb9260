//! Petrel, a mail client for Microsoft 365: the program that runs on the page.

mod app;
mod client;
mod state;
mod ui;

use mail_browser::{diagnostics, page};

fn main() {
    diagnostics::report_panics();
    let fragment = page::fragment();
    let returned = mail_core::auth::returned(&fragment);
    if returned.is_some() {
        // The answer of the authority is a secret: it leaves the address before anything else happens.
        page::replace_fragment("");
    }
    app::run(state::Returning(returned));
}

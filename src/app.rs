//! The app put together: the state begins, the page is drawn from it.

use crate::state::{self, App, Returning, Screen};
use crate::ui::Root;
use leptos::prelude::*;
use mail_browser::page;

/// Draws the app and starts it; `returning` is what the authority sent the person back with.
pub(crate) fn run(returning: Returning) {
    leptos::mount::mount_to_body(move || {
        let app = App::new();
        provide_context(app);
        state::start(app, returning);
        // The still picture of the page's file lies over everything until there is something to see.
        Effect::new(move |gone: Option<bool>| {
            let here = app.screen.with(|screen| *screen != Screen::Starting);
            if here && gone != Some(true) {
                page::remove_boot();
            }
            here
        });
        view! { <Root /> }
    });
}

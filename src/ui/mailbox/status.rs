//! The footer: how mail arrives just now, what waits to be sent, and a newer version if one is ready.
//! Always in the same place, never in the way.

use super::outbox::OutboxLine;
use crate::state::use_app;
use crate::ui::kit::{Icon, IconButton, TextButton, icon};
use crate::ui::text;
use leptos::prelude::*;
use mail_core::protocol::Live;

const fn mark(live: Live) -> &'static str {
    match live {
        Live::Live => "live",
        Live::Polling => "polling",
        Live::Offline => "offline",
        Live::SignedOut => "signed-out",
    }
}

/// The footer.
#[component]
pub(super) fn Footer() -> AnyView {
    let app = use_app();
    let signed_out = Memo::new(move |_| app.live.get() == Live::SignedOut);
    let check = move || {
        if signed_out.get() {
            view! { <TextButton label=text::SIGN_IN look="small" on_press=move |()| app.sign_in() /> }.into_any()
        } else {
            view! { <IconButton label=text::CHECK_NOW glyph=Icon::Refresh class="small" on_press=move |()| app.sync_now() /> }.into_any()
        }
    };
    view! {
        <footer class="foot">
            <p class="live" data-live=move || mark(app.live.get()) aria-live="polite">
                <span class="live-dot" aria-hidden="true"></span>
                {move || text::live(app.live.get())}
            </p>
            {check}
            {move || app.filling.get().map(|words| view! { <p class="filling">{words}</p> })}
            <OutboxLine />
            <span class="gap"></span>
            {move || app.update.get().then(|| view! {
                <TextButton label=text::RELOAD_FOR_UPDATE look="small" on_press=move |()| app.reload_for_update() />
            })}
            <button type="button" class="help-button" title=text::KEYBOARD_SHORTCUTS aria-label=text::KEYBOARD_SHORTCUTS
                on:click=move |_| app.help.set(true)>
                {icon(Icon::Keyboard)}
            </button>
        </footer>
    }
    .into_any()
}

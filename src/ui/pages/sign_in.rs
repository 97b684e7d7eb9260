//! The page for somebody who is not signed in: what this is, one button, and why the last try failed if it did.

use crate::state::{Screen, use_app};
use crate::ui::kit::logo;
use crate::ui::text;
use leptos::prelude::*;
use mail_core::protocol::SignInTrouble;

fn busy(screen: &Screen) -> bool {
    match screen {
        Screen::SignedOut { busy, .. } => *busy,
        Screen::Starting | Screen::Misconfigured(_) | Screen::StoreRefused | Screen::Mail => false,
    }
}

fn trouble(screen: &Screen) -> Option<&SignInTrouble> {
    match screen {
        Screen::SignedOut { trouble, .. } => trouble.as_ref(),
        Screen::Starting | Screen::Misconfigured(_) | Screen::StoreRefused | Screen::Mail => None,
    }
}

/// The sign-in page.
#[component]
pub(in crate::ui) fn SignIn() -> AnyView {
    let app = use_app();
    let busy = Memo::new(move |_| app.screen.with(busy));
    let trouble = move || app.screen.with(|screen| trouble(screen).map(text::sign_in_trouble));
    let words = move || if busy.get() { text::SIGN_IN_BUSY } else { text::SIGN_IN };
    view! {
        <main class="page" data-live="signed-out">
            <div class="page-card" data-kind="welcome">
                {logo()}
                <h1>{text::PETREL}</h1>
                {move || app.environment.get().map(|name| view! { <p class="tag">{name}</p> })}
                <p class="lead">{text::SIGN_IN_PROMISE}</p>
                {move || app.evicted.get().then(|| view! { <p class="trouble" role="status">{text::EVICTED}</p> })}
                <button type="button" class="button" data-look="primary" data-size="large" aria-disabled=move || busy.get().to_string()
                    on:click=move |_| if !busy.get_untracked() { app.sign_in() }>
                    {words}
                </button>
                <div role="alert">{move || trouble().map(|words| view! { <p class="trouble">{words}</p> })}</div>
                <p class="fine">{text::SIGN_IN_HOW}</p>
            </div>
        </main>
    }
    .into_any()
}

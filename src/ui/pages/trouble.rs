//! Pages for an installation that cannot work: each says what is wrong and what to do.

use crate::state::{Screen, use_app};
use crate::ui::kit::logo;
use crate::ui::text;
use leptos::prelude::*;
use mail_core::config::ConfigError;

fn problem(screen: &Screen) -> Option<&ConfigError> {
    match screen {
        Screen::Misconfigured(error) => Some(error),
        Screen::Starting | Screen::SignedOut { .. } | Screen::StoreRefused | Screen::Mail => None,
    }
}

/// `config.json` cannot be used: names the field.
#[component]
pub(in crate::ui) fn Misconfigured() -> AnyView {
    let app = use_app();
    let details = move || {
        app.screen.with(|screen| {
            problem(screen).map(|error| {
                view! {
                    <p class="lead">{text::config_problem(error)}</p>
                    {text::config_field(error).map(|name| view! { <p><code class="field-name">{name}</code></p> })}
                    {text::config_advice(error).map(|words| view! { <p>{words}</p> })}
                }
            })
        })
    };
    view! {
        <main class="page">
            <div class="page-card">
                {logo()}
                <h1>{text::CONFIG_TITLE}</h1>
                {details}
                <p>{text::CONFIG_REST}</p>
            </div>
        </main>
    }
    .into_any()
}

/// The browser refuses to store anything.
#[component]
pub(in crate::ui) fn StoreRefused() -> AnyView {
    view! {
        <main class="page">
            <div class="page-card">
                {logo()}
                <h1>{text::STORE_TITLE}</h1>
                <p class="lead">{text::STORE_WHY}</p>
                <p>{text::STORE_HOW}</p>
                <p><a class="button" data-look="primary" href="">{text::RELOAD}</a></p>
            </div>
        </main>
    }
    .into_any()
}

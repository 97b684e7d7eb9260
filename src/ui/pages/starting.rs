//! The moment before anything is known: the mailbox's shape without content, which the style sheet
//! keeps invisible for the first 150 ms so that a quick start shows nothing at all.

use crate::ui::text;
use leptos::prelude::*;

/// The mailbox's shape.
#[component]
pub(in crate::ui) fn Starting() -> AnyView {
    view! {
        <main class="shell starting" aria-busy="true" aria-label=text::LOADING>
            <h1 class="unseen">{text::PETREL}</h1>
            <div class="top"></div>
            <div class="folders"></div>
            <div class="panes">
                <div class="list-pane">
                    <div class="pane-head"></div>
                    {(0..9).map(|_| view! { <div class="ghost-row"><i></i><b></b><b></b><b></b></div> }).collect_view()}
                </div>
                <div class="reading-pane"></div>
            </div>
            <div class="foot"></div>
        </main>
    }
    .into_any()
}

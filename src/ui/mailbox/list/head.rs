//! The list's heading: which folder this is, how much is in it, and whether messages or conversations are listed.

use crate::state::use_app;
use crate::ui::keyboard::{self, Action};
use crate::ui::kit::{Icon, icon};
use crate::ui::text;
use leptos::prelude::*;

/// The heading.
#[component]
pub(super) fn ListHead() -> AnyView {
    let app = use_app();
    let folder = Memo::new(move |_| {
        let open = app.folder.get();
        app.folders
            .with(|rows| rows.iter().find(|row| Some(&row.folder.id) == open.as_ref()).map(|row| row.folder.clone()))
    });
    let name = move || {
        folder.with(|folder| folder.as_ref().map_or_else(|| text::MESSAGES.to_owned(), |folder| folder.name.clone()))
    };
    let summary =
        move || folder.with(|folder| folder.as_ref().map(|folder| text::folder_summary(folder.total, folder.unread)));
    view! {
        <div class="pane-head list-head">
            <h1 dir="auto">{name}</h1>
            <p class="list-summary">{summary}</p>
            <button type="button" class="icon-button group" aria-label=text::GROUP
                title=text::with_key(text::GROUP, keyboard::key_of(Action::Group))
                aria-pressed=move || app.grouped.get().to_string() on:click=move |_| app.toggle_grouping()>
                {icon(Icon::Conversation)}
            </button>
        </div>
    }
    .into_any()
}

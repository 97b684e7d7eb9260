//! The message list: a grid of which only the rows in view exist. The grid is one stop for the Tab key and keeps
//! the focus itself, so that giving a row's elements to another row never loses it.

mod draw;
mod empty;
mod follow;
mod head;

use super::row::pattern;
use crate::state::use_app;
use crate::ui::kit::{Icon, icon};
use crate::ui::text;
use leptos::prelude::*;
use mail_browser::page;
use mail_core::model::FolderRole;
use mail_core::protocol::Live;

/// Rows drawn as ghosts while a folder's length is not known.
const GHOSTS: u32 = 12;

/// The list pane.
#[component]
pub(super) fn MessageList() -> AnyView {
    let app = use_app();
    let total = Memo::new(move |_| {
        let waits = matches!(app.live.get(), Live::Live | Live::Polling);
        app.list.with(|list| match (list.known, list.here) {
            (true, here) => list.total.max(here),
            (false, 0) if waits => GHOSTS,
            (false, here) => here,
        })
    });
    let current = Memo::new(move |_| {
        let id = app.current.get()?;
        app.list.with(|list| list.place_of(&id))
    });
    // Folders of the person's own mail show whom it goes to.
    let own = Memo::new(move |_| {
        let open = app.folder.get();
        let role = app
            .folders
            .with(|rows| rows.iter().find(|row| Some(&row.folder.id) == open.as_ref()).and_then(|row| row.folder.role));
        matches!(role, Some(FolderRole::Drafts | FolderRole::Sent | FolderRole::Outbox))
    });

    let place = follow::Place::new(total, current, own);
    follow::keep_up(app, place);
    let fresh = Memo::new(move |_| if place.away.get() { app.list.with(|list| list.fresh) } else { 0 });
    let row_count = move || app.list.with(|list| if list.known { i64::from(total.get()) } else { -1 });

    view! {
        <div class="list-pane">
            <head::ListHead />
            <div class="list-frame">
                <div role="grid" class="list" id="messages" tabindex="0" node_ref=place.grid aria-label=text::MESSAGES
                    aria-rowcount=move || row_count().to_string()
                    aria-busy=move || app.list.with(|list| !list.known).to_string()
                    aria-activedescendant=move || current.get().map(|index| format!("row-{index}"))
                    on:scroll=move |_| place.scrolled(app)>
                    <div role="rowgroup" class="canvas" node_ref=place.canvas
                        on:click=move |event| place.pressed(app, event.target().and_then(|target| page::row_attribute(&target, "aria-rowindex")))>
                        {pattern()}
                    </div>
                </div>
                {move || (fresh.get() > 0).then(|| view! {
                    <button type="button" class="pill" on:click=move |_| place.go_up(app)>
                        {icon(Icon::Up)}
                        {move || text::more_new(fresh.get())}
                    </button>
                })}
                <empty::Emptiness />
            </div>
        </div>
    }
    .into_any()
}

//! The message list: a grid of which only the rows in view exist. The grid is one stop for the Tab key and keeps
//! the focus itself, so that giving a row's elements to another row never loses it.

mod empty;
mod follow;
mod head;

use super::row::Row;
use super::window::{Window, px, row_of};
use crate::state::use_app;
use crate::ui::kit::{Icon, Key, each, icon};
use crate::ui::text;
use leptos::html;
use leptos::prelude::*;
use mail_core::model::FolderRole;
use mail_core::protocol::Live;

/// Rows drawn as ghosts while a folder's length is not known.
const GHOSTS: u32 = 12;

/// The height assumed until the list has been measured, in CSS pixels.
const LIKELY_VIEW: f64 = 800.0;

/// The list pane.
#[component]
pub(super) fn MessageList() -> AnyView {
    let app = use_app();
    let grid = NodeRef::<html::Div>::new();
    let scroll = RwSignal::new(0.0);
    let view = RwSignal::new(LIKELY_VIEW);

    let total = Memo::new(move |_| {
        let waits = matches!(app.live.get(), Live::Live | Live::Polling);
        app.list.with(|list| {
            let here = u32::try_from(list.rows.len()).unwrap_or(u32::MAX);
            match (list.known, here) {
                (true, _) => list.total.max(here),
                (false, 0) if waits => GHOSTS,
                (false, _) => here,
            }
        })
    });
    let window = Memo::new(move |_| Window { total: total.get(), view: view.get() });
    let pool = Memo::new(move |_| window.get().pool());
    let first = Memo::new(move |_| window.get().first(scroll.get()));
    let shift = Memo::new(move |_| window.get().shift(scroll.get()));
    let current = Memo::new(move |_| {
        let id = app.current.get()?;
        app.list.with(|list| list.rows.iter().position(|row| row.id == id)).and_then(|place| u32::try_from(place).ok())
    });
    // The current row stays in the page even when scrolled away: the grid's focus points at it.
    let pinned = Memo::new(move |_| {
        let (first, end) = (first.get(), first.get().saturating_add(pool.get()));
        current.get().filter(|index| !(first..end).contains(index)).unwrap_or(u32::MAX)
    });
    // Folders of the person's own mail show whom it goes to.
    let own = Memo::new(move |_| {
        let open = app.folder.get();
        let role = app
            .folders
            .with(|rows| rows.iter().find(|row| Some(&row.folder.id) == open.as_ref()).and_then(|row| row.folder.role));
        matches!(role, Some(FolderRole::Drafts | FolderRole::Sent | FolderRole::Outbox))
    });

    let place = follow::Place { grid, scroll, view, window };
    follow::keep_up(app, place, current);
    let fresh = follow::fresh(app, scroll);
    let row_count = move || app.list.with(|list| if list.known { i64::from(total.get()) } else { -1 });

    view! {
        <div class="list-pane">
            <head::ListHead />
            <div class="list-frame">
                <div role="grid" class="list" id="messages" tabindex="0" node_ref=grid aria-label=text::MESSAGES
                    aria-rowcount=move || row_count().to_string()
                    aria-busy=move || app.list.with(|list| !list.known).to_string()
                    aria-activedescendant=move || current.get().map(|index| format!("row-{index}"))
                    on:scroll=move |_| place.scrolled(app)>
                    <div role="rowgroup" class="canvas" style:height=move || px(window.get().canvas())>
                        {each(move || Key::places(pool.get()), move |slot| {
                            let index = Memo::new(move |_| row_of(slot.place(), first.get(), pool.get()));
                            view! { <Row index shift total own current /> }.into_any()
                        })}
                        <Row index=pinned shift total own current />
                    </div>
                </div>
                {move || (fresh.get() > 0).then(|| view! {
                    <button type="button" class="pill" on:click=move |_| place.go_to(0.0)>
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

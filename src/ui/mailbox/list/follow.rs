//! Keeps the list's place while rows come and go: what is being looked at stays still, the current row stays in view,
//! further rows are asked for in time, and the moments outside checks wait for are marked.

use super::super::window::Window;
use crate::state::App;
use leptos::html;
use leptos::prelude::*;
use mail_browser::page;
use mail_core::id::FolderId;
use mail_core::model::Message;
use mail_core::time::Timestamp;
use std::sync::Arc;

/// Where the list is scrolled to.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The element that scrolls.
    pub grid: NodeRef<html::Div>,
    /// Its scroll position, in CSS pixels.
    pub scroll: RwSignal<f64>,
    /// Its height, in CSS pixels.
    pub view: RwSignal<f64>,
    /// What that shows.
    pub window: Memo<Window>,
}

impl Place {
    /// Reads the element after a scroll or a change of size.
    pub fn scrolled(self, app: App) {
        let Some(grid) = self.grid.get_untracked() else { return };
        self.scroll.set(f64::from(grid.scroll_top()));
        let height = f64::from(grid.client_height());
        if height > 0.0 && (height - self.view.get_untracked()).abs() >= 1.0 {
            self.view.set(height);
        }
        self.ask_for_more(app);
    }

    /// Scrolls there. The rows follow in the same frame, before the browser tells of the scroll.
    #[expect(clippy::cast_possible_truncation, reason = "a canvas is at most 16 million pixels tall")]
    pub fn go_to(self, position: f64) {
        if let Some(grid) = self.grid.get_untracked() {
            grid.set_scroll_top(position.round() as i32);
            self.scroll.set(f64::from(grid.scroll_top()));
        }
    }

    /// Asks for further rows when the window comes within three screens of the last one that is here.
    fn ask_for_more(self, app: App) {
        let window = self.window.get_untracked();
        let seen = window.first(self.scroll.get_untracked()).saturating_add(window.pool().saturating_mul(4));
        let (here, more) = app.list.with_untracked(|list| {
            let here = u32::try_from(list.rows.len()).unwrap_or(u32::MAX);
            (here, list.known && here < list.total)
        });
        if more && seen > here {
            app.more_rows();
        }
    }
}

/// What was drawn before.
struct Before {
    folder: Option<FolderId>,
    rows: Arc<Vec<Message>>,
    marked: bool,
}

/// Follows the state for as long as the list is shown.
pub(super) fn keep_up(app: App, place: Place, current: Memo<Option<u32>>) {
    Effect::new(move |before: Option<Before>| {
        let rows = app.list.with(|list| list.rows.clone());
        let folder = app.folder.get();
        let marked = before.as_ref().is_some_and(|before| before.marked);
        if !marked && !rows.is_empty() {
            page::after_paint(|| page::mark("petrel:first-list", None));
        }
        match before {
            Some(before) if before.folder == folder => {
                stay(place, &before.rows, &rows);
                mark_arrivals(place, &before.rows, &rows);
            }
            Some(_) | None => place.go_to(0.0),
        }
        place.ask_for_more(app);
        Before { folder, marked: marked || !rows.is_empty(), rows }
    });
    Effect::new(move |_| {
        app.current.track();
        if let Some(index) = current.get_untracked()
            && let Some(position) = place.window.get_untracked().reveal(index, place.scroll.get_untracked())
        {
            place.go_to(position);
        }
    });
    page::after_paint(move || place.scrolled(app));
    let listener = window_event_listener(leptos::ev::resize, move |_| place.scrolled(app));
    on_cleanup(move || listener.remove());
}

/// Keeps the topmost visible row where it is when rows appear or vanish above it.
fn stay(place: Place, before: &[Message], rows: &[Message]) {
    let scroll = place.scroll.get_untracked();
    if scroll < 1.0 {
        return;
    }
    let window = place.window.get_untracked();
    let (index, offset) = window.anchor(scroll);
    let Some(anchor) = usize::try_from(index).ok().and_then(|index| before.get(index)) else { return };
    let now = rows.iter().position(|row| row.id == anchor.id).and_then(|place| u32::try_from(place).ok());
    if let Some(now) = now.filter(|now| *now != index) {
        place.go_to(window.scroll_to(now, offset));
    }
}

/// Marks each row that arrived at the top, once it is painted.
fn mark_arrivals(place: Place, before: &[Message], rows: &[Message]) {
    let Some(top) = before.first() else { return };
    if place.scroll.get_untracked() >= 1.0 {
        return;
    }
    for row in rows.iter().take_while(|row| row.id != top.id).take(20).filter(|row| row.received >= top.received) {
        let id = row.id.clone();
        page::after_paint(move || page::mark("petrel:row", Some(id.as_str())));
    }
}

/// How many rows arrived above since the top of the list was last in view.
pub(super) fn fresh(app: App, scroll: RwSignal<f64>) -> Memo<u32> {
    let away = Memo::new(move |_| scroll.get() > super::super::window::ROW);
    let newest = Memo::new(move |before: Option<&(Option<FolderId>, Option<Timestamp>)>| {
        let folder = app.folder.get();
        let top = app.list.with(|list| list.rows.first().map(|row| row.received));
        match before {
            Some((same, seen)) if *same == folder && away.get() => (folder, *seen),
            Some(_) | None => (folder, top),
        }
    });
    Memo::new(move |_| match newest.get() {
        (_, Some(seen)) if away.get() => app
            .list
            .with(|list| list.rows.iter().take_while(|row| row.received > seen).count())
            .try_into()
            .unwrap_or(u32::MAX),
        (_, Some(_) | None) => 0,
    })
}

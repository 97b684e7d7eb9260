//! Keeps the list's place while rows come and go: what is being looked at stays still, the current row comes into view
//! where the person moved it, and the moments outside checks wait for are marked.

use super::super::window::{ROW, Window, px};
use super::draw::{Painter, Scene};
use crate::state::{App, Going, List, View};
use leptos::html;
use leptos::prelude::*;
use mail_browser::page::{self, RowElements};
use mail_core::id::FolderId;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// The height assumed until the list has been measured, in CSS pixels.
const LIKELY_VIEW: f64 = 800.0;

/// The list on the page: its elements, where it is scrolled to, and what is drawn in it.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The element that scrolls.
    pub grid: NodeRef<html::Div>,
    /// The element in it that the rows lie on.
    pub canvas: NodeRef<html::Div>,
    /// How many rows the list has.
    pub total: Memo<u32>,
    /// The place of the row the keyboard is on.
    pub current: Memo<Option<u32>>,
    /// Whether the folder holds the person's own mail.
    pub own: Memo<bool>,
    /// Whether the newest row is out of view.
    pub away: RwSignal<bool>,
    drawn: StoredValue<Rc<OnPage>, LocalStorage>,
}

/// What does not concern views: scrolling changes it many times a second.
#[derive(Default)]
struct OnPage {
    /// The scroll position, in CSS pixels.
    scroll: Cell<f64>,
    /// The height of the list, in CSS pixels; 0 until it was measured.
    view: Cell<f64>,
    /// The height of the canvas, in CSS pixels.
    canvas: Cell<f64>,
    painter: RefCell<Option<Painter>>,
    before: RefCell<Option<Before>>,
    marked: Cell<bool>,
}

/// What was drawn before.
struct Before {
    folder: Option<FolderId>,
    list: List,
    window: Window,
}

impl Place {
    /// A list that is not on the page yet.
    pub(super) fn new(total: Memo<u32>, current: Memo<Option<u32>>, own: Memo<bool>) -> Self {
        let (grid, canvas) = (NodeRef::new(), NodeRef::new());
        let drawn = StoredValue::new_local(Rc::default());
        Self { grid, canvas, total, current, own, away: RwSignal::new(false), drawn }
    }

    fn window(self, page: &OnPage) -> Window {
        let view = page.view.get();
        Window { total: self.total.get_untracked(), view: if view > 0.0 { view } else { LIKELY_VIEW } }
    }

    /// Follows a scroll: draws the rows that came into view, and has further ones read.
    pub(super) fn scrolled(self, app: App) {
        let page = self.drawn.get_value();
        let Some(grid) = self.grid.get_untracked() else { return };
        let before = page.scroll.replace(f64::from(grid.scroll_top()));
        let going = match page.scroll.get() - before {
            way if way > 0.0 => Going::Down,
            way if way < 0.0 => Going::Up,
            _ => Going::Nowhere,
        };
        self.draw(app, &page);
        self.tell(app, &page, going);
    }

    /// Measures the list, as it is on the page.
    pub(super) fn measured(self, app: App) {
        let page = self.drawn.get_value();
        let Some(grid) = self.grid.get_untracked() else { return };
        let height = f64::from(grid.client_height());
        if height > 0.0 {
            page.view.set(height);
        }
        page.scroll.set(f64::from(grid.scroll_top()));
        self.draw(app, &page);
        self.tell(app, &page, Going::Nowhere);
    }

    /// Scrolls to the top.
    pub(super) fn go_up(self, app: App) {
        let page = self.drawn.get_value();
        self.go_to(&page, 0.0);
        self.draw(app, &page);
        self.tell(app, &page, Going::Nowhere);
    }

    /// Opens the row that was pressed.
    pub(super) fn pressed(self, app: App, row: Option<String>) {
        let index = row.and_then(|row| row.parse::<u32>().ok()).and_then(|number| number.checked_sub(1));
        let id = index.and_then(|index| app.list.with_untracked(|list| list.row(index).map(|row| row.id.clone())));
        let Some(id) = id else { return };
        app.set_current(id.clone());
        app.open_message(id);
        if !page::is_wide() {
            crate::ui::keyboard::focus_after_paint("#message-subject");
        }
    }

    /// Scrolls there. The rows follow in the same frame, before the browser tells of the scroll.
    #[expect(clippy::cast_possible_truncation, reason = "a canvas is at most 16 million pixels tall")]
    fn go_to(self, page: &OnPage, position: f64) {
        if let Some(grid) = self.grid.get_untracked() {
            grid.set_scroll_top(position.round() as i32);
            page.scroll.set(f64::from(grid.scroll_top()));
        }
    }

    /// Tells the state what is in view.
    fn tell(self, app: App, page: &OnPage, going: Going) {
        let (window, scroll) = (self.window(page), page.scroll.get());
        let away = scroll > ROW;
        if self.away.get_untracked() != away {
            self.away.set(away);
        }
        let first = window.anchor(scroll).0;
        app.see(View { first, rows: window.in_view(), going, held: scroll >= 1.0, away });
    }

    fn draw(self, app: App, page: &OnPage) {
        let mut painter = page.painter.borrow_mut();
        if painter.is_none() {
            let canvas = self.canvas.get_untracked();
            *painter = canvas.and_then(|canvas| RowElements::pattern(&canvas, &Painter::PARTS)).map(Painter::new);
        }
        let Some(painter) = &mut *painter else { return };
        let (window, scroll) = (self.window(page), page.scroll.get());
        let (current, own) = (self.current.get_untracked(), self.own.get_untracked());
        let me = app.account.with_untracked(|account| account.as_ref().map(|account| account.address.clone()));
        let me = me.as_deref().unwrap_or_default();
        app.list.with_untracked(|list| painter.draw(&Scene { list, window, scroll, current, own, me }));
    }

    /// Makes the canvas as tall as the list.
    fn fit(self, page: &OnPage, window: Window) {
        let height = window.canvas();
        if let Some(canvas) = self.canvas.get_untracked().filter(|_| page.canvas.get() != height) {
            page::set_height(&canvas, &px(height));
            page.canvas.set(height);
        }
    }

    /// Follows the state.
    fn follow(self, app: App) {
        let page = self.drawn.get_value();
        let (folder, list, window) = (app.folder.get_untracked(), app.list.get_untracked(), self.window(&page));
        if !list.rows.is_empty() && !page.marked.replace(true) {
            page::after_paint(|| page::mark("petrel:first-list", None));
        }
        self.fit(&page, window);
        match page.before.take() {
            Some(before) if before.folder == folder && before.list.grouped == list.grouped => {
                if !Arc::ptr_eq(&before.list.rows, &list.rows) || before.window.total != window.total {
                    self.stay(&page, &before, (&list, window));
                    mark_arrivals(&page, &before.list, &list);
                }
            }
            Some(_) | None => self.go_to(&page, 0.0),
        }
        if let Some(index) = self.current.get_untracked()
            && app.reveals()
            && let Some(position) = window.reveal(index, page.scroll.get())
        {
            self.go_to(&page, position);
        }
        page.before.replace(Some(Before { folder, list, window }));
        self.draw(app, &page);
        self.tell(app, &page, Going::Nowhere);
    }

    /// Keeps the topmost visible row where it is when rows appear or vanish above it.
    fn stay(self, page: &OnPage, before: &Before, (list, window): (&List, Window)) {
        let scroll = page.scroll.get();
        if scroll < 1.0 {
            return;
        }
        let (index, offset) = before.window.anchor(scroll);
        let Some(now) = before.list.row(index).and_then(|row| list.stands(&row.key())) else { return };
        if now != index {
            self.go_to(page, window.scroll_to(now, offset));
        }
    }
}

/// Follows the state for as long as the list is shown.
pub(super) fn keep_up(app: App, place: Place) {
    Effect::new(move |_| {
        app.list.track();
        app.folder.track();
        app.current.track();
        place.total.track();
        place.current.track();
        place.own.track();
        place.follow(app);
    });
    page::after_paint(move || place.measured(app));
    let listener = window_event_listener(leptos::ev::resize, move |_| place.measured(app));
    on_cleanup(move || listener.remove());
}

/// Marks each row that arrived at the top, once it is painted.
fn mark_arrivals(page: &OnPage, before: &List, list: &List) {
    let Some(top) = before.row(0) else { return };
    if page.scroll.get() >= 1.0 || list.first > 0 {
        return;
    }
    let newer = list.rows.iter().take_while(|row| row.id != top.id).take(20);
    for row in newer.filter(|row| row.received >= top.received) {
        let id = row.id.clone();
        page::after_paint(move || page::mark("petrel:row", Some(id.as_str())));
    }
}

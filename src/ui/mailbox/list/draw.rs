//! Draws the rows that are in view, and the current one wherever it is. One pass over the slots writes what differs, so
//! that a scrolled list costs the rows that came into view and nothing else.

use super::super::row::{PARTS, Slot, Spot};
use super::super::window::{Window, row_of, whole_pixels};
use crate::state::List;
use mail_browser::page::RowElements;

/// What is to be drawn.
pub(super) struct Scene<'a> {
    /// The rows.
    pub list: &'a List,
    /// How much of them can be seen.
    pub window: Window,
    /// The scroll position, in CSS pixels.
    pub scroll: f64,
    /// The place of the row the keyboard is on.
    pub current: Option<u32>,
    /// Whether the folder holds the person's own mail.
    pub own: bool,
    /// The person's address.
    pub me: &'a str,
}

/// The slots. Rows are dealt out to them in turn.
pub(super) struct Painter {
    slots: Vec<Slot>,
    /// Shows the current row when it is scrolled out of view: the grid's focus points at it.
    pinned: Slot,
}

impl Painter {
    /// Draws with copies of the pattern, which becomes the row for what is out of view.
    pub(super) fn new(pattern: RowElements) -> Self {
        Self { slots: Vec::new(), pinned: Slot::new(pattern) }
    }

    /// The parts of a row, for its elements to be found.
    pub(super) const PARTS: [&str; 6] = PARTS;

    /// Draws.
    pub(super) fn draw(&mut self, scene: &Scene<'_>) {
        let pool = scene.window.pool();
        while self.slots.len() < pool as usize {
            let Some(slot) = self.pinned.another() else { return };
            self.slots.push(slot);
        }
        for slot in self.slots.drain(pool as usize..) {
            slot.remove();
        }
        let first = scene.window.first(scene.scroll);
        let shift = scene.window.shift(scene.scroll);
        for (at, slot) in (0..pool).zip(&mut self.slots) {
            place(slot, row_of(at, first, pool), shift, scene);
        }
        let away = scene.current.filter(|current| !(first..first.saturating_add(pool)).contains(current));
        place(&mut self.pinned, away.unwrap_or(u32::MAX), shift, scene);
    }
}

fn place(slot: &mut Slot, index: u32, shift: f64, scene: &Scene<'_>) {
    let total = scene.window.total;
    let spot = Spot {
        index,
        hidden: index >= total,
        top: whole_pixels(Window::top(index.min(total), shift)),
        selected: scene.current == Some(index),
    };
    let message = if spot.hidden { None } else { scene.list.row(index) };
    slot.draw(spot, message, scene.own, scene.me);
}

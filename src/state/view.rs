//! Which rows of a list are held: those around what is in view, and more of them the way the person scrolls. Pure, so that
//! what is read, and when, can be told without a screen.

/// Rows read when a folder is opened, and at least whenever a list is read.
pub(super) const FIRST_ROWS: u32 = 100;

/// Rows held before what is in view.
const BEFORE: u32 = 40;

/// Rows held after what is in view.
const AFTER: u32 = 60;

/// Rows read ahead the way the person scrolls.
const AHEAD: u32 = 300;

/// More are read when fewer than these are left ahead.
const SOON: u32 = 150;

/// Rows that must be held on either side in any case: about a screen.
const NEAR: u32 = 16;

/// Which way the person scrolls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Going {
    /// Neither way.
    #[default]
    Nowhere,
    /// To older rows.
    Down,
    /// To newer rows.
    Up,
}

/// What of the list is in view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The first row in view.
    pub first: u32,
    /// How many rows are in view.
    pub rows: u32,
    /// Which way the person scrolls.
    pub going: Going,
    /// Whether the list is away from its very top, so that what is in view has to be held in its place.
    pub held: bool,
    /// Whether the newest row is out of view.
    pub away: bool,
}

impl Default for View {
    fn default() -> Self {
        Self { first: 0, rows: NEAR, going: Going::Nowhere, held: false, away: false }
    }
}

/// Rows from a place to another, which is not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    /// The first.
    pub from: u32,
    /// One behind the last.
    pub to: u32,
}

impl View {
    fn end(self) -> u32 {
        self.first.saturating_add(self.rows)
    }

    /// The view around a row.
    pub(super) fn around(self, row: u32) -> Self {
        let first = row.saturating_sub(self.rows / 2);
        Self { first, going: Going::Nowhere, held: false, ..self }
    }

    /// The rows to read, given those that are held. What can be seen comes first: nothing is read ahead of it.
    pub(super) fn span(self, held: Span, here: u32) -> Span {
        let (before, after) = match self.going {
            Going::Down if self.sees(held, here) => (AFTER, AHEAD),
            Going::Up if self.sees(held, here) => (AHEAD, AFTER),
            Going::Nowhere | Going::Down | Going::Up => (BEFORE, AFTER),
        };
        let from = self.first.saturating_sub(before);
        Span { from, to: self.end().saturating_add(after).max(from.saturating_add(FIRST_ROWS)) }
    }

    /// Whether all rows in view are held, of `here` there are.
    pub(super) fn sees(self, held: Span, here: u32) -> bool {
        self.first >= here || has(held, here, (self.first, self.end()))
    }

    /// Whether it is time to read.
    pub(super) fn wants(self, held: Span, here: u32) -> bool {
        let (before, after) = match self.going {
            Going::Nowhere => (NEAR, NEAR),
            Going::Down => (NEAR, SOON),
            Going::Up => (SOON, NEAR),
        };
        self.first < here && !has(held, here, (self.first.saturating_sub(before), self.end().saturating_add(after)))
    }
}

fn has(held: Span, here: u32, (from, to): (u32, u32)) -> bool {
    held.from <= from && held.to >= to.min(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: u32 = 100_000;

    fn at(first: u32, going: Going) -> View {
        View { first, rows: 13, going, held: true, away: true }
    }

    #[test]
    fn a_folder_opens_with_as_many_rows_as_ever() {
        assert_eq!(View::default().span(Span::default(), 0), Span { from: 0, to: FIRST_ROWS });
    }

    #[test]
    fn what_was_read_is_enough_until_the_person_scrolls() {
        for first in [0, 10, 500, HERE - 13] {
            let view = at(first, Going::Nowhere);
            let held = view.span(Span::default(), HERE);
            assert!(view.sees(held, HERE) && !view.wants(held, HERE), "at {first}");
        }
    }

    #[test]
    fn a_jump_reads_what_is_in_view_and_no_more_than_at_rest() {
        let held = at(0, Going::Nowhere).span(Span::default(), HERE);
        let view = at(50_000, Going::Down);
        assert!(view.wants(held, HERE) && !view.sees(held, HERE));
        let jumped = view.span(held, HERE);
        assert!(view.sees(jumped, HERE));
        assert!(jumped.to - jumped.from <= FIRST_ROWS + 13);
    }

    #[test]
    fn scrolling_reads_ahead_long_before_the_end_and_not_at_every_step() {
        let mut held = at(1_000, Going::Nowhere).span(Span::default(), HERE);
        let mut readings = 0;
        for first in 1_000..3_000 {
            let view = at(first, Going::Down);
            assert!(view.sees(held, HERE), "row {first} is in view and not held");
            if view.wants(held, HERE) {
                // The answer comes while the next rows are drawn.
                readings += 1;
                held = view.span(held, HERE);
                assert!(!view.wants(held, HERE));
            }
        }
        assert!(readings <= 2_000 / 140, "{readings} readings");
        let back = at(2_999, Going::Up);
        assert!(back.wants(held, HERE), "the other way as well");
        assert!(!back.wants(back.span(held, HERE), HERE));
    }

    #[test]
    fn nothing_is_read_for_rows_that_are_not_here() {
        let held = Span { from: 0, to: 40 };
        assert!(!at(20, Going::Down).wants(held, 40), "the end of what is here");
        assert!(!at(60, Going::Down).wants(held, 40), "ghosts of rows that are still to come");
    }
}

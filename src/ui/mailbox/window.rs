//! Which rows of a long list are on the screen, and where. Pure arithmetic, apart from the view so that it can be
//! tested: browsers cannot make an element tall enough for a million rows, so very long lists are scaled.

/// Height of a row in CSS pixels; the style sheet's `--row` is the same number.
pub(super) const ROW: f64 = 68.0;

/// Rows kept beyond each edge, so that a flick shows rows and not a gap.
const OVERSCAN: u32 = 6;

/// The tallest canvas to ask of a browser, in CSS pixels; they give up at about 33 million.
const TALLEST: f64 = 16_000_000.0;

/// A length in whole pixels: printing fractions would weigh ten kilobytes.
#[expect(clippy::cast_possible_truncation, reason = "no length comes near the end of the range")]
pub(super) fn whole_pixels(length: f64) -> i64 {
    length.round() as i64
}

/// A length as a style says it.
pub(super) fn px(length: f64) -> String {
    format!("{}px", whole_pixels(length))
}

/// A list's length and how much of it can be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    /// Rows in the list.
    pub total: u32,
    /// Height of the view in CSS pixels.
    pub view: f64,
}

impl Window {
    /// How tall the list would be.
    fn length(self) -> f64 {
        f64::from(self.total) * ROW
    }

    /// How tall its canvas is made, in CSS pixels.
    pub fn canvas(self) -> f64 {
        self.length().min(TALLEST)
    }

    /// How far into the list a scroll position reaches.
    fn reach(self, scroll: f64) -> f64 {
        if self.length() <= TALLEST {
            return scroll;
        }
        let end = (self.canvas() - self.view).max(1.0);
        scroll.clamp(0.0, end) / end * (self.length() - self.view)
    }

    /// The scroll position that reaches so far into the list.
    fn scroll_for(self, reach: f64) -> f64 {
        let reach = reach.clamp(0.0, (self.length() - self.view).max(0.0));
        if self.length() <= TALLEST {
            return reach;
        }
        reach / (self.length() - self.view) * (self.canvas() - self.view)
    }

    /// How far rows are moved against their natural place; zero unless the list is scaled.
    pub fn shift(self, scroll: f64) -> f64 {
        scroll - self.reach(scroll)
    }

    /// Where a row lies on the canvas, in CSS pixels.
    pub fn top(index: u32, shift: f64) -> f64 {
        f64::from(index) * ROW + shift
    }

    /// How many rows can be seen, those that are cut off included.
    pub fn in_view(self) -> u32 {
        whole(self.view / ROW) + 2
    }

    /// How many rows are drawn at once.
    pub fn pool(self) -> u32 {
        self.in_view() + 2 * OVERSCAN
    }

    /// The first row drawn.
    pub fn first(self, scroll: f64) -> u32 {
        whole(self.reach(scroll) / ROW).saturating_sub(OVERSCAN).min(self.total.saturating_sub(self.pool()))
    }

    /// The first row that can be seen, and how much of it is scrolled away.
    pub fn anchor(self, scroll: f64) -> (u32, f64) {
        let reach = self.reach(scroll);
        let index = whole(reach / ROW);
        (index, reach - f64::from(index) * ROW)
    }

    /// The scroll position that puts `offset` pixels of a row above the edge.
    pub fn scroll_to(self, index: u32, offset: f64) -> f64 {
        self.scroll_for(f64::from(index) * ROW + offset)
    }

    /// Where to scroll so that a row can be seen whole; `None` when it can be already.
    pub fn reveal(self, index: u32, scroll: f64) -> Option<f64> {
        let (top, reach) = (f64::from(index) * ROW, self.reach(scroll));
        if top < reach {
            Some(self.scroll_for(top))
        } else if top + ROW > reach + self.view {
            Some(self.scroll_for(top + ROW - self.view))
        } else {
            None
        }
    }
}

/// The row a slot shows: slots are dealt out in turn, so scrolling by one row gives one slot a new row.
pub(super) fn row_of(slot: u32, first: u32, pool: u32) -> u32 {
    let pool = pool.max(1);
    first + (slot + pool - first % pool) % pool
}

/// The whole part of a length that is never negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of u32")]
fn whole(value: f64) -> u32 {
    value.clamp(0.0, f64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Window = Window { total: 1_000, view: 680.0 };
    const LONG: Window = Window { total: 1_000_000, view: 680.0 };

    #[test]
    fn every_row_in_view_has_exactly_one_slot() {
        for scroll in [0.0, 1.0, 340.0, 30_000.0, SHORT.canvas() - SHORT.view] {
            let (first, pool) = (SHORT.first(scroll), SHORT.pool());
            let mut rows: Vec<_> = (0..pool).map(|slot| row_of(slot, first, pool)).collect();
            rows.sort_unstable();
            assert_eq!(rows, (first..first + pool).collect::<Vec<_>>());
            let (top, _) = SHORT.anchor(scroll);
            assert!(rows.contains(&top) && rows.contains(&(top + 9)), "at {scroll}");
        }
    }

    #[test]
    fn scrolling_one_row_redraws_one_slot() {
        let pool = SHORT.pool();
        let changed = (0..pool).filter(|slot| row_of(*slot, 40, pool) != row_of(*slot, 41, pool)).count();
        assert_eq!(changed, 1);
    }

    #[test]
    fn the_last_of_a_million_rows_can_be_reached() {
        let end = LONG.canvas() - LONG.view;
        assert!(LONG.canvas() <= TALLEST);
        let first = LONG.first(end);
        assert!(first + LONG.pool() >= LONG.total);
        let bottom = Window::top(LONG.total - 1, LONG.shift(end)) + ROW;
        assert!((bottom - LONG.canvas()).abs() < 1.0, "{bottom}");
    }

    #[test]
    fn revealing_moves_only_as_far_as_needed() {
        assert_eq!(SHORT.reveal(3, 0.0), None);
        assert_eq!(SHORT.reveal(10, 0.0), Some(ROW));
        assert_eq!(SHORT.reveal(2, 500.0), Some(2.0 * ROW));
        let there = LONG.reveal(700_000, 0.0).unwrap();
        assert_eq!(LONG.reveal(700_000, there), None);
    }

    #[test]
    fn an_anchor_survives_rows_arriving_above() {
        let (index, offset) = SHORT.anchor(345.0);
        assert_eq!((index, offset), (5, 5.0));
        assert_eq!(SHORT.scroll_to(index + 2, offset), 345.0 + 2.0 * ROW);
    }
}

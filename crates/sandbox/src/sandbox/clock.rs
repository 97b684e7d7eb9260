//! The sandbox's time: real time and what was added to it, or one moment that stays.
//! Time that stands still is kept by adding less and less, so that everything else sees one kind of clock.

use crate::sandbox::Sandbox;

impl Sandbox {
    /// The sandbox's time at a real time, both in milliseconds since 1970.
    pub(crate) fn time(&mut self, now_ms: i64) -> i64 {
        if let Some(frozen) = self.frozen_ms {
            self.offset_ms = frozen - now_ms;
        }
        now_ms + self.offset_ms
    }
}

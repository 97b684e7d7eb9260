//! The clock port: `Date.now` and `setTimeout`. Sleeping in a hidden tab may take longer than asked; whoever
//! needs the truth asks for the time afterwards.

use gloo_timers::future::TimeoutFuture;
use mail_core::ports::Clock;
use mail_core::time::Timestamp;
use std::time::Duration;

/// The browser's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserClock;

impl Clock for BrowserClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(js_sys::Date::now() as i64)
    }

    async fn sleep(&self, wait: Duration) {
        TimeoutFuture::new(timer_millis(wait)).await;
    }
}

/// A duration as `setTimeout` takes it: longer ones are cut to 24.8 days, because the browser would fire them at once.
pub(crate) fn timer_millis(wait: Duration) -> u32 {
    const LONGEST: u32 = i32::MAX.unsigned_abs();
    u32::try_from(wait.as_millis()).map_or(LONGEST, |millis| millis.min(LONGEST))
}

//! How long to wait before trying again: doubling, capped, with jitter so that clients do not march in step.

use std::time::Duration;

/// A growing wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    cap: Duration,
    failures: u32,
}

impl Backoff {
    /// Waits `first`, then twice as long each time, at most `cap`.
    pub const fn new(first: Duration, cap: Duration) -> Self {
        Self { first, cap, failures: 0 }
    }

    /// How many times in a row it failed.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Notes a failure and says how long to wait now.
    ///
    /// `chance` is any random number; the wait is between three quarters and the whole of the step.
    pub fn fail(&mut self, chance: u32) -> Duration {
        let step = self.first.saturating_mul(1 << self.failures.min(16)).min(self.cap);
        self.failures = self.failures.saturating_add(1);
        step.mul_f64(0.75 + 0.25 * f64::from(chance) / f64::from(u32::MAX))
    }

    /// Notes a success: the next wait is the first again.
    pub fn succeed(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_start_over_after_success() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(5));
        let waits: Vec<_> = (0..4).map(|_| backoff.fail(u32::MAX).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 5]);
        backoff.succeed();
        assert_eq!(backoff.fail(u32::MAX), Duration::from_secs(1));
    }

    #[test]
    fn jitter_never_takes_more_than_a_quarter() {
        let mut backoff = Backoff::new(Duration::from_secs(4), Duration::from_secs(60));
        assert_eq!(backoff.fail(0), Duration::from_secs(3));
    }
}

//! How well an endpoint keeps up: the service slows down for a slow one and drops for a slower one.
//! Source: Microsoft Graph, *Receive change notifications through webhooks*.

use std::collections::VecDeque;

/// Answers are judged over this long, and a verdict holds as long.
const WINDOW_MS: i64 = 600_000;
/// Fewer answers than this say nothing.
const FEWEST: usize = 10;
const SLOW_MS: i64 = 3_000;
const VERY_SLOW_MS: i64 = 10_000;

/// What happens to a new notification for an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Good,
    /// Notifications wait until then, in milliseconds since 1970.
    Slow,
    /// Notifications are lost.
    Drop,
}

/// The record of one endpoint.
#[derive(Clone, Debug, Default)]
pub(super) struct Endpoint {
    /// When an answer came, and how long it took.
    answers: VecDeque<(i64, i64)>,
    slow_until_ms: i64,
    drop_until_ms: i64,
}

impl Endpoint {
    /// Notes an answer, or that none came within `took_ms`.
    pub(super) fn note(&mut self, now_ms: i64, took_ms: i64) {
        self.answers.push_back((now_ms, took_ms));
        while self.answers.front().is_some_and(|(at, _)| *at <= now_ms - WINDOW_MS) {
            self.answers.pop_front();
        }
        if self.answers.len() < FEWEST {
            return;
        }
        let over = |limit: i64| self.answers.iter().filter(|(_, took)| *took >= limit).count() * 100;
        if over(VERY_SLOW_MS) > 15 * self.answers.len() {
            self.drop_until_ms = now_ms + WINDOW_MS;
        } else if over(SLOW_MS) > 10 * self.answers.len() {
            self.slow_until_ms = now_ms + WINDOW_MS;
        }
    }

    pub(super) fn standing(&self, now_ms: i64) -> Standing {
        if now_ms < self.drop_until_ms {
            Standing::Drop
        } else if now_ms < self.slow_until_ms {
            Standing::Slow
        } else {
            Standing::Good
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slow_answer_in_five_makes_an_endpoint_slow_and_a_quiet_time_mends_it() {
        let mut endpoint = Endpoint::default();
        for turn in 0..10 {
            endpoint.note(turn, if turn % 5 == 0 { SLOW_MS } else { 20 });
        }
        assert_eq!(endpoint.standing(10), Standing::Slow);
        assert_eq!(endpoint.standing(10 + WINDOW_MS), Standing::Good);
    }

    #[test]
    fn an_endpoint_that_does_not_answer_is_dropped() {
        let mut endpoint = Endpoint::default();
        for turn in 0..9 {
            endpoint.note(turn, VERY_SLOW_MS);
        }
        assert_eq!(endpoint.standing(9), Standing::Good, "too few to judge");
        endpoint.note(9, VERY_SLOW_MS);
        assert_eq!(endpoint.standing(9), Standing::Drop);
    }
}

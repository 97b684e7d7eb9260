//! Which row is next: by keys, after a row was put away, and when rows change by themselves. Pure.

use mail_core::id::MessageId;
use mail_core::model::Message;

fn place(rows: &[Message], id: &MessageId) -> Option<usize> {
    rows.iter().position(|row| row.id == *id)
}

/// The row `delta` below the current one (above where negative), as far as there are rows. From nowhere: the first.
pub(super) fn step(rows: &[Message], current: Option<&MessageId>, delta: i32) -> Option<MessageId> {
    let here = current.and_then(|id| place(rows, id));
    let there = match here {
        None => 0,
        Some(here) => {
            let far = usize::try_from(delta.unsigned_abs()).unwrap_or(usize::MAX);
            if delta < 0 {
                here.saturating_sub(far)
            } else {
                here.saturating_add(far).min(rows.len().saturating_sub(1))
            }
        }
    };
    rows.get(there).map(|row| row.id.clone())
}

/// The row to go to when `id` is put away: the next older, else the next newer.
pub(super) fn after_leaving(rows: &[Message], id: &MessageId) -> Option<MessageId> {
    let here = place(rows, id)?;
    let next = rows.get(here + 1).or_else(|| here.checked_sub(1).and_then(|newer| rows.get(newer)));
    next.map(|row| row.id.clone())
}

/// Where the current row is once the rows changed from `before` to `now`: itself, or whichever of its neighbours stayed.
pub(super) fn follow(before: &[Message], now: &[Message], current: Option<&MessageId>) -> Option<MessageId> {
    let first = || now.first().map(|row| row.id.clone());
    let Some(current) = current else { return first() };
    if place(now, current).is_some() {
        return Some(current.clone());
    }
    let Some(was) = place(before, current) else { return first() };
    let older = before.iter().skip(was + 1);
    let newer = before.iter().take(was).rev();
    older.chain(newer).find(|row| place(now, &row.id).is_some()).map(|row| row.id.clone()).or_else(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_core::store::contract::message;

    fn rows(ids: &str) -> Vec<Message> {
        ids.chars().map(|id| message(&id.to_string(), "inbox", 0)).collect()
    }

    fn id(text: &str) -> MessageId {
        MessageId::new(text)
    }

    #[test]
    fn steps_stop_at_both_ends() {
        let rows = rows("abc");
        let from = |at: &str, delta| step(&rows, Some(&id(at)), delta);
        assert_eq!(
            (from("a", 1), from("c", 1), from("a", -1), from("c", -2)),
            (Some(id("b")), Some(id("c")), Some(id("a")), Some(id("a")))
        );
        assert_eq!(step(&rows, None, -1), Some(id("a")));
        assert_eq!(step(&[], Some(&id("a")), 1), None);
    }

    #[test]
    fn after_putting_away_the_older_one_is_next_and_at_the_end_the_newer() {
        let rows = rows("abc");
        assert_eq!(after_leaving(&rows, &id("b")), Some(id("c")));
        assert_eq!(after_leaving(&rows, &id("c")), Some(id("b")));
        assert_eq!(after_leaving(&rows[..1], &id("a")), None);
        assert_eq!(after_leaving(&rows, &id("x")), None);
    }

    #[test]
    fn the_current_row_is_followed_and_its_neighbour_takes_over() {
        let before = rows("abcd");
        let now = |ids: &str, current: &str| follow(&before, &rows(ids), Some(&id(current)));
        assert_eq!(now("nabcd", "b"), Some(id("b")), "rows above do not move it");
        assert_eq!(now("nad", "b"), Some(id("d")), "the next older that is left");
        assert_eq!(now("nab", "d"), Some(id("b")), "else the next newer");
        assert_eq!(now("xy", "b"), Some(id("x")));
        assert_eq!(now("", "b"), None);
        assert_eq!(follow(&[], &before, None), Some(id("a")));
    }
}

//! Which row is next: by keys, after a row was put away, and when rows change by themselves. Pure; rows beyond those that
//! are held are asked for by their place.

use super::{List, Row};
use mail_core::id::MessageId;
use mail_core::store::RowKey;

/// The place `delta` rows below the current one (above where negative), as far as there are rows. From nowhere: the first.
pub(super) fn target(here: u32, current: Option<u32>, delta: i32) -> Option<u32> {
    let last = here.checked_sub(1)?;
    Some(current.map_or(0, |current| current.saturating_add_signed(delta).min(last)))
}

/// The row to go to when the one with this key is put away: the next older, else the next newer. `Err` when that row is not
/// among those that are held.
pub(super) fn after_leaving(list: &List, key: &RowKey) -> Result<Option<MessageId>, ()> {
    let at = list.seek(key);
    let older = at.map_or_else(|would| would, |lies| lies.saturating_add(1));
    let next = if older < list.here { Some(older) } else { at.unwrap_or(older).checked_sub(1) };
    let Some(next) = next else { return Ok(None) };
    list.row(next).filter(|row| row.id != key.id).map(|row| Some(row.id.clone())).ok_or(())
}

/// Where the current row is now, given the row it was: itself, for a conversation also under its new latest message, or whichever neighbour took its place. A row that is not
/// among those that are held stays current until it is known what became of it.
pub(super) fn follow(list: &List, current: Option<&MessageId>, standing: Option<&Row>) -> Option<MessageId> {
    let first = || list.row(0).map(|row| row.id.clone());
    let (Some(current), Some(standing)) = (current, standing) else { return first() };
    if list.place_of(current).is_some() {
        return Some(current.clone());
    }
    if let Some(row) = list.conversation(standing) {
        return Some(row.id.clone());
    }
    if standing.id != *current {
        // A reading found that the row is gone, and which one took its place.
        return Some(standing.id.clone());
    }
    after_leaving(list, &standing.key()).unwrap_or_else(|()| Some(current.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_core::store::contract::message;
    use std::sync::Arc;

    /// A list that holds these rows, after `first` others, of `here` in all.
    fn part(ids: &str, first: u32, here: u32) -> List {
        let rows: Vec<_> = ids.chars().map(|id| row(&id.to_string())).collect();
        List { first, rows: Arc::new(rows), here, total: here, known: true, ..List::default() }
    }

    fn row(id: &str) -> Row {
        Row::of(Arc::new(message(id, "inbox", 0)))
    }

    fn list(ids: &str) -> List {
        part(ids, 0, u32::try_from(ids.len()).unwrap())
    }

    fn id(text: &str) -> MessageId {
        MessageId::new(text)
    }

    fn key(text: &str) -> RowKey {
        RowKey::of(&message(text, "inbox", 0))
    }

    #[test]
    fn steps_stop_at_both_ends() {
        let from = |at, delta| target(3, Some(at), delta);
        assert_eq!((from(0, 1), from(2, 1), from(0, -1), from(2, -2)), (Some(1), Some(2), Some(0), Some(0)));
        assert_eq!((from(1, i32::MAX), from(1, i32::MIN)), (Some(2), Some(0)));
        assert_eq!(target(3, None, -1), Some(0));
        assert_eq!(target(0, Some(0), 1), None);
    }

    #[test]
    fn after_putting_away_the_older_one_is_next_and_at_the_end_the_newer() {
        let rows = list("abc");
        assert_eq!(after_leaving(&rows, &key("b")), Ok(Some(id("c"))));
        assert_eq!(after_leaving(&rows, &key("c")), Ok(Some(id("b"))));
        assert_eq!(after_leaving(&list("a"), &key("a")), Ok(None));
        assert_eq!(after_leaving(&list(""), &key("a")), Ok(None));
    }

    #[test]
    fn a_neighbour_that_is_not_held_is_not_guessed() {
        let rows = part("def", 3, 9);
        assert_eq!(after_leaving(&rows, &key("e")), Ok(Some(id("f"))));
        assert_eq!(after_leaving(&rows, &key("f")), Err(()));
        assert_eq!(after_leaving(&rows, &key("z")), Err(()));
        assert_eq!(after_leaving(&rows, &key("a")), Err(()));
        assert_eq!(after_leaving(&part("def", 3, 6), &key("f")), Ok(Some(id("e"))), "the last of all");
    }

    #[test]
    fn the_current_row_is_followed_and_its_neighbour_takes_over() {
        let now = |ids: &str, current: &str| follow(&list(ids), Some(&id(current)), Some(&row(current)));
        assert_eq!(now("abcd", "b"), Some(id("b")));
        assert_eq!(now("acd", "b"), Some(id("c")), "the next older that is left");
        assert_eq!(now("abc", "d"), Some(id("c")), "else the next newer");
        assert_eq!(now("", "b"), None);
        assert_eq!(follow(&list("abcd"), None, None), Some(id("a")));
    }

    #[test]
    fn the_current_row_is_never_lost_out_of_sight() {
        let rows = part("mno", 500, 1_000);
        assert_eq!(follow(&rows, Some(&id("b")), Some(&row("b"))), Some(id("b")), "until it is known where it is");
        assert_eq!(follow(&rows, Some(&id("b")), Some(&row("c"))), Some(id("c")), "a reading found its neighbour");
        let pinned = List { pinned: Some((1, row("b"))), ..rows };
        assert_eq!(follow(&pinned, Some(&id("b")), Some(&row("b"))), Some(id("b")));
    }
}

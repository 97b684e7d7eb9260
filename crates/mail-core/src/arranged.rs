//! One sort for everything that is put in order. Each type that the standard library sorts gets code of its own, four kilobytes
//! of it; here only the places are sorted, and what they stand for is taken along.

/// These in the order of their places; `place` says where one belongs: first by the number, then by the text.
pub(crate) fn arranged<T>(items: Vec<T>, place: impl Fn(&T) -> (i64, &[u8])) -> Vec<T> {
    let places = items.iter().zip(0..).map(|(item, at)| {
        let (number, text) = place(item);
        (number, text.to_vec(), at)
    });
    let order = sorted(places.collect());
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| items.get_mut(at)?.take()).collect()
}

#[inline(never)]
fn sorted(mut places: Vec<(i64, Vec<u8>, usize)>) -> Vec<usize> {
    places.sort_unstable();
    places.into_iter().map(|place| place.2).collect()
}

/// A number that orders moments with the newest first.
pub(crate) fn newest_first(moment: i64) -> i64 {
    !moment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_put_in_order_by_number_then_text_and_equal_ones_stay_as_they_were() {
        let all = vec![(3, "b", 1), (-1, "z", 2), (3, "a", 3), (3, "b", 4), (i64::MIN, "", 5)];
        let order: Vec<_> = arranged(all, |each| (each.0, each.1.as_bytes())).iter().map(|each| each.2).collect();
        assert_eq!(order, [5, 2, 3, 1, 4]);
    }

    #[test]
    fn the_newest_comes_first_at_the_ends_of_time_too() {
        assert!(newest_first(i64::MAX) < newest_first(5) && newest_first(5) < newest_first(i64::MIN));
    }
}

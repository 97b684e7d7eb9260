//! What a tree's leaves hold: the rows of a list or its conversations. The tree asks of either only where it lies and how
//! it is written.

use super::bytes::{Input, Output};
use super::places::List;
use super::records::Key;

/// One thing in a leaf.
pub(super) trait Item: Sized {
    /// The kind of a record of such things.
    const LEAF: u8;
    /// Its place in the order of its list.
    fn place(&self) -> (i64, &[u8]);
    /// Whether the person has not read it.
    fn is_unread(&self) -> bool;
    /// How many of these fit into `budget` bytes, at least one, and their record with its checksum.
    fn pack(items: &[Box<Self>], budget: usize) -> (usize, Vec<u8>, u64);
    /// Everything in a leaf's record; `None` when it is damaged.
    fn unpack(input: Input<'_>) -> Option<Vec<Box<Self>>>;
    /// Where a leaf lies.
    fn leaf(tree: u32, number: u32) -> Key;
    /// Where a list's directory lies.
    fn directory(list: &List) -> Key;
}

/// Writes things with `push` for as long as they fit, at least one; how many did.
pub(super) fn fill<T>(
    items: &[Box<T>],
    budget: usize,
    output: &mut Output,
    mut push: impl FnMut(&mut Output, &T),
) -> usize {
    let mut count = 0;
    for item in items {
        let length = output.len();
        push(output, item);
        if count > 0 && output.len() > budget {
            output.truncate(length);
            break;
        }
        count += 1;
    }
    count
}

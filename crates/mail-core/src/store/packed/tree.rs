//! A list while it is being changed: rows in and out of its leaves in memory, then leaves cut where they grew too large,
//! merged where they became small, and each one that changed written once.

use super::directory::{Directory, Leaf, order, pack, place};
use super::places::{self, List, Shape};
use super::records::Step;
use super::row::Rows;
use crate::model::Message;
use crate::store::StoreError;

/// A list that is being changed.
pub(super) struct Tree {
    pub(super) list: List,
    pub(super) directory: Directory,
    pub(super) changed: bool,
}

impl Tree {
    /// The leaf that has or gets a row at this place, and the row's index in it.
    fn seek(&mut self, at: (i64, &[u8])) -> Option<(&mut Leaf, Result<usize, usize>)> {
        let index = self.directory.find(at);
        let leaf = self.directory.leaves.get_mut(index)?;
        let found = leaf.rows.as_ref()?.binary_search_by(|row| order(place(row), at));
        Some((leaf, found))
    }

    pub(super) fn holds(&mut self, at: (i64, &[u8])) -> bool {
        self.seek(at).is_some_and(|(_, found)| found.is_ok())
    }

    pub(super) fn remove(&mut self, at: (i64, &[u8])) {
        if let Some((leaf, Ok(index))) = self.seek(at)
            && let Some(rows) = &mut leaf.rows
        {
            rows.remove(index);
            leaf.changed = true;
            self.changed = true;
        }
    }

    pub(super) fn replace(&mut self, row: &Message) {
        if let Some((leaf, Ok(index))) = self.seek(place(row))
            && let Some(known) = leaf.rows.as_mut().and_then(|rows| rows.get_mut(index))
            && **known != *row
        {
            **known = row.clone();
            leaf.changed = true;
            self.changed = true;
        }
    }

    pub(super) fn insert(&mut self, row: Box<Message>) {
        if self.directory.leaves.is_empty() {
            let leaf = Leaf { number: self.directory.next, rows: Some(Vec::new()), ..Leaf::default() };
            self.directory.next += 1;
            self.directory.leaves.push(leaf);
        }
        if let Some((leaf, Err(index))) = self.seek(place(&row))
            && let Some(rows) = &mut leaf.rows
        {
            rows.insert(index, row);
            leaf.changed = true;
            self.changed = true;
        }
    }

    /// Cuts and merges what changed, and writes it.
    pub(super) fn finish(&mut self, shape: &Shape, steps: &mut Vec<Step>) {
        let number = self.directory.tree;
        let before = std::mem::take(&mut self.directory.leaves);
        let last = before.len().saturating_sub(1);
        let mut records: Vec<(u32, Vec<u8>)> = Vec::new();
        for (at, mut leaf) in before.into_iter().enumerate() {
            match leaf.rows.take() {
                Some(rows) if leaf.changed && rows.is_empty() => {
                    steps.push(Step::Delete(places::leaf(number, leaf.number)));
                }
                Some(rows) if leaf.changed => self.cut(leaf, rows, (at == 0, at == last), shape, &mut records),
                rows => {
                    leaf.rows = rows;
                    self.directory.leaves.push(leaf);
                }
            }
        }
        self.merge(shape, steps, &mut records);
        steps.extend(records.into_iter().map(|(leaf, record)| Step::Put(places::leaf(number, leaf), record)));
    }

    /// Makes one leaf's rows into as many leaves as they need. At the ends of a list, where rows are added in order, the
    /// leaves are filled, and what is left over grows; elsewhere they get equal shares.
    fn cut(
        &mut self,
        leaf: Leaf,
        mut rows: Rows,
        (first, last): (bool, bool),
        shape: &Shape,
        records: &mut Vec<(u32, Vec<u8>)>,
    ) {
        let limit = shape.leaf_bytes;
        let mut budget = limit;
        let (mut count, mut record, mut sum) = pack(&rows, limit);
        if count < rows.len() && !last {
            let total = pack(&rows, usize::MAX).1.len();
            let pieces = total.div_ceil(limit.max(1)).max(1);
            let share = if first { total % limit.max(1) } else { total / pieces };
            let share = limit.min(share + limit / 16);
            budget = if first { limit } else { share };
            (count, record, sum) = pack(&rows, share);
        }
        let mut leaf = leaf;
        loop {
            let rest = rows.split_off(count.min(rows.len()));
            leaf.describe(&record, sum, &rows);
            records.push((leaf.number, record));
            let next = rest.first().zip(rows.last()).map(|(first, last)| {
                let mut next = Leaf { number: self.directory.next, ..Leaf::default() };
                next.begin(last, first);
                next
            });
            leaf.rows = Some(rows);
            self.directory.leaves.push(leaf);
            let Some(next) = next else { return };
            self.directory.next += 1;
            leaf = next;
            rows = rest;
            (count, record, sum) = pack(&rows, budget);
        }
    }

    /// Merges neighbours of which both are small.
    fn merge(&mut self, shape: &Shape, steps: &mut Vec<Step>, records: &mut Vec<(u32, Vec<u8>)>) {
        let leaves = &mut self.directory.leaves;
        let mut at = 0;
        while let [one, other] = leaves.get_mut(at..).and_then(|rest| rest.get_mut(..2)).unwrap_or_default() {
            let both_small = is_small(one, shape) && is_small(other, shape);
            if let (true, Some(rows), Some(more)) = (both_small, &mut one.rows, &mut other.rows) {
                rows.append(more);
                let (_, record, sum) = pack(rows, usize::MAX);
                let rows = one.rows.take().unwrap_or_default();
                one.describe(&record, sum, &rows);
                one.rows = Some(rows);
                let gone = other.number;
                records.retain(|known| known.0 != gone && known.0 != one.number);
                records.push((one.number, record));
                steps.push(Step::Delete(places::leaf(self.directory.tree, gone)));
                leaves.remove(at + 1);
            } else {
                at += 1;
            }
        }
    }
}

/// A leaf so small that it is merged with a neighbour which is small as well.
pub(super) fn is_small(leaf: &Leaf, shape: &Shape) -> bool {
    (leaf.size as usize) < shape.leaf_bytes / 3
}

pub(super) fn rows_of(leaf: &Leaf, record: Option<&[u8]>) -> Result<Option<Rows>, StoreError> {
    let Some(mut input) = leaf.read(record)? else { return Ok(None) };
    let mut rows = Vec::new();
    while !input.is_over() {
        let Some(Some(row)) = input.next(&mut |_| true) else { return Ok(None) };
        rows.push(row);
    }
    Ok(Some(rows))
}

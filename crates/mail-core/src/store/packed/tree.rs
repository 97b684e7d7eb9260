//! A list while it is being changed: rows, or conversations, in and out of its leaves in memory, then leaves cut where they
//! grew too large, merged where they became small, and each one that changed written once.

use super::directory::{Directory, Leaf, order};
use super::item::Item;
use super::places::{List, Shape};
use super::records::{Key, Step};
use crate::model::Message;
use crate::store::StoreError;

/// A list that is being changed.
pub(super) struct Tree<T = Message> {
    pub(super) list: List,
    pub(super) directory: Directory<T>,
    pub(super) changed: bool,
    /// The indexes of the leaves that are to be read.
    wanted: Vec<usize>,
}

impl Tree {
    /// Puts a row in the place of the one that lies where it belongs; answers that one if it was another.
    pub(super) fn replace(&mut self, row: Box<Message>) -> Option<Box<Message>> {
        let (leaf, found) = self.seek(row.place())?;
        let known = leaf.items.as_mut()?.get_mut(found.ok()?)?;
        if *known == row {
            return None;
        }
        let before = std::mem::replace(known, row);
        leaf.changed = true;
        self.changed = true;
        Some(before)
    }

    /// The rows of this moment that are at hand.
    pub(super) fn at(&self, received: i64) -> impl Iterator<Item = &Message> {
        let leaves = self.directory.leaves.get(self.directory.spanned(received)).unwrap_or_default();
        let rows = leaves.iter().filter_map(|leaf| leaf.items.as_ref()).flatten();
        rows.map(|row| &**row).filter(move |row| row.received.millis() == received)
    }

    /// Wants the leaves with rows of this moment.
    pub(super) fn want_at(&mut self, received: i64) {
        for index in self.directory.spanned(received) {
            self.want_leaf(index);
        }
    }
}

impl<T: Item> Tree<T> {
    /// A list without anything in it.
    pub(super) fn new(list: List, number: u32) -> Self {
        Self { list, directory: Directory::new(number), changed: true, wanted: Vec::new() }
    }

    /// Takes the directory in; whether it is this list's and could be read.
    pub(super) fn open(&mut self, record: Option<&[u8]>) -> Result<bool, StoreError> {
        let known = record.map(Directory::decode).transpose()?.flatten();
        let Some(known) = known.filter(|known| known.tree == self.directory.tree) else { return Ok(false) };
        self.directory = known;
        self.changed = false;
        Ok(true)
    }

    /// Wants the leaves that are needed to change what is at this place.
    pub(super) fn want(&mut self, at: (i64, &[u8]), shape: &Shape) {
        let near: Vec<usize> = self.directory.near(at, shape).collect();
        for index in near {
            self.want_leaf(index);
        }
    }

    fn want_leaf(&mut self, index: usize) {
        if self.directory.leaves.get(index).is_some_and(|leaf| leaf.items.is_none())
            && let Err(at) = self.wanted.binary_search(&index)
        {
            self.wanted.insert(at, index);
        }
    }

    /// The leaves that are wanted and not at hand.
    pub(super) fn wanted(&self) -> impl Iterator<Item = Key> {
        let leaves = self.wanted.iter().filter_map(|index| self.directory.leaves.get(*index));
        leaves.map(|leaf| T::leaf(self.directory.tree, leaf.number))
    }

    /// Takes these leaves in; whether all could be read.
    pub(super) fn take(&mut self, records: &mut impl Iterator<Item = Option<Vec<u8>>>) -> Result<bool, StoreError> {
        for index in std::mem::take(&mut self.wanted) {
            let Some(leaf) = self.directory.leaves.get_mut(index) else { continue };
            leaf.items = leaf.read_all(records.next().flatten().as_deref())?;
            if leaf.items.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The leaf that has or gets what belongs at this place, and its index in it.
    fn seek(&mut self, at: (i64, &[u8])) -> Option<(&mut Leaf<T>, Result<usize, usize>)> {
        let index = self.directory.find(at);
        let leaf = self.directory.leaves.get_mut(index)?;
        let found = leaf.items.as_ref()?.binary_search_by(|item| order(item.place(), at));
        Some((leaf, found))
    }

    pub(super) fn holds(&mut self, at: (i64, &[u8])) -> bool {
        self.seek(at).is_some_and(|(_, found)| found.is_ok())
    }

    /// Takes out what lies at this place.
    pub(super) fn remove(&mut self, at: (i64, &[u8])) -> Option<Box<T>> {
        let (leaf, found) = self.seek(at)?;
        let index = found.ok()?;
        leaf.changed = true;
        let removed = leaf.items.as_mut().map(|items| items.remove(index));
        self.changed = true;
        removed
    }

    pub(super) fn insert(&mut self, item: Box<T>) {
        if self.directory.leaves.is_empty() {
            let mut leaf = Leaf::new(self.directory.next);
            leaf.items = Some(Vec::new());
            self.directory.next += 1;
            self.directory.leaves.push(leaf);
        }
        if let Some((leaf, Err(index))) = self.seek(item.place())
            && let Some(items) = &mut leaf.items
        {
            items.insert(index, item);
            leaf.changed = true;
            self.changed = true;
        }
    }

    /// Writes what changed; whether anything is left in the list.
    pub(super) fn write(&mut self, shape: &Shape, steps: &mut Vec<Step>) -> bool {
        self.finish(shape, steps);
        let key = T::directory(&self.list);
        let is_empty = self.directory.leaves.is_empty();
        steps.push(if is_empty { Step::Delete(key) } else { Step::Put(key, self.directory.encode()) });
        !is_empty
    }

    /// Cuts and merges what changed, and writes it.
    fn finish(&mut self, shape: &Shape, steps: &mut Vec<Step>) {
        let number = self.directory.tree;
        let before = std::mem::take(&mut self.directory.leaves);
        let last = before.len().saturating_sub(1);
        let mut records: Vec<(u32, Vec<u8>)> = Vec::new();
        for (at, mut leaf) in before.into_iter().enumerate() {
            match leaf.items.take() {
                Some(items) if leaf.changed && items.is_empty() => {
                    steps.push(Step::Delete(T::leaf(number, leaf.number)));
                }
                Some(items) if leaf.changed => self.cut(leaf, items, (at == 0, at == last), shape, &mut records),
                items => {
                    leaf.items = items;
                    self.directory.leaves.push(leaf);
                }
            }
        }
        self.merge(shape, steps, &mut records);
        steps.extend(records.into_iter().map(|(leaf, record)| Step::Put(T::leaf(number, leaf), record)));
    }

    /// Makes what is in one leaf into as many leaves as it needs. At the ends of a list, where things are added in order, the
    /// leaves are filled, and what is left over grows; elsewhere they get equal shares.
    fn cut(
        &mut self,
        leaf: Leaf<T>,
        mut items: Vec<Box<T>>,
        (first, last): (bool, bool),
        shape: &Shape,
        records: &mut Vec<(u32, Vec<u8>)>,
    ) {
        let limit = shape.leaf_bytes;
        let mut budget = limit;
        let (mut count, mut record, mut sum) = T::pack(&items, limit);
        if count < items.len() && !last {
            let total = T::pack(&items, usize::MAX).1.len();
            let pieces = total.div_ceil(limit.max(1)).max(1);
            let share = if first { total % limit.max(1) } else { total / pieces };
            let share = limit.min(share + limit / 16);
            budget = if first { limit } else { share };
            (count, record, sum) = T::pack(&items, share);
        }
        let mut leaf = leaf;
        loop {
            let rest = items.split_off(count.min(items.len()));
            leaf.describe(&record, sum, &items);
            records.push((leaf.number, record));
            let next = rest.first().zip(items.last()).map(|(first, last)| {
                let mut next = Leaf::new(self.directory.next);
                next.begin(last.place(), first.place());
                next
            });
            leaf.items = Some(items);
            self.directory.leaves.push(leaf);
            let Some(next) = next else { return };
            self.directory.next += 1;
            leaf = next;
            items = rest;
            (count, record, sum) = T::pack(&items, budget);
        }
    }

    /// Merges neighbours of which both are small.
    fn merge(&mut self, shape: &Shape, steps: &mut Vec<Step>, records: &mut Vec<(u32, Vec<u8>)>) {
        let leaves = &mut self.directory.leaves;
        let mut at = 0;
        while let [one, other] = leaves.get_mut(at..).and_then(|rest| rest.get_mut(..2)).unwrap_or_default() {
            let both_small = one.is_small(shape) && other.is_small(shape);
            if let (true, Some(items), Some(more)) = (both_small, &mut one.items, &mut other.items) {
                items.append(more);
                let (_, record, sum) = T::pack(items, usize::MAX);
                let items = one.items.take().unwrap_or_default();
                one.describe(&record, sum, &items);
                one.items = Some(items);
                let gone = other.number;
                records.retain(|known| known.0 != gone && known.0 != one.number);
                records.push((one.number, record));
                steps.push(Step::Delete(T::leaf(self.directory.tree, gone)));
                leaves.remove(at + 1);
            } else {
                at += 1;
            }
        }
    }
}

//! A list's directory: for each of its leaves where it begins, how much is in it and what its record must look like. One
//! small record answers how long a list is and which leaves a window of it needs.

use super::bytes::{Input, Output};
use super::item::Item;
use super::places::Shape;
use super::row::{RowsInput, common};
use crate::model::Message;
use crate::store::StoreError;
use std::cmp::Ordering;

const DIRECTORY: u8 = b'D';

/// A leaf, as its directory knows it.
#[derive(Debug)]
pub(super) struct Leaf<T = Message> {
    /// Its number, which the list never uses again.
    pub(super) number: u32,
    /// The checksum of its record: a record with another one is of another moment, or damaged.
    pub(super) sum: u64,
    /// The size of its record.
    pub(super) size: u32,
    pub(super) count: u32,
    pub(super) unread: u32,
    /// Where it begins: no row before this place is in it, and none of the leaf before lies from here on. Of the id only
    /// as much is kept as tells the two apart, mostly nothing.
    pub(super) received: i64,
    pub(super) id: Vec<u8>,
    /// What is in it, while it is being changed.
    pub(super) items: Option<Vec<Box<T>>>,
    /// Whether its record is to be written anew.
    pub(super) changed: bool,
}

/// The directory of one list.
#[derive(Debug)]
pub(super) struct Directory<T = Message> {
    /// The number of the list.
    pub(super) tree: u32,
    /// The number of the next leaf.
    pub(super) next: u32,
    /// The leaves, newest first.
    pub(super) leaves: Vec<Leaf<T>>,
}

/// The order of a list: newest first, then by id.
pub(super) fn order(one: (i64, &[u8]), other: (i64, &[u8])) -> Ordering {
    other.0.cmp(&one.0).then_with(|| one.1.cmp(other.1))
}

/// A row's place in the order of its list.
pub(super) fn place(row: &Message) -> (i64, &[u8]) {
    (row.received.millis(), row.id.as_str().as_bytes())
}

impl Leaf {
    /// The rows in the record of this leaf; `None` when it is damaged or not this leaf as the directory knows it.
    ///
    /// # Errors
    /// [`StoreError::Lost`] when a newer build wrote it.
    pub(super) fn read<'a>(&self, record: Option<&'a [u8]>) -> Result<Option<RowsInput<'a>>, StoreError> {
        Ok(self.open(super::row::LEAF, record)?.map(RowsInput::new))
    }
}

impl<T> Leaf<T> {
    pub(super) fn new(number: u32) -> Self {
        Self { number, sum: 0, size: 0, count: 0, unread: 0, received: 0, id: Vec::new(), items: None, changed: false }
    }

    /// What the record of this leaf holds, as [`Leaf::read`] tells it.
    pub(super) fn open<'a>(&self, kind: u8, record: Option<&'a [u8]>) -> Result<Option<Input<'a>>, StoreError> {
        let Some(record) = record else { return Ok(None) };
        Ok(Input::open(kind, record)?.filter(|(_, sum)| *sum == self.sum).map(|(input, _)| input))
    }

    /// Lets the leaf begin with what lies at `first`, right behind `last`.
    pub(super) fn begin(&mut self, last: (i64, &[u8]), first: (i64, &[u8])) {
        self.received = first.0;
        self.id.clear();
        if last.0 == first.0 {
            self.id.extend(first.1.iter().take(common(last.1, first.1) + 1));
        }
    }

    /// A leaf so small that it is merged with a neighbour which is small as well.
    pub(super) fn is_small(&self, shape: &Shape) -> bool {
        (self.size as usize) < shape.leaf_bytes / 3
    }
}

impl<T: Item> Leaf<T> {
    /// Describes the record of this leaf, which holds these.
    pub(super) fn describe(&mut self, record: &[u8], sum: u64, items: &[Box<T>]) {
        self.sum = sum;
        self.size = u32::try_from(record.len()).unwrap_or(u32::MAX);
        self.count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        self.unread = u32::try_from(items.iter().filter(|item| item.is_unread()).count()).unwrap_or(u32::MAX);
    }

    /// Everything in the record of this leaf, as [`Leaf::read`] tells it.
    pub(super) fn read_all(&self, record: Option<&[u8]>) -> Result<Option<Vec<Box<T>>>, StoreError> {
        Ok(self.open(T::LEAF, record)?.and_then(T::unpack))
    }
}

impl<T> Directory<T> {
    pub(super) fn new(tree: u32) -> Self {
        Self { tree, next: 0, leaves: Vec::new() }
    }

    /// How many rows the list has.
    pub(super) fn count(&self) -> u32 {
        self.leaves.iter().fold(0, |sum, leaf| sum.saturating_add(leaf.count))
    }

    /// The index of the leaf a row at this place lies in, or belongs in.
    pub(super) fn find(&self, at: (i64, &[u8])) -> usize {
        let behind = self.leaves.partition_point(|leaf| order((leaf.received, &leaf.id), at) != Ordering::Greater);
        behind.saturating_sub(1)
    }

    /// The indexes of the leaves in which anything of this moment lies.
    pub(super) fn spanned(&self, received: i64) -> std::ops::RangeInclusive<usize> {
        // No id sorts after this: it is no text.
        self.find((received, &[]))..=self.find((received, &[0xff]))
    }

    /// The indexes of the leaves that are needed to change what is at this place: a small neighbour may have to be merged
    /// with the leaf there.
    pub(super) fn near(&self, at: (i64, &[u8]), shape: &Shape) -> impl Iterator<Item = usize> {
        let index = self.find(at);
        let needed =
            move |near: &usize| self.leaves.get(*near).is_some_and(|leaf| *near == index || leaf.is_small(shape));
        [index.checked_sub(1), Some(index), index.checked_add(1)].into_iter().flatten().filter(needed)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut output = Output::new(DIRECTORY);
        output.number(self.tree.into());
        output.number(self.next.into());
        let mut received = 0_i64;
        for leaf in &self.leaves {
            for number in [leaf.number, leaf.size, leaf.count, leaf.unread] {
                output.number(number.into());
            }
            output.word(leaf.sum);
            output.number(received.wrapping_sub(leaf.received) as u64);
            received = leaf.received;
            output.text(&leaf.id);
        }
        output.finish().0
    }

    /// Reads a directory; `None` when it is damaged.
    ///
    /// # Errors
    /// [`StoreError::Lost`] when a newer build wrote it.
    pub(super) fn decode(record: &[u8]) -> Result<Option<Self>, StoreError> {
        Ok(Input::open(DIRECTORY, record)?.and_then(|(input, _)| Self::read(input)))
    }

    fn read(mut input: Input<'_>) -> Option<Self> {
        let mut directory = Self { tree: input.small()?, next: input.small()?, leaves: Vec::new() };
        let mut received = 0_i64;
        while !input.is_empty() {
            let (number, size) = (input.small()?, input.small()?);
            let (count, unread, sum) = (input.small()?, input.small()?, input.word()?);
            received = received.wrapping_sub(input.number()? as i64);
            let id = input.text()?.to_vec();
            directory.leaves.push(Leaf { number, sum, size, count, unread, received, id, items: None, changed: false });
        }
        Some(directory)
    }
}

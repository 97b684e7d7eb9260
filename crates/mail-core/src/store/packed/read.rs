//! Finding rows: which records a question needs, and what they answer. Pure, asked again with more records until it has
//! all it needs; records of different moments, which do not fit together, are told from damaged ones by its caller.

use super::directory::{Directory, Leaf};
use super::places::{self, Catalogue, List, Place, Shape, Shard};
use super::read_conversations;
use super::records::Key;
use crate::id::{ConversationId, FolderId, MessageId};
use crate::model::{Conversation, Message};
use crate::store::{Rank, RowKey, StoreError};
use std::cmp::Ordering;

/// What is asked.
pub(super) enum Question {
    /// Rows of a list from a place on, at most so many.
    Window(List, u32, u32),
    /// The same, how many there are, and where keys stand.
    Stretch(List, u32, u32, Vec<RowKey>),
    /// How many rows a list has; the answer is in [`Found::count`].
    Count(List),
    /// The rows of these messages, ordered by id.
    Rows(Vec<MessageId>),
    /// Conversations of a list from a place on, at most so many, with the rows of their latest messages; how many there are,
    /// and where keys stand.
    Conversations(List, u32, u32, Vec<RowKey>),
    /// How many conversations a list has; the answer is in [`Found::count`].
    ConversationCount(List),
    /// The rows of the conversations with these keys, in order.
    Members(Vec<ConversationId>),
}

/// What is no more to be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// All lists: where messages lie is not known any more.
    Everything,
    /// One list.
    List(List),
    /// What is told of conversations.
    Conversations,
}

impl Damage {
    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Everything => vec![super::bytes::FORMAT, b'*'],
            Self::Conversations => vec![super::bytes::FORMAT, b'c'],
            Self::List(None) => vec![super::bytes::FORMAT, b'-'],
            Self::List(Some(folder)) => [&[super::bytes::FORMAT, b'='], folder.as_str().as_bytes()].concat(),
        }
    }

    /// What a mark says; one that says nothing is no mark.
    pub(super) fn decode(mark: &[u8]) -> Option<Self> {
        match mark.split_first_chunk::<2>()? {
            ([_, b'*'], _) => Some(Self::Everything),
            ([_, b'c'], _) => Some(Self::Conversations),
            ([_, b'-'], _) => Some(Self::List(None)),
            ([_, b'='], name) => Some(Self::List(Some(FolderId::new(str::from_utf8(name).ok()?)))),
            _ => None,
        }
    }
}

/// An answer.
#[derive(Default)]
pub(super) struct Found {
    pub(super) rows: Vec<Message>,
    pub(super) conversations: Vec<Conversation>,
    pub(super) count: u32,
    pub(super) ranks: Vec<Rank>,
    /// Whether something did not fit together.
    pub(super) doubtful: bool,
    /// What is damaged, if all of it is of one moment.
    pub(super) damage: Option<Damage>,
}

impl Found {
    pub(super) fn damaged(&mut self, damage: Damage) {
        self.doubtful = true;
        self.damage = Some(damage);
    }
}

/// How far a question has come.
pub(super) enum Progress {
    /// These records are needed.
    Needs(Vec<Key>),
    /// It is answered.
    Is(Found),
}

/// The records read so far, ordered by key.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) keys: Vec<Key>,
    records: Vec<Option<Vec<u8>>>,
}

impl Seen {
    pub(super) fn add(&mut self, keys: Vec<Key>, records: Vec<Option<Vec<u8>>>) {
        for (key, record) in keys.into_iter().zip(records) {
            let at = self.keys.partition_point(|known| *known < key);
            self.keys.insert(at, key);
            self.records.insert(at, record);
        }
    }

    /// Whether these are the same records, read again.
    pub(super) fn are(&self, records: &[Option<Vec<u8>>]) -> bool {
        self.records == records
    }

    /// The record, once it was read. What was not is added to `missing`.
    pub(super) fn record(&self, key: Key, missing: &mut Vec<Key>) -> Option<&[u8]> {
        if let Ok(at) = self.keys.binary_search(&key) {
            return self.records.get(at)?.as_deref();
        }
        if !missing.contains(&key) {
            missing.push(key);
        }
        None
    }
}

/// Takes a question as far as the records seen allow.
///
/// # Errors
/// [`StoreError::Lost`] when a newer build wrote a record.
pub(super) fn answer(question: &Question, shape: &Shape, seen: &Seen) -> Result<Progress, StoreError> {
    let mut missing = Vec::new();
    let mut found = Found::default();
    match question {
        Question::Window(list, skip, limit) => window(list, (*skip, *limit), &[], seen, &mut missing, &mut found)?,
        Question::Stretch(list, skip, limit, keys) => {
            window(list, (*skip, *limit), keys, seen, &mut missing, &mut found)?;
        }
        Question::Count(list) => {
            found.count = directory(list, None, seen, &mut missing, &mut found)?.map_or(0, |known| known.count());
        }
        Question::Rows(ids) => rows(ids, shape, seen, &mut missing, &mut found)?,
        Question::Conversations(list, skip, limit, keys) => {
            read_conversations::window(list, (*skip, *limit), keys, seen, &mut missing, &mut found)?;
        }
        Question::ConversationCount(list) => {
            let known = read_conversations::directory(list, seen, &mut missing, &mut found)?;
            found.count = known.map_or(0, |known| known.count());
        }
        Question::Members(ids) => read_conversations::rows(ids, shape, seen, &mut missing, &mut found)?,
    }
    Ok(if missing.is_empty() { Progress::Is(found) } else { Progress::Needs(missing) })
}

/// A list's directory, if it has one; `tree` is the number it must have.
pub(super) fn directory(
    list: &List,
    tree: Option<u32>,
    seen: &Seen,
    missing: &mut Vec<Key>,
    found: &mut Found,
) -> Result<Option<Directory>, StoreError> {
    let Some(record) = seen.record(places::directory(list), missing) else {
        if tree.is_some() && missing.is_empty() {
            found.damaged(Damage::List(list.clone()));
        }
        return Ok(None);
    };
    let directory = Directory::decode(record)?.filter(|directory| tree.is_none_or(|tree| tree == directory.tree));
    if directory.is_none() {
        found.damaged(Damage::List(list.clone()));
    }
    Ok(directory)
}

fn window(
    list: &List,
    (mut skip, mut limit): (u32, u32),
    keys: &[RowKey],
    seen: &Seen,
    missing: &mut Vec<Key>,
    found: &mut Found,
) -> Result<(), StoreError> {
    let Some(directory) = directory(list, None, seen, missing, found)? else {
        found.ranks = vec![Rank::default(); keys.len()];
        return Ok(());
    };
    found.count = directory.count();
    for key in keys {
        let rank = rank(list, &directory, key, seen, missing, found)?;
        found.ranks.push(rank);
    }
    for leaf in &directory.leaves {
        if skip >= leaf.count {
            skip -= leaf.count;
            continue;
        }
        if limit == 0 {
            break;
        }
        let taken = limit.min(leaf.count - skip);
        let mut at = 0;
        let (from, to) = (skip, skip + taken);
        let mut wanted = |_: &[u8], _: &[u8]| {
            at += 1;
            at > from && at <= to
        };
        take(list, directory.tree, leaf, &mut wanted, seen, missing, found)?;
        limit -= taken;
        skip = 0;
    }
    Ok(())
}

/// Where a key stands: the directory counts the leaves before it, and one leaf is looked through.
fn rank(
    list: &List,
    directory: &Directory,
    key: &RowKey,
    seen: &Seen,
    missing: &mut Vec<Key>,
    found: &mut Found,
) -> Result<Rank, StoreError> {
    let at = (key.received.millis(), key.id.as_str().as_bytes());
    let index = directory.find(at);
    let before = directory.leaves.iter().take(index).fold(0, |sum: u32, leaf| sum.saturating_add(leaf.count));
    let mut rank = Rank { place: before, listed: false };
    let Some(leaf) = directory.leaves.get(index) else { return Ok(rank) };
    let mut rows = leaf.read(seen.record(places::leaf(directory.tree, leaf.number), missing))?;
    while let Some(input) = rows.as_mut().filter(|rows| !rows.is_over()) {
        let mut by_id = Ordering::Equal;
        let passed = input.next(&mut |id, _| {
            by_id = id.cmp(at.1);
            false
        });
        match (passed.is_some(), at.0.cmp(&input.received).then(by_id)) {
            (false, _) => rows = None,
            (true, Ordering::Less) => rank.place += 1,
            (true, by_place) => {
                rank.listed = by_place == Ordering::Equal;
                return Ok(rank);
            }
        }
    }
    if rows.is_none() {
        found.damaged(Damage::List(list.clone()));
    }
    Ok(rank)
}

/// Adds a leaf's wanted rows to what was found.
pub(super) fn take(
    list: &List,
    tree: u32,
    leaf: &Leaf,
    wanted: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    seen: &Seen,
    missing: &mut Vec<Key>,
    found: &mut Found,
) -> Result<(), StoreError> {
    let before = missing.len();
    let record = seen.record(places::leaf(tree, leaf.number), missing);
    if missing.len() > before {
        return Ok(());
    }
    let mut rows = leaf.read(record)?;
    while let Some(input) = rows.as_mut().filter(|rows| !rows.is_over()) {
        match input.next(wanted) {
            Some(row) => found.rows.extend(row.map(|row| *row)),
            None => rows = None,
        }
    }
    if rows.is_none() {
        found.damaged(Damage::List(list.clone()));
    }
    Ok(())
}

fn rows(
    ids: &[MessageId],
    shape: &Shape,
    seen: &Seen,
    missing: &mut Vec<Key>,
    found: &mut Found,
) -> Result<(), StoreError> {
    let catalogue = Catalogue::decode(seen.record(places::catalogue(), missing))?;
    // Shards by number, each read once; places with the list they are in, each with the ids that may lie there.
    let mut shards: Vec<(u64, Option<Shard>)> = Vec::new();
    let mut candidates: Vec<(Place, &MessageId)> = Vec::new();
    let mut expected = 0;
    for id in ids {
        let (number, hash) = shape.shard(id);
        let at = shards.partition_point(|known| known.0 < number);
        if shards.get(at).is_none_or(|known| known.0 != number) {
            shards.insert(at, (number, Shard::decode(seen.record(places::shard(number), missing))?));
        }
        let (Some((_, Some(shard))), Some(catalogue)) = (shards.get(at), &catalogue) else {
            found.damaged(Damage::Everything);
            continue;
        };
        let alive = shard.of(hash).iter().filter(|place| catalogue.list(place.tree).is_some());
        let known = candidates.len();
        candidates.extend(alive.map(|place| (*place, id)));
        expected += usize::from(candidates.len() > known);
    }
    let Some(catalogue) = catalogue.filter(|_| missing.is_empty()) else { return Ok(()) };
    let mut wanted = |id: &[u8], _: &[u8]| ids.binary_search_by(|known| known.as_str().as_bytes().cmp(id)).is_ok();
    let candidates = candidates.iter().map(|(place, id)| (place.tree, (place.received, id.as_str().as_bytes())));
    take_at(candidates, &catalogue, &mut wanted, seen, missing, found)?;
    found.doubtful |= found.rows.len() != expected;
    Ok(())
}

/// Adds the wanted rows of the leaves where these may lie, by the number of their list.
pub(super) fn take_at<'a>(
    candidates: impl Iterator<Item = (u32, (i64, &'a [u8]))>,
    catalogue: &Catalogue,
    wanted: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    seen: &Seen,
    missing: &mut Vec<Key>,
    found: &mut Found,
) -> Result<(), StoreError> {
    let mut directories: Vec<(u32, Option<Directory>)> = Vec::new();
    let mut leaves: Vec<(usize, usize)> = Vec::new();
    for (number, at_place) in candidates {
        let known = directories.iter().position(|known| known.0 == number);
        let at = known.unwrap_or(directories.len());
        if known.is_none() {
            let Some(list) = catalogue.list(number) else { continue };
            directories.push((number, directory(list, Some(number), seen, missing, found)?));
        }
        if let Some((_, Some(directory))) = directories.get(at) {
            let leaf = (at, directory.find(at_place));
            if let Err(at) = leaves.binary_search(&leaf) {
                leaves.insert(at, leaf);
            }
        }
    }
    for (at, index) in leaves {
        let Some((tree, Some(directory))) = directories.get(at) else { continue };
        let (Some(leaf), Some(list)) = (directory.leaves.get(index), catalogue.list(*tree)) else { continue };
        take(list, *tree, leaf, wanted, seen, missing, found)?;
    }
    Ok(())
}

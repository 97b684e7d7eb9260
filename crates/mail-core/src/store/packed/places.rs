//! Where a message lies: shards of places ordered by a hash of the id, and the numbers the lists have in them. From a place
//! the list's directory leads to the leaf, so that splitting a leaf touches no shard.

use super::bytes::{FORMAT, Input, Output, hash};
use super::records::{Key, Table};
use crate::id::{FolderId, MessageId};
use crate::store::StoreError;

const SHARD: u8 = b'S';
const CATALOGUE: u8 = b'C';
/// The format of a catalogue whose lists have conversations. A build that knows none must not change rows any more: it
/// takes the number for that of a newer build, and reloads.
const WITH_CONVERSATIONS: u8 = 2;

/// How records are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The size a leaf's record is kept under, unless a single row is larger. Chromium keeps values from 64 KiB on in files of
    /// their own, which makes changing them several times as expensive.
    pub leaf_bytes: usize,
    /// How many records hold the places of messages. Never to be changed in a layout that is in use.
    pub shards: u64,
    /// The bits of an id's hash that count; all of them, but for tests of ids with the same hash.
    pub hash_mask: u64,
}

impl Default for Shape {
    fn default() -> Self {
        // 128 shards hold 100,000 messages in 15 KB each and a million in 150 KB each. More of them would make each page of a
        // first sync write more records.
        Self { leaf_bytes: 60 * 1024, shards: 128, hash_mask: u64::MAX }
    }
}

impl Shape {
    /// The shard an id belongs to, and its hash in it.
    pub(super) fn shard(&self, id: &MessageId) -> (u64, u64) {
        self.shard_of(id.as_str().as_bytes())
    }

    /// The shard a message's id or a conversation's key belongs to, and its hash in it.
    pub(super) fn shard_of(&self, id: &[u8]) -> (u64, u64) {
        let hash = hash(id) & self.hash_mask;
        (hash % self.shards.max(1), hash)
    }
}

/// Where a message may lie, under a hash of its id or of its conversation's key: several may have one hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) hash: u64,
    /// The number of the list.
    pub(super) tree: u32,
    pub(super) received: i64,
}

/// The places of one shard, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shard(pub(super) Vec<Place>);

impl Shard {
    /// The places under a hash.
    pub(super) fn of(&self, hash: u64) -> &[Place] {
        let (start, end) =
            (self.0.partition_point(|place| place.hash < hash), self.0.partition_point(|place| place.hash <= hash));
        self.0.get(start..end).unwrap_or_default()
    }

    pub(super) fn insert(&mut self, place: Place) {
        self.0.insert(self.0.partition_point(|known| *known < place), place);
    }

    /// Takes out a place; whether it was there.
    pub(super) fn remove(&mut self, place: Place) -> bool {
        let at = self.0.partition_point(|known| *known < place);
        let known = self.0.get(at) == Some(&place);
        if known {
            self.0.remove(at);
        }
        known
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut output = Output::new(SHARD);
        for place in &self.0 {
            output.word(place.hash);
            output.number(place.tree.into());
            output.word(place.received as u64);
        }
        output.finish().0
    }

    /// Reads a shard, which is empty where there is no record; `None` when it is damaged.
    ///
    /// # Errors
    /// [`StoreError::Lost`] when a newer build wrote it.
    pub(super) fn decode(record: Option<&[u8]>) -> Result<Option<Self>, StoreError> {
        let Some(record) = record else { return Ok(Some(Self::default())) };
        let Some((mut input, _)) = Input::open(SHARD, record)? else { return Ok(None) };
        let mut places = Vec::new();
        while !input.is_empty() {
            let (Some(hash), Some(tree), Some(received)) = (input.word(), input.small(), input.word()) else {
                return Ok(None);
            };
            places.push(Place { hash, tree, received: received as i64 });
        }
        Ok(Some(Self(places)))
    }
}

/// Which list: a folder's, or `None` for the one of the detached rows. Of conversations: a folder's, or `None` for the one of
/// all folders.
pub(super) type List = Option<FolderId>;

/// The numbers of the lists. A number is never used again, so that a place in a list that is no more is no place.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Catalogue {
    next: u32,
    lists: Vec<(u32, List)>,
    /// Whether a build wrote it that kept no conversations.
    pub(super) is_older: bool,
}

impl Catalogue {
    pub(super) fn number(&self, list: &List) -> Option<u32> {
        self.lists.iter().find(|known| known.1 == *list).map(|known| known.0)
    }

    pub(super) fn list(&self, tree: u32) -> Option<&List> {
        self.lists.iter().find(|known| known.0 == tree).map(|known| &known.1)
    }

    /// The numbers of the folders' lists.
    pub(super) fn folders(&self) -> impl Iterator<Item = u32> {
        self.lists.iter().filter(|known| known.1.is_some()).map(|known| known.0)
    }

    /// Whether this is the number of a folder's list.
    pub(super) fn is_folder(&self, tree: u32) -> bool {
        self.list(tree).is_some_and(Option::is_some)
    }

    /// The number that the next new list gets.
    pub(super) fn next(&self) -> u32 {
        self.next
    }

    pub(super) fn add(&mut self, list: List) -> u32 {
        let number = self.next;
        self.next += 1;
        self.lists.push((number, list));
        number
    }

    pub(super) fn remove(&mut self, tree: u32) {
        self.lists.retain(|known| known.0 != tree);
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut output = Output::of_format(WITH_CONVERSATIONS, CATALOGUE);
        output.number(self.next.into());
        for (tree, list) in &self.lists {
            output.number((*tree).into());
            output.number(list.is_some().into());
            output.text(list.as_ref().map_or("", FolderId::as_str).as_bytes());
        }
        output.finish().0
    }

    /// Reads the catalogue, which is empty where there is no record; `None` when it is damaged.
    ///
    /// # Errors
    /// [`StoreError::Lost`] when a newer build wrote it.
    pub(super) fn decode(record: Option<&[u8]>) -> Result<Option<Self>, StoreError> {
        let Some(record) = record else { return Ok(Some(Self::default())) };
        let is_older = record.first() == Some(&FORMAT);
        let format = if is_older { FORMAT } else { WITH_CONVERSATIONS };
        Ok(Input::open_format(format, CATALOGUE, record)?.and_then(|(input, _)| Self::read(input, is_older)))
    }

    fn read(mut input: Input<'_>, is_older: bool) -> Option<Self> {
        let mut catalogue = Self { next: input.small()?, lists: Vec::new(), is_older };
        while !input.is_empty() {
            let (tree, is_folder) = (input.small()?, input.number()? == 1);
            let name = str::from_utf8(input.text()?).ok()?;
            catalogue.lists.push((tree, is_folder.then(|| FolderId::new(name))));
        }
        Some(catalogue)
    }
}

/// Everything that says which rows there are.
pub(super) fn rows() -> Key {
    Key::new(Table::Mail, "rows/")
}

/// The numbers of the lists.
pub(super) fn catalogue() -> Key {
    Key::new(Table::Mail, "rows/catalogue")
}

/// What a reader found damaged.
pub(super) fn damaged() -> Key {
    Key::new(Table::Mail, "rows/damaged")
}

pub(super) fn shard(number: u64) -> Key {
    Key::new(Table::Mail, format!("rows/shard/{number}"))
}

pub(super) fn directory(list: &List) -> Key {
    match list {
        Some(folder) => Key::new(Table::Mail, format!("rows/directory/{folder}")),
        None => Key::new(Table::Mail, "rows/detached"),
    }
}

pub(super) fn leaf(tree: u32, number: u32) -> Key {
    Key::new(Table::Mail, format!("rows/leaf/{tree}/{number}"))
}

/// All leaves of a list.
pub(super) fn leaves(tree: u32) -> Key {
    Key::new(Table::Mail, format!("rows/leaf/{tree}/"))
}

/// The number of the list of all folders' conversations. A folder's list of conversations has the number of its rows.
pub(super) const EVERYWHERE: u32 = u32::MAX;

/// Everything about conversations. All of it is made of rows, and can be made anew.
pub(super) fn all_conversations() -> Key {
    Key::new(Table::Mail, "conversations/")
}

/// A list of conversations' directory.
pub(super) fn conversations(list: &List) -> Key {
    match list {
        Some(folder) => Key::new(Table::Mail, format!("conversations/directory/{folder}")),
        None => Key::new(Table::Mail, "conversations/everywhere"),
    }
}

pub(super) fn conversations_leaf(tree: u32, number: u32) -> Key {
    Key::new(Table::Mail, format!("conversations/leaf/{tree}/{number}"))
}

/// Where the rows of conversations lie.
pub(super) fn members(number: u64) -> Key {
    Key::new(Table::Mail, format!("conversations/members/{number}"))
}

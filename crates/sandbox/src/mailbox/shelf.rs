//! Items of a mailbox that are not mail: contacts, their folders, events.
//! Ids, change numbers and what is gone are kept the same way for all, so that each can be followed by delta.

use std::collections::BTreeMap;

use crate::mailbox::Mailbox;

/// One item with what Exchange keeps of every item.
#[derive(Clone, Debug)]
pub(crate) struct Entry<T> {
    pub(crate) key: u64,
    pub(crate) immutable_id: String,
    pub(crate) default_id: String,
    /// The id of the folder that holds it; empty where there is only one.
    pub(crate) folder: String,
    pub(crate) change: u64,
    pub(crate) created_ms: i64,
    pub(crate) modified_ms: i64,
    pub(crate) thing: T,
}

/// An item that was removed, and the number of that change.
#[derive(Clone, Debug)]
pub(crate) struct Gone<T> {
    pub(crate) at: u64,
    pub(crate) entry: Entry<T>,
}

/// All items of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Shelf<T> {
    entries: BTreeMap<u64, Entry<T>>,
    gone: Vec<Gone<T>>,
    next: u64,
}

impl<T> Shelf<T> {
    /// An empty shelf; keys of different shelves must not meet, because ids are made of them.
    pub(crate) fn new(number: u64) -> Self {
        Self { entries: BTreeMap::new(), gone: Vec::new(), next: number << 40 }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry<T>> {
        self.entries.values()
    }

    pub(crate) fn gone(&self) -> &[Gone<T>] {
        &self.gone
    }

    pub(crate) fn entry(&self, key: u64) -> Option<&Entry<T>> {
        self.entries.get(&key)
    }

    pub(crate) fn entry_mut(&mut self, key: u64) -> Option<&mut Entry<T>> {
        self.entries.get_mut(&key)
    }

    /// The key of the item with this id, in either format.
    pub(crate) fn find(&self, id: &str) -> Option<u64> {
        self.entries.values().find(|one| one.immutable_id == id || one.default_id == id).map(|one| one.key)
    }

    pub(crate) fn next_key(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(crate) fn put(&mut self, entry: Entry<T>) {
        self.entries.insert(entry.key, entry);
    }

    /// Takes an item away and remembers that it was there.
    pub(crate) fn remove(&mut self, key: u64, at: u64) -> bool {
        match self.entries.remove(&key) {
            Some(entry) => {
                self.gone.push(Gone { at, entry });
                true
            }
            None => false,
        }
    }
}

impl Mailbox {
    /// Counts one more write.
    pub(crate) fn count_write(&mut self) -> u64 {
        self.change += 1;
        self.change
    }

    /// A new item with ids of its own.
    pub(crate) fn new_entry<T>(&mut self, key: u64, folder: &str, thing: T, now_ms: i64) -> Entry<T> {
        let change = self.count_write();
        Entry {
            key,
            immutable_id: self.immutable_name(key),
            default_id: self.default_name(key, 0),
            folder: folder.to_owned(),
            change,
            created_ms: now_ms,
            modified_ms: now_ms,
            thing,
        }
    }
}

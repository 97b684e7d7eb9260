//! Changing conversations, in the commit that changes their rows: which records the touched ones need, and what becomes of
//! them. Pure; whatever does not fit together is not mended here: then all of them are made anew, of all rows.

use super::change::Change;
use super::entry::{Entry, Part};
use super::item::Item;
use super::places::{self, EVERYWHERE, List, Place, Shape, Shard};
use super::records::{Key, Step};
use super::tree::Tree;
use crate::arranged::{arranged, newest_first};
use crate::model::NAMED_MESSAGES;
use crate::store::StoreError;
use std::rc::Rc;

/// What a message is to a conversation, if it belongs to it.
type Side = Option<Rc<Part>>;

/// What happens to a conversation in one list.
struct Touched {
    /// The number of the list.
    list: u32,
    part: Rc<Part>,
    /// What each of its messages was and is there.
    changes: Vec<(Side, Side)>,
    /// How many messages it had there, and when the latest of them arrived.
    count: u32,
    latest: Option<i64>,
    entry: Option<Box<Entry>>,
}

/// The conversations a commit touches, as they become.
pub(super) struct Conversations {
    shape: Shape,
    shards: Vec<(u64, Shard, bool)>,
    trees: Vec<Tree<Entry>>,
    /// By list, then by key.
    touched: Vec<Touched>,
}

/// Ends with `Ok(None)` where things do not fit together.
pub(super) type Fitting<T> = Result<Option<T>, StoreError>;

impl Conversations {
    /// Those that the changes of these rows touch.
    pub(super) fn of(change: &mut Change) -> Self {
        let mut found = Self { shape: change.shape, shards: Vec::new(), trees: Vec::new(), touched: Vec::new() };
        for moved in &change.moved {
            let (before, after) = (&moved.before, &moved.after);
            for (_, part) in before.iter().chain(after) {
                let number = found.shape.shard_of(part.key.as_bytes()).0;
                let at = found.shards.partition_point(|known| known.0 < number);
                if found.shards.get(at).is_none_or(|known| known.0 != number) {
                    found.shards.insert(at, (number, Shard::default(), false));
                }
            }
            let everywhere = |side: &Option<(u32, Rc<Part>)>| side.as_ref().map(|(_, part)| (EVERYWHERE, part.clone()));
            found.touch(before.clone(), after.clone());
            found.touch(everywhere(before), everywhere(after));
        }
        found
    }

    fn touch(&mut self, before: Option<(u32, Rc<Part>)>, after: Option<(u32, Rc<Part>)>) {
        if before == after {
            return;
        }
        match (before, after) {
            (Some((list, before)), Some((same, after))) if list == same && before.same_place(&after) => {
                self.note(list, Some(before), Some(after));
            }
            (before, after) => {
                if let Some((list, part)) = before {
                    self.note(list, Some(part), None);
                }
                if let Some((list, part)) = after {
                    self.note(list, None, Some(part));
                }
            }
        }
    }

    fn note(&mut self, list: u32, before: Side, after: Side) {
        let Some(part) = before.as_ref().or(after.as_ref()).cloned() else { return };
        let known = |touched: &Touched| (touched.list, touched.part.key.as_str()).cmp(&(list, part.key.as_str()));
        match self.touched.binary_search_by(known) {
            Ok(at) => {
                if let Some(touched) = self.touched.get_mut(at) {
                    touched.changes.push((before, after));
                }
            }
            Err(at) => {
                let changes = vec![(before, after)];
                self.touched.insert(at, Touched { list, part, changes, count: 0, latest: None, entry: None });
            }
        }
    }

    /// The records that say where the members lie, and the directories of the lists.
    pub(super) fn places(&mut self, change: &Change) -> Vec<Key> {
        for touched in &self.touched {
            if self.trees.last().is_none_or(|tree| tree.directory.tree != touched.list) {
                let list = if touched.list == EVERYWHERE {
                    &None
                } else {
                    change.catalogue.list(touched.list).unwrap_or(&None)
                };
                self.trees.push(Tree::new(list.clone(), touched.list));
            }
        }
        let shards = self.shards.iter().map(|shard| places::members(shard.0));
        shards.chain(self.trees.iter().map(|tree| places::conversations(&tree.list))).collect()
    }

    /// Takes them in; answers the leaves that are needed.
    pub(super) fn take_places(&mut self, change: &Change, records: Vec<Option<Vec<u8>>>) -> Fitting<Vec<Key>> {
        let mut records = records.into_iter();
        for (shard, record) in self.shards.iter_mut().zip(records.by_ref()) {
            let Some(known) = Shard::decode(record.as_deref())? else { return Ok(None) };
            shard.1 = known;
        }
        for (tree, record) in self.trees.iter_mut().zip(records) {
            let number = tree.directory.tree;
            let was_there = if number == EVERYWHERE { change.any_before } else { number < change.next_before };
            if was_there && !tree.open(record.as_deref())? {
                return Ok(None);
            }
        }
        let mut touched = std::mem::take(&mut self.touched);
        for each in &mut touched {
            let members = || self.members(change, each.list, &each.part.key);
            each.latest = members().map(|place| place.received).max();
            each.count = u32::try_from(members().count()).unwrap_or(u32::MAX);
        }
        self.touched = touched;
        let hash = |part: &Part| self.shape.shard_of(part.key.as_bytes());
        for moved in &change.moved {
            for (side, comes) in [(&moved.before, false), (&moved.after, true)] {
                let Some((tree, part)) = side else { continue };
                let (number, hash) = hash(part);
                let at = self.shards.partition_point(|known| known.0 < number);
                let Some((_, shard, changed)) = self.shards.get_mut(at) else { continue };
                let place = Place { hash, tree: *tree, received: part.voice.received };
                if comes {
                    shard.insert(place);
                } else if !shard.remove(place) {
                    return Ok(None);
                }
                *changed = true;
            }
        }
        Ok(Some(self.missing()))
    }

    /// Where the members of a conversation in a list lie, and those of another one with the same hash.
    fn members(&self, change: &Change, list: u32, key: &str) -> impl Iterator<Item = &Place> {
        let (number, hash) = self.shape.shard_of(key.as_bytes());
        let at = self.shards.partition_point(|known| known.0 < number);
        let places = self.shards.get(at).map_or(&[][..], |shard| shard.1.of(hash));
        let folders: Vec<u32> = if list == EVERYWHERE { change.catalogue.folders().collect() } else { vec![list] };
        places.iter().filter(move |place| folders.contains(&place.tree))
    }

    /// The leaves that are needed and not here.
    fn missing(&mut self) -> Vec<Key> {
        for touched in &self.touched {
            let Some(tree) = self.trees.iter_mut().find(|tree| tree.directory.tree == touched.list) else { continue };
            let key = touched.part.key.as_bytes();
            let comes = touched.changes.iter().filter_map(|(_, after)| after.as_ref().map(|part| part.voice.received));
            let now = touched.entry.as_ref().map(|entry| entry.place().0);
            for received in touched.latest.into_iter().chain(comes).chain(now) {
                tree.want((received, key), &self.shape);
            }
        }
        self.trees.iter().flat_map(Tree::wanted).collect()
    }

    fn tree(&mut self, list: u32) -> Option<&mut Tree<Entry>> {
        self.trees.iter_mut().find(|tree| tree.directory.tree == list)
    }

    /// Takes leaves in, in the order in which they were asked for.
    pub(super) fn take_leaves(&mut self, records: Vec<Option<Vec<u8>>>) -> Fitting<()> {
        let mut records = records.into_iter();
        for tree in &mut self.trees {
            if !tree.take(&mut records)? {
                return Ok(None);
            }
        }
        Ok(Some(()))
    }

    /// Takes the touched conversations out of their lists and changes them. Answers where rows lie that are needed to tell
    /// their newest messages, by the number of the list.
    pub(super) fn apply(&mut self, change: &Change) -> Option<Vec<Place>> {
        let mut wanted = Vec::new();
        let mut touched = std::mem::take(&mut self.touched);
        for each in &mut touched {
            let key = each.part.key.as_str();
            let tree = self.tree(each.list)?;
            let known = each.latest.and_then(|latest| tree.remove((latest, key.as_bytes())));
            // With fewer or more than there are places, something is damaged, or another one has the same hash.
            if known.as_ref().map_or(0, |entry| entry.count) != each.count {
                return None;
            }
            let mut entry = known.unwrap_or_else(|| Box::new(Entry::new(key.to_owned())));
            for (before, after) in &each.changes {
                entry.change(before.as_deref(), after.as_deref());
            }
            if entry.is_torn() {
                wanted.extend(newest(self.members(change, each.list, key)));
            }
            each.entry = (entry.count > 0).then_some(entry);
        }
        self.touched = touched;
        Some(wanted)
    }

    /// Makes the newest messages of conversations anew that lost one, of the rows in `change`; answers the leaves that are
    /// needed to put every conversation in its place.
    pub(super) fn mend(&mut self, change: &Change) -> Option<Vec<Key>> {
        let mut touched = std::mem::take(&mut self.touched);
        for each in &mut touched {
            let Some(entry) = each.entry.as_mut().filter(|entry| entry.is_torn()) else { continue };
            let key = each.part.key.as_str();
            let mut parts: Vec<Part> = Vec::new();
            for place in newest(self.members(change, each.list, key)) {
                let rows = change.trees.iter().filter(|tree| tree.directory.tree == place.tree);
                let rows = rows.flat_map(|tree| tree.at(place.received));
                parts.extend(rows.filter(|row| row.conversation_key() == key).map(|row| Part::of(place.tree, row)));
            }
            if !entry.mend(parts) {
                return None;
            }
        }
        self.touched = touched;
        Some(self.missing())
    }

    /// Puts every conversation in its place, and writes what changed.
    pub(super) fn finish(mut self, change: &mut Change) {
        for touched in std::mem::take(&mut self.touched) {
            if let (Some(entry), Some(tree)) = (touched.entry, self.tree(touched.list)) {
                tree.insert(entry);
            }
        }
        for mut tree in self.trees.into_iter().filter(|tree| tree.changed) {
            tree.write(&self.shape, &mut change.steps);
        }
        for (number, mut shard, _) in self.shards.into_iter().filter(|shard| shard.2) {
            shard.0.retain(|place| change.catalogue.is_folder(place.tree));
            let key = places::members(number);
            let step = if shard.0.is_empty() { Step::Delete(key) } else { Step::Put(key, shard.encode()) };
            change.steps.push(step);
        }
    }
}

/// The places among these where the newest messages lie that are named, each once.
fn newest<'a>(places: impl Iterator<Item = &'a Place>) -> Vec<Place> {
    let places: Vec<(Place, [u8; 4])> = places.map(|place| (*place, place.tree.to_be_bytes())).collect();
    let places = arranged(places, |(place, tree)| (newest_first(place.received), tree));
    let mut places: Vec<Place> = places.into_iter().map(|(place, _)| place).collect();
    if let Some(last) = places.get(NAMED_MESSAGES - 1).copied() {
        places.retain(|place| place.received >= last.received);
    }
    places.dedup();
    places
}

/// The lists whose directories a change needs besides, so that the rows at these places are at hand.
pub(super) fn lists_missing(change: &Change, wanted: &[Place]) -> Vec<(u32, List)> {
    let mut lists: Vec<(u32, List)> = Vec::new();
    for number in wanted.iter().map(|place| place.tree) {
        let known = change.trees.iter().any(|tree| tree.directory.tree == number);
        if let Some(list) = change.catalogue.list(number).filter(|_| !known)
            && !lists.iter().any(|known| known.0 == number)
        {
            lists.push((number, list.clone()));
        }
    }
    lists
}

/// Opens these lists; whether they could be read. One that is damaged is forgotten.
pub(super) fn open_lists(
    change: &mut Change,
    lists: Vec<(u32, List)>,
    records: Vec<Option<Vec<u8>>>,
) -> Result<bool, StoreError> {
    for ((number, list), record) in lists.into_iter().zip(records) {
        let mut tree = Tree::new(list, number);
        if !tree.open(record.as_deref())? {
            change.forget(&tree.list);
            return Ok(false);
        }
        change.trees.push(tree);
    }
    Ok(true)
}

/// The leaves of rows that a change needs besides, so that the rows at these places are at hand.
pub(super) fn rows_missing(change: &mut Change, wanted: &[Place]) -> Vec<Key> {
    for place in wanted {
        if let Some(tree) = change.trees.iter_mut().find(|tree| tree.directory.tree == place.tree) {
            tree.want_at(place.received);
        }
    }
    change.trees.iter().flat_map(Tree::wanted).collect()
}

/// Takes them in; whether they could be read. A list that is damaged is forgotten.
pub(super) fn take_rows(change: &mut Change, records: Vec<Option<Vec<u8>>>) -> Result<bool, StoreError> {
    let mut records = records.into_iter();
    for tree in &mut change.trees {
        if !tree.take(&mut records)? {
            let list = tree.list.clone();
            change.forget(&list);
            return Ok(false);
        }
    }
    Ok(true)
}

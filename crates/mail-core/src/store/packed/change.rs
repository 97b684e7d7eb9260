//! Changing lists: which records a commit's rows need, and what becomes of them. Pure; rows are grouped by leaf, so that
//! each touched leaf is written once however many rows of it change. A damaged list is emptied and its cursor dropped, so
//! that it is fetched anew.

use super::entry::Part;
use super::places::{self, Catalogue, List, Place, Shape, Shard};
use super::read::Damage;
use super::records::{Key, Step, Table};
use super::small;
use super::tree::Tree;
use crate::id::MessageId;
use crate::model::Message;
use crate::store::StoreError;
use crate::sync::CursorKey;
use std::rc::Rc;

/// What is to become of a message's row.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    /// It lies in its folder.
    Listed(Box<Message>),
    /// It lies in no list a person sees.
    Detached(Box<Message>),
    /// It is no more.
    Removed,
}

impl Fate {
    fn target(self) -> Option<(List, Box<Message>)> {
        match self {
            Self::Listed(row) => Some((Some(row.folder.clone()), row)),
            Self::Detached(row) => Some((None, row)),
            Self::Removed => None,
        }
    }

    /// The list it puts the row in.
    fn list(&self) -> Option<List> {
        match self {
            Self::Listed(row) => Some(Some(row.folder.clone())),
            Self::Detached(_) => Some(None),
            Self::Removed => None,
        }
    }

    /// The row, if there will be one.
    pub(super) fn row(&self) -> Option<&Message> {
        match self {
            Self::Listed(row) | Self::Detached(row) => Some(row),
            Self::Removed => None,
        }
    }
}

/// What happened to a row in the lists of folders: by the number of the list, what it was there and what it is.
pub(super) struct Moved {
    pub(super) before: Option<(u32, Rc<Part>)>,
    pub(super) after: Option<(u32, Rc<Part>)>,
}

/// The records a commit touches, as they become.
pub(super) struct Change {
    pub(super) shape: Shape,
    /// What becomes of each message, ordered by id.
    fates: Vec<(MessageId, Fate)>,
    pub(super) catalogue: Catalogue,
    /// Its record; empty where there is none.
    catalogue_before: Vec<u8>,
    shards: Vec<(u64, Shard, bool)>,
    pub(super) trees: Vec<Tree>,
    /// The leaves to be read, by their places in `trees`.
    wanted: Vec<(u32, usize)>,
    pub(super) steps: Vec<Step>,
    /// What conversations are made of, as far as it changed.
    pub(super) moved: Vec<Moved>,
    /// Whether all conversations are to be made anew, of all rows.
    pub(super) anew: bool,
    /// The number of the next list before this commit, and whether any folder had one.
    pub(super) next_before: u32,
    pub(super) any_before: bool,
}

impl Change {
    pub(super) fn new(shape: Shape, fates: Vec<(MessageId, Fate)>, steps: Vec<Step>) -> Self {
        Self {
            shape,
            fates,
            catalogue: Catalogue::default(),
            catalogue_before: Vec::new(),
            shards: Vec::new(),
            trees: Vec::new(),
            wanted: Vec::new(),
            steps,
            moved: Vec::new(),
            anew: false,
            next_before: 0,
            any_before: false,
        }
    }

    /// The records that say where the messages lie.
    pub(super) fn places(&mut self) -> Vec<Key> {
        let mut keys = vec![places::damaged(), places::catalogue()];
        for (id, _) in &self.fates {
            let number = self.shape.shard(id).0;
            let at = self.shards.partition_point(|known| known.0 < number);
            if self.shards.get(at).is_none_or(|known| known.0 != number) {
                self.shards.insert(at, (number, Shard::default(), false));
            }
        }
        keys.extend(self.shards.iter().map(|shard| places::shard(shard.0)));
        keys
    }

    /// Takes them in; answers the directories that are needed.
    pub(super) fn take_places(&mut self, records: Vec<Option<Vec<u8>>>) -> Result<Vec<Key>, StoreError> {
        let mut records = records.into_iter();
        let mark = records.next().flatten();
        let mut whole = true;
        let catalogue = records.next().flatten();
        match Catalogue::decode(catalogue.as_deref())? {
            Some(known) => self.catalogue = known,
            None => whole = false,
        }
        self.anew = self.catalogue.is_older;
        for (shard, record) in self.shards.iter_mut().zip(records) {
            match Shard::decode(record.as_deref())? {
                Some(known) => shard.1 = known,
                None => whole = false,
            }
        }
        self.catalogue_before = catalogue.unwrap_or_default();
        if mark.is_some() {
            self.steps.push(Step::Delete(places::damaged()));
        }
        match mark.and_then(|mark| Damage::decode(&mark)) {
            Some(Damage::Everything) => whole = false,
            Some(Damage::List(list)) => self.forget(&list),
            Some(Damage::Conversations) => self.anew = true,
            None => {}
        }
        if !whole {
            self.forget_everything();
        }
        self.next_before = self.catalogue.next();
        self.any_before = self.catalogue.folders().next().is_some();
        let mut lists: Vec<u32> = Vec::new();
        for (id, fate) in &self.fates {
            let target = fate.list().and_then(|list| self.catalogue.number(&list));
            let places = self.places_of(id).iter().map(|place| place.tree).chain(target);
            for tree in places {
                if self.catalogue.list(tree).is_some() && !lists.contains(&tree) {
                    lists.push(tree);
                }
            }
        }
        for tree in lists {
            if let Some(list) = self.catalogue.list(tree) {
                self.trees.push(Tree::new(list.clone(), tree));
            }
        }
        Ok(self.trees.iter().map(|tree| places::directory(&tree.list)).collect())
    }

    /// Of each message: its id, what becomes of its row, and when it was received so far; several where ids share a hash.
    pub(super) fn journeys(&self) -> impl Iterator<Item = (&MessageId, Option<&Message>, Vec<i64>, bool)> {
        self.fates.iter().map(|(id, fate)| {
            let places = self.places_of(id);
            // A detached row lies in the same list whatever folder it names.
            let list = fate.list().filter(Option::is_some);
            let stays = |place: &Place| {
                let here = fate.row().is_some_and(|row| row.received.millis() == place.received);
                here && list.as_ref() == self.catalogue.list(place.tree)
            };
            let stays = matches!(places, [place] if stays(place));
            (id, fate.row(), places.iter().map(|place| place.received).collect(), stays)
        })
    }

    fn places_of(&self, id: &MessageId) -> &[Place] {
        let (number, hash) = self.shape.shard(id);
        let at = self.shards.partition_point(|known| known.0 < number);
        self.shards.get(at).map_or(&[], |shard| shard.1.of(hash))
    }

    /// Takes the directories in; answers the leaves that are needed.
    pub(super) fn take_directories(&mut self, records: Vec<Option<Vec<u8>>>) -> Result<Vec<Key>, StoreError> {
        let mut damaged = Vec::new();
        for (tree, record) in self.trees.iter_mut().zip(records) {
            if !tree.open(record.as_deref())? {
                damaged.push(tree.list.clone());
            }
        }
        for list in damaged {
            self.forget(&list);
        }
        for (id, fate) in &self.fates {
            let target = fate.row().and_then(|row| {
                let tree = self.catalogue.number(&fate.list()?)?;
                Some((tree, row.received.millis()))
            });
            let mut near: Vec<(u32, i64)> = target.into_iter().collect();
            near.extend(self.places_of(id).iter().map(|place| (place.tree, place.received)));
            for (tree, received) in near {
                let Some(directory) = self.trees.iter().map(|tree| &tree.directory).find(|known| known.tree == tree)
                else {
                    continue;
                };
                for near in directory.near((received, id.as_str().as_bytes()), &self.shape) {
                    if let Err(at) = self.wanted.binary_search(&(tree, near)) {
                        self.wanted.insert(at, (tree, near));
                    }
                }
            }
        }
        let keys = self.wanted.iter().filter_map(|(tree, at)| {
            let directory = self.trees.iter().map(|tree| &tree.directory).find(|known| known.tree == *tree)?;
            directory.leaves.get(*at).map(|leaf| places::leaf(*tree, leaf.number))
        });
        Ok(keys.collect())
    }

    /// Takes the leaves in, and carries the changes of rows out.
    pub(super) fn take_leaves(&mut self, records: Vec<Option<Vec<u8>>>) -> Result<(), StoreError> {
        let mut damaged = Vec::new();
        for ((number, at), record) in std::mem::take(&mut self.wanted).into_iter().zip(records) {
            let Some(tree) = self.trees.iter_mut().find(|tree| tree.directory.tree == number) else { continue };
            let Some(leaf) = tree.directory.leaves.get_mut(at) else { continue };
            leaf.items = leaf.read_all(record.as_deref())?;
            if leaf.items.is_none() && !damaged.contains(&tree.list) {
                damaged.push(tree.list.clone());
            }
        }
        for list in damaged {
            self.forget(&list);
        }
        for (id, fate) in std::mem::take(&mut self.fates) {
            self.apply(&id, fate);
        }
        Ok(())
    }

    /// Empties a list and drops its cursor.
    pub(super) fn forget(&mut self, list: &List) {
        self.anew = true;
        if let Some(tree) = self.catalogue.number(list) {
            self.catalogue.remove(tree);
            self.trees.retain(|known| known.directory.tree != tree);
            self.steps.push(Step::DeleteUnder(places::leaves(tree)));
        }
        self.steps.push(Step::Delete(places::directory(list)));
        if let Some(folder) = list {
            self.steps.push(Step::Delete(small::cursor(&CursorKey::Messages(folder.clone()))));
        }
    }

    fn forget_everything(&mut self) {
        self.anew = true;
        self.catalogue = Catalogue::default();
        self.catalogue_before.clear();
        self.shards.iter_mut().for_each(|shard| *shard = (shard.0, Shard::default(), false));
        self.steps.push(Step::DeleteUnder(places::rows()));
        self.steps.push(Step::DeleteUnder(Key::new(Table::Mail, small::MESSAGE_CURSORS)));
    }

    fn apply(&mut self, id: &MessageId, fate: Fate) {
        let (number, hash) = self.shape.shard(id);
        let target = fate.target().map(|(list, row)| (self.tree(list), row));
        let at = self.shards.partition_point(|known| known.0 < number);
        let Some((_, shard, shard_changed)) = self.shards.get_mut(at) else { return };
        let new = target.as_ref().map(|(tree, row)| Place { hash, tree: *tree, received: row.received.millis() });
        let trees = &mut self.trees;
        let old = shard.of(hash).iter().find_map(|place| {
            let tree = trees.iter_mut().position(|tree| {
                tree.directory.tree == place.tree && tree.holds((place.received, id.as_str().as_bytes()))
            })?;
            Some((*place, tree))
        });
        let old = old.and_then(|(place, tree)| Some((place, trees.get_mut(tree)?)));
        let part =
            |tree: u32, row: &Message| self.catalogue.is_folder(tree).then(|| (tree, Rc::new(Part::of(tree, row))));
        let after = target.as_ref().and_then(|(tree, row)| part(*tree, row));
        let before = match (old, target) {
            (Some((place, tree)), Some((_, row))) if Some(place) == new => {
                let Some(known) = tree.replace(row) else { return };
                part(place.tree, &known)
            }
            (old, target) => {
                *shard_changed |= old.is_some() || target.is_some();
                let before = old.and_then(|(place, tree)| {
                    shard.remove(place);
                    let known = tree.remove((place.received, id.as_str().as_bytes()))?;
                    part(place.tree, &known)
                });
                if let (Some(new), Some((number, row))) = (new, target) {
                    shard.insert(new);
                    if let Some(tree) = self.trees.iter_mut().find(|tree| tree.directory.tree == number) {
                        tree.insert(row);
                    }
                }
                before
            }
        };
        if before != after {
            self.moved.push(Moved { before, after });
        }
    }

    /// The number of a list, which is begun where there is none.
    fn tree(&mut self, list: List) -> u32 {
        if let Some(number) = self.catalogue.number(&list) {
            return number;
        }
        let number = self.catalogue.add(list.clone());
        self.trees.push(Tree::new(list, number));
        number
    }

    /// The steps that make the records what they became.
    pub(super) fn finish(mut self) -> Vec<Step> {
        for mut tree in std::mem::take(&mut self.trees) {
            if tree.changed && !tree.write(&self.shape, &mut self.steps) {
                self.catalogue.remove(tree.directory.tree);
            }
        }
        for (number, mut shard, changed) in self.shards {
            if changed {
                shard.0.retain(|place| self.catalogue.list(place.tree).is_some());
                let key = places::shard(number);
                self.steps.push(if shard.0.is_empty() { Step::Delete(key) } else { Step::Put(key, shard.encode()) });
            }
        }
        let catalogue = self.catalogue.encode();
        let none_yet = self.catalogue_before.is_empty() && self.catalogue == Catalogue::default();
        if !none_yet && catalogue != self.catalogue_before {
            self.steps.push(Step::Put(places::catalogue(), catalogue));
        }
        self.steps
    }
}

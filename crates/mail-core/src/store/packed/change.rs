//! Changing lists: which records a commit's rows need, and what becomes of them. Pure; rows are grouped by leaf, so that
//! each touched leaf is written once however many rows of it change. A damaged list is emptied and its cursor dropped, so
//! that it is fetched anew.

use super::directory::{Directory, Leaf};
use super::places::{self, Catalogue, List, Place, Shape, Shard};
use super::read::Damage;
use super::records::{Key, Step, Table};
use super::small;
use super::tree::{Tree, is_small, rows_of};
use crate::id::MessageId;
use crate::model::Message;
use crate::store::StoreError;
use crate::sync::CursorKey;

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

/// The records a commit touches, as they become.
pub(super) struct Change {
    shape: Shape,
    /// What becomes of each message, ordered by id.
    fates: Vec<(MessageId, Fate)>,
    catalogue: Catalogue,
    catalogue_before: Vec<u8>,
    shards: Vec<(u64, Shard, bool)>,
    trees: Vec<Tree>,
    /// The leaves to be read, by their places in `trees`.
    wanted: Vec<(u32, usize)>,
    pub(super) steps: Vec<Step>,
}

impl Change {
    pub(super) fn new(shape: Shape, fates: Vec<(MessageId, Fate)>, steps: Vec<Step>) -> Self {
        Self {
            shape,
            fates,
            catalogue: Catalogue::default(),
            catalogue_before: Catalogue::default().encode(),
            shards: Vec::new(),
            trees: Vec::new(),
            wanted: Vec::new(),
            steps,
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
        for (shard, record) in self.shards.iter_mut().zip(records) {
            match Shard::decode(record.as_deref())? {
                Some(known) => shard.1 = known,
                None => whole = false,
            }
        }
        self.catalogue_before = self.catalogue.encode();
        if mark.is_some() {
            self.steps.push(Step::Delete(places::damaged()));
        }
        match mark.and_then(|mark| Damage::decode(&mark)) {
            Some(Damage::Everything) => whole = false,
            Some(Damage::List(list)) => self.forget(&list),
            None => {}
        }
        if !whole {
            self.forget_everything();
        }
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
                self.trees.push(Tree { list: list.clone(), directory: Directory::new(tree), changed: false });
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
            let known = record.map(|record| Directory::decode(&record)).transpose()?.flatten();
            match known.filter(|known| known.tree == tree.directory.tree) {
                Some(known) => tree.directory = known,
                None => damaged.push(tree.list.clone()),
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
                let at = directory.find((received, id.as_str().as_bytes()));
                // A small neighbour may have to be merged with this leaf.
                for near in [at.checked_sub(1), Some(at), at.checked_add(1)].into_iter().flatten() {
                    let leaf = (tree, near);
                    let small = |leaf: &Leaf| near == at || is_small(leaf, &self.shape);
                    if directory.leaves.get(near).is_some_and(small)
                        && let Err(at) = self.wanted.binary_search(&leaf)
                    {
                        self.wanted.insert(at, leaf);
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

    /// Takes the leaves in, and carries the changes out.
    pub(super) fn take_leaves(mut self, records: Vec<Option<Vec<u8>>>) -> Result<Vec<Step>, StoreError> {
        let mut damaged = Vec::new();
        for ((number, at), record) in std::mem::take(&mut self.wanted).into_iter().zip(records) {
            let Some(tree) = self.trees.iter_mut().find(|tree| tree.directory.tree == number) else { continue };
            let Some(leaf) = tree.directory.leaves.get_mut(at) else { continue };
            leaf.rows = rows_of(leaf, record.as_deref())?;
            if leaf.rows.is_none() && !damaged.contains(&tree.list) {
                damaged.push(tree.list.clone());
            }
        }
        for list in damaged {
            self.forget(&list);
        }
        for (id, fate) in std::mem::take(&mut self.fates) {
            self.apply(&id, fate);
        }
        Ok(self.finish())
    }

    /// Empties a list and drops its cursor.
    fn forget(&mut self, list: &List) {
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
        self.catalogue = Catalogue::default();
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
        let mut old = None;
        for place in shard.of(hash) {
            let Some(tree) = self.trees.iter_mut().find(|tree| tree.directory.tree == place.tree) else { continue };
            let at = (place.received, id.as_str().as_bytes());
            if !tree.holds(at) {
                continue;
            }
            old = Some(*place);
            match &target {
                Some((_, row)) if old == new => tree.replace(row),
                _ => tree.remove(at),
            }
            break;
        }
        if old == new {
            return;
        }
        *shard_changed = true;
        if let Some(old) = old {
            shard.remove(old);
        }
        if let (Some(new), Some((number, row))) = (new, target) {
            shard.insert(new);
            if let Some(tree) = self.trees.iter_mut().find(|tree| tree.directory.tree == number) {
                tree.insert(row);
            }
        }
    }

    /// The number of a list, which is begun where there is none.
    fn tree(&mut self, list: List) -> u32 {
        if let Some(number) = self.catalogue.number(&list) {
            return number;
        }
        let number = self.catalogue.add(list.clone());
        self.trees.push(Tree { list, directory: Directory::new(number), changed: true });
        number
    }

    fn finish(mut self) -> Vec<Step> {
        for mut tree in std::mem::take(&mut self.trees) {
            if !tree.changed {
                continue;
            }
            tree.finish(&self.shape, &mut self.steps);
            let key = places::directory(&tree.list);
            if tree.directory.leaves.is_empty() {
                self.catalogue.remove(tree.directory.tree);
                self.steps.push(Step::Delete(key));
            } else {
                self.steps.push(Step::Put(key, tree.directory.encode()));
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
        if catalogue != self.catalogue_before {
            self.steps.push(Step::Put(places::catalogue(), catalogue));
        }
        self.steps
    }
}

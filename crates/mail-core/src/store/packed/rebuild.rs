//! Making all conversations anew, of all rows: where a record of them is damaged, where an earlier build left rows without
//! them, and where two happen to have one hash. It costs what the mailbox holds, and holds few of the rows at a time.

use super::PackedStore;
use super::change::Change;
use super::conversations::{Conversations, lists_missing, open_lists, rows_missing, take_rows};
use super::directory::Leaf;
use super::entry::{Entry, Part};
use super::item::Item;
use super::places::{self, EVERYWHERE, Place, Shape, Shard};
use super::records::{Key, Records, Step};
use super::tree::Tree;
use crate::arranged::{arranged, newest_first};
use crate::model::Message;
use crate::store::StoreError;
use std::collections::BTreeMap;

/// How many leaves are read at a time.
const AT_ONCE: usize = 32;

impl<R: Records> PackedStore<R> {
    /// Brings the conversations in line with the rows of a change.
    pub(super) async fn write_conversations(&self, change: &mut Change) -> Result<(), StoreError> {
        if !change.anew && !change.moved.is_empty() {
            let mut conversations = Conversations::of(change);
            match self.changed(&mut conversations, change).await? {
                Some(()) => conversations.finish(change),
                None => change.anew = true,
            }
        }
        while change.anew {
            // A list of rows that turns out to be damaged is left out of the next try.
            change.anew = false;
            if let Some(all) = self.gather(change).await? {
                all.write(change);
            }
        }
        Ok(())
    }

    /// Changes what is touched. `None`: it does not fit together.
    async fn changed(&self, conversations: &mut Conversations, change: &mut Change) -> Result<Option<()>, StoreError> {
        let places = self.records.read(conversations.places(change)).await?;
        let Some(leaves) = conversations.take_places(change, places)? else { return Ok(None) };
        if conversations.take_leaves(self.wanted(leaves).await?)?.is_none() {
            return Ok(None);
        }
        let Some(rows) = conversations.apply(change) else { return Ok(None) };
        let lists = lists_missing(change, &rows);
        let directories = lists.iter().map(|(_, list)| places::directory(list)).collect();
        let directories = self.wanted(directories).await?;
        if !open_lists(change, lists, directories)? {
            return Ok(None);
        }
        let rows = rows_missing(change, &rows);
        let rows = self.wanted(rows).await?;
        if !take_rows(change, rows)? {
            return Ok(None);
        }
        let Some(leaves) = conversations.mend(change) else { return Ok(None) };
        conversations.take_leaves(self.wanted(leaves).await?)
    }

    /// The records under these keys; where there are none the database is not asked.
    async fn wanted(&self, keys: Vec<Key>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        if keys.is_empty() { Ok(Vec::new()) } else { self.records.read(keys).await }
    }

    /// Sums up all rows of all folders. `None`: a list of rows is damaged, and forgotten now.
    async fn gather(&self, change: &mut Change) -> Result<Option<All>, StoreError> {
        let mut all = All::new(change.shape);
        let lists: Vec<u32> = change.catalogue.folders().collect();
        for number in lists {
            let Some(list) = change.catalogue.list(number).cloned() else { continue };
            let mut opened: Option<Tree> = None;
            if !change.trees.iter().any(|tree| tree.directory.tree == number) {
                let record = self.records.read(vec![places::directory(&list)]).await?.pop().flatten();
                let mut tree: Tree = Tree::new(list.clone(), number);
                if !tree.open(record.as_deref())? {
                    change.forget(&list);
                    return Ok(None);
                }
                opened = Some(tree);
            }
            let known = change.trees.iter().find(|tree| tree.directory.tree == number);
            let Some(tree) = known.or(opened.as_ref()) else { continue };
            for leaves in tree.directory.leaves.chunks(AT_ONCE) {
                let absent = leaves.iter().filter(|leaf| leaf.items.is_none());
                let keys = absent.map(|leaf| places::leaf(number, leaf.number)).collect();
                let mut records = self.wanted(keys).await?.into_iter();
                for leaf in leaves {
                    if !all.add(number, leaf, &mut records)? {
                        change.forget(&list);
                        return Ok(None);
                    }
                }
            }
        }
        Ok(Some(all))
    }
}

/// All conversations there are.
struct All {
    shape: Shape,
    /// By list, then by key.
    entries: BTreeMap<(u32, String), Box<Entry>>,
    shards: BTreeMap<u64, Shard>,
}

impl All {
    fn new(shape: Shape) -> Self {
        Self { shape, entries: BTreeMap::new(), shards: BTreeMap::new() }
    }

    /// Adds the rows of a leaf, whose record is the next one where it is not at hand; whether it could be read.
    fn add(
        &mut self,
        tree: u32,
        leaf: &Leaf,
        records: &mut impl Iterator<Item = Option<Vec<u8>>>,
    ) -> Result<bool, StoreError> {
        if let Some(rows) = &leaf.items {
            rows.iter().for_each(|row| self.row(tree, row));
            return Ok(true);
        }
        let Some(rows) = leaf.read_all(records.next().flatten().as_deref())? else { return Ok(false) };
        rows.iter().for_each(|row| self.row(tree, row));
        Ok(true)
    }

    fn row(&mut self, tree: u32, row: &Message) {
        let part = Part::of(tree, row);
        let (number, hash) = self.shape.shard_of(part.key.as_bytes());
        self.shards.entry(number).or_default().insert(Place { hash, tree, received: part.voice.received });
        for list in [tree, EVERYWHERE] {
            let entry = self.entries.entry((list, part.key.clone()));
            entry.or_insert_with(|| Box::new(Entry::new(part.key.clone()))).change(None, Some(&part));
        }
    }

    /// Writes them in place of whatever there was.
    fn write(self, change: &mut Change) {
        change.steps.push(Step::DeleteUnder(places::all_conversations()));
        for (number, shard) in self.shards {
            change.steps.push(Step::Put(places::members(number), shard.encode()));
        }
        let mut entries = self.entries.into_iter().peekable();
        while let Some(list) = entries.peek().map(|((list, _), _)| *list) {
            let mut of_list: Vec<Box<Entry>> = Vec::new();
            while let Some((_, entry)) = entries.next_if(|((known, _), _)| *known == list) {
                of_list.push(entry);
            }
            let of_list = arranged(of_list, |entry| (newest_first(entry.place().0), entry.place().1));
            let mut leaf = Leaf::new(0);
            leaf.items = Some(of_list);
            leaf.changed = true;
            let name = change.catalogue.list(list).cloned().flatten();
            let mut tree: Tree<Entry> = Tree::new(name, list);
            tree.directory.next = 1;
            tree.directory.leaves.push(leaf);
            tree.write(&self.shape, &mut change.steps);
        }
    }
}

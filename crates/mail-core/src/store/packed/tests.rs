//! The packed store against the simple one over random lives, and its trees looked at record by record.

mod conversations;
mod damage;
mod frozen;
mod shelves;

use super::bytes::hash;
use super::directory::{Directory, order, place};
use super::places::{Catalogue, List, Place, Shard, catalogue, damaged, directory, leaf, shard};
use super::records::{Key, Records, Table};
use super::row::RowsInput;
use super::*;
use crate::model::{Address, BodyContent, Flag, Importance, Kind};
use crate::store::contract::{folder, message};
use crate::store::{ConversationStretch, MemoryStore, Write};
use crate::time::Timestamp;
use futures::executor::block_on;
use std::collections::BTreeMap;

const SMALL: Shape = Shape { leaf_bytes: 700, shards: 4, hash_mask: u64::MAX };
/// Sixteen hashes for all ids.
const COLLIDING: Shape = Shape { leaf_bytes: 500, shards: 3, hash_mask: 15 };

fn packed(shape: Shape) -> PackedStore<MemoryRecords> {
    PackedStore::shaped(MemoryRecords::default(), shape)
}

#[test]
fn the_packed_store_keeps_the_contract() {
    for shape in [Shape::default(), SMALL, COLLIDING, Shape { leaf_bytes: 1, shards: 1, hash_mask: 0 }] {
        block_on(crate::store::contract::run(async || packed(shape)));
    }
}

/// A small generator: good enough to choose what to do next.
struct Choice(u64);

impl Choice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }

    fn row(&mut self) -> Message {
        let id = format!("AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A{:03}=", self.below(150));
        let folder = ["f", "g", "h"][self.below(3) as usize];
        // Few moments, so that many rows are told apart by their ids only; and the ends of time.
        let at = match self.below(30) {
            0 => i64::MAX,
            1 => i64::MIN,
            at => at as i64,
        };
        let person = |number: u64| Address { name: format!("N{number}"), address: format!("ü{number}@petrel.test") };
        Message {
            subject: "x".repeat(if self.below(40) == 0 { 2_000 } else { self.below(60) as usize }),
            preview: "päivää".repeat(self.below(9) as usize),
            is_read: self.below(2) == 0,
            flag: [Flag::None, Flag::Flagged, Flag::Complete][self.below(3) as usize],
            importance: [Importance::Low, Importance::Normal, Importance::High][self.below(3) as usize],
            kind: [Kind::Mail, Kind::MeetingRequest, Kind::MeetingResponse][self.below(3) as usize],
            has_attachments: self.below(2) == 0,
            is_draft: self.below(2) == 0,
            conversation: (self.below(3) > 0).then(|| ConversationId::new(format!("c{}", self.below(9)))),
            from: (self.below(5) > 0).then(|| person(self.below(4))),
            to: (0..self.below(3)).map(person).collect(),
            cc: (0..self.below(2)).map(person).collect(),
            reply_to: (0..self.below(2)).map(person).collect(),
            ..message(&id, folder, at)
        }
    }

    fn write(&mut self) -> Write {
        let row = self.row();
        match self.below(40) {
            0 => Write::RemoveFolder(row.folder),
            1 => Write::Folder(folder(row.folder.as_str(), None)),
            2..=4 => Write::Detach(Box::new(row)),
            5..=12 => Write::RemoveMessage(row.id),
            13 | 16..=19 => {
                let text = "t".repeat(self.below(50) as usize);
                Write::Body(row.id, Box::new(Body { content: BodyContent::Text(text), attachments: vec![] }))
            }
            15 => Write::RemoveBody(row.id),
            14 => Write::Cursor(CursorKey::Messages(row.folder), Cursor::start(false)),
            _ => Write::Message(Box::new(row)),
        }
    }
}

/// Everything a store answers about rows.
#[derive(Debug, PartialEq)]
struct Answers {
    lists: Vec<Vec<Message>>,
    counts: Vec<u32>,
    windows: Vec<Vec<Message>>,
    stretches: Vec<Stretch>,
    messages: Vec<Option<Message>>,
    together: Vec<Message>,
    detached: Vec<MessageId>,
    conversations: Vec<Vec<Conversation>>,
    of_conversations: Vec<ConversationStretch>,
    members: Vec<Message>,
    bodies: Vec<bool>,
    missing: Vec<Vec<MessageId>>,
    shares: Vec<BodyShare>,
    folders: Vec<Folder>,
    cursors: Vec<Option<Cursor>>,
}

async fn answers(store: &impl Store, windows: &[(u32, u32)], ids: &[MessageId]) -> Answers {
    let folders = ["f", "g", "h", "none"].map(FolderId::new);
    let mut answers = Answers {
        lists: vec![],
        counts: vec![],
        windows: vec![],
        stretches: vec![],
        messages: vec![],
        together: store.rows(ids).await.unwrap(),
        detached: store.detached().await.unwrap(),
        conversations: vec![],
        of_conversations: vec![],
        members: vec![],
        bodies: vec![],
        missing: vec![],
        shares: store.body_shares().await.unwrap(),
        folders: store.folders().await.unwrap(),
        cursors: vec![],
    };
    for folder in &folders {
        let list = store.messages(folder, 0, u32::MAX).await.unwrap();
        answers.missing.push(store.bodies_missing(&list).await.unwrap());
        answers.lists.push(list);
        answers.counts.push(store.count(folder).await.unwrap());
        answers.cursors.push(store.cursor(&CursorKey::Messages(folder.clone())).await.unwrap());
        for (skip, limit) in windows {
            answers.windows.push(store.messages(folder, *skip, *limit).await.unwrap());
            let key = |(id, at): (&MessageId, i64)| RowKey { received: Timestamp::from_millis(at), id: id.clone() };
            let keys: Vec<_> = ids.iter().zip([3, i64::MAX, 15, i64::MIN, 28]).map(key).collect();
            answers.stretches.push(store.stretch(folder, *skip, *limit, &keys).await.unwrap());
        }
    }
    let somewhere = folders.iter().map(Some).chain([None]);
    for folder in somewhere {
        answers.conversations.push(store.conversations(folder, 0, u32::MAX).await.unwrap());
        answers.counts.push(store.conversation_count(folder).await.unwrap());
        for (skip, limit) in windows {
            answers.conversations.push(store.conversations(folder, *skip, *limit).await.unwrap());
            let key = |conversation: &Conversation| RowKey::of_conversation(conversation);
            let keys: Vec<_> = answers.conversations.last().into_iter().flatten().map(key).collect();
            if let Some(folder) = folder {
                answers.of_conversations.push(store.conversation_stretch(folder, *skip, *limit, &keys).await.unwrap());
            }
        }
    }
    let some = ["c2", "none", "c5", "c2"].map(ConversationId::new).into_iter();
    let some: Vec<_> = some.chain(ids.iter().map(|id| ConversationId::new(id.as_str()))).collect();
    answers.members = store.conversation_rows(&some).await.unwrap();
    for id in ids {
        answers.messages.push(store.message(id).await.unwrap());
        answers.bodies.push(store.holds_body(id).await.unwrap());
    }
    answers.detached.sort();
    answers.together.sort_by(|one, other| one.id.cmp(&other.id));
    answers
}

fn leaf_rows(record: &[u8], known: &super::directory::Leaf) -> Vec<Message> {
    let mut input: RowsInput<'_> = known.read(Some(record)).unwrap().expect("the record the directory names");
    let mut rows = Vec::new();
    while !input.is_over() {
        rows.push(*input.next(&mut |_, _| true).unwrap().unwrap());
    }
    rows
}

/// Looks at every record there is: each is reachable, sorted, within its limit and counted.
fn check_trees(store: &PackedStore<MemoryRecords>) {
    let shape = store.shape;
    let mut records: BTreeMap<Key, Vec<u8>> =
        store.records().everything().into_iter().filter(|(key, _)| key.name.starts_with("rows/")).collect();
    let known = records.remove(&catalogue());
    let known = Catalogue::decode(known.as_deref()).unwrap().unwrap();
    let lists: Vec<List> = vec![None, Some(FolderId::new("f")), Some(FolderId::new("g")), Some(FolderId::new("h"))];
    let mut places: Vec<Place> = Vec::new();
    for list in &lists {
        let record = records.remove(&directory(list));
        assert_eq!(record.is_some(), known.number(list).is_some(), "a list has a number as long as it has rows");
        let Some(record) = record else { continue };
        let directory: Directory = Directory::decode(&record).unwrap().unwrap();
        assert_eq!(Some(directory.tree), known.number(list));
        assert_eq!(directory.encode(), record);
        let mut before: Option<Message> = None;
        let mut small = false;
        for (at, each) in directory.leaves.iter().enumerate() {
            assert!(each.number < directory.next);
            let record = records.remove(&leaf(directory.tree, each.number)).expect("a leaf of the directory");
            let rows = leaf_rows(&record, each);
            assert_eq!((rows.len(), record.len()), (each.count as usize, each.size as usize));
            assert_eq!(rows.iter().filter(|row| !row.is_read).count(), each.unread as usize);
            assert!(record.len() <= shape.leaf_bytes || rows.len() == 1, "{} bytes of rows", record.len());
            let is_small = record.len() < shape.leaf_bytes / 3;
            assert!(!(small && is_small), "small neighbours are merged");
            small = is_small;
            for row in rows {
                if let Some(before) = &before {
                    assert_eq!(order(place(before), place(&row)), std::cmp::Ordering::Less, "rows are in order");
                }
                assert_eq!(directory.find(place(&row)), at, "the directory finds its rows");
                assert!(list.is_none() || *list == Some(row.folder.clone()));
                let (_, hash) = shape.shard(&row.id);
                places.push(Place { hash, tree: directory.tree, received: row.received.millis() });
                before = Some(row);
            }
        }
        assert!(before.is_some(), "no list is kept empty");
    }
    places.sort();
    let mut stored: Vec<Place> = Vec::new();
    for number in 0..shape.shards {
        let record = records.remove(&shard(number));
        let shard = Shard::decode(record.as_deref()).unwrap().unwrap();
        assert!(record.is_none() || !shard.0.is_empty());
        assert!(shard.0.is_sorted() && shard.0.iter().all(|place| place.hash % shape.shards == number));
        stored.extend(shard.0);
    }
    stored.sort();
    assert_eq!(stored, places, "every row has its place, and nothing else has");
    assert_eq!(records.into_keys().collect::<Vec<_>>(), [], "no record is left behind");
}

fn random_life(seed: u64, shape: Shape) {
    let mut choice = Choice(seed);
    let (model, store) = (MemoryStore::new(), packed(shape));
    for step in 0..40 {
        // Mostly a few writes, now and then a page.
        let many = if choice.below(8) == 0 { 60 } else { 4 };
        let writes: Vec<Write> = (0..=choice.below(many)).map(|_| choice.write()).collect();
        block_on(model.commit(Commit::relaxed(writes.clone()))).unwrap();
        block_on(store.commit(Commit::relaxed(writes.clone()))).unwrap();
        let windows = [(choice.below(20) as u32, choice.below(20) as u32), (choice.below(90) as u32, 7)];
        let ids: Vec<MessageId> = (0..6).map(|_| choice.row().id).collect();
        let (expected, found) = (block_on(answers(&model, &windows, &ids)), block_on(answers(&store, &windows, &ids)));
        assert_eq!(found, expected, "seed {seed}, step {step}: {writes:?}");
        check_trees(&store);
        if step % 4 == 0 {
            conversations::check(&store);
        }
        // Where no two have one hash, nothing is ever made anew.
        let anew = store.records().cleared().contains(&super::places::all_conversations());
        assert!(shape.hash_mask == COLLIDING.hash_mask || !anew, "seed {seed}, step {step}");
    }
    // Bodies go from the oldest on.
    for before in [5, 20, i64::MAX].map(Timestamp::from_millis) {
        let drop = Commit::relaxed(vec![Write::DropBodies(before)]);
        block_on(model.commit(drop.clone())).unwrap();
        block_on(store.commit(drop)).unwrap();
        assert_eq!(block_on(store.body_shares()).unwrap(), block_on(model.body_shares()).unwrap(), "seed {seed}");
    }
    // Emptied again, nothing is left.
    block_on(store.commit(Commit::relaxed(["f", "g", "h"].map(|id| Write::RemoveFolder(FolderId::new(id))).to_vec())))
        .unwrap();
    check_trees(&store);
    conversations::check(&store);
    assert_eq!(block_on(store.detached()).unwrap(), []);
}

#[test]
fn over_random_lives_the_packed_store_is_the_simple_one() {
    for seed in 1..=100 {
        random_life(seed, SMALL);
        random_life(seed, COLLIDING);
    }
    for seed in 1..=10 {
        random_life(seed, Shape { leaf_bytes: 1, ..SMALL });
        random_life(seed, Shape::default());
    }
}

fn page(from: i64, count: i64) -> Vec<Write> {
    (from..from + count).map(|at| Write::Message(Box::new(message(&format!("m{at:06}"), "f", at)))).collect()
}

#[test]
fn a_question_reads_few_records_however_long_the_list() {
    let store = packed(Shape { leaf_bytes: 2_000, ..Shape::default() });
    block_on(store.commit(Commit::relaxed(page(0, 5_000)))).unwrap();
    let reads = |ask: &dyn Fn()| {
        let before = store.records().reads();
        ask();
        store.records().reads() - before
    };
    let folder = FolderId::new("f");
    assert_eq!(reads(&|| assert_eq!(block_on(store.count(&folder)).unwrap(), 5_000)), 1);
    assert_eq!(reads(&|| assert_eq!(block_on(store.messages(&folder, 2_500, 100)).unwrap().len(), 100)), 2);
    assert_eq!(reads(&|| assert!(block_on(store.message(&MessageId::new("m000077"))).unwrap().is_some())), 3);
    let ids: Vec<_> = (0..1_000).map(|at| MessageId::new(format!("m{:06}", at * 5))).collect();
    assert_eq!(reads(&|| assert_eq!(block_on(store.rows(&ids)).unwrap().len(), 1_000)), 3);
}

#[test]
fn a_flag_writes_one_leaf_and_the_directory_of_each_list() {
    let store = packed(Shape { leaf_bytes: 2_000, ..Shape::default() });
    block_on(store.commit(Commit::relaxed(page(0, 1_000)))).unwrap();
    let before = store.records().everything();
    let row = Message { is_read: true, ..message("m000500", "f", 500) };
    block_on(store.commit(Commit::relaxed(vec![Write::Message(Box::new(row))]))).unwrap();
    let after = store.records().everything();
    let changed: Vec<_> = after.iter().filter(|(key, record)| before.get(*key) != Some(*record)).collect();
    // Rows, the folder's conversations and everybody's.
    assert_eq!((changed.len(), after.len()), (6, before.len()));
    assert_eq!(changed.iter().filter(|(key, _)| key.name.contains("/leaf/")).count(), 3);
}

#[test]
fn rows_that_come_in_order_fill_their_leaves() {
    let limit = 6_000;
    for newest_first in [true, false] {
        let store = packed(Shape { leaf_bytes: limit, ..Shape::default() });
        for at in 0..60 {
            let from = if newest_first { 10_000 - at * 20 } else { at * 20 };
            block_on(store.commit(Commit::relaxed(page(from, 20)))).unwrap();
        }
        let record = store.records().everything()[&directory(&Some(FolderId::new("f")))].clone();
        let leaves = Directory::<Message>::decode(&record).unwrap().unwrap().leaves;
        let size: usize = leaves.iter().map(|leaf| leaf.size as usize).sum();
        assert!(size > limit * leaves.len() * 6 / 10, "{size} bytes in {} leaves, {newest_first}", leaves.len());
    }
}

#[test]
fn a_subject_larger_than_a_leaf_is_kept_whole() {
    let store = packed(Shape::default());
    block_on(store.commit(Commit::relaxed(page(0, 300)))).unwrap();
    let huge = Message { subject: "é".repeat(5_000_000), ..message("huge", "f", 150) };
    block_on(store.commit(Commit::relaxed(vec![Write::Message(Box::new(huge.clone()))]))).unwrap();
    assert!(block_on(store.message(&huge.id)).unwrap() == Some(huge));
    assert_eq!(block_on(store.count(&FolderId::new("f"))).unwrap(), 301);
    check_trees(&store);
    block_on(store.commit(Commit::relaxed(vec![Write::RemoveMessage(MessageId::new("huge"))]))).unwrap();
    check_trees(&store);
}

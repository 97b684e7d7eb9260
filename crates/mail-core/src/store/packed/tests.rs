//! The packed store against the simple one over random lives, and its trees looked at record by record.

use super::bytes::hash;
use super::directory::{Directory, order, place};
use super::places::{Catalogue, List, Place, Shard, catalogue, damaged, directory, leaf, shard};
use super::records::{Key, Records, Table};
use super::row::RowsInput;
use super::*;
use crate::model::{Address, BodyContent, Flag, Importance, Kind};
use crate::store::contract::{folder, message};
use crate::store::{MemoryStore, Write};
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
            conversation: (self.below(3) > 0).then(|| crate::id::ConversationId::new(format!("c{}", self.below(9)))),
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
            13 => {
                Write::Body(row.id, Box::new(Body { content: BodyContent::Text(String::new()), attachments: vec![] }))
            }
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
    messages: Vec<Option<Message>>,
    together: Vec<Message>,
    detached: Vec<MessageId>,
    bodies: Vec<bool>,
    folders: Vec<Folder>,
    cursors: Vec<Option<Cursor>>,
}

async fn answers(store: &impl Store, windows: &[(u32, u32)], ids: &[MessageId]) -> Answers {
    let folders = ["f", "g", "h", "none"].map(FolderId::new);
    let mut answers = Answers {
        lists: vec![],
        counts: vec![],
        windows: vec![],
        messages: vec![],
        together: store.rows(ids).await.unwrap(),
        detached: store.detached().await.unwrap(),
        bodies: vec![],
        folders: store.folders().await.unwrap(),
        cursors: vec![],
    };
    for folder in &folders {
        answers.lists.push(store.messages(folder, 0, u32::MAX).await.unwrap());
        answers.counts.push(store.count(folder).await.unwrap());
        answers.cursors.push(store.cursor(&CursorKey::Messages(folder.clone())).await.unwrap());
        for (skip, limit) in windows {
            answers.windows.push(store.messages(folder, *skip, *limit).await.unwrap());
        }
    }
    for id in ids {
        answers.messages.push(store.message(id).await.unwrap());
        answers.bodies.push(store.holds_body(id).await.unwrap());
    }
    answers.detached.sort();
    answers.together.sort_by(|one, other| one.id.cmp(&other.id));
    answers
}

fn leaf_rows(record: &[u8], known: &super::directory::Leaf) -> super::row::Rows {
    let mut input: RowsInput<'_> = known.read(Some(record)).unwrap().expect("the record the directory names");
    let mut rows = Vec::new();
    while !input.is_over() {
        rows.push(input.next(&mut |_| true).unwrap().unwrap());
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
        let directory = Directory::decode(&record).unwrap().unwrap();
        assert_eq!(Some(directory.tree), known.number(list));
        assert_eq!(directory.encode(), record);
        let mut before: Option<Box<Message>> = None;
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
    }
    // Emptied again, nothing is left.
    block_on(store.commit(Commit::relaxed(["f", "g", "h"].map(|id| Write::RemoveFolder(FolderId::new(id))).to_vec())))
        .unwrap();
    check_trees(&store);
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
fn a_flag_writes_one_leaf_and_the_directory() {
    let store = packed(Shape { leaf_bytes: 2_000, ..Shape::default() });
    block_on(store.commit(Commit::relaxed(page(0, 1_000)))).unwrap();
    let before = store.records().everything();
    let row = Message { is_read: true, ..message("m000500", "f", 500) };
    block_on(store.commit(Commit::relaxed(vec![Write::Message(Box::new(row))]))).unwrap();
    let after = store.records().everything();
    let changed: Vec<_> = after.iter().filter(|(key, record)| before.get(*key) != Some(*record)).collect();
    assert_eq!((changed.len(), after.len()), (2, before.len()));
    assert!(
        changed.iter().all(|(key, _)| key.name.starts_with("rows/directory/") || key.name.starts_with("rows/leaf/"))
    );
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
        let leaves = Directory::decode(&record).unwrap().unwrap().leaves;
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

fn cursor_write(folder: &str) -> Write {
    Write::Cursor(CursorKey::Messages(FolderId::new(folder)), Cursor { complete: true, ..Cursor::start(false) })
}

/// Two folders of many leaves with their cursors, an entry of the outbox aside.
fn filled() -> PackedStore<MemoryRecords> {
    let store = packed(SMALL);
    let mut writes = page(0, 40);
    writes.extend(["x", "y", "z"].map(|id| Write::Message(Box::new(message(id, "g", 5)))));
    writes.extend(["f", "g"].map(cursor_write));
    block_on(store.commit(Commit::relaxed(writes))).unwrap();
    store
}

/// The state of a store's two folders: rows and whether their cursors stand.
fn state(store: &PackedStore<MemoryRecords>) -> [(u32, bool); 2] {
    ["f", "g"].map(|folder| {
        let folder = FolderId::new(folder);
        let count = block_on(store.count(&folder)).unwrap();
        (count, block_on(store.cursor(&CursorKey::Messages(folder))).unwrap().is_some())
    })
}

#[test]
fn a_damaged_list_is_emptied_and_fetched_anew_and_nothing_else_suffers() {
    let f = Some(FolderId::new("f"));
    let tree = |store: &PackedStore<MemoryRecords>| {
        Directory::decode(&store.records().everything()[&directory(&f)]).unwrap().unwrap().tree
    };
    for spoil in [None, Some(Vec::new()), Some(vec![1, b'L', 0, 0]), Some(Shard::default().encode())] {
        for whole_directory in [true, false] {
            let store = filled();
            let key = if whole_directory { directory(&f) } else { leaf(tree(&store), 1) };
            if whole_directory && spoil.is_none() {
                continue;
            }
            store.records().spoil(key, spoil.clone());
            // A reader sees what there is, and leaves word.
            let rows = block_on(store.messages(&FolderId::new("f"), 0, 100)).unwrap();
            assert!(rows.len() < 40 && (whole_directory || rows.len() > 20), "{}", rows.len());
            assert_eq!(block_on(store.messages(&FolderId::new("g"), 0, 100)).unwrap().len(), 3);
            assert!(store.records().everything().contains_key(&damaged()));
            // Whoever leads drops it with the next page, whose own cursor does not count.
            block_on(store.commit(Commit::relaxed(vec![cursor_write("f")]))).unwrap();
            assert_eq!(state(&store), [(0, false), (3, true)]);
            block_on(store.commit(Commit::relaxed(page(0, 40)))).unwrap();
            block_on(store.commit(Commit::relaxed(vec![cursor_write("f")]))).unwrap();
            assert_eq!(state(&store), [(40, true), (3, true)]);
            check_trees(&store);
        }
    }
}

#[test]
fn a_writer_that_finds_a_damaged_leaf_keeps_the_rows_it_writes() {
    let store = filled();
    let mut spoiled = store.records().everything();
    spoiled.retain(|key, _| key.name.starts_with("rows/leaf/"));
    for key in spoiled.into_keys().filter(|key| key.name.starts_with("rows/leaf/0/")) {
        store.records().spoil(key, Some(vec![1]));
    }
    let mut writes = page(7, 2);
    writes.push(cursor_write("f"));
    block_on(store.commit(Commit::relaxed(writes))).unwrap();
    assert_eq!(state(&store), [(2, false), (3, true)]);
    assert_eq!(block_on(store.message(&MessageId::new("m000001"))).unwrap(), None);
}

#[test]
fn without_its_shards_every_list_is_fetched_anew() {
    for key in [catalogue(), shard(0), shard(3)] {
        let store = filled();
        store.records().spoil(key, Some(vec![1, 2, 3]));
        for at in 0..40 {
            block_on(store.message(&MessageId::new(format!("m{at:06}")))).unwrap();
        }
        block_on(store.commit(Commit::relaxed(page(0, 3)))).unwrap();
        assert_eq!(state(&store), [(3, false), (0, false)]);
        check_trees(&store);
    }
}

#[test]
fn small_records_that_cannot_be_read_cost_only_themselves() {
    let store = filled();
    block_on(store.commit(Commit::relaxed(vec![
        Write::Folder(folder("f", None)),
        Write::Folder(folder("g", None)),
        Write::Cursor(CursorKey::Folders, Cursor::start(false)),
        Write::Body(
            MessageId::new("x"),
            Box::new(Body { content: BodyContent::Text(String::new()), attachments: vec![] }),
        ),
    ])))
    .unwrap();
    for (table, name) in [(Table::Folders, "f"), (Table::Bodies, "x"), (Table::Mail, "cursor/messages/g")] {
        store.records().spoil(Key::new(table, name), Some(b"\x01{".to_vec()));
    }
    assert_eq!(block_on(store.folders()).unwrap(), [folder("g", None)]);
    assert_eq!(block_on(store.cursor(&CursorKey::Folders)).unwrap(), None, "the tree is asked for anew");
    assert_eq!(block_on(store.body(&MessageId::new("x"))).unwrap(), None);
    assert!(!block_on(store.holds_body(&MessageId::new("x"))).unwrap());
    let cursor = block_on(store.cursor(&CursorKey::Messages(FolderId::new("g")))).unwrap();
    assert_eq!(cursor, Some(Cursor::start(true)));
    // What only this device knows is never passed over.
    store.records().spoil(Key::new(Table::Ops, "o"), Some(b"\x01{".to_vec()));
    assert_eq!(block_on(store.ops()), Err(StoreError::Unreadable { part: "ops" }));
}

#[test]
fn a_tab_writes_only_what_is_its_own() {
    use crate::id::{DraftId, OpId};
    let store = filled();
    for write in [cursor_write("f"), Write::RemoveMessage(MessageId::new("x")), Write::RemoveRefreshToken] {
        let own = Write::RemoveOp(OpId::new("o"));
        assert_eq!(block_on(store.commit_own(Commit::strict(vec![own, write]))), Err(StoreError::Fenced));
    }
    assert_eq!(state(&store), [(40, true), (3, true)]);
    store.records().spoil(Key::new(Table::Drafts, "d"), Some(Vec::new()));
    block_on(store.commit_own(Commit::strict(vec![Write::RemoveDraft(DraftId::new("d"))]))).unwrap();
    assert_eq!(block_on(store.drafts()).unwrap(), []);
}

/// Records that another tab changes while they are read.
struct Restless {
    records: MemoryRecords,
    /// What happens before the read of this number.
    before: std::cell::RefCell<Vec<(u32, Vec<Write>)>>,
}

impl Records for &Restless {
    async fn read(&self, keys: Vec<Key>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let reads = self.records.reads();
        let due = self.before.borrow().iter().position(|(number, _)| *number <= reads);
        if let Some(due) = due {
            let (_, writes) = self.before.borrow_mut().remove(due);
            let other = PackedStore::shaped(self.records.clone(), SMALL);
            other.commit(Commit::relaxed(writes)).await?;
            let changed = other.records().everything();
            for key in self.records.everything().into_keys() {
                self.records.spoil(key, None);
            }
            changed.into_iter().for_each(|(key, record)| self.records.spoil(key, Some(record)));
        }
        self.records.read(keys).await
    }
    async fn all(&self, table: Table) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.records.all(table).await
    }
    async fn holds(&self, key: Key) -> Result<bool, StoreError> {
        self.records.holds(key).await
    }
    async fn lead(&self) -> Result<Epoch, StoreError> {
        self.records.lead().await
    }
    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        self.records.commit(batch).await
    }
}

#[test]
fn a_reader_never_sees_half_of_a_change() {
    for number in 0..6 {
        let restless = Restless { records: filled().records().clone(), before: Default::default() };
        let reads = restless.records.reads();
        // The leaves are split, and one row moves to another folder.
        let mut writes = page(100, 40);
        writes.push(Write::Message(Box::new(message("m000003", "g", 77))));
        *restless.before.borrow_mut() = vec![(reads + number, writes)];
        let store = PackedStore::shaped(&restless, SMALL);
        let rows = block_on(store.messages(&FolderId::new("f"), 0, 100)).unwrap();
        assert!([40, 79].contains(&rows.len()), "{} rows, change before read {number}", rows.len());
        assert!(block_on(store.message(&MessageId::new("m000003"))).unwrap().is_some(), "change before read {number}");
        assert!(!restless.records.everything().contains_key(&damaged()), "a change is no damage");
    }
}

#[test]
fn packed_records_are_frozen() {
    let row = Message {
        conversation: Some(crate::id::ConversationId::new("c1")),
        to: vec![Address { name: "Ada".to_owned(), address: "ada@petrel.test".to_owned() }],
        preview: String::new(),
        is_read: true,
        flag: Flag::Complete,
        importance: Importance::High,
        kind: Kind::MeetingResponse,
        ..message("m1", "f", 1_000)
    };
    let next = Message { preview: String::new(), received: Timestamp::from_millis(-1), ..message("m2", "f", 0) };
    let store = packed(Shape { shards: 2, ..Shape::default() });
    let writes = [row, next].map(|row| Write::Message(Box::new(row))).to_vec();
    block_on(store.commit(Commit::relaxed(writes))).unwrap();
    let written: Vec<String> = store
        .records()
        .everything()
        .into_iter()
        .map(|(key, record)| {
            format!("{} {}", key.name, record.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        })
        .collect();
    assert_eq!(written, FROZEN);
    // What is written can be read, and where an id belongs never changes.
    let read = block_on(store.rows(&["m1", "m2"].map(MessageId::new))).unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(hash(b"AAkALgAAAAAAHYQDEapmEc2byACqAC"), HASH);
}

const HASH: u64 = 16654665930955921086;
/// Catalogue, directory, leaf and two shards: format, kind, checksum, content.
const FROZEN: [&str; 5] = [
    "rows/catalogue 0143066375722f0f30970100010166",
    "rows/directory/f 014465f55522d8d2a2880001007a020152473670b4ca470e0000",
    "rows/leaf/0/0 014c52473670b4ca470e98f8ffffffffffffff0100026d31d90a00016600026331000d5375626a656374206f66206d310000000547\
     72616365001167726163654070657472656c2e74657374010003416461000f6164614070657472656c2e746573740000e907010132900101000c0132\
     000005001100000000",
    "rows/shard/0 0153f3e566446d241dd0ca6ad1d72722d42500e803000000000000",
    "rows/shard/1 015300d9aeab2ce3a5da29022978e6fe6b9200ffffffffffffffff",
];

#[test]
fn what_only_this_device_knows_is_frozen_in_every_format() {
    use crate::id::OpId;
    use crate::outbox::{Act, OpState, SendStage};
    let op = r#"{"id":"0000000000005-0001-00000007","act":{"Send":{"mail":{"to":[{"name":"Grace","address":"grace@petrel.test"}],"cc":[],"subject":"Grüße","text":"a\nb","answers":{"message":"m","all":true}},"stage":{"Sending":{"draft":"d","since":3,"looks":1}}}},"queued_at":5,"not_before":6,"attempts":2,"state":"Waiting"}"#;
    let draft = r#"{"id":"d1","mail":{"to":[],"cc":[],"subject":"s","text":"t","answers":null},"typed":["gra",""],"changed":4}"#;
    for number in ["", "\u{1}"] {
        let store = packed(Shape::default());
        store.records().spoil(Key::new(Table::Ops, "o"), Some(format!("{number}{op}").into_bytes()));
        store.records().spoil(Key::new(Table::Drafts, "d1"), Some(format!("{number}{draft}").into_bytes()));
        let ops = block_on(store.ops()).unwrap();
        let [known] = ops.as_slice() else { panic!("{ops:?}") };
        assert_eq!(known.id, OpId::new("0000000000005-0001-00000007"));
        assert_eq!((known.attempts, &known.state), (2, &OpState::Waiting));
        let Act::Send { mail, stage: SendStage::Sending { looks: 1, .. } } = &known.act else { panic!("{known:?}") };
        assert_eq!((mail.subject.as_str(), mail.to.len()), ("Grüße", 1));
        let drafts = block_on(store.drafts()).unwrap();
        assert_eq!(drafts[0].typed.0, "gra");
        // And this is how they are written today.
        block_on(store.commit(Commit::strict(vec![
            Write::Op(Box::new(known.clone())),
            Write::Draft(Box::new(drafts[0].clone())),
        ])))
        .unwrap();
        let written = store.records().everything();
        assert_eq!(written[&Key::new(Table::Ops, known.id.as_str())], format!("\u{1}{op}").into_bytes());
        assert_eq!(written[&Key::new(Table::Drafts, "d1")], format!("\u{1}{draft}").into_bytes());
    }
    let store = packed(Shape::default());
    store.records().spoil(Key::new(Table::Ops, "o"), Some(format!("\u{2}{op}").into_bytes()));
    assert_eq!(block_on(store.ops()), Err(StoreError::Lost), "a newer build knows more");
}

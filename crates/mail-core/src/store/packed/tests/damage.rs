//! What a damaged record costs, what a reader sees while another tab writes, and who may write what.
//! A list that cannot be read is fetched anew; what only this device knows is never passed over.

use super::*;

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
        Directory::<Message>::decode(&store.records().everything()[&directory(&f)]).unwrap().unwrap().tree
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
            conversations::check(&store);
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
    conversations::check(&store);
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
        conversations::check(&store);
    }
}

#[test]
fn a_mailbox_of_one_folder_is_found_again_after_its_shards_were_lost() {
    let store = packed(SMALL);
    block_on(store.commit(Commit::relaxed(page(0, 9)))).unwrap();
    store.records().spoil(shard(1), Some(vec![1, 2, 3]));
    block_on(store.commit(Commit::relaxed(page(0, 9)))).unwrap();
    block_on(store.commit(Commit::relaxed(page(0, 9)))).unwrap();
    assert_eq!(block_on(store.message(&MessageId::new("m000003"))).unwrap().map(|row| row.received.millis()), Some(3));
    check_trees(&store);
    conversations::check(&store);
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
pub(super) struct Restless {
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

/// Such records, changed by these writes before the read of this number from now on.
pub(super) fn restless(records: MemoryRecords, number: u32, writes: Vec<Write>) -> Restless {
    let before = vec![(records.reads() + number, writes)];
    Restless { records, before: std::cell::RefCell::new(before) }
}

#[test]
fn a_reader_never_sees_half_of_a_change() {
    for number in 0..6 {
        // The leaves are split, and one row moves to another folder.
        let mut writes = page(100, 40);
        writes.push(Write::Message(Box::new(message("m000003", "g", 77))));
        let restless = restless(filled().records().clone(), number, writes);
        let store = PackedStore::shaped(&restless, SMALL);
        let rows = block_on(store.messages(&FolderId::new("f"), 0, 100)).unwrap();
        assert!([40, 79].contains(&rows.len()), "{} rows, change before read {number}", rows.len());
        assert!(block_on(store.message(&MessageId::new("m000003"))).unwrap().is_some(), "change before read {number}");
        assert!(!restless.records.everything().contains_key(&damaged()), "a change is no damage");
    }
}

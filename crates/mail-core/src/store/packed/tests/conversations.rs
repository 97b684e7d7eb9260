//! Lists of conversations looked at record by record, what is read and written for them, and that any damage to them is
//! mended from the rows alone.

use super::*;
use crate::store::packed::entry::Entry;
use crate::store::packed::item::Item;
use crate::store::packed::places::{EVERYWHERE, conversations, conversations_leaf, members};

/// Looks at every record about conversations: each is reachable, sorted, within its limit and what the rows come to.
pub(super) fn check(store: &PackedStore<MemoryRecords>) {
    let shape = store.shape;
    let all = store.records().everything();
    let mut records: BTreeMap<Key, Vec<u8>> =
        all.clone().into_iter().filter(|(key, _)| key.name.starts_with("conversations/")).collect();
    let known = Catalogue::decode(all.get(&catalogue()).map(Vec::as_slice)).unwrap().unwrap();
    let mut places: Vec<Place> = Vec::new();
    let mut everything: Vec<Message> = Vec::new();
    let mut lists = vec![];
    for number in known.folders() {
        let list = known.list(number).unwrap().clone();
        let rows = block_on(store.messages(list.as_ref().unwrap(), 0, u32::MAX)).unwrap();
        for row in &rows {
            let (_, hash) = shape.shard_of(row.conversation_key().as_bytes());
            places.push(Place { hash, tree: number, received: row.received.millis() });
        }
        everything.extend(rows.iter().cloned());
        lists.push((list, number, rows));
    }
    if !lists.is_empty() {
        lists.push((None, EVERYWHERE, everything));
    }
    for (list, number, rows) in lists {
        let record = records.remove(&conversations(&list)).expect("a list with rows has conversations");
        let directory: Directory<Entry> = Directory::decode(&record).unwrap().unwrap();
        assert_eq!(directory.tree, number);
        let mut found: Vec<Conversation> = Vec::new();
        let mut small = false;
        for each in &directory.leaves {
            assert!(each.number < directory.next);
            let record = records.remove(&conversations_leaf(number, each.number)).expect("a leaf of the directory");
            let entries = each.read_all(Some(&record)).unwrap().expect("the record the directory names");
            assert_eq!((entries.len(), record.len()), (each.count as usize, each.size as usize));
            assert_eq!(entries.iter().filter(|entry| entry.is_unread()).count(), each.unread as usize);
            assert!(record.len() <= shape.leaf_bytes || entries.len() == 1, "{} bytes", record.len());
            let is_small = record.len() < shape.leaf_bytes / 3;
            assert!(!(small && is_small), "small neighbours are merged");
            small = is_small;
            for entry in entries {
                let latest = rows.iter().find(|row| row.id.as_str() == entry.latest().unwrap().id).unwrap();
                assert_eq!(Some(entry.latest().unwrap().tree), known.number(&Some(latest.folder.clone())));
                found.push(entry.show(latest));
            }
        }
        let mut by_key: BTreeMap<&str, Vec<&Message>> = BTreeMap::new();
        rows.iter().for_each(|row| by_key.entry(row.conversation_key()).or_default().push(row));
        let mut expected: Vec<_> = by_key.into_values().map(|rows| Conversation::of(rows).unwrap()).collect();
        expected.sort_by(|one, other| other.received.cmp(&one.received).then_with(|| one.id.cmp(&other.id)));
        assert_eq!(found, expected);
    }
    places.sort();
    let mut stored: Vec<Place> = Vec::new();
    for number in 0..shape.shards {
        let record = records.remove(&members(number));
        let shard = Shard::decode(record.as_deref()).unwrap().unwrap();
        assert!(record.is_none() || !shard.0.is_empty());
        assert!(shard.0.is_sorted() && shard.0.iter().all(|place| place.hash % shape.shards == number));
        stored.extend(shard.0.into_iter().filter(|place| known.is_folder(place.tree)));
    }
    stored.sort();
    assert_eq!(stored, places, "every row has its place, and nothing else has");
    assert_eq!(records.into_keys().collect::<Vec<_>>(), [], "no record is left behind");
}

/// Rows of two folders in conversations of four, which reach over both.
fn written(count: i64) -> impl Iterator<Item = Message> {
    (0..count).map(|at| Message {
        conversation: Some(ConversationId::new(format!("c{:04}", at / 4))),
        ..message(&format!("m{at:06}"), if at % 3 == 0 { "g" } else { "f" }, at)
    })
}

fn rows(count: i64) -> Vec<Write> {
    written(count).map(|row| Write::Message(Box::new(row))).collect()
}

fn filled(shape: Shape) -> PackedStore<MemoryRecords> {
    let store = packed(shape);
    block_on(store.commit(Commit::relaxed(rows(400)))).unwrap();
    store
}

/// What a store tells of its conversations.
fn told(store: &impl Store) -> Vec<Vec<Conversation>> {
    let folders = [Some("f"), Some("g"), None].map(|folder| folder.map(FolderId::new));
    folders.iter().map(|folder| block_on(store.conversations(folder.as_ref(), 0, u32::MAX)).unwrap()).collect()
}

#[test]
fn any_damaged_record_of_conversations_is_made_anew_from_the_rows_and_nothing_else_suffers() {
    let whole = filled(SMALL);
    let cursor = CursorKey::Messages(FolderId::new("f"));
    block_on(whole.commit(Commit::relaxed(vec![Write::Cursor(cursor.clone(), Cursor::start(false))]))).unwrap();
    let keys = whole.records().everything().into_keys().filter(|key| key.name.starts_with("conversations/"));
    let some = keys.enumerate().filter(|(at, key)| at % 7 == 0 || !key.name.contains("/leaf/"));
    for (at, key) in some {
        for spoil in [None, Some(Vec::new()), Some(Shard::default().encode())] {
            if key.name.contains("members") && spoil.as_ref().is_none_or(|spoil| !spoil.is_empty()) {
                // An empty shard is a whole record: its members are missed below, where they are asked for.
                continue;
            }
            for read_first in [true, false] {
                let store = PackedStore::shaped(whole.records().clone(), SMALL);
                store.records().spoil(key.clone(), spoil.clone());
                if read_first {
                    told(&store);
                    let ids: Vec<_> = (0..100).map(|at| ConversationId::new(format!("c{at:04}"))).collect();
                    block_on(store.conversation_rows(&ids)).unwrap();
                    assert!(store.records().everything().contains_key(&damaged()), "{key:?}");
                }
                let new = message("new", "f", 9_999);
                let mut writes = vec![Write::Message(Box::new(new))];
                if !read_first {
                    // Without word of a reader it is found once it is touched.
                    writes.extend(written(400).map(|row| Write::Message(Box::new(Message { is_read: true, ..row }))));
                }
                block_on(store.commit(Commit::relaxed(writes))).unwrap();
                check(&store);
                check_trees(&store);
                assert_eq!(told(&store)[0].first().unwrap().latest.as_str(), "new", "{at}");
                assert_eq!(block_on(store.count(&FolderId::new("f"))).unwrap(), 267);
                assert!(block_on(store.cursor(&cursor)).unwrap().is_some(), "no list of rows was dropped");
                assert!(!store.records().everything().contains_key(&damaged()));
            }
        }
    }
}

#[test]
fn members_that_are_missing_are_noticed_and_made_anew() {
    let whole = filled(SMALL);
    for number in 0..SMALL.shards {
        for empty in [None, Some(Shard::default().encode())] {
            let store = PackedStore::shaped(whole.records().clone(), SMALL);
            store.records().spoil(members(number), empty);
            // The first conversation of this shard loses a message.
            let (at, _) = (0..100)
                .map(|at| (at, shape_of(&format!("c{at:04}"))))
                .find(|(_, shard)| *shard == number)
                .expect("a conversation in this shard");
            let gone = MessageId::new(format!("m{:06}", at * 4 + 1));
            block_on(store.commit(Commit::relaxed(vec![Write::RemoveMessage(gone)]))).unwrap();
            check(&store);
        }
    }
}

fn shape_of(key: &str) -> u64 {
    SMALL.shard_of(key.as_bytes()).0
}

#[test]
fn rows_of_an_earlier_build_get_their_conversations_with_the_next_commit() {
    let whole = filled(SMALL);
    let expected = told(&whole);
    for read_first in [true, false] {
        let store = PackedStore::shaped(whole.records().clone(), SMALL);
        for key in store.records().everything().into_keys().filter(|key| key.name.starts_with("conversations/")) {
            store.records().spoil(key, None);
        }
        let write = if read_first {
            assert!(told(&store).iter().all(Vec::is_empty));
            Write::Cursor(CursorKey::Messages(FolderId::new("f")), Cursor::start(false))
        } else {
            Write::Message(Box::new(Message { is_read: true, ..message("alone", "g", -5) }))
        };
        block_on(store.commit(Commit::relaxed(vec![write]))).unwrap();
        check(&store);
        if read_first {
            assert_eq!(told(&store), expected);
        }
    }
}

#[test]
fn a_damaged_list_of_rows_leaves_the_other_folders_in_their_conversations() {
    let store = filled(SMALL);
    let key = store.records().everything().into_keys().find(|key| key.name.starts_with("rows/leaf/0/")).unwrap();
    store.records().spoil(key, Some(vec![1]));
    // Found while the conversations are made anew: of which a record is damaged as well.
    store.records().spoil(conversations(&None), Some(vec![1]));
    block_on(store.commit(Commit::relaxed(vec![Write::Message(Box::new(message("new", "h", 9_999)))]))).unwrap();
    check(&store);
    let all = told(&store);
    assert_eq!(all[0].len() + all[1].len() + 1, all[2].len(), "one of the two was dropped, and h has one");
    assert!(all[0].is_empty() != all[1].is_empty());
}

#[test]
fn questions_about_conversations_read_few_records() {
    let store = packed(Shape { leaf_bytes: 2_000, ..Shape::default() });
    block_on(store.commit(Commit::relaxed(rows(4_000)))).unwrap();
    let reads = |ask: &dyn Fn()| {
        let before = store.records().reads();
        ask();
        store.records().reads() - before
    };
    let folder = FolderId::new("f");
    assert_eq!(reads(&|| assert_eq!(block_on(store.conversation_count(Some(&folder))).unwrap(), 1_000)), 1);
    assert_eq!(reads(&|| assert_eq!(block_on(store.conversations(Some(&folder), 500, 100)).unwrap().len(), 100)), 3);
    assert_eq!(reads(&|| assert_eq!(block_on(store.conversations(None, 500, 100)).unwrap().len(), 100)), 4);
    let ids: Vec<_> = (0..1_000).map(|at| ConversationId::new(format!("c{at:04}"))).collect();
    assert_eq!(reads(&|| assert_eq!(block_on(store.conversation_rows(&ids)).unwrap().len(), 4_000)), 3);
}

#[test]
fn one_more_message_of_a_huge_conversation_writes_few_records() {
    let store = packed(Shape::default());
    let row =
        |at: i64| Message { conversation: Some(ConversationId::new("c")), ..message(&format!("m{at:06}"), "f", at) };
    for page in 0..10 {
        let writes = (page * 1_000..(page + 1) * 1_000).map(|at| Write::Message(Box::new(row(at)))).collect();
        block_on(store.commit(Commit::relaxed(writes))).unwrap();
    }
    for write in [Write::Message(Box::new(row(10_000))), Write::RemoveMessage(MessageId::new("m010000"))] {
        let (before, reads) = (store.records().everything(), store.records().reads());
        block_on(store.commit(Commit::relaxed(vec![write]))).unwrap();
        let after = store.records().everything();
        let changed = after.iter().filter(|(key, record)| before.get(*key) != Some(*record)).count();
        assert!(changed <= 8, "{changed} records");
        assert!(store.records().reads() - reads <= 6);
    }
    check(&store);
    let all = block_on(store.conversations(None, 0, 9)).unwrap();
    assert_eq!((all[0].count, all[0].latest.as_str(), all[0].unread), (10_000, "m009999", 10_000));
}

#[test]
fn a_reader_of_conversations_never_sees_half_of_a_change() {
    for number in 0..6 {
        let store = filled(SMALL);
        let expected = told(&store)[2].len();
        let restless = damage::restless(store.records().clone(), number, {
            let mut writes = rows(500).split_off(400);
            writes.push(Write::RemoveMessage(MessageId::new("m000399")));
            writes
        });
        let store = PackedStore::shaped(&restless, SMALL);
        let all = block_on(store.conversations(None, 0, u32::MAX)).unwrap();
        assert!([expected, expected + 25].contains(&all.len()), "{}", all.len());
        let rows = block_on(store.conversation_rows(&[ConversationId::new("c0099")])).unwrap();
        assert!([3, 4].contains(&rows.len()));
        assert!(block_on((&restless).all(Table::Mail)).unwrap().iter().all(|(name, _)| *name != damaged().name));
    }
}

//! The shelves of bodies and their ledger, looked at record by record: the formats, what damage costs, and what it takes to
//! keep them.

use super::super::records::Batch;
use super::super::shelf::{self, Entry, Shelf};
use super::*;
use crate::store::Epoch;
use crate::store::room::{UNKNOWN_WEEK, week};

const DAY: i64 = 86_400_000;

fn body(id: &str) -> Write {
    let content = BodyContent::Text("text".to_owned());
    Write::Body(MessageId::new(id), Box::new(Body { content, attachments: vec![] }))
}

/// Thirty messages over thirty days with their bodies.
fn filled() -> PackedStore<MemoryRecords> {
    let store = packed(SMALL);
    let rows = (0..30).map(|day| Write::Message(Box::new(message(&format!("m{day:02}"), "f", day * DAY))));
    let writes = rows.chain((0..30).map(|day| body(&format!("m{day:02}")))).collect();
    block_on(store.commit(Commit::relaxed(writes))).unwrap();
    store
}

fn rows(store: &PackedStore<MemoryRecords>) -> Vec<Message> {
    block_on(store.messages(&FolderId::new("f"), 0, 99)).unwrap()
}

#[test]
fn the_records_of_bodies_are_frozen() {
    let hex = |record: &[u8]| record.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let shelf = Shelf(vec![
        Entry { id: MessageId::new("m1"), folder: Some(FolderId::new("f")), received: 3 * 7 * DAY + 5, bytes: 300 },
        Entry { id: MessageId::new("m2"), folder: None, received: 3 * 7 * DAY, bytes: 1 },
    ]);
    let record = shelf.encode(3);
    let mut written = vec![hex(&record)];
    assert_eq!(Shelf::decode(3, Some(&record)).unwrap().unwrap(), shelf);
    let shares = vec![
        BodyShare { week: UNKNOWN_WEEK, folder: None, count: 1, bytes: 7 },
        BodyShare { week: 2_900, folder: Some(FolderId::new("f")), count: 200, bytes: 70_000 },
    ];
    let record = shelf::encode(&shares);
    written.push(hex(&record));
    assert_eq!(shelf::decode(&record).unwrap().unwrap(), shares);
    let keep = Keep { days: Some(90), floor: Some(Timestamp::from_millis(1_000)) };
    written.push(hex(&small::encode_keep(keep)));
    assert_eq!(written, FROZEN);
    assert_eq!(small::decode_keep(&small::encode_keep(keep)).unwrap(), keep);
}

/// A shelf, the ledger, the choice.
const FROZEN: [&str; 3] = [
    "01483ed33c6b8c1f5a6e01016600026d310105ac02010132000001",
    "0142ea833815db0843b50101660000000000000080000107540b00000000000001c801f0a204",
    "014b99fd859c1b0704a85be907",
];

#[test]
fn a_damaged_shelf_or_ledger_costs_the_bodies_and_nothing_else() {
    for key in
        [shelf::ledger(), Key::new(Table::Mail, format!("bodies/shelf/{}", week(Timestamp::from_millis(29 * DAY))))]
    {
        let store = filled();
        store.records().spoil(key, Some(vec![1, b'B', 0]));
        block_on(store.commit(Commit::relaxed(vec![body("m29")]))).unwrap();
        let held: Vec<_> = store.records().everything().into_keys().filter(|key| key.table == Table::Bodies).collect();
        assert_eq!(held, [Key::new(Table::Bodies, "m29")]);
        assert_eq!(block_on(store.body_shares()).unwrap().len(), 1);
        assert_eq!(block_on(store.bodies_missing(&rows(&store))).unwrap().len(), 29);
        check_trees(&store);
    }
}

#[test]
fn bodies_that_nobody_counted_are_dropped_with_the_first_that_is() {
    let store = filled();
    for key in store.records().everything().into_keys().filter(|key| key.name.starts_with("bodies/")) {
        store.records().spoil(key, None);
    }
    // What is changed besides costs nothing.
    block_on(store.commit(Commit::relaxed(page(0, 3)))).unwrap();
    assert!(block_on(store.holds_body(&MessageId::new("m03"))).unwrap());
    block_on(store.commit(Commit::relaxed(vec![body("m04")]))).unwrap();
    assert!(!block_on(store.holds_body(&MessageId::new("m03"))).unwrap());
    assert!(block_on(store.holds_body(&MessageId::new("m04"))).unwrap());
}

/// Records of a platform that makes streams: what went in is kept aside under what came out.
#[derive(Default)]
struct Squeezing {
    records: MemoryRecords,
    streams: std::cell::RefCell<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Records for &Squeezing {
    async fn read(&self, keys: Vec<Key>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
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
    async fn deflate(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let stream = hash(bytes).to_le_bytes().to_vec();
        self.streams.borrow_mut().insert(stream.clone(), bytes.to_vec());
        Some(stream)
    }
    async fn inflate(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.streams.borrow().get(bytes).cloned()
    }
}

#[test]
fn large_bodies_are_streams_small_ones_are_not_and_a_damaged_one_is_fetched_again() {
    let squeezing = Squeezing::default();
    let store = PackedStore::shaped(&squeezing, SMALL);
    let body = |length: usize| Box::new(Body { content: BodyContent::Text("x".repeat(length)), attachments: vec![] });
    let ids = ["small", "large", "plain"].map(MessageId::new);
    let mut writes: Vec<Write> = ids.iter().map(|id| Write::Message(Box::new(message(id.as_str(), "f", 5)))).collect();
    writes.extend([Write::Body(ids[0].clone(), body(10)), Write::Body(ids[1].clone(), body(5_000))]);
    block_on(store.commit(Commit::relaxed(writes))).unwrap();
    // As it was written before there were streams.
    let plain = small::encode(&body(6_000)).unwrap();
    squeezing.records.spoil(Key::new(Table::Bodies, "plain"), Some(plain));
    let records = squeezing.records.everything();
    let record = |id: &str| &records[&Key::new(Table::Bodies, id)];
    assert_eq!((record("small")[0], record("large")[0]), (1, 2));
    assert_eq!(record("large").len(), 9);
    for (id, length) in ids.iter().zip([10, 5_000, 6_000]) {
        assert_eq!(block_on(store.body(id)).unwrap(), Some(*body(length)));
    }
    let sum = BodyShare::sum(&block_on(store.body_shares()).unwrap());
    assert_eq!(sum as usize, record("small").len() + record("large").len(), "what is counted is what is written");
    squeezing.records.spoil(Key::new(Table::Bodies, "large"), Some(vec![2, 7, 7]));
    assert_eq!(block_on(store.body(&ids[1])).unwrap(), None);
    assert!(!block_on(store.holds_body(&ids[1])).unwrap());
    assert!(block_on(store.body(&ids[0])).unwrap().is_some());
}

#[test]
fn a_flag_writes_no_shelf_and_what_is_missing_takes_one_read() {
    let store = filled();
    let before = store.records().everything();
    let row = Message { is_read: true, ..message("m07", "f", 7 * DAY) };
    block_on(store.commit(Commit::relaxed(vec![Write::Message(Box::new(row))]))).unwrap();
    let after = store.records().everything();
    let shelves = |all: &BTreeMap<Key, Vec<u8>>| all.iter().filter(|(key, _)| key.name.starts_with("bodies/")).count();
    assert_eq!(shelves(&after), shelves(&before));
    assert!(
        after
            .iter()
            .filter(|(key, record)| before.get(*key) != Some(*record))
            .all(|(key, _)| key.name.starts_with("rows/") || key.name.starts_with("conversations/"))
    );
    let rows = rows(&store);
    let reads = store.records().reads();
    assert_eq!(block_on(store.bodies_missing(&rows)).unwrap(), []);
    assert_eq!(block_on(store.body_shares()).unwrap().len(), 5);
    assert_eq!(store.records().reads() - reads, 2);
}

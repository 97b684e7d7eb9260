//! The store in a real browser: the contract it shares with its twin, and what only IndexedDB can get wrong.

mod bodies;
mod layouts;

use super::layout::META;
use super::{IndexedStore, NAME, connection, wipe};
use crate::global::{call_and_wait, field, global};
use futures::channel::oneshot;
use js_sys::{Array, Uint8Array};
use mail_core::id::{FolderId, MessageId};
use mail_core::store::contract::{self, folder, message};
use mail_core::store::{Commit, PendingSignIn, RefreshToken, Store, StoreError, Write};
use mail_core::time::Timestamp;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A name no database has yet.
fn unused_name() -> &'static str {
    thread_local! { static COUNT: Cell<u32> = const { Cell::new(0) } }
    COUNT.set(COUNT.get() + 1);
    Box::leak(format!("petrel-test-{}-{}", js_sys::Date::now(), COUNT.get()).into_boxed_str())
}

async fn fresh() -> IndexedStore {
    IndexedStore::open_named(unused_name()).await.unwrap()
}

async fn exists(name: &str) -> bool {
    let databases = call_and_wait(&global("indexedDB").unwrap(), "databases", &[]).await.unwrap();
    databases
        .unchecked_into::<Array>()
        .iter()
        .any(|database| field(&database, "name").unwrap() == JsValue::from_str(name))
}

fn row(id: &str, at: i64) -> Write {
    Write::Message(Box::new(message(id, "f", at)))
}

fn token() -> RefreshToken {
    RefreshToken { secret: "very-secret-refresh-token".to_owned(), dies_at: Timestamp::from_millis(9) }
}

const REFRESH_TOKEN: &str = "refresh-token";

async fn keep_token(store: &IndexedStore) {
    store.commit(Commit::strict(vec![Write::RefreshToken(token())])).await.unwrap();
}

#[wasm_bindgen_test]
async fn the_store_in_the_browser_keeps_the_contract() {
    contract::run(fresh).await;
}

#[wasm_bindgen_test]
async fn a_refused_leader_writes_nothing_at_all() {
    let store = fresh().await;
    let old = store.lead().await.unwrap();
    let new = store.lead().await.unwrap();
    let writes = vec![
        row("a", 1),
        Write::Folder(folder("f", None)),
        Write::RemoveFolder(FolderId::new("g")),
        Write::RefreshToken(token()),
    ];
    assert_eq!(store.commit(Commit::strict(writes).fenced(old)).await, Err(StoreError::Fenced));
    assert_eq!(store.count(&FolderId::new("f")).await.unwrap(), 0);
    assert_eq!(store.folders().await.unwrap(), []);
    assert_eq!(store.refresh_token().await.unwrap(), None);
    assert_eq!(store.commit(Commit::strict(Vec::new()).fenced(old)).await, Err(StoreError::Fenced));
    assert_eq!(store.commit(Commit::strict(Vec::new()).fenced(new)).await, Ok(()));
}

#[wasm_bindgen_test]
async fn two_leaders_never_get_the_same_number() {
    let name = unused_name();
    let (one, two) = (IndexedStore::open_named(name).await.unwrap(), IndexedStore::open_named(name).await.unwrap());
    let (first, second) = futures::join!(one.lead(), two.lead());
    assert_ne!(first.unwrap(), second.unwrap());
}

/// Epoch and number of commits of each entry of the diary.
fn entries(diary: &JsValue) -> Vec<(f64, f64)> {
    let entries: Vec<Array> = diary.unchecked_ref::<Array>().iter().map(JsCast::unchecked_into).collect();
    entries.iter().map(|entry| (entry.get(0).as_f64().unwrap(), entry.get(4).as_f64().unwrap())).collect()
}

#[wasm_bindgen_test]
async fn the_diary_counts_what_was_accepted_and_nothing_else() {
    let name = unused_name();
    let (one, two) = (IndexedStore::open_named(name).await.unwrap(), IndexedStore::open_named(name).await.unwrap());
    let first = one.lead().await.unwrap();
    one.commit(Commit::relaxed(vec![row("a", 1)]).fenced(first)).await.unwrap();
    one.commit(Commit::relaxed(vec![row("b", 2)]).fenced(first)).await.unwrap();
    let second = two.lead().await.unwrap();
    assert_eq!(one.commit(Commit::relaxed(vec![row("c", 3)]).fenced(first)).await, Err(StoreError::Fenced));
    two.commit(Commit::relaxed(vec![row("d", 4)]).fenced(second)).await.unwrap();
    two.commit_own(Commit::strict(Vec::new())).await.unwrap();
    let database = &two.connection().database;
    let transaction = database.transaction_with_str(META).unwrap();
    let request = transaction.object_store(META).unwrap().get(&super::layout::DIARY.into()).unwrap();
    assert_eq!(entries(&connection::answer(&request).await.unwrap()), [(1.0, 2.0), (2.0, 1.0)]);
}

#[wasm_bindgen_test]
fn two_leaders_that_wrote_in_turns_would_be_seen_in_the_diary() {
    let mut diary = JsValue::UNDEFINED;
    for (epoch, commits) in [(1, 0), (1, 1), (2, 0), (1, 1), (2, 1)] {
        diary = super::diary::noted(&diary, epoch, commits);
    }
    assert_eq!(entries(&diary), [(1.0, 1.0), (2.0, 0.0), (1.0, 1.0), (2.0, 1.0)]);
    for epoch in 3..100 {
        diary = super::diary::noted(&diary, epoch, 0);
    }
    assert_eq!((entries(&diary).len(), entries(&diary)[39].0), (40, 99.0), "it does not grow without end");
}

#[wasm_bindgen_test]
async fn connections_see_each_others_writes() {
    let name = unused_name();
    let one = IndexedStore::open_named(name).await.unwrap();
    let two = IndexedStore::open_existing_named(name).await.unwrap().unwrap();
    one.commit(Commit::relaxed(vec![row("m", 1)])).await.unwrap();
    assert!(two.message(&MessageId::new("m")).await.unwrap().is_some());
    keep_token(&two).await;
    assert_eq!(one.refresh_token().await.unwrap(), Some(token()));
}

#[wasm_bindgen_test]
async fn what_was_written_is_there_after_closing_and_opening() {
    let name = unused_name();
    let store = IndexedStore::open_named(name).await.unwrap();
    store.commit(Commit::relaxed(vec![row("m", 1)])).await.unwrap();
    keep_token(&store).await;
    store.close();
    assert_eq!(store.folders().await, Err(StoreError::Lost));
    assert_eq!(store.commit(Commit::relaxed(vec![row("n", 1)])).await, Err(StoreError::Lost));
    let again = IndexedStore::open_existing_named(name).await.unwrap().unwrap();
    assert_eq!(again.count(&FolderId::new("f")).await.unwrap(), 1);
    assert_eq!(again.refresh_token().await.unwrap(), Some(token()));
}

#[wasm_bindgen_test]
async fn a_removed_folder_takes_its_detached_rows_and_bodies_along() {
    let store = fresh().await;
    let id = MessageId::new("m");
    let body =
        mail_core::model::Body { content: mail_core::model::BodyContent::Text(String::new()), attachments: Vec::new() };
    store
        .commit(Commit::relaxed(vec![
            Write::Detach(Box::new(message("m", "f", 1))),
            Write::Body(id.clone(), Box::new(body)),
            Write::Message(Box::new(message("n", "ff", 1))),
        ]))
        .await
        .unwrap();
    store.commit(Commit::relaxed(vec![Write::RemoveFolder(FolderId::new("f")), row("p", 4)])).await.unwrap();
    assert_eq!(store.detached().await.unwrap(), []);
    assert!(!store.holds_body(&id).await.unwrap());
    assert_eq!(store.message(&id).await.unwrap(), None);
    assert_eq!(store.count(&FolderId::new("ff")).await.unwrap(), 1);
    // What comes after it in the same commit stays.
    assert_eq!(store.count(&FolderId::new("f")).await.unwrap(), 1);
}

#[wasm_bindgen_test]
async fn a_window_of_a_long_list_is_exact() {
    let store = fresh().await;
    let writes = (0..1_000).map(|at| row(&format!("m{at}"), at)).collect();
    store.commit(Commit::relaxed(writes)).await.unwrap();
    let folder = FolderId::new("f");
    let ids = async |skip, limit| -> Vec<String> {
        store.messages(&folder, skip, limit).await.unwrap().iter().map(|row| row.id.to_string()).collect()
    };
    assert_eq!(ids(0, 2).await, ["m999", "m998"]);
    assert_eq!(ids(500, 3).await, ["m499", "m498", "m497"]);
    assert_eq!(ids(998, 5).await, ["m1", "m0"]);
    assert_eq!(ids(0, 0).await, [""; 0]);
    assert_eq!(ids(0, 5_000).await.len(), 1_000);
}

/// A record as it lies there.
async fn raw(store: &IndexedStore, table: &'static str, key: &str) -> JsValue {
    let transaction = store.connection().database.transaction_with_str(table).unwrap();
    let request = transaction.object_store(table).unwrap().get(&key.into()).unwrap();
    connection::answer(&request).await.unwrap()
}

/// All bytes and texts of a record, one after the other.
fn everything_in(record: &JsValue) -> String {
    let mut found = js_sys::JSON::stringify(record).ok().map(String::from).unwrap_or_default();
    for name in ["nonce", "sealed"] {
        let bytes = Uint8Array::new(&field(record, name).unwrap()).to_vec();
        assert!(!bytes.is_empty());
        found.push_str(&String::from_utf8_lossy(&bytes));
    }
    found
}

#[wasm_bindgen_test]
async fn secrets_lie_sealed_with_a_key_nobody_can_read() {
    let store = fresh().await;
    let pending = PendingSignIn {
        state: "state-of-it".to_owned(),
        nonce: "n".to_owned(),
        verifier: "very-secret-verifier".to_owned(),
        redirect_uri: "r".to_owned(),
        began: Timestamp::from_millis(1),
    };
    keep_token(&store).await;
    store.commit(Commit::strict(vec![Write::SignIn(pending.clone())])).await.unwrap();
    let sealed_token = raw(&store, META, REFRESH_TOKEN).await;
    let sealed_verifier = raw(&store, META, "sign-in:state-of-it").await;
    assert!(!everything_in(&sealed_token).contains("secret"));
    assert!(!everything_in(&sealed_verifier).contains("secret"));
    let key = raw(&store, super::layout::KEYS, "seal").await;
    assert_eq!(field(&key, "extractable"), Some(JsValue::FALSE));
    assert_eq!(store.sign_in("state-of-it").await.unwrap(), Some(pending));
    // Sealing twice never gives the same bytes.
    keep_token(&store).await;
    assert_ne!(everything_in(&sealed_token), everything_in(&raw(&store, META, REFRESH_TOKEN).await));
}

#[wasm_bindgen_test]
async fn a_token_that_cannot_be_opened_counts_as_none() {
    let name = unused_name();
    let store = IndexedStore::open_named(name).await.unwrap();
    keep_token(&store).await;
    // The key is lost: another one takes its place when the store is opened anew.
    let writing = super::connection::Writing::begin(
        &store.connection().database,
        [super::layout::KEYS],
        mail_core::store::Durability::Strict,
    )
    .unwrap();
    writing.transaction.object_store(super::layout::KEYS).unwrap().clear().unwrap();
    writing.finish().await.unwrap();
    let again = IndexedStore::open_named(name).await.unwrap();
    assert_eq!(again.refresh_token().await.unwrap(), None);
    keep_token(&again).await;
    assert_eq!(again.refresh_token().await.unwrap(), Some(token()));
}

#[wasm_bindgen_test]
async fn commits_ask_for_the_durability_they_need() {
    let store = fresh().await;
    for (durability, word) in
        [(mail_core::store::Durability::Relaxed, "relaxed"), (mail_core::store::Durability::Strict, "strict")]
    {
        let writing = connection::Writing::begin(&store.connection().database, [META], durability).unwrap();
        assert_eq!(field(&writing.transaction, "durability"), Some(JsValue::from_str(word)));
        writing.undo().await;
    }
}

#[wasm_bindgen_test]
async fn a_commit_is_finished_even_when_nobody_waits_for_it() {
    let store = fresh().await;
    {
        let commit = store.commit(Commit::relaxed(vec![row("m", 1)]));
        let mut commit = Box::pin(commit);
        assert!(futures::poll!(&mut commit).is_pending());
    }
    // Another write of the same table waits for the first.
    store.commit(Commit::relaxed(vec![row("n", 2)])).await.unwrap();
    assert_eq!(store.count(&FolderId::new("f")).await.unwrap(), 2);
}

#[wasm_bindgen_test]
async fn opening_what_does_not_exist_creates_nothing() {
    let name = unused_name();
    assert!(IndexedStore::open_existing_named(name).await.unwrap().is_none());
    assert!(!exists(name).await);
}

#[wasm_bindgen_test]
async fn a_database_of_a_newer_build_is_left_alone() {
    let name = unused_name();
    let request = connection::factory().unwrap().open_with_u32(name, 99).unwrap();
    let database: web_sys::IdbDatabase = connection::answer(&request).await.unwrap().unchecked_into();
    database.close();
    assert_eq!(IndexedStore::open_named(name).await.err(), Some(StoreError::Lost));
    assert_eq!(IndexedStore::open_existing_named(name).await.err(), Some(StoreError::Lost));
}

#[wasm_bindgen_test]
async fn wiping_leaves_no_database_although_others_have_it_open() {
    let (one, two) = (IndexedStore::open().await.unwrap(), IndexedStore::open().await.unwrap());
    keep_token(&one).await;
    assert!(exists(NAME).await);
    let (sender, lost) = oneshot::channel();
    let sender = Rc::new(RefCell::new(Some(sender)));
    let times = Rc::new(Cell::new(0));
    two.on_lost({
        let times = times.clone();
        move || {
            times.set(times.get() + 1);
            sender.borrow_mut().take().map(|sender| sender.send(()));
        }
    });
    wipe().await.unwrap();
    lost.await.unwrap();
    assert!(!exists(NAME).await);
    assert_eq!(times.get(), 1);
    assert_eq!(two.account().await, Err(StoreError::Lost));
    assert!(IndexedStore::open_existing().await.unwrap().is_none());
    // Whoever signs in again starts from nothing.
    let anew = IndexedStore::open().await.unwrap();
    assert_eq!(anew.refresh_token().await.unwrap(), None);
    anew.close();
    wipe().await.unwrap();
}

/// Something of the browser replaced by script, until it is dropped.
struct Broken {
    mend: js_sys::Function,
}

impl Broken {
    /// Lets a method throw an exception from its `good_calls + 1`th call on.
    fn method(class: &str, method: &str, good_calls: u32, exception: &str) -> Self {
        let script = format!(
            "const whole = {class}.prototype.{method}; let calls = 0;
             {class}.prototype.{method} = function (...args) {{
                 if (calls++ >= {good_calls}) throw new DOMException('broken for a test', '{exception}');
                 return whole.apply(this, args);
             }};
             return () => {{ {class}.prototype.{method} = whole; }};"
        );
        let mend = js_sys::Function::new_no_args(&script).call0(&JsValue::UNDEFINED).unwrap();
        Self { mend: mend.unchecked_into() }
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        self.mend.call0(&JsValue::UNDEFINED).unwrap();
    }
}

#[wasm_bindgen_test]
async fn a_full_device_takes_nothing_of_a_commit() {
    let store = fresh().await;
    let broken = Broken::method("IDBObjectStore", "put", 1, "QuotaExceededError");
    let refused = store.commit(Commit::relaxed(vec![row("a", 1), row("b", 2)])).await;
    drop(broken);
    assert_eq!(refused, Err(StoreError::Full));
    assert_eq!(store.count(&FolderId::new("f")).await.unwrap(), 0);
    // And it works on when there is room again.
    store.commit(Commit::relaxed(vec![row("a", 1), row("b", 2)])).await.unwrap();
    assert_eq!(store.count(&FolderId::new("f")).await.unwrap(), 2);
}

#[wasm_bindgen_test]
async fn a_browser_that_stores_nothing_refuses() {
    for exception in ["SecurityError", "UnknownError", "InvalidStateError"] {
        let _broken = Broken::method("IDBFactory", "open", 0, exception);
        assert_eq!(IndexedStore::open_named(unused_name()).await.err(), Some(StoreError::Refused), "{exception}");
        assert_eq!(
            IndexedStore::open_existing_named(unused_name()).await.err(),
            Some(StoreError::Refused),
            "{exception}"
        );
    }
    let hide = "Object.defineProperty(globalThis, 'indexedDB', { value: undefined, configurable: true })";
    let shown = js_sys::eval("Object.getOwnPropertyDescriptor(globalThis, 'indexedDB')").unwrap();
    js_sys::eval(hide).unwrap();
    let (open, existing, wiped) = (
        IndexedStore::open_named(unused_name()).await.err(),
        IndexedStore::open_existing_named(unused_name()).await.err(),
        wipe().await.err(),
    );
    js_sys::Reflect::define_property(&js_sys::global(), &"indexedDB".into(), shown.unchecked_ref()).unwrap();
    assert_eq!(
        (open, existing, wiped),
        (Some(StoreError::Refused), Some(StoreError::Refused), Some(StoreError::Refused))
    );
}

#[wasm_bindgen_test]
async fn a_record_nobody_can_read_is_named_by_its_part() {
    let store = fresh().await;
    let writing =
        connection::Writing::begin(&store.connection().database, [META], mail_core::store::Durability::Relaxed)
            .unwrap();
    let meta = writing.transaction.object_store(META).unwrap();
    meta.put_with_key(&"{".into(), &"account".into()).unwrap();
    meta.put_with_key(&"{".into(), &REFRESH_TOKEN.into()).unwrap();
    writing.finish().await.unwrap();
    assert_eq!(store.account().await, Err(StoreError::Unreadable { part: META }));
    assert_eq!(store.refresh_token().await, Ok(None));
}

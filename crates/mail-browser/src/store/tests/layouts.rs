//! Databases of an earlier layout, and what the present one makes of a page of rows.
//! What only this device knows is carried over, the rest is fetched anew.

use super::*;

/// A database as the first layout left it, with these texts in its tables.
async fn first_layout(name: &str, texts: &[(&str, &str, &str)]) -> web_sys::IdbDatabase {
    let request = connection::factory().unwrap().open_with_u32(name, 1).unwrap();
    let on_upgrade = wasm_bindgen::prelude::Closure::<dyn FnMut()>::new({
        let request = request.clone();
        move || {
            let database: web_sys::IdbDatabase = request.result().unwrap().unchecked_into();
            for table in ["folders", "messages", "bodies", "cursors", "ops", "drafts", META, super::super::layout::KEYS]
            {
                let table = database.create_object_store(table).unwrap();
                if table.name() == "messages" {
                    table.create_index_with_str("place", "place").unwrap();
                }
            }
        }
    });
    request.set_onupgradeneeded(Some(on_upgrade.as_ref().unchecked_ref()));
    let database: web_sys::IdbDatabase = connection::answer(&request).await.unwrap().unchecked_into();
    for (table, key, text) in texts {
        put_raw(&database, table, key, &JsValue::from_str(text)).await;
    }
    database
}

async fn put_raw(database: &web_sys::IdbDatabase, table: &str, key: &str, value: &JsValue) {
    let request = {
        let transaction =
            database.transaction_with_str_and_mode(table, web_sys::IdbTransactionMode::Readwrite).unwrap();
        transaction.object_store(table).unwrap().put_with_key(value, &key.into()).unwrap()
    };
    connection::answer(&request).await.unwrap();
}

#[wasm_bindgen_test]
async fn what_only_this_device_knows_is_carried_over_from_the_first_layout() {
    let op = r#"{"id":"0000000000005-0001-00000007","act":{"Read":{"message":"m","read":true}},"queued_at":5,"not_before":5,"attempts":1,"state":"Waiting"}"#;
    let draft = r#"{"id":"d1","mail":{"to":[],"cc":[],"subject":"s","text":"t","answers":null},"typed":["gra",""],"changed":4}"#;
    let account = r#"{"key":"t.o","name":"Ada","address":"ada@petrel.test","login_hint":null}"#;
    for with_open_existing in [true, false] {
        let name = unused_name();
        let old = first_layout(
            name,
            &[
                ("ops", "0000000000005-0001-00000007", op),
                ("drafts", "d1", draft),
                (META, "account", account),
                ("folders", "f", "{}"),
                ("bodies", "m", "{}"),
                ("cursors", "messages:f", "{}"),
            ],
        )
        .await;
        put_raw(&old, META, "epoch", &JsValue::from_f64(7.0)).await;
        let text = r#"{"secret":"very-secret-refresh-token","dies_at":9}"#;
        let sealed = super::super::Seal::default().close(&old, REFRESH_TOKEN, text.as_bytes()).await.unwrap();
        put_raw(&old, META, REFRESH_TOKEN, &sealed).await;
        old.close();
        let store = if with_open_existing {
            IndexedStore::open_existing_named(name).await.unwrap().unwrap()
        } else {
            IndexedStore::open_named(name).await.unwrap()
        };
        let ops = store.ops().await.unwrap();
        assert_eq!((ops.len(), ops[0].attempts), (1, 1));
        assert_eq!(store.drafts().await.unwrap()[0].typed.0, "gra");
        assert_eq!(store.account().await.unwrap().unwrap().name, "Ada");
        assert_eq!(store.refresh_token().await.unwrap(), Some(token()));
        assert_eq!(store.lead().await.unwrap().0, 8);
        // What the server knows is fetched anew.
        assert_eq!(store.folders().await.unwrap(), []);
        assert!(!store.holds_body(&MessageId::new("m")).await.unwrap());
        let tables = &store.connection().database.object_store_names();
        assert_eq!((tables.length(), tables.contains("messages"), tables.contains("cursors")), (8, false, false));
        // And it works on.
        store.commit(Commit::relaxed(vec![row("m", 1), Write::RemoveOp(ops[0].id.clone())])).await.unwrap();
        assert_eq!(store.count(&FolderId::new("f")).await.unwrap(), 1);
        assert_eq!(store.ops().await.unwrap(), []);
    }
}

#[wasm_bindgen_test]
async fn a_page_of_rows_is_a_few_records() {
    let store = fresh().await;
    store.commit(Commit::relaxed((0..1_000).map(|at| row(&format!("m{at}"), at)).collect())).await.unwrap();
    let transaction = store.connection().database.transaction_with_str("mail").unwrap();
    let request = transaction.object_store("mail").unwrap().count().unwrap();
    let records = connection::answer(&request).await.unwrap().as_f64().unwrap();
    // Mostly the shards: where each message and where each conversation lies.
    assert!(records < 275.0, "{records} records");
}

#[wasm_bindgen_test]
async fn the_mail_of_the_second_layout_stays_and_attachments_find_their_table() {
    use mail_core::model::AttachmentKey;
    let name = unused_name();
    let store = IndexedStore::open_named(name).await.unwrap();
    store.commit(Commit::relaxed(vec![row("m", 1)])).await.unwrap();
    let records: Vec<(String, Vec<u8>)> = {
        let database = &store.connection().database;
        let table = database.transaction_with_str("mail").unwrap().object_store("mail").unwrap();
        let (keys, values) = (table.get_all_keys().unwrap(), table.get_all().unwrap());
        let values: Array = connection::answer(&values).await.unwrap().unchecked_into();
        let keys: Array = keys.result().unwrap().unchecked_into();
        let pairs = keys.iter().zip(values.iter());
        pairs.map(|(key, value)| (key.as_string().unwrap(), Uint8Array::new(&value).to_vec())).collect()
    };
    store.close();
    // The same records in a database as the second layout had it.
    let name = unused_name();
    let request = connection::factory().unwrap().open_with_u32(name, 2).unwrap();
    let on_upgrade = wasm_bindgen::prelude::Closure::<dyn FnMut()>::new({
        let request = request.clone();
        move || {
            let database: web_sys::IdbDatabase = request.result().unwrap().unchecked_into();
            for table in ["folders", "mail", "bodies", "ops", "drafts", META, super::super::layout::KEYS] {
                database.create_object_store(table).unwrap();
            }
        }
    });
    request.set_onupgradeneeded(Some(on_upgrade.as_ref().unchecked_ref()));
    let database: web_sys::IdbDatabase = connection::answer(&request).await.unwrap().unchecked_into();
    for (key, record) in &records {
        put_raw(&database, "mail", key, &Uint8Array::from(record.as_slice())).await;
    }
    database.close();
    let store = IndexedStore::open_existing_named(name).await.unwrap().unwrap();
    assert_eq!(store.count(&FolderId::new("f")).await.unwrap(), 1);
    let key = AttachmentKey { message: MessageId::new("m"), attachment: "a".to_owned() };
    let kept = Write::Attachment(key.clone(), b"\x89PNG\r\n\x1a\n".to_vec(), Timestamp::from_millis(1));
    store.commit(Commit::relaxed(vec![kept])).await.unwrap();
    let bytes = store.attachment_bytes(&key).await.unwrap().unwrap();
    assert_eq!(bytes.head(), b"\x89PNG\r\n\x1a\n");
    let other = AttachmentKey { attachment: "b".to_owned(), ..key };
    assert!(store.attachment_bytes(&other).await.unwrap().is_none());
}

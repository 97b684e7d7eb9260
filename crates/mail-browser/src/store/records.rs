//! The packed store's records in IndexedDB: one transaction for each question, one for each batch. Bytes go across as
//! `Uint8Array`, which is copied whole instead of being walked through.

use super::connection::{Writing, answer};
use super::diary::noted;
use super::failure::thrown;
use super::layout::{DIARY, EPOCH, META};
use super::{Connection, driven, zlib};
use js_sys::{Array, Uint8Array};
use mail_core::store::packed::records::{Batch, Key, Records, Step, Table};
use mail_core::store::{Durability, Epoch, StoreError};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbKeyRange, IdbObjectStore, IdbRequest, IdbTransaction};

/// What can be asked. One type instead of a function each: every waiting function is a program of its own, and this crate
/// is loaded twice.
pub(super) enum Question {
    /// The values under these keys.
    Values(Vec<Key>),
    /// A key, if there is such a record.
    Holds(Key),
    /// The keys and the values of a table, in order.
    All(Table),
}

/// Records over the connection.
#[derive(Clone)]
pub(super) struct IndexedRecords(pub(super) Rc<Connection>);

impl IndexedRecords {
    /// Answers a question; what is sealed is opened, or absent.
    pub(super) async fn ask(&self, question: Question) -> Result<Vec<JsValue>, StoreError> {
        let connection = self.0.clone();
        driven(async move {
            let mut values = connection.answer(&question).await?;
            if let Question::Values(keys) = &question {
                for (key, value) in keys.iter().zip(&mut values) {
                    if key.table == Table::Secrets && !value.is_undefined() {
                        let opened = connection.seal.open(&connection.database, &key.name, value).await;
                        *value = opened.map_or(JsValue::UNDEFINED, JsValue::from);
                    }
                }
            }
            Ok(values)
        })
        .await
    }
}

impl Connection {
    async fn answer(&self, question: &Question) -> Result<Vec<JsValue>, StoreError> {
        let tables: Array = match question {
            Question::Values(keys) => keys.iter().map(|key| JsValue::from_str(key.table.name())).collect(),
            Question::Holds(key) => Array::of1(&key.table.name().into()),
            Question::All(table) => Array::of1(&table.name().into()),
        };
        let transaction = self.database.transaction_with_str_sequence(&tables).map_err(|error| thrown(&error))?;
        let mut requests: Vec<Result<IdbRequest, JsValue>> = Vec::new();
        match question {
            Question::Values(keys) => {
                for key in keys {
                    requests.push(table(&transaction, key.table)?.get(&key.name.as_str().into()));
                }
            }
            Question::Holds(key) => requests.push(table(&transaction, key.table)?.get_key(&key.name.as_str().into())),
            Question::All(all) => {
                let table = table(&transaction, *all)?;
                requests.push(table.get_all_keys());
                requests.push(table.get_all());
            }
        }
        let requests = requests.into_iter().collect::<Result<Vec<_>, _>>().map_err(|error| thrown(&error))?;
        // They are answered in order: with the last one, all are.
        if let Some(last) = requests.last() {
            answer(last).await?;
        }
        requests.iter().map(|request| request.result().map_err(|error| thrown(&error))).collect()
    }

    async fn write(&self, batch: Batch) -> Result<(), StoreError> {
        let Batch { steps, durability, fence } = batch;
        let mut tables: Vec<&'static str> = if fence.is_some() { vec![META] } else { Vec::new() };
        let mut values = Vec::with_capacity(steps.len());
        for step in &steps {
            let (Step::Put(key, _) | Step::Delete(key) | Step::DeleteUnder(key)) = step;
            if !tables.contains(&key.table.name()) {
                tables.push(key.table.name());
            }
            // Sealed now, because a transaction waits for nothing but its own requests.
            values.push(match step {
                Step::Put(key, bytes) if key.table == Table::Secrets => {
                    self.seal.close(&self.database, &key.name, bytes).await?
                }
                Step::Put(_, bytes) => Uint8Array::from(bytes.as_slice()).into(),
                Step::Delete(_) | Step::DeleteUnder(_) => JsValue::UNDEFINED,
            });
        }
        if tables.is_empty() {
            return Ok(());
        }
        let writing = Writing::begin(&self.database, tables, durability)?;
        match issue(&writing.transaction, &steps, &values, fence).await {
            Ok(()) => writing.finish().await,
            Err(error) => {
                writing.undo().await;
                Err(error)
            }
        }
    }

    async fn next_epoch(&self) -> Result<u32, StoreError> {
        let writing = Writing::begin(&self.database, [META], Durability::Strict)?;
        let outcome = async {
            let (epoch, diary) = led(&writing.transaction).await?;
            let next = epoch.saturating_add(1);
            let meta = table(&writing.transaction, Table::Meta)?;
            put(&meta, EPOCH, &JsValue::from_f64(f64::from(next)))?;
            put(&meta, DIARY, &noted(&diary, next, 0))?;
            Ok(next)
        }
        .await;
        match outcome {
            Ok(epoch) => writing.finish().await.map(|()| epoch),
            Err(error) => {
                writing.undo().await;
                Err(error)
            }
        }
    }
}

impl Records for IndexedRecords {
    async fn read(&self, keys: Vec<Key>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        Ok(self.ask(Question::Values(keys)).await?.iter().map(bytes).collect())
    }

    async fn all(&self, table: Table) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let answers = self.ask(Question::All(table)).await?;
        let [names, values] = answers.as_slice() else { return Err(StoreError::Unreadable { part: table.name() }) };
        let (names, values) = (names.unchecked_ref::<Array>(), values.unchecked_ref::<Array>());
        let pairs = names.iter().zip(values.iter());
        Ok(pairs.filter_map(|(name, value)| Some((name.as_string()?, bytes(&value).unwrap_or_default()))).collect())
    }

    async fn holds(&self, key: Key) -> Result<bool, StoreError> {
        Ok(self.ask(Question::Holds(key)).await?.iter().any(|name| !name.is_undefined()))
    }

    async fn lead(&self) -> Result<Epoch, StoreError> {
        let connection = self.0.clone();
        let led = driven(async move { Ok(vec![JsValue::from(connection.next_epoch().await?)]) }).await?;
        epoch(led.first().unwrap_or(&JsValue::UNDEFINED)).map(Epoch)
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let connection = self.0.clone();
        driven(async move { connection.write(batch).await.map(|()| Vec::new()) }).await.map(drop)
    }

    async fn deflate(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        zlib::deflate(bytes).await
    }

    async fn inflate(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        zlib::inflate(bytes).await
    }
}

async fn issue(
    transaction: &IdbTransaction,
    steps: &[Step],
    values: &[JsValue],
    fence: Option<Epoch>,
) -> Result<(), StoreError> {
    if let Some(fence) = fence {
        let (epoch, diary) = led(transaction).await?;
        if epoch != fence.0 {
            return Err(StoreError::Fenced);
        }
        put(&table(transaction, Table::Meta)?, DIARY, &noted(&diary, epoch, 1))?;
    }
    for (step, value) in steps.iter().zip(values) {
        match step {
            Step::Put(key, _) => put(&table(transaction, key.table)?, &key.name, value)?,
            Step::Delete(key) => delete(&table(transaction, key.table)?, &key.name.as_str().into())?,
            Step::DeleteUnder(key) => {
                // No name goes on with the last of all characters.
                let end = format!("{}\u{ffff}", key.name);
                let range =
                    IdbKeyRange::bound(&key.name.as_str().into(), &end.into()).map_err(|error| thrown(&error))?;
                delete(&table(transaction, key.table)?, &range)?;
            }
        }
    }
    Ok(())
}

/// The epoch that leads, and the diary.
async fn led(transaction: &IdbTransaction) -> Result<(u32, JsValue), StoreError> {
    let meta = table(transaction, Table::Meta)?;
    let leader = meta.get(&EPOCH.into()).map_err(|error| thrown(&error))?;
    let diary = meta.get(&DIARY.into()).map_err(|error| thrown(&error))?;
    // They are answered in order: with the last one, both are.
    let diary = answer(&diary).await?;
    Ok((epoch(&leader.result().map_err(|error| thrown(&error))?)?, diary))
}

/// The epoch in its record; before the first leader it is 0.
fn epoch(record: &JsValue) -> Result<u32, StoreError> {
    if record.is_undefined() {
        return Ok(0);
    }
    record.as_f64().map(|number| number as u32).ok_or(StoreError::Unreadable { part: META })
}

fn table(transaction: &IdbTransaction, table: Table) -> Result<IdbObjectStore, StoreError> {
    transaction.object_store(table.name()).map_err(|error| thrown(&error))
}

fn put(table: &IdbObjectStore, name: &str, value: &JsValue) -> Result<(), StoreError> {
    table.put_with_key(value, &JsValue::from_str(name)).map(drop).map_err(|error| thrown(&error))
}

fn delete(table: &IdbObjectStore, key: &JsValue) -> Result<(), StoreError> {
    table.delete(key).map(drop).map_err(|error| thrown(&error))
}

/// The bytes of a record, if it is there. The first layout kept texts. A value that is neither bytes nor text is a
/// record nobody can read.
fn bytes(value: &JsValue) -> Option<Vec<u8>> {
    if value.is_undefined() {
        return None;
    }
    let text = value.as_string().map(String::into_bytes);
    Some(text.or_else(|| value.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec)).unwrap_or_default())
}

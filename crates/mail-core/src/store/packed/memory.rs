//! Records in memory: the twin of the ones in the browser, so that the packed store is tested natively.
//! They can be counted and spoiled.

use super::records::{Batch, Key, Records, Step, Table};
use crate::store::{Epoch, StoreError};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Records in memory. A clone is what a new process finds.
#[derive(Clone, Debug, Default)]
pub struct MemoryRecords {
    records: RefCell<BTreeMap<Key, Vec<u8>>>,
    epoch: Cell<u32>,
    reads: Cell<u32>,
    cleared: RefCell<Vec<Key>>,
}

impl MemoryRecords {
    /// A copy of all records.
    pub fn everything(&self) -> BTreeMap<Key, Vec<u8>> {
        self.records.borrow().clone()
    }

    /// Writes a record behind the store's back; `None` removes it.
    pub fn spoil(&self, key: Key, bytes: Option<Vec<u8>>) {
        let mut records = self.records.borrow_mut();
        match bytes {
            Some(bytes) => records.insert(key, bytes),
            None => records.remove(&key),
        };
    }

    /// How often records were asked for.
    pub fn reads(&self) -> u32 {
        self.reads.get()
    }

    /// The names under which everything was deleted, each as often as it was.
    pub fn cleared(&self) -> Vec<Key> {
        self.cleared.borrow().clone()
    }
}

impl Records for MemoryRecords {
    async fn read(&self, keys: Vec<Key>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.reads.set(self.reads.get() + 1);
        let records = self.records.borrow();
        Ok(keys.iter().map(|key| records.get(key).cloned()).collect())
    }

    async fn all(&self, table: Table) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let records = self.records.borrow();
        let of_table = records.iter().filter(|(key, _)| key.table == table);
        Ok(of_table.map(|(key, bytes)| (key.name.clone(), bytes.clone())).collect())
    }

    async fn holds(&self, key: Key) -> Result<bool, StoreError> {
        Ok(self.records.borrow().contains_key(&key))
    }

    async fn lead(&self) -> Result<Epoch, StoreError> {
        self.epoch.set(self.epoch.get() + 1);
        Ok(Epoch(self.epoch.get()))
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        if batch.fence.is_some_and(|fence| fence.0 != self.epoch.get()) {
            return Err(StoreError::Fenced);
        }
        let mut records = self.records.borrow_mut();
        for step in batch.steps {
            match step {
                Step::Put(key, bytes) => {
                    records.insert(key, bytes);
                }
                Step::Delete(key) => {
                    records.remove(&key);
                }
                Step::DeleteUnder(under) => {
                    records.retain(|key, _| key.table != under.table || !key.name.starts_with(&under.name));
                    self.cleared.borrow_mut().push(under);
                }
            }
        }
        Ok(())
    }
}

//! Bodies as records: as they are while they are small, else as a zlib stream where the platform makes one. Which of the two
//! a record is, its first byte says, so that both are read for ever.

use super::bytes::FORMAT;
use super::records::{Key, Records, Step, Table};
use super::{PackedStore, small};
use crate::id::MessageId;
use crate::model::Body;
use crate::store::StoreError;

/// The number a record begins with whose rest is a zlib stream of the record as it would be.
const DEFLATED: u8 = FORMAT + 1;
/// Smaller records stay as they are: there is little to gain.
const WORTH_IT: usize = 1_024;

impl<R: Records> PackedStore<R> {
    /// The record of a body.
    pub(super) async fn body_record(&self, body: &Body) -> Result<Vec<u8>, StoreError> {
        let plain = small::encode(body)?;
        if plain.len() < WORTH_IT {
            return Ok(plain);
        }
        let Some(deflated) = self.records.deflate(&plain).await else { return Ok(plain) };
        let mut record = Vec::with_capacity(deflated.len() + 1);
        record.push(DEFLATED);
        record.extend_from_slice(&deflated);
        Ok(if record.len() < plain.len() { record } else { plain })
    }

    /// A body, if there is one that can be read. One that cannot is dropped, so that it is fetched again.
    pub(super) async fn read_body(&self, id: &MessageId) -> Result<Option<Body>, StoreError> {
        let key = Key::new(Table::Bodies, id.as_str());
        let Some(record) = self.records.read(vec![key.clone()]).await?.pop().flatten() else { return Ok(None) };
        let read = match record.split_first() {
            Some((&DEFLATED, stream)) => match self.records.inflate(stream).await {
                Some(plain) => small::decode(Table::Bodies, &plain),
                None => Err(StoreError::Unreadable { part: Table::Bodies.name() }),
            },
            _ => small::decode(Table::Bodies, &record),
        };
        match read {
            Err(StoreError::Unreadable { .. }) => {
                self.mend(vec![Step::Delete(key)]).await;
                Ok(None)
            }
            read => read.map(Some),
        }
    }
}

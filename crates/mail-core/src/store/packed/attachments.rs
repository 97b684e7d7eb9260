//! Attachments as records of their own, the bytes as they are, and one index of what is kept and when it was last used. Both are
//! written in one commit, so that room is told and made without reading a single file.

use super::PackedStore;
use super::bytes::{Input, Output};
use super::records::{Key, Records, Step, Table};
use crate::id::MessageId;
use crate::model::AttachmentKey;
use crate::store::StoreError;
use crate::store::room::KeptAttachment;
use crate::time::Timestamp;

const INDEX: u8 = b'A';

/// The record of what is kept.
pub(super) fn index() -> Key {
    Key::new(Table::Mail, "attachments/index")
}

/// Where an attachment's bytes are. No id holds a line's end.
pub fn record(key: &AttachmentKey) -> Key {
    Key::new(Table::Attachments, format!("{}\n{}", key.message, key.attachment))
}

/// What a commit does to attachments.
pub(super) enum Deed {
    /// Its bytes are written.
    Keep(AttachmentKey, Vec<u8>, Timestamp),
    /// It was used.
    Use(AttachmentKey, Timestamp),
    /// It goes.
    Drop(AttachmentKey),
    /// All of a message go.
    DropOf(MessageId),
}

/// The index' record; entries are ordered by key.
pub(super) fn encode(kept: &[KeptAttachment]) -> Vec<u8> {
    let mut output = Output::new(INDEX);
    for one in kept {
        output.text(one.key.message.as_str().as_bytes());
        output.text(one.key.attachment.as_bytes());
        output.number(one.bytes);
        output.word(one.used.millis() as u64);
    }
    output.finish().0
}

/// Reads the index, which is empty where there is no record; `None` when it is damaged.
///
/// # Errors
/// [`StoreError::Lost`] when a newer build wrote it.
pub(super) fn decode(record: Option<&[u8]>) -> Result<Option<Vec<KeptAttachment>>, StoreError> {
    let Some(record) = record else { return Ok(Some(Vec::new())) };
    Ok(Input::open(INDEX, record)?.and_then(|(input, _)| read(input)))
}

fn read(mut input: Input<'_>) -> Option<Vec<KeptAttachment>> {
    let mut kept = Vec::new();
    while !input.is_empty() {
        let message = MessageId::new(str::from_utf8(input.text()?).ok()?);
        let attachment = str::from_utf8(input.text()?).ok()?.to_owned();
        let bytes = input.number()?;
        let used = Timestamp::from_millis(input.word()? as i64);
        kept.push(KeptAttachment { key: AttachmentKey { message, attachment }, bytes, used });
    }
    Some(kept)
}

/// Adds to a commit's steps what it does to attachments. With an index that cannot be read all of them go, and come again
/// when they are asked for.
pub(super) fn carry_out(index: Option<&[u8]>, deeds: Vec<Deed>, steps: &mut Vec<Step>) -> Result<(), StoreError> {
    let known = decode(index)?;
    let mut changed = known.is_none();
    if changed {
        steps.push(Step::DeleteUnder(Key::new(Table::Attachments, "")));
    }
    let mut kept = known.unwrap_or_default();
    for deed in deeds {
        match deed {
            Deed::Keep(key, bytes, used) => {
                changed = true;
                let one = KeptAttachment { bytes: bytes.len() as u64, used, key };
                steps.push(Step::Put(record(&one.key), bytes));
                match kept.binary_search_by(|known| known.key.cmp(&one.key)) {
                    Ok(at) => {
                        if let Some(known) = kept.get_mut(at) {
                            *known = one;
                        }
                    }
                    Err(at) => kept.insert(at, one),
                }
            }
            Deed::Use(key, used) => {
                if let Some(known) = kept.iter_mut().find(|known| known.key == key) {
                    known.used = used;
                    changed = true;
                }
            }
            Deed::Drop(key) => changed |= drop_those(&mut kept, steps, &|known| *known == key),
            Deed::DropOf(message) => changed |= drop_those(&mut kept, steps, &|known| known.message == message),
        }
    }
    if changed {
        steps.push(if kept.is_empty() { Step::Delete(self::index()) } else { Step::Put(self::index(), encode(&kept)) });
    }
    Ok(())
}

fn drop_those(kept: &mut Vec<KeptAttachment>, steps: &mut Vec<Step>, goes: &dyn Fn(&AttachmentKey) -> bool) -> bool {
    let before = kept.len();
    for one in kept.iter().filter(|one| goes(&one.key)) {
        steps.push(Step::Delete(record(&one.key)));
    }
    kept.retain(|one| !goes(&one.key));
    kept.len() < before
}

impl<R: Records> PackedStore<R> {
    /// What is kept of attachments, ordered by key; nothing where that cannot be read.
    pub(super) async fn kept_attachments(&self) -> Result<Vec<KeptAttachment>, StoreError> {
        let record = self.records.read(vec![index()]).await?.pop().flatten();
        Ok(decode(record.as_deref())?.unwrap_or_default())
    }
}

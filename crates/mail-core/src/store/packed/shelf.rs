//! Which bodies there are and what they take: shelves of entries, one for each week messages came in, and one ledger over
//! all shelves. Both are written with the bodies (see [`super::shelving`]), so that room is told and freed without reading a single body.

use super::bytes::{Input, Output};
use super::records::{Key, Table};
use super::row::common;
use crate::id::{FolderId, MessageId};
use crate::store::StoreError;
use crate::store::room::{BodyShare, UNKNOWN_WEEK, WEEK};

const LEDGER: u8 = b'B';
const SHELF: u8 = b'H';

/// The record of what all bodies take.
pub(super) fn ledger() -> Key {
    Key::new(Table::Mail, "bodies/ledger")
}

pub(super) fn shelves() -> Key {
    Key::new(Table::Mail, "bodies/shelf/")
}

pub(super) fn shelf(week: i64) -> Key {
    Key::new(Table::Mail, format!("bodies/shelf/{week}"))
}

/// A body on its shelf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: MessageId,
    pub(super) folder: Option<FolderId>,
    pub(super) received: i64,
    pub(super) bytes: u64,
}

/// The bodies of one week's messages, ordered by id.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shelf(pub(super) Vec<Entry>);

fn named<'a>(folders: impl Iterator<Item = &'a Option<FolderId>>) -> Vec<&'a FolderId> {
    let mut names: Vec<&FolderId> = Vec::new();
    for folder in folders.flatten() {
        if !names.contains(&folder) {
            names.push(folder);
        }
    }
    names
}

/// Folders' names are written once; elsewhere a folder is its place among them, from one on.
fn write_names(output: &mut Output, names: &[&FolderId]) {
    output.number(names.len() as u64);
    for name in names {
        output.text(name.as_str().as_bytes());
    }
}

fn place_of(folder: &Option<FolderId>, names: &[&FolderId]) -> u64 {
    let place = folder.as_ref().and_then(|folder| names.iter().position(|name| *name == folder));
    place.map_or(0, |place| place as u64 + 1)
}

fn read_names(input: &mut Input<'_>) -> Option<Vec<FolderId>> {
    let mut names = Vec::new();
    for _ in 0..input.small()? {
        names.push(FolderId::new(str::from_utf8(input.text()?).ok()?));
    }
    Some(names)
}

fn read_folder(input: &mut Input<'_>, names: &[FolderId]) -> Option<Option<FolderId>> {
    match input.small()? {
        0 => Some(None),
        place => names.get(place as usize - 1).cloned().map(Some),
    }
}

impl Shelf {
    pub(super) fn holds(&self, id: &MessageId) -> bool {
        self.0.binary_search_by(|entry| entry.id.cmp(id)).is_ok()
    }

    pub(super) fn take(&mut self, id: &MessageId) -> Option<Entry> {
        let at = self.0.binary_search_by(|entry| entry.id.cmp(id)).ok()?;
        Some(self.0.remove(at))
    }

    pub(super) fn put(&mut self, entry: Entry) {
        let at = self.0.partition_point(|known| known.id < entry.id);
        match self.0.get_mut(at) {
            Some(known) if known.id == entry.id => *known = entry,
            Some(_) | None => self.0.insert(at, entry),
        }
    }

    pub(super) fn shares(&self, week: i64) -> Vec<BodyShare> {
        let mut shares: Vec<BodyShare> = Vec::new();
        for entry in &self.0 {
            BodyShare::count(&mut shares, week, entry.folder.as_ref(), entry.bytes);
        }
        shares
    }

    pub(super) fn encode(&self, week: i64) -> Vec<u8> {
        let mut output = Output::new(SHELF);
        let names = named(self.0.iter().map(|entry| &entry.folder));
        write_names(&mut output, &names);
        let mut before: &[u8] = &[];
        for entry in &self.0 {
            let id = entry.id.as_str().as_bytes();
            let shared = common(before, id);
            output.number(shared as u64);
            output.text(id.get(shared..).unwrap_or_default());
            output.number(place_of(&entry.folder, &names));
            output.number(entry.received.wrapping_sub(week.wrapping_mul(WEEK)) as u64);
            output.number(entry.bytes);
            before = id;
        }
        output.finish().0
    }

    /// Reads a shelf, which is empty where there is no record; `None` when it is damaged.
    ///
    /// # Errors
    /// [`StoreError::Lost`] when a newer build wrote it.
    pub(super) fn decode(week: i64, record: Option<&[u8]>) -> Result<Option<Self>, StoreError> {
        let Some(record) = record else { return Ok(Some(Self::default())) };
        Ok(Input::open(SHELF, record)?.and_then(|(input, _)| Self::read(week, input)))
    }

    fn read(week: i64, mut input: Input<'_>) -> Option<Self> {
        let names = read_names(&mut input)?;
        let mut shelf = Self::default();
        let mut before: Vec<u8> = Vec::new();
        while !input.is_empty() {
            before.truncate(input.small()? as usize);
            before.extend_from_slice(input.text()?);
            let id = MessageId::new(str::from_utf8(&before).ok()?);
            let folder = read_folder(&mut input, &names)?;
            let received = week.wrapping_mul(WEEK).wrapping_add(input.number()? as i64);
            shelf.0.push(Entry { id, folder, received, bytes: input.number()? });
        }
        Some(shelf)
    }
}

/// The ledger's record.
pub(super) fn encode(shares: &[BodyShare]) -> Vec<u8> {
    let mut output = Output::new(LEDGER);
    let names = named(shares.iter().map(|share| &share.folder));
    write_names(&mut output, &names);
    for share in shares {
        output.word(share.week as u64);
        output.number(place_of(&share.folder, &names));
        output.number(share.count.into());
        output.number(share.bytes);
    }
    output.finish().0
}

/// Reads the ledger; `None` when it is damaged.
///
/// # Errors
/// [`StoreError::Lost`] when a newer build wrote it.
pub(super) fn decode(record: &[u8]) -> Result<Option<Vec<BodyShare>>, StoreError> {
    Ok(Input::open(LEDGER, record)?.and_then(|(input, _)| read(input)))
}

fn read(mut input: Input<'_>) -> Option<Vec<BodyShare>> {
    let names = read_names(&mut input)?;
    let mut shares = Vec::new();
    while !input.is_empty() {
        let week = input.word()? as i64;
        let folder = read_folder(&mut input, &names)?;
        shares.push(BodyShare { week, folder, count: input.small()?, bytes: input.number()? });
    }
    Some(shares)
}

/// Whether there are bodies of messages that are not known.
pub(super) fn has_strays(shares: &[BodyShare]) -> bool {
    shares.first().is_some_and(|share| share.week == UNKNOWN_WEEK)
}

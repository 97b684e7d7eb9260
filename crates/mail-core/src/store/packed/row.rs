//! Rows as bytes. A text is written as what it has in common with the same field of the row before and what follows: the
//! ids of a mailbox begin alike, and folders, senders and recipients repeat.

use super::bytes::{Input, Output};
use super::item::{Item, fill};
use super::places::{self, List};
use super::records::Key;
use crate::id::{ConversationId, FolderId, MessageId};
use crate::model::{Address, Flag, Importance, Kind, Message};
use crate::time::Timestamp;

/// The kind of a record of rows.
pub(super) const LEAF: u8 = b'L';

/// Rows are boxed, because a page of them goes in one by one and all behind each have to move.
impl Item for Message {
    const LEAF: u8 = LEAF;

    fn place(&self) -> (i64, &[u8]) {
        super::directory::place(self)
    }

    fn is_unread(&self) -> bool {
        !self.is_read
    }

    fn pack(rows: &[Box<Self>], budget: usize) -> (usize, Vec<u8>, u64) {
        let mut output = Output::new(LEAF);
        let mut columns = RowsOutput { before: Before::default(), received: 0 };
        let count = fill(rows, budget, &mut output, |output, row| columns.push(output, row));
        let (record, sum) = output.finish();
        (count, record, sum)
    }

    fn unpack(input: Input<'_>) -> Option<Vec<Box<Self>>> {
        let mut input = RowsInput::new(input);
        let mut rows = Vec::new();
        while !input.is_over() {
            rows.extend(input.next(&mut |_, _| true)?);
        }
        Some(rows)
    }

    fn leaf(tree: u32, number: u32) -> Key {
        places::leaf(tree, number)
    }

    fn directory(list: &List) -> Key {
        places::directory(list)
    }
}

/// The fields that are texts. Every place of an address has a column for its names and one for its addresses.
#[derive(Clone, Copy)]
enum Column {
    Id = 0,
    Folder = 1,
    Conversation = 2,
    Subject = 3,
    Preview = 4,
    From = 5,
    To = 7,
    Cc = 9,
    ReplyTo = 11,
}

/// What the row before had in each column.
type Before = [Vec<u8>; 13];

const READ: u64 = 1;
const ATTACHMENTS: u64 = 1 << 1;
const DRAFT: u64 = 1 << 2;
const CONVERSATION: u64 = 1 << 3;
const FROM: u64 = 1 << 4;
/// Two bits each.
const FLAG: u32 = 5;
const IMPORTANCE: u32 = 7;
const KIND: u32 = 9;
const END: u32 = 11;

/// What the rows written so far let the next one leave out.
struct RowsOutput {
    before: Before,
    received: i64,
}

impl RowsOutput {
    fn push(&mut self, output: &mut Output, row: &Message) {
        let received = row.received.millis();
        output.number(self.received.wrapping_sub(received) as u64);
        self.received = received;
        self.text(output, Column::Id as usize, row.id.as_str());
        output.number(bits(row));
        self.text(output, Column::Folder as usize, row.folder.as_str());
        if let Some(conversation) = &row.conversation {
            self.text(output, Column::Conversation as usize, conversation.as_str());
        }
        self.text(output, Column::Subject as usize, &row.subject);
        self.text(output, Column::Preview as usize, &row.preview);
        if let Some(from) = &row.from {
            self.address(output, Column::From, from);
        }
        for (column, addresses) in [(Column::To, &row.to), (Column::Cc, &row.cc), (Column::ReplyTo, &row.reply_to)] {
            output.number(addresses.len() as u64);
            for address in addresses {
                self.address(output, column, address);
            }
        }
    }

    fn address(&mut self, output: &mut Output, column: Column, address: &Address) {
        self.text(output, column as usize, &address.name);
        self.text(output, column as usize + 1, &address.address);
    }

    fn text(&mut self, output: &mut Output, column: usize, text: &str) {
        if let Some(before) = self.before.get_mut(column) {
            write_after(output, before, text.as_bytes());
        }
    }
}

/// Writes a text as what it has in common with the one before and what follows.
pub(super) fn write_after(output: &mut Output, before: &mut Vec<u8>, text: &[u8]) {
    let common = common(before, text);
    let rest = text.get(common..).unwrap_or_default();
    output.number(common as u64);
    output.text(rest);
    before.truncate(common);
    before.extend_from_slice(rest);
}

/// Reads such a text, in place of the one before; `None` when the record is damaged.
pub(super) fn read_after(input: &mut Input<'_>, before: &mut Vec<u8>) -> Option<()> {
    let common = input.small()? as usize;
    let rest = input.text()?;
    if common > before.len() {
        return None;
    }
    before.truncate(common);
    before.extend_from_slice(rest);
    Some(())
}

/// How many bytes two texts begin with alike.
pub(super) fn common(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

fn bits(row: &Message) -> u64 {
    let flag = match row.flag {
        Flag::None => 0,
        Flag::Flagged => 1,
        Flag::Complete => 2,
    };
    let importance = match row.importance {
        Importance::Low => 0,
        Importance::Normal => 1,
        Importance::High => 2,
    };
    let kind = match row.kind {
        Kind::Mail => 0,
        Kind::MeetingRequest => 1,
        Kind::MeetingResponse => 2,
    };
    let one = |bit: u64, set: bool| if set { bit } else { 0 };
    one(READ, row.is_read)
        | one(ATTACHMENTS, row.has_attachments)
        | one(DRAFT, row.is_draft)
        | one(CONVERSATION, row.conversation.is_some())
        | one(FROM, row.from.is_some())
        | flag << FLAG
        | importance << IMPORTANCE
        | kind << KIND
}

/// A leaf being read, row after row.
pub(super) struct RowsInput<'a> {
    input: Input<'a>,
    before: Before,
    /// When the last row that was read or passed was received.
    pub(super) received: i64,
}

impl<'a> RowsInput<'a> {
    pub(super) fn new(input: Input<'a>) -> Self {
        Self { input, before: Before::default(), received: 0 }
    }

    pub(super) fn is_over(&self) -> bool {
        self.input.is_empty()
    }

    /// The next row where `wanted` says so of its id and its conversation's key; the others are only passed. `None`: the
    /// record is damaged.
    pub(super) fn next(&mut self, wanted: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Option<Option<Box<Message>>> {
        self.received = self.received.wrapping_sub(self.input.number()? as i64);
        self.text(Column::Id as usize)?;
        let bits = self.input.number()?;
        if bits >> END != 0 {
            return None;
        }
        self.text(Column::Folder as usize)?;
        if bits & CONVERSATION != 0 {
            self.text(Column::Conversation as usize)?;
        }
        let [id, _, conversation, ..] = &self.before;
        let alone = bits & CONVERSATION == 0 || conversation.is_empty();
        let wanted = wanted(id, if alone { id } else { conversation });
        self.text(Column::Subject as usize)?;
        self.text(Column::Preview as usize)?;
        let from = if bits & FROM == 0 { Some(None) } else { self.address(Column::From, wanted) };
        let from = from?;
        let (to, cc) = (self.addresses(Column::To, wanted)?, self.addresses(Column::Cc, wanted)?);
        let reply_to = self.addresses(Column::ReplyTo, wanted)?;
        if !wanted {
            return Some(None);
        }
        Some(Some(Box::new(Message {
            id: MessageId::new(self.owned(Column::Id as usize)?),
            folder: FolderId::new(self.owned(Column::Folder as usize)?),
            conversation: match bits & CONVERSATION {
                0 => None,
                _ => Some(ConversationId::new(self.owned(Column::Conversation as usize)?)),
            },
            subject: self.owned(Column::Subject as usize)?,
            preview: self.owned(Column::Preview as usize)?,
            from,
            to,
            cc,
            reply_to,
            received: Timestamp::from_millis(self.received),
            is_read: bits & READ != 0,
            flag: *[Flag::None, Flag::Flagged, Flag::Complete].get((bits >> FLAG & 3) as usize)?,
            has_attachments: bits & ATTACHMENTS != 0,
            importance: *[Importance::Low, Importance::Normal, Importance::High]
                .get((bits >> IMPORTANCE & 3) as usize)?,
            is_draft: bits & DRAFT != 0,
            kind: *[Kind::Mail, Kind::MeetingRequest, Kind::MeetingResponse].get((bits >> KIND & 3) as usize)?,
        })))
    }

    fn addresses(&mut self, column: Column, wanted: bool) -> Option<Vec<Address>> {
        let mut addresses = Vec::new();
        for _ in 0..self.input.number()? {
            addresses.extend(self.address(column, wanted)?);
        }
        Some(addresses)
    }

    fn address(&mut self, column: Column, wanted: bool) -> Option<Option<Address>> {
        self.text(column as usize)?;
        self.text(column as usize + 1)?;
        if !wanted {
            return Some(None);
        }
        Some(Some(Address { name: self.owned(column as usize)?, address: self.owned(column as usize + 1)? }))
    }

    fn text(&mut self, column: usize) -> Option<()> {
        read_after(&mut self.input, self.before.get_mut(column)?)
    }

    fn owned(&self, column: usize) -> Option<String> {
        String::from_utf8(self.before.get(column)?.clone()).ok()
    }
}

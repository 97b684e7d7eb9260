//! A conversation in a list, as it is stored: the sums over its messages and, of the newest few, what is named of them. One
//! message more or fewer changes it by itself; only where a long one loses one of the newest are rows asked for.

use super::bytes::{Input, Output};
use super::directory::order;
use super::item::{Item, fill};
use super::places::{self, List};
use super::records::Key;
use super::row::{read_after, write_after};
use crate::arranged::{arranged, newest_first};
use crate::id::ConversationId;
use crate::model::{Address, Conversation, Flag, Message, NAMED_MESSAGES, NAMED_RECIPIENTS, people};
use std::rc::Rc;

/// The kind of a record of conversations.
const LEAF: u8 = b'E';

/// What a row means to its conversation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) key: String,
    pub(super) voice: Rc<Voice>,
    unread: bool,
    flagged: bool,
    has_attachments: bool,
}

/// What is named of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Voice {
    /// The number of the list its row is in.
    pub(super) tree: u32,
    pub(super) received: i64,
    pub(super) id: String,
    from: Option<Address>,
    to: Vec<Address>,
}

impl Voice {
    pub(super) fn place(&self) -> (i64, &[u8]) {
        (self.received, self.id.as_bytes())
    }
}

impl Part {
    pub(super) fn of(tree: u32, row: &Message) -> Self {
        Self {
            key: row.conversation_key().to_owned(),
            voice: Rc::new(Voice {
                tree,
                received: row.received.millis(),
                id: row.id.as_str().to_owned(),
                from: row.from.clone(),
                to: row.to.iter().take(NAMED_RECIPIENTS).cloned().collect(),
            }),
            unread: !row.is_read,
            flagged: row.flag == Flag::Flagged,
            has_attachments: row.has_attachments,
        }
    }

    /// Whether both are the same message at the same place of the same conversation.
    pub(super) fn same_place(&self, other: &Self) -> bool {
        self.key == other.key && self.voice.place() == other.voice.place()
    }
}

/// A conversation in a list.
#[derive(Debug)]
pub(super) struct Entry {
    key: String,
    pub(super) count: u32,
    unread: u32,
    flagged: u32,
    with_attachments: u32,
    /// The newest of its messages, newest first: as many as are named, or all. What else is shown of the latest one is in its
    /// row.
    head: Vec<Rc<Voice>>,
    /// Whether one of the newest left and it is not known which is the next.
    short: bool,
}

fn count(known: &mut u32, before: bool, after: bool) {
    *known = known.saturating_add(after.into()).saturating_sub(before.into());
}

impl Entry {
    pub(super) fn new(key: String) -> Self {
        Self { key, count: 0, unread: 0, flagged: 0, with_attachments: 0, head: Vec::new(), short: false }
    }

    /// Whether its newest messages have to be made of rows again.
    pub(super) fn is_torn(&self) -> bool {
        self.count > 0 && self.short
    }

    /// The latest of its messages.
    pub(super) fn latest(&self) -> Option<&Voice> {
        self.head.first().map(|voice| &**voice)
    }

    /// One of its messages changed at its place, came or went.
    pub(super) fn change(&mut self, before: Option<&Part>, after: Option<&Part>) {
        let has = |part: Option<&Part>, what: fn(&Part) -> bool| part.is_some_and(what);
        count(&mut self.count, before.is_some(), after.is_some());
        count(&mut self.unread, has(before, |part| part.unread), has(after, |part| part.unread));
        count(&mut self.flagged, has(before, |part| part.flagged), has(after, |part| part.flagged));
        let files = |part: &Part| part.has_attachments;
        count(&mut self.with_attachments, has(before, files), has(after, files));
        let find =
            |head: &[Rc<Voice>], part: &Part| head.binary_search_by(|known| order(known.place(), part.voice.place()));
        if let Some(Ok(at)) = before.map(|part| find(&self.head, part)) {
            self.head.remove(at);
            // Where it changed at its place it comes back below, and nothing is missing.
            self.short |= after.is_none() && self.head.len() < NAMED_MESSAGES.min(self.count as usize);
        }
        let Some(after) = after else { return };
        if let Err(at) = find(&self.head, after)
            && at < NAMED_MESSAGES
            && (at < self.head.len() || self.head.len() + 1 == self.count as usize || before.is_some())
        {
            self.head.insert(at, after.voice.clone());
            self.head.truncate(NAMED_MESSAGES);
        }
    }

    /// Makes the newest messages anew, of rows among which the newest ones are; whether that was enough of them.
    pub(super) fn mend(&mut self, parts: Vec<Part>) -> bool {
        let mut parts = arranged(parts, |part| (newest_first(part.voice.received), part.voice.id.as_bytes()));
        parts.truncate(NAMED_MESSAGES);
        self.short = false;
        self.head = parts.into_iter().map(|part| part.voice).collect();
        self.head.len() == NAMED_MESSAGES.min(self.count as usize)
    }

    /// The conversation as lists show it, given the row of its latest message.
    pub(super) fn show(self, latest: &Message) -> Conversation {
        Conversation {
            latest: latest.id.clone(),
            received: latest.received,
            senders: people(self.head.iter().filter_map(|voice| voice.from.as_ref())),
            recipients: people(self.head.iter().flat_map(|voice| &voice.to)),
            id: ConversationId::new(self.key),
            subject: latest.subject.clone(),
            preview: latest.preview.clone(),
            count: self.count,
            unread: self.unread,
            flagged: self.flagged,
            with_attachments: self.with_attachments,
        }
    }
}

impl Item for Entry {
    const LEAF: u8 = LEAF;

    fn place(&self) -> (i64, &[u8]) {
        (self.head.first().map_or(0, |latest| latest.received), self.key.as_bytes())
    }

    fn is_unread(&self) -> bool {
        self.unread > 0
    }

    fn pack(entries: &[Box<Self>], budget: usize) -> (usize, Vec<u8>, u64) {
        let mut output = Output::new(LEAF);
        let mut before = Before::default();
        let count = fill(entries, budget, &mut output, |output, entry| before.push(output, entry));
        let (record, sum) = output.finish();
        (count, record, sum)
    }

    fn unpack(mut input: Input<'_>) -> Option<Vec<Box<Self>>> {
        let mut before = Before::default();
        let mut entries = Vec::new();
        while !input.is_empty() {
            entries.push(Box::new(before.next(&mut input)?));
        }
        Some(entries)
    }

    fn leaf(tree: u32, number: u32) -> Key {
        places::conversations_leaf(tree, number)
    }

    fn directory(list: &List) -> Key {
        places::conversations(list)
    }
}

/// What the entry before had in each column, which the next one leaves out.
#[derive(Default)]
struct Before {
    texts: [Vec<u8>; 6],
    received: i64,
}

const KEY: usize = 0;
const ID: usize = 1;
/// Names; the addresses are in the column behind.
const FROM: usize = 2;
const TO: usize = 4;

impl Before {
    fn push(&mut self, output: &mut Output, entry: &Entry) {
        self.write(output, KEY, &entry.key);
        for number in [entry.count, entry.unread, entry.flagged, entry.with_attachments] {
            output.number(number.into());
        }
        output.number(entry.head.len() as u64);
        let mut received = self.received;
        self.received = entry.place().0;
        for voice in &entry.head {
            output.number(received.wrapping_sub(voice.received) as u64);
            received = voice.received;
            output.number(voice.tree.into());
            self.write(output, ID, &voice.id);
            output.number((voice.to.len() as u64) << 1 | u64::from(voice.from.is_some()));
            for (column, address) in
                voice.from.iter().map(|from| (FROM, from)).chain(voice.to.iter().map(|to| (TO, to)))
            {
                self.write(output, column, &address.name);
                self.write(output, column + 1, &address.address);
            }
        }
    }

    fn write(&mut self, output: &mut Output, column: usize, text: &str) {
        if let Some(before) = self.texts.get_mut(column) {
            write_after(output, before, text.as_bytes());
        }
    }

    fn next(&mut self, input: &mut Input<'_>) -> Option<Entry> {
        let mut entry = Entry::new(self.read(input, KEY)?);
        entry.count = input.small()?;
        entry.unread = input.small()?;
        entry.flagged = input.small()?;
        entry.with_attachments = input.small()?;
        let mut received = self.received;
        for _ in 0..input.number()? {
            received = received.wrapping_sub(input.number()? as i64);
            let tree = input.small()?;
            let id = self.read(input, ID)?;
            let bits = input.number()?;
            let from = if bits & 1 == 0 { None } else { Some(self.address(input, FROM)?) };
            let mut to = Vec::new();
            for _ in 0..bits >> 1 {
                to.push(self.address(input, TO)?);
            }
            entry.head.push(Rc::new(Voice { tree, received, id, from, to }));
        }
        self.received = entry.head.first()?.received;
        Some(entry)
    }

    fn address(&mut self, input: &mut Input<'_>, column: usize) -> Option<Address> {
        Some(Address { name: self.read(input, column)?, address: self.read(input, column + 1)? })
    }

    fn read(&mut self, input: &mut Input<'_>, column: usize) -> Option<String> {
        let before = self.texts.get_mut(column)?;
        read_after(input, before)?;
        String::from_utf8(before.clone()).ok()
    }
}

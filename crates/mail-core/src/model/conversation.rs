//! A conversation as a list shows it: what its messages come to, and the beginning of the latest one.
//! A message that the server put into no conversation is one of its own, under its own id.

use super::message::{Address, Flag, Message};
use crate::arranged::{arranged, newest_first};
use crate::id::{ConversationId, MessageId};
use crate::time::Timestamp;

/// Of how many messages, the newest ones, a conversation names the people.
pub const NAMED_MESSAGES: usize = 8;
/// How many recipients of one message a conversation names.
pub const NAMED_RECIPIENTS: usize = 3;

/// The messages of one conversation in a list, summed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Graph's id of the conversation, or the message's own where it belongs to none.
    pub id: ConversationId,
    /// The latest message.
    pub latest: MessageId,
    /// When the latest message arrived.
    pub received: Timestamp,
    /// The subject of the latest message.
    pub subject: String,
    /// The beginning of the text of the latest message.
    pub preview: String,
    /// Who wrote the newest [`NAMED_MESSAGES`], newest first, each person once.
    pub senders: Vec<Address>,
    /// Whom these went to, the same way, [`NAMED_RECIPIENTS`] of each.
    pub recipients: Vec<Address>,
    /// How many messages it has in the list.
    pub count: u32,
    /// How many of them are unread.
    pub unread: u32,
    /// How many of them are flagged for follow-up.
    pub flagged: u32,
    /// How many of them carry files.
    pub with_attachments: u32,
}

impl Conversation {
    /// What these rows of one conversation come to. `None`: there are none.
    pub fn of(rows: Vec<&Message>) -> Option<Self> {
        let rows = arranged(rows, |row| (newest_first(row.received.millis()), row.id.as_str().as_bytes()));
        let count = |counts: fn(&Message) -> bool| {
            u32::try_from(rows.iter().filter(|row| counts(row)).count()).unwrap_or(u32::MAX)
        };
        let named = || rows.iter().take(NAMED_MESSAGES);
        let latest = rows.first()?;
        Some(Self {
            id: ConversationId::new(latest.conversation_key()),
            latest: latest.id.clone(),
            received: latest.received,
            subject: latest.subject.clone(),
            preview: latest.preview.clone(),
            senders: people(named().filter_map(|row| row.from.as_ref())),
            recipients: people(named().flat_map(|row| row.to.iter().take(NAMED_RECIPIENTS))),
            count: count(|_| true),
            unread: count(|row| !row.is_read),
            flagged: count(|row| row.flag == Flag::Flagged),
            with_attachments: count(|row| row.has_attachments),
        })
    }
}

/// Each person once, in the order of first appearance.
pub(crate) fn people<'a>(addresses: impl Iterator<Item = &'a Address>) -> Vec<Address> {
    let mut people: Vec<Address> = Vec::new();
    for one in addresses {
        let same =
            |known: &Address| known.same_mailbox(&one.address) && (!one.address.is_empty() || known.name == one.name);
        if !people.iter().any(same) {
            people.push(one.clone());
        }
    }
    people
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract::message;

    #[test]
    fn a_conversation_is_told_by_its_latest_message_and_sums_the_rest() {
        let person = |name: &str| Address { name: name.to_owned(), address: format!("{name}@petrel.test") };
        let row = |id: &str, at, from: &str| Message {
            conversation: Some(ConversationId::new("c")),
            from: Some(person(from)),
            to: vec![person("Ada"), person(from)],
            ..message(id, "f", at)
        };
        let old = Message { is_read: true, flag: Flag::Flagged, ..row("a", 1, "Grace") };
        let rows = [old, row("c", 3, "Linus"), row("b", 3, "grace"), Message { from: None, ..row("d", 2, "Ada") }];
        let found = Conversation::of(rows.iter().collect()).unwrap();
        assert_eq!((found.id.as_str(), found.latest.as_str(), found.received.millis()), ("c", "b", 3));
        assert_eq!((found.count, found.unread, found.flagged, found.with_attachments), (4, 3, 1, 0));
        let names = |people: &[Address]| people.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&found.senders), ["grace", "Linus"], "each once, whatever the case of the address");
        assert_eq!(names(&found.recipients), ["Ada", "grace", "Linus"]);
        assert_eq!(Conversation::of(Vec::new()), None);
    }

    #[test]
    fn people_without_an_address_are_told_apart_by_their_names() {
        let name = |name: &str| Address { name: name.to_owned(), address: String::new() };
        let all = [name("A"), name("B"), name("A")];
        assert_eq!(people(all.iter()).len(), 2);
    }
}

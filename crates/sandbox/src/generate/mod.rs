//! Made-up mail that looks real: threads, newsletters, invitations, attachments, several languages.
//! The same seed gives the same mailbox, byte for byte.

pub(crate) mod calendar;
mod card;
pub(crate) mod contacts;
mod files;
pub(crate) mod jpeg;
mod letter;
mod letters_life;
mod letters_services;
mod letters_work;
mod letters_world;
mod newsletters;
mod png;
mod words;
mod zip;

use crate::chance::{Chance, digest};
use crate::generate::letter::{Letter, Place};
use crate::mailbox::Mailbox;
use crate::mailbox::folder::OWN_FOLDERS;
use crate::mailbox::message::{Flag, Message};
use crate::people::Person;
use crate::time::DAY_MS;

/// Generated mail reaches back eighteen months.
const REACH_DAYS: i64 = 545;
const HOUR_MS: i64 = 3_600_000;

/// Adds the folders and categories a person would have made.
pub(crate) fn furnish(mailbox: &mut Mailbox) {
    mailbox.office.furnish();
    for (name, parent) in OWN_FOLDERS {
        let parent = if parent.is_empty() { mailbox.folder_id("msgfolderroot") } else { by_name(mailbox, parent) };
        // The names are different from one another, so none can be taken.
        let _ = mailbox.create_folder(name, &parent.unwrap_or_default(), false);
    }
}

fn by_name(mailbox: &Mailbox, name: &str) -> Option<String> {
    mailbox.folders().find(|folder| folder.name == name).map(|folder| folder.id.clone())
}

/// Fills a mailbox with `count` messages, the newest a few minutes old.
pub(crate) fn fill(mailbox: &mut Mailbox, seed: u64, count: usize, now_ms: i64) {
    let mut chance = Chance::new(seed);
    let mut letters: Vec<Letter> = Vec::with_capacity(count);
    let mut turn = 0;
    while letters.len() < count {
        // The first ones are of today, so that a fresh mailbox has news.
        let at_ms = if turn < 6 { now_ms - (4 + i64::from(turn) * 47) * 60_000 } else { long_ago(&mut chance, now_ms) };
        letters.extend(card::write(&mut chance, mailbox.owner, turn, at_ms, now_ms));
        turn += 1;
    }
    letters.truncate(count);
    letters.sort_by_key(|letter| letter.at_ms);
    mailbox.recording = false;
    for letter in letters {
        file(mailbox, &mut chance, letter, now_ms);
    }
    mailbox.recording = true;
}

/// A moment of the last eighteen months, recent ones likelier, at an hour at which people write.
fn long_ago(chance: &mut Chance, now_ms: i64) -> i64 {
    let part = i64::try_from(chance.below(10_000)).unwrap_or(0);
    let days = REACH_DAYS * part / 10_000 * part / 10_000;
    let day = (now_ms - days * DAY_MS).div_euclid(DAY_MS) * DAY_MS;
    let minutes = i64::try_from(7 * 60 + chance.below(12 * 60)).unwrap_or(0);
    let seconds = i64::try_from(chance.below(60)).unwrap_or(0);
    let at_ms = day + minutes * 60_000 + seconds * 1000;
    // Not all of a morning at the moment before it: letters of one moment have no order.
    if at_ms > now_ms - HOUR_MS { at_ms - DAY_MS } else { at_ms }
}

/// Mail that arrives just now, for the inbox.
pub(crate) fn arriving(person: &Person, seed: u64, count: usize, now_ms: i64) -> Vec<Message> {
    let mut chance = Chance::new(seed ^ 0x5eed);
    let mut messages = Vec::with_capacity(count);
    let mut turn = 0;
    while messages.len() < count {
        let letters = card::write(&mut chance, person, turn, now_ms, now_ms);
        turn += 1;
        // Of a thread only its beginning arrives; what the person wrote herself does not.
        let first = letters.into_iter().find(|letter| matches!(letter.place, Place::Inbox | Place::Folder(_)));
        if let Some(letter) = first {
            let name = (u64::try_from(messages.len()).unwrap_or_default(), now_ms);
            let mut message = letter.message;
            message.internet_message_id = format!(
                "<{}@mail.petrel.test>",
                hex(&digest(&[b"arriving", &seed.to_be_bytes(), &name.0.to_be_bytes(), &name.1.to_be_bytes()]))
            );
            message.sent_ms = now_ms;
            messages.push(message);
        }
    }
    messages
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// Puts a letter where a tidy person would have it by now.
fn file(mailbox: &mut Mailbox, chance: &mut Chance, letter: Letter, now_ms: i64) {
    let Letter { mut message, at_ms, place } = letter;
    let age_days = (now_ms - at_ms) / DAY_MS;
    message.received_ms = at_ms;
    message.sent_ms = at_ms - i64::try_from(1000 + chance.below(4000)).unwrap_or(0);
    let folder = match place {
        Place::Sent => "sentitems".to_owned(),
        Place::Drafts => "drafts".to_owned(),
        Place::Junk => "junkemail".to_owned(),
        Place::Inbox if age_days > 45 && chance.percent(38) => "archive".to_owned(),
        Place::Inbox if age_days > 10 && chance.percent(4) => "deleteditems".to_owned(),
        Place::Inbox => "inbox".to_owned(),
        // Newsletters and receipts are sorted away after a while, not on the day.
        Place::Folder(name) if age_days > 5 && chance.percent(75) => {
            by_name(mailbox, name).unwrap_or_else(|| "inbox".to_owned())
        }
        Place::Folder(_) => "inbox".to_owned(),
    };
    let own = matches!(place, Place::Sent | Place::Drafts);
    let read_percent = match age_days {
        0 => 30,
        1..=2 => 62,
        3..=14 => 88,
        _ => 97,
    };
    message.is_read = own || chance.percent(read_percent);
    if !own && folder == "inbox" && chance.percent(5) {
        message.flag = Flag::with_status(if chance.percent(75) { "flagged" } else { "complete" });
    }
    let id = mailbox.folder_id(&folder).unwrap_or_default();
    mailbox.insert(message, &id, at_ms);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::people::PEOPLE;

    const NOW_MS: i64 = 1_795_425_120_000;

    fn filled(seed: u64, count: usize) -> Mailbox {
        let mut mailbox = Mailbox::new(&PEOPLE[0], 1, 1);
        furnish(&mut mailbox);
        fill(&mut mailbox, seed, count, NOW_MS);
        mailbox
    }

    #[test]
    fn a_mailbox_is_full_varied_and_of_the_last_eighteen_months() {
        let mailbox = filled(1, 400);
        let messages: Vec<&Message> = mailbox.messages().map(|(_, message)| message).collect();
        assert_eq!(messages.len(), 400);
        let newest = messages.iter().map(|m| m.received_ms).max().unwrap();
        let oldest = messages.iter().map(|m| m.received_ms).min().unwrap();
        assert!(newest <= NOW_MS && newest > NOW_MS - HOUR_MS);
        assert!(oldest > NOW_MS - 560 * DAY_MS && oldest < NOW_MS - 300 * DAY_MS);
        let subjects: BTreeSet<&str> = messages.iter().map(|m| m.subject.as_str()).collect();
        assert!(subjects.len() > 120, "{} subjects", subjects.len());
        let senders: BTreeSet<&str> = messages.iter().flat_map(|m| &m.from).map(|a| a.address.as_str()).collect();
        assert!(senders.len() >= 30, "{} senders", senders.len());
        assert!(messages.iter().any(|m| m.meeting.is_some()));
        assert!(messages.iter().any(|m| m.has_attachments()));
        assert!(messages.iter().any(|m| m.flag.status == "flagged"));
        assert!(messages.iter().any(|m| m.content.text.contains("dir=\"rtl\"")));
        let unread = messages.iter().filter(|m| !m.is_read).count();
        assert!((10..120).contains(&unread), "{unread} unread");
        for name in ["inbox", "archive", "sentitems", "junkemail", "drafts"] {
            let id = mailbox.folder_id(name).unwrap();
            assert!(!mailbox.folder(&id).unwrap().rows.is_empty(), "{name} is empty");
        }
        assert!(messages.iter().all(|m| !m.subject.contains('{') && !m.content.text.contains("{project}")));
        assert!(messages.iter().all(|m| !m.preview.is_empty()));
    }

    #[test]
    fn threads_share_a_conversation() {
        let mailbox = filled(1, 400);
        let mut sizes: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for (_, message) in mailbox.messages() {
            *sizes.entry(message.conversation_id.as_str()).or_default() += 1;
        }
        assert!(sizes.values().filter(|size| **size >= 3).count() >= 5);
    }

    #[test]
    fn another_seed_gives_another_mailbox() {
        let text =
            |mailbox: &Mailbox| mailbox.messages().map(|(_, m)| m.subject.clone()).collect::<Vec<_>>().join("\n");
        assert_eq!(text(&filled(1, 50)), text(&filled(1, 50)));
        assert_ne!(text(&filled(1, 50)), text(&filled(2, 50)));
    }
}

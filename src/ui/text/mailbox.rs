//! Words about folders, rows, messages and the connection: sentences put together from what the mailbox holds.

use super::{count, grouped, words};
use crate::state::{DownloadState, NoticeWord, Row, Verb};
use mail_core::error::Reason;
use mail_core::model::{Address, Conversation, Folder, FolderRole, Message};
use mail_core::protocol::{AttachmentTrouble, Filling, Live};
use mail_core::time::Timestamp;

/// How mail arrives just now.
pub(in crate::ui) fn live(live: Live) -> &'static str {
    match live {
        Live::Live => words::UP_TO_DATE,
        Live::Polling => words::POLLING,
        Live::Offline => words::OFFLINE,
        Live::SignedOut => words::SIGNED_OUT,
    }
}

/// From how many messages on the first filling of the device is worth a word: below it is over before it is read.
const WORTH_TELLING: u32 = 1_000;

/// How far a mailbox has been taken in, until it is whole: `12,400 of 48,212, back to March 2021`; `month` as
/// [`mail_browser::page::locale_month`] writes it.
pub(crate) fn filling(filling: &Filling, month: impl FnOnce(Timestamp) -> String) -> Option<String> {
    if filling.complete || filling.total < WORTH_TELLING {
        return None;
    }
    let numbers = format!("{} of {}", grouped(filling.held), grouped(filling.total));
    Some(match filling.back_to {
        Some(time) => format!("{numbers}, back to {}", month(time)),
        None => numbers,
    })
}

/// A tree row's whole name: `Inbox, 12 unread`.
pub(in crate::ui) fn folder_name(folder: &Folder) -> String {
    if folder.unread == 0 { folder.name.clone() } else { format!("{}, {} unread", folder.name, grouped(folder.unread)) }
}

/// The line under a folder's name: `1,204 messages, 12 unread`.
pub(in crate::ui) fn folder_summary(total: u32, unread: u32) -> String {
    let all = count(total, "message", "messages");
    if unread == 0 { all } else { format!("{all}, {} unread", grouped(unread)) }
}

/// What the pill over a scrolled list says.
pub(in crate::ui) fn more_new(number: u32) -> String {
    format!("{} new", grouped(number))
}

/// Who stands in a row: the sender, or whom it goes to where the folder holds the person's own mail.
pub(in crate::ui) fn row_people(message: &Message, own: bool) -> String {
    if own {
        let people = names(&message.to);
        return if people.is_empty() { words::NO_RECIPIENT.to_owned() } else { format!("To {people}") };
    }
    message
        .from
        .as_ref()
        .map(|from| from.label().trim())
        .filter(|label| !label.is_empty())
        .unwrap_or(words::NOBODY)
        .to_owned()
}

/// Who stands in the row of a conversation: all who wrote, in the order in which they did so last, or whom it went to.
/// Several are called by their first names; `me` is the person's own address.
pub(in crate::ui) fn people_of(whole: &Conversation, own: bool, me: &str) -> String {
    let people = if own { &whole.recipients } else { &whole.senders };
    let several = people.len() > 1;
    let mut names = Vec::with_capacity(people.len());
    for one in people.iter().rev() {
        let label = one.label().trim();
        let first = label.split_whitespace().next().filter(|_| several && !label.contains('@')).unwrap_or(label);
        names.push(if !me.is_empty() && one.same_mailbox(me) { words::ME } else { first.trim_end_matches(',') });
    }
    names.retain(|name| !name.is_empty());
    match (names.is_empty(), own) {
        (true, true) => words::NO_RECIPIENT.to_owned(),
        (true, false) => words::NOBODY.to_owned(),
        (false, true) => format!("To {}", names.join(", ")),
        (false, false) => names.join(", "),
    }
}

/// What a folded message of a conversation is called.
pub(in crate::ui) fn fold_name(message: &Message, people: &str, time: &str) -> String {
    let mut parts = Vec::new();
    if !message.is_read {
        parts.push("Unread");
    }
    if message.is_draft {
        parts.push(words::DRAFT);
    }
    parts.extend([people, time]);
    parts.join(", ")
}

/// What shows the messages of a conversation that are left out.
pub(in crate::ui) fn earlier(number: u32) -> String {
    count(number, "earlier message", "earlier messages")
}

/// A row as one sentence for people who do not see it.
pub(in crate::ui) fn row_name(row: &Row, people: &str, subject: &str, time: &str) -> String {
    let mut parts = Vec::new();
    if row.is_unread() {
        parts.push("Unread");
    }
    parts.extend([people, subject, time]);
    let many =
        row.whole.as_ref().filter(|whole| whole.count > 1).map(|whole| count(whole.count, "message", "messages"));
    parts.extend(many.as_deref());
    if row.has_files() {
        parts.push("has attachments");
    }
    if row.is_flagged() {
        parts.push("flagged");
    }
    parts.join(", ")
}

/// The window's title: `Inbox (3) - Petrel`.
pub(crate) fn title(folder: Option<&Folder>) -> String {
    match folder {
        None => words::PETREL.to_owned(),
        Some(folder) if folder.unread == 0 => format!("{} - {}", folder.name, words::PETREL),
        Some(folder) => format!("{} ({}) - {}", folder.name, grouped(folder.unread), words::PETREL),
    }
}

/// The line above a quoted message; `time` as [`mail_browser::page::locale_full_time`] writes it.
pub(crate) fn attribution(time: &str, from: Option<&Address>) -> String {
    let name = from.map(|from| from.label().trim()).filter(|label| !label.is_empty());
    format!("On {time}, {} wrote:", name.unwrap_or(words::NOBODY))
}

/// The body frame's title.
pub(in crate::ui) fn message_from(message: &Message) -> String {
    let name = message.from.as_ref().map(|from| from.label().trim()).filter(|label| !label.is_empty());
    format!("Message from {}", name.unwrap_or(words::NOBODY))
}

/// Whom a message went to.
pub(in crate::ui) fn to_line(to: &[Address]) -> Option<String> {
    (!to.is_empty()).then(|| format!("To {}", names(to)))
}

/// Who got a copy.
pub(in crate::ui) fn cc_line(cc: &[Address]) -> Option<String> {
    (!cc.is_empty()).then(|| format!("Cc {}", names(cc)))
}

fn names(people: &[Address]) -> String {
    people.iter().map(Address::label).collect::<Vec<_>>().join(", ")
}

/// The heading over a message's files.
pub(in crate::ui) fn attachments(number: usize) -> String {
    count(u32::try_from(number).unwrap_or(u32::MAX), "attachment", "attachments")
}

/// How far a download is; `name` as it may be shown.
pub(in crate::ui) fn download(name: &str, state: &DownloadState) -> String {
    match state {
        DownloadState::Fetching => format!("Fetching {name}…"),
        DownloadState::Saved => format!("{name} is in your downloads."),
        DownloadState::Failed(trouble) => match trouble {
            AttachmentTrouble::Offline => {
                format!("{name} is not on this device yet. Connect to the network, then press it again.")
            }
            AttachmentTrouble::Gone => format!("{name} no longer exists on the server."),
            AttachmentTrouble::NoRoom => {
                format!("This device has no room for {name}. Free some space, then press it again.")
            }
            AttachmentTrouble::Unstored => {
                format!("This browser could not store {name}. Reload Petrel, then press it again.")
            }
            AttachmentTrouble::Refused(Reason::TooLarge) => format!("{name} could not be fetched: it is too large."),
            AttachmentTrouble::Refused(reason) => {
                format!("{name} could not be fetched: {}", super::failures::reason(reason))
            }
        },
    }
}

/// What just happened.
pub(in crate::ui) fn notice(word: &NoticeWord) -> String {
    match word {
        NoticeWord::Done(verb, on) => match (verb, on) {
            (Verb::Archive, _) => "Archived".to_owned(),
            (Verb::Delete, _) => "Deleted".to_owned(),
            (Verb::Flag, true) => "Flagged".to_owned(),
            (Verb::Flag, false) => "Flag cleared".to_owned(),
            (Verb::Read, true) => "Marked read".to_owned(),
            (Verb::Read, false) => "Marked unread".to_owned(),
        },
        NoticeWord::Undone => "Undone".to_owned(),
        NoticeWord::Queued => "Message on its way".to_owned(),
        NoticeWord::Discarded => "Draft discarded".to_owned(),
        NoticeWord::SignInFailed(trouble) => super::sign_in_trouble(trouble),
        NoticeWord::DeviceFull => {
            "This device has no room left. Free some disk space so that Petrel can keep what you write.".to_owned()
        }
        NoticeWord::Unexpected(details) => format!("Something went wrong, and it is our mistake. Details: {details}"),
        NoticeWord::NoSuchFolder(role) => format!("This mailbox has no {} folder.", role_name(*role)),
    }
}

fn role_name(role: FolderRole) -> &'static str {
    match role {
        FolderRole::Inbox => "inbox",
        FolderRole::Drafts => "drafts",
        FolderRole::Sent => "sent",
        FolderRole::Archive => "archive",
        FolderRole::Deleted => "deleted items",
        FolderRole::Junk => "junk",
        FolderRole::Outbox => "outbox",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_names_who_wrote_with_the_latest_last() {
        let person = |name: &str, address: &str| Address { name: name.to_owned(), address: address.to_owned() };
        let row = |id: &str, at: i64, from: Address| Message {
            from: Some(from),
            to: vec![person("Zed Shaw", "zed@x.test")],
            received: Timestamp::from_millis(at),
            ..mail_core::store::contract::message(id, "f", at)
        };
        let ada = person("Ada Lovelace", "ada@x.test");
        let all =
            [row("a", 1, person("Grace Hopper", "g@x.test")), row("b", 2, ada), row("c", 3, person("", "li@x.test"))];
        let whole = |rows: &[Message]| Conversation::of(rows.iter().collect()).unwrap();
        assert_eq!(people_of(&whole(&all), false, "ADA@x.test"), "Grace, me, li@x.test");
        assert_eq!(people_of(&whole(&all[..1]), false, ""), "Grace Hopper");
        assert_eq!(people_of(&whole(&all), true, ""), "To Zed Shaw");
        let nobody = Message { from: None, to: Vec::new(), ..all[0].clone() };
        assert_eq!(people_of(&whole(std::slice::from_ref(&nobody)), false, ""), words::NOBODY);
        assert_eq!(people_of(&whole(&[nobody]), true, ""), words::NO_RECIPIENT);
    }

    #[test]
    fn filling_is_told_in_numbers_and_months_where_it_takes_a_while() {
        let far = Filling { held: 12_400, total: 48_212, back_to: Some(Timestamp::default()), complete: false };
        assert_eq!(filling(&far, |_| "March 2021".to_owned()).unwrap(), "12,400 of 48,212, back to March 2021");
        assert_eq!(filling(&Filling { back_to: None, ..far }, |_| String::new()).unwrap(), "12,400 of 48,212");
        assert_eq!(filling(&Filling { held: 3, total: 60, ..far }, |_| String::new()), None);
        assert_eq!(filling(&Filling { complete: true, ..far }, |_| String::new()), None);
    }
}

//! Words about folders, rows, messages and the connection: sentences put together from what the mailbox holds.

use super::{count, grouped, words};
use crate::state::{DownloadState, NoticeWord, Verb};
use mail_core::error::Reason;
use mail_core::model::{Address, Folder, FolderRole, Message};
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

/// A row as one sentence for people who do not see it.
pub(in crate::ui) fn row_name(message: &Message, people: &str, subject: &str, time: &str, flagged: bool) -> String {
    let mut parts = Vec::new();
    if !message.is_read {
        parts.push("Unread");
    }
    parts.extend([people, subject, time]);
    if message.has_attachments {
        parts.push("has attachments");
    }
    if flagged {
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
    fn filling_is_told_in_numbers_and_months_where_it_takes_a_while() {
        let far = Filling { held: 12_400, total: 48_212, back_to: Some(Timestamp::default()), complete: false };
        assert_eq!(filling(&far, |_| "March 2021".to_owned()).unwrap(), "12,400 of 48,212, back to March 2021");
        assert_eq!(filling(&Filling { back_to: None, ..far }, |_| String::new()).unwrap(), "12,400 of 48,212");
        assert_eq!(filling(&Filling { held: 3, total: 60, ..far }, |_| String::new()), None);
        assert_eq!(filling(&Filling { complete: true, ..far }, |_| String::new()), None);
    }
}

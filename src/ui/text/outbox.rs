//! Words about what waits to be sent: the line in the footer and each entry of the outbox.

use super::{count, failures, words};
use mail_core::error::Reason;
use mail_core::model::{Address, Flag};
use mail_core::outbox::{Act, Outgoing, SendStage};

/// The footer's line: `2 messages and 10 changes waiting to send`. Empty when nothing waits.
pub(in crate::ui) fn waiting(mails: u32, changes: u32) -> String {
    match (mails, changes) {
        (0, 0) => String::new(),
        (_, 0) => format!("{} waiting to send", count(mails, "message", "messages")),
        (0, _) => format!("{} waiting to send", count(changes, "change", "changes")),
        (_, _) => {
            format!(
                "{} and {} waiting to send",
                count(mails, "message", "messages"),
                count(changes, "change", "changes")
            )
        }
    }
}

/// How many entries wait for the person: `1 needs your decision`.
pub(in crate::ui) fn blocked_count(number: u32) -> String {
    if number == 1 { "1 needs your decision".to_owned() } else { format!("{number} need your decision") }
}

/// The entry that stands for all waiting changes.
pub(in crate::ui) fn changes_waiting(number: u32) -> String {
    format!("{} to flags, folders or read marks", count(number, "change", "changes"))
}

/// How far a mail has come.
pub(in crate::ui) fn send_progress(mail: &Outgoing, stage: &SendStage) -> String {
    let subject = subject(mail);
    match stage {
        SendStage::Queued | SendStage::Drafting | SendStage::Drafted { .. } => {
            format!("Waiting to send {subject} to {}", recipients(mail))
        }
        SendStage::Sending { looks: 0, .. } => format!("Sending {subject} to {}…", recipients(mail)),
        SendStage::Sending { .. } => format!("Checking whether {subject} was sent…"),
        SendStage::Accepted { .. } => format!("{subject} was sent; waiting for the copy in your sent mail…"),
    }
}

/// What an entry is stuck on; `about` is the subject of the message it changes, where known,
/// and `folder` the name of the folder it should go to.
pub(in crate::ui) fn blocked(act: &Act, reason: &Reason, about: Option<&str>, folder: Option<&str>) -> String {
    let what = match about {
        Some(subject) => quoted(subject),
        None => "a message".to_owned(),
    };
    let attempt = match act {
        Act::Read { read: true, .. } => format!("Could not mark {what} read"),
        Act::Read { read: false, .. } => format!("Could not mark {what} unread"),
        Act::Flag { flag: Flag::Flagged | Flag::Complete, .. } => format!("Could not flag {what}"),
        Act::Flag { flag: Flag::None, .. } => format!("Could not clear the flag of {what}"),
        Act::Move { .. } => match folder {
            Some(folder) => format!("Could not move {what} to {folder}"),
            None => format!("Could not move {what}"),
        },
        Act::Send { mail, .. } => match reason {
            Reason::Unconfirmed => {
                return format!("It is not certain that {} was sent. Look into your sent mail first.", subject(mail));
            }
            Reason::Denied
            | Reason::Gone
            | Reason::BadRecipient
            | Reason::Quota
            | Reason::TooLarge
            | Reason::Refused { .. } => format!("Could not send {}", subject(mail)),
        },
    };
    format!("{attempt}: {}", failures::reason(reason))
}

fn subject(mail: &Outgoing) -> String {
    if mail.subject.trim().is_empty() { words::NO_SUBJECT.to_owned() } else { quoted(&mail.subject) }
}

fn quoted(subject: &str) -> String {
    format!("“{subject}”")
}

fn recipients(mail: &Outgoing) -> String {
    let people: Vec<&str> = mail.to.iter().chain(&mail.cc).map(Address::label).collect();
    match people.split_first() {
        None => words::NO_RECIPIENT.to_owned(),
        Some((first, [])) => (*first).to_owned(),
        Some((first, rest)) => {
            format!("{first} and {}", count(u32::try_from(rest.len()).unwrap_or(u32::MAX), "other", "others"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_only_what_waits() {
        assert_eq!(waiting(0, 0), "");
        assert_eq!(waiting(1, 0), "1 message waiting to send");
        assert_eq!(waiting(0, 3), "3 changes waiting to send");
        assert_eq!(waiting(2, 10), "2 messages and 10 changes waiting to send");
    }

    #[test]
    fn an_uncertain_send_is_never_called_a_failure() {
        let act = Act::Send { mail: Box::default(), stage: SendStage::Queued };
        let words = blocked(&act, &Reason::Unconfirmed, None, None);
        assert!(words.contains("not certain"), "{words}");
        assert!(!words.contains("Could not"), "{words}");
    }
}

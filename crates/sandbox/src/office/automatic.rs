//! Automatic replies: when they are on, whom they answer, and with which of the two texts.
//! The rules against loops are those of RFC 3834 and of Exchange: no machine is ever answered.

use std::collections::BTreeSet;

use crate::mailbox::message::{Address, Message};

/// Whether replies go out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Status {
    #[default]
    Disabled,
    AlwaysEnabled,
    Scheduled,
}

impl Status {
    pub(crate) const ALL: [Self; 3] = [Self::Disabled, Self::AlwaysEnabled, Self::Scheduled];

    /// Graph's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::AlwaysEnabled => "alwaysEnabled",
            Self::Scheduled => "scheduled",
        }
    }
}

/// Which people outside the tenant get a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Audience {
    None,
    ContactsOnly,
    #[default]
    All,
}

impl Audience {
    pub(crate) const ALL: [Self; 3] = [Self::None, Self::ContactsOnly, Self::All];

    /// Graph's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ContactsOnly => "contactsOnly",
            Self::All => "all",
        }
    }
}

/// Where a sender stands, seen from the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// In the same tenant.
    Colleague,
    /// Outside, and among the owner's contacts.
    Contact,
    Stranger,
}

/// A mailbox's automatic replies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AutomaticReplies {
    pub(crate) status: Status,
    pub(crate) audience: Audience,
    /// HTML for people of the tenant.
    pub(crate) internal: String,
    /// HTML for everybody else.
    pub(crate) external: String,
    /// The window, in milliseconds since 1970; none until somebody sets one.
    pub(crate) start_ms: Option<i64>,
    pub(crate) end_ms: Option<i64>,
    /// Whom this period has answered already, in lower case.
    pub(crate) answered: BTreeSet<String>,
}

impl AutomaticReplies {
    /// Whether replies go out at this moment.
    pub(crate) fn is_on(&self, now_ms: i64) -> bool {
        match self.status {
            Status::Disabled => false,
            Status::AlwaysEnabled => true,
            Status::Scheduled => {
                self.start_ms.is_some_and(|start| start <= now_ms) && self.end_ms.is_some_and(|end| now_ms < end)
            }
        }
    }

    /// The text for a sender; none where there is nothing to say to such people.
    pub(crate) fn text_for(&self, standing: Standing) -> Option<&str> {
        let text = match (standing, self.audience) {
            (Standing::Colleague, _) => &self.internal,
            (Standing::Contact, Audience::ContactsOnly | Audience::All) | (Standing::Stranger, Audience::All) => {
                &self.external
            }
            (Standing::Contact | Standing::Stranger, Audience::None) | (Standing::Stranger, Audience::ContactsOnly) => {
                return None;
            }
        };
        (!text.trim().is_empty()).then_some(text.as_str())
    }
}

/// Whom a reply to this message goes to; none where the message must not be answered by a machine.
pub(crate) fn answerable<'m>(message: &'m Message, owner: &str) -> Option<&'m Address> {
    let sender = message.from.as_ref().or(message.sender.as_ref())?;
    let address = sender.address.to_lowercase();
    let (local, _) = address.split_once('@')?;
    let machine = ["mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply"];
    if address == owner.to_lowercase() || machine.contains(&local) || local.ends_with("-bounces") {
        return None;
    }
    (!is_automatic(message) && !is_bulk(message)).then_some(sender)
}

/// Whether a machine wrote the message, or its sender asked for no automatic replies.
fn is_automatic(message: &Message) -> bool {
    let submitted = header(message, "auto-submitted");
    let suppressed = header(message, "x-auto-response-suppress").unwrap_or_default().to_ascii_lowercase();
    let suppressed = suppressed.split(',').map(str::trim).any(|word| matches!(word, "all" | "oof"));
    let bounce = header(message, "return-path").is_some_and(|path| path.trim() == "<>");
    let report =
        header(message, "content-type").is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/report"));
    let automatic = submitted.is_some_and(|word| !word.trim().eq_ignore_ascii_case("no"));
    automatic || suppressed || bounce || report
}

/// Whether the message went to many: a list, or bulk mail.
fn is_bulk(message: &Message) -> bool {
    let precedence = header(message, "precedence").unwrap_or_default().trim().to_ascii_lowercase();
    let listed = message.headers.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("list-"));
    listed || matches!(precedence.as_str(), "bulk" | "list" | "junk")
}

/// A header of a message, its name in any case.
pub(crate) fn header<'m>(message: &'m Message, name: &str) -> Option<&'m str> {
    message.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(headers: &[(&str, &str)]) -> Message {
        Message {
            from: Some(Address::new("Bob", "bob@else.example")),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ..Message::default()
        }
    }

    #[test]
    fn machines_and_lists_are_never_answered() {
        assert!(answerable(&mail(&[("Auto-Submitted", "no")]), "ada@petrel.test").is_some());
        for (name, value) in [
            ("Auto-Submitted", "auto-replied"),
            ("X-Auto-Response-Suppress", "DR, OOF"),
            ("x-auto-response-suppress", "All"),
            ("Precedence", "bulk"),
            ("List-Id", "<x.example>"),
            ("List-Unsubscribe", "<mailto:x@y>"),
            ("Return-Path", "<>"),
            ("Content-Type", "multipart/report; report-type=delivery-status"),
        ] {
            assert!(answerable(&mail(&[(name, value)]), "ada@petrel.test").is_none(), "{name}: {value}");
        }
        for sender in ["no-reply@x.example", "MAILER-DAEMON@x.example", "ada@petrel.test", "nonsense"] {
            let mut message = mail(&[]);
            message.from = Some(Address::new("", sender));
            assert!(answerable(&message, "ada@petrel.test").is_none(), "{sender}");
        }
    }

    #[test]
    fn the_audience_decides_who_outside_is_told() {
        let replies = |audience| AutomaticReplies {
            audience,
            internal: "in".to_owned(),
            external: "out".to_owned(),
            ..AutomaticReplies::default()
        };
        assert_eq!(replies(Audience::None).text_for(Standing::Colleague), Some("in"));
        assert_eq!(replies(Audience::None).text_for(Standing::Contact), None);
        assert_eq!(replies(Audience::ContactsOnly).text_for(Standing::Contact), Some("out"));
        assert_eq!(replies(Audience::ContactsOnly).text_for(Standing::Stranger), None);
        assert_eq!(replies(Audience::All).text_for(Standing::Stranger), Some("out"));
        assert_eq!(AutomaticReplies::default().text_for(Standing::Colleague), None);
    }

    #[test]
    fn a_schedule_is_on_from_its_start_until_its_end() {
        let replies = AutomaticReplies {
            status: Status::Scheduled,
            start_ms: Some(10),
            end_ms: Some(20),
            ..AutomaticReplies::default()
        };
        assert_eq!([9, 10, 19, 20].map(|now| replies.is_on(now)), [false, true, true, false]);
    }
}

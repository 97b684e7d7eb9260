//! Whether a message answers a rule's question with yes.
//! Everything is read from the message as it arrived, its header fields included.

use crate::mailbox::message::{Address, Meeting, Message};
use crate::mime::body;
use crate::office::automatic::header;
use crate::office::condition::{Condition, Place, Sensitivity, Trait};
use crate::office::handling::GENERATED_BY;

/// Sizes in rules are kilobytes.
const KILOBYTE: i64 = 1024;

impl Condition {
    /// Whether this asks anything at all.
    fn asks(&self) -> bool {
        !matches!(self, Self::Is(_, false))
    }

    /// Whether the message, in the mailbox of `owner`, is as asked.
    fn holds(&self, message: &Message, owner: &str) -> bool {
        match self {
            Self::Says(place, words) => says(message, *place, words),
            Self::Categories(names) => {
                names.iter().any(|name| message.categories.iter().any(|own| own.to_lowercase() == name.to_lowercase()))
            }
            Self::From(list) => list.iter().any(|one| message.from.as_ref().is_some_and(|from| same(from, one))),
            Self::SentTo(list) => {
                list.iter().any(|one| message.to.iter().chain(&message.cc).any(|reader| same(reader, one)))
            }
            Self::Is(kind, yes) => is(message, *kind, owner) == *yes,
            Self::Importance(importance) => message.importance == *importance,
            Self::Sensitivity(wanted) => {
                header(message, "sensitivity").map_or_else(Sensitivity::default, Sensitivity::of_header) == *wanted
            }
            Self::ActionFlag(flag) => header(message, "x-message-flag").is_some_and(|text| flag.asked_by(text)),
            Self::Size { least, most } => {
                let bytes = size(message);
                least.is_none_or(|least| bytes >= least.saturating_mul(KILOBYTE))
                    && most.is_none_or(|most| bytes <= most.saturating_mul(KILOBYTE))
            }
        }
    }
}

/// Whether every question is answered with yes; no questions mean every message.
pub(crate) fn all(conditions: &[Condition], message: &Message, owner: &str) -> bool {
    conditions.iter().filter(|one| one.asks()).all(|one| one.holds(message, owner))
}

/// Whether any question is answered with yes, as exceptions work.
pub(crate) fn any(exceptions: &[Condition], message: &Message, owner: &str) -> bool {
    exceptions.iter().filter(|one| one.asks()).any(|one| one.holds(message, owner))
}

fn same(one: &Address, other: &Address) -> bool {
    one.address.eq_ignore_ascii_case(&other.address)
}

fn says(message: &Message, place: Place, words: &[String]) -> bool {
    let people = |list: &[&Address]| {
        list.iter().map(|one| format!("{} <{}>", one.name, one.address)).collect::<Vec<_>>().join("\n")
    };
    let text = match place {
        Place::Body => body::as_text(&message.content),
        Place::BodyOrSubject => format!("{}\n{}", message.subject, body::as_text(&message.content)),
        Place::Header => {
            message.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n")
        }
        Place::Recipient => people(&message.to.iter().chain(&message.cc).collect::<Vec<_>>()),
        Place::Sender => people(&message.from.iter().chain(&message.sender).collect::<Vec<_>>()),
        Place::Subject => message.subject.clone(),
    };
    let text = text.to_lowercase();
    words.iter().any(|word| text.contains(&word.to_lowercase()))
}

fn is(message: &Message, kind: Trait, owner: &str) -> bool {
    let me = |one: &Address| one.address.eq_ignore_ascii_case(owner);
    let to_me = message.to.iter().any(me);
    let cc_me = message.cc.iter().any(me);
    let field = |name: &str| header(message, name).unwrap_or_default().to_ascii_lowercase();
    let (content, class) = (field("content-type"), field("content-class"));
    match kind {
        Trait::HasAttachments => message.has_attachments(),
        Trait::ApprovalRequest => header(message, "x-ms-exchange-organization-approval-initiator").is_some(),
        Trait::AutomaticForward => {
            header(message, GENERATED_BY).is_some() && header(message, "auto-submitted").is_none()
        }
        Trait::AutomaticReply => matches!(field("auto-submitted").trim(), "auto-replied" | "auto-generated"),
        Trait::Encrypted => content.contains("pkcs7-mime") && !content.contains("signed-data"),
        Trait::MeetingRequest => message.meeting == Some(Meeting::Request),
        Trait::MeetingResponse => {
            matches!(message.meeting, Some(Meeting::Accepted | Meeting::Tentative | Meeting::Declined))
        }
        Trait::NonDeliveryReport => content.starts_with("multipart/report") && content.contains("delivery-status"),
        Trait::PermissionControlled => class.contains("rpmsg"),
        Trait::ReadReceipt => content.starts_with("multipart/report") && content.contains("disposition-notification"),
        Trait::Signed => content.starts_with("multipart/signed") || content.contains("signed-data"),
        Trait::Voicemail => class.contains("voice"),
        Trait::NotSentToMe => !to_me,
        Trait::SentCcMe => cc_me,
        Trait::SentOnlyToMe => to_me && message.to.len() == 1 && message.cc.is_empty(),
        Trait::SentToMe => to_me,
        Trait::SentToOrCcMe => to_me || cc_me,
    }
}

/// The message's size in bytes: as it came, or what it weighs here.
fn size(message: &Message) -> i64 {
    let bytes = message.mime.as_ref().map_or_else(
        || message.content.text.len() + message.attachments.iter().map(|one| one.bytes.len()).sum::<usize>(),
        Vec::len,
    );
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::message::{Content, Importance};
    use crate::office::condition::ActionFlag;

    const ADA: &str = "ada@petrel.test";

    fn mail() -> Message {
        Message {
            subject: "Quarterly Report".to_owned(),
            content: Content { html: true, text: "<p>Please <b>review</b> the budget</p>".to_owned() },
            from: Some(Address::new("Bob Builder", "bob@else.example")),
            to: vec![Address::new("Ada", "ADA@petrel.test")],
            cc: vec![Address::new("Grace", "grace@petrel.test")],
            headers: vec![
                ("X-Mailer".to_owned(), "Hammer 2".to_owned()),
                ("Sensitivity".to_owned(), "Company-Confidential".to_owned()),
                ("X-Message-Flag".to_owned(), "Follow up".to_owned()),
            ],
            mime: Some(vec![b'x'; 3000]),
            ..Message::default()
        }
    }

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn texts_are_found_in_their_place_and_nowhere_else() {
        let message = mail();
        for (place, hit, miss) in [
            (Place::Body, "REVIEW the", "quarterly"),
            (Place::BodyOrSubject, "quarterly", "bob"),
            (Place::Header, "x-mailer: hammer", "quarterly"),
            (Place::Recipient, "grace@", "bob"),
            (Place::Sender, "builder", "grace"),
            (Place::Subject, "report", "budget"),
        ] {
            assert!(says(&message, place, &words(&["nothing", hit])), "{}", place.word());
            assert!(!says(&message, place, &words(&[miss])), "{}", place.word());
        }
    }

    #[test]
    fn all_conditions_must_hold_and_one_exception_is_enough() {
        let (yes, no) = (Condition::Says(Place::Subject, words(&["report"])), Condition::Importance(Importance::High));
        assert!(all(&[], &mail(), ADA));
        assert!(!any(&[], &mail(), ADA));
        assert!(!all(&[yes.clone(), no.clone()], &mail(), ADA));
        assert!(any(&[no, yes], &mail(), ADA));
        // A false is a question that is not asked, neither way.
        let silent = Condition::Is(Trait::SentToMe, false);
        assert!(all(std::slice::from_ref(&silent), &mail(), ADA));
        assert!(!any(&[silent], &mail(), ADA));
    }

    #[test]
    fn being_named_size_and_the_senders_marks_are_seen() {
        let message = mail();
        let yes = [Trait::SentToMe, Trait::SentToOrCcMe];
        let no = [Trait::SentOnlyToMe, Trait::SentCcMe, Trait::NotSentToMe, Trait::HasAttachments, Trait::Signed];
        assert!(yes.into_iter().all(|kind| is(&message, kind, ADA)));
        assert!(no.into_iter().all(|kind| !is(&message, kind, ADA)));
        for (least, most, fits) in [(Some(2), Some(3), true), (Some(3), None, false), (None, Some(2), false)] {
            assert_eq!(Condition::Size { least, most }.holds(&message, ADA), fits);
        }
        assert!(Condition::Sensitivity(Sensitivity::Confidential).holds(&message, ADA));
        assert!(Condition::ActionFlag(ActionFlag::FollowUp).holds(&message, ADA));
        assert!(Condition::ActionFlag(ActionFlag::Any).holds(&message, ADA));
        assert!(!Condition::ActionFlag(ActionFlag::Call).holds(&message, ADA));
    }
}

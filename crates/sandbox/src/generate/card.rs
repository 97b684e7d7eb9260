//! Templates and how one becomes letters: the first mail, and the answers that follow it.
//! A template is only words; dates, people and attachments are put in here.

use crate::chance::Chance;
use crate::generate::letter::{Letter, Place, html};
use crate::generate::words::{COLLEAGUES, FRIENDS, Gaps};
use crate::generate::{files, letters_life, letters_services, letters_work, letters_world, newsletters};
use crate::mailbox::message::{Address, Attachment, Content, Importance, Meeting, Message};
use crate::mime::body;
use crate::people::Person;
use crate::time::{DAY_MS, ical};

/// Who writes the first letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    Colleague,
    Friend,
    /// Always the same: name and address.
    Named(&'static str, &'static str),
}

/// Who answers in a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The owner of the mailbox; the letter is in Sent Items.
    Mine(&'static str),
    /// The one who wrote first.
    Theirs(&'static str),
    /// Somebody else who was on the mail.
    Third(&'static str),
}

/// What is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum File {
    Pdf(&'static str),
    Docx(&'static str),
    Csv(&'static str),
    Picture(&'static str),
    /// A picture inside the text.
    Inline(&'static str),
}

/// A template.
pub(super) struct Card {
    pub(super) from: Voice,
    pub(super) subject: &'static str,
    pub(super) text: &'static str,
    pub(super) answers: &'static [Answer],
    pub(super) files: &'static [File],
    pub(super) place: Place,
    pub(super) category: &'static str,
    pub(super) plain: bool,
    pub(super) rtl: bool,
    pub(super) urgent: bool,
    /// An invitation to a meeting of so many minutes.
    pub(super) meeting_minutes: i64,
}

/// What most templates have in common.
pub(super) const CARD: Card = Card {
    from: Voice::Colleague,
    subject: "",
    text: "",
    answers: &[],
    files: &[],
    place: Place::Inbox,
    category: "",
    plain: false,
    rtl: false,
    urgent: false,
    meeting_minutes: 0,
};

/// How often each kind of mail comes, in a hundred.
const KINDS: [(usize, &[Card]); 5] = [
    (40, &letters_work::CARDS),
    (17, &letters_life::CARDS),
    (18, &letters_services::CARDS),
    (11, &letters_world::CARDS),
    (2, &letters_services::JUNK),
];

/// Writes the letters of one template: a single mail or a thread. Turn 0 is always work, turn 1 life, and so on.
pub(super) fn write(chance: &mut Chance, owner: &Person, turn: u32, at_ms: i64, now_ms: i64) -> Vec<Letter> {
    let mut dice = chance.below(100);
    if let Ok(turn @ 0..=2) = usize::try_from(turn) {
        dice = [5, 45, 60].get(turn).copied().unwrap_or(0);
    }
    for (share, cards) in KINDS {
        if dice < share {
            return chance.pick(cards).map_or_else(Vec::new, |card| {
                let gaps = Gaps::new(chance, at_ms, owner.given_name);
                thread(chance, owner, card, &gaps, at_ms, now_ms)
            });
        }
        dice -= share;
    }
    let gaps = Gaps::new(chance, at_ms, owner.given_name);
    vec![newsletters::write(chance, owner, &gaps, at_ms)]
}

fn thread(chance: &mut Chance, owner: &Person, card: &Card, gaps: &Gaps, at_ms: i64, now_ms: i64) -> Vec<Letter> {
    let me = Address::new(owner.name, owner.address);
    let author = author(chance, card.from, owner);
    let mut third = self::author(chance, Voice::Colleague, owner);
    while third == author {
        third = self::author(chance, Voice::Colleague, owner);
    }
    let many = card.answers.iter().any(|answer| matches!(answer, Answer::Third(_)));
    let mut first = first(chance, card, gaps, &author, &me, at_ms);
    if many {
        first.message.cc.push(third.clone());
    }
    if card.place == Place::Drafts {
        first.message.from = Some(me.clone());
        first.message.sender = Some(me);
        first.message.to = vec![author];
        first.message.is_draft = true;
        return vec![first];
    }
    let mut letters = vec![first];
    let mut at_ms = at_ms;
    for answer in card.answers {
        at_ms += i64::try_from(20 + chance.below(600)).unwrap_or(60) * 60_000;
        let Some(before) = letters.last().filter(|_| at_ms < now_ms) else {
            break;
        };
        let (text, from, place) = match answer {
            Answer::Mine(text) => (*text, &me, Place::Sent),
            Answer::Theirs(text) => (*text, &author, card.place),
            Answer::Third(text) => (*text, &third, card.place),
        };
        let everybody = [&me, &author, &third];
        let to = everybody.into_iter().filter(|one| *one != from && (many || **one != third)).cloned().collect();
        let reply = reply(chance, before, &gaps.fill(text), from, to, card);
        letters.push(Letter { message: reply, at_ms, place });
    }
    letters
}

fn author(chance: &mut Chance, voice: Voice, owner: &Person) -> Address {
    let pick = |chance: &mut Chance, list: &[(&str, &str)]| {
        let found = chance.pick(list).filter(|(_, address)| *address != owner.address);
        let (name, address) = found.copied().unwrap_or(("Priya Raman", "priya.raman@northwind.example"));
        Address::new(name, address)
    };
    match voice {
        Voice::Colleague => pick(chance, &COLLEAGUES),
        Voice::Friend => pick(chance, &FRIENDS),
        Voice::Named(name, address) => Address::new(name, address),
    }
}

/// A Message-ID at the sender's own domain.
pub(super) fn message_id(chance: &mut Chance, from: &Address) -> String {
    let domain = from.address.rsplit_once('@').map_or("petrel.test", |(_, domain)| domain);
    format!("<{:016x}{:08x}@{domain}>", chance.next(), chance.below(0xffff_ffff))
}

fn first(chance: &mut Chance, card: &Card, gaps: &Gaps, from: &Address, me: &Address, at_ms: i64) -> Letter {
    let mut text = gaps.fill(card.text);
    let given = from.name.split(' ').next().unwrap_or_default();
    text = text.replace("{them}", given);
    let attachments: Vec<Attachment> = card.files.iter().map(|file| attachment(chance, *file, gaps, &text)).collect();
    let picture = attachments.iter().find_map(|one| one.content_id.as_deref());
    let content = content(card, &text, picture);
    let subject = gaps.fill(card.subject);
    let mut message = Message {
        preview: body::preview(&content),
        content,
        from: Some(from.clone()),
        sender: Some(from.clone()),
        to: vec![me.clone()],
        internet_message_id: message_id(chance, from),
        categories: (!card.category.is_empty()).then(|| card.category.to_owned()).into_iter().collect(),
        importance: if card.urgent { Importance::High } else { Importance::Normal },
        other: matches!(card.from, Voice::Named(..)),
        attachments,
        subject,
        ..Message::default()
    };
    if card.meeting_minutes > 0 {
        message.meeting = Some(Meeting::Request);
        message.attachments.push(invitation(&message, card.meeting_minutes, at_ms));
    }
    Letter { message, at_ms, place: card.place }
}

fn content(card: &Card, text: &str, picture: Option<&str>) -> Content {
    if card.plain {
        Content { html: false, text: format!("{}\n", text.trim()) }
    } else {
        Content { html: true, text: html(text, card.rtl, picture) }
    }
}

fn reply(chance: &mut Chance, before: &Letter, text: &str, from: &Address, to: Vec<Address>, card: &Card) -> Message {
    let earlier = &before.message;
    let wrote = earlier.from.as_ref().map_or("", |one| one.name.as_str());
    let content = if card.plain {
        let quote: String = earlier.content.text.lines().map(|line| format!("> {line}\n")).collect();
        Content { html: false, text: format!("{}\n\n{wrote}:\n{quote}", text.trim()) }
    } else {
        let quote = earlier.content.text.replace("<html><body>", "").replace("</body></html>", "");
        let top = html(text, card.rtl, None).replace("</body></html>", "");
        Content {
            html: true,
            text: format!(
                "{top}<div style=\"border-left:2px solid #c8c8c8;padding-left:12px;margin-top:16px\"><p><b>{wrote}:</b></p>{quote}</div></body></html>"
            ),
        }
    };
    let mut references = earlier.references.clone();
    references.push(earlier.internet_message_id.clone());
    let subject =
        if earlier.subject.starts_with("Re: ") { earlier.subject.clone() } else { format!("Re: {}", earlier.subject) };
    Message {
        preview: body::preview(&Content { html: false, text: text.to_owned() }),
        content,
        subject,
        from: Some(from.clone()),
        sender: Some(from.clone()),
        to,
        internet_message_id: message_id(chance, from),
        in_reply_to: Some(earlier.internet_message_id.clone()),
        references,
        categories: earlier.categories.clone(),
        ..Message::default()
    }
}

fn attachment(chance: &mut Chance, file: File, gaps: &Gaps, text: &str) -> Attachment {
    let (name, content_type, bytes, inline) = match file {
        File::Pdf(name) => (name, "application/pdf", files::pdf(&gaps.fill(name), text), false),
        File::Docx(name) => {
            (name, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", files::docx(text), false)
        }
        File::Csv(name) => (name, "text/csv", files::csv(chance), false),
        File::Picture(name) => (name, "image/png", files::picture(chance), false),
        File::Inline(name) => (name, "image/png", files::picture(chance), true),
    };
    let name = gaps.fill(name);
    Attachment {
        content_id: inline.then(|| format!("{:012x}@picture", chance.next() >> 16)),
        name,
        content_type: content_type.to_owned(),
        bytes,
        inline,
        item: false,
        ..Attachment::default()
    }
}

/// The calendar file of an invitation, for the day after next at ten.
fn invitation(message: &Message, minutes: i64, at_ms: i64) -> Attachment {
    let start = (at_ms.div_euclid(DAY_MS) + 2) * DAY_MS + 10 * 3_600_000;
    let organizer = message.from.as_ref().map_or("", |one| one.address.as_str());
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Petrel sandbox//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:{}\r\nDTSTAMP:{}\r\nDTSTART:{}\r\nDTEND:{}\r\nSUMMARY:{}\r\nORGANIZER:mailto:{organizer}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        message.internet_message_id.trim_matches(['<', '>']),
        ical(at_ms),
        ical(start),
        ical(start + minutes * 60_000),
        message.subject,
    );
    Attachment {
        name: "invite.ics".to_owned(),
        content_type: "text/calendar".to_owned(),
        bytes: text.into_bytes(),
        inline: true,
        content_id: None,
        item: false,
        ..Attachment::default()
    }
}

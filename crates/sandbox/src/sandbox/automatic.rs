//! Mail that a mailbox sends by itself: automatic replies, and what rules forward or redirect.
//! It leaves at once, stays in no Sent Items, and carries the marks by which other machines know not to answer.

use crate::mailbox::Mailbox;
use crate::mailbox::message::{Address, Attachment, Content, Message};
use crate::mime::{body, read, write};
use crate::office::automatic::{Standing, answerable};
use crate::office::handling::{GENERATED_BY, RULES_LOOP};
use crate::office::rule::Passing;
use crate::people::{self, Person};
use crate::sandbox::Sandbox;
use crate::sandbox::delivered::Delivery;
use crate::time::mail_date;
use crate::web::escape_html;

/// What Exchange's rules agent calls itself.
const AGENT: &str = "Mailbox Rules Agent";

impl Sandbox {
    /// Answers a message that arrived, where the owner's automatic replies are on and may.
    pub(super) fn answer_automatically(&mut self, owner: &Person, arrived: &Message, now: i64) {
        let Some(sender) = answerable(arrived, owner.address).cloned() else {
            return;
        };
        let standing = self.standing(owner, &sender.address);
        let Ok(mailbox) = self.mailbox_mut(owner) else {
            return;
        };
        let replies = &mut mailbox.office.replies;
        let Some(text) = replies.is_on(now).then(|| replies.text_for(standing)).flatten().map(str::to_owned) else {
            return;
        };
        if !replies.answered.insert(sender.address.to_lowercase()) {
            return;
        }
        let mut reply = self.made_by_agent(owner, arrived, now);
        reply.subject = format!("Automatic reply: {}", arrived.subject);
        reply.content = Content { html: true, text };
        reply.in_reply_to = Some(arrived.internet_message_id.clone()).filter(|id| !id.is_empty());
        reply.references = arrived.references.iter().chain(&reply.in_reply_to).cloned().collect();
        reply.headers.push(("Auto-Submitted".to_owned(), "auto-generated".to_owned()));
        self.dispatch(reply, &[sender], "Auto-Submitted: auto-generated\r\n", now);
    }

    /// Sends a message on, as a rule of the owner's says.
    pub(super) fn pass_on(&mut self, owner: &Person, arrived: &Message, form: Passing, to: &[Address], now: i64) {
        if form == Passing::Redirect {
            let resent = format!("Resent-From: <{}>\r\n{RULES_LOOP}: {}\r\n", owner.address, owner.address);
            self.dispatch(arrived.clone(), to, &resent, now);
            return;
        }
        let mut mail = self.made_by_agent(owner, arrived, now);
        mail.subject = format!("FW: {}", arrived.subject);
        mail.importance = arrived.importance;
        mail.references = arrived.references.clone();
        mail.references.extend(Some(arrived.internet_message_id.clone()).filter(|id| !id.is_empty()));
        if form == Passing::Forward {
            mail.content = Content { html: true, text: forwarded(arrived) };
            mail.attachments.clone_from(&arrived.attachments);
        } else {
            mail.content = Content { html: false, text: String::new() };
            mail.attachments.push(whole(arrived));
        }
        self.dispatch(mail, to, "", now);
    }

    /// Where a sender stands, seen from a mailbox.
    fn standing(&self, owner: &Person, address: &str) -> Standing {
        if people::find(address).is_some() {
            return Standing::Colleague;
        }
        let known = self.mailbox(owner).is_ok_and(|mailbox| is_contact(mailbox, address));
        if known { Standing::Contact } else { Standing::Stranger }
    }

    fn made_by_agent(&mut self, owner: &Person, arrived: &Message, now: i64) -> Message {
        let own = Address::new(owner.name, owner.address);
        let mut mail = Message {
            internet_message_id: format!("<{}@petrel.test>", self.fresh_guid("automatic mail")),
            sent_ms: now,
            from: Some(own.clone()),
            sender: Some(own),
            ..Message::default()
        };
        let mut mark = |name: &str, value: &str| mail.headers.push((name.to_owned(), value.to_owned()));
        mark(GENERATED_BY, AGENT);
        mark("X-Auto-Response-Suppress", "All");
        if !arrived.internet_message_id.is_empty() {
            mark("X-MS-Exchange-Parent-Message-Id", &arrived.internet_message_id);
        }
        mail.headers.extend(arrived.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(RULES_LOOP)).cloned());
        note_loop(&mut mail, owner);
        mail
    }

    /// Brings a mail to people, once each, inside the tenant and out; `head` goes before its MIME.
    fn dispatch(&mut self, mut mail: Message, to: &[Address], head: &str, now: i64) {
        if mail.to.is_empty() {
            mail.to = to.to_vec();
        }
        mail.preview = body::preview(&mail.content);
        let mime = mail.mime.take().unwrap_or_else(|| write::write(&mail));
        let mime = [head.as_bytes(), &mime].concat();
        if let Ok(read) = read::read(&mime) {
            // The recipient sees the header fields of the wire.
            mail.headers = read.message.headers;
        }
        mail.mime = Some(mime);
        let from = mail.from.as_ref().map(|from| from.address.clone()).unwrap_or_default();
        let mut seen: Vec<String> = Vec::new();
        for one in to {
            let address = one.address.to_lowercase();
            if seen.contains(&address) {
                continue;
            }
            self.delivered.push(Delivery {
                internet_message_id: mail.internet_message_id.clone(),
                // The marker counts what a person sent; nobody sent this.
                marker: None,
                from: from.clone(),
                to: one.address.clone(),
                at_ms: now,
            });
            if let Some(person) = people::find(&address) {
                self.file_incoming(person, fresh(&mail), now);
            }
            seen.push(address);
        }
    }
}

/// Whether somebody is in the owner's address book.
fn is_contact(mailbox: &Mailbox, address: &str) -> bool {
    let mut people = mailbox.contacts.people.iter();
    people.any(|one| one.thing.addresses().iter().any(|(_, known)| known.eq_ignore_ascii_case(address)))
}

/// Notes in the mail itself that this owner's rules have had it.
fn note_loop(mail: &mut Message, owner: &Person) {
    match mail.headers.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(RULES_LOOP)) {
        Some((_, value)) => {
            value.push(',');
            value.push_str(owner.address);
        }
        None => mail.headers.push((RULES_LOOP.to_owned(), owner.address.to_owned())),
    }
}

/// The recipient's own copy: unread, without what another mailbox made of it.
fn fresh(mail: &Message) -> Message {
    let mut copy = mail.clone();
    copy.bcc.clear();
    copy.categories.clear();
    copy.conversation_id.clear();
    copy.conversation_index.clear();
    copy.multi.clear();
    copy.extensions.clear();
    copy.is_read = false;
    copy.other = false;
    copy
}

/// The whole message as an attachment.
fn whole(arrived: &Message) -> Attachment {
    Attachment {
        id: String::new(),
        name: arrived.subject.clone(),
        content_type: "message/rfc822".to_owned(),
        bytes: arrived.mime.clone().unwrap_or_else(|| write::write(arrived)),
        inline: false,
        content_id: None,
        item: true,
        ..Attachment::default()
    }
}

/// A forwarded message's body: the original below a block of its header fields.
fn forwarded(arrived: &Message) -> String {
    let list = |addresses: &[Address]| {
        let all: Vec<String> = addresses
            .iter()
            .map(|one| format!("{} &lt;{}&gt;", escape_html(&one.name), escape_html(&one.address)))
            .collect();
        all.join("; ")
    };
    let mut head =
        format!("<b>From:</b> {}<br><b>Sent:</b> {}<br>", list(arrived.from.as_slice()), mail_date(arrived.sent_ms));
    for (label, addresses) in [("To", &arrived.to), ("Cc", &arrived.cc)] {
        if !addresses.is_empty() {
            head.push_str(&format!("<b>{label}:</b> {}<br>", list(addresses)));
        }
    }
    head.push_str(&format!("<b>Subject:</b> {}", escape_html(&arrived.subject)));
    let original = if arrived.content.html {
        body::clean(&arrived.content.text)
    } else {
        body::text_as_html(&arrived.content.text)
    };
    format!("<html><body><div dir=\"ltr\">{head}</div><hr>{original}</body></html>")
}

//! Mail that comes in from outside: by SMTP, by a control call, from files, or made up.
//! Whatever the way, it ends in the inbox and its change is told at once.

use std::fmt;

use crate::generate;
use crate::hub::notify;
use crate::mailbox::message::Message;
use crate::mime::read::{self, Unreadable};
use crate::office::handling::{self, Handling};
use crate::people::{self, PEOPLE, Person};
use crate::sandbox::Sandbox;

/// Why a mail cannot be delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliverError {
    /// Nobody in the tenant has the address.
    UnknownRecipient,
    /// There are no bytes but blanks.
    Empty,
    /// The bytes are no mail: no header field and no text can be found.
    NotMail,
}

impl fmt::Display for DeliverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownRecipient => "nobody here has that address",
            Self::Empty => "it is empty",
            Self::NotMail => "it has neither header fields nor text",
        })
    }
}

impl std::error::Error for DeliverError {}

impl From<Unreadable> for DeliverError {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Empty => Self::Empty,
            Unreadable::NeitherHeadersNorText => Self::NotMail,
        }
    }
}

impl Sandbox {
    /// Whether a person of the tenant has this address.
    pub fn has_recipient(&self, address: &str) -> bool {
        people::find(address).is_some()
    }

    /// Delivers a mail that arrives now; the answer is its immutable id.
    ///
    /// # Errors
    /// Nobody has the address, or the bytes are no mail.
    pub fn deliver(&mut self, to: &str, mime: &[u8], now_ms: i64) -> Result<String, DeliverError> {
        let person = people::find(to).ok_or(DeliverError::UnknownRecipient)?;
        let now = self.time(now_ms);
        let incoming = read::read(mime)?;
        let mut message = incoming.message;
        message.sent_ms = sane(incoming.date_ms, now);
        let id = self.file_incoming(person, message, now);
        notify::flush(self, now);
        Ok(id)
    }

    /// Files an old mail into the inbox, received when its own date says; the answer is its immutable id.
    ///
    /// # Errors
    /// Nobody has the address, or the bytes are no mail.
    pub fn import(&mut self, to: &str, mime: &[u8], now_ms: i64) -> Result<String, DeliverError> {
        let person = people::find(to).ok_or(DeliverError::UnknownRecipient)?;
        let now = self.time(now_ms);
        let incoming = read::read(mime)?;
        let mut message = incoming.message;
        message.sent_ms = sane(incoming.date_ms, now);
        // Rules and replies are for mail that arrives; this has been here for long.
        message.received_ms = message.sent_ms;
        let mailbox = self.mailbox_mut(person).map_err(|_| DeliverError::UnknownRecipient)?;
        let inbox = mailbox.folder_id("inbox").unwrap_or_default();
        let key = mailbox.insert(message, &inbox, now);
        let id = mailbox.message(key).map(|message| message.immutable_id.clone()).unwrap_or_default();
        notify::flush(self, now);
        Ok(id)
    }

    /// Delivers generated mail to a person's inbox and answers with the immutable ids.
    ///
    /// # Errors
    /// Nobody has the address.
    pub fn deliver_generated(
        &mut self,
        to: &str,
        count: usize,
        seed: u64,
        now_ms: i64,
    ) -> Result<Vec<String>, DeliverError> {
        let person = people::find(to).ok_or(DeliverError::UnknownRecipient)?;
        let now = self.time(now_ms);
        let mut ids = Vec::new();
        for message in generate::arriving(person, seed, count, now) {
            ids.push(self.file_incoming(person, message, now));
        }
        notify::flush(self, now);
        Ok(ids)
    }

    /// Starts the demo's next mail for ada: number `turn` of an endless row.
    pub fn deliver_demo(&mut self, turn: u64, now_ms: i64) {
        if let Some(ada) = PEOPLE.first() {
            let seed = self.seed.wrapping_add(turn.wrapping_mul(7919));
            // The address is known, so there is nothing that could go wrong.
            let _ = self.deliver_generated(ada.address, 1, seed, now_ms);
        }
    }

    /// Takes in a message that arrives at `now`: overrides and rules decide where it goes, and replies go out.
    /// The answer is its immutable id, empty where a rule deleted it for good.
    pub(crate) fn file_incoming(&mut self, person: &Person, mut message: Message, now: i64) -> String {
        message.received_ms = now;
        let Ok(mailbox) = self.mailbox_mut(person) else {
            return String::new();
        };
        let Handling { folders, passed } = handling::handle(mailbox, &mut message);
        let arrived = (!passed.is_empty() || mailbox.office.replies.is_on(now)).then(|| message.clone());
        let copies: Vec<(String, Message)> =
            folders.iter().skip(1).map(|folder| (folder.clone(), message.clone())).collect();
        let mut id = String::new();
        if let Some(folder) = folders.first() {
            let key = mailbox.insert(message, folder, now);
            id = mailbox.message(key).map(|message| message.immutable_id.clone()).unwrap_or_default();
        }
        for (folder, copy) in copies {
            mailbox.insert(copy, &folder, now);
        }
        if let Some(arrived) = arrived {
            for (form, to) in &passed {
                self.pass_on(person, &arrived, *form, to, now);
            }
            self.answer_automatically(person, &arrived, now);
        }
        id
    }
}

/// A date between 1970 and now, or now.
fn sane(date_ms: Option<i64>, now: i64) -> i64 {
    date_ms.filter(|date| (0..=now).contains(date)).unwrap_or(now)
}

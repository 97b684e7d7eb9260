//! Writes that nobody asked for, or that nobody is told of.
//! Exchange works on a draft after it was made, and keeps apps' extensions without a word to those who listen.

use crate::mailbox::Mailbox;
use crate::mailbox::message::Message;

impl Mailbox {
    /// Changes what neither delta nor a notification tells: only the ETag shows it.
    pub(crate) fn touch(&mut self, key: u64, now_ms: i64, edit: impl FnOnce(&mut Message)) {
        self.change += 1;
        let change = self.change;
        if let Some(message) = self.messages.get_mut(&key) {
            edit(message);
            message.modified_ms = now_ms;
            message.change = change;
        }
    }

    /// Gives fresh drafts the new change keys that are due.
    pub(crate) fn settle(&mut self, now_ms: i64) {
        let due: Vec<(i64, u64)> = self.bumps.extract_if(.., |(at, _)| *at <= now_ms).collect();
        for (at, key) in due {
            if self.message(key).is_some_and(|message| message.is_draft && !message.submitted) {
                self.update(key, &["changeKey", "lastModifiedDateTime"], at, |_| {});
            }
        }
    }
}

//! The ids of a mailbox, in the two formats of Exchange.
//! Default ids carry `+`, `/` and `=` on purpose: a client that does not escape them must fail here.

use crate::chance::{base64, base64_url, digest};
use crate::mailbox::Mailbox;

impl Mailbox {
    fn name(&self, kind: &str, key: u64, turn: u64) -> Vec<u8> {
        let seed = self.seed.to_be_bytes();
        let owner = self.owner.object_id.as_bytes();
        let mut bytes = digest(&[&seed, owner, kind.as_bytes(), &key.to_be_bytes(), &turn.to_be_bytes()]).to_vec();
        // Ids of one mailbox share their beginning, as Exchange's do.
        let prefix = digest(&[&seed, owner, b"mailbox"]);
        bytes.splice(0..0, prefix.iter().take(12).copied());
        bytes
    }

    pub(super) fn immutable_name(&self, key: u64) -> String {
        format!("AAkALgAAAAAAHYQDE{}", base64_url(&self.name("immutable", key, 0)))
    }

    pub(super) fn default_name(&self, key: u64, turn: u64) -> String {
        let bytes = self.name("default", key, turn);
        if key.is_multiple_of(3) {
            format!("AAMkAGVm{}", base64(&[bytes, vec![0xfb, 0xff]].concat()))
        } else {
            format!("AAMkAGVm{}AAA=", base64_url(&bytes))
        }
    }

    pub(super) fn attachment_name(&self, key: u64, at: usize) -> String {
        let at = u64::try_from(at).unwrap_or_default();
        format!(
            "AAkALgAAAAAAHYQDE{}EgAQ{}",
            base64_url(&self.name("immutable", key, 0)),
            base64_url(&self.name("attachment", key, at))
        )
    }

    pub(super) fn folder_name(&self, key: &str) -> String {
        let bytes = self.name(&format!("folder {key}"), 0, 0);
        format!("AQMkAD{}AAA=", base64_url(&bytes))
    }

    pub(super) fn message_id_for(&self, key: u64) -> String {
        let hash = self.name("message-id", key, 0);
        let hex: String = hash.iter().skip(12).take(16).map(|b| format!("{b:02X}")).collect();
        format!("<{hex}@petrel.test>")
    }

    /// The `changeKey` of a write: equal for equal writes, different for every write.
    pub(crate) fn change_key(&self, change: u64) -> String {
        let mailbox = digest(&[&self.seed.to_be_bytes(), self.owner.object_id.as_bytes(), b"key"]);
        let mut bytes = vec![9, 0, 0, 0, 22, 0, 0, 0];
        bytes.extend(mailbox.iter().take(16));
        bytes.extend(change.to_be_bytes());
        base64(&bytes)
    }

    /// The ETag of a write.
    pub(crate) fn etag(&self, change: u64) -> String {
        format!("W/\"{}\"", self.change_key(change))
    }
}

//! What getMailTips tells of a mailbox that nothing else in the sandbox decides.
//! Tests set it by a control call; the tip about automatic replies comes from the settings themselves.

/// Exchange Online's largest message by default, in bytes.
const MAX_MESSAGE_BYTES: i64 = 37_748_736;

/// The tips of one mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tips {
    pub(crate) mailbox_full: bool,
    /// A sentence in HTML that the tenant's administrator wrote for this recipient.
    pub(crate) custom: Option<String>,
    pub(crate) max_message_bytes: i64,
    pub(crate) restricted: bool,
    pub(crate) moderated: bool,
    /// How many people mail to this address reaches, and how many of them are outside.
    pub(crate) members: i64,
    pub(crate) external_members: i64,
}

impl Default for Tips {
    fn default() -> Self {
        Self {
            mailbox_full: false,
            custom: None,
            max_message_bytes: MAX_MESSAGE_BYTES,
            restricted: false,
            moderated: false,
            members: 1,
            external_members: 0,
        }
    }
}

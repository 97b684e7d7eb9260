//! What tabs, the leader and those who could lead say to each other over one broadcast channel. Nothing here carries mail: a change
//! only names what to read again, so that a lost or doubled word never matters.

use crate::error::Reason;
use crate::hosts::HostWord;
use crate::id::{FolderId, MessageId};
use crate::model::AttachmentKey;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A word on the channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Word {
    /// From a tab to whoever leads.
    Ask(Ask),
    /// From the leader to every tab.
    Tell(Tell),
    /// Among those who could lead; nothing to a page.
    Host(HostWord),
}

/// What a tab asks of the leader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Is anybody leading? Answered by [`Tell::Leading`].
    Hello,
    /// Something was written to the outbox.
    Outbox,
    /// The person waits for this body.
    Body(MessageId),
    /// The person reads this body, and an earlier build did not ask all that is to be known of it.
    BodyAgain(MessageId),
    /// The person wants this attachment, or uses it. Answered by [`Change::Attachment`] or [`Tell::AttachmentFailed`].
    Attachment(AttachmentKey),
    /// The person looks at this folder.
    Folder(FolderId),
    /// The network is back, the tab is visible again, or the person wants to know now.
    Now,
    /// The person chose anew what is to be kept here; the choice is stored. Answered by [`Tell::Freed`].
    Keep,
    /// A tab could not write, because the device is full: make room.
    Room,
    /// Prepare a sign-in. Answered by [`Tell::SignInAt`].
    BeginSignIn {
        /// Where the authority sends the person back to.
        redirect_uri: String,
    },
    /// The authority sent the person back. Answered by [`Tell::SignedIn`] or [`Tell::SignInFailed`].
    FinishSignIn {
        /// The state that came back.
        state: String,
        /// The authorization code.
        code: String,
    },
    /// Forget everything on this device. Answered by [`Tell::SignedOut`].
    SignOut,
}

/// What the leader tells every tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tell {
    /// I lead, and this is how mail arrives just now. Ask again what was asked before.
    Leading(Live),
    /// How mail arrives just now.
    Live(Live),
    /// Read these again.
    Changed(Vec<Change>),
    /// How far a mailbox that is new to this device has been taken in.
    Filling(Filling),
    /// A frame with a notification came in over the socket.
    Frame,
    /// Send the person here to sign in, and remember the state.
    SignInAt {
        /// The authority's address with the request.
        url: String,
        /// The state to expect back.
        state: String,
    },
    /// Somebody is signed in now.
    SignedIn,
    /// Sign-in did not complete.
    SignInFailed(SignInTrouble),
    /// Everything on this device is forgotten: close the store and start over.
    SignedOut,
    /// So many bytes of bodies and attachments were dropped as the person chose.
    Freed(u64),
    /// A body could not be loaded.
    BodyFailed(MessageId, Reason),
    /// An attachment cannot be had.
    AttachmentFailed(AttachmentKey, AttachmentTrouble),
    /// The leader met something it cannot get over by itself.
    Trouble(Trouble),
}

/// How mail arrives just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Live {
    /// By notification, within seconds.
    Live,
    /// By asking every so often.
    Polling,
    /// Not at all: the server cannot be reached.
    Offline,
    /// Not at all: somebody has to sign in.
    SignedOut,
}

/// How far a mailbox that is new to this device has been taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filling {
    /// Messages on the device.
    pub held: u32,
    /// Messages the server counts, never less than `held`.
    pub total: u32,
    /// When the oldest message of the last page was received; a folder comes newest first.
    pub back_to: Option<Timestamp>,
    /// Whether every folder is whole.
    pub complete: bool,
}

/// What to read again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Change {
    /// The folders or their counts.
    Folders,
    /// The list of a folder.
    Folder(FolderId),
    /// A body.
    Body(MessageId),
    /// An attachment, which is here now.
    Attachment(AttachmentKey),
    /// The outbox.
    Outbox,
    /// Whose mailbox this is.
    Account,
}

/// Why an attachment cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttachmentTrouble {
    /// The server cannot be reached, or the network does not carry it.
    Offline,
    /// It no longer exists.
    Gone,
    /// The device has no room for it.
    NoRoom,
    /// The device's store failed.
    Unstored,
    /// The server refuses.
    Refused(Reason),
}

/// Why sign-in did not complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignInTrouble {
    /// The person declined.
    Declined,
    /// The answer does not belong to a request of this browser, is too old, or was used before.
    Unexpected,
    /// An administrator has to approve the app first.
    NeedsAdmin,
    /// A policy of the organisation forbids it.
    Forbidden {
        /// Microsoft's code, such as `AADSTS53003`.
        code: String,
    },
    /// This installation is not registered properly.
    Misconfigured {
        /// Microsoft's code or our own words, to be copied to whoever runs it.
        detail: String,
    },
    /// The authority could not be reached or is busy.
    Unreachable,
    /// Somebody else came back than the person whose mail is on this device.
    SomebodyElse,
    /// The answer was not valid: which check failed.
    Invalid {
        /// The check.
        check: String,
    },
}

/// Something the leader cannot get over by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trouble {
    /// The browser refuses to store anything.
    StoreRefused,
    /// The device is full.
    DeviceFull,
    /// Pages of the server were odd and were got over: how many since the start, by kind; never content of mail.
    OddPages(String),
    /// Something unexpected, with details to copy; never content of mail.
    Unexpected(String),
}

//! Mail as people think of it. These types are valid by construction and never carry Microsoft's spelling.

mod account;
mod conversation;
mod folder;
mod message;

pub use account::Account;
pub(crate) use conversation::people;
pub use conversation::{Conversation, NAMED_MESSAGES, NAMED_RECIPIENTS};
pub use folder::{Folder, FolderRole};
pub use message::{
    Address, Attachment, AttachmentKey, AttachmentKind, Body, BodyContent, Flag, Importance, Kind, Message,
};

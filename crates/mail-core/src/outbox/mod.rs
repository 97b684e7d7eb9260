//! What the person asked for and the server has not confirmed. Operations are harmless when done twice,
//! so that a lost answer never costs more than asking again.

mod conversations;
mod deliver;
mod op;
mod overlay;
mod plan;

pub use conversations::{ConversationPart, Gathered, Together};
pub use deliver::{
    AfterLook, Look, NextSend, SendAnswer, after_look, after_send, next_send, sending_once_more, wanted_again,
};
pub use op::{Act, Answer, Op, OpState, Outgoing, SendStage};
pub use overlay::{Overlay, Part, PendingCounts, moved_counts};
pub use plan::{Step, next_due, plan};

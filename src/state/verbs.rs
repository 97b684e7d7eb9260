//! What a verb means for a message: the act to queue, and the act that takes it back. Pure.

use super::tree;
use mail_core::error::Reason;
use mail_core::id::OpId;
use mail_core::model::{Flag, Folder, FolderRole, Message};
use mail_core::outbox::{self, Act, Op, OpState, SendStage, Together};
use mail_core::time::Timestamp;

/// What a person can do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Put it away.
    Archive,
    /// Throw it away.
    Delete,
    /// Flag it, or clear the flag.
    Flag,
    /// Mark it read, or unread.
    Read,
}

/// What comes of a verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// This act; whether the flag is now set or the message now read, or `true` where neither matters.
    Act(Act, bool),
    /// The message is there already.
    Nothing,
    /// There is no such folder.
    NoSuchFolder(FolderRole),
}

/// What `verb` means for `row`, as the person sees it.
pub(super) fn meaning(verb: Verb, row: &Message, folders: &[Folder]) -> Meaning {
    let message = row.id.clone();
    let put = |role: FolderRole| match tree::role(folders, role) {
        None => Meaning::NoSuchFolder(role),
        Some(to) if to == row.folder => Meaning::Nothing,
        Some(to) => Meaning::Act(Act::Move { message: row.id.clone(), to }, true),
    };
    match verb {
        Verb::Archive => put(FolderRole::Archive),
        Verb::Delete => put(FolderRole::Deleted),
        Verb::Flag => {
            let on = row.flag != Flag::Flagged;
            Meaning::Act(Act::Flag { message, flag: if on { Flag::Flagged } else { Flag::None } }, on)
        }
        Verb::Read => Meaning::Act(Act::Read { message, read: !row.is_read }, !row.is_read),
    }
}

/// What comes of a verb for a whole conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MeaningTogether {
    /// These acts; the rest as in [`Meaning::Act`].
    Acts(Vec<Act>, bool),
    /// All messages are there already.
    Nothing,
    /// There is no such folder.
    NoSuchFolder(FolderRole),
}

/// What `verb` means for these messages of a conversation, as the person sees them in a folder, oldest first.
pub(super) fn meaning_together(verb: Verb, members: &[Message], folders: &[Folder]) -> MeaningTogether {
    let put = |role| tree::role(folders, role).map(Together::Move).ok_or(role);
    let together = match verb {
        Verb::Archive => put(FolderRole::Archive),
        Verb::Delete => put(FolderRole::Deleted),
        Verb::Flag => Ok(Together::Flag),
        Verb::Read => Ok(Together::Read),
    };
    let acts = match together {
        Ok(together) => together.acts(members),
        Err(role) => return MeaningTogether::NoSuchFolder(role),
    };
    let on = match acts.first() {
        None => return MeaningTogether::Nothing,
        Some(Act::Read { read, .. }) => *read,
        Some(Act::Flag { flag, .. }) => *flag == Flag::Flagged,
        Some(Act::Move { .. } | Act::Send { .. }) => true,
    };
    MeaningTogether::Acts(acts, on)
}

/// What was done in one go, and can be taken back in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Done {
    /// The acts, one for each message.
    pub acts: Vec<DoneAct>,
    /// Whether the message was open, or one of the messages.
    pub was_open: bool,
}

/// An act that can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DoneAct {
    /// Its entry in the outbox.
    pub op: OpId,
    /// The message as the act leaves it.
    pub row: Message,
    /// What takes it back.
    pub back: Act,
}

/// The row as `act` leaves it, given the row before.
pub(super) fn after(act: &Act, before: &Message) -> Message {
    let mut row = before.clone();
    match act {
        Act::Read { read, .. } => row.is_read = *read,
        Act::Flag { flag, .. } => row.flag = *flag,
        Act::Move { to, .. } => row.folder = to.clone(),
        Act::Send { .. } => {}
    }
    row
}

/// What takes `act` back, given the row as the person saw it before. `None`: a mail cannot be called back.
pub(super) fn inverse(act: &Act, before: &Message) -> Option<Act> {
    let message = before.id.clone();
    match act {
        Act::Read { .. } => Some(Act::Read { message, read: before.is_read }),
        Act::Flag { .. } => Some(Act::Flag { message, flag: before.flag }),
        Act::Move { .. } => Some(Act::Move { message, to: before.folder.clone() }),
        Act::Send { .. } => None,
    }
}

/// A stuck entry, to be tried again at `now` because the person said so.
pub(super) fn retried(mut op: Op, now: Timestamp) -> Op {
    let unconfirmed = op.state == OpState::Blocked(Reason::Unconfirmed);
    if let (true, Act::Send { stage, .. }) = (unconfirmed, &mut op.act) {
        // The person decided: the same draft is sent once more, unless it is found to have left after all.
        *stage = outbox::wanted_again(stage);
    }
    op.state = OpState::Waiting;
    op.not_before = now;
    op
}

/// Whether signing out would lose this: a mail the server has not accepted.
pub(super) fn is_unsent_mail(op: &Op) -> bool {
    match &op.act {
        Act::Send { stage, .. } => match stage {
            SendStage::Accepted { .. } => false,
            SendStage::Queued | SendStage::Drafting | SendStage::Drafted { .. } | SendStage::Sending { .. } => true,
        },
        Act::Read { .. } | Act::Flag { .. } | Act::Move { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_core::id::{FolderId, MessageId};
    use mail_core::store::contract::{folder, message};

    const NOW: Timestamp = Timestamp::from_millis(9);

    fn folders() -> Vec<Folder> {
        vec![folder("in", Some(FolderRole::Inbox)), folder("done", Some(FolderRole::Archive))]
    }

    #[test]
    fn archiving_moves_to_the_archive_and_back_to_where_it_lay() {
        let row = message("m", "in", 1);
        let act = Act::Move { message: row.id.clone(), to: FolderId::new("done") };
        assert_eq!(meaning(Verb::Archive, &row, &folders()), Meaning::Act(act.clone(), true));
        assert_eq!(inverse(&act, &row), Some(Act::Move { message: row.id.clone(), to: FolderId::new("in") }));
        assert_eq!(after(&act, &row).folder, FolderId::new("done"));
        assert_eq!(meaning(Verb::Archive, &message("m", "done", 1), &folders()), Meaning::Nothing);
        assert_eq!(meaning(Verb::Delete, &row, &folders()), Meaning::NoSuchFolder(FolderRole::Deleted));
    }

    #[test]
    fn flag_and_read_turn_what_is_shown() {
        let mut row = message("m", "in", 1);
        let id = row.id.clone();
        row.flag = Flag::Complete;
        let flag = Act::Flag { message: id.clone(), flag: Flag::Flagged };
        assert_eq!(meaning(Verb::Flag, &row, &[]), Meaning::Act(flag.clone(), true));
        assert_eq!(inverse(&flag, &row), Some(Act::Flag { message: id.clone(), flag: Flag::Complete }));
        row.is_read = true;
        let unread = Act::Read { message: id.clone(), read: false };
        assert_eq!(meaning(Verb::Read, &row, &[]), Meaning::Act(unread.clone(), false));
        assert_eq!(inverse(&unread, &row), Some(Act::Read { message: id, read: true }));
    }

    #[test]
    fn a_verb_on_a_conversation_is_one_on_all_its_messages_in_the_folder() {
        let (old, new) = (message("a", "in", 1), Message { is_read: true, ..message("b", "in", 2) });
        let members = [old.clone(), new.clone()];
        let go = |row: &Message| Act::Move { message: row.id.clone(), to: FolderId::new("done") };
        let archive = meaning_together(Verb::Archive, &members, &folders());
        assert_eq!(archive, MeaningTogether::Acts(vec![go(&old), go(&new)], true));
        let read = |row: &Message, read| Act::Read { message: row.id.clone(), read };
        assert_eq!(meaning_together(Verb::Read, &members, &[]), MeaningTogether::Acts(vec![read(&old, true)], true));
        let unread = MeaningTogether::Acts(vec![read(&new, false)], false);
        assert_eq!(meaning_together(Verb::Read, &[new], &[]), unread);
        let none = MeaningTogether::NoSuchFolder(FolderRole::Deleted);
        assert_eq!(meaning_together(Verb::Delete, &members, &folders()), none);
        let there = [message("a", "done", 1)];
        assert_eq!(meaning_together(Verb::Archive, &there, &folders()), MeaningTogether::Nothing);
    }

    fn sending(reason: Reason) -> Op {
        let stage = SendStage::Sending { draft: MessageId::new("d"), since: NOW, looks: 9 };
        let act = Act::Send { mail: Box::default(), stage };
        Op { id: OpId::new("1"), act, queued_at: NOW, not_before: NOW, attempts: 4, state: OpState::Blocked(reason) }
    }

    #[test]
    fn send_again_means_the_same_draft_and_never_forgets_the_earlier_tries() {
        let again = retried(sending(Reason::Unconfirmed), Timestamp::from_millis(50));
        let Act::Send { stage, .. } = &again.act else { panic!("no mail") };
        let doubtful = SendStage::Sending { draft: MessageId::new("d"), since: NOW, looks: 9 };
        assert_eq!(*stage, outbox::wanted_again(&doubtful));
        assert_ne!(*stage, doubtful);
        assert_eq!((again.state, again.not_before.millis(), again.attempts), (OpState::Waiting, 50, 4));
        let other = retried(sending(Reason::Quota), NOW);
        assert_eq!(other.act, sending(Reason::Quota).act, "only the person's own decision sends again without looking");
    }

    #[test]
    fn an_accepted_mail_is_not_lost_by_signing_out() {
        let mut op = sending(Reason::Unconfirmed);
        assert!(is_unsent_mail(&op));
        op.act =
            Act::Send { mail: Box::default(), stage: SendStage::Accepted { draft: MessageId::new("d"), looks: 0 } };
        assert!(!is_unsent_mail(&op));
    }
}

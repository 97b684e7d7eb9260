//! Sending exactly once, as nearly as a server without idempotency keys allows: the draft first, the intent stored, `send` once,
//! and after a doubtful answer only looking. What cannot be known is shown to the person, never guessed.

use super::op::SendStage;
use crate::error::{Error, Reason};
use crate::id::MessageId;
use crate::time::Timestamp;
use std::time::Duration;

/// When to look whether a doubtful `send` happened, counted from the look before.
const DOUBTFUL_LOOKS: [Duration; 5] = [
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(60),
    Duration::from_secs(120),
];
/// When to look for the sent copy of an accepted mail.
const ACCEPTED_LOOKS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(60),
];
/// Marks in `looks` that the one further `send` was made.
const SENT_TWICE: u32 = 100;
/// Marks in `looks` that the person wants it sent once more if a look finds it still a draft.
const WANTED: u32 = 1000;

/// The next request a mail needs. The stage it belongs to is stored before it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextSend {
    /// Create the draft.
    Create,
    /// Look for our marker first: the draft may exist.
    Find,
    /// Write what the person wrote into the draft.
    Fill(MessageId),
    /// Store the intent, then send.
    Send(MessageId),
    /// Look what became of it.
    Look(MessageId),
}

/// What a mail at this stage needs next.
pub fn next_send(stage: &SendStage) -> NextSend {
    match stage {
        SendStage::Queued => NextSend::Create,
        SendStage::Drafting => NextSend::Find,
        SendStage::Drafted { draft, filled: false } => NextSend::Fill(draft.clone()),
        SendStage::Drafted { draft, filled: true } => NextSend::Send(draft.clone()),
        SendStage::Sending { draft, .. } | SendStage::Accepted { draft, .. } => NextSend::Look(draft.clone()),
    }
}

/// What an answer to `send` means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendAnswer {
    /// The server accepted it: look for the sent copy after this wait.
    Accepted(SendStage, Duration),
    /// Nobody knows: look after this wait.
    Doubtful(SendStage, Duration),
    /// It was not sent, for certain: this stage and the error.
    NotSent(SendStage),
}

/// Judges the answer to `send`.
pub fn after_send(draft: &MessageId, since: Timestamp, looks: u32, answer: &Result<(), Error>) -> SendAnswer {
    let draft = draft.clone();
    let doubtful = match answer {
        Ok(()) => return SendAnswer::Accepted(SendStage::Accepted { draft, looks: 0 }, ACCEPTED_LOOKS[0]),
        Err(Error::Net(_)) => true,
        Err(Error::Graph(error)) => error.is_ambiguous(),
        Err(Error::Auth(_) | Error::Store(_)) => false,
    };
    if doubtful {
        SendAnswer::Doubtful(SendStage::Sending { draft, since, looks }, DOUBTFUL_LOOKS[0])
    } else {
        SendAnswer::NotSent(SendStage::Drafted { draft, filled: true })
    }
}

/// What a look found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It has left: it is in Sent Items or on its way there.
    Left,
    /// It is still a draft.
    StillDraft,
    /// It is nowhere to be found.
    Nowhere,
}

/// What to do after a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterLook {
    /// It was sent: the operation is done.
    Done,
    /// Look again after this wait.
    Again(SendStage, Duration),
    /// Send the same draft once more.
    SendOnceMore(MessageId),
    /// Only the person can decide.
    Ask(Reason),
}

/// Judges a look. `second_send` allows one further `send` of the same draft after the quiet time.
pub fn after_look(stage: &SendStage, found: Look, now: Timestamp, second_send: bool) -> AfterLook {
    match stage {
        SendStage::Accepted { draft, looks } => {
            let looks = looks + 1;
            match (found, wait(&ACCEPTED_LOOKS, looks)) {
                // Accepted is accepted: a copy that does not show in time is no reason to doubt it.
                (Look::Left, _) | (Look::StillDraft | Look::Nowhere, None) => AfterLook::Done,
                (Look::StillDraft | Look::Nowhere, Some(wait)) => {
                    AfterLook::Again(SendStage::Accepted { draft: draft.clone(), looks }, wait)
                }
            }
        }
        SendStage::Sending { draft, looks: WANTED, .. } => match found {
            Look::Left => AfterLook::Done,
            Look::StillDraft => AfterLook::SendOnceMore(draft.clone()),
            Look::Nowhere => AfterLook::Ask(Reason::Unconfirmed),
        },
        SendStage::Sending { draft, since, looks } => {
            let again = looks + 1;
            match (found, wait(&DOUBTFUL_LOOKS, again % SENT_TWICE)) {
                (Look::Left, _) => AfterLook::Done,
                (Look::StillDraft | Look::Nowhere, Some(wait)) => {
                    AfterLook::Again(SendStage::Sending { draft: draft.clone(), since: *since, looks: again }, wait)
                }
                (Look::StillDraft, None)
                    if second_send && *looks < SENT_TWICE && now.since(*since) >= Duration::from_secs(120) =>
                {
                    AfterLook::SendOnceMore(draft.clone())
                }
                (Look::StillDraft | Look::Nowhere, None) => AfterLook::Ask(Reason::Unconfirmed),
            }
        }
        SendStage::Queued | SendStage::Drafting | SendStage::Drafted { .. } => {
            AfterLook::Again(stage.clone(), Duration::ZERO)
        }
    }
}

/// The stage of an unconfirmed mail that the person wants sent once more: it is looked for first all the same.
pub fn wanted_again(stage: &SendStage) -> SendStage {
    match stage {
        SendStage::Sending { draft, since, .. } => {
            SendStage::Sending { draft: draft.clone(), since: *since, looks: WANTED }
        }
        SendStage::Queued | SendStage::Drafting | SendStage::Drafted { .. } | SendStage::Accepted { .. } => {
            stage.clone()
        }
    }
}

/// The stage in which the one further `send` is made.
pub fn sending_once_more(draft: &MessageId, now: Timestamp) -> SendStage {
    SendStage::Sending { draft: draft.clone(), since: now, looks: SENT_TWICE }
}

fn wait(waits: &[Duration], look: u32) -> Option<Duration> {
    waits.get(look as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{GraphError, NetError};

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn draft() -> MessageId {
        MessageId::new("d")
    }

    fn refused(status: u16) -> Result<(), Error> {
        Err(Error::Graph(GraphError::Refused { status, code: String::new(), retry_after: None, request_id: None }))
    }

    #[test]
    fn only_a_plain_refusal_is_known_not_to_have_sent() {
        for answer in [
            Err(Error::Net(NetError::Unreachable)),
            refused(504),
            refused(500),
            refused(429),
            refused(200),
            refused(409),
        ] {
            assert!(matches!(after_send(&draft(), NOW, 0, &answer), SendAnswer::Doubtful(..)), "{answer:?}");
        }
        for answer in [refused(400), refused(401), refused(403), refused(404), refused(413)] {
            assert!(matches!(after_send(&draft(), NOW, 0, &answer), SendAnswer::NotSent(..)), "{answer:?}");
        }
        assert!(matches!(after_send(&draft(), NOW, 0, &Ok(())), SendAnswer::Accepted(..)));
    }

    #[test]
    fn a_doubtful_mail_is_looked_for_five_times_and_then_asked_about() {
        let mut stage = SendStage::Sending { draft: draft(), since: NOW, looks: 0 };
        let mut waits = Vec::new();
        let reason = loop {
            match after_look(&stage, Look::StillDraft, NOW.after(Duration::from_secs(300)), false) {
                AfterLook::Again(next, wait) => {
                    waits.push(wait.as_secs());
                    stage = next;
                }
                AfterLook::Ask(reason) => break reason,
                other @ (AfterLook::Done | AfterLook::SendOnceMore(_)) => panic!("{other:?}"),
            }
        };
        assert_eq!((waits, reason), (vec![5, 15, 60, 120], Reason::Unconfirmed));
        assert_eq!(after_look(&stage, Look::Left, NOW, false), AfterLook::Done);
    }

    #[test]
    fn with_leave_it_is_sent_once_more_and_never_a_third_time() {
        let late = NOW.after(Duration::from_secs(200));
        let tired = SendStage::Sending { draft: draft(), since: NOW, looks: 4 };
        assert_eq!(after_look(&tired, Look::StillDraft, late, true), AfterLook::SendOnceMore(draft()));
        assert_eq!(after_look(&tired, Look::Nowhere, late, true), AfterLook::Ask(Reason::Unconfirmed));
        let mut stage = sending_once_more(&draft(), late);
        for _ in 0..4 {
            let AfterLook::Again(next, _) = after_look(&stage, Look::StillDraft, late, true) else {
                panic!("not again")
            };
            stage = next;
        }
        assert_eq!(
            after_look(&stage, Look::StillDraft, late.after(Duration::from_secs(999)), true),
            AfterLook::Ask(Reason::Unconfirmed)
        );
    }

    #[test]
    fn a_mail_wanted_again_is_sent_once_more_only_if_it_is_still_a_draft() {
        let doubtful = SendStage::Sending { draft: draft(), since: NOW, looks: 4 };
        let wanted = wanted_again(&doubtful);
        assert_eq!(after_look(&wanted, Look::StillDraft, NOW, false), AfterLook::SendOnceMore(draft()));
        assert_eq!(after_look(&wanted, Look::Left, NOW, false), AfterLook::Done);
        assert_eq!(after_look(&wanted, Look::Nowhere, NOW, false), AfterLook::Ask(Reason::Unconfirmed));
    }

    #[test]
    fn an_accepted_mail_is_done_when_its_copy_shows_or_in_time() {
        let stage = SendStage::Accepted { draft: draft(), looks: 0 };
        assert_eq!(after_look(&stage, Look::Left, NOW, false), AfterLook::Done);
        assert!(matches!(after_look(&stage, Look::StillDraft, NOW, false), AfterLook::Again(..)));
        assert_eq!(
            after_look(&SendStage::Accepted { draft: draft(), looks: 4 }, Look::Nowhere, NOW, false),
            AfterLook::Done
        );
    }
}

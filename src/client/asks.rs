//! What was asked of the leader and not yet answered. The leader may start later than the app and may change,
//! so that a question stays here until it is answered; pure, so that each rule can be tested.

use mail_core::protocol::{Ask, Change, Tell};

/// The questions that wait.
#[derive(Default)]
pub(super) struct Asks {
    led: bool,
    open: Vec<Open>,
}

struct Open {
    ask: Ask,
    said: bool,
}

/// How a question is treated.
#[derive(PartialEq, Eq)]
enum Kind {
    /// Said at once, and of no use to a later leader: it looks into the outbox by itself, and a body is opened again.
    Passing,
    /// Said at once, and again to each new leader.
    Standing,
    /// Said only to a leader that is there, and again to each new one.
    Patient,
    /// Said only to a leader that is there, and once: its code can be used once.
    Once,
}

fn kind(ask: &Ask) -> Kind {
    match ask {
        Ask::Hello | Ask::Outbox | Ask::BodyAgain(_) | Ask::Now | Ask::Room => Kind::Passing,
        Ask::Body(_) | Ask::Attachment(_) | Ask::Folder(_) | Ask::Keep => Kind::Standing,
        Ask::BeginSignIn { .. } | Ask::SignOut => Kind::Patient,
        Ask::FinishSignIn { .. } => Kind::Once,
    }
}

impl Asks {
    /// Whether a leader has introduced itself.
    pub(super) fn is_led(&self) -> bool {
        self.led
    }

    /// Takes a question; gives it back if it is to be said now.
    pub(super) fn ask(&mut self, ask: Ask) -> Option<Ask> {
        let kind = kind(&ask);
        if kind == Kind::Passing {
            return Some(ask);
        }
        let said = self.led || kind == Kind::Standing;
        // One folder is looked at, one body waited for, one sign-in prepared: the newest. Attachments are waited for by the dozen.
        let several = matches!(ask, Ask::Attachment(_));
        let same = |known: &Ask| std::mem::discriminant(known) == std::mem::discriminant(&ask);
        self.open.retain(|open| if several { open.ask != ask } else { !same(&open.ask) });
        self.open.push(Open { ask: ask.clone(), said });
        said.then_some(ask)
    }

    /// Hears the leader; gives back what is to be said again.
    pub(super) fn hear(&mut self, tell: &Tell) -> Vec<Ask> {
        self.open.retain(|open| !is_answered(&open.ask, tell));
        match tell {
            Tell::Leading(_) => {
                self.led = true;
                let due = self.open.iter_mut().filter(|open| !(open.said && kind(&open.ask) == Kind::Once));
                due.map(|open| {
                    open.said = true;
                    open.ask.clone()
                })
                .collect()
            }
            Tell::Live(_)
            | Tell::Changed(_)
            | Tell::Filling(_)
            | Tell::Frame
            | Tell::SignInAt { .. }
            | Tell::SignedIn
            | Tell::SignInFailed(_)
            | Tell::SignedOut
            | Tell::Freed(_)
            | Tell::BodyFailed(..)
            | Tell::AttachmentFailed(..)
            | Tell::Trouble(_) => Vec::new(),
        }
    }
}

fn is_answered(ask: &Ask, tell: &Tell) -> bool {
    match tell {
        Tell::SignInAt { .. } => matches!(ask, Ask::BeginSignIn { .. }),
        Tell::SignedIn | Tell::SignInFailed(_) => matches!(ask, Ask::BeginSignIn { .. } | Ask::FinishSignIn { .. }),
        Tell::SignedOut => true,
        Tell::Freed(_) => *ask == Ask::Keep,
        Tell::BodyFailed(id, _) => *ask == Ask::Body(id.clone()),
        Tell::AttachmentFailed(key, _) => matches!(ask, Ask::Attachment(asked) if asked == key),
        Tell::Changed(changes) => changes.iter().any(|change| match (change, ask) {
            (Change::Body(here), Ask::Body(asked)) => here == asked,
            (Change::Attachment(here), Ask::Attachment(asked)) => here == asked,
            _ => false,
        }),
        Tell::Leading(_) | Tell::Live(_) | Tell::Filling(_) | Tell::Frame | Tell::Trouble(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_core::id::{FolderId, MessageId};
    use mail_core::protocol::{Live, SignInTrouble};

    const LEADING: Tell = Tell::Leading(Live::Polling);

    fn begin() -> Ask {
        Ask::BeginSignIn { redirect_uri: "http://localhost/".to_owned() }
    }

    fn finish() -> Ask {
        Ask::FinishSignIn { state: "s".to_owned(), code: "c".to_owned() }
    }

    #[test]
    fn a_sign_in_waits_for_a_leader() {
        let mut asks = Asks::default();
        assert_eq!(asks.ask(begin()), None);
        assert_eq!(asks.hear(&LEADING), [begin()]);
        assert_eq!(asks.hear(&Tell::SignInFailed(SignInTrouble::Unreachable)), []);
        assert_eq!(asks.hear(&LEADING), [], "it was answered");
    }

    #[test]
    fn a_code_is_handed_in_only_once() {
        let mut asks = Asks::default();
        assert_eq!(asks.ask(finish()), None);
        assert_eq!(asks.hear(&LEADING), [finish()]);
        assert_eq!(asks.hear(&LEADING), [], "another leader must not use it again");
    }

    #[test]
    fn what_is_looked_at_is_told_to_each_leader_until_it_is_there() {
        let mut asks = Asks::default();
        let (folder, body) = (Ask::Folder(FolderId::new("f")), Ask::Body(MessageId::new("m")));
        assert_eq!(asks.ask(Ask::Folder(FolderId::new("old"))), Some(Ask::Folder(FolderId::new("old"))));
        assert_eq!(asks.ask(folder.clone()), Some(folder.clone()));
        assert_eq!(asks.ask(body.clone()), Some(body.clone()));
        assert_eq!(asks.hear(&LEADING), [folder.clone(), body]);
        assert_eq!(asks.hear(&Tell::Changed(vec![Change::Body(MessageId::new("m"))])), []);
        assert_eq!(asks.hear(&LEADING), [folder]);
    }

    #[test]
    fn each_attachment_is_waited_for_until_it_is_there_or_cannot_be_had() {
        use mail_core::model::AttachmentKey;
        use mail_core::protocol::AttachmentTrouble;
        let key = |name: &str| AttachmentKey { message: MessageId::new("m"), attachment: name.to_owned() };
        let mut asks = Asks::default();
        for name in ["a", "b", "a", "c"] {
            assert_eq!(asks.ask(Ask::Attachment(key(name))), Some(Ask::Attachment(key(name))));
        }
        asks.hear(&Tell::Changed(vec![Change::Attachment(key("b"))]));
        assert_eq!(asks.hear(&LEADING), [Ask::Attachment(key("a")), Ask::Attachment(key("c"))]);
        asks.hear(&Tell::AttachmentFailed(key("a"), AttachmentTrouble::Gone));
        assert_eq!(asks.hear(&LEADING), [Ask::Attachment(key("c"))]);
    }

    #[test]
    fn passing_words_are_never_repeated() {
        let mut asks = Asks::default();
        assert_eq!(asks.ask(Ask::Outbox), Some(Ask::Outbox));
        assert_eq!(asks.hear(&LEADING), []);
    }

    #[test]
    fn signing_out_ends_every_question() {
        let mut asks = Asks::default();
        asks.hear(&LEADING);
        assert_eq!(asks.ask(Ask::SignOut), Some(Ask::SignOut));
        asks.ask(Ask::Folder(FolderId::new("f")));
        asks.hear(&Tell::SignedOut);
        assert_eq!(asks.hear(&LEADING), []);
    }
}

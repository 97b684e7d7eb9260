//! What a message rule can ask of a message, one enum for each kind of question.
//! Conditions and exceptions share it; how a question is answered is the business of `matching`.

use crate::mailbox::message::{Address, Importance};

/// One question about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Whether any of the texts stands in a place, case aside.
    Says(Place, Vec<String>),
    /// Whether the message carries any of the categories.
    Categories(Vec<String>),
    From(Vec<Address>),
    SentTo(Vec<Address>),
    /// A question answered by yes; Exchange takes `false` as not asking.
    Is(Trait, bool),
    Importance(Importance),
    Sensitivity(Sensitivity),
    ActionFlag(ActionFlag),
    /// The size in kilobytes, either end open.
    Size {
        least: Option<i64>,
        most: Option<i64>,
    },
}

/// Where a text is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Body,
    BodyOrSubject,
    Header,
    Recipient,
    Sender,
    Subject,
}

impl Place {
    pub(crate) const ALL: [Self; 6] =
        [Self::Body, Self::BodyOrSubject, Self::Header, Self::Recipient, Self::Sender, Self::Subject];

    /// Graph's name of the predicate.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Body => "bodyContains",
            Self::BodyOrSubject => "bodyOrSubjectContains",
            Self::Header => "headerContains",
            Self::Recipient => "recipientContains",
            Self::Sender => "senderContains",
            Self::Subject => "subjectContains",
        }
    }
}

/// What a message is, yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trait {
    HasAttachments,
    ApprovalRequest,
    AutomaticForward,
    AutomaticReply,
    Encrypted,
    MeetingRequest,
    MeetingResponse,
    NonDeliveryReport,
    PermissionControlled,
    ReadReceipt,
    Signed,
    Voicemail,
    NotSentToMe,
    SentCcMe,
    SentOnlyToMe,
    SentToMe,
    SentToOrCcMe,
}

impl Trait {
    pub(crate) const ALL: [Self; 17] = [
        Self::HasAttachments,
        Self::ApprovalRequest,
        Self::AutomaticForward,
        Self::AutomaticReply,
        Self::Encrypted,
        Self::MeetingRequest,
        Self::MeetingResponse,
        Self::NonDeliveryReport,
        Self::PermissionControlled,
        Self::ReadReceipt,
        Self::Signed,
        Self::Voicemail,
        Self::NotSentToMe,
        Self::SentCcMe,
        Self::SentOnlyToMe,
        Self::SentToMe,
        Self::SentToOrCcMe,
    ];

    /// Graph's name of the predicate.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::HasAttachments => "hasAttachments",
            Self::ApprovalRequest => "isApprovalRequest",
            Self::AutomaticForward => "isAutomaticForward",
            Self::AutomaticReply => "isAutomaticReply",
            Self::Encrypted => "isEncrypted",
            Self::MeetingRequest => "isMeetingRequest",
            Self::MeetingResponse => "isMeetingResponse",
            Self::NonDeliveryReport => "isNonDeliveryReport",
            Self::PermissionControlled => "isPermissionControlled",
            Self::ReadReceipt => "isReadReceipt",
            Self::Signed => "isSigned",
            Self::Voicemail => "isVoicemail",
            Self::NotSentToMe => "notSentToMe",
            Self::SentCcMe => "sentCcMe",
            Self::SentOnlyToMe => "sentOnlyToMe",
            Self::SentToMe => "sentToMe",
            Self::SentToOrCcMe => "sentToOrCcMe",
        }
    }
}

/// How confidential the sender says a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sensitivity {
    #[default]
    Normal,
    Personal,
    Private,
    Confidential,
}

impl Sensitivity {
    pub(crate) const ALL: [Self; 4] = [Self::Normal, Self::Personal, Self::Private, Self::Confidential];

    /// Graph's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Personal => "personal",
            Self::Private => "private",
            Self::Confidential => "confidential",
        }
    }

    /// What the header field of RFC 2156 says; "company-confidential" is its longer word.
    pub(crate) fn of_header(value: &str) -> Self {
        let word = value.trim().to_ascii_lowercase();
        let word = word.strip_prefix("company-").unwrap_or(&word);
        Self::ALL.into_iter().find(|one| one.word() == word).unwrap_or_default()
    }
}

/// What a sender asks to be done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActionFlag {
    Any,
    Call,
    DoNotForward,
    FollowUp,
    Fyi,
    Forward,
    NoResponseNecessary,
    Read,
    Reply,
    ReplyToAll,
    Review,
}

impl ActionFlag {
    pub(crate) const ALL: [Self; 11] = [
        Self::Any,
        Self::Call,
        Self::DoNotForward,
        Self::FollowUp,
        Self::Fyi,
        Self::Forward,
        Self::NoResponseNecessary,
        Self::Read,
        Self::Reply,
        Self::ReplyToAll,
        Self::Review,
    ];

    /// Graph's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Call => "call",
            Self::DoNotForward => "doNotForward",
            Self::FollowUp => "followUp",
            Self::Fyi => "fyi",
            Self::Forward => "forward",
            Self::NoResponseNecessary => "noResponseNecessary",
            Self::Read => "read",
            Self::Reply => "reply",
            Self::ReplyToAll => "replyToAll",
            Self::Review => "review",
        }
    }

    /// Whether the words of a request, as Outlook writes them, ask this: "Follow up" asks `followUp`.
    pub(crate) fn asked_by(self, request: &str) -> bool {
        let word: String = request.chars().filter(|c| c.is_ascii_alphabetic()).collect();
        !word.is_empty() && (self == Self::Any || word.eq_ignore_ascii_case(self.word()))
    }
}

//! How Graph says no about settings, categories and rules.
//! Beside the other refusals, because Exchange has codes of its own for them.

/// A request about a setting that Graph does not carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OfficeRefusal {
    /// A property that the type does not have.
    UnknownProperty {
        name: String,
        kind: &'static str,
    },
    /// A value of the wrong type.
    WrongType(String),
    /// A word that the enumeration does not have.
    UnknownWord(String),
    /// A property that cannot be changed any more, or ever.
    ReadOnly(String),
    Missing(&'static str),
    CategoryExists(String),
    CategoryTooLong,
    OverridesFull,
    RuleWithoutAction,
    RuleFolderUnknown(String),
    RuleReadOnly,
    /// Rules run on the Inbox only.
    RulesElsewhere,
    ScheduleBackwards,
    BadTime(String),
    BadLanguage(String),
    TooManyIds,
    TooManyAddresses,
}

impl OfficeRefusal {
    /// Status, code and sentence.
    pub(crate) fn parts(&self) -> (u16, &'static str, String) {
        let body = |text: String| (400, "RequestBodyRead", text);
        let rules = |text: &str| (400, "ErrorInboxRulesValidationError", text.to_owned());
        match self {
            Self::UnknownProperty { name, kind } => body(format!(
                "The property '{name}' does not exist on type '{kind}'. Make sure to only use property names that are defined by the type."
            )),
            Self::WrongType(name) => body(format!("The value of '{name}' has the wrong type.")),
            Self::UnknownWord(word) => body(format!("Requested value '{word}' was not found.")),
            Self::ReadOnly(name) => {
                (400, "ErrorInvalidPropertySet", format!("The property '{name}' is read-only and cannot be set."))
            }
            Self::Missing(name) => (400, "ErrorInvalidRequest", format!("The property '{name}' is required.")),
            Self::CategoryExists(name) => {
                (409, "CategoryNameDuplicate", format!("A category with the name '{name}' already exists."))
            }
            Self::CategoryTooLong => {
                (400, "ErrorInvalidRequest", "The name of a category has 255 characters at most.".to_owned())
            }
            Self::OverridesFull => {
                (400, "ErrorInvalidRequest", "The mailbox has reached its limit of 1000 overrides.".to_owned())
            }
            Self::RuleWithoutAction => rules("A rule needs at least one action."),
            Self::RuleFolderUnknown(folder) => (
                400,
                "ErrorInboxRulesValidationError",
                format!("The rule names a folder that does not exist: {folder}."),
            ),
            Self::RuleReadOnly => rules("The rule is read-only and cannot be modified or deleted here."),
            Self::RulesElsewhere => {
                (400, "ErrorInvalidRequest", "Message rules are supported on the Inbox only.".to_owned())
            }
            Self::ScheduleBackwards => {
                (400, "ErrorInvalidTimeInterval", "The end of the scheduled time must be after its start.".to_owned())
            }
            Self::BadTime(text) => body(format!("Cannot convert '{text}' to a date and time.")),
            Self::BadLanguage(locale) => {
                (400, "ErrorInvalidArgument", format!("The locale '{locale}' is not supported."))
            }
            Self::TooManyIds => {
                (400, "ErrorInvalidRequest", "At most 1000 ids can be translated in one request.".to_owned())
            }
            Self::TooManyAddresses => {
                (400, "ErrorInvalidRequest", "Mail tips can be asked for at most 100 addresses at once.".to_owned())
            }
        }
    }
}

//! The mailbox settings that change nothing about mail but how a client shows it.
//! Automatic replies are not here: they do something.

use crate::office::languages::{FIRST_LANGUAGE, Language};

/// The days of a week as Graph names them.
pub(crate) const DAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// Who gets the mail of meetings that a delegate looks after.
pub(crate) const DELIVERY_OPTIONS: [&str; 3] =
    ["sendToDelegateAndInformationToPrincipal", "sendToDelegateAndPrincipal", "sendToDelegateOnly"];

/// When a person works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WorkingHours {
    pub(crate) days: Vec<&'static str>,
    /// The clock's time, such as `08:00:00.0000000`.
    pub(crate) start: String,
    pub(crate) end: String,
    pub(crate) zone: String,
}

/// How a person likes times, dates and words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Preferences {
    /// Windows' or IANA's name of a zone, as it was set.
    pub(crate) zone: String,
    pub(crate) language: Language,
    pub(crate) date_format: String,
    pub(crate) time_format: String,
    pub(crate) hours: WorkingHours,
    pub(crate) delegate_delivery: &'static str,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            zone: "UTC".to_owned(),
            language: FIRST_LANGUAGE,
            date_format: "M/d/yyyy".to_owned(),
            time_format: "h:mm tt".to_owned(),
            hours: WorkingHours {
                days: vec!["monday", "tuesday", "wednesday", "thursday", "friday"],
                start: "08:00:00.0000000".to_owned(),
                end: "17:00:00.0000000".to_owned(),
                zone: "UTC".to_owned(),
            },
            delegate_delivery: "sendToDelegateOnly",
        }
    }
}

//! Words about what went wrong, each with what to do about it.

use mail_core::config::ConfigError;
use mail_core::error::Reason;
use mail_core::protocol::SignInTrouble;

/// Why the server refuses, as the end of a sentence.
pub(in crate::ui) fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Denied => "your account may not do this.".to_owned(),
        Reason::Gone => "it no longer exists.".to_owned(),
        Reason::BadRecipient => "a recipient’s address is not valid.".to_owned(),
        Reason::Quota => "the mailbox is full or its sending limit is reached.".to_owned(),
        Reason::TooLarge => "the message is too large.".to_owned(),
        Reason::Unconfirmed => "the server did not confirm it.".to_owned(),
        Reason::Refused { status, code, request_id } => {
            let request = request_id.as_ref().map(|id| format!(", request {id}")).unwrap_or_default();
            format!("the server refused ({status} {code}{request}).")
        }
    }
}

/// Why the server refuses, as a sentence of its own.
pub(in crate::ui) fn reason_sentence(refusal: &Reason) -> String {
    let mut words = reason(refusal);
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// Why nobody is signed in.
pub(in crate::ui) fn sign_in_trouble(trouble: &SignInTrouble) -> String {
    match trouble {
        SignInTrouble::Declined => "Sign-in was cancelled. Try again when you are ready.".to_owned(),
        SignInTrouble::Unexpected => {
            "This answer does not belong to a sign-in of this browser, or it is too old. Please sign in again."
                .to_owned()
        }
        SignInTrouble::NeedsAdmin => {
            "Your organisation has to approve Petrel first. Ask an administrator, then sign in again.".to_owned()
        }
        SignInTrouble::Forbidden { code } => {
            format!(
                "A policy of your organisation does not allow this sign-in ({code}). Your administrator can tell you more."
            )
        }
        SignInTrouble::Misconfigured { detail } => {
            format!("Petrel is not registered properly here. Give this to whoever runs it: {detail}")
        }
        SignInTrouble::Unreachable => {
            "Microsoft’s sign-in could not be reached. Check the connection, then try again.".to_owned()
        }
        SignInTrouble::SomebodyElse => {
            "You signed in as somebody else than the person whose mail is on this device. Sign in as that person."
                .to_owned()
        }
        SignInTrouble::Invalid { check } => {
            format!("The answer to the sign-in was not valid ({check}). Please sign in again.")
        }
    }
}

/// What is wrong with the settings, around the field's name.
pub(in crate::ui) fn config_problem(error: &ConfigError) -> &'static str {
    match error {
        ConfigError::NotJson => {
            "The file config.json beside this page is missing or cannot be read: it has to be a JSON object."
        }
        ConfigError::Field { .. } => "A field of the file config.json beside this page is missing or cannot be used:",
    }
}

/// The field that is wrong, if one is.
pub(in crate::ui) fn config_field(error: &ConfigError) -> Option<&'static str> {
    match error {
        ConfigError::NotJson => None,
        ConfigError::Field { name, .. } => Some(name),
    }
}

/// What the wrong field should hold.
pub(in crate::ui) fn config_advice(error: &ConfigError) -> Option<String> {
    match error {
        ConfigError::NotJson => None,
        ConfigError::Field { expected, .. } => Some(format!("It should be {expected}.")),
    }
}

//! Why sign-in or renewal failed. Decided by `error`, then by Microsoft's numeric codes; the text may change.
//! Source: Microsoft identity platform, *AADSTS error codes*.

use crate::error::{NetError, Recovery};
use crate::protocol::SignInTrouble;
use std::fmt;
use std::time::Duration;

/// Why sign-in or renewal failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthError {
    /// The authority could not be reached.
    Net(NetError),
    /// Nobody is signed in, or the session is over: the person has to come back.
    SignInNeeded,
    /// The person declined.
    Declined,
    /// An administrator has to approve first.
    NeedsAdmin,
    /// A policy forbids it.
    Forbidden {
        /// Microsoft's code.
        code: String,
    },
    /// The registration or the settings are wrong.
    Misconfigured {
        /// Microsoft's code or our own words.
        detail: String,
    },
    /// The authority is busy.
    Busy {
        /// How long it asked us to wait.
        retry_after: Option<Duration>,
    },
    /// The answer is not one of ours, too old, or was used before.
    Unexpected,
    /// The answer does not hold together: which check failed.
    Invalid(&'static str),
    /// Somebody else came back.
    SomebodyElse,
}

impl AuthError {
    /// Judges what the authority answered: `error` and Microsoft's numeric codes.
    pub fn judge(error: &str, codes: &[u32]) -> Self {
        let named = |code: u32| format!("AADSTS{code}");
        for &code in codes {
            match code {
                65_004 => return Self::Declined,
                65_001 | 90_094 | 90_093 | 90_095 => return Self::NeedsAdmin,
                53_000..=53_003
                | 53_011
                | 530_035
                | 50_105
                | 500_021
                | 500_022
                | 500_212
                | 500_213
                | 50_020
                | 50_034
                | 50_057 => {
                    return Self::Forbidden { code: named(code) };
                }
                50_011 | 9_002_325 | 9_002_326 | 501_481 | 70_011 | 700_016 | 700_025 | 50_194 | 900_144
                | 7_000_218 => {
                    return Self::Misconfigured { detail: named(code) };
                }
                50_033 | 50_087 | 70_012 | 50_196 => return Self::Busy { retry_after: None },
                54_005 => return Self::Unexpected,
                _ => {}
            }
        }
        match error {
            "access_denied" => Self::Declined,
            "temporarily_unavailable" | "server_error" => Self::Busy { retry_after: None },
            "interaction_required" | "login_required" | "invalid_grant" | "bad_token" => Self::SignInNeeded,
            "consent_required" => Self::NeedsAdmin,
            other => {
                Self::Misconfigured { detail: codes.first().map_or_else(|| other.to_owned(), |code| named(*code)) }
            }
        }
    }

    /// What to do about it.
    pub fn recovery(&self) -> Recovery {
        match self {
            Self::Net(_) => Recovery::Offline,
            Self::Busy { retry_after } => Recovery::Retry { after: *retry_after },
            Self::SignInNeeded
            | Self::Declined
            | Self::NeedsAdmin
            | Self::Forbidden { .. }
            | Self::Misconfigured { .. }
            | Self::Unexpected
            | Self::Invalid(_)
            | Self::SomebodyElse => Recovery::SignIn,
        }
    }

    /// What to tell the person who tried to sign in.
    pub fn trouble(&self) -> SignInTrouble {
        match self {
            Self::Net(_) | Self::Busy { .. } => SignInTrouble::Unreachable,
            Self::SignInNeeded | Self::Unexpected => SignInTrouble::Unexpected,
            Self::Declined => SignInTrouble::Declined,
            Self::NeedsAdmin => SignInTrouble::NeedsAdmin,
            Self::Forbidden { code } => SignInTrouble::Forbidden { code: code.clone() },
            Self::Misconfigured { detail } => SignInTrouble::Misconfigured { detail: detail.clone() },
            Self::Invalid(check) => SignInTrouble::Invalid { check: (*check).to_owned() },
            Self::SomebodyElse => SignInTrouble::SomebodyElse,
        }
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Net(error) => error.fmt(formatter),
            Self::SignInNeeded => formatter.write_str("somebody has to sign in"),
            Self::Declined => formatter.write_str("sign-in was declined"),
            Self::NeedsAdmin => formatter.write_str("an administrator has to approve this app"),
            Self::Forbidden { code } => write!(formatter, "a policy forbids signing in ({code})"),
            Self::Misconfigured { detail } => {
                write!(formatter, "this installation is not registered properly ({detail})")
            }
            Self::Busy { .. } => formatter.write_str("the sign-in service is busy"),
            Self::Unexpected => formatter.write_str("the answer belongs to no sign-in of this browser"),
            Self::Invalid(check) => write!(formatter, "the sign-in answer is not valid ({check})"),
            Self::SomebodyElse => formatter.write_str("somebody else signed in"),
        }
    }
}

impl std::error::Error for AuthError {}

/// Microsoft's codes in a description such as `AADSTS65004: User declined …`.
pub(super) fn codes_in(description: &str) -> Vec<u32> {
    description
        .split("AADSTS")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_decide_before_names_and_names_before_words() {
        for (error, description, judged) in [
            ("access_denied", "AADSTS65004: User declined to consent", AuthError::Declined),
            ("access_denied", "", AuthError::Declined),
            ("interaction_required", "AADSTS65001: no consent", AuthError::NeedsAdmin),
            (
                "invalid_grant",
                "AADSTS700084: The refresh token was issued to a single page app",
                AuthError::SignInNeeded,
            ),
            ("invalid_grant", "AADSTS54005: OAuth2 Authorization code was already redeemed", AuthError::Unexpected),
            (
                "access_denied",
                "AADSTS53003: Access has been blocked",
                AuthError::Forbidden { code: "AADSTS53003".to_owned() },
            ),
            (
                "invalid_request",
                "AADSTS50011: The redirect URI",
                AuthError::Misconfigured { detail: "AADSTS50011".to_owned() },
            ),
            ("server_error", "", AuthError::Busy { retry_after: None }),
            ("something_new", "no code", AuthError::Misconfigured { detail: "something_new".to_owned() }),
        ] {
            assert_eq!(AuthError::judge(error, &codes_in(description)), judged, "{error} {description}");
        }
    }
}

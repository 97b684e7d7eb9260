//! What Graph refuses, and what to do about it. Decided by status and code, never by the message's words.
//! Source: Microsoft Graph, *Error responses and resource types*; *Throttling guidance*; observed codes.

use crate::error::{Reason, Recovery};
use serde::Deserialize;
use std::fmt;
use std::time::Duration;

/// An answer that is not the one asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GraphError {
    /// Graph refused.
    Refused {
        /// HTTP status.
        status: u16,
        /// Graph's error code, as it spelled it; empty when the body was not Graph's.
        code: String,
        /// How long it asked us to wait.
        retry_after: Option<Duration>,
        /// The id Microsoft's support asks for.
        request_id: Option<String>,
    },
    /// The answer is not what the operation returns: truncated, another type, a captive portal's page.
    Malformed {
        /// What was being read.
        what: &'static str,
    },
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorDetail {
    #[serde(default)]
    code: String,
    #[serde(default)]
    inner_error: Option<InnerError>,
}

#[derive(Deserialize)]
struct InnerError {
    #[serde(rename = "request-id")]
    request_id: Option<String>,
}

const REQUEST_ID: http::HeaderName = http::HeaderName::from_static("request-id");

impl GraphError {
    /// Reads a refusal.
    pub fn of(response: &http::Response<Vec<u8>>) -> Self {
        let body = crate::json::read::<ErrorBody>(response.body()).map(|body| body.error);
        let header = |name: &http::HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
        let named =
            body.as_ref().and_then(|error| error.inner_error.as_ref()).and_then(|inner| inner.request_id.clone());
        Self::Refused {
            status: response.status().as_u16(),
            code: body.map(|error| error.code).unwrap_or_default(),
            retry_after: header(&http::header::RETRY_AFTER).and_then(wait),
            request_id: named.or_else(|| header(&REQUEST_ID).map(str::to_owned)),
        }
    }

    /// What to do about it.
    pub fn recovery(&self) -> Recovery {
        let Self::Refused { status, code, retry_after, request_id } = self else {
            return Recovery::Retry { after: None };
        };
        let is = |name: &str| code.eq_ignore_ascii_case(name);
        if lost_cursor(*status, code) {
            return Recovery::Resync;
        }
        let refused = || Reason::Refused { status: *status, code: code.clone(), request_id: request_id.clone() };
        let quota = is("ErrorQuotaExceeded") || is("ErrorMessageSubmissionBlocked") || is("ErrorExceededMessageLimit");
        match *status {
            _ if quota => Recovery::Blocked(Reason::Quota),
            401 => Recovery::Renew,
            404 => Recovery::Gone,
            408 | 409 | 412 | 423 | 429 | 500..=599 if !is("ErrorFolderExists") => {
                Recovery::Retry { after: *retry_after }
            }
            413 => Recovery::Blocked(Reason::TooLarge),
            _ if is("ErrorInvalidRecipients") => Recovery::Blocked(Reason::BadRecipient),
            _ if is("ErrorMessageSizeExceeded") => Recovery::Blocked(Reason::TooLarge),
            403 => Recovery::Blocked(Reason::Denied),
            _ => Recovery::Blocked(refused()),
        }
    }

    /// Whether the server may have done what was asked all the same: anything that is not a plain refusal.
    pub fn is_ambiguous(&self) -> bool {
        match self {
            Self::Malformed { .. } => true,
            Self::Refused { status, .. } => matches!(status, 408 | 409 | 423 | 429 | 500..=599) || *status < 300,
        }
    }
}

/// A delta link that is no longer known: 410, or a 40x with one of these codes.
fn lost_cursor(status: u16, code: &str) -> bool {
    let named = ["SyncStateNotFound", "SyncStateInvalid", "ResyncRequired"]
        .iter()
        .any(|known| code.eq_ignore_ascii_case(known));
    status == 410 || (named && (400..500).contains(&status))
}

/// Reads `Retry-After` in seconds, whole or rounded up. A date is left to our own back-off: browsers
/// rarely show the header at all.
fn wait(value: &str) -> Option<Duration> {
    let (whole, part) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    if !part.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let begun = u64::from(part.bytes().any(|digit| digit != b'0'));
    whole.parse::<u64>().ok().map(|seconds| Duration::from_secs(seconds.saturating_add(begun)))
}

impl fmt::Display for GraphError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { status, code, request_id, .. } => {
                write!(formatter, "Graph answered {status} {code}")?;
                request_id.as_ref().map_or(Ok(()), |id| write!(formatter, " (request {id})"))
            }
            Self::Malformed { what } => write!(formatter, "the answer to {what} could not be read"),
        }
    }
}

impl std::error::Error for GraphError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, body: &str, retry: Option<&str>) -> GraphError {
        let mut builder = http::Response::builder().status(status);
        if let Some(value) = retry {
            builder = builder.header("Retry-After", value);
        }
        GraphError::of(&builder.body(body.as_bytes().to_vec()).unwrap())
    }

    fn code(code: &str) -> String {
        format!(r#"{{"error":{{"code":"{code}","message":"…","innerError":{{"request-id":"r1"}}}}}}"#)
    }

    #[test]
    fn each_refusal_says_what_to_do() {
        let cases = [
            (401, "InvalidAuthenticationToken", Recovery::Renew),
            (403, "ErrorAccessDenied", Recovery::Blocked(Reason::Denied)),
            (404, "ErrorItemNotFound", Recovery::Gone),
            (410, "SyncStateNotFound", Recovery::Resync),
            (400, "syncstatenotfound", Recovery::Resync),
            (412, "ErrorIrresolvableConflict", Recovery::Retry { after: None }),
            (400, "ErrorInvalidRecipients", Recovery::Blocked(Reason::BadRecipient)),
            (
                400,
                "ErrorInvalidIdMalformed",
                Recovery::Blocked(Reason::Refused {
                    status: 400,
                    code: "ErrorInvalidIdMalformed".to_owned(),
                    request_id: Some("r1".to_owned()),
                }),
            ),
        ];
        for (status, name, recovery) in cases {
            assert_eq!(refusal(status, &code(name), None).recovery(), recovery, "{status} {name}");
        }
    }

    #[test]
    fn the_wait_may_be_fractional_or_unreadable() {
        let after = |value| refusal(429, "", Some(value)).recovery();
        assert_eq!(after("2.5"), Recovery::Retry { after: Some(Duration::from_secs(3)) }, "rounded up");
        assert_eq!(after("0.0"), Recovery::Retry { after: Some(Duration::ZERO) });
        assert_eq!(after("1.x"), Recovery::Retry { after: None });
        assert_eq!(after("-1"), Recovery::Retry { after: None });
        assert_eq!(after("Mon, 23 Nov 2026 09:00:00 GMT"), Recovery::Retry { after: None });
    }

    #[test]
    fn a_page_of_html_is_a_refusal_without_a_code() {
        let GraphError::Refused { status, code, .. } = refusal(502, "<html>Bad gateway</html>", None) else {
            panic!("not a refusal")
        };
        assert_eq!((status, code.as_str()), (502, ""));
    }
}

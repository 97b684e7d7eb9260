//! What the authority put into the fragment when it sent the person back.

use super::error::{AuthError, codes_in};

/// What came back.
#[derive(Clone, PartialEq, Eq)]
pub enum Returned {
    /// A code to exchange. A secret until it is used.
    Code {
        /// Ties it to a request.
        state: String,
        /// The authorization code.
        code: String,
    },
    /// A refusal.
    Refused {
        /// Ties it to a request.
        state: String,
        /// Why.
        error: AuthError,
    },
}

/// Reads a fragment (without its `#`). `None`: it is not an answer to a sign-in.
pub fn returned(fragment: &str) -> Option<Returned> {
    let (mut state, mut code, mut error, mut description) = (None, None, None, String::new());
    for pair in fragment.split('&') {
        let (name, value) = pair.split_once('=')?;
        let value = unescape(value);
        match name {
            "state" => state = Some(value),
            "code" => code = Some(value),
            "error" => error = Some(value),
            "error_description" => description = value,
            _ => {}
        }
    }
    match (state, code, error) {
        (state, _, Some(error)) => Some(Returned::Refused {
            state: state.unwrap_or_default(),
            error: AuthError::judge(&error, &codes_in(&description)),
        }),
        (Some(state), Some(code), None) => Some(Returned::Code { state, code }),
        _ => None,
    }
}

/// Undoes form escaping. Broken escapes are kept as they are.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let escaped = (byte == b'%').then(|| {
            let mut ahead = rest.clone();
            let digits = [ahead.next()?, ahead.next()?];
            let value = u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?;
            rest = ahead;
            Some(value)
        });
        bytes.push(match escaped.flatten() {
            Some(value) => value,
            None if byte == b'+' => b' ',
            None => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_a_refusal_and_a_route_are_told_apart() {
        assert!(
            matches!(returned("code=0.A%2Bb&state=s%201&session_state=x"), Some(Returned::Code { state, code }) if state == "s 1" && code == "0.A+b")
        );
        assert!(matches!(
            returned("error=access_denied&error_description=AADSTS65004%3a+User&state=s"),
            Some(Returned::Refused { error: AuthError::Declined, .. })
        ));
        assert!(returned("").is_none());
        assert!(returned("/folder/message").is_none());
        assert!(returned("code=only").is_none());
    }

    #[test]
    fn broken_escapes_are_kept() {
        assert_eq!(unescape("100%+%4"), "100% %4");
        assert_eq!(unescape("%ff"), "\u{fffd}");
    }
}

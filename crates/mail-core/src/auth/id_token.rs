//! The id token: who signed in. It came over TLS from the token endpoint, so that its claims are checked
//! and its signature, which would prove nothing more to a public client, is not.
//! Source: Microsoft identity platform, *ID tokens* and *Validate tokens*.

use super::error::AuthError;
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// How far clocks may differ, in seconds.
const SKEW: i64 = 300;

/// What the token says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Claims {
    aud: String,
    iss: String,
    exp: i64,
    #[serde(default)]
    nbf: i64,
    nonce: Option<String>,
    /// The tenant.
    pub tid: String,
    /// The person, within the tenant.
    pub oid: String,
    /// The name to show.
    pub name: Option<String>,
    /// The sign-in name.
    pub preferred_username: Option<String>,
    /// Opaque hint that skips the account choice.
    pub login_hint: Option<String>,
}

/// What the token has to say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Our client id.
    pub client_id: &'a str,
    /// The nonce of the request; `None` for a renewal, which has none.
    pub nonce: Option<&'a str>,
    /// The issuer of the discovery document; it may hold `{tenantid}`.
    pub issuer: &'a str,
    /// The time.
    pub now: Timestamp,
}

impl Claims {
    /// Reads and checks a token.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] with the first check that fails.
    pub fn check(token: &str, expected: Expected<'_>) -> Result<Self, AuthError> {
        let payload = token.split('.').nth(1).ok_or(AuthError::Invalid("form"))?;
        let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).map_err(|_| AuthError::Invalid("form"))?;
        let claims: Self = crate::json::read(&bytes).ok_or(AuthError::Invalid("claims"))?;
        let now = expected.now.millis() / 1000;
        let is_renewal = expected.nonce.is_none();
        let checks = [
            (claims.aud == expected.client_id, "audience"),
            (claims.iss == expected.issuer.replace("{tenantid}", &claims.tid), "issuer"),
            // A nonce nobody asked for is as wrong as a missing one.
            (expected.nonce.is_none() || claims.nonce.as_deref() == expected.nonce, "nonce"),
            // A renewal came this moment, from the authority itself: where the times differ, our own clock is wrong.
            (is_renewal || claims.exp + SKEW > now, "expiry"),
            (is_renewal || claims.nbf - SKEW <= now, "not valid yet"),
            (!claims.tid.is_empty() && !claims.oid.is_empty(), "account"),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, check)) => Err(AuthError::Invalid(check)),
            None => Ok(claims),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const ISSUER: &str = "https://login/{tenantid}/v2.0";

    fn check(change: impl Fn(&mut Value)) -> Result<Claims, AuthError> {
        check_at(Some("n"), Timestamp::from_millis(1_500_000), change)
    }

    fn check_at(nonce: Option<&str>, now: Timestamp, change: impl Fn(&mut Value)) -> Result<Claims, AuthError> {
        let mut claims = json!({ "aud": "me", "iss": "https://login/t1/v2.0", "exp": 2000, "nbf": 1000, "nonce": "n", "tid": "t1", "oid": "o1" });
        change(&mut claims);
        let token = format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims.to_string()));
        Claims::check(&token, Expected { client_id: "me", nonce, issuer: ISSUER, now })
    }

    #[test]
    fn a_wrong_clock_ends_no_session() {
        for now in [0, 500_000, 90_000_000] {
            assert!(check_at(None, Timestamp::from_millis(now), |_| {}).is_ok(), "{now}");
        }
    }

    #[test]
    fn a_good_token_names_the_person() {
        let claims = check(|_| {}).unwrap();
        assert_eq!((claims.tid.as_str(), claims.oid.as_str()), ("t1", "o1"));
    }

    #[test]
    fn each_wrong_claim_is_refused_by_name() {
        for (name, value, check_name) in [
            ("aud", json!("other"), "audience"),
            ("iss", json!("https://login/t2/v2.0"), "issuer"),
            ("nonce", json!("m"), "nonce"),
            ("nonce", Value::Null, "nonce"),
            ("exp", json!(1000), "expiry"),
            ("nbf", json!(9999), "not valid yet"),
            ("oid", json!(""), "account"),
            ("exp", json!("soon"), "claims"),
        ] {
            assert_eq!(check(|claims| claims[name] = value.clone()), Err(AuthError::Invalid(check_name)), "{name}");
        }
        let none = Claims::check("x", Expected { client_id: "", nonce: None, issuer: "", now: Timestamp::default() });
        assert_eq!(none, Err(AuthError::Invalid("form")));
    }
}

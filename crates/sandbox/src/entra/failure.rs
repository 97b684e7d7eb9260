//! Entra's errors: a short word for programs, a numbered sentence for people.
//! Microsoft says the sentence may change, so clients must read the word and the number.

use serde_json::json;

use crate::sandbox::Sandbox;
use crate::time::iso;
use crate::web::{self, Answer};

/// A refusal of the sign-in service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    MissingParameter(&'static str),
    UnsupportedGrant,
    NotCrossOrigin,
    CodeUnknown,
    CodeUsed,
    CodeExpired,
    RedirectMismatch,
    VerifierMissing,
    VerifierWrong,
    ClientMismatch,
    RefreshUnknown,
    RefreshExpired,
    SecretRefused,
    ScopeUnknown,
}

impl Failure {
    fn parts(self) -> (&'static str, u32, String) {
        let said = |error, code, text: &str| (error, code, text.to_owned());
        match self {
            Self::MissingParameter(name) => (
                "invalid_request",
                900_144,
                format!("The request body must contain the following parameter: '{name}'."),
            ),
            Self::UnsupportedGrant => {
                said("unsupported_grant_type", 70_003, "The app requested an unsupported grant type.")
            }
            Self::NotCrossOrigin => said(
                "invalid_request",
                9_002_327,
                "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.",
            ),
            Self::CodeUnknown => {
                said("invalid_grant", 70_000, "The provided value for the input parameter 'code' is not valid.")
            }
            Self::CodeUsed => said(
                "invalid_grant",
                54_005,
                "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
            ),
            Self::CodeExpired => said(
                "invalid_grant",
                70_008,
                "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
            ),
            Self::RedirectMismatch => said(
                "invalid_client",
                500_112,
                "The reply address does not match the reply address provided when requesting the authorization code.",
            ),
            Self::VerifierMissing => said(
                "invalid_request",
                9_002_325,
                "Proof Key for Code Exchange is required for cross-origin authorization code redemption.",
            ),
            Self::VerifierWrong => said(
                "invalid_grant",
                501_481,
                "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
            ),
            Self::ClientMismatch => {
                said("invalid_grant", 70_002, "The code or refresh token was issued to another client.")
            }
            Self::RefreshUnknown => said(
                "invalid_grant",
                70_000,
                "The provided value for the input parameter 'refresh_token' is not valid.",
            ),
            Self::RefreshExpired => said(
                "invalid_grant",
                700_084,
                "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page.",
            ),
            Self::SecretRefused => said(
                "invalid_request",
                700_025,
                "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
            ),
            Self::ScopeUnknown => {
                said("invalid_scope", 70_011, "The provided value for the input parameter 'scope' is not valid.")
            }
        }
    }

    /// The JSON answer of the token endpoint.
    pub(super) fn answer(self, sandbox: &mut Sandbox, now_ms: i64) -> Answer {
        let (error, code, text) = self.parts();
        answer(sandbox, error, code, &text, now_ms)
    }
}

/// An error answer with Entra's usual companions.
fn answer(sandbox: &mut Sandbox, error: &str, code: u32, text: &str, now_ms: i64) -> Answer {
    let trace = sandbox.fresh_guid("trace");
    let correlation = sandbox.fresh_guid("correlation");
    let stamp = iso(now_ms).replace('T', " ");
    let description =
        format!("AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}");
    let mut body = json!({
        "error": error,
        "error_description": description,
        "error_codes": [code],
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": format!("{}/error?code={code}", sandbox.origins().entra),
    });
    if code == 700_084
        && let Some(object) = body.as_object_mut()
    {
        object.insert("suberror".to_owned(), json!("bad_token"));
    }
    let mut answer = web::json(400, &body);
    web::set(&mut answer, "cache-control", "no-store, no-cache");
    answer
}

/// The answer for a tenant that does not exist.
pub(super) fn tenant_unknown(sandbox: &mut Sandbox, tenant: &str, now_ms: i64) -> Answer {
    let text = format!("Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID.");
    answer(sandbox, "invalid_tenant", 90_002, &text, now_ms)
}

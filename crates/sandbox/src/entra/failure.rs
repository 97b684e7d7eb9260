//! Entra's refusals, as JSON of the token endpoint and as parameters of a redirect.
//! What each is called stands in the catalogue; here is what it is about and how it is told.

use serde_json::{Value, json};

use crate::entra::catalogue::{self, Row};
use crate::sandbox::Sandbox;
use crate::time::iso;
use crate::web::{self, Answer};

/// A refusal of the sign-in service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    MissingParameter(&'static str),
    OnlyPost(String),
    UnsupportedGrant,
    /// A public client tried a grant that needs a secret.
    ConfidentialGrant,
    SecretWrong,
    NotCrossOrigin,
    CrossOrigin(String),
    CodeUnknown,
    CodeUsed,
    CodeExpired,
    RedirectMismatch,
    RedirectUnknown(String),
    PkceMissing,
    ChallengeMalformed,
    VerifierWrong,
    ClientMismatch,
    RefreshUnknown,
    RefreshExpired,
    SecretRefused,
    ScopeInvalid,
    ScopeNamesNothing(String),
    SeveralResources,
    ResourceUnknown(String),
    ResponseType(String),
    TokenResponse,
    IdTokenResponse,
    ResponseMode(String),
    BadParameter(String),
    ApplicationUnknown(String),
    SingleTenant(String),
    TenantUnknown(String),
    NobodySignedIn,
    SeveralAccounts,
    NotConsented(String),
    Declined,
    AdministratorNeeded,
    NotAdministrator,
    ForeignUser(&'static str),
    UserUnknown(String),
    RequestLoop,
    /// A trouble that a person is in.
    Condition(u32),
    /// What a claims challenge wants can only be had on the page.
    Challenged(String),
    /// What a test ordered.
    Ordered {
        code: u32,
        /// Other words than the catalogue's.
        error: Option<String>,
        suberror: Option<String>,
        claims: Option<String>,
        retry_after_s: Option<i64>,
    },
}

/// A refusal in the words of one answer.
struct Told {
    row: &'static Row,
    description: String,
    stamp: String,
    trace: String,
    correlation: String,
}

impl Failure {
    pub(super) fn code(&self) -> u32 {
        match self {
            Self::MissingParameter(_) => 900_144,
            Self::OnlyPost(_) => 900_561,
            Self::UnsupportedGrant => 70_003,
            Self::ConfidentialGrant => 7_000_218,
            Self::SecretWrong => 7_000_215,
            Self::NotCrossOrigin => 9_002_327,
            Self::CrossOrigin(_) => 9_002_326,
            Self::CodeUnknown | Self::RefreshUnknown => 70_000,
            Self::CodeUsed => 54_005,
            Self::CodeExpired => 70_008,
            Self::RedirectMismatch => 500_112,
            Self::RedirectUnknown(_) => 50_011,
            Self::PkceMissing => 9_002_325,
            Self::ChallengeMalformed => 501_491,
            Self::VerifierWrong => 501_481,
            Self::ClientMismatch => 70_002,
            Self::RefreshExpired => 700_084,
            Self::SecretRefused => 700_025,
            Self::ScopeInvalid => 70_011,
            Self::ScopeNamesNothing(_) => 650_053,
            Self::SeveralResources => 28_000,
            Self::ResourceUnknown(_) => 500_011,
            Self::ResponseType(_) => 70_005,
            Self::TokenResponse => 700_051,
            Self::IdTokenResponse => 700_054,
            Self::ResponseMode(_) => 70_007,
            Self::BadParameter(_) => 90_023,
            Self::ApplicationUnknown(_) => 700_016,
            Self::SingleTenant(_) => 50_194,
            Self::TenantUnknown(_) => 90_002,
            Self::NobodySignedIn => 50_058,
            Self::SeveralAccounts => 16_000,
            Self::NotConsented(_) => 65_001,
            Self::Declined => 65_004,
            Self::AdministratorNeeded => 90_094,
            Self::NotAdministrator => 90_093,
            Self::ForeignUser(_) => 50_020,
            Self::UserUnknown(_) => 50_034,
            Self::RequestLoop => 50_196,
            Self::Challenged(_) => 50_076,
            Self::Condition(code) | Self::Ordered { code, .. } => *code,
        }
    }

    /// What the sentence is about, for the place that it leaves open.
    fn about(&self) -> &str {
        match self {
            Self::MissingParameter(text) | Self::ForeignUser(text) => text,
            Self::CodeUnknown => "code",
            Self::RefreshUnknown => "refresh_token",
            Self::OnlyPost(text)
            | Self::CrossOrigin(text)
            | Self::RedirectUnknown(text)
            | Self::ScopeNamesNothing(text)
            | Self::ResourceUnknown(text)
            | Self::ResponseType(text)
            | Self::ResponseMode(text)
            | Self::BadParameter(text)
            | Self::ApplicationUnknown(text)
            | Self::SingleTenant(text)
            | Self::TenantUnknown(text)
            | Self::NotConsented(text)
            | Self::UserUnknown(text) => text,
            Self::UnsupportedGrant
            | Self::ConfidentialGrant
            | Self::SecretWrong
            | Self::NotCrossOrigin
            | Self::CodeUsed
            | Self::CodeExpired
            | Self::RedirectMismatch
            | Self::PkceMissing
            | Self::ChallengeMalformed
            | Self::VerifierWrong
            | Self::ClientMismatch
            | Self::RefreshExpired
            | Self::SecretRefused
            | Self::ScopeInvalid
            | Self::SeveralResources
            | Self::TokenResponse
            | Self::IdTokenResponse
            | Self::NobodySignedIn
            | Self::SeveralAccounts
            | Self::Declined
            | Self::AdministratorNeeded
            | Self::NotAdministrator
            | Self::RequestLoop
            | Self::Condition(_)
            | Self::Challenged(_)
            | Self::Ordered { .. } => "",
        }
    }

    /// The claims that the next sign-in must ask for.
    fn claims(&self) -> Option<&str> {
        if let Self::Challenged(claims) = self {
            return Some(claims);
        }
        if let Self::Ordered { claims, .. } = self { claims.as_deref() } else { None }
    }

    /// `error` and `suberror`; the words that a test ordered come before `usual` ones.
    fn words(&self, usual: &'static str, row: &'static Row) -> (String, String) {
        let (error, suberror) = if let Self::Ordered { error, suberror, .. } = self {
            (error.clone(), suberror.clone())
        } else {
            (None, None)
        };
        (error.unwrap_or_else(|| usual.to_owned()), suberror.unwrap_or_else(|| row.suberror.to_owned()))
    }

    fn retry_after_s(&self) -> Option<i64> {
        if let Self::Ordered { retry_after_s, .. } = self { *retry_after_s } else { None }
    }

    fn tell(&self, sandbox: &mut Sandbox, correlation: Option<&str>, now_ms: i64) -> Told {
        // Whoever orders an error names one of the catalogue, and every variant has its row.
        let row = catalogue::find(self.code()).unwrap_or(&catalogue::UNKNOWN);
        let text = row.text.replace("{}", self.about());
        let trace = sandbox.fresh_guid("trace");
        let correlation = correlation.map_or_else(|| sandbox.fresh_guid("correlation"), str::to_owned);
        let stamp = iso(now_ms).replace('T', " ");
        let description =
            format!("AADSTS{}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}", self.code());
        Told { row, description, stamp, trace, correlation }
    }

    /// The JSON answer of the token endpoint and its like.
    pub(super) fn answer(&self, sandbox: &mut Sandbox, correlation: Option<&str>, now_ms: i64) -> Answer {
        let told = self.tell(sandbox, correlation, now_ms);
        let (error, suberror) = self.words(told.row.error, told.row);
        let mut body = json!({
            "error": error,
            "error_description": told.description,
            "error_codes": [self.code()],
            "timestamp": told.stamp,
            "trace_id": told.trace,
            "correlation_id": told.correlation,
            "error_uri": error_uri(sandbox, self.code()),
        });
        if let Some(object) = body.as_object_mut() {
            if !suberror.is_empty() {
                object.insert("suberror".to_owned(), json!(suberror));
            }
            if let Some(claims) = self.claims() {
                object.insert("claims".to_owned(), Value::from(claims));
            }
        }
        let mut answer = web::json(told.row.status, &body);
        web::set(&mut answer, "cache-control", "no-store, no-cache");
        web::set(&mut answer, "x-ms-request-id", &told.trace);
        if let Some(seconds) = self.retry_after_s() {
            web::set(&mut answer, "retry-after", &seconds.to_string());
        }
        answer
    }

    /// The parameters of a redirect; the error itself comes first.
    pub(super) fn parameters(
        &self,
        sandbox: &mut Sandbox,
        correlation: Option<&str>,
        now_ms: i64,
    ) -> Vec<(&'static str, String)> {
        let told = self.tell(sandbox, correlation, now_ms);
        let (error, suberror) = self.words(told.row.redirect_error(), told.row);
        let mut parameters = vec![
            ("error", error),
            ("error_description", told.description),
            ("error_uri", error_uri(sandbox, self.code())),
        ];
        if matches!(self, Self::Declined) {
            parameters.push(("error_subcode", "cancel".to_owned()));
        }
        if !suberror.is_empty() {
            parameters.push(("suberror", suberror));
        }
        if let Some(claims) = self.claims() {
            parameters.push(("claims", claims.to_owned()));
        }
        parameters
    }

    /// The sentence for a page.
    pub(super) fn sentence(&self, sandbox: &mut Sandbox, correlation: Option<&str>, now_ms: i64) -> String {
        self.tell(sandbox, correlation, now_ms).description
    }
}

fn error_uri(sandbox: &Sandbox, code: u32) -> String {
    format!("{}/error?code={code}", sandbox.origins().entra)
}

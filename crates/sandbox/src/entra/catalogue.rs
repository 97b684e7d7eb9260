//! Entra's numbered errors: the words for programs, the status, and the sentence for people.
//! Microsoft says the sentences may change, so clients must read the words and the number.

/// One numbered error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) code: u32,
    /// `error` of the token endpoint.
    pub(super) error: &'static str,
    /// `error` of a redirect, where it is another one.
    redirect: &'static str,
    /// `suberror`; empty where there is none.
    pub(super) suberror: &'static str,
    /// Status of the token endpoint.
    pub(super) status: u16,
    /// The sentence; `{}` stands for what it is about.
    pub(super) text: &'static str,
}

impl Row {
    /// `error` of a redirect; a grant cannot be invalid where there is none yet.
    pub(super) fn redirect_error(&self) -> &'static str {
        match (self.redirect, self.error) {
            ("", "invalid_grant") => "interaction_required",
            ("", error) => error,
            (redirect, _) => redirect,
        }
    }
}

/// Who may end the trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// The person, by signing in on the page.
    Interaction,
    /// Somebody else.
    Elsewhere,
}

const fn row(code: u32, error: &'static str, suberror: &'static str, text: &'static str) -> Row {
    Row { code, error, redirect: "", suberror, status: 400, text }
}

const fn blocked(code: u32, text: &'static str) -> Row {
    Row { code, error: "invalid_grant", redirect: "access_denied", suberror: "message_only", status: 400, text }
}

const fn client(code: u32, text: &'static str) -> Row {
    Row { code, error: "invalid_client", redirect: "", suberror: "", status: 401, text }
}

const fn later(code: u32, error: &'static str, status: u16, text: &'static str) -> Row {
    Row { code, error, redirect: "", suberror: "", status, text }
}

/// What is said where no row fits.
pub(super) const UNKNOWN: Row = later(90_033, "temporarily_unavailable", 503, "A transient error has occurred.");

/// The row of a code.
pub(super) fn find(code: u32) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.code == code)
}

/// What ends a trouble that a person is in.
pub(super) fn remedy(code: u32) -> Remedy {
    match code {
        50_055 | 50_072 | 50_074 | 50_076 | 50_078 | 50_079 | 16_000 | 50_058 | 50_089 | 50_132 | 50_133 | 50_173
        | 65_001 | 70_008 | 70_043 | 700_082 | 700_084 => Remedy::Interaction,
        _ => Remedy::Elsewhere,
    }
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // The person has to come back.
    row(16_000, "interaction_required", "", "Either multiple user identities are available for the current request or selected account is not supported for the scenario."),
    row(50_055, "invalid_grant", "user_password_expired", "The password is expired."),
    row(50_058, "login_required", "", "A silent sign-in request was sent but no user is signed in."),
    row(50_072, "interaction_required", "basic_action", "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '00000003-0000-0000-c000-000000000000'."),
    row(50_074, "interaction_required", "basic_action", "Strong Authentication is required."),
    row(50_076, "interaction_required", "basic_action", "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'."),
    row(50_078, "interaction_required", "basic_action", "Presented multi-factor authentication has expired due to policies configured by your administrator, you must refresh your multi-factor authentication to access '00000003-0000-0000-c000-000000000000'."),
    row(50_079, "interaction_required", "basic_action", "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '00000003-0000-0000-c000-000000000000'."),
    row(50_089, "invalid_grant", "", "Authentication failed due to flow token expired."),
    row(50_132, "invalid_grant", "", "The session is not valid due to password expiration or recent password change."),
    row(50_133, "invalid_grant", "", "The session is not valid due to password expiration or recent password change."),
    row(50_173, "invalid_grant", "bad_token", "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password."),
    row(70_008, "invalid_grant", "", "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource."),
    row(70_043, "invalid_grant", "bad_token", "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access."),
    row(700_082, "invalid_grant", "bad_token", "The refresh token has expired due to inactivity."),
    row(700_084, "invalid_grant", "bad_token", "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page."),
    // Consent.
    row(65_001, "invalid_grant", "consent_required", "The user or administrator has not consented to use the application with ID '{}'. Send an interactive authorization request for this user and resource."),
    row(65_004, "access_denied", "", "User declined to consent to access the app."),
    row(90_093, "consent_required", "", "This operation can only be performed by an administrator. Sign out and sign in as an administrator."),
    row(90_094, "consent_required", "", "The grant requires administrator permission. Ask your administrator to grant permission to this app."),
    row(90_095, "consent_required", "", "Admin consent is required. An administrator has to review the request."),
    // Blocked by policy.
    blocked(50_020, "User account '{}' does not exist in this tenant and cannot access the application in it. The account needs to be added as an external user in the tenant first."),
    blocked(50_034, "The user account '{}' does not exist in the directory. To sign into this application, the account must be added to the directory."),
    blocked(50_057, "The user account is disabled."),
    blocked(50_105, "Your administrator has configured the application to block users unless they are specifically granted access to the application. The signed in user is blocked because they are not a direct member of a group with access."),
    blocked(53_000, "Your device is required to be managed to access this resource."),
    blocked(53_001, "Your device is required to be domain joined to access this resource."),
    blocked(53_002, "The app used is not an approved app for Conditional Access."),
    blocked(53_003, "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."),
    blocked(53_011, "User blocked due to risk on home tenant."),
    blocked(500_021, "Access to the tenant is denied by the tenant restrictions of the network."),
    blocked(500_022, "Access to the tenant is denied; the tenant restrictions header is not correct."),
    blocked(500_212, "The user's administrator has set an outbound access policy that does not allow access to the resource tenant."),
    blocked(500_213, "The resource tenant's cross-tenant access policy does not allow this user to access this tenant."),
    blocked(530_035, "Access has been blocked by security defaults."),
    // Our configuration.
    row(28_000, "invalid_request", "", "Provided value for the input parameter scope is not valid because it contains more than one resource."),
    row(50_011, "invalid_request", "", "The redirect URI '{}' specified in the request does not match the redirect URIs configured for the application."),
    row(50_194, "invalid_request", "", "Application '{}' is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps. Use a tenant-specific endpoint or configure the application to be multi-tenant."),
    row(70_005, "unsupported_response_type", "", "The response_type '{}' is not supported."),
    row(70_007, "invalid_request", "", "'{}' is not a supported value of 'response_mode'."),
    row(70_011, "invalid_scope", "", "The provided value for the input parameter 'scope' is not valid."),
    row(90_002, "invalid_tenant", "", "Tenant '{}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."),
    row(90_014, "invalid_request", "", "The required field '{}' is missing from the credential. Ensure that you have all the necessary parameters for the login request."),
    row(90_023, "invalid_request", "", "Invalid request. {}"),
    row(500_011, "invalid_resource", "", "The resource principal named {} was not found in the tenant. This can happen if the application has not been installed by the administrator of the tenant."),
    row(500_112, "invalid_client", "", "The reply address does not match the reply address provided when requesting the authorization code."),
    row(501_481, "invalid_grant", "", "The Code_Verifier does not match the code_challenge supplied in the authorization request."),
    row(501_491, "invalid_request", "", "Invalid size of Code_Challenge parameter."),
    row(650_053, "invalid_client", "", "The application asked for scope '{}' that doesn't exist on the resource '00000003-0000-0000-c000-000000000000'. Contact the app vendor."),
    row(700_016, "unauthorized_client", "", "Application with identifier '{}' was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant."),
    row(700_025, "invalid_request", "", "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."),
    row(700_051, "unsupported_response_type", "", "response_type 'token' is not enabled for the application."),
    row(700_054, "unsupported_response_type", "", "response_type 'id_token' is not enabled for the application."),
    row(900_144, "invalid_request", "", "The request body must contain the following parameter: '{}'."),
    row(900_561, "invalid_request", "", "The endpoint only accepts POST requests. Received a {} request."),
    row(9_002_325, "invalid_request", "", "Proof Key for Code Exchange is required for cross-origin authorization code redemption."),
    row(9_002_326, "invalid_request", "", "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '{}'."),
    row(9_002_327, "invalid_request", "", "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests."),
    client(7_000_215, "Invalid client secret provided."),
    client(7_000_218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."),
    // Codes and grants.
    row(54_005, "invalid_grant", "", "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token."),
    row(70_000, "invalid_grant", "", "The provided value for the input parameter '{}' is not valid."),
    row(70_002, "invalid_grant", "", "The code or refresh token was issued to another client."),
    row(70_003, "unsupported_grant_type", "", "The app requested an unsupported grant type."),
    // Later, or never again.
    row(50_196, "invalid_grant", "", "The server terminated an operation because it encountered a client request loop. Please contact your app vendor."),
    later(50_033, "temporarily_unavailable", 503, "A retryable error has occurred."),
    later(50_087, "temporarily_unavailable", 503, "A transient error has occurred. Please try again."),
    later(70_012, "server_error", 500, "A server error occurred while authenticating a Microsoft account user."),
    later(90_033, "temporarily_unavailable", 503, "A transient error has occurred. Please try again."),
    later(90_055, "temporarily_unavailable", 429, "The server is temporarily too busy to handle the request. Please try again later."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_row() {
        let mut codes: Vec<u32> = ROWS.iter().map(|row| row.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ROWS.len());
    }
}

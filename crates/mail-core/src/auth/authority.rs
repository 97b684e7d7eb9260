//! The authority: where it is, the request that sends a person there, and the exchange of what they bring back.
//! The OAuth requests themselves are the `oauth2` crate's.

use super::error::{AuthError, codes_in};
use super::id_token::{Claims, Expected};
use crate::config::Config;
use crate::graph::account_key;
use crate::model::Account;
use crate::ports::{Http, Random};
use crate::store::{PendingSignIn, RefreshToken};
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth2::basic::BasicTokenType;
use oauth2::{
    AuthUrl, AuthorizationCode, Client, ClientId, CsrfToken, EmptyExtraTokenFields, EndpointNotSet, EndpointSet,
    ErrorResponse, ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, StandardRevocableToken, StandardTokenIntrospectionResponse, StandardTokenResponse,
    TokenResponse as _, TokenUrl,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// A sign-in is to come back within this time.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// A single-page app's refresh token lives this long when the authority does not say.
/// Source: Microsoft identity platform, *Refresh tokens*.
const REFRESH_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// An access token: a secret, printed as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// The token.
    pub secret: String,
    /// When it ends.
    pub expires: Timestamp,
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "AccessToken(***, expires {})", self.expires.to_iso())
    }
}

/// What a sign-in or a renewal brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// For the calls to Graph.
    pub access: AccessToken,
    /// For the next renewal; `None`: keep the one in use.
    pub refresh: Option<RefreshToken>,
    /// Who it is; a renewal need not say.
    pub account: Option<Account>,
}

/// The authority, as its discovery document describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    authorize: String,
    token: String,
    issuer: String,
}

#[derive(Deserialize)]
struct Discovery {
    authorization_endpoint: String,
    token_endpoint: String,
    issuer: String,
}

/// What Entra adds to a token answer.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Extra {
    id_token: Option<String>,
    refresh_token_expires_in: Option<u64>,
}
impl ExtraTokenFields for Extra {}

/// Entra's refusal.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Refusal {
    error: String,
    #[serde(default)]
    error_codes: Vec<u32>,
    #[serde(default)]
    error_description: String,
}
impl ErrorResponse for Refusal {}
impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.error)
    }
}

type Tokens = StandardTokenResponse<Extra, BasicTokenType>;
type OauthClient<Auth, Token> = Client<
    Refusal,
    Tokens,
    StandardTokenIntrospectionResponse<EmptyExtraTokenFields, BasicTokenType>,
    StandardRevocableToken,
    Refusal,
    Auth,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    Token,
>;

/// Asks the authority where it signs people in.
///
/// # Errors
/// [`AuthError::Net`] or [`AuthError::Busy`] to try again; [`AuthError::Misconfigured`] when the answer is not the configured authority's.
pub async fn discover<H: Http>(http: &H, config: &Config) -> Result<Authority, AuthError> {
    let mut request = http::Request::new(Vec::new());
    let url = format!("{}/v2.0/.well-known/openid-configuration", config.authority);
    *request.uri_mut() = url.parse().map_err(|_| misconfigured("the authority is not an address"))?;
    let response = http.send(request).await.map_err(AuthError::Net)?;
    if response.status().is_server_error() || response.status().as_u16() == 429 {
        return Err(AuthError::Busy { retry_after: None });
    }
    let found: Discovery =
        crate::json::read(response.body()).ok_or_else(|| misconfigured("the authority gave no discovery document"))?;
    // Pinned to the configured host, so that a forged or cached document leads nowhere else.
    let host = origin(&config.authority);
    if origin(&found.authorization_endpoint) != host || origin(&found.token_endpoint) != host {
        return Err(misconfigured("the discovery document names another host"));
    }
    Ok(Authority { authorize: found.authorization_endpoint, token: found.token_endpoint, issuer: found.issuer })
}

fn misconfigured(detail: &str) -> AuthError {
    AuthError::Misconfigured { detail: detail.to_owned() }
}

/// Scheme and host of an address.
fn origin(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    Some((scheme, rest.split(['/', '?', '#']).next()?))
}

impl Authority {
    fn client(&self, config: &Config) -> Result<OauthClient<EndpointSet, EndpointSet>, AuthError> {
        let authorize = AuthUrl::new(self.authorize.clone())
            .map_err(|_| misconfigured("the authorize endpoint is not an address"))?;
        let token =
            TokenUrl::new(self.token.clone()).map_err(|_| misconfigured("the token endpoint is not an address"))?;
        Ok(Client::new(ClientId::new(config.client_id.clone())).set_auth_uri(authorize).set_token_uri(token))
    }

    /// Prepares a sign-in: where to send the person, and what to remember until they come back.
    ///
    /// # Errors
    /// [`AuthError::Misconfigured`] when an address is none.
    pub fn begin<R: Random>(
        &self,
        config: &Config,
        random: &R,
        redirect_uri: &str,
        hint: Option<&str>,
        now: Timestamp,
    ) -> Result<(String, PendingSignIn), AuthError> {
        let secret = || {
            let mut bytes = [0; 32];
            random.fill(&mut bytes);
            URL_SAFE_NO_PAD.encode(bytes)
        };
        let pending = PendingSignIn {
            state: secret(),
            nonce: secret(),
            verifier: secret(),
            redirect_uri: redirect_uri.to_owned(),
            began: now,
        };
        let redirect =
            RedirectUrl::new(redirect_uri.to_owned()).map_err(|_| misconfigured("the redirect address is none"))?;
        let client = self.client(config)?.set_redirect_uri(redirect);
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(pending.verifier.clone()));
        let request = client
            .authorize_url(|| CsrfToken::new(pending.state.clone()))
            .add_scopes(config.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge)
            .add_extra_param("nonce", pending.nonce.clone())
            .add_extra_param("response_mode", "fragment");
        // A hint and the account choice exclude each other.
        let request = match hint {
            Some(hint) => request.add_extra_param("login_hint", hint.to_owned()),
            None => request.add_extra_param("prompt", "select_account"),
        };
        Ok((request.url().0.to_string(), pending))
    }

    /// Exchanges the code of a sign-in that came back.
    ///
    /// # Errors
    /// [`AuthError::Unexpected`] when it took too long; [`AuthError::Invalid`] when the id token fails a check; else what the authority said.
    pub async fn finish<H: Http>(
        &self,
        http: &H,
        config: &Config,
        pending: &PendingSignIn,
        code: String,
        now: Timestamp,
    ) -> Result<SignedIn, AuthError> {
        if now.since(pending.began) > PATIENCE {
            return Err(AuthError::Unexpected);
        }
        let redirect = RedirectUrl::new(pending.redirect_uri.clone())
            .map_err(|_| misconfigured("the redirect address is none"))?;
        let client = self.client(config)?.set_redirect_uri(redirect);
        let exchange = client
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()))
            .add_extra_param("scope", config.scopes.join(" "));
        let tokens =
            exchange.request_async(&|request: HttpRequest| async { send(http, request).await }).await.map_err(judge)?;
        let signed_in = self.read(config, &tokens, Some(&pending.nonce), now)?;
        if signed_in.account.is_none() {
            return Err(AuthError::Invalid("no id token"));
        }
        Ok(signed_in)
    }

    /// Gets a new access token. The old refresh token stays good until the new one is stored.
    ///
    /// # Errors
    /// [`AuthError::SignInNeeded`] when the session is over; else what the authority said.
    pub async fn renew<H: Http>(
        &self,
        http: &H,
        config: &Config,
        refresh: &RefreshToken,
        now: Timestamp,
    ) -> Result<SignedIn, AuthError> {
        if refresh.dies_at <= now {
            return Err(AuthError::SignInNeeded);
        }
        let client = self.client(config)?;
        let token = oauth2::RefreshToken::new(refresh.secret.clone());
        let exchange = client.exchange_refresh_token(&token).add_scopes(config.scopes.iter().cloned().map(Scope::new));
        let tokens =
            exchange.request_async(&|request: HttpRequest| async { send(http, request).await }).await.map_err(judge)?;
        self.read(config, &tokens, None, now)
    }

    fn read(
        &self,
        config: &Config,
        tokens: &Tokens,
        nonce: Option<&str>,
        now: Timestamp,
    ) -> Result<SignedIn, AuthError> {
        let extra = tokens.extra_fields();
        let account = match &extra.id_token {
            Some(token) => {
                let claims =
                    Claims::check(token, Expected { client_id: &config.client_id, nonce, issuer: &self.issuer, now })?;
                Some(Account {
                    key: account_key(&claims.tid, &claims.oid),
                    name: claims.name.unwrap_or_default(),
                    address: claims.preferred_username.unwrap_or_default(),
                    login_hint: claims.login_hint,
                })
            }
            None => None,
        };
        let refresh = tokens.refresh_token().map(|token| RefreshToken {
            secret: token.secret().clone(),
            dies_at: now.after(extra.refresh_token_expires_in.map_or(REFRESH_LIFE, Duration::from_secs)),
        });
        let life = tokens.expires_in().unwrap_or(Duration::from_secs(3600));
        Ok(SignedIn {
            access: AccessToken { secret: tokens.access_token().secret().clone(), expires: now.after(life) },
            refresh,
            account,
        })
    }
}

async fn send<H: Http>(http: &H, request: HttpRequest) -> Result<HttpResponse, crate::error::NetError> {
    http.send(request).await
}

fn judge(error: RequestTokenError<crate::error::NetError, Refusal>) -> AuthError {
    match error {
        RequestTokenError::ServerResponse(refusal) => {
            let codes =
                if refusal.error_codes.is_empty() { codes_in(&refusal.error_description) } else { refusal.error_codes };
            AuthError::judge(&refusal.error, &codes)
        }
        RequestTokenError::Request(error) => AuthError::Net(error),
        // Not OAuth's language: a gateway's page, a captive portal. Worth another try.
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => AuthError::Busy { retry_after: None },
    }
}

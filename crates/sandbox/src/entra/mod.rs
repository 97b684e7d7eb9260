//! Entra ID: discovery, the sign-in page, tokens, sign-out.
//! Codes, PKCE and lifetimes are real; there is no password, because the people are invented.

mod authorize;
mod failure;
mod keys;
mod page;
mod token;

use std::collections::BTreeMap;

use http::{Method, Request};
use serde_json::json;

use crate::people::{Person, TENANT};
use crate::sandbox::Sandbox;
use crate::web::{self, Answer, Pairs, header};

/// An access token's meaning.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) person: &'static Person,
    pub(crate) client: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires_ms: i64,
}

/// A refresh token's meaning; a rotated one inherits `expires_ms`.
#[derive(Clone, Debug)]
struct Refresh {
    person: &'static Person,
    client: String,
    scopes: Vec<String>,
    expires_ms: i64,
}

/// An authorization code that waits to be redeemed, or was.
#[derive(Clone, Debug)]
struct Code {
    person: &'static Person,
    client: String,
    redirect_uri: String,
    challenge: String,
    nonce: Option<String>,
    scopes: Vec<String>,
    expires_ms: i64,
    used: bool,
}

/// Everything the sign-in service remembers.
#[derive(Default)]
pub(crate) struct Entra {
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, Grant>,
    refresh: BTreeMap<String, Refresh>,
    /// Signed-in browsers, by their cookie.
    sessions: BTreeMap<String, &'static Person>,
}

impl Entra {
    pub(crate) fn access(&self, token: &str) -> Option<&Grant> {
        self.access.get(token)
    }

    /// Ends every access token now.
    pub(crate) fn expire_access(&mut self, now_ms: i64) {
        for grant in self.access.values_mut() {
            grant.expires_ms = grant.expires_ms.min(now_ms);
        }
    }

    /// Ends every refresh token now.
    pub(crate) fn expire_refresh(&mut self, now_ms: i64) {
        for refresh in self.refresh.values_mut() {
            refresh.expires_ms = refresh.expires_ms.min(now_ms);
        }
    }

    /// The person of a bearer token, expired or not, for the log.
    pub(crate) fn person_of(&self, token: &str) -> Option<&'static Person> {
        self.access.get(token).map(|grant| grant.person)
    }
}

/// A JWT of the identity platform, signed with the key that it publishes.
pub(crate) fn signed(seed: u64, claims: &serde_json::Value) -> String {
    keys::sign(seed, claims)
}

/// The cookie that stands for a signed-in browser.
const COOKIE: &str = "petrel_sandbox_session";

/// Answers one request to the sign-in service.
pub(crate) fn handle(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, now_ms: i64) -> Answer {
    let segments: Vec<&str> = request.uri().path().split('/').filter(|segment| !segment.is_empty()).collect();
    let Some((tenant, rest)) = segments.split_first() else {
        return web::answer(404, "text/plain; charset=utf-8", b"Not found".to_vec());
    };
    let get = request.method() == Method::GET;
    let post = request.method() == Method::POST;
    if !known_tenant(tenant) {
        return failure::tenant_unknown(sandbox, tenant, now_ms);
    }
    match rest {
        ["v2.0", ".well-known", "openid-configuration"] if get => discovery(sandbox, tenant),
        ["discovery", "v2.0", "keys"] if get => web::json(200, &json!({"keys": [keys::public(sandbox.seed)]})),
        ["oauth2", "v2.0", "authorize"] if get || post => authorize::handle(sandbox, request, tenant, now_ms),
        ["oauth2", "v2.0", "token"] if post => token::handle(sandbox, request, now_ms),
        ["oauth2", "v2.0", "logout"] if get || post => logout(sandbox, request),
        _ => web::answer(404, "text/plain; charset=utf-8", b"Not found".to_vec()),
    }
}

fn known_tenant(tenant: &str) -> bool {
    matches!(tenant, "common" | "organizations" | "petrel.test") || tenant.eq_ignore_ascii_case(TENANT)
}

fn discovery(sandbox: &Sandbox, tenant: &str) -> Answer {
    let base = format!("{}/{tenant}", sandbox.origins().entra);
    // For the shared endpoints the issuer is a template, as at Microsoft.
    let issuer = if matches!(tenant, "common" | "organizations") { "{tenantid}" } else { TENANT };
    web::json(
        200,
        &json!({
            "token_endpoint": format!("{base}/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": format!("{base}/discovery/v2.0/keys"),
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": format!("{}/{issuer}/v2.0", sandbox.origins().entra),
            "request_uri_parameter_supported": false,
            "userinfo_endpoint": format!("{}/oidc/userinfo", sandbox.origins().graph),
            "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
            "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "oid", "login_hint"],
            "tenant_region_scope": null,
            "cloud_instance_name": "localhost",
        }),
    )
}

fn logout(sandbox: &mut Sandbox, request: &Request<Vec<u8>>) -> Answer {
    if let Some(cookie) = session_cookie(request) {
        sandbox.entra.sessions.remove(&cookie);
    }
    let query = Pairs::parse(request.uri().query().unwrap_or_default());
    let back = query.first("post_logout_redirect_uri").filter(|uri| authorize::belongs_to(&sandbox.origins().app, uri));
    let mut answer = match back {
        Some(uri) => {
            let state =
                query.first("state").map_or(String::new(), |state| format!("?state={}", web::percent_encode(state)));
            web::redirect(&format!("{uri}{state}"))
        }
        None => page::signed_out(),
    };
    web::set(&mut answer, "set-cookie", &format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"));
    answer
}

/// The value of the browser's session cookie.
fn session_cookie(request: &Request<Vec<u8>>) -> Option<String> {
    header(request.headers(), "cookie")?
        .split(';')
        .filter_map(|one| one.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value.to_owned())
}

//! The token endpoint: a code and its verifier, or a refresh token, against new tokens.
//! A refresh token lives 24 hours from the sign-in and hands its end on to its successors, as a SPA's does.

use http::Request;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::chance::{base64_url, guid};
use crate::entra::failure::Failure;
use crate::entra::{Grant, Refresh, keys};
use crate::people::{Person, TENANT};
use crate::sandbox::Sandbox;
use crate::web::{self, Answer, Pairs, header};

/// An access token lives an hour, said in seconds in the answer.
const ACCESS_S: i64 = 3600;
const REFRESH_MS: i64 = 86_400_000;
/// Scopes that are for the sign-in service and not for Graph.
const SIGN_IN_SCOPES: [&str; 4] = ["openid", "profile", "offline_access", "email"];

/// What tokens are made for.
struct Issue {
    person: &'static Person,
    client: String,
    /// What the person consented to, for the refresh token.
    consented: Vec<String>,
    /// What this answer grants.
    scopes: Vec<String>,
    nonce: Option<String>,
    refresh_expires_ms: i64,
}

pub(super) fn handle(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, now_ms: i64) -> Answer {
    let form = Pairs::parse(&String::from_utf8_lossy(request.body()));
    let issue = if header(request.headers(), "origin").is_none() {
        Err(Failure::NotCrossOrigin)
    } else if form.first("client_secret").is_some() || form.first("client_assertion").is_some() {
        Err(Failure::SecretRefused)
    } else {
        match form.first("grant_type") {
            Some("authorization_code") => redeem(sandbox, &form, now_ms),
            Some("refresh_token") => refresh(sandbox, &form, now_ms),
            Some(_) => Err(Failure::UnsupportedGrant),
            None => Err(Failure::MissingParameter("grant_type")),
        }
    };
    match issue {
        Ok(issue) => tokens(sandbox, issue, now_ms),
        Err(failure) => failure.answer(sandbox, now_ms),
    }
}

fn needed<'f>(form: &'f Pairs, name: &'static str) -> Result<&'f str, Failure> {
    form.first(name).filter(|value| !value.is_empty()).ok_or(Failure::MissingParameter(name))
}

fn redeem(sandbox: &mut Sandbox, form: &Pairs, now_ms: i64) -> Result<Issue, Failure> {
    let client = needed(form, "client_id")?;
    let name = needed(form, "code")?;
    let redirect_uri = needed(form, "redirect_uri")?;
    let verifier = form.first("code_verifier").ok_or(Failure::VerifierMissing)?;
    let code = sandbox.entra.codes.get_mut(name).ok_or(Failure::CodeUnknown)?;
    if code.used {
        return Err(Failure::CodeUsed);
    }
    if code.expires_ms <= now_ms {
        return Err(Failure::CodeExpired);
    }
    if code.client != client {
        return Err(Failure::ClientMismatch);
    }
    if code.redirect_uri != redirect_uri {
        return Err(Failure::RedirectMismatch);
    }
    if base64_url(&Sha256::digest(verifier.as_bytes())) != code.challenge {
        return Err(Failure::VerifierWrong);
    }
    code.used = true;
    let consented = code.scopes.clone();
    Ok(Issue {
        person: code.person,
        client: client.to_owned(),
        scopes: narrowed(&consented, form)?,
        consented,
        nonce: code.nonce.clone(),
        refresh_expires_ms: now_ms + REFRESH_MS,
    })
}

fn refresh(sandbox: &Sandbox, form: &Pairs, now_ms: i64) -> Result<Issue, Failure> {
    let client = needed(form, "client_id")?;
    let token = needed(form, "refresh_token")?;
    let held = sandbox.entra.refresh.get(token).ok_or(Failure::RefreshUnknown)?;
    if held.client != client {
        return Err(Failure::ClientMismatch);
    }
    if held.expires_ms <= now_ms {
        return Err(Failure::RefreshExpired);
    }
    Ok(Issue {
        person: held.person,
        client: client.to_owned(),
        scopes: narrowed(&held.scopes, form)?,
        consented: held.scopes.clone(),
        nonce: None,
        refresh_expires_ms: held.expires_ms,
    })
}

/// The scopes asked for now, where they were consented to; all of them where none are named.
fn narrowed(consented: &[String], form: &Pairs) -> Result<Vec<String>, Failure> {
    let Some(asked) = form.first("scope").filter(|text| !text.trim().is_empty()) else {
        return Ok(consented.to_vec());
    };
    let short = |scope: &str| scope.rsplit('/').next().unwrap_or(scope).to_owned();
    let has = |scope: &str| consented.iter().any(|one| short(one).eq_ignore_ascii_case(&short(scope)));
    let granted: Vec<String> =
        asked.split_whitespace().filter(|scope| *scope == ".default" || has(scope)).map(str::to_owned).collect();
    if granted.is_empty() {
        return Err(Failure::ScopeUnknown);
    }
    if granted.iter().any(|scope| scope.ends_with(".default")) {
        return Ok(consented.to_vec());
    }
    Ok(granted)
}

/// The opaque hint that names a person to the sign-in page.
pub(super) fn login_hint(person: &Person) -> String {
    format!("O.{}", base64_url(person.object_id.as_bytes()))
}

impl Sandbox {
    /// Makes an access token for Graph.
    pub(crate) fn issue_access(
        &mut self,
        person: &'static Person,
        client: &str,
        scopes: &[String],
        now_ms: i64,
    ) -> String {
        let head = base64_url(br#"{"typ":"JWT","alg":"RS256","nonce":"opaque"}"#);
        let token = format!("{head}.{}.{}", self.secret("access"), self.secret("signature"));
        let scopes = scopes
            .iter()
            .map(|scope| scope.rsplit('/').next().unwrap_or(scope).to_owned())
            .filter(|scope| !SIGN_IN_SCOPES.contains(&scope.as_str()))
            .collect();
        let grant = Grant { person, client: client.to_owned(), scopes, expires_ms: now_ms + ACCESS_S * 1000 };
        self.entra.access.insert(token.clone(), grant);
        token
    }
}

fn tokens(sandbox: &mut Sandbox, issue: Issue, now_ms: i64) -> Answer {
    let Issue { person, client, consented, scopes, nonce, refresh_expires_ms } = issue;
    let access = sandbox.issue_access(person, &client, &scopes, now_ms);
    let mut body = json!({
        "token_type": "Bearer",
        "scope": scopes.join(" "),
        "expires_in": ACCESS_S,
        "ext_expires_in": ACCESS_S,
        "access_token": access,
    });
    let Some(object) = body.as_object_mut() else {
        return web::empty(500);
    };
    if consented.iter().any(|scope| scope == "offline_access") {
        let token = format!("1.{}", sandbox.secret("refresh"));
        let held =
            Refresh { person, client: client.clone(), scopes: consented.clone(), expires_ms: refresh_expires_ms };
        sandbox.entra.refresh.insert(token.clone(), held);
        let left_s = (refresh_expires_ms - now_ms) / 1000;
        object.insert("refresh_token".to_owned(), json!(token));
        object.insert("refresh_token_expires_in".to_owned(), json!(left_s));
    }
    if consented.iter().any(|scope| scope == "openid") {
        let id_token = id_token(sandbox, person, &client, nonce.as_deref(), now_ms);
        object.insert("id_token".to_owned(), json!(id_token));
    }
    let mut answer = web::json(200, &body);
    web::set(&mut answer, "cache-control", "no-store, no-cache");
    answer
}

fn id_token(sandbox: &Sandbox, person: &Person, client: &str, nonce: Option<&str>, now_ms: i64) -> String {
    let now_s = now_ms / 1000;
    let subject = guid(&[b"subject", person.object_id.as_bytes(), client.as_bytes()]);
    let mut claims = json!({
        "aud": client,
        "iss": format!("{}/{TENANT}/v2.0", sandbox.origins().entra),
        "iat": now_s,
        "nbf": now_s,
        "exp": now_s + ACCESS_S,
        "name": person.name,
        "oid": person.object_id,
        "preferred_username": person.address,
        "login_hint": login_hint(person),
        "sub": subject,
        "tid": TENANT,
        "ver": "2.0",
    });
    if let Some(nonce) = nonce
        && let Some(object) = claims.as_object_mut()
    {
        object.insert("nonce".to_owned(), json!(nonce));
    }
    keys::sign(sandbox.seed, &claims)
}

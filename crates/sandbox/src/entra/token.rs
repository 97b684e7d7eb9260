//! The token endpoint: a code and its verifier, or a refresh token, against new tokens.
//! A refresh token lives 24 hours from the sign-in and hands its end on to its successors, as a SPA's does.

use http::Request;
use sha2::{Digest, Sha256};

use crate::chance::base64_url;
use crate::entra::application::RedirectKind;
use crate::entra::challenge::Claims;
use crate::entra::dials::Place;
use crate::entra::failure::Failure;
use crate::entra::issue::{Issue, tokens};
use crate::entra::scopes::{self, Resource};
use crate::entra::tenant::Tenant;
use crate::entra::{Subject, correlation};
use crate::sandbox::Sandbox;
use crate::web::{Answer, Pairs, header};

const REFRESH_MS: i64 = 86_400_000;

pub(super) fn handle(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, tenant: Tenant, now_ms: i64) -> Answer {
    let form = Pairs::parse(&String::from_utf8_lossy(request.body()));
    let origin = header(request.headers(), "origin");
    let issue = match sandbox.entra.dials.strike(Place::Token) {
        Some((failure, _)) => Err(failure),
        None => exchange(sandbox, &form, origin, tenant, now_ms),
    };
    match issue {
        Ok(issue) => tokens(sandbox, issue, now_ms),
        Err(failure) => failure.answer(sandbox, correlation(request).as_deref(), now_ms),
    }
}

fn exchange(
    sandbox: &mut Sandbox,
    form: &Pairs,
    origin: Option<&str>,
    tenant: Tenant,
    now_ms: i64,
) -> Result<Issue, Failure> {
    let grant = needed(form, "grant_type")?;
    match grant {
        "authorization_code" => {
            check_client(sandbox, form, origin, tenant)?;
            redeem(sandbox, form, now_ms)
        }
        "refresh_token" => {
            check_client(sandbox, form, origin, tenant)?;
            refresh(sandbox, form, now_ms)
        }
        // These are for apps that keep a secret, or for apps without a browser; registrations begin without both.
        "client_credentials"
        | "password"
        | "device_code"
        | "urn:ietf:params:oauth:grant-type:device_code"
        | "urn:ietf:params:oauth:grant-type:jwt-bearer"
        | "urn:ietf:params:oauth:grant-type:saml2-bearer" => Err(Failure::ConfidentialGrant),
        _ => Err(Failure::UnsupportedGrant),
    }
}

fn needed<'f>(form: &'f Pairs, name: &'static str) -> Result<&'f str, Failure> {
    form.first(name).filter(|value| !value.is_empty()).ok_or(Failure::MissingParameter(name))
}

/// The rules of the app's kind: who may ask from where, and with what.
fn check_client(sandbox: &Sandbox, form: &Pairs, origin: Option<&str>, tenant: Tenant) -> Result<(), Failure> {
    let has_secret = form.first("client_secret").is_some() || form.first("client_assertion").is_some();
    let Some(client) = form.first("client_id").filter(|client| !client.is_empty()) else {
        return Err(if origin.is_none() { Failure::NotCrossOrigin } else { Failure::MissingParameter("client_id") });
    };
    let application = sandbox.entra.applications.find(client)?;
    application.check_tenant(client, tenant)?;
    match (application.redirect_kind, origin) {
        (RedirectKind::SinglePage, None) => Err(Failure::NotCrossOrigin),
        (RedirectKind::SinglePage, Some(_)) if has_secret => Err(Failure::SecretRefused),
        (RedirectKind::SinglePage, Some(_)) => Ok(()),
        (RedirectKind::Web, Some(origin)) => Err(Failure::CrossOrigin(origin.to_owned())),
        // No secret is registered, so that none is right.
        (RedirectKind::Web, None) if has_secret => Err(Failure::SecretWrong),
        (RedirectKind::Web, None) => Err(Failure::ConfidentialGrant),
    }
}

fn redeem(sandbox: &mut Sandbox, form: &Pairs, now_ms: i64) -> Result<Issue, Failure> {
    let client = needed(form, "client_id")?;
    let name = needed(form, "code")?;
    let redirect_uri = needed(form, "redirect_uri")?;
    let verifier = form.first("code_verifier").ok_or(Failure::PkceMissing)?;
    let code = sandbox.entra.codes.get(name).cloned().ok_or(Failure::CodeUnknown)?;
    if code.used {
        return Err(Failure::CodeUsed);
    }
    if code.expires_ms <= now_ms {
        return Err(Failure::CodeExpired);
    }
    if code.subject.client != client {
        return Err(Failure::ClientMismatch);
    }
    if code.redirect_uri != redirect_uri {
        return Err(Failure::RedirectMismatch);
    }
    if base64_url(&Sha256::digest(verifier.as_bytes())) != code.challenge {
        return Err(Failure::VerifierWrong);
    }
    check_condition(sandbox, &code.subject)?;
    let claims = Claims::read(form.first("claims"))?;
    let (consented, scopes) = granted(sandbox, &code.subject, code.scopes, form)?;
    if let Some(code) = sandbox.entra.codes.get_mut(name) {
        code.used = true;
    }
    let mut id_claims = code.claims.id_token();
    id_claims.extend(claims.id_token());
    id_claims.extend(code.dated.then(|| "auth_time".to_owned()));
    Ok(Issue {
        subject: code.subject,
        scopes,
        consented,
        nonce: code.nonce,
        refresh_expires_ms: now_ms + REFRESH_MS,
        cae: claims.declares_cae() || code.claims.declares_cae(),
        id_claims,
        client_info: form.first("client_info") == Some("1"),
    })
}

fn refresh(sandbox: &mut Sandbox, form: &Pairs, now_ms: i64) -> Result<Issue, Failure> {
    let client = needed(form, "client_id")?;
    let token = needed(form, "refresh_token")?;
    let held = sandbox.entra.refresh.get(token).cloned().ok_or(Failure::RefreshUnknown)?;
    if held.subject.client != client {
        return Err(Failure::ClientMismatch);
    }
    if let Some(code) = held.dead {
        return Err(Failure::Condition(code));
    }
    if held.expires_ms <= now_ms {
        return Err(Failure::RefreshExpired);
    }
    let mut subject = held.subject;
    check_condition(sandbox, &subject)?;
    let claims = Claims::read(form.first("claims"))?;
    for challenge in claims.meets(subject.identity.person, &sandbox.entra.challenges) {
        if subject.met.contains(&challenge.id) {
            continue;
        }
        if challenge.interaction {
            return Err(Failure::Challenged(challenge.claims.to_string()));
        }
        subject.met.push(challenge.id);
    }
    let (consented, scopes) = granted(sandbox, &subject, held.scopes, form)?;
    Ok(Issue {
        subject,
        scopes,
        consented,
        nonce: None,
        refresh_expires_ms: held.expires_ms,
        cae: claims.declares_cae(),
        id_claims: claims.id_token(),
        client_info: form.first("client_info") == Some("1"),
    })
}

/// Troubles of a person stop renewals too.
fn check_condition(sandbox: &Sandbox, subject: &Subject) -> Result<(), Failure> {
    match sandbox.entra.dials.conditions.get(subject.identity.person.object_id) {
        Some(code) => Err(Failure::Condition(*code)),
        None => Ok(()),
    }
}

/// What is consented to by now, and what of it this answer grants: one resource, besides signing in.
fn granted(
    sandbox: &Sandbox,
    subject: &Subject,
    mut consented: Vec<String>,
    form: &Pairs,
) -> Result<(Vec<String>, Vec<String>), Failure> {
    let graph = &sandbox.origins().graph;
    let asked = scopes::read(form.first("scope").unwrap_or_default(), graph).map_err(|failure| {
        if matches!(failure, Failure::ScopeNamesNothing(_)) { Failure::ScopeInvalid } else { failure }
    })?;
    let consents = &sandbox.entra.consents;
    let fresh: Vec<String> = asked
        .iter()
        .filter(|scope| scopes::short(scope) != ".default")
        .filter(|scope| !consented.iter().any(|one| one.eq_ignore_ascii_case(scope)))
        .cloned()
        .collect();
    if !consents.missing(&subject.client, &subject.identity, &fresh).is_empty() {
        return Err(Failure::NotConsented(subject.client.clone()));
    }
    let all = asked.iter().all(|scope| scopes::is_sign_in(scope) || scopes::short(scope) == ".default");
    let default = asked.iter().find(|scope| scopes::short(scope) == ".default");
    let wanted: Vec<String> = if all { consented.clone() } else { asked.clone() };
    consented.extend(fresh);
    let mut audience = match default {
        Some(scope) => Some(scopes::resource(scope, graph)?),
        None => None,
    };
    let mut granted = Vec::new();
    for scope in consents.granted(&wanted) {
        let resource = scopes::resource(&scope, graph)?;
        let fits = resource == Resource::SignIn || *audience.get_or_insert(resource) == resource;
        match (fits, all) {
            (true, _) => granted.push(scope),
            // Unasked, the answer is for the first resource; asked for two, there is none.
            (false, true) => {}
            (false, false) => return Err(Failure::SeveralResources),
        }
    }
    Ok((consents.granted(&consented), granted))
}

//! The token endpoint: a code and its verifier, or a refresh token, against new tokens.
//! A refresh token lives 24 hours from the sign-in and hands its end on to its successors, as a SPA's does.

use http::Request;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::chance::base64_url;
use crate::entra::application::RedirectKind;
use crate::entra::challenge::Claims;
use crate::entra::dials::Place;
use crate::entra::failure::Failure;
use crate::entra::scopes::{self, Resource};
use crate::entra::tenant::{Identity, Tenant};
use crate::entra::{Grant, Refresh, Subject, correlation, id_token, interact};
use crate::people::{Person, TENANT};
use crate::sandbox::Sandbox;
use crate::web::{self, Answer, Pairs, header};

/// Seconds that an access token of a control call lives.
const TEST_LIFE_S: i64 = 3600;
const REFRESH_MS: i64 = 86_400_000;

/// What tokens are made for.
pub(super) struct Issue {
    pub(super) subject: Subject,
    /// What the person consented to, for the refresh token.
    consented: Vec<String>,
    /// What this answer grants.
    scopes: Vec<String>,
    pub(super) nonce: Option<String>,
    refresh_expires_ms: i64,
    cae: bool,
    /// Optional claims of the id token.
    pub(super) id_claims: Vec<String>,
    client_info: bool,
}

impl Issue {
    /// Whether the person consented to a scope of the sign-in service.
    pub(super) fn holds(&self, scope: &str) -> bool {
        self.consented.iter().any(|one| one == scope)
    }
}

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

impl Sandbox {
    /// Makes an access token for Graph without any sign-in; `cae` is for a client that understands challenges.
    pub(crate) fn issue_access(
        &mut self,
        person: &'static Person,
        client: &str,
        scopes: &[String],
        cae: bool,
        now_ms: i64,
    ) -> String {
        let identity = Identity { person, tenant: TENANT };
        let subject = Subject {
            identity,
            client: client.to_owned(),
            signed_in_ms: now_ms,
            sid: String::new(),
            met: self.entra.challenges.iter().map(|one| one.id).collect(),
        };
        access(self, &subject, scopes, cae, now_ms + TEST_LIFE_S * 1000)
    }
}

/// Makes an access token.
fn access(sandbox: &mut Sandbox, subject: &Subject, scopes: &[String], cae: bool, expires_ms: i64) -> String {
    let head = base64_url(br#"{"typ":"JWT","alg":"RS256","nonce":"opaque"}"#);
    let token = format!("{head}.{}.{}", sandbox.secret("access"), sandbox.secret("signature"));
    let graph = sandbox.origins().graph.clone();
    let is_other = |scope: &String| scopes::resource(scope, &graph).is_ok_and(|found| found == Resource::Outlook);
    let (sign_in_scopes, others): (Vec<String>, Vec<String>) =
        scopes.iter().cloned().partition(|scope| scopes::is_sign_in(scope));
    let grant = Grant {
        person: subject.identity.person,
        client: subject.client.clone(),
        for_graph: !others.iter().any(is_other),
        scopes: others.iter().map(|scope| scopes::short(scope).to_owned()).collect(),
        expires_ms,
        identity: subject.identity,
        sign_in_scopes,
        cae,
        met: subject.met.clone(),
        requests: 0,
    };
    sandbox.entra.access.insert(token.clone(), grant);
    token
}

/// Seconds an access token lives: by chance, and longer where the client takes challenges.
fn life_s(sandbox: &mut Sandbox, cae: bool) -> i64 {
    let (least, spread) = if cae { (72_000, 28_800) } else { (3_600, 1_800) };
    let noise = sandbox.fresh_guid("life");
    least + noise.get(..7).and_then(|digits| i64::from_str_radix(digits, 16).ok()).unwrap_or_default() % (spread + 1)
}

fn tokens(sandbox: &mut Sandbox, issue: Issue, now_ms: i64) -> Answer {
    let life_s = life_s(sandbox, issue.cae);
    let access = access(sandbox, &issue.subject, &issue.scopes, issue.cae, now_ms + life_s * 1000);
    // That the app may renew is no property of the access token, and is not listed.
    let listed: Vec<&str> =
        issue.scopes.iter().map(String::as_str).filter(|scope| !scope.eq_ignore_ascii_case("offline_access")).collect();
    let mut body = json!({
        "token_type": "Bearer",
        "scope": listed.join(" "),
        "expires_in": life_s,
        "ext_expires_in": life_s,
        "access_token": access,
    });
    let id_token = issue.holds("openid").then(|| id_token::make(sandbox, &issue, now_ms));
    let Some(object) = body.as_object_mut() else {
        return web::empty(500);
    };
    if issue.holds("offline_access") {
        let token = format!("1.{}", sandbox.secret("refresh"));
        let held = Refresh {
            subject: issue.subject.clone(),
            scopes: issue.consented.clone(),
            expires_ms: issue.refresh_expires_ms,
            dead: None,
        };
        sandbox.entra.refresh.insert(token.clone(), held);
        let left_s = (issue.refresh_expires_ms - now_ms) / 1000;
        object.insert("refresh_token".to_owned(), json!(token));
        object.insert("refresh_token_expires_in".to_owned(), json!(left_s));
    }
    if let Some(token) = id_token {
        object.insert("id_token".to_owned(), json!(token));
    }
    if issue.client_info {
        object.insert("client_info".to_owned(), json!(interact::client_info(&issue.subject.identity)));
    }
    let mut answer = web::json(200, &body);
    web::set(&mut answer, "cache-control", "no-store, no-cache");
    answer
}

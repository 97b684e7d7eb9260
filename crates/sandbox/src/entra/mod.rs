//! Entra ID: discovery, the sign-in page, consent, tokens, sign-out.
//! Codes, PKCE, lifetimes and signatures are real; there is no password, because the people are invented.

mod admin;
mod application;
mod authorize;
mod browser;
mod catalogue;
pub(crate) mod challenge;
mod consent;
pub(crate) mod dials;
mod discovery;
mod failure;
mod id_token;
mod interact;
mod issue;
mod keys;
mod logout;
mod page;
mod pages;
mod scopes;
mod tenant;
mod token;
pub(crate) mod userinfo;

use std::collections::BTreeMap;

use http::{Method, Request};

pub(crate) use crate::entra::application::RedirectKind;
pub(crate) use crate::entra::consent::Policy;

use crate::entra::application::Applications;
use crate::entra::browser::Browser;
use crate::entra::challenge::Challenge;
use crate::entra::consent::Consents;
use crate::entra::dials::Dials;
use crate::entra::failure::Failure;
use crate::entra::tenant::{Identity, Tenant};
use crate::graph::refusal::Refusal;
use crate::people::Person;
use crate::sandbox::Sandbox;
use crate::web::{self, Answer, Pairs, header};

/// Whom tokens are for, and what they remember of the sign-in.
#[derive(Clone, Debug)]
struct Subject {
    identity: Identity,
    client: String,
    /// When the person last was on the page.
    signed_in_ms: i64,
    sid: String,
    /// The challenges that this sign-in or renewal met.
    met: Vec<u64>,
}

/// An access token's meaning.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) person: &'static Person,
    pub(crate) client: String,
    /// Graph's scopes, without a resource.
    pub(crate) scopes: Vec<String>,
    pub(crate) expires_ms: i64,
    identity: Identity,
    /// Scopes of the sign-in service.
    sign_in_scopes: Vec<String>,
    /// Whether Graph is the audience.
    for_graph: bool,
    /// Whether the client understands claims challenges.
    cae: bool,
    met: Vec<u64>,
    /// Requests to Graph so far.
    requests: u64,
}

impl Grant {
    /// A guest is known to the tenant and has no mailbox in it.
    pub(crate) fn is_guest(&self) -> bool {
        self.identity.is_guest()
    }
}

/// A refresh token's meaning; a rotated one inherits `expires_ms`.
#[derive(Clone, Debug)]
struct Refresh {
    subject: Subject,
    scopes: Vec<String>,
    expires_ms: i64,
    /// The error that its use is refused with since it was revoked.
    dead: Option<u32>,
}

/// An authorization code that waits to be redeemed, or was.
#[derive(Clone, Debug)]
struct Code {
    subject: Subject,
    redirect_uri: String,
    challenge: String,
    nonce: Option<String>,
    scopes: Vec<String>,
    claims: challenge::Claims,
    /// Whether the app wants to know how old the sign-in is.
    dated: bool,
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
    browsers: BTreeMap<String, Browser>,
    /// When a person last came by without a page, by client and person.
    silent_visits: BTreeMap<(String, &'static str), Vec<i64>>,
    last_code: Option<String>,
    /// How many times the signing key was rolled over.
    pub(crate) key_turn: u64,
    /// How many challenges there were.
    challenge_turn: u64,
    pub(crate) applications: Applications,
    pub(crate) challenges: Vec<Challenge>,
    pub(crate) consents: Consents,
    pub(crate) dials: Dials,
}

impl Entra {
    /// What a bearer token allows at Graph, or Graph's refusal; counts the request.
    pub(crate) fn admit(&mut self, token: &str, entra: &str, now_ms: i64) -> Result<Grant, Refusal> {
        let grant = self.access.get_mut(token).filter(|grant| grant.for_graph).ok_or(Refusal::TokenUnknown)?;
        let worn_out = self.dials.token_requests.is_some_and(|most| grant.requests >= most);
        if grant.expires_ms <= now_ms || worn_out {
            return Err(Refusal::TokenExpired);
        }
        grant.requests += 1;
        let open = self
            .challenges
            .iter()
            .find(|one| one.person.object_id == grant.person.object_id && grant.cae && !grant.met.contains(&one.id));
        match open {
            Some(challenge) => Err(Refusal::ClaimsChallenge(challenge.header_lines(entra))),
            None => Ok(grant.clone()),
        }
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

    /// Ends what a person signed in to: their refresh tokens are refused with `code`, and no browser knows them.
    pub(crate) fn revoke(&mut self, person: &Person, code: u32) {
        let mine = self.refresh.values_mut().filter(|held| held.subject.identity.person.object_id == person.object_id);
        for held in mine {
            held.dead = Some(code);
        }
        for browser in self.browsers.values_mut() {
            browser.seats.retain(|seat| seat.person.object_id != person.object_id);
        }
    }

    /// Lets every access token begin to count its requests anew.
    pub(crate) fn count_requests_anew(&mut self) {
        for grant in self.access.values_mut() {
            grant.requests = 0;
        }
    }

    pub(crate) fn roll_keys(&mut self) {
        self.key_turn += 1;
    }

    /// A name for another challenge.
    pub(crate) fn next_challenge(&mut self) -> u64 {
        self.challenge_turn += 1;
        self.challenge_turn
    }

    /// Forgets everything that tests ordered; tokens and browsers stay.
    pub(crate) fn calm(&mut self) {
        self.applications = Applications::default();
        self.challenges.clear();
        self.consents = Consents::default();
        self.dials = Dials::default();
    }

    /// The meaning of a bearer token, expired or not.
    pub(crate) fn access(&self, token: &str) -> Option<&Grant> {
        self.access.get(token)
    }

    /// The person of a bearer token, expired or not, for the log.
    pub(crate) fn person_of(&self, token: &str) -> Option<&'static Person> {
        self.access(token).map(|grant| grant.person)
    }
}

/// Whether scripts of other origins may read this address: the pages are for people alone.
pub(crate) fn is_cross_origin(path: &str) -> bool {
    ["/oauth2/v2.0/token", "/.well-known/openid-configuration", "/discovery/v2.0/keys", "/discovery/instance"]
        .iter()
        .any(|end| path.ends_with(end))
}

/// A JWT of the identity platform, signed with the key that it publishes just now.
pub(crate) fn signed(seed: u64, turn: u64, claims: &serde_json::Value) -> String {
    keys::sign(seed, turn, claims)
}

/// Answers one request to the sign-in service.
pub(crate) fn handle(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, now_ms: i64) -> Answer {
    let segments: Vec<&str> = request.uri().path().split('/').filter(|segment| !segment.is_empty()).collect();
    let Some((word, rest)) = segments.split_first() else {
        return not_found();
    };
    let get = request.method() == Method::GET;
    let post = request.method() == Method::POST;
    if *word == "error" && rest.is_empty() && get {
        return page::explained(&Pairs::parse(request.uri().query().unwrap_or_default()));
    }
    let Some(tenant) = Tenant::parse(word) else {
        let failure = Failure::TenantUnknown((*word).to_owned());
        return failure.answer(sandbox, correlation(request).as_deref(), now_ms);
    };
    match rest {
        ["v2.0", ".well-known", "openid-configuration"] if get => discovery::document(sandbox, word, tenant),
        ["discovery", "v2.0", "keys"] if get => discovery::keys(sandbox, tenant),
        ["discovery", "instance"] if get => discovery::instance(sandbox),
        ["oauth2", "v2.0", "authorize"] if get || post => authorize::handle(sandbox, request, word, tenant, now_ms),
        ["oauth2", "v2.0", "token"] if post => token::handle(sandbox, request, tenant, now_ms),
        ["oauth2", "v2.0", "devicecode"] if post => {
            Failure::ConfidentialGrant.answer(sandbox, correlation(request).as_deref(), now_ms)
        }
        ["oauth2", "v2.0", "token" | "devicecode"] => {
            let failure = Failure::OnlyPost(request.method().to_string());
            failure.answer(sandbox, correlation(request).as_deref(), now_ms)
        }
        ["oauth2", "v2.0", "logout"] if get || post => logout::handle(sandbox, request, word, now_ms),
        ["adminconsent"] | ["v2.0", "adminconsent"] if get || post => admin::handle(sandbox, request, tenant, now_ms),
        _ => not_found(),
    }
}

fn not_found() -> Answer {
    web::answer(404, "text/plain; charset=utf-8", b"Not found".to_vec())
}

/// The id by which the client wants to find this request again.
fn correlation(request: &Request<Vec<u8>>) -> Option<String> {
    let query = Pairs::parse(request.uri().query().unwrap_or_default());
    let form = Pairs::parse(&String::from_utf8_lossy(request.body()));
    let named = query.first("client-request-id").or_else(|| form.first("client-request-id"));
    let id = named.or_else(|| header(request.headers(), "client-request-id"))?;
    (id.len() == 36 && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())).then(|| id.to_owned())
}

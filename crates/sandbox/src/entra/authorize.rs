//! The authorize endpoint: reads and checks the request, and knows the way back to the app.
//! A wrong redirect address is never redirected to; everything else wrong is told to the app.

use http::{Method, Request};

use crate::entra::application::Application;
use crate::entra::challenge::Claims;
use crate::entra::dials::{Place, Spoiled};
use crate::entra::failure::Failure;
use crate::entra::tenant::Tenant;
use crate::entra::{correlation, interact, page, pages, scopes};
use crate::sandbox::Sandbox;
use crate::web::{self, Answer, Pairs, percent_encode};

/// How the answer reaches the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

/// The way back to the app.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) uri: String,
    mode: ResponseMode,
    state: Option<String>,
    /// The id by which the client will ask about a failure.
    pub(super) correlation: Option<String>,
}

/// What the app wants of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prompts {
    /// Nothing may be shown.
    pub(super) none: bool,
    /// Whoever is signed in has to sign in again.
    pub(super) login: bool,
    /// What was agreed to is to be asked again.
    pub(super) consent: bool,
    /// The account is to be chosen, even where only one is signed in.
    pub(super) select_account: bool,
}

/// An authorize request that may be redirected.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) way: Way,
    pub(super) client: String,
    pub(super) tenant: Tenant,
    pub(super) nonce: Option<String>,
    pub(super) scopes: Vec<String>,
    pub(super) challenge: String,
    pub(super) prompts: Prompts,
    pub(super) login_hint: Option<String>,
    pub(super) sid: Option<String>,
    /// How old a sign-in may be.
    pub(super) max_age_s: Option<i64>,
    pub(super) claims: Claims,
    pub(super) client_info: bool,
    /// Where the page's forms go.
    pub(super) action: String,
}

impl Way {
    /// Sends the browser back with these parameters.
    pub(super) fn back(&self, parameters: &[(&str, String)]) -> Answer {
        let mut all: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        if let Some(state) = &self.state {
            all.insert(all.len().min(1), ("state", state));
        }
        let mark = match (self.mode, self.uri.contains('?')) {
            (ResponseMode::FormPost, _) => return pages::form_post(&self.uri, &all),
            (ResponseMode::Fragment, _) => '#',
            (ResponseMode::Query, true) => '&',
            (ResponseMode::Query, false) => '?',
        };
        let parts: Vec<String> = all.iter().map(|(name, value)| format!("{name}={}", percent_encode(value))).collect();
        web::redirect(&format!("{}{mark}{}", self.uri, parts.join("&")))
    }

    pub(super) fn refuse(&self, sandbox: &mut Sandbox, failure: &Failure, now_ms: i64) -> Answer {
        let parameters = failure.parameters(sandbox, self.correlation.as_deref(), now_ms);
        self.back(&parameters)
    }

    /// Spoils the state where a test ordered that.
    pub(super) fn spoil(&mut self, sandbox: &mut Sandbox) {
        if sandbox.entra.dials.spoils(Spoiled::State) {
            self.state = Some("spoiled".to_owned());
        }
    }
}

pub(super) fn handle(
    sandbox: &mut Sandbox,
    request: &Request<Vec<u8>>,
    word: &str,
    tenant: Tenant,
    now_ms: i64,
) -> Answer {
    let body = String::from_utf8_lossy(request.body()).into_owned();
    let (mut raw, mut form) = (request.uri().query().unwrap_or_default().to_owned(), None);
    if request.method() == Method::POST {
        let fields = Pairs::parse(&body);
        // OpenID Connect lets an app post the request itself.
        if fields.first("client_id").is_some() { raw = body } else { form = Some(fields) }
    }
    let query = Pairs::parse(&raw);
    let correlation = correlation(request);
    let checked = application(sandbox, &query);
    let (client, application, uri) = match checked {
        Ok(checked) => checked,
        Err(failure) => {
            let sentence = failure.sentence(sandbox, correlation.as_deref(), now_ms);
            return page::refused(&sentence);
        }
    };
    let state = query.first("state").map(str::to_owned);
    let mut way = Way { uri, mode: default_mode(&query), state, correlation };
    let action = format!("/{word}/oauth2/v2.0/authorize?{raw}");
    let asked = mode(&query)
        .map(|mode| way.mode = mode.unwrap_or(way.mode))
        .and_then(|()| application.check_tenant(&client, tenant))
        .and_then(|()| read(&query, way.clone(), client, tenant, action, &sandbox.origins().graph));
    let asked = match asked {
        Ok(asked) => asked,
        Err(failure) => return way.refuse(sandbox, &failure, now_ms),
    };
    match sandbox.entra.dials.strike(Place::Authorize) {
        Some((failure, false)) => return way.refuse(sandbox, &failure, now_ms),
        Some((failure, true)) => {
            let sentence = failure.sentence(sandbox, way.correlation.as_deref(), now_ms);
            return page::refused(&sentence);
        }
        None => {}
    }
    match form {
        Some(form) => interact::answered(sandbox, request, asked, &form, now_ms),
        None if asked.prompts.none => interact::silent(sandbox, request, asked, now_ms),
        None => interact::shown(sandbox, request, asked, now_ms),
    }
}

/// What must be right before anything is sent back: the app and its address.
fn application(sandbox: &Sandbox, query: &Pairs) -> Result<(String, Application, String), Failure> {
    let client = query.first("client_id").unwrap_or_default();
    let application = sandbox.entra.applications.find(client)?;
    let uri = query.first("redirect_uri").unwrap_or_default();
    if !application.may_return_to(uri, &sandbox.origins().app) {
        return Err(Failure::RedirectUnknown(uri.to_owned()));
    }
    Ok((client.to_owned(), application, uri.to_owned()))
}

/// Tokens are never put into a query, and so neither are refusals of token requests.
fn default_mode(query: &Pairs) -> ResponseMode {
    let kinds = query.first("response_type").unwrap_or_default();
    if kinds.split_whitespace().any(|kind| kind.ends_with("token")) {
        ResponseMode::Fragment
    } else {
        ResponseMode::Query
    }
}

fn mode(query: &Pairs) -> Result<Option<ResponseMode>, Failure> {
    match query.first("response_mode") {
        None => Ok(None),
        Some("query") => Ok(Some(ResponseMode::Query)),
        Some("fragment") => Ok(Some(ResponseMode::Fragment)),
        Some("form_post") => Ok(Some(ResponseMode::FormPost)),
        Some(other) => Err(Failure::ResponseMode(other.to_owned())),
    }
}

/// Checks what may be answered by a redirect.
fn read(
    query: &Pairs,
    way: Way,
    client: String,
    tenant: Tenant,
    action: String,
    graph: &str,
) -> Result<Asked, Failure> {
    check_response_type(query)?;
    let scopes = scopes::read(query.first("scope").unwrap_or_default(), graph)?;
    if scopes.is_empty() {
        return Err(Failure::MissingParameter("scope"));
    }
    let challenge = check_challenge(query)?;
    let max_age_s = match query.first("max_age") {
        Some(text) => Some(
            text.parse()
                .ok()
                .filter(|age| *age >= 0)
                .ok_or_else(|| Failure::BadParameter("The value of 'max_age' is not a number.".to_owned()))?,
        ),
        None => None,
    };
    let is_consumers = query.first("domain_hint").is_some_and(|hint| hint.eq_ignore_ascii_case("consumers"));
    Ok(Asked {
        way,
        client,
        // The hint sends people to the service for personal accounts.
        tenant: if is_consumers && tenant == Tenant::Common { Tenant::Consumers } else { tenant },
        nonce: query.first("nonce").map(str::to_owned),
        scopes,
        challenge,
        prompts: prompts(query.first("prompt").unwrap_or_default())?,
        login_hint: query.first("login_hint").filter(|hint| !hint.is_empty()).map(str::to_owned),
        sid: query.first("sid").filter(|sid| !sid.is_empty()).map(str::to_owned),
        max_age_s,
        claims: Claims::read(query.first("claims"))?,
        client_info: query.first("client_info") == Some("1"),
        action,
    })
}

fn check_response_type(query: &Pairs) -> Result<(), Failure> {
    let text = query.first("response_type").ok_or(Failure::MissingParameter("response_type"))?;
    let kinds: Vec<&str> = text.split_whitespace().collect();
    if kinds.is_empty() || kinds.iter().any(|kind| !matches!(*kind, "code" | "token" | "id_token")) {
        return Err(Failure::ResponseType(text.to_owned()));
    }
    // Tokens straight from the authorize endpoint are switched off in every new registration.
    if kinds.contains(&"token") {
        return Err(Failure::TokenResponse);
    }
    if kinds.contains(&"id_token") { Err(Failure::IdTokenResponse) } else { Ok(()) }
}

fn check_challenge(query: &Pairs) -> Result<String, Failure> {
    let challenge = query.first("code_challenge").filter(|text| !text.is_empty()).ok_or(Failure::PkceMissing)?;
    let good = (43..=128).contains(&challenge.len())
        && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    if !good {
        return Err(Failure::ChallengeMalformed);
    }
    match query.first("code_challenge_method") {
        Some("S256") => Ok(challenge.to_owned()),
        // No method means `plain`, which shows the verifier to whoever sees the address.
        Some(_) | None => Err(Failure::BadParameter("The code_challenge_method must be 'S256'.".to_owned())),
    }
}

fn prompts(text: &str) -> Result<Prompts, Failure> {
    let mut prompts = Prompts::default();
    for word in text.split_whitespace() {
        match word {
            "none" => prompts.none = true,
            "login" => prompts.login = true,
            "consent" => prompts.consent = true,
            "select_account" => prompts.select_account = true,
            // `create` belongs to tenants for customers, and this is one for employees.
            other => return Err(Failure::BadParameter(format!("Unsupported 'prompt' value '{other}'."))),
        }
    }
    if prompts.none && prompts != (Prompts { none: true, ..Prompts::default() }) {
        return Err(Failure::BadParameter("The 'prompt' value 'none' excludes all others.".to_owned()));
    }
    Ok(prompts)
}

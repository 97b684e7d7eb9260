//! What happens between an authorize request and its answer: who it is, what stands in the way, what they agree to.
//! A browser that is signed in passes without a page, unless something has to be shown.

use http::Request;
use serde_json::json;

use crate::chance::{base64_url, guid};
use crate::entra::authorize::Asked;
use crate::entra::browser::{self, Seat};
use crate::entra::catalogue::{Remedy, remedy};
use crate::entra::consent::ADMINISTRATOR;
use crate::entra::failure::Failure;
use crate::entra::tenant::Identity;
use crate::entra::{Code, Subject, page, pages};
use crate::people::{self, Person};
use crate::sandbox::Sandbox;
use crate::web::{Answer, Pairs};

/// A code lives ten minutes.
const CODE_MS: i64 = 600_000;
/// So many visits without a page in so long are a loop.
const LOOP_VISITS: usize = 15;
const LOOP_MS: i64 = 300_000;

/// How a person came to be known.
#[derive(Clone, Copy)]
enum How<'f> {
    /// They are on the page and pressed a button.
    Form(&'f Pairs),
    /// The browser is signed in, and a page may be shown.
    Session,
    /// The browser is signed in, and nothing may be shown.
    Silent,
}

impl How<'_> {
    fn pressed(&self, name: &str) -> bool {
        match self {
            Self::Form(form) => form.first(name).is_some(),
            Self::Session | Self::Silent => false,
        }
    }
}

/// A request without an answer yet, or the answer.
type Passed<T> = Result<T, Box<Answer>>;

fn seats(sandbox: &Sandbox, request: &Request<Vec<u8>>) -> Vec<Seat> {
    let browser = browser::cookie(sandbox, request).and_then(|cookie| sandbox.entra.browsers.get(&cookie));
    browser.map(|browser| browser.seats.clone()).unwrap_or_default()
}

/// The seats that the request can mean.
fn meant(asked: &Asked, seats: &[Seat], now_ms: i64) -> Vec<Seat> {
    let young = |seat: &&Seat| asked.max_age_s.is_none_or(|age| now_ms - seat.since_ms <= age * 1000);
    let hinted = |seat: &&Seat| match (&asked.sid, &asked.login_hint) {
        (Some(sid), _) => *sid == seat.sid,
        (None, Some(hint)) => browser::is_hinted(seat.person, hint),
        (None, None) => true,
    };
    seats.iter().filter(young).filter(hinted).cloned().collect()
}

/// `prompt=none`: only a browser that is signed in gets a code, and only for the person it means.
pub(super) fn silent(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, asked: Asked, now_ms: i64) -> Answer {
    let meant = meant(&asked, &seats(sandbox, request), now_ms);
    match meant.as_slice() {
        [one] => arrive(sandbox, request, asked, one.person, How::Silent, now_ms),
        [] => asked.way.refuse(sandbox, &Failure::NobodySignedIn, now_ms),
        [..] => asked.way.refuse(sandbox, &Failure::SeveralAccounts, now_ms),
    }
}

/// A page may be shown, and is where it is not clear who signs in.
pub(super) fn shown(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, asked: Asked, now_ms: i64) -> Answer {
    let seats = seats(sandbox, request);
    let meant = meant(&asked, &seats, now_ms);
    match meant.as_slice() {
        [one] if !asked.prompts.login && !asked.prompts.select_account => {
            arrive(sandbox, request, asked, one.person, How::Session, now_ms)
        }
        _ => choice(sandbox, &asked, &seats, None),
    }
}

/// The page on which an account is chosen.
fn choice(sandbox: &Sandbox, asked: &Asked, seats: &[Seat], said: Option<&str>) -> Answer {
    let signed_in: Vec<&str> = seats.iter().map(|seat| seat.person.address).collect();
    // A hint would decide what the person is asked to decide.
    let hint = asked.login_hint.as_deref().filter(|_| !asked.prompts.select_account);
    pages::sign_in(&asked.action, hint, &signed_in, said, &sandbox.origins().app)
}

/// A button was pressed on one of the pages.
pub(super) fn answered(
    sandbox: &mut Sandbox,
    request: &Request<Vec<u8>>,
    asked: Asked,
    form: &Pairs,
    now_ms: i64,
) -> Answer {
    let Some(account) = form.first("account") else {
        return asked.way.refuse(sandbox, &Failure::Declined, now_ms);
    };
    if form.first("cancel").is_some() {
        return asked.way.refuse(sandbox, &Failure::Declined, now_ms);
    }
    match people::find(account) {
        Some(person) => arrive(sandbox, request, asked, person, How::Form(form), now_ms),
        None => {
            let failure = Failure::UserUnknown(account.to_owned());
            let sentence = failure.sentence(sandbox, asked.way.correlation.as_deref(), now_ms);
            let seats = seats(sandbox, request);
            choice(sandbox, &asked, &seats, Some(&sentence))
        }
    }
}

/// Somebody is known; what stands in the way comes first.
fn arrive(
    sandbox: &mut Sandbox,
    request: &Request<Vec<u8>>,
    asked: Asked,
    person: &'static Person,
    how: How<'_>,
    now_ms: i64,
) -> Answer {
    let passed = admitted(sandbox, &asked, person, how, now_ms).and_then(|identity| {
        trusted(sandbox, &asked, person, how, now_ms)?;
        agreed(sandbox, &asked, &identity, how, now_ms)?;
        Ok(identity)
    });
    match passed {
        Ok(identity) => finish(sandbox, request, asked, identity, how, now_ms),
        Err(answer) => *answer,
    }
}

/// Says no on the page, or to the app where nothing may be shown.
fn refused(sandbox: &mut Sandbox, asked: &Asked, failure: &Failure, how: How<'_>, now_ms: i64) -> Answer {
    match how {
        How::Silent => asked.way.refuse(sandbox, failure, now_ms),
        How::Form(_) | How::Session => {
            let sentence = failure.sentence(sandbox, asked.way.correlation.as_deref(), now_ms);
            page::refused(&sentence)
        }
    }
}

fn admitted(
    sandbox: &mut Sandbox,
    asked: &Asked,
    person: &'static Person,
    how: How<'_>,
    now_ms: i64,
) -> Passed<Identity> {
    asked.tenant.admit(person).map_err(|failure| Box::new(refused(sandbox, asked, &failure, how, now_ms)))
}

/// Troubles of the person, and challenges that want them to prove again who they are.
fn trusted(sandbox: &mut Sandbox, asked: &Asked, person: &'static Person, how: How<'_>, now_ms: i64) -> Passed<()> {
    let condition = sandbox.entra.dials.conditions.get(person.object_id).copied();
    if let Some(code) = condition.filter(|code| remedy(*code) == Remedy::Elsewhere) {
        return Err(Box::new(refused(sandbox, asked, &Failure::Condition(code), how, now_ms)));
    }
    let challenged = asked.claims.meets(person, &sandbox.entra.challenges).into_iter().find(|one| one.interaction);
    let failure = match (condition, challenged) {
        (Some(code), _) => Failure::Condition(code),
        (None, Some(challenge)) => Failure::Challenged(challenge.claims.to_string()),
        (None, None) => return Ok(()),
    };
    match how {
        How::Silent => Err(Box::new(asked.way.refuse(sandbox, &failure, now_ms))),
        How::Form(_) if how.pressed("verified") => {
            sandbox.entra.dials.conditions.remove(person.object_id);
            Ok(())
        }
        How::Form(_) | How::Session => Err(Box::new(pages::verify(&asked.action, person, &sandbox.origins().app))),
    }
}

/// What the app asks for and nobody agreed to yet.
fn agreed(sandbox: &mut Sandbox, asked: &Asked, identity: &Identity, how: How<'_>, now_ms: i64) -> Passed<()> {
    let missing = sandbox.entra.consents.missing(&asked.client, identity, &asked.scopes);
    let silent = matches!(how, How::Silent);
    let again = asked.prompts.consent && !silent;
    if missing.is_empty() && !again {
        return Ok(());
    }
    if silent {
        return Err(Box::new(asked.way.refuse(sandbox, &Failure::NotConsented(asked.client.clone()), now_ms)));
    }
    if how.pressed("return") {
        return Err(Box::new(asked.way.refuse(sandbox, &Failure::AdministratorNeeded, now_ms)));
    }
    let verified = how.pressed("verified");
    let app = &sandbox.origins().app;
    if sandbox.entra.consents.needs_administrator(identity, &missing) {
        return Err(Box::new(pages::approval(&asked.action, identity.person, &missing, app)));
    }
    let shown = if again { &asked.scopes } else { &missing };
    let administrator = identity.person.address == ADMINISTRATOR;
    if !how.pressed("consent") {
        return Err(Box::new(pages::consent(&asked.action, identity.person, shown, administrator, verified, app)));
    }
    let everybody = administrator && how.pressed("organization");
    sandbox.entra.consents.accept(&asked.client, identity, &asked.scopes, everybody);
    Ok(())
}

/// Whether this app sends a person round and round without a page.
fn is_loop(sandbox: &mut Sandbox, client: &str, person: &'static Person, now_ms: i64) -> bool {
    let visits = sandbox.entra.silent_visits.entry((client.to_owned(), person.object_id)).or_default();
    visits.retain(|at| now_ms - at < LOOP_MS);
    visits.push(now_ms);
    visits.len() > LOOP_VISITS
}

/// Signs in and sends the browser back with a code.
fn finish(
    sandbox: &mut Sandbox,
    request: &Request<Vec<u8>>,
    mut asked: Asked,
    identity: Identity,
    how: How<'_>,
    now_ms: i64,
) -> Answer {
    let person = identity.person;
    if !matches!(how, How::Form(_)) && is_loop(sandbox, &asked.client, person, now_ms) {
        return asked.way.refuse(sandbox, &Failure::RequestLoop, now_ms);
    }
    let cookie = browser::cookie(sandbox, request).unwrap_or_else(|| sandbox.secret("session"));
    let browser = sandbox.entra.browsers.entry(cookie.clone()).or_default();
    if matches!(how, How::Form(_)) {
        browser.sit_down(person, &cookie, now_ms);
    }
    let (sid, signed_in_ms) = match browser.seats.iter_mut().find(|seat| seat.person.object_id == person.object_id) {
        Some(seat) => {
            seat.clients.insert(asked.client.clone());
            (seat.sid.clone(), seat.since_ms)
        }
        None => (String::new(), now_ms),
    };
    // A test may have ordered that somebody else comes back.
    let other = sandbox.entra.dials.answer_as.and_then(|person| asked.tenant.admit(person).ok());
    let identity = other.unwrap_or(identity);
    let met = asked.claims.meets(identity.person, &sandbox.entra.challenges).iter().map(|one| one.id).collect();
    let client_info = client_info(&identity);
    let subject = Subject { identity, client: asked.client.clone(), signed_in_ms, sid, met };
    asked.way.spoil(sandbox);
    let wants_client_info = asked.client_info;
    let way = asked.way.clone();
    let code = code(sandbox, asked, subject, now_ms);
    let mut parameters = vec![("code", code)];
    if wants_client_info {
        parameters.push(("client_info", client_info));
    }
    // The public name of the session must not be the cookie itself.
    parameters.push(("session_state", guid(&[b"session state", cookie.as_bytes()])));
    let mut answer = way.back(&parameters);
    if matches!(how, How::Form(_)) {
        browser::remember(&mut answer, &cookie);
    }
    answer
}

fn code(sandbox: &mut Sandbox, asked: Asked, subject: Subject, now_ms: i64) -> String {
    if std::mem::take(&mut sandbox.entra.dials.replay_code)
        && let Some(code) = sandbox.entra.last_code.clone()
    {
        return code;
    }
    let name = format!("1.{}", sandbox.secret("code"));
    let code = Code {
        subject,
        redirect_uri: asked.way.uri,
        challenge: asked.challenge,
        nonce: asked.nonce,
        scopes: asked.scopes,
        claims: asked.claims,
        dated: asked.max_age_s.is_some(),
        expires_ms: now_ms + CODE_MS,
        used: false,
    };
    sandbox.entra.codes.insert(name.clone(), code);
    sandbox.entra.last_code = Some(name.clone());
    name
}

/// Who it is, in the form that Microsoft's own library keys its cache by.
pub(super) fn client_info(identity: &Identity) -> String {
    base64_url(json!({"uid": identity.object_id(), "utid": identity.tenant}).to_string().as_bytes())
}

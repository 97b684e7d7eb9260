//! The authorize endpoint: checks the request, shows the people, and sends the browser back with a code.
//! A wrong redirect address is never redirected to.

use http::{Method, Request};

use crate::entra::{COOKIE, Code, page, session_cookie};
use crate::people::{self, Person};
use crate::sandbox::Sandbox;
use crate::web::{self, Answer, Pairs, percent_encode};

/// A code lives ten minutes.
const CODE_MS: i64 = 600_000;

/// An authorize request that may be redirected.
struct Asked {
    client: String,
    redirect_uri: String,
    fragment: bool,
    state: Option<String>,
    nonce: Option<String>,
    scopes: Vec<String>,
    challenge: String,
}

/// Whether an address lies on an origin.
pub(super) fn belongs_to(origin: &str, uri: &str) -> bool {
    uri.strip_prefix(origin).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        && !uri.contains(['#', '\r', '\n'])
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

pub(super) fn handle(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, tenant: &str, now_ms: i64) -> Answer {
    let raw_query = request.uri().query().unwrap_or_default();
    let query = Pairs::parse(raw_query);
    let client = query.first("client_id").unwrap_or_default();
    if !is_guid(client) {
        return page::refused(
            "AADSTS700016: Application was not found in the directory. The client_id must be the application's GUID.",
        );
    }
    let redirect_uri = query.first("redirect_uri").unwrap_or_default();
    if !belongs_to(&sandbox.origins().app, redirect_uri) {
        return page::refused(&format!(
            "AADSTS50011: The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs configured for the application '{client}'."
        ));
    }
    let asked = match read(&query, client, redirect_uri) {
        Ok(asked) => asked,
        Err((error, text)) => {
            let fragment = query.first("response_mode") == Some("fragment");
            return back(
                redirect_uri,
                fragment,
                query.first("state"),
                &[("error", error), ("error_description", text)],
            );
        }
    };
    if request.method() == Method::POST {
        return chosen(sandbox, request, &asked, now_ms);
    }
    if query.first("prompt") == Some("none") {
        return silent(sandbox, request, &query, &asked, now_ms);
    }
    let action = format!("/{tenant}/oauth2/v2.0/authorize?{raw_query}");
    page::sign_in(&action, query.first("login_hint"), &sandbox.origins().app)
}

/// Checks what may be answered by a redirect.
fn read(query: &Pairs, client: &str, redirect_uri: &str) -> Result<Asked, (&'static str, &'static str)> {
    if query.first("response_type") != Some("code") {
        return Err((
            "unsupported_response_type",
            "AADSTS700051: The response_type is not enabled for the application; use code.",
        ));
    }
    let fragment = match query.first("response_mode") {
        Some("fragment") => true,
        Some("query") | None => false,
        Some(_) => return Err(("invalid_request", "AADSTS90014: The response_mode is not supported.")),
    };
    let scopes: Vec<String> = query.first("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() {
        return Err(("invalid_request", "AADSTS900144: The request must contain the following parameter: 'scope'."));
    }
    let challenge = query.first("code_challenge").unwrap_or_default();
    let good = (43..=128).contains(&challenge.len())
        && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    if !good {
        return Err((
            "invalid_request",
            "AADSTS9002325: Proof Key for Code Exchange is required for cross-origin authorization code redemption.",
        ));
    }
    if query.first("code_challenge_method") != Some("S256") {
        return Err(("invalid_request", "AADSTS501491: The code_challenge_method must be S256."));
    }
    Ok(Asked {
        client: client.to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        fragment,
        state: query.first("state").map(str::to_owned),
        nonce: query.first("nonce").map(str::to_owned),
        scopes,
        challenge: challenge.to_owned(),
    })
}

/// A person was chosen on the page, or the page was cancelled.
fn chosen(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, asked: &Asked, now_ms: i64) -> Answer {
    let form = Pairs::parse(&String::from_utf8_lossy(request.body()));
    let Some(person) = form.first("account").and_then(people::find) else {
        return refuse(asked, "access_denied", "AADSTS65004: User declined to consent to access the app.");
    };
    let session = sandbox.secret("session");
    sandbox.entra.sessions.insert(session.clone(), person);
    let mut answer = grant(sandbox, asked, person, &session, now_ms);
    web::set(&mut answer, "set-cookie", &format!("{COOKIE}={session}; Path=/; HttpOnly; SameSite=Lax"));
    answer
}

/// `prompt=none`: only a browser that is signed in gets a code, and only for the hinted person.
fn silent(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, query: &Pairs, asked: &Asked, now_ms: i64) -> Answer {
    let session = session_cookie(request).unwrap_or_default();
    let person = sandbox.entra.sessions.get(&session).copied();
    let fits = |person: &Person| {
        query
            .first("login_hint")
            .is_none_or(|hint| hint.eq_ignore_ascii_case(person.address) || hint == super::token::login_hint(person))
    };
    match person.filter(|person| fits(person)) {
        Some(person) => grant(sandbox, asked, person, &session, now_ms),
        None => {
            refuse(asked, "login_required", "AADSTS50058: A silent sign-in request was sent but no user is signed in.")
        }
    }
}

fn grant(sandbox: &mut Sandbox, asked: &Asked, person: &'static Person, session: &str, now_ms: i64) -> Answer {
    let code = format!("1.{}", sandbox.secret("code"));
    sandbox.entra.codes.insert(
        code.clone(),
        Code {
            person,
            client: asked.client.clone(),
            redirect_uri: asked.redirect_uri.clone(),
            challenge: asked.challenge.clone(),
            nonce: asked.nonce.clone(),
            scopes: asked.scopes.clone(),
            expires_ms: now_ms + CODE_MS,
            used: false,
        },
    );
    // The public name of the session must not be the cookie itself.
    let session_state = crate::chance::guid(&[b"session state", session.as_bytes()]);
    back(
        &asked.redirect_uri,
        asked.fragment,
        asked.state.as_deref(),
        &[("code", &code), ("session_state", &session_state)],
    )
}

fn refuse(asked: &Asked, error: &str, text: &str) -> Answer {
    back(&asked.redirect_uri, asked.fragment, asked.state.as_deref(), &[("error", error), ("error_description", text)])
}

/// Sends the browser back to the app with parameters in the fragment or the query.
fn back(uri: &str, fragment: bool, state: Option<&str>, parameters: &[(&str, &str)]) -> Answer {
    let mut parts: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}={}", percent_encode(value))).collect();
    if let Some(state) = state {
        parts.insert(1, format!("state={}", percent_encode(state)));
    }
    let mark = match (fragment, uri.contains('?')) {
        (true, _) => '#',
        (false, true) => '&',
        (false, false) => '?',
    };
    web::redirect(&format!("{uri}{mark}{}", parts.join("&")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_apps_own_origin_is_redirected_to() {
        let app = "http://localhost:8080";
        assert!(belongs_to(app, "http://localhost:8080/"));
        assert!(belongs_to(app, "http://localhost:8080/inbox?x=1"));
        assert!(!belongs_to(app, "http://localhost:80801/"));
        assert!(!belongs_to(app, "http://localhost:8080.evil.example/"));
        assert!(!belongs_to(app, "http://localhost:8080@evil.example/"));
    }
}

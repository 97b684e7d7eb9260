//! Admin consent: an administrator agrees to what an app asks for, on behalf of everybody.
//! The app learns by a redirect whether they did; it gets no code and no token.

use http::{Method, Request};

use crate::entra::consent::ADMINISTRATOR;
use crate::entra::failure::Failure;
use crate::entra::tenant::Tenant;
use crate::entra::{correlation, page, pages, scopes};
use crate::people;
use crate::sandbox::Sandbox;
use crate::web::{self, Answer, Pairs, percent_encode};

/// What an app asks an administrator for.
struct Asked {
    client: String,
    uri: String,
    scopes: Vec<String>,
    action: String,
}

pub(super) fn handle(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, tenant: Tenant, now_ms: i64) -> Answer {
    let query = Pairs::parse(request.uri().query().unwrap_or_default());
    let correlation = correlation(request);
    let asked = match read(sandbox, request, &query) {
        Ok(asked) => asked,
        Err(failure) => {
            let sentence = failure.sentence(sandbox, correlation.as_deref(), now_ms);
            return page::refused(&sentence);
        }
    };
    let app = sandbox.origins().app.clone();
    if request.method() == Method::GET {
        return pages::administrator(&asked.action, &app);
    }
    let form = Pairs::parse(&String::from_utf8_lossy(request.body()));
    let state = query.first("state");
    let chosen = form.first("account").filter(|_| form.first("cancel").is_none());
    let Some(account) = chosen else {
        let declined = [("error", "permission_denied"), ("error_description", "The admin canceled the request")];
        return back(&asked.uri, state, &declined);
    };
    let identity = match people::find(account) {
        Some(person) => tenant.admit(person),
        None => Err(Failure::UserUnknown(account.to_owned())),
    };
    let identity = identity.and_then(|identity| {
        if identity.person.address == ADMINISTRATOR { Ok(identity) } else { Err(Failure::NotAdministrator) }
    });
    let identity = match identity {
        Ok(identity) => identity,
        Err(failure) => {
            let sentence = failure.sentence(sandbox, correlation.as_deref(), now_ms);
            return page::refused(&sentence);
        }
    };
    if form.first("consent").is_none() {
        return pages::consent(&asked.action, identity.person, &asked.scopes, false, false, &app);
    }
    sandbox.entra.consents.accept(&asked.client, &identity, &asked.scopes, true);
    let granted = asked.scopes.join(" ");
    back(&asked.uri, state, &[("admin_consent", "True"), ("tenant", identity.tenant), ("scope", &granted)])
}

fn read(sandbox: &Sandbox, request: &Request<Vec<u8>>, query: &Pairs) -> Result<Asked, Failure> {
    let client = query.first("client_id").unwrap_or_default();
    let application = sandbox.entra.applications.find(client)?;
    let uri = query.first("redirect_uri").unwrap_or_default();
    if !application.may_return_to(uri, &sandbox.origins().app) {
        return Err(Failure::RedirectUnknown(uri.to_owned()));
    }
    // The older address names no scopes and means those of the registration, which are a mail client's here.
    let registered = "openid profile offline_access User.Read Mail.ReadWrite Mail.Send MailboxSettings.ReadWrite";
    let scopes = scopes::read(query.first("scope").unwrap_or(registered), &sandbox.origins().graph)?;
    Ok(Asked { client: client.to_owned(), uri: uri.to_owned(), scopes, action: request.uri().to_string() })
}

fn back(uri: &str, state: Option<&str>, parameters: &[(&str, &str)]) -> Answer {
    let state = state.map(|state| ("state", state));
    let parts: Vec<String> = parameters
        .iter()
        .copied()
        .chain(state)
        .map(|(name, value)| format!("{name}={}", percent_encode(value)))
        .collect();
    let mark = if uri.contains('?') { '&' } else { '?' };
    web::redirect(&format!("{uri}{mark}{}", parts.join("&")))
}

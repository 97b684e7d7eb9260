//! The pages that ask something: which account, who are you, do you agree.
//! Each is one form, whose hidden fields carry what was answered on the pages before.

use sha2::{Digest, Sha256};

use crate::chance::base64;
use crate::entra::page::page;
use crate::entra::scopes;
use crate::people::{PEOPLE, Person};
use crate::web::{self, Answer, escape_html};

const TITLE: &str = "Sign in to Petrel sandbox";
const CANCEL: &str = "<button class=\"cancel\" type=\"submit\" name=\"cancel\" value=\"1\">Cancel</button>";
/// Sends the one form of a page as soon as it is there.
const SUBMIT: &str = "document.forms[0].submit()";

/// The page on which a person is chosen; `action` is the address the choice goes to.
pub(super) fn sign_in(action: &str, hint: Option<&str>, signed_in: &[&str], said: Option<&str>, app: &str) -> Answer {
    let mut people: Vec<&Person> = PEOPLE.iter().collect();
    people.sort_by_key(|person| {
        let hinted = hint.is_some_and(|hint| super::browser::is_hinted(person, hint));
        (!hinted, !signed_in.contains(&person.address))
    });
    let rows: String = people
        .iter()
        .map(|person| account(person, if signed_in.contains(&person.address) { "Signed in" } else { "" }))
        .collect();
    let problem =
        said.map_or(String::new(), |text| format!("<p class=\"problem\" role=\"alert\">{}</p>", escape_html(text)));
    let inner = format!(
        "<h1>{TITLE}</h1>{problem}<p>Choose an account. There are no passwords here.</p><form method=\"post\" action=\"{}\"><ul>{rows}</ul>{CANCEL}</form>",
        escape_html(action)
    );
    page(200, TITLE, &inner, app)
}

/// A person as a button.
fn account(person: &Person, note: &str) -> String {
    let initial = person.name.chars().next().unwrap_or('?');
    let note = if note.is_empty() { String::new() } else { format!(" · {note}") };
    format!(
        "<li><button class=\"person\" type=\"submit\" name=\"account\" value=\"{address}\" data-account=\"{address}\"><span class=\"mark\" aria-hidden=\"true\">{initial}</span><span><b>{name}</b><small>{address}{note}</small></span></button></li>",
        address = escape_html(person.address),
        name = escape_html(person.name),
    )
}

/// A form that goes on with a person who was chosen before.
fn form(action: &str, person: &Person, verified: bool, content: &str) -> String {
    let verified = if verified { "<input type=\"hidden\" name=\"verified\" value=\"1\">" } else { "" };
    format!(
        "<form method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"account\" value=\"{}\">{verified}{content}</form>",
        escape_html(action),
        escape_html(person.address)
    )
}

/// The page of the second factor, which is a button here.
pub(super) fn verify(action: &str, person: &Person, app: &str) -> Answer {
    let content = format!(
        "<button class=\"main\" type=\"submit\" name=\"verified\" value=\"1\" data-verify>It is me</button>{CANCEL}"
    );
    let inner = format!(
        "<h1>Verify your identity</h1><p>Your organization needs more than your account name, {}. Approve the sign-in.</p>{}",
        escape_html(person.name),
        form(action, person, false, &content)
    );
    page(200, "Verify your identity", &inner, app)
}

fn scope_list(asked: &[String]) -> String {
    let rows: String = asked
        .iter()
        .filter_map(|scope| scopes::find(scope))
        .map(|known| {
            format!(
                "<li data-scope=\"{}\"><b>{}</b><small>{}</small></li>",
                escape_html(known.name),
                escape_html(known.title),
                escape_html(known.meaning)
            )
        })
        .collect();
    format!("<ul class=\"scopes\">{rows}</ul>")
}

/// The page on which a person agrees to what the app asks for.
pub(super) fn consent(
    action: &str,
    person: &Person,
    asked: &[String],
    administrator: bool,
    verified: bool,
    app: &str,
) -> Answer {
    let everybody = if administrator {
        "<label><input type=\"checkbox\" name=\"organization\" value=\"1\">Consent on behalf of your organization</label>"
    } else {
        ""
    };
    let content = format!(
        "{everybody}<button class=\"main\" type=\"submit\" name=\"consent\" value=\"accept\" data-consent>Accept</button>{CANCEL}"
    );
    let inner = format!(
        "<h1>Permissions requested</h1><p>{} · This app would like to:</p>{}{}",
        escape_html(person.address),
        scope_list(asked),
        form(action, person, verified, &content)
    );
    page(200, "Permissions requested", &inner, app)
}

/// The page that says that an administrator has to agree first.
pub(super) fn approval(action: &str, person: &Person, asked: &[String], app: &str) -> Answer {
    let content = "<button class=\"main\" type=\"submit\" name=\"return\" value=\"1\" data-return>Return to the application without granting consent</button>";
    let inner = format!(
        "<h1>Need admin approval</h1><p>{} · This app needs permissions that only an administrator can grant:</p>{}{}",
        escape_html(person.address),
        scope_list(asked),
        form(action, person, false, content)
    );
    page(200, "Need admin approval", &inner, app)
}

/// The page on which an administrator is chosen, to agree for everybody.
pub(super) fn administrator(action: &str, app: &str) -> Answer {
    let rows: String = PEOPLE.iter().map(|person| account(person, "")).collect();
    let inner = format!(
        "<h1>{TITLE}</h1><p>An administrator has to agree to what an app asks for.</p><form method=\"post\" action=\"{}\"><ul>{rows}</ul>{CANCEL}</form>",
        escape_html(action)
    );
    page(200, TITLE, &inner, app)
}

/// The page that asks who is to be signed out.
pub(super) fn leave(action: &str, people: &[&Person], app: &str) -> Answer {
    let rows: String = people.iter().map(|person| account(person, "Signed in")).collect();
    let inner = format!(
        "<h1>Pick an account to sign out of</h1><form method=\"post\" action=\"{}\"><ul>{rows}</ul><button class=\"cancel\" type=\"submit\" name=\"everybody\" value=\"1\">Sign out of all accounts</button></form>",
        escape_html(action)
    );
    page(200, "Sign out of Petrel sandbox", &inner, app)
}

/// The page that tells other apps of the end of a session, and then goes on by itself.
pub(super) fn farewell(frames: &[String], next: Option<&str>) -> Answer {
    let frames: String = frames
        .iter()
        .map(|address| {
            let address = escape_html(address);
            format!("<iframe title=\"Signing out of an app\" src=\"{address}\" hidden></iframe>")
        })
        .collect();
    let inner = format!("<h1>You signed out</h1><p>You can close this window.</p>{frames}");
    let mut answer = page(200, "Signed out of Petrel sandbox", &inner, "");
    web::set(
        &mut answer,
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src http: https:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
    );
    if let Some(next) = next {
        web::set(&mut answer, "refresh", &format!("1; url={next}"));
    }
    answer
}

/// The answer as a form that the browser posts to the app.
pub(super) fn form_post(uri: &str, parameters: &[(&str, &str)]) -> Answer {
    let fields: String = parameters
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape_html(value)))
        .collect();
    let inner = format!(
        "<h1>Working</h1><form method=\"post\" action=\"{}\">{fields}<button class=\"main\" type=\"submit\">Continue</button></form><script>{SUBMIT}</script>",
        escape_html(uri)
    );
    let mut answer = page(200, "Working", &inner, "");
    let hash = base64(&Sha256::digest(SUBMIT.as_bytes()));
    let origin: String = uri.split('/').take(3).collect::<Vec<&str>>().join("/");
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{hash}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'; form-action {origin}"
    );
    web::set(&mut answer, "content-security-policy", &policy);
    answer
}

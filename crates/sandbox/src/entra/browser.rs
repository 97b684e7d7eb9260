//! Browsers: who is signed in where, known by one cookie.
//! Several people may share a browser, as accounts do at Microsoft.

use std::collections::BTreeSet;

use http::Request;

use crate::chance::{base64_url, guid};
use crate::people::Person;
use crate::sandbox::Sandbox;
use crate::web::{self, Answer, header};

/// The cookie that stands for a signed-in browser.
const COOKIE: &str = "petrel_sandbox_session";

/// Somebody signed in to a browser.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    pub(super) person: &'static Person,
    pub(super) since_ms: i64,
    /// The public name of the session.
    pub(super) sid: String,
    /// Apps that got tokens, to be told when the session ends.
    pub(super) clients: BTreeSet<String>,
}

/// Everybody signed in to a browser, first come first.
#[derive(Clone, Debug, Default)]
pub(super) struct Browser {
    pub(super) seats: Vec<Seat>,
}

/// The opaque hint that names a person to the sign-in page.
pub(super) fn login_hint(person: &Person) -> String {
    format!("O.{}", base64_url(person.object_id.as_bytes()))
}

/// Whether a hint, an address or the opaque one, means this person.
pub(super) fn is_hinted(person: &Person, hint: &str) -> bool {
    hint.eq_ignore_ascii_case(person.address) || hint == login_hint(person)
}

impl Browser {
    /// Signs a person in; whoever was signed in stays.
    pub(super) fn sit_down(&mut self, person: &'static Person, cookie: &str, now_ms: i64) {
        match self.seats.iter_mut().find(|seat| seat.person.object_id == person.object_id) {
            Some(seat) => seat.since_ms = now_ms,
            None => self.seats.push(Seat {
                person,
                since_ms: now_ms,
                // Must not be the cookie itself, because apps get to see it.
                sid: guid(&[b"session", cookie.as_bytes(), person.object_id.as_bytes()]),
                clients: BTreeSet::new(),
            }),
        }
    }
}

/// The value of a request's session cookie, where it is one that was given out.
pub(super) fn cookie(sandbox: &Sandbox, request: &Request<Vec<u8>>) -> Option<String> {
    header(request.headers(), "cookie")?
        .split(';')
        .filter_map(|one| one.trim().split_once('='))
        .find(|(name, value)| *name == COOKIE && sandbox.entra.browsers.contains_key(*value))
        .map(|(_, value)| value.to_owned())
}

/// Gives the browser its cookie.
pub(super) fn remember(answer: &mut Answer, cookie: &str) {
    web::set(answer, "set-cookie", &format!("{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Lax"));
}

/// Takes the cookie back.
pub(super) fn forget(answer: &mut Answer) {
    web::set(answer, "set-cookie", &format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"));
}

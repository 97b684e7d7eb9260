//! Signing out of the browser: one account or all, then the apps are told, then back to the app.
//! Only an address of the app that asks is returned to.

use std::collections::BTreeSet;

use http::Request;

use crate::chance::base64_decode;
use crate::entra::browser::{self, Seat};
use crate::entra::{application, page, pages};
use crate::people::{self, Person};
use crate::sandbox::Sandbox;
use crate::web::{self, Answer, Pairs, percent_encode};

pub(super) fn handle(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, word: &str, now_ms: i64) -> Answer {
    let raw = request.uri().query().unwrap_or_default();
    let query = Pairs::parse(raw);
    let form = Pairs::parse(&String::from_utf8_lossy(request.body()));
    let asked = |name: &str| query.first(name).or_else(|| form.first(name)).filter(|text| !text.is_empty());
    let next = asked("post_logout_redirect_uri").filter(|uri| application::belongs_to(&sandbox.origins().app, uri));
    let next = next.map(|uri| match asked("state") {
        Some(state) => {
            format!("{uri}{}state={}", if uri.contains('?') { '&' } else { '?' }, percent_encode(state))
        }
        None => uri.to_owned(),
    });
    let Some(cookie) = browser::cookie(sandbox, request) else {
        return done(&[], next.as_deref());
    };
    let seats = sandbox.entra.browsers.get(&cookie).map(|browser| browser.seats.clone()).unwrap_or_default();
    let hinted = asked("logout_hint")
        .and_then(|hint| seats.iter().find(|seat| browser::is_hinted(seat.person, hint)))
        .or_else(|| asked("id_token_hint").and_then(|token| seats.iter().find(|seat| is_of(token, seat))))
        .or_else(|| asked("account").and_then(people::find).and_then(|one| seats.iter().find(|s| same(s, one))));
    let leaving: Vec<Seat> = match hinted {
        Some(seat) => vec![seat.clone()],
        None if seats.len() > 1 && asked("everybody").is_none() => {
            let people: Vec<&Person> = seats.iter().map(|seat| seat.person).collect();
            let action = format!("/{word}/oauth2/v2.0/logout?{raw}");
            return pages::leave(&action, &people, &sandbox.origins().app);
        }
        None => seats.clone(),
    };
    let frames = frames(sandbox, &leaving, now_ms);
    let mut answer = done(&frames, next.as_deref());
    if leaving.len() == seats.len() {
        sandbox.entra.browsers.remove(&cookie);
        browser::forget(&mut answer);
    } else if let Some(browser) = sandbox.entra.browsers.get_mut(&cookie) {
        browser.seats.retain(|seat| !leaving.iter().any(|one| same(seat, one.person)));
    }
    answer
}

fn same(seat: &Seat, person: &Person) -> bool {
    seat.person.object_id == person.object_id
}

/// Whether an id token was made for this seat; it need not be young, so that it is only read.
fn is_of(token: &str, seat: &Seat) -> bool {
    let claims = token.split('.').nth(1).and_then(base64_decode);
    let claims = claims.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    claims.is_some_and(|claims| claims.get("sid").and_then(|sid| sid.as_str()) == Some(seat.sid.as_str()))
}

/// What the browser has to load, so that every app that got tokens hears of it.
fn frames(sandbox: &Sandbox, leaving: &[Seat], now_ms: i64) -> Vec<String> {
    let issuer = format!("{}/{}/v2.0", sandbox.origins().entra, people::TENANT);
    let mut frames = BTreeSet::new();
    for seat in leaving.iter().filter(|seat| seat.since_ms <= now_ms) {
        for client in &seat.clients {
            let url = sandbox.entra.applications.find(client).ok().and_then(|application| application.logout_url);
            if let Some(url) = url {
                let mark = if url.contains('?') { '&' } else { '?' };
                frames.insert(format!("{url}{mark}iss={}&sid={}", percent_encode(&issuer), seat.sid));
            }
        }
    }
    frames.into_iter().collect()
}

fn done(frames: &[String], next: Option<&str>) -> Answer {
    match (frames.is_empty(), next) {
        (true, Some(next)) => web::redirect(next),
        (true, None) => page::signed_out(),
        // The frames need a moment before the browser goes on.
        (false, next) => pages::farewell(frames, next),
    }
}

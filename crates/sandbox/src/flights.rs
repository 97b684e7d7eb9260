//! Which requests are under way, and how much of a mailbox's attention those of one app take.
//! Throttling is about real overlap, so a request counts from its first byte to the last of its answer.

use std::collections::BTreeMap;

use http::HeaderMap;

use crate::sandbox::Sandbox;
use crate::settings::Host;
use crate::web::header;

/// A request that is under way. A server that takes time over requests gets one from `Sandbox::take_off`,
/// puts it into the request's extensions, and gives it back by `Sandbox::land`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flight(u64);

struct UnderWay {
    /// Requests with the same key share a limit: one app in one mailbox.
    key: String,
    /// How many of the mailbox's places it takes.
    places: usize,
    /// When it ends by itself; none where it is given back.
    until_ms: Option<i64>,
}

/// All requests under way.
#[derive(Default)]
pub(crate) struct Flights {
    next: u64,
    under_way: BTreeMap<u64, UnderWay>,
}

impl Flights {
    fn begin(&mut self, key: String, places: usize) -> Flight {
        self.next += 1;
        self.under_way.insert(self.next, UnderWay { key, places, until_ms: None });
        Flight(self.next)
    }

    /// Forgets what ended by itself.
    pub(crate) fn sweep(&mut self, now_ms: i64) {
        self.under_way.retain(|_, one| one.until_ms.is_none_or(|until| until > now_ms));
    }

    /// Lets a request end by itself.
    pub(crate) fn ends(&mut self, flight: Flight, until_ms: i64) {
        if let Some(one) = self.under_way.get_mut(&flight.0) {
            one.until_ms = Some(until_ms);
        }
    }

    /// Says that a request takes more places than one, as a batch does.
    pub(crate) fn takes(&mut self, flight: Flight, places: usize) {
        if let Some(one) = self.under_way.get_mut(&flight.0) {
            one.places = places;
        }
    }

    fn alike(&self, flight: Flight) -> impl Iterator<Item = (&u64, &UnderWay)> {
        let key = self.under_way.get(&flight.0).map(|one| one.key.as_str());
        self.under_way.iter().filter(move |(_, one)| Some(one.key.as_str()) == key)
    }

    /// How many requests of the same client are under way, this one included.
    pub(crate) fn count(&self, flight: Flight) -> usize {
        self.alike(flight).count().max(1)
    }

    /// How many of the mailbox's places the same client's other requests take.
    pub(crate) fn taken_by_others(&self, flight: Flight) -> usize {
        self.alike(flight).filter(|(number, _)| **number != flight.0).map(|(_, one)| one.places).sum()
    }
}

impl Sandbox {
    /// Counts a request in, from what its head says.
    pub fn take_off(&mut self, host: Host, path: &str, headers: &HeaderMap) -> Flight {
        let token = header(headers, "authorization").unwrap_or_default();
        let grant = token.split_once(' ').and_then(|(_, token)| self.entra.access(token.trim()));
        let who = match grant {
            Some(grant) => format!("{} {}", grant.person.object_id, grant.client),
            None => token.to_owned(),
        };
        let places = usize::from(host == Host::Graph && grant.is_some() && is_mailbox(path));
        self.flights.begin(format!("{} {who}", host.word()), places)
    }

    /// Counts a request out.
    pub fn land(&mut self, flight: Flight) {
        self.flights.under_way.remove(&flight.0);
    }
}

/// Whether a path leads into a mailbox: the directory and the subscriptions have limits of their own.
pub(crate) fn is_mailbox(path: &str) -> bool {
    let words: Vec<String> =
        path.split('/').filter(|word| !word.is_empty()).skip(1).map(str::to_ascii_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["me", "photo" | "photos", ..] => false,
        ["me", _, ..] | ["users", _, _, ..] | ["search", ..] => true,
        _ => false,
    }
}

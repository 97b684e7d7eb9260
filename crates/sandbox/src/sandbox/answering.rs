//! One request from arrival to answer: counted, logged, perhaps struck by a fault, and dressed for browsers.
//! What the services say is theirs; here is only what happens around them.

use http::{Method, Request};

use crate::chance::Chance;
use crate::control::spoil::{self, Around};
use crate::control::then::{Blow, Deed, Pace, Spoil};
use crate::cors;
use crate::entra;
use crate::flights::Flight;
use crate::sandbox::{Fate, Faulted, Reply, Sandbox};
use crate::settings::Host;
use crate::web::{self, Answer};

/// A request that waited before the work, and what still awaits it.
#[derive(Clone, Debug)]
struct Held {
    entry: u64,
    blow: Blow,
}

impl Sandbox {
    /// Answers a request to one of the services; `now` is the sandbox's time.
    pub(super) fn answer(&mut self, host: Host, mut request: Request<Vec<u8>>, now: i64) -> Reply {
        self.flights.sweep(now);
        let given = request.extensions().get::<Flight>().copied();
        let flight = given.unwrap_or_else(|| self.take_off(host, request.uri().path(), request.headers()));
        request.extensions_mut().insert(flight);
        let (entry, blow) = match request.extensions_mut().remove::<Held>() {
            Some(held) => (held.entry, Some(held.blow)),
            None => {
                let in_flight = self.flights.count(flight);
                let entry = self.log.begin(host, &request, &self.entra, in_flight, now);
                (entry, self.faults.judge(host, &request))
            }
        };
        let mut blow = blow.unwrap_or_default();
        if blow.hold_ms > 0 {
            let ms = std::mem::take(&mut blow.hold_ms);
            self.ends_after(flight, given, now, ms);
            request.extensions_mut().insert(Held { entry, blow });
            let response = web::empty(503);
            return Reply { response, fate: Fate::Delay(ms), pace: Pace::Whole, held: Some(request) };
        }
        let mut response = self.struck(host, &request, &blow, now, entry);
        let cut = matches!(blow.deed, Deed::Drop { .. });
        self.log.end(entry, if cut { 0 } else { response.status().as_u16() });
        if host != Host::Entra || entra::is_cross_origin(request.uri().path()) {
            self.limits.cors.dress(host, request.headers(), &mut response);
        }
        self.hold(&response, entry);
        // A mere delay leaves the answer what it would have been.
        if cut || !matches!(blow.deed, Deed::Serve) || !blow.spoils.is_empty() || !matches!(blow.pace, Pace::Whole) {
            response.extensions_mut().insert(Faulted);
        }
        let fate = if cut { Fate::Drop } else { self.wait(host, &request, blow.delay_ms, entry) };
        let ms = if let Fate::Delay(ms) = fate { ms } else { 0 };
        self.ends_after(flight, given, now, ms);
        Reply { response, fate, pace: blow.pace, held: None }
    }

    /// Without a server that says when a request ends, it ends with its delay.
    fn ends_after(&mut self, flight: Flight, given: Option<Flight>, now: i64, ms: u64) {
        if given.is_none() {
            self.flights.ends(flight, now.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)));
        }
    }

    /// How long an answer waits: what a rule says, and Graph's own slowness where it has one.
    fn wait(&self, host: Host, request: &Request<Vec<u8>>, delay_ms: u64, entry: u64) -> Fate {
        let slow = host == Host::Graph && request.method() != Method::OPTIONS;
        let latency = if slow { self.limits.latency(&mut Chance::new(self.seed ^ entry)) } else { 0 };
        match delay_ms.saturating_add(latency) {
            0 => Fate::Answer,
            ms => Fate::Delay(ms),
        }
    }

    fn work(&mut self, host: Host, request: &Request<Vec<u8>>, now: i64, entry: u64) -> Answer {
        if request.method() == Method::OPTIONS && host != Host::App {
            return cors::preflight(host);
        }
        let answer = self.serve(host, request, now, entry);
        self.faults.remember(host, request, &answer);
        answer
    }

    /// The answer after a blow; the mildest blow does nothing.
    fn struck(&mut self, host: Host, request: &Request<Vec<u8>>, blow: &Blow, now: i64, entry: u64) -> Answer {
        let mut answer = match &blow.deed {
            Deed::Serve => self.work(host, request, now, entry),
            Deed::Drop { worked } => {
                if *worked {
                    self.work(host, request, now, entry)
                } else {
                    web::empty(503)
                }
            }
            Deed::Instead { status, headers, body, worked } => {
                if *worked {
                    self.work(host, request, now, entry);
                }
                let mut answer = web::empty(*status);
                *answer.body_mut() = body.clone();
                spoil::add_headers(&mut answer, headers);
                answer
            }
            Deed::Repeat(which) => match self.faults.recall(host, request, *which) {
                Some(answer) => answer,
                None => self.work(host, request, now, entry),
            },
        };
        if !blow.spoils.is_empty() {
            let path = request.uri().path_and_query().map_or("", |both| both.as_str());
            let address = format!("{}{path}", self.origin_of(host));
            let strangers = if blow.spoils.iter().any(|one| matches!(one, Spoil::ForeignIds)) {
                self.strangers(&answer)
            } else {
                Vec::new()
            };
            let around = Around { address: &address, strangers: &strangers };
            for one in &blow.spoils {
                spoil::apply(one, &mut answer, &around);
            }
        }
        answer
    }

    fn origin_of(&self, host: Host) -> &str {
        let origins = self.origins();
        match host {
            Host::App => &origins.app,
            Host::Entra => &origins.entra,
            Host::Graph => &origins.graph,
            Host::Hub => &origins.hub,
            Host::Upload => &origins.upload,
        }
    }

    /// As many ids as an answer has rows, of messages in other folders, in the rows' own format.
    fn strangers(&self, answer: &Answer) -> Vec<String> {
        let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let rows = body.get("value").and_then(serde_json::Value::as_array).map_or(&[][..], Vec::as_slice);
        let Some(id) = rows.iter().find_map(|row| row.get("id")?.as_str()) else {
            return Vec::new();
        };
        for mailbox in self.mailboxes.values() {
            let Some(known) = mailbox.find(id).and_then(|key| mailbox.message(key)) else {
                continue;
            };
            let immutable = known.immutable_id == id;
            let others = mailbox.messages().map(|(_, one)| one).filter(|one| one.folder != known.folder);
            return others
                .take(rows.len())
                .map(|one| if immutable { one.immutable_id.clone() } else { one.default_id.clone() })
                .collect();
        }
        Vec::new()
    }
}

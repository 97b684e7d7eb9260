//! Rules that spoil requests: which ones, how often, and by what chance.
//! The first rule that fits decides; a rule counts only the requests that fit it.

use std::collections::VecDeque;

use http::{Method, Request};
use regex::Regex;
use serde_json::{Value, json};

use crate::chance::Chance;
use crate::control::then::{self, Blow, Deed, Which};
use crate::settings::Host;
use crate::web::Answer;

/// Answers that a repeating rule remembers.
const REMEMBERED: usize = 64;
/// Chance is counted in millionths.
const CERTAIN: f64 = 1_000_000.0;

/// One rule.
struct Fault {
    host: Option<Host>,
    method: Option<String>,
    path: Option<Regex>,
    body: Option<Regex>,
    /// Fitting requests to let through first.
    skip: u64,
    /// How often it still strikes; none means for ever.
    times: Option<u64>,
    /// In so many of a million cases, by the rule's own dice.
    millionths: usize,
    dice: Chance,
    /// One blow a strike, in turn.
    then: Vec<Blow>,
    struck: usize,
    memory: VecDeque<(String, Answer)>,
    written: Value,
}

/// All rules, oldest first.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// Adds a rule or a list of rules, all or none; answers with how many there are now.
    pub(crate) fn add(&mut self, body: &Value) -> Result<usize, String> {
        let list = match body.as_array() {
            Some(list) => list.clone(),
            None => vec![body.clone()],
        };
        let parsed: Vec<Fault> = list.iter().map(parse).collect::<Result<_, _>>()?;
        self.0.extend(parsed);
        Ok(self.0.len())
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn to_json(&self) -> Value {
        self.0.iter().map(|fault| json!({"rule": fault.written, "skip": fault.skip, "times": fault.times})).collect()
    }

    /// Whether a rule waits that cuts connections.
    pub(crate) fn may_drop(&self) -> bool {
        self.0.iter().any(|fault| fault.times != Some(0) && fault.then.iter().any(Blow::cuts))
    }

    /// Decides about a request. A preflight is only touched by a rule that names its method.
    pub(crate) fn judge(&mut self, host: Host, request: &Request<Vec<u8>>) -> Option<Blow> {
        self.0.iter_mut().find_map(|fault| fault.strike(host, request))
    }

    /// Decides about one step of a batch, where only rules with answers of their own can strike.
    pub(crate) fn judge_step(&mut self, request: &Request<Vec<u8>>) -> Option<Blow> {
        let answers = |fault: &&mut Fault| fault.then.iter().all(|blow| matches!(blow.deed, Deed::Instead { .. }));
        self.0.iter_mut().filter(answers).find_map(|fault| fault.strike(Host::Graph, request))
    }

    /// Keeps an answer for the rules that may give it again.
    pub(crate) fn remember(&mut self, host: Host, request: &Request<Vec<u8>>, answer: &Answer) {
        let repeats = |fault: &&mut Fault| fault.then.iter().any(|blow| matches!(blow.deed, Deed::Repeat(_)));
        for fault in self.0.iter_mut().filter(repeats) {
            if fault.fits(host, request) {
                fault.memory.push_front((address(request), answer.clone()));
                fault.memory.truncate(REMEMBERED);
            }
        }
    }

    /// An earlier answer to a request, of the first rule that has one.
    pub(crate) fn recall(&self, host: Host, request: &Request<Vec<u8>>, which: Which) -> Option<Answer> {
        let same = address(request);
        let fitting = self.0.iter().filter(|fault| fault.fits(host, request));
        fitting
            .flat_map(|fault| &fault.memory)
            .find(|(address, _)| which == Which::Last || *address == same)
            .map(|(_, answer)| answer.clone())
    }
}

/// A request's path and query.
fn address(request: &Request<Vec<u8>>) -> String {
    request.uri().path_and_query().map_or_else(|| request.uri().path().to_owned(), ToString::to_string)
}

impl Fault {
    fn strike(&mut self, host: Host, request: &Request<Vec<u8>>) -> Option<Blow> {
        if self.times == Some(0) || !self.fits(host, request) {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        if self.dice.below(1_000_000) >= self.millionths {
            return None;
        }
        self.times = self.times.map(|times| times - 1);
        let blow = self.then.get(self.struck % self.then.len().max(1)).cloned();
        self.struck += 1;
        blow
    }

    fn fits(&self, host: Host, request: &Request<Vec<u8>>) -> bool {
        let method_fits = match &self.method {
            Some(method) => method.eq_ignore_ascii_case(request.method().as_str()),
            None => request.method() != Method::OPTIONS,
        };
        let path = request.uri().path();
        self.host.is_none_or(|one| one == host)
            && method_fits
            && self.path.as_ref().is_none_or(|pattern| pattern.is_match(path) || pattern.is_match(&address(request)))
            && self.body.as_ref().is_none_or(|pattern| pattern.is_match(&String::from_utf8_lossy(request.body())))
    }
}

/// What a rule may say, and whether a value is of its kind.
type Member = (&'static str, fn(&Value) -> bool);
const MEMBERS: [Member; 9] = [
    ("host", Value::is_string),
    ("method", Value::is_string),
    ("path", Value::is_string),
    ("body", Value::is_string),
    ("skip", Value::is_u64),
    ("times", Value::is_u64),
    ("probability", Value::is_number),
    ("seed", Value::is_u64),
    ("then", |value| value.is_object() || value.is_array()),
];

/// Refuses what would otherwise strike other requests than was meant, or for ever.
fn check_members(rule: &Value) -> Result<(), String> {
    let object = rule.as_object().ok_or("A rule is an object.")?;
    for (name, value) in object {
        match MEMBERS.iter().find(|(known, _)| known == name) {
            None => return Err(format!("A rule knows no '{name}'.")),
            Some((_, fits)) if !fits(value) && !value.is_null() => return Err(format!("'{name}' cannot be {value}.")),
            Some(_) => {}
        }
    }
    Ok(())
}

fn parse(rule: &Value) -> Result<Fault, String> {
    check_members(rule)?;
    let text = |name: &str| rule.get(name).and_then(Value::as_str);
    let pattern = |name: &str| text(name).map(Regex::new).transpose().map_err(|error| error.to_string());
    let host = match text("host") {
        Some(word) => Some(Host::from_word(word).ok_or_else(|| format!("'{word}' is no host."))?),
        None => None,
    };
    let written = rule.get("then").ok_or("A rule needs then.")?;
    let then: Vec<Blow> = match written.as_array() {
        Some(list) => list.iter().map(then::parse).collect::<Result<_, _>>()?,
        None => vec![then::parse(written)?],
    };
    if then.is_empty() {
        return Err("A list of thens needs one at least.".to_owned());
    }
    Ok(Fault {
        host,
        method: text("method").map(str::to_owned),
        path: pattern("path")?,
        body: pattern("body")?,
        skip: rule.get("skip").and_then(Value::as_u64).unwrap_or(0),
        times: rule.get("times").and_then(Value::as_u64),
        millionths: millionths(rule)?,
        dice: Chance::new(rule.get("seed").and_then(Value::as_u64).unwrap_or(1)),
        then,
        struck: 0,
        memory: VecDeque::new(),
        written: rule.clone(),
    })
}

fn millionths(rule: &Value) -> Result<usize, String> {
    let Some(value) = rule.get("probability") else {
        return Ok(1_000_000);
    };
    let share = value.as_f64().filter(|share| (0.0..=1.0).contains(share)).ok_or("A probability is from 0 to 1.")?;
    // In range by the line above, so nothing is lost but the fraction.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to a million")]
    let millionths = (share * CERTAIN) as usize;
    Ok(millionths)
}

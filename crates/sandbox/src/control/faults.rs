//! Rules that spoil requests: another answer, a cut connection, a wait.
//! The first rule that fits decides; a rule counts only the requests that fit it.

use http::{HeaderName, HeaderValue, Method, Request};
use regex::Regex;
use serde_json::{Value, json};

use crate::settings::Host;
use crate::web::{self, Answer};

/// What a rule does.
#[derive(Clone, Debug)]
enum Then {
    Answer { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    DropBefore,
    DropAfter,
    Delay(u64),
}

/// One rule.
#[derive(Clone, Debug)]
struct Fault {
    host: Option<Host>,
    method: Option<String>,
    path: Option<Regex>,
    /// Fitting requests to let through first.
    skip: u64,
    /// How often it still strikes; none means for ever.
    times: Option<u64>,
    then: Then,
    written: Value,
}

/// What becomes of a request.
pub(crate) enum Verdict {
    Pass,
    Instead(Answer),
    DropBefore,
    DropAfter,
    Delay(u64),
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

    pub(crate) fn may_drop(&self) -> bool {
        self.0.iter().any(|fault| matches!(fault.then, Then::DropBefore | Then::DropAfter) && fault.times != Some(0))
    }

    /// Decides about a request. A preflight is only touched by a rule that names its method.
    pub(crate) fn judge(&mut self, host: Host, request: &Request<Vec<u8>>) -> Verdict {
        for fault in &mut self.0 {
            if fault.times == Some(0) || !fits(fault, host, request) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            fault.times = fault.times.map(|times| times - 1);
            return match &fault.then {
                Then::Answer { status, headers, body } => Verdict::Instead(instead(*status, headers, body)),
                Then::DropBefore => Verdict::DropBefore,
                Then::DropAfter => Verdict::DropAfter,
                Then::Delay(ms) => Verdict::Delay(*ms),
            };
        }
        Verdict::Pass
    }
}

fn fits(fault: &Fault, host: Host, request: &Request<Vec<u8>>) -> bool {
    let method_fits = match &fault.method {
        Some(method) => method.eq_ignore_ascii_case(request.method().as_str()),
        None => request.method() != Method::OPTIONS,
    };
    let path = request.uri().path();
    let whole = request.uri().path_and_query().map_or(path, |both| both.as_str());
    fault.host.is_none_or(|one| one == host)
        && method_fits
        && fault.path.as_ref().is_none_or(|pattern| pattern.is_match(path) || pattern.is_match(whole))
}

fn instead(status: u16, headers: &[(String, String)], body: &[u8]) -> Answer {
    let mut answer = web::empty(status);
    *answer.body_mut() = body.to_vec();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

fn parse(rule: &Value) -> Result<Fault, String> {
    let text = |name: &str| rule.get(name).and_then(Value::as_str);
    let host = match text("host") {
        Some(word) => Some(Host::from_word(word).ok_or_else(|| format!("'{word}' is no host."))?),
        None => None,
    };
    let path = match text("path") {
        Some(pattern) => Some(Regex::new(pattern).map_err(|error| error.to_string())?),
        None => None,
    };
    let then = rule.get("then").ok_or("A rule needs then.")?;
    Ok(Fault {
        host,
        method: text("method").map(str::to_owned),
        path,
        skip: rule.get("skip").and_then(Value::as_u64).unwrap_or(0),
        times: rule.get("times").and_then(Value::as_u64),
        then: parse_then(then)?,
        written: rule.clone(),
    })
}

fn parse_then(then: &Value) -> Result<Then, String> {
    if let Some(ms) = then.get("delay_ms").and_then(Value::as_u64) {
        return Ok(Then::Delay(ms));
    }
    match then.get("drop").and_then(Value::as_str) {
        Some("before") => return Ok(Then::DropBefore),
        Some("after") => return Ok(Then::DropAfter),
        Some(other) => return Err(format!("A drop is before or after, not '{other}'.")),
        None => {}
    }
    let status = then
        .get("status")
        .and_then(Value::as_u64)
        .and_then(|status| u16::try_from(status).ok())
        .filter(|status| (200..=599).contains(status))
        .ok_or("then needs a status from 200 to 599, drop, or delay_ms.")?;
    let mut headers: Vec<(String, String)> = then
        .get("headers")
        .and_then(Value::as_object)
        .map(|object| {
            object
                .iter()
                .map(|(name, value)| {
                    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    (name.to_ascii_lowercase(), value)
                })
                .collect()
        })
        .unwrap_or_default();
    let body = match then.get("body") {
        Some(body) if body.is_string() => body.as_str().unwrap_or_default().as_bytes().to_vec(),
        Some(body) if !body.is_null() => {
            if !headers.iter().any(|(name, _)| name == "content-type") {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
            }
            body.to_string().into_bytes()
        }
        Some(_) | None => Vec::new(),
    };
    Ok(Then::Answer { status, headers, body })
}

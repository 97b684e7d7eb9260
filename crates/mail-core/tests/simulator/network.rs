//! The way to Microsoft: each request takes its time, and some are struck.
//! What is bent is only the answer's bytes; the sandbox has then done the work, or never heard of it.

use crate::device::Device;
use crate::points::Point;
use crate::trouble::{Blow, Effect};
use mail_core::error::NetError;
use mail_core::ports::Http;
use sandbox::{Fate, Host};
use serde_json::{Value, json};
use std::rc::Rc;

/// The network as a process sees it.
pub struct Network(pub Rc<Device>);

const HOTEL: &[u8] = b"<!DOCTYPE html><title>Log in to the hotel's network</title>";

impl Http for Network {
    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, NetError> {
        let device = &self.0;
        let number = device.trouble.begin(Effect::Request);
        let draft = sent_draft(request.uri().path()).map(str::to_owned);
        if let Some(draft) = &draft {
            device.ledger.borrow_mut().sends(draft);
        }
        device.trouble.pause(Effect::Request, number, false).await;
        device.requests.set(device.requests.get() + 1);
        device.wait(5);
        if !device.up.get() {
            device.note(|| format!("request {number}: no network"));
            return Err(NetError::Unreachable);
        }
        let result = self.exchange(number, request);
        let refused = result.as_ref().is_ok_and(|answer| PLAIN_REFUSALS.contains(&answer.status().as_u16()));
        if let Some(draft) = draft.filter(|_| refused) {
            device.ledger.borrow_mut().refused(&draft);
        }
        device.trouble.pause(Effect::Request, number, true).await;
        result
    }
}

fn host(uri: &http::Uri) -> Option<Host> {
    match uri.port_u16() {
        Some(8081) => Some(Host::Entra),
        Some(8082) => Some(Host::Graph),
        Some(8083) => Some(Host::Hub),
        _ => None,
    }
}

/// Statuses that say for certain that nothing was done.
const PLAIN_REFUSALS: [u16; 6] = [400, 401, 403, 404, 412, 413];

/// The draft that a call of `send` names.
fn sent_draft(path: &str) -> Option<&str> {
    path.strip_suffix("/send")?.rsplit('/').next()
}

/// The link that ends a round, as the answer spells it.
fn delta_link(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once("\"@odata.deltaLink\":\"")?;
    rest.split_once('"').map(|(link, _)| link.to_owned())
}

fn status(code: u16) -> http::Response<Vec<u8>> {
    http::Response::builder().status(code).body(Vec::new()).unwrap()
}

impl Network {
    fn exchange(&self, number: u64, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, NetError> {
        let device = &self.0;
        let host = host(request.uri()).ok_or(NetError::Unreachable)?;
        let path = request.uri().path();
        let delta = host == Host::Graph && path.ends_with("/delta");
        let list = delta || (host == Host::Graph && path.ends_with("/messages") && request.method() == "GET");
        let name = format!("{} {}", request.method(), path);
        let address = request.uri().to_string();
        let blow = device.trouble.blow(number, delta, list);
        let result = match blow {
            None => self.through(host, request),
            Some(blow) => self.struck(blow, host, request, &address),
        };
        if delta {
            device.asked_changes.set(number);
        }
        if delta && let Ok(answer) = &result {
            device.earlier.borrow_mut().insert(address, answer.clone());
        }
        device.note(|| {
            let came = result.as_ref().map_or_else(|_| "nothing".to_owned(), |answer| answer.status().to_string());
            format!("request {number}: {name} -> {came} {}", blow.map_or_else(String::new, |blow| format!("{blow:?}")))
        });
        result
    }

    /// The exchange as it should be.
    fn through(&self, host: Host, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, NetError> {
        let device = &self.0;
        if request.method() != "GET" && request.uri().path().contains("/me/m") {
            device.touched();
        }
        let (mut parts, body) = request.into_parts();
        parts.headers.insert("origin", http::HeaderValue::from_static("http://localhost:8080"));
        parts.uri = parts.uri.path_and_query().unwrap().as_str().parse().unwrap();
        let request = http::Request::from_parts(parts, body);
        let changes = request.uri().path().ends_with("/messages/delta");
        if request.uri().path().ends_with("/send") {
            device.departures.borrow_mut().push(device.time.get() + device.delay.get());
        }
        let reply = device.sandbox.borrow_mut().handle(host, request, device.time.get());
        if changes && let Some(link) = delta_link(reply.response.body()) {
            let truth = device.truth();
            device.snapshots.borrow_mut().insert(link, truth);
        }
        match reply.fate {
            Fate::Answer => Ok(reply.response),
            Fate::Drop => Err(NetError::Unreachable),
            Fate::Delay(ms) => {
                device.wait(i64::try_from(ms).unwrap());
                Ok(reply.response)
            }
        }
    }

    fn struck(
        &self,
        blow: Blow,
        host: Host,
        request: http::Request<Vec<u8>>,
        address: &str,
    ) -> Result<http::Response<Vec<u8>>, NetError> {
        let trouble = &self.0.trouble;
        match blow {
            Blow::DropBefore => Err(NetError::Unreachable),
            Blow::DropAfter => {
                self.through(host, request)?;
                Err(NetError::TimedOut)
            }
            Blow::Status { code, worked, retry_after } => {
                if worked {
                    self.through(host, request)?;
                }
                if code == 410 {
                    trouble.strike(Point::S2);
                }
                let mut answer = status(code);
                if let Some(wait) = retry_after {
                    answer.headers_mut().insert("retry-after", http::HeaderValue::from_static(wait));
                }
                Ok(answer)
            }
            Blow::Html { worked } => {
                trouble.strike(Point::S8);
                if worked {
                    self.through(host, request)?;
                }
                let mut answer = status(200);
                answer.headers_mut().insert("content-type", http::HeaderValue::from_static("text/html"));
                *answer.body_mut() = HOTEL.to_vec();
                Ok(answer)
            }
            Blow::Truncated => {
                trouble.strike(Point::S7);
                let mut answer = self.through(host, request)?;
                let half = answer.body().len() / 2;
                answer.body_mut().truncate(half);
                Ok(answer)
            }
            Blow::Empty => {
                let mut answer = self.through(host, request)?;
                answer.body_mut().clear();
                Ok(answer)
            }
            Blow::Slow(ms) => {
                self.0.wait(ms);
                self.through(host, request)
            }
            Blow::Stale => {
                let earlier = self.0.earlier.borrow().get(address).cloned();
                if earlier.is_some() {
                    trouble.strike(Point::S9);
                }
                earlier.map_or_else(|| self.through(host, request), Ok)
            }
            Blow::NoRows | Blow::Twice | Blow::Reversed | Blow::Foreign | Blow::Missing => {
                let answer = self.through(host, request)?;
                Ok(self.bent(blow, answer))
            }
        }
    }

    /// The answer with other rows.
    fn bent(&self, blow: Blow, mut answer: http::Response<Vec<u8>>) -> http::Response<Vec<u8>> {
        let Ok(mut page) = serde_json::from_slice::<Value>(answer.body()) else { return answer };
        let Some(rows) = page.get_mut("value").and_then(Value::as_array_mut) else { return answer };
        match blow {
            Blow::Twice => {
                self.0.trouble.strike(Point::S3);
                rows.extend(rows.clone());
            }
            Blow::Reversed => rows.reverse(),
            Blow::NoRows => page = json!({ "value": [] }),
            Blow::Foreign => {
                // Nobody's id, of the right form: the last letters of a real one are others.
                if let Some(id) = rows.first().and_then(|row| row["id"].as_str()).map(str::to_owned) {
                    let strange = format!("{}AAAA", &id[..id.len() - 4]);
                    rows[0]["id"] = json!(strange);
                    self.0.trouble.lied.set(true);
                }
            }
            Blow::Missing => {
                if rows.pop().is_some() {
                    self.0.trouble.lied.set(true);
                }
            }
            Blow::DropBefore
            | Blow::DropAfter
            | Blow::Status { .. }
            | Blow::Html { .. }
            | Blow::Truncated
            | Blow::Empty
            | Blow::Stale
            | Blow::Slow(_) => {}
        }
        *answer.body_mut() = page.to_string().into_bytes();
        answer
    }
}

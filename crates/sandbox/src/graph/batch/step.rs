//! One step of a batch: read from JSON, turned into a request, and its answer turned back into JSON.
//! What is not JSON travels as base64, texts that a client sends aside.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use serde_json::{Map, Value, json};

use crate::chance::{base64, base64_decode};
use crate::graph::call::text_member;
use crate::graph::refusal::Refusal;
use crate::web::{self, Answer, header};

/// Headers of the answer that belong to the batch as a whole.
const OUTER_ONLY: [&str; 4] = ["date", "request-id", "client-request-id", "x-ms-ags-diagnostic"];

/// One step.
pub(super) struct Step {
    pub(super) id: String,
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Value>,
    pub(super) depends_on: Vec<String>,
}

/// Reads a step.
pub(super) fn read(value: &Value) -> Result<Step, Refusal> {
    let bad = |text: String| Refusal::BadRequest(text);
    let id = text_member(value, "id")
        .filter(|id| !id.is_empty())
        .ok_or_else(|| bad("Invalid batch payload format: a request has no id.".to_owned()))?;
    let method = text_member(value, "method").unwrap_or_default().to_ascii_uppercase();
    if !matches!(method.as_str(), "GET" | "POST" | "PUT" | "PATCH" | "DELETE") {
        return Err(bad(format!("Request {id} has no method that a batch can carry out.")));
    }
    let url = text_member(value, "url")
        .filter(|url| !url.is_empty())
        .ok_or_else(|| bad(format!("Request {id} has no url.")))?;
    let path = url.split('?').next().unwrap_or_default().trim_matches('/');
    if path.eq_ignore_ascii_case("$batch") {
        return Err(bad("A batch cannot hold another batch.".to_owned()));
    }
    let headers: Vec<(String, String)> = web::member(value, "headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.to_ascii_lowercase(), value.as_str()?.to_owned())))
        .collect();
    let body = web::member(value, "body").filter(|body| !body.is_null()).cloned();
    let has_kind = headers.iter().any(|(name, _)| name == "content-type");
    if body.is_some() && !has_kind {
        return Err(bad(format!("Write request id : {id} does not contain Content-Type header or body.")));
    }
    Ok(Step {
        id: id.to_owned(),
        method: Method::from_bytes(method.as_bytes()).unwrap_or(Method::GET),
        url: readable(url),
        headers,
        body,
        depends_on: depends_on(value, id)?,
    })
}

fn depends_on(value: &Value, id: &str) -> Result<Vec<String>, Refusal> {
    let Some(list) = web::member(value, "dependsOn").filter(|list| !list.is_null()) else {
        return Ok(Vec::new());
    };
    let texts = list.as_array().map(|list| list.iter().map(|one| one.as_str().map(str::to_owned)).collect());
    texts
        .flatten()
        .ok_or_else(|| Refusal::BadRequest(format!("The dependsOn of request {id} is not a list of request ids.")))
}

/// An address as HTTP takes it: clients write blanks and quotes as they are.
fn readable(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for c in url.chars() {
        if c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c) {
            out.push(c);
        } else {
            out.push_str(&web::percent_encode(c.encode_utf8(&mut [0; 4])));
        }
    }
    out
}

impl Step {
    /// The path with the version.
    pub(super) fn path(&self, version: &str) -> String {
        let url = self.url.split('?').next().unwrap_or_default();
        format!("/{version}/{}", url.trim_start_matches('/'))
    }

    /// The step as a request of its own, with the caller's token.
    pub(super) fn request(&self, outer: &HeaderMap, version: &str) -> Result<Request<Vec<u8>>, Refusal> {
        let bad = || Refusal::BadRequest(format!("Request {} is not valid.", self.id));
        let mut request = Request::new(self.bytes().ok_or_else(bad)?);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = format!("/{version}/{}", self.url.trim_start_matches('/')).parse().map_err(|_| bad())?;
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            let value = HeaderValue::from_str(value).map_err(|_| bad())?;
            request.headers_mut().append(name, value);
        }
        for name in ["authorization", "client-request-id"] {
            if let Some(value) = outer.get(name)
                && !request.headers().contains_key(name)
            {
                request.headers_mut().insert(name, value.clone());
            }
        }
        Ok(request)
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        let kind = self.headers.iter().find(|(name, _)| name == "content-type").map_or("", |(_, value)| value.as_str());
        match &self.body {
            None => Some(Vec::new()),
            Some(body) if is_json(kind) => Some(body.to_string().into_bytes()),
            Some(Value::String(text)) if kind.trim().to_ascii_lowercase().starts_with("text/") => {
                Some(text.clone().into_bytes())
            }
            Some(Value::String(text)) => base64_decode(text),
            Some(_) => None,
        }
    }
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.ends_with("+json")
}

/// An answer as a row of the batch's answer.
pub(super) fn shown(id: &str, answer: &Answer) -> Value {
    let mut row = json!({"id": id, "status": answer.status().as_u16()});
    let headers: Map<String, Value> = answer
        .headers()
        .iter()
        .filter(|(name, _)| !OUTER_ONLY.contains(&name.as_str()))
        .filter_map(|(name, value)| Some((spelling(name.as_str()), json!(value.to_str().ok()?))))
        .collect();
    let Some(object) = row.as_object_mut() else {
        return row;
    };
    if !headers.is_empty() {
        object.insert("headers".to_owned(), Value::Object(headers));
    }
    let kind = header(answer.headers(), "content-type").unwrap_or_default();
    let body = match answer.body().as_slice() {
        [] => return row,
        bytes if is_json(kind) => serde_json::from_slice(bytes).unwrap_or_else(|_| json!(base64(bytes))),
        bytes => json!(base64(bytes)),
    };
    object.insert("body".to_owned(), body);
    row
}

/// A header's name as Graph spells it in batches, such as `Retry-After`.
fn spelling(name: &str) -> String {
    if name == "etag" {
        return "ETag".to_owned();
    }
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    });
    words.collect::<Vec<_>>().join("-")
}

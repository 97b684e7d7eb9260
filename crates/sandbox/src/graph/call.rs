//! One request to Graph, taken apart once: who asks, for what, and in which form.
//! Handlers read from it and never look at headers themselves.

use http::{HeaderMap, Method};
use serde_json::Value;

use crate::graph::refusal::Refusal;
use crate::mailbox::message::Message;
use crate::people::Person;
use crate::web::{self, Pairs, header, percent_decode, percent_encode};
use crate::zones::Zone;

/// The body format a request prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyKind {
    Text,
    Html,
}

/// One request.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    /// Path segments after the version, decoded, as sent.
    pub(crate) segments: Vec<String>,
    /// The same in lower case, for comparing names.
    pub(crate) words: Vec<String>,
    pub(crate) query: Pairs,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) person: &'static Person,
    pub(crate) client: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) now_ms: i64,
    /// `beta` or `v1.0`.
    pub(crate) version: String,
    /// Graph's origin with the version, such as `http://localhost:8082/v1.0`.
    pub(crate) base: String,
    /// The path as sent, without the query.
    pub(crate) path: String,
    pub(crate) immutable: bool,
    pub(crate) body_kind: Option<BodyKind>,
    pub(crate) unsafe_html: bool,
    /// The zone preferred for the times of events, as the client wrote it.
    pub(crate) zone: Option<String>,
    pub(crate) page_size: Option<usize>,
    /// Preferences that were honoured, for `Preference-Applied`.
    pub(crate) applied: Vec<String>,
}

impl Call<'_> {
    /// Reads the `Prefer` headers; Graph takes several, and several preferences in one.
    pub(crate) fn read_preferences(&mut self) {
        let all: Vec<String> = self
            .headers
            .get_all("prefer")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split([',', ';']))
            .map(|one| one.trim().to_owned())
            .collect();
        for one in all {
            let lower = one.to_ascii_lowercase();
            let (name, value) = lower.split_once('=').unwrap_or((&lower, ""));
            let value = value.trim().trim_matches('"');
            let honoured = match (name.trim(), value) {
                ("idtype", "immutableid") => {
                    self.immutable = true;
                    true
                }
                ("outlook.body-content-type", "text") => {
                    self.body_kind = Some(BodyKind::Text);
                    true
                }
                ("outlook.body-content-type", "html") => {
                    self.body_kind = Some(BodyKind::Html);
                    true
                }
                ("outlook.allow-unsafe-html", _) => {
                    self.unsafe_html = true;
                    true
                }
                ("outlook.timezone", _) => {
                    // IANA's names are known in their own case only.
                    let zone = one.split_once('=').map_or("", |(_, zone)| zone.trim().trim_matches('"'));
                    self.zone = Some(zone.to_owned());
                    Zone::find(zone).is_some()
                }
                ("odata.maxpagesize", size) => {
                    self.page_size = size.parse().ok().filter(|size| *size > 0);
                    self.page_size.is_some()
                }
                _ => false,
            };
            if honoured {
                self.applied.push(one);
            }
        }
    }

    /// The id of a message in the format the request prefers.
    pub(crate) fn id_of<'m>(&self, message: &'m Message) -> &'m str {
        if self.immutable { &message.immutable_id } else { &message.default_id }
    }

    /// The body as JSON; no body is an empty object.
    pub(crate) fn json(&self) -> Result<Value, Refusal> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        serde_json::from_slice(self.body)
            .map_err(|_| Refusal::BadRequest("Unable to read JSON request payload.".to_owned()))
    }

    /// Whether the body is base64 MIME.
    pub(crate) fn is_mime(&self) -> bool {
        header(self.headers, "content-type")
            .is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with("text/plain"))
    }

    /// Refuses unless the token holds one of these scopes.
    pub(crate) fn needs(&self, any: &[&str]) -> Result<(), Refusal> {
        let has = |scope: &&str| self.scopes.iter().any(|s| s.eq_ignore_ascii_case(scope));
        if any.iter().any(has) { Ok(()) } else { Err(Refusal::Denied) }
    }

    pub(crate) fn needs_reading(&self) -> Result<(), Refusal> {
        self.needs(&["Mail.ReadWrite", "Mail.Read", "Mail.ReadBasic"])
    }

    /// Whether the token opens no more than the basics: no bodies and nothing that hangs on a message.
    pub(crate) fn reads_basics_only(&self) -> bool {
        self.needs(&["Mail.ReadWrite", "Mail.Read"]).is_err()
    }

    pub(crate) fn needs_writing(&self) -> Result<(), Refusal> {
        self.needs(&["Mail.ReadWrite"])
    }

    /// The segment at a place, empty where there is none.
    pub(crate) fn segment(&self, at: usize) -> &str {
        self.segments.get(at).map_or("", String::as_str)
    }

    /// The `If-Match` of the request, `*` and empty aside.
    pub(crate) fn if_match(&self) -> Option<&str> {
        header(self.headers, "if-match").filter(|tag| !tag.is_empty() && *tag != "*")
    }

    /// Refuses where the client's ETag is not the latest; a thing without one was never shown with the client's.
    pub(crate) fn check_match(&self, etag: Option<&str>) -> Result<(), Refusal> {
        match self.if_match() {
            Some(tag) if Some(tag) != etag => Err(Refusal::Conflict),
            Some(_) | None => Ok(()),
        }
    }

    /// This request's address with one query option set, for a next link.
    pub(crate) fn link_with(&self, name: &str, value: &str) -> String {
        let mut options: Vec<String> = self
            .query
            .iter()
            .filter(|(key, _)| !key.eq_ignore_ascii_case(name))
            .map(|(key, value)| format!("{key}={}", percent_encode(value)))
            .collect();
        options.push(format!("{name}={}", percent_encode(value)));
        format!("{}?{}", self.full_path(), options.join("&"))
    }

    /// Graph's origin with the path as sent.
    pub(crate) fn full_path(&self) -> String {
        let origin = self.base.trim_end_matches(self.version.as_str());
        format!("{}{}", origin.trim_end_matches('/'), self.path)
    }

    /// The context line of an answer about the caller's own things.
    pub(crate) fn context(&self, what: &str) -> String {
        format!("{}/$metadata#users('{}')/{what}", self.base, self.person.object_id)
    }
}

/// Splits a path into decoded segments; OData's `name('key')` becomes two.
pub(crate) fn segments(path: &str) -> Vec<String> {
    let mut found = Vec::new();
    for raw in path.split('/').filter(|raw| !raw.is_empty()) {
        let segment = percent_decode(raw, false);
        match segment.strip_suffix("')").and_then(|rest| rest.split_once("('")) {
            Some((name, key)) => {
                found.push(name.to_owned());
                found.push(key.replace("''", "'"));
            }
            None => found.push(segment.strip_suffix("()").map_or(segment.clone(), str::to_owned)),
        }
    }
    found
}

/// The text of a JSON member, its name in any case.
pub(crate) fn text_member<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    web::member(value, name).and_then(Value::as_str)
}

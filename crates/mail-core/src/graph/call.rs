//! One operation of Graph: the request, and how to read its answer. Headers that every request
//! needs are set here and nowhere else.

use super::error::GraphError;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// An operation: what to send, and what its answer means.
pub struct Call<T> {
    /// The request, without a token.
    pub request: http::Request<Vec<u8>>,
    read: fn(&http::Response<Vec<u8>>) -> Result<T, GraphError>,
}

impl<T> Call<T> {
    pub(super) fn new(
        request: http::Request<Vec<u8>>,
        read: fn(&http::Response<Vec<u8>>) -> Result<T, GraphError>,
    ) -> Self {
        Self { request, read }
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// [`GraphError`] when Graph refused or the answer is not what the operation returns.
    pub fn read(&self, response: &http::Response<Vec<u8>>) -> Result<T, GraphError> {
        (self.read)(response)
    }
}

// Names as constants: reading a header's name at run time costs every visitor four kilobytes.
const PREFER: http::HeaderName = http::HeaderName::from_static("prefer");

/// Graph at its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    origin: String,
}

impl Service {
    /// Graph at this origin, such as `https://graph.microsoft.com`, without a slash at the end.
    pub fn new(origin: impl Into<String>) -> Self {
        Self { origin: origin.into() }
    }

    /// Whether an address the server gave lies in this service. Only then does it get a token.
    pub fn owns(&self, url: &str) -> bool {
        url.strip_prefix(&self.origin).is_some_and(|rest| rest.starts_with('/'))
    }

    pub(super) fn get(&self, path: &str) -> http::Request<Vec<u8>> {
        self.request(http::Method::GET, &self.at(path), &[], None)
    }

    pub(super) fn get_preferring(&self, url: &str, preferences: &[&str]) -> http::Request<Vec<u8>> {
        self.request(http::Method::GET, url, preferences, None)
    }

    pub(super) fn post(&self, path: &str, body: Option<&Value>) -> http::Request<Vec<u8>> {
        self.request(http::Method::POST, &self.at(path), &[], body)
    }

    pub(super) fn patch(&self, path: &str, body: &Value) -> http::Request<Vec<u8>> {
        self.request(http::Method::PATCH, &self.at(path), &[], Some(body))
    }

    pub(super) fn delete(&self, path: &str) -> http::Request<Vec<u8>> {
        self.request(http::Method::DELETE, &self.at(path), &[], None)
    }

    /// A path below v1.0, as a whole address.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}/v1.0{path}", self.origin)
    }

    /// A path below beta, as a whole address.
    pub(super) fn at_beta(&self, path: &str) -> String {
        format!("{}/beta{path}", self.origin)
    }

    /// Immutable ids are asked for on every single request: one that forgot would bring ids of the other kind into the store.
    pub(super) fn request(
        &self,
        method: http::Method,
        url: &str,
        preferences: &[&str],
        body: Option<&Value>,
    ) -> http::Request<Vec<u8>> {
        let prefer =
            std::iter::once(&"IdType=\"ImmutableId\"").chain(preferences).copied().collect::<Vec<_>>().join(", ");
        let mut request = http::Request::new(body.map(|value| value.to_string().into_bytes()).unwrap_or_default());
        *request.method_mut() = method;
        // An address that is not one is sent to the service's root, which refuses it: the caller sees a refusal, not a panic.
        *request.uri_mut() = url.parse().or_else(|_| self.origin.parse()).unwrap_or_default();
        let headers = request.headers_mut();
        headers.insert(http::header::ACCEPT, http::HeaderValue::from_static("application/json"));
        if let Ok(value) = http::HeaderValue::from_str(&prefer) {
            headers.insert(PREFER, value);
        }
        if body.is_some() {
            headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
        }
        request
    }
}

/// Reads a JSON answer with a 2xx status.
pub(super) fn json<T: DeserializeOwned>(
    response: &http::Response<Vec<u8>>,
    what: &'static str,
) -> Result<T, GraphError> {
    succeeded(response)?;
    crate::json::read(response.body()).ok_or(GraphError::Malformed { what })
}

/// Refuses an answer without a 2xx status; of others the status alone is read.
pub(super) fn succeeded(response: &http::Response<Vec<u8>>) -> Result<(), GraphError> {
    if response.status().is_success() { Ok(()) } else { Err(GraphError::of(response)) }
}

/// An id as exactly one path segment. Ids may hold `+ / =`, and a raw slash is refused.
pub(super) fn segment(id: &str) -> String {
    let mut text = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_asks_for_immutable_ids() {
        let service = Service::new("https://graph.microsoft.com");
        let request = service.get_preferring(&service.at("/me"), &["odata.maxpagesize=50"]);
        assert_eq!(request.headers()["prefer"], "IdType=\"ImmutableId\", odata.maxpagesize=50");
        assert_eq!(request.uri(), "https://graph.microsoft.com/v1.0/me");
    }

    #[test]
    fn ids_become_one_segment() {
        assert_eq!(segment("AAM+/k=_-"), "AAM%2B%2Fk%3D_-");
    }

    #[test]
    fn only_the_service_itself_gets_a_token() {
        let service = Service::new("https://graph.microsoft.com");
        assert!(service.owns("https://graph.microsoft.com/v1.0/me"));
        assert!(!service.owns("https://graph.microsoft.com.evil.example/v1.0/me"));
        assert!(!service.owns("https://evil.example/"));
    }
}

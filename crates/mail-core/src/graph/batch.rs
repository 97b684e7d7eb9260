//! Several bodies by one request. Each step of a batch has a status of its own and may be refused while the others are
//! answered; the order of the answers is nobody's promise.
//! Source: Microsoft Graph, *Combine multiple HTTP requests using JSON batching*.

use super::call::{Call, Service, json};
use super::error::GraphError;
use super::mail::{BODY_PREFERENCE, body_path};
use super::page::read_body;
use crate::id::MessageId;
use crate::model::Body;
use serde::Deserialize;
use serde_json::{Value, json};

/// Steps a batch may hold.
pub const MOST: usize = 20;

/// The answer to one step: its place in the batch, and the body or why there is none.
pub type Step = (usize, Result<Body, GraphError>);

#[derive(Deserialize)]
struct Answers {
    responses: Vec<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    id: String,
    status: u16,
    #[serde(default)]
    headers: Value,
    #[serde(default)]
    body: Value,
}

impl Service {
    /// The bodies of these messages, at most [`MOST`].
    pub fn bodies(&self, ids: &[MessageId]) -> Call<Vec<Step>> {
        let prefer = format!("IdType=\"ImmutableId\", {BODY_PREFERENCE}");
        let requests: Vec<Value> = ids
            .iter()
            .take(MOST)
            .enumerate()
            .map(|(at, id)| {
                let headers = json!({ "Prefer": prefer });
                json!({ "id": at.to_string(), "method": "GET", "url": body_path(id), "headers": headers })
            })
            .collect();
        Call::new(self.post("/$batch", Some(&json!({ "requests": requests }))), read)
    }
}

fn read(response: &http::Response<Vec<u8>>) -> Result<Vec<Step>, GraphError> {
    let answers: Answers = json(response, "a batch")?;
    // A step whose place cannot be read is as good as none.
    Ok(answers.responses.into_iter().filter_map(|answer| Some((answer.id.parse().ok()?, step(&answer)))).collect())
}

/// Reads a step's answer as if it had come alone.
fn step(answer: &Answer) -> Result<Body, GraphError> {
    let mut response = http::Response::new(answer.body.to_string().into_bytes());
    *response.status_mut() = http::StatusCode::from_u16(answer.status).unwrap_or(http::StatusCode::BAD_GATEWAY);
    let named = answer.headers.as_object().into_iter().flatten();
    let wait = named.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after")).map(|(_, value)| value);
    let wait = wait.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    if let Some(value) = wait.and_then(|wait| http::HeaderValue::from_str(&wait).ok()) {
        response.headers_mut().insert(http::header::RETRY_AFTER, value);
    }
    read_body(&response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Recovery;
    use crate::model::BodyContent;
    use std::time::Duration;

    fn answered(responses: &Value) -> Vec<Step> {
        let body = json!({ "responses": responses }).to_string().into_bytes();
        let mut steps = Service::new("https://g").bodies(&[]).read(&http::Response::new(body)).unwrap();
        steps.sort_by_key(|step| step.0);
        steps
    }

    #[test]
    fn each_step_asks_for_one_body_by_a_path_without_a_host() {
        let call = Service::new("https://g").bodies(&["a+/", "b"].map(MessageId::new));
        assert_eq!(call.request.uri(), "https://g/v1.0/$batch");
        let sent: Value = serde_json::from_slice(call.request.body()).unwrap();
        assert_eq!(sent["requests"][0]["id"], "0");
        let url = sent["requests"][0]["url"].as_str().unwrap();
        assert!(url.starts_with("/me/messages/a%2B%2F?$select="), "{url}");
        assert_eq!(
            sent["requests"][1]["headers"]["Prefer"],
            "IdType=\"ImmutableId\", outlook.body-content-type=\"html\""
        );
        let many: Vec<_> = (0..50).map(|at| MessageId::new(at.to_string())).collect();
        let sent: Value = serde_json::from_slice(Service::new("https://g").bodies(&many).request.body()).unwrap();
        assert_eq!(sent["requests"].as_array().unwrap().len(), MOST);
    }

    #[test]
    fn each_answer_is_judged_by_its_own_status_in_any_order() {
        let steps = answered(&json!([
            { "id": "2", "status": 404, "body": { "error": { "code": "ErrorItemNotFound" } } },
            { "id": "0", "status": 200, "headers": {}, "body": { "body": { "contentType": "text", "content": "Hi" } } },
            { "id": "1", "status": 429, "headers": { "Retry-After": "3" }, "body": { "error": { "code": "ApplicationThrottled" } } },
            { "id": "3", "status": 200, "body": "<html>" },
            { "id": "x", "status": 200 },
        ]));
        assert_eq!(steps.len(), 4);
        assert_eq!(steps[0].1.as_ref().unwrap().content, BodyContent::Text("Hi".to_owned()));
        let recovery = |at: usize| steps[at].1.as_ref().unwrap_err().recovery();
        assert_eq!(recovery(1), Recovery::Retry { after: Some(Duration::from_secs(3)) });
        assert_eq!(recovery(2), Recovery::Gone);
        assert_eq!(recovery(3), Recovery::Retry { after: None });
    }
}

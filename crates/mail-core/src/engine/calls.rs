//! Calls with the person's token. It goes to the service and nowhere else, whatever address an answer names.

use super::{CLIENT_REQUEST_ID, Engine, Ports};
use crate::error::Error;
use crate::graph::{Call, GraphError};
use crate::ports::{Http, Random};

impl<P: Ports + 'static> Engine<P> {
    /// A request with the token and an id of its own.
    pub(super) fn authorised(&self, mut request: http::Request<Vec<u8>>) -> Result<http::Request<Vec<u8>>, Error> {
        let Some(access) = &self.access else { return Err(unauthorised().into()) };
        if !self.service.owns(&request.uri().to_string()) {
            // A link from an answer that leads elsewhere gets no token.
            return Err(GraphError::Malformed { what: "a link" }.into());
        }
        authorise(&mut request, &access.secret);
        if let Ok(value) = http::HeaderValue::from_str(&self.ports.random().uuid()) {
            request.headers_mut().insert(CLIENT_REQUEST_ID, value);
        }
        Ok(request)
    }

    /// Carries out an operation of Graph with the token, and notes whether the server was there.
    pub(super) async fn call<T>(&self, call: Call<T>) -> Result<T, Error> {
        let request = self.authorised(call.request.clone())?;
        let response = self.ports.http().send(request).await.map_err(Error::Net)?;
        self.lane.answered.set(true);
        Ok(call.read(&response)?)
    }
}

fn unauthorised() -> GraphError {
    GraphError::Refused { status: 401, code: String::new(), retry_after: None, request_id: None }
}

pub(super) fn authorise(request: &mut http::Request<Vec<u8>>, token: &str) {
    if let Ok(mut value) = http::HeaderValue::from_str(&format!("Bearer {token}")) {
        value.set_sensitive(true);
        request.headers_mut().insert(http::header::AUTHORIZATION, value);
    }
}

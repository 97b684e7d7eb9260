//! The way of the sandbox's own requests: out to webhooks and push services, and their answers back.
//! The library opens no socket, so the server takes the requests, sends them, and brings what came.

use http::Response;

use crate::hub::courier::{Outgoing, OutgoingId};
use crate::hub::outgoing::{self, WAIT};
use crate::sandbox::Sandbox;
use crate::web::{Answer, header};

impl Sandbox {
    /// Requests to send, all to this machine. Call it whenever `poll` is called.
    pub fn take_outgoing(&mut self) -> Vec<Outgoing> {
        self.courier.take_ready()
    }

    /// Brings the answer to a request, or that there was none.
    pub fn outgoing_answered(&mut self, id: OutgoingId, answer: Option<&Response<Vec<u8>>>, now_ms: i64) {
        outgoing::answered(self, id.0, answer, now_ms + self.offset_ms);
    }

    /// Answers that were held back under a ticket, as the header `WAIT` said, and are there now.
    pub fn take_settled(&mut self) -> Vec<(String, Response<Vec<u8>>)> {
        self.courier.take_settled()
    }

    /// Remembers the headers of an answer that is not there yet.
    pub(super) fn hold(&mut self, answer: &Answer, entry: u64) {
        if let Some(ticket) = header(answer.headers(), WAIT) {
            self.courier.hold(ticket, answer.headers().clone(), entry);
        }
    }
}

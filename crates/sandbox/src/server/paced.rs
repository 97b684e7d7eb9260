//! A body that goes out in pieces, slowly, or not to its end.
//! The head promises the whole length, as a server does whose network fails afterwards.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::Response;
use hyper::body::{Frame, SizeHint};
use sandbox::Pace;
use tokio::time::{Sleep, sleep};

use crate::server::http_host::{Cut, Flying};

/// What was written before a cut needs so long to leave, or the client gets nothing at all.
const FLUSH: Duration = Duration::from_millis(50);

struct Paced {
    rest: Bytes,
    /// Bytes in one piece.
    piece: usize,
    every: Duration,
    wait: Pin<Box<Sleep>>,
    /// How many bytes still get through, where the connection is to end early.
    until_cut: Option<usize>,
    /// The request is under way until its last byte is out.
    _flying: Flying,
}

/// Makes a response go out as told; the request is counted out after its last byte.
pub(crate) fn pace(response: Response<Vec<u8>>, pace: Pace, flying: Flying) -> Response<Body> {
    let (piece, every, until_cut) = match pace {
        Pace::Whole => return response.map(Body::from),
        Pace::Slow { bytes, every_ms } => (bytes.max(1), Duration::from_millis(every_ms), None),
        Pace::Cut { after } => (usize::MAX, FLUSH, Some(after)),
    };
    response.map(|body| {
        let wait = Box::pin(sleep(every));
        Body::new(Paced { rest: Bytes::from(body), piece, every, wait, until_cut, _flying: flying })
    })
}

impl hyper::body::Body for Paced {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if self.rest.is_empty() && self.until_cut.is_none() {
            return Poll::Ready(None);
        }
        if self.wait.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        if self.rest.is_empty() || self.until_cut == Some(0) {
            return Poll::Ready(Some(Err(Cut)));
        }
        let next = tokio::time::Instant::now() + self.every;
        self.wait.as_mut().reset(next);
        let size = self.piece.min(self.rest.len()).min(self.until_cut.unwrap_or(usize::MAX));
        let piece = self.rest.split_to(size);
        self.until_cut = self.until_cut.map(|left| left - size);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.rest.len()).unwrap_or(u64::MAX))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.until_cut.is_none()
    }
}

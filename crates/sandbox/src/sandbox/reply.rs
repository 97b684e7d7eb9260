//! What `handle` gives back: an answer, and what is to become of it.
//! The library cannot cut a connection or wait, so it says so and the server does it.

use http::Response;

/// Name of the header by which the library hands a request for one of the app's files to the server;
/// its value is what `Sandbox::served` wants.
pub const PASS: &str = "x-sandbox-pass";

/// A request extension: how many requests of the same client the server has under way, this one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InFlight(pub usize);

/// A response extension: a fault rule had its hand in this answer, so it says nothing about the sandbox itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faulted;

/// What is to become of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Send it.
    Answer,
    /// Cut the connection without any answer.
    Drop,
    /// Send it after so many milliseconds.
    Delay(u64),
}

/// An answer and its fate.
#[derive(Debug)]
pub struct Reply {
    /// The answer, its headers complete.
    pub response: Response<Vec<u8>>,
    /// What is to become of it.
    pub fate: Fate,
}

impl Reply {
    pub(crate) fn answer(response: Response<Vec<u8>>) -> Self {
        Self { response, fate: Fate::Answer }
    }
}

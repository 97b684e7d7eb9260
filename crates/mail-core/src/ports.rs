//! The five doors to the world: HTTP, the store, the clock, chance and the socket.
//! Everything the core needs from outside comes through one of them, so that tests can stand on both sides.

use crate::error::NetError;
use crate::time::Timestamp;
use std::time::Duration;

pub use crate::store::Store;

/// Sends one HTTP request and waits for the whole answer.
#[expect(async_fn_in_trait, reason = "everything runs on one thread: no Send bound is wanted")]
pub trait Http {
    /// Performs the exchange. Redirects are not followed, cookies are not sent, nothing is cached.
    ///
    /// # Errors
    /// [`NetError`] when no HTTP answer came back at all; any status is an answer.
    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, NetError>;
}

/// Tells the time and waits.
#[expect(async_fn_in_trait, reason = "everything runs on one thread: no Send bound is wanted")]
pub trait Clock {
    /// The time now.
    fn now(&self) -> Timestamp;
    /// Returns after `wait`.
    async fn sleep(&self, wait: Duration);
}

/// A source of unpredictable bytes.
pub trait Random {
    /// Fills the buffer with unpredictable bytes.
    fn fill(&self, buffer: &mut [u8]);

    /// A random number.
    fn number(&self) -> u32 {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    /// A random version 4 UUID, in its usual spelling.
    fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let mut text = String::with_capacity(36);
        for (place, byte) in bytes.iter().enumerate() {
            if matches!(place, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            text.push_str(&format!("{byte:02x}"));
        }
        text
    }
}

/// Opens WebSockets.
#[expect(async_fn_in_trait, reason = "everything runs on one thread: no Send bound is wanted")]
pub trait Socket {
    /// An open connection.
    type Connection: Connection;

    /// Opens a WebSocket. The address is a secret: it carries an access token.
    ///
    /// # Errors
    /// [`NetError`] when the connection was refused or failed; the browser hides why.
    async fn open(&self, url: &str) -> Result<Self::Connection, NetError>;
}

/// One open WebSocket carrying text.
#[expect(async_fn_in_trait, reason = "everything runs on one thread: no Send bound is wanted")]
pub trait Connection {
    /// Sends a text frame.
    ///
    /// # Errors
    /// [`NetError`] when the connection is gone.
    async fn send(&mut self, text: String) -> Result<(), NetError>;

    /// The next text frame, or `None` once the connection is closed.
    async fn receive(&mut self) -> Option<String>;
}

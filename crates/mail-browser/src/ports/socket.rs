//! The socket port over the browser's WebSocket, for text only. The browser tells nothing about why a connection
//! failed, so neither does this.

use futures::{SinkExt, StreamExt};
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, State};
use mail_core::error::NetError;
use mail_core::ports::{Connection, Socket};
use std::future::poll_fn;

/// Opens WebSockets by the browser.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserSocket;

/// An open WebSocket; dropping it closes it.
#[expect(missing_debug_implementations, reason = "the wrapped socket has none")]
pub struct BrowserConnection {
    socket: Option<WebSocket>,
}

impl Socket for BrowserSocket {
    type Connection = BrowserConnection;

    async fn open(&self, url: &str) -> Result<Self::Connection, NetError> {
        let mut socket = WebSocket::open(url).map_err(|_| NetError::Unreachable)?;
        // Ready means no longer connecting: open, or already failed.
        let ready = poll_fn(|context| socket.poll_ready_unpin(context)).await;
        match (ready, socket.state()) {
            (Ok(()), State::Open) => Ok(BrowserConnection { socket: Some(socket) }),
            (Ok(()) | Err(_), State::Connecting | State::Open | State::Closing | State::Closed) => {
                Err(NetError::Unreachable)
            }
        }
    }
}

impl Connection for BrowserConnection {
    async fn send(&mut self, text: String) -> Result<(), NetError> {
        let socket = self.socket.as_mut().filter(|socket| matches!(socket.state(), State::Open));
        let sent = socket.ok_or(NetError::Unreachable)?.send(Message::Text(text)).await;
        sent.map_err(|_| NetError::Unreachable)
    }

    async fn receive(&mut self) -> Option<String> {
        match self.socket.as_mut()?.next().await {
            Some(Ok(Message::Text(text))) => Some(text),
            // A binary frame is no SignalR of ours: the connection cannot be trusted to mean what we read.
            Some(Ok(Message::Bytes(_)) | Err(_)) | None => {
                self.socket = None;
                None
            }
        }
    }
}

//! The six ports, on both of localhost's addresses.
//! A browser may try IPv6 first for `localhost`, so both must lead to the same place.

use std::io::ErrorKind;

use tokio::net::TcpListener;

/// Bound listeners, one or two a port.
pub(crate) struct Ports {
    /// App, Entra, Graph, hub and uploads.
    pub(crate) http: Vec<Vec<TcpListener>>,
    pub(crate) smtp: Vec<TcpListener>,
}

impl Ports {
    /// Binds all six or says which one cannot be had.
    pub(crate) async fn bind(base: u16) -> Result<Self, String> {
        let mut all = Vec::new();
        for step in 0..6 {
            all.push(bind(base.saturating_add(step)).await?);
        }
        let smtp = all.pop().unwrap_or_default();
        Ok(Self { http: all, smtp })
    }
}

async fn bind(port: u16) -> Result<Vec<TcpListener>, String> {
    let mut listeners = Vec::new();
    match TcpListener::bind(("127.0.0.1", port)).await {
        Ok(listener) => listeners.push(listener),
        Err(error) => return Err(refusal(port, &error)),
    }
    match TcpListener::bind(("::1", port)).await {
        Ok(listener) => listeners.push(listener),
        Err(error) if error.kind() == ErrorKind::AddrInUse => return Err(refusal(port, &error)),
        // A machine without IPv6 does without.
        Err(_) => {}
    }
    Ok(listeners)
}

fn refusal(port: u16, error: &std::io::Error) -> String {
    if error.kind() == ErrorKind::AddrInUse {
        format!("port {port} is taken by another program; choose another with --port-base.")
    } else {
        format!("port {port} cannot be opened: {error}.")
    }
}

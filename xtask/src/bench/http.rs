//! As much of HTTP/1.1 as a benchmark against localhost needs: one connection kept open, one request at a time.
//! A full client would measure itself; this one sends a head and reads as many bytes as are announced.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bench::wrong;
use crate::failure::Outcome;
use crate::process::now;

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(120);

/// One connection to a port of this machine.
pub struct Connection {
    port: u16,
    reader: BufReader<TcpStream>,
    writer: TcpStream,
}

/// An answer and how long it took, from the request's first byte to the answer's last.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The whole body.
    pub body: Vec<u8>,
    /// Between asking and having it all.
    pub took: Duration,
}

impl Connection {
    /// Connects to a port.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn open(port: u16) -> Outcome<Self> {
        let failed = |error: std::io::Error| wrong(format!("port {port}: {error}"));
        let writer = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
        writer.set_nodelay(true).and_then(|()| writer.set_read_timeout(Some(PATIENCE))).map_err(failed)?;
        let reader = BufReader::with_capacity(1 << 16, writer.try_clone().map_err(failed)?);
        Ok(Self { port, reader, writer })
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// When the connection breaks or what comes is no HTTP.
    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Outcome<Answer> {
        let begun = now();
        self.ask(method, path, headers, body)
            .and_then(|()| self.read(begun))
            .map_err(|error| wrong(format!("{method} {path}: {error}")))
    }

    /// Sends a request whose answer is JSON of a 2xx status.
    ///
    /// # Errors
    /// Any other answer, besides what `send` fails with.
    pub fn json(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Outcome<Value> {
        let answer = self.send(method, path, headers, body)?;
        let text = || String::from_utf8_lossy(&answer.body).chars().take(300).collect::<String>();
        if !(200..300).contains(&answer.status) {
            return Err(wrong(format!("{method} {path}: {} {}", answer.status, text())));
        }
        serde_json::from_slice(&answer.body).map_err(|_| wrong(format!("{method} {path}: no JSON: {}", text())))
    }

    fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> std::io::Result<()> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\n", self.port);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        self.writer.write_all(head.as_bytes())
    }

    fn read(&mut self, begun: Instant) -> std::io::Result<Answer> {
        let (status, length) = self.head()?;
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        Ok(Answer { status, body, took: begun.elapsed() })
    }

    /// Reads the head of an answer: its status and the length of its body.
    fn head(&mut self) -> std::io::Result<(u16, usize)> {
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.ok_or_else(|| std::io::Error::other(format!("no status line: {line}")))?;
        let mut length = 0;
        loop {
            line.clear();
            self.reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                return Ok((status, length));
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(std::io::Error::other)?;
            }
        }
    }

    /// Asks for a WebSocket and hands over both halves of the connection.
    ///
    /// # Errors
    /// When the answer is not 101.
    pub fn upgrade(mut self, path: &str) -> Outcome<(BufReader<TcpStream>, TcpStream)> {
        let headers = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let (status, _) = self
            .ask("GET", path, &headers, "")
            .and_then(|()| self.head())
            .map_err(|error| wrong(format!("the socket: {error}")))?;
        if status == 101 { Ok((self.reader, self.writer)) } else { Err(wrong(format!("the socket: {status}"))) }
    }
}

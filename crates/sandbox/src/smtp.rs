//! The receiving side of SMTP, as a conversation of bytes.
//! It takes mail for the tenant's people only, and hands over each mail when its last line has come.

use std::fmt;

use smtp_proto::request::receiver::{DataReceiver, RequestReceiver};
use smtp_proto::{Error, Request};

/// The largest mail taken, as Exchange's default.
const LARGEST: usize = 35 * 1024 * 1024;
/// Recipients of one mail.
const MOST_RECIPIENTS: usize = 100;

/// A mail that came in whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// The people it is for, as the sender named them.
    pub recipients: Vec<String>,
    /// The mail without the dots that SMTP adds.
    pub mime: Vec<u8>,
}

/// What a step of the conversation leads to.
#[derive(Debug, Default)]
pub struct Step {
    /// Bytes to send back.
    pub reply: Vec<u8>,
    /// Mails to deliver now; their acceptance is already in `reply`.
    pub arrived: Vec<Arrived>,
    /// Whether the connection ends after the reply.
    pub hang_up: bool,
}

enum State {
    Commands(RequestReceiver),
    Data { receiver: DataReceiver, mime: Vec<u8> },
}

/// One SMTP connection.
pub struct SmtpDialogue {
    state: State,
    greeted: bool,
    sender: Option<String>,
    recipients: Vec<String>,
}

impl fmt::Debug for SmtpDialogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpDialogue")
            .field("sender", &self.sender)
            .field("recipients", &self.recipients)
            .finish_non_exhaustive()
    }
}

impl Default for SmtpDialogue {
    fn default() -> Self {
        Self::new()
    }
}

impl SmtpDialogue {
    /// A connection that has not been greeted.
    pub fn new() -> Self {
        Self {
            state: State::Commands(RequestReceiver::default()),
            greeted: false,
            sender: None,
            recipients: Vec::new(),
        }
    }

    /// The line to send first.
    pub fn greeting(&self) -> &'static [u8] {
        b"220 petrel.test ESMTP Petrel sandbox\r\n"
    }

    /// Takes bytes from the client; `known` says whether somebody has an address.
    pub fn receive(&mut self, bytes: &[u8], known: &dyn Fn(&str) -> bool) -> Step {
        let mut step = Step::default();
        let mut rest = bytes.iter();
        while !rest.as_slice().is_empty() && !step.hang_up {
            match &mut self.state {
                State::Commands(receiver) => {
                    let before = rest.as_slice().len();
                    match receiver.ingest(&mut rest).map(Request::into_owned) {
                        Ok(request) => self.command(request, known, &mut step),
                        Err(Error::NeedsMoreData { .. }) => break,
                        Err(error) => step.reply.extend(complaint(&error).as_bytes()),
                    }
                    // A reader that takes nothing would keep us here for ever.
                    if rest.as_slice().len() == before {
                        break;
                    }
                }
                State::Data { receiver, mime } => {
                    if receiver.ingest(&mut rest, mime) {
                        let mime = std::mem::take(mime);
                        self.finish(mime, &mut step);
                    } else if mime.len() > LARGEST * 2 {
                        step.reply.extend(b"552 5.3.4 Message too large\r\n");
                        step.hang_up = true;
                    }
                }
            }
        }
        step
    }

    fn command(&mut self, request: Request<String>, known: &dyn Fn(&str) -> bool, step: &mut Step) {
        let reply = match request {
            Request::Ehlo { host } => {
                self.begin();
                format!(
                    "250-petrel.test greets {host}\r\n250-PIPELINING\r\n250-SIZE {LARGEST}\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8\r\n"
                )
            }
            Request::Helo { .. } => {
                self.begin();
                "250 petrel.test\r\n".to_owned()
            }
            Request::Mail { from } => self.mail(from.address, from.size),
            Request::Rcpt { to } => self.recipient(to.address, known),
            Request::Data if self.recipients.is_empty() => "503 5.5.1 A recipient is needed first\r\n".to_owned(),
            Request::Data => {
                self.start_data();
                "354 End data with <CR><LF>.<CR><LF>\r\n".to_owned()
            }
            Request::Rset => {
                self.forget();
                "250 2.0.0 Forgotten\r\n".to_owned()
            }
            Request::Noop { .. } => "250 2.0.0 Here\r\n".to_owned(),
            Request::Quit => {
                step.hang_up = true;
                "221 2.0.0 Bye\r\n".to_owned()
            }
            Request::Help { .. } => "214 2.0.0 RFC 5321 helps\r\n".to_owned(),
            Request::Vrfy { .. } => "252 2.1.5 Send mail and see\r\n".to_owned(),
            Request::Lhlo { .. }
            | Request::Bdat { .. }
            | Request::Auth { .. }
            | Request::Expn { .. }
            | Request::Etrn { .. }
            | Request::Atrn { .. }
            | Request::Burl { .. }
            | Request::StartTls => "502 5.5.1 Not offered\r\n".to_owned(),
        };
        step.reply.extend(reply.into_bytes());
    }

    fn begin(&mut self) {
        self.greeted = true;
        self.forget();
    }

    fn forget(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }

    fn mail(&mut self, sender: String, size: usize) -> String {
        if !self.greeted {
            return "503 5.5.1 Say HELO or EHLO first\r\n".to_owned();
        }
        if self.sender.is_some() {
            return "503 5.5.1 One sender is enough\r\n".to_owned();
        }
        if size > LARGEST {
            return "552 5.3.4 Message too large\r\n".to_owned();
        }
        self.sender = Some(sender);
        "250 2.1.0 OK\r\n".to_owned()
    }

    fn recipient(&mut self, address: String, known: &dyn Fn(&str) -> bool) -> String {
        if self.sender.is_none() {
            return "503 5.5.1 A sender is needed first\r\n".to_owned();
        }
        if !known(&address) {
            return format!("550 5.1.1 <{address}> is nobody here\r\n");
        }
        if self.recipients.len() >= MOST_RECIPIENTS {
            return "452 4.5.3 Too many recipients\r\n".to_owned();
        }
        if !self.recipients.iter().any(|one| one.eq_ignore_ascii_case(&address)) {
            self.recipients.push(address);
        }
        "250 2.1.5 OK\r\n".to_owned()
    }

    fn start_data(&mut self) {
        let mut receiver = DataReceiver::new();
        // The receiver sees the start of a line only after a line end, and the first line has none.
        let mut discarded = Vec::new();
        receiver.ingest(&mut b"\r\n".iter(), &mut discarded);
        self.state = State::Data { receiver, mime: Vec::new() };
    }

    fn finish(&mut self, mime: Vec<u8>, step: &mut Step) {
        self.state = State::Commands(RequestReceiver::default());
        let recipients = std::mem::take(&mut self.recipients);
        self.forget();
        if mime.len() > LARGEST {
            step.reply.extend(b"552 5.3.4 Message too large\r\n");
        } else if mime.iter().all(u8::is_ascii_whitespace) {
            step.reply.extend(b"554 5.6.0 The message is empty\r\n");
        } else {
            step.reply.extend(b"250 2.0.0 Delivered\r\n");
            step.arrived.push(Arrived { recipients, mime });
        }
    }
}

fn complaint(error: &Error) -> String {
    match error {
        Error::NeedsMoreData { .. } | Error::UnknownCommand | Error::InvalidResponse { .. } => {
            "500 5.5.1 Unknown command\r\n".to_owned()
        }
        Error::InvalidSenderAddress => "501 5.1.7 The sender is not an address\r\n".to_owned(),
        Error::InvalidRecipientAddress => "501 5.1.3 The recipient is not an address\r\n".to_owned(),
        Error::SyntaxError { syntax } => format!("501 5.5.2 Write it as {syntax}\r\n"),
        Error::InvalidParameter { param } => format!("501 5.5.4 {param} is not valid\r\n"),
        Error::UnsupportedParameter { param } => format!("504 5.5.4 {param} is not offered\r\n"),
        Error::ResponseTooLong => "500 5.5.6 The line is too long\r\n".to_owned(),
    }
}

//! Writes a message as MIME, for `$value` of messages that did not come as MIME.
//! Boundaries come from the message's own id, so that the same message gives the same bytes.

use crate::chance::{base64, digest};
use crate::mailbox::message::{Address, Attachment, Importance, Message};
use crate::mime::body::as_text;
use crate::time::mail_date;

/// Base64 lines in mail hold 76 characters.
const LINE: usize = 76;
/// Bytes of text in one encoded word: 45 bytes make 60 characters, below the limit of 75.
const WORD_BYTES: usize = 45;

/// The message as RFC 5322 bytes, in base64 parts.
pub(crate) fn write(message: &Message) -> Vec<u8> {
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
    };
    line("Message-ID", &message.internet_message_id);
    line("Date", &mail_date(message.sent_ms));
    line("From", &list(message.from.as_slice()));
    line("To", &list(&message.to));
    line("Cc", &list(&message.cc));
    if message.is_draft {
        line("Bcc", &list(&message.bcc));
    }
    line("Reply-To", &list(&message.reply_to));
    line("Subject", &encoded(&message.subject));
    line("In-Reply-To", message.in_reply_to.as_deref().unwrap_or_default());
    line("References", &message.references.join(" "));
    for (name, value) in &message.headers {
        if name.len() > 1 && name.to_ascii_lowercase().starts_with("x-") {
            line(name, value);
        }
    }
    match message.importance {
        Importance::High | Importance::Low => line("Importance", message.importance.word()),
        Importance::Normal => {}
    }
    if message.read_receipt {
        line("Disposition-Notification-To", &list(message.from.as_slice()));
    }
    line("MIME-Version", "1.0");
    out.push_str(&body(message));
    out.into_bytes()
}

/// The body as Exchange builds it: text beside HTML, pictures around them, files around all.
fn body(message: &Message) -> String {
    let content = &message.content;
    let text = part("text/plain; charset=utf-8", "", as_text(content).as_bytes());
    let mut body = if content.html {
        let html = part("text/html; charset=utf-8", "", content.text.as_bytes());
        multipart(message, "alternative", &[text, html])
    } else {
        text
    };
    let (pictures, files): (Vec<&Attachment>, Vec<&Attachment>) =
        message.attachments.iter().partition(|one| one.inline && one.content_id.is_some());
    for (kind, attachments) in [("related", pictures), ("mixed", files)] {
        if !attachments.is_empty() {
            let parts: Vec<String> = std::iter::once(body).chain(attachments.into_iter().map(attached)).collect();
            body = multipart(message, kind, &parts);
        }
    }
    body
}

fn multipart(message: &Message, kind: &str, parts: &[String]) -> String {
    let mark = digest(&[message.immutable_id.as_bytes(), b"boundary", kind.as_bytes()]);
    let boundary: String = mark.iter().take(12).map(|b| format!("{b:02x}")).collect();
    let parts: String = parts.iter().map(|part| format!("--{boundary}\r\n{part}")).collect();
    format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n{parts}--{boundary}--\r\n")
}

fn attached(one: &Attachment) -> String {
    let place = if one.inline { "inline" } else { "attachment" };
    let name = encoded(&one.name).replace('"', "'");
    let mut extra = format!("Content-Disposition: {place}; filename=\"{name}\"\r\n");
    if let Some(id) = &one.content_id {
        extra.push_str(&format!("Content-ID: <{id}>\r\n"));
    }
    if one.item {
        let inner = String::from_utf8_lossy(&one.bytes);
        return format!("Content-Type: message/rfc822\r\n{extra}\r\n{inner}\r\n");
    }
    part(&one.content_type, &extra, &one.bytes)
}

fn part(content_type: &str, extra: &str, bytes: &[u8]) -> String {
    let mut out = format!("Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n{extra}\r\n");
    let encoded: Vec<char> = base64(bytes).chars().collect();
    for chunk in encoded.chunks(LINE) {
        out.extend(chunk);
        out.push_str("\r\n");
    }
    out
}

fn list(addresses: &[Address]) -> String {
    addresses
        .iter()
        .map(|one| {
            if one.name.is_empty() || one.name == one.address {
                format!("<{}>", one.address)
            } else if one.name.is_ascii() {
                let name = one.name.replace(['"', '\\'], "");
                format!("\"{name}\" <{}>", one.address)
            } else {
                format!("{} <{}>", encoded(&one.name), one.address)
            }
        })
        .collect::<Vec<_>>()
        .join(",\r\n ")
}

/// Text as a header value: as it is where ASCII, otherwise as encoded words.
fn encoded(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.is_ascii() {
        return clean;
    }
    let mut words = Vec::new();
    let mut word = String::new();
    for c in clean.chars() {
        if word.len() + c.len_utf8() > WORD_BYTES {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    words.iter().map(|word| format!("=?utf-8?B?{}?=", base64(word.as_bytes()))).collect::<Vec<_>>().join("\r\n ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::message::Content;
    use crate::mime::read::read;

    #[test]
    fn what_is_written_reads_back_the_same() {
        let message = Message {
            immutable_id: "id".to_owned(),
            internet_message_id: "<a@petrel.test>".to_owned(),
            subject: "Überraschung für Zoë: 日本語の件名がとても長い場合も大丈夫".to_owned(),
            from: Some(Address::new("Zoë Ünal", "zoe@x.example")),
            to: vec![Address::new("Ada", "ada@petrel.test")],
            content: Content { html: true, text: "<p>Grüße</p>".to_owned() },
            attachments: vec![Attachment {
                id: String::new(),
                name: "a.pdf".to_owned(),
                content_type: "application/pdf".to_owned(),
                bytes: (0..=255).collect(),
                inline: false,
                content_id: None,
                item: false,
                ..Attachment::default()
            }],
            references: vec!["<r@x>".to_owned()],
            ..Message::default()
        };
        let read = read(&write(&message)).unwrap().message;
        assert_eq!(read.subject, message.subject);
        assert_eq!(read.from, message.from);
        assert_eq!(read.to, message.to);
        assert_eq!(read.content, message.content);
        assert_eq!(read.references, message.references);
        assert_eq!(read.attachments, message.attachments);
    }
}

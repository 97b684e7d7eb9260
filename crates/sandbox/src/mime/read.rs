//! Reads a mail from bytes into what the mailbox keeps.
//! It is lenient: a broken mail that has any header or any text is still a mail.

use mail_parser::{HeaderName, HeaderValue, Message as Parsed, MessageParser, MessagePart, MimeHeaders, PartType};

use crate::mailbox::message::{Address, Attachment, Content, Importance, Meeting, Message};
use crate::mime::body;

/// Why bytes are not a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Empty,
    NeitherHeadersNorText,
}

/// A mail read from bytes, and the date its sender gave it.
pub(crate) struct Incoming {
    pub(crate) message: Message,
    pub(crate) date_ms: Option<i64>,
}

/// Reads one mail.
pub(crate) fn read(bytes: &[u8]) -> Result<Incoming, Unreadable> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable::Empty);
    }
    match parse(bytes, bytes) {
        // A header that ends with the file is read once it ends with a line.
        Err(Unreadable::NeitherHeadersNorText) => parse(&[bytes, b"\r\n\r\n"].concat(), bytes),
        other => other,
    }
}

/// Reads `bytes`, and keeps `original` as what came.
fn parse(bytes: &[u8], original: &[u8]) -> Result<Incoming, Unreadable> {
    let parsed = MessageParser::default().parse(bytes).ok_or(Unreadable::NeitherHeadersNorText)?;
    let content = content(&parsed);
    let named = parsed
        .headers()
        .iter()
        .any(|header| !matches!(header.value, HeaderValue::Empty) && !matches!(header.name, HeaderName::Other(_)));
    if !named && content.text.trim().is_empty() && parsed.attachment_count() == 0 {
        return Err(Unreadable::NeitherHeadersNorText);
    }
    let (attachments, meeting) = attachments(&parsed, &content);
    let from = addresses(parsed.from()).into_iter().next();
    let sender = addresses(parsed.sender()).into_iter().next();
    let message = Message {
        subject: parsed.subject().unwrap_or_default().trim().to_owned(),
        preview: body::preview(&content),
        content,
        sender: sender.or_else(|| from.clone()),
        from,
        to: addresses(parsed.to()),
        cc: addresses(parsed.cc()),
        bcc: addresses(parsed.bcc()),
        reply_to: addresses(parsed.reply_to()),
        internet_message_id: parsed.message_id().map(bracketed).unwrap_or_default(),
        in_reply_to: ids(parsed.in_reply_to()).pop(),
        references: ids(parsed.references()),
        headers: headers(&parsed),
        importance: importance(&parsed),
        read_receipt: parsed.header("Disposition-Notification-To").is_some(),
        attachments,
        meeting,
        mime: Some(original.to_vec()),
        ..Message::default()
    };
    Ok(Incoming { message, date_ms: parsed.date().map(|date| date.to_timestamp().saturating_mul(1000)) })
}

fn bracketed(id: &str) -> String {
    format!("<{}>", id.trim_matches(['<', '>', ' ']))
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    if let Some(list) = value.as_text_list() {
        return list.iter().map(|id| bracketed(id)).collect();
    }
    value.as_text().map(bracketed).into_iter().collect()
}

fn addresses(list: Option<&mail_parser::Address<'_>>) -> Vec<Address> {
    let Some(list) = list else { return Vec::new() };
    list.iter()
        .filter(|one| one.address.is_some() || one.name.is_some())
        .map(|one| {
            let address = one.address().unwrap_or_default();
            Address::new(one.name().unwrap_or(address), address)
        })
        .collect()
}

fn headers(parsed: &Parsed<'_>) -> Vec<(String, String)> {
    parsed
        .headers_raw()
        .map(|(name, value)| {
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            (name.trim().to_owned(), value)
        })
        .filter(|(name, _)| !name.is_empty())
        .collect()
}

fn importance(parsed: &Parsed<'_>) -> Importance {
    let text = |name: &'static str| {
        parsed.header(name).and_then(HeaderValue::as_text).unwrap_or_default().trim().to_ascii_lowercase()
    };
    let spoken = Importance::from_word(&text("Importance"));
    match text("X-Priority").chars().next() {
        Some('1' | '2') => spoken.unwrap_or(Importance::High),
        Some('4' | '5') => spoken.unwrap_or(Importance::Low),
        _ => spoken.unwrap_or_default(),
    }
}

/// HTML where the mail has any, otherwise its text; several parts follow one another as Exchange shows them.
fn content(parsed: &Parsed<'_>) -> Content {
    let html = parsed.html_bodies().any(|part| matches!(part.body, PartType::Html(_)));
    let text = if html {
        (0..parsed.html_body_count()).filter_map(|at| parsed.body_html(at)).collect::<Vec<_>>().join("<br>\r\n")
    } else {
        (0..parsed.text_body_count()).filter_map(|at| parsed.body_text(at)).collect::<Vec<_>>().join("\r\n")
    };
    // A NUL ends a string in much of the software between here and a person's eyes.
    Content { html, text: text.replace('\0', "") }
}

fn attachments(parsed: &Parsed<'_>, content: &Content) -> (Vec<Attachment>, Option<Meeting>) {
    let mut found = Vec::new();
    let mut meeting = None;
    for part in parsed.attachments() {
        let kind = content_type(part);
        if kind.eq_ignore_ascii_case("text/calendar") && meeting.is_none() {
            meeting = Some(meeting_of(part));
            continue;
        }
        found.push(attachment(part, kind, content));
    }
    // A calendar that is the only body is a meeting as well.
    if meeting.is_none() && content_type(parsed.root_part()).eq_ignore_ascii_case("text/calendar") {
        meeting = Some(meeting_of(parsed.root_part()));
    }
    (found, meeting)
}

fn content_type(part: &MessagePart<'_>) -> String {
    match part.content_type() {
        Some(kind) => format!("{}/{}", kind.c_type, kind.c_subtype.as_deref().unwrap_or("plain")).to_ascii_lowercase(),
        None if part.is_message() => "message/rfc822".to_owned(),
        None if part.is_text() => "text/plain".to_owned(),
        None => "application/octet-stream".to_owned(),
    }
}

fn meeting_of(part: &MessagePart<'_>) -> Meeting {
    let text = String::from_utf8_lossy(part.contents()).to_ascii_uppercase();
    let method =
        part.content_type().and_then(|kind| kind.attribute("method")).map(str::to_ascii_uppercase).unwrap_or_default();
    if method == "CANCEL" || text.contains("METHOD:CANCEL") {
        Meeting::Cancelled
    } else if method == "REPLY" || text.contains("METHOD:REPLY") {
        if text.contains("PARTSTAT=DECLINED") {
            Meeting::Declined
        } else if text.contains("PARTSTAT=TENTATIVE") {
            Meeting::Tentative
        } else {
            Meeting::Accepted
        }
    } else {
        Meeting::Request
    }
}

fn attachment(part: &MessagePart<'_>, content_type: String, content: &Content) -> Attachment {
    let content_id = part.content_id().map(|id| id.trim_matches(['<', '>', ' ']).to_owned());
    let marked_inline =
        part.content_disposition().is_some_and(|disposition| disposition.c_type.eq_ignore_ascii_case("inline"));
    let shown = content_id.as_ref().is_some_and(|id| content.html && content.text.contains(&format!("cid:{id}")));
    let inner = part.message();
    let name = part
        .attachment_name()
        .map(str::to_owned)
        .or_else(|| inner.map(|message| message.subject().unwrap_or("Message").to_owned()));
    let bytes = match inner {
        Some(message) => message.raw_message().to_vec(),
        None => part.contents().to_vec(),
    };
    Attachment {
        name: name.unwrap_or_else(|| "attachment".to_owned()),
        content_type,
        bytes,
        inline: shown || (marked_inline && content_id.is_some()),
        content_id,
        item: inner.is_some(),
        ..Attachment::default()
    }
}

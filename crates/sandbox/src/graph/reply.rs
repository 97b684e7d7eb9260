//! createReply, createReplyAll and createForward: a draft that answers another message.
//! Conversation, references and the quoted original are set here, because JSON drafts cannot set them.

use serde_json::Value;

use crate::graph::call::{Call, text_member};
use crate::graph::query::{Expand, Select};
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, edit, folders, item};
use crate::mailbox::message::{Address, Content, Message};
use crate::mime::body;
use crate::people::Person;
use crate::sandbox::Sandbox;
use crate::time;
use crate::web::{escape_html, member};

/// Which kind of answer a draft is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Reply,
    ReplyAll,
    Forward,
}

/// Makes the draft of an answer.
pub(super) fn create(sandbox: &mut Sandbox, call: &Call<'_>, key: u64, kind: Kind) -> Outcome {
    call.needs_writing()?;
    let body = call.json()?;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let original = mailbox.message(key).ok_or(Refusal::ItemNotFound)?.clone();
    let mut draft = edit::dated(answer_to(&original, call.person, kind), call.person, call.now_ms);
    if let Some(message) = member(&body, "message") {
        draft = merged(draft, message, call.person)?;
    }
    // Graph refuses a comment beside a body; on the create calls it drops a lone comment, a known fault.
    let has_body = member(&body, "message").is_some_and(|message| member(message, "body").is_some());
    if has_body && text_member(&body, "comment").is_some_and(|comment| !comment.is_empty()) {
        return Err(Refusal::BadRequest("Only one of comment and message.body can be given.".to_owned()));
    }
    if kind == Kind::Forward
        && let Some(list) = member(&body, "toRecipients")
    {
        draft.to = edit::addresses(list)?;
    }
    let drafts = folders::find(mailbox, "drafts")?;
    if kind == Kind::ReplyAll && !original.is_read {
        mailbox.update(key, &["isRead"], call.now_ms, |message| message.is_read = true);
    }
    let key = mailbox.insert(draft, &drafts, call.now_ms);
    item::shown(mailbox, call, key, 201, &Select::All, &Expand::default())
}

/// Lays the client's `message` over the draft: its body goes before the quote.
fn merged(draft: Message, message: &Value, person: &Person) -> Result<Message, Refusal> {
    let quote = draft.content.text.clone();
    let (mut draft, changed) = edit::apply(draft, message, person)?;
    if changed.contains(&"body") {
        let written = if draft.content.html {
            draft.content.text.clone()
        } else {
            escape_html(&draft.content.text).replace('\n', "<br>\n")
        };
        let inside = quote.split_once("<body>").map_or(quote.as_str(), |(_, rest)| rest);
        draft.content = Content { html: true, text: format!("<html><body>{}{inside}", body_of(&written)) };
        draft.preview = body::preview(&draft.content);
    }
    Ok(draft)
}

/// What stands between the body tags, or all of it where there are none.
fn body_of(html: &str) -> &str {
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<body").and_then(|at| lower.get(at..)?.find('>').map(|end| at + end + 1)).unwrap_or(0);
    let end = lower.rfind("</body>").unwrap_or(html.len());
    html.get(start..end).unwrap_or(html)
}

fn answer_to(original: &Message, person: &Person, kind: Kind) -> Message {
    let mut references = original.references.clone();
    references.push(original.internet_message_id.clone());
    let mut index = original.conversation_index.clone();
    index.extend([0, 0, 0, 1, u8::try_from(references.len() % 250).unwrap_or(0)]);
    let (to, cc) = recipients(original, person, kind);
    let mut draft = Message {
        subject: subject(&original.subject, kind),
        to,
        cc,
        importance: original.importance,
        conversation_id: original.conversation_id.clone(),
        conversation_index: index,
        in_reply_to: Some(original.internet_message_id.clone()),
        references,
        ..Message::default()
    };
    let pictures = original.attachments.iter().filter(|one| one.inline);
    draft.attachments = match kind {
        Kind::Forward => original.attachments.clone(),
        Kind::Reply | Kind::ReplyAll => pictures.cloned().collect(),
    };
    draft.content = Content { html: true, text: quoted(original) };
    draft.preview = body::preview(&draft.content);
    draft
}

fn subject(original: &str, kind: Kind) -> String {
    let mark = match kind {
        Kind::Reply | Kind::ReplyAll => "Re:",
        Kind::Forward => "Fw:",
    };
    let has = original.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark));
    if has { original.to_owned() } else { format!("{mark} {original}") }
}

fn recipients(original: &Message, person: &Person, kind: Kind) -> (Vec<Address>, Vec<Address>) {
    if kind == Kind::Forward {
        return (Vec::new(), Vec::new());
    }
    let own = |one: &Address| one.address.eq_ignore_ascii_case(person.address);
    let from_me = original.from.as_ref().is_some_and(own);
    // An answer to one's own mail goes where that mail went.
    let mut to: Vec<Address> = if from_me {
        original.to.clone()
    } else if original.reply_to.is_empty() {
        original.from.iter().cloned().collect()
    } else {
        original.reply_to.clone()
    };
    if kind == Kind::Reply {
        return (to, Vec::new());
    }
    if !from_me {
        to.extend(original.to.iter().filter(|one| !own(one)).cloned());
    }
    let mut seen: Vec<String> = Vec::new();
    let mut fresh = |one: &Address| {
        let address = one.address.to_lowercase();
        let new = !seen.contains(&address);
        seen.push(address);
        new
    };
    to.retain(&mut fresh);
    let cc = original.cc.iter().filter(|one| !own(one) && fresh(one)).cloned().collect();
    (to, cc)
}

/// The original below a line, with Outlook's block of header fields.
fn quoted(original: &Message) -> String {
    let list = |addresses: &[Address]| {
        addresses
            .iter()
            .map(|one| format!("{} &lt;{}&gt;", escape_html(&one.name), escape_html(&one.address)))
            .collect::<Vec<_>>()
            .join("; ")
    };
    let mut head = format!(
        "<b>From:</b> {}<br><b>Sent:</b> {}<br>",
        list(original.from.as_slice()),
        time::mail_date(original.sent_ms)
    );
    for (label, addresses) in [("To", &original.to), ("Cc", &original.cc)] {
        if !addresses.is_empty() {
            head.push_str(&format!("<b>{label}:</b> {}<br>", list(addresses)));
        }
    }
    head.push_str(&format!("<b>Subject:</b> {}", escape_html(&original.subject)));
    let html = if original.content.html {
        body::clean(&original.content.text)
    } else {
        body::text_as_html(&original.content.text)
    };
    format!(
        "<html><body><br><hr style=\"display:inline-block;width:98%\"><div id=\"divRplyFwdMsg\" dir=\"ltr\">{head}</div><div>{}</div></body></html>",
        body_of(&html)
    )
}

//! Replying and forwarding, as a draft or at once.
//! Conversation, references and the quoted original are set here, because JSON drafts cannot set them.

use serde_json::Value;

use crate::graph::call::Call;
use crate::graph::edit::{self, Stage};
use crate::graph::expand::Expand;
use crate::graph::query::Select;
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, folders, item, send};
use crate::mailbox::Mailbox;
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
    // On the create calls Graph drops a lone comment, a known fault.
    let draft = drafted(sandbox, call, key, kind, Comment::Dropped)?;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let drafts = folders::find(mailbox, "drafts")?;
    mark_read(mailbox, call, key, kind);
    let key = mailbox.insert(draft, &drafts, call.now_ms);
    edit::note_fresh(sandbox, call, key)?;
    let mailbox = sandbox.mailbox(call.person)?;
    item::shown(mailbox, call, key, 201, &Select::All, &Expand::default())
}

/// Answers or forwards a message in one call.
pub(super) fn at_once(sandbox: &mut Sandbox, call: &Call<'_>, key: u64, kind: Kind) -> Outcome {
    call.needs(&["Mail.Send"])?;
    let draft = drafted(sandbox, call, key, kind, Comment::Written)?;
    let answer = send::at_once(sandbox, call, draft, true)?;
    mark_read(sandbox.mailbox_mut(call.person)?, call, key, kind);
    Ok(answer)
}

/// Answering everybody counts as having read.
fn mark_read(mailbox: &mut Mailbox, call: &Call<'_>, key: u64, kind: Kind) {
    if kind == Kind::ReplyAll && mailbox.message(key).is_some_and(|original| !original.is_read) {
        mailbox.update(key, &["isRead"], call.now_ms, |message| message.is_read = true);
    }
}

/// What becomes of the comment of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comment {
    Dropped,
    Written,
}

fn drafted(sandbox: &Sandbox, call: &Call<'_>, key: u64, kind: Kind, fate: Comment) -> Result<Message, Refusal> {
    let original = sandbox.mailbox(call.person)?.message(key).ok_or(Refusal::ItemNotFound)?;
    let draft = edit::dated(answer_to(original, call.person, kind), call.person, call.now_ms);
    if call.is_mime() {
        return in_mime(draft, call);
    }
    let body = call.json()?;
    let wrong = |text: &str| Refusal::BadRequest(text.to_owned());
    let message = member(&body, "message").filter(|message| !message.is_null());
    let comment = match member(&body, "comment") {
        None | Some(Value::Null) => None,
        Some(comment) => Some(comment.as_str().ok_or_else(|| wrong("The comment is not a string."))?),
    };
    let comment = comment.filter(|comment| !comment.is_empty());
    let has = |name: &str| message.and_then(|message| member(message, name)).is_some_and(|value| !value.is_null());
    if has("body") && comment.is_some() {
        return Err(wrong("Only one of comment and message.body can be given."));
    }
    let to = member(&body, "toRecipients").filter(|_| kind == Kind::Forward).filter(|to| !to.is_null());
    if to.is_some() && has("toRecipients") {
        return Err(wrong("The recipients of a forward are given in toRecipients or in message, not in both."));
    }
    let mut draft = match message {
        Some(message) => merged(draft, message, call.person)?,
        None => draft,
    };
    if let Some(to) = to {
        draft.to = edit::addresses(to)?;
    }
    match (fate, comment) {
        (Comment::Written, Some(comment)) => {
            let quote = draft.content.text.clone();
            let text = escape_html(comment).replace('\n', "<br>\n");
            Ok(above(draft, &format!("<div>{text}</div>"), &quote))
        }
        (Comment::Written | Comment::Dropped, _) => Ok(draft),
    }
}

/// An answer that the client wrote as MIME; the thread, and what it leaves out, come from the original.
fn in_mime(draft: Message, call: &Call<'_>) -> Result<Message, Refusal> {
    let mut own = edit::from_mime(call.body, call.person, call.now_ms)?;
    own.conversation_id = draft.conversation_id;
    own.conversation_index = draft.conversation_index;
    own.in_reply_to = draft.in_reply_to;
    own.references = draft.references;
    if own.subject.is_empty() {
        own.subject = draft.subject;
    }
    if own.to.is_empty() && own.cc.is_empty() && own.bcc.is_empty() {
        (own.to, own.cc) = (draft.to, draft.cc);
    }
    Ok(own)
}

/// Lays the client's `message` over the draft: its body goes before the quote.
fn merged(draft: Message, message: &Value, person: &Person) -> Result<Message, Refusal> {
    let quote = draft.content.text.clone();
    let (mut draft, changed) = edit::apply(draft, message, person, Stage::Made)?;
    edit::attach(&mut draft, message)?;
    if !changed.contains(&"body") {
        return Ok(draft);
    }
    let written = if draft.content.html {
        draft.content.text.clone()
    } else {
        escape_html(&draft.content.text).replace('\n', "<br>\n")
    };
    Ok(above(draft, body_of(&written), &quote))
}

/// The draft with this HTML before the quote.
fn above(mut draft: Message, written: &str, quote: &str) -> Message {
    let inside = quote.split_once("<body>").map_or(quote, |(_, rest)| rest);
    draft.content = Content { html: true, text: format!("<html><body>{written}{inside}") };
    draft.preview = body::preview(&draft.content);
    draft
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

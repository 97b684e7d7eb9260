//! A generated message before it is filed: what it says, when it came, where it belongs.
//! Templates say text; this turns text into the HTML that mail programs send.

use crate::mailbox::message::Message;
use crate::web::escape_html;

/// Where a letter belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Inbox,
    Sent,
    Drafts,
    Junk,
    /// One of the person's own folders, by its name.
    Folder(&'static str),
}

/// One generated message.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) message: Message,
    pub(crate) at_ms: i64,
    pub(crate) place: Place,
}

/// Paragraphs as HTML: a blank line parts them, a line with a dash first is a list item.
pub(crate) fn html(text: &str, rtl: bool, picture: Option<&str>) -> String {
    let mut inner = String::new();
    for block in text.trim().split("\n\n") {
        let items: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix("- ")).collect();
        if !items.is_empty() && items.len() == block.lines().count() {
            let items: String = items.iter().map(|item| format!("<li>{}</li>", escape_html(item))).collect();
            inner.push_str(&format!("<ul>{items}</ul>"));
        } else {
            let lines: Vec<String> = block.lines().map(escape_html).collect();
            inner.push_str(&format!("<p>{}</p>", lines.join("<br>")));
        }
    }
    if let Some(id) = picture {
        inner.push_str(&format!("<p><img src=\"cid:{id}\" alt=\"Picture\" width=\"320\" height=\"180\"></p>"));
    }
    let direction = if rtl { "rtl" } else { "ltr" };
    format!(
        "<html><body><div dir=\"{direction}\" style=\"font-family:Aptos,Calibri,Helvetica,sans-serif;font-size:11pt\">{inner}</div></body></html>"
    )
}

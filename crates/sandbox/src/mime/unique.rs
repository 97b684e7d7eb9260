//! The part of a body that its own sender wrote, without what it quotes.
//! Exchange knows it from the conversation; the marks that mail programs put before a quotation tell nearly as much.

use crate::mailbox::message::Content;

/// Where HTML begins to quote, in lower case.
const HTML_MARKS: [&str; 6] = [
    "<hr style=\"display:inline-block;width:98%\"",
    "<div id=\"divrplyfwdmsg\"",
    "<div class=\"gmail_quote",
    "<blockquote",
    "<div id=\"appendonsend\"",
    "<div class=\"moz-cite-prefix\"",
];

/// The body without its quotation.
pub(crate) fn part(content: &Content) -> Content {
    let text = if content.html { html(&content.text) } else { plain(&content.text) };
    Content { html: content.html, text }
}

fn html(text: &str) -> String {
    // ASCII case folding keeps every byte's place, so an offset fits both strings.
    let lower = text.to_ascii_lowercase();
    let end = HTML_MARKS.iter().filter_map(|mark| lower.find(mark)).min().unwrap_or(text.len());
    text.get(..end).unwrap_or(text).to_owned()
}

fn plain(text: &str) -> String {
    let quotes = |line: &str| {
        let line = line.trim();
        line.starts_with('>')
            || line.starts_with("-----Original Message-----")
            || line.starts_with("________________________________")
            || (line.starts_with("On ") && line.ends_with("wrote:"))
    };
    text.lines().take_while(|line| !quotes(line)).collect::<Vec<_>>().join("\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_left_out() {
        let html = Content { html: true, text: "<p>Yes</p><Blockquote>No</Blockquote>".to_owned() };
        assert_eq!(part(&html).text, "<p>Yes</p>");
        let plain = Content { html: false, text: "Yes\nOn Monday Bob wrote:\n> No".to_owned() };
        assert_eq!(part(&plain).text, "Yes");
    }
}

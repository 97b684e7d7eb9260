//! Bodies: Exchange's cleaning of HTML, its HTML around plain text, and text out of HTML.
//! Cleaning happens on reading, so that the bytes as they came are still there for `$value`.

use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder;
use mail_parser::decoders::html::html_to_text;

use crate::mailbox::message::Content;
use crate::web::escape_html;

/// Graph's previews hold this many characters at most.
const PREVIEW_CHARACTERS: usize = 255;

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .add_tags([
            "font", "center", "style", "big", "u", "s", "strike", "tt", "section", "article", "header", "footer",
            "main", "address", "label", "button", "input",
        ])
        .rm_clean_content_tags(["style"])
        .add_clean_content_tags(["iframe", "object", "embed", "applet", "noscript", "title"])
        .rm_tags(["button", "input", "label"])
        .generic_attributes(HashSet::from([
            "style",
            "class",
            "id",
            "dir",
            "lang",
            "title",
            "align",
            "valign",
            "width",
            "height",
            "bgcolor",
            "background",
            "border",
            "cellpadding",
            "cellspacing",
            "color",
            "face",
            "size",
            "role",
            "alt",
            "name",
            "hspace",
            "vspace",
            "nowrap",
        ]))
        .add_url_schemes(["cid", "data", "mailto", "tel"])
        .url_relative(ammonia::UrlRelative::PassThrough)
        .id_prefix(None)
        .link_rel(None)
        .strip_comments(true);
    builder
});

/// HTML as Exchange stores it: no scripts, handlers, frames, objects or forms; style and pictures stay.
pub(crate) fn clean(html: &str) -> String {
    wrap(&CLEANER.clean(html).to_string())
}

fn wrap(inner: &str) -> String {
    format!(
        "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body>{inner}</body></html>"
    )
}

/// The HTML in which Exchange shows a plain-text body.
pub(crate) fn text_as_html(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(escape_html).collect();
    wrap(&format!(
        "<font size=\"2\"><span style=\"font-size:11pt;\"><div class=\"PlainText\">{}</div></span></font>",
        lines.join("<br>\r\n")
    ))
}

/// The text of a body, HTML or not.
pub(crate) fn as_text(content: &Content) -> String {
    if content.html { html_to_text(&without_head(&content.text)) } else { content.text.clone() }
}

/// Drops style and script elements, whose contents the text conversion would show.
fn without_head(html: &str) -> String {
    let mut out = html.to_owned();
    for (open, close) in [("<style", "</style>"), ("<script", "</script>"), ("<title", "</title>")] {
        // ASCII case folding keeps every byte's place, so offsets fit both strings.
        let mut lower = out.to_ascii_lowercase();
        while let Some(start) = lower.find(open) {
            let end =
                lower.get(start..).and_then(|rest| rest.find(close)).map_or(out.len(), |at| start + at + close.len());
            out.replace_range(start..end, "");
            lower.replace_range(start..end, "");
        }
    }
    out
}

/// The first 255 characters of the body's text, blank lines and runs of blanks made one.
pub(crate) fn preview(content: &Content) -> String {
    let text = as_text(content);
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    lines
        .join("\r\n")
        .chars()
        .filter(|c| !matches!(c, '\u{200b}' | '\u{feff}' | '\u{34f}' | '\u{ad}'))
        .take(PREVIEW_CHARACTERS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_removes_what_runs_and_keeps_what_shows() {
        let html = "<html><head><title>t</title><style>p{color:red}</style></head><body onload=x()><p style=\"color:red\" onclick=\"go()\">Hi<script>bad()</script><iframe src=x>in</iframe><img src=\"cid:a\"><form action=/x><input name=q>F</form></p></body></html>";
        let clean = clean(html);
        for gone in ["script", "bad()", "onclick", "onload", "iframe", "<form", "<input", "<title"] {
            assert!(!clean.contains(gone), "{gone} is still in {clean}");
        }
        for kept in ["color:red", "cid:a", "Hi", "F"] {
            assert!(clean.contains(kept), "{kept} is missing in {clean}");
        }
    }

    #[test]
    fn a_preview_is_short_and_one_kind_of_blank() {
        let content =
            Content { html: true, text: format!("<style>x</style><p>Hello   there</p><p>{}</p>", "é".repeat(400)) };
        let preview = preview(&content);
        assert!(preview.starts_with("Hello there\r\n"));
        assert_eq!(preview.chars().count(), 255);
    }
}

//! What a glance at a body's markup tells: whether it asks for pictures from elsewhere, and whether it brings colours
//! of its own. Only for what is shown around it: the frame's own policy is what keeps anything from loading.

use mail_core::model::BodyContent;

/// Whether the body has pictures that would be fetched from another server.
pub(super) fn has_remote_images(content: &BodyContent) -> bool {
    match content {
        BodyContent::Text(_) => false,
        BodyContent::Html(html) => html.split('<').skip(1).any(is_remote_image),
    }
}

/// Whether the body is words on bare paper, which may be turned to light words on dark. Pictures and coloured
/// grounds are made for white paper and keep it.
pub(super) fn is_bare(content: &BodyContent) -> bool {
    match content {
        BodyContent::Text(_) => true,
        BodyContent::Html(html) => {
            let html = html.to_ascii_lowercase();
            !["<img", "<svg", "<video", "<hr", "background", "bgcolor"].iter().any(|sign| html.contains(sign))
        }
    }
}

/// Whether a piece of markup, from after its `<`, is an image with an address elsewhere.
fn is_remote_image(piece: &str) -> bool {
    let tag = piece.split('>').next().unwrap_or_default();
    let Some(rest) = strip_prefix_ignoring_case(tag, "img") else { return false };
    if !rest.starts_with(|c: char| c.is_whitespace() || c == '/') {
        return false;
    }
    rest.split('=').zip(rest.split('=').skip(1)).any(|(name, value)| {
        let name = name.trim_end().rsplit(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '/')).next();
        let value = value.trim_start().trim_start_matches(['"', '\'']).trim_start();
        name.is_some_and(|name| name.eq_ignore_ascii_case("src")) && is_elsewhere(value)
    })
}

fn is_elsewhere(address: &str) -> bool {
    ["http:", "https:", "//"].iter().any(|start| strip_prefix_ignoring_case(address, start).is_some())
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote(html: &str) -> bool {
        has_remote_images(&BodyContent::Html(html.to_owned()))
    }

    #[test]
    fn pictures_from_elsewhere_are_noticed_however_they_are_spelled() {
        assert!(remote(r#"<p>hi</p><img alt="a" src="https://shop.example/pixel.gif">"#));
        assert!(remote("<IMG SRC = 'HTTP://x/y'>"));
        assert!(remote("<img/src=//x/y>"));
    }

    #[test]
    fn pictures_of_the_message_itself_are_not_remote() {
        assert!(!remote(r#"<img src="cid:logo"><img src="data:image/png;base64,AA==">"#));
        assert!(!remote(r#"<a href="https://x">img src=https://x</a><imgx src="https://x">"#));
        assert!(!has_remote_images(&BodyContent::Text("<img src=\"https://x\">".to_owned())));
    }

    #[test]
    fn only_words_on_bare_paper_are_turned_dark() {
        assert!(is_bare(&BodyContent::Text("<img>".to_owned())));
        assert!(is_bare(&BodyContent::Html("<p style='color:#333'>hi</p>".to_owned())));
        assert!(!is_bare(&BodyContent::Html("<TABLE BGCOLOR=#eee>".to_owned())));
        assert!(!is_bare(&BodyContent::Html("<img src='cid:logo'>".to_owned())));
    }
}

//! Text as a search index sees it: small letters, one blank between words, and no markup.
//! A word is then found by looking for it with a blank before it, a whole word with one after it too.

/// Text folded for searching: it begins and ends with a blank.
pub(super) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    text.chars().for_each(|c| push(&mut out, c));
    end(out)
}

/// HTML folded: tags, styles and scripts are no text.
pub(super) fn folded_html(html: &str) -> String {
    let mut out = String::with_capacity(html.len() / 2);
    out.push(' ');
    let mut rest = html;
    while let Some((text, tag)) = rest.split_once('<') {
        entities(text, &mut out);
        push(&mut out, ' ');
        let name: String = tag.chars().take(6).collect::<String>().to_ascii_lowercase();
        let close = ["style", "script"].iter().find(|hidden| name.starts_with(**hidden));
        rest = match close {
            // Without its end the rest is all style.
            Some(hidden) => after(tag, &format!("</{hidden}")).map_or("", |rest| rest),
            None => tag,
        };
        rest = rest.split_once('>').map_or("", |(_, rest)| rest);
    }
    entities(rest, &mut out);
    end(out)
}

/// What follows a mark, compared without regard to case; the mark is ASCII.
fn after<'t>(text: &'t str, mark: &str) -> Option<&'t str> {
    let at = text.as_bytes().windows(mark.len()).position(|part| part.eq_ignore_ascii_case(mark.as_bytes()))?;
    text.get(at + mark.len()..)
}

fn entities(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((plain, entity)) = rest.split_once('&') {
        plain.chars().for_each(|c| push(out, c));
        let Some((name, after)) = entity.split_once(';').filter(|(name, _)| name.len() < 10) else {
            push(out, ' ');
            rest = entity;
            continue;
        };
        let number = name.strip_prefix('#').and_then(|digits| match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => digits.parse().ok(),
        });
        // The letters among named entities are a letter and the name of its mark.
        let letter = ["acute", "grave", "uml", "circ", "tilde", "cedil", "ring"]
            .iter()
            .find_map(|mark| name.strip_suffix(mark))
            .and_then(|letter| letter.chars().next());
        push(out, number.and_then(char::from_u32).or(letter).unwrap_or(' '));
        rest = after;
    }
    rest.chars().for_each(|c| push(out, c));
}

fn push(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric() {
        out.push(c.to_ascii_lowercase());
    } else if c.is_alphanumeric() {
        // Scripts without blanks between words are searched letter by letter.
        let alone = c >= '\u{2e80}';
        if alone && !out.ends_with(' ') {
            out.push(' ');
        }
        out.extend(c.to_lowercase().map(plain));
        if alone {
            out.push(' ');
        }
    } else if !out.ends_with(' ') {
        out.push(' ');
    }
}

/// A Latin letter without its mark, as Exchange's index has it.
fn plain(c: char) -> char {
    match c {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' | 'ø' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        other => other,
    }
}

fn end(mut out: String) -> String {
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

/// Whether folded text holds folded words in a row; with `prefix` the last may be the beginning of one.
pub(super) fn holds(text: &str, words: &str, prefix: bool) -> bool {
    let words = if prefix { words.trim_end() } else { words };
    text.contains(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_beginning_and_phrases_whole() {
        let text = folded_html("<style>p{secret}</style><p class=hidden>The Caf&eacute;-report,&nbsp;2026</p>");
        assert_eq!(text, " the cafe report 2026 ");
        assert!(holds(&text, &folded("rep"), true));
        assert!(!holds(&text, &folded("rep"), false));
        assert!(holds(&text, &folded("café report"), false));
        assert!(!holds(&text, &folded("port"), true));
        assert!(holds(&folded("今日は晴れ"), &folded("晴れ"), false));
    }

    #[test]
    fn broken_markup_ends_quietly() {
        for html in ["<", "a<b", "<style>x", "&", "&#xZZ;", "&#1114112;", "<script", "é<é>é"] {
            assert!(folded_html(html).ends_with(' '), "{html}");
        }
    }
}

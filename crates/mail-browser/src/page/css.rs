//! Style sheets and addresses in mail, judged as text. This keeps remote sources from being asked for, so that the
//! frame's own policy, which would refuse them anyhow, has nothing to complain about.

/// The style without sources outside of it: imports go, `url(…)` becomes `none` unless it holds an image, and every other
/// word that names a source is spoilt.
pub(super) fn without_remote(css: &str) -> String {
    // Lower case keeps every byte in its place: only ASCII changes.
    let lower = css.to_ascii_lowercase();
    let mut clean = String::with_capacity(css.len());
    let mut done = 0;
    while let Some((place, word)) = next_source(&lower, done) {
        clean.push_str(css.get(done..place).unwrap_or_default());
        done = place + word.len();
        let value = css.get(done..).unwrap_or_default();
        if word == IMPORT {
            done += value.split_once(';').map_or(value.len(), |(import, _)| import.len() + 1);
            continue;
        }
        if word != ADDRESS {
            clean.push_str("none-");
            continue;
        }
        let (address, _) = value.split_once(')').unwrap_or((value, ""));
        let end = (done + address.len() + 1).min(css.len());
        if is_image(address.trim_start_matches(|letter: char| letter.is_ascii_whitespace() || "'\"".contains(letter))) {
            clean.push_str(css.get(place..end).unwrap_or_default());
        } else {
            clean.push_str("none");
        }
        done = end;
    }
    clean.push_str(css.get(done..).unwrap_or_default());
    clean
}

const ADDRESS: &str = "url(";
const IMPORT: &str = "@import";
const OTHERS: [&str; 2] = ["image-set(", "src("];

/// The next word from `from` on that names a source, and its place; every such word ends in `(` or begins with `@`.
fn next_source(lower: &str, from: usize) -> Option<(usize, &'static str)> {
    let mut from = from;
    loop {
        let rest = lower.get(from..)?;
        let mark = from + rest.find(['(', '@'])?;
        let head = lower.get(..=mark)?;
        if let Some(word) = [ADDRESS].into_iter().chain(OTHERS).find(|word| head.ends_with(word)) {
            return Some((head.len() - word.len(), word));
        }
        if lower.get(mark..)?.starts_with(IMPORT) {
            return Some((mark, IMPORT));
        }
        from = mark + 1;
    }
}

/// Whether an address holds an image in itself.
pub(super) fn is_image(address: &str) -> bool {
    starts_with(address.trim_start(), "data:image/")
}

/// Whether a link may be followed: to the web, to a mail address or to a telephone.
pub(super) fn may_follow(address: &str) -> bool {
    // As the browser reads it: without the blanks and controls that would hide the scheme.
    let address: String = address.chars().filter(|letter| !letter.is_ascii_control() && *letter != ' ').collect();
    ["http:", "https:", "mailto:", "tel:"].into_iter().any(|scheme| starts_with(&address, scheme))
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

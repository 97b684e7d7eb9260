//! What is decided about attachments without fetching one: which picture of a message a body shows where, what counts as a
//! picture, and what a file may be called. Names, types and ids come from strangers and are believed in nothing.

use crate::model::{Attachment, AttachmentKind, Body, BodyContent};

/// A file name is never longer than this, in characters: some systems take no more than 255 bytes.
const LONGEST_NAME: usize = 120;
/// What a file is called whose sender gave it no name.
const NAMELESS: &str = "attachment";
/// A larger picture is not fetched for being shown alone.
const LARGEST_PICTURE: u64 = 10_000_000;
/// So many of the first bytes tell what a file is.
pub const HEAD: usize = 32;

/// The media type of a picture that may be shown, told by its first bytes alone: never by its name, nor by what the sender
/// claimed. Formats that can hold scripts or references are not among them.
pub fn picture_type(head: &[u8]) -> Option<&'static str> {
    let starts = |with: &[u8]| head.starts_with(with);
    let at = |place: usize, with: &[u8]| head.get(place..).is_some_and(|rest| rest.starts_with(with));
    if starts(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if starts(b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else if starts(b"GIF87a") || starts(b"GIF89a") {
        Some("image/gif")
    } else if starts(b"RIFF") && at(8, b"WEBP") {
        Some("image/webp")
    } else if at(4, b"ftypavif") || at(4, b"ftypavis") {
        Some("image/avif")
    } else if starts(b"BM") && at(6, &[0; 4]) {
        Some("image/bmp")
    } else {
        None
    }
}

/// The content id an address names, if it is one of the message's own parts.
pub fn content_id(address: &str) -> Option<String> {
    let address = address.trim();
    let (scheme, id) = address.split_at_checked(4)?;
    scheme.eq_ignore_ascii_case("cid:").then(|| bare(&percent_decoded(id)).to_owned()).filter(|id| !id.is_empty())
}

/// Ids are written with and without angle brackets.
fn bare(id: &str) -> &str {
    id.trim().trim_start_matches('<').trim_end_matches('>')
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digit = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = after.get(2..).unwrap_or_default();
            }
            (byte, _, _) => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Body {
    /// The attachment of this message that a content id names.
    pub fn part(&self, id: &str) -> Option<&Attachment> {
        self.attachments.iter().find(|one| one.content_id.as_deref().is_some_and(|known| bare(known) == id))
    }

    /// The picture that a content id names, if it may be fetched before anybody asks.
    pub fn picture(&self, id: &str) -> Option<&Attachment> {
        self.part(id).filter(|one| one.kind == AttachmentKind::File && one.size <= LARGEST_PICTURE)
    }

    /// The attachments to be listed: all but those that the body shows where they belong. Some programs call every file inline.
    pub fn listed(&self) -> impl Iterator<Item = &Attachment> {
        let shown = self.shown();
        self.attachments.iter().filter(move |one| {
            let id = one.content_id.as_deref().map(bare);
            let told = one.kind != AttachmentKind::Unknown;
            !one.is_inline || (told && !id.is_some_and(|id| shown.iter().any(|shown| shown == id)))
        })
    }

    /// The content ids that the body names.
    fn shown(&self) -> Vec<String> {
        let BodyContent::Html(html) = &self.content else { return Vec::new() };
        let lower = html.to_ascii_lowercase();
        let ends = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '>' | ')' | '<');
        lower
            .match_indices("cid:")
            .filter_map(|(place, _)| {
                let address = html.get(place..)?;
                let address = address.split(ends).next()?;
                content_id(&address.replace("&amp;", "&"))
            })
            .collect()
    }

    /// Whether an earlier build read it, which did not ask what its attachments are: it is to be fetched again.
    pub fn is_dated(&self) -> bool {
        self.attachments.iter().any(|one| one.kind == AttachmentKind::Unknown)
    }
}

/// Whether a character would change how what is around it looks: controls, and the marks that turn the direction of text, by
/// which `gpj.exe` is made to look like `exe.jpg`.
fn deceives(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A name as it may be shown: what would deceive is seen as a mark.
pub fn shown_name(name: &str) -> String {
    let name = name.trim();
    if name.is_empty() {
        return NAMELESS.to_owned();
    }
    name.chars().map(|letter| if deceives(letter) { '\u{fffd}' } else { letter }).collect()
}

/// A name to save a file under on any system: no folders, nothing a system reads in its own way, and its ending kept however long
/// it is. Of what is attached as an item, `head`, its first bytes, tell the ending.
pub fn file_name(attachment: &Attachment, head: &[u8]) -> String {
    let clean: String = attachment
        .name
        .chars()
        .map(|letter| {
            let forbidden = deceives(letter) || r#"\/:*?"<>|~%"#.contains(letter);
            if forbidden { '_' } else { letter }
        })
        .collect();
    let clean = clean.trim_matches(|letter: char| letter.is_whitespace() || letter == '.');
    let mut name = if clean.is_empty() { NAMELESS.to_owned() } else { clean.to_owned() };
    if attachment.kind == AttachmentKind::Item {
        let ending = item_ending(head);
        if !name.to_ascii_lowercase().ends_with(ending) {
            name.push_str(ending);
        }
    }
    // Names that stand for devices, whatever comes after the first dot.
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = |device: &str| stem.strip_prefix(device).is_some_and(|rest| rest.len() == 1 && rest != "0");
    if matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt") {
        name.insert(0, '_');
    }
    shortened(name)
}

fn shortened(name: String) -> String {
    let length = name.chars().count();
    if length <= LONGEST_NAME {
        return name;
    }
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.chars().count() <= 10 => (stem, format!(".{ending}")),
        Some(_) | None => (name.as_str(), String::new()),
    };
    let room = LONGEST_NAME.saturating_sub(ending.chars().count());
    let stem: String = stem.chars().take(room).collect();
    format!("{}{ending}", stem.trim_end())
}

/// What is attached as an item comes as a mail, an event or a contact.
fn item_ending(head: &[u8]) -> &'static str {
    let starts = |with: &str| head.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()));
    if starts("BEGIN:VCALENDAR") {
        ".ics"
    } else if starts("BEGIN:VCARD") {
        ".vcf"
    } else {
        ".eml"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attached(name: &str, kind: AttachmentKind) -> Attachment {
        Attachment {
            id: "a".to_owned(),
            name: name.to_owned(),
            content_type: "image/png".to_owned(),
            size: 1,
            is_inline: false,
            content_id: None,
            kind,
        }
    }

    fn saved(name: &str) -> String {
        file_name(&attached(name, AttachmentKind::File), b"")
    }

    #[test]
    fn only_pixels_are_pictures_whatever_they_are_called() {
        assert_eq!(picture_type(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Some("image/png"));
        assert_eq!(picture_type(b"\xff\xd8\xff\xe0\0\x10JFIF"), Some("image/jpeg"));
        assert_eq!(picture_type(b"GIF89a\x01\0"), Some("image/gif"));
        assert_eq!(picture_type(b"RIFF\x10\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(picture_type(b"\0\0\0\x20ftypavif\0\0\0\0"), Some("image/avif"));
        assert_eq!(picture_type(b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0"), Some("image/bmp"));
        for other in [
            &b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'>"[..],
            b"<!doctype html><script>x()</script>",
            b"\xef\xbb\xbf<?xml version='1.0'?>",
            b"%PDF-1.7",
            b"RIFF\x10\0\0\0AVI ",
            b"BMW is a car",
            b"GIF",
            b"",
        ] {
            assert_eq!(picture_type(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_content_id_is_read_however_it_is_written() {
        assert_eq!(content_id("cid:logo@x").unwrap(), "logo@x");
        assert_eq!(content_id(" CID:%3Clogo%40x%3E ").unwrap(), "logo@x");
        assert_eq!(content_id("cid:50%").unwrap(), "50%");
        for other in ["cid:", "cid:<>", "http://cid:x", "ci", "ü", "data:image/png;base64,AA=="] {
            assert_eq!(content_id(other), None, "{other}");
        }
    }

    #[test]
    fn what_the_body_shows_in_place_is_not_listed_again() {
        let inline = |id: &str, content_id: Option<&str>| Attachment {
            id: id.to_owned(),
            is_inline: true,
            content_id: content_id.map(str::to_owned),
            ..attached("x.png", AttachmentKind::File)
        };
        let html = r#"<IMG SRC="CID:a%40x"><td background='cid:b@x'><i style="background:url(cid:c@x)">"#;
        let attachments = vec![
            attached("report.pdf", AttachmentKind::File),
            inline("1", Some("<a@x>")),
            inline("2", Some("b@x")),
            inline("3", Some("c@x")),
            inline("4", Some("unused@x")),
            inline("5", None),
        ];
        let body = Body { content: BodyContent::Html(html.to_owned()), attachments };
        let listed: Vec<_> = body.listed().map(|one| one.id.as_str()).collect();
        assert_eq!(listed, ["a", "4", "5"], "what the body does not show can be had all the same");
        assert_eq!(body.part("a@x").unwrap().id, "1");
        assert_eq!(body.part("other@x"), None);
        assert!(!body.is_dated());
        let of_before = Attachment { kind: AttachmentKind::Unknown, ..inline("1", None) };
        let body = Body { attachments: vec![of_before], ..body };
        assert!(body.is_dated());
        assert_eq!(body.listed().count(), 0, "nothing is known of what the body shows");
    }

    #[test]
    fn a_shown_name_hides_nothing() {
        assert_eq!(shown_name("photo\u{202e}gpj.exe"), "photo\u{fffd}gpj.exe");
        assert_eq!(shown_name("a\r\nb\0c"), "a\u{fffd}\u{fffd}b\u{fffd}c");
        assert_eq!(shown_name("Übersicht 2026 – ‏שלום.pdf").chars().filter(|letter| *letter == '\u{fffd}').count(), 1);
        assert_eq!(shown_name("  "), "attachment");
    }

    #[test]
    fn a_file_name_is_safe_on_every_system() {
        assert_eq!(saved("Übersicht 2026.pdf"), "Übersicht 2026.pdf");
        assert_eq!(saved("../../etc/passwd"), "_.._etc_passwd");
        assert_eq!(saved("C:\\a|b?.txt"), "C__a_b_.txt");
        assert_eq!(saved("photo\u{202e}gpj.exe"), "photo_gpj.exe");
        assert_eq!(saved(" .bashrc. "), "bashrc");
        assert_eq!(saved("..."), "attachment");
        assert_eq!(saved("con.txt"), "_con.txt");
        assert_eq!(saved("Com1"), "_Com1");
        assert_eq!(saved("compass.txt"), "compass.txt");
        let long = saved(&format!("{}.pdf", "ü".repeat(400)));
        assert!(long.ends_with("ü.pdf") && long.chars().count() == LONGEST_NAME, "{long}");
        assert_eq!(saved(&format!("a.{}", "b".repeat(400))).chars().count(), LONGEST_NAME);
    }

    #[test]
    fn an_item_is_named_after_what_it_is() {
        let item = |name: &str, head: &[u8]| file_name(&attached(name, AttachmentKind::Item), head);
        assert_eq!(item("Re: Lunch", b"Received: from"), "Re_ Lunch.eml");
        assert_eq!(item("Lunch", b"BEGIN:VCALENDAR\r\n"), "Lunch.ics");
        assert_eq!(item("Grace", b"begin:vcard\r\n"), "Grace.vcf");
        assert_eq!(item("Lunch.EML", b"From: x"), "Lunch.EML");
    }
}

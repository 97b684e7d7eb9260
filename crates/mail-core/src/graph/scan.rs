//! A reader of JSON that goes over the text once and makes nothing but what its caller keeps: pages of a thousand messages are
//! read with it. A value of an unexpected type counts as not said, because one odd message must not lose the page it came in.

use std::borrow::Cow;

/// A text of a row is cut after so many bytes. Outlook's own limits lie far below; without one, a subject of many megabytes would
/// be carried through every list.
const LONGEST_TEXT: usize = 4096;
/// A longer id is none.
const LONGEST_ID: usize = 1024;

/// A place in a JSON text. `None` from any method means that the text is no JSON, or ends too early.
pub(super) struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// How many texts had to be cut.
    pub(super) cut: u32,
}

impl<'a> Scan<'a> {
    /// At the beginning of an answer; `None` when it is not UTF-8.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        Some(Self { text: str::from_utf8(bytes).ok()?, at: 0, cut: 0 })
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no white space, which stays the next.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.byte()? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    /// Whether nothing follows any more.
    pub(super) fn is_over(&mut self) -> bool {
        self.peek().is_none()
    }

    /// Goes through an object; `each` has to read or pass the value of every field. `Some(false)`: the value is no object and was passed.
    pub(super) fn fields(&mut self, each: &mut dyn FnMut(&mut Self, &str) -> Option<()>) -> Option<bool> {
        self.members(b'{', b'}', &mut |scan| {
            let name = scan.string()?;
            if scan.peek()? != b':' {
                return None;
            }
            scan.at += 1;
            each(scan, &name)
        })
    }

    /// Goes through an array, as [`Scan::fields`] goes through an object.
    pub(super) fn items(&mut self, each: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<bool> {
        self.members(b'[', b']', each)
    }

    fn members(&mut self, open: u8, close: u8, each: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<bool> {
        if self.peek()? != open {
            self.pass()?;
            return Some(false);
        }
        self.at += 1;
        if self.peek()? == close {
            self.at += 1;
            return Some(true);
        }
        loop {
            each(self)?;
            let next = self.peek()?;
            self.at += 1;
            if next == close {
                return Some(true);
            }
            if next != b',' {
                return None;
            }
        }
    }

    /// Passes a value of any type.
    pub(super) fn pass(&mut self) -> Option<()> {
        let mut depth = 0_u32;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    self.word()?;
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// A number, `true`, `false` or `null`, as it is spelled.
    fn word(&mut self) -> Option<&'a str> {
        let rest = self.text.get(self.at..)?;
        let end = rest.bytes().position(|byte| !byte.is_ascii_alphanumeric() && !b"+-.".contains(&byte));
        let word = rest.get(..end.unwrap_or(rest.len()))?;
        self.at += word.len();
        (!word.is_empty()).then_some(word)
    }

    /// A text, whole.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        if self.peek()? != b'"' {
            return None;
        }
        self.at += 1;
        let mut made = String::new();
        loop {
            let rest = self.text.get(self.at..)?;
            let length = rest.bytes().position(|byte| byte == b'"' || byte == b'\\')?;
            let part = rest.get(..length)?;
            self.at += length + 1;
            if rest.as_bytes().get(length) == Some(&b'"') {
                if made.is_empty() {
                    return Some(Cow::Borrowed(part));
                }
                made.push_str(part);
                return Some(Cow::Owned(made));
            }
            made.push_str(part);
            made.push(self.escape()?);
        }
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Option<char> {
        let byte = self.byte()?;
        self.at += 1;
        Some(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                // Half a character, as where a preview was cut in the middle of one, is shown as what it is.
                match char::from_u32(unit) {
                    Some(letter) => letter,
                    None => self.second_half(unit).unwrap_or(char::REPLACEMENT_CHARACTER),
                }
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at.checked_add(4)?)?;
        let unit = digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(digits);
        self.at += 4;
        u32::from_str_radix(unit?, 16).ok()
    }

    /// The character of which `first` is the first half; nothing is passed where there is none.
    fn second_half(&mut self, first: u32) -> Option<char> {
        let before = self.at;
        let letter = self.text.get(self.at..)?.starts_with("\\u").then_some(()).and_then(|()| {
            self.at += 2;
            let second = self.unit()?.checked_sub(0xdc00).filter(|unit| *unit < 0x400)?;
            char::from_u32(0x10000 + (first.checked_sub(0xd800)? << 10) + second)
        });
        if letter.is_none() {
            self.at = before;
        }
        letter
    }

    /// A text for a row, cut where it is far too long; `Some(None)`: the value is no text.
    pub(super) fn text(&mut self) -> Option<Option<String>> {
        let Some(mut text) = self.whole_text()? else { return Some(None) };
        if text.len() > LONGEST_TEXT {
            let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= LONGEST_TEXT).last();
            text = Cow::Owned(text.get(..end?)?.to_owned());
            self.cut += 1;
        }
        Some(Some(text.into_owned()))
    }

    /// An id; what cannot be one counts as not said.
    pub(super) fn id(&mut self) -> Option<Option<String>> {
        let text = self.whole_text()?.filter(|text| !text.is_empty() && text.len() <= LONGEST_ID);
        Some(text.map(Cow::into_owned))
    }

    /// A text as long as it is.
    pub(super) fn whole_text(&mut self) -> Option<Option<Cow<'a, str>>> {
        if self.peek()? == b'"' {
            return self.string().map(Some);
        }
        self.pass()?;
        Some(None)
    }

    /// A truth value. Graph's documentation shows them both bare and in quotes.
    pub(super) fn truth(&mut self) -> Option<Option<bool>> {
        let word = match self.peek()? {
            b'"' => self.string()?,
            b't' | b'f' => Cow::Borrowed(self.word()?),
            _ => {
                self.pass()?;
                return Some(None);
            }
        };
        Some(match word.as_ref() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// The texts of a JSON text, read as an object of texts.
    fn texts(json: &str) -> Option<Vec<(String, Option<String>)>> {
        let mut scan = Scan::new(json.as_bytes())?;
        let mut found = Vec::new();
        scan.fields(&mut |scan, name| {
            found.push((name.to_owned(), scan.text()?));
            Some(())
        })?;
        scan.is_over().then_some(found)
    }

    #[test]
    fn texts_are_read_as_every_reader_of_json_reads_them() {
        for text in
            ["", "plain", "päivää 🦜", "a \"quote\" \\ and / and \u{8}\u{c}\n\r\t", "\u{1}\u{7f}\u{2028}", "\u{10ffff}"]
        {
            let value = Value::String(text.to_owned());
            let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
            for json in [format!("{{\"a\":{value}}}"), format!(" {{ \"a\" : \"{escaped}\" }} ")] {
                assert_eq!(texts(&json).unwrap(), [("a".to_owned(), Some(text.to_owned()))], "{json}");
            }
        }
    }

    #[test]
    fn values_of_other_types_are_passed_whole() {
        let json = r#"{"a":[1,{"b":"]"},[]],"c":{"d":{}},"e":-1.5e+3,"f":null,"g":true,"h":"x","i":[],"j":{}}"#;
        let found = texts(json).unwrap();
        assert_eq!(found.len(), 8);
        assert_eq!(found.iter().filter(|(_, text)| text.is_some()).count(), 1);
    }

    #[test]
    fn half_a_character_is_shown_as_such_and_loses_nothing_after_it() {
        for (json, text) in [
            (r#"{"a":"x\ud83d"}"#, "x\u{fffd}"),
            (r#"{"a":"\ud83dn"}"#, "\u{fffd}n"),
            (r#"{"a":"\ud83d\u0041"}"#, "\u{fffd}A"),
            (r#"{"a":"\udc00"}"#, "\u{fffd}"),
            (r#"{"a":"\ud83e\udd9c"}"#, "🦜"),
        ] {
            assert_eq!(texts(json).unwrap()[0].1.as_deref(), Some(text), "{json}");
        }
    }

    #[test]
    fn whatever_ends_early_or_is_no_json_is_told() {
        let json = r#"{"a":"b\u0041","c":[1,{"d":"\\"}],"e":true}"#;
        assert!(texts(json).is_some());
        for end in 0..json.len() {
            assert_eq!(texts(json.get(..end).unwrap()), None, "cut at {end}");
        }
        for json in [
            "<html>",
            "[]x",
            "{\"a\" 1}",
            "{\"a\":\"\\x\"}",
            "{\"a\":}",
            "{\"a\":1 \"b\":2}",
            "{\"a\":\"\\u12\"}",
            "{} {}",
        ] {
            assert_eq!(texts(json), None, "{json}");
        }
    }

    #[test]
    fn a_text_of_megabytes_is_cut_between_two_letters() {
        let json = format!("{{\"a\":\"{}\"}}", "ä".repeat(5_000_000));
        let text = texts(&json).unwrap().remove(0).1.unwrap();
        assert!(text.len() <= LONGEST_TEXT && text.len() > LONGEST_TEXT - 4);
    }

    #[test]
    fn truth_is_read_bare_and_in_quotes_and_nothing_else_is_truth() {
        for (json, truth) in [
            ("true", Some(true)),
            ("false", Some(false)),
            ("\"true\"", Some(true)),
            ("\"false\"", Some(false)),
            ("\"yes\"", None),
            ("1", None),
            ("null", None),
            ("{\"a\":true}", None),
        ] {
            assert_eq!(Scan::new(json.as_bytes()).unwrap().truth(), Some(truth), "{json}");
        }
    }
}

//! Options inside the brackets of an `$expand`: `childFolders($select=id;$top=5)`.
//! Brackets and quotes nest, so a plain split would cut them apart.

use crate::graph::expand::split_top;
use crate::graph::refusal::Refusal;

/// One thing to expand, with the options in its brackets.
pub(crate) struct Part {
    pub(crate) name: String,
    options: Vec<(String, String)>,
}

impl Part {
    /// Reads an `$expand`; none is an empty list.
    pub(crate) fn all(expand: Option<&str>) -> Vec<Self> {
        split_top(expand.unwrap_or_default(), ',').iter().map(|part| Self::read(part)).collect()
    }

    fn read(part: &str) -> Self {
        let (name, options) = match part.split_once('(') {
            Some((name, rest)) => (name, rest.trim_end().strip_suffix(')').unwrap_or(rest)),
            None => (part, ""),
        };
        let pair = |one: &String| {
            one.split_once('=').map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        };
        Self { name: name.trim().to_owned(), options: split_top(options, ';').iter().filter_map(pair).collect() }
    }

    /// The value of an option, named with its `$` in lower case.
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of an option that is a number.
    pub(crate) fn number(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let bad = |text: &str| Refusal::BadQuery(format!("Invalid value '{text}' for '{name}'."));
        self.option(name).map(|text| text.parse().map_err(|_| bad(text))).transpose()
    }

    /// The ids of a `$filter=id eq '…' or id eq '…'`.
    pub(crate) fn ids(&self) -> Vec<String> {
        let filter = self.option("$filter").unwrap_or_default().replace("''", "\u{1}");
        filter.split('\'').skip(1).step_by(2).map(|id| id.replace('\u{1}', "'")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_within_brackets_stay_together() {
        let parts = Part::all(Some("childFolders($select=id;$expand=childFolders($top=2)), messages($top=3)"));
        assert_eq!(parts.iter().map(|part| part.name.as_str()).collect::<Vec<_>>(), ["childFolders", "messages"]);
        assert_eq!(parts[0].option("$expand"), Some("childFolders($top=2)"));
        assert_eq!(parts[1].number("$top").unwrap(), Some(3));
        assert!(Part::all(Some("messages($top=x)"))[0].number("$top").is_err());
    }
}

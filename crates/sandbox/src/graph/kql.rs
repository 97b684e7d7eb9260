//! KQL, the language of `$search` and of `/search/query`: read into a tree.
//! Text that people type gets as far as Exchange lets it; unbalanced quotes and brackets are refused as there.

use std::collections::VecDeque;

use crate::graph::kql_values::{self, Range};
use crate::graph::refusal::Refusal;
use crate::graph::words;

/// Brackets nest this deep at most.
const DEEPEST: usize = 50;

/// Where a term looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// From, subject and body, as for a bare word.
    Anywhere,
    Attachment,
    Bcc,
    Body,
    Category,
    Cc,
    From,
    HasAttachment,
    Importance,
    IsRead,
    Kind,
    Participants,
    Received,
    Recipients,
    Sent,
    Size,
    Subject,
    To,
}

const FIELDS: [(&str, Field); 20] = [
    ("attachment", Field::Attachment),
    ("attachmentnames", Field::Attachment),
    ("bcc", Field::Bcc),
    ("body", Field::Body),
    ("category", Field::Category),
    ("cc", Field::Cc),
    ("from", Field::From),
    ("hasattachment", Field::HasAttachment),
    ("hasattachments", Field::HasAttachment),
    ("importance", Field::Importance),
    ("isread", Field::IsRead),
    ("read", Field::IsRead),
    ("kind", Field::Kind),
    ("participants", Field::Participants),
    ("received", Field::Received),
    ("recipients", Field::Recipients),
    ("sent", Field::Sent),
    ("size", Field::Size),
    ("subject", Field::Subject),
    ("to", Field::To),
];

/// What a term asks of its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// These words in a row, folded; the last may be the beginning of one.
    Words {
        folded: String,
        prefix: bool,
    },
    Truth(bool),
    Between(Range),
}

/// A search read into a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Query {
    All(Vec<Query>),
    Either(Vec<Query>),
    Not(Box<Query>),
    Term(Field, Ask),
}

impl Query {
    /// Reads KQL; dates are counted from `now_ms`.
    pub(super) fn parse(text: &str, now_ms: i64) -> Result<Self, Refusal> {
        let mut reader = Reader { words: tokens(text)?, now_ms, depth: 0 };
        if reader.words.is_empty() {
            return Err(syntax("The search is empty."));
        }
        let query = reader.either(Field::Anywhere)?;
        if reader.words.is_empty() { Ok(query) } else { Err(syntax("Unbalanced parentheses.")) }
    }

    /// The words a person would want to see marked, folded.
    pub(super) fn words(&self) -> Vec<&str> {
        match self {
            Self::All(parts) | Self::Either(parts) => parts.iter().flat_map(Self::words).collect(),
            Self::Term(Field::Anywhere | Field::Body | Field::Subject, Ask::Words { folded, .. }) => {
                folded.split_whitespace().collect()
            }
            Self::Term(..) | Self::Not(_) => Vec::new(),
        }
    }
}

fn syntax(text: &str) -> Refusal {
    Refusal::BadRequest(format!("Syntax error in the search: {text}"))
}

/// The text inside `$search`: one string in double quotes, or plain words.
pub(super) fn unquoted(value: &str) -> Result<String, Refusal> {
    let value = value.trim();
    let Some(inner) = value.strip_prefix('"') else {
        return match value.char_indices().find(|(_, c)| !c.is_alphanumeric() && !c.is_whitespace()) {
            Some((at, c)) => Err(Refusal::BadRequest(format!(
                "Syntax error: character '{c}' is not valid at position {at} in '{value}'."
            ))),
            None => Ok(value.to_owned()),
        };
    };
    let inner = inner.strip_suffix('"').ok_or_else(|| syntax("An unterminated string literal."))?;
    let mut text = String::new();
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => text.extend(rest.next()),
            // A quote inside must be escaped, or it ends the string in the middle.
            '"' => return Err(syntax("An unterminated string literal.")),
            c => text.push(c),
        }
    }
    Ok(text)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Minus,
    Word(String),
    Phrase(String),
    /// A known property and its relation; the value is the next token.
    Property(Field, String),
}

fn tokens(text: &str) -> Result<VecDeque<Token>, Refusal> {
    let mut found = VecDeque::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            c if c.is_whitespace() => {}
            '(' => found.push_back(Token::Open),
            ')' => found.push_back(Token::Close),
            '"' => {
                let mut phrase = String::new();
                loop {
                    match rest.next() {
                        Some('"') => break,
                        Some(c) => phrase.push(c),
                        None => return Err(syntax("Unbalanced quotes.")),
                    }
                }
                if rest.next_if_eq(&'*').is_some() {
                    phrase.push('*');
                }
                found.push_back(Token::Phrase(phrase));
            }
            '-' => found.push_back(Token::Minus),
            '+' => {}
            c => {
                let mut word = String::from(c);
                while let Some(next) = rest.next_if(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '"')) {
                    word.push(next);
                }
                split(word, &mut found)?;
            }
        }
    }
    Ok(found)
}

/// Takes `property:value` apart; a colon after no known name is part of the text.
fn split(word: String, found: &mut VecDeque<Token>) -> Result<(), Refusal> {
    let relation = |c: char| matches!(c, ':' | '=' | '<' | '>');
    if word.starts_with(relation) {
        return Err(syntax("A property name is missing."));
    }
    let Some((name, rest)) = word.find(relation).and_then(|at| word.split_at_checked(at)) else {
        found.push_back(Token::Word(word));
        return Ok(());
    };
    let Some((_, field)) = FIELDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
        found.push_back(Token::Phrase(word));
        return Ok(());
    };
    let value = rest.trim_start_matches(relation);
    let relation = rest.strip_suffix(value).unwrap_or(rest);
    found.push_back(Token::Property(*field, relation.to_owned()));
    if !value.is_empty() {
        found.push_back(Token::Word(value.to_owned()));
    }
    Ok(())
}

struct Reader {
    words: VecDeque<Token>,
    now_ms: i64,
    depth: usize,
}

impl Reader {
    fn keyword(&mut self, keyword: &str) -> bool {
        let here = matches!(self.words.front(), Some(Token::Word(word)) if word == keyword);
        if here {
            self.words.pop_front();
        }
        here
    }

    fn either(&mut self, field: Field) -> Result<Query, Refusal> {
        let first = self.all(field)?;
        let mut parts = vec![first];
        while self.keyword("OR") {
            parts.push(self.all(field)?);
        }
        Ok(single(parts, Query::Either))
    }

    fn all(&mut self, field: Field) -> Result<Query, Refusal> {
        let first = self.one(field)?;
        let mut parts = vec![first];
        loop {
            let spoken = self.keyword("AND");
            match self.words.front() {
                None | Some(Token::Close) if spoken => return Err(syntax("Something is missing after AND.")),
                None | Some(Token::Close) => break,
                Some(Token::Word(word)) if word == "OR" => break,
                Some(Token::Word(_) | Token::Phrase(_) | Token::Open | Token::Minus | Token::Property(..)) => {}
            }
            let next = self.one(field)?;
            // The same property twice in a row means one or the other.
            match (parts.pop(), next) {
                (Some(Query::Term(a, before)), Query::Term(b, now)) if !spoken && a == b && a != field => {
                    parts.push(Query::Either(vec![Query::Term(a, before), Query::Term(b, now)]));
                }
                (before, now) => {
                    parts.extend(before);
                    parts.push(now);
                }
            }
        }
        Ok(single(parts, Query::All))
    }

    fn one(&mut self, field: Field) -> Result<Query, Refusal> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(syntax("The search is nested too deeply."));
        }
        let query = self.one_here(field);
        self.depth -= 1;
        query
    }

    fn one_here(&mut self, field: Field) -> Result<Query, Refusal> {
        if self.keyword("NOT") {
            return Ok(Query::Not(Box::new(self.one(field)?)));
        }
        match self.words.pop_front() {
            Some(Token::Minus) => Ok(Query::Not(Box::new(self.one(field)?))),
            Some(Token::Open) => {
                let inner = self.either(field)?;
                match self.words.pop_front() {
                    Some(Token::Close) => Ok(inner),
                    Some(_) | None => Err(syntax("Unbalanced parentheses.")),
                }
            }
            Some(Token::Property(field, relation)) => match self.words.front() {
                Some(Token::Open) => self.one(field),
                Some(Token::Word(_) | Token::Phrase(_)) => self.value(field, &relation),
                Some(Token::Close | Token::Minus | Token::Property(..)) | None => {
                    Err(syntax("The value of a property is missing."))
                }
            },
            Some(word @ (Token::Word(_) | Token::Phrase(_))) => {
                self.words.push_front(word);
                self.value(field, ":")
            }
            Some(Token::Close) => Err(syntax("Unbalanced parentheses.")),
            None => Err(syntax("Something is missing at the end.")),
        }
    }

    fn value(&mut self, field: Field, relation: &str) -> Result<Query, Refusal> {
        let (text, exact) = match self.words.pop_front() {
            Some(Token::Word(text)) => (text, false),
            Some(Token::Phrase(text)) => (text, true),
            Some(Token::Open | Token::Close | Token::Minus | Token::Property(..)) | None => {
                return Err(syntax("A value is missing."));
            }
        };
        let ask = match field {
            Field::HasAttachment | Field::IsRead => {
                Ask::Truth(matches!(text.to_ascii_lowercase().as_str(), "true" | "yes" | "1"))
            }
            Field::Received | Field::Sent => Ask::Between(kql_values::days(&text, relation, self.now_ms)),
            Field::Size => Ask::Between(kql_values::sizes(&text, relation)),
            Field::Anywhere
            | Field::Attachment
            | Field::Bcc
            | Field::Body
            | Field::Category
            | Field::Cc
            | Field::From
            | Field::Importance
            | Field::Kind
            | Field::Participants
            | Field::Recipients
            | Field::Subject
            | Field::To => {
                // A bare word is the beginning of a word, as Exchange matches by default; a phrase is whole words.
                let prefix = !exact || text.ends_with('*');
                Ask::Words { folded: words::folded(&text), prefix }
            }
        };
        let term = Query::Term(field, ask);
        Ok(if relation == "<>" { Query::Not(Box::new(term)) } else { term })
    }
}

fn single(mut parts: Vec<Query>, many: fn(Vec<Query>) -> Query) -> Query {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            parts.push(last);
            many(parts)
        }
        (_, None) => many(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_mistype_is_refused() {
        let deep = "(".repeat(5000);
        for text in ["", "(a", "a)", "\"a", ":a", "from:", "a AND", "from:(a", "NOT", deep.as_str()] {
            assert!(Query::parse(text, 0).is_err(), "{text}");
        }
        for value in ["\"a", "\"a\"b\"", "from:a", "a:b"] {
            assert!(unquoted(value).is_err(), "{value}");
        }
    }

    #[test]
    fn the_quoted_string_is_unescaped_once() {
        assert_eq!(unquoted("\"from:ada \\\"two words\\\"\"").unwrap(), "from:ada \"two words\"");
        assert_eq!(unquoted("two words").unwrap(), "two words");
    }

    #[test]
    fn the_same_property_twice_is_one_or_the_other() {
        let query = Query::parse("from:ada from:bob lunch", 0).unwrap();
        let Query::All(parts) = query else { panic!("{query:?}") };
        assert!(matches!(parts.as_slice(), [Query::Either(_), Query::Term(Field::Anywhere, _)]));
    }
}

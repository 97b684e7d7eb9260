//! `$filter`: read into a tree, then asked of each message.
//! Graph's rule about `$filter` with `$orderby` is checked against the order in which properties appear.

use std::collections::VecDeque;

use crate::graph::query::Order;
use crate::graph::refusal::Refusal;
use crate::mailbox::message::Message;
use crate::time::parse_iso;

/// A value on either side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Text(String),
    Truth(bool),
    Time(i64),
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
    Compare(String, Relation, Operand),
    /// `startswith`, `endswith` or `contains`.
    Text(String, String, String),
    /// `collection/any(x: test)`, with the name of `x`.
    Any(String, String, Box<Test>),
}

/// A filter ready to be asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filter {
    test: Test,
    /// Property paths in the order of their first appearance.
    paths: Vec<String>,
}

impl Filter {
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut reader = Reader { words: words(text)?, paths: Vec::new(), bound: Vec::new() };
        let test = reader.either()?;
        if !reader.words.is_empty() {
            return Err(invalid());
        }
        Ok(Self { test, paths: reader.paths })
    }

    /// Whether the message passes.
    pub(crate) fn accepts(&self, message: &Message) -> bool {
        ask(&self.test, &|path| property(message, path), message)
    }

    /// Graph's rule: sorted properties come first in the filter, in the same order.
    pub(crate) fn allows(&self, order: &[Order]) -> bool {
        order.len() <= self.paths.len()
            && order.iter().zip(&self.paths).all(|(order, path)| order.path.eq_ignore_ascii_case(path))
    }

    /// The moment of `receivedDateTime ge` or `gt`, where that is the whole filter, as delta demands.
    pub(crate) fn received_since(&self) -> Option<i64> {
        match &self.test {
            Test::Compare(path, relation, Operand::Time(at)) if path.eq_ignore_ascii_case("receivedDateTime") => {
                match relation {
                    Relation::Ge => Some(*at),
                    Relation::Gt => Some(at + 1),
                    Relation::Eq | Relation::Ne | Relation::Lt | Relation::Le => None,
                }
            }
            Test::Compare(..) | Test::And(..) | Test::Or(..) | Test::Not(..) | Test::Text(..) | Test::Any(..) => None,
        }
    }
}

fn invalid() -> Refusal {
    Refusal::BadRequest("Invalid filter clause".to_owned())
}

/// The value of a property that can be filtered or sorted by.
pub(crate) fn property(message: &Message, path: &str) -> Option<Operand> {
    let address = |one: &Option<crate::mailbox::message::Address>, name: bool| {
        one.as_ref()
            .map_or(Operand::Null, |one| Operand::Text(if name { one.name.clone() } else { one.address.clone() }))
    };
    Some(match path.to_ascii_lowercase().as_str() {
        "id" => Operand::Text(message.immutable_id.clone()),
        "subject" => Operand::Text(message.subject.clone()),
        "bodypreview" => Operand::Text(message.preview.clone()),
        "conversationid" => Operand::Text(message.conversation_id.clone()),
        "internetmessageid" => Operand::Text(message.internet_message_id.clone()),
        "parentfolderid" => Operand::Text(message.folder.clone()),
        "importance" => Operand::Text(message.importance.word().to_owned()),
        "inferenceclassification" => Operand::Text(if message.other { "other" } else { "focused" }.to_owned()),
        "flag/flagstatus" => Operand::Text(message.flag.status.clone()),
        "from/emailaddress/address" => address(&message.from, false),
        "from/emailaddress/name" => address(&message.from, true),
        "sender/emailaddress/address" => address(&message.sender, false),
        "sender/emailaddress/name" => address(&message.sender, true),
        "isread" => Operand::Truth(message.is_read),
        "isdraft" => Operand::Truth(message.is_draft),
        "hasattachments" => Operand::Truth(message.has_attachments()),
        "receiveddatetime" => Operand::Time(message.received_ms),
        "sentdatetime" => Operand::Time(message.sent_ms),
        "createddatetime" => Operand::Time(message.created_ms),
        "lastmodifieddatetime" => Operand::Time(message.modified_ms),
        _ => return None,
    })
}

fn ask(test: &Test, resolve: &dyn Fn(&str) -> Option<Operand>, message: &Message) -> bool {
    match test {
        Test::And(a, b) => ask(a, resolve, message) && ask(b, resolve, message),
        Test::Or(a, b) => ask(a, resolve, message) || ask(b, resolve, message),
        Test::Not(inner) => !ask(inner, resolve, message),
        Test::Compare(path, relation, operand) => {
            resolve(path).is_some_and(|value| compare(&value, *relation, operand))
        }
        Test::Text(function, path, text) => {
            let Some(Operand::Text(value)) = resolve(path) else {
                return false;
            };
            let (value, text) = (value.to_lowercase(), text.to_lowercase());
            match function.as_str() {
                "startswith" => value.starts_with(&text),
                "endswith" => value.ends_with(&text),
                _ => value.contains(&text),
            }
        }
        Test::Any(collection, variable, inner) => {
            if collection.eq_ignore_ascii_case("categories") {
                return message.categories.iter().any(|category| {
                    let resolve = |path: &str| (path == variable).then(|| Operand::Text(category.clone()));
                    ask(inner, &resolve, message)
                });
            }
            message.extended.iter().any(|(id, value)| {
                let resolve = |path: &str| match path.strip_prefix(variable.as_str()) {
                    Some("/id") => Some(Operand::Text(id.clone())),
                    Some("/value") => Some(Operand::Text(value.clone())),
                    _ => None,
                };
                ask(inner, &resolve, message)
            })
        }
    }
}

fn compare(value: &Operand, relation: Relation, operand: &Operand) -> bool {
    use std::cmp::Ordering;
    let ordering = match (value, operand) {
        (Operand::Text(a), Operand::Text(b)) => a.to_lowercase().cmp(&b.to_lowercase()),
        (Operand::Time(a), Operand::Time(b)) => a.cmp(b),
        (Operand::Truth(a), Operand::Truth(b)) => a.cmp(b),
        (Operand::Null, Operand::Null) => Ordering::Equal,
        (Operand::Text(_) | Operand::Time(_) | Operand::Truth(_) | Operand::Null, _) => {
            return relation == Relation::Ne;
        }
    };
    match relation {
        Relation::Eq => ordering == Ordering::Equal,
        Relation::Ne => ordering != Ordering::Equal,
        Relation::Gt => ordering == Ordering::Greater,
        Relation::Ge => ordering != Ordering::Less,
        Relation::Lt => ordering == Ordering::Less,
        Relation::Le => ordering != Ordering::Greater,
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Word {
    Bare(String),
    Quoted(String),
    Open,
    Close,
    Comma,
}

fn words(text: &str) -> Result<VecDeque<Word>, Refusal> {
    let mut found = VecDeque::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            c if c.is_whitespace() => {}
            '(' => found.push_back(Word::Open),
            ')' => found.push_back(Word::Close),
            ',' => found.push_back(Word::Comma),
            '\'' => {
                let mut value = String::new();
                loop {
                    match rest.next() {
                        Some('\'') if rest.peek() == Some(&'\'') => {
                            rest.next();
                            value.push('\'');
                        }
                        Some('\'') => break,
                        Some(c) => value.push(c),
                        None => return Err(invalid()),
                    }
                }
                found.push_back(Word::Quoted(value));
            }
            c => {
                let mut word = String::from(c);
                while let Some(next) = rest.next_if(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | ',' | '\'')) {
                    word.push(next);
                    if next == ':' && !word.starts_with(|c: char| c.is_ascii_digit()) {
                        break;
                    }
                }
                found.push_back(Word::Bare(word));
            }
        }
    }
    Ok(found)
}

struct Reader {
    words: VecDeque<Word>,
    paths: Vec<String>,
    /// Names bound by an `any` around the current place.
    bound: Vec<String>,
}

impl Reader {
    fn keyword(&mut self, keyword: &str) -> bool {
        let here = matches!(self.words.front(), Some(Word::Bare(word)) if word.eq_ignore_ascii_case(keyword));
        if here {
            self.words.pop_front();
        }
        here
    }

    fn take(&mut self, word: &Word) -> Result<(), Refusal> {
        if self.words.pop_front().as_ref() == Some(word) { Ok(()) } else { Err(invalid()) }
    }

    fn bare(&mut self) -> Result<String, Refusal> {
        match self.words.pop_front() {
            Some(Word::Bare(word)) => Ok(word),
            Some(Word::Quoted(_) | Word::Open | Word::Close | Word::Comma) | None => Err(invalid()),
        }
    }

    fn either(&mut self) -> Result<Test, Refusal> {
        let mut test = self.both()?;
        while self.keyword("or") {
            test = Test::Or(Box::new(test), Box::new(self.both()?));
        }
        Ok(test)
    }

    fn both(&mut self) -> Result<Test, Refusal> {
        let mut test = self.one()?;
        while self.keyword("and") {
            test = Test::And(Box::new(test), Box::new(self.one()?));
        }
        Ok(test)
    }

    fn one(&mut self) -> Result<Test, Refusal> {
        if self.keyword("not") {
            return Ok(Test::Not(Box::new(self.one()?)));
        }
        if self.words.front() == Some(&Word::Open) {
            self.words.pop_front();
            let test = self.either()?;
            self.take(&Word::Close)?;
            return Ok(test);
        }
        let name = self.bare()?;
        if self.words.front() == Some(&Word::Open) {
            return self.function(&name);
        }
        self.path(&name)?;
        let relation = match self.bare()?.to_ascii_lowercase().as_str() {
            "eq" => Relation::Eq,
            "ne" => Relation::Ne,
            "gt" => Relation::Gt,
            "ge" => Relation::Ge,
            "lt" => Relation::Lt,
            "le" => Relation::Le,
            _ => return Err(invalid()),
        };
        Ok(Test::Compare(name, relation, self.operand()?))
    }

    fn function(&mut self, name: &str) -> Result<Test, Refusal> {
        self.take(&Word::Open)?;
        let lower = name.to_ascii_lowercase();
        let test = if matches!(lower.as_str(), "startswith" | "endswith" | "contains") {
            let path = self.bare()?;
            self.path(&path)?;
            self.take(&Word::Comma)?;
            match self.words.pop_front() {
                Some(Word::Quoted(text)) => Test::Text(lower, path, text),
                Some(Word::Bare(_) | Word::Open | Word::Close | Word::Comma) | None => {
                    return Err(invalid());
                }
            }
        } else if let Some(collection) = lower.strip_suffix("/any") {
            if !matches!(collection, "categories" | "singlevalueextendedproperties") {
                return Err(unknown(collection));
            }
            self.note(collection);
            let variable = self.bare()?;
            let variable = variable.strip_suffix(':').ok_or_else(invalid)?.to_owned();
            self.bound.push(variable.clone());
            let inner = self.either()?;
            self.bound.pop();
            Test::Any(collection.to_owned(), variable, Box::new(inner))
        } else {
            return Err(unknown(name));
        };
        self.take(&Word::Close)?;
        Ok(test)
    }

    /// Checks that a path exists and remembers it.
    fn path(&mut self, path: &str) -> Result<(), Refusal> {
        let head = path.split('/').next().unwrap_or_default();
        if self.bound.iter().any(|name| name == head) {
            return Ok(());
        }
        if property(&Message::default(), path).is_none() {
            return Err(unknown(path));
        }
        self.note(path);
        Ok(())
    }

    fn note(&mut self, path: &str) {
        if !self.paths.iter().any(|known| known.eq_ignore_ascii_case(path)) {
            self.paths.push(path.to_owned());
        }
    }

    fn operand(&mut self) -> Result<Operand, Refusal> {
        match self.words.pop_front() {
            Some(Word::Quoted(text)) => Ok(Operand::Text(text)),
            Some(Word::Bare(word)) => match word.as_str() {
                "true" => Ok(Operand::Truth(true)),
                "false" => Ok(Operand::Truth(false)),
                "null" => Ok(Operand::Null),
                other => parse_iso(other).map(Operand::Time).ok_or_else(invalid),
            },
            Some(Word::Open | Word::Close | Word::Comma) | None => Err(invalid()),
        }
    }
}

fn unknown(name: &str) -> Refusal {
    Refusal::ParseUri(format!("Could not find a property named '{name}' on type 'microsoft.graph.message'."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(path: &str) -> Vec<Order> {
        vec![Order { path: path.to_owned(), descending: true }]
    }

    #[test]
    fn sorted_properties_must_lead_the_filter() {
        let filter = Filter::parse("receivedDateTime ge 1900-01-01T00:00:00Z and isRead eq false").unwrap();
        assert!(filter.allows(&order("receivedDateTime")));
        assert!(!Filter::parse("isRead eq false").unwrap().allows(&order("receivedDateTime")));
        assert!(!Filter::parse("conversationId eq 'x'").unwrap().allows(&order("receivedDateTime")));
    }

    #[test]
    fn an_extended_property_is_found_by_id_and_value() {
        let mut message = Message::default();
        message.extended.insert("String {a} Name b".to_owned(), "it's".to_owned());
        let text = |value: &str| {
            format!("singleValueExtendedProperties/any(ep: ep/id eq 'String {{A}} Name b' and ep/value eq '{value}')")
        };
        assert!(Filter::parse(&text("it''s")).unwrap().accepts(&message));
        assert!(!Filter::parse(&text("other")).unwrap().accepts(&message));
        assert!(Filter::parse("singleValueExtendedProperties/any(ep:ep/value eq 'it''s')").unwrap().accepts(&message));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "isRead", "isRead eq", "nothing eq 1", "isRead eq false and", "(isRead eq false"] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn and_or_not_and_brackets_bind_as_in_odata() {
        let mut message = Message { subject: "Let's go".to_owned(), ..Message::default() };
        let passes = |text: &str, message: &Message| Filter::parse(text).unwrap().accepts(message);
        assert!(passes("isRead eq false and subject eq 'let''s go'", &message));
        assert!(passes("not (isRead eq true or isDraft eq true)", &message));
        message.categories.push("Red".to_owned());
        assert!(passes("categories/any(c:c eq 'Red') and startswith(subject,'Let')", &message));
    }
}

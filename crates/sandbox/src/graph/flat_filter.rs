//! `$filter` over rows whose properties are plain values, as folders have them.
//! Rows are judged in the form they are sent in, so that a filter cannot disagree with what a client sees.

use std::cmp::Ordering;
use std::collections::VecDeque;

use serde_json::Value;

use crate::graph::refusal::Refusal;

#[derive(Clone, Debug)]
enum Test {
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
    Compare(String, Relation, Value),
    Text(Function, String, String),
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    StartsWith,
    EndsWith,
    Contains,
}

/// A filter of more words than this is nobody's wish, and would go too deep.
const MOST_WORDS: usize = 500;

/// A filter ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct FlatFilter(Test);

impl FlatFilter {
    /// Reads a filter over these properties; `kind` is the type that a refusal names.
    pub(crate) fn parse(text: &str, properties: &[&'static str], kind: &str) -> Result<Self, Refusal> {
        let words = words(text)?;
        if words.len() > MOST_WORDS {
            return Err(Refusal::Inefficient);
        }
        let mut reader = Reader { words, properties, kind };
        let test = reader.either()?;
        if reader.words.is_empty() { Ok(Self(test)) } else { Err(invalid()) }
    }

    /// Whether a row passes.
    pub(crate) fn accepts(&self, row: &Value) -> bool {
        ask(&self.0, row)
    }
}

fn ask(test: &Test, row: &Value) -> bool {
    match test {
        Test::And(a, b) => ask(a, row) && ask(b, row),
        Test::Or(a, b) => ask(a, row) || ask(b, row),
        Test::Not(inner) => !ask(inner, row),
        Test::Compare(name, relation, operand) => {
            let ordering = compare(row.get(name).unwrap_or(&Value::Null), operand);
            match relation {
                Relation::Eq => ordering == Some(Ordering::Equal),
                Relation::Ne => ordering != Some(Ordering::Equal),
                Relation::Gt => ordering == Some(Ordering::Greater),
                Relation::Ge => ordering.is_some_and(Ordering::is_ge),
                Relation::Lt => ordering == Some(Ordering::Less),
                Relation::Le => ordering.is_some_and(Ordering::is_le),
            }
        }
        Test::Text(function, name, text) => {
            let value = row.get(name).and_then(Value::as_str).unwrap_or_default().to_lowercase();
            match function {
                Function::StartsWith => value.starts_with(text),
                Function::EndsWith => value.ends_with(text),
                Function::Contains => value.contains(text),
            }
        }
    }
}

/// How two values of a row stand to each other; none where they are not of one kind.
pub(crate) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.to_lowercase().cmp(&b.to_lowercase())),
        (Value::Number(a), Value::Number(b)) => Some(a.as_i64()?.cmp(&b.as_i64()?)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_),
            _,
        ) => None,
    }
}

fn invalid() -> Refusal {
    Refusal::BadRequest("Invalid filter clause".to_owned())
}

#[derive(Clone, Debug, PartialEq)]
enum Word {
    Bare(String),
    Quoted(String),
    Mark(char),
}

fn words(text: &str) -> Result<VecDeque<Word>, Refusal> {
    let mut found = VecDeque::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            c if c.is_whitespace() => {}
            '(' | ')' | ',' => found.push_back(Word::Mark(c)),
            '\'' => {
                let mut value = String::new();
                loop {
                    match rest.next() {
                        Some('\'') if rest.next_if_eq(&'\'').is_some() => value.push('\''),
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
                }
                found.push_back(Word::Bare(word));
            }
        }
    }
    Ok(found)
}

struct Reader<'r> {
    words: VecDeque<Word>,
    properties: &'r [&'static str],
    kind: &'r str,
}

impl Reader<'_> {
    fn keyword(&mut self, keyword: &str) -> bool {
        let here = matches!(self.words.front(), Some(Word::Bare(word)) if word.eq_ignore_ascii_case(keyword));
        if here {
            self.words.pop_front();
        }
        here
    }

    fn mark(&mut self, mark: char) -> Result<(), Refusal> {
        if self.words.pop_front() == Some(Word::Mark(mark)) { Ok(()) } else { Err(invalid()) }
    }

    fn bare(&mut self) -> Result<String, Refusal> {
        match self.words.pop_front() {
            Some(Word::Bare(word)) => Ok(word),
            Some(Word::Quoted(_) | Word::Mark(_)) | None => Err(invalid()),
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
        if self.words.front() == Some(&Word::Mark('(')) {
            self.words.pop_front();
            let test = self.either()?;
            self.mark(')')?;
            return Ok(test);
        }
        let name = self.bare()?;
        if self.words.front() == Some(&Word::Mark('(')) {
            return self.function(&name);
        }
        let name = self.property(&name)?;
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
        let function = match name.to_ascii_lowercase().as_str() {
            "startswith" => Function::StartsWith,
            "endswith" => Function::EndsWith,
            "contains" => Function::Contains,
            _ => return Err(invalid()),
        };
        self.mark('(')?;
        let path = self.bare()?;
        let path = self.property(&path)?;
        self.mark(',')?;
        let text = match self.words.pop_front() {
            Some(Word::Quoted(text)) => text.to_lowercase(),
            Some(Word::Bare(_) | Word::Mark(_)) | None => return Err(invalid()),
        };
        self.mark(')')?;
        Ok(Test::Text(function, path, text))
    }

    fn property(&self, name: &str) -> Result<String, Refusal> {
        self.properties
            .iter()
            .find(|known| known.eq_ignore_ascii_case(name))
            .map(|known| (*known).to_owned())
            .ok_or_else(|| {
                Refusal::ParseUri(format!("Could not find a property named '{name}' on type '{}'.", self.kind))
            })
    }

    fn operand(&mut self) -> Result<Value, Refusal> {
        match self.words.pop_front() {
            Some(Word::Quoted(text)) => Ok(Value::from(text)),
            Some(Word::Bare(word)) => match word.as_str() {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                "null" => Ok(Value::Null),
                number => number.parse::<i64>().map(Value::from).map_err(|_| invalid()),
            },
            Some(Word::Mark(_)) | None => Err(invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(text: &str) -> bool {
        let row = json!({"displayName": "Ada's Plans", "totalItemCount": 3, "isHidden": false});
        FlatFilter::parse(text, &["displayName", "totalItemCount", "isHidden"], "folder").unwrap().accepts(&row)
    }

    #[test]
    fn words_numbers_and_truths_compare_as_in_odata() {
        assert!(passes("displayName eq 'ada''s plans' and totalItemCount gt 2"));
        assert!(passes("not (isHidden eq true) and startswith(displayname, 'ADA')"));
        assert!(!passes("totalItemCount lt 3 or contains(displayName,'letters')"));
        assert!(passes("displayName ne null"));
    }

    #[test]
    fn a_filter_too_deep_to_follow_is_refused() {
        for text in ["(".repeat(100_000), "not ".repeat(100_000), "isHidden eq true or ".repeat(100_000)] {
            assert_eq!(FlatFilter::parse(&text, &["isHidden"], "folder").err(), Some(Refusal::Inefficient));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "displayName",
            "displayName eq",
            "size eq 1",
            "totalItemCount eq 3 and",
            "(isHidden eq true",
            "displayName eq 'x",
            "sin(displayName,'x')",
        ] {
            assert!(
                FlatFilter::parse(text, &["displayName", "totalItemCount", "isHidden"], "folder").is_err(),
                "{text}"
            );
        }
    }
}

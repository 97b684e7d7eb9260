//! `$filter` over rows of JSON: read into a tree, then asked of each row.
//! Names are checked against the kind's properties, because Graph refuses unknown ones.

use std::cmp::Ordering;
use std::collections::VecDeque;

use serde_json::Value;

use crate::graph::refusal::Refusal;
use crate::graph::rows::Kind;
use crate::time::parse_iso;

#[derive(Clone, Debug, PartialEq)]
enum Test {
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
    /// A path, `eq` and its like, a value.
    Compare(String, String, Value),
    /// `startswith`, `endswith` or `contains`, a path, a text.
    Text(String, String, String),
    In(String, Vec<Value>),
    /// `any` or `all` of a collection, the name of its element, a test.
    Each(bool, String, String, Box<Test>),
}

/// A filter ready to be asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filter {
    test: Test,
    /// The relations and functions it uses, for kinds that do not offer all.
    pub(crate) uses: Vec<String>,
}

/// Nesting beyond this is nobody's filter and would exhaust the stack.
const DEEPEST: usize = 40;

impl Filter {
    pub(crate) fn parse(text: &str, kind: &Kind) -> Result<Self, Refusal> {
        let mut reader = Reader { words: words(text)?, kind, bound: Vec::new(), uses: Vec::new(), depth: 0 };
        let test = reader.either()?;
        if !reader.words.is_empty() {
            return Err(invalid());
        }
        Ok(Self { test, uses: reader.uses })
    }

    pub(crate) fn accepts(&self, row: &Value) -> bool {
        ask(&self.test, row, None)
    }
}

fn invalid() -> Refusal {
    Refusal::BadRequest("Invalid filter clause".to_owned())
}

/// The value at a path of names, each compared without regard to case.
pub(crate) fn at<'v>(row: &'v Value, path: &str) -> &'v Value {
    path.split('/').fold(row, |value, name| crate::web::member(value, name).unwrap_or(&Value::Null))
}

/// Compares two values as Graph sorts them: nothing first, times by moment, texts without regard to case.
pub(crate) fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => {
            a.as_f64().unwrap_or_default().total_cmp(&b.as_f64().unwrap_or_default())
        }
        // Texts that are moments come before those that are not: a mixture of both rules would go in circles.
        (Value::String(a), Value::String(b)) => match (moment(a), moment(b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => a.to_lowercase().cmp(&b.to_lowercase()),
        },
        _ => a.to_string().cmp(&b.to_string()),
    }
}

/// A text that is a date or a time, as a moment.
fn moment(text: &str) -> Option<i64> {
    text.starts_with(|c: char| c.is_ascii_digit()).then(|| parse_iso(text)).flatten()
}

fn resolve<'v>(row: &'v Value, bound: Option<(&str, &'v Value)>, path: &str) -> &'v Value {
    if let Some((name, element)) = bound {
        if path == name {
            return element;
        }
        if let Some(rest) = path.strip_prefix(name).and_then(|rest| rest.strip_prefix('/')) {
            return at(element, rest);
        }
    }
    at(row, path)
}

fn ask(test: &Test, row: &Value, bound: Option<(&str, &Value)>) -> bool {
    match test {
        Test::And(a, b) => ask(a, row, bound) && ask(b, row, bound),
        Test::Or(a, b) => ask(a, row, bound) || ask(b, row, bound),
        Test::Not(inner) => !ask(inner, row, bound),
        Test::Compare(path, relation, operand) => {
            let value = resolve(row, bound, path);
            let ordering = order(value, operand);
            let comparable = value.is_null() == operand.is_null();
            match relation.as_str() {
                "eq" => ordering == Ordering::Equal,
                "ne" => ordering != Ordering::Equal,
                "gt" => comparable && ordering == Ordering::Greater,
                "ge" => comparable && ordering != Ordering::Less,
                "lt" => comparable && ordering == Ordering::Less,
                _ => comparable && ordering != Ordering::Greater,
            }
        }
        Test::Text(function, path, text) => {
            let Value::String(value) = resolve(row, bound, path) else {
                return false;
            };
            let (value, text) = (value.to_lowercase(), text.to_lowercase());
            match function.as_str() {
                "startswith" => value.starts_with(&text),
                "endswith" => value.ends_with(&text),
                _ => value.contains(&text),
            }
        }
        Test::In(path, list) => {
            let value = resolve(row, bound, path);
            list.iter().any(|one| order(value, one) == Ordering::Equal)
        }
        Test::Each(any, path, name, inner) => {
            let list = resolve(row, bound, path).as_array().map_or(&[][..], Vec::as_slice);
            let holds = |element: &Value| ask(inner, row, Some((name, element)));
            if *any { list.iter().any(holds) } else { list.iter().all(holds) }
        }
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
                    // The colon after the name of an element ends a word, the ones of a time do not.
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

struct Reader<'k> {
    words: VecDeque<Word>,
    kind: &'k Kind,
    bound: Vec<String>,
    uses: Vec<String>,
    depth: usize,
}

impl Reader<'_> {
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
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(invalid());
        }
        let mut test = self.both()?;
        while self.keyword("or") {
            test = Test::Or(Box::new(test), Box::new(self.both()?));
        }
        self.depth -= 1;
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
        let mut negations = 0_usize;
        while self.keyword("not") {
            negations += 1;
            self.uses.push("not".to_owned());
        }
        let test = self.plain()?;
        Ok(if negations % 2 == 1 { Test::Not(Box::new(test)) } else { test })
    }

    fn plain(&mut self) -> Result<Test, Refusal> {
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
        let relation = self.bare()?.to_ascii_lowercase();
        self.uses.push(relation.clone());
        match relation.as_str() {
            "eq" | "ne" | "gt" | "ge" | "lt" | "le" => Ok(Test::Compare(name, relation, self.operand()?)),
            "in" => {
                self.take(&Word::Open)?;
                let mut list = vec![self.operand()?];
                while self.words.front() == Some(&Word::Comma) {
                    self.words.pop_front();
                    list.push(self.operand()?);
                }
                self.take(&Word::Close)?;
                Ok(Test::In(name, list))
            }
            _ => Err(invalid()),
        }
    }

    fn function(&mut self, name: &str) -> Result<Test, Refusal> {
        self.take(&Word::Open)?;
        let lower = name.to_ascii_lowercase();
        self.uses.push(lower.rsplit('/').next().unwrap_or_default().to_owned());
        let test = if matches!(lower.as_str(), "startswith" | "endswith" | "contains") {
            let path = self.bare()?;
            self.path(&path)?;
            self.take(&Word::Comma)?;
            match self.words.pop_front() {
                Some(Word::Quoted(text)) => Test::Text(lower, path, text),
                Some(Word::Bare(_) | Word::Open | Word::Close | Word::Comma) | None => return Err(invalid()),
            }
        } else {
            let (collection, any) = match (lower.strip_suffix("/any"), lower.strip_suffix("/all")) {
                (Some(collection), _) => (collection.to_owned(), true),
                (None, Some(collection)) => (collection.to_owned(), false),
                (None, None) => return Err(invalid()),
            };
            self.path(&collection)?;
            let variable = self.bare()?;
            let variable = variable.strip_suffix(':').ok_or_else(invalid)?.to_owned();
            self.bound.push(variable.clone());
            let inner = self.either()?;
            self.bound.pop();
            Test::Each(any, collection, variable, Box::new(inner))
        };
        self.take(&Word::Close)?;
        Ok(test)
    }

    fn path(&self, path: &str) -> Result<(), Refusal> {
        let head = path.split('/').next().unwrap_or_default();
        if self.bound.iter().any(|name| name == head) || self.kind.property(head).is_some() {
            return Ok(());
        }
        Err(self.kind.unknown(head))
    }

    fn operand(&mut self) -> Result<Value, Refusal> {
        match self.words.pop_front() {
            Some(Word::Quoted(text)) => Ok(Value::String(text)),
            Some(Word::Bare(word)) => match word.as_str() {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                "null" => Ok(Value::Null),
                other if parse_iso(other).is_some() => Ok(Value::String(other.to_owned())),
                other => other.parse::<i64>().map(Value::from).map_err(|_| invalid()),
            },
            Some(Word::Open | Word::Close | Word::Comma) | None => Err(invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn moments_and_other_texts_have_one_order() {
        let mut all: Vec<Value> =
            ["2026-01-01T10:00:00+09:00", "2026-01-01T02:00:00Z", "2026-01-01T05", "apple", "Zoo", ""]
                .into_iter()
                .map(Value::from)
                .collect();
        all.push(json!(null));
        for a in &all {
            for b in &all {
                assert_eq!(order(a, b), order(b, a).reverse());
                for c in all.iter().filter(|c| order(a, b).is_le() && order(b, c).is_le()) {
                    assert!(order(a, c).is_le(), "{a} {b} {c}");
                }
            }
        }
    }
}

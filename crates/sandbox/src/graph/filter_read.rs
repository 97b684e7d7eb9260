//! Reads the text of a `$filter` into its tree.
//! Names and literals are checked while reading, because Graph refuses what it does not know before it looks at mail.

use std::collections::VecDeque;

use crate::graph::filter::{Collection, Function, Relation, Test};
use crate::graph::properties::{self, Kind, Operand};
use crate::graph::refusal::Refusal;
use crate::time::parse_iso;

/// Brackets nest this deep at most, as Graph limits the nodes of a filter.
const DEEPEST: usize = 50;

/// The tree of a filter, and its property paths in the order of their first appearance.
pub(super) fn read(text: &str) -> Result<(Test, Vec<String>), Refusal> {
    let mut reader = Reader { words: words(text)?, paths: Vec::new(), bound: Vec::new(), depth: 0 };
    let test = reader.either()?;
    if !reader.words.is_empty() {
        return Err(invalid());
    }
    Ok((test, reader.paths))
}

fn invalid() -> Refusal {
    Refusal::BadRequest("Invalid filter clause".to_owned())
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
    depth: usize,
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
        let first = self.all()?;
        let mut tests = vec![first];
        while self.keyword("or") {
            tests.push(self.all()?);
        }
        Ok(single(tests, Test::Either))
    }

    fn all(&mut self) -> Result<Test, Refusal> {
        let first = self.one()?;
        let mut tests = vec![first];
        while self.keyword("and") {
            tests.push(self.one()?);
        }
        Ok(single(tests, Test::All))
    }

    fn one(&mut self) -> Result<Test, Refusal> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Refusal::BadRequest("The node count limit of '100' has been exceeded.".to_owned()));
        }
        let test = self.one_here();
        self.depth -= 1;
        test
    }

    fn one_here(&mut self) -> Result<Test, Refusal> {
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
        if self.words.front() == Some(&Word::Open) && !casts(&name) {
            return self.function(&name);
        }
        let (path, kind) = self.path(name)?;
        let relation = match self.bare()?.to_ascii_lowercase().as_str() {
            "eq" => Relation::Eq,
            "ne" => Relation::Ne,
            "gt" => Relation::Gt,
            "ge" => Relation::Ge,
            "lt" => Relation::Lt,
            "le" => Relation::Le,
            "in" => return self.one_of(path, kind),
            _ => return Err(invalid()),
        };
        let operand = self.operand(kind)?;
        Ok(Test::Compare(path, relation, operand))
    }

    fn one_of(&mut self, path: String, kind: Option<Kind>) -> Result<Test, Refusal> {
        self.take(&Word::Open)?;
        let first = self.operand(kind)?;
        let mut operands = vec![first];
        while self.words.front() == Some(&Word::Comma) {
            self.words.pop_front();
            operands.push(self.operand(kind)?);
        }
        self.take(&Word::Close)?;
        Ok(Test::In(path, operands))
    }

    fn function(&mut self, name: &str) -> Result<Test, Refusal> {
        self.take(&Word::Open)?;
        let lower = name.to_ascii_lowercase();
        let function = match lower.as_str() {
            "startswith" => Some(Function::StartsWith),
            "endswith" => Some(Function::EndsWith),
            "contains" => Some(Function::Contains),
            _ => None,
        };
        let test = if let Some(function) = function {
            let inner = self.bare()?;
            let (path, kind) = self.path(inner)?;
            if kind.is_some_and(|kind| kind != Kind::Text) {
                return Err(incompatible(name));
            }
            self.take(&Word::Comma)?;
            match self.words.pop_front() {
                Some(Word::Quoted(text)) => Test::Text(function, path, text),
                Some(Word::Bare(_) | Word::Open | Word::Close | Word::Comma) | None => return Err(invalid()),
            }
        } else if let Some(collection) = lower.strip_suffix("/any") {
            self.any(collection)?
        } else {
            return Err(Refusal::ParseUri(format!("An unknown function with name '{name}' was found.")));
        };
        self.take(&Word::Close)?;
        Ok(test)
    }

    fn any(&mut self, name: &str) -> Result<Test, Refusal> {
        let collection = match name {
            "categories" => Collection::Categories,
            "singlevalueextendedproperties" => Collection::Single,
            "multivalueextendedproperties" => Collection::Multi,
            other => return Err(properties::kind(other).err().unwrap_or_else(invalid)),
        };
        self.note(name);
        if self.words.front() == Some(&Word::Close) {
            // `any()` asks whether there is anything at all.
            return Ok(Test::Any(collection, String::new(), Box::new(Test::All(Vec::new()))));
        }
        let variable = self.bare()?;
        let variable = match variable.strip_suffix(':') {
            Some(variable) => variable.to_owned(),
            // A blank may stand before the colon.
            None if self.words.pop_front() == Some(Word::Bare(":".to_owned())) => variable,
            None => return Err(invalid()),
        };
        self.bound.push(variable.clone());
        let inner = self.either()?;
        self.bound.pop();
        Ok(Test::Any(collection, variable, Box::new(inner)))
    }

    /// The path that begins here, checked and remembered; its type is not known inside an `any`.
    fn path(&mut self, name: String) -> Result<(String, Option<Kind>), Refusal> {
        if self.words.front() == Some(&Word::Open) && casts(&name) {
            self.words.pop_front();
            let inner = self.bare()?;
            let (path, kind) = self.path(inner)?;
            if name.eq_ignore_ascii_case("cast") {
                self.take(&Word::Comma)?;
                self.bare()?;
            }
            self.take(&Word::Close)?;
            return Ok((path, kind));
        }
        let head = name.split('/').next().unwrap_or_default();
        if self.bound.iter().any(|bound| bound == head) {
            return Ok((name, None));
        }
        // A whole sender can only be compared with null, which its address is then as well.
        let name = match name.to_ascii_lowercase().as_str() {
            "from" | "sender" => format!("{name}/emailAddress/address"),
            _ => name,
        };
        let kind = properties::kind(&name)?;
        self.note(&name);
        Ok((name, Some(kind)))
    }

    fn note(&mut self, path: &str) {
        if !self.paths.iter().any(|known| known.eq_ignore_ascii_case(path)) {
            self.paths.push(path.to_owned());
        }
    }

    fn operand(&mut self, kind: Option<Kind>) -> Result<Operand, Refusal> {
        let operand = match self.words.pop_front() {
            Some(Word::Quoted(text)) => Operand::Text(text),
            Some(Word::Bare(word)) => match word.as_str() {
                "true" => Operand::Truth(true),
                "false" => Operand::Truth(false),
                "null" => Operand::Null,
                other => match (other.parse(), self.words.front()) {
                    (Ok(number), _) => Operand::Number(number),
                    // A member of an enumeration may come with its type before it.
                    (Err(_), Some(Word::Quoted(text)))
                        if other.to_ascii_lowercase().starts_with("microsoft.graph.") =>
                    {
                        let text = text.clone();
                        self.words.pop_front();
                        Operand::Text(text)
                    }
                    (Err(_), _) => parse_iso(other).map(Operand::Time).ok_or_else(invalid)?,
                },
            },
            Some(Word::Open | Word::Close | Word::Comma) | None => return Err(invalid()),
        };
        match kind {
            Some(kind) if !kind.takes(&operand) => Err(incompatible("eq")),
            Some(_) | None => Ok(operand),
        }
    }
}

/// Functions around a path that change nothing here: texts compare without regard to case, numbers by value.
fn casts(name: &str) -> bool {
    ["cast", "tolower", "toupper", "trim"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn single(mut tests: Vec<Test>, many: fn(Vec<Test>) -> Test) -> Test {
    match (tests.len(), tests.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            tests.push(last);
            many(tests)
        }
        (_, None) => many(tests),
    }
}

fn incompatible(what: &str) -> Refusal {
    Refusal::BadRequest(format!(
        "Invalid filter clause: A binary operator with incompatible types was detected around '{what}'."
    ))
}

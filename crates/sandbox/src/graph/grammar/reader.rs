//! Reads the text of a `$filter` into its tree.
//! Names and literals are checked while reading, because Graph refuses what it does not know before it looks at rows.

use std::collections::VecDeque;

use crate::graph::grammar::words::{Word, words};
use crate::graph::grammar::{Function, Quantifier, Relation, Test, TestOf, Vocabulary, incompatible, invalid};
use crate::graph::properties::Operand;
use crate::graph::refusal::Refusal;
use crate::time::parse_iso;

/// Brackets nest this deep at most, as Graph limits the nodes of a filter.
const DEEPEST: usize = 50;

/// The tree of a filter.
///
/// # Errors
/// Where it is no filter, is too complex, or names what the vocabulary does not have.
pub(crate) fn read<N: Vocabulary>(text: &str, names: &mut N) -> Result<TestOf<N>, Refusal> {
    let words = words(text)?;
    if words.len() > N::MOST_WORDS {
        return Err(Refusal::Inefficient);
    }
    let mut reader = Reader { words, names, bound: Vec::new(), depth: 0 };
    let test = reader.either()?;
    if reader.words.is_empty() { Ok(test) } else { Err(invalid()) }
}

struct Reader<'n, N> {
    words: VecDeque<Word>,
    names: &'n mut N,
    /// Names bound by an `any` around the current place.
    bound: Vec<String>,
    depth: usize,
}

impl<N: Vocabulary> Reader<'_, N> {
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

    fn quoted(&mut self) -> Result<String, Refusal> {
        match self.words.pop_front() {
            Some(Word::Quoted(text)) => Ok(text),
            Some(Word::Bare(_) | Word::Open | Word::Close | Word::Comma) | None => Err(invalid()),
        }
    }

    /// Goes one level down, which ends with the filter where it goes wrong.
    fn deeper<T>(&mut self, inside: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Result<T, Refusal> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Refusal::BadRequest("The node count limit of '100' has been exceeded.".to_owned()));
        }
        let found = inside(self);
        self.depth -= 1;
        found
    }

    fn either(&mut self) -> Result<TestOf<N>, Refusal> {
        let first = self.all()?;
        let mut more = Vec::new();
        while self.keyword("or") {
            more.push(self.all()?);
        }
        if more.is_empty() {
            return Ok(first);
        }
        more.insert(0, first);
        Ok(Test::Either(more))
    }

    fn all(&mut self) -> Result<TestOf<N>, Refusal> {
        let first = self.deeper(Self::one)?;
        let mut more = Vec::new();
        while self.keyword("and") {
            more.push(self.deeper(Self::one)?);
        }
        if more.is_empty() {
            return Ok(first);
        }
        more.insert(0, first);
        Ok(Test::All(more))
    }

    fn one(&mut self) -> Result<TestOf<N>, Refusal> {
        if self.keyword("not") {
            self.names.uses("not");
            return Ok(Test::Not(Box::new(self.deeper(Self::one)?)));
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
        let (path, kind) = self.path(&name)?;
        let word = self.bare()?.to_ascii_lowercase();
        self.names.uses(&word);
        let relation = match word.as_str() {
            "eq" => Relation::Eq,
            "ne" => Relation::Ne,
            "gt" => Relation::Gt,
            "ge" => Relation::Ge,
            "lt" => Relation::Lt,
            "le" => Relation::Le,
            "in" => return self.one_of(path, kind),
            _ => return Err(invalid()),
        };
        let value = self.value(kind)?;
        Ok(Test::Compare(path, relation, value))
    }

    fn one_of(&mut self, path: String, kind: Option<N::Kind>) -> Result<TestOf<N>, Refusal> {
        self.take(&Word::Open)?;
        let first = self.value(kind)?;
        let mut values = vec![first];
        while self.words.front() == Some(&Word::Comma) {
            self.words.pop_front();
            values.push(self.value(kind)?);
        }
        self.take(&Word::Close)?;
        Ok(Test::In(path, values))
    }

    fn function(&mut self, name: &str) -> Result<TestOf<N>, Refusal> {
        self.take(&Word::Open)?;
        let (collection, last) = name.rsplit_once('/').unwrap_or(("", name));
        let last = last.to_ascii_lowercase();
        self.names.uses(&last);
        let test = match (collection, last.as_str()) {
            ("", "startswith") => self.text(Function::StartsWith, name)?,
            ("", "endswith") => self.text(Function::EndsWith, name)?,
            ("", "contains") => self.text(Function::Contains, name)?,
            ("", _) => return Err(self.names.unknown_function(name)),
            (_, "any") => self.each(Quantifier::Any, collection, name)?,
            (_, "all") => self.each(Quantifier::All, collection, name)?,
            (_, _) => return Err(self.names.unknown_function(name)),
        };
        self.take(&Word::Close)?;
        Ok(test)
    }

    fn text(&mut self, function: Function, name: &str) -> Result<TestOf<N>, Refusal> {
        let inner = self.bare()?;
        let (path, kind) = self.path(&inner)?;
        if kind.is_some_and(|kind| !self.names.is_text(kind)) {
            return Err(incompatible(name));
        }
        self.take(&Word::Comma)?;
        Ok(Test::Text(function, path, self.quoted()?))
    }

    fn each(&mut self, many: Quantifier, path: &str, function: &str) -> Result<TestOf<N>, Refusal> {
        let collection = if self.is_bound(path) {
            self.names.inner_collection(path, many, function)?
        } else {
            self.names.collection(path, many, function)?
        };
        if many == Quantifier::Any && self.words.front() == Some(&Word::Close) {
            // `any()` asks whether there is anything at all.
            return Ok(Test::Each(many, collection, String::new(), Box::new(Test::All(Vec::new()))));
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
        Ok(Test::Each(many, collection, variable, Box::new(inner)))
    }

    fn is_bound(&self, path: &str) -> bool {
        let head = path.split('/').next().unwrap_or_default();
        self.bound.iter().any(|bound| bound == head)
    }

    /// The path that begins here, checked; its type is not known inside an `any`.
    fn path(&mut self, name: &str) -> Result<(String, Option<N::Kind>), Refusal> {
        if self.words.front() == Some(&Word::Open) && casts(name) {
            self.words.pop_front();
            let inner = self.bare()?;
            let found = self.deeper(|reader| reader.path(&inner))?;
            if name.eq_ignore_ascii_case("cast") {
                self.take(&Word::Comma)?;
                self.bare()?;
            }
            self.take(&Word::Close)?;
            return Ok(found);
        }
        if self.is_bound(name) {
            return Ok((name.to_owned(), None));
        }
        let (path, kind) = self.names.property(name)?;
        Ok((path, Some(kind)))
    }

    fn value(&mut self, kind: Option<N::Kind>) -> Result<N::Value, Refusal> {
        let literal = match self.words.pop_front() {
            Some(Word::Quoted(text)) => Operand::Text(text),
            Some(Word::Bare(word)) => match word.as_str() {
                "true" => Operand::Truth(true),
                "false" => Operand::Truth(false),
                "null" => Operand::Null,
                // A member of an enumeration may come with its type before it.
                other if other.to_ascii_lowercase().starts_with("microsoft.graph.") => Operand::Text(self.quoted()?),
                other => match other.parse() {
                    Ok(number) => Operand::Number(number),
                    Err(_) => parse_iso(other).map(Operand::Time).ok_or_else(invalid)?,
                },
            },
            Some(Word::Open | Word::Close | Word::Comma) | None => return Err(invalid()),
        };
        self.names.value(literal, kind)
    }
}

/// Functions around a path that change nothing here: texts compare without regard to case, numbers by value.
fn casts(name: &str) -> bool {
    ["cast", "tolower", "toupper", "trim"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

//! The grammar of `$filter`, one for messages, folders and every other kind of thing.
//! What may be named, and what a literal becomes, each kind says by its vocabulary.

mod reader;
mod words;

use std::cmp::Ordering;

use crate::graph::properties::Operand;
use crate::graph::refusal::Refusal;

pub(crate) use reader::read;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Relation {
    /// Whether two values that stand like this are in the relation.
    pub(crate) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Eq => ordering.is_eq(),
            Self::Ne => ordering.is_ne(),
            Self::Gt => ordering.is_gt(),
            Self::Ge => ordering.is_ge(),
            Self::Lt => ordering.is_lt(),
            Self::Le => ordering.is_le(),
        }
    }
}

/// A function from two texts to a truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    StartsWith,
    EndsWith,
    Contains,
}

impl Function {
    /// Whether it is true of a value, in any case of letters.
    pub(crate) fn holds(self, value: &str, text: &str) -> bool {
        let (value, text) = (value.to_lowercase(), text.to_lowercase());
        match self {
            Self::StartsWith => value.starts_with(&text),
            Self::EndsWith => value.ends_with(&text),
            Self::Contains => value.contains(&text),
        }
    }
}

/// How many elements of a collection a test must hold for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    Any,
    All,
}

/// A filter as a tree, over collections `C` and values `V`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test<C, V> {
    All(Vec<Test<C, V>>),
    Either(Vec<Test<C, V>>),
    Not(Box<Test<C, V>>),
    /// A path, a relation, a value.
    Compare(String, Relation, V),
    In(String, Vec<V>),
    Text(Function, String, String),
    /// `collection/any(x: test)`, with the name of `x`.
    Each(Quantifier, C, String, Box<Test<C, V>>),
}

/// The tree of what a vocabulary names.
pub(crate) type TestOf<N> = Test<<N as Vocabulary>::Collection, <N as Vocabulary>::Value>;

/// What a kind of thing lets a filter name, and what its literals become.
pub(crate) trait Vocabulary {
    type Collection;
    /// The type of a property, as far as reading needs it.
    type Kind: Copy;
    type Value;

    /// Filters of more words are too complex.
    const MOST_WORDS: usize;

    /// The path as it is kept, and its type.
    ///
    /// # Errors
    /// Where no filter may name it.
    fn property(&mut self, path: &str) -> Result<(String, Self::Kind), Refusal>;

    /// A collection of the thing itself; `function` is the whole name, for the refusal.
    ///
    /// # Errors
    /// Where it cannot be looked into, or not so.
    fn collection(&mut self, path: &str, many: Quantifier, function: &str) -> Result<Self::Collection, Refusal>;

    /// A collection within an element of another one.
    ///
    /// # Errors
    /// Where elements have none.
    fn inner_collection(&mut self, path: &str, many: Quantifier, function: &str) -> Result<Self::Collection, Refusal>;

    /// A literal beside a property of this type, which is not known inside an `any`.
    ///
    /// # Errors
    /// Where the two do not go together.
    fn value(&self, literal: Operand, kind: Option<Self::Kind>) -> Result<Self::Value, Refusal>;

    /// Whether functions of texts take a property of this type.
    fn is_text(&self, kind: Self::Kind) -> bool;

    /// How this kind refuses a function that nobody knows.
    fn unknown_function(&self, name: &str) -> Refusal;

    /// Hears of every relation and function, for kinds that do not offer all.
    fn uses(&mut self, word: &str);
}

/// The refusal of what is not a filter at all.
pub(crate) fn invalid() -> Refusal {
    Refusal::BadRequest("Invalid filter clause".to_owned())
}

/// The refusal of a value or function that does not go with the type of a property.
pub(crate) fn incompatible(what: &str) -> Refusal {
    Refusal::BadRequest(format!(
        "Invalid filter clause: A binary operator with incompatible types was detected around '{what}'."
    ))
}

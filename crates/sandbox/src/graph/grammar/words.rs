//! The words of a `$filter`: names, texts in quotes, and the marks between them.
//! Quotes hide every mark, so texts are cut out before anything else is understood.

use std::collections::VecDeque;

use crate::graph::grammar::invalid;
use crate::graph::refusal::Refusal;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Bare(String),
    Quoted(String),
    Open,
    Close,
    Comma,
}

pub(super) fn words(text: &str) -> Result<VecDeque<Word>, Refusal> {
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

//! `$filter` over rows of JSON: read into a tree, then asked of each row.
//! Names are checked against the kind's properties, because Graph refuses unknown ones.

use std::cmp::Ordering;

use serde_json::Value;

use crate::graph::grammar::{self, Quantifier, Relation, Vocabulary, invalid};
use crate::graph::properties::Operand;
use crate::graph::refusal::Refusal;
use crate::graph::rows::Kind;
use crate::time::{iso_millis, parse_iso};

type Test = grammar::Test<String, Value>;

/// A filter ready to be asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filter {
    test: Test,
    /// The relations and functions it uses, for kinds that do not offer all.
    pub(crate) uses: Vec<String>,
}

impl Filter {
    pub(crate) fn parse(text: &str, kind: &Kind) -> Result<Self, Refusal> {
        let mut names = Names { kind, uses: Vec::new() };
        let test = grammar::read(text, &mut names)?;
        Ok(Self { test, uses: names.uses })
    }

    pub(crate) fn accepts(&self, row: &Value) -> bool {
        ask(&self.test, row, None)
    }
}

/// The properties of a kind, and what a filter used so far.
struct Names<'k> {
    kind: &'k Kind,
    uses: Vec<String>,
}

impl Vocabulary for Names<'_> {
    type Collection = String;
    /// Rows say themselves what their values are.
    type Kind = ();
    type Value = Value;

    /// A filter of more words than this is nobody's wish.
    const MOST_WORDS: usize = 500;

    fn property(&mut self, path: &str) -> Result<(String, ()), Refusal> {
        let head = path.split('/').next().unwrap_or_default();
        if self.kind.property(head).is_some() { Ok((path.to_owned(), ())) } else { Err(self.kind.unknown(head)) }
    }

    fn collection(&mut self, path: &str, _many: Quantifier, _function: &str) -> Result<String, Refusal> {
        self.property(path).map(|(path, ())| path)
    }

    fn inner_collection(&mut self, path: &str, _many: Quantifier, _function: &str) -> Result<String, Refusal> {
        Ok(path.to_owned())
    }

    fn value(&self, literal: Operand, _kind: Option<()>) -> Result<Value, Refusal> {
        Ok(match literal {
            Operand::Text(text) => Value::String(text),
            Operand::Truth(truth) => Value::Bool(truth),
            Operand::Time(at) => Value::String(iso_millis(at)),
            Operand::Number(number) => Value::from(number),
            Operand::Null => Value::Null,
        })
    }

    fn is_text(&self, (): ()) -> bool {
        true
    }

    fn unknown_function(&self, _name: &str) -> Refusal {
        invalid()
    }

    fn uses(&mut self, word: &str) {
        self.uses.push(word.to_owned());
    }
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
        Test::All(tests) => tests.iter().all(|test| ask(test, row, bound)),
        Test::Either(tests) => tests.iter().any(|test| ask(test, row, bound)),
        Test::Not(inner) => !ask(inner, row, bound),
        Test::Compare(path, relation, operand) => {
            let value = resolve(row, bound, path);
            // Nothing is neither more nor less than something.
            let comparable = matches!(relation, Relation::Eq | Relation::Ne) || value.is_null() == operand.is_null();
            comparable && relation.holds(order(value, operand))
        }
        Test::Text(function, path, text) => {
            resolve(row, bound, path).as_str().is_some_and(|value| function.holds(value, text))
        }
        Test::In(path, list) => {
            let value = resolve(row, bound, path);
            list.iter().any(|one| order(value, one).is_eq())
        }
        Test::Each(many, path, name, inner) => {
            let list = resolve(row, bound, path).as_array().map_or(&[][..], Vec::as_slice);
            let holds = |element: &Value| ask(inner, row, Some((name, element)));
            match many {
                Quantifier::Any => list.iter().any(holds),
                Quantifier::All => list.iter().all(holds),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::graph::rows::Paging;

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

    const FOLDER: Kind = Kind {
        name: "folder",
        properties: &["displayName", "totalItemCount", "isHidden", "tags"],
        on_request: &[],
        page: 10,
        most: 1000,
        paging: Paging::Skip,
        item: true,
    };

    fn passes(text: &str) -> bool {
        let row = json!({"displayName": "Ada's Plans", "totalItemCount": 3, "isHidden": false, "tags": [{"name": "red"}, {"name": "blue"}]});
        Filter::parse(text, &FOLDER).unwrap().accepts(&row)
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
            assert_eq!(Filter::parse(&text, &FOLDER).err(), Some(Refusal::Inefficient));
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
            assert!(Filter::parse(text, &FOLDER).is_err(), "{text}");
        }
    }

    #[test]
    fn lists_elements_and_cast_names_are_understood() {
        for text in [
            "displayName in ('x', 'ada''s plans') and totalItemCount in (1,3)",
            "tags/any(t: t/name eq 'RED') and not tags/all(t : t/name eq 'red')",
            "tags/any() and endswith(tolower(displayName), 'plans')",
        ] {
            assert!(passes(text), "{text}");
        }
        assert!(!passes("tags/any(t: t/name eq 'green') or displayName gt null"));
    }
}

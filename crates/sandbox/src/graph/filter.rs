//! `$filter`: a tree of tests, asked of each message.
//! Graph's rule about `$filter` with `$orderby` is checked against the order in which properties appear.

use std::cmp::Ordering;

use crate::graph::extended;
use crate::graph::grammar::{self, Quantifier, Relation, Vocabulary, incompatible};
use crate::graph::properties::{self, Kind, Operand, property};
use crate::graph::query::Order;
use crate::graph::refusal::Refusal;
use crate::mailbox::message::Message;

/// A collection that `any` can look into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Collection {
    Categories,
    Single,
    Multi,
}

type Test = grammar::Test<Collection, Operand>;

/// Property paths in the order of their first appearance.
#[derive(Default)]
struct Names {
    paths: Vec<String>,
}

impl Names {
    fn note(&mut self, path: &str) {
        if !self.paths.iter().any(|known| known.eq_ignore_ascii_case(path)) {
            self.paths.push(path.to_owned());
        }
    }
}

impl Vocabulary for Names {
    type Collection = Collection;
    type Kind = Kind;
    type Value = Operand;

    /// The length of an address is the only limit.
    const MOST_WORDS: usize = usize::MAX;

    fn property(&mut self, path: &str) -> Result<(String, Kind), Refusal> {
        // A whole sender can only be compared with null, which its address is then as well.
        let path = match path.to_ascii_lowercase().as_str() {
            "from" | "sender" => format!("{path}/emailAddress/address"),
            _ => path.to_owned(),
        };
        let kind = properties::kind(&path)?;
        self.note(&path);
        Ok((path, kind))
    }

    fn collection(&mut self, path: &str, many: Quantifier, function: &str) -> Result<Collection, Refusal> {
        if many == Quantifier::All {
            return Err(self.unknown_function(function));
        }
        let collection = match path.to_ascii_lowercase().as_str() {
            "categories" => Collection::Categories,
            "singlevalueextendedproperties" => Collection::Single,
            "multivalueextendedproperties" => Collection::Multi,
            other => return Err(properties::kind(other).err().unwrap_or_else(grammar::invalid)),
        };
        self.note(path);
        Ok(collection)
    }

    fn inner_collection(&mut self, path: &str, many: Quantifier, function: &str) -> Result<Collection, Refusal> {
        // Elements hold texts only, so this is a name of the message or none.
        self.collection(path, many, function)
    }

    fn value(&self, literal: Operand, kind: Option<Kind>) -> Result<Operand, Refusal> {
        match kind {
            Some(kind) if !kind.takes(&literal) => Err(incompatible("eq")),
            Some(_) | None => Ok(literal),
        }
    }

    fn is_text(&self, kind: Kind) -> bool {
        kind == Kind::Text
    }

    fn unknown_function(&self, name: &str) -> Refusal {
        Refusal::ParseUri(format!("An unknown function with name '{name}' was found."))
    }

    fn uses(&mut self, _word: &str) {}
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
        let mut names = Names::default();
        let test = grammar::read(text, &mut names)?;
        Ok(Self { test, paths: names.paths })
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
            Test::All(_) | Test::Either(_) | Test::Not(_) => None,
            Test::Compare(..) | Test::In(..) | Test::Text(..) | Test::Each(..) => None,
        }
    }
}

fn ask(test: &Test, resolve: &dyn Fn(&str) -> Option<Operand>, message: &Message) -> bool {
    match test {
        Test::All(tests) => tests.iter().all(|test| ask(test, resolve, message)),
        Test::Either(tests) => tests.iter().any(|test| ask(test, resolve, message)),
        Test::Not(inner) => !ask(inner, resolve, message),
        Test::Compare(path, relation, operand) => {
            resolve(path).is_some_and(|value| compare(&value, *relation, operand))
        }
        Test::In(path, operands) => {
            resolve(path).is_some_and(|value| operands.iter().any(|operand| compare(&value, Relation::Eq, operand)))
        }
        Test::Text(function, path, text) => {
            let Some(Operand::Text(value)) = resolve(path) else {
                return false;
            };
            function.holds(&value, text)
        }
        // Reading lets no `all` through.
        Test::Each(Quantifier::Any | Quantifier::All, collection, variable, inner) => {
            any(*collection, variable, inner, message)
        }
    }
}

fn any(collection: Collection, variable: &str, inner: &Test, message: &Message) -> bool {
    if collection == Collection::Categories {
        return message
            .categories
            .iter()
            .any(|category| ask(inner, &|path| (path == variable).then(|| Operand::Text(category.clone())), message));
    }
    let pairs: Vec<(String, String)> = match collection {
        Collection::Multi => message
            .multi
            .iter()
            .flat_map(|(id, values)| values.iter().map(|value| (id.clone(), value.clone())))
            .collect(),
        Collection::Categories | Collection::Single => {
            let mut named = Vec::new();
            ids(inner, &format!("{variable}/id"), &mut named);
            if named.is_empty() {
                message.extended.iter().map(|(id, value)| (id.clone(), value.clone())).collect()
            } else {
                named.into_iter().filter_map(|id| extended::value(message, &id).map(|value| (id, value))).collect()
            }
        }
    };
    pairs.iter().any(|(id, value)| {
        let resolve = |path: &str| match path.strip_prefix(variable) {
            Some("/id") => Some(Operand::Text(id.clone())),
            Some("/value") => Some(Operand::Text(value.clone())),
            Some(_) | None => None,
        };
        ask(inner, &resolve, message)
    })
}

/// The ids that a test about extended properties names, so that computed ones are made only when asked for.
fn ids(test: &Test, path: &str, found: &mut Vec<String>) {
    match test {
        Test::All(tests) | Test::Either(tests) => tests.iter().for_each(|test| ids(test, path, found)),
        Test::Not(inner) => ids(inner, path, found),
        Test::Compare(here, Relation::Eq, Operand::Text(id)) if here == path => found.push(id.clone()),
        Test::Compare(..) | Test::In(..) | Test::Text(..) | Test::Each(..) => {}
    }
}

fn compare(value: &Operand, relation: Relation, operand: &Operand) -> bool {
    let ordering = match (value, operand) {
        (Operand::Text(a), Operand::Text(b)) => a.to_lowercase().cmp(&b.to_lowercase()),
        (Operand::Time(a), Operand::Time(b)) => a.cmp(b),
        (Operand::Truth(a), Operand::Truth(b)) => a.cmp(b),
        // The value of an extended property is text; `cast` makes it a number.
        (Operand::Text(a), Operand::Number(b)) => match a.parse::<i64>() {
            Ok(a) => a.cmp(b),
            Err(_) => return false,
        },
        (Operand::Null, Operand::Null) => Ordering::Equal,
        (Operand::Text(_) | Operand::Time(_) | Operand::Truth(_) | Operand::Number(_) | Operand::Null, _) => {
            return relation == Relation::Ne;
        }
    };
    relation.holds(ordering)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(path: &str) -> Vec<Order> {
        vec![Order { path: path.to_owned(), descending: true }]
    }

    fn passes(text: &str, message: &Message) -> bool {
        Filter::parse(text).unwrap().accepts(message)
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
        assert!(passes(&text("it''s"), &message));
        assert!(!passes(&text("other"), &message));
        assert!(passes("singleValueExtendedProperties/any(ep:ep/value eq 'it''s')", &message));
    }

    #[test]
    fn a_number_in_an_extended_property_is_compared_by_a_cast() {
        let mut message = Message::default();
        message.extended.insert("Integer {a} Name n".to_owned(), "12".to_owned());
        let text = |limit: &str| {
            format!(
                "singleValueExtendedProperties/any(ep: ep/id eq 'Integer {{a}} Name n' and cast(ep/value, Edm.Int32) gt {limit})"
            )
        };
        assert!(passes(&text("9"), &message));
        assert!(!passes(&text("12"), &message));
    }

    #[test]
    fn nonsense_is_refused() {
        let deep = format!("{}isRead eq true{}", "(".repeat(5000), ")".repeat(5000));
        let cast = format!("{}subject{} eq 'x'", "tolower(".repeat(5000), ")".repeat(5000));
        for text in [
            "",
            "isRead",
            "isRead eq",
            "nothing eq 1",
            "isRead eq false and",
            "(isRead eq false",
            "isRead eq 'false'",
            "receivedDateTime ge '2026-01-01'",
            "importance eq 'huge'",
            "toRecipients/any(r: r/emailAddress/address eq 'a@b')",
            "categories/any(c: c eq",
            "importance in ()",
            "startswith(isRead, 'x')",
            deep.as_str(),
            cast.as_str(),
            "categories/all(c: c eq 'Red')",
        ] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn and_or_not_and_brackets_bind_as_in_odata() {
        let mut message = Message { subject: "Let's go".to_owned(), ..Message::default() };
        assert!(passes("isRead eq false and subject eq 'let''s go'", &message));
        assert!(passes("not (isRead eq true or isDraft eq true)", &message));
        assert!(passes("isRead eq true and isDraft eq true or isRead eq false", &message));
        message.categories.push("Red".to_owned());
        assert!(passes("categories/any(c:c eq 'Red') and startswith(subject,'Let')", &message));
        assert!(passes("categories/any()", &message));
    }

    #[test]
    fn lists_functions_nulls_and_typed_words_are_understood() {
        let message = Message { subject: "Report 7".to_owned(), ..Message::default() };
        for text in [
            "importance in ('high', 'normal')",
            "endswith(subject, '7') and contains(tolower(subject), 'port')",
            "from eq null",
            "from/emailAddress/address eq null",
            "importance eq microsoft.graph.importance'normal'",
            "flag/flagStatus ne 'flagged'",
            "receivedDateTime lt 2026-01-01",
        ] {
            assert!(passes(text, &message), "{text}");
        }
        assert!(!passes("importance in ('high','low')", &message));
    }
}

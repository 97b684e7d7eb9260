//! What a mailbox does with mail while its owner is away: categories, focused inbox, rules, automatic replies.
//! Kept apart from messages and folders, because it is read on every delivery and written only by settings.

pub(crate) mod automatic;
pub(crate) mod categories;
pub(crate) mod classification;
pub(crate) mod condition;
pub(crate) mod handling;
pub(crate) mod languages;
pub(crate) mod matching;
pub(crate) mod preferences;
pub(crate) mod rule;
pub(crate) mod tips;

use crate::chance::{base64, digest, guid};
use crate::office::automatic::AutomaticReplies;
use crate::office::categories::{Category, FIRST_CATEGORIES};
use crate::office::classification::Override;
use crate::office::preferences::Preferences;
use crate::office::rule::Rule;
use crate::office::tips::Tips;
use crate::people::Person;

/// The settings of one mailbox that work on mail.
#[derive(Clone, Debug)]
pub(crate) struct Office {
    /// Decides every id, so that two mailboxes never share one.
    root: [u8; 32],
    made: u64,
    pub(crate) categories: Vec<Category>,
    pub(crate) overrides: Vec<Override>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) replies: AutomaticReplies,
    pub(crate) preferences: Preferences,
    pub(crate) tips: Tips,
}

impl Office {
    /// The settings of a mailbox nobody has opened yet.
    pub(crate) fn new(owner: &Person, seed: u64) -> Self {
        let mut office = Self {
            root: digest(&[b"office", &seed.to_be_bytes(), owner.object_id.as_bytes()]),
            made: 0,
            categories: Vec::new(),
            overrides: Vec::new(),
            rules: Vec::new(),
            replies: AutomaticReplies::default(),
            preferences: Preferences::default(),
            tips: Tips::default(),
        };
        for (name, color) in FIRST_CATEGORIES {
            let id = office.fresh_guid("category");
            office.categories.push(Category { id, name: name.to_owned(), color: color.to_owned() });
        }
        office
    }

    /// The id of the mailbox's one object of a kind, such as its inference classification.
    pub(crate) fn own_guid(&self, kind: &str) -> String {
        guid(&[&self.root, kind.as_bytes()])
    }

    /// An id nothing in this mailbox had before.
    pub(crate) fn fresh_guid(&mut self, kind: &str) -> String {
        self.made += 1;
        guid(&[&self.root, kind.as_bytes(), &self.made.to_be_bytes()])
    }

    /// An id for a rule: eight bytes as Exchange gives them, in base64 with its `+`, `/` and `=`.
    pub(crate) fn fresh_rule_id(&mut self) -> String {
        self.made += 1;
        let mut bytes = vec![1, 0, 0, 0];
        bytes.extend(self.root.iter().take(2));
        let [.., high, low] = self.made.to_be_bytes();
        bytes.extend([high, low]);
        base64(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::PEOPLE;

    #[test]
    fn ids_differ_within_a_mailbox_and_between_mailboxes() {
        let mut ada = Office::new(&PEOPLE[0], 1);
        let mut grace = Office::new(&PEOPLE[1], 1);
        assert_ne!(ada.fresh_guid("x"), ada.fresh_guid("x"));
        assert_ne!(ada.fresh_rule_id(), ada.fresh_rule_id());
        assert_ne!(ada.fresh_rule_id(), grace.fresh_rule_id());
        assert_ne!(ada.categories[0].id, grace.categories[0].id);
    }
}

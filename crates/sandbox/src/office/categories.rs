//! The master list of categories: names with colours.
//! Messages carry names only, so the list is joined by name and a deleted category stays on its messages.

use crate::office::Office;

/// What a new mailbox has.
pub(super) const FIRST_CATEGORIES: [(&str, &str); 6] = [
    ("Red category", "preset0"),
    ("Orange category", "preset1"),
    ("Yellow category", "preset3"),
    ("Green category", "preset4"),
    ("Blue category", "preset7"),
    ("Purple category", "preset8"),
];

/// What the people of the sandbox have added, for the mail they are sent.
const OWN_CATEGORIES: [(&str, &str); 4] =
    [("Work", "preset7"), ("Personal", "preset4"), ("Travel", "preset5"), ("Finance", "preset8")];

/// Outlook's longest name of a category.
const LONGEST_NAME: usize = 255;
/// Colours run from `preset0` to `preset24`.
const PRESETS: u32 = 25;

/// One category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Category {
    pub(crate) id: String,
    pub(crate) name: String,
    /// `none` or `preset0` to `preset24`.
    pub(crate) color: String,
}

/// Why a category is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CategoryRefusal {
    Nameless,
    TooLong,
    Taken,
}

/// A colour as Graph spells it, from any case; none where there is no such colour.
pub(crate) fn color(word: &str) -> Option<String> {
    let lower = word.to_ascii_lowercase();
    let known = lower == "none" || (0..PRESETS).any(|number| lower == format!("preset{number}"));
    known.then_some(lower)
}

impl Office {
    /// Adds the categories a person would have made.
    pub(crate) fn furnish(&mut self) {
        for (name, color) in OWN_CATEGORIES {
            // The names are different from one another and from the first ones, so none can be taken.
            let _ = self.add_category(name, color.to_owned());
        }
    }

    /// Makes a category; names are unique, case aside.
    pub(crate) fn add_category(&mut self, name: &str, color: String) -> Result<Category, CategoryRefusal> {
        let name = name.trim();
        if name.is_empty() {
            return Err(CategoryRefusal::Nameless);
        }
        if name.chars().count() > LONGEST_NAME {
            return Err(CategoryRefusal::TooLong);
        }
        if self.categories.iter().any(|one| one.name.to_lowercase() == name.to_lowercase()) {
            return Err(CategoryRefusal::Taken);
        }
        let category = Category { id: self.fresh_guid("category"), name: name.to_owned(), color };
        self.categories.push(category.clone());
        Ok(category)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_none_or_one_of_twenty_five_presets() {
        assert_eq!(color("Preset24").as_deref(), Some("preset24"));
        assert_eq!(color("None").as_deref(), Some("none"));
        for wrong in ["preset25", "preset", "preset01", "red", ""] {
            assert_eq!(color(wrong), None, "{wrong}");
        }
    }
}

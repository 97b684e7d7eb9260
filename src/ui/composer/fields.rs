//! One line of the composer's head: a label, what is typed, and what is wrong with it,
//! tied together for people who do not see them side by side.

use crate::ui::text;
use leptos::prelude::*;
use mail_core::compose::AddressError;

/// What is wrong with the recipients, and in which field.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// What to put right.
    pub words: String,
    /// Whether it stands in Cc rather than in To.
    pub in_cc: bool,
}

impl Trouble {
    /// Finds the field the error is about; `cc` is what was typed there.
    pub fn of(error: &AddressError, cc: &str) -> Self {
        match error {
            AddressError::Empty => Self { words: text::NO_RECIPIENTS.to_owned(), in_cc: false },
            AddressError::Invalid(typed) => {
                Self { words: text::bad_recipient(typed), in_cc: cc.contains(typed.as_str()) }
            }
        }
    }
}

/// A labelled line.
#[component]
pub(super) fn Field(
    /// Its id in the page.
    id: &'static str,
    /// Its label.
    label: &'static str,
    /// What it holds at first.
    value: String,
    /// Whether it takes recipients.
    #[prop(optional)]
    recipients: bool,
    /// What is wrong with it.
    #[prop(optional, into)]
    trouble: Signal<Option<String>>,
    /// Takes what was typed.
    #[prop(into)]
    on_input: Callback<String>,
) -> AnyView {
    let trouble_id = format!("{id}-trouble");
    let described = trouble_id.clone();
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input id=id type="text" dir="auto" autocomplete="off" prop:value=value
                spellcheck=if recipients { "false" } else { "true" }
                inputmode=recipients.then_some("email")
                placeholder=(id == "compose-to").then_some(text::RECIPIENTS_EXAMPLE)
                aria-invalid=move || trouble.with(Option::is_some).then_some("true")
                aria-describedby=move || trouble.with(Option::is_some).then(|| described.clone())
                on:input=move |event| on_input.run(event_target_value(&event)) />
            <p class="field-trouble" role="alert" id=trouble_id>{move || trouble.get()}</p>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_address_is_shown_where_it_was_typed() {
        let error = AddressError::Invalid("nobody".to_owned());
        assert!(Trouble::of(&error, "nobody, ada@petrel.test").in_cc);
        assert!(!Trouble::of(&error, "").in_cc);
        assert!(!Trouble::of(&AddressError::Empty, "").in_cc);
    }
}

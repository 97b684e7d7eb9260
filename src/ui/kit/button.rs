//! Buttons: one with an icon and a hidden name, one with words. The name is what assistive technology hears,
//! the hint is what a resting pointer shows.

use super::icon::{Icon, icon, icon_of};
use leptos::prelude::*;

/// A button drawn as an icon; its name may follow the state.
#[component]
pub(in crate::ui) fn IconButton(
    /// The button's name.
    #[prop(into)]
    label: Signal<&'static str>,
    /// The drawing.
    #[prop(into)]
    glyph: Signal<Icon>,
    /// What a resting pointer shows, if more than the name.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
    /// A class that places it.
    #[prop(optional)]
    class: &'static str,
    /// What pressing it does.
    #[prop(into)]
    on_press: Callback<()>,
) -> AnyView {
    let title = move || hint.map_or_else(|| label.get().to_owned(), |hint| hint.get());
    view! {
        <button type="button" class=format!("icon-button {class}") aria-label=move || label.get() title=title on:click=move |_| on_press.run(())>
            {icon_of(move || glyph.get())}
        </button>
    }
    .into_any()
}

/// A button with words and perhaps an icon before them.
#[component]
pub(in crate::ui) fn TextButton(
    /// The words, which are its name.
    label: &'static str,
    /// The drawing before them.
    #[prop(optional)]
    glyph: Option<Icon>,
    /// What a resting pointer shows.
    #[prop(optional, into)]
    hint: Option<String>,
    /// How it looks: `primary`, `quiet`, `plain`.
    #[prop(default = "plain")]
    look: &'static str,
    /// What pressing it does.
    #[prop(into)]
    on_press: Callback<()>,
) -> AnyView {
    view! {
        <button type="button" class="button" data-look=look title=hint on:click=move |_| on_press.run(())>
            {glyph.map(icon)}
            <span class="button-words">{label}</span>
        </button>
    }
    .into_any()
}

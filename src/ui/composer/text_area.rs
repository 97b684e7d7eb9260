//! The text of the mail: plain, in an element that grows with it. Its text is written once, when it opens;
//! from then on the person owns it and it is only read.

use crate::ui::text;
use leptos::html;
use leptos::prelude::*;

/// The text.
#[component]
pub(super) fn TextArea(
    /// What it holds at first.
    value: String,
    /// Takes what was typed.
    #[prop(into)]
    on_input: Callback<String>,
) -> AnyView {
    let node = NodeRef::<html::Div>::new();
    node.on_load(move |area| area.set_text_content(Some(&value)));
    view! {
        <div class="text-area" id="compose-body" contenteditable="plaintext-only" role="textbox" aria-multiline="true" aria-label=text::BODY
            dir="auto" tabindex="0" spellcheck="true" node_ref=node
            on:input=move |_| {
                if let Some(area) = node.get_untracked() {
                    on_input.run(area.inner_text());
                }
            }></div>
    }
    .into_any()
}

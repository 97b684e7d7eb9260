//! A dialog the page waits for, on the browser's own `<dialog>`: it keeps the focus inside,
//! closes with Escape and gives the focus back.

use leptos::html;
use leptos::prelude::*;

/// A modal dialog; it opens when it is built.
#[component]
pub(in crate::ui) fn Modal(
    /// Its name and heading.
    title: &'static str,
    /// Ties the heading to the dialog; unique in the page.
    id: &'static str,
    /// What closing it does, by Escape or otherwise.
    #[prop(into)]
    on_close: Callback<()>,
    /// What it holds.
    children: Children,
) -> AnyView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = node.get()
            && !dialog.open()
            && dialog.show_modal().is_err()
        {
            // A browser that refuses to make it modal still has to show it.
            dialog.set_open(true);
        }
    });
    view! {
        <dialog class="modal" aria-labelledby=id node_ref=node on:close=move |_| on_close.run(())>
            <h2 id=id>{title}</h2>
            {children()}
        </dialog>
    }
    .into_any()
}

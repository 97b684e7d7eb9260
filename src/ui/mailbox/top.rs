//! The banner: the product, a new message, and the way out. Narrow screens also open the folders from here.

use crate::state::use_app;
use crate::ui::keyboard::{self, Action};
use crate::ui::kit::{Icon, IconButton, TextButton, icon, logo};
use crate::ui::text;
use leptos::prelude::*;

/// The banner.
#[component]
pub(super) fn Top(
    /// Whether the folders are drawn over the list.
    drawer: RwSignal<bool>,
) -> AnyView {
    let app = use_app();
    let hint = text::with_key(text::NEW_MESSAGE, keyboard::key_of(Action::Compose));
    view! {
        <header class="top">
            <button type="button" id="open-folders" class="icon-button open-folders" aria-label=text::FOLDERS title=text::FOLDERS
                aria-expanded=move || drawer.get().to_string() aria-controls="folders"
                on:click=move |_| {
                    drawer.set(true);
                    keyboard::focus_after_paint("[role=treeitem][tabindex='0']");
                }>
                {icon(Icon::Menu)}
            </button>
            <div class="brand">
                {logo()}
                <span class="brand-name">{text::PETREL}</span>
                {move || app.environment.get().map(|name| view! { <span class="tag">{name}</span> })}
            </div>
            <div class="new-message">
                <TextButton label=text::NEW_MESSAGE glyph=Icon::Pencil look="primary" hint=hint on_press=move |()| app.compose() />
            </div>
            <IconButton label=text::SIGN_OUT glyph=Icon::SignOut class="sign-out" on_press=move |()| app.sign_out(false) />
        </header>
    }
    .into_any()
}

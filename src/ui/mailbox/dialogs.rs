//! The two dialogs the page waits for: the list of keys, and the question before unsent mail is lost.

use crate::state::use_app;
use crate::ui::keyboard::BINDINGS;
use crate::ui::kit::{Icon, IconButton, Modal, TextButton};
use crate::ui::text;
use leptos::prelude::*;
use mail_core::outbox::Act;

/// The list of keys, made from the registry.
#[component]
pub(super) fn Help() -> AnyView {
    let app = use_app();
    let dialog = move || {
        app.help.get().then(|| {
            view! {
                <Modal title=text::KEYBOARD_SHORTCUTS id="help-title" on_close=move |()| app.help.set(false)>
                    <IconButton label=text::CLOSE glyph=Icon::Close class="modal-close" on_press=move |()| app.help.set(false) />
                    <dl class="keys">
                        {BINDINGS.iter().map(|binding| view! {
                            <div>
                                <dt>{binding.words}</dt>
                                <dd>{binding.shown.iter().map(|key| view! { <kbd>{*key}</kbd> }).collect_view()}</dd>
                            </div>
                        }).collect_view()}
                    </dl>
                </Modal>
            }
        })
    };
    dialog.into_any()
}

/// Asks before signing out loses what waits.
#[component]
pub(super) fn ConfirmSignOut() -> AnyView {
    let app = use_app();
    let line = move || {
        app.outbox.with(|ops| {
            let mails = ops.iter().filter(|op| matches!(op.act, Act::Send { .. })).count();
            let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            let waiting = text::waiting(count(mails), count(ops.len() - mails));
            if waiting.is_empty() { text::DRAFT_ONLY_HERE.to_owned() } else { waiting }
        })
    };
    let dialog = move || {
        app.confirm_sign_out.get().then(|| {
            view! {
                <Modal title=text::SIGN_OUT_TITLE id="sign-out-title" on_close=move |()| app.confirm_sign_out.set(false)>
                    <p>{text::SIGN_OUT_WARNING}</p>
                    <p class="modal-fact">{line}</p>
                    <div class="modal-buttons">
                        <TextButton label=text::STAY look="primary" on_press=move |()| app.confirm_sign_out.set(false) />
                        <TextButton label=text::SIGN_OUT_ANYWAY look="danger" on_press=move |()| app.sign_out(true) />
                    </div>
                </Modal>
            }
        })
    };
    dialog.into_any()
}

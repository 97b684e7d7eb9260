//! Writing mail: a panel beside the mail on a wide screen, the whole screen on a phone. Every keystroke is handed to
//! the state, which keeps it on this device, so closing the panel never loses anything.

mod fields;
mod text_area;

use crate::state::{App, use_app};
use crate::ui::keyboard;
use crate::ui::kit::{Icon, IconButton, Key, TextButton, each};
use crate::ui::text;
use fields::{Field, Trouble};
use leptos::html;
use leptos::prelude::*;
use mail_browser::page;
use mail_core::store::Draft;
use mail_core::time::Timestamp;
use text_area::TextArea;

/// The mail being written, if one is.
#[component]
pub(super) fn Composers() -> AnyView {
    let app = use_app();
    each(
        move || app.composer.with(|draft| draft.iter().map(|draft| Key::Name(draft.id.to_string())).collect()),
        move |_| app.composer.get_untracked().map(|draft| view! { <Composer first=draft /> }).into_any(),
    )
}

/// The draft as typed so far, and what is done with it.
#[derive(Clone, Copy)]
struct Desk {
    app: App,
    draft: RwSignal<Draft>,
    trouble: RwSignal<Option<Trouble>>,
    edited: RwSignal<bool>,
}

impl Desk {
    /// Takes what was typed and hands it on to be kept.
    fn edit(self, change: impl FnOnce(&mut Draft)) {
        self.draft.update(|draft| {
            change(draft);
            draft.changed = Timestamp::from_millis(page::now_millis());
        });
        self.trouble.set(None);
        self.edited.set(true);
        self.app.edit_draft(self.draft.get_untracked());
    }

    fn send(self) {
        let draft = self.draft.get_untracked();
        let cc = draft.typed.1.clone();
        match self.app.send_draft(draft) {
            Ok(()) => keyboard::focus_after_paint("[role=grid]"),
            Err(error) => {
                let trouble = Trouble::of(&error, &cc);
                self.trouble.set(Some(trouble));
                page::focus_selector(trouble_field(&self.trouble));
            }
        }
    }

    fn discard(self) {
        self.app.discard_draft();
        keyboard::focus_after_paint("[role=grid]");
    }

    /// Puts the panel away; the draft stays.
    fn close(self) {
        if self.app.composer.get_untracked().is_some() {
            self.app.composer.set(None);
            keyboard::focus_after_paint("[role=grid]");
        }
    }
}

fn trouble_field(trouble: &RwSignal<Option<Trouble>>) -> &'static str {
    if trouble.with_untracked(|trouble| trouble.as_ref().is_some_and(|trouble| trouble.in_cc)) {
        "#compose-cc"
    } else {
        "#compose-to"
    }
}

#[component]
fn Composer(first: Draft) -> AnyView {
    let app = use_app();
    let panel = NodeRef::<html::Dialog>::new();
    let answers = first.mail.answers.clone();
    let title = match &answers {
        None => text::NEW_MESSAGE,
        Some(answer) if answer.all => text::REPLY_ALL,
        Some(_) => text::REPLY,
    };
    let (typed_to, typed_cc) = first.typed.clone();
    let (subject, words) = (first.mail.subject.clone(), first.mail.text.clone());
    let desk = Desk { app, draft: RwSignal::new(first), trouble: RwSignal::new(None), edited: RwSignal::new(false) };
    let saved = Memo::new(move |_| {
        desk.edited.get()
            && desk.draft.with(|mine| {
                app.composer
                    .with(|kept| kept.as_ref().is_some_and(|kept| kept.mail == mine.mail && kept.typed == mine.typed))
            })
    });
    Effect::new(move |_| {
        let Some(dialog) = panel.get().filter(|dialog| !dialog.open()) else { return };
        // Only a phone's composer takes the page away; elsewhere mail stays at hand beside it.
        if page::is_wide() || dialog.show_modal().is_err() {
            dialog.show();
        }
        page::focus_selector(if answers.is_some() { "#compose-body" } else { "#compose-to" });
    });
    let to_trouble = Signal::derive(move || {
        desk.trouble
            .with(|trouble| trouble.as_ref().filter(|trouble| !trouble.in_cc).map(|trouble| trouble.words.clone()))
    });
    let cc_trouble = Signal::derive(move || {
        desk.trouble
            .with(|trouble| trouble.as_ref().filter(|trouble| trouble.in_cc).map(|trouble| trouble.words.clone()))
    });
    view! {
        <dialog class="composer" role="dialog" aria-label=title node_ref=panel
            on:close=move |_| desk.close()
            on:keydown=move |event| {
                let chord = event.ctrl_key() || event.meta_key();
                match event.key().as_str() {
                    "Enter" if chord => {
                        event.prevent_default();
                        desk.send();
                    }
                    "Escape" if !event.is_composing() => {
                        event.prevent_default();
                        desk.close();
                    }
                    _ => {}
                }
            }>
            <div class="composer-head">
                <h2>{title}</h2>
                <IconButton label=text::CLOSE_COMPOSER glyph=Icon::Close on_press=move |()| desk.close() />
            </div>
            <Field id="compose-to" label=text::TO value=typed_to recipients=true trouble=to_trouble
                on_input=move |value| desk.edit(|draft| draft.typed.0 = value) />
            <Field id="compose-cc" label=text::CC value=typed_cc recipients=true trouble=cc_trouble
                on_input=move |value| desk.edit(|draft| draft.typed.1 = value) />
            <Field id="compose-subject" label=text::SUBJECT value=subject
                on_input=move |value| desk.edit(|draft| draft.mail.subject = value) />
            <TextArea value=words on_input=move |value| desk.edit(|draft| draft.mail.text = value) />
            <div class="composer-foot">
                <TextButton label=text::SEND glyph=Icon::Sent look="primary" hint=text::SEND_HINT on_press=move |()| desk.send() />
                <TextButton label=text::DISCARD glyph=Icon::Trash look="quiet" on_press=move |()| desk.discard() />
                <span class="saved" aria-live="off">{move || saved.get().then_some(text::SAVED)}</span>
            </div>
        </dialog>
    }
    .into_any()
}

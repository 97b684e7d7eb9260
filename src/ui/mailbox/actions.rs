//! What can be done with the open message: one toolbar, each button with its key in the tooltip.

use crate::state::{Verb, use_app};
use crate::ui::keyboard::{self, Action};
use crate::ui::kit::{Icon, IconButton, TextButton};
use crate::ui::text;
use leptos::prelude::*;
use mail_core::model::Flag;

fn hint(name: &str, action: Action) -> String {
    text::with_key(name, keyboard::key_of(action))
}

/// The toolbar over the message.
#[component]
pub(super) fn Actions() -> AnyView {
    let app = use_app();
    let flagged =
        Memo::new(move |_| app.open.with(|open| open.as_ref().is_some_and(|message| message.flag == Flag::Flagged)));
    let is_read = Memo::new(move |_| app.open.with(|open| open.as_ref().is_none_or(|message| message.is_read)));
    let flag = Signal::derive(move || if flagged.get() { text::CLEAR_FLAG } else { text::FLAG });
    let flag_glyph = Signal::derive(move || if flagged.get() { Icon::FlagFilled } else { Icon::Flag });
    let read = Signal::derive(move || if is_read.get() { text::MARK_UNREAD } else { text::MARK_READ });
    let read_glyph = Signal::derive(move || if is_read.get() { Icon::Unread } else { Icon::Opened });
    view! {
        <div class="pane-head reading-head">
            <IconButton label=text::BACK_TO_LIST glyph=Icon::Back class="back" on_press=move |()| keyboard::perform(app, Action::Back) />
            <div role="toolbar" class="actions" aria-label=text::MESSAGE_ACTIONS>
                <IconButton label=text::ARCHIVE glyph=Icon::Archive hint=hint(text::ARCHIVE, Action::Archive)
                    on_press=move |()| app.act(Verb::Archive) />
                <IconButton label=text::DELETE glyph=Icon::Trash hint=hint(text::DELETE, Action::Delete)
                    on_press=move |()| app.act(Verb::Delete) />
                <IconButton label=flag glyph=flag_glyph class="flag" hint=Signal::derive(move || hint(flag.get(), Action::Flag))
                    on_press=move |()| app.act(Verb::Flag) />
                <IconButton label=read glyph=read_glyph hint=Signal::derive(move || hint(read.get(), Action::Read))
                    on_press=move |()| app.act(Verb::Read) />
                <span class="gap"></span>
                <TextButton label=text::REPLY glyph=Icon::Reply look="quiet" hint=hint(text::REPLY, Action::Reply)
                    on_press=move |()| app.reply(false) />
                <TextButton label=text::REPLY_ALL glyph=Icon::ReplyAll look="quiet" hint=hint(text::REPLY_ALL, Action::ReplyAll)
                    on_press=move |()| app.reply(true) />
            </div>
        </div>
    }
    .into_any()
}

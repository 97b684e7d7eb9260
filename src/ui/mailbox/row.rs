//! One row of the list. Its elements are made once and given to whichever message scrolls into their place;
//! only what differs is drawn again.

use super::window::{Window, px};
use crate::state::use_app;
use crate::ui::keyboard;
use crate::ui::kit::{Icon, disc, hue, icon, initials};
use crate::ui::text;
use leptos::prelude::*;
use mail_browser::page;
use mail_core::id::MessageId;
use mail_core::model::{Flag, Message};

/// What a row shows of a message.
#[derive(Clone, PartialEq)]
struct Shown {
    id: MessageId,
    name: String,
    people: String,
    initials: String,
    hue: u32,
    subject: String,
    preview: String,
    time: String,
    unread: bool,
    flagged: bool,
    attachments: bool,
}

impl Shown {
    fn of(message: &Message, own: bool) -> Self {
        let people = text::row_people(message, own);
        let person = if own { message.to.first() } else { message.from.as_ref() };
        let subject =
            if message.subject.trim().is_empty() { text::NO_SUBJECT.to_owned() } else { message.subject.clone() };
        let time = page::locale_time(message.received.millis(), page::now_millis());
        let flagged = message.flag == Flag::Flagged;
        Self {
            id: message.id.clone(),
            name: text::row_name(message, &people, &subject, &time, flagged),
            initials: person.map(|person| initials(person.label())).unwrap_or_default(),
            hue: person.map(|person| hue(&person.address)).unwrap_or_default(),
            people,
            subject,
            preview: message.preview.clone(),
            time,
            unread: !message.is_read,
            flagged,
            attachments: message.has_attachments,
        }
    }
}

/// A row at `index`; beyond the rows that are here it is a ghost, beyond the list it is hidden.
#[component]
pub(super) fn Row(
    /// Which row of the list.
    index: Memo<u32>,
    /// How far rows are moved, in CSS pixels.
    shift: Memo<f64>,
    /// How many rows the list has.
    total: Memo<u32>,
    /// Whether the folder holds the person's own mail.
    own: Memo<bool>,
    /// The row the keyboard is on.
    current: Memo<Option<u32>>,
) -> AnyView {
    let app = use_app();
    let shown = Memo::new(move |_| {
        let place = usize::try_from(index.get()).ok()?;
        app.list.with(|list| list.rows.get(place).map(|message| Shown::of(message, own.get())))
    });
    let read =
        move |part: fn(&Shown) -> String| move || shown.with(|shown| shown.as_ref().map(part).unwrap_or_default());
    let has =
        move |part: fn(&Shown) -> bool| move || shown.with(|shown| shown.as_ref().is_some_and(part).then_some(""));
    let open = move || {
        let Some(id) = shown.with_untracked(|shown| shown.as_ref().map(|shown| shown.id.clone())) else { return };
        app.set_current(id.clone());
        app.open_message(id);
        if !page::is_wide() {
            keyboard::focus_after_paint("#message-subject");
        }
    };
    view! {
        <div role="row" class="row"
            id=move || format!("row-{}", index.get())
            hidden=move || { index.get() >= total.get() }
            style:transform=move || format!("translateY({})", px(Window::top(index.get().min(total.get()), shift.get())))
            aria-rowindex=move || (u64::from(index.get()) + 1).to_string()
            aria-selected=move || (current.get() == Some(index.get())).to_string()
            aria-label=move || shown.with(|shown| shown.as_ref().map_or_else(|| text::LOADING.to_owned(), |shown| shown.name.clone()))
            data-message-id=move || shown.with(|shown| shown.as_ref().map(|shown| shown.id.to_string()))
            data-unread=has(|shown| shown.unread)
            data-flagged=has(|shown| shown.flagged)
            data-attachments=has(|shown| shown.attachments)
            data-ghost=move || shown.with(Option::is_none).then_some("")
            on:click=move |_| open()>
            <div role="gridcell" class="cell">
                {disc(read(|shown| shown.initials.clone()), move || shown.with(|shown| shown.as_ref().map_or(0, |shown| shown.hue)))}
                <span class="from" dir="auto">{read(|shown| shown.people.clone())}</span>
                <span class="signs">
                    <span class="sign-flag">{icon(Icon::FlagFilled)}</span>
                    <span class="sign-file">{icon(Icon::Paperclip)}</span>
                    <span class="time">{read(|shown| shown.time.clone())}</span>
                </span>
                <span class="subject" dir="auto">{read(|shown| shown.subject.clone())}</span>
                <span class="preview" dir="auto">{read(|shown| shown.preview.clone())}</span>
            </div>
        </div>
    }
    .into_any()
}

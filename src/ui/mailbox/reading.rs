//! The reading pane. Its elements are made once and follow the open message, so that opening one costs
//! no more than writing its words and filling the frame.

use super::actions::Actions;
use super::attachments::Files;
use super::body::MessageBody;
use super::stack::Others;
use crate::state::use_app;
use crate::ui::kit::{Icon, disc, hue, icon, initials};
use crate::ui::text;
use leptos::html;
use leptos::prelude::*;
use mail_browser::page;
use mail_core::model::{Flag, Importance, Kind, Message};

/// The pane: a message, or a word that none is open.
#[component]
pub(super) fn ReadingPane() -> AnyView {
    let app = use_app();
    let closed = Memo::new(move |_| app.open.with(Option::is_none));
    let scroller = NodeRef::<html::Div>::new();
    let id = Memo::new(move |_| app.open.with(|open| open.as_ref().map(|message| message.id.clone())));
    Effect::new(move |_| {
        id.track();
        if let Some(scroller) = scroller.get() {
            scroller.set_scroll_top(0);
        }
    });
    let title = Signal::derive(move || {
        app.open.with(|open| open.as_ref().map_or_else(|| text::MESSAGE.to_owned(), text::message_from))
    });
    view! {
        <section class="reading-pane" aria-label=text::MESSAGE>
            <div class="reading" hidden=move || closed.get()>
                <Actions />
                <div class="reading-scroll" tabindex="0" role="group" aria-labelledby="message-subject" node_ref=scroller>
                    <Heading />
                    <Others newer=false />
                    <Sender />
                    <Files id reading=app.reading />
                    <MessageBody id reading=app.reading title />
                    <Others newer=true />
                </div>
            </div>
            {move || closed.get().then(|| view! {
                <div class="blank">
                    <span class="blank-sign">{icon(Icon::Opened)}</span>
                    <p class="blank-title">{text::NOTHING_OPEN}</p>
                    <p class="for-keys">{text::NOTHING_OPEN_HOW}</p>
                </div>
            })}
        </section>
    }
    .into_any()
}

/// Short words beside the subject.
fn tags(message: &Message) -> Vec<(&'static str, Icon, &'static str)> {
    let mut tags = Vec::new();
    if message.flag == Flag::Flagged {
        tags.push(("flag", Icon::FlagFilled, text::FLAGGED));
    }
    if message.importance == Importance::High {
        tags.push(("high", Icon::Warning, text::HIGH_IMPORTANCE));
    }
    match message.kind {
        Kind::Mail => {}
        Kind::MeetingRequest => tags.push(("plain", Icon::Calendar, text::INVITATION)),
        Kind::MeetingResponse => tags.push(("plain", Icon::Calendar, text::INVITATION_ANSWER)),
    }
    if message.is_draft {
        tags.push(("plain", Icon::Draft, text::DRAFT));
    }
    tags
}

#[component]
fn Heading() -> AnyView {
    let app = use_app();
    let read = move |part: fn(&Message) -> Option<String>| move || app.open.with(|open| open.as_ref().and_then(part));
    let tags = Memo::new(move |_| app.open.with(|open| open.as_ref().map(tags).unwrap_or_default()));
    let subject = read(|message| {
        Some(if message.subject.trim().is_empty() { text::NO_SUBJECT.to_owned() } else { message.subject.clone() })
    });
    view! {
        <div class="heading">
            <h2 id="message-subject" tabindex="-1" dir="auto">{subject}</h2>
            {move || {
                let tags = tags.get();
                (!tags.is_empty()).then(|| view! {
                    <p class="tags">
                        {tags.into_iter().map(|(kind, glyph, words)| view! { <span class="mark" data-kind=kind>{icon(glyph)}{words}</span> }).collect_view()}
                    </p>
                })
            }}
        </div>
    }
    .into_any()
}

/// Who wrote the open message, to whom and when.
#[component]
fn Sender() -> AnyView {
    let app = use_app();
    let read = move |part: fn(&Message) -> Option<String>| move || app.open.with(|open| open.as_ref().and_then(part));
    let letters = read(|message| message.from.as_ref().map(|from| initials(from.label())));
    let colour = move || {
        app.open
            .with(|open| open.as_ref().and_then(|message| message.from.as_ref()).map_or(0, |from| hue(&from.address)))
    };
    view! {
            <div class="sender">
                {disc(move || letters().unwrap_or_default(), colour)}
                <p class="sender-line">
                    <span class="sender-name" dir="auto">{read(|message| Some(text::row_people(message, false)))}</span>
                    " "
                    <span class="sender-address" dir="auto">{read(|message| {
                        message.from.as_ref().filter(|from| from.label() != from.address).map(|from| from.address.clone())
                    })}</span>
                </p>
                <span class="sender-time">{read(|message| Some(page::locale_full_time(message.received.millis())))}</span>
                <p class="sender-to">
                    <span dir="auto">{read(|message| text::to_line(&message.to))}</span>
                    <span dir="auto" class="sender-cc">{read(|message| text::cc_line(&message.cc))}</span>
                </p>
            </div>
    }
    .into_any()
}

//! The other messages of the open conversation, before and after the one that was opened: a line each, which unfolds. Each
//! that is unfolded has a frame of its own, so that reading one leaves the others where they are.

use super::attachments::Files;
use super::body::MessageBody;
use crate::state::{App, Reading, use_app};
use crate::ui::kit::{Icon, Key, disc, each, hue, icon, initials};
use crate::ui::text;
use leptos::prelude::*;
use mail_browser::page;
use mail_core::id::MessageId;
use mail_core::model::Message;
use std::sync::Arc;

/// From so many lines on those in the middle are left out until they are asked for.
const LINES: usize = 5;

/// The messages on one side of the open one.
#[component]
pub(super) fn Others(
    /// Whether those that came later, rather than those before.
    newer: bool,
) -> AnyView {
    let app = use_app();
    let whole = RwSignal::new(None);
    let open = Memo::new(move |_| app.open.with(|open| open.as_ref().map(|open| open.id.clone())));
    let side = Memo::new(move |_| {
        let Some(open) = open.get() else { return Vec::new() };
        app.stack.with(|stack| on_side(stack, &open, newer))
    });
    let shown = Memo::new(move |_| {
        let all = whole.get().is_some_and(|whole| Some(whole) == open.get());
        let unfolded: Vec<MessageId> = app.unfolded.with(|all| all.iter().map(|known| known.0.clone()).collect());
        side.with(|side| if all { side.clone() } else { lines(side, &unfolded) })
    });
    let left_out =
        Memo::new(move |_| u32::try_from(side.with(Vec::len).saturating_sub(shown.with(Vec::len))).unwrap_or(u32::MAX));
    let keys = move || shown.get().into_iter().map(|id| Key::Name(id.to_string())).collect();
    view! {
        <div class="stack" data-newer=newer.then_some("") hidden=move || side.with(Vec::is_empty)>
            {move || (left_out.get() > 0).then(|| view! {
                <button type="button" class="earlier" on:click=move |_| whole.set(open.get_untracked())>
                    {move || text::earlier(left_out.get())}
                </button>
            })}
            {each(keys, move |key| sheet(app, key))}
        </div>
    }
    .into_any()
}

/// The messages before the open one, or those after it.
fn on_side(stack: &[Arc<Message>], open: &MessageId, newer: bool) -> Vec<MessageId> {
    let Some(at) = stack.iter().position(|message| message.id == *open) else { return Vec::new() };
    let (before, from) = stack.split_at(at);
    let side = if newer { from.get(1..).unwrap_or_default() } else { before };
    side.iter().map(|message| message.id.clone()).collect()
}

/// Those of them that have a line at first: all of a few; of many the last two, and what is unfolded.
fn lines(side: &[MessageId], unfolded: &[MessageId]) -> Vec<MessageId> {
    let near = side.len().saturating_sub(2);
    let has_line = |at: usize, id: &MessageId| side.len() < LINES || at >= near || unfolded.contains(id);
    side.iter().enumerate().filter(|(at, id)| has_line(*at, id)).map(|(_, id)| id.clone()).collect()
}

fn sheet(app: App, key: Key) -> AnyView {
    let id = match key {
        Key::Name(name) => MessageId::new(name),
        Key::Place(_) => return ().into_any(),
    };
    let (of_message, of_body, pressed) = (id.clone(), id.clone(), id.clone());
    let message = Memo::new(move |_| {
        app.stack.with(|stack| stack.iter().find(|known| known.id == of_message).map(|known| Message::clone(known)))
    });
    let body = Memo::new(move |_| {
        app.unfolded.with(|all| all.iter().find(|known| known.0 == of_body).map(|known| known.1.clone()))
    });
    let is_unfolded = Memo::new(move |_| body.with(Option::is_some));
    let read = move |part: fn(&Message) -> String| {
        move || message.with(|message| message.as_ref().map(part).unwrap_or_default())
    };
    let colour = move || {
        message
            .with(|message| message.as_ref().and_then(|known| known.from.as_ref()).map_or(0, |from| hue(&from.address)))
    };
    let time = |message: &Message| page::locale_time(message.received.millis(), page::now_millis());
    let name = move || {
        message.with(|message| {
            message.as_ref().map(|known| text::fold_name(known, &text::row_people(known, false), &time(known)))
        })
    };
    let is =
        move |of: fn(&Message) -> bool| move || message.with(|message| message.as_ref().is_some_and(of)).then_some("");
    let opened = move || {
        is_unfolded.get().then(|| {
            let of_frame = id.clone();
            let id = Memo::new(move |_| Some(of_frame.clone()));
            let reading = Signal::derive(move || body.get().unwrap_or(Reading::Loading));
            let title = Signal::derive(read(text::message_from));
            view! {
                <p class="sender-to sheet-to">
                    <span dir="auto">{read(|message| text::to_line(&message.to).unwrap_or_default())}</span>
                    <span dir="auto" class="sender-cc">{read(|message| text::cc_line(&message.cc).unwrap_or_default())}</span>
                </p>
                <Files id reading />
                <MessageBody id reading title />
            }
        })
    };
    view! {
        <article class="sheet" data-unread=is(|message| !message.is_read) data-draft=is(|message| message.is_draft)>
            <button type="button" class="fold" aria-label=name aria-expanded=move || is_unfolded.get().to_string()
                on:click=move |_| app.toggle_fold(pressed.clone())>
                {disc(read(|message| message.from.as_ref().map(|from| initials(from.label())).unwrap_or_default()), colour)}
                <span class="fold-from" dir="auto">{read(|message| text::row_people(message, false))}</span>
                <span class="fold-draft">{text::DRAFT}</span>
                <span class="fold-preview" dir="auto">{read(|message| message.preview.clone())}</span>
                <span class="fold-file">{move || is(|message| message.has_attachments)().map(|_| icon(Icon::Paperclip))}</span>
                <span class="time">{read(time)}</span>
            </button>
            {opened}
        </article>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_core::store::contract::message;

    fn ids(text: &str) -> Vec<MessageId> {
        text.chars().map(|id| MessageId::new(id.to_string())).collect()
    }

    #[test]
    fn the_open_message_has_others_on_both_sides() {
        let stack: Vec<_> = "abcd".chars().map(|id| Arc::new(message(&id.to_string(), "f", 1))).collect();
        let side = |open: &str, newer| on_side(&stack, &MessageId::new(open), newer);
        assert_eq!((side("c", false), side("c", true)), (ids("ab"), ids("d")));
        assert_eq!((side("a", false), side("d", true), side("x", true)), (ids(""), ids(""), ids("")));
    }

    #[test]
    fn of_many_messages_those_near_the_open_one_have_a_line_and_what_is_unfolded() {
        assert_eq!(lines(&ids("abcd"), &[]), ids("abcd"));
        assert_eq!(lines(&ids("abcdef"), &[]), ids("ef"));
        assert_eq!(lines(&ids("abcdef"), &ids("be")), ids("bef"));
    }
}

//! The body of a message, in a frame that runs no scripts. One frame serves all messages that are opened: its page is loaded
//! once and its content exchanged. What is unfolded of a conversation beside them has frames of its own.

use super::paper::{has_remote_images, is_bare};
use super::window::px;
use crate::state::{App, Reading, use_app};
use crate::ui::kit::{Icon, TextButton, icon};
use crate::ui::text;
use leptos::html;
use leptos::prelude::*;
use mail_browser::page;
use mail_core::error::Reason;
use mail_core::id::MessageId;
use mail_core::model::{AttachmentKey, Body};
use mail_core::protocol::Live;
use std::sync::Arc;

/// What the frame may do: show, and open links in new tabs. Never scripts.
const FRAME_RIGHTS: &str = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";

/// The body, where it is here.
pub(super) fn loaded(reading: &Reading) -> Option<Arc<Body>> {
    match reading {
        Reading::Loaded(body) => Some(body.clone()),
        Reading::Nothing | Reading::Loading | Reading::Failed(_) => None,
    }
}

/// Why there is no body, where there will be none by itself.
fn failed(reading: &Reading) -> Option<Option<Reason>> {
    match reading {
        Reading::Failed(reason) => Some(reason.clone()),
        Reading::Nothing | Reading::Loading | Reading::Loaded(_) => None,
    }
}

/// The frame, and what stands in its place while there is nothing to put into it.
#[component]
pub(super) fn MessageBody(
    /// Whose body.
    id: Memo<Option<MessageId>>,
    /// How far it is.
    #[prop(into)]
    reading: Signal<Reading>,
    /// The frame's title.
    #[prop(into)]
    title: Signal<String>,
) -> AnyView {
    let app = use_app();
    let frame = NodeRef::<html::Iframe>::new();
    let loads = RwSignal::new(0_u32);
    let height = RwSignal::new(0.0);
    let shown = Memo::new(move |_| Some((id.get()?, reading.with(loaded)?)));
    let remote = Memo::new(move |_| {
        shown.with(|shown| shown.as_ref().is_some_and(|(_, body)| has_remote_images(&body.content)))
    });
    let bare = Memo::new(move |_| shown.with(|shown| shown.as_ref().is_some_and(|(_, body)| is_bare(&body.content))));
    let loading = Memo::new(move |_| reading.with(|reading| *reading == Reading::Loading));
    let failure = Memo::new(move |_| reading.with(failed));
    let connected = Memo::new(move |_| matches!(app.live.get(), Live::Live | Live::Polling));
    // The frame is filled once with each body. Blank pictures are asked for then and when the network is back, and looked for again
    // whenever one comes in.
    Effect::new(move |before: Option<(Option<(u32, Shown)>, bool)>| {
        let frame = frame.get();
        let page = Some(loads.get()).filter(|loads| *loads > 0 && frame.is_some());
        let now = (page.zip(shown.get()), connected.get());
        app.arrived.track();
        if let (Some(frame), Some((_, (id, body)))) = (frame, &now.0) {
            if before.as_ref().is_none_or(|before| before.0 != now.0) {
                page::fill_frame(&frame, &body.content, move |pixels| height.set(pixels));
                let id = id.clone();
                page::after_paint(move || page::mark("petrel:body", Some(id.as_str())));
            }
            fill_in_pictures(app, &frame, id, body, before.as_ref() != Some(&now));
        }
        now
    });
    view! {
        {move || remote.get().then(|| view! { <p class="note">{icon(Icon::Image)}{text::REMOTE_IMAGES}</p> })}
        {move || loading.get().then(|| view! {
            <div class="ghost-body" role="img" aria-label=text::LOADING><b></b><b></b><b></b><b></b><b></b></div>
        })}
        {move || failure.get().map(|reason| view! { <Failure reason id /> })}
        <div class="paper" data-bare=move || bare.get().then_some("") hidden=move || shown.with(Option::is_none)>
            <iframe class="body-frame" src="mail-frame.html" sandbox=FRAME_RIGHTS node_ref=frame
                title=move || title.get()
                data-body-of=move || shown.with(|shown| shown.as_ref().map(|(id, _)| id.to_string()))
                style:height=move || px(height.get())
                on:load=move |_| loads.update(|loads| *loads += 1)></iframe>
        </div>
    }
    .into_any()
}

/// A message and its body.
type Shown = (MessageId, Arc<Body>);

/// Shows the pictures that are parts of the message and on the device; with `ask`, the others are asked for.
fn fill_in_pictures(app: App, frame: &page::Frame, id: &MessageId, body: &Body, ask: bool) {
    for part in page::blank_pictures(frame) {
        let Some(file) = body.picture(&part) else { continue };
        let key = AttachmentKey { message: id.clone(), attachment: file.id.clone() };
        let frame = frame.clone();
        app.with_picture(key, ask, move |bytes| {
            page::show_picture(&frame, &part, &bytes);
        });
    }
}

/// Why the body is not shown, and a way to try again.
#[component]
fn Failure(reason: Option<Reason>, id: Memo<Option<MessageId>>) -> AnyView {
    let app = use_app();
    let (words, details) = match &reason {
        None => (text::BODY_OFFLINE, None),
        Some(reason) => (text::BODY_REFUSED, Some(text::reason_sentence(reason))),
    };
    let again = move |()| {
        if let Some(id) = id.get_untracked() {
            app.load_again(id);
        }
    };
    view! {
        <div class="failure" role="alert">
            <p>{words}</p>
            {details.map(|details| view! { <p class="failure-details">{details}</p> })}
            <TextButton label=text::RETRY glyph=Icon::Refresh on_press=again />
        </div>
    }
    .into_any()
}

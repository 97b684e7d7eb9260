//! The short word about what just happened, with a way back. It leaves after seven seconds, waits while somebody
//! points at it or focuses it, and is announced politely.

use super::kit::{Icon, IconButton, Key, TextButton, each};
use super::{keyboard, text};
use crate::state::{Notice, NoticeWord, use_app};
use leptos::prelude::*;

/// The place notices appear in. It is always in the page, so that what enters it is announced.
#[component]
pub(super) fn Notices() -> AnyView {
    let app = use_app();
    view! {
        <div class="notices" role="status" aria-live="polite" aria-atomic="true">
            {each(
                move || app.notice.with(|notice| notice.iter().map(|notice| Key::Place(notice.number)).collect()),
                move |_| app.notice.get_untracked().map(|notice| view! { <Toast notice /> }).into_any(),
            )}
        </div>
    }
    .into_any()
}

#[component]
fn Toast(notice: Notice) -> AnyView {
    let app = use_app();
    let lasting = match notice.word {
        NoticeWord::SignInFailed(_)
        | NoticeWord::DeviceFull
        | NoticeWord::Unexpected(_)
        | NoticeWord::NoSuchFolder(_) => true,
        NoticeWord::Done(_, _) | NoticeWord::Undone | NoticeWord::Queued | NoticeWord::Discarded => false,
    };
    // The style sheet's animation is the clock: it stops while the toast is pointed at or holds the focus.
    view! {
        <div class="toast" data-lasting=lasting.then_some("") on:animationend=move |_| app.dismiss_notice()>
            <span class="toast-words">{text::notice(&notice.word)}</span>
            {notice.undo.then(|| view! {
                <TextButton label=text::UNDO glyph=Icon::Undo look="toast" hint=text::with_key(text::UNDO, keyboard::key_of(keyboard::Action::Undo)) on_press=move |()| app.undo() />
            })}
            {lasting.then(|| view! {
                <IconButton label=text::DISMISS glyph=Icon::Close on_press=move |()| app.dismiss_notice() />
            })}
        </div>
    }
    .into_any()
}

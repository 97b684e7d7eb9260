//! What a list without rows says: which kind of emptiness it is, and what would change it.

use crate::state::{App, use_app};
use crate::ui::kit::{Icon, icon};
use crate::ui::text;
use leptos::prelude::*;
use mail_core::model::FolderRole;
use mail_core::protocol::Live;

/// Kinds of emptiness.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    Inbox,
    Folder,
    Offline,
    SignedOut,
}

impl Empty {
    fn of(app: App) -> Option<Self> {
        let (known, none) = app.list.with(|list| (list.known, list.rows.is_empty() && list.total == 0));
        if known {
            return none.then(|| if is_inbox(app) { Self::Inbox } else { Self::Folder });
        }
        if !app.list.with(|list| list.rows.is_empty()) {
            return None;
        }
        match app.live.get() {
            Live::Live | Live::Polling => None,
            Live::Offline => Some(Self::Offline),
            Live::SignedOut => Some(Self::SignedOut),
        }
    }

    fn words(self) -> (Icon, &'static str, &'static str) {
        match self {
            Self::Inbox => (Icon::Check, text::EMPTY_INBOX, text::EMPTY_INBOX_MORE),
            Self::Folder => (Icon::Folder, text::EMPTY_FOLDER, text::EMPTY_FOLDER_MORE),
            Self::Offline => (Icon::Refresh, text::NOT_HERE_YET, text::NOT_HERE_OFFLINE),
            Self::SignedOut => (Icon::SignOut, text::NOT_HERE_YET, text::NOT_HERE_SIGNED_OUT),
        }
    }
}

fn is_inbox(app: App) -> bool {
    let open = app.folder.get();
    app.folders.with(|rows| {
        rows.iter().any(|row| row.folder.role == Some(FolderRole::Inbox) && Some(&row.folder.id) == open.as_ref())
    })
}

/// The sentence over an empty list.
#[component]
pub(super) fn Emptiness() -> AnyView {
    let app = use_app();
    let empty = Memo::new(move |_| Empty::of(app));
    let sentence = move || {
        empty.get().map(|empty| {
            let (glyph, title, words) = empty.words();
            view! {
                <div class="blank">
                    <span class="blank-sign">{icon(glyph)}</span>
                    <p class="blank-title">{title}</p>
                    <p>{words}</p>
                </div>
            }
        })
    };
    sentence.into_any()
}

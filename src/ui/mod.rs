//! Everything a person sees and touches. Components draw the state and hand intent to it; they do no I/O,
//! take no decisions about mail and hold no sentence that is not in [`text`].

mod composer;
mod keyboard;
mod kit;
mod mailbox;
mod notice;
mod pages;
pub(crate) mod text;

use crate::state::{Screen, use_app};
use leptos::prelude::*;

/// Which page is shown; what a page shows may change without the page being built anew.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Starting,
    SignIn,
    Misconfigured,
    StoreRefused,
    Mail,
}

impl Page {
    fn of(screen: &Screen) -> Self {
        match screen {
            Screen::Starting => Self::Starting,
            Screen::SignedOut { .. } => Self::SignIn,
            Screen::Misconfigured(_) => Self::Misconfigured,
            Screen::StoreRefused => Self::StoreRefused,
            Screen::Mail => Self::Mail,
        }
    }
}

/// The whole page, following the state's screen.
#[component]
pub fn Root() -> impl IntoView {
    let app = use_app();
    let page = Memo::new(move |_| app.screen.with(Page::of));
    move || match page.get() {
        Page::Starting => pages::Starting().into_any(),
        Page::SignIn => pages::SignIn().into_any(),
        Page::Misconfigured => pages::Misconfigured().into_any(),
        Page::StoreRefused => pages::StoreRefused().into_any(),
        Page::Mail => mailbox::Shell().into_any(),
    }
}

//! The mailbox: folders, list, message, status. One grid that shows three panes, two, or one at a time;
//! which of them is the style sheet's decision, so that nothing is built anew when a window changes size.

mod actions;
mod attachments;
mod body;
mod dialogs;
mod folders;
mod list;
mod outbox;
mod paper;
mod reading;
mod row;
mod stack;
mod status;
mod storage;
mod top;
mod window;

use crate::state::use_app;
use crate::ui::composer::Composers;
use crate::ui::keyboard::{self, Action};
use crate::ui::kit::{Icon, IconButton, TextButton};
use crate::ui::notice::Notices;
use crate::ui::text;
use leptos::prelude::*;
use mail_browser::page;

/// The whole mailbox.
#[component]
pub(in crate::ui) fn Shell() -> AnyView {
    let app = use_app();
    let drawer = RwSignal::new(false);
    let reading = Memo::new(move |_| app.open.with(Option::is_some));
    keyboard::listen(app);
    page::after_paint(|| page::mark("petrel:interactive", None));
    view! {
        <div class="shell" data-reading=move || reading.get().then_some("") data-drawer=move || drawer.get().then_some("")>
            <a class="skip" href="#messages" on:click=move |event| {
                event.prevent_default();
                page::focus_selector("[role=grid]");
            }>{text::SKIP}</a>
            <top::Top drawer />
            <nav class="folders" id="folders" aria-label=text::FOLDERS on:keydown=move |event| {
                if drawer.get_untracked() && event.key() == "Escape" {
                    event.prevent_default();
                    close(drawer);
                }
            }>
                <div class="drawer-head">
                    <span class="drawer-title" aria-hidden="true">{text::PETREL}</span>
                    <IconButton label=text::CLOSE_FOLDERS glyph=Icon::Close on_press=move |()| close(drawer) />
                </div>
                <folders::Folders drawer />
                <div class="folders-foot">
                    <TextButton label=text::STORAGE glyph=Icon::Device look="quiet"
                        hint=text::with_key(text::STORAGE, keyboard::key_of(Action::Storage)) on_press=move |()| {
                            drawer.set(false);
                            app.open_storage();
                        } />
                </div>
            </nav>
            <div class="shade" on:click=move |_| drawer.set(false)></div>
            <main class="panes">
                <list::MessageList />
                <reading::ReadingPane />
            </main>
            <status::Footer />
            <Notices />
            <Composers />
            <dialogs::Help />
            <dialogs::ConfirmSignOut />
            <storage::StorageDialog />
        </div>
    }
    .into_any()
}

/// Shuts the drawer and gives the focus back to what opened it.
fn close(drawer: RwSignal<bool>) {
    drawer.set(false);
    keyboard::focus_after_paint("#open-folders");
}

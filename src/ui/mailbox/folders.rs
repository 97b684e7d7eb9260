//! The folder tree: one stop for the Tab key, arrows inside. Rows are kept by place and follow the state,
//! so that a changing count never takes the focus away.

use crate::state::{App, FolderRow, use_app};
use crate::ui::keyboard;
use crate::ui::kit::{Icon, Key, each, icon_of};
use crate::ui::text;
use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;
use mail_browser::page;
use mail_core::model::{Folder, FolderRole};

/// The drawing for a folder.
fn glyph(role: Option<FolderRole>) -> Icon {
    match role {
        None => Icon::Folder,
        Some(FolderRole::Inbox) => Icon::Inbox,
        Some(FolderRole::Drafts) => Icon::Draft,
        Some(FolderRole::Sent) => Icon::Sent,
        Some(FolderRole::Archive) => Icon::Archive,
        Some(FolderRole::Deleted) => Icon::Trash,
        Some(FolderRole::Junk) => Icon::Junk,
        Some(FolderRole::Outbox) => Icon::Outbox,
    }
}

/// The number beside a folder's name: unread mail, or for drafts all of it.
fn shown_count(folder: &Folder) -> Option<String> {
    let number = if folder.role == Some(FolderRole::Drafts) { folder.total } else { folder.unread };
    (number > 0).then(|| text::grouped(number))
}

/// The tree.
#[component]
pub(super) fn Folders(
    /// Whether the tree is drawn over the list; choosing a folder puts it away.
    drawer: RwSignal<bool>,
) -> AnyView {
    let app = use_app();
    let length = Memo::new(move |_| app.folders.with(Vec::len));
    let selected = Memo::new(move |_| {
        let open = app.folder.get();
        app.folders.with(|rows| rows.iter().position(|row| Some(&row.folder.id) == open.as_ref()))
    });
    // Where the arrows have gone; back to the selected folder whenever another one is opened.
    let strayed = RwSignal::new(None::<(Option<usize>, usize)>);
    let stop = Memo::new(move |_| match strayed.get() {
        Some((from, place)) if from == selected.get() && place < length.get() => place,
        Some(_) | None => selected.get().unwrap_or(0),
    });
    let go_to = move |place: usize| {
        strayed.set(Some((selected.get_untracked(), place)));
        page::focus_selector(&format!("#folder-{place}"));
    };
    let account = move || app.account.with(|account| account.as_ref().map(|account| account.address.clone()));
    view! {
        <p class="account" dir="auto">{account}</p>
        <ul role="tree" class="tree" aria-label=text::FOLDERS on:keydown=move |event| {
            let (here, end) = (stop.get_untracked(), length.get_untracked().saturating_sub(1));
            let place = match event.key().as_str() {
                "ArrowDown" => Some((here + 1).min(end)),
                "ArrowUp" => Some(here.saturating_sub(1)),
                "Home" => Some(0),
                "End" => Some(end),
                "ArrowLeft" => parent_of(app, here),
                "ArrowRight" => child_of(app, here),
                "Enter" | " " => {
                    event.prevent_default();
                    open(app, here, drawer);
                    None
                }
                _ => None,
            };
            if let Some(place) = place {
                event.prevent_default();
                go_to(place);
            }
        }>
            {each(
                move || Key::places(u32::try_from(length.get()).unwrap_or(u32::MAX)),
                move |key| {
                    let place = usize::try_from(key.place()).unwrap_or(usize::MAX);
                    view! { <TreeRow place selected stop drawer /> }.into_any()
                },
            )}
        </ul>
    }
    .into_any()
}

/// Opens the folder at a place of the tree.
fn open(app: App, place: usize, drawer: RwSignal<bool>) {
    let id = app.folders.with_untracked(|rows| rows.get(place).map(|row| row.folder.id.clone()));
    if let Some(id) = id {
        app.open_folder(id);
        if drawer.get_untracked() {
            drawer.set(false);
            keyboard::focus_after_paint("[role=grid]");
        }
    }
}

fn parent_of(app: App, place: usize) -> Option<usize> {
    app.folders.with_untracked(|rows| {
        let depth = rows.get(place)?.depth;
        rows.iter().take(place).rposition(|row| row.depth < depth)
    })
}

fn child_of(app: App, place: usize) -> Option<usize> {
    app.folders.with_untracked(|rows| {
        let depth = rows.get(place)?.depth;
        rows.get(place + 1).filter(|row| row.depth > depth).map(|_| place + 1)
    })
}

#[component]
fn TreeRow(place: usize, selected: Memo<Option<usize>>, stop: Memo<usize>, drawer: RwSignal<bool>) -> AnyView {
    let app = use_app();
    let row = Memo::new(move |_| app.folders.with(|rows| rows.get(place).cloned()));
    let read = move |part: fn(&FolderRow) -> Option<String>| move || row.with(|row| row.as_ref().and_then(part));
    let count = read(|row| shown_count(&row.folder));
    view! {
        <li role="treeitem" class="tree-row" id=format!("folder-{place}")
            aria-selected=move || (selected.get() == Some(place)).to_string()
            aria-label=read(|row| Some(text::folder_name(&row.folder)))
            tabindex=move || if stop.get() == place { "0" } else { "-1" }
            data-folder-id=read(|row| Some(row.folder.id.to_string()))
            data-well-known=read(|row| row.folder.role.map(|role| role.well_known_name().to_owned()))
            data-unread-count=read(|row| Some(row.folder.unread.to_string()))
            data-unread=read(|row| (row.folder.unread > 0).then(String::new))
            on:click=move |_| open(app, place, drawer)>
            {icon_of(move || glyph(row.with(|row| row.as_ref().and_then(|row| row.folder.role))))}
            <span class="tree-name" dir="auto">{read(|row| Some(row.folder.name.clone()))}</span>
            <span class="tree-count" data-count=count></span>
        </li>
    }
    .add_any_attr(custom_attribute("aria-level", read(|row| Some(row.depth.to_string()))))
    .into_any()
}

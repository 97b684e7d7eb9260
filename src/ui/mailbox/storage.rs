//! What Petrel keeps on this device: how much of what is granted, by kind and by folder, and the person's choice.

use crate::state::{App, STORAGE_WEEK, Storage, use_app};
use crate::ui::kit::{Icon, IconButton, Modal, TextButton};
use crate::ui::text;
use leptos::prelude::*;
use mail_browser::page::format_bytes;

/// The choices, in days; 0 stands for everything.
const CHOICES: [(u32, &str); 5] = [
    (7, text::KEEP_WEEK),
    (30, text::KEEP_MONTH),
    (90, text::KEEP_QUARTER),
    (365, text::KEEP_YEAR),
    (0, text::KEEP_EVERYTHING),
];

/// The dialog.
#[component]
pub(super) fn StorageDialog() -> AnyView {
    let app = use_app();
    let open = Memo::new(move |_| app.storage.with(Option::is_some));
    let freed = move || {
        let bytes = app.storage.with(|storage| storage.as_ref().and_then(|storage| storage.freed));
        bytes.map(|bytes| text::freed(bytes, &format_bytes(bytes)))
    };
    let dialog = move || {
        open.get().then(|| {
            view! {
                <Modal title=text::STORAGE id="storage-title" on_close=move |()| app.close_storage()>
                    <IconButton label=text::CLOSE glyph=Icon::Close class="modal-close" on_press=move |()| app.close_storage() />
                    {move || app.storage.get().map(|storage| facts(&storage))}
                    <Choice />
                    <div class="modal-buttons storage-buttons">
                        <p class="storage-freed" role="status">{freed}</p>
                        <TextButton label=text::FREE_SPACE hint=text::FREE_SPACE_HOW on_press=move |()| app.keep_days(Some(STORAGE_WEEK)) />
                    </div>
                    <p class="fine">{text::FREE_SPACE_HOW}</p>
                </Modal>
            }
        })
    };
    dialog.into_any()
}

fn facts(storage: &Storage) -> AnyView {
    let meter = storage.room.map(|(usage, quota)| {
        let words = text::of_quota(&format_bytes(usage), &format_bytes(quota));
        view! {
            <p class="storage-sum">{words}</p>
            <meter class="storage-meter" min="0" max=quota.to_string() value=usage.to_string() aria-label=text::STORAGE_USED></meter>
        }
    });
    let known = storage.rows + storage.bodies + storage.attachments + storage.own;
    let rest = storage.room.map(|(usage, _)| usage.saturating_sub(known));
    let kinds = [
        Some((text::STORAGE_BODIES, storage.bodies)),
        Some((text::STORAGE_FILES, storage.attachments)),
        Some((text::STORAGE_ROWS, storage.rows)),
        Some((text::STORAGE_OWN, storage.own)),
        rest.map(|rest| (text::STORAGE_REST, rest)),
    ];
    let kinds = kinds.into_iter().flatten().map(|(name, bytes)| line(name.to_owned(), bytes)).collect::<Vec<_>>();
    let folders = storage.folders.iter().map(|(name, bytes)| line(name.clone(), *bytes)).collect::<Vec<_>>();
    let promise = if storage.persisted { text::STORAGE_KEPT } else { text::STORAGE_NOT_KEPT };
    view! {
        {meter}
        <dl class="storage-lines">{kinds}</dl>
        <details class="storage-folders">
            <summary>{text::STORAGE_BY_FOLDER}</summary>
            <dl class="storage-lines">{folders}</dl>
        </details>
        <p class="storage-promise">{promise}</p>
    }
    .into_any()
}

fn line(name: String, bytes: u64) -> AnyView {
    view! { <div><dt dir="auto">{name}</dt><dd>{format_bytes(bytes)}</dd></div> }.into_any()
}

/// How far back messages are kept.
#[component]
fn Choice() -> AnyView {
    let app = use_app();
    let options = CHOICES
        .into_iter()
        .map(|(days, words)| {
            let selected = move || {
                app.storage.with(|storage| storage.as_ref().is_some_and(|storage| storage.days.unwrap_or(0) == days))
            };
            view! { <option value=days.to_string() prop:selected=selected>{words}</option> }.into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <div class="storage-choice">
            <label for="keep-days">{text::KEEP_LABEL}</label>
            <select id="keep-days" on:change=move |event| choose(app, &event_target_value(&event))>{options}</select>
        </div>
    }
    .into_any()
}

fn choose(app: App, value: &str) {
    if let Ok(days) = value.parse::<u32>() {
        app.keep_days(Some(days).filter(|days| *days > 0));
    }
}

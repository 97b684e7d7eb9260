//! The files of a message: each is a button that saves it. What becomes of it is told in one quiet line below.

use crate::state::{App, DownloadState, Reading, use_app};
use crate::ui::kit::{Icon, icon};
use crate::ui::text;
use leptos::prelude::*;
use mail_browser::page;
use mail_core::attachment::shown_name;
use mail_core::id::MessageId;
use mail_core::model::{Attachment, AttachmentKind};

/// The list, where the message has files.
#[component]
pub(super) fn Files(
    /// Whose files.
    id: Memo<Option<MessageId>>,
    /// Its body, which names them.
    #[prop(into)]
    reading: Signal<Reading>,
) -> AnyView {
    let app = use_app();
    let files = Memo::new(move |_| {
        let message = id.get()?;
        let files: Vec<Attachment> = reading.with(super::body::loaded)?.listed().cloned().collect();
        (!files.is_empty()).then_some((message, files))
    });
    let told = move || {
        let message = files.with(|files| files.as_ref().map(|(message, _)| message.clone()))?;
        app.downloads.with(|all| {
            let last = all.iter().rev().find(|one| one.key.message == message)?;
            Some(text::download(&shown_name(&last.file.name), &last.state))
        })
    };
    let list = move || {
        files.get().map(|(message, files)| {
            view! {
                <h3>{text::attachments(files.len())}</h3>
                <ul aria-label=text::ATTACHMENTS>
                    {files.into_iter().map(|file| entry(app, message.clone(), file)).collect_view()}
                </ul>
            }
        })
    };
    view! {
        <div class="files" hidden=move || files.with(Option::is_none)>
            {list}
            <p class="files-told" role="status">{told}</p>
        </div>
    }
    .into_any()
}

fn entry(app: App, message: MessageId, file: Attachment) -> AnyView {
    let name = shown_name(&file.name);
    let glyph = if file.content_type.starts_with("image/") { Icon::Image } else { Icon::Paperclip };
    let named = |size: String| {
        view! {
            {icon(glyph)}
            <span class="file-name" dir="auto">{name.clone()}</span>
            <span class="file-size">{size}</span>
        }
    };
    if file.kind == AttachmentKind::Link {
        return view! { <li class="file">{named(text::CLOUD_LINK.to_owned())}</li> }.into_any();
    }
    let size = page::format_bytes(file.size);
    let id = file.id.clone();
    let busy = move || {
        app.downloads.with(|all| {
            all.iter().any(|one| one.key.attachment == id && one.state == DownloadState::Fetching).then_some("true")
        })
    };
    let words = named(size);
    view! {
        <li>
            <button type="button" class="file" aria-busy=busy
                on:click=move |_| app.save_attachment(message.clone(), file.clone())>
                <span class="unseen">{text::DOWNLOAD}</span>
                {words}
            </button>
        </li>
    }
    .into_any()
}

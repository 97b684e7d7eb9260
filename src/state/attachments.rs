//! Attachments: saved when the person presses one, shown where the body has its pictures. What is not on the device is asked of
//! the leader, and what it answers is for the tab that asked.

use super::App;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail_browser::file::FileBytes;
use mail_browser::page;
use mail_core::attachment::file_name;
use mail_core::id::MessageId;
use mail_core::model::{Attachment, AttachmentKey};
use mail_core::protocol::{Ask, AttachmentTrouble};

/// An attachment that the person pressed.
#[derive(Clone, Debug, PartialEq)]
pub struct Download {
    /// Which one.
    pub key: AttachmentKey,
    /// What the message says of it.
    pub file: Attachment,
    /// How far it is.
    pub state: DownloadState,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq)]
pub enum DownloadState {
    /// It is on its way to the device.
    Fetching,
    /// The browser has it.
    Saved,
    /// It cannot be had.
    Failed(AttachmentTrouble),
}

impl App {
    /// Has the browser save an attachment, fetched first where it is not on the device.
    pub fn save_attachment(self, message: MessageId, file: Attachment) {
        let key = AttachmentKey { message, attachment: file.id.clone() };
        if self.fetching(&key).is_some() {
            return;
        }
        self.downloads.update(|all| {
            all.retain(|one| one.key != key);
            all.push(Download { key: key.clone(), file, state: DownloadState::Fetching });
        });
        spawn_local(self.try_to_save(key, true));
    }

    /// What is being fetched to be saved, if it is this.
    fn fetching(self, key: &AttachmentKey) -> Option<Attachment> {
        self.downloads.with_untracked(|all| {
            let known = all.iter().find(|one| one.key == *key && one.state == DownloadState::Fetching);
            known.map(|one| one.file.clone())
        })
    }

    fn download_is(self, key: &AttachmentKey, state: DownloadState) {
        self.downloads.update(|all| {
            if let Some(known) = all.iter_mut().find(|one| one.key == *key) {
                known.state = state;
            }
        });
    }

    async fn try_to_save(self, key: AttachmentKey, ask: bool) {
        let found = self.kept(&key).await;
        let Some(file) = self.fetching(&key) else { return };
        match found {
            Ok(Some(bytes)) => {
                let saved = page::save(&bytes, &file_name(&file, &bytes.head()));
                let failed = DownloadState::Failed(AttachmentTrouble::Unstored);
                self.download_is(&key, if saved { DownloadState::Saved } else { failed });
                if ask {
                    // So that it is known to be in use.
                    self.client().ask(Ask::Attachment(key));
                }
            }
            Ok(None) if !ask => {}
            Ok(None) if self.can_load() => self.client().ask(Ask::Attachment(key)),
            Ok(None) => self.download_is(&key, DownloadState::Failed(AttachmentTrouble::Offline)),
            Err(error) => {
                self.download_is(&key, DownloadState::Failed(AttachmentTrouble::Unstored));
                self.store_failed(&error);
            }
        }
    }

    async fn kept(self, key: &AttachmentKey) -> Result<Option<FileBytes>, mail_core::error::StoreError> {
        self.client().read(async |store| store.attachment_bytes(key).await).await
    }

    /// Calls `then` with a picture that is on the device; with `ask`, what is not is fetched where that can be.
    pub fn with_picture(self, key: AttachmentKey, ask: bool, then: impl FnOnce(FileBytes) + 'static) {
        spawn_local(async move {
            let found = self.kept(&key).await;
            let can_ask = ask && (self.can_load() || matches!(found, Ok(Some(_))));
            if let Ok(Some(bytes)) = found {
                then(bytes);
            }
            if can_ask {
                self.client().ask(Ask::Attachment(key));
            }
        });
    }

    /// The leader has put an attachment on the device.
    pub(super) fn attachment_is_here(self, key: &AttachmentKey) {
        if self.fetching(key).is_some() {
            spawn_local(self.try_to_save(key.clone(), false));
        }
        if self.shows(&key.message) {
            self.arrived.update(|count| *count = count.wrapping_add(1));
        }
    }

    /// The leader cannot get one.
    pub(super) fn attachment_failed(self, key: &AttachmentKey, trouble: AttachmentTrouble) {
        if self.fetching(key).is_some() {
            self.download_is(key, DownloadState::Failed(trouble));
        }
    }
}

//! The part of the contract that is about attachments: their bytes, which are kept and when they were used.

use super::{detach, folder, put, row};
use crate::id::{FolderId, MessageId};
use crate::model::AttachmentKey;
use crate::store::room::KeptAttachment;
use crate::store::{Store, Write};
use crate::time::Timestamp;

fn key(message: &str, attachment: &str) -> AttachmentKey {
    AttachmentKey { message: MessageId::new(message), attachment: attachment.to_owned() }
}

fn keep(message: &str, attachment: &str, bytes: &[u8], used: i64) -> Write {
    Write::Attachment(key(message, attachment), bytes.to_vec(), Timestamp::from_millis(used))
}

/// Message, attachment, bytes and last use of each that is kept.
async fn kept(store: &impl Store) -> Vec<(String, String, u64, i64)> {
    let told = |one: KeptAttachment| (one.key.message.to_string(), one.key.attachment, one.bytes, one.used.millis());
    store.attachments().await.unwrap().into_iter().map(told).collect()
}

fn entry(message: &str, attachment: &str, bytes: u64, used: i64) -> (String, String, u64, i64) {
    (message.to_owned(), attachment.to_owned(), bytes, used)
}

pub(super) async fn they_are_kept_as_they_are(store: &impl Store) {
    assert_eq!(kept(store).await, []);
    assert_eq!(store.attachment(&key("m", "a")).await.unwrap(), None);
    let every_byte: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    put(store, vec![keep("m", "b", &every_byte, 5), keep("m", "a=+/", b"", -1), keep("k", "z", b"\x01\x02", 9)]).await;
    assert_eq!(store.attachment(&key("m", "b")).await.unwrap(), Some(every_byte));
    assert_eq!(store.attachment(&key("m", "a=+/")).await.unwrap(), Some(Vec::new()));
    assert_eq!(kept(store).await, [entry("k", "z", 2, 9), entry("m", "a=+/", 0, -1), entry("m", "b", 70_000, 5)]);
    // Used, written anew, dropped; what is not there is no error.
    let at = Timestamp::from_millis(i64::from(u32::MAX) * 1_000);
    let (used, unknown) = (Write::UseAttachment(key("k", "z"), at), Write::UseAttachment(key("k", "none"), at));
    put(store, vec![used, unknown, keep("m", "b", b"short", 6), Write::DropAttachment(key("m", "a=+/"))]).await;
    put(store, vec![Write::DropAttachment(key("m", "a=+/"))]).await;
    assert_eq!(kept(store).await, [entry("k", "z", 2, at.millis()), entry("m", "b", 5, 6)]);
    assert_eq!(store.attachment(&key("m", "b")).await.unwrap(), Some(b"short".to_vec()));
    assert_eq!(store.attachment(&key("m", "a=+/")).await.unwrap(), None);
    // In one commit what comes last counts.
    put(store, vec![keep("m", "b", b"x", 7), Write::DropAttachment(key("m", "b")), keep("k", "z", b"yy", 8)]).await;
    assert_eq!(kept(store).await, [entry("k", "z", 2, 8)]);
    assert_eq!(store.attachment(&key("m", "b")).await.unwrap(), None);
}

pub(super) async fn they_go_with_their_message(store: &impl Store) {
    put(store, vec![row("m", "f", 1), row("n", "f", 2), row("o", "g", 3)]).await;
    put(
        store,
        vec![keep("m", "a", b"1", 1), keep("m", "b", b"2", 2), keep("n", "a", b"3", 3), keep("o", "a", b"4", 4)],
    )
    .await;
    // A message that moves, also by way of nowhere, keeps what is its own.
    put(store, vec![row("m", "g", 1), detach("n", "f", 2)]).await;
    put(store, vec![row("n", "h", 2), Write::RemoveBody(MessageId::new("n"))]).await;
    assert_eq!(kept(store).await.len(), 4);
    put(store, vec![Write::RemoveMessage(MessageId::new("m"))]).await;
    assert_eq!(kept(store).await, [entry("n", "a", 1, 3), entry("o", "a", 1, 4)]);
    assert_eq!(store.attachment(&key("m", "b")).await.unwrap(), None);
    put(store, vec![Write::Folder(folder("g", None)), Write::RemoveFolder(FolderId::new("g"))]).await;
    assert_eq!(kept(store).await, [entry("n", "a", 1, 3)]);
    assert_eq!(store.attachment(&key("o", "a")).await.unwrap(), None);
}

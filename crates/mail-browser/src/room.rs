//! What the browser grants this origin: how much room, how much of it is taken, and whether it is kept when the device runs
//! short. Pages and workers ask alike; a browser that does not say is an answer.

use crate::global::{call_and_wait, field, navigator};
use mail_core::engine::Room;

/// How much room there is, as the browser estimates it.
pub async fn estimate() -> Option<Room> {
    let estimate = call_and_wait(&navigator("storage")?, "estimate", &[]).await?;
    let bytes = |name: &str| field(&estimate, name).and_then(|value| value.as_f64()).map(|bytes| bytes as u64);
    Some(Room { usage: bytes("usage")?, quota: bytes("quota").filter(|quota| *quota > 0)? })
}

/// Whether the browser promised to keep what is stored here until the person removes it.
pub async fn is_persisted() -> bool {
    let Some(storage) = navigator("storage") else { return false };
    call_and_wait(&storage, "persisted", &[]).await.is_some_and(|answer| answer.is_truthy())
}

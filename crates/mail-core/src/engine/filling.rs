//! How far the device has got with taking in a mailbox it did not know: told after each page, so that people see that it
//! moves, and once more when every folder is whole. Counting the store again each time would cost more than the page.

use super::{Engine, Ports};
use crate::error::StoreError;
use crate::protocol::{Filling, Tell};
use crate::store::Store;
use crate::sync::{Applied, CursorKey};

impl<P: Ports + 'static> Engine<P> {
    /// A page of a folder's first round was written down.
    pub(super) async fn tell_filling(&mut self, applied: &Applied) -> Result<(), StoreError> {
        let folders = self.folders().await?;
        let held = match self.held {
            Some(held) => held.saturating_add(applied.added),
            None => {
                let mut held: u32 = 0;
                for folder in folders.iter() {
                    held = held.saturating_add(self.store().count(&folder.id).await?);
                }
                held
            }
        };
        self.held = Some(held);
        let mut complete = !applied.more;
        for folder in folders.iter().filter(|folder| !folder.hidden) {
            if !complete {
                break;
            }
            let cursor = self.store().cursor(&CursorKey::Messages(folder.id.clone())).await?;
            complete = cursor.is_some_and(|cursor| cursor.complete);
        }
        let total = folders.iter().fold(0_u32, |total, folder| total.saturating_add(folder.total)).max(held);
        self.tells.push(Tell::Filling(Filling { held, total, back_to: applied.oldest, complete }));
        Ok(())
    }
}

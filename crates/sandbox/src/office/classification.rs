//! Who always goes to Focused and who always to Other.
//! Overrides decide mail that arrives from now on; what is there already stays where it is.

use crate::mailbox::message::{Address, Message};
use crate::office::Office;

/// Graph keeps this many overrides for a mailbox.
pub(crate) const MOST_OVERRIDES: usize = 1000;

/// One sender whose mail is always classified the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Override {
    pub(crate) id: String,
    pub(crate) sender: Address,
    /// Whether the mail belongs to Other and not to Focused.
    pub(crate) other: bool,
}

/// The mailbox has as many overrides as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Office {
    /// Sets how a sender is classified: an override of the same address is changed, not doubled.
    pub(crate) fn classify(&mut self, sender: Address, other: bool) -> Result<Override, Full> {
        if let Some(known) =
            self.overrides.iter_mut().find(|one| one.sender.address.eq_ignore_ascii_case(&sender.address))
        {
            known.sender.name = sender.name;
            known.other = other;
            return Ok(known.clone());
        }
        if self.overrides.len() >= MOST_OVERRIDES {
            return Err(Full);
        }
        let fresh = Override { id: self.fresh_guid("override"), sender, other };
        self.overrides.push(fresh.clone());
        Ok(fresh)
    }

    /// Whether an override puts this arriving message into Other; none where nobody said.
    pub(crate) fn classified(&self, message: &Message) -> Option<bool> {
        let from = message.from.as_ref()?;
        self.overrides
            .iter()
            .find(|one| one.sender.address.eq_ignore_ascii_case(&from.address))
            .map(|known| known.other)
    }
}

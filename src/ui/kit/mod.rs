//! Parts that know nothing of mail: buttons, icons, discs, dialogs.
//! They are what the rest of the interface is put together from.

mod button;
mod disc;
mod each;
mod icon;
mod modal;

pub(super) use button::{IconButton, TextButton};
pub(super) use disc::{disc, hue, initials};
pub(super) use each::{Key, each};
pub(super) use icon::{Icon, icon, icon_of, logo};
pub(super) use modal::Modal;

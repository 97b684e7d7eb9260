//! mail-browser.

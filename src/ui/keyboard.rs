//! The one registry of keys: it feeds the handler, the help dialog and the tooltips, so they cannot disagree.
//! Keys are matched by the character typed, because `#` and `?` move between layouts.

use super::text;
use crate::state::{App, Verb};
use leptos::prelude::*;
use mail_browser::page;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Next,
    Previous,
    First,
    Last,
    PageDown,
    PageUp,
    Open,
    Back,
    Archive,
    Delete,
    Read,
    Flag,
    Reply,
    ReplyAll,
    Compose,
    Undo,
    Group,
    Storage,
    Help,
}

/// Keys and what they do.
pub(super) struct Binding {
    /// What it does.
    pub action: Action,
    /// The keys, as the browser names them.
    keys: &'static [&'static str],
    /// The keys, as people read them.
    pub shown: &'static [&'static str],
    /// What it does, in words.
    pub words: &'static str,
}

const fn bind(
    action: Action,
    keys: &'static [&'static str],
    shown: &'static [&'static str],
    words: &'static str,
) -> Binding {
    Binding { action, keys, shown, words }
}

/// All of them, in the order the help shows them.
pub(super) static BINDINGS: [Binding; 19] = [
    bind(Action::Next, &["j", "ArrowDown"], &["j", "↓"], "Next message"),
    bind(Action::Previous, &["k", "ArrowUp"], &["k", "↑"], "Previous message"),
    bind(Action::First, &["Home"], &["Home"], "First message"),
    bind(Action::Last, &["End"], &["End"], "Last message"),
    bind(Action::PageDown, &["PageDown"], &["Page Down"], "A screen down"),
    bind(Action::PageUp, &["PageUp"], &["Page Up"], "A screen up"),
    bind(Action::Open, &["Enter"], &["Enter"], "Open the message"),
    bind(Action::Back, &["Escape"], &["Esc"], text::BACK_TO_LIST),
    bind(Action::Archive, &["e"], &["e"], text::ARCHIVE),
    bind(Action::Delete, &["#", "Delete"], &["#", "Delete"], text::DELETE),
    bind(Action::Read, &["u", "U"], &["u"], "Mark read or unread"),
    bind(Action::Flag, &["s"], &["s"], "Flag, or clear the flag"),
    bind(Action::Reply, &["r"], &["r"], text::REPLY),
    bind(Action::ReplyAll, &["a"], &["a"], text::REPLY_ALL),
    bind(Action::Compose, &["c"], &["c"], text::NEW_MESSAGE),
    bind(Action::Undo, &["z"], &["z"], text::UNDO),
    bind(Action::Group, &["v"], &["v"], text::GROUP),
    bind(Action::Storage, &[","], &[","], text::STORAGE),
    bind(Action::Help, &["?"], &["?"], text::KEYBOARD_SHORTCUTS),
];

/// The first key of an action, for a tooltip.
pub(super) fn key_of(action: Action) -> &'static str {
    BINDINGS
        .iter()
        .find(|binding| binding.action == action)
        .and_then(|binding| binding.shown.first())
        .copied()
        .unwrap_or_default()
}

fn action_of(key: &str) -> Option<Action> {
    BINDINGS.iter().find(|binding| binding.keys.contains(&key)).map(|binding| binding.action)
}

/// Where the focus is, as far as keys care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In something typed into, or in a dialog: keys belong to it.
    Taken,
    /// On the list, or nowhere: all keys are ours.
    List,
    /// On a button, a folder or the message: Enter, the arrows and whatever else scrolls belong to it.
    Elsewhere,
}

impl Place {
    fn of_focus() -> Self {
        let Some(active) = document().active_element() else { return Self::List };
        let within = |css: &str| active.closest(css).ok().flatten().is_some();
        if within("input, textarea, select, [contenteditable], dialog") {
            Self::Taken
        } else if active.tag_name() == "BODY" || within("[role=grid]") {
            Self::List
        } else {
            Self::Elsewhere
        }
    }

    fn allows(self, key: &str) -> bool {
        match self {
            Self::Taken => false,
            Self::List => true,
            Self::Elsewhere => {
                !matches!(key, "Enter" | "ArrowDown" | "ArrowUp" | "Home" | "End" | "PageDown" | "PageUp")
            }
        }
    }
}

/// Answers keys for as long as the view that calls this is shown.
pub(super) fn listen(app: App) {
    let listener = window_event_listener(leptos::ev::keydown, move |event| {
        let shortcut = event.ctrl_key() || event.meta_key() || event.alt_key();
        let typed_with_alt_gr = event.get_modifier_state("AltGraph");
        if event.default_prevented() || event.is_composing() || (shortcut && !typed_with_alt_gr) {
            return;
        }
        let key = event.key();
        let Some(action) = action_of(&key) else { return };
        if Place::of_focus().allows(&key) {
            event.prevent_default();
            perform(app, action);
        }
    });
    on_cleanup(move || listener.remove());
}

/// Does what an action says.
pub(super) fn perform(app: App, action: Action) {
    match action {
        Action::Next => app.step(1),
        Action::Previous => app.step(-1),
        Action::First => app.step(i32::MIN),
        Action::Last => app.step(i32::MAX),
        Action::PageDown => app.page(true),
        Action::PageUp => app.page(false),
        Action::Open => {
            if let Some(id) = app.current.get_untracked() {
                app.open_message(id);
                focus_after_paint("#message-subject");
            }
        }
        Action::Back => {
            app.close_message();
            focus_after_paint("[role=grid]");
        }
        Action::Archive => app.act(Verb::Archive),
        Action::Delete => app.act(Verb::Delete),
        Action::Read => app.act(Verb::Read),
        Action::Flag => app.act(Verb::Flag),
        Action::Reply => app.reply(false),
        Action::ReplyAll => app.reply(true),
        Action::Compose => app.compose(),
        Action::Undo => app.undo(),
        Action::Group => app.toggle_grouping(),
        Action::Storage => app.open_storage(),
        Action::Help => app.help.set(true),
    }
}

/// Moves the focus once the view has followed the state.
pub(super) fn focus_after_paint(css: &'static str) {
    page::after_paint(move || page::focus_selector(css));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things() {
        let mut keys: Vec<_> = BINDINGS.iter().flat_map(|binding| binding.keys).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all);
    }

    #[test]
    fn keys_in_fields_and_dialogs_are_left_alone() {
        assert!(!Place::Taken.allows("e"));
        assert!(Place::Elsewhere.allows("e"));
        assert!(!Place::Elsewhere.allows("Enter"));
        assert!(Place::List.allows("Enter"));
    }

    #[test]
    fn symbols_are_matched_as_typed() {
        assert_eq!(action_of("#"), Some(Action::Delete));
        assert_eq!(action_of("?"), Some(Action::Help));
        assert_eq!(action_of("/"), None);
    }
}

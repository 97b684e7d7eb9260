//! One list for all lists: keyed children, compiled once. A `<For>` of its own for each kind of item would weigh
//! seven kilobytes each.

use leptos::prelude::*;
use std::sync::Arc;

/// What tells one item of a list from the others; an item keeps its elements for as long as its key is there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::ui) enum Key {
    /// A place in a list whose items change.
    Place(u32),
    /// What an item is called, and all of it that its view does not follow by itself.
    Name(String),
}

impl Key {
    /// The place, of keys that are places.
    pub(in crate::ui) fn place(&self) -> u32 {
        match self {
            Self::Place(place) => *place,
            Self::Name(_) => 0,
        }
    }

    /// The first `end` places.
    pub(in crate::ui) fn places(end: u32) -> Vec<Self> {
        (0..end).map(Self::Place).collect()
    }
}

/// A view for each key, kept while the key stays.
pub(in crate::ui) fn each(
    keys: impl Fn() -> Vec<Key> + Send + Sync + 'static,
    item: impl Fn(Key) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    shared(Arc::new(keys), Arc::new(item))
}

type Keys = Arc<dyn Fn() -> Vec<Key> + Send + Sync>;
type Item = Arc<dyn Fn(Key) -> AnyView + Send + Sync>;

fn shared(keys: Keys, item: Item) -> AnyView {
    view! { <For each=move || keys() key=Key::clone children=move |key| item(key) /> }.into_any()
}

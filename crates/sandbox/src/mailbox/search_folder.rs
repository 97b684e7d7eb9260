//! Search folders: folders that show messages of other folders by a criterion, and hold none themselves.
//! Their rows are kept up with every write, so that lists, counts and delta need not know the difference.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::mailbox::Mailbox;
use crate::mailbox::changes::{Change, What};
use crate::mailbox::message::Message;
use crate::mailbox::tree::FolderRefusal;

/// Asks of a message whether it belongs; whoever reads the query makes it, because the mailbox knows no OData.
#[derive(Clone)]
pub(crate) struct Criterion(Arc<dyn Fn(&Message) -> bool + Send + Sync>);

impl Criterion {
    pub(crate) fn new(accepts: impl Fn(&Message) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(accepts))
    }
}

impl fmt::Debug for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Criterion")
    }
}

/// What a search folder looks for, and where.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    /// The query as the client wrote it.
    pub(crate) query: String,
    /// Ids of the folders that are searched.
    pub(crate) sources: Vec<String>,
    /// Whether the folders below the sources are searched too.
    pub(crate) nested: bool,
    pub(crate) criterion: Criterion,
    /// The messages that the folder's record of changes says are in it, with their ids at that time.
    told: BTreeMap<u64, (String, String)>,
}

impl Search {
    pub(crate) fn new(query: &str, sources: Vec<String>, nested: bool, criterion: Criterion) -> Self {
        Self { query: query.to_owned(), sources, nested, criterion, told: BTreeMap::new() }
    }
}

impl Mailbox {
    /// Makes a search folder under a parent.
    pub(crate) fn create_search_folder(
        &mut self,
        name: &str,
        parent: &str,
        search: Search,
    ) -> Result<String, FolderRefusal> {
        let id = self.create_folder(name, parent, false)?;
        self.searches.push(id.clone());
        self.change_search(&id, search);
        Ok(id)
    }

    /// Gives a search folder another search.
    pub(crate) fn change_search(&mut self, id: &str, mut search: Search) {
        if let Some(folder) = self.folders.get_mut(id) {
            if let Some(before) = folder.search.take() {
                search.told = before.told;
            }
            folder.search = Some(search);
        }
        self.search_again(id);
    }

    /// Searches anew in every search folder, because folders moved.
    pub(super) fn search_everywhere(&mut self) {
        for id in self.searches.clone() {
            self.search_again(&id);
        }
    }

    fn search_again(&mut self, id: &str) {
        let found: Vec<(i64, u64, bool)> = self
            .messages
            .iter()
            .filter(|(_, message)| self.belongs(id, message))
            .map(|(key, message)| (message.received_ms, *key, message.is_read))
            .collect();
        let mut touched: BTreeSet<u64> = found.iter().map(|(_, key, _)| *key).collect();
        if let Some(folder) = self.folders.get_mut(id) {
            folder.rows = found.iter().map(|(received, key, _)| (*received, *key)).collect();
            folder.unread = found.iter().filter(|(_, _, read)| !read).count();
            touched.extend(folder.search.iter().flat_map(|search| search.told.keys()));
        }
        self.change += 1;
        for key in touched {
            self.tell_search(id, key, None);
        }
        self.note_folder(id, false);
    }

    fn belongs(&self, id: &str, message: &Message) -> bool {
        let Some(search) = self.folders.get(id).and_then(|folder| folder.search.as_ref()) else {
            return false;
        };
        let inside = search
            .sources
            .iter()
            .any(|source| *source == message.folder || (search.nested && self.is_within(&message.folder, source)));
        inside && (search.criterion.0)(message)
    }

    /// Puts a message into the search folders it belongs to.
    pub(super) fn search_index(&mut self, key: u64) {
        for id in self.searches.clone() {
            if let Some(message) = self.messages.get(&key)
                && self.belongs(&id, message)
                && let Some(folder) = self.folders.get_mut(&id)
                && folder.rows.insert((message.received_ms, key))
            {
                folder.unread += usize::from(!message.is_read);
            }
        }
    }

    /// Takes a message out of all search folders, before it changes.
    pub(super) fn search_unindex(&mut self, key: u64) {
        for id in &self.searches {
            if let Some(message) = self.messages.get(&key)
                && let Some(folder) = self.folders.get_mut(id)
                && folder.rows.remove(&(message.received_ms, key))
            {
                folder.unread -= usize::from(!message.is_read);
            }
        }
    }

    /// Records what a change of a message means for the search folders.
    pub(super) fn search_record(&mut self, key: u64, change: &Change) {
        for id in self.searches.clone() {
            self.tell_search(&id, key, Some(change));
        }
    }

    fn tell_search(&mut self, id: &str, key: u64, change: Option<&Change>) {
        let at = self.change;
        let now = self
            .messages
            .get(&key)
            .map(|message| (message.received_ms, (message.immutable_id.clone(), message.default_id.clone())));
        let Some(folder) = self.folders.get_mut(id) else {
            return;
        };
        let inside = now.as_ref().filter(|(received, _)| folder.rows.contains(&(*received, key)));
        let Some(search) = folder.search.as_mut() else {
            return;
        };
        let entry = match (search.told.get(&key).cloned(), inside) {
            (None, None) => return,
            (Some((immutable, default)), None) => {
                search.told.remove(&key);
                Change::removed(at, key, &immutable, &default)
            }
            (None, Some((_, ids))) => {
                search.told.insert(key, ids.clone());
                Change::created(at, key)
            }
            (Some(_), Some((_, ids))) => {
                search.told.insert(key, ids.clone());
                match change.map(|change| &change.what) {
                    Some(What::Updated(properties)) => Change { at, key, what: What::Updated(properties.clone()) },
                    Some(What::Created | What::Removed { .. }) | None => return,
                }
            }
        };
        folder.changes.push(entry);
        self.note_folder(id, false);
    }
}

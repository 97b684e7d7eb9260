//! One person's mailbox: messages, folders, and the record of every change.
//! All writes go through here, because counts, indexes, delta and notifications must never disagree.

pub(crate) mod calendar;
pub(crate) mod changes;
pub(crate) mod contacts;
pub(crate) mod folder;
pub(crate) mod message;
mod names;
pub(crate) mod search_folder;
mod settle;
pub(crate) mod shelf;
mod threading;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use crate::mailbox::calendar::Calendar;
use crate::mailbox::changes::{Change, Deed, Event, FolderChange};
use crate::mailbox::contacts::Contacts;
use crate::mailbox::folder::{FIRST_FOLDERS, Folder};
use crate::mailbox::message::Message;
pub(crate) use crate::mailbox::tree::FolderRefusal;
use crate::meeting;
use crate::office::Office;
use crate::people::Person;
use crate::portrait::Portrait;

/// A message accepted for sending that waits to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Departure {
    pub(crate) due_ms: i64,
    pub(crate) key: u64,
    /// Whether a copy stays in Sent Items.
    pub(crate) save: bool,
}

/// Everything of one person's mail.
pub(crate) struct Mailbox {
    pub(crate) owner: &'static Person,
    seed: u64,
    messages: BTreeMap<u64, Message>,
    by_immutable: BTreeMap<String, u64>,
    by_default: BTreeMap<String, u64>,
    conversations: threading::Conversations,
    folders: BTreeMap<String, Folder>,
    /// Ids of the search folders, which every write may touch.
    searches: Vec<String>,
    /// Counts every write; ETags and delta tokens are made of it.
    change: u64,
    next_key: u64,
    folder_changes: BTreeMap<String, FolderChange>,
    pub(crate) events: Vec<Event>,
    pub(crate) departures: Vec<Departure>,
    pub(crate) contacts: Contacts,
    pub(crate) calendar: Calendar,
    /// The owner's picture.
    pub(crate) photo: Option<Portrait>,
    /// Fresh drafts on which Exchange still works, and when it will have changed them.
    pub(crate) bumps: Vec<(i64, u64)>,
    /// Fresh drafts whose first change meets that work.
    pub(crate) fresh: BTreeSet<u64>,
    /// Categories, rules, replies and other settings.
    pub(crate) office: Office,
    /// Delta tokens of another generation are dead.
    pub(crate) generation: u64,
    /// Off while the mailbox is filled for the first time, when nobody can be listening.
    pub(crate) recording: bool,
}

impl Mailbox {
    pub(crate) fn new(owner: &'static Person, seed: u64, generation: u64) -> Self {
        let mut mailbox = Self {
            owner,
            seed,
            messages: BTreeMap::new(),
            by_immutable: BTreeMap::new(),
            by_default: BTreeMap::new(),
            conversations: threading::Conversations::default(),
            folders: BTreeMap::new(),
            searches: Vec::new(),
            change: 0,
            next_key: 0,
            folder_changes: BTreeMap::new(),
            events: Vec::new(),
            departures: Vec::new(),
            contacts: Contacts::default(),
            calendar: Calendar::default(),
            photo: None,
            bumps: Vec::new(),
            fresh: BTreeSet::new(),
            office: Office::new(owner, seed),
            generation,
            recording: true,
        };
        for plan in &FIRST_FOLDERS {
            let parent = plan.parent.and_then(|name| mailbox.folder_id(name));
            mailbox.add_folder(plan.name, parent, plan.hidden, plan.well_known, plan.key);
        }
        mailbox
    }

    // ---- reading ----

    pub(crate) fn message(&self, key: u64) -> Option<&Message> {
        self.messages.get(&key)
    }

    pub(crate) fn messages(&self) -> impl DoubleEndedIterator<Item = (u64, &Message)> {
        self.messages.iter().map(|(key, message)| (*key, message))
    }

    /// The message with this id, in either format.
    pub(crate) fn find(&self, id: &str) -> Option<u64> {
        self.by_immutable.get(id).or_else(|| self.by_default.get(id)).copied()
    }

    pub(crate) fn folders(&self) -> impl Iterator<Item = &Folder> {
        self.folders.values()
    }

    pub(crate) fn folder(&self, id: &str) -> Option<&Folder> {
        self.folders.get(id)
    }

    /// The id of the folder with this id, well-known name, or first-folder key.
    pub(crate) fn folder_id(&self, name: &str) -> Option<String> {
        if self.folders.contains_key(name) {
            return Some(name.to_owned());
        }
        self.folders.values().find(|folder| folder.answers_to(name)).map(|folder| folder.id.clone())
    }

    pub(crate) fn child_count(&self, id: &str) -> usize {
        self.folders.values().filter(|folder| folder.parent.as_deref() == Some(id) && !folder.hidden).count()
    }

    /// The number of the latest write.
    pub(crate) fn head(&self) -> u64 {
        self.change
    }

    pub(crate) fn folder_changes(&self) -> &BTreeMap<String, FolderChange> {
        &self.folder_changes
    }

    // ---- writing messages ----

    /// Files a message that has no ids yet, and answers with its key.
    pub(crate) fn insert(&mut self, mut message: Message, folder: &str, now_ms: i64) -> u64 {
        let invitation = meeting::read(&mut message);
        let key = self.next_key;
        self.next_key += 1;
        message.immutable_id = self.immutable_name(key);
        message.default_id = self.default_name(key, 0);
        message.folder = folder.to_owned();
        message.created_ms = now_ms;
        message.modified_ms = now_ms;
        if message.internet_message_id.is_empty() {
            message.internet_message_id = self.message_id_for(key);
        }
        for at in 0..message.attachments.len() {
            let id = self.attachment_name(key, at);
            if let Some(one) = message.attachments.get_mut(at) {
                one.id = id;
                one.changed_ms.get_or_insert(now_ms);
            }
        }
        if message.conversation_id.is_empty() {
            self.conversations.join(&mut message, self.owner.address, self.seed);
        } else {
            self.conversations.learn(&message);
        }
        self.by_immutable.insert(message.immutable_id.clone(), key);
        self.by_default.insert(message.default_id.clone(), key);
        self.messages.insert(key, message);
        self.enter(key, Deed::Created);
        if let Some(invitation) = invitation {
            meeting::receive(self, key, &invitation, now_ms);
        }
        key
    }

    /// Changes a message in place; `properties` are Graph's names of what changes.
    pub(crate) fn update(
        &mut self,
        key: u64,
        properties: &[&'static str],
        now_ms: i64,
        edit: impl FnOnce(&mut Message),
    ) {
        self.unindex(key);
        self.change += 1;
        let change = self.change;
        if let Some(message) = self.messages.get_mut(&key) {
            edit(message);
            message.modified_ms = now_ms;
            message.change = change;
        }
        self.index(key);
        self.record(key, &Change::updated(change, key, properties), Deed::Updated);
    }

    /// Moves a message to another folder: same immutable id, new default id.
    pub(crate) fn relocate(&mut self, key: u64, folder: &str, now_ms: i64) {
        if self.messages.get(&key).is_none_or(|message| message.folder == folder) {
            return;
        }
        self.leave(key);
        let change = self.change;
        let default_id = self.default_name(key, change);
        if let Some(message) = self.messages.get_mut(&key) {
            self.by_default.remove(&message.default_id);
            message.default_id = default_id.clone();
            message.folder = folder.to_owned();
            message.modified_ms = now_ms;
        }
        self.by_default.insert(default_id, key);
        self.enter(key, Deed::Created);
    }

    /// Removes a message for good.
    pub(crate) fn remove(&mut self, key: u64) {
        self.leave(key);
        self.departures.retain(|departure| departure.key != key);
        if let Some(message) = self.messages.remove(&key) {
            self.by_immutable.remove(&message.immutable_id);
            self.by_default.remove(&message.default_id);
        }
    }

    fn enter(&mut self, key: u64, deed: Deed) {
        self.change += 1;
        let change = self.change;
        if let Some(message) = self.messages.get_mut(&key) {
            message.change = change;
        }
        self.index(key);
        self.record(key, &Change::created(change, key), deed);
    }

    fn leave(&mut self, key: u64) {
        self.unindex(key);
        self.change += 1;
        let Some(message) = self.messages.get(&key) else {
            return;
        };
        let change = Change::removed(self.change, key, &message.immutable_id, &message.default_id);
        self.record(key, &change, Deed::Deleted);
    }

    fn index(&mut self, key: u64) {
        if let Some(message) = self.messages.get(&key)
            && let Some(folder) = self.folders.get_mut(&message.folder)
        {
            folder.rows.insert((message.received_ms, key));
            folder.unread += usize::from(!message.is_read);
        }
        self.search_index(key);
    }

    fn unindex(&mut self, key: u64) {
        if let Some(message) = self.messages.get(&key)
            && let Some(folder) = self.folders.get_mut(&message.folder)
            && folder.rows.remove(&(message.received_ms, key))
        {
            folder.unread -= usize::from(!message.is_read);
        }
        self.search_unindex(key);
    }

    fn record(&mut self, key: u64, change: &Change, deed: Deed) {
        if !self.recording {
            return;
        }
        let Some(message) = self.messages.get(&key) else {
            return;
        };
        let folder = message.folder.clone();
        self.events.push(Event {
            deed,
            folder: folder.clone(),
            immutable_id: message.immutable_id.clone(),
            default_id: message.default_id.clone(),
            change: change.at,
        });
        if let Some(folder) = self.folders.get_mut(&folder) {
            folder.changes.push(change.clone());
        }
        self.note_folder(&folder, false);
        self.search_record(key, change);
    }
}

//! A person's contacts and the folders they are in.
//! A contact is kept as Graph's own properties, because nothing but Graph ever reads it.

use serde_json::{Map, Value, json};

use crate::mailbox::Mailbox;
use crate::mailbox::message::Message;
use crate::mailbox::shelf::Shelf;
use crate::portrait::Portrait;

/// One contact: Graph's properties as they were set, and a picture.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contact {
    pub(crate) fields: Map<String, Value>,
    pub(crate) photo: Option<Portrait>,
}

impl Contact {
    /// The text of a property, empty where it is not set.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The addresses, each with its name.
    pub(crate) fn addresses(&self) -> Vec<(String, String)> {
        let list = self.fields.get("emailAddresses").and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(|one| {
                let address = one.get("address")?.as_str()?;
                let name = one.get("name").and_then(Value::as_str).unwrap_or(address);
                Some((name.to_owned(), address.to_owned()))
            })
            .collect()
    }
}

/// A folder of contacts.
#[derive(Clone, Debug, Default)]
pub(crate) struct ContactFolder {
    pub(crate) name: String,
    /// The id of the folder above; the default folder has none.
    pub(crate) parent: Option<String>,
}

/// Everything of one person's contacts.
#[derive(Clone, Debug)]
pub(crate) struct Contacts {
    pub(crate) people: Shelf<Contact>,
    pub(crate) folders: Shelf<ContactFolder>,
}

impl Default for Contacts {
    fn default() -> Self {
        Self { people: Shelf::new(1), folders: Shelf::new(2) }
    }
}

impl Contacts {
    /// The id of the folder with this id, or of the default one by its well-known name.
    pub(crate) fn folder_id(&self, name: &str) -> Option<String> {
        let default = name.eq_ignore_ascii_case("contacts");
        self.folders
            .iter()
            .find(|one| one.immutable_id == name || (default && one.thing.parent.is_none()))
            .map(|one| one.immutable_id.clone())
    }
}

impl Mailbox {
    /// The id of the default folder, which is made when it is first needed.
    pub(crate) fn default_contacts(&mut self) -> String {
        match self.contacts.folder_id("contacts") {
            Some(id) => id,
            None => self.add_contact_folder("Contacts", None, 0),
        }
    }

    /// Adds a folder and answers with its id; folder ids are constant, so there is one format.
    pub(crate) fn add_contact_folder(&mut self, name: &str, parent: Option<String>, now_ms: i64) -> String {
        let key = self.contacts.folders.next_key();
        let mut entry = self.new_entry(key, "", ContactFolder { name: name.to_owned(), parent }, now_ms);
        entry.immutable_id = self.folder_name(&format!("contacts {key}"));
        entry.default_id.clone_from(&entry.immutable_id);
        let id = entry.immutable_id.clone();
        self.contacts.folders.put(entry);
        id
    }

    /// Adds a contact and answers with its key.
    pub(crate) fn add_contact(&mut self, contact: Contact, folder: &str, now_ms: i64) -> u64 {
        let key = self.contacts.people.next_key();
        let entry = self.new_entry(key, folder, contact, now_ms);
        self.contacts.people.put(entry);
        key
    }

    /// Changes a contact in place.
    pub(crate) fn edit_contact(&mut self, key: u64, now_ms: i64, edit: impl FnOnce(&mut Contact)) {
        let change = self.count_write();
        if let Some(entry) = self.contacts.people.entry_mut(key) {
            edit(&mut entry.thing);
            entry.change = change;
            entry.modified_ms = now_ms;
        }
    }

    /// Deletes a contact. With `bare`, Deleted Items shows it as a message of nobody, as Exchange does.
    pub(crate) fn remove_contact(&mut self, key: u64, bare: bool, now_ms: i64) {
        let name = self.contacts.people.entry(key).map(|one| one.thing.text("displayName").to_owned());
        let change = self.count_write();
        if !self.contacts.people.remove(key, change) || !bare {
            return;
        }
        let Some(bin) = self.folder_id("deleteditems") else {
            return;
        };
        let item = Message {
            subject: name.unwrap_or_default(),
            received_ms: now_ms,
            sent_ms: now_ms,
            is_read: true,
            ..Message::default()
        };
        self.insert(item, &bin, now_ms);
    }

    /// Deletes a folder of contacts and what is in it.
    pub(crate) fn remove_contact_folder(&mut self, id: &str) {
        let inside: Vec<u64> = self.contacts.people.iter().filter(|one| one.folder == id).map(|one| one.key).collect();
        for key in inside {
            let change = self.count_write();
            self.contacts.people.remove(key, change);
        }
        if let Some(key) = self.contacts.folders.find(id) {
            let change = self.count_write();
            self.contacts.folders.remove(key, change);
        }
    }
}

/// A contact of a name and an address, with further properties.
pub(crate) fn contact(given: &str, surname: &str, address: &str, more: Value) -> Contact {
    let name = [given, surname].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ");
    let mut fields = Map::new();
    fields.insert("givenName".to_owned(), json!(given));
    fields.insert("surname".to_owned(), json!(surname));
    let file_as = if surname.is_empty() { given.to_owned() } else { format!("{surname}, {given}") };
    fields.insert("fileAs".to_owned(), json!(file_as));
    fields.insert("emailAddresses".to_owned(), json!([{"name": name, "address": address}]));
    fields.insert("displayName".to_owned(), json!(name));
    if let Value::Object(more) = more {
        fields.extend(more);
    }
    Contact { fields, photo: None }
}

//! Folders of contacts: list, make, rename, delete, and following them.
//! The default folder is not in the list, but answers to its well-known name.

use serde_json::{Value, json};

use crate::graph::Outcome;
use crate::graph::call::{Call, text_member};
use crate::graph::contacts::{self, needs_reading, needs_writing};
use crate::graph::refusal::Refusal;
use crate::graph::rows::delta::{Followed, Tracked};
use crate::graph::rows::{self, Kind, Paging};
use crate::mailbox::Mailbox;
use crate::mailbox::contacts::ContactFolder;
use crate::mailbox::shelf::Entry;
use crate::sandbox::Sandbox;
use crate::web;

const FOLDER: Kind = Kind {
    name: "microsoft.graph.contactFolder",
    properties: &[
        "id",
        "parentFolderId",
        "displayName",
        "childFolders",
        "contacts",
        "singleValueExtendedProperties",
        "multiValueExtendedProperties",
    ],
    on_request: &[],
    page: 10,
    most: 1000,
    paging: Paging::Skip,
    item: true,
};

/// A call below `/me/contactFolders`.
pub(super) fn handle(sandbox: &mut Sandbox, call: &Call<'_>, rest: &[&str]) -> Outcome {
    let writes = call.method != http::Method::GET;
    if writes {
        needs_writing(call)?
    } else {
        needs_reading(call)?
    };
    let id = call.segment(2);
    match (call.method.as_str(), rest) {
        ("GET", []) => list(sandbox, call, "contacts", "contactFolders"),
        ("GET", ["$count"]) => {
            let mailbox = sandbox.mailbox(call.person)?;
            rows::count(call, &FOLDER, below(mailbox, "contacts")?)
        }
        ("GET", ["delta"]) => follow(sandbox.mailbox(call.person)?, call),
        ("POST", []) => create(sandbox, call, "contacts"),
        ("GET", [_]) => {
            let (entry, _) = find(sandbox.mailbox(call.person)?, id)?;
            rows::one(call, &FOLDER, 200, row(entry), call.context("contactFolders/$entity"))
        }
        ("PATCH", [_]) => rename(sandbox, call, id),
        ("DELETE", [_]) => {
            let (entry, default) = find(sandbox.mailbox(call.person)?, id)?;
            if default {
                return Err(Refusal::FolderDistinguished);
            }
            let id = entry.immutable_id.clone();
            sandbox.mailbox_mut(call.person)?.remove_contact_folder(&id);
            Ok(web::empty(204))
        }
        ("GET", [_, "childfolders"]) => list(sandbox, call, id, &format!("contactFolders('{id}')/childFolders")),
        ("POST", [_, "childfolders"]) => create(sandbox, call, id),
        (_, [_, "contacts"] | [_, "contacts", "$count" | "delta"]) => {
            let context = format!("contactFolders('{id}')/contacts");
            contacts::of_folder(sandbox, call, id, &context, rest.get(2..).unwrap_or_default())
        }
        (_, [_, "contacts", _, deeper @ ..]) => contacts::one(sandbox, call, 4, deeper),
        (_, [] | [_] | [_, "childfolders"]) => Err(Refusal::MethodNotAllowed),
        (_, [_, other, ..]) => Err(Refusal::NoSuchResource((*other).to_owned())),
    }
}

/// The folder with this id or well-known name, and whether it is the default one.
fn find<'m>(mailbox: &'m Mailbox, name: &str) -> Result<(&'m Entry<ContactFolder>, bool), Refusal> {
    let id = mailbox.contacts.folder_id(name).ok_or(Refusal::ItemNotFound)?;
    let key = mailbox.contacts.folders.find(&id).ok_or(Refusal::ItemNotFound)?;
    let entry = mailbox.contacts.folders.entry(key).ok_or(Refusal::ItemNotFound)?;
    Ok((entry, entry.thing.parent.is_none()))
}

fn row(entry: &Entry<ContactFolder>) -> Value {
    let parent = entry.thing.parent.as_ref().unwrap_or(&entry.immutable_id);
    json!({"id": entry.immutable_id, "parentFolderId": parent, "displayName": entry.thing.name})
}

fn below(mailbox: &Mailbox, parent: &str) -> Result<Vec<Value>, Refusal> {
    let (parent, _) = find(mailbox, parent)?;
    let id = &parent.immutable_id;
    Ok(mailbox.contacts.folders.iter().filter(|one| one.thing.parent.as_ref() == Some(id)).map(row).collect())
}

fn list(sandbox: &Sandbox, call: &Call<'_>, parent: &str, context: &str) -> Outcome {
    let rows = below(sandbox.mailbox(call.person)?, parent)?;
    rows::list(call, &FOLDER, rows, &call.context(context), true)
}

/// The name in a body.
fn name_of(call: &Call<'_>) -> Result<String, Refusal> {
    let body = call.json()?;
    let name = text_member(&body, "displayName").map(str::trim).filter(|name| !name.is_empty());
    name.map(str::to_owned).ok_or_else(|| Refusal::BadRequest("A folder needs a displayName.".to_owned()))
}

/// Refuses a name that another folder beside it has.
fn check_name(mailbox: &Mailbox, parent: Option<&String>, name: &str) -> Result<(), Refusal> {
    let taken = mailbox
        .contacts
        .folders
        .iter()
        .any(|one| one.thing.parent.as_ref() == parent && one.thing.name.to_lowercase() == name.to_lowercase());
    if taken { Err(Refusal::FolderExists(name.to_owned())) } else { Ok(()) }
}

fn create(sandbox: &mut Sandbox, call: &Call<'_>, parent: &str) -> Outcome {
    let name = name_of(call)?;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let parent = find(mailbox, parent)?.0.immutable_id.clone();
    check_name(mailbox, Some(&parent), &name)?;
    let id = mailbox.add_contact_folder(&name, Some(parent), call.now_ms);
    let (entry, _) = find(mailbox, &id)?;
    rows::one(call, &FOLDER, 201, row(entry), call.context("contactFolders/$entity"))
}

fn rename(sandbox: &mut Sandbox, call: &Call<'_>, id: &str) -> Outcome {
    let name = name_of(call)?;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let (entry, default) = find(mailbox, id)?;
    if default {
        return Err(Refusal::FolderDistinguished);
    }
    let (key, parent, old) = (entry.key, entry.thing.parent.clone(), entry.thing.name.clone());
    if old.to_lowercase() != name.to_lowercase() {
        check_name(mailbox, parent.as_ref(), &name)?;
    }
    let change = mailbox.count_write();
    if let Some(entry) = mailbox.contacts.folders.entry_mut(key) {
        entry.thing.name = name;
        entry.change = change;
        entry.modified_ms = call.now_ms;
    }
    let (entry, _) = find(mailbox, id)?;
    rows::one(call, &FOLDER, 200, row(entry), call.context("contactFolders/$entity"))
}

fn follow(mailbox: &Mailbox, call: &Call<'_>) -> Outcome {
    let followed = Followed { kind: &FOLDER, scope: "contactFolders".to_owned() };
    let round = followed.round(mailbox, call, || Ok(None))?;
    let tracked = |entry: &Entry<ContactFolder>, change: u64, there: bool| Tracked {
        place: format!("{:020}", entry.key),
        id: entry.immutable_id.clone(),
        change,
        row: there.then(|| row(entry)),
    };
    let mut all: Vec<Tracked> =
        mailbox.contacts.folders.iter().map(|entry| tracked(entry, entry.change, true)).collect();
    all.extend(mailbox.contacts.folders.gone().iter().map(|gone| tracked(&gone.entry, gone.at, false)));
    followed.page(mailbox, call, &round, all, "Collection(contactFolder)")
}

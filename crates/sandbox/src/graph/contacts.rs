//! Contacts: list, search, make, read, change, delete, and following them.
//! A contact keeps exactly the properties Graph has; values are checked when they are written.

use serde_json::{Map, Value, json};

use crate::graph::call::{Call, text_member};
use crate::graph::refusal::Refusal;
use crate::graph::rows::delta::{Followed, Tracked};
use crate::graph::rows::{self, Kind, Paging};
use crate::graph::{Outcome, photos};
use crate::mailbox::Mailbox;
use crate::mailbox::contacts::Contact;
use crate::mailbox::shelf::Entry;
use crate::sandbox::Sandbox;
use crate::time::{iso, parse_iso};
use crate::web;

pub(super) const CONTACT: Kind = Kind {
    name: "microsoft.graph.contact",
    properties: &[
        "id",
        "createdDateTime",
        "lastModifiedDateTime",
        "changeKey",
        "categories",
        "parentFolderId",
        "birthday",
        "fileAs",
        "displayName",
        "givenName",
        "initials",
        "middleName",
        "nickName",
        "surname",
        "title",
        "yomiGivenName",
        "yomiSurname",
        "yomiCompanyName",
        "generation",
        "imAddresses",
        "jobTitle",
        "companyName",
        "department",
        "officeLocation",
        "profession",
        "businessHomePage",
        "assistantName",
        "manager",
        "homePhones",
        "mobilePhone",
        "businessPhones",
        "spouseName",
        "personalNotes",
        "children",
        "emailAddresses",
        "primaryEmailAddress",
        "secondaryEmailAddress",
        "tertiaryEmailAddress",
        "homeAddress",
        "businessAddress",
        "otherAddress",
        "photo",
        "extensions",
        "singleValueExtendedProperties",
        "multiValueExtendedProperties",
    ],
    on_request: &[],
    page: 10,
    most: 1000,
    paging: Paging::Skip,
    item: true,
};

const TEXTS: [&str; 23] = [
    "fileAs",
    "displayName",
    "givenName",
    "initials",
    "middleName",
    "nickName",
    "surname",
    "title",
    "yomiGivenName",
    "yomiSurname",
    "yomiCompanyName",
    "generation",
    "jobTitle",
    "companyName",
    "department",
    "officeLocation",
    "profession",
    "businessHomePage",
    "assistantName",
    "manager",
    "mobilePhone",
    "spouseName",
    "personalNotes",
];
const LISTS: [&str; 5] = ["categories", "imAddresses", "homePhones", "businessPhones", "children"];
const ADDRESSES: [&str; 3] = ["homeAddress", "businessAddress", "otherAddress"];
const MAIL_ADDRESSES: [&str; 3] = ["primaryEmailAddress", "secondaryEmailAddress", "tertiaryEmailAddress"];
const EXPANDS: [&str; 4] = ["photo", "extensions", "singleValueExtendedProperties", "multiValueExtendedProperties"];

/// Exchange keeps this many addresses of a contact.
const MOST_ADDRESSES: usize = 3;

pub(super) fn needs_reading(call: &Call<'_>) -> Result<(), Refusal> {
    call.needs(&["Contacts.ReadWrite", "Contacts.Read"])
}

pub(super) fn needs_writing(call: &Call<'_>) -> Result<(), Refusal> {
    call.needs(&["Contacts.ReadWrite"])
}

/// A call about the contacts of a folder; `context` names the list.
pub(super) fn of_folder(sandbox: &mut Sandbox, call: &Call<'_>, folder: &str, context: &str, rest: &[&str]) -> Outcome {
    let folder = sandbox.mailbox(call.person)?.contacts.folder_id(folder).ok_or(Refusal::ItemNotFound)?;
    match (call.method.as_str(), rest) {
        ("GET", []) => {
            let rows = listed(sandbox.mailbox(call.person)?, call, &folder)?;
            rows::list(call, &CONTACT, rows, &call.context(context), true)
        }
        ("GET", ["$count"]) => rows::count(call, &CONTACT, listed(sandbox.mailbox(call.person)?, call, &folder)?),
        ("GET", ["delta"]) => follow(sandbox.mailbox(call.person)?, call, &folder),
        ("POST", []) => {
            needs_writing(call)?;
            let contact = apply(Contact::default(), &call.json()?)?;
            let mailbox = sandbox.mailbox_mut(call.person)?;
            let key = mailbox.add_contact(contact, &folder, call.now_ms);
            shown(mailbox, call, key, 201)
        }
        (_, [] | ["$count" | "delta"]) => Err(Refusal::MethodNotAllowed),
        (_, [other, ..]) => Err(Refusal::NoSuchResource((*other).to_owned())),
    }
}

/// A call about the contact whose id is the segment at `at`.
pub(super) fn one(sandbox: &mut Sandbox, call: &Call<'_>, at: usize, rest: &[&str]) -> Outcome {
    let id = call.segment(at);
    let mailbox = sandbox.mailbox(call.person)?;
    let Some(key) = mailbox.contacts.people.find(id) else {
        let strange = |c: char| !(c.is_ascii_alphanumeric() || "+/=-_".contains(c));
        let cut = id.len() < 20 || id.contains(strange);
        return Err(if cut { Refusal::IdMalformed } else { Refusal::ItemNotFound });
    };
    let writes = call.method != http::Method::GET;
    if writes {
        needs_writing(call)?
    } else {
        needs_reading(call)?
    };
    let entry = mailbox.contacts.people.entry(key).ok_or(Refusal::ItemNotFound)?;
    let etag = mailbox.etag(entry.change);
    match (call.method.as_str(), rest) {
        ("GET", []) => shown(mailbox, call, key, 200),
        ("PATCH", []) => {
            call.check_match(Some(&etag))?;
            let edited = apply(entry.thing.clone(), &call.json()?)?;
            let mailbox = sandbox.mailbox_mut(call.person)?;
            mailbox.edit_contact(key, call.now_ms, |contact| *contact = edited);
            shown(mailbox, call, key, 200)
        }
        ("DELETE", []) => {
            call.check_match(Some(&etag))?;
            let bare = sandbox.behaviour.deleted_contacts_show;
            sandbox.mailbox_mut(call.person)?.remove_contact(key, bare, call.now_ms);
            Ok(web::empty(204))
        }
        ("POST", ["permanentdelete"]) => {
            sandbox.mailbox_mut(call.person)?.remove_contact(key, false, call.now_ms);
            Ok(web::empty(204))
        }
        (_, ["photo", deeper @ ..]) => photos::of_contact(sandbox, call, key, deeper),
        (_, [] | ["permanentdelete"]) => Err(Refusal::MethodNotAllowed),
        (_, [other, ..]) => Err(Refusal::NoSuchResource((*other).to_owned())),
    }
}

fn shown(mailbox: &Mailbox, call: &Call<'_>, key: u64, status: u16) -> Outcome {
    let entry = mailbox.contacts.people.entry(key).ok_or(Refusal::ItemNotFound)?;
    let row = row(mailbox, call, entry)?;
    let mut answer = rows::one(call, &CONTACT, status, row, call.context("contacts/$entity"))?;
    if status == 201 {
        let id = web::percent_encode(id_of(call, entry));
        let location = format!("{}/users('{}')/contacts('{id}')", call.base, call.person.object_id);
        web::set(&mut answer, "location", &location);
    }
    Ok(answer)
}

fn id_of<'e>(call: &Call<'_>, entry: &'e Entry<Contact>) -> &'e str {
    if call.immutable { &entry.immutable_id } else { &entry.default_id }
}

/// A contact with every property, set or not.
fn row(mailbox: &Mailbox, call: &Call<'_>, entry: &Entry<Contact>) -> Result<Value, Refusal> {
    let mut object = Map::new();
    for name in TEXTS {
        object.insert(name.to_owned(), Value::Null);
    }
    for name in LISTS {
        object.insert(name.to_owned(), json!([]));
    }
    for name in ADDRESSES {
        object.insert(name.to_owned(), json!({}));
    }
    object.insert("birthday".to_owned(), Value::Null);
    object.insert("emailAddresses".to_owned(), json!([]));
    object.extend(entry.thing.fields.clone());
    let addresses = object.get("emailAddresses").and_then(Value::as_array).cloned().unwrap_or_default();
    for (at, name) in MAIL_ADDRESSES.into_iter().enumerate() {
        object.insert(name.to_owned(), addresses.get(at).cloned().unwrap_or(Value::Null));
    }
    object.insert("@odata.etag".to_owned(), json!(mailbox.etag(entry.change)));
    object.insert("id".to_owned(), json!(id_of(call, entry)));
    object.insert("createdDateTime".to_owned(), json!(iso(entry.created_ms)));
    object.insert("lastModifiedDateTime".to_owned(), json!(iso(entry.modified_ms)));
    object.insert("changeKey".to_owned(), json!(mailbox.change_key(entry.change)));
    object.insert("parentFolderId".to_owned(), json!(entry.folder));
    for name in rows::expands(call, &CONTACT, &EXPANDS)? {
        let value = match (name, &entry.thing.photo) {
            ("photo", Some(photo)) => {
                let (width, height) = photo.largest();
                json!({"id": format!("{width}x{height}"), "width": width, "height": height})
            }
            ("photo", None) => Value::Null,
            _ => json!([]),
        };
        object.insert(name.to_owned(), value);
    }
    Ok(Value::Object(object))
}

/// The rows of a folder that pass `$search`.
fn listed(mailbox: &Mailbox, call: &Call<'_>, folder: &str) -> Result<Vec<Value>, Refusal> {
    needs_reading(call)?;
    let search = call.query.first("$search").map(|text| text.trim().trim_matches('"').to_lowercase());
    if search.is_some() && call.query.first("$filter").is_some() {
        return Err(Refusal::SearchWithFilter);
    }
    if search.is_some() && call.query.first("$orderby").is_some() {
        return Err(Refusal::SearchWithOrderBy);
    }
    let fits = |contact: &Contact| {
        let Some(search) = &search else { return true };
        let texts = ["displayName", "givenName", "surname", "nickName", "companyName"].map(|name| contact.text(name));
        let addresses = contact.addresses();
        let all: Vec<&str> = texts.into_iter().chain(addresses.iter().map(|(_, address)| address.as_str())).collect();
        search.split_whitespace().all(|word| {
            all.iter().any(|text| text.to_lowercase().split([' ', '@', '.']).any(|part| part.starts_with(word)))
        })
    };
    let inside = mailbox.contacts.people.iter().filter(|one| one.folder == folder && fits(&one.thing));
    inside.map(|one| row(mailbox, call, one)).collect()
}

fn follow(mailbox: &Mailbox, call: &Call<'_>, folder: &str) -> Outcome {
    needs_reading(call)?;
    let followed = Followed { kind: &CONTACT, scope: format!("contacts {folder}") };
    let round = followed.round(mailbox, call, || Ok(None))?;
    let mut tracked = Vec::new();
    let place = |entry: &Entry<Contact>| format!("{:020}", entry.key);
    for entry in mailbox.contacts.people.iter().filter(|one| one.folder == folder) {
        let row = Some(row(mailbox, call, entry)?);
        let id = id_of(call, entry).to_owned();
        tracked.push(Tracked { place: place(entry), id, change: entry.change, row });
    }
    for gone in mailbox.contacts.people.gone().iter().filter(|one| one.entry.folder == folder) {
        let id = id_of(call, &gone.entry).to_owned();
        tracked.push(Tracked { place: place(&gone.entry), id, change: gone.at, row: None });
    }
    followed.page(mailbox, call, &round, tracked, "Collection(contact)")
}

/// The contact as the body wants it.
fn apply(mut contact: Contact, body: &Value) -> Result<Contact, Refusal> {
    let Some(object) = body.as_object() else {
        return Err(Refusal::BadRequest("The request body must be an object.".to_owned()));
    };
    for (name, value) in object {
        if let Some((name, value)) = checked(name, value)? {
            contact.fields.insert(name.to_owned(), value);
        }
    }
    named(&mut contact);
    Ok(contact)
}

/// Fills the names that follow from others.
fn named(contact: &mut Contact) {
    let parts = ["givenName", "middleName", "surname"].map(|name| contact.text(name).to_owned());
    let full = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ");
    if contact.text("displayName").is_empty() && !full.is_empty() {
        contact.fields.insert("displayName".to_owned(), json!(full));
    }
    if contact.text("fileAs").is_empty() {
        let [given, _, surname] = &parts;
        let both = !given.is_empty() && !surname.is_empty();
        let file_as = if both { format!("{surname}, {given}") } else { contact.text("displayName").to_owned() };
        contact.fields.insert("fileAs".to_owned(), json!(file_as));
    }
}

/// A property as it is kept; none where it is read-only or unknown, which Graph takes without effect.
fn checked(name: &str, value: &Value) -> Result<Option<(&'static str, Value)>, Refusal> {
    let bad = || Refusal::BadRequest(format!("The value of '{name}' is not valid."));
    let same = |known: &&&'static str| known.eq_ignore_ascii_case(name);
    if let Some(name) = TEXTS.iter().find(same) {
        return if value.is_string() || value.is_null() { Ok(Some((name, value.clone()))) } else { Err(bad()) };
    }
    if let Some(name) = LISTS.iter().find(same) {
        let list = value.as_array().ok_or_else(bad)?;
        return if list.iter().all(Value::is_string) { Ok(Some((name, value.clone()))) } else { Err(bad()) };
    }
    if let Some(name) = ADDRESSES.iter().find(same) {
        return physical(value).map(|value| Some((*name, value))).ok_or_else(bad);
    }
    if name.eq_ignore_ascii_case("birthday") {
        let at = value.as_str().and_then(parse_iso);
        return match (value, at) {
            (Value::Null, _) => Ok(Some(("birthday", Value::Null))),
            (_, Some(at)) => Ok(Some(("birthday", json!(iso(at))))),
            (_, None) => Err(bad()),
        };
    }
    if name.eq_ignore_ascii_case("emailAddresses") {
        let list = value.as_array().filter(|list| list.len() <= MOST_ADDRESSES).ok_or_else(bad)?;
        let one = |value: &Value| {
            let address = text_member(value, "address")?;
            Some(json!({"name": text_member(value, "name").unwrap_or(address), "address": address}))
        };
        let list: Vec<Value> = list.iter().map(one).collect::<Option<_>>().ok_or_else(bad)?;
        return Ok(Some(("emailAddresses", Value::Array(list))));
    }
    Ok(None)
}

/// An address on paper: its members are texts.
fn physical(value: &Value) -> Option<Value> {
    if value.is_null() {
        return Some(json!({}));
    }
    let mut out = Map::new();
    for name in ["street", "city", "state", "countryOrRegion", "postalCode"] {
        match web::member(value, name) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => {
                out.insert(name.to_owned(), json!(text));
            }
            Some(_) => return None,
        }
    }
    value.is_object().then_some(Value::Object(out))
}

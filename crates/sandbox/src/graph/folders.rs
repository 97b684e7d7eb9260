//! Folders: list, read, make, rename, move, delete.
//! Lists are shallow and page by ten, as Graph's are.

use serde_json::{Value, json};

use crate::graph::call::{Call, text_member};
use crate::graph::query::{Page, Select};
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer, render};
use crate::mailbox::folder::Folder;
use crate::mailbox::{FolderRefusal, Mailbox};
use crate::sandbox::Sandbox;
use crate::web;

impl From<FolderRefusal> for Refusal {
    fn from(refusal: FolderRefusal) -> Self {
        match refusal {
            FolderRefusal::Unknown => Self::ItemNotFound,
            FolderRefusal::Exists => Self::FolderExists("Could not create folder.".to_owned()),
            FolderRefusal::Distinguished => Self::FolderDistinguished,
            FolderRefusal::BadName => Self::BadRequest("The folder name is empty.".to_owned()),
        }
    }
}

/// Well-known names that this mailbox has no folder for; Graph answers 404 for them.
const ABSENT: [&str; 9] = [
    "clutter",
    "conflicts",
    "localfailures",
    "recoverableitemsdeletions",
    "scheduled",
    "searchfolders",
    "serverfailures",
    "syncissues",
    "notes",
];

/// The id of the folder that an id or a well-known name means.
pub(super) fn find(mailbox: &Mailbox, name: &str) -> Result<String, Refusal> {
    if let Some(id) = mailbox.folder_id(name) {
        return Ok(id);
    }
    let known = ABSENT.iter().any(|absent| absent.eq_ignore_ascii_case(name));
    if known || name.len() > 24 { Err(Refusal::ItemNotFound) } else { Err(Refusal::IdMalformed) }
}

/// The children of a folder.
pub(super) fn children(sandbox: &Sandbox, call: &Call<'_>, parent: &str) -> Outcome {
    call.needs_reading()?;
    let select = Select::folders(call.query.first("$select"))?;
    let page = Page::read(&call.query)?;
    let mailbox = sandbox.mailbox(call.person)?;
    let parent = find(mailbox, parent)?;
    let hidden = wants_hidden(call);
    let mut all: Vec<&Folder> = mailbox
        .folders()
        .filter(|folder| folder.parent.as_deref() == Some(parent.as_str()))
        .filter(|folder| hidden || !folder.hidden)
        .collect();
    all.sort_by_key(|folder| folder.name.to_lowercase());
    let rows: Vec<Value> =
        all.iter().skip(page.skip).take(page.top).map(|folder| render::folder(mailbox, folder, &select)).collect();
    let mut value = json!({ "value": rows });
    if let Some(object) = value.as_object_mut() {
        if page.count {
            object.insert("@odata.count".to_owned(), json!(all.len()));
        }
        let next = page.skip.saturating_add(page.top);
        if next < all.len() {
            let link = call.link_with("$skip", &next.to_string());
            object.insert("@odata.nextLink".to_owned(), json!(link));
        }
    }
    Ok(answer(200, call.context("mailFolders"), value))
}

/// Whether the request asks for hidden folders too.
pub(super) fn wants_hidden(call: &Call<'_>) -> bool {
    call.query.first("includeHiddenFolders").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// GET, PATCH or DELETE of one folder.
pub(super) fn one(sandbox: &mut Sandbox, call: &Call<'_>, name: &str) -> Outcome {
    let id = find(sandbox.mailbox(call.person)?, name)?;
    match call.method.as_str() {
        "GET" => {
            call.needs_reading()?;
            shown(sandbox, call, &id, 200)
        }
        "PATCH" => {
            call.needs_writing()?;
            let body = call.json()?;
            if let Some(name) = text_member(&body, "displayName") {
                sandbox.mailbox_mut(call.person)?.rename_folder(&id, name)?;
            }
            shown(sandbox, call, &id, 200)
        }
        "DELETE" => {
            call.needs_writing()?;
            sandbox.mailbox_mut(call.person)?.delete_folder(&id)?;
            Ok(web::empty(204))
        }
        _ => Err(Refusal::MethodNotAllowed),
    }
}

pub(super) fn create(sandbox: &mut Sandbox, call: &Call<'_>, parent: &str) -> Outcome {
    call.needs_writing()?;
    let body = call.json()?;
    let name = text_member(&body, "displayName").unwrap_or_default();
    let hidden = web::member(&body, "isHidden").and_then(Value::as_bool).unwrap_or(false);
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let parent = find(mailbox, parent)?;
    let id = mailbox.create_folder(name, &parent, hidden)?;
    shown(sandbox, call, &id, 201)
}

pub(super) fn relocate(sandbox: &mut Sandbox, call: &Call<'_>, name: &str) -> Outcome {
    call.needs_writing()?;
    let body = call.json()?;
    let to = text_member(&body, "destinationId").unwrap_or_default();
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let (id, to) = (find(mailbox, name)?, find(mailbox, to)?);
    mailbox.move_folder(&id, &to)?;
    shown(sandbox, call, &id, 201)
}

fn shown(sandbox: &Sandbox, call: &Call<'_>, id: &str, status: u16) -> Outcome {
    let select = Select::folders(call.query.first("$select"))?;
    let mailbox = sandbox.mailbox(call.person)?;
    let folder = mailbox.folder(id).ok_or(Refusal::ItemNotFound)?;
    let value = render::folder(mailbox, folder, &select);
    Ok(answer(status, call.context("mailFolders/$entity"), value))
}

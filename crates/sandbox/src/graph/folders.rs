//! Folders: list, count, read, make, rename, move, copy, delete.
//! Lists are shallow and page by ten, as Graph's are.

use serde_json::{Value, json};

use crate::graph::call::{Call, text_member};
use crate::graph::filter::Filter;
use crate::graph::folder_view::{Listing, View};
use crate::graph::members;
use crate::graph::query::{FOLDER_PROPERTIES, Page};
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer};
use crate::mailbox::search_folder::{Criterion, Search};
use crate::mailbox::{FolderRefusal, Mailbox};
use crate::sandbox::Sandbox;
use crate::web::{self, percent_encode};

/// Properties of a folder's body beside those that are shown.
const NEIGHBOURS: [&str; 5] =
    ["childFolders", "messages", "messageRules", "singleValueExtendedProperties", "multiValueExtendedProperties"];
/// What a search folder has beside what every folder has.
const SEARCH: [&str; 4] = ["isSupported", "includeNestedFolders", "sourceFolderIds", "filterQuery"];

impl From<FolderRefusal> for Refusal {
    fn from(refusal: FolderRefusal) -> Self {
        match refusal {
            FolderRefusal::Unknown => Self::ItemNotFound,
            FolderRefusal::Exists => Self::FolderExists("Could not create folder.".to_owned()),
            FolderRefusal::Distinguished => Self::FolderDistinguished,
            FolderRefusal::Unmovable => Self::FolderUnmovable,
            FolderRefusal::BadName => Self::BadRequest("A folder name has 1 to 255 characters.".to_owned()),
            FolderRefusal::IntoItself => Self::FolderIntoItself,
            FolderRefusal::NoPlace => Self::FolderNoPlace,
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

/// The id of a folder that messages can be put into.
pub(super) fn place(mailbox: &Mailbox, name: &str) -> Result<String, Refusal> {
    let id = find(mailbox, name)?;
    let searches = mailbox.folder(&id).is_some_and(|folder| folder.search.is_some());
    if searches { Err(Refusal::FolderNoPlace) } else { Ok(id) }
}

/// Turns `mailFolders/A/childFolders/B/…` into `mailFolders/B/…`, where B is a child of A.
pub(super) fn unnest(sandbox: &Sandbox, call: &mut Call<'_>) -> Result<(), Refusal> {
    loop {
        let words: Vec<&str> = call.words.iter().map(String::as_str).collect();
        if !matches!(words.as_slice(), ["me", "mailfolders", _, "childfolders", child, ..] if !is_function(child)) {
            return Ok(());
        }
        let mailbox = sandbox.mailbox(call.person)?;
        let (parent, child) = (find(mailbox, call.segment(2))?, find(mailbox, call.segment(4))?);
        if mailbox.folder(&child).is_none_or(|folder| folder.parent.as_ref() != Some(&parent)) {
            return Err(Refusal::ItemNotFound);
        }
        call.words.splice(2..5, [child.to_ascii_lowercase()]);
        call.segments.splice(2..5, [child]);
    }
}

fn is_function(word: &str) -> bool {
    matches!(word, "$count" | "delta")
}

/// The children of a folder.
pub(super) fn children(sandbox: &Sandbox, call: &Call<'_>, parent: &str) -> Outcome {
    call.needs_reading()?;
    let listing = Listing::read(&call.query)?;
    let page = Page::read(&call.query)?;
    let mailbox = sandbox.mailbox(call.person)?;
    let parent = find(mailbox, parent)?;
    let hidden = wants_hidden(call);
    let all = listing.chosen(mailbox, &parent, hidden);
    let shown = all.iter().skip(page.skip).take(page.top);
    let rows: Vec<Value> = shown.map(|folder| listing.view.show(mailbox, folder, hidden, call)).collect();
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
    let context = match call.segments.len() {
        0..=2 => "mailFolders".to_owned(),
        _ => format!("mailFolders('{}')/childFolders", percent_encode(call.segment(2))),
    };
    Ok(answer(200, call.context(&context), value))
}

/// The number of a folder's children, as text.
pub(super) fn count(sandbox: &Sandbox, call: &Call<'_>, parent: &str) -> Outcome {
    call.needs_reading()?;
    let listing = Listing::read(&call.query)?;
    let mailbox = sandbox.mailbox(call.person)?;
    let parent = find(mailbox, parent)?;
    let count = listing.chosen(mailbox, &parent, wants_hidden(call)).len();
    Ok(web::answer(200, "text/plain", count.to_string().into_bytes()))
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
            change(sandbox.mailbox_mut(call.person)?, &call.json()?, &id)?;
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

/// Carries out a PATCH; everything is read before anything changes.
fn change(mailbox: &mut Mailbox, body: &Value, id: &str) -> Result<(), Refusal> {
    let folder = mailbox.folder(id).ok_or(Refusal::ItemNotFound)?;
    let search = match &folder.search {
        Some(before) => {
            members::check(body, &[&FOLDER_PROPERTIES, &NEIGHBOURS, &SEARCH], "mailSearchFolder")?;
            let named = SEARCH.iter().any(|name| web::member(body, name).is_some());
            named.then(|| search(mailbox, body, Some(before))).transpose()?
        }
        None => {
            members::check(body, &[&FOLDER_PROPERTIES, &NEIGHBOURS], "mailFolder")?;
            None
        }
    };
    if members::truth(body, "isHidden")?.is_some_and(|hidden| hidden != folder.hidden) {
        return Err(Refusal::FolderFixed("isHidden".to_owned()));
    }
    let marks = marks(body)?;
    if let Some(name) = members::text(body, "displayName")? {
        mailbox.rename_folder(id, name)?;
    }
    if let Some(search) = search {
        mailbox.change_search(id, search);
    }
    mailbox.mark_folder(id, marks);
    Ok(())
}

pub(super) fn create(sandbox: &mut Sandbox, call: &Call<'_>, parent: &str) -> Outcome {
    call.needs_writing()?;
    let body = call.json()?;
    let kind = members::kind(&body);
    let searching = match kind.as_deref() {
        None | Some("mailfolder") => false,
        Some("mailsearchfolder") => true,
        Some(_) => return Err(members::wrong(&json!(kind), "microsoft.graph.mailFolder")),
    };
    let (extra, kind): (&[&str], _) = if searching { (&SEARCH, "mailSearchFolder") } else { (&[], "mailFolder") };
    members::check(&body, &[&FOLDER_PROPERTIES, &NEIGHBOURS, extra], kind)?;
    let name = members::text(&body, "displayName")?.ok_or(Refusal::PropertyMissing("displayName"))?;
    let hidden = members::truth(&body, "isHidden")?.unwrap_or(false);
    let marks = marks(&body)?;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let parent = find(mailbox, parent)?;
    let id = if searching {
        let search = search(mailbox, &body, None)?;
        mailbox.create_search_folder(name, &parent, search)?
    } else {
        mailbox.create_folder(name, &parent, hidden)?
    };
    mailbox.mark_folder(&id, marks);
    let mut answer = shown(sandbox, call, &id, 201)?;
    let location = format!("{}/users('{}')/mailFolders('{}')", call.base, call.person.object_id, percent_encode(&id));
    web::set(&mut answer, "location", &location);
    Ok(answer)
}

/// The search that a body describes; what it leaves out stays as before.
fn search(mailbox: &Mailbox, body: &Value, before: Option<&Search>) -> Result<Search, Refusal> {
    let query = members::text(body, "filterQuery")?
        .or(before.map(|before| before.query.as_str()))
        .ok_or(Refusal::PropertyMissing("filterQuery"))?;
    let filter = Filter::parse(query)?;
    let sources = match (members::list(body, "sourceFolderIds")?, before) {
        (Some(list), _) => list
            .iter()
            .map(|one| place(mailbox, one.as_str().ok_or_else(|| members::wrong(one, "Edm.String"))?))
            .collect::<Result<Vec<_>, _>>()?,
        (None, Some(before)) => before.sources.clone(),
        (None, None) => Vec::new(),
    };
    if sources.is_empty() {
        return Err(Refusal::PropertyMissing("sourceFolderIds"));
    }
    let nested = members::truth(body, "includeNestedFolders")?.or(before.map(|before| before.nested)).unwrap_or(false);
    Ok(Search::new(query, sources, nested, Criterion::new(move |message| filter.accepts(message))))
}

/// The extended properties of a body.
fn marks(body: &Value) -> Result<Vec<(String, String)>, Refusal> {
    let list = members::list(body, "singleValueExtendedProperties")?.map_or(&[][..], Vec::as_slice);
    list.iter()
        .map(|one| {
            let id = members::text(one, "id")?.ok_or(Refusal::PropertyMissing("id"))?;
            let value = members::text(one, "value")?.unwrap_or_default();
            Ok((id.to_owned(), value.to_owned()))
        })
        .collect()
}

/// Puts a folder elsewhere.
pub(super) fn relocate(sandbox: &mut Sandbox, call: &Call<'_>, name: &str) -> Outcome {
    call.needs_writing()?;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let (id, to) = (find(mailbox, name)?, destination(mailbox, call)?);
    mailbox.move_folder(&id, &to)?;
    shown(sandbox, call, &id, 201)
}

/// Copies a folder with everything in it.
pub(super) fn copy(sandbox: &mut Sandbox, call: &Call<'_>, name: &str) -> Outcome {
    call.needs_writing()?;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let (id, to) = (find(mailbox, name)?, destination(mailbox, call)?);
    let copy = mailbox.copy_folder(&id, &to, call.now_ms)?;
    shown(sandbox, call, &copy, 201)
}

fn destination(mailbox: &Mailbox, call: &Call<'_>) -> Result<String, Refusal> {
    let body = call.json()?;
    let name = text_member(&body, "destinationId")
        .ok_or_else(|| Refusal::BadRequest("The destinationId is missing.".to_owned()))?;
    find(mailbox, name)
}

/// Deletes a folder for good.
pub(super) fn purge(sandbox: &mut Sandbox, call: &Call<'_>, name: &str) -> Outcome {
    call.needs_writing()?;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let id = find(mailbox, name)?;
    mailbox.purge_folder(&id)?;
    Ok(web::empty(204))
}

fn shown(sandbox: &Sandbox, call: &Call<'_>, id: &str, status: u16) -> Outcome {
    let view = View::read(&call.query)?;
    let mailbox = sandbox.mailbox(call.person)?;
    let folder = mailbox.folder(id).ok_or(Refusal::ItemNotFound)?;
    let value = view.show(mailbox, folder, wants_hidden(call), call);
    Ok(answer(status, call.context("mailFolders/$entity"), value))
}

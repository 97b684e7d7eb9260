//! Pictures of people and of contacts: what there is, in which sizes, and the bytes.
//! Whoever has none gives 404, which clients meet far more often than a picture.

use serde_json::{Value, json};

use crate::directory::{self, Home};
use crate::graph::call::Call;
use crate::graph::refusal::Refusal;
use crate::graph::refusal_people::PeopleRefusal;
use crate::graph::rows::{self, Kind, Paging};
use crate::graph::{Outcome, answer};
use crate::people;
use crate::portrait::{Portrait, SIDES};
use crate::sandbox::Sandbox;
use crate::web::{self, Answer};

const PHOTO: Kind = Kind {
    name: "microsoft.graph.profilePhoto",
    properties: &["id", "height", "width"],
    on_request: &[],
    page: 10,
    most: 1000,
    paging: Paging::Skip,
    item: true,
};

/// The largest size, under which a picture without one is kept.
const LARGEST: u16 = 648;

/// A call below `/me/photo` or `/me/photos`.
pub(super) fn own(sandbox: &mut Sandbox, call: &Call<'_>, words: &[&str]) -> Outcome {
    match (call.method.as_str(), words) {
        ("GET", _) => {
            call.needs(&["User.Read", "User.ReadWrite", "User.ReadBasic.All", "User.Read.All"])?;
            let photo = sandbox.mailbox(call.person)?.photo.as_ref();
            look(call, photo, words, "me")
        }
        ("PUT" | "PATCH", ["photo"] | ["photo", "$value"]) => {
            call.needs(&["User.ReadWrite", "User.ReadWrite.All", "ProfilePhoto.ReadWrite.All"])?;
            if is_picture(call) {
                let photo = read(call)?;
                sandbox.mailbox_mut(call.person)?.photo = Some(photo);
            }
            written(call, sandbox.mailbox(call.person)?.photo.as_ref(), "me")
        }
        ("DELETE", ["photo"] | ["photo", "$value"]) => {
            call.needs(&["User.ReadWrite", "User.ReadWrite.All", "ProfilePhoto.ReadWrite.All"])?;
            let before = sandbox.mailbox_mut(call.person)?.photo.take();
            if before.is_some() { Ok(web::empty(204)) } else { Err(PeopleRefusal::ImageNotFound.into()) }
        }
        _ => Err(Refusal::MethodNotAllowed),
    }
}

/// A call about the picture of somebody else in the directory; `rest` follows `photo` or `photos`.
pub(super) fn of_another(sandbox: &Sandbox, call: &Call<'_>, who: &str, rest: &[&str]) -> Outcome {
    if call.method != http::Method::GET {
        return Err(PeopleRefusal::DirectoryDenied.into());
    }
    let found = directory::find(who).ok_or_else(|| PeopleRefusal::UserNotFound(who.to_owned()))?;
    // Every other colleague without a mailbox here has a picture.
    let seeded = Portrait::Seeded(found.address.clone());
    let photo = match found.home {
        Home::Here => people::find(who).and_then(|person| sandbox.mailbox(person).ok()?.photo.clone()),
        Home::Nowhere | Home::OnPremises => (found.surname.len() % 2 == 0).then_some(seeded),
    };
    let plural = call.segment(2).eq_ignore_ascii_case("photos");
    let words: Vec<&str> =
        std::iter::once(if plural { "photos" } else { "photo" }).chain(rest.iter().copied()).collect();
    look(call, photo.as_ref(), &words, &format!("users('{}')", found.id))
}

/// Reads a picture, its sizes or its bytes; `whose` names the owner in the context line.
fn look(call: &Call<'_>, photo: Option<&Portrait>, words: &[&str], whose: &str) -> Outcome {
    let none = || Refusal::from(PeopleRefusal::ImageNotFound);
    let size = |name: &str| {
        let side: u16 = name.split('x').next().and_then(|side| side.parse().ok()).ok_or_else(none)?;
        (SIDES.contains(&side) && name == format!("{side}x{side}")).then_some(side).ok_or_else(none)
    };
    let context = |what: &str| format!("{}/$metadata#{whose}/{what}", call.base);
    match words {
        ["photo"] => rows::one(call, &PHOTO, 200, row(photo.ok_or_else(none)?, None), context("photo/$entity")),
        ["photo", "$value"] => Ok(bytes(photo.ok_or_else(none)?, LARGEST)),
        ["photos"] => {
            let all = photo.map_or_else(Vec::new, |one| SIDES.iter().map(|side| row(one, Some(*side))).collect());
            rows::list(call, &PHOTO, all, &context("photos"), false)
        }
        ["photos", name] => {
            let photo = photo.ok_or_else(none)?;
            rows::one(call, &PHOTO, 200, row(photo, Some(size(name)?)), context("photos/$entity"))
        }
        ["photos", name, "$value"] => Ok(bytes(photo.ok_or_else(none)?, size(name)?)),
        [.., other] => Err(Refusal::NoSuchResource((*other).to_owned())),
        [] => Err(Refusal::NoSuchResource(String::new())),
    }
}

/// The picture of a contact; `rest` follows `photo`.
pub(super) fn of_contact(sandbox: &mut Sandbox, call: &Call<'_>, key: u64, rest: &[&str]) -> Outcome {
    let words: Vec<&str> = std::iter::once("photo").chain(rest.iter().copied()).collect();
    let whose = format!("users('{}')/contacts('{}')", call.person.object_id, call.segment(2));
    let photo = |sandbox: &Sandbox| -> Result<Option<Portrait>, Refusal> {
        let entry = sandbox.mailbox(call.person)?.contacts.people.entry(key).ok_or(Refusal::ItemNotFound)?;
        Ok(entry.thing.photo.clone())
    };
    match (call.method.as_str(), words.as_slice()) {
        ("GET", words) => look(call, photo(sandbox)?.as_ref(), words, &whose),
        ("PUT" | "PATCH", ["photo"] | ["photo", "$value"]) => {
            if is_picture(call) {
                let picture = read(call)?;
                let mailbox = sandbox.mailbox_mut(call.person)?;
                mailbox.edit_contact(key, call.now_ms, |contact| contact.photo = Some(picture));
            }
            written(call, photo(sandbox)?.as_ref(), &whose)
        }
        _ => Err(Refusal::MethodNotAllowed),
    }
}

/// Whether the body is a picture; JSON is the description of one, in which nothing can be set.
fn is_picture(call: &Call<'_>) -> bool {
    !web::header(call.headers, "content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("json"))
}

fn read(call: &Call<'_>) -> Result<Portrait, Refusal> {
    Portrait::from_bytes(call.body).ok_or_else(|| PeopleRefusal::NotAPicture.into())
}

/// The answer to a write: nothing after PUT, the description after PATCH.
fn written(call: &Call<'_>, photo: Option<&Portrait>, whose: &str) -> Outcome {
    if call.method == http::Method::PUT {
        return Ok(web::empty(204));
    }
    let photo = photo.ok_or(PeopleRefusal::ImageNotFound)?;
    Ok(answer(200, format!("{}/$metadata#{whose}/photo/$entity", call.base), row(photo, None)))
}

fn row(photo: &Portrait, side: Option<u16>) -> Value {
    let (width, height) = side.map_or_else(|| photo.largest(), |side| (u32::from(side), u32::from(side)));
    json!({
        "@odata.mediaContentType": photo.kind(),
        "@odata.mediaEtag": format!("\"{}\"", photo.tag()),
        "id": format!("{width}x{height}"),
        "width": width,
        "height": height,
    })
}

fn bytes(photo: &Portrait, side: u16) -> Answer {
    let (kind, bytes) = photo.picture(side);
    let mut answer = web::answer(200, kind, bytes);
    web::set(&mut answer, "etag", &format!("\"{}\"", photo.tag()));
    answer
}

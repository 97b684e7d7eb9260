//! The master list of categories on the wire.
//! A name is for ever: renaming is refused, as Graph does.

use serde_json::{Value, json};

use crate::graph::call::Call;
use crate::graph::office::read::{members, text};
use crate::graph::office::refusal::OfficeRefusal;
use crate::graph::office::{READ_SETTINGS, WRITE_SETTINGS};
use crate::graph::refusal::Refusal;
use crate::graph::rows::{self, Kind};
use crate::graph::{Outcome, answer};
use crate::office::categories::{Category, CategoryRefusal, color};
use crate::sandbox::Sandbox;
use crate::web;

const KIND: Kind = Kind::short("microsoft.graph.outlookCategory", &PROPERTIES);
const PROPERTIES: [&str; 3] = ["id", "displayName", "color"];

pub(super) fn handle(sandbox: &mut Sandbox, call: &Call<'_>, rest: &[&str]) -> Outcome {
    let writes = !matches!(call.method.as_str(), "GET");
    call.needs(if writes { &WRITE_SETTINGS } else { &READ_SETTINGS })?;
    let rows = || -> Result<Vec<Value>, Refusal> {
        Ok(sandbox.mailbox(call.person)?.office.categories.iter().map(shown).collect())
    };
    match (call.method.as_str(), rest) {
        ("GET", []) => rows::list(call, &KIND, rows()?, &call.context("outlook/masterCategories"), true),
        ("GET", ["$count"]) => rows::count(call, &KIND, rows()?),
        ("POST", []) => create(sandbox, call),
        ("GET" | "PATCH" | "DELETE", [_]) => one(sandbox, call),
        (_, [] | [_]) => Err(Refusal::MethodNotAllowed),
        (_, [.., other]) => Err(Refusal::NoSuchResource((*other).to_owned())),
    }
}

fn shown(category: &Category) -> Value {
    json!({"id": category.id, "displayName": category.name, "color": category.color})
}

/// The colour a body gives; a missing or empty one is none.
fn color_of(value: Option<&Value>) -> Result<String, Refusal> {
    match value.filter(|value| !value.is_null()) {
        None => Ok("none".to_owned()),
        Some(value) => {
            let word = text("color", value)?;
            color(word).ok_or_else(|| OfficeRefusal::UnknownWord(word.to_owned()).into())
        }
    }
}

fn create(sandbox: &mut Sandbox, call: &Call<'_>) -> Outcome {
    let body = call.json()?;
    let given = members(&body, &PROPERTIES, KIND.name)?;
    let find = |wanted: &str| given.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
    let name = text("displayName", find("displayName").ok_or(OfficeRefusal::Missing("displayName"))?)?;
    let color = color_of(find("color"))?;
    let office = &mut sandbox.mailbox_mut(call.person)?.office;
    let category = office.add_category(name, color).map_err(|refusal| match refusal {
        CategoryRefusal::Nameless => OfficeRefusal::Missing("displayName"),
        CategoryRefusal::TooLong => OfficeRefusal::CategoryTooLong,
        CategoryRefusal::Taken => OfficeRefusal::CategoryExists(name.to_owned()),
    })?;
    let location =
        format!("{}/users('{}')/outlook/masterCategories('{}')", call.base, call.person.object_id, category.id);
    let mut answer = answer(201, call.context("outlook/masterCategories/$entity"), shown(&category));
    web::set(&mut answer, "location", &location);
    Ok(answer)
}

fn one(sandbox: &mut Sandbox, call: &Call<'_>) -> Outcome {
    let id = call.segment(3);
    let categories = &mut sandbox.mailbox_mut(call.person)?.office.categories;
    let at = categories.iter().position(|one| one.id.eq_ignore_ascii_case(id)).ok_or(Refusal::ItemNotFound)?;
    if call.method.as_str() != "GET" {
        call.check_match(None)?;
    }
    if call.method.as_str() == "DELETE" {
        categories.remove(at);
        return Ok(web::empty(204));
    }
    let category = categories.get_mut(at).ok_or(Refusal::ItemNotFound)?;
    if call.method.as_str() == "PATCH" {
        let body = call.json()?;
        let mut fresh = category.clone();
        for (name, value) in members(&body, &PROPERTIES, KIND.name)? {
            match name {
                "color" => fresh.color = color_of(Some(value))?,
                "displayName" if value.as_str() != Some(&category.name) => {
                    return Err(OfficeRefusal::ReadOnly(name.to_owned()).into());
                }
                _ => {}
            }
        }
        *category = fresh;
    }
    rows::one(call, &KIND, 200, shown(category), call.context("outlook/masterCategories/$entity"))
}

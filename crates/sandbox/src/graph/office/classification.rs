//! Focused inbox on the wire: the classification itself, and its overrides by sender.
//! Posting an override for a known sender changes it, as Graph says.

use serde_json::{Value, json};

use crate::graph::call::Call;
use crate::graph::office::read::{mail_address, members, text};
use crate::graph::office::refusal::OfficeRefusal;
use crate::graph::refusal::Refusal;
use crate::graph::rows::{self, Kind};
use crate::graph::{Outcome, answer};
use crate::office::classification::Override;
use crate::sandbox::Sandbox;
use crate::web;

const KIND: Kind = Kind::short("microsoft.graph.inferenceClassificationOverride", &PROPERTIES);
const PROPERTIES: [&str; 3] = ["id", "classifyAs", "senderEmailAddress"];
const WHOLE: Kind = Kind::short("microsoft.graph.inferenceClassification", &["id"]);

pub(super) fn handle(sandbox: &mut Sandbox, call: &Call<'_>, rest: &[&str]) -> Outcome {
    match call.method.as_str() {
        "GET" => call.needs(&["Mail.Read", "Mail.ReadWrite"])?,
        _ => call.needs_writing()?,
    }
    let rows = || -> Result<Vec<Value>, Refusal> {
        Ok(sandbox.mailbox(call.person)?.office.overrides.iter().map(shown).collect())
    };
    match (call.method.as_str(), rest) {
        ("GET" | "PATCH", []) => whole(sandbox, call),
        ("GET", ["overrides"]) => {
            rows::list(call, &KIND, rows()?, &call.context("inferenceClassification/overrides"), true)
        }
        ("GET", ["overrides", "$count"]) => rows::count(call, &KIND, rows()?),
        ("POST", ["overrides"]) => create(sandbox, call),
        ("GET" | "PATCH" | "DELETE", ["overrides", _]) => one(sandbox, call),
        (_, [] | ["overrides"] | ["overrides", _]) => Err(Refusal::MethodNotAllowed),
        (_, [.., other]) => Err(Refusal::NoSuchResource((*other).to_owned())),
    }
}

/// The classification has nothing of its own to change.
fn whole(sandbox: &Sandbox, call: &Call<'_>) -> Outcome {
    if call.method.as_str() == "PATCH" {
        members(&call.json()?, &["id", "overrides"], WHOLE.name)?;
    }
    let id = sandbox.mailbox(call.person)?.office.own_guid("inference classification");
    rows::one(call, &WHOLE, 200, json!({ "id": id }), call.context("inferenceClassification/$entity"))
}

fn word(other: bool) -> &'static str {
    if other { "other" } else { "focused" }
}

fn shown(one: &Override) -> Value {
    json!({
        "id": one.id,
        "classifyAs": word(one.other),
        "senderEmailAddress": {"name": one.sender.name, "address": one.sender.address},
    })
}

/// Whether the body's `classifyAs` says Other.
fn other(value: &Value) -> Result<bool, Refusal> {
    let said = text("classifyAs", value)?;
    [false, true]
        .into_iter()
        .find(|other| word(*other).eq_ignore_ascii_case(said))
        .ok_or_else(|| OfficeRefusal::UnknownWord(said.to_owned()).into())
}

fn create(sandbox: &mut Sandbox, call: &Call<'_>) -> Outcome {
    let body = call.json()?;
    let given = members(&body, &PROPERTIES, KIND.name)?;
    let find = |wanted: &'static str| {
        given.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value).ok_or(OfficeRefusal::Missing(wanted))
    };
    let sender = mail_address(find("senderEmailAddress")?)?;
    let other = other(find("classifyAs")?)?;
    let made = sandbox
        .mailbox_mut(call.person)?
        .office
        .classify(sender, other)
        .map_err(|_full| OfficeRefusal::OverridesFull)?;
    Ok(answer(201, call.context("inferenceClassification/overrides/$entity"), shown(&made)))
}

fn one(sandbox: &mut Sandbox, call: &Call<'_>) -> Outcome {
    let id = call.segment(3);
    let overrides = &mut sandbox.mailbox_mut(call.person)?.office.overrides;
    let at = overrides.iter().position(|one| one.id.eq_ignore_ascii_case(id)).ok_or(Refusal::ItemNotFound)?;
    if call.method.as_str() != "GET" {
        call.check_match(None)?;
    }
    if call.method.as_str() == "DELETE" {
        overrides.remove(at);
        return Ok(web::empty(204));
    }
    let known = overrides.get_mut(at).ok_or(Refusal::ItemNotFound)?;
    if call.method.as_str() == "PATCH" {
        let body = call.json()?;
        let mut fresh = known.clone();
        for (name, value) in members(&body, &PROPERTIES, KIND.name)? {
            match name {
                "classifyAs" => fresh.other = other(value)?,
                // Another sender is another override.
                "senderEmailAddress" if !mail_address(value)?.address.eq_ignore_ascii_case(&known.sender.address) => {
                    return Err(OfficeRefusal::ReadOnly(name.to_owned()).into());
                }
                _ => {}
            }
        }
        *known = fresh;
    }
    rows::one(call, &KIND, 200, shown(known), call.context("inferenceClassification/overrides/$entity"))
}

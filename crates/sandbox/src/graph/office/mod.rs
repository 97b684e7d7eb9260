//! The settings side of Graph: categories, focused inbox, mailbox settings, rules, mail tips, id translation.
//! Which handler a path means is decided here; what it does to mail is the business of `crate::office`.

mod automatic;
mod categories;
mod classification;
mod lists;
mod read;
pub(crate) mod refusal;
mod rule_json;
mod rules;
pub(super) mod settings;
mod tips;
mod translate;

use http::Method;
use serde_json::json;

use crate::graph::Outcome;
use crate::graph::call::Call;
use crate::graph::office::refusal::OfficeRefusal;
use crate::graph::refusal::Refusal;
use crate::graph::rows::{self, Kind};
use crate::sandbox::Sandbox;

pub(crate) use crate::graph::office::rules::made as made_rule;

const READ_SETTINGS: [&str; 2] = ["MailboxSettings.Read", "MailboxSettings.ReadWrite"];
const WRITE_SETTINGS: [&str; 1] = ["MailboxSettings.ReadWrite"];
/// What functions ask that tell nothing of the mailbox.
const READ_USER: [&str; 5] =
    ["User.Read", "User.ReadBasic.All", "User.ReadWrite", "User.Read.All", "User.ReadWrite.All"];

impl From<OfficeRefusal> for Refusal {
    fn from(refusal: OfficeRefusal) -> Self {
        Self::Office(refusal)
    }
}

/// Answers a call whose path begins with `me` and one of this module's words.
pub(super) fn handle(sandbox: &mut Sandbox, call: &Call<'_>, words: &[&str]) -> Outcome {
    let get = call.method == Method::GET;
    let post = call.method == Method::POST;
    match words {
        ["outlook"] if get => outlook(sandbox, call),
        ["outlook", "mastercategories", rest @ ..] => categories::handle(sandbox, call, rest),
        ["outlook", function] if get && function.starts_with("supported") => lists::read(call, function),
        ["mailboxsettings", rest @ ..] => settings::handle(sandbox, call, rest),
        ["inferenceclassification", rest @ ..] => classification::handle(sandbox, call, rest),
        ["getmailtips"] if post => tips::read(sandbox, call),
        ["translateexchangeids"] if post => translate::read(sandbox, call),
        ["outlook" | "getmailtips" | "translateexchangeids"] => Err(Refusal::MethodNotAllowed),
        [.., other] => Err(Refusal::NoSuchResource((*other).to_owned())),
        [] => Err(Refusal::NoSuchResource(String::new())),
    }
}

/// A call about the rules of a folder, at whatever depth the folder is named.
pub(super) fn handle_rules(sandbox: &mut Sandbox, call: &Call<'_>) -> Outcome {
    let at = call.words.iter().rposition(|word| word == "messagerules").unwrap_or(0);
    let folder = call.segment(at.saturating_sub(1)).to_owned();
    let rest: Vec<&str> = call.segments.iter().skip(at + 1).map(String::as_str).collect();
    rules::handle(sandbox, call, &folder, &rest)
}

/// The Outlook services of the person: nothing but the way to its parts.
fn outlook(sandbox: &Sandbox, call: &Call<'_>) -> Outcome {
    call.needs(&[&READ_USER[..], &READ_SETTINGS[..]].concat())?;
    let id = sandbox.mailbox(call.person)?.office.own_guid("outlook");
    let kind = Kind::short("microsoft.graph.outlookUser", &["id"]);
    rows::one(call, &kind, 200, json!({ "id": id }), call.context("outlook/$entity"))
}

//! Message rules on the wire: list, read, make, change, delete.
//! A PATCH replaces `conditions`, `exceptions` and `actions` whole, as Exchange does.

use serde_json::{Map, Value, json};

use crate::graph::call::Call;
use crate::graph::folders;
use crate::graph::office::read::{members, text, truth};
use crate::graph::office::refusal::OfficeRefusal;
use crate::graph::office::rule_json::{actions, conditions, shown_actions, shown_conditions};
use crate::graph::office::{READ_SETTINGS, WRITE_SETTINGS};
use crate::graph::refusal::Refusal;
use crate::graph::rows::{self, Kind};
use crate::graph::{Outcome, answer};
use crate::mailbox::Mailbox;
use crate::office::rule::Rule;
use crate::sandbox::Sandbox;
use crate::web;

const KIND: Kind = Kind::short("microsoft.graph.messageRule", &PROPERTIES);
const PROPERTIES: [&str; 9] =
    ["id", "displayName", "sequence", "isEnabled", "hasError", "isReadOnly", "conditions", "exceptions", "actions"];

/// Answers a call about the rules of a folder; `rest` is the path after `messageRules`, as sent.
pub(super) fn handle(sandbox: &mut Sandbox, call: &Call<'_>, folder: &str, rest: &[&str]) -> Outcome {
    let writes = !matches!(call.method.as_str(), "GET");
    call.needs(if writes { &WRITE_SETTINGS } else { &READ_SETTINGS })?;
    let mailbox = sandbox.mailbox_mut(call.person)?;
    let folder = folders::find(mailbox, folder)?;
    if mailbox.folder_id("inbox").as_deref() != Some(folder.as_str()) {
        return Err(OfficeRefusal::RulesElsewhere.into());
    }
    let rows =
        || -> Vec<Value> { mailbox.office.rules_in_order().into_iter().map(|rule| shown(mailbox, rule)).collect() };
    match (call.method.as_str(), rest) {
        ("GET", []) => {
            let context = call.context("mailFolders('inbox')/messageRules");
            rows::list(call, &KIND, rows(), &context, true)
        }
        ("GET", ["$count"]) => rows::count(call, &KIND, rows()),
        ("POST", []) => create(mailbox, call),
        ("GET" | "PATCH" | "DELETE", [id]) => one(mailbox, call, id),
        (_, [] | [_]) => Err(Refusal::MethodNotAllowed),
        (_, [.., other]) => Err(Refusal::NoSuchResource((*other).to_owned())),
    }
}

/// A rule as Graph shows it: what only a desktop client understands stays hidden.
fn shown(mailbox: &Mailbox, rule: &Rule) -> Value {
    let mut object = Map::new();
    let plain = [
        ("id", json!(rule.id)),
        ("displayName", json!(rule.name)),
        ("sequence", json!(rule.sequence)),
        ("isEnabled", json!(rule.enabled)),
        ("hasError", json!(rule.has_error(mailbox))),
        ("isReadOnly", json!(rule.read_only)),
    ];
    object.extend(plain.map(|(name, value)| (name.to_owned(), value)));
    if !rule.read_only {
        for (name, list) in [("conditions", &rule.conditions), ("exceptions", &rule.exceptions)] {
            if !list.is_empty() {
                object.insert(name.to_owned(), shown_conditions(list));
            }
        }
        object.insert("actions".to_owned(), shown_actions(&rule.actions));
    }
    Value::Object(object)
}

/// Makes a rule of a body; tests make rules by a control call through here too.
pub(crate) fn made(mailbox: &mut Mailbox, body: &Value) -> Result<Rule, Refusal> {
    let mut rule = Rule {
        id: String::new(),
        name: String::new(),
        sequence: mailbox.office.last_sequence(),
        enabled: true,
        read_only: false,
        broken: false,
        conditions: Vec::new(),
        exceptions: Vec::new(),
        actions: Vec::new(),
    };
    apply(&mut rule, body)?;
    if rule.name.trim().is_empty() {
        return Err(OfficeRefusal::Missing("displayName").into());
    }
    if rule.actions.is_empty() {
        return Err(OfficeRefusal::RuleWithoutAction.into());
    }
    check_folders(mailbox, &rule)?;
    rule.id = mailbox.office.fresh_rule_id();
    Ok(rule)
}

fn create(mailbox: &mut Mailbox, call: &Call<'_>) -> Outcome {
    let rule = made(mailbox, &call.json()?)?;
    let value = shown(mailbox, &rule);
    mailbox.office.rules.push(rule);
    Ok(answer(201, call.context("mailFolders('inbox')/messageRules/$entity"), value))
}

fn one(mailbox: &mut Mailbox, call: &Call<'_>, id: &str) -> Outcome {
    let at = mailbox.office.rules.iter().position(|rule| rule.id == id).ok_or(Refusal::ItemNotFound)?;
    let mut rule = mailbox.office.rules.get(at).ok_or(Refusal::ItemNotFound)?.clone();
    let writes = call.method.as_str() != "GET";
    if writes {
        call.check_match(None)?;
    }
    if writes && rule.read_only {
        return Err(OfficeRefusal::RuleReadOnly.into());
    }
    if call.method.as_str() == "DELETE" {
        mailbox.office.rules.remove(at);
        return Ok(web::empty(204));
    }
    if writes {
        apply(&mut rule, &call.json()?)?;
        check_folders(mailbox, &rule)?;
        if let Some(kept) = mailbox.office.rules.get_mut(at) {
            kept.clone_from(&rule);
        }
    }
    rows::one(call, &KIND, 200, shown(mailbox, &rule), call.context("mailFolders('inbox')/messageRules/$entity"))
}

fn apply(rule: &mut Rule, body: &Value) -> Result<(), Refusal> {
    for (name, value) in members(body, &PROPERTIES, KIND.name)? {
        match name {
            "displayName" => text(name, value)?.clone_into(&mut rule.name),
            "sequence" => {
                let number = value.as_i64().and_then(|number| i32::try_from(number).ok()).filter(|one| *one >= 0);
                rule.sequence = number.ok_or_else(|| OfficeRefusal::WrongType(name.to_owned()))?;
            }
            "isEnabled" => rule.enabled = truth(name, value)?,
            "conditions" => rule.conditions = conditions(value)?,
            "exceptions" => rule.exceptions = conditions(value)?,
            "actions" => rule.actions = actions(value)?,
            // The service decides these, and clients send back what they read.
            _ => {}
        }
    }
    Ok(())
}

fn check_folders(mailbox: &Mailbox, rule: &Rule) -> Result<(), Refusal> {
    match rule.folders().find(|folder| mailbox.folder_id(folder).is_none()) {
        Some(folder) => Err(OfficeRefusal::RuleFolderUnknown(folder.to_owned()).into()),
        None => Ok(()),
    }
}

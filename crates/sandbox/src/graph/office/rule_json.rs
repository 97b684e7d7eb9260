//! Message rules between JSON and their meaning, both ways.
//! One table of names each way, so that what is read is what is shown.

use serde_json::{Map, Value, json};

use crate::graph::office::read::{members, recipients, text, texts, truth, word};
use crate::graph::office::refusal::OfficeRefusal;
use crate::graph::refusal::Refusal;
use crate::mailbox::message::{Address, Importance};
use crate::office::condition::{ActionFlag, Condition, Place, Sensitivity, Trait};
use crate::office::rule::{Action, Passing};
use crate::web::member;

const IMPORTANCES: [Importance; 3] = [Importance::Low, Importance::Normal, Importance::High];
const ACTIONS: [&str; 11] = [
    "assignCategories",
    "copyToFolder",
    "delete",
    "forwardAsAttachmentTo",
    "forwardTo",
    "markAsRead",
    "markImportance",
    "moveToFolder",
    "permanentDelete",
    "redirectTo",
    "stopProcessingRules",
];
const OTHER_PREDICATES: [&str; 7] = [
    "categories",
    "fromAddresses",
    "importance",
    "messageActionFlag",
    "sensitivity",
    "sentToAddresses",
    "withinSizeRange",
];

/// Reads `conditions` or `exceptions`; null means none.
pub(super) fn conditions(value: &Value) -> Result<Vec<Condition>, Refusal> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let known: Vec<&'static str> =
        Place::ALL.map(Place::word).into_iter().chain(Trait::ALL.map(Trait::word)).chain(OTHER_PREDICATES).collect();
    let mut found = Vec::new();
    for (name, value) in members(value, &known, "microsoft.graph.messageRulePredicates")? {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !empty {
            found.push(condition(name, value)?);
        }
    }
    Ok(found)
}

fn condition(name: &'static str, value: &Value) -> Result<Condition, Refusal> {
    if let Some(place) = Place::ALL.into_iter().find(|place| place.word() == name) {
        return Ok(Condition::Says(place, texts(name, value)?));
    }
    if let Some(kind) = Trait::ALL.into_iter().find(|kind| kind.word() == name) {
        return Ok(Condition::Is(kind, truth(name, value)?));
    }
    Ok(match name {
        "categories" => Condition::Categories(texts(name, value)?),
        "fromAddresses" => Condition::From(recipients(name, value)?),
        "sentToAddresses" => Condition::SentTo(recipients(name, value)?),
        "importance" => Condition::Importance(word(name, value, &IMPORTANCES, Importance::word)?),
        "sensitivity" => Condition::Sensitivity(word(name, value, &Sensitivity::ALL, Sensitivity::word)?),
        "messageActionFlag" => Condition::ActionFlag(word(name, value, &ActionFlag::ALL, ActionFlag::word)?),
        _ => {
            let end = |name: &str| -> Result<Option<i64>, Refusal> {
                let Some(size) = member(value, name).filter(|size| !size.is_null()) else {
                    return Ok(None);
                };
                let size = size.as_i64().filter(|size| (0..=i64::from(i32::MAX)).contains(size));
                Ok(Some(size.ok_or_else(|| OfficeRefusal::WrongType(name.to_owned()))?))
            };
            Condition::Size { least: end("minimumSize")?, most: end("maximumSize")? }
        }
    })
}

/// Reads `actions`: at least one is needed.
pub(super) fn actions(value: &Value) -> Result<Vec<Action>, Refusal> {
    let mut found = Vec::new();
    if !value.is_null() {
        for (name, value) in members(value, &ACTIONS, "microsoft.graph.messageRuleActions")? {
            let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            if !empty {
                found.push(action(name, value)?);
            }
        }
    }
    let does = |action: &Action| {
        !matches!(
            action,
            Action::Delete(false) | Action::DeleteForGood(false) | Action::MarkRead(false) | Action::Stop(false)
        )
    };
    if found.iter().any(does) { Ok(found) } else { Err(OfficeRefusal::RuleWithoutAction.into()) }
}

fn action(name: &'static str, value: &Value) -> Result<Action, Refusal> {
    if let Some(form) = Passing::ALL.into_iter().find(|form| form.word() == name) {
        return Ok(Action::Pass(form, recipients(name, value)?));
    }
    Ok(match name {
        "assignCategories" => Action::AssignCategories(texts(name, value)?),
        "copyToFolder" => Action::CopyTo(text(name, value)?.to_owned()),
        "moveToFolder" => Action::MoveTo(text(name, value)?.to_owned()),
        "delete" => Action::Delete(truth(name, value)?),
        "permanentDelete" => Action::DeleteForGood(truth(name, value)?),
        "markAsRead" => Action::MarkRead(truth(name, value)?),
        "markImportance" => Action::MarkImportance(word(name, value, &IMPORTANCES, Importance::word)?),
        _ => Action::Stop(truth(name, value)?),
    })
}

fn people(list: &[Address]) -> Value {
    list.iter().map(|one| json!({"emailAddress": {"name": one.name, "address": one.address}})).collect()
}

/// Conditions or exceptions as Graph shows them: only what is asked.
pub(super) fn shown_conditions(conditions: &[Condition]) -> Value {
    let mut object = Map::new();
    for one in conditions {
        let (name, value) = match one {
            Condition::Says(place, words) => (place.word(), json!(words)),
            Condition::Categories(names) => ("categories", json!(names)),
            Condition::From(list) => ("fromAddresses", people(list)),
            Condition::SentTo(list) => ("sentToAddresses", people(list)),
            Condition::Is(kind, yes) => (kind.word(), json!(yes)),
            Condition::Importance(importance) => ("importance", json!(importance.word())),
            Condition::Sensitivity(sensitivity) => ("sensitivity", json!(sensitivity.word())),
            Condition::ActionFlag(flag) => ("messageActionFlag", json!(flag.word())),
            Condition::Size { least, most } => {
                ("withinSizeRange", json!({"minimumSize": least.unwrap_or(0), "maximumSize": most.unwrap_or(0)}))
            }
        };
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}

/// Actions as Graph shows them.
pub(super) fn shown_actions(actions: &[Action]) -> Value {
    let mut object = Map::new();
    for one in actions {
        let (name, value) = match one {
            Action::AssignCategories(names) => ("assignCategories", json!(names)),
            Action::CopyTo(folder) => ("copyToFolder", json!(folder)),
            Action::MoveTo(folder) => ("moveToFolder", json!(folder)),
            Action::Delete(yes) => ("delete", json!(yes)),
            Action::DeleteForGood(yes) => ("permanentDelete", json!(yes)),
            Action::MarkRead(yes) => ("markAsRead", json!(yes)),
            Action::MarkImportance(importance) => ("markImportance", json!(importance.word())),
            Action::Pass(form, to) => (form.word(), people(to)),
            Action::Stop(yes) => ("stopProcessingRules", json!(yes)),
        };
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}

//! Control calls about a mailbox's settings: what a test needs and Graph offers no call for.
//! A rule of a desktop client, a full mailbox, a tip an administrator wrote.

use serde_json::{Value, json};

use crate::control::{Outcome, person, text};
use crate::graph::office::made_rule;
use crate::sandbox::Sandbox;

/// Adds a rule, Graph's JSON under `rule`, that may be read-only or in error.
pub(super) fn rule(sandbox: &mut Sandbox, body: &Value) -> Outcome {
    let person = person(text(body, "user")?)?;
    let flag = |name: &str| body.get(name).and_then(Value::as_bool).unwrap_or(false);
    let given = body.get("rule").ok_or("rule is missing.")?;
    let mailbox = sandbox.mailbox_mut(person).map_err(|_| "There is no such mailbox.")?;
    let mut rule = made_rule(mailbox, given).map_err(|refusal| format!("Graph would refuse the rule: {refusal:?}."))?;
    rule.read_only = flag("read_only");
    rule.broken = flag("has_error");
    let id = rule.id.clone();
    mailbox.office.rules.push(rule);
    Ok(json!({ "id": id }))
}

/// Sets what getMailTips tells of a person; what the body does not name stays.
pub(super) fn mail_tips(sandbox: &mut Sandbox, body: &Value) -> Outcome {
    let person = person(text(body, "user")?)?;
    let tips = &mut sandbox.mailbox_mut(person).map_err(|_| "There is no such mailbox.")?.office.tips;
    let number = |name: &str| body.get(name).and_then(Value::as_i64).filter(|n| (0..=i64::from(i32::MAX)).contains(n));
    let flag = |name: &str| body.get(name).and_then(Value::as_bool);
    if let Some(custom) = body.get("custom") {
        tips.custom = custom.as_str().map(str::to_owned);
    }
    for (name, place) in [
        ("mailbox_full", &mut tips.mailbox_full),
        ("restricted", &mut tips.restricted),
        ("moderated", &mut tips.moderated),
    ] {
        *place = flag(name).unwrap_or(*place);
    }
    for (name, place) in [
        ("max_message_bytes", &mut tips.max_message_bytes),
        ("members", &mut tips.members),
        ("external_members", &mut tips.external_members),
    ] {
        *place = number(name).unwrap_or(*place);
    }
    Ok(json!({
        "mailbox_full": tips.mailbox_full,
        "custom": tips.custom,
        "max_message_bytes": tips.max_message_bytes,
        "restricted": tips.restricted,
        "moderated": tips.moderated,
        "members": tips.members,
        "external_members": tips.external_members,
    }))
}

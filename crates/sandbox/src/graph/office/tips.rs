//! Mail tips: what a sender should know of a recipient before sending.
//! One answer for each address asked, in the order asked; an address that is none gets an error of its own.

use serde_json::{Map, Value, json};

use crate::graph::call::Call;
use crate::graph::office::automatic::{dated, window};
use crate::graph::office::read::{is_address, texts};
use crate::graph::office::refusal::OfficeRefusal;
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer};
use crate::office::automatic::{Standing, Status};
use crate::people;
use crate::sandbox::Sandbox;
use crate::web::member;
use crate::zones::Zone;

/// Exchange tells this many at once.
const MOST_ADDRESSES: usize = 100;

const OPTIONS: [&str; 10] = [
    "automaticReplies",
    "mailboxFullStatus",
    "customMailTip",
    "externalMemberCount",
    "totalMemberCount",
    "maxMessageSize",
    "deliveryRestriction",
    "moderationStatus",
    "recipientScope",
    "recipientSuggestions",
];

pub(super) fn read(sandbox: &Sandbox, call: &Call<'_>) -> Outcome {
    call.needs(&["Mail.Read", "Mail.Read.Shared", "Mail.ReadWrite", "Mail.ReadWrite.Shared"])?;
    let body = call.json()?;
    let addresses = member(&body, "EmailAddresses").ok_or(OfficeRefusal::Missing("EmailAddresses"))?;
    let addresses = texts("EmailAddresses", addresses)?;
    if addresses.len() > MOST_ADDRESSES {
        return Err(OfficeRefusal::TooManyAddresses.into());
    }
    let wanted = options(member(&body, "MailTipsOptions"))?;
    let tips: Vec<Value> = addresses.iter().map(|address| tip(sandbox, call, address.trim(), &wanted)).collect();
    let context = format!("{}/$metadata#Collection(microsoft.graph.mailTips)", call.base);
    Ok(answer(200, context, json!({ "value": tips })))
}

/// The kinds of tips asked for; a request that names none asks for all.
fn options(value: Option<&Value>) -> Result<Vec<&'static str>, Refusal> {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Ok(OPTIONS.to_vec());
    };
    let words = value.as_str().ok_or_else(|| OfficeRefusal::WrongType("MailTipsOptions".to_owned()))?;
    words
        .split(',')
        .map(str::trim)
        .map(|word| {
            OPTIONS
                .into_iter()
                .find(|known| known.eq_ignore_ascii_case(word))
                .ok_or_else(|| OfficeRefusal::UnknownWord(word.to_owned()).into())
        })
        .collect()
}

fn tip(sandbox: &Sandbox, call: &Call<'_>, address: &str, wanted: &[&str]) -> Value {
    let mut object = Map::new();
    object.insert("emailAddress".to_owned(), json!({"name": "", "address": address}));
    let person = people::find(address);
    if person.is_none() && !is_address(address) {
        object.insert(
            "error".to_owned(),
            json!({"code": "ErrorInvalidRecipients", "message": "The recipient cannot be resolved."}),
        );
        return Value::Object(object);
    }
    let office = person.and_then(|person| sandbox.mailbox(person).ok()).map(|mailbox| &mailbox.office);
    for option in wanted {
        let (name, value) = match (*option, office) {
            ("automaticReplies", Some(office)) => ("automaticReplies", automatic(office, call.now_ms)),
            ("mailboxFullStatus", Some(office)) => ("mailboxFull", json!(office.tips.mailbox_full)),
            ("customMailTip", Some(office)) => ("customMailTip", json!(office.tips.custom)),
            ("externalMemberCount", Some(office)) => ("externalMemberCount", json!(office.tips.external_members)),
            ("totalMemberCount", Some(office)) => ("totalMemberCount", json!(office.tips.members)),
            ("maxMessageSize", Some(office)) => ("maxMessageSize", json!(office.tips.max_message_bytes)),
            ("deliveryRestriction", Some(office)) => ("deliveryRestricted", json!(office.tips.restricted)),
            ("moderationStatus", Some(office)) => ("isModerated", json!(office.tips.moderated)),
            ("recipientScope", Some(_)) => ("recipientScope", json!("internal")),
            // Of people outside Exchange knows no more than that they are outside.
            ("recipientScope", None) => ("recipientScope", json!("external")),
            ("externalMemberCount", None) => ("externalMemberCount", json!(1)),
            ("totalMemberCount", None) => ("totalMemberCount", json!(1)),
            ("recipientSuggestions", _) => ("recipientSuggestions", json!([])),
            _ => continue,
        };
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}

/// What the recipient's automatic replies say to a colleague now; an empty text where they are off.
fn automatic(office: &crate::office::Office, now_ms: i64) -> Value {
    let replies = &office.replies;
    let Some(text) = replies.is_on(now_ms).then(|| replies.text_for(Standing::Colleague)).flatten() else {
        return json!({"message": ""});
    };
    let language = office.preferences.language;
    let mut value = json!({
        "message": text,
        "messageLanguage": {"locale": language.locale, "displayName": language.display},
    });
    if replies.status == Status::Scheduled
        && let Some(object) = value.as_object_mut()
    {
        let (start, end) = window(replies, now_ms);
        object.insert("scheduledStartTime".to_owned(), dated(start, &Zone::utc()));
        object.insert("scheduledEndTime".to_owned(), dated(end, &Zone::utc()));
    }
    value
}

//! translateExchangeIds: one item's id in each of the five formats of Exchange.
//! Binary formats are URL-safe base64 with the number of padding characters at the end, as Microsoft describes them.

use serde_json::{Value, json};

use crate::chance::{base64_decode, base64_url};
use crate::graph::call::Call;
use crate::graph::office::READ_USER;
use crate::graph::office::read::{texts, word};
use crate::graph::office::refusal::OfficeRefusal;
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer};
use crate::mailbox::Mailbox;
use crate::sandbox::Sandbox;
use crate::web::member;

/// Graph translates this many ids in one request.
const MOST_IDS: usize = 1000;
/// What a MAPI entry id begins with.
const ENTRY_HEAD: [u8; 4] = [0, 0, 0, 0];

/// A way to write an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Entry,
    Ews,
    ImmutableEntry,
    Rest,
    RestImmutable,
}

impl Format {
    const ALL: [Self; 5] = [Self::Entry, Self::Ews, Self::ImmutableEntry, Self::Rest, Self::RestImmutable];

    fn word(self) -> &'static str {
        match self {
            Self::Entry => "entryId",
            Self::Ews => "ewsId",
            Self::ImmutableEntry => "immutableEntryId",
            Self::Rest => "restId",
            Self::RestImmutable => "restImmutableEntryId",
        }
    }

    /// Whether the id stays with its item when that is moved.
    fn is_immutable(self) -> bool {
        match self {
            Self::ImmutableEntry | Self::RestImmutable => true,
            Self::Entry | Self::Ews | Self::Rest => false,
        }
    }

    /// This format of an id that REST calls take.
    fn write(self, rest: &str) -> String {
        match self {
            Self::Rest | Self::RestImmutable => rest.to_owned(),
            Self::Ews => swapped(rest),
            Self::Entry | Self::ImmutableEntry => entry(rest),
        }
    }

    /// The id that REST calls take; none where the text is not of this format.
    fn read(self, id: &str) -> Option<String> {
        match self {
            Self::Rest | Self::RestImmutable => Some(id.to_owned()),
            Self::Ews => Some(swapped(id)),
            Self::Entry | Self::ImmutableEntry => rest(id),
        }
    }
}

/// EWS writes `/` and `+` where REST writes `-` and `_`.
fn swapped(id: &str) -> String {
    id.chars()
        .map(|c| match c {
            '-' => '/',
            '/' => '-',
            '_' => '+',
            '+' => '_',
            other => other,
        })
        .collect()
}

fn entry(rest: &str) -> String {
    let bytes = [&ENTRY_HEAD[..], rest.as_bytes()].concat();
    let padding = (3 - bytes.len() % 3) % 3;
    format!("{}{padding}", base64_url(&bytes))
}

fn rest(entry: &str) -> Option<String> {
    let text = entry.strip_suffix(['0', '1', '2'])?;
    let bytes = base64_decode(text)?;
    let id = bytes.strip_prefix(&ENTRY_HEAD)?;
    String::from_utf8(id.to_vec()).ok()
}

pub(super) fn read(sandbox: &Sandbox, call: &Call<'_>) -> Outcome {
    let mail = ["Mail.ReadBasic", "Mail.Read", "Mail.ReadWrite"];
    call.needs(&[&READ_USER[..], &mail[..]].concat())?;
    let body = call.json()?;
    let find = |name: &'static str| member(&body, name).ok_or(OfficeRefusal::Missing(name));
    let ids = texts("inputIds", find("inputIds")?)?;
    let from = word("sourceIdType", find("sourceIdType")?, &Format::ALL, Format::word)?;
    let to = word("targetIdType", find("targetIdType")?, &Format::ALL, Format::word)?;
    if ids.len() > MOST_IDS {
        return Err(OfficeRefusal::TooManyIds.into());
    }
    let mailbox = sandbox.mailbox(call.person)?;
    let rows: Vec<Value> = ids.iter().map(|id| row(mailbox, id, from, to)).collect();
    let context = format!("{}/$metadata#Collection(microsoft.graph.convertIdResult)", call.base);
    Ok(answer(200, context, json!({ "value": rows })))
}

fn row(mailbox: &Mailbox, id: &str, from: Format, to: Format) -> Value {
    match translated(mailbox, id, from, to) {
        Ok(target) => json!({"sourceId": id, "targetId": target}),
        Err(refusal) => {
            let (_, code, message) = refusal.parts();
            json!({"sourceId": id, "targetId": null, "errorDetails": {"code": code, "message": message}})
        }
    }
}

fn translated(mailbox: &Mailbox, id: &str, from: Format, to: Format) -> Result<String, Refusal> {
    let rest = from.read(id).ok_or(Refusal::IdMalformed)?;
    // Folders have one id for ever, so both kinds of format hold the same.
    if mailbox.folder(&rest).is_some() {
        return Ok(to.write(&rest));
    }
    let message = mailbox.find(&rest).and_then(|key| mailbox.message(key)).ok_or(Refusal::ItemNotFound)?;
    let own = if from.is_immutable() { &message.immutable_id } else { &message.default_id };
    if *own != rest {
        return Err(Refusal::IdMalformed);
    }
    Ok(to.write(if to.is_immutable() { &message.immutable_id } else { &message.default_id }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_reads_back_what_it_writes() {
        for id in ["AAMkAGVmab+c/d==", "AAkALgAAAAAAHYQDE-x_y", "AQMkADabcAAA="] {
            for format in Format::ALL {
                assert_eq!(format.read(&format.write(id)).as_deref(), Some(id), "{}", format.word());
            }
        }
        assert_eq!(rest("nonsense"), None);
    }
}

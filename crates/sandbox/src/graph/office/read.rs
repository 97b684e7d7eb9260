//! Reading request bodies strictly: the type of every value is checked, and unknown names are refused.
//! Settings are few and exact, so Graph is stricter here than with messages.

use serde_json::{Map, Value};

use crate::graph::call::text_member;
use crate::graph::office::refusal::OfficeRefusal;
use crate::graph::refusal::Refusal;
use crate::graph::zone;
use crate::mailbox::message::Address;
use crate::web::member;
use crate::zones;

/// The members of an object, annotations left out; unknown names are refused.
pub(super) fn members<'v>(
    value: &'v Value,
    known: &[&'static str],
    kind: &'static str,
) -> Result<Vec<(&'static str, &'v Value)>, Refusal> {
    let object = value.as_object().ok_or_else(|| OfficeRefusal::WrongType(kind.to_owned()))?;
    let named = |object: &'v Map<String, Value>| object.iter().filter(|(name, _)| !name.contains('@'));
    named(object)
        .map(|(name, value)| {
            known
                .iter()
                .find(|one| one.eq_ignore_ascii_case(name))
                .map(|one| (*one, value))
                .ok_or_else(|| OfficeRefusal::UnknownProperty { name: name.clone(), kind }.into())
        })
        .collect()
}

pub(super) fn text<'v>(name: &str, value: &'v Value) -> Result<&'v str, Refusal> {
    value.as_str().ok_or_else(|| OfficeRefusal::WrongType(name.to_owned()).into())
}

pub(super) fn truth(name: &str, value: &Value) -> Result<bool, Refusal> {
    value.as_bool().ok_or_else(|| OfficeRefusal::WrongType(name.to_owned()).into())
}

pub(super) fn list<'v>(name: &str, value: &'v Value) -> Result<&'v [Value], Refusal> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| OfficeRefusal::WrongType(name.to_owned()).into())
}

pub(super) fn texts(name: &str, value: &Value) -> Result<Vec<String>, Refusal> {
    list(name, value)?.iter().map(|one| text(name, one).map(str::to_owned)).collect()
}

/// One of an enumeration's values, its word in any case.
pub(super) fn word<T: Copy>(
    name: &str,
    value: &Value,
    all: &[T],
    spelled: impl Fn(T) -> &'static str,
) -> Result<T, Refusal> {
    let word = text(name, value)?;
    all.iter()
        .copied()
        .find(|one| spelled(*one).eq_ignore_ascii_case(word))
        .ok_or_else(|| OfficeRefusal::UnknownWord(word.to_owned()).into())
}

/// An `emailAddress`: the address must be one, the name may be missing.
pub(super) fn mail_address(value: &Value) -> Result<Address, Refusal> {
    let address = text_member(value, "address").unwrap_or_default().trim();
    if !is_address(address) {
        return Err(Refusal::BadRecipients(format!("At least one recipient isn't valid., {address}")));
    }
    Ok(Address::new(text_member(value, "name").unwrap_or(address), address))
}

/// A list of recipients.
pub(super) fn recipients(name: &str, value: &Value) -> Result<Vec<Address>, Refusal> {
    list(name, value)?
        .iter()
        .map(|one| mail_address(member(one, "emailAddress").ok_or(OfficeRefusal::Missing("emailAddress"))?))
        .collect()
}

/// Whether a text can be an address at all.
pub(super) fn is_address(address: &str) -> bool {
    address.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !address.contains(char::is_whitespace)
}

/// A `dateTimeTimeZone`, as milliseconds since 1970.
pub(super) fn moment(value: &Value) -> Result<i64, Refusal> {
    let time = text_member(value, "dateTime").ok_or(OfficeRefusal::Missing("dateTime"))?;
    let name = text_member(value, "timeZone").unwrap_or("UTC");
    zones::to_utc(time, zone::named(name)?.tz).ok_or_else(|| OfficeRefusal::BadTime(time.to_owned()).into())
}

//! What a mailbox can be set to: languages and time zones.
//! Both lists are the service's own and the same for everybody.

use serde_json::{Value, json};

use crate::graph::Outcome;
use crate::graph::call::Call;
use crate::graph::office::READ_USER;
use crate::graph::refusal::Refusal;
use crate::graph::rows::{self, Kind};
use crate::office::languages::LANGUAGES;
use crate::zones::iana_names;
use crate::zones::table::WINDOWS_ZONES;

/// Answers `supportedLanguages` or `supportedTimeZones`, whose parameter is part of the word.
pub(super) fn read(call: &Call<'_>, function: &str) -> Outcome {
    call.needs(&READ_USER)?;
    let name = function.split('(').next().unwrap_or_default();
    match name {
        "supportedlanguages" => {
            let rows = LANGUAGES.iter().map(|one| json!({"locale": one.locale, "displayName": one.display})).collect();
            of(call, "microsoft.graph.localeInfo", &["locale", "displayName"], rows)
        }
        "supportedtimezones" => {
            let rows = match standard(function)? {
                Standard::Windows => {
                    WINDOWS_ZONES.iter().map(|zone| json!({"alias": zone.name, "displayName": zone.display})).collect()
                }
                Standard::Iana => {
                    iana_names().into_iter().map(|name| json!({"alias": name, "displayName": name})).collect()
                }
            };
            of(call, "microsoft.graph.timeZoneInformation", &["alias", "displayName"], rows)
        }
        other => Err(Refusal::NoSuchResource(other.to_owned())),
    }
}

fn of(call: &Call<'_>, name: &'static str, known: &'static [&'static str], rows: Vec<Value>) -> Outcome {
    let context = format!("{}/$metadata#Collection({name})", call.base);
    rows::list(call, &Kind::short(name, known), rows, &context, true)
}

enum Standard {
    Windows,
    Iana,
}

/// Reads `…(timezonestandard=microsoft.graph.timezonestandard'iana')`, or the shorter `…='iana'`.
fn standard(function: &str) -> Result<Standard, Refusal> {
    let Some((_, inside)) = function.split_once('(') else {
        return Ok(Standard::Windows);
    };
    let inside = inside.trim_end_matches(')');
    let (name, value) = inside.split_once('=').unwrap_or((inside, ""));
    let value = value.trim().trim_start_matches("microsoft.graph.timezonestandard").trim_matches('\'');
    match (name.trim(), value) {
        ("timezonestandard", "windows") => Ok(Standard::Windows),
        ("timezonestandard", "iana") => Ok(Standard::Iana),
        _ => Err(Refusal::ParseUri(format!("The parameters '{inside}' do not fit the function 'supportedTimeZones'."))),
    }
}

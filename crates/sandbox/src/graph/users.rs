//! The directory: list its users, search them, read one.
//! Searching and counting are offered only with `ConsistencyLevel: eventual`, repeated on every page.

use http::Method;
use serde_json::Value;

use crate::directory::{self, Home};
use crate::graph::call::Call;
use crate::graph::refusal::Refusal;
use crate::graph::refusal_people::PeopleRefusal;
use crate::graph::rows::filter::Filter;
use crate::graph::rows::{self, Kind, Paging};
use crate::graph::{Outcome, photos};
use crate::people;
use crate::sandbox::Sandbox;
use crate::web::header;

pub(super) const USER: Kind = Kind {
    name: "microsoft.graph.user",
    properties: &[
        "businessPhones",
        "displayName",
        "givenName",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "preferredLanguage",
        "surname",
        "userPrincipalName",
        "id",
    ],
    on_request: &[
        "accountEnabled",
        "ageGroup",
        "city",
        "companyName",
        "country",
        "createdDateTime",
        "department",
        "employeeId",
        "employeeType",
        "imAddresses",
        "mailNickname",
        "onPremisesSyncEnabled",
        "otherMails",
        "postalCode",
        "proxyAddresses",
        "showInAddressList",
        "state",
        "streetAddress",
        "usageLocation",
        "userType",
    ],
    page: 100,
    most: 999,
    paging: Paging::Token,
    item: false,
};

/// Scopes with which the whole directory can be read.
const READING: [&str; 5] =
    ["User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];

/// What can be searched.
const SEARCHED: [&str; 6] = ["displayName", "mail", "givenName", "surname", "userPrincipalName", "mailNickname"];

/// What needs the advanced index, and with it the header.
const ADVANCED: [&str; 3] = ["endswith", "ne", "not"];

fn needs_directory(call: &Call<'_>) -> Result<(), Refusal> {
    call.needs(&READING).map_err(|_| PeopleRefusal::DirectoryDenied.into())
}

/// Answers what a request asks of the directory; none where it is about the caller's own mailbox or nobody.
pub(super) fn handle(sandbox: &mut Sandbox, call: &mut Call<'_>) -> Option<Outcome> {
    if !call.segments.first().is_some_and(|word| word.eq_ignore_ascii_case("users")) {
        return None;
    }
    let get = call.method == Method::GET;
    let words: Vec<String> = call.segments.iter().skip(1).map(|word| word.to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] if get => Some(list(call)),
        ["$count"] if get => Some(count(call)),
        [] | ["$count"] => Some(Err(Refusal::MethodNotAllowed)),
        [_, rest @ ..] => {
            let who = call.segment(1).to_owned();
            // Oneself is the same as `/me`, whatever follows.
            if people::find(&who).is_some_and(|person| person.object_id == call.person.object_id) {
                return None;
            }
            match (rest, directory::find(&who)) {
                ([], found) => Some(if get { one(call, &who, found) } else { Err(Refusal::MethodNotAllowed) }),
                (["photo" | "photos", deeper @ ..], Some(_)) => {
                    Some(needs_directory(call).and_then(|()| photos::of_another(sandbox, call, &who, deeper)))
                }
                (_, Some(found)) => match found.home {
                    Home::Here => None,
                    Home::Nowhere => Some(Err(PeopleRefusal::NoMailbox.into())),
                    Home::OnPremises => Some(Err(PeopleRefusal::MailboxElsewhere.into())),
                },
                (_, None) => None,
            }
        }
    }
}

fn one(call: &Call<'_>, who: &str, found: Option<directory::Listed>) -> Outcome {
    needs_directory(call)?;
    let row = found.ok_or_else(|| PeopleRefusal::UserNotFound(who.to_owned()))?.row();
    rows::expands(call, &USER, &[])?;
    rows::one(call, &USER, 200, row, format!("{}/$metadata#users/$entity", call.base))
}

fn is_eventual(call: &Call<'_>) -> bool {
    header(call.headers, "consistencylevel").is_some_and(|level| level.trim().eq_ignore_ascii_case("eventual"))
}

fn found(call: &Call<'_>) -> Result<Vec<Value>, Refusal> {
    needs_directory(call)?;
    rows::expands(call, &USER, &[])?;
    let eventual = is_eventual(call);
    if let Some(filter) = call.query.first("$filter") {
        let filter = Filter::parse(filter, &USER)?;
        if filter.uses.iter().any(|word| word == "contains") {
            return Err(PeopleRefusal::UnsupportedQuery("Unsupported Query.".to_owned()).into());
        }
        if !eventual && filter.uses.iter().any(|word| ADVANCED.contains(&word.as_str())) {
            return Err(PeopleRefusal::NeedsEventual("$filter").into());
        }
        if !eventual && call.query.first("$orderby").is_some() {
            return Err(PeopleRefusal::UnsupportedQuery("Sorting not supported for current query.".to_owned()).into());
        }
    }
    let mut rows: Vec<Value> = directory::everybody().iter().map(directory::Listed::row).collect();
    if let Some(search) = call.query.first("$search") {
        if !eventual {
            return Err(PeopleRefusal::NeedsEventual("$search").into());
        }
        let search = Search::parse(search)?;
        rows.retain(|row| search.accepts(row));
    }
    Ok(rows)
}

fn list(call: &Call<'_>) -> Outcome {
    let rows = found(call)?;
    rows::list(call, &USER, rows, &format!("{}/$metadata#users", call.base), is_eventual(call))
}

fn count(call: &Call<'_>) -> Outcome {
    let rows = found(call)?;
    if !is_eventual(call) {
        return Err(PeopleRefusal::NeedsEventual("$count").into());
    }
    rows::count(call, &USER, rows)
}

/// A search: alternatives, each of terms that must all hold.
struct Search(Vec<Vec<(&'static str, String)>>);

impl Search {
    /// Reads `"property:text" OR "property:text" AND "property:text"`.
    fn parse(text: &str) -> Result<Self, Refusal> {
        let bad = || Refusal::from(PeopleRefusal::BadSearch);
        let mut either: Vec<Vec<(&'static str, String)>> = vec![Vec::new()];
        let mut rest = text.trim();
        loop {
            rest = rest.trim_start_matches('(').trim_start();
            let inner = rest.strip_prefix('"').ok_or_else(bad)?;
            let (term, after) = inner.split_once('"').ok_or_else(bad)?;
            let (name, value) = term.split_once(':').ok_or_else(bad)?;
            let name = SEARCHED.into_iter().find(|known| known.eq_ignore_ascii_case(name.trim())).ok_or_else(bad)?;
            let value = value.trim().to_lowercase();
            if value.is_empty() {
                return Err(bad());
            }
            if let Some(all) = either.last_mut() {
                all.push((name, value));
            }
            rest = after.trim_start().trim_start_matches(')').trim_start();
            if rest.is_empty() {
                return Ok(Self(either));
            }
            match rest.split_once(char::is_whitespace) {
                Some(("OR", more)) => {
                    either.push(Vec::new());
                    rest = more.trim_start();
                }
                Some(("AND", more)) => rest = more.trim_start(),
                _ => return Err(bad()),
            }
        }
    }

    fn accepts(&self, row: &Value) -> bool {
        self.0.iter().any(|all| all.iter().all(|(name, text)| holds(row, name, text)))
    }
}

/// Names are searched word by word from their beginnings, addresses from theirs.
fn holds(row: &Value, name: &str, text: &str) -> bool {
    let value = row.get(name).and_then(Value::as_str).unwrap_or_default().to_lowercase();
    if name != "displayName" {
        return value.starts_with(text);
    }
    let parts = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let words = parts(&value);
    parts(text).iter().all(|wanted| words.iter().any(|word| word.starts_with(wanted)))
}

//! The people around a person, the most relevant first: colleagues, contacts, and whoever writes mail.
//! Relevance counts mails between the two, as the service does without telling how.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::chance::guid;
use crate::directory;
use crate::graph::Outcome;
use crate::graph::call::Call;
use crate::graph::refusal::Refusal;
use crate::graph::rows::{self, Kind, Paging};
use crate::mailbox::Mailbox;
use crate::sandbox::Sandbox;

const PERSON: Kind = Kind {
    name: "microsoft.graph.person",
    properties: &[
        "id",
        "displayName",
        "givenName",
        "surname",
        "birthday",
        "personNotes",
        "isFavorite",
        "jobTitle",
        "companyName",
        "yomiCompany",
        "department",
        "officeLocation",
        "profession",
        "userPrincipalName",
        "imAddress",
        "scoredEmailAddresses",
        "phones",
        "postalAddresses",
        "websites",
        "personType",
    ],
    on_request: &[],
    page: 10,
    most: 1000,
    paging: Paging::Skip,
    item: true,
};

/// Relevance looks at this many of the newest mails.
const LOOKED_AT: usize = 2000;

/// Somebody, before the row is made.
#[derive(Default)]
struct Known {
    name: String,
    address: String,
    mails: u32,
    colleague: Option<directory::Listed>,
    company: Option<String>,
    title: Option<String>,
    contact: bool,
}

/// A call below `/me/people`.
pub(super) fn handle(sandbox: &Sandbox, call: &Call<'_>, rest: &[&str]) -> Outcome {
    if call.method != http::Method::GET {
        return Err(Refusal::MethodNotAllowed);
    }
    call.needs(&["People.Read", "People.Read.All"])?;
    let mailbox = sandbox.mailbox(call.person)?;
    match rest {
        [] => rows::list(call, &PERSON, found(mailbox, call)?, &call.context("people"), true),
        ["$count"] => rows::count(call, &PERSON, found(mailbox, call)?),
        [_] => {
            let id = call.segment(2);
            let known = known(mailbox);
            let one = known.iter().find(|one| id_of(mailbox, one) == id).ok_or(Refusal::ItemNotFound)?;
            rows::one(call, &PERSON, 200, row(mailbox, one), call.context("people/$entity"))
        }
        [_, other, ..] => Err(Refusal::NoSuchResource((*other).to_owned())),
    }
}

/// The rows that fit `$search`, the most relevant first.
fn found(mailbox: &Mailbox, call: &Call<'_>) -> Result<Vec<Value>, Refusal> {
    let search = call.query.first("$search").map(|text| text.replace('"', " ").to_lowercase());
    if search.is_some() && call.query.first("$skip").is_some_and(|skip| skip != "0") {
        return Err(Refusal::BadQuery("The query option '$skip' is not supported with '$search'.".to_owned()));
    }
    let mut all = known(mailbox);
    if let Some(search) = &search {
        all.retain(|one| search.split_whitespace().all(|word| resembles(one, word)));
    }
    Ok(all.iter().map(|one| row(mailbox, one)).collect())
}

/// Everybody known, the most relevant first.
fn known(mailbox: &Mailbox) -> Vec<Known> {
    let mut all: BTreeMap<String, Known> = BTreeMap::new();
    for one in directory::everybody() {
        let (name, address) = (one.name(), one.address.clone());
        let title = Some(one.title.to_owned());
        let known = Known { name, address, title, colleague: Some(one), ..Known::default() };
        all.insert(known.address.to_lowercase(), known);
    }
    for entry in mailbox.contacts.people.iter() {
        let text = |name: &str| Some(entry.thing.text(name).to_owned()).filter(|text| !text.is_empty());
        for (_, address) in entry.thing.addresses() {
            let one = all.entry(address.to_lowercase()).or_default();
            one.contact = true;
            if one.name.is_empty() {
                one.name = entry.thing.text("displayName").to_owned();
                one.address = address;
                one.company = text("companyName");
                one.title = text("jobTitle");
            }
        }
    }
    for (_, message) in mailbox.messages().rev().take(LOOKED_AT) {
        for who in message.from.iter().chain(&message.to).chain(&message.cc) {
            // Machines write much and are nobody.
            let machine = ["noreply", "no-reply", "newsletter", "notifications", "billing"]
                .iter()
                .any(|word| who.address.to_lowercase().starts_with(word));
            if machine || !who.address.contains('@') {
                continue;
            }
            let one = all.entry(who.address.to_lowercase()).or_default();
            one.mails += 1;
            if one.name.is_empty() {
                one.name.clone_from(&who.name);
                one.address.clone_from(&who.address);
            }
        }
    }
    all.remove(&mailbox.owner.address.to_lowercase());
    let mut list: Vec<Known> = all.into_values().collect();
    list.sort_by(|a, b| score(b).total_cmp(&score(a)).then_with(|| a.name.cmp(&b.name)));
    list
}

fn score(one: &Known) -> f64 {
    let base = match (&one.colleague, one.contact) {
        (Some(colleague), _) if colleague.home == directory::Home::Here => 20.0,
        (Some(_), _) => 2.0,
        (None, true) => 5.0,
        (None, false) => 0.0,
    };
    base + f64::from(one.mails)
}

fn id_of(mailbox: &Mailbox, one: &Known) -> String {
    match &one.colleague {
        Some(colleague) => colleague.id.clone(),
        None => guid(&[b"person", mailbox.owner.object_id.as_bytes(), one.address.to_lowercase().as_bytes()]),
    }
}

fn row(mailbox: &Mailbox, one: &Known) -> Value {
    let (given, surname) = match &one.colleague {
        Some(colleague) => (Some(colleague.given.to_owned()), Some(colleague.surname.to_owned())),
        None => {
            let mut words = one.name.splitn(2, ' ').map(str::to_owned);
            (words.next(), words.next())
        }
    };
    let colleague = one.colleague.as_ref();
    let subclass = match (colleague, one.contact) {
        (Some(_), _) => "OrganizationUser",
        (None, true) => "PersonalContact",
        (None, false) => "ImplicitContact",
    };
    json!({
        "id": id_of(mailbox, one),
        "displayName": one.name,
        "givenName": given,
        "surname": surname,
        "birthday": "",
        "personNotes": "",
        "isFavorite": false,
        "jobTitle": one.title,
        "companyName": colleague.map(|_| "Petrel".to_owned()).or_else(|| one.company.clone()),
        "yomiCompany": "",
        "department": colleague.map(|one| one.department),
        "officeLocation": colleague.map(|one| one.office),
        "profession": "",
        "userPrincipalName": colleague.map_or("", |one| one.address.as_str()),
        "imAddress": colleague.map(|one| format!("sip:{}", one.address)),
        "scoredEmailAddresses": [{"address": one.address, "relevanceScore": score(one)}],
        "phones": colleague.iter().map(|one| json!({"type": "business", "number": one.phone()})).collect::<Vec<_>>(),
        "postalAddresses": [],
        "websites": [],
        "personType": {"class": "Person", "subclass": subclass},
    })
}

/// Whether a word begins a part of the name or the address, a slip of the finger aside.
fn resembles(one: &Known, word: &str) -> bool {
    let text = format!("{} {}", one.name, one.address).to_lowercase();
    text.split(|c: char| !c.is_alphanumeric()).any(|part| {
        let beginning: String = part.chars().take(word.chars().count()).collect();
        beginning == word || (word.chars().count() >= 4 && slips(&beginning, word) <= 1)
    })
}

/// How many letters differ between two words of about the same length, place by place.
fn slips(a: &str, b: &str) -> usize {
    let differing = a.chars().zip(b.chars()).filter(|(a, b)| a != b).count();
    differing + a.chars().count().abs_diff(b.chars().count())
}

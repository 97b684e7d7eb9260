//! Made-up contacts and a picture for everybody: who is in a person's address book on the first day.
//! They are the people who also write the generated mail, so that names and mail agree.

use serde_json::json;

use crate::chance::Chance;
use crate::generate::words::{COLLEAGUES, FRIENDS};
use crate::mailbox::Mailbox;
use crate::mailbox::contacts::contact;
use crate::portrait::Portrait;
use crate::time::DAY_MS;

/// People in an address book who never write.
const OTHERS: [(&str, &str); 5] = [
    ("Rosa Marchetti", "rosa@panificio-marchetti.example"),
    ("Dr. Helen Voss", "praxis@voss-zahnarzt.example"),
    ("Aleksander Nowak", "a.nowak@nowak-elektro.example"),
    ("Fatima Zahra", "fatima.zahra@riad-atlas.example"),
    ("City Library", "desk@citylibrary.example"),
];

const CITIES: [(&str, &str); 5] =
    [("London", "United Kingdom"), ("Oslo", "Norway"), ("Lyon", "France"), ("Turin", "Italy"), ("Ghent", "Belgium")];

/// Fills a person's address book and gives the person a picture.
pub(crate) fn fill(mailbox: &mut Mailbox, seed: u64, now_ms: i64) {
    let mut chance = Chance::new(seed ^ 0xc0_47ac);
    let address = mailbox.owner.address;
    // One of the three has no picture, because clients must live with that.
    mailbox.photo = (mailbox.owner.given_name != "Linus").then(|| Portrait::Seeded(address.to_owned()));
    let made_ms = now_ms - 400 * DAY_MS;
    let home = mailbox.default_contacts();
    let suppliers = mailbox.add_contact_folder("Suppliers", Some(home.clone()), made_ms);
    let all = COLLEAGUES.iter().map(|one| (*one, "Work")).chain(FRIENDS.iter().map(|one| (*one, "Personal")));
    let all = all.chain(OTHERS.iter().map(|one| (*one, "")));
    for (at, ((name, mail), category)) in all.filter(|((_, mail), _)| *mail != address).enumerate() {
        let (given, surname) = name.rsplit_once(' ').unwrap_or((name, ""));
        let company = (category == "Work").then(|| mail.split(['@', '.']).rev().nth(1).unwrap_or_default().to_owned());
        let (city, country) = chance.pick(&CITIES).copied().unwrap_or_default();
        let phone = format!("+44 7700 9{:05}", chance.below(100_000));
        let more = json!({
            "companyName": company,
            "jobTitle": (category == "Work").then(|| chance.word(&["Engineer", "Designer", "Lawyer", "Analyst"])),
            "mobilePhone": phone,
            "businessPhones": if category == "Work" { vec![format!("+44 20 7946 0{:03}", chance.below(1000))] } else { Vec::new() },
            "categories": if category.is_empty() { Vec::new() } else { vec![category] },
            "businessAddress": if category == "Work" { json!({"city": city, "countryOrRegion": country}) } else { json!({}) },
            "birthday": (category == "Personal").then(|| format!("19{:02}-{:02}-{:02}T11:59:00Z", 60 + chance.below(40), 1 + chance.below(12), 1 + chance.below(28))),
        });
        let mut one = contact(given, surname, mail, more);
        one.photo = at.is_multiple_of(3).then(|| Portrait::Seeded((*mail).to_owned()));
        let folder = if category.is_empty() { &suppliers } else { &home };
        let day = i64::try_from(chance.below(300)).unwrap_or(0);
        mailbox.add_contact(one, folder, made_ms + day * DAY_MS);
    }
}

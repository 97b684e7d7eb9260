//! Everybody the tenant's directory lists: the people with mailboxes, and colleagues without.
//! A client that looks up recipients needs more names than the few whose mail can be read here.

use serde_json::{Value, json};

use crate::chance::guid;
use crate::people::PEOPLE;

/// Where somebody's mailbox is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// In the sandbox.
    Here,
    /// There is none.
    Nowhere,
    /// On premises, which Graph does not reach.
    OnPremises,
}

/// One user of the directory.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) given: &'static str,
    pub(crate) surname: &'static str,
    pub(crate) address: String,
    pub(crate) title: &'static str,
    pub(crate) department: &'static str,
    pub(crate) office: &'static str,
    pub(crate) home: Home,
    number: usize,
}

/// Given name, surname, title and department of those without a mailbox here.
const COLLEAGUES: [(&str, &str, &str, &str); 24] = [
    ("Adele", "Goldberg", "Design Lead", "Design"),
    ("Adam", "Osborne", "Account Manager", "Sales"),
    ("Alan", "Turing", "Mathematician", "Research"),
    ("Barbara", "Liskov", "Architect", "Engineering"),
    ("Betty", "Holberton", "Release Manager", "Engineering"),
    ("Claude", "Shannon", "Fellow", "Research"),
    ("Donald", "Knuth", "Editor", "Documentation"),
    ("Dorothy", "Vaughan", "Team Lead", "Operations"),
    ("Edith", "Clarke", "Engineer", "Operations"),
    ("Edsger", "Dijkstra", "Reviewer", "Engineering"),
    ("Emmy", "Noether", "Scientist", "Research"),
    ("Frances", "Allen", "Engineer", "Engineering"),
    ("George", "Boole", "Analyst", "Finance"),
    ("Hedy", "Lamarr", "Inventor", "Research"),
    ("Jean", "Bartik", "Engineer", "Operations"),
    ("John", "McCarthy", "Product Manager", "Product"),
    ("Karen", "Spärck Jones", "Search Engineer", "Engineering"),
    ("Katherine", "Johnson", "Analyst", "Finance"),
    ("Kristen", "Nygaard", "Consultant", "Sales"),
    ("Lynn", "Conway", "Chip Designer", "Engineering"),
    ("Margaret", "Hamilton", "Director of Engineering", "Engineering"),
    ("Niklaus", "Wirth", "Toolsmith", "Engineering"),
    ("Radia", "Perlman", "Network Architect", "Operations"),
    ("Ole-Johan", "Dahl", "Consultant", "Sales"),
];

/// The one whose mailbox is still on premises.
const ON_PREMISES: &str = "Wirth";

const OFFICES: [&str; 4] = ["London 2/14", "London 3/02", "Oslo 1/07", "Zürich 5/11"];

/// Everybody, sorted by name as the directory lists them.
pub(crate) fn everybody() -> Vec<Listed> {
    let office = |at: usize| OFFICES.get(at % OFFICES.len()).copied().unwrap_or_default();
    let here = PEOPLE.iter().enumerate().map(|(number, person)| Listed {
        id: person.object_id.to_owned(),
        given: person.given_name,
        surname: person.surname,
        address: person.address.to_owned(),
        title: person.job_title,
        department: "Engineering",
        office: office(number),
        home: Home::Here,
        number,
    });
    let elsewhere = COLLEAGUES.iter().enumerate().map(|(at, (given, surname, title, department))| {
        let plain: String = surname.to_lowercase().replace('ä', "a").replace(' ', "");
        let address = format!("{}.{plain}@petrel.test", given.to_lowercase());
        Listed {
            id: guid(&[b"directory", address.as_bytes()]),
            given,
            surname,
            address,
            title,
            department,
            office: office(at),
            home: if *surname == ON_PREMISES { Home::OnPremises } else { Home::Nowhere },
            number: at + PEOPLE.len(),
        }
    });
    let mut all: Vec<Listed> = here.chain(elsewhere).collect();
    all.sort_by_key(Listed::name);
    all
}

/// The user with this address or id, case aside.
pub(crate) fn find(who: &str) -> Option<Listed> {
    let who = who.trim();
    everybody().into_iter().find(|one| one.address.eq_ignore_ascii_case(who) || one.id.eq_ignore_ascii_case(who))
}

impl Listed {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.given, self.surname)
    }

    pub(crate) fn phone(&self) -> String {
        format!("+44 20 7946 {:04}", 100 + self.number)
    }

    /// The user as the directory shows it, with everything that can be selected.
    pub(crate) fn row(&self) -> Value {
        json!({
            "businessPhones": [self.phone()],
            "displayName": self.name(),
            "givenName": self.given,
            "jobTitle": self.title,
            "mail": self.address,
            "mobilePhone": null,
            "officeLocation": self.office,
            "preferredLanguage": "en-US",
            "surname": self.surname,
            "userPrincipalName": self.address,
            "id": self.id,
            "accountEnabled": true,
            "ageGroup": null,
            "city": self.office.split(' ').next(),
            "companyName": "Petrel",
            "country": null,
            "createdDateTime": "2024-01-15T09:00:00Z",
            "department": self.department,
            "employeeId": format!("{:05}", 1001 + self.number),
            "employeeType": "Employee",
            "imAddresses": [format!("sip:{}", self.address)],
            "mailNickname": self.address.split('@').next(),
            "onPremisesSyncEnabled": (self.home == Home::OnPremises).then_some(true),
            "otherMails": [],
            "postalCode": null,
            "proxyAddresses": [format!("SMTP:{}", self.address)],
            "showInAddressList": true,
            "state": null,
            "streetAddress": null,
            "usageLocation": "GB",
            "userType": "Member",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn everybody_has_an_address_and_an_id_of_their_own() {
        let all = everybody();
        let addresses: BTreeSet<&str> = all.iter().map(|one| one.address.as_str()).collect();
        let ids: BTreeSet<&str> = all.iter().map(|one| one.id.as_str()).collect();
        assert_eq!((addresses.len(), ids.len()), (all.len(), all.len()));
        assert!(all.iter().all(|one| one.address.is_ascii()));
        assert!(all.iter().any(|one| one.home == Home::OnPremises));
    }
}

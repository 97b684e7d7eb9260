//! The words that fill the gaps of the templates, and the people who write.
//! Gaps are filled once a thread, so that answers speak of the same things.

use crate::chance::Chance;
use crate::time::{DAY_MS, civil};

/// Colleagues and partners: name and address.
pub(super) const COLLEAGUES: [(&str, &str); 14] = [
    ("Grace Hopper", "grace@petrel.test"),
    ("Linus Pauling", "linus@petrel.test"),
    ("Priya Raman", "priya.raman@northwind.example"),
    ("Tomás Herrera", "tomas.herrera@northwind.example"),
    ("Mei Tanaka", "mei.tanaka@lighthouse.example"),
    ("Oluwaseun Adeyemi", "seun.adeyemi@lighthouse.example"),
    ("Hannah Lindqvist", "hannah.lindqvist@fjordworks.example"),
    ("Daniel Okafor", "daniel.okafor@northwind.example"),
    ("Claire Beaumont", "claire.beaumont@atelier-sud.example"),
    ("Marcus Feld", "marcus.feld@feldpartner.example"),
    ("Yara Haddad", "yara.haddad@cedarline.example"),
    ("Ben Whitaker", "ben.whitaker@whitakerlaw.example"),
    ("Ingrid Sørensen", "ingrid.sorensen@fjordworks.example"),
    ("Rahul Mehta", "rahul.mehta@lighthouse.example"),
];

/// Friends and family.
pub(super) const FRIENDS: [(&str, &str); 7] = [
    ("Annabella Byron", "annabella@byron-family.example"),
    ("Charles B.", "charles@differenceengine.example"),
    ("Mary Somerville", "mary.somerville@orbit.example"),
    ("Sophie Laurent", "sophie.laurent@posteo.example"),
    ("Jonas Weber", "jonas.weber@postfach.example"),
    ("Ellie Park", "ellie.park@mailbox.example"),
    ("Theo Byron", "theo@byron-family.example"),
];

const PROJECTS: [&str; 8] =
    ["Northwind", "Lighthouse", "Harbour", "Juniper", "Meridian", "Atlas", "Quillback", "Sandpiper"];
const CITIES: [&str; 10] =
    ["Lisbon", "Copenhagen", "Turin", "Edinburgh", "Ghent", "Kyoto", "Montréal", "Vienna", "Bergen", "Valencia"];
const DAYS: [&str; 5] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
const TIMES: [&str; 8] = ["9:00", "9:30", "10:15", "11:00", "13:30", "14:00", "15:30", "16:15"];
const ROOMS: [&str; 6] = ["Room Babbage", "Room Noether", "the glass room", "Room Turing", "the library", "Room Curie"];
const DISHES: [&str; 6] = ["ramen", "pizza", "that Lebanese place", "curry", "tacos", "dumplings"];
const BOOKS: [&str; 6] = [
    "The Left Hand of Darkness",
    "Middlemarch",
    "Piranesi",
    "The Master and Margarita",
    "Invisible Cities",
    "The Overstory",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Gaps and what fills them in one thread.
pub(super) struct Gaps(Vec<(&'static str, String)>);

impl Gaps {
    pub(super) fn new(chance: &mut Chance, at_ms: i64, given_name: &str) -> Self {
        let date = civil(at_ms);
        let month = |step: i64| {
            let at = usize::try_from((date.month - 1 + step).rem_euclid(12)).unwrap_or(0);
            MONTHS.get(at).copied().unwrap_or("May").to_owned()
        };
        let later = civil(at_ms + 6 * DAY_MS);
        let number = |chance: &mut Chance, least: usize, span: usize| (least + chance.below(span)).to_string();
        Self(vec![
            ("{me}", given_name.to_owned()),
            ("{project}", chance.word(&PROJECTS).to_owned()),
            ("{city}", chance.word(&CITIES).to_owned()),
            ("{day}", chance.word(&DAYS).to_owned()),
            ("{time}", chance.word(&TIMES).to_owned()),
            ("{room}", chance.word(&ROOMS).to_owned()),
            ("{dish}", chance.word(&DISHES).to_owned()),
            ("{book}", chance.word(&BOOKS).to_owned()),
            ("{month}", month(0)),
            ("{lastmonth}", month(-1)),
            ("{nextmonth}", month(1)),
            (
                "{date}",
                format!(
                    "{} {}",
                    later.day,
                    MONTHS.get(usize::try_from(later.month - 1).unwrap_or(0)).copied().unwrap_or("May")
                ),
            ),
            ("{year}", date.year.to_string()),
            ("{quarter}", format!("Q{}", (date.month - 1) / 3 + 1)),
            ("{n}", number(chance, 3, 17)),
            ("{percent}", number(chance, 4, 29)),
            ("{big}", number(chance, 1200, 8600)),
            ("{order}", format!("{}-{}", number(chance, 104, 800), number(chance, 10_000, 89_999))),
            ("{money}", format!("{}.{:02}", 18 + chance.below(420), chance.below(100))),
            ("{code}", number(chance, 100_000, 899_999)),
            ("{version}", format!("{}.{}", 2 + chance.below(5), chance.below(12))),
        ])
    }

    pub(super) fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (gap, word)| text.replace(gap, word))
    }
}

//! Newsletters: the wide HTML of tables and remote pictures that fills real inboxes.
//! Their pictures are at addresses that do not exist, so that a client that loads them is caught.

use crate::chance::Chance;
use crate::generate::card::message_id;
use crate::generate::letter::{Letter, Place};
use crate::generate::words::Gaps;
use crate::mailbox::message::{Address, Content, Message};
use crate::mime::body;
use crate::people::Person;
use crate::web::escape_html;

struct Paper {
    name: &'static str,
    address: &'static str,
    colour: &'static str,
    subjects: &'static [&'static str],
    lead: &'static str,
    stories: &'static [(&'static str, &'static str)],
    button: &'static str,
}

const PAPERS: [Paper; 7] = [
    Paper {
        name: "The Morning Tide",
        address: "briefing@morningtide.example",
        colour: "#0b4f6c",
        subjects: &[
            "Your {day} briefing: what moved overnight",
            "The Morning Tide: five things for {day}",
            "{day} briefing: a quieter week ahead",
        ],
        lead: "Good morning. Here is what happened while you slept, in four minutes of reading.",
        stories: &[
            (
                "Ferries go electric on the northern routes",
                "Two operators will replace half of their fleet by 2030. The first crossing took place in silence, apart from the applause.",
            ),
            (
                "A library opens around the clock",
                "{city} keeps its reading rooms open all night for a trial year. Staff report that 3 a.m. belongs to night-shift nurses and novelists.",
            ),
            ("Why your bread got better", "Small mills are back, and bakers are learning to wait again."),
            ("Markets", "Little changed. The index closed up 0.{percent} per cent in thin trading."),
        ],
        button: "Read the whole briefing",
    },
    Paper {
        name: "Rust & Rivets",
        address: "hello@rustandrivets.example",
        colour: "#a33b20",
        subjects: &[
            "Rust & Rivets #{n}: borrowing without tears",
            "Rust & Rivets #{n}: small binaries, big ideas",
            "Rust & Rivets #{n}: what the new edition changes",
        ],
        lead: "A fortnightly letter about building things that stay built.",
        stories: &[
            (
                "Measure before you shrink",
                "Most of a binary is formatting code nobody asked for. A walk through three tools that show where the bytes went.",
            ),
            (
                "State machines you can read aloud",
                "When a type says what may happen next, the tests get shorter and the bugs get rarer.",
            ),
            (
                "From the community",
                "{n} crates reached 1.0 this month. Our favourite does one thing, and its changelog is a pleasure.",
            ),
        ],
        button: "Open issue #{n}",
    },
    Paper {
        name: "Kettle & Crumb",
        address: "recipes@kettleandcrumb.example",
        colour: "#8a5a00",
        subjects: &[
            "{month} on a plate: three slow suppers",
            "The soup that fixed my {day}",
            "Bake this before {nextmonth}",
        ],
        lead: "The market is full of {month} again. Cook these while the windows steam up.",
        stories: &[
            (
                "White beans with lemon and sage",
                "Forty minutes, one pot, and better the day after. Use the good olive oil at the end.",
            ),
            ("A plain cake with quince", "It looks modest and it is not. Serve it warm, with cold cream."),
            (
                "What to do with the rest of the leeks",
                "Char them whole, peel off the black, and dress what is left like a salad.",
            ),
        ],
        button: "Get the recipes",
    },
    Paper {
        name: "Slow Rails",
        address: "departures@slowrails.example",
        colour: "#245c3a",
        subjects: &["Night trains to {city} are back", "{n} journeys under six hours", "A weekend in {city}, by rail"],
        lead: "Book by {day} and the couchette to {city} costs less than the taxi to the airport.",
        stories: &[
            ("{city} by night train", "Leaves at 21:04, arrives in time for coffee. Bring earplugs and a good book."),
            ("The coast line in {nextmonth}", "Sit on the left. That is the whole advice."),
            ("Our readers' best station cafés", "Number one is on platform 7 and has no name."),
        ],
        button: "See all departures",
    },
    Paper {
        name: "Field Notes Weekly",
        address: "editor@fieldnotes.example",
        colour: "#3f4a8a",
        subjects: &[
            "How cities learn to cool themselves",
            "The bird that crossed three oceans",
            "What {big} citizen scientists found",
        ],
        lead: "Three pieces of slow science for a weekend.",
        stories: &[
            (
                "The petrel's compass",
                "They find a dot of an island after months at sea. New tags show that smell does most of the work.",
            ),
            (
                "Shade as infrastructure",
                "Planners in {city} now measure streets in minutes of shade. The map surprised them.",
            ),
            ("A telescope in a barn", "How a retired teacher found a comet that four observatories had missed."),
        ],
        button: "Continue reading",
    },
    Paper {
        name: "Bramble Outfitters",
        address: "news@brambleoutfitters.example",
        colour: "#5b3a29",
        subjects: &[
            "The {month} sale ends {day}",
            "New: the jacket we took three years to finish",
            "{percent}% off everything that keeps rain out",
        ],
        lead: "Made to be repaired, and now {percent} per cent off until {day} evening.",
        stories: &[
            ("The Harbour jacket", "Waxed cotton, brass, and a pocket for the other glove."),
            ("Wool socks, six pairs", "Guaranteed for life. We mean yours."),
        ],
        button: "Shop the sale",
    },
    Paper {
        name: "Design Systems Digest",
        address: "digest@designsystems.example",
        colour: "#6a1b9a",
        subjects: &["Density without noise", "Dark mode is not an inverted page", "The digest: forms people finish"],
        lead: "Links worth your coffee, with a sentence on why.",
        stories: &[
            (
                "Eleven inboxes compared",
                "A careful look at spacing, weight and what each leaves out. The calmest one hides nothing.",
            ),
            ("Colour contrast after APCA", "What changes, what does not, and a table to keep."),
            ("Motion that explains", "If an animation does not answer a question, it asks for patience."),
        ],
        button: "Read the digest",
    },
];

/// Writes one issue of one newsletter.
pub(super) fn write(chance: &mut Chance, owner: &Person, gaps: &Gaps, at_ms: i64) -> Letter {
    let Some(paper) = chance.pick(&PAPERS) else {
        return Letter { message: Message::default(), at_ms, place: Place::Inbox };
    };
    let from = Address::new(paper.name, paper.address);
    let content = Content { html: true, text: page(chance, paper, gaps) };
    let list = paper.address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let message = Message {
        subject: gaps.fill(chance.word(paper.subjects)),
        preview: body::preview(&content),
        content,
        from: Some(from.clone()),
        sender: Some(from.clone()),
        to: vec![Address::new(owner.name, owner.address)],
        internet_message_id: message_id(chance, &from),
        headers: vec![
            ("List-Unsubscribe".to_owned(), format!("<https://{list}/unsubscribe?u=ada>, <mailto:unsubscribe@{list}>")),
            ("List-Unsubscribe-Post".to_owned(), "List-Unsubscribe=One-Click".to_owned()),
            ("List-ID".to_owned(), format!("<news.{list}>")),
        ],
        other: true,
        ..Message::default()
    };
    Letter { message, at_ms, place: Place::Folder("Newsletters") }
}

fn page(chance: &mut Chance, paper: &Paper, gaps: &Gaps) -> String {
    let site = paper.address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let text = |raw: &str| escape_html(&gaps.fill(raw));
    let mut stories = String::new();
    for (at, (title, about)) in paper.stories.iter().enumerate() {
        let picture = chance.below(100_000);
        stories.push_str(&format!(
            "<tr><td style=\"padding:20px 32px 4px\"><img src=\"https://images.{site}/{picture}.jpg\" alt=\"{title}\" width=\"536\" height=\"220\" style=\"display:block;width:100%;height:auto;border:0;border-radius:6px\"></td></tr><tr><td style=\"padding:8px 32px\"><h2 style=\"margin:0 0 6px;font-size:19px;line-height:1.3;color:#1d1d1f\"><a href=\"https://{site}/stories/{at}?utm_source=mail\" style=\"color:#1d1d1f;text-decoration:none\">{title}</a></h2><p style=\"margin:0;color:#444;font-size:15px;line-height:1.55\">{about}</p></td></tr>",
            title = text(title),
            about = text(about),
        ));
    }
    format!(
        "<html><head><style>@media (max-width:600px){{.sheet{{width:100%!important}}}}</style></head><body style=\"margin:0;background:#eef0f3\"><div style=\"display:none;max-height:0;overflow:hidden\">{lead}</div><table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" bgcolor=\"#eef0f3\"><tr><td align=\"center\" style=\"padding:24px 12px\"><table role=\"presentation\" class=\"sheet\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\" style=\"background:#ffffff;border-radius:10px;font-family:Helvetica,Arial,sans-serif\"><tr><td bgcolor=\"{colour}\" style=\"padding:26px 32px;border-radius:10px 10px 0 0\"><span style=\"color:#ffffff;font-size:24px;font-weight:bold\">{name}</span></td></tr><tr><td style=\"padding:24px 32px 4px;font-size:17px;line-height:1.5;color:#1d1d1f\">{lead}</td></tr>{stories}<tr><td align=\"center\" style=\"padding:24px 32px 32px\"><a href=\"https://{site}/latest\" style=\"background:{colour};color:#ffffff;padding:12px 26px;border-radius:6px;text-decoration:none;font-weight:bold;display:inline-block\">{button}</a></td></tr><tr><td style=\"padding:18px 32px;border-top:1px solid #e3e5e8;font-size:12px;line-height:1.5;color:#6b6f76\">You get this because you signed up at {site}.<br><a href=\"https://{site}/unsubscribe?u=ada\" style=\"color:#6b6f76\">Unsubscribe</a> or <a href=\"https://{site}/preferences\" style=\"color:#6b6f76\">change how often we write</a>.</td></tr></table><img src=\"https://track.{site}/open/{pixel}.gif\" width=\"1\" height=\"1\" alt=\"\"></td></tr></table></body></html>",
        lead = text(paper.lead),
        colour = paper.colour,
        name = escape_html(paper.name),
        button = text(paper.button),
        pixel = chance.below(1_000_000),
    )
}

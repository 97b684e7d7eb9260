//! Letters from work: decisions, questions, reviews, invitations.
//! Each is something a colleague could have written this morning.

use crate::generate::card::{Answer, CARD, Card, File};
use crate::generate::letter::Place;

pub(super) const CARDS: [Card; 19] = [
    Card {
        subject: "{project}: go or no-go for {day}?",
        text: "Hi {me},\n\nThe last blocker on {project} was closed an hour ago, and the rehearsal ran through without surprises. I would like to go live on {day} at {time} unless somebody sees a reason not to.\n\nWhat is still open:\n\n- the two wording changes from legal, both cosmetic\n- a second pair of eyes on the rollback notes\n- telling support before lunch\n\nCould you say yes or no by tomorrow evening?\n\nThanks,\n{them}",
        answers: &[
            Answer::Mine(
                "Yes from me. I read the rollback notes and have one question in the margin, nothing that stops us.\n\nLet us keep the channel open for the first two hours.",
            ),
            Answer::Third(
                "Support knows. We have two people on call from {time} on {day}, and a short text ready in case anybody asks.",
            ),
            Answer::Theirs(
                "Perfect, then it is a go. I answered your question in the document; you were right, the order of steps 4 and 5 was wrong.",
            ),
        ],
        category: "Work",
        ..CARD
    },
    Card {
        subject: "Notes from the {project} review",
        text: "Hello all,\n\nshort notes from today, please correct me where I misheard:\n\n- The onboarding flow loses {percent} per cent of people on the third screen. We will try it with two screens.\n- The export takes too long above {big} rows. Rahul looks into streaming it.\n- We keep the old report until the end of {nextmonth}.\n\nNext review: {day}, {time}, {room}.\n\n{them}",
        answers: &[
            Answer::Third("One addition: we said that the two-screen version goes to a tenth of the people first."),
            Answer::Mine("Thanks for writing it down so quickly. I take the third point and tell the finance team."),
        ],
        files: &[File::Docx("{project} review notes.docx")],
        ..CARD
    },
    Card {
        subject: "Contract draft, second round",
        text: "Dear {me},\n\nattached is the second draft with your comments worked in. Three clauses deserve your attention: 4.2 (acceptance), 7 (liability, now capped) and the annex with the service levels.\n\nIf you are content I can send the signature copy on {day}.\n\nKind regards,\n{them}",
        answers: &[
            Answer::Mine(
                "Thank you. 4.2 and the annex are fine. In clause 7 the cap should be per year and not per incident, as we discussed on the phone.",
            ),
            Answer::Theirs("You are right, my mistake. Corrected version follows within the hour."),
        ],
        files: &[File::Pdf("{project} agreement draft 2.pdf"), File::Docx("Comments on clause 7.docx")],
        category: "Work",
        place: Place::Folder("Northwind"),
        ..CARD
    },
    Card {
        subject: "Numbers for {lastmonth}",
        text: "Hi {me},\n\nthe figures for {lastmonth} are in: {big} active accounts, up {percent} per cent. The dip in week three was the outage and is gone since.\n\nThe table with all weeks is attached, and the chart for the slide is below.\n\n{them}",
        files: &[File::Csv("weekly-{lastmonth}.csv"), File::Inline("chart-{lastmonth}.png")],
        answers: &[Answer::Mine(
            "Lovely, thank you. Can you add last year as a pale line? Then people stop asking me.",
        )],
        ..CARD
    },
    Card {
        subject: "Can you look at this before {time}?",
        text: "{me}, I am about to send the offer to {project} and would feel better if you read the second page once. Is the price for the migration right, and is the date in {nextmonth} realistic?\n\nI can wait until {time}, not longer, sorry.",
        urgent: true,
        answers: &[
            Answer::Mine("Read it. The price is right. Make the date two weeks later and promise it properly."),
            Answer::Theirs("Done and sent. Thank you!"),
        ],
        files: &[File::Pdf("Offer {project}.pdf")],
        ..CARD
    },
    Card {
        subject: "Lunch & learn: reading flame graphs",
        text: "Hello everybody,\n\non {day} at 12:30 in {room} I will show how to read flame graphs without fear. Bring a profile of your own if you have one, and something to eat in any case.\n\nNo preparation needed. It will be recorded.\n\n{them}",
        meeting_minutes: 60,
        ..CARD
    },
    Card {
        subject: "{project} weekly",
        text: "Agenda\n\n- What shipped\n- What is stuck, and who can unstick it\n- Decisions for the next two weeks\n\nPlease add points until the evening before. If the list is empty at nine, we skip it.",
        meeting_minutes: 30,
        category: "Work",
        ..CARD
    },
    Card {
        subject: "Invitation: planning for {nextmonth}, in person",
        text: "Hi {me},\n\nI would like to have all of us in one room for the planning. {room} is ours from {time}. There will be coffee, a whiteboard and no slides.\n\nPlease accept or suggest another day.\n\n{them}",
        meeting_minutes: 120,
        ..CARD
    },
    Card {
        subject: "Re-using the {project} components",
        text: "Hi {me},\n\nwe are starting on the partner portal and would rather not draw a fourth date picker. Would you mind if we took yours from {project}? We would send changes back as they come, with tests.\n\nIf it is not ready for others yet, just say so, and we shall wait.\n\nCheers,\n{them}",
        answers: &[
            Answer::Mine(
                "Please do! It is ready; only the range mode has rough edges. I would start with the single date.",
            ),
            Answer::Theirs("Great, single date is all we need for now. First pull request by {day}."),
        ],
        ..CARD
    },
    Card {
        subject: "Build broken on main since {time}",
        text: "The build on main fails since {time}:\n\n    error: linking with `cc` failed: exit status: 1\n    note: /usr/bin/ld: cannot find -lssl\n\nLooks like the new runner image lacks the headers. I pinned the old image for now and opened a ticket with the platform team.\n\n{them}",
        plain: true,
        answers: &[
            Answer::Third(
                "Confirmed, the image was rebuilt this morning. We put the package back; the pin can go tomorrow.",
            ),
            Answer::Mine("Thanks both. I shall remove the pin when it is green."),
        ],
        ..CARD
    },
    Card {
        subject: "[{project}] Review requested: cache keys by tenant (#{n}48)",
        text: "Hannah asked for your review.\n\nWhat changes: cache entries are keyed by tenant and by user, where before they were keyed by user only. Old entries are ignored, not migrated; they are gone after an hour anyway.\n\nHow it was tested: unit tests for the key, and a run against staging with {big} requests.\n\n3 files changed, 87 insertions, 21 deletions.",
        plain: true,
        ..CARD
    },
    Card {
        subject: "Out of office next week",
        text: "Hi {me},\n\nI am in {city} from {day} and read mail only in the evening. For anything urgent about {project} please ask Mei; she knows where everything is, including the key to the cupboard.\n\nBack on the Monday after.\n\n{them}",
        ..CARD
    },
    Card {
        subject: "Interview feedback: platform engineer",
        text: "Hi {me},\n\nthank you for taking the second hour. My impression: strong on operations, honest about what she does not know, and her questions were better than ours. I would hire.\n\nCould you add your notes until {day}, so that we can answer this week?\n\n{them}",
        answers: &[Answer::Mine("Notes are in. Same impression, and the whiteboard part was a pleasure. A clear yes.")],
        category: "Work",
        ..CARD
    },
    Card {
        subject: "Minutes and photos from {city}",
        text: "Dear all,\n\nit was a good workshop. The minutes are attached, and a photo of the wall before the sticky notes fell off.\n\nThe three things we agreed on:\n\n- one backlog for both teams, from {nextmonth} on\n- a shared glossary; Claire starts it\n- we meet again before the summer, closer to the sea\n\n{them}",
        files: &[File::Docx("Minutes {city}.docx"), File::Picture("wall.png")],
        answers: &[
            Answer::Third("Merci! The glossary has its first {n} words already."),
            Answer::Mine("Thank you for organising it all. I vote for the sea."),
        ],
        ..CARD
    },
    Card {
        subject: "Invoice {order} for {lastmonth}",
        text: "Dear {me},\n\nplease find our invoice {order} for the work in {lastmonth} attached: {n} days, € {big}.00 in total, payable within thirty days.\n\nThank you for the good collaboration.\n\n{them}",
        files: &[File::Pdf("Invoice {order}.pdf")],
        category: "Finance",
        place: Place::Folder("Receipts"),
        ..CARD
    },
    Card {
        subject: "Quick question about the {quarter} goals",
        text: "Hi {me}, when you wrote that {project} should be \"fast everywhere\" in {quarter}: did you mean the slowest tenth of devices or the median one? The answer changes what we do on {day}.",
        answers: &[
            Answer::Mine("The slowest tenth. If it is fast there, nobody else will complain."),
            Answer::Theirs("That is what I hoped you would say."),
        ],
        ..CARD
    },
    Card {
        subject: "Room change: {room}",
        text: "The meeting on {day} at {time} moves to {room}; the old one has no heating at the moment. Everything else stays.\n\n{them}",
        ..CARD
    },
    Card {
        subject: "Thank you for {city}",
        text: "Dear {me},\n\njust a short note to say thank you for the talk. The questions went on in the corridor for an hour, which has not happened before. Several people asked for the slides; may I pass them on?\n\nWarmly,\n{them}",
        answers: &[Answer::Mine("Of course, please do. It was a pleasure, and the audience was half of it.")],
        ..CARD
    },
    Card {
        subject: "Proposal for {project}",
        text: "Hi {them},\n\nI have thought about your question and would propose the following:\n\n- we start with the smallest part that is useful alone\n- we measure for two weeks\n- only then do we decide about the rest\n\nThe first part could be",
        place: Place::Drafts,
        ..CARD
    },
];

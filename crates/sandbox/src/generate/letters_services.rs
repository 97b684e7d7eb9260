//! Mail that programs write: receipts, deliveries, warnings, reminders, and what belongs into the junk folder.
//! Mostly unloved, and most of a real mailbox.

use crate::generate::card::{CARD, Card, File, Voice};
use crate::generate::letter::Place;

pub(super) const CARDS: [Card; 10] = [
    Card {
        from: Voice::Named("Paper & Ink", "orders@paperandink.example"),
        subject: "Your order {order} is on its way",
        text: "Good news: your parcel left our workshop this morning.\n\nOrder {order}\n1 × A5 notebook, dotted, dark green\n2 × Ink cartridge, blue-black\nTotal: € {money}\n\nIt should arrive on {day}. You can follow it with the number in your account.",
        place: Place::Folder("Receipts"),
        ..CARD
    },
    Card {
        from: Voice::Named("Harbour Bank", "statements@harbourbank.example"),
        subject: "Your statement for {lastmonth} is ready",
        text: "Dear customer,\n\nyour statement for {lastmonth} is attached. Nothing needs to be done.\n\nWe never ask for your password by mail.",
        files: &[File::Pdf("Statement {lastmonth}.pdf")],
        category: "Finance",
        place: Place::Folder("Receipts"),
        ..CARD
    },
    Card {
        from: Voice::Named("Sign-in Alerts", "no-reply@accounts.example"),
        subject: "New sign-in from {city}",
        text: "A new device signed in to your account from {city}.\n\nIf that was you, there is nothing to do. If not, change your password now and sign out everywhere.",
        urgent: true,
        ..CARD
    },
    Card {
        from: Voice::Named("Petrel Status", "status@petrelstatus.example"),
        subject: "Resolved: slow search in the {city} region",
        text: "Between 04:10 and 05:02 UTC searches in the {city} region took up to {n} seconds.\n\nCause: a full disk on one of three index nodes. Action: the node was replaced, and the alarm now rings at 80 per cent instead of 95.\n\nWe are sorry for the wait.",
        plain: true,
        ..CARD
    },
    Card {
        from: Voice::Named("Slow Rails Tickets", "tickets@slowrails.example"),
        subject: "Your ticket to {city}: {date}",
        text: "Thank you for booking with us.\n\nOutward: {date}, departure {time}, coach {n}, seat 46, window\nTicket number: {code}\nPrice: € {money}\n\nThe ticket is attached; showing it on the screen is enough.",
        files: &[File::Pdf("Ticket {code}.pdf")],
        category: "Travel",
        place: Place::Folder("Travel"),
        ..CARD
    },
    Card {
        from: Voice::Named("City Library", "circulation@citylibrary.example"),
        subject: "Due on {day}: {book}",
        text: "The following item is due soon:\n\n{book}\nDue: {day}\n\nYou can renew it twice, unless somebody is waiting for it. Somebody is not.",
        plain: true,
        ..CARD
    },
    Card {
        from: Voice::Named("Dr. Okonkwo's practice", "reception@okonkwo-dental.example"),
        subject: "Reminder: your appointment on {date}",
        text: "Dear Ms Lovelace,\n\nwe expect you on {date} at {time}. If you cannot come, please tell us a day before, so that somebody else can have the place.\n\nYour practice team",
        ..CARD
    },
    Card {
        from: Voice::Named("Tideline Cloud", "billing@tideline.example"),
        subject: "Invoice {order}: € {money}",
        text: "Your invoice for {lastmonth} is attached. The amount of € {money} will be collected from the account ending in 4417 on {date}.\n\nUsage rose by {percent} per cent against the month before, mostly in storage.",
        files: &[File::Pdf("tideline-{order}.pdf")],
        category: "Finance",
        place: Place::Folder("Receipts"),
        ..CARD
    },
    Card {
        from: Voice::Named("Accounts", "no-reply@accounts.example"),
        subject: "{code} is your sign-in code",
        text: "Your code is {code}. It is good for ten minutes.\n\nNobody from us will ever ask you for it.",
        ..CARD
    },
    Card {
        from: Voice::Named("Forge", "notifications@forge.example"),
        subject: "[petrel/engine] Release {version}.0 is out",
        text: "petrel/engine released version {version}.0.\n\nHighlights:\n- reading a folder of a million messages takes as long as reading one of a thousand\n- the outbox survives a power cut in the middle of a write\n- {n} smaller fixes\n\nYou get this because you watch the repository.",
        plain: true,
        ..CARD
    },
];

pub(super) const JUNK: [Card; 3] = [
    Card {
        from: Voice::Named("Prize Department", "winner@lucky-draw-77.example"),
        subject: "CONGRATULATIONS!!! You have been selected",
        text: "Dear Sir/Madam,\n\nyour e-mail address has WON the sum of {big},000 Euro in our international draw. To claim it, kindly send your full name, your bank and a copy of your passport within 24 hours.\n\nAct now!!!",
        place: Place::Junk,
        urgent: true,
        ..CARD
    },
    Card {
        from: Voice::Named("Mailbox Administrator", "admin@mail-quota-verify.example"),
        subject: "Your mailbox is 98% full: verify now",
        text: "Your mailbox has almost reached its limit. If you do not verify your account within 12 hours all mail will be deleted.\n\nVerify here: http://mail-quota-verify.example/login\n\nCase number {code}",
        place: Place::Junk,
        ..CARD
    },
    Card {
        from: Voice::Named("SEO Growth Team", "mike@rank-you-first.example"),
        subject: "Quick question about your website",
        text: "Hi there,\n\nI was on your website and noticed {n} errors that stop you from being number one. I can fix them all for only $ {money}.\n\nMay I send you a free report?\n\nMike",
        place: Place::Junk,
        ..CARD
    },
];

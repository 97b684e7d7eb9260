//! A made-up calendar: a daily round, a weekly review, a few appointments and a day off.
//! It is laid out around the first day, so that a view of this week is never empty.

use calcard::icalendar::{ICalendarDay, ICalendarFrequency, ICalendarRecurrenceRule, ICalendarWeekday};
use serde_json::json;

use crate::chance::Chance;
use crate::mailbox::Mailbox;
use crate::mailbox::calendar::{Answer, Attendee, Event, Response};
use crate::mailbox::message::{Address, Content};
use crate::people::PEOPLE;
use crate::time::DAY_MS;
use crate::zones::Moment;

const MINUTE_MS: i64 = 60_000;

/// Subject, day from the first, minute of the day, length in minutes, place, how it shows.
const APPOINTMENTS: [(&str, i64, i64, i64, &str, &str); 8] = [
    ("Dentist", 3, 8 * 60 + 30, 45, "Voss, 2nd floor", "oof"),
    ("Lunch with Mary", 1, 12 * 60 + 30, 60, "The corner place", "busy"),
    ("Write the quarterly notes", 2, 9 * 60, 120, "", "busy"),
    ("Call the bank", 4, 15 * 60, 15, "", "free"),
    ("Piano lesson", 7, 17 * 60, 45, "Music school", "oof"),
    ("Book club", 9, 18 * 60, 120, "Library", "oof"),
    ("Read applications", -2, 10 * 60, 90, "", "busy"),
    ("Train to Edinburgh", 14, 7 * 60, 270, "King's Cross", "workingElsewhere"),
];

/// Fills a calendar around `now_ms`.
pub(crate) fn fill(mailbox: &mut Mailbox, seed: u64, now_ms: i64) {
    let mut chance = Chance::new(seed ^ 0xca1e_4da2);
    let owner = Address::new(mailbox.owner.name, mailbox.owner.address);
    let today = now_ms.div_euclid(DAY_MS) * DAY_MS;
    let made_ms = now_ms - 60 * DAY_MS;
    let event = |subject: &str, start: i64, minutes: i64, place: &str| {
        let end = Moment::utc(start + minutes * MINUTE_MS);
        let mut event = Event::new(owner.clone(), Moment::utc(start), end);
        event.subject = subject.to_owned();
        event.content = Content { html: true, text: format!("<html><body><p>{subject}</p></body></html>") };
        if !place.is_empty() {
            event.locations = vec![json!({"displayName": place, "locationType": "default"})];
        }
        event
    };
    for (subject, day, minute, minutes, place, show_as) in APPOINTMENTS {
        let shift = i64::try_from(chance.below(3)).unwrap_or(0) * 15;
        let mut one = event(subject, today + day * DAY_MS + (minute + shift) * MINUTE_MS, minutes, place);
        one.show_as = show_as;
        mailbox.add_event(one, made_ms);
    }
    let mut off = event("Day off", today + 11 * DAY_MS, 24 * 60, "");
    off.all_day = true;
    off.show_as = "oof";
    off.reminder_on = false;
    mailbox.add_event(off, made_ms);
    // The Monday four weeks ago: 1970 began on a Thursday.
    let monday = today - (today.div_euclid(DAY_MS) + 3).rem_euclid(7) * DAY_MS - 28 * DAY_MS;
    let days = [
        ICalendarWeekday::Monday,
        ICalendarWeekday::Tuesday,
        ICalendarWeekday::Wednesday,
        ICalendarWeekday::Thursday,
        ICalendarWeekday::Friday,
    ];
    let plain = |weekday: ICalendarWeekday| ICalendarDay { ordwk: None, weekday };
    let mut round = event("Morning round", monday + 9 * 60 * MINUTE_MS, 15, "Room Turing");
    round.rule = Some(ICalendarRecurrenceRule {
        freq: ICalendarFrequency::Weekly,
        interval: Some(1),
        byday: days.into_iter().map(plain).collect(),
        ..ICalendarRecurrenceRule::default()
    });
    mailbox.add_event(round, made_ms);
    // Everybody holds the same weekly review, each as the guest of ada.
    let Some(ada) = PEOPLE.first() else {
        return;
    };
    let mut review = event("Weekly review", monday + 3 * DAY_MS + 14 * 60 * MINUTE_MS, 60, "Room Noether");
    review.organizer = Address::new(ada.name, ada.address);
    review.mine = ada.object_id == mailbox.owner.object_id;
    review.uid = "weekly-review@petrel.test".to_owned();
    review.online = true;
    review.attendees = PEOPLE
        .iter()
        .filter(|person| person.object_id != ada.object_id)
        .map(|person| Attendee {
            who: Address::new(person.name, person.address),
            kind: "required",
            response: Response { answer: Answer::Accepted, at_ms: Some(made_ms) },
            proposed: None,
        })
        .collect();
    if !review.mine {
        review.response = Response { answer: Answer::Accepted, at_ms: Some(made_ms) };
    }
    review.rule = Some(ICalendarRecurrenceRule {
        freq: ICalendarFrequency::Weekly,
        interval: Some(1),
        byday: vec![plain(ICalendarWeekday::Thursday)],
        ..ICalendarRecurrenceRule::default()
    });
    mailbox.add_event(review, made_ms);
}

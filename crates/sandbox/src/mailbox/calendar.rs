//! A person's calendar: events, series and their exceptions, and which mails belong to which meeting.
//! It is kept in a calendar's terms; how Graph spells it is the business of `graph::event_view`.

use std::collections::BTreeMap;

use calcard::icalendar::ICalendarRecurrenceRule;
use serde_json::Value;

use crate::chance::digest;
use crate::mailbox::Mailbox;
use crate::mailbox::message::{Address, Attachment, Content, Importance};
use crate::mailbox::shelf::Shelf;
use crate::zones::Moment;

/// What somebody answered to an invitation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Answer {
    #[default]
    None,
    Organizer,
    Tentative,
    Accepted,
    Declined,
    NotResponded,
}

impl Answer {
    /// Graph's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Organizer => "organizer",
            Self::Tentative => "tentativelyAccepted",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::NotResponded => "notResponded",
        }
    }
}

/// An answer and when it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) answer: Answer,
    pub(crate) at_ms: Option<i64>,
}

/// Somebody invited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attendee {
    pub(crate) who: Address,
    /// `required`, `optional` or `resource`.
    pub(crate) kind: &'static str,
    pub(crate) response: Response,
    /// Another time this person proposed.
    pub(crate) proposed: Option<(i64, i64)>,
}

/// What is different on one day of a series.
#[derive(Clone, Debug)]
pub(crate) enum Exception {
    Cancelled,
    Changed(Box<Event>),
}

/// One event, or the series all its occurrences come from.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// The UID of calendar files; the same in every mailbox.
    pub(crate) uid: String,
    /// Counts the organiser's changes.
    pub(crate) sequence: i64,
    pub(crate) subject: String,
    pub(crate) content: Content,
    pub(crate) organizer: Address,
    pub(crate) mine: bool,
    pub(crate) attendees: Vec<Attendee>,
    pub(crate) start: Moment,
    pub(crate) end: Moment,
    pub(crate) all_day: bool,
    /// Graph's own form of the places; the first is the location.
    pub(crate) locations: Vec<Value>,
    pub(crate) importance: Importance,
    pub(crate) sensitivity: &'static str,
    pub(crate) show_as: &'static str,
    pub(crate) categories: Vec<String>,
    pub(crate) reminder_on: bool,
    pub(crate) reminder_minutes: i64,
    pub(crate) cancelled: bool,
    pub(crate) response: Response,
    pub(crate) response_requested: bool,
    pub(crate) allow_proposals: bool,
    pub(crate) hide_attendees: bool,
    pub(crate) online: bool,
    pub(crate) transaction: Option<String>,
    pub(crate) rule: Option<ICalendarRecurrenceRule>,
    /// By the moment at which the occurrence would have started.
    pub(crate) exceptions: BTreeMap<i64, Exception>,
    pub(crate) attachments: Vec<Attachment>,
}

impl Event {
    /// An event of this person with nothing set but its times.
    pub(crate) fn new(organizer: Address, start: Moment, end: Moment) -> Self {
        Self {
            uid: String::new(),
            sequence: 0,
            subject: String::new(),
            content: Content { html: true, text: String::new() },
            organizer,
            mine: true,
            attendees: Vec::new(),
            start,
            end,
            all_day: false,
            locations: Vec::new(),
            importance: Importance::Normal,
            sensitivity: "normal",
            show_as: "busy",
            categories: Vec::new(),
            reminder_on: true,
            reminder_minutes: 15,
            cancelled: false,
            response: Response { answer: Answer::Organizer, at_ms: None },
            response_requested: true,
            allow_proposals: true,
            hide_attendees: false,
            online: false,
            transaction: None,
            rule: None,
            exceptions: BTreeMap::new(),
            attachments: Vec::new(),
        }
    }

    /// Milliseconds from start to end.
    pub(crate) fn length_ms(&self) -> i64 {
        (self.end.ms - self.start.ms).max(0)
    }

    /// The event on the day it would start at `start_ms`, with that day's exception; none where it is cancelled.
    pub(crate) fn occurrence(&self, start_ms: i64) -> Option<Self> {
        match self.exceptions.get(&start_ms) {
            Some(Exception::Cancelled) => None,
            Some(Exception::Changed(event)) => Some(event.as_ref().clone()),
            None => {
                let mut event = self.clone();
                event.start.ms = start_ms;
                event.end.ms = start_ms + self.length_ms();
                event.exceptions = BTreeMap::new();
                Some(event)
            }
        }
    }
}

/// What a mail about a meeting said when it came.
#[derive(Clone, Debug)]
pub(crate) struct MeetingMail {
    /// The Message-ID, by which a copy is known.
    pub(crate) message_id: String,
    pub(crate) uid: String,
    pub(crate) sequence: i64,
    pub(crate) start: Moment,
    pub(crate) end: Moment,
    pub(crate) all_day: bool,
    pub(crate) location: Option<String>,
    pub(crate) rule: Option<ICalendarRecurrenceRule>,
    /// Times and place before an update.
    pub(crate) previous: Option<(Moment, Moment, Option<String>)>,
    /// The original start of the one occurrence it is about.
    pub(crate) occurrence_ms: Option<i64>,
    pub(crate) proposed: Option<(i64, i64)>,
    pub(crate) response_requested: bool,
    pub(crate) answer: Answer,
}

/// Everything of one person's calendar.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    pub(crate) events: Shelf<Event>,
    /// By the keys of messages.
    pub(crate) mails: BTreeMap<u64, MeetingMail>,
}

impl Default for Calendar {
    fn default() -> Self {
        Self { events: Shelf::new(3), mails: BTreeMap::new() }
    }
}

impl Calendar {
    /// The key of the event with this UID.
    pub(crate) fn by_uid(&self, uid: &str) -> Option<u64> {
        self.events.iter().find(|one| one.thing.uid == uid).map(|one| one.key)
    }
}

impl Mailbox {
    /// The id of the one calendar.
    pub(crate) fn calendar_id(&self) -> String {
        self.folder_name("calendar")
    }

    /// A UID in the form Exchange gives its own meetings.
    fn event_uid(&self, key: u64) -> String {
        let owner = self.owner.object_id.as_bytes();
        let hash = digest(&[&self.seed.to_be_bytes(), owner, b"event", &key.to_be_bytes()]);
        let hex: String = hash.iter().take(24).map(|byte| format!("{byte:02X}")).collect();
        format!("040000008200E00074C5B7101A82E00800000000{hex}")
    }

    /// Adds an event and answers with its key; one without a UID gets one as Exchange makes them.
    pub(crate) fn add_event(&mut self, mut event: Event, now_ms: i64) -> u64 {
        let key = self.calendar.events.next_key();
        if event.uid.is_empty() {
            event.uid = self.event_uid(key);
        }
        let folder = self.calendar_id();
        let entry = self.new_entry(key, &folder, event, now_ms);
        self.calendar.events.put(entry);
        key
    }

    /// Changes an event in place.
    pub(crate) fn edit_event(&mut self, key: u64, now_ms: i64, edit: impl FnOnce(&mut Event)) {
        let change = self.count_write();
        if let Some(entry) = self.calendar.events.entry_mut(key) {
            edit(&mut entry.thing);
            entry.change = change;
            entry.modified_ms = now_ms;
        }
    }

    /// Removes an event, the whole series where it is one.
    pub(crate) fn remove_event(&mut self, key: u64) {
        let change = self.count_write();
        self.calendar.events.remove(key, change);
    }
}

//! Attached events and contacts as the files that `$value` gives: iCalendar (RFC 5545) and vCard 3.0 (RFC 2426).
//! Both share their escaping and their folding of long lines, and hold what a reader needs and no more.

use serde_json::Value;

use crate::graph::call::text_member;
use crate::time::{ical, parse_iso};
use crate::web::member;

/// Lines longer than this many bytes are folded.
const LINE: usize = 75;

/// An attached event as a calendar file.
pub(super) fn calendar(event: &Value) -> Vec<u8> {
    let mut file = File::default();
    for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Petrel sandbox//EN", "BEGIN:VEVENT"] {
        file.line(line);
    }
    let uid = text_member(event, "iCalUId").unwrap_or("attached-event@petrel.test");
    file.text("UID", Some(uid));
    file.line("DTSTAMP:19700101T000000Z");
    file.moment("DTSTART", member(event, "start"));
    file.moment("DTEND", member(event, "end"));
    file.text("SUMMARY", text_member(event, "subject"));
    file.text("LOCATION", member(event, "location").and_then(|place| text_member(place, "displayName")));
    file.text("DESCRIPTION", member(event, "body").and_then(|body| text_member(body, "content")));
    file.person("ORGANIZER", member(event, "organizer"));
    for one in member(event, "attendees").and_then(Value::as_array).into_iter().flatten() {
        file.person("ATTENDEE", Some(one));
    }
    file.line("END:VEVENT");
    file.line("END:VCALENDAR");
    file.0.into_bytes()
}

/// An attached contact as a card.
pub(super) fn card(contact: &Value) -> Vec<u8> {
    let text = |name: &str| text_member(contact, name).filter(|text| !text.is_empty());
    let mut file = File::default();
    file.line("BEGIN:VCARD");
    file.line("VERSION:3.0");
    let parts = ["surname", "givenName", "middleName"].map(|name| escaped(text(name).unwrap_or_default()));
    file.line(&format!("N:{}", parts.join(";")));
    file.text("FN", text("displayName"));
    file.text("ORG", text("companyName"));
    file.text("TITLE", text("jobTitle"));
    file.text("TEL;TYPE=CELL", text("mobilePhone"));
    let list = |name: &str| member(contact, name).and_then(Value::as_array).cloned().unwrap_or_default();
    for (name, label) in [("businessPhones", "TEL;TYPE=WORK"), ("homePhones", "TEL;TYPE=HOME")] {
        for one in list(name) {
            file.text(label, one.as_str());
        }
    }
    for one in list("emailAddresses") {
        file.text("EMAIL;TYPE=INTERNET", text_member(&one, "address"));
    }
    file.text("NOTE", text("personalNotes"));
    file.line("END:VCARD");
    file.0.into_bytes()
}

#[derive(Default)]
struct File(String);

impl File {
    fn line(&mut self, line: &str) {
        let mut width = 0;
        for c in line.chars() {
            if width + c.len_utf8() > LINE {
                self.0.push_str("\r\n ");
                width = 1;
            }
            self.0.push(c);
            width += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    fn text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.line(&format!("{name}:{}", escaped(value)));
        }
    }

    /// A `dateTimeTimeZone`: in UTC where it says so, otherwise in the zone it names.
    fn moment(&mut self, name: &str, value: Option<&Value>) {
        let Some((value, ms)) = value.and_then(|value| Some((value, parse_iso(text_member(value, "dateTime")?)?)))
        else {
            return;
        };
        let zone = text_member(value, "timeZone").unwrap_or("UTC").replace(['"', '\r', '\n'], "");
        let moment = ical(ms);
        if zone.eq_ignore_ascii_case("UTC") {
            self.line(&format!("{name}:{moment}"));
        } else {
            self.line(&format!("{name};TZID=\"{zone}\":{}", moment.trim_end_matches('Z')));
        }
    }

    fn person(&mut self, role: &str, value: Option<&Value>) {
        let address = value.and_then(|one| member(one, "emailAddress"));
        if let Some(mail) = address.and_then(|one| text_member(one, "address")) {
            let name = address.and_then(|one| text_member(one, "name")).unwrap_or(mail);
            let name = name.replace(['"', '\r', '\n'], "");
            self.line(&format!("{role};CN=\"{name}\":mailto:{}", mail.replace(['\r', '\n'], "")));
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace(';', "\\;")
        .replace(',', "\\,")
        .replace("\r\n", "\\n")
        .replace(['\r', '\n'], "\\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_becomes_a_calendar_file_with_folded_lines() {
        let file = calendar(&json!({
            "subject": "Lunch; with \"everybody\", the whole floor and all the guests of the house that day",
            "start": {"dateTime": "2026-11-24T12:00:00.0000000", "timeZone": "Pacific Standard Time"},
            "end": {"dateTime": "2026-11-24T13:00:00", "timeZone": "UTC"},
            "attendees": [{"emailAddress": {"address": "bob@else.example", "name": "Bob\r\nX"}}],
        }));
        let file = String::from_utf8(file).unwrap();
        assert!(file.contains("DTSTART;TZID=\"Pacific Standard Time\":20261124T120000\r\n"), "{file}");
        assert!(file.contains("DTEND:20261124T130000Z\r\n"), "{file}");
        assert!(file.contains("CN=\"BobX\":mailto:bob@else.example"), "{file}");
        assert!(file.contains("SUMMARY:Lunch\\; with"), "{file}");
        assert!(file.lines().all(|line| line.len() <= LINE), "{file}");
    }

    #[test]
    fn a_contact_becomes_a_card() {
        let contact = json!({"displayName": "Bob, B.", "surname": "B", "givenName": "Bob", "emailAddresses": [{"address": "bob@else.example"}]});
        let file = String::from_utf8(card(&contact)).unwrap();
        assert!(file.contains("FN:Bob\\, B.\r\n") && file.contains("N:B;Bob;\r\n"), "{file}");
        assert!(file.contains("EMAIL;TYPE=INTERNET:bob@else.example\r\n"), "{file}");
    }
}

//! Calendars and invitations: from the mail that arrives to the answer that leaves.

use serde_json::{Value, json};

use crate::client::{ADA, Client, GRACE, message, segment};

const SCOPES: &str = "User.Read Calendars.ReadWrite Mail.ReadWrite Mail.Send MailboxSettings.ReadWrite";

fn client() -> Client {
    let mut client = Client::new();
    client.token = token(&mut client, ADA);
    client
}

fn token(client: &mut Client, user: &str) -> String {
    let got = client.control("POST", "token", &json!({"user": user, "scopes": SCOPES}));
    got["access_token"].as_str().unwrap().to_owned()
}

fn rows(value: &Value) -> &Vec<Value> {
    value["value"].as_array().unwrap()
}

fn event(id: &str) -> String {
    format!("/v1.0/me/events/{}", segment(id))
}

/// A mail of Bob's with a calendar file; the answer is the mail's immutable id.
fn invite(client: &mut Client, method: &str, sequence: u32, hour: u32) -> String {
    let status = if method == "CANCEL" { "STATUS:CANCELLED\r\n" } else { "" };
    let mime = format!(
        "From: Bob <bob@else.example>\r\nTo: ada@petrel.test\r\nSubject: Budget\r\nMessage-ID: <{method}-{sequence}@else.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Let us count</p>\r\n--b\r\nContent-Type: text/calendar; charset=utf-8; method={method}\r\n\r\nBEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:budget@else.example\r\nSEQUENCE:{sequence}\r\nDTSTAMP:20261120T080000Z\r\nDTSTART;TZID=Europe/Berlin:20270105T{hour:02}0000\r\nDTEND;TZID=Europe/Berlin:20270105T{hour:02}3000\r\nSUMMARY:Budget\r\nLOCATION:Room 7\r\n{status}ORGANIZER;CN=Bob:mailto:bob@else.example\r\nATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Ada Lovelace:mailto:ada@petrel.test\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n--b--\r\n"
    );
    client.sandbox.deliver(ADA, mime.as_bytes(), client.now_ms).unwrap()
}

fn expanded(client: &mut Client, id: &str) -> Value {
    client.get(&format!("{}?$expand=microsoft.graph.eventMessage/event", message(id)))
}

const DAY: &str = "/v1.0/me/calendarView?startDateTime=2027-01-05T00:00:00Z&endDateTime=2027-01-06T00:00:00Z";

/// The one event of 5 January 2027 that is no part of the seeded round.
fn budget(client: &mut Client) -> Option<Value> {
    rows(&client.get(&format!("{DAY}&$top=50")))
        .iter()
        .find(|row| row["subject"].as_str().unwrap().contains("Budget"))
        .cloned()
}

#[test]
fn an_invitation_is_a_mail_and_a_tentative_event() {
    let mut client = client();
    let id = invite(&mut client, "REQUEST", 0, 10);
    let mail = expanded(&mut client, &id);
    assert_eq!(mail["@odata.type"], "#microsoft.graph.eventMessageRequest");
    assert_eq!(
        (&mail["meetingMessageType"], &mail["meetingRequestType"]),
        (&json!("meetingRequest"), &json!("newMeetingRequest"))
    );
    assert_eq!(mail["startDateTime"], json!({"dateTime": "2027-01-05T09:00:00.0000000", "timeZone": "UTC"}));
    assert_eq!(mail["location"]["displayName"], "Room 7");
    let event = &mail["event"];
    assert_eq!(
        (event["showAs"].as_str(), event["responseStatus"]["response"].as_str()),
        (Some("tentative"), Some("notResponded"))
    );
    assert_eq!(
        (event["isOrganizer"].as_bool(), event["organizer"]["emailAddress"]["address"].as_str()),
        (Some(false), Some("bob@else.example"))
    );
    assert_eq!(event["originalStartTimeZone"], "Europe/Berlin");
    let chosen = client.get(&format!("{}?$select=subject,microsoft.graph.eventMessage/startDateTime", message(&id)));
    assert!(chosen.get("startDateTime").is_some() && chosen.get("endDateTime").is_none(), "{chosen}");
    let shown = client.call("GET", DAY, None, &[("prefer", "outlook.timezone=\"Pacific Standard Time\"")]);
    assert_eq!(shown.header("preference-applied").matches("Pacific Standard Time").count(), 1);
    let found = shown.json();
    let row = rows(&found).iter().find(|row| row["subject"] == "Budget").unwrap();
    assert_eq!(row["start"], json!({"dateTime": "2027-01-05T01:00:00.0000000", "timeZone": "Pacific Standard Time"}));
    let expanded = format!("{}?$expand=microsoft.graph.eventMessage/event", message(&id));
    for path in [DAY, "/v1.0/me/events", &expanded] {
        for zone in ["pacific standard time", "tzone://Microsoft/Utc", "America/New_York"] {
            let prefer = format!("outlook.timezone=\"{zone}\"");
            assert_eq!(client.call("GET", path, None, &[("prefer", &prefer)]).status, 200, "{path} {zone}");
        }
        let bad = client.call("GET", path, None, &[("prefer", "outlook.timezone=\"Mars\"")]);
        assert_eq!((bad.status, bad.error().as_str()), (400, "TimeZoneNotSupportedException"), "{path}");
        assert!(!bad.header("preference-applied").contains("Mars"), "{path}");
    }
}

#[test]
fn accepting_tells_the_organiser_and_puts_the_invitation_away() {
    let mut client = client();
    let mail = invite(&mut client, "REQUEST", 0, 10);
    let id = budget(&mut client).unwrap()["id"].as_str().unwrap().to_owned();
    let got = client.post(&format!("{}/accept", event(&id)), json!({"Comment": "Gladly", "SendResponse": true}));
    assert_eq!((got.status, got.bytes.len()), (202, 0));
    let row = client.get(&event(&id));
    assert_eq!((row["responseStatus"]["response"].as_str(), row["showAs"].as_str()), (Some("accepted"), Some("busy")));
    assert_ne!(row["responseStatus"]["time"], "0001-01-01T00:00:00Z");
    let bin = client.get("/v1.0/me/mailFolders/deleteditems")["id"].clone();
    assert_eq!(client.get(&message(&mail))["parentFolderId"], bin);
    client.wait(300);
    let sent = client.get("/v1.0/me/mailFolders/sentitems/messages");
    let answer = &rows(&sent)[0];
    assert_eq!(
        (answer["subject"].as_str(), answer["meetingMessageType"].as_str()),
        (Some("Accepted: Budget"), Some("meetingAccepted"))
    );
    assert_eq!(answer["toRecipients"][0]["emailAddress"]["address"], "bob@else.example");
    assert_eq!(answer["startDateTime"]["dateTime"], "2027-01-05T09:00:00.0000000");
    let mime = client.call("GET", &format!("{}/$value", message(answer["id"].as_str().unwrap())), None, &[]);
    assert!(String::from_utf8(mime.bytes).unwrap().contains("method=REPLY"));
    assert_eq!(client.control("GET", "delivered", &json!({})).as_array().unwrap().len(), 1);
}

#[test]
fn an_answer_can_be_kept_to_oneself() {
    let mut client = client();
    invite(&mut client, "REQUEST", 0, 10);
    let id = budget(&mut client).unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("{}/tentativelyAccept", event(&id));
    assert_eq!(client.post(&path, json!({"sendResponse": false})).status, 202);
    client.wait(300);
    assert_eq!(client.control("GET", "delivered", &json!({})), json!([]));
    assert_eq!(client.get(&event(&id))["responseStatus"]["response"], "tentativelyAccepted");
    assert_eq!(client.post(&format!("{}/decline", event(&id)), json!({"sendResponse": false})).status, 202);
    assert_eq!(client.call("GET", &event(&id), None, &[]).error(), "ErrorItemNotFound");
    assert_eq!(budget(&mut client), None);
}

#[test]
fn an_update_moves_the_event_and_a_cancellation_marks_it() {
    let mut client = client();
    let first = invite(&mut client, "REQUEST", 0, 10);
    let id = budget(&mut client).unwrap()["id"].as_str().unwrap().to_owned();
    client.post(&format!("{}/accept", event(&id)), json!({"sendResponse": false}));
    let second = invite(&mut client, "REQUEST", 1, 14);
    let row = client.get(&event(&id));
    assert_eq!(row["start"]["dateTime"], "2027-01-05T13:00:00.0000000");
    assert_eq!(row["responseStatus"]["response"], "notResponded");
    let mail = expanded(&mut client, &second);
    assert_eq!((&mail["meetingRequestType"], &mail["event"]["id"]), (&json!("fullUpdate"), &json!(id)));
    assert_eq!(mail["previousStartDateTime"]["dateTime"], "2027-01-05T09:00:00.0000000");
    let old = client.get(&message(&first));
    assert_eq!((&old["isOutOfDate"], &old["meetingRequestType"]), (&json!(true), &json!("outdated")));
    let gone = invite(&mut client, "CANCEL", 2, 14);
    assert_eq!(client.get(&message(&gone))["meetingMessageType"], "meetingCancelled");
    let row = client.get(&event(&id));
    assert_eq!(
        (row["isCancelled"].as_bool(), row["subject"].as_str(), row["showAs"].as_str()),
        (Some(true), Some("Canceled: Budget"), Some("free"))
    );
    let late = client.post(&format!("{}/accept", event(&id)), json!({}));
    assert_eq!((late.status, late.error().as_str()), (400, "ErrorInvalidRequest"));
    assert_eq!(client.call("DELETE", &event(&id), None, &[]).status, 204);
    assert_eq!(expanded(&mut client, &gone)["event"], Value::Null);
}

#[test]
fn a_meeting_goes_round_between_two_people_of_the_tenant() {
    let mut client = client();
    let made = client.post(
        "/v1.0/me/events",
        json!({
            "subject": "Compilers",
            "body": {"contentType": "html", "content": "<p>Bring yours</p>"},
            "start": {"dateTime": "2027-02-01T10:00:00", "timeZone": "GMT Standard Time"},
            "end": {"dateTime": "2027-02-01T11:00:00", "timeZone": "GMT Standard Time"},
            "location": {"displayName": "Library"},
            "attendees": [{"emailAddress": {"address": GRACE, "name": "Grace Hopper"}, "type": "required"}],
            "transactionId": "t-1",
        }),
    );
    assert_eq!(made.status, 201, "{}", made.json());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(made.json()["responseStatus"]["response"], "organizer");
    let twice = client.post(
        "/v1.0/me/events",
        json!({"transactionId": "t-1", "start": {"dateTime": "2027-02-01T10:00:00"}, "end": {"dateTime": "2027-02-01T11:00:00"}}),
    );
    assert_eq!((twice.status, twice.error().as_str()), (409, "ErrorDuplicateTransactionId"));
    let own = client.post(&format!("{}/accept", event(&id)), json!({}));
    assert_eq!(own.error(), "ErrorInvalidRequest");
    client.wait(300);

    let (adas, graces) = (client.token.clone(), token(&mut client, GRACE));
    client.token = graces.clone();
    let inbox = client.get("/v1.0/me/mailFolders/inbox/messages?$expand=microsoft.graph.eventMessage/event");
    let mail = &rows(&inbox)[0];
    assert_eq!(
        (mail["subject"].as_str(), mail["meetingMessageType"].as_str()),
        (Some("Compilers"), Some("meetingRequest"))
    );
    let hers = mail["event"]["id"].as_str().unwrap().to_owned();
    let body = json!({
        "comment": "Later?",
        "proposedNewTime": {
            "start": {"dateTime": "2027-02-02T10:00:00", "timeZone": "UTC"},
            "end": {"dateTime": "2027-02-02T11:00:00", "timeZone": "UTC"},
        },
    });
    assert_eq!(client.post(&format!("{}/tentativelyAccept", event(&hers)), body).status, 202);
    assert_eq!(client.patch(&event(&hers), json!({"subject": "Mine"})).error(), "ErrorInvalidRequest");
    client.wait(300);

    client.token = adas.clone();
    let row = client.get(&event(&id));
    let grace = &row["attendees"][0];
    assert_eq!(grace["status"]["response"], "tentativelyAccepted", "{row}");
    assert_eq!(grace["proposedNewTime"]["start"]["dateTime"], "2027-02-02T10:00:00.0000000");
    let answer = rows(&client.get("/v1.0/me/mailFolders/inbox/messages"))[0].clone();
    assert_eq!(
        (answer["@odata.type"].as_str(), answer["responseType"].as_str()),
        (Some("#microsoft.graph.eventMessageResponse"), Some("tentativelyAccepted"))
    );
    let moved = json!({
        "start": {"dateTime": "2027-02-02T10:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2027-02-02T11:00:00", "timeZone": "UTC"},
    });
    assert_eq!(client.patch(&event(&id), moved).status, 200);
    client.wait(300);
    client.token = graces.clone();
    assert_eq!(client.get(&event(&hers))["start"]["dateTime"], "2027-02-02T10:00:00.0000000");

    client.token = adas;
    assert_eq!(client.post(&format!("{}/cancel", event(&id)), json!({"Comment": "Off"})).status, 202);
    assert_eq!(client.call("GET", &event(&id), None, &[]).status, 404);
    client.wait(300);
    client.token = graces;
    assert_eq!(client.get(&event(&hers))["isCancelled"], true);
}

#[test]
fn a_series_shows_its_days_and_a_day_can_differ() {
    let mut client = client();
    let made = client.post(
        "/v1.0/me/events",
        json!({
            "subject": "Choir",
            "start": {"dateTime": "2027-03-22T19:00:00", "timeZone": "Europe/Berlin"},
            "end": {"dateTime": "2027-03-22T20:30:00", "timeZone": "Europe/Berlin"},
            "recurrence": {
                "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
                "range": {"type": "numbered", "startDate": "2027-03-22", "numberOfOccurrences": 4},
            },
        }),
    );
    assert_eq!(made.status, 201, "{}", made.json());
    let series = made.json();
    assert_eq!(
        (series["type"].as_str(), series["recurrence"]["pattern"]["type"].as_str()),
        (Some("seriesMaster"), Some("weekly"))
    );
    let id = series["id"].as_str().unwrap().to_owned();
    let window = "startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-05-01T00:00:00Z";
    let list = format!("{}/instances?{window}", event(&id));
    let view = format!("/v1.0/me/calendarView/delta?{window}&$select=subject,start,type");
    let (first, link) = client.round(&view);
    assert_eq!(first.iter().filter(|row| row["subject"] == "Choir").count(), 4);
    let starts = |client: &mut Client| -> Vec<String> {
        rows(&client.get(&list)).iter().map(|row| row["start"]["dateTime"].as_str().unwrap().to_owned()).collect()
    };
    // The clocks change on 28 March, the choir does not.
    assert_eq!(starts(&mut client)[..2], ["2027-03-22T18:00:00.0000000", "2027-03-29T17:00:00.0000000"]);
    let days: Vec<String> = rows(&client.get(&list)).iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(client.get(&event(&days[1]))["seriesMasterId"], json!(id));
    assert_eq!(client.patch(&event(&days[1]), json!({"subject": "Concert"})).json()["type"], "exception");
    assert_eq!(client.call("DELETE", &event(&days[2]), None, &[]).status, 204);
    assert_eq!(starts(&mut client).len(), 3);
    let (rows_now, link) = client.round(&link);
    let removed: Vec<&str> =
        rows_now.iter().filter(|row| row.get("@removed").is_some()).map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(removed, [days[2].as_str()]);
    assert!(rows_now.iter().any(|row| row["subject"] == "Concert"));
    assert_eq!(client.call("POST", &format!("{}/permanentDelete", event(&id)), None, &[]).status, 204);
    let (rows_now, _) = client.round(&link);
    assert!(rows_now.len() >= 3 && rows_now.iter().all(|row| row.get("@removed").is_some()), "{rows_now:?}");
}

#[test]
fn a_view_needs_a_window_and_the_list_takes_odata() {
    let mut client = client();
    let got = client.call("GET", "/v1.0/me/calendarView", None, &[]);
    assert_eq!((got.status, got.error().as_str()), (400, "ErrorInvalidParameter"));
    let found = client.get("/v1.0/me/events?$filter=start/dateTime ge '2026-11-24T00:00:00'&$orderby=start/dateTime&$top=2&$count=true&$select=subject,start");
    assert_eq!(rows(&found).len(), 2);
    assert!(found["@odata.count"].as_u64().unwrap() >= 5 && found["@odata.nextLink"].is_string(), "{found}");
    assert!(rows(&found)[0]["start"]["dateTime"].as_str() <= rows(&found)[1]["start"]["dateTime"].as_str());
    let calendar = client.get("/v1.0/me/calendar");
    assert_eq!(rows(&client.get("/v1.0/me/calendars"))[0]["id"], calendar["id"]);
    for bad in
        [json!({"subject": "x"}), json!({"start": {"dateTime": "soon"}, "end": {"dateTime": "2027-01-01T00:00:00"}})]
    {
        assert_eq!(client.post("/v1.0/me/events", bad).status, 400);
    }
}

#[test]
fn colleagues_see_when_somebody_is_busy() {
    let mut client = client();
    let day = json!({"isAllDay": true, "showAs": "oof", "sensitivity": "private", "subject": "Secret", "start": {"dateTime": "2027-06-05T00:00:00", "timeZone": "UTC"}, "end": {"dateTime": "2027-06-06T00:00:00", "timeZone": "UTC"}});
    assert_eq!(client.post("/v1.0/me/events", day).status, 201);
    let body = json!({
        "schedules": [ADA, "nobody@petrel.test"],
        "startTime": {"dateTime": "2027-06-04T22:00:00", "timeZone": "UTC"},
        "endTime": {"dateTime": "2027-06-05T02:00:00", "timeZone": "UTC"},
        "availabilityViewInterval": 60,
    });
    let got = client.post("/v1.0/me/calendar/getSchedule", body).json();
    assert_eq!(rows(&got)[0]["availabilityView"], "0033", "{got}");
    assert!(rows(&got)[0]["scheduleItems"][0].get("subject").is_none());
    assert_eq!(rows(&got)[1]["error"]["responseCode"], "ErrorMailRecipientNotFound");
}

#[test]
fn colleagues_see_the_working_hours_that_somebody_set() {
    let mut client = client();
    let hours = json!({
        "daysOfWeek": ["monday", "thursday"],
        "startTime": "09:30:00.0000000",
        "endTime": "15:00:00.0000000",
        "timeZone": {"name": "W. Europe Standard Time"},
    });
    assert_eq!(client.patch("/v1.0/me/mailboxSettings", json!({"workingHours": hours})).status, 200);
    let body = json!({
        "schedules": [ADA, GRACE],
        "startTime": {"dateTime": "2027-06-04T08:00:00", "timeZone": "UTC"},
        "endTime": {"dateTime": "2027-06-04T09:00:00", "timeZone": "UTC"},
    });
    let got = client.post("/v1.0/me/calendar/getSchedule", body).json();
    assert_eq!(rows(&got)[0]["workingHours"], hours, "{got}");
    let others = &rows(&got)[1]["workingHours"];
    assert_eq!((&others["startTime"], &others["timeZone"]["name"]), (&json!("08:00:00.0000000"), &json!("UTC")));
}

#[test]
fn reminders_forwards_and_files_of_an_event() {
    let mut client = client();
    let made = client.post("/v1.0/me/events", json!({"subject": "Talk", "start": {"dateTime": "2027-07-01T10:00:00"}, "end": {"dateTime": "2027-07-01T11:00:00"}}));
    let path = event(made.json()["id"].as_str().unwrap());
    let snooze = json!({"newReminderTime": {"dateTime": "2027-07-01T09:55:00", "timeZone": "UTC"}});
    assert_eq!(client.post(&format!("{path}/snoozeReminder"), snooze).status, 200);
    assert_eq!(client.get(&path)["reminderMinutesBeforeStart"], 5);
    assert_eq!(client.call("POST", &format!("{path}/dismissReminder"), None, &[]).status, 200);
    assert_eq!(client.get(&path)["isReminderOn"], false);
    let to = json!({"toRecipients": [{"emailAddress": {"address": GRACE}}], "comment": "See you?"});
    assert_eq!(client.post(&format!("{path}/forward"), to).status, 202);
    client.wait(300);
    assert_eq!(client.control("GET", "delivered", &json!({}))[0]["to"], GRACE);
    let file = json!({"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentType": "text/plain", "contentBytes": "aGk="});
    let added = client.post(&format!("{path}/attachments"), file);
    assert_eq!((added.status, added.json()["size"].as_u64()), (201, Some(2)));
    assert_eq!(client.get(&path)["hasAttachments"], true);
    let one = format!("{path}/attachments/{}", segment(added.json()["id"].as_str().unwrap()));
    assert_eq!(client.call("GET", &format!("{one}/$value"), None, &[]).bytes, b"hi");
    assert_eq!(client.call("DELETE", &one, None, &[]).status, 204);
    assert_eq!(rows(&client.get(&format!("{path}/attachments"))).len(), 0);
}

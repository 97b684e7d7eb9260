//! The query options of message lists, and every refusal a client can meet there.

use serde_json::{Value, json};

use crate::client::{ADA, Client, message};

const INBOX: &str = "/v1.0/me/mailFolders/inbox/messages";

fn subjects(list: &Value) -> Vec<&str> {
    list["value"].as_array().unwrap().iter().map(|row| row["subject"].as_str().unwrap()).collect()
}

fn refused(client: &mut Client, path: &str) -> (u16, String) {
    let got = client.call("GET", &path.replace('"', "%22"), None, &[]);
    (got.status, if got.status == 200 { String::new() } else { got.error() })
}

/// Five mails a minute apart: m0 read, m1 flagged, m2 red, m3 from elsewhere, m4 plain.
fn stocked() -> Client {
    let mut client = Client::new();
    for at in 0..5 {
        let from = if at == 3 { "Zoe <zoe@other.example>" } else { "Bob <bob@else.example>" };
        let raw = format!("From: {from}\r\nTo: ada@petrel.test\r\nSubject: m{at}\r\n\r\nText of {at}");
        let id = client.sandbox.deliver(ADA, raw.as_bytes(), client.now_ms).unwrap();
        let change = match at {
            0 => json!({"isRead": true}),
            1 => {
                json!({"flag": {"flagStatus": "flagged", "startDateTime": {"dateTime": "2026-11-24T00:00:00", "timeZone": "UTC"}, "dueDateTime": {"dateTime": "2026-11-25T00:00:00", "timeZone": "UTC"}}})
            }
            2 => json!({"categories": ["Red", "Blue"], "importance": "high"}),
            _ => json!({"inferenceClassification": "other"}),
        };
        assert_eq!(client.patch(&message(&id), change).status, 200);
        client.wait(60_000);
    }
    client
}

#[test]
fn every_operator_of_a_filter_finds_its_mail() {
    let mut client = stocked();
    for (filter, found) in [
        ("isRead eq true", vec!["m0"]),
        ("isRead ne true and flag/flagStatus eq 'flagged'", vec!["m1"]),
        ("flag/flagStatus eq microsoft.graph.followupFlagStatus'flagged'", vec!["m1"]),
        ("categories/any(c:c eq 'red')", vec!["m2"]),
        ("importance in ('high','low')", vec!["m2"]),
        ("from/emailAddress/address eq 'ZOE@other.example'", vec!["m3"]),
        ("startswith(from/emailAddress/name,'Zo') or subject eq 'm4'", vec!["m3", "m4"]),
        ("endswith(subject,'4')", vec!["m4"]),
        ("contains(body/content,'text of 2')", vec!["m2"]),
        ("not(inferenceClassification eq 'other') and not categories/any()", vec!["m0", "m1"]),
        ("receivedDateTime ge 2026-11-23T09:14:00Z and receivedDateTime lt 2026-11-23T10:15:00%2B01:00", vec!["m2"]),
        ("receivedDateTime gt 2026-11-23T09:14:00Z and (subject eq 'm3' or subject eq 'm1')", vec!["m3"]),
        ("receivedDateTime le 2026-11-23T09:12:00Z", vec!["m0"]),
        ("flag/dueDateTime/dateTime ne null", vec!["m1"]),
        (
            "hasAttachments eq false and isDraft eq false and internetMessageId ne null",
            vec!["m0", "m1", "m2", "m3", "m4"],
        ),
        (
            "singleValueExtendedProperties/any(ep: ep/id eq 'Integer 0x0E08' and cast(ep/value, Edm.Int32) gt 1000000)",
            vec![],
        ),
        ("singleValueExtendedProperties/any(ep: ep/id eq 'String 0x0037' and ep/value eq 'm2')", vec!["m2"]),
    ] {
        let list = client.get(&format!("{INBOX}?$filter={filter}"));
        assert_eq!(subjects(&list), found, "{filter}");
    }
}

#[test]
fn lists_sort_by_several_keys_and_count_what_passes() {
    let mut client = stocked();
    let list =
        client.get(&format!("{INBOX}?$orderby=from/emailAddress/name desc,receivedDateTime asc&$count=true&$top=2"));
    assert_eq!(subjects(&list), ["m3", "m0"]);
    assert_eq!(list["@odata.count"], 5);
    let next = list["@odata.nextLink"].as_str().unwrap().to_owned();
    let list = client.get(&next);
    assert_eq!(subjects(&list), ["m1", "m2"]);
    let list = client.get(&format!("{INBOX}?$orderby=importance,subject desc"));
    assert_eq!(subjects(&list)[0], "m2");
    let list = client.get(&format!(
        "{INBOX}?$filter=isRead eq false and receivedDateTime ge 2026-01-01&$orderby=isRead,receivedDateTime desc&$count=true&$skip=1&$top=2"
    ));
    assert_eq!((subjects(&list), list["@odata.count"].as_u64()), (vec!["m3", "m2"], Some(4)));
    let count = client.call("GET", &format!("{INBOX}/$count?$filter=isRead eq false"), None, &[]);
    assert_eq!((count.bytes.as_slice(), count.header("content-type")), (&b"4"[..], "text/plain"));
}

#[test]
fn refusals_have_graphs_codes() {
    let mut client = stocked();
    for (query, code) in [
        ("$filter=isRead eq false&$orderby=receivedDateTime desc", "InefficientFilter"),
        (
            "$filter=receivedDateTime ge 2026-01-01 and isRead eq false&$orderby=isRead,receivedDateTime",
            "InefficientFilter",
        ),
        ("$search=\"m1\"&$orderby=receivedDateTime desc", "SearchWithOrderBy"),
        ("$search=\"m1\"&$filter=isRead eq false", "SearchWithFilter"),
        ("$select=contentId", "RequestBroker--ParseUri"),
        ("$select=meetingMessageType", "RequestBroker--ParseUri"),
        ("$filter=colour eq 'red'", "RequestBroker--ParseUri"),
        ("$orderby=colour", "RequestBroker--ParseUri"),
        ("$expand=colour", "RequestBroker--ParseUri"),
        ("$expand=attachments($select=contentId)", "RequestBroker--ParseUri"),
        ("$expand=body", "ExpandNotSupported"),
        ("$expand=toRecipients", "ExpandNotSupported"),
        ("$filter=toRecipients/any(r:r/emailAddress/address eq 'a@b')", "ErrorInvalidUrlQuery"),
        ("$top=0", "ErrorInvalidUrlQuery"),
        ("$top=1001", "ErrorInvalidUrlQuery"),
        ("$top=many", "ErrorInvalidUrlQuery"),
        ("$skip=-1", "ErrorInvalidUrlQuery"),
        ("$orderby=subject sideways", "ErrorInvalidUrlQuery"),
        ("$apply=x", "ErrorInvalidUrlQuery"),
        ("$expand=singleValueExtendedProperties", "ErrorInvalidUrlQuery"),
        ("$filter=isRead eq 'false'", "BadRequest"),
        ("$filter=isRead eq", "BadRequest"),
        ("$filter=receivedDateTime ge yesterday", "BadRequest"),
        ("$search=\"", "BadRequest"),
        ("$search=\"(a\"", "BadRequest"),
        ("$search=\":a\"", "BadRequest"),
        ("$search=from:bob", "BadRequest"),
    ] {
        assert_eq!(refused(&mut client, &format!("{INBOX}?{query}")), (400, code.to_owned()), "{query}");
    }
}

#[test]
fn a_selection_brings_its_names_the_id_and_the_etag() {
    let mut client = Client::new();
    let raw = b"From: x@else.example\r\nSubject: Meet\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n";
    let id = client.sandbox.deliver(ADA, raw, client.now_ms).unwrap();
    let row = client
        .get(&format!("{}?$select=Subject,microsoft.graph.eventMessage/meetingMessageType,attachments", message(&id)));
    let keys: Vec<&String> = row.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["@odata.context", "@odata.etag", "@odata.type", "id", "meetingMessageType", "subject"]);
    assert_eq!(row["meetingMessageType"], "meetingRequest");
    assert!(row["@odata.context"].as_str().unwrap().ends_with("attachments)/$entity"));
    let whole = client.get(&message(&id));
    assert_eq!(whole["@odata.type"], "#microsoft.graph.eventMessageRequest");
    assert_eq!(
        (whole["meetingRequestType"].as_str(), whole["isOutOfDate"].as_bool()),
        (Some("newMeetingRequest"), Some(false))
    );
    let found =
        client.get("/v1.0/me/messages?$filter=microsoft.graph.eventMessage/meetingMessageType eq 'meetingRequest'");
    assert_eq!(subjects(&found), ["Meet"]);
    let plain = client.arrive("plain");
    assert!(client.get(&message(&plain)).get("meetingMessageType").is_none());
}

#[test]
fn what_hangs_on_a_message_comes_along_when_expanded() {
    let mut client = Client::new();
    let guid = "{11111111-2222-3333-4444-555555555555}";
    let draft = client
        .post(
            "/v1.0/me/messages",
            json!({
                "subject": "d",
                "attachments": [{"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "aGVsbG8="}],
                "singleValueExtendedProperties": [{"id": format!("String {guid} Name One"), "value": "1"}],
                "multiValueExtendedProperties": [{"id": format!("StringArray {guid} Name Many"), "value": ["a", "b"]}],
            }),
        )
        .json();
    let id = draft["id"].as_str().unwrap().to_owned();
    let row = client.get(&format!(
        "{}?$select=subject&$expand=attachments($select=name,size),singleValueExtendedProperties($filter=id eq 'String {guid} Name One' or id eq 'Integer 0x0E08'),multiValueExtendedProperties($filter=id eq 'StringArray {guid} Name Many')",
        message(&id)
    ));
    assert_eq!(
        (row["attachments"][0]["name"].as_str(), row["attachments"][0]["size"].as_u64()),
        (Some("a.txt"), Some(5))
    );
    assert!(row["attachments"][0].get("contentBytes").is_none());
    assert_eq!(row["singleValueExtendedProperties"][0]["value"], "1");
    assert!(row["singleValueExtendedProperties"][1]["value"].as_str().unwrap().parse::<u32>().unwrap() > 100);
    assert_eq!(row["multiValueExtendedProperties"][0]["value"], json!(["a", "b"]));
    let found = client.get(&format!(
        "/v1.0/me/messages?$filter=multiValueExtendedProperties/any(ep: ep/id eq 'StringArray {guid} Name Many' and ep/value eq 'b')"
    ));
    assert_eq!(subjects(&found), ["d"]);
    let gone = json!({"singleValueExtendedProperties": [{"id": format!("String {guid} Name One"), "value": null}]});
    client.patch(&message(&id), gone);
    let row = client.get(&format!(
        "{}?$expand=singleValueExtendedProperties($filter=id eq 'String {guid} Name One')",
        message(&id)
    ));
    assert!(row.get("singleValueExtendedProperties").is_none());
}

#[test]
fn the_unique_body_leaves_the_quotation_out() {
    let mut client = Client::new();
    let raw = b"From: x@else.example\r\nContent-Type: text/html\r\n\r\n<p>New</p><blockquote>Old</blockquote>";
    let id = client.sandbox.deliver(ADA, raw, client.now_ms).unwrap();
    let row = client.get(&format!("{}?$select=uniqueBody,body", message(&id)));
    assert!(row["body"]["content"].as_str().unwrap().contains("Old"));
    let unique = row["uniqueBody"]["content"].as_str().unwrap();
    assert!(unique.contains("New") && !unique.contains("Old"), "{unique}");
}

#[test]
fn short_pages_lose_nothing() {
    let mut client = stocked();
    client.control("POST", "behave", &json!({"short_pages": true}));
    let mut link = format!("{INBOX}?$top=4&$select=subject");
    let mut seen = Vec::new();
    loop {
        let page = client.get(&link);
        assert!(page["value"].as_array().unwrap().len() <= 2);
        seen.extend(subjects(&page).into_iter().map(str::to_owned));
        match page["@odata.nextLink"].as_str() {
            Some(next) => link = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, ["m4", "m3", "m2", "m1", "m0"]);
}

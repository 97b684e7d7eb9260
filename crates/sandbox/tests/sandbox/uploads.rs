//! Upload sessions: ranges in order, every wrong one refused, and nothing seen until the last byte.

use http::Request;
use sandbox::Host;
use serde_json::{Value, json};

use crate::client::{ADA, Client, GRACE, Got, message, segment};

const MIB: usize = 1024 * 1024;
const SIZE: usize = 3_483_322;

fn draft(client: &mut Client) -> String {
    let to = json!([{"emailAddress": {"address": GRACE}}]);
    let got = client.post("/v1.0/me/messages", json!({"subject": "d", "toRecipients": to}));
    got.json()["id"].as_str().unwrap().to_owned()
}

fn ask(client: &mut Client, draft: &str, item: Value) -> Got {
    client.post(&format!("{}/attachments/createUploadSession", message(draft)), json!({"AttachmentItem": item}))
}

fn open(client: &mut Client, draft: &str) -> String {
    let got = ask(client, draft, json!({"attachmentType": "file", "name": "flower.jpg", "size": SIZE}));
    assert_eq!(got.status, 201, "{}", String::from_utf8_lossy(&got.bytes));
    got.json()["uploadUrl"].as_str().unwrap().to_owned()
}

fn bytes(from: usize, to: usize) -> Vec<u8> {
    (from..to).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

fn at_host(client: &mut Client, method: &str, url: &str, range: Option<String>, body: Vec<u8>) -> Got {
    let mut request = Request::builder().method(method).uri(url).header("content-type", "application/octet-stream");
    if let Some(range) = range {
        request = request.header("content-range", range);
    }
    client.send(Host::Upload, request.body(body).unwrap())
}

fn put(client: &mut Client, url: &str, from: usize, to: usize) -> Got {
    at_host(client, "PUT", url, Some(format!("bytes {from}-{}/{SIZE}", to - 1)), bytes(from, to))
}

#[test]
fn a_file_uploaded_in_ranges_is_attached_with_the_last_one() {
    let mut client = Client::new();
    let draft = draft(&mut client);
    let before = client.get(&message(&draft));
    let made = ask(&mut client, &draft, json!({"attachmentType": "file", "name": "flower.jpg", "size": SIZE}));
    let session = made.json();
    assert_eq!(session["nextExpectedRanges"], json!(["0-"]));
    let url = session["uploadUrl"].as_str().unwrap().to_owned();
    assert!(url.starts_with("http://localhost:8084/api/") && url.contains("authtoken="), "{url}");
    let first = put(&mut client, &url, 0, 2 * MIB);
    assert_eq!((first.status, &first.json()["NextExpectedRanges"]), (200, &json!(["2097152"])));
    assert!(first.json()["ExpirationDateTime"].as_str().unwrap() >= session["expirationDateTime"].as_str().unwrap());
    let status = at_host(&mut client, "GET", &url, None, Vec::new());
    assert_eq!((status.status, &status.json()["NextExpectedRanges"]), (200, &json!(["2097152"])));
    let during = client.get(&message(&draft));
    assert_eq!((&during["@odata.etag"], &during["hasAttachments"]), (&before["@odata.etag"], &json!(false)));
    let last = put(&mut client, &url, 2 * MIB, SIZE);
    assert_eq!((last.status, last.bytes.len()), (201, 0));
    let after = client.get(&message(&draft));
    assert_eq!(after["hasAttachments"], true);
    assert_ne!(after["@odata.etag"], before["@odata.etag"]);
    let list = client.get(&format!("{}/attachments?$select=id,name,size,contentType", message(&draft)));
    let one = &list["value"][0];
    assert_eq!(
        (&one["name"], &one["size"], &one["contentType"]),
        (&json!("flower.jpg"), &json!(SIZE), &json!("image/jpeg"))
    );
    let id = segment(one["id"].as_str().unwrap());
    assert!(last.header("location").contains(&format!("Attachments('{id}')")), "{}", last.header("location"));
    let raw = client.call("GET", &format!("{}/attachments/{id}/$value", message(&draft)), None, &[]);
    assert!(raw.bytes == bytes(0, SIZE), "the bytes are other ones");
    assert_eq!(put(&mut client, &url, 0, 10).status, 404, "the session is over");
    client.call("POST", &format!("{}/send", message(&draft)), None, &[]);
    client.wait(5_000);
    client.token = client.token_of(GRACE);
    let inbox = client.get("/v1.0/me/mailFolders/inbox/messages?$expand=attachments($select=name,size)");
    assert_eq!(inbox["value"][0]["attachments"][0]["size"], SIZE);
}

#[test]
fn overlapping_and_skipping_ranges_are_refused_and_change_nothing() {
    let mut client = Client::new();
    let draft = draft(&mut client);
    let url = open(&mut client, &draft);
    put(&mut client, &url, 0, MIB);
    for (from, to) in [(0, MIB), (MIB / 2, 2 * MIB), (2 * MIB, 3 * MIB)] {
        let got = put(&mut client, &url, from, to);
        assert_eq!((got.status, got.error().as_str()), (416, "invalidRange"), "{from}");
        assert!(got.json()["error"]["innerError"]["requestId"].is_string());
    }
    let overlap = put(&mut client, &url, 0, 1);
    assert_eq!(overlap.json()["error"]["message"], "Uploaded fragment overlaps with existing data.");
    let status = at_host(&mut client, "GET", &url, None, Vec::new());
    assert_eq!(status.json()["NextExpectedRanges"], json!([MIB.to_string()]));
}

#[test]
fn broken_ranges_are_refused_by_what_is_wrong_with_them() {
    let mut client = Client::new();
    let draft = draft(&mut client);
    let url = open(&mut client, &draft);
    for (range, body, status) in [
        (None, 10, 400),
        (Some("bytes 0-9".to_owned()), 10, 400),
        (Some(format!("bytes 9-0/{SIZE}")), 10, 400),
        (Some(format!("bytes 0-{SIZE}/{SIZE}")), 10, 400),
        (Some("bytes 0-9/4000000".to_owned()), 10, 400),
        (Some(format!("bytes 0-10/{SIZE}")), 10, 400),
        (Some("bytes 0-99999999999999999999999/5".to_owned()), 10, 400),
        (Some(format!("bytes 0-9/{SIZE}")), 4 * MIB + 1, 413),
    ] {
        let got = at_host(&mut client, "PUT", &url, range.clone(), vec![0; body]);
        assert_eq!(got.status, status, "{range:?}");
    }
    assert_eq!(at_host(&mut client, "POST", &url, None, Vec::new()).status, 405);
    assert_eq!(put(&mut client, &url, 0, 10).status, 200, "and the session goes on");
}

#[test]
fn the_address_is_the_permission() {
    let mut client = Client::new();
    let draft = draft(&mut client);
    let url = open(&mut client, &draft);
    let (bare, _) = url.split_once('?').unwrap();
    for wrong in [bare.to_owned(), format!("{bare}?authtoken=x")] {
        assert_eq!(at_host(&mut client, "GET", &wrong, None, Vec::new()).status, 401, "{wrong}");
    }
    for wrong in
        ["http://localhost:8084/", "http://localhost:8084/api/v2.0/Users('x')/Messages('y')/AttachmentSessions('z')"]
    {
        let got = at_host(&mut client, "GET", wrong, None, Vec::new());
        assert_eq!((got.status, got.error().as_str()), (404, "itemNotFound"), "{wrong}");
    }
}

#[test]
fn sessions_end_by_cancelling_by_time_by_command_and_with_their_draft() {
    let mut client = Client::new();
    let own = draft(&mut client);
    let gone = |client: &mut Client, url: &str| {
        let got = put(client, url, 0, 10);
        assert_eq!((got.status, got.error().as_str()), (404, "itemNotFound"));
    };
    let url = open(&mut client, &own);
    assert_eq!(at_host(&mut client, "DELETE", &url, None, Vec::new()).status, 204);
    gone(&mut client, &url);
    let url = open(&mut client, &own);
    client.wait(3_000_000);
    assert_eq!(put(&mut client, &url, 0, 10).status, 200, "every range renews the session");
    client.wait(3_000_000);
    assert_eq!(at_host(&mut client, "GET", &url, None, Vec::new()).status, 200);
    client.control("POST", "clock", &json!({"advance_s": 601}));
    gone(&mut client, &url);
    client.token = client.token_of(ADA);
    let url = open(&mut client, &own);
    client.control("POST", "expire", &json!({"what": "uploads"}));
    gone(&mut client, &url);
    let url = open(&mut client, &own);
    client.call("POST", &format!("{}/send", message(&own)), None, &[]);
    gone(&mut client, &url);
}

#[test]
fn only_large_files_of_drafts_get_a_session() {
    let mut client = Client::new();
    let own = draft(&mut client);
    let item = |kind: &str, size: Value| json!({"attachmentType": kind, "name": "x", "size": size});
    for (item, status, code) in [
        (item("file", json!(3 * MIB - 1)), 400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize"),
        (item("file", json!(150 * MIB + 1)), 413, "ErrorMessageSizeExceeded"),
        (item("item", json!(4 * MIB)), 400, "BadRequest"),
        (item("folder", json!(4 * MIB)), 400, "RequestBodyRead"),
        (item("file", json!("much")), 400, "RequestBodyRead"),
        (item("file", json!(-5)), 400, "BadRequest"),
        (json!({"attachmentType": "file", "size": 4 * MIB}), 400, "ErrorRequiredPropertyMissing"),
        (json!({"attachmentType": "file", "name": "x"}), 400, "ErrorRequiredPropertyMissing"),
        (json!("x"), 400, "ErrorRequiredPropertyMissing"),
    ] {
        let got = ask(&mut client, &own, item.clone());
        assert_eq!((got.status, got.error().as_str()), (status, code), "{item}");
    }
    assert_eq!(ask(&mut client, &own, item("file", json!(3 * MIB))).status, 201);
    let any_case = client.post(
        &format!("{}/attachments/microsoft.graph.createUploadSession", message(&own)),
        json!({"attachmentItem": item("File", json!(150 * MIB))}),
    );
    assert_eq!(any_case.status, 201);
    let received = client.arrive("received");
    assert_eq!(ask(&mut client, &received, item("file", json!(4 * MIB))).status, 400);
}

#[test]
fn an_event_takes_a_large_file_by_a_session_too() {
    let mut client = Client::new();
    let token = client.control("POST", "token", &json!({"user": ADA, "scopes": "User.Read Calendars.ReadWrite"}));
    client.token = token["access_token"].as_str().unwrap().to_owned();
    let made = client.post("/v1.0/me/events", json!({"subject": "Talk", "start": {"dateTime": "2027-07-01T10:00:00"}, "end": {"dateTime": "2027-07-01T11:00:00"}}));
    let event = format!("/v1.0/me/events/{}", segment(made.json()["id"].as_str().unwrap()));
    let sessions = format!("{event}/attachments/createUploadSession");
    let open = |client: &mut Client, size: usize| {
        client
            .post(&sessions, json!({"AttachmentItem": {"attachmentType": "file", "name": "slides.pdf", "size": size}}))
    };
    for (size, status, code) in [
        (3 * MIB - 1, 400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize"),
        (150 * MIB + 1, 413, "ErrorMessageSizeExceeded"),
    ] {
        let got = open(&mut client, size);
        assert_eq!((got.status, got.error().as_str()), (status, code));
    }
    let made = open(&mut client, SIZE);
    assert_eq!((made.status, &made.json()["nextExpectedRanges"]), (201, &json!(["0-"])));
    let url = made.json()["uploadUrl"].as_str().unwrap().to_owned();
    assert!(url.contains("/Events('") && url.contains("authtoken="), "{url}");
    assert_eq!(put(&mut client, &url.replace("/Events('", "/Messages('"), 0, 10).status, 404);
    assert_eq!(put(&mut client, &url, 0, 2 * MIB).json()["NextExpectedRanges"], json!(["2097152"]));
    assert_eq!(client.get(&event)["hasAttachments"], false);
    let last = put(&mut client, &url, 2 * MIB, SIZE);
    assert_eq!((last.status, last.bytes.len()), (201, 0));
    assert_eq!(client.get(&event)["hasAttachments"], true);
    let one = client.get(&format!("{event}/attachments?$select=id,name,size,contentType"))["value"][0].clone();
    assert_eq!(
        (&one["name"], &one["size"], &one["contentType"]),
        (&json!("slides.pdf"), &json!(SIZE), &json!("application/pdf"))
    );
    let id = segment(one["id"].as_str().unwrap());
    let location = last.header("location");
    assert!(location.contains("/Events('") && location.ends_with(&format!("/Attachments('{id}')")), "{location}");
    let raw = client.call("GET", &format!("{event}/attachments/{id}/$value"), None, &[]);
    assert!(raw.bytes == bytes(0, SIZE), "the bytes are other ones");
    let url = open(&mut client, SIZE).json()["uploadUrl"].as_str().unwrap().to_owned();
    client.call("DELETE", &event, None, &[]);
    assert_eq!(put(&mut client, &url, 0, 10).status, 404, "the session ends with its event");
}

#[test]
fn a_mailbox_takes_a_hundred_and_fifty_megabytes_in_five_minutes() {
    let mut client = Client::new();
    let draft = draft(&mut client);
    let big = ask(&mut client, &draft, json!({"attachmentType": "file", "name": "big.bin", "size": 150 * MIB}));
    let url = big.json()["uploadUrl"].as_str().unwrap().to_owned();
    for at in 0..37 {
        let range = format!("bytes {}-{}/{}", at * 4 * MIB, (at + 1) * 4 * MIB - 1, 150 * MIB);
        assert_eq!(at_host(&mut client, "PUT", &url, Some(range), vec![7; 4 * MIB]).status, 200);
    }
    let other = open(&mut client, &draft);
    let got = put(&mut client, &other, 0, 3 * MIB);
    assert_eq!((got.status, got.header("retry-after")), (429, "300"));
    client.control("POST", "clock", &json!({"advance_s": 300}));
    assert_eq!(put(&mut client, &other, 0, 3 * MIB).status, 200);
}

#[test]
fn delta_tells_of_an_upload_only_when_it_is_whole() {
    let mut client = Client::new();
    let draft = draft(&mut client);
    let (_, link) = client.round("/v1.0/me/mailFolders/drafts/messages/delta?$select=hasAttachments");
    let url = open(&mut client, &draft);
    put(&mut client, &url, 0, 2 * MIB);
    let (rows, link) = client.round(&link);
    assert!(rows.is_empty(), "{rows:?}");
    put(&mut client, &url, 2 * MIB, SIZE);
    let (rows, _) = client.round(&link);
    assert_eq!((rows.len(), &rows[0]["hasAttachments"]), (1, &json!(true)));
    let inline = ask(
        &mut client,
        &draft,
        json!({"attachmentType": "file", "name": "p.png", "size": SIZE, "isInline": true, "contentId": "pic"}),
    );
    let url = inline.json()["uploadUrl"].as_str().unwrap().to_owned();
    put(&mut client, &url, 0, SIZE);
    let list = client
        .get(&format!("{}/attachments?$select=isInline,microsoft.graph.fileAttachment/contentId", message(&draft)));
    assert_eq!((&list["value"][1]["isInline"], &list["value"][1]["contentId"]), (&json!(true), &json!("pic")));
}

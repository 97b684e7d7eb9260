//! Attachments: files, items and links; how they are listed, expanded, weighed, refused and sent.

use http::Request;
use sandbox::Host;
use serde_json::{Value, json};

use crate::client::{ADA, Client, GRACE, message, segment};

fn draft(client: &mut Client) -> String {
    client.post("/v1.0/me/messages", json!({"subject": "d"})).json()["id"].as_str().unwrap().to_owned()
}

fn attach(client: &mut Client, draft: &str, body: Value) -> Value {
    let got = client.post(&format!("{}/attachments", message(draft)), body);
    assert_eq!(got.status, 201, "{}", String::from_utf8_lossy(&got.bytes));
    got.json()
}

fn file(name: &str) -> Value {
    json!({"@odata.type": "#microsoft.graph.fileAttachment", "name": name, "contentBytes": "aGVsbG8="})
}

fn letter() -> Value {
    json!({
        "@odata.type": "#microsoft.graph.itemAttachment",
        "name": "A letter",
        "item": {
            "@odata.type": "microsoft.graph.message",
            "subject": "Inner",
            "body": {"contentType": "html", "content": "<p>Hello</p>"},
            "from": {"emailAddress": {"name": "Bob", "address": "bob@else.example"}},
            "toRecipients": [{"emailAddress": {"address": "carl@else.example"}}],
            "sentDateTime": "2026-11-20T08:00:00Z",
            "attachments": [file("inner.txt")],
        },
    })
}

const ITEM: &str = "$expand=microsoft.graph.itemattachment/item";

#[test]
fn a_file_is_told_whole_and_its_type_guessed_from_its_name() {
    let mut client = Client::new();
    let draft = draft(&mut client);
    let added = attach(&mut client, &draft, file("plan.pdf"));
    assert_eq!(added["@odata.type"], "#microsoft.graph.fileAttachment");
    assert_eq!((&added["contentType"], &added["size"]), (&json!("application/pdf"), &json!(5)));
    assert_eq!((&added["contentBytes"], &added["contentLocation"]), (&json!("aGVsbG8="), &Value::Null));
    let path = format!("{}/attachments", message(&draft));
    let list = client.get(&format!("{path}?$count=true"));
    assert_eq!((&list["@odata.count"], &list["value"][0]["contentBytes"]), (&json!(1), &json!("aGVsbG8=")));
    assert_eq!(client.call("GET", &format!("{path}/$count"), None, &[]).bytes, b"1");
    let lean = client.get(&format!("{path}?$select=id,name,size"));
    let keys: Vec<&String> = lean["value"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["@odata.mediaContentType", "@odata.type", "id", "name", "size"]);
    let cast = client.get(&format!("{path}?$select=microsoft.graph.fileAttachment/contentBytes"));
    assert_eq!(cast["value"][0]["contentBytes"], "aGVsbG8=");
    let unpadded = attach(
        &mut client,
        &draft,
        json!({"@odata.type": "#microsoft.graph.fileAttachment", "name": "smile", "contentBytes": "R0lGODdhEAYEAA7"}),
    );
    assert_eq!((&unpadded["size"], &unpadded["contentType"]), (&json!(11), &json!("application/octet-stream")));
}

#[test]
fn an_attached_message_opens_from_json_and_from_mime_alike() {
    let mut client = Client::new();
    let draft = draft(&mut client);
    let added = attach(&mut client, &draft, letter());
    assert_eq!(added["@odata.type"], "#microsoft.graph.itemAttachment");
    assert_eq!((&added["contentType"], added.get("contentBytes")), (&Value::Null, None));
    let path = format!("{}/attachments/{}", message(&draft), segment(added["id"].as_str().unwrap()));
    assert!(client.get(&path).get("item").is_none(), "only when asked for");
    let item = client.get(&format!("{path}?{ITEM}($expand=attachments)"))["item"].clone();
    assert_eq!((&item["@odata.type"], &item["id"]), (&json!("#microsoft.graph.message"), &json!("")));
    assert_eq!((&item["subject"], &item["sentDateTime"]), (&json!("Inner"), &json!("2026-11-20T08:00:00Z")));
    assert_eq!(item["from"]["emailAddress"]["address"], "bob@else.example");
    assert!(item["body"]["content"].as_str().unwrap().contains("<p>Hello</p>"));
    assert_eq!((&item["hasAttachments"], &item["isDraft"]), (&json!(true), &json!(false)));
    assert_eq!(item["attachments"][0]["name"], "inner.txt");
    assert_eq!(item["attachments"][0]["contentBytes"], "aGVsbG8=");
    let few = client.get(&format!("{path}?{ITEM}($select=subject)"))["item"].clone();
    assert_eq!(few.as_object().unwrap().keys().collect::<Vec<_>>(), ["@odata.type", "id", "subject"]);
    let raw = client.call("GET", &format!("{path}/$value"), None, &[]);
    assert_eq!(raw.header("content-type"), "text/plain");
    assert!(String::from_utf8(raw.bytes.clone()).unwrap().contains("Subject: Inner\r\n"));
    assert_eq!(added["size"], raw.bytes.len());

    let mut undated = letter();
    undated["item"].as_object_mut().unwrap().remove("sentDateTime");
    undated["item"].as_object_mut().unwrap().remove("from");
    let undated = attach(&mut client, &draft, undated);
    let path = format!("{}/attachments/{}", message(&draft), segment(undated["id"].as_str().unwrap()));
    let shown = client.get(&format!("{path}?{ITEM}"));
    assert_eq!(shown["item"]["sentDateTime"], shown["lastModifiedDateTime"], "a mail without a date has none of 1970");
    assert_eq!((&shown["item"]["from"], &shown["item"]["sender"]), (&Value::Null, &Value::Null));

    let inner = String::from_utf8(raw.bytes).unwrap();
    let mime = format!(
        "From: x@else.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\nContent-Type: text/plain\r\n\r\nSee below\r\n--outer\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--outer--\r\n"
    );
    let id = client.sandbox.deliver(ADA, mime.as_bytes(), client.now_ms).unwrap();
    assert_eq!(client.get(&message(&id))["hasAttachments"], true);
    let list = client.get(&format!("{}/attachments?{ITEM}", message(&id)));
    let one = &list["value"][0];
    assert_eq!((&one["name"], &one["contentType"]), (&json!("Inner"), &json!("message/rfc822")));
    assert_eq!((&one["item"]["subject"], &one["item"]["sentDateTime"]), (&item["subject"], &item["sentDateTime"]));
}

#[test]
fn events_and_contacts_open_as_what_they_are_and_download_as_files() {
    let mut client = Client::new();
    let draft = draft(&mut client);
    let event = json!({
        "@odata.type": "#microsoft.graph.itemAttachment", "name": "Lunch",
        "item": {"@odata.type": "microsoft.graph.event", "subject": "Lunch",
            "start": {"dateTime": "2026-11-24T12:00:00", "timeZone": "UTC"},
            "end": {"dateTime": "2026-11-24T13:00:00", "timeZone": "UTC"}},
    });
    let contact = json!({
        "@odata.type": "#microsoft.graph.itemAttachment", "name": "Bob",
        "item": {"@odata.type": "#microsoft.graph.contact", "displayName": "Bob B",
            "emailAddresses": [{"address": "bob@else.example"}]},
    });
    for (body, kind, content_type, line) in [
        (event, "#microsoft.graph.event", "text/calendar", "DTSTART:20261124T120000Z"),
        (contact, "#microsoft.graph.contact", "text/vcard", "FN:Bob B"),
    ] {
        let added = attach(&mut client, &draft, body.clone());
        assert_eq!(
            (&added["@odata.type"], &added["contentType"]),
            (&json!("#microsoft.graph.itemAttachment"), &Value::Null)
        );
        let path = format!("{}/attachments/{}", message(&draft), segment(added["id"].as_str().unwrap()));
        let item = client.get(&format!("{path}?{ITEM}"))["item"].clone();
        assert_eq!(item["@odata.type"], kind);
        for name in ["subject", "start", "displayName", "emailAddresses"] {
            assert_eq!(item.get(name), body["item"].get(name), "{name}");
        }
        let raw = client.call("GET", &format!("{path}/$value"), None, &[]);
        assert_eq!(raw.header("content-type"), content_type);
        assert!(String::from_utf8(raw.bytes).unwrap().contains(line));
    }
    assert_eq!(client.get(&message(&draft))["hasAttachments"], true);
}

#[test]
fn a_link_shows_its_address_in_beta_alone_and_has_no_content() {
    let mut client = Client::new();
    let draft = draft(&mut client);
    let link = json!({
        "@odata.type": "#microsoft.graph.referenceAttachment", "name": "Plan.docx",
        "sourceUrl": "https://files.example/plan", "providerType": "oneDriveBusiness", "permission": "view",
    });
    let path = format!("{}/attachments", message(&draft));
    let refused = client.post(&path, link.clone());
    assert_eq!((refused.status, refused.error().as_str()), (400, "RequestBodyRead"), "v1.0 knows no sourceUrl");
    let added = client.post(&path.replace("v1.0", "beta"), link);
    assert_eq!((added.status, &added.json()["sourceUrl"]), (201, &json!("https://files.example/plan")));
    let one = format!("{path}/{}", segment(added.json()["id"].as_str().unwrap()));
    let shown = client.get(&one);
    assert_eq!(shown["@odata.type"], "#microsoft.graph.referenceAttachment");
    assert!(shown.get("sourceUrl").is_none() && shown.get("contentBytes").is_none());
    let value = client.call("GET", &format!("{one}/$value"), None, &[]);
    assert_eq!(value.status, 405);
}

#[test]
fn inline_pictures_do_not_count_and_everything_else_does() {
    let mut client = Client::new();
    let draft = draft(&mut client);
    let has = |client: &mut Client| client.get(&message(&draft))["hasAttachments"].clone();
    let tag = |client: &mut Client| client.get(&message(&draft))["@odata.etag"].clone();
    let mut picture = file("p.png");
    picture["isInline"] = json!(true);
    picture["contentId"] = json!("pic");
    let before = tag(&mut client);
    let inline = attach(&mut client, &draft, picture);
    assert_eq!((has(&mut client), &inline["contentId"]), (json!(false), &json!("pic")));
    assert_ne!(tag(&mut client), before, "the draft has another ETag now");
    let added = attach(&mut client, &draft, letter());
    assert_eq!(has(&mut client), true);
    let one = format!("{}/attachments/{}", message(&draft), segment(added["id"].as_str().unwrap()));
    assert_eq!(client.call("DELETE", &one, None, &[]).status, 204);
    assert_eq!(has(&mut client), false);
    let again = client.call("DELETE", &one, None, &[]);
    assert_eq!((again.status, again.error().as_str()), (404, "ErrorItemNotFound"));
}

#[test]
fn with_default_ids_an_attachment_is_renamed_with_its_message() {
    let mut client = Client::new();
    let draft = draft(&mut client);
    let immutable = attach(&mut client, &draft, file("a.txt"))["id"].as_str().unwrap().to_owned();
    client.prefer.clear();
    let shown = client.get(&format!("{}?$expand=attachments", message(&draft)));
    let default = shown["id"].as_str().unwrap().to_owned();
    let id = shown["attachments"][0]["id"].as_str().unwrap().to_owned();
    assert_ne!(id, immutable);
    assert_eq!(client.get(&format!("{}/attachments", message(&default)))["value"][0]["id"], id.as_str());
    assert_eq!(client.get(&format!("{}/attachments/{}", message(&default), segment(&id)))["name"], "a.txt");
    let moved = client.post(&format!("{}/move", message(&default)), json!({"destinationId": "archive"})).json();
    let moved = moved["id"].as_str().unwrap().to_owned();
    let old = client.call("GET", &format!("{}/attachments/{}", message(&moved), segment(&id)), None, &[]);
    assert_eq!((old.status, old.error().as_str()), (404, "ErrorItemNotFound"));
    let stays = client.get(&format!("{}/attachments/{}", message(&moved), segment(&immutable)));
    assert_eq!(stays["name"], "a.txt");
}

#[test]
fn bad_attachments_are_refused_with_graphs_codes() {
    let mut client = Client::new();
    let draft = draft(&mut client);
    let path = format!("{}/attachments", message(&draft));
    let kind = "#microsoft.graph.fileAttachment";
    for (body, status, code) in [
        (json!({"@odata.type": kind, "contentBytes": "aGk="}), 400, "ErrorRequiredPropertyMissing"),
        (json!({"@odata.type": kind, "name": "a"}), 400, "ErrorRequiredPropertyMissing"),
        (json!({"@odata.type": kind, "name": "a", "contentBytes": "%%"}), 400, "RequestBodyRead"),
        (json!({"@odata.type": kind, "name": 5, "contentBytes": "aGk="}), 400, "RequestBodyRead"),
        (json!({"@odata.type": kind, "name": "a", "contentBytes": "aGk=", "colour": 1}), 400, "RequestBodyRead"),
        (json!({"@odata.type": "#microsoft.graph.folder", "name": "a"}), 400, "RequestBodyRead"),
        (json!({"@odata.type": "#microsoft.graph.itemAttachment", "name": "a"}), 400, "ErrorRequiredPropertyMissing"),
        (
            json!({"@odata.type": "#microsoft.graph.itemAttachment", "name": "a", "item": {"@odata.type": "microsoft.graph.post"}}),
            501,
            "NotImplemented",
        ),
        (json!({"@odata.type": kind, "name": "a", "contentBytes": "A".repeat(4 * 1024 * 1024)}), 413, "BadRequest"),
    ] {
        let shown: String = body.to_string().chars().take(120).collect();
        let got = client.post(&path, body);
        assert_eq!((got.status, got.error().as_str()), (status, code), "{shown}");
    }
    assert_eq!(client.get(&path)["value"], json!([]));
    for (query, code) in [
        ("?$select=contentId", "RequestBroker--ParseUri"),
        ("?$expand=item", "RequestBroker--ParseUri"),
        ("?$expand=microsoft.graph.itemAttachment/item($expand=extensions)", "ExpandNotSupported"),
        ("/short", "ErrorInvalidIdMalformed"),
    ] {
        assert_eq!(client.call("GET", &format!("{path}{query}"), None, &[]).error(), code, "{query}");
    }
    assert_eq!(client.call("PATCH", &format!("{path}/x"), Some(json!({})), &[]).status, 405);
    let received = client.arrive("received");
    assert_eq!(client.post(&format!("{}/attachments", message(&received)), file("a.txt")).status, 400);
    client.token = client.control("POST", "token", &json!({"user": ADA, "scopes": ["Mail.ReadBasic"]}))["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(client.call("GET", &path, None, &[]).error(), "ErrorAccessDenied", "the basics hold no attachments");
}

#[test]
fn what_is_sent_arrives_with_all_its_attachments() {
    let mut client = Client::new();
    let id = client
        .post(
            "/v1.0/me/messages",
            json!({"subject": "All of it", "toRecipients": [{"emailAddress": {"address": GRACE}}]}),
        )
        .json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    attach(&mut client, &id, file("a.txt"));
    attach(&mut client, &id, letter());
    assert_eq!(client.call("POST", &format!("{}/send", message(&id)), None, &[]).status, 202);
    client.wait(5_000);
    client.token = client.token_of(GRACE);
    let inbox = client.get("/v1.0/me/mailFolders/inbox/messages?$expand=attachments");
    let mail = &inbox["value"][0];
    assert_eq!((&mail["subject"], &mail["hasAttachments"]), (&json!("All of it"), &json!(true)));
    let names: Vec<&str> =
        mail["attachments"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a.txt", "A letter"]);
    let own = mail["id"].as_str().unwrap();
    let list = client.get(&format!("{}/attachments?{ITEM}", message(own)));
    assert_eq!(list["value"][1]["item"]["subject"], "Inner");
    let raw = client.call("GET", &format!("{}/$value", message(own)), None, &[]);
    let raw = String::from_utf8(raw.bytes).unwrap();
    assert!(raw.contains("message/rfc822") && raw.contains("Subject: Inner"), "{raw}");
}

#[test]
fn the_same_calls_give_the_same_bytes() {
    let run = || {
        let mut client = Client::new();
        let draft = draft(&mut client);
        attach(&mut client, &draft, letter());
        attach(&mut client, &draft, file("a.txt"));
        let request = Request::get(format!("{}/attachments?{ITEM}", message(&draft)))
            .header("authorization", format!("Bearer {}", client.token))
            .body(Vec::new())
            .unwrap();
        client.send(Host::Graph, request).bytes
    };
    assert_eq!(run(), run());
}

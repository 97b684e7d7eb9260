//! Settings of a mailbox: categories, focused inbox, mailbox settings, what they can be, and who may change them.

use serde_json::{Value, json};

use crate::client::{ADA, Client, GRACE};

/// A client that may read and change ada's settings.
pub fn client() -> Client {
    let mut client = Client::new();
    allow(&mut client, ADA);
    client
}

/// Goes on as this person, with every scope that settings need.
pub fn allow(client: &mut Client, user: &str) {
    let scopes = json!(["User.Read", "Mail.ReadWrite", "Mail.Send", "MailboxSettings.ReadWrite"]);
    let got = client.control("POST", "token", &json!({"user": user, "scopes": scopes}));
    client.token = got["access_token"].as_str().unwrap().to_owned();
}

const CATEGORIES: &str = "/v1.0/me/outlook/masterCategories";
const OVERRIDES: &str = "/v1.0/me/inferenceClassification/overrides";
const SETTINGS: &str = "/v1.0/me/mailboxSettings";

fn names(list: &Value) -> Vec<&str> {
    list["value"].as_array().unwrap().iter().map(|one| one["displayName"].as_str().unwrap()).collect()
}

#[test]
fn a_category_is_made_coloured_anew_and_deleted_but_never_renamed() {
    let mut client = client();
    assert_eq!(client.get(CATEGORIES)["value"].as_array().unwrap().len(), 10);
    let made = client.post(CATEGORIES, json!({"displayName": "Project expenses", "color": "Preset9"}));
    assert_eq!(made.status, 201);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(made.json()["color"], "preset9");
    let path = format!("{CATEGORIES}/{id}");
    assert_eq!(client.patch(&path, json!({"color": "none"})).json()["color"], "none");
    let renamed = client.patch(&path, json!({"displayName": "Costs"}));
    assert_eq!((renamed.status, renamed.error().as_str()), (400, "ErrorInvalidPropertySet"));
    assert_eq!(client.get(&path)["displayName"], "Project expenses");
    assert_eq!(client.call("DELETE", &path, None, &[]).status, 204);
    assert_eq!(client.call("GET", &path, None, &[]).status, 404);
}

#[test]
fn categories_refuse_other_colours_and_names_that_are_taken() {
    let mut client = client();
    for (body, status, code) in [
        (json!({"displayName": "red CATEGORY"}), 409, "CategoryNameDuplicate"),
        (json!({"displayName": "x", "color": "preset25"}), 400, "RequestBodyRead"),
        (json!({"displayName": "x", "colour": "none"}), 400, "RequestBodyRead"),
        (json!({"displayName": 7}), 400, "RequestBodyRead"),
        (json!({"color": "none"}), 400, "ErrorInvalidRequest"),
        (json!({"displayName": " "}), 400, "ErrorInvalidRequest"),
        (json!({"displayName": "x".repeat(256)}), 400, "ErrorInvalidRequest"),
    ] {
        let got = client.post(CATEGORIES, body.clone());
        assert_eq!((got.status, got.error().as_str()), (status, code), "{body}");
    }
    assert_eq!(client.get(CATEGORIES)["value"].as_array().unwrap().len(), 10);
}

#[test]
fn short_lists_filter_sort_page_count_and_select() {
    let mut client = client();
    let page = client.get(&format!("{CATEGORIES}?$top=2&$count=true&$orderby=displayName desc&$select=displayName"));
    assert_eq!((names(&page), page["@odata.count"].as_u64()), (vec!["Yellow category", "Work"], Some(10)));
    assert!(page["value"][0]["id"].is_string() && page["value"][0]["color"].is_null());
    let next = page["@odata.nextLink"].as_str().unwrap().to_owned();
    assert_eq!(names(&client.get(&next)), ["Travel", "Red category"]);
    let found = client.get(&format!("{CATEGORIES}?$filter=color eq 'preset1' or startswith(displayName,'Bl')"));
    assert_eq!(names(&found), ["Orange category", "Blue category"]);
    let count = client.call("GET", &format!("{CATEGORIES}/$count?$filter=color ne 'preset0'"), None, &[]);
    assert_eq!(count.bytes, b"9");
    let found = client.get(&format!(
        "{CATEGORIES}?$filter=not (color eq 'preset1') and (displayName in ('Work','x') or endswith(displayName,'Low category'))"
    ));
    assert_eq!(names(&found), ["Yellow category", "Work"]);
    for wrong in ["$top=1001", "$top=0"] {
        let got = client.call("GET", &format!("{CATEGORIES}?{wrong}"), None, &[]);
        assert_eq!((got.status, got.error().as_str()), (400, "ErrorInvalidUrlQuery"), "{wrong}");
    }
    for wrong in ["$select=nonsense", "$orderby=nonsense", "$filter=nonsense eq 1"] {
        let got = client.call("GET", &format!("{CATEGORIES}?{wrong}"), None, &[]);
        assert_eq!((got.status, got.error().as_str()), (400, "RequestBroker--ParseUri"), "{wrong}");
    }
}

#[test]
fn what_has_no_etag_matches_no_etag() {
    let mut client = client();
    let id = client.get(CATEGORIES)["value"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("{CATEGORIES}/{id}");
    let body = Some(json!({"color": "preset3"}));
    for method in ["PATCH", "DELETE"] {
        let got = client.call(method, &path, body.clone(), &[("if-match", "W/\"old\"")]);
        assert_eq!((got.status, got.error().as_str()), (412, "ErrorIrresolvableConflict"), "{method}");
    }
    assert_eq!(client.call("GET", &path, None, &[("if-match", "W/\"old\"")]).status, 200);
    assert_eq!(client.call("PATCH", &path, body, &[("if-match", "*")]).json()["color"], "preset3");
}

#[test]
fn settings_need_their_own_scope() {
    let mut client = Client::new();
    for path in [CATEGORIES, SETTINGS, "/v1.0/me/mailFolders/inbox/messageRules"] {
        let got = client.call("GET", path, None, &[]);
        assert_eq!((got.status, got.error().as_str()), (403, "ErrorAccessDenied"), "{path}");
    }
    let got = client.control("POST", "token", &json!({"user": ADA, "scopes": ["MailboxSettings.Read"]}));
    client.token = got["access_token"].as_str().unwrap().to_owned();
    assert_eq!(client.call("GET", CATEGORIES, None, &[]).status, 200);
    assert_eq!(client.post(CATEGORIES, json!({"displayName": "x"})).status, 403);
    assert_eq!(client.patch(SETTINGS, json!({"timeZone": "UTC"})).status, 403);
    assert_eq!(client.call("GET", OVERRIDES, None, &[]).status, 403);
}

#[test]
fn an_override_decides_mail_that_arrives_later_and_is_one_for_each_sender() {
    let mut client = client();
    let before = client.arrive("before");
    let body =
        |word: &str| json!({"classifyAs": word, "senderEmailAddress": {"name": "Bob", "address": "BOB@else.example"}});
    let made = client.post(OVERRIDES, body("other"));
    assert_eq!(made.status, 201);
    let after = client.arrive("after");
    let of = |client: &mut Client, id: &str| {
        client.get(&crate::client::message(id))["inferenceClassification"].as_str().unwrap().to_owned()
    };
    assert_eq!((of(&mut client, &before).as_str(), of(&mut client, &after).as_str()), ("focused", "other"));
    let again = client.post(OVERRIDES, body("Focused"));
    assert_eq!((again.status, &again.json()["id"]), (201, &made.json()["id"]));
    let list = client.get(OVERRIDES);
    assert_eq!(
        (list["value"].as_array().unwrap().len(), list["value"][0]["classifyAs"].as_str()),
        (1, Some("focused"))
    );
    let path = format!("{OVERRIDES}/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(client.patch(&path, json!({"classifyAs": "other"})).json()["classifyAs"], "other");
    let moved = client.patch(&path, json!({"senderEmailAddress": {"address": "eve@else.example"}}));
    assert_eq!((moved.status, moved.error().as_str()), (400, "ErrorInvalidPropertySet"));
    assert_eq!(
        client.post(OVERRIDES, json!({"classifyAs": "spam", "senderEmailAddress": {"address": "a@b"}})).status,
        400
    );
    assert_eq!(
        client.post(OVERRIDES, json!({"classifyAs": "other", "senderEmailAddress": {"address": "ab"}})).status,
        400
    );
    assert_eq!(client.call("GET", &format!("{OVERRIDES}/$count"), None, &[]).bytes, b"1");
    assert_eq!(client.get(&path)["senderEmailAddress"]["address"], "BOB@else.example");
    assert_eq!(client.call("DELETE", &path, None, &[]).status, 204);
    assert_eq!(client.call("GET", &path, None, &[]).status, 404);
    let id = client.arrive("last");
    assert_eq!(of(&mut client, &id), "focused");
    let whole = client.get("/v1.0/me/inferenceClassification");
    assert_eq!(client.patch("/v1.0/me/inferenceClassification", json!({})).json()["id"], whole["id"]);
}

#[test]
fn a_mailbox_holds_a_thousand_overrides_and_no_more() {
    let mut client = client();
    for number in 0..1001 {
        let got = client.post(
            OVERRIDES,
            json!({"classifyAs": "other", "senderEmailAddress": {"address": format!("p{number}@else.example")}}),
        );
        assert_eq!(got.status, if number < 1000 { 201 } else { 400 }, "{number}");
    }
}

#[test]
fn mailbox_settings_are_read_whole_by_property_and_for_ones_own_address() {
    let mut client = client();
    let all = client.get(SETTINGS);
    for name in ["archiveFolder", "automaticRepliesSetting", "timeZone", "language", "workingHours", "dateFormat"] {
        assert!(!all[name].is_null(), "{name}");
        let one = client.get(&format!("/v1.0/users/{ADA}/mailboxSettings/{name}"));
        let value = if all[name].is_object() { one["startTime"].clone() } else { one["value"].clone() };
        assert!(all[name].is_object() || value == all[name], "{name}");
    }
    assert_eq!(all["userPurpose"], "user");
    assert_eq!(all["archiveFolder"], client.get("/v1.0/me/mailFolders/archive")["id"]);
    let picked = client.get(&format!("{SETTINGS}?$select=timeZone,language"));
    assert!(picked["workingHours"].is_null() && picked["language"]["locale"] == "en-US");
    assert_eq!(client.call("GET", &format!("{SETTINGS}/nonsense"), None, &[]).status, 400);
    assert_eq!(client.call("GET", &format!("/v1.0/users/{GRACE}/mailboxSettings"), None, &[]).status, 403);
}

#[test]
fn a_patch_of_settings_is_all_or_nothing_and_shows_what_it_changed() {
    let mut client = client();
    let got = client.patch(
        SETTINGS,
        json!({"timeZone": "europe/berlin", "language": {"locale": "de-de"}, "workingHours": {"startTime": "09:30:00", "daysOfWeek": ["Monday"]}}),
    );
    assert_eq!((got.status, got.error().as_str()), (400, "TimeZoneNotSupportedException"));
    let got = client.patch(
        SETTINGS,
        json!({"timeZone": "Europe/Berlin", "language": {"locale": "de-de"}, "workingHours": {"startTime": "09:30:00", "daysOfWeek": ["Monday"]}}),
    );
    assert_eq!(got.status, 200, "{}", String::from_utf8_lossy(&got.bytes));
    assert_eq!(got.json()["language"], json!({"locale": "de-DE", "displayName": "German (Germany)"}));
    assert_eq!(got.json()["workingHours"]["startTime"], "09:30:00.0000000");
    assert!(got.json()["dateFormat"].is_null());
    for (body, code) in [
        (json!({"timeZone": "UTC", "language": {"locale": "tlh"}}), "ErrorInvalidArgument"),
        (json!({"timeZone": "UTC", "nonsense": 1}), "RequestBodyRead"),
        (json!({"timeZone": 3}), "RequestBodyRead"),
        (json!({"userPurpose": "room"}), "ErrorInvalidPropertySet"),
        (json!({"workingHours": {"daysOfWeek": ["Freeday"]}}), "RequestBodyRead"),
        (json!({"workingHours": {"startTime": "18:00:00"}}), "ErrorInvalidTimeInterval"),
        (json!({"workingHours": {"endTime": "late"}}), "RequestBodyRead"),
        (json!({"delegateMeetingMessageDeliveryOptions": "nobody"}), "RequestBodyRead"),
        (json!({"automaticRepliesSetting": {"status": "sometimes"}}), "RequestBodyRead"),
        (json!([]), "RequestBodyRead"),
    ] {
        let got = client.patch(SETTINGS, body.clone());
        assert_eq!((got.status, got.error().as_str()), (400, code), "{body}");
    }
    assert_eq!(client.get(&format!("{SETTINGS}/timeZone"))["value"], "Europe/Berlin");
}

#[test]
fn scheduled_times_are_kept_as_moments_and_shown_in_the_zone_asked_for() {
    let mut client = client();
    let at = |time: &str| json!({"dateTime": time, "timeZone": "Pacific Standard Time"});
    let body = json!({"automaticRepliesSetting": {
        "status": "Scheduled", "scheduledStartDateTime": at("2026-07-01T09:00:00"), "scheduledEndDateTime": at("2026-07-02T09:00:00"),
    }});
    let got = client.patch(SETTINGS, body);
    let setting = got.json()["automaticRepliesSetting"].clone();
    assert_eq!(setting["status"], "scheduled");
    assert_eq!(
        setting["scheduledStartDateTime"],
        json!({"dateTime": "2026-07-01T16:00:00.0000000", "timeZone": "UTC"})
    );
    let got = client.call("GET", SETTINGS, None, &[("prefer", "outlook.timezone=\"W. Europe Standard Time\"")]);
    let shown = got.json()["automaticRepliesSetting"]["scheduledEndDateTime"].clone();
    assert_eq!(shown, json!({"dateTime": "2026-07-02T18:00:00.0000000", "timeZone": "W. Europe Standard Time"}));
    for (zone, status) in [("pacific standard time", 200), ("tzone://Microsoft/Utc", 200), ("Mars", 400)] {
        let prefer = format!("outlook.timezone=\"{zone}\"");
        let body = json!({"timeFormat": "HH:mm"});
        for (method, path) in
            [("GET", SETTINGS.to_owned()), ("GET", format!("{SETTINGS}/timeZone")), ("PATCH", SETTINGS.to_owned())]
        {
            let got = client.call(method, &path, Some(body.clone()), &[("prefer", &prefer)]);
            assert_eq!(got.status, status, "{method} {path} {zone}");
            let refused = got.status == 400;
            assert!(!refused || got.error() == "TimeZoneNotSupportedException", "{method} {path}");
            assert_eq!(got.header("preference-applied").contains(zone), !refused, "{method} {path} {zone}");
        }
    }
    let backwards = json!({"automaticRepliesSetting": {"scheduledEndDateTime": at("2026-06-30T09:00:00")}});
    let got = client.patch(SETTINGS, backwards);
    assert_eq!((got.status, got.error().as_str()), (400, "ErrorInvalidTimeInterval"));
}

#[test]
fn languages_and_zones_are_listed_in_both_standards() {
    let mut client = client();
    let languages = client.get("/v1.0/me/outlook/supportedLanguages()");
    assert!(
        languages["value"].as_array().unwrap().contains(&json!({"locale": "de-DE", "displayName": "German (Germany)"}))
    );
    let windows = client.get("/v1.0/me/outlook/supportedTimeZones");
    let pacific = json!({"alias": "Pacific Standard Time", "displayName": "(UTC-08:00) Pacific Time (US & Canada)"});
    assert!(windows["value"].as_array().unwrap().contains(&pacific));
    for form in ["'Windows'", "microsoft.graph.timeZoneStandard'Windows'"] {
        let same = client.get(&format!("/v1.0/me/outlook/supportedTimeZones(TimeZoneStandard={form})"));
        assert_eq!(same["value"], windows["value"], "{form}");
    }
    let iana =
        client.get("/v1.0/me/outlook/supportedTimeZones(TimeZoneStandard=microsoft.graph.timeZoneStandard'Iana')");
    assert!(
        iana["value"].as_array().unwrap().contains(&json!({"alias": "Europe/Berlin", "displayName": "Europe/Berlin"}))
    );
    let wrong = client.call("GET", "/v1.0/me/outlook/supportedTimeZones(TimeZoneStandard='Martian')", None, &[]);
    assert_eq!((wrong.status, wrong.error().as_str()), (400, "RequestBroker--ParseUri"));
    assert!(client.get("/v1.0/me/outlook")["id"].is_string());
}

#[test]
fn no_body_brings_the_settings_down() {
    let mut client = client();
    let long = "x".repeat(5000);
    let bodies = [
        json!(null),
        json!([[[]]]),
        json!("text"),
        json!({"": {}}),
        json!({"displayName": [], "color": {}, "sequence": 1e300, "actions": [], "conditions": 7}),
        json!({"displayName": long, "actions": {"assignCategories": [long], "moveToFolder": long}}),
        json!({"classifyAs": {}, "senderEmailAddress": "a@b", "InputIds": {}, "sourceIdType": 1, "EmailAddresses": [[]]}),
        json!({"InputIds": ["", "\u{0}", "é", long], "sourceIdType": "entryId", "targetIdType": "ewsId"}),
        json!({"EmailAddresses": ["", "@", "\u{0}@x", long], "MailTipsOptions": ","}),
        json!({"automaticRepliesSetting": {"scheduledStartDateTime": {"dateTime": "9999-12-31T23:59:59.9999999", "timeZone": "Dateline Standard Time"}}}),
        json!({"automaticRepliesSetting": {"scheduledEndDateTime": {"dateTime": "0001-01-01T00:00:00", "timeZone": "Pacific/Kiritimati"}}}),
        json!({"automaticRepliesSetting": {"scheduledEndDateTime": {"dateTime": "+262142-12-31T23:59:59", "timeZone": "UTC"}}}),
        json!({"workingHours": {"startTime": "23:59:60.9999999", "endTime": "-1:00:00", "timeZone": {"name": null}}}),
    ];
    let paths = [
        CATEGORIES,
        OVERRIDES,
        SETTINGS,
        "/v1.0/me/inferenceClassification",
        "/v1.0/me/mailFolders/inbox/messageRules",
        "/v1.0/me/mailFolders/inbox/messageRules/AQAAAA%3D%3D",
        "/v1.0/me/outlook/masterCategories/%00",
        "/v1.0/me/outlook/supportedTimeZones(",
        "/v1.0/me/getMailTips",
        "/v1.0/me/translateExchangeIds",
        "/v1.0/me/mailboxSettings/%F0%9F%98%80/x",
    ];
    for (path, body) in paths.iter().flat_map(|path| bodies.iter().map(move |body| (path, body))) {
        for (at, method) in ["GET", "POST", "PATCH", "PUT", "DELETE", "PATCH"].into_iter().enumerate() {
            let zone = if at == 5 { "Nowhere" } else { "Pacific/Kiritimati" };
            let prefer = format!("outlook.timezone=\"{zone}\"");
            let got = client.call(method, path, Some(body.clone()), &[("prefer", &prefer)]);
            assert!(got.status < 500, "{method} {path} {body}: {}", got.status);
            assert!(got.status < 400 || !got.error().is_empty(), "{method} {path} {body}");
        }
    }
    for option in [
        "$filter=(",
        "$filter=a",
        "$filter=displayName eq '",
        "$top=-1",
        "$top=0",
        "$skip=x",
        "$orderby=,",
        "$select=,",
    ] {
        let got = client.call("GET", &format!("{CATEGORIES}?{option}"), None, &[]);
        assert!(got.status == 400 && !got.error().is_empty(), "{option}: {}", got.status);
    }
}

#[test]
fn the_same_settings_and_mail_give_the_same_bytes_twice() {
    let run = || {
        let mut client = client();
        client.post(CATEGORIES, json!({"displayName": "x"}));
        let reply =
            json!({"automaticRepliesSetting": {"status": "alwaysEnabled", "internalReplyMessage": "<p>In</p>"}});
        client.patch(SETTINGS, reply);
        let forward = json!([{"emailAddress": {"address": GRACE}}]);
        client.post(
            "/v1.0/me/mailFolders/inbox/messageRules",
            json!({"displayName": "x", "actions": {"forwardTo": forward, "redirectTo": forward}}),
        );
        client.arrive("hello");
        let mut bytes = Vec::new();
        for path in [CATEGORIES, SETTINGS, "/v1.0/me/mailFolders/inbox/messageRules", "/v1.0/me/messages"] {
            bytes.extend(client.call("GET", path, None, &[]).bytes);
        }
        allow(&mut client, GRACE);
        bytes.extend(client.call("GET", "/v1.0/me/messages", None, &[]).bytes);
        bytes.extend(client.control("GET", "delivered", &json!({})).to_string().into_bytes());
        String::from_utf8(bytes).unwrap()
    };
    assert!(run().contains("FW: hello"));
    assert_eq!(run(), run());
}

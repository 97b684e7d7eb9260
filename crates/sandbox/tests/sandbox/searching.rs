//! `$search` and `/search/query`: what is found, in which order, and how it is paged.

use serde_json::{Value, json};

use crate::client::{ADA, Client, GRACE, message};

fn subjects(list: &Value) -> Vec<&str> {
    list["value"].as_array().unwrap().iter().map(|row| row["subject"].as_str().unwrap()).collect()
}

fn search(client: &mut Client, kql: &str) -> Value {
    let value = format!("\"{}\"", kql.replace('"', "\\\""))
        .replace('%', "%25")
        .replace('"', "%22")
        .replace('\\', "%5C")
        .replace('<', "%3C")
        .replace('>', "%3E");
    client.get(&format!("/v1.0/me/messages?$search={value}&$select=subject"))
}

fn stocked() -> Client {
    let mut client = Client::new();
    for raw in [
        "From: Bob Miller <bob@else.example>\r\nTo: ada@petrel.test\r\nDate: Sun, 22 Nov 2026 09:00:00 +0000\r\nSubject: Budget report\r\nContent-Type: text/html\r\n\r\n<div class=hidden>The quarterly figures are <b>up</b></div>",
        "From: Zoe <zoe@other.example>\r\nTo: ada@petrel.test\r\nCc: bob@else.example\r\nDate: Mon, 16 Nov 2026 09:00:00 +0000\r\nSubject: Lunch\r\n\r\nCaf\u{e9} figures quarterly?",
        "From: Zoe <zoe@other.example>\r\nTo: ada@petrel.test\r\nDate: Sat, 21 Nov 2026 09:00:00 +0000\r\nImportance: high\r\nMIME-Version: 1.0\r\nSubject: Files\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nattached\r\n--b\r\nContent-Type: text/plain; name=notes.txt\r\nContent-Disposition: attachment; filename=notes.txt\r\n\r\nsecret walrus\r\n--b--\r\n",
    ] {
        client.sandbox.deliver(ADA, raw.as_bytes(), client.now_ms).unwrap();
    }
    client
}

#[test]
fn kql_finds_what_it_names_newest_sent_first() {
    let mut client = stocked();
    for (kql, found) in [
        ("figures", vec!["Budget report", "Lunch"]),
        ("quarter", vec!["Budget report", "Lunch"]),
        ("\"quarterly figures\"", vec!["Budget report"]),
        ("\"quarterly fig\"*", vec!["Budget report"]),
        ("hidden", vec![]),
        ("cafe", vec!["Lunch"]),
        ("zoe", vec!["Files", "Lunch"]),
        ("from:bob", vec!["Budget report"]),
        ("from:bob@else.example AND subject:report", vec!["Budget report"]),
        ("from:bob from:zoe", vec!["Budget report", "Files", "Lunch"]),
        ("from:(bob OR zoe) figures", vec!["Budget report", "Lunch"]),
        ("participants:bob", vec!["Budget report", "Lunch"]),
        ("cc:bob", vec!["Lunch"]),
        ("to:ada NOT figures", vec!["Files"]),
        ("figures -lunch", vec!["Budget report"]),
        ("subject:lunch OR subject:files", vec!["Files", "Lunch"]),
        ("hasAttachments:true", vec!["Files"]),
        ("attachment:notes", vec!["Files"]),
        ("importance:high", vec!["Files"]),
        ("isRead:false", vec!["Budget report", "Files", "Lunch"]),
        ("sent>=2026-11-21", vec!["Budget report", "Files"]),
        ("sent:11/01/2026..11/21/2026", vec!["Files", "Lunch"]),
        ("sent:yesterday", vec!["Budget report"]),
        ("received:today body:figures", vec!["Budget report", "Lunch"]),
        ("size<10", vec![]),
        ("size>10", vec!["Budget report", "Files", "Lunch"]),
        ("walrus", vec![]),
        ("http://nowhere", vec![]),
    ] {
        let list = search(&mut client, kql);
        assert_eq!(subjects(&list), found, "{kql}");
    }
}

#[test]
fn one_folder_is_searched_alone_and_counted() {
    let mut client = stocked();
    client.post("/v1.0/me/messages", json!({"subject": "figures of mine"}));
    let list = client.get("/v1.0/me/mailFolders/drafts/messages?$search=figures");
    assert_eq!(subjects(&list), ["figures of mine"]);
    assert_eq!(client.call("GET", "/v1.0/me/messages/$count?$search=figures", None, &[]).bytes, b"3");
}

#[test]
fn results_page_by_token_and_end_at_a_thousand() {
    let mut client = Client::new();
    for at in 0..1005 {
        client.arrive(&format!("needle{at}"));
    }
    let mut link = "/v1.0/me/messages?$search=%22needle%22&$top=400&$select=subject&$count=true".to_owned();
    let mut sizes = Vec::new();
    loop {
        let page = client.get(&link);
        assert!(page.get("@odata.count").is_none());
        sizes.push(page["value"].as_array().unwrap().len());
        match page["@odata.nextLink"].as_str() {
            Some(next) => {
                assert!(next.contains("$skiptoken=") && !next.contains("$skip="), "{next}");
                link = next.to_owned();
            }
            None => break,
        }
    }
    assert_eq!(sizes, [400, 400, 200]);
    client.control("POST", "expire", &json!({"what": "delta"}));
    let got = client.call("GET", &link, None, &[]);
    assert_eq!((got.status, got.error().as_str()), (410, "SyncStateNotFound"));
    let got = client.call("GET", "/v1.0/me/messages?$search=a&$skiptoken=nonsense", None, &[]);
    assert_eq!(got.status, 400);
}

#[test]
fn the_index_lags_where_the_switch_says_so() {
    let mut client = Client::new();
    client.control("POST", "behave", &json!({"search_lag_s": 30}));
    client.arrive("fresh");
    assert_eq!(search(&mut client, "fresh")["value"], json!([]));
    client.wait(30_000);
    assert_eq!(subjects(&search(&mut client, "fresh")), ["fresh"]);
}

#[test]
fn a_search_query_gives_hits_with_marked_summaries() {
    let mut client = stocked();
    let ask = |text: &str| json!({"requests": [{"entityTypes": ["message"], "query": {"queryString": text}, "from": 0, "size": 25}]});
    let got = client.post("/v1.0/search/query", ask("quarterly"));
    assert_eq!(got.status, 200);
    let answer = got.json()["value"][0].clone();
    assert_eq!(answer["searchTerms"], json!(["quarterly"]));
    let container = &answer["hitsContainers"][0];
    assert_eq!((container["total"].as_u64(), container["moreResultsAvailable"].as_bool()), (Some(2), Some(false)));
    let hit = &container["hits"][0];
    assert_eq!(hit["rank"], 1);
    assert_eq!(hit["summary"], "The <c0>quarterly</c0> figures are up");
    assert_eq!(
        (hit["resource"]["subject"].as_str(), hit["resource"]["@odata.type"].as_str()),
        (Some("Budget report"), Some("#microsoft.graph.message"))
    );
    let id = hit["hitId"].as_str().unwrap().to_owned();
    assert_eq!(client.get(&message(&id))["subject"], "Budget report");
    let files = client.post("/v1.0/search/query", ask("walrus")).json();
    assert_eq!(
        files["value"][0]["hitsContainers"][0]["hits"][0]["resource"]["subject"], "Files",
        "attachments are searched too"
    );
    let nothing = client.post("/v1.0/search/query", ask("nobody")).json();
    assert_eq!(nothing["value"][0]["hitsContainers"][0], json!({"total": 0, "moreResultsAvailable": false}));
    client.token = client.token_of(GRACE);
    let others = client.post("/v1.0/search/query", ask("quarterly")).json();
    assert_eq!(others["value"][0]["hitsContainers"][0]["total"], 0, "only the own mailbox is searched");
}

#[test]
fn search_queries_page_by_from_and_size_and_can_put_the_best_first() {
    let mut client = Client::new();
    client.arrive("needle needle needle");
    for at in 0..30 {
        client.wait(1000);
        client.arrive(&format!("needle {at}"));
    }
    let mut run = |from: usize, size: usize, top: bool| {
        let body = json!({"requests": [{"entityTypes": ["message"], "query": {"queryString": "needle"}, "from": from, "size": size, "enableTopResults": top}]});
        client.post("/v1.0/search/query", body).json()["value"][0]["hitsContainers"][0].clone()
    };
    let page = run(0, 100, false);
    assert_eq!((page["total"].as_u64(), page["moreResultsAvailable"].as_bool()), (Some(25), Some(true)));
    let page = run(25, 25, false);
    assert_eq!((page["total"].as_u64(), page["moreResultsAvailable"].as_bool()), (Some(6), Some(false)));
    assert_eq!(
        (page["hits"][0]["rank"].as_u64(), page["hits"][5]["resource"]["subject"].as_str()),
        (Some(26), Some("needle needle needle"))
    );
    assert_eq!(run(0, 1, true)["hits"][0]["resource"]["subject"], "needle needle needle");
}

#[test]
fn malformed_search_queries_are_refused() {
    let mut client = Client::new();
    for body in [
        json!({}),
        json!({"requests": []}),
        json!({"requests": [{"entityTypes": ["driveItem"], "query": {"queryString": "a"}}]}),
        json!({"requests": [{"entityTypes": ["message"]}]}),
        json!({"requests": [{"entityTypes": ["message"], "query": {"queryString": "(a"}}]}),
        json!({"requests": [{"entityTypes": ["message"], "query": {"queryString": "a"}, "from": -1}]}),
    ] {
        assert_eq!(client.post("/v1.0/search/query", body.clone()).status, 400, "{body}");
    }
}

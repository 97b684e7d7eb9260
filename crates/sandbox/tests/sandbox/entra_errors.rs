//! Every numbered error that clients have to tell apart: on order, and by its real cause where it has one.

use http::Request;
use sandbox::Host;
use serde_json::json;

use crate::client::{ADA, GRACE};
use crate::visitor::{APP, HOUR_MS, TENANT, VERIFIER, Visitor, claims, number, returned, returned_number, text};

const INTERACTIVE: [u64; 16] = [
    16_000, 50_058, 50_072, 50_074, 50_076, 50_078, 50_079, 50_089, 50_132, 50_133, 50_173, 65_001, 70_008, 70_043,
    700_082, 700_084,
];
const CONSENT: [u64; 5] = [65_001, 65_004, 90_093, 90_094, 90_095];
const BLOCKED: [u64; 13] =
    [50_020, 50_034, 50_057, 50_105, 53_000, 53_001, 53_002, 53_003, 53_011, 500_021, 500_022, 500_212, 500_213];
const OURS: [u64; 9] = [50_011, 50_194, 70_011, 501_481, 530_035, 700_016, 700_025, 9_002_325, 9_002_326];
const LATER: [u64; 4] = [50_033, 50_087, 70_012, 90_055];
const LAST: [u64; 2] = [50_196, 54_005];

#[test]
fn every_code_comes_on_order_at_the_token_endpoint_and_by_redirect() {
    let mut visitor = Visitor::new();
    for code in INTERACTIVE.iter().chain(&CONSENT).chain(&BLOCKED).chain(&OURS).chain(&LATER).chain(&LAST) {
        let got = visitor.refuse_at_token(*code);
        let body = got.json();
        assert!(got.status >= 400, "{code}");
        assert_eq!(number(&got), *code);
        assert!(body["error_description"].as_str().unwrap().starts_with(&format!("AADSTS{code}: ")), "{body}");
        for name in ["error", "timestamp", "trace_id", "correlation_id", "error_uri"] {
            assert!(body[name].as_str().is_some_and(|text| !text.is_empty()), "{code} {name}");
        }
        visitor.order(json!({"next_error": {"code": code, "at": "authorize"}}));
        let back = visitor.ask(&[("prompt", "none")]);
        assert_eq!((returned_number(&back), returned(&back)["state"].as_str()), (*code, "st 1"));
        assert_ne!(returned(&back)["error"], "invalid_grant", "there is no grant yet");
    }
    assert_eq!(visitor.client.control("GET", "entra", &json!({}))["errors_waiting"], 0);
}

#[test]
fn the_words_beside_the_numbers_are_those_that_microsofts_library_reads() {
    let mut visitor = Visitor::new();
    for (code, status, error, suberror) in [
        (50_076, 400, "interaction_required", "basic_action"),
        (50_058, 400, "login_required", ""),
        (65_001, 400, "invalid_grant", "consent_required"),
        (65_004, 400, "access_denied", ""),
        (700_084, 400, "invalid_grant", "bad_token"),
        (50_173, 400, "invalid_grant", "bad_token"),
        (53_003, 400, "invalid_grant", "message_only"),
        (50_033, 503, "temporarily_unavailable", ""),
        (70_012, 500, "server_error", ""),
        (54_005, 400, "invalid_grant", ""),
    ] {
        let got = visitor.refuse_at_token(code);
        let body = got.json();
        assert_eq!((got.status, body["error"].as_str().unwrap()), (status, error), "{code}");
        assert_eq!(body["suberror"].as_str().unwrap_or_default(), suberror, "{code}");
    }
}

#[test]
fn other_words_are_said_on_order() {
    let mut visitor = Visitor::new();
    for error in ["bad_token", "ui_not_allowed", "interrupted_user"] {
        visitor.order(json!({"next_error": {"code": 50076, "error": error, "suberror": "additional_action"}}));
        let body = visitor.token(&[]).json();
        assert_eq!((body["error"].as_str(), body["suberror"].as_str()), (Some(error), Some("additional_action")));
        visitor.order(json!({"next_error": {"code": 50076, "error": error}}));
        let back = returned(&visitor.ask(&[]));
        assert_eq!((back["error"].as_str(), back["suberror"].as_str()), (error, "basic_action"));
    }
}

#[test]
fn an_ordered_error_waits_counts_and_carries_what_was_ordered_with_it() {
    let mut visitor = Visitor::new();
    visitor.order(json!({"next_error": {
        "code": 90055, "at": "token", "skip": 1, "times": 2, "retry_after_s": 7, "claims": {"access_token": {"polids": {}}}
    }}));
    let ask = |visitor: &mut Visitor| visitor.token(&[("grant_type", "refresh_token"), ("client_id", APP)]);
    assert_eq!(number(&ask(&mut visitor)), 900_144);
    for _ in 0..2 {
        let got = ask(&mut visitor);
        assert_eq!((got.status, got.header("retry-after")), (429, "7"));
        assert_eq!(got.json()["claims"], r#"{"access_token":{"polids":{}}}"#);
        assert_eq!(got.header("access-control-allow-origin"), "*");
    }
    assert_eq!(number(&ask(&mut visitor)), 900_144);
    visitor.order(json!({"next_error": {"code": 90055, "at": "token"}}));
    assert_eq!(ask(&mut visitor).header("retry-after"), "");
    visitor.order(json!({"next_error": {"code": 53003, "at": "authorize", "page": true}}));
    let page = visitor.ask(&[]);
    assert!(page.status == 400 && text(&page).contains("AADSTS53003"));
}

#[test]
fn an_order_with_an_error_in_it_changes_nothing() {
    let mut visitor = Visitor::new();
    for body in [
        json!({"next_error": {"code": 1}}),
        json!({"next_error": {"code": 50076, "at": "home"}}),
        json!({"condition": {"user": "nobody@petrel.test", "code": 50076}}),
        json!({"condition": {"user": ADA}}),
        json!({"spoil": {"what": "cookie"}}),
        json!({"consent": {"policy": "everyone"}}),
        json!({"app": {"audience": "some"}}),
        json!({"challenge": {"user": ADA, "claims": 5}}),
        json!({"token_requests": "many"}),
        json!({"condition": {"user": ADA, "code": 50076}, "wish": true}),
        json!([]),
    ] {
        let request = Request::post("/_sandbox/entra").body(body.to_string().into_bytes()).unwrap();
        let got = visitor.client.send(Host::Graph, request);
        assert_eq!(got.status, 400, "{body}");
        assert!(got.json()["error"].as_str().unwrap().len() > 10);
    }
    assert_eq!(visitor.client.control("GET", "entra", &json!({}))["conditions"], json!({}));
}

#[test]
fn a_trouble_of_a_person_stops_silent_ways_until_they_were_on_the_page() {
    for code in [50_055, 50_072, 50_074, 50_076, 50_078, 50_079, 50_132, 50_133, 70_043] {
        let mut visitor = Visitor::new();
        let tokens = visitor.sign_in(ADA, &[]);
        visitor.order(json!({"condition": {"user": ADA, "code": code}}));
        assert_eq!(number(&visitor.renew(&tokens, &[])), code);
        assert_eq!(returned_number(&visitor.ask(&[("prompt", "none")])), code);
        let page = visitor.ask(&[("login_hint", ADA)]);
        assert!(text(&page).contains("Verify your identity"), "{code}");
        let back = visitor.press(&page, "verified=1");
        assert_eq!(visitor.redeem(&returned(&back)["code"], &[]).status, 200);
        assert_eq!(visitor.renew(&tokens, &[]).status, 200);
    }
}

#[test]
fn a_trouble_that_others_must_end_stays_until_they_do() {
    for code in [50_057, 50_105, 53_000, 53_001, 53_002, 53_003, 53_011, 530_035, 500_021, 500_022, 500_212, 500_213] {
        let mut visitor = Visitor::new();
        let tokens = visitor.sign_in(ADA, &[]);
        visitor.order(json!({"condition": {"user": ADA, "code": code}}));
        assert_eq!(number(&visitor.renew(&tokens, &[])), code);
        let silent = visitor.ask(&[("prompt", "none")]);
        assert_eq!((returned_number(&silent), returned(&silent)["error"].as_str()), (code, "access_denied"));
        let page = visitor.choose(ADA, &[]);
        assert!(page.status == 400 && text(&page).contains(&format!("AADSTS{code}")));
        assert_eq!(visitor.choose(GRACE, &[]).status, 302, "others are not concerned");
        visitor.order(json!({"condition": {"user": ADA, "code": null}}));
        assert_eq!(visitor.renew(&tokens, &[]).status, 200);
    }
}

#[test]
fn wrong_authorize_requests_go_back_with_their_number() {
    let mut visitor = Visitor::new();
    for (instead, code) in [
        (("response_type", ""), 900_144),
        (("response_type", "token"), 700_051),
        (("response_type", "id_token"), 700_054),
        (("response_type", "code id_token"), 700_054),
        (("response_type", "device"), 70_005),
        (("response_mode", "pigeon"), 70_007),
        (("scope", ""), 900_144),
        (("scope", "openid Mail.Devour"), 650_053),
        (("scope", ".default Mail.Read"), 70_011),
        (("scope", "https://elsewhere.example/Mail.Read"), 500_011),
        (("code_challenge", ""), 9_002_325),
        (("code_challenge", "short"), 501_491),
        (("code_challenge_method", "plain"), 90_023),
        (("code_challenge_method", ""), 90_023),
        (("prompt", "create"), 90_023),
        (("prompt", "none login"), 90_023),
        (("claims", "{"), 90_023),
        (("max_age", "old"), 90_023),
    ] {
        let back = visitor.ask(&[instead]);
        assert_eq!((returned_number(&back), returned(&back)["state"].as_str()), (code, "st 1"), "{instead:?}");
    }
}

#[test]
fn an_unknown_app_or_address_is_told_on_the_page_alone() {
    let mut visitor = Visitor::new();
    for (instead, code) in [
        (("client_id", "petrel"), "AADSTS700016"),
        (("redirect_uri", "https://evil.example/"), "AADSTS50011"),
        (("redirect_uri", ""), "AADSTS50011"),
    ] {
        let page = visitor.ask(&[instead]);
        assert!(page.status == 400 && page.header("location").is_empty() && text(&page).contains(code));
    }
    visitor.order(json!({"app": {"redirect_uris": ["http://localhost:8080/auth"]}}));
    assert_eq!(visitor.ask(&[]).status, 400);
    assert_eq!(visitor.ask(&[("redirect_uri", "http://localhost:8080/auth")]).status, 200);
    visitor.order(json!({"app": {"registered": false}}));
    assert!(text(&visitor.ask(&[])).contains("AADSTS700016"));
}

#[test]
fn an_app_for_one_tenant_is_not_reached_through_a_shared_name() {
    let mut visitor = Visitor::new();
    visitor.order(json!({"app": {"audience": "one"}}));
    assert_eq!(returned_number(&visitor.ask(&[])), 50_194);
    assert_eq!(number(&visitor.token(&[("grant_type", "refresh_token"), ("client_id", APP)])), 50_194);
    visitor.tenant = TENANT;
    assert_eq!(visitor.ask(&[]).status, 200);
}

#[test]
fn wrong_token_requests_are_refused_with_their_number() {
    let mut visitor = Visitor::new();
    let tokens = visitor.sign_in(ADA, &[]);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    for (form, status, code) in [
        (vec![], 400, 900_144),
        (vec![("grant_type", "refresh_token")], 400, 900_144),
        (vec![("grant_type", "telepathy")], 400, 70_003),
        (vec![("grant_type", "password"), ("client_id", APP)], 401, 7_000_218),
        (vec![("grant_type", "client_credentials"), ("client_id", APP)], 401, 7_000_218),
        (vec![("grant_type", "urn:ietf:params:oauth:grant-type:device_code")], 401, 7_000_218),
        (vec![("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")], 401, 7_000_218),
        (vec![("grant_type", "refresh_token"), ("client_id", APP), ("refresh_token", "x")], 400, 70_000),
        (vec![("grant_type", "refresh_token"), ("client_id", TENANT), ("refresh_token", refresh)], 400, 70_002),
        (vec![("grant_type", "refresh_token"), ("client_id", "petrel"), ("refresh_token", refresh)], 400, 700_016),
        (vec![("grant_type", "refresh_token"), ("client_id", APP), ("client_secret", "s")], 400, 700_025),
        (
            vec![
                ("grant_type", "refresh_token"),
                ("client_id", APP),
                ("refresh_token", refresh),
                ("scope", "Mail.Devour"),
            ],
            400,
            70_011,
        ),
        (
            vec![
                ("grant_type", "refresh_token"),
                ("client_id", APP),
                ("refresh_token", refresh),
                ("scope", "Mail.Read https://outlook.office.com/Mail.Read"),
            ],
            400,
            28_000,
        ),
    ] {
        let got = visitor.token(&form);
        assert_eq!((got.status, number(&got)), (status, code), "{form:?}");
    }
    let got = visitor.open("/common/oauth2/v2.0/token");
    assert_eq!((got.status, number(&got)), (400, 900_561));
}

#[test]
fn a_code_must_be_redeemed_as_it_was_asked_for() {
    let mut visitor = Visitor::new();
    let back = visitor.choose(ADA, &[]);
    let code = returned(&back)["code"].clone();
    let other = [
        ("grant_type", "authorization_code"),
        ("client_id", APP),
        ("code", code.as_str()),
        ("redirect_uri", "http://localhost:8080/other"),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(number(&visitor.token(&other)), 500_112);
    assert_eq!(number(&visitor.redeem("1.unknown", &[])), 70_000);
    assert_eq!(visitor.redeem(&code, &[]).status, 200);
    assert_eq!(number(&visitor.redeem(&code, &[])), 54_005);
}

#[test]
fn an_address_registered_for_web_servers_is_no_use_to_a_browser() {
    let mut visitor = Visitor::new();
    visitor.order(json!({"app": {"redirect_type": "web"}}));
    let back = visitor.choose(ADA, &[]);
    let code = returned(&back)["code"].clone();
    assert_eq!(number(&visitor.redeem(&code, &[])), 9_002_326);
    for (secret, expected) in [("", 7_000_218), ("&client_secret=s", 7_000_215)] {
        let body = format!("grant_type=authorization_code&client_id={APP}&code={code}{secret}");
        let request = Request::post("/common/oauth2/v2.0/token").body(body.into_bytes()).unwrap();
        let got = visitor.client.send(Host::Entra, request);
        assert_eq!((got.status, number(&got)), (401, expected));
    }
}

#[test]
fn what_was_revoked_is_dead_everywhere() {
    let mut visitor = Visitor::new();
    let tokens = visitor.sign_in(ADA, &[]);
    visitor.order(json!({"revoke": {"user": ADA}}));
    assert_eq!(number(&visitor.renew(&tokens, &[])), 50_173);
    assert_eq!(returned_number(&visitor.ask(&[("prompt", "none")])), 50_058);
    assert_eq!(visitor.graph(&tokens, "/v1.0/me").status, 200, "without claims challenges an access token lives on");
    let again = visitor.sign_in(ADA, &[]);
    assert_eq!(visitor.renew(&again, &[]).status, 200);
}

#[test]
fn going_round_without_a_page_is_ended_as_a_loop() {
    let mut visitor = Visitor::new();
    visitor.sign_in(ADA, &[]);
    for _ in 0..15 {
        assert!(returned(&visitor.ask(&[("prompt", "none")])).contains_key("code"));
    }
    assert_eq!(returned_number(&visitor.ask(&[("prompt", "none")])), 50_196);
    visitor.client.wait(HOUR_MS / 10);
    assert!(returned(&visitor.ask(&[("prompt", "none")])).contains_key("code"));
}

#[test]
fn a_person_nobody_knows_is_told_so_on_the_page() {
    let mut visitor = Visitor::new();
    let page = visitor.choose("nobody@petrel.test", &[]);
    assert!(page.status == 200 && text(&page).contains("AADSTS50034") && text(&page).contains("data-account"));
}

#[test]
fn failures_are_found_again_by_the_id_that_the_client_chose() {
    let mut visitor = Visitor::new();
    let id = "11112222-3333-4444-8555-666677778888";
    let got = visitor.token(&[("grant_type", "x"), ("client-request-id", id)]);
    assert_eq!(got.json()["correlation_id"], id);
    let back = visitor.ask(&[("prompt", "none"), ("client-request-id", id)]);
    assert!(returned(&back)["error_description"].contains(id));
    let uri = returned(&back)["error_uri"].clone();
    let page = visitor.open(uri.strip_prefix("http://localhost:8081").unwrap());
    assert!(page.status == 200 && text(&page).contains("AADSTS50058"));
}

#[test]
fn answers_are_spoiled_on_order_one_claim_at_a_time() {
    let mut visitor = Visitor::new();
    let good = claims(&visitor.sign_in(ADA, &[])["id_token"]);
    for name in ["aud", "exp", "iss", "nonce", "tid"] {
        visitor.order(json!({"spoil": {"what": name}}));
        let wrong = claims(&visitor.sign_in(ADA, &[])["id_token"]);
        for same in ["aud", "iss", "nonce", "tid", "oid"] {
            assert_eq!(wrong[same] == good[same], same != name, "{name} {same}");
        }
        assert_eq!(wrong["exp"].as_i64() < wrong["iat"].as_i64(), name == "exp");
        assert_eq!(claims(&visitor.sign_in(ADA, &[])["id_token"])[name], good[name]);
    }
    visitor.order(json!({"spoil": {"what": "state"}}));
    assert_eq!(returned(&visitor.choose(ADA, &[]))["state"], "spoiled");
    assert_eq!(returned(&visitor.choose(ADA, &[]))["state"], "st 1");
}

#[test]
fn somebody_else_comes_back_and_a_code_comes_twice_on_order() {
    let mut visitor = Visitor::new();
    visitor.order(json!({"answer_as": GRACE}));
    assert_eq!(claims(&visitor.sign_in(ADA, &[])["id_token"])["preferred_username"], GRACE);
    visitor.order(json!({"answer_as": null, "replay_code": true}));
    let back = visitor.choose(ADA, &[]);
    assert_eq!(number(&visitor.redeem(&returned(&back)["code"], &[])), 54_005);
    assert_eq!(claims(&visitor.sign_in(ADA, &[])["id_token"])["preferred_username"], ADA);
}

#[test]
fn an_answer_is_lost_after_rotating_and_the_old_refresh_token_still_works() {
    let mut visitor = Visitor::new();
    let tokens = visitor.sign_in(ADA, &[]);
    let lost = json!([{"host": "entra", "method": "POST", "path": "/token$", "times": 1, "then": {"drop": "after"}}]);
    visitor.client.control("POST", "faults", &lost);
    assert_eq!(visitor.renew(&tokens, &[]).fate, sandbox::Fate::Drop);
    assert_eq!(visitor.renew(&tokens, &[]).status, 200);
    let slow = json!([{"host": "entra", "path": "/token$", "times": 1, "then": {"delay_ms": 60_000}}]);
    visitor.client.control("POST", "faults", &slow);
    assert_eq!(visitor.renew(&tokens, &[]).fate, sandbox::Fate::Delay(60_000));
}

#[test]
fn a_fresh_start_takes_back_every_order() {
    let mut visitor = Visitor::new();
    visitor.order(json!({
        "condition": {"user": ADA, "code": 53003}, "consent": {"policy": "administrator", "withhold": ["Mail.Send"]},
        "answer_as": GRACE, "token_requests": 3, "challenge": {"user": ADA}
    }));
    let calm = visitor.client.control("DELETE", "entra", &json!({}));
    assert_eq!(
        calm,
        json!({"errors_waiting": 0, "conditions": {}, "challenges": 0, "withheld": [], "answer_as": null, "token_requests": null})
    );
    assert_eq!(visitor.choose(ADA, &[]).status, 302);
}

//! Tokens: how long they live, what they say, what Graph makes of them, and who may challenge them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use http::Request;
use sandbox::Host;
use serde_json::{Value, json};

use crate::client::{ADA, GRACE};
use crate::visitor::{APP, CP1, HOUR_MS, PARTNER, TENANT, Visitor, claims, number, returned, returned_number, text};

const LINUS: &str = "linus@petrel.test";

#[test]
fn access_tokens_live_an_hour_to_an_hour_and_a_half_and_die_then() {
    let mut visitor = Visitor::new();
    let mut lives = std::collections::BTreeSet::new();
    for _ in 0..10 {
        let tokens = visitor.sign_in(ADA, &[]);
        let life = tokens["expires_in"].as_i64().unwrap();
        assert!((3600..=5400).contains(&life) && tokens["ext_expires_in"] == life, "{tokens}");
        lives.insert(life);
    }
    assert!(lives.len() > 5, "{lives:?}");
    let tokens = visitor.sign_in(ADA, &[]);
    visitor.client.wait(tokens["expires_in"].as_i64().unwrap() * 1000 - 1);
    assert_eq!(visitor.graph(&tokens, "/v1.0/me").status, 200);
    visitor.client.wait(1);
    assert_eq!(visitor.graph(&tokens, "/v1.0/me").status, 401);
}

#[test]
fn a_client_that_takes_challenges_gets_tokens_for_most_of_a_day() {
    let mut visitor = Visitor::new();
    for claims in [CP1, &CP1.replace("cp1", "CP1")] {
        let tokens = visitor.sign_in(ADA, &[("claims", claims)]);
        let life = tokens["expires_in"].as_i64().unwrap();
        assert!((20 * 3600..=28 * 3600).contains(&life), "{life}");
    }
}

#[test]
fn the_answer_lists_what_was_granted_and_who_it_is() {
    let mut visitor = Visitor::new();
    let back = visitor.choose(ADA, &[("client_info", "1")]);
    let fields = returned(&back);
    let tokens = visitor.redeem(&fields["code"], &[("client_info", "1")]).json();
    assert_eq!(tokens["scope"], "openid profile User.Read Mail.ReadWrite Mail.Send");
    assert_eq!(tokens["client_info"], fields["client_info"]);
    let info: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(tokens["client_info"].as_str().unwrap()).unwrap()).unwrap();
    let id = claims(&tokens["id_token"]);
    assert_eq!(info, json!({"uid": id["oid"], "utid": TENANT}));
    let narrow = visitor.renew(&tokens, &[("scope", "https://graph.microsoft.com/Mail.Read")]).json();
    assert_eq!(narrow["scope"], "https://graph.microsoft.com/Mail.Read");
    assert_eq!(visitor.graph(&narrow, "/v1.0/me/messages").status, 200);
    assert_eq!(visitor.graph(&narrow, "/v1.0/me").status, 403);
    let whole = visitor.renew(&tokens, &[("scope", "https://graph.microsoft.com/.default openid")]).json();
    assert_eq!(visitor.graph(&whole, "/v1.0/me").status, 200);
}

#[test]
fn without_offline_access_there_is_no_renewal_and_without_openid_no_name() {
    let mut visitor = Visitor::new();
    let tokens = visitor.sign_in(ADA, &[("scope", "Mail.Read")]);
    assert!(tokens.get("refresh_token").is_none() && tokens.get("id_token").is_none(), "{tokens}");
}

#[test]
fn a_token_for_another_resource_is_nothing_to_graph() {
    let mut visitor = Visitor::new();
    let tokens = visitor.sign_in(ADA, &[]);
    let other = visitor.renew(&tokens, &[("scope", "https://outlook.office.com/Mail.Read")]).json();
    let got = visitor.graph(&other, "/v1.0/me");
    assert_eq!((got.status, got.error().as_str()), (401, "InvalidAuthenticationToken"));
}

#[test]
fn id_tokens_are_signed_by_a_published_key_and_keys_roll_over() {
    let mut visitor = Visitor::new();
    let header = |token: &Value| -> Value {
        let first = token.as_str().unwrap().split('.').next().unwrap().to_owned();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(first).unwrap()).unwrap()
    };
    let published = |visitor: &mut Visitor| -> Vec<Value> {
        visitor.open("/common/discovery/v2.0/keys").json()["keys"].as_array().unwrap().clone()
    };
    let old = header(&visitor.sign_in(ADA, &[])["id_token"]);
    assert_eq!((old["alg"].as_str(), old["typ"].as_str()), (Some("RS256"), Some("JWT")));
    assert_eq!(published(&mut visitor)[0]["kid"], old["kid"]);
    let next = published(&mut visitor)[1]["kid"].clone();
    visitor.order(json!({"roll_keys": true}));
    let new = header(&visitor.sign_in(ADA, &[])["id_token"]);
    assert_eq!(new["kid"], next, "the next key was published before it was used");
    assert!(published(&mut visitor).iter().any(|key| key["kid"] == old["kid"]), "old tokens can still be checked");
    visitor.order(json!({"spoil": {"what": "signature"}}));
    let tokens = [visitor.sign_in(ADA, &[]), visitor.sign_in(ADA, &[])];
    let length = |token: &Value| token["id_token"].as_str().unwrap().rsplit('.').next().unwrap().len();
    assert_eq!((length(&tokens[0]) < 342, length(&tokens[1])), (true, 342));
}

#[test]
fn an_id_token_says_who_when_where_and_what_else_was_asked() {
    let mut visitor = Visitor::new();
    let plain = claims(&visitor.sign_in(ADA, &[])["id_token"]);
    for name in ["sub", "sid", "login_hint", "uti", "oid", "tid", "iat", "nbf", "exp"] {
        assert!(!plain[name].is_null(), "{name}");
    }
    assert_eq!((plain["nonce"].as_str(), plain["ver"].as_str()), (Some("no1"), Some("2.0")));
    assert!(plain["auth_time"].is_null() && plain["acct"].is_null());
    visitor.client.wait(60_000);
    let asked = r#"{"id_token":{"auth_time":{"essential":true},"acct":null,"given_name":null,"groups":null}}"#;
    let back = visitor.ask(&[("claims", asked)]);
    let more = claims(&visitor.redeem(&returned(&back)["code"], &[]).json()["id_token"]);
    assert_eq!(more["auth_time"].as_i64().unwrap() + 60, more["iat"].as_i64().unwrap());
    assert_eq!((more["acct"].as_i64(), more["given_name"].as_str()), (Some(0), Some("Ada")));
    assert!(more["groups"].is_null());
    assert_eq!(more["sub"], plain["sub"]);
    let bare = claims(&visitor.sign_in(ADA, &[("scope", "openid")])["id_token"]);
    assert!(bare["name"].is_null() && bare["sub"] == plain["sub"]);
}

#[test]
fn a_guest_has_another_id_and_no_mailbox_at_their_hosts() {
    let mut visitor = Visitor::new();
    let home = claims(&visitor.sign_in(LINUS, &[])["id_token"]);
    visitor.tenant = "fulmar.test";
    let tokens = visitor.sign_in(LINUS, &[]);
    let away = claims(&tokens["id_token"]);
    assert_eq!((away["tid"].as_str(), away["acct"].as_i64()), (Some(PARTNER), Some(1)));
    assert_eq!(away["iss"], format!("http://localhost:8081/{PARTNER}/v2.0"));
    assert_ne!(away["oid"], home["oid"]);
    let got = visitor.graph(&tokens, "/v1.0/me/messages");
    assert_eq!((got.status, got.error().as_str()), (404, "MailboxNotEnabledForRESTAPI"));
    assert_eq!(visitor.graph(&tokens, "/v1.0/me").status, 200);
    let page = visitor.choose(ADA, &[]);
    assert!(page.status == 400 && text(&page).contains("AADSTS50020"));
}

#[test]
fn userinfo_names_the_person_as_the_id_token_does() {
    let mut visitor = Visitor::new();
    let tokens = visitor.sign_in(ADA, &[("scope", "openid profile email User.Read")]);
    let found = visitor.graph(&tokens, "/oidc/userinfo");
    assert_eq!(found.status, 200);
    assert_eq!(found.json()["sub"], claims(&tokens["id_token"])["sub"]);
    assert_eq!((found.json()["email"].as_str(), found.json()["family_name"].as_str()), (Some(ADA), Some("Lovelace")));
    let tokens = visitor.sign_in(ADA, &[("scope", "User.Read")]);
    assert_eq!(visitor.graph(&tokens, "/oidc/userinfo").status, 403);
    visitor.client.token = "nonsense".to_owned();
    assert_eq!(visitor.client.call("GET", "/oidc/userinfo", None, &[]).status, 401);
}

#[test]
fn tokens_can_be_made_to_wear_out_after_some_requests() {
    let mut visitor = Visitor::new();
    visitor.order(json!({"token_requests": 2}));
    let tokens = visitor.sign_in(ADA, &[]);
    let statuses: Vec<u16> = (0..3).map(|_| visitor.graph(&tokens, "/v1.0/me").status).collect();
    assert_eq!(statuses, [200, 200, 401]);
    let fresh = visitor.renew(&tokens, &[]).json();
    assert_eq!(visitor.graph(&fresh, "/v1.0/me").status, 200);
}

/// The claims of a challenge, decoded.
fn wanted(line: &str) -> Value {
    let text = line.split("claims=\"").nth(1).unwrap().split('"').next().unwrap();
    let bytes = STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).or_else(|_| URL_SAFE_NO_PAD.decode(text));
    serde_json::from_slice(&bytes.unwrap()).unwrap()
}

/// The declaration of `cp1` and the claims of a challenge in one.
fn merged(wanted: &Value) -> String {
    let mut both: Value = serde_json::from_str(CP1).unwrap();
    for (name, value) in wanted["access_token"].as_object().unwrap() {
        both["access_token"][name] = value.clone();
    }
    both.to_string()
}

#[test]
fn a_challenge_is_met_by_asking_for_its_claims_and_by_nothing_else() {
    let mut visitor = Visitor::new();
    let tokens = visitor.sign_in(ADA, &[("claims", CP1)]);
    visitor.order(json!({"challenge": {"user": ADA}}));
    let got = visitor.graph(&tokens, "/v1.0/me");
    assert_eq!((got.status, got.error().as_str()), (401, "InvalidAuthenticationToken"));
    let line = got.header("www-authenticate").to_owned();
    assert!(line.starts_with("Bearer ") && line.contains("error=\"insufficient_claims\""), "{line}");
    let deaf = visitor.renew(&tokens, &[("claims", CP1)]).json();
    assert_eq!(visitor.graph(&deaf, "/v1.0/me").status, 401, "a client that ignores it goes in circles");
    let heard = visitor.renew(&tokens, &[("claims", &merged(&wanted(&line)))]).json();
    assert_eq!(visitor.graph(&heard, "/v1.0/me").status, 200);
    let later = visitor.renew(&heard, &[("claims", CP1)]).json();
    assert_eq!(visitor.graph(&later, "/v1.0/me").status, 200, "and it stays met");
}

#[test]
fn only_clients_that_declared_it_are_challenged() {
    let mut visitor = Visitor::new();
    let tokens = visitor.sign_in(ADA, &[]);
    visitor.order(json!({"challenge": {"user": ADA}}));
    assert_eq!(visitor.graph(&tokens, "/v1.0/me").status, 200);
    let other = visitor.sign_in(GRACE, &[("claims", CP1)]);
    assert_eq!(visitor.graph(&other, "/v1.0/me").status, 200);
    visitor.client.control("DELETE", "entra", &json!({}));
    let made = visitor.client.control("POST", "token", &json!({"user": ADA, "cae": true}));
    visitor.order(json!({"challenge": {"user": ADA}}));
    assert_eq!(visitor.graph(&made, "/v1.0/me").status, 401);
}

#[test]
fn a_challenge_may_come_in_two_lines_and_in_any_alphabet() {
    // These claims need `+` or `/` in the ordinary alphabet.
    let asked = json!({"access_token": {"acrs": {"essential": true, "value": "c1>>>???"}}});
    for alphabet in ["standard", "url", "unpadded"] {
        let mut visitor = Visitor::new();
        let tokens = visitor.sign_in(ADA, &[("claims", CP1)]);
        visitor.order(json!({"challenge": {"user": ADA, "claims": asked, "lines": 2, "alphabet": alphabet}}));
        let got = visitor.graph(&tokens, "/v1.0/me");
        let lines: Vec<&str> =
            got.headers.get_all("www-authenticate").iter().map(|one| one.to_str().unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert!(!lines[0].contains("insufficient_claims"));
        assert_eq!(wanted(lines[1]), asked);
        let spelt = lines[1].split("claims=\"").nth(1).unwrap();
        assert_eq!(spelt.contains(['+', '/']), alphabet == "standard");
    }
}

#[test]
fn a_challenge_that_wants_the_person_is_met_on_the_page_only() {
    let mut visitor = Visitor::new();
    let tokens = visitor.sign_in(ADA, &[("claims", CP1)]);
    visitor.order(json!({"challenge": {"user": ADA, "interaction": true}}));
    let line = visitor.graph(&tokens, "/v1.0/me").header("www-authenticate").to_owned();
    let both = merged(&wanted(&line));
    let got = visitor.renew(&tokens, &[("claims", &both)]);
    assert_eq!((number(&got), got.json()["suberror"].as_str()), (50_076, Some("basic_action")));
    let again: Value = serde_json::from_str(got.json()["claims"].as_str().unwrap()).unwrap();
    assert_eq!(again, wanted(&line));
    assert_eq!(returned_number(&visitor.ask(&[("prompt", "none"), ("claims", &both)])), 50_076);
    let page = visitor.ask(&[("claims", &both)]);
    let back = visitor.press(&page, "verified=1");
    let fresh = visitor.redeem(&returned(&back)["code"], &[("claims", &both)]).json();
    assert_eq!(visitor.graph(&fresh, "/v1.0/me").status, 200);
    let renewed = visitor.renew(&fresh, &[("claims", &both)]).json();
    assert_eq!(visitor.graph(&renewed, "/v1.0/me").status, 200);
}

#[test]
fn tenants_tell_their_own_issuer_and_shared_names_a_template() {
    let mut visitor = Visitor::new();
    for (word, issuer) in [
        ("common", "{tenantid}"),
        ("organizations", "{tenantid}"),
        ("consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"),
        ("petrel.test", TENANT),
        (TENANT, TENANT),
        ("fulmar.test", PARTNER),
    ] {
        let found = visitor.open(&format!("/{word}/v2.0/.well-known/openid-configuration"));
        assert_eq!(found.header("access-control-allow-origin"), "*");
        let found = found.json();
        assert_eq!(found["issuer"], format!("http://localhost:8081/{issuer}/v2.0"));
        for (name, end) in [
            ("authorization_endpoint", "oauth2/v2.0/authorize"),
            ("token_endpoint", "oauth2/v2.0/token"),
            ("end_session_endpoint", "oauth2/v2.0/logout"),
            ("jwks_uri", "discovery/v2.0/keys"),
        ] {
            assert_eq!(found[name], format!("http://localhost:8081/{word}/{end}"));
        }
        assert_eq!(visitor.open(&format!("/{word}/discovery/v2.0/keys")).status, 200);
    }
    assert_eq!(number(&visitor.open("/elsewhere.test/v2.0/.well-known/openid-configuration")), 90_002);
    let found = visitor.open("/common/discovery/instance?api-version=1.1&authorization_endpoint=x").json();
    assert_eq!(found["metadata"][0]["preferred_network"], "localhost:8081");
}

#[test]
fn only_what_scripts_may_read_is_open_to_them() {
    let mut visitor = Visitor::new();
    let page = visitor.ask(&[]);
    assert_eq!(page.header("access-control-allow-origin"), "");
    assert_eq!(visitor.choose(ADA, &[]).header("access-control-allow-origin"), "");
    assert_eq!(visitor.open("/common/oauth2/v2.0/logout").header("access-control-allow-origin"), "");
    assert_eq!(visitor.token(&[]).header("access-control-allow-origin"), "*");
    let request = Request::builder().method("OPTIONS").uri("/common/oauth2/v2.0/token").body(Vec::new()).unwrap();
    let got = visitor.client.send(Host::Entra, request);
    assert_eq!((got.status, got.header("access-control-allow-origin")), (204, "*"));
}

#[test]
fn every_exchange_is_the_same_again_from_the_same_seed() {
    let run = || {
        let mut visitor = Visitor::new();
        let tokens = visitor.sign_in(ADA, &[("claims", CP1), ("client_info", "1")]);
        visitor.order(json!({"challenge": {"user": ADA}, "roll_keys": true}));
        let refused = visitor.graph(&tokens, "/v1.0/me").header("www-authenticate").to_owned();
        let renewed = text(&visitor.renew(&tokens, &[]));
        (tokens.to_string(), refused, renewed, text(&visitor.token(&[("client_id", APP)])))
    };
    assert_eq!(run(), run());
}

#[test]
fn a_refresh_token_ends_a_day_after_the_sign_in_however_often_it_was_renewed() {
    let mut visitor = Visitor::new();
    let mut tokens = visitor.sign_in(ADA, &[]);
    let first = tokens.clone();
    for hour in 1..24 {
        visitor.client.wait(HOUR_MS);
        tokens = visitor.renew(&tokens, &[]).json();
        assert_eq!(tokens["refresh_token_expires_in"], (24 - hour) * 3600);
    }
    assert_eq!(visitor.renew(&first, &[]).status, 200, "an old one is not punished");
    visitor.client.wait(HOUR_MS);
    assert_eq!(number(&visitor.renew(&tokens, &[])), 700_084);
    assert_eq!(number(&visitor.renew(&first, &[])), 700_084);
}

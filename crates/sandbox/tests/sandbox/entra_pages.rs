//! The pages and what they remember: who is signed in to a browser, who is meant, and how they leave.

use http::Request;
use sandbox::Host;
use serde_json::json;

use crate::client::{ADA, GRACE};
use crate::visitor::{APP, HOUR_MS, Visitor, claims, encode, returned, returned_number, text};

/// The addresses on a page of accounts, in order.
fn accounts(html: &str) -> Vec<String> {
    html.split("data-account=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn a_browser_that_is_signed_in_passes_without_a_page() {
    let mut visitor = Visitor::new();
    assert_eq!(returned_number(&visitor.ask(&[("prompt", "none")])), 50_058);
    visitor.choose(ADA, &[]);
    assert!(returned(&visitor.ask(&[])).contains_key("code"));
    assert!(returned(&visitor.ask(&[("prompt", "none")])).contains_key("code"));
    for prompt in ["login", "select_account", "consent"] {
        assert_eq!(visitor.ask(&[("prompt", prompt)]).status, 200, "{prompt}");
    }
    assert_eq!(visitor.ask(&[("login_hint", GRACE)]).status, 200, "somebody else is meant");
    assert_eq!(returned_number(&visitor.ask(&[("prompt", "none"), ("login_hint", GRACE)])), 50_058);
}

#[test]
fn several_people_share_a_browser() {
    let mut visitor = Visitor::new();
    let ada = claims(&visitor.sign_in(ADA, &[])["id_token"]);
    let grace = claims(&visitor.sign_in(GRACE, &[])["id_token"]);
    assert_ne!(ada["sid"], grace["sid"]);
    assert_eq!(returned_number(&visitor.ask(&[("prompt", "none")])), 16_000);
    let page = visitor.ask(&[]);
    assert_eq!(text(&page).matches("Signed in").count(), 2);
    for (name, value, who) in [
        ("login_hint", ADA, ADA),
        ("login_hint", ada["login_hint"].as_str().unwrap(), ADA),
        ("sid", grace["sid"].as_str().unwrap(), GRACE),
    ] {
        let back = visitor.ask(&[("prompt", "none"), (name, value)]);
        let tokens = visitor.redeem(&returned(&back)["code"], &[]).json();
        assert_eq!(claims(&tokens["id_token"])["preferred_username"], who);
    }
}

#[test]
fn a_hint_puts_its_person_first_unless_the_choice_was_asked_for() {
    let mut visitor = Visitor::new();
    let hinted = text(&visitor.ask(&[("login_hint", GRACE)]));
    assert_eq!(accounts(&hinted)[0], GRACE);
    let asked = text(&visitor.ask(&[("login_hint", GRACE), ("prompt", "select_account")]));
    assert_eq!(accounts(&asked)[0], ADA);
}

#[test]
fn a_sign_in_that_is_too_old_is_not_good_enough() {
    let mut visitor = Visitor::new();
    visitor.choose(ADA, &[]);
    visitor.client.wait(HOUR_MS);
    assert_eq!(returned_number(&visitor.ask(&[("prompt", "none"), ("max_age", "3599")])), 50_058);
    assert!(returned(&visitor.ask(&[("prompt", "none"), ("max_age", "3600")])).contains_key("code"));
    assert_eq!(visitor.ask(&[("max_age", "60")]).status, 200);
    let back = visitor.choose(ADA, &[("max_age", "60")]);
    let told = claims(&visitor.redeem(&returned(&back)["code"], &[]).json()["id_token"]);
    assert_eq!(told["auth_time"], told["iat"], "an app that sets an age may check it");
}

#[test]
fn personal_accounts_are_somebody_elses_business() {
    let mut visitor = Visitor::new();
    for (tenant, hint) in [("consumers", ""), ("common", "consumers")] {
        visitor.tenant = tenant;
        let page = visitor.choose(ADA, &[("domain_hint", hint)]);
        assert!(page.status == 400 && text(&page).contains("AADSTS50020"), "{tenant}");
    }
    visitor.tenant = "organizations";
    assert_eq!(visitor.choose(ADA, &[("domain_hint", "organizations")]).status, 302);
    assert_eq!(visitor.choose(ADA, &[("domain_hint", "petrel.test")]).status, 302);
}

#[test]
fn the_answer_comes_as_query_fragment_or_form() {
    let mut visitor = Visitor::new();
    let at = |visitor: &mut Visitor, mode| visitor.choose(ADA, &[("response_mode", mode)]);
    assert!(at(&mut visitor, "fragment").header("location").starts_with("http://localhost:8080/#code="));
    assert!(at(&mut visitor, "query").header("location").starts_with("http://localhost:8080/?code="));
    assert!(at(&mut visitor, "").header("location").starts_with("http://localhost:8080/?code="));
    let form = at(&mut visitor, "form_post");
    let html = text(&form);
    assert!(
        form.status == 200 && html.contains("action=\"http://localhost:8080/\" ")
            || html.contains("action=\"http://localhost:8080/\">")
    );
    for name in ["code", "state", "session_state"] {
        assert!(html.contains(&format!("name=\"{name}\"")), "{name}");
    }
    let policy = form.header("content-security-policy");
    assert!(
        policy.contains("script-src 'sha256-") && policy.ends_with("form-action http://localhost:8080"),
        "{policy}"
    );
}

#[test]
fn an_app_may_post_its_request() {
    let mut visitor = Visitor::new();
    let body = visitor.query(&[]);
    let request = Request::post("/common/oauth2/v2.0/authorize").body(body.into_bytes()).unwrap();
    let page = visitor.client.send(Host::Entra, request);
    assert!(text(&page).contains("data-account"));
    assert!(returned(&visitor.press(&page, "account=ada%40petrel.test")).contains_key("code"));
}

#[test]
fn every_page_is_one_a_screen_reader_can_use() {
    let mut visitor = Visitor::new();
    visitor.order(json!({"consent": {"policy": "person"}}));
    let choice = visitor.ask(&[]);
    let consent = visitor.choose(GRACE, &[]);
    let approval = visitor.choose(ADA, &[("scope", "openid Directory.Read.All")]);
    visitor.order(json!({"condition": {"user": ADA, "code": 50076}}));
    let verify = visitor.choose(ADA, &[]);
    let refused = visitor.ask(&[("client_id", "x")]);
    for page in [&choice, &consent, &approval, &verify, &refused] {
        let html = text(page);
        assert!(html.contains("<html lang=\"en\">") && html.contains("<main>") && html.contains("<title>"), "{html}");
        assert_eq!(html.matches("<h1>").count(), 1);
        assert!(!html.contains("<script"));
        assert_eq!(html.matches("<input type=\"checkbox\"").count(), html.matches("<label>").count());
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    }
}

fn leave(visitor: &mut Visitor, query: &str) -> crate::client::Got {
    visitor
        .open(&format!("/common/oauth2/v2.0/logout?post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A8080%2F{query}"))
}

#[test]
fn signing_out_ends_the_session_and_leads_back() {
    let mut visitor = Visitor::new();
    visitor.choose(ADA, &[]);
    let got = leave(&mut visitor, "&state=a%26b");
    assert_eq!((got.status, got.header("location")), (302, "http://localhost:8080/?state=a%26b"));
    assert_eq!(returned_number(&visitor.ask(&[("prompt", "none")])), 50_058);
    let foreign = visitor.open("/common/oauth2/v2.0/logout?post_logout_redirect_uri=https%3A%2F%2Fevil.example");
    assert!(foreign.status == 200 && text(&foreign).contains("You signed out"));
}

#[test]
fn of_several_people_the_hinted_one_leaves_or_somebody_is_picked() {
    for hint in ["logout_hint", "id_token_hint", "page", "everybody"] {
        let mut visitor = Visitor::new();
        visitor.sign_in(GRACE, &[]);
        let tokens = visitor.sign_in(ADA, &[]);
        let value = match hint {
            "logout_hint" => format!("&logout_hint={}", claims(&tokens["id_token"])["login_hint"].as_str().unwrap()),
            "id_token_hint" => format!("&id_token_hint={}", tokens["id_token"].as_str().unwrap()),
            _ => String::new(),
        };
        let mut got = leave(&mut visitor, &value);
        if value.is_empty() {
            assert_eq!(accounts(&text(&got)), [GRACE, ADA]);
            let button = if hint == "page" { format!("account={}", encode(ADA)) } else { "everybody=1".to_owned() };
            got = visitor.press(&got, &button);
        }
        assert_eq!(got.header("location"), "http://localhost:8080/", "{hint}");
        let back = visitor.ask(&[("prompt", "none"), ("login_hint", ADA)]);
        assert_eq!(returned_number(&back), 50_058);
        let stays = returned(&visitor.ask(&[("prompt", "none"), ("login_hint", GRACE)])).contains_key("code");
        assert_eq!(stays, hint != "everybody");
    }
}

#[test]
fn apps_are_told_when_a_session_ends() {
    let mut visitor = Visitor::new();
    visitor.order(json!({"app": {"client_id": APP, "logout_url": "http://localhost:8080/bye"}}));
    let sid = claims(&visitor.sign_in(ADA, &[])["id_token"])["sid"].as_str().unwrap().to_owned();
    let got = leave(&mut visitor, "");
    assert!(text(&got).contains("src=\"http://localhost:8080/bye?iss=") && text(&got).contains(&format!("sid={sid}")));
    assert_eq!(got.header("refresh"), "1; url=http://localhost:8080/");
    assert_eq!(returned_number(&visitor.ask(&[("prompt", "none")])), 50_058);
}

#[test]
fn the_cookie_is_no_secret_that_apps_get_to_see() {
    let mut visitor = Visitor::new();
    let back = visitor.choose(ADA, &[]);
    let cookie = visitor.cookie.split_once('=').unwrap().1.to_owned();
    assert!(!back.header("location").contains(&cookie));
    assert!(back.header("set-cookie").contains("HttpOnly") && back.header("set-cookie").contains("SameSite=Lax"));
    visitor.cookie = "petrel_sandbox_session=guessed".to_owned();
    assert_eq!(returned_number(&visitor.ask(&[("prompt", "none")])), 50_058);
}

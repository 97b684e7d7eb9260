//! Consent: by the person, by an administrator, refused, partial and little by little.

use serde_json::json;

use crate::client::{ADA, GRACE};
use crate::visitor::{APP, Visitor, encode, number, returned, returned_number, text};

const LINUS: &str = "linus@petrel.test";

fn with(policy: &str) -> Visitor {
    let mut visitor = Visitor::new();
    visitor.order(json!({"consent": {"policy": policy}}));
    visitor
}

#[test]
fn a_person_reads_what_they_agree_to_and_is_asked_once() {
    let mut visitor = with("person");
    let page = visitor.choose(ADA, &[]);
    let html = text(&page);
    for scope in ["openid", "profile", "offline_access", "User.Read", "Mail.ReadWrite", "Mail.Send"] {
        assert!(html.contains(&format!("data-scope=\"{scope}\"")), "{scope}");
    }
    assert!(html.contains("Send mail as you") && html.contains("Allows the app to send mail as you."));
    assert!(!html.contains("name=\"organization\""));
    let back = visitor.press(&page, "consent=accept");
    assert_eq!(visitor.redeem(&returned(&back)["code"], &[]).status, 200);
    assert!(returned(&visitor.ask(&[("prompt", "none")])).contains_key("code"));
    let again = visitor.choose(ADA, &[]);
    assert!(returned(&again).contains_key("code"));
    let asked = visitor.ask(&[("prompt", "consent"), ("login_hint", ADA)]);
    assert!(text(&asked).contains("Permissions requested"));
    assert!(returned(&visitor.press(&asked, "consent=accept")).contains_key("code"));
}

#[test]
fn declining_is_told_with_its_number() {
    let mut visitor = with("person");
    let page = visitor.choose(ADA, &[]);
    let back = visitor.press(&page, "cancel=1");
    assert_eq!((returned_number(&back), returned(&back)["error"].as_str()), (65_004, "access_denied"));
    assert_eq!(returned(&back)["error_subcode"], "cancel");
}

#[test]
fn nothing_is_agreed_to_in_silence() {
    let mut visitor = with("granted");
    let tokens = visitor.sign_in(ADA, &[]);
    visitor.order(json!({"consent": {"policy": "person"}}));
    let back = visitor.ask(&[("prompt", "none")]);
    assert_eq!((returned_number(&back), returned(&back)["suberror"].as_str()), (65_001, "consent_required"));
    let got = visitor.renew(&tokens, &[("scope", "Contacts.Read")]);
    assert_eq!((number(&got), got.json()["suberror"].as_str()), (65_001, Some("consent_required")));
}

#[test]
fn scopes_are_added_little_by_little() {
    let mut visitor = with("person");
    let page = visitor.choose(ADA, &[]);
    let back = visitor.press(&page, "consent=accept");
    let tokens = visitor.redeem(&returned(&back)["code"], &[]).json();
    assert_eq!(number(&visitor.renew(&tokens, &[("scope", "Contacts.Read")])), 65_001);
    let page = visitor.ask(&[("scope", "openid offline_access Contacts.Read")]);
    assert!(text(&page).contains("data-scope=\"Contacts.Read\"") && !text(&page).contains("data-scope=\"Mail.Send\""));
    visitor.press(&page, "consent=accept");
    let more = visitor.renew(&tokens, &[("scope", "Contacts.Read Mail.Read")]);
    assert_eq!(number(&more), 65_001, "Mail.Read was never agreed to, though Mail.ReadWrite was");
    let more = visitor.renew(&tokens, &[("scope", "Contacts.Read Mail.Send")]).json();
    assert_eq!(more["scope"], "Contacts.Read Mail.Send");
}

#[test]
fn microsofts_own_policy_wants_an_administrator_for_mail() {
    let mut visitor = with("administrator");
    let page = visitor.choose(ADA, &[]);
    assert!(text(&page).contains("Need admin approval"));
    let back = visitor.press(&page, "return=1");
    assert_eq!((returned_number(&back), returned(&back)["error"].as_str()), (90_094, "consent_required"));
    let page = visitor.choose(ADA, &[("scope", "openid profile User.Read")]);
    assert!(text(&page).contains("data-consent"), "a profile is for the person to show");
    let page = visitor.choose(GRACE, &[]);
    assert!(text(&page).contains("Consent on behalf of your organization"));
    assert!(returned(&visitor.press(&page, "consent=accept&organization=1")).contains_key("code"));
    assert!(returned(&visitor.choose(ADA, &[])).contains_key("code"));
}

#[test]
fn some_scopes_are_never_for_the_person_to_give() {
    let mut visitor = with("person");
    let page = visitor.choose(LINUS, &[("scope", "openid Directory.Read.All")]);
    assert!(text(&page).contains("Need admin approval"));
}

#[test]
fn an_administrator_agrees_for_everybody_ahead_of_time() {
    let mut visitor = with("administrator");
    let scope = encode("openid profile offline_access User.Read Mail.ReadWrite Mail.Send");
    let uri = encode("http://localhost:8080/");
    let path = format!("/common/v2.0/adminconsent?client_id={APP}&scope={scope}&redirect_uri={uri}&state=s9");
    let page = visitor.open(&path);
    assert!(text(&page).contains(&format!("data-account=\"{GRACE}\"")));
    let refused = visitor.press(&page, &format!("account={}", encode(ADA)));
    assert!(refused.status == 400 && text(&refused).contains("AADSTS90093"));
    let cancelled = visitor.press(&page, "cancel=1");
    assert_eq!(returned(&cancelled)["error"], "permission_denied");
    let consent = visitor.press(&page, &format!("account={}", encode(GRACE)));
    assert!(text(&consent).contains("data-scope=\"Mail.Send\""));
    let done = returned(&visitor.press(&consent, "consent=accept"));
    assert_eq!((done["admin_consent"].as_str(), done["state"].as_str()), ("True", "s9"));
    assert_eq!(done["tenant"], crate::visitor::TENANT);
    assert!(returned(&visitor.choose(ADA, &[])).contains_key("code"));
    let older = visitor.open(&format!("/common/adminconsent?client_id={APP}&redirect_uri={uri}"));
    assert_eq!(older.status, 200);
    let foreign =
        visitor.open(&format!("/common/adminconsent?client_id={APP}&redirect_uri=https%3A%2F%2Fevil.example"));
    assert!(foreign.status == 400 && text(&foreign).contains("AADSTS50011"));
}

#[test]
fn fewer_scopes_are_granted_than_were_asked_for() {
    let mut visitor = Visitor::new();
    visitor.order(json!({"consent": {"withhold": ["Mail.Send", "Mail.ReadWrite"]}}));
    let tokens =
        visitor.sign_in(ADA, &[("scope", "openid offline_access User.Read Mail.Read Mail.ReadWrite Mail.Send")]);
    assert_eq!(tokens["scope"], "openid User.Read Mail.Read");
    assert_eq!(visitor.graph(&tokens, "/v1.0/me/messages").status, 200);
    let got = visitor.client.post("/v1.0/me/messages", json!({"subject": "x"}));
    assert_eq!(got.status, 403);
}

#[test]
fn consent_can_be_forgotten() {
    let mut visitor = with("person");
    let page = visitor.choose(ADA, &[]);
    visitor.press(&page, "consent=accept");
    visitor.order(json!({"consent": {"forget": true}}));
    assert!(text(&visitor.choose(ADA, &[])).contains("Permissions requested"));
}

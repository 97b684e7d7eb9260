//! Signing in: the page, the code with its verifier, tokens and their ends.

use http::Request;
use sandbox::Host;
use serde_json::{Value, json};

use crate::client::{Client, Got};

const CLIENT: &str = "00000000-0000-4000-8000-00000000cafe";
/// The verifier and challenge of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const HOUR_MS: i64 = 3_600_000;

fn authorize(client: &mut Client, extra: &str) -> Got {
    let uri = format!(
        "/common/oauth2/v2.0/authorize?client_id={CLIENT}&response_type=code&redirect_uri=http%3A%2F%2Flocalhost%3A8080%2F&response_mode=fragment&scope=openid%20profile%20offline_access%20User.Read%20Mail.ReadWrite%20Mail.Send&state=st%2B1&nonce=no1&code_challenge={CHALLENGE}&code_challenge_method=S256{extra}"
    );
    client.send(Host::Entra, Request::get(uri).body(Vec::new()).unwrap())
}

fn choose(client: &mut Client, form: &str) -> Got {
    let page = authorize(client, "");
    let html = String::from_utf8(page.bytes).unwrap();
    let action = html.split("action=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let request = Request::post(action)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.as_bytes().to_vec())
        .unwrap();
    client.send(Host::Entra, request)
}

fn code(client: &mut Client) -> String {
    let got = choose(client, "account=ada%40petrel.test");
    assert_eq!(got.status, 302);
    let location = got.header("location").to_owned();
    let fragment = location.strip_prefix("http://localhost:8080/#").unwrap();
    assert!(fragment.contains("&state=st%2B1&"), "{fragment}");
    assert!(fragment.contains("session_state="), "{fragment}");
    fragment.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned()
}

fn token(client: &mut Client, form: &str) -> Got {
    let request = Request::post("/common/oauth2/v2.0/token")
        .header("origin", "http://localhost:8080")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.as_bytes().to_vec())
        .unwrap();
    client.send(Host::Entra, request)
}

fn redeem(client: &mut Client, code: &str, verifier: &str) -> Got {
    token(
        client,
        &format!(
            "grant_type=authorization_code&client_id={CLIENT}&code={code}&redirect_uri=http%3A%2F%2Flocalhost%3A8080%2F&code_verifier={verifier}"
        ),
    )
}

fn refresh(client: &mut Client, refresh_token: &Value) -> Got {
    let refresh_token = refresh_token.as_str().unwrap();
    token(client, &format!("grant_type=refresh_token&client_id={CLIENT}&refresh_token={refresh_token}"))
}

fn number(got: &Got) -> u64 {
    got.json()["error_codes"][0].as_u64().unwrap()
}

fn claims(id_token: &str) -> Value {
    use base64::Engine as _;
    let middle = id_token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(middle).unwrap()).unwrap()
}

#[test]
fn the_page_lists_everybody_as_a_button_and_runs_no_script() {
    let mut client = Client::new();
    let got = authorize(&mut client, "");
    assert_eq!(got.status, 200);
    assert!(got.header("content-security-policy").contains("default-src 'none'"));
    let html = String::from_utf8(got.bytes).unwrap();
    for needed in [
        "<title>Sign in to Petrel sandbox</title>",
        "lang=\"en\"",
        "data-account=\"ada@petrel.test\"",
        "data-account=\"grace@petrel.test\"",
        "data-account=\"linus@petrel.test\"",
        "Cancel",
    ] {
        assert!(html.contains(needed), "{needed} is missing");
    }
    assert!(!html.contains("<script"));
}

#[test]
fn a_code_and_its_verifier_buy_tokens_once() {
    let mut client = Client::new();
    let code = code(&mut client);
    let got = redeem(&mut client, &code, VERIFIER);
    assert_eq!(got.status, 200);
    assert_eq!(got.header("access-control-allow-origin"), "*");
    let tokens = got.json();
    assert!((3600..=5400).contains(&tokens["expires_in"].as_i64().unwrap()), "{tokens}");
    assert_eq!(tokens["refresh_token_expires_in"], 86_400);
    let claims = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(claims["aud"], CLIENT);
    assert_eq!(claims["nonce"], "no1");
    assert_eq!(claims["preferred_username"], "ada@petrel.test");
    assert_eq!(claims["iss"], format!("http://localhost:8081/{}/v2.0", claims["tid"].as_str().unwrap()));
    client.token = tokens["access_token"].as_str().unwrap().to_owned();
    assert_eq!(client.get("/v1.0/me")["mail"], "ada@petrel.test");
    let again = redeem(&mut client, &code, VERIFIER);
    assert_eq!((again.status, number(&again)), (400, 54_005));
}

#[test]
fn a_wrong_or_missing_verifier_buys_nothing() {
    let mut client = Client::new();
    let first = code(&mut client);
    let got = redeem(&mut client, &first, "wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong");
    assert_eq!((got.status, number(&got)), (400, 501_481));
    assert_eq!(got.json()["error"], "invalid_grant");
    assert!(got.json()["error_description"].as_str().unwrap().starts_with("AADSTS501481: "));
    // The code is still good for the one who has the verifier.
    assert_eq!(redeem(&mut client, &first, VERIFIER).status, 200);
    let second = code(&mut client);
    let form = format!(
        "grant_type=authorization_code&client_id={CLIENT}&code={second}&redirect_uri=http%3A%2F%2Flocalhost%3A8080%2F"
    );
    assert_eq!(number(&token(&mut client, &form)), 9_002_325);
}

#[test]
fn a_code_dies_after_ten_minutes() {
    let mut client = Client::new();
    let code = code(&mut client);
    client.wait(600_001);
    assert_eq!(number(&redeem(&mut client, &code, VERIFIER)), 70_008);
}

#[test]
fn tokens_are_for_browsers_only() {
    let mut client = Client::new();
    let request = Request::post("/common/oauth2/v2.0/token").body(b"grant_type=refresh_token".to_vec()).unwrap();
    let got = client.send(Host::Entra, request);
    assert_eq!((got.status, number(&got)), (400, 9_002_327));
}

#[test]
fn a_refresh_token_rotates_but_its_end_does_not_move() {
    let mut client = Client::new();
    let code = code(&mut client);
    let first = redeem(&mut client, &code, VERIFIER).json();
    client.wait(20 * HOUR_MS);
    let second = refresh(&mut client, &first["refresh_token"]).json();
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert_eq!(second["refresh_token_expires_in"], 4 * 3600);
    // A lost answer must not lock anybody out, so the old one still works.
    assert_eq!(refresh(&mut client, &first["refresh_token"]).status, 200);
    client.wait(5 * HOUR_MS);
    let dead = refresh(&mut client, &second["refresh_token"]);
    assert_eq!((dead.status, number(&dead)), (400, 700_084));
    assert_eq!(dead.json()["error"], "invalid_grant");
}

#[test]
fn an_access_token_dies_after_an_hour_or_on_command() {
    let mut client = Client::new();
    assert_eq!(client.call("GET", "/v1.0/me", None, &[]).status, 200);
    client.wait(HOUR_MS + 1);
    let got = client.call("GET", "/v1.0/me", None, &[]);
    assert_eq!((got.status, got.error().as_str()), (401, "InvalidAuthenticationToken"));
    client.token = client.token_of(crate::client::ADA);
    assert_eq!(client.call("GET", "/v1.0/me", None, &[]).status, 200);
    client.control("POST", "expire", &json!({"what": "access_tokens"}));
    assert_eq!(client.call("GET", "/v1.0/me", None, &[]).status, 401);
}

#[test]
fn the_sandboxes_own_clock_ages_tokens_too() {
    let mut client = Client::new();
    client.control("POST", "clock", &json!({"advance_s": 3601}));
    assert_eq!(client.call("GET", "/v1.0/me", None, &[]).status, 401);
}

#[test]
fn cancelling_is_told_to_the_app() {
    let mut client = Client::new();
    let got = choose(&mut client, "cancel=1");
    let location = got.header("location");
    assert!(location.starts_with("http://localhost:8080/#error=access_denied&state=st%2B1&"), "{location}");
}

#[test]
fn a_foreign_redirect_address_is_never_followed() {
    let mut client = Client::new();
    let uri = format!(
        "/common/oauth2/v2.0/authorize?client_id={CLIENT}&response_type=code&redirect_uri=https%3A%2F%2Fevil.example%2F&scope=openid&code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    let got = client.send(Host::Entra, Request::get(uri).body(Vec::new()).unwrap());
    assert_eq!(got.status, 400);
    assert_eq!(got.header("location"), "");
}

#[test]
fn a_request_without_pkce_goes_back_with_an_error() {
    let mut client = Client::new();
    let uri = format!(
        "/common/oauth2/v2.0/authorize?client_id={CLIENT}&response_type=code&response_mode=fragment&redirect_uri=http%3A%2F%2Flocalhost%3A8080%2F&scope=openid&state=s"
    );
    let got = client.send(Host::Entra, Request::get(uri).body(Vec::new()).unwrap());
    assert!(got.header("location").contains("#error=invalid_request&state=s&error_description=AADSTS9002325"));
}

#[test]
fn silent_sign_in_needs_a_signed_in_browser() {
    let mut client = Client::new();
    let got = authorize(&mut client, "&prompt=none&login_hint=ada%40petrel.test");
    assert!(got.header("location").contains("error=login_required"));
    let signed_in = choose(&mut client, "account=ada%40petrel.test");
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
    let silent = |client: &mut Client, hint: &str| {
        let uri = format!(
            "/common/oauth2/v2.0/authorize?client_id={CLIENT}&response_type=code&redirect_uri=http%3A%2F%2Flocalhost%3A8080%2F&response_mode=fragment&scope=openid&code_challenge={CHALLENGE}&code_challenge_method=S256&prompt=none&login_hint={hint}"
        );
        let request = Request::get(uri).header("cookie", &cookie).body(Vec::new()).unwrap();
        client.send(Host::Entra, request).header("location").to_owned()
    };
    assert!(silent(&mut client, "ada%40petrel.test").contains("#code="));
    assert!(silent(&mut client, "grace%40petrel.test").contains("error=login_required"));
    let request = Request::get("/common/oauth2/v2.0/logout?post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A8080%2F")
        .header("cookie", &cookie)
        .body(Vec::new())
        .unwrap();
    assert_eq!(client.send(Host::Entra, request).header("location"), "http://localhost:8080/");
    assert!(silent(&mut client, "ada%40petrel.test").contains("error=login_required"));
}

#[test]
fn discovery_and_the_apps_settings_name_the_real_ports() {
    let mut client = Client::new();
    let request = Request::get("/common/v2.0/.well-known/openid-configuration").body(Vec::new()).unwrap();
    let found = client.send(Host::Entra, request).json();
    assert_eq!(found["issuer"], "http://localhost:8081/{tenantid}/v2.0");
    assert_eq!(found["token_endpoint"], "http://localhost:8081/common/oauth2/v2.0/token");
    let request = Request::get("/common/discovery/v2.0/keys").body(Vec::new()).unwrap();
    let key = &client.send(Host::Entra, request).json()["keys"][0];
    assert_eq!((key["kty"].as_str(), key["n"].as_str().map(str::len)), (Some("RSA"), Some(342)));
    let config = client.send(Host::App, Request::get("/config.json").body(Vec::new()).unwrap()).json();
    assert_eq!(config["authority"], "http://localhost:8081/common");
    assert_eq!(config["graph"], "http://localhost:8082");
    assert_eq!(config["clientId"], CLIENT);
}

#[test]
fn a_token_without_a_scope_cannot_do_what_the_scope_is_for() {
    let mut client = Client::new();
    let token =
        client.control("POST", "token", &json!({"user": "ada@petrel.test", "scopes": ["User.Read", "Mail.Read"]}));
    client.token = token["access_token"].as_str().unwrap().to_owned();
    let got = client.post("/v1.0/me/messages", json!({"subject": "x"}));
    assert_eq!((got.status, got.error().as_str()), (403, "ErrorAccessDenied"));
    client.get("/v1.0/me/messages");
}

//! A browser for tests of the sign-in service: it keeps the cookie, presses buttons, and redeems what comes back.

use http::Request;
use sandbox::Host;
use serde_json::{Value, json};

use crate::client::{Client, Got};

pub const APP: &str = "00000000-0000-4000-8000-00000000cafe";
pub const TENANT: &str = "0f2a9c44-6d1e-4f57-9b0a-5e7c1d3b8a60";
pub const PARTNER: &str = "7c3e1b52-0d4f-4a86-9f21-b8d6e5a40c17";
/// The verifier and challenge of RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub const HOUR_MS: i64 = 3_600_000;
/// What a client says that understands claims challenges.
pub const CP1: &str = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;

pub struct Visitor {
    pub client: Client,
    pub cookie: String,
    /// What stands first in every path.
    pub tenant: &'static str,
}

pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// What a redirect carries, by name.
pub fn returned(got: &Got) -> std::collections::BTreeMap<String, String> {
    assert_eq!(got.status, 302, "{}", text(got));
    let location = got.header("location");
    let rest = location.strip_prefix("http://localhost:8080/").unwrap_or_else(|| panic!("{location}"));
    rest.trim_start_matches(['#', '?'])
        .split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(k, v)| (k.to_owned(), decode(v)))
        .collect()
}

pub fn text(got: &Got) -> String {
    String::from_utf8_lossy(&got.bytes).into_owned()
}

/// The number of a token answer's error; 0 where it is none.
pub fn number(got: &Got) -> u64 {
    got.json()["error_codes"][0].as_u64().unwrap_or_default()
}

/// The number of a redirect's error.
pub fn returned_number(got: &Got) -> u64 {
    let description = returned(got)["error_description"].clone();
    description.strip_prefix("AADSTS").unwrap().split(':').next().unwrap().parse().unwrap()
}

pub fn claims(token: &Value) -> Value {
    use base64::Engine as _;
    let middle = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(middle).unwrap()).unwrap()
}

impl Visitor {
    pub fn new() -> Self {
        Self { client: Client::new(), cookie: String::new(), tenant: "common" }
    }

    pub fn order(&mut self, body: Value) -> Value {
        self.client.control("POST", "entra", &body)
    }

    fn visit(&mut self, request: http::request::Builder, body: Vec<u8>) -> Got {
        let request = if self.cookie.is_empty() { request } else { request.header("cookie", &self.cookie) };
        let got = self.client.send(Host::Entra, request.body(body).unwrap());
        match got.header("set-cookie") {
            "" => {}
            gone if gone.contains("Max-Age=0") => self.cookie.clear(),
            given => self.cookie = given.split(';').next().unwrap().to_owned(),
        }
        got
    }

    pub fn open(&mut self, path: &str) -> Got {
        self.visit(Request::get(path), Vec::new())
    }

    /// The authorize request of the app, with some parameters instead of the usual ones; an empty value takes one away.
    pub fn query(&self, instead: &[(&str, &str)]) -> String {
        let mut all = vec![
            ("client_id", APP),
            ("response_type", "code"),
            ("redirect_uri", "http://localhost:8080/"),
            ("response_mode", "fragment"),
            ("scope", "openid profile offline_access User.Read Mail.ReadWrite Mail.Send"),
            ("state", "st 1"),
            ("nonce", "no1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in instead {
            all.retain(|(one, _)| one != name);
            all.push((name, value));
        }
        let parts: Vec<String> = all
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        parts.join("&")
    }

    pub fn ask(&mut self, instead: &[(&str, &str)]) -> Got {
        let path = format!("/{}/oauth2/v2.0/authorize?{}", self.tenant, self.query(instead));
        self.open(&path)
    }

    /// Presses a button of a page, and sends its hidden fields along.
    pub fn press(&mut self, page: &Got, button: &str) -> Got {
        let html = text(page);
        assert!(!html.contains("<script"), "pages run no script");
        let action = html.split("action=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
        let mut fields = vec![button.to_owned()];
        for hidden in html.split("<input type=\"hidden\" ").skip(1) {
            let part =
                |name: &str| hidden.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
            fields.push(format!("{}={}", part("name"), encode(&part("value"))));
        }
        self.visit(Request::post(action), fields.join("&").into_bytes())
    }

    /// Through the page as this person; the answer may be another page.
    pub fn choose(&mut self, user: &str, instead: &[(&str, &str)]) -> Got {
        let page = self.ask(&[instead, &[("prompt", "select_account")]].concat());
        self.press(&page, &format!("account={}", encode(user)))
    }

    pub fn token(&mut self, form: &[(&str, &str)]) -> Got {
        let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let request = Request::post(format!("/{}/oauth2/v2.0/token", self.tenant))
            .header("origin", "http://localhost:8080")
            .body(body.join("&").into_bytes())
            .unwrap();
        self.client.send(Host::Entra, request)
    }

    pub fn redeem(&mut self, code: &str, more: &[(&str, &str)]) -> Got {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", APP),
            ("code", code),
            ("redirect_uri", "http://localhost:8080/"),
            ("code_verifier", VERIFIER),
        ];
        self.token(&[&form, more].concat())
    }

    pub fn renew(&mut self, tokens: &Value, more: &[(&str, &str)]) -> Got {
        let token = tokens["refresh_token"].as_str().unwrap().to_owned();
        let form = [("grant_type", "refresh_token"), ("client_id", APP), ("refresh_token", token.as_str())];
        self.token(&[&form, more].concat())
    }

    /// Signs in through the page and redeems the code, asking for `claims` both times.
    pub fn sign_in(&mut self, user: &str, instead: &[(&str, &str)]) -> Value {
        let back = self.choose(user, instead);
        let code = returned(&back)["code"].clone();
        let claims: Vec<(&str, &str)> = instead.iter().filter(|(name, _)| *name == "claims").copied().collect();
        let got = self.redeem(&code, &claims);
        assert_eq!(got.status, 200, "{}", text(&got));
        got.json()
    }

    /// A call to Graph with the access token of a token answer.
    pub fn graph(&mut self, tokens: &Value, path: &str) -> Got {
        self.client.token = tokens["access_token"].as_str().unwrap().to_owned();
        self.client.call("GET", path, None, &[])
    }

    pub fn refuse_at_token(&mut self, code: u64) -> Got {
        self.order(json!({"next_error": {"code": code, "at": "token"}}));
        self.token(&[("grant_type", "refresh_token")])
    }
}

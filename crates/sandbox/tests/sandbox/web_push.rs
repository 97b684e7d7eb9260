//! Web Push: the service's key, the three properties, and a payload that only the browser can read.

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes128Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::{PublicKey, SecretKey};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::client::{Client, message};

const ENDPOINT: &str = "https://updates.push.services.mozilla.com/wpush/v2/abc";
const SECRET: [u8; 16] = [7; 16];

fn browser_key() -> SecretKey {
    SecretKey::from_slice(&[42; 32]).unwrap()
}

fn wanted(client: &mut Client) -> Value {
    let key = client.get("/v1.0/subscriptions/getVapidPublicKey")["value"].as_str().unwrap().to_owned();
    json!({
        "changeType": "created", "resource": "me/mailFolders('Inbox')/messages", "notificationUrl": ENDPOINT,
        "vapidPublicKey": key,
        "webPushEncryptionP256dhPublicKey": URL_SAFE_NO_PAD.encode(browser_key().public_key().to_sec1_bytes()),
        "webPushEncryptionSecret": URL_SAFE_NO_PAD.encode(SECRET),
        "expirationDateTime": "2026-11-23T12:12:00Z", "clientState": "secret",
    })
}

/// What the browser reads out of an `aes128gcm` body (RFC 8188 and 8291).
fn opened(body: &[u8]) -> Vec<u8> {
    let (salt, rest) = body.split_at(16);
    let (size, rest) = rest.split_at(4);
    assert_eq!(size, [0, 0, 16, 0]);
    let (length, rest) = rest.split_at(1);
    let (sender, sealed) = rest.split_at(usize::from(length[0]));
    let key = browser_key();
    let shared = key.diffie_hellman(&PublicKey::from_sec1_bytes(sender).unwrap());
    let mut input = [0; 32];
    let info = [b"WebPush: info\0".as_slice(), &key.public_key().to_sec1_bytes(), sender].concat();
    Hkdf::<Sha256>::new(Some(&SECRET), shared.raw_secret_bytes()).expand(&info, &mut input).unwrap();
    let derived = Hkdf::<Sha256>::new(Some(salt), &input);
    let (mut content_key, mut nonce) = ([0; 16], [0; 12]);
    derived.expand(b"Content-Encoding: aes128gcm\0", &mut content_key).unwrap();
    derived.expand(b"Content-Encoding: nonce\0", &mut nonce).unwrap();
    let mut plain = Aes128Gcm::new(&content_key.into()).decrypt(&Nonce::from(nonce), sealed).unwrap();
    assert_eq!(plain.pop(), Some(2), "the mark of the last record");
    plain
}

fn outgoing(client: &mut Client) -> Vec<Value> {
    client.control("GET", "outgoing", &json!({})).as_array().unwrap().clone()
}

#[test]
fn a_browser_reads_what_was_pushed_to_it_and_knows_who_sent_it() {
    let mut client = Client::new();
    let body = wanted(&mut client);
    let key = body["vapidPublicKey"].as_str().unwrap().to_owned();
    let got = client.post("/beta/subscriptions", body);
    assert_eq!(got.status, 201, "{}", String::from_utf8_lossy(&got.bytes));
    let made = got.json();
    assert_eq!(made["vapidPublicKey"], key.as_str());
    assert!(made.get("webPushEncryptionSecret").is_none(), "the secret is never shown");
    let id = client.arrive("one");
    let rows = outgoing(&mut client);
    assert_eq!((rows.len(), rows[0]["kind"].as_str(), rows[0]["status"].as_u64()), (1, Some("push"), Some(201)));
    let headers = &rows[0]["headers"];
    assert_eq!((headers["content-encoding"].as_str(), headers["ttl"].as_str()), (Some("aes128gcm"), Some("14400")));
    let sealed = STANDARD.decode(rows[0]["body"]["base64"].as_str().unwrap()).unwrap();
    let notice: Value = serde_json::from_slice(&opened(&sealed)).unwrap();
    let item = &notice["value"][0];
    assert_eq!((&item["subscriptionId"], item["clientState"].as_str()), (&made["id"], Some("secret")));
    assert_eq!(item["resourceData"]["id"], id.as_str());
    let proof = headers["authorization"].as_str().unwrap();
    let (token, told) = proof.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
    assert_eq!(told, key);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap()).unwrap();
    assert_eq!(claims["aud"], "https://updates.push.services.mozilla.com");
    assert!(claims["exp"].as_i64().unwrap() * 1000 > client.now_ms);
    let key = VerifyingKey::from_sec1_bytes(&URL_SAFE_NO_PAD.decode(told).unwrap()).unwrap();
    let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    key.verify(signed.as_bytes(), &signature).unwrap();
}

#[test]
fn the_three_properties_are_needed_there_and_refused_elsewhere() {
    let mut client = Client::new();
    let good = wanted(&mut client);
    let wrong: [(&str, Value); 8] = [
        ("vapidPublicKey", Value::Null),
        ("webPushEncryptionP256dhPublicKey", Value::Null),
        ("webPushEncryptionSecret", Value::Null),
        ("vapidPublicKey", json!("BAAA")),
        ("webPushEncryptionP256dhPublicKey", json!(URL_SAFE_NO_PAD.encode([4; 65]))),
        ("webPushEncryptionSecret", json!("c2hvcnQ")),
        ("notificationUrl", json!("websockets:?groupId=g")),
        ("notificationUrl", json!("https://updates.push.services.mozilla.com.example/x")),
    ];
    for (name, value) in wrong {
        let mut body = good.clone();
        body[name] = value.clone();
        let got = client.post("/v1.0/subscriptions", body);
        assert_eq!((got.status, got.error().as_str()), (400, "InvalidRequest"), "{name}: {value}");
    }
    client.control("POST", "subscriptions", &json!({"push_origins": ["https://push.example"]}));
    let mut body = good;
    body["notificationUrl"] = json!("https://push.example/1");
    assert_eq!(client.post("/v1.0/subscriptions", body).status, 201);
}

#[test]
fn a_browser_that_is_gone_ends_its_subscription() {
    let mut client = Client::new();
    let body = wanted(&mut client);
    client.post("/v1.0/subscriptions", body);
    client.control("POST", "endpoints", &json!({"url": ENDPOINT, "status": 410}));
    let id = client.arrive("one");
    assert_eq!(outgoing(&mut client)[0]["status"], 410);
    assert_eq!(client.get("/v1.0/subscriptions")["value"], json!([]));
    client.call("DELETE", &message(&id), None, &[]);
    client.arrive("two");
    assert_eq!(outgoing(&mut client).len(), 1);
}

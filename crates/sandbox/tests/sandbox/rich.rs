//! Rich notifications: encrypted for a webhook's certificate, proven by a token, and in clear over the hub.

use aes::Aes256;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, KeyIvInit};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::signature::Verifier;
use rsa::PrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::Sha256;

use crate::client::{Client, message};
use crate::endpoint::{confirmed, items, reply, sent, wanted};

const SUBSCRIBER: &str = include_str!("fixtures/subscriber.pem");
const SHORT_KEY: &str = include_str!("fixtures/short_key.pem");

/// The lines between PEM's marks.
fn between(pem: &str, mark: &str) -> String {
    let (_, rest) = pem.split_once(&format!("-----BEGIN {mark}-----")).unwrap();
    rest.split_once("-----END").unwrap().0.replace('\n', "")
}

fn rich() -> Value {
    let mut body = wanted();
    body["resource"] = json!("me/mailFolders('Inbox')/messages?$select=subject,isRead");
    body["includeResourceData"] = json!(true);
    body["encryptionCertificate"] = json!(between(SUBSCRIBER, "CERTIFICATE"));
    body["encryptionCertificateId"] = json!("key-1");
    body
}

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap()).unwrap()
}

/// What the holder of the private key reads; the three steps of the documentation.
fn opened(content: &Value) -> Value {
    let key = PrivateKey::from_pkcs8_der(&STANDARD.decode(between(SUBSCRIBER, "PRIVATE KEY")).unwrap()).unwrap();
    let key = key.oaep_decrypt::<Sha1>(&bytes(&content["dataKey"])).unwrap();
    assert_eq!(key.len(), 32);
    let data = bytes(&content["data"]);
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(&data);
    mac.verify_slice(&bytes(&content["dataSignature"])).unwrap();
    let plain = cbc::Decryptor::<Aes256>::new_from_slices(&key, &key[..16]).unwrap().decrypt_padded_vec::<Pkcs7>(&data);
    serde_json::from_slice(&plain.unwrap()).unwrap()
}

#[test]
fn the_holder_of_the_key_reads_what_was_selected_and_nothing_else() {
    let mut client = Client::new();
    let made = confirmed(&mut client, rich()).json();
    assert_eq!(
        (made["includeResourceData"].as_bool(), made["encryptionCertificateId"].as_str()),
        (Some(true), Some("key-1"))
    );
    let id = client.arrive("for your eyes");
    let post = sent(&mut client).remove(0);
    reply(&mut client, &post, 202);
    let item = &items(&post)[0];
    let owner = made["creatorId"].as_str().unwrap();
    assert_eq!(item["resource"], format!("Users('{owner}')/messages('{id}')"));
    assert_eq!(item["resourceData"]["subject"], Value::Null, "in clear there is only the id");
    let content = &item["encryptedContent"];
    assert_eq!(content["encryptionCertificateId"], "key-1");
    assert_eq!(content["encryptionCertificateThumbprint"].as_str().unwrap().len(), 40);
    let data = opened(content);
    assert_eq!((data["subject"].as_str(), data["isRead"].as_bool()), (Some("for your eyes"), Some(false)));
    assert!(data.get("body").is_none() && data.get("@odata.context").is_none());
    // Another notification has another key, and a removed message has no data.
    client.patch(&message(&id), json!({"isRead": true}));
    let second = items(&sent(&mut client)[0]).remove(0);
    assert_ne!(second["encryptedContent"]["dataKey"], content["dataKey"]);
    assert_eq!(opened(&second["encryptedContent"])["isRead"], true);
    client.call("DELETE", &message(&id), None, &[]);
    assert!(items(&sent(&mut client)[0])[0].get("encryptedContent").is_none());
}

#[test]
fn a_rich_post_proves_its_sender_with_a_token_of_the_identity_platform() {
    let mut client = Client::new();
    let made = confirmed(&mut client, rich()).json();
    client.arrive("one");
    let post = sent(&mut client).remove(0);
    let body: Value = serde_json::from_slice(post.request.body()).unwrap();
    let tokens = body["validationTokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 1);
    let parts: Vec<&str> = tokens[0].as_str().unwrap().split('.').collect();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    assert_eq!(
        (&claims["aud"], claims["appid"].as_str()),
        (&made["applicationId"], Some("0bf30f3b-4a52-48df-9a82-234910c4a086"))
    );
    let tenant = items(&post)[0]["tenantId"].as_str().unwrap().to_owned();
    assert_eq!(claims["iss"], format!("https://sts.windows.net/{tenant}/"));
    let head: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
    let request = http::Request::get("/common/discovery/v2.0/keys").body(Vec::new()).unwrap();
    let keys = client.send(sandbox::Host::Entra, request).json();
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == head["kid"]).unwrap();
    if key["kty"] == "EC" {
        let half = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
        let point = [vec![4], half("x"), half("y")].concat();
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).unwrap();
        let signature = p256::ecdsa::Signature::from_slice(&URL_SAFE_NO_PAD.decode(parts[2]).unwrap()).unwrap();
        key.verify(format!("{}.{}", parts[0], parts[1]).as_bytes(), &signature).unwrap();
    }
}

#[test]
fn a_certificate_can_be_replaced_and_must_be_one() {
    let mut client = Client::new();
    let made = confirmed(&mut client, rich()).json();
    let path = format!("/v1.0/subscriptions/{}", made["id"].as_str().unwrap());
    let certificate = between(SUBSCRIBER, "CERTIFICATE");
    let got = client.patch(&path, json!({"encryptionCertificate": certificate, "encryptionCertificateId": "key-2"}));
    assert_eq!((got.status, got.json()["encryptionCertificateId"].as_str()), (200, Some("key-2")));
    client.arrive("one");
    assert_eq!(items(&sent(&mut client)[0])[0]["encryptedContent"]["encryptionCertificateId"], "key-2");
    let wrong: [(&str, Value); 8] = [
        ("encryptionCertificate", json!("bm90IGEgY2VydGlmaWNhdGU=")),
        ("encryptionCertificate", json!("~~~")),
        ("encryptionCertificate", json!(between(SHORT_KEY, "CERTIFICATE"))),
        ("encryptionCertificate", Value::Null),
        ("encryptionCertificateId", Value::Null),
        ("encryptionCertificateId", json!("x".repeat(129))),
        ("resource", json!("me/messages")),
        ("expirationDateTime", json!("2026-11-24T09:13:00Z")),
    ];
    for (name, value) in wrong {
        let mut body = rich();
        body[name] = value.clone();
        let got = client.post("/v1.0/subscriptions", body);
        assert_eq!((got.status, got.error().as_str()), (400, "InvalidRequest"), "{name}: {value}");
    }
    for query in [
        "$select=body",
        "$select=subject&$top=3",
        "$select=subject&$orderby=subject",
        "$select=subject&$expand=attachments",
    ] {
        let mut body = rich();
        body["resource"] = json!(format!("me/messages?{query}"));
        assert_eq!(client.post("/v1.0/subscriptions", body).status, 400, "{query}");
    }
}

#[test]
fn the_same_calls_encrypt_to_the_same_bytes() {
    let story = || {
        let mut client = Client::new();
        confirmed(&mut client, rich());
        client.arrive("one");
        sent(&mut client).remove(0).request.into_body()
    };
    assert!(story() == story());
}

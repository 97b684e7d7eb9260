//! Web Push: which addresses are a browser's push service, and a message encrypted for a browser.
//! RFC 8291 for the payload and RFC 8292 for the sender's proof, with every draw of chance from the seed.

use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::{Aes128Gcm, Nonce};
use hkdf::Hkdf;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::{PublicKey, SecretKey};
use serde_json::json;
use sha2::Sha256;

use crate::chance::{base64_decode, base64_url, digest};

/// Known push services; a leading dot stands for any name below.
const SERVICES: [&str; 3] = ["fcm.googleapis.com", "updates.push.services.mozilla.com", ".push.apple.com"];
/// The largest record, which is also the largest message a push service must take.
const RECORD: u32 = 4096;
const TAG: usize = 16;
/// Salt, record size, the length of the key, and the key.
const HEAD: usize = 16 + 4 + 1 + 65;
/// A proof of the sender is good for half a day.
const PROOF_S: i64 = 12 * 3600;

/// What a browser told about itself when it subscribed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PushKeys {
    /// The browser's public key, as sent.
    pub(crate) public: String,
    /// The secret both share, 16 bytes; never shown again.
    pub(crate) secret: Vec<u8>,
    /// The sender's key the browser was told.
    pub(crate) vapid: String,
}

/// Whether an address belongs to a known push service.
pub(crate) fn is_service(uri: &http::Uri, more: &[String]) -> bool {
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    let known = SERVICES.iter().any(|service| match service.strip_prefix('.') {
        Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.')),
        None => host == *service,
    });
    let secure = uri.scheme_str() == Some("https");
    (known && secure) || more.contains(&origin(uri))
}

/// Scheme and authority of an address.
pub(crate) fn origin(uri: &http::Uri) -> String {
    format!("{}://{}", uri.scheme_str().unwrap_or_default(), uri.authority().map_or("", |one| one.as_str()))
}

/// A key that a hash decides; a hash is a valid key but for one chance in 2^32.
fn key(parts: &[&[u8]]) -> Option<SecretKey> {
    let first = digest(parts);
    (0_u8..8).find_map(|turn| SecretKey::from_slice(&digest(&[&first, &[turn]])).ok())
}

fn own_key(seed: u64) -> Option<SecretKey> {
    key(&[b"vapid", &seed.to_be_bytes()])
}

/// The sender's public key: an uncompressed point in URL-safe base64.
pub(crate) fn public_key(seed: u64) -> String {
    own_key(seed).map(|key| base64_url(&key.public_key().to_sec1_bytes())).unwrap_or_default()
}

/// A browser's public key: an uncompressed point on the curve, 65 bytes.
pub(crate) fn read_public(text: &str) -> Option<PublicKey> {
    let bytes = base64_decode(text).filter(|bytes| bytes.len() == 65)?;
    PublicKey::from_sec1_bytes(&bytes).ok()
}

/// The `Authorization` that proves who sends, for one push service.
pub(super) fn proof(seed: u64, uri: &http::Uri, now_ms: i64) -> Option<String> {
    let head = json!({"typ": "JWT", "alg": "ES256"});
    let claims = json!({"aud": origin(uri), "exp": now_ms / 1000 + PROOF_S, "sub": "https://graph.microsoft.com"});
    let text = format!("{}.{}", base64_url(head.to_string().as_bytes()), base64_url(claims.to_string().as_bytes()));
    let signing = SigningKey::from_slice(&own_key(seed)?.to_bytes()).ok()?;
    let signature: Signature = signing.sign(text.as_bytes());
    Some(format!("vapid t={text}.{}, k={}", base64_url(&signature.to_bytes()), public_key(seed)))
}

/// The body of a push: one `aes128gcm` record. None where the text is too long for one or the key is none.
pub(super) fn encrypt(keys: &PushKeys, text: &[u8], chance: &[&[u8]]) -> Option<Vec<u8>> {
    let drawn = digest(chance);
    let own = key(&[b"push key", &drawn])?;
    let salt: [u8; 16] = digest(&[b"push salt", &drawn]).first_chunk().copied()?;
    sealed(keys, text, &own, salt)
}

fn sealed(keys: &PushKeys, text: &[u8], own: &SecretKey, salt: [u8; 16]) -> Option<Vec<u8>> {
    if text.len() + HEAD + TAG + 1 > usize::try_from(RECORD).ok()? {
        return None;
    }
    let browser = read_public(&keys.public)?;
    let (theirs, ours) = (browser.to_sec1_bytes(), own.public_key().to_sec1_bytes());
    let shared = own.diffie_hellman(&browser);
    let mut input = [0; 32];
    let info = [&b"WebPush: info\0"[..], &theirs, &ours].concat();
    Hkdf::<Sha256>::new(Some(&keys.secret), shared.raw_secret_bytes()).expand(&info, &mut input).ok()?;
    let (mut content_key, mut nonce) = ([0; 16], [0; 12]);
    let derived = Hkdf::<Sha256>::new(Some(&salt), &input);
    derived.expand(b"Content-Encoding: aes128gcm\0", &mut content_key).ok()?;
    derived.expand(b"Content-Encoding: nonce\0", &mut nonce).ok()?;
    // The delimiter of the last record.
    let plain = [text, &[2]].concat();
    let cipher = Aes128Gcm::new(&content_key.into()).encrypt(&Nonce::from(nonce), plain.as_slice()).ok()?;
    Some([&salt[..], &RECORD.to_be_bytes(), &[65], &ours, &cipher].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_8291_comes_out_byte_for_byte() {
        let keys = PushKeys {
            public: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
                .to_owned(),
            secret: base64_decode("BTBZMqHH6r4Tts7J_aSIgg").unwrap(),
            vapid: String::new(),
        };
        let own =
            SecretKey::from_slice(&base64_decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw").unwrap()).unwrap();
        let salt = base64_decode("DGv6ra1nlYgDCS1FRnbzlw").unwrap().try_into().unwrap();
        let sealed = sealed(&keys, b"When I grow up, I want to be a watermelon", &own, salt).unwrap();
        assert_eq!(
            base64_url(&sealed),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn only_the_known_services_are_push_services() {
        let is = |text: &str| is_service(&text.parse().unwrap(), &["http://localhost:9000".to_owned()]);
        assert!(is("https://fcm.googleapis.com/fcm/send/abc"));
        assert!(is("https://web.push.apple.com/abc"));
        assert!(is("http://localhost:9000/push/1"));
        assert!(!is("http://fcm.googleapis.com/fcm/send/abc"));
        assert!(!is("https://evilpush.apple.com.example/abc"));
        assert!(!is("https://xpush.apple.com/abc"));
        assert!(!is("http://localhost:9001/push/1"));
    }
}

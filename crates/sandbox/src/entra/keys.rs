//! The key that signs id tokens, made from the seed.
//! ES256 and not Entra's RS256: an RSA key takes seconds to make in a debug build, and this one nothing.

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

use crate::chance::{base64_url, digest};

fn key(seed: u64) -> Option<SigningKey> {
    // A hash is a valid key but for one chance in 2^32; then the next one is taken.
    (0_u64..8).find_map(|turn| {
        let bytes = digest(&[b"signing key", &seed.to_be_bytes(), &turn.to_be_bytes()]);
        SigningKey::from_slice(&bytes).ok()
    })
}

fn key_id(seed: u64) -> String {
    let hash = digest(&[b"key id", &seed.to_be_bytes()]);
    base64_url(hash.get(..20).unwrap_or(&hash))
}

/// The public key as a JWK.
pub(super) fn public(seed: u64) -> Value {
    let Some(key) = key(seed) else {
        return Value::Null;
    };
    // Uncompressed: one byte of form, then x and y of 32 bytes each.
    let point = key.verifying_key().to_sec1_point(false);
    let bytes = point.as_bytes();
    json!({
        "kty": "EC",
        "crv": "P-256",
        "use": "sig",
        "alg": "ES256",
        "kid": key_id(seed),
        "x": base64_url(bytes.get(1..33).unwrap_or_default()),
        "y": base64_url(bytes.get(33..65).unwrap_or_default()),
    })
}

/// A signed JWT with these claims.
pub(super) fn sign(seed: u64, claims: &Value) -> String {
    let head = json!({"typ": "JWT", "alg": "ES256", "kid": key_id(seed)});
    let text = format!("{}.{}", base64_url(head.to_string().as_bytes()), base64_url(claims.to_string().as_bytes()));
    let signature = key(seed).map(|key| {
        let signature: Signature = key.sign(text.as_bytes());
        base64_url(&signature.to_bytes())
    });
    format!("{text}.{}", signature.unwrap_or_default())
}

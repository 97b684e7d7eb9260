//! The keys that sign id tokens: RS256, as Entra signs, with a few fixed keys that the seed chooses among.
//! Fixed, because an RSA key takes seconds to make in a debug build, and here it guards only invented mail.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::chance::{base64_url, digest};

/// Bytes of a modulus and of a signature.
const LENGTH: usize = 256;
/// What PKCS#1 puts before a SHA-256 hash (RFC 8017, section 9.2, note 1).
const DIGEST_INFO: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

/// A key pair.
struct Key {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

fn keys() -> Vec<Key> {
    let lines = include_str!("signing-keys.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let (modulus, exponent) = line.split_once(' ')?;
            Some(Key { modulus: bytes(modulus)?, exponent: bytes(exponent)? })
        })
        .collect()
}

/// The bytes of a hexadecimal number of a key's length.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        hex.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let bytes: Vec<u8> = digits?
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0_u8, |byte, digit| byte.wrapping_mul(16).wrapping_add(*digit)))
        .collect();
    (bytes.len() == LENGTH).then_some(bytes)
}

/// The key in use, and how many times it was rolled over is `turn`.
fn key(seed: u64, turn: u64) -> Option<Key> {
    let mut all = keys();
    let count = u64::try_from(all.len()).unwrap_or(1).max(1);
    let at = usize::try_from(seed.wrapping_add(turn) % count).unwrap_or_default();
    (at < all.len()).then(|| all.swap_remove(at))
}

/// The name of the key after so many roll-overs; no two turns share one, even where they share the key.
fn key_id(seed: u64, turn: u64) -> String {
    let hash = digest(&[b"key id", &seed.to_be_bytes(), &turn.to_be_bytes()]);
    base64_url(hash.get(..20).unwrap_or(&hash))
}

/// The published keys: the one in use, the next, and the last one, whose tokens still live.
pub(super) fn public(seed: u64, turn: u64, issuer: &str) -> Value {
    let turns = [Some(turn), turn.checked_add(1), turn.checked_sub(1)];
    let keys: Vec<Value> = turns
        .into_iter()
        .flatten()
        .filter_map(|turn| {
            let id = key_id(seed, turn);
            Some(json!({
                "kty": "RSA",
                "use": "sig",
                "kid": id,
                "x5t": id,
                "n": base64_url(&key(seed, turn)?.modulus),
                "e": "AQAB",
                "issuer": issuer,
            }))
        })
        .collect();
    json!({ "keys": keys })
}

/// Head and claims of a JWT, ready to be signed.
fn unsigned(seed: u64, turn: u64, claims: &Value) -> String {
    let head = json!({"typ": "JWT", "alg": "RS256", "kid": key_id(seed, turn)});
    format!("{}.{}", base64_url(head.to_string().as_bytes()), base64_url(claims.to_string().as_bytes()))
}

/// A JWT with these claims and a digest where the signature belongs.
pub(super) fn pretend_to_sign(seed: u64, turn: u64, claims: &Value) -> String {
    let text = unsigned(seed, turn, claims);
    let hash = digest(&[b"no signature", text.as_bytes()]);
    format!("{text}.{}", base64_url(&hash))
}

/// A signed JWT with these claims.
pub(super) fn sign(seed: u64, turn: u64, claims: &Value) -> String {
    let text = unsigned(seed, turn, claims);
    let signature = key(seed, turn).and_then(|key| signature(&key, text.as_bytes())).unwrap_or_default();
    format!("{text}.{}", base64_url(&signature))
}

/// RSASSA-PKCS1-v1_5 with SHA-256. Not hardened against listeners: the key is public.
fn signature(key: &Key, text: &[u8]) -> Option<Vec<u8>> {
    let hash = Sha256::digest(text);
    let mut padded = vec![0x00, 0x01];
    padded.resize(LENGTH - DIGEST_INFO.len() - hash.len() - 1, 0xff);
    padded.push(0x00);
    padded.extend_from_slice(&DIGEST_INFO);
    padded.extend_from_slice(&hash);
    power(&padded, &key.exponent, &key.modulus)
}

/// `base` to the `exponent`, modulo the odd `modulus`; all of a key's length.
fn power(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Option<Vec<u8>> {
    if [base, exponent, modulus].iter().any(|number| number.len() != LENGTH) {
        return None;
    }
    // Numbers of a length known only at run time: their code is compiled once, in their own crate, and optimised there.
    let bits = u32::try_from(LENGTH * 8).ok()?;
    let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, bits).ok();
    let modulus: Option<Odd<BoxedUint>> = Odd::new(number(modulus)?).into();
    let parameters = BoxedMontyParams::new_vartime(modulus?);
    let form = BoxedMontyForm::new(number(base)?, &parameters);
    Some(form.pow(&number(exponent)?).retrieve().to_be_bytes().into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_opens_with_the_public_key_to_the_padded_hash() {
        for turn in 0..4 {
            let key = key(7, turn).unwrap();
            let signed = signature(&key, b"head.claims").unwrap();
            let mut exponent = vec![0; LENGTH];
            exponent[LENGTH - 3..].copy_from_slice(&[1, 0, 1]);
            let opened = power(&signed, &exponent, &key.modulus).unwrap();
            assert_eq!(opened[..4], [0, 1, 0xff, 0xff]);
            assert_eq!(opened[LENGTH - 32..], Sha256::digest(b"head.claims")[..]);
            assert_eq!(opened[LENGTH - 52..LENGTH - 32], [&[0][..], &DIGEST_INFO].concat());
        }
    }

    #[test]
    fn the_key_in_use_the_next_and_the_last_are_published() {
        let ids = |turn| -> Vec<String> {
            let published = public(1, turn, "issuer");
            published["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(ids(0).len(), 2);
        assert!(ids(1).contains(&ids(0)[0]) && ids(0).contains(&ids(1)[0]));
        assert!(!ids(2).contains(&ids(0)[0]));
    }
}

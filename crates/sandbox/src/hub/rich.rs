//! The resource data of rich notifications: read through Graph itself, then encrypted for the subscriber.
//! Reading through Graph makes `$select`, casts and id formats mean the same here as everywhere.

use aes::Aes256;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Request;
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::chance::{base64, digest};
use crate::graph;
use crate::hub::Certificate;
use crate::people::Person;
use crate::sandbox::Sandbox;
use crate::web::percent_encode;

/// The app that publishes Graph's change notifications.
pub(super) const PUBLISHER: &str = "0bf30f3b-4a52-48df-9a82-234910c4a086";
/// A token for reading is made anew after this.
const TOKEN_MS: i64 = 30 * 60_000;

/// The token with which notifications read a mailbox.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    token: String,
    made_ms: i64,
}

/// What a message looks like to a subscription: the options of its resource applied.
pub(super) fn read(
    sandbox: &mut Sandbox,
    person: &'static Person,
    id: &str,
    options: &[(String, String)],
    immutable: bool,
    now_ms: i64,
) -> Option<Map<String, Value>> {
    let options: Vec<String> =
        options.iter().map(|(name, value)| format!("{name}={}", percent_encode(value))).collect();
    let path = format!("/v1.0/me/messages/{}?{}", percent_encode(id), options.join("&"));
    for renew in [false, true] {
        let mut request =
            Request::get(&path).header("authorization", format!("Bearer {}", token(sandbox, person, renew, now_ms)));
        if immutable {
            request = request.header("prefer", "IdType=\"ImmutableId\"");
        }
        let answer = graph::handle(sandbox, &request.body(Vec::new()).ok()?, now_ms);
        if answer.status() == http::StatusCode::UNAUTHORIZED {
            continue;
        }
        return match serde_json::from_slice(answer.body()) {
            Ok(Value::Object(mut object)) if answer.status().is_success() => {
                object.remove("@odata.context");
                Some(object)
            }
            Ok(_) | Err(_) => None,
        };
    }
    None
}

fn token(sandbox: &mut Sandbox, person: &'static Person, renew: bool, now_ms: i64) -> String {
    let held = sandbox.courier.readers.get(person.object_id);
    if let Some(reader) = held.filter(|reader| !renew && now_ms - reader.made_ms < TOKEN_MS) {
        return reader.token.clone();
    }
    let token = sandbox.issue_access(person, PUBLISHER, &["Mail.Read".to_owned()], false, now_ms);
    sandbox.courier.readers.insert(person.object_id, Reader { token: token.clone(), made_ms: now_ms });
    token
}

/// `encryptedContent`: AES-256-CBC under a key of its own, signed with it, the key wrapped for the certificate.
/// `chance` decides the key; the initialization vector is the key's first half, as Graph has it.
pub(super) fn seal(certificate: &Certificate, certificate_id: &str, data: &Value, chance: &[&[u8]]) -> Option<Value> {
    let seed = digest(chance);
    let key = digest(&[b"data key", &seed]);
    let vector: [u8; 16] = key.first_chunk().copied()?;
    let sealed = cbc::Encryptor::<Aes256>::new(&key.into(), &vector.into())
        .encrypt_padded_vec::<Pkcs7>(data.to_string().as_bytes());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(&sealed);
    let wrapped = certificate.wrap(&key, digest(&[b"padding", &seed]))?;
    Some(json!({
        "data": base64(&sealed),
        "dataKey": base64(&wrapped),
        "dataSignature": base64(&mac.finalize().into_bytes()),
        "encryptionCertificateId": certificate_id,
        "encryptionCertificateThumbprint": certificate.thumbprint,
    }))
}

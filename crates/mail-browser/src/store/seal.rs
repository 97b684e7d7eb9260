//! Seals what must not lie readable on the disk, with a key that scripts can use but never read (WebCrypto, AES-GCM with
//! 256 bits). What cannot be opened again counts as absent: the person signs in anew and nothing else is lost.

use super::connection::{Writing, answer};
use super::failure::thrown;
use super::layout::KEYS;
use crate::global::{field, global, object};
use crate::ports::BrowserRandom;
use js_sys::{Array, Object, Uint8Array};
use mail_core::ports::Random;
use mail_core::store::{Durability, StoreError};
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, IdbDatabase, SubtleCrypto};

/// The name of the key in its table.
const SEAL: &str = "seal";

/// The key, once it was needed.
#[derive(Default)]
pub(super) struct Seal {
    key: RefCell<Option<CryptoKey>>,
}

impl Seal {
    /// Seals bytes for one purpose: `{nonce, sealed}`, both bytes.
    pub(super) async fn close(
        &self,
        database: &IdbDatabase,
        purpose: &str,
        bytes: &[u8],
    ) -> Result<JsValue, StoreError> {
        let key = self.key(database).await?;
        let mut nonce = [0; 12];
        BrowserRandom.fill(&mut nonce);
        let nonce = Uint8Array::from(nonce.as_slice());
        let sealed = subtle()?
            .encrypt_with_object_and_u8_array(&terms(&nonce, purpose), &key, bytes)
            .map_err(|error| thrown(&error))?;
        let sealed = JsFuture::from(sealed).await.map_err(|error| thrown(&error))?;
        Ok(object([("nonce", nonce.into()), ("sealed", sealed)]).into())
    }

    /// Opens what was sealed for the same purpose, or `None` when that is impossible.
    pub(super) async fn open(&self, database: &IdbDatabase, purpose: &str, record: &JsValue) -> Option<Uint8Array> {
        let nonce: Uint8Array = field(record, "nonce")?.dyn_into().ok()?;
        let sealed = Uint8Array::new(&field(record, "sealed")?);
        let key = self.key(database).await.ok()?;
        let opened = subtle().ok()?.decrypt_with_object_and_js_u8_array(&terms(&nonce, purpose), &key, &sealed).ok()?;
        let opened = JsFuture::from(opened).await.ok()?;
        Some(Uint8Array::new(&opened))
    }

    async fn key(&self, database: &IdbDatabase) -> Result<CryptoKey, StoreError> {
        let known = self.key.borrow().clone();
        if let Some(key) = known {
            return Ok(key);
        }
        let key = kept(database, generate().await?).await?;
        self.key.replace(Some(key.clone()));
        Ok(key)
    }
}

/// The key of this device: the one that is kept, else `fresh`, which is kept from now on. One transaction, so that two
/// tabs agree.
async fn kept(database: &IdbDatabase, fresh: CryptoKey) -> Result<CryptoKey, StoreError> {
    let writing = Writing::begin(database, [KEYS], Durability::Strict)?;
    let name = JsValue::from_str(SEAL);
    let outcome = async {
        let keys = writing.transaction.object_store(KEYS).map_err(|error| thrown(&error))?;
        let found = answer(&keys.get(&name).map_err(|error| thrown(&error))?).await?;
        if let Ok(key) = found.dyn_into::<CryptoKey>() {
            return Ok(key);
        }
        keys.put_with_key(&fresh, &name).map_err(|error| thrown(&error))?;
        Ok(fresh)
    }
    .await;
    match outcome {
        Ok(key) => writing.finish().await.map(|()| key),
        Err(error) => {
            writing.undo().await;
            Err(error)
        }
    }
}

async fn generate() -> Result<CryptoKey, StoreError> {
    let kind = object([("name", JsValue::from_str("AES-GCM")), ("length", JsValue::from_f64(256.0))]);
    let uses = Array::of2(&JsValue::from_str("encrypt"), &JsValue::from_str("decrypt"));
    let key = subtle()?.generate_key_with_object(&kind, false, &uses).map_err(|error| thrown(&error))?;
    Ok(JsFuture::from(key).await.map_err(|error| thrown(&error))?.unchecked_into())
}

/// The purpose is authenticated along, so that one sealed record cannot be put in another's place.
fn terms(nonce: &Uint8Array, purpose: &str) -> Object {
    let purpose = Uint8Array::from(purpose.as_bytes());
    object([("name", JsValue::from_str("AES-GCM")), ("iv", nonce.into()), ("additionalData", purpose.into())])
}

/// Absent on pages that did not come over a safe connection.
fn subtle() -> Result<SubtleCrypto, StoreError> {
    let crypto = global("crypto").filter(|crypto| field(crypto, "subtle").is_some());
    crypto.map(|crypto| crypto.unchecked_into::<Crypto>().subtle()).ok_or(StoreError::Refused)
}

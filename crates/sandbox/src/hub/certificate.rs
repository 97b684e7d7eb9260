//! The certificate a subscriber gives so that resource data can be encrypted for it.
//! Graph wants an X.509 certificate with an RSA key of 2,048 to 4,096 bits, self-signed or not.

use std::convert::Infallible;

use rsa::PublicKey;
use rsa::pkcs8::SubjectPublicKeyInfoRef;
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::traits::PublicKeyParts as _;
use sha1::{Digest as _, Sha1};
use x509_cert::der::{Decode as _, Encode as _};

use crate::chance::{base64_decode, digest};

/// A certificate that was understood.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    /// As the subscriber sent it.
    pub(crate) text: String,
    /// SHA-1 of the certificate, in upper-case hex.
    pub(crate) thumbprint: String,
    key: PublicKey,
}

impl Certificate {
    /// Reads base64 of a DER certificate, or of a PEM file with one in it; none where it is neither or its key does not do.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let bytes = base64_decode(&between_marks(text))?;
        let inner = String::from_utf8(bytes.clone()).ok().filter(|pem| pem.contains("-----BEGIN"));
        let der = match inner {
            Some(pem) => base64_decode(&between_marks(&pem))?,
            None => bytes,
        };
        let certificate = x509_cert::Certificate::from_der(&der).ok()?;
        let public = certificate.tbs_certificate().subject_public_key_info().to_der().ok()?;
        let key = PublicKey::try_from(SubjectPublicKeyInfoRef::try_from(public.as_slice()).ok()?).ok()?;
        if !(256..=512).contains(&key.size()) {
            return None;
        }
        let thumbprint = Sha1::digest(&der).iter().map(|byte| format!("{byte:02X}")).collect();
        Some(Self { text: text.to_owned(), thumbprint, key })
    }

    /// RSA-OAEP with SHA-1, its padding drawn from `chance`.
    pub(super) fn wrap(&self, key: &[u8], chance: [u8; 32]) -> Option<Vec<u8>> {
        self.key.oaep_encrypt_with_rng::<Sha1, _>(&mut Drawn { chance, turn: 0 }, key).ok()
    }
}

/// The text without PEM's first and last line.
fn between_marks(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("-----")).collect()
}

/// Bytes that one hash decides: two runs of a sandbox must encrypt to the same bytes.
struct Drawn {
    chance: [u8; 32],
    turn: u64,
}

impl Drawn {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    fn fill(&mut self, into: &mut [u8]) {
        for piece in into.chunks_mut(32) {
            self.turn += 1;
            let drawn = digest(&[&self.chance, &self.turn.to_be_bytes()]);
            for (to, from) in piece.iter_mut().zip(drawn) {
                *to = from;
            }
        }
    }
}

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_be_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_be_bytes(self.bytes()))
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        self.fill(into);
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}

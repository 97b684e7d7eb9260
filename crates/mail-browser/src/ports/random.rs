//! The random port: the browser's cryptographic generator, the only source for verifiers, states and nonces.

use crate::global::global;
use mail_core::ports::Random;
use wasm_bindgen::JsCast;
use web_sys::Crypto;

/// The browser's source of unpredictable bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserRandom;

impl Random for BrowserRandom {
    /// # Panics
    /// When the browser has no generator: a guessable secret would be worse than none.
    fn fill(&self, buffer: &mut [u8]) {
        // One call gives at most 65,536 bytes.
        for part in buffer.chunks_mut(65_536) {
            let filled = global("crypto")
                .is_some_and(|crypto| crypto.unchecked_into::<Crypto>().get_random_values_with_u8_array(part).is_ok());
            assert!(filled, "the browser gave no random bytes");
        }
    }
}

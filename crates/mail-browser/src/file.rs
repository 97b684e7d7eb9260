//! A file's bytes as the browser holds them. They may be many, so that they are not taken over into the program: it looks at the
//! first of them and hands the rest on.

use crate::global::{call, global, object};
use js_sys::{Array, Function, Reflect, Uint8Array};
use mail_core::attachment::HEAD;
use wasm_bindgen::{JsCast, JsValue};

/// The bytes of a file.
#[derive(Clone, Debug)]
pub struct FileBytes(Uint8Array);

impl FileBytes {
    /// A record's value, if it is one of bytes.
    pub(crate) fn new(value: JsValue) -> Option<Self> {
        value.dyn_into().ok().map(Self)
    }

    /// The first bytes, which tell what it is.
    pub fn head(&self) -> Vec<u8> {
        self.0.subarray(0, HEAD as u32).to_vec()
    }

    /// An address of this page's own for these bytes, as what they are to be taken for. It holds them until it is given back.
    pub(crate) fn address(&self, media_type: &str) -> Option<String> {
        let class = global("Blob")?.dyn_into::<Function>().ok()?;
        let options = object([("type", JsValue::from_str(media_type))]);
        let blob = Reflect::construct(&class, &Array::of2(&Array::of1(&self.0), &options)).ok()?;
        call(&global("URL")?, "createObjectURL", &[blob]).ok()?.as_string()
    }
}

/// Gives an address back.
pub(crate) fn give_back(address: &str) {
    if let Some(urls) = global("URL") {
        // Giving back what is given back already does nothing.
        let _ = call(&urls, "revokeObjectURL", &[JsValue::from_str(address)]);
    }
}

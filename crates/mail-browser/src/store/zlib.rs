//! Making bytes smaller by the browser's own streams: nothing of it is shipped. The zlib form carries a checksum, so that a
//! changed bit is noticed.

use crate::global::{call, call_and_wait, field, global};
use js_sys::{Array, Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// The bytes as a zlib stream; `None` where the browser has no such stream.
pub(super) async fn deflate(bytes: &[u8]) -> Option<Vec<u8>> {
    through("CompressionStream", bytes).await
}

/// The bytes of a zlib stream; `None` when it is damaged, or where the browser has no such stream.
pub(super) async fn inflate(bytes: &[u8]) -> Option<Vec<u8>> {
    through("DecompressionStream", bytes).await
}

/// Sends bytes through a stream as the body of an answer, which is the shortest way in and out.
async fn through(stream: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let stream = made(stream, &JsValue::from_str("deflate"))?;
    let source = field(&made("Response", &Uint8Array::from(bytes))?, "body")?;
    let piped = call(&source, "pipeThrough", &[stream]).ok()?;
    let buffer = call_and_wait(&made("Response", &piped)?, "arrayBuffer", &[]).await?;
    Some(Uint8Array::new(&buffer).to_vec())
}

fn made(class: &str, argument: &JsValue) -> Option<JsValue> {
    let class = global(class)?.dyn_into::<Function>().ok()?;
    Reflect::construct(&class, &Array::of1(argument)).ok()
}

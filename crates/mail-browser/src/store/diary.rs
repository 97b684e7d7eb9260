//! The diary of leaderships: who wrote under which epoch, from when until when, and how often. It is written in the very transactions
//! it tells of, in their order, so that it shows whether two leaders ever wrote in turns.

use crate::global::global;
use js_sys::{Array, Date};
use wasm_bindgen::{JsCast, JsValue};

/// So many entries are kept.
const KEPT: u32 = 40;

/// The diary with one more commit under `epoch`, or with the leadership's beginning. An entry is: epoch, host, beginning and last commit in
/// milliseconds, and the number of commits. Where another epoch wrote in between, the same epoch has two entries.
pub(super) fn noted(diary: &JsValue, epoch: u32, commits: u32) -> JsValue {
    let entries = diary.dyn_ref::<Array>().cloned().unwrap_or_default();
    let now = JsValue::from_f64(Date::now());
    let last: Array = entries.get(entries.length().wrapping_sub(1)).dyn_into().unwrap_or_default();
    if last.get(0).as_f64() == Some(f64::from(epoch)) {
        last.set(3, now);
        last.set(4, JsValue::from_f64(last.get(4).as_f64().unwrap_or_default() + f64::from(commits)));
    } else {
        // Only a service worker has clients.
        let host = if global("clients").is_some() { "service worker" } else { "tab" };
        entries.push(&Array::of5(&epoch.into(), &host.into(), &now, &now, &commits.into()));
        if entries.length() > KEPT {
            entries.shift();
        }
    }
    entries.into()
}

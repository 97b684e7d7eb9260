//! Times and sizes as the person's language writes them. The browser knows every language's way, so nothing of it is
//! shipped.

use super::window;
use crate::global::object;
use js_sys::{Array, Date, Function, Intl};
use std::cmp::Ordering;
use wasm_bindgen::JsValue;

/// Within these milliseconds a weekday names a day without doubt.
const WEEK: f64 = 6.0 * 86_400_000.0;

/// Making a format is dear, using it is not: a list draws hundreds of times.
struct Formats {
    hour: Function,
    weekday: Function,
    day: Function,
    date: Function,
    full: Function,
    month: Function,
}

thread_local! {
    static FORMATS: Formats = Formats {
        hour: format(&[("hour", "2-digit"), ("minute", "2-digit")]),
        weekday: format(&[("weekday", "short"), ("hour", "2-digit"), ("minute", "2-digit")]),
        day: format(&[("day", "numeric"), ("month", "short")]),
        date: format(&[("day", "2-digit"), ("month", "2-digit"), ("year", "numeric")]),
        full: format(&[("weekday", "long"), ("day", "numeric"), ("month", "long"), ("year", "numeric"),
            ("hour", "2-digit"), ("minute", "2-digit")]),
        month: format(&[("month", "long"), ("year", "numeric")]),
    };
}

thread_local! {
    static NAMES: Function = {
        let options = object([
            ("sensitivity", JsValue::from_str("base")),
            ("numeric", JsValue::TRUE),
        ]);
        Intl::Collator::new(&Array::new(), &options).compare()
    };
}

/// The order of two names in the person's language: case and accents aside, numbers by value.
pub fn compare_names(a: &str, b: &str) -> Ordering {
    let (first, second) = (JsValue::from_str(a), JsValue::from_str(b));
    let order = NAMES.with(|names| names.call2(&JsValue::UNDEFINED, &first, &second));
    let order = order.ok().and_then(|order| order.as_f64()).unwrap_or_default();
    order.partial_cmp(&0.0).unwrap_or(Ordering::Equal)
}

fn format(parts: &[(&str, &str)]) -> Function {
    let options = object([]);
    for (part, style) in parts {
        // A fresh object takes every field.
        let _ = js_sys::Reflect::set(&options, &JsValue::from_str(part), &JsValue::from_str(style));
    }
    Intl::DateTimeFormat::new(&Array::new(), &options).format()
}

fn written(format: &Function, millis: i64) -> String {
    // A moment beyond the browser's calendar is written as nothing.
    let date = Date::new(&JsValue::from_f64(millis as f64));
    format.call1(&JsValue::UNDEFINED, &date).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// A moment as a list shows it, in milliseconds since 1970: the hour today, the weekday within a week, the day within
/// this year, else the date.
pub fn locale_time(millis: i64, now_millis: i64) -> String {
    let local = |millis: i64| Date::new(&JsValue::from_f64(millis as f64));
    let (then, now) = (local(millis), local(now_millis));
    let age = now.get_time() - then.get_time();
    let same_year = then.get_full_year() == now.get_full_year();
    let same_day = same_year && then.get_month() == now.get_month() && then.get_date() == now.get_date();
    FORMATS.with(|formats| {
        let format = if same_day {
            &formats.hour
        } else if (0.0..WEEK).contains(&age) {
            &formats.weekday
        } else if same_year {
            &formats.day
        } else {
            &formats.date
        };
        written(format, millis)
    })
}

/// A moment in full, in milliseconds since 1970.
pub fn locale_full_time(millis: i64) -> String {
    FORMATS.with(|formats| written(&formats.full, millis))
}

/// A moment's month and year.
pub fn locale_month(millis: i64) -> String {
    FORMATS.with(|formats| written(&formats.month, millis))
}

/// The time now, in milliseconds since 1970.
pub fn now_millis() -> i64 {
    Date::now() as i64
}

/// A size in bytes, in the unit people know it by: thousands, as file managers count.
pub fn format_bytes(bytes: u64) -> String {
    let size = bytes as f64;
    let (amount, unit) = match bytes {
        0..1_000 => (size, "byte"),
        1_000..1_000_000 => (size / 1e3, "kilobyte"),
        1_000_000..1_000_000_000 => (size / 1e6, "megabyte"),
        1_000_000_000.. => (size / 1e9, "gigabyte"),
    };
    let options = object([
        ("style", JsValue::from_str("unit")),
        ("unit", JsValue::from_str(unit)),
        ("unitDisplay", JsValue::from_str("short")),
        ("maximumFractionDigits", JsValue::from_f64(if amount < 10.0 { 1.0 } else { 0.0 })),
    ]);
    let format = Intl::NumberFormat::new(&Array::new(), &options).format();
    let text = format.call1(&JsValue::UNDEFINED, &JsValue::from_f64(amount)).ok();
    text.and_then(|text| text.as_string()).unwrap_or_else(|| format!("{bytes} B"))
}

/// The person's first language, such as `de-AT`; English where the browser does not say.
pub fn language() -> String {
    window().and_then(|window| window.navigator().language()).unwrap_or_else(|| "en".to_owned())
}

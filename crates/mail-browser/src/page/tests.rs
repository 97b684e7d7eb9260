//! The page in a real browser: hostile mail in its frame, and the small things the app is made of.

use super::css::{is_image, may_follow, without_remote};
use super::*;
use futures::StreamExt;
use futures::channel::{mpsc, oneshot};
use mail_core::model::BodyContent;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Document, HtmlIFrameElement};

/// The page the app shows mail in, as it is shipped.
const FRAME_PAGE: &str = include_str!("../../../../public/mail-frame.html");

/// A frame as the app makes it, with its page loaded.
async fn frame() -> HtmlIFrameElement {
    let document = document().unwrap();
    let frame: HtmlIFrameElement = document.create_element("iframe").unwrap().unchecked_into();
    frame.set_attribute("sandbox", "allow-same-origin allow-popups allow-popups-to-escape-sandbox").unwrap();
    frame.set_attribute("srcdoc", FRAME_PAGE).unwrap();
    let (sender, loaded) = oneshot::channel();
    let on_load = Closure::once_into_js(move || sender.send(()).unwrap_or_default());
    frame.set_onload(Some(on_load.unchecked_ref()));
    document.body().unwrap().append_child(&frame).unwrap();
    loaded.await.unwrap();
    frame
}

async fn filled(html: &str) -> (HtmlIFrameElement, Document) {
    let frame = frame().await;
    fill_frame(&frame, &BodyContent::Html(html.to_owned()), |_| {});
    let document = frame.content_document().unwrap();
    (frame, document)
}

fn count(document: &Document, css: &str) -> u32 {
    document.query_selector_all(css).unwrap().length()
}

#[wasm_bindgen_test]
async fn nothing_that_acts_reaches_the_frame() {
    let (frame, document) = filled(
        r#"<html><head><base href="https://evil.test/"><meta http-equiv="refresh" content="0;url=https://evil.test/">
        <link rel="stylesheet" href="https://evil.test/a.css"><style>@import "https://evil.test/b.css"; p { background: url(https://evil.test/c.png) }</style></head>
        <body onload="parent.pwned=1" background="https://evil.test/d.png" style="background:url('https://evil.test/e.png')">
        <p id="text">Hello</p><script>parent.pwned=1</script>
        <img name="body" src="https://evil.test/f.png" srcset="https://evil.test/g.png 2x" onerror="parent.pwned=1" alt="picture">
        <img id="kept" src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==">
        <svg onload="parent.pwned=1"><image href="https://evil.test/h.png"/></svg>
        <math><mtext><img src=x onerror=parent.pwned=1></mtext></math>
        <iframe src="https://evil.test/"></iframe><object data="https://evil.test/"></object><embed src="https://evil.test/">
        <video poster="https://evil.test/i.png"><source src="https://evil.test/j.mp4"></video>
        <form action="https://evil.test/"><button formaction="https://evil.test/">Go</button><input type="image" src="https://evil.test/k.png"></form>
        <a id="script" href="java&#10;script:parent.pwned=1">a</a><a id="data" href="data:text/html,x">b</a><a id="frame" href="https://fine.test/" target="_top">c</a>
        <template><img src="https://evil.test/l.png"></template><table><td background="https://evil.test/m.png">cell</td></table></body></html>"#,
    )
    .await;
    crate::ports::BrowserClock.sleep_a_little().await;
    let html = document.query_selector("body > div").unwrap().unwrap().outer_html();
    assert!(!html.contains("evil.test"), "{html}");
    assert!(!html.to_lowercase().contains("script:"), "{html}");
    for active in
        ["script", "iframe", "object", "embed", "svg", "math", "video", "template", "link", "body base", "body meta"]
    {
        assert_eq!(count(&document, active), 0, "{active}");
    }
    for attribute in ["onload", "onerror", "action", "formaction", "srcset", "poster", "background", "name"] {
        assert_eq!(count(&document, &format!("body [{attribute}]")), 0, "{attribute}");
    }
    assert_eq!(count(&document, "[src]"), 1);
    assert_eq!(count(&document, "#kept[src^='data:image/']"), 1);
    assert_eq!(count(&document, "a[href]"), 1);
    assert_eq!(count(&document, "#frame[target=_blank][rel='noopener noreferrer']"), 1);
    assert!(document.query_selector("#text").unwrap().unwrap().text_content().unwrap().contains("Hello"));
    assert!(crate::global::global("pwned").is_none());
    frame.remove();
}

#[wasm_bindgen_test]
async fn a_mail_keeps_its_style_and_its_words() {
    let (frame, document) = filled(
        r#"<head><style>.big { font-size: 40px }</style></head><body bgcolor="red" dir="rtl"><p class="big" style="color: rgb(1, 2, 3)">שלום &amp; <b>Grüße</b></p></body>"#,
    )
    .await;
    let paragraph = document.query_selector("p").unwrap().unwrap();
    let style = frame.content_window().unwrap().get_computed_style(&paragraph).unwrap().unwrap();
    assert_eq!(style.get_property_value("font-size").unwrap(), "40px");
    assert_eq!(style.get_property_value("color").unwrap(), "rgb(1, 2, 3)");
    assert_eq!(style.get_property_value("direction").unwrap(), "rtl");
    assert_eq!(paragraph.text_content().unwrap(), "שלום & Grüße");
    let paper = document.query_selector("body > div").unwrap().unwrap();
    let style = frame.content_window().unwrap().get_computed_style(&paper).unwrap().unwrap();
    assert_eq!(style.get_property_value("background-color").unwrap(), "rgb(255, 0, 0)");
    frame.remove();
}

#[wasm_bindgen_test]
async fn the_next_mail_replaces_the_last_one_whole() {
    let (frame, document) = filled("<style>p { color: rgb(9, 9, 9) }</style><p>first</p>").await;
    fill_frame(&frame, &BodyContent::Text("<b>second</b>\n  line".to_owned()), |_| {});
    assert_eq!(document.query_selector("body").unwrap().unwrap().text_content().unwrap(), "<b>second</b>\n  line");
    assert_eq!(count(&document, "body style, b, p"), 0);
    fill_frame(&frame, &BodyContent::Html(String::new()), |_| {});
    assert_eq!(document.query_selector("body").unwrap().unwrap().text_content().unwrap(), "");
    frame.remove();
}

#[wasm_bindgen_test]
async fn the_height_is_that_of_the_content_and_follows_it() {
    let frame = frame().await;
    frame.style().set_property("height", "900px").unwrap();
    let (sender, mut heights) = mpsc::unbounded();
    let show = |html: &str| {
        let sender = sender.clone();
        fill_frame(&frame, &BodyContent::Html(html.to_owned()), move |height| drop(sender.unbounded_send(height)));
    };
    show(r#"<style>body { padding-bottom: 7px; height: 100% }</style><div id="box" style="height: 300px"></div>"#);
    assert_eq!(heights.next().await, Some(307.0));
    let document = frame.content_document().unwrap();
    document.query_selector("#box").unwrap().unwrap().set_attribute("style", "height: 420px").unwrap();
    while heights.next().await != Some(427.0) {}
    // A shorter mail shrinks it, floats count, and the mail before is no longer watched.
    show(r#"<div style="float: left; height: 50px">x</div>"#);
    while heights.next().await != Some(50.0) {}
    frame.remove();
}

#[wasm_bindgen_test]
async fn a_mail_as_high_as_its_frame_does_not_grow_for_ever() {
    let frame = frame().await;
    let same = frame.clone();
    let html = r#"<body style="margin: 20px"><div style="min-height: 100vh">x</div></body>"#;
    fill_frame(&frame, &BodyContent::Html(html.to_owned()), move |height| {
        same.style().set_property("height", &format!("{height}px")).unwrap();
    });
    for _ in 0..6 {
        crate::ports::BrowserClock.sleep_a_little().await;
    }
    assert!(frame.offset_height() < 500, "{}", frame.offset_height());
    frame.remove();
}

#[wasm_bindgen_test]
async fn keys_pressed_in_the_mail_reach_the_app_once() {
    let (frame, document) = filled("<p>one</p>").await;
    fill_frame(&frame, &BodyContent::Html("<p>two</p>".to_owned()), |_| {});
    let pressed = Rc::new(RefCell::new(Vec::new()));
    let listener = Closure::<dyn FnMut(web_sys::KeyboardEvent)>::new({
        let pressed = pressed.clone();
        move |event: web_sys::KeyboardEvent| {
            pressed.borrow_mut().push((event.key(), event.shift_key()));
            event.prevent_default();
        }
    });
    let window = window().unwrap();
    window.add_event_listener_with_callback("keydown", listener.as_ref().unchecked_ref()).unwrap();
    let init = web_sys::KeyboardEventInit::new();
    init.set_key("#");
    init.set_shift_key(true);
    init.set_bubbles(true);
    init.set_cancelable(true);
    let event = web_sys::KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
    let went_on = document.query_selector("p").unwrap().unwrap().dispatch_event(&event).unwrap();
    window.remove_event_listener_with_callback("keydown", listener.as_ref().unchecked_ref()).unwrap();
    assert_eq!(*pressed.borrow(), [("#".to_owned(), true)]);
    assert!(!went_on, "the frame would have scrolled");
    frame.remove();
}

#[wasm_bindgen_test]
fn style_loses_its_sources_and_keeps_the_rest() {
    assert_eq!(without_remote("color: red"), "color: red");
    assert_eq!(
        without_remote("background: URL( 'https://x.test/a.png' ) no-repeat; color: red"),
        "background: none no-repeat; color: red"
    );
    assert_eq!(
        without_remote("a{b:url(//x)}c{d:url(\"data:image/png;base64,AA==\")}"),
        "a{b:none}c{d:url(\"data:image/png;base64,AA==\")}"
    );
    assert_eq!(without_remote("@IMPORT 'https://x.test/a.css'; p{}"), " p{}");
    assert_eq!(without_remote("p{}@import url(x)"), "p{}");
    assert_eq!(without_remote("url(x"), "none");
    assert_eq!(without_remote("é url(x) ü ("), "é none ü (");
    assert!(!without_remote("background:-webkit-image-set('https://x' 1x)").contains("image-set("));
}

#[wasm_bindgen_test]
fn only_harmless_links_may_be_followed() {
    for fine in ["https://x.test/", "HTTP://x.test", " mailto:a@b.test", "tel:+41"] {
        assert!(may_follow(fine), "{fine}");
    }
    for bad in [
        "javascript:alert(1)",
        "java\nscript:x",
        "\u{1}javascript:x",
        "data:text/html,x",
        "//x.test",
        "/",
        "#top",
        "",
        "blob:https://x",
        "é",
    ] {
        assert!(!may_follow(bad), "{bad}");
    }
    assert!(is_image(" DATA:image/png;base64,AA"));
    assert!(!is_image("data:text/html,x"));
}

#[wasm_bindgen_test]
fn markup_becomes_the_text_one_sees() {
    let html = "<style>p{}</style><div>Hello&nbsp;  <b>you</b>,\n there</div><p>Second<br>line</p><pre>a\n  b</pre>
        <ul><li>one</li><li>two</li></ul><table><tr><td>x</td><td>y</td></tr></table><script>alert(1)</script><div>\u{2003}</div>";
    assert_eq!(html_to_text(html), "Hello  you, there\nSecond\nline\na\n  b\none\ntwo\nx y");
    assert_eq!(html_to_text("<div>a</div><div><br></div><div>b</div>"), "a\n\nb");
    assert_eq!(html_to_text("just text & <unknown>more</unknown>"), "just text & more");
    assert_eq!(html_to_text(""), "");
}

#[wasm_bindgen_test]
fn very_deep_markup_is_read_without_falling_over() {
    let html = format!("{}deep", "<div><b>".repeat(2_000));
    assert_eq!(html_to_text(&html), "deep");
}

#[wasm_bindgen_test]
fn reading_markup_loads_nothing_and_runs_nothing() {
    html_to_text("<img src=x onerror='globalThis.pwned = 1'><script>globalThis.pwned = 1</script>");
    assert!(crate::global::global("pwned").is_none());
}

#[wasm_bindgen_test]
fn names_are_in_the_order_people_expect() {
    let mut names = ["Zoo", "item 10", "Äpfel", "apple", "item 9", "Éclair"];
    names.sort_by(|a, b| compare_names(a, b));
    assert_eq!(names, ["Äpfel", "apple", "Éclair", "item 9", "item 10", "Zoo"]);
}

#[wasm_bindgen_test]
fn times_are_written_by_their_age() {
    let at = |day: i32, hour: i32| js_sys::Date::new_with_year_month_day_hr(2026, 10, day, hour).get_time() as i64;
    let now = at(23, 12);
    let last_year = js_sys::Date::new_with_year_month_day_hr(2025, 10, 23, 9).get_time() as i64;
    let texts = [at(23, 9), at(21, 9), at(2, 9), last_year].map(|then| locale_time(then, now));
    for (place, text) in texts.iter().enumerate() {
        assert!(!text.is_empty());
        assert!(!texts.iter().skip(place + 1).any(|other| other == text), "{texts:?}");
    }
    assert!(texts[3].contains("2025"));
    assert!(!texts[2].contains("2026"));
    assert!(locale_full_time(now).contains("2026"));
    assert_eq!(locale_full_time(i64::MAX), "");
    assert!((now_millis() - js_sys::Date::now() as i64).abs() < 1_000);
}

#[wasm_bindgen_test]
fn sizes_are_written_in_their_unit() {
    assert!(format_bytes(999).starts_with("999"));
    assert!(format_bytes(1_500).starts_with("1.5") || format_bytes(1_500).starts_with("1,5"));
    assert!(format_bytes(15_400_000).starts_with("15"));
    assert!(!format_bytes(u64::MAX).is_empty());
}

#[wasm_bindgen_test]
async fn the_address_changes_and_tells_of_the_way_back_once() {
    let before = window().unwrap().location().pathname().unwrap();
    let (sender, mut heard) = mpsc::unbounded();
    on_fragment(move |fragment| drop(sender.unbounded_send(fragment)));
    replace_fragment("one");
    push_fragment("two/%C3%BC");
    assert_eq!(fragment(), "two/%C3%BC");
    back();
    assert_eq!(heard.next().await.as_deref(), Some("one"));
    push_fragment("");
    assert_eq!(window().unwrap().location().hash().unwrap(), "");
    assert!(!window().unwrap().location().href().unwrap().ends_with('#'));
    crate::ports::BrowserClock.sleep_a_little().await;
    assert!(heard.try_recv().is_err(), "told twice, or of our own change");
    window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some(&before)).unwrap();
}

#[wasm_bindgen_test]
fn the_tab_remembers_and_forgets() {
    remember("petrel-test", "ä");
    assert_eq!(recall("petrel-test").as_deref(), Some("ä"));
    forget("petrel-test");
    assert_eq!(recall("petrel-test"), None);
}

#[wasm_bindgen_test]
async fn a_dropped_timer_never_fires_and_a_detached_one_does() {
    let (sender, mut fired) = mpsc::unbounded();
    let (one, two) = (sender.clone(), sender);
    drop(after(Duration::from_millis(1), move || drop(one.unbounded_send("dropped"))));
    after(Duration::from_millis(5), move || drop(two.unbounded_send("detached"))).detach();
    assert_eq!(fired.next().await, Some("detached"));
    assert_eq!(fired.next().await, None);
}

#[wasm_bindgen_test]
async fn a_mark_is_left_after_the_paint_with_its_detail() {
    let (sender, painted) = oneshot::channel();
    after_paint(move || {
        mark("petrel:test", Some("id-1"));
        sender.send(()).unwrap_or_default();
    });
    painted.await.unwrap();
    let performance = crate::global::global("performance").unwrap();
    let entries = crate::global::call(&performance, "getEntriesByName", &[JsValue::from_str("petrel:test")]).unwrap();
    let entry = js_sys::Array::from(&entries).get(0);
    let detail = crate::global::field(&entry, "detail").unwrap();
    assert_eq!(crate::global::field(&detail, "id"), Some(JsValue::from_str("id-1")));
}

impl crate::ports::BrowserClock {
    /// Long enough for what would happen by itself to have happened.
    async fn sleep_a_little(self) {
        mail_core::ports::Clock::sleep(&self, Duration::from_millis(50)).await;
    }
}

#[wasm_bindgen_test]
fn rows_are_copies_of_one_pattern_and_each_is_written_by_itself() {
    let document = document().unwrap();
    let canvas = document.create_element("div").unwrap();
    let row = document.create_element("div").unwrap();
    row.set_attribute("role", "row").unwrap();
    row.set_attribute("hidden", "").unwrap();
    let part = document.create_element("span").unwrap();
    part.set_class_name("subject");
    row.append_child(&part).unwrap();
    canvas.append_child(&row).unwrap();
    assert!(RowElements::pattern(&canvas, &[".nowhere"]).is_none());
    let pattern = RowElements::pattern(&canvas, &[".subject"]).unwrap();
    let copy = pattern.copy(&[".subject"]).unwrap();
    copy.name("row-7", "8");
    copy.write(0, "<b>Hello</b>");
    copy.mark("data-unread", true);
    copy.put("translateY(9px)");
    copy.hide(false);
    assert_eq!((canvas.child_element_count(), part.text_content().as_deref()), (2, Some("")));
    let second: HtmlElement = canvas.last_element_child().unwrap().unchecked_into();
    assert_eq!((second.id().as_str(), second.hidden(), second.has_attribute("data-unread")), ("row-7", false, true));
    assert_eq!(second.inner_text(), "<b>Hello</b>", "texts are never markup");
    assert_eq!(second.style().get_property_value("transform").unwrap(), "translateY(9px)");
    let pressed = second.first_element_child().unwrap();
    assert_eq!(row_attribute(&pressed, "aria-rowindex").as_deref(), Some("8"));
    assert_eq!(row_attribute(&canvas, "aria-rowindex"), None);
    copy.mark("data-unread", false);
    copy.remove();
    assert!(!second.has_attribute("data-unread"));
    assert_eq!(canvas.child_element_count(), 1);
}

/// A picture of one pixel.
const PIXEL: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x01D\0;";

fn file(bytes: &[u8]) -> crate::file::FileBytes {
    crate::file::FileBytes::new(js_sys::Uint8Array::from(bytes).into()).unwrap()
}

#[wasm_bindgen_test]
async fn a_part_of_the_message_is_shown_where_the_mail_has_it_and_only_as_a_picture() {
    let (frame, document) = filled(
        r#"<img id="one" alt="one" src="cid:a@x"><img id="two" src=" CID:%3Ca@x%3E "><img id="page" src="cid:page@x">
        <img id="missing" src="cid:missing@x"><img id="remote" src="https://evil.test/x.png"><a href="cid:a@x">x</a>"#,
    )
    .await;
    assert_eq!(blank_pictures(&frame), ["a@x", "page@x", "missing@x"]);
    assert_eq!(count(&document, "img[src]"), 0, "nothing is asked for");
    assert!(!show_picture(&frame, "page@x", &file(b"<!doctype html><script>parent.pwned=1</script>")));
    assert!(!show_picture(
        &frame,
        "page@x",
        &file(b"<svg xmlns='http://www.w3.org/2000/svg' onload='parent.pwned=1'/>")
    ));
    assert!(!show_picture(&frame, "unknown@x", &file(PIXEL)));
    assert!(show_picture(&frame, "a@x", &file(PIXEL)));
    assert_eq!(blank_pictures(&frame), ["page@x", "missing@x"]);
    for id in ["one", "two"] {
        let picture: web_sys::HtmlElement = document.get_element_by_id(id).unwrap().unchecked_into();
        assert!(picture.get_attribute("src").unwrap().starts_with("blob:"));
        let width = async || crate::global::field(&picture, "naturalWidth").and_then(|width| width.as_f64());
        let mut tries = 0;
        while width().await != Some(1.0) && tries < 50 {
            crate::ports::BrowserClock.sleep_a_little().await;
            tries += 1;
        }
        assert_eq!(width().await, Some(1.0), "{id}");
    }
    assert_eq!(count(&document, "a[href]"), 0);
}

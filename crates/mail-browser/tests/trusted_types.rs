//! The page under the app's own policy: Trusted Types enforced, the policies as they are shipped. Nothing that shows or
//! reads mail may be stopped by it.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mail_browser::page;
use mail_core::model::BodyContent;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Document, HtmlElement, HtmlIFrameElement};

wasm_bindgen_test_configure!(run_in_browser);

const POLICIES: &str = include_str!("../../../public/trusted-types.js");
const FRAME_PAGE: &str = include_str!("../../../public/mail-frame.html");

#[wasm_bindgen_test]
async fn mail_is_shown_and_read_where_trusted_types_are_enforced() {
    let document = web_sys::window().unwrap().document().unwrap();
    let frame = loaded_frame(&document).await;
    js_sys::eval(POLICIES).unwrap();
    let set = js_sys::Function::new_with_args(
        "element, html",
        "try { element.innerHTML = html; return false } catch { return true }",
    );
    enforce(&document);
    let element = document.create_element("div").unwrap();
    let html = "<p>Hello</p><script>parent.pwned = 1</script><img src=x onerror='parent.pwned = 1'>";
    // The proof that it is enforced: text with a script is refused anywhere else.
    let refused = set.call2(&JsValue::UNDEFINED, &element, &html.into()).unwrap();
    assert!(refused.is_truthy());

    assert_eq!(page::html_to_text(html), "Hello");
    page::fill_frame(&frame, &BodyContent::Html(html.to_owned()), |_| {});
    let shown = frame.content_document().unwrap().query_selector("p").unwrap().unwrap();
    assert_eq!(shown.text_content().as_deref(), Some("Hello"));
    let answer = js_sys::Reflect::get(&js_sys::global(), &"pwned".into()).unwrap();
    assert!(answer.is_undefined());
}

async fn loaded_frame(document: &Document) -> HtmlIFrameElement {
    let frame: HtmlIFrameElement = document.create_element("iframe").unwrap().unchecked_into();
    frame.set_attribute("sandbox", "allow-same-origin").unwrap();
    frame.set_attribute("srcdoc", FRAME_PAGE).unwrap();
    let (sender, loaded) = futures::channel::oneshot::channel();
    let on_load = Closure::once_into_js(move || sender.send(()).unwrap_or_default());
    frame.unchecked_ref::<HtmlElement>().set_onload(Some(on_load.unchecked_ref()));
    document.body().unwrap().append_child(&frame).unwrap();
    loaded.await.unwrap();
    frame
}

fn enforce(document: &Document) {
    let meta = document.create_element("meta").unwrap();
    meta.set_attribute("http-equiv", "Content-Security-Policy").unwrap();
    meta.set_attribute("content", "require-trusted-types-for 'script'; trusted-types default mail-parse petrel-url")
        .unwrap();
    document.query_selector("head").unwrap().unwrap().append_child(&meta).unwrap();
}

//! Takes out of a mail's document what could act: scripts, handlers, forms' targets and sources elsewhere. It is done while
//! the document is inert; below it stand the frame's sandbox and the frame's own policy, which rely on none of this.

use super::css::{is_image, may_follow, without_remote};
use crate::global::{call, field, trusted};
use js_sys::{Array, Function, Reflect};
use mail_core::attachment::content_id;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element};

/// Elements that go, with all they hold.
const ACTIVE: [&str; 26] = [
    "button",
    "input",
    "select",
    "textarea",
    "applet",
    "audio",
    "base",
    "embed",
    "fencedframe",
    "frame",
    "frameset",
    "iframe",
    "link",
    "math",
    "meta",
    "object",
    "portal",
    "script",
    "source",
    "svg",
    "template",
    "title",
    "track",
    "video",
    "dialog",
    "slot",
];

/// Attributes that load, send, take the focus or the keys, or give an element a name the document answers to.
const ACTING: [&str; 20] = [
    "contenteditable",
    "accesskey",
    "action",
    "autofocus",
    "background",
    "cite",
    "codebase",
    "data",
    "dynsrc",
    "formaction",
    "imagesrcset",
    "longdesc",
    "lowsrc",
    "manifest",
    "name",
    "ping",
    "popovertarget",
    "poster",
    "srcset",
    "xlink:href",
];

/// The attribute that says which part of its message a picture is.
pub(super) const PART: &str = "data-part";

/// An inert document made from markup by a scope's own parser; what it makes lives under the policy of that scope.
pub(super) fn inert(scope: &JsValue, html: &str) -> Option<Document> {
    let parser = Reflect::construct(&field(scope, "DOMParser")?.dyn_into::<Function>().ok()?, &Array::new()).ok()?;
    let html = trusted("parse", "createHTML", html).ok()?;
    call(&parser, "parseFromString", &[html, JsValue::from_str("text/html")]).ok().map(JsCast::unchecked_into)
}

/// Takes out of an inert document what could act.
pub(super) fn sanitize(document: &Document) {
    let Ok(elements) = document.query_selector_all("*") else { return };
    for place in 0..elements.length() {
        let Some(element) = elements.item(place) else { continue };
        // By name instead of `instanceof`: the element is of the frame's scope, not of ours.
        let element: Element = element.unchecked_into();
        let name = element.local_name();
        if ACTIVE.contains(&name.as_str()) {
            element.remove();
            continue;
        }
        disarm(&element, &name);
        if name == "style" {
            element.set_text_content(Some(&without_remote(&element.text_content().unwrap_or_default())));
        }
    }
}

fn disarm(element: &Element, tag: &str) {
    for attribute in element.get_attribute_names().iter().filter_map(|name| name.as_string()) {
        let value = || element.get_attribute(&attribute).unwrap_or_default();
        let keep = match attribute.as_str() {
            "href" => matches!(tag, "a" | "area") && may_follow(&value()),
            "src" => {
                if let Some(id) = content_id(&value()).filter(|_| tag == "img") {
                    // A picture of the message itself: blank until the page hands it in.
                    set(element, PART, &id);
                }
                tag == "img" && is_image(&value())
            }
            "target" | "rel" => false,
            "style" => {
                set(element, "style", &without_remote(&value()));
                true
            }
            other => !other.starts_with("on") && !ACTING.contains(&other),
        };
        if !keep {
            // Removing what is there does not throw.
            let _ = element.remove_attribute(&attribute);
        }
    }
    if matches!(tag, "a" | "area") && element.has_attribute("href") {
        set(element, "target", "_blank");
        set(element, "rel", "noopener noreferrer");
    }
}

/// Sets an attribute whose name is known to be one.
pub(super) fn set(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

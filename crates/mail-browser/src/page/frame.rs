//! The frame a mail is shown in. Its page runs no scripts and has a policy of its own; the content is parsed by the
//! frame's own parser, so that it lives under that policy from its first moment, and is disarmed before it is shown.

use super::css::without_remote;
use super::sanitize::{PART, inert, sanitize, set};
use super::window;
use crate::file::{FileBytes, give_back};
use js_sys::Function;
use mail_core::attachment::picture_type;
use mail_core::model::BodyContent;
use std::cell::{Cell, RefCell};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Document, Element, HtmlIFrameElement, KeyboardEvent, KeyboardEventInit, Node, ResizeObserver, Window};

/// A frame is never made higher, whatever its mail says: it scrolls inside instead. In CSS pixels.
const HIGHEST: f64 = 100_000.0;

/// Attributes a mail gives its body, which the element standing for the body takes over.
const OF_BODY: [&str; 6] = ["style", "class", "dir", "lang", "align", "bgcolor"];

/// By this a frame's own page is known: it brings the policy that a mail has to live under.
const POLICY: &str = "meta[http-equiv='Content-Security-Policy']";

thread_local! {
    static FILLED: RefCell<Vec<Filled>> = const { RefCell::new(Vec::new()) };
}

/// What watches over a frame's content; dropping it ends that.
struct Filled {
    frame: HtmlIFrameElement,
    document: Document,
    observer: Option<ResizeObserver>,
    /// The addresses of its pictures.
    pictures: Vec<String>,
    _on_resize: Closure<dyn FnMut()>,
    on_key: Closure<dyn FnMut(KeyboardEvent)>,
}

impl Drop for Filled {
    fn drop(&mut self) {
        self.pictures.iter().for_each(|address| give_back(address));
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
        let listener = self.on_key.as_ref().unchecked_ref();
        // Removing what is not there does nothing.
        let _ = self.document.remove_event_listener_with_callback("keydown", listener);
    }
}

/// Shows the content of a mail in a frame whose page is loaded, in place of what it showed before.
///
/// `on_height` gets the height of the content in CSS pixels, now and whenever it changes. Keys pressed in the frame are
/// pressed in the page as well.
pub fn fill_frame(frame: &HtmlIFrameElement, content: &BodyContent, on_height: impl Fn(f64) + 'static) {
    let (Some(document), Some(scope)) = (frame.content_document(), frame.content_window()) else { return };
    // A frame that is loading its page anew shows an empty one of ours meanwhile: nothing is put there, the page is told when
    // its own is loaded.
    if !matches!(document.query_selector(POLICY), Ok(Some(_))) {
        return;
    }
    let Some(body) = document.query_selector("body").ok().flatten() else { return };
    FILLED.with_borrow_mut(|filled| filled.retain(|other| other.frame != *frame && other.frame.is_connected()));
    let Some(paper) = paper(&document, &scope, content) else { return };
    // Whatever an earlier mail left behind goes, its style too.
    body.replace_children_with_node_1(&paper);
    scope.scroll_to_with_x_and_y(0.0, 0.0);
    let filled = watched(frame, document, scope, body, paper, on_height);
    FILLED.with_borrow_mut(|all| all.push(filled));
}

/// The content ids of the pictures that are still blank, because they are parts of the message and nobody handed them in.
pub fn blank_pictures(frame: &HtmlIFrameElement) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for picture in blanks(frame) {
        if let Some(id) = picture.get_attribute(PART).filter(|id| !ids.contains(id)) {
            ids.push(id);
        }
    }
    ids
}

fn blanks(frame: &HtmlIFrameElement) -> Vec<Element> {
    let document = frame.content_document();
    let found = document.and_then(|document| document.query_selector_all("img[data-part]:not([src])").ok());
    // By name instead of `instanceof`: the elements are of the frame's scope, not of ours.
    found.map(|found| nodes(&found).into_iter().map(JsCast::unchecked_into).collect()).unwrap_or_default()
}

/// Shows a part of the message wherever its content has a picture of this content id. Only what its own bytes say is a picture is
/// shown, and never as anything else; says whether it was.
pub fn show_picture(frame: &HtmlIFrameElement, id: &str, bytes: &FileBytes) -> bool {
    let wanted: Vec<Element> =
        blanks(frame).into_iter().filter(|one| one.get_attribute(PART).is_some_and(|known| known == id)).collect();
    if wanted.is_empty() {
        return false;
    }
    let Some(address) = picture_type(&bytes.head()).and_then(|media_type| bytes.address(media_type)) else {
        return false;
    };
    for picture in wanted {
        set(&picture, "src", &address);
    }
    FILLED.with_borrow_mut(|filled| match filled.iter_mut().find(|known| known.frame == *frame) {
        Some(known) => known.pictures.push(address),
        None => give_back(&address),
    });
    true
}

/// The element that holds the mail, already in the frame's document but not yet in its tree.
fn paper(document: &Document, scope: &Window, content: &BodyContent) -> Option<Element> {
    let paper = document.create_element("div").ok()?;
    match content {
        BodyContent::Text(text) => {
            set(&paper, "style", "display: flow-root; white-space: pre-wrap; overflow-wrap: anywhere");
            paper.set_text_content(Some(text));
        }
        BodyContent::Html(html) => {
            let mail = inert(scope, html)?;
            sanitize(&mail);
            let body = mail.query_selector("body").ok().flatten()?;
            for name in OF_BODY {
                if let Some(value) = body.get_attribute(name) {
                    set(&paper, name, &value);
                }
            }
            let colour = paper.get_attribute("bgcolor").map(|colour| format!("background: {colour};"));
            let style = paper.get_attribute("style").unwrap_or_default();
            let style = format!("{};{style}; display: flow-root", colour.unwrap_or_default());
            set(&paper, "style", &without_remote(&style));
            for style in nodes(&mail.query_selector_all("head style").ok()?) {
                adopt(document, &paper, &style);
            }
            while let Some(node) = body.first_child() {
                adopt(document, &paper, &node);
            }
        }
    }
    Some(paper)
}

fn nodes(list: &web_sys::NodeList) -> Vec<Node> {
    (0..list.length()).filter_map(|place| list.item(place)).collect()
}

fn adopt(document: &Document, paper: &Element, node: &Node) {
    if document.adopt_node(node).and_then(|node| paper.append_child(&node)).is_err()
        && let Some(parent) = node.parent_node()
    {
        // What cannot move is left out; left in place it would be met again.
        let _ = parent.remove_child(node);
    }
}

fn watched(
    frame: &HtmlIFrameElement,
    document: Document,
    scope: Window,
    body: Element,
    paper: Element,
    on_height: impl Fn(f64) + 'static,
) -> Filled {
    let measure = {
        let paper = paper.clone();
        let last = Cell::new((0.0, 0.0));
        move || {
            let (inner, height) = (inner_height(&scope), height(&scope, &body, &paper));
            let (last_inner, last_height) = last.replace((inner, height));
            // Content that is always as much higher than its frame (`100vh` and a margin) would grow for ever.
            let follows = inner != last_inner && height > inner && height - inner == last_height - last_inner;
            if !follows {
                on_height(height.min(HIGHEST));
            }
        }
    };
    measure();
    let on_resize = Closure::<dyn FnMut()>::new(measure);
    let observer = ResizeObserver::new(on_resize.as_ref().unchecked_ref::<Function>()).ok();
    if let Some(observer) = &observer {
        observer.observe(&paper);
    }
    let on_key = Closure::<dyn FnMut(KeyboardEvent)>::new(|event: KeyboardEvent| pass_on(&event));
    // Refused only for a null listener.
    let _ = document.add_event_listener_with_callback("keydown", on_key.as_ref().unchecked_ref());
    Filled { frame: frame.clone(), document, observer, pictures: Vec::new(), _on_resize: on_resize, on_key }
}

/// The height of the content, not of the frame: measured by the element that holds the mail, because the page's own
/// height is never less than the frame's.
fn height(scope: &Window, body: &Element, paper: &Element) -> f64 {
    let area = paper.get_bounding_client_rect();
    let content = area.height().max(f64::from(paper.scroll_height()));
    let below = pixels(scope, body, "margin-bottom")
        + pixels(scope, body, "padding-bottom")
        + pixels(scope, paper, "margin-bottom");
    // A line too long to break brings a scroll bar, which takes room as well.
    let bar = (inner_height(scope) - f64::from(body.owner_document().map_or(0, visible_height))).max(0.0);
    (area.top() + scope.scroll_y().unwrap_or(0.0) + content + below + bar).ceil()
}

/// A length of an element's style as the browser computed it, in CSS pixels.
fn pixels(scope: &Window, element: &Element, property: &str) -> f64 {
    let style = scope.get_computed_style(element).ok().flatten();
    let value = style.and_then(|style| style.get_property_value(property).ok()).unwrap_or_default();
    // The browser's own reading of numbers: ours would weigh ten kilobytes.
    let length = js_sys::parse_float(&value);
    if length.is_finite() { length } else { 0.0 }
}

/// The height of the frame itself.
fn inner_height(scope: &Window) -> f64 {
    scope.inner_height().ok().and_then(|inner| inner.as_f64()).unwrap_or(0.0)
}

fn visible_height(document: Document) -> i32 {
    document.document_element().map_or(0, |root| root.client_height())
}

/// Presses the same key in the page, so that the app's keys work after a click into the mail.
fn pass_on(event: &KeyboardEvent) {
    let same = KeyboardEventInit::new();
    same.set_key(&event.key());
    same.set_code(&event.code());
    same.set_ctrl_key(event.ctrl_key());
    same.set_shift_key(event.shift_key());
    same.set_alt_key(event.alt_key());
    same.set_meta_key(event.meta_key());
    same.set_repeat(event.repeat());
    same.set_bubbles(true);
    same.set_cancelable(true);
    let Ok(copy) = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &same) else { return };
    if window().is_some_and(|window| window.dispatch_event(&copy) == Ok(false)) {
        // The app took the key: the frame is not to scroll with it.
        event.prevent_default();
    }
}

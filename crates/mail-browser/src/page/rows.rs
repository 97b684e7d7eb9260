//! Rows of a list, drawn by hand: one row of the page is the pattern, its copies are handed from item to item while the
//! list is scrolled. Writing into elements costs a fraction of what a view costs that follows signals.

use wasm_bindgen::JsCast;
use web_sys::{CssStyleDeclaration, Element, EventTarget, HtmlElement};

/// The elements of one row.
#[derive(Clone, Debug)]
pub struct RowElements {
    row: HtmlElement,
    style: CssStyleDeclaration,
    parts: Vec<Element>,
}

impl RowElements {
    /// The first row in `canvas`; `parts` are the selectors of the elements in it that are written to.
    pub fn pattern(canvas: &Element, parts: &[&str]) -> Option<Self> {
        Self::of(canvas.first_element_child()?, parts)
    }

    /// A copy of this row, behind the last one.
    pub fn copy(&self, parts: &[&str]) -> Option<Self> {
        let copy = Self::of(self.row.clone_node_with_deep(true).ok()?.unchecked_into(), parts)?;
        self.row.parent_node()?.append_child(&copy.row).ok()?;
        Some(copy)
    }

    fn of(row: Element, parts: &[&str]) -> Option<Self> {
        let row: HtmlElement = row.unchecked_into();
        let mut found = Vec::new();
        for part in parts {
            found.push(row.query_selector(part).ok()??);
        }
        Some(Self { style: row.style(), row, parts: found })
    }

    /// Takes the row out of the page.
    pub fn remove(&self) {
        self.row.remove();
    }

    /// Names the row by its place.
    pub fn name(&self, id: &str, index: &str) {
        self.row.set_id(id);
        self.set("aria-rowindex", index);
    }

    /// Shows or hides the row.
    pub fn hide(&self, hidden: bool) {
        self.row.set_hidden(hidden);
    }

    /// Puts the row so far below the top of its canvas, as a style says it.
    pub fn put(&self, transform: &str) {
        // Only a style that cannot be parsed is refused.
        drop(self.style.set_property("transform", transform));
    }

    /// Sets an attribute.
    pub fn set(&self, name: &str, value: &str) {
        // Only a name that cannot be one is refused.
        drop(self.row.set_attribute(name, value));
    }

    /// Sets an attribute that has no value, or takes it away.
    pub fn mark(&self, name: &str, set: bool) {
        drop(self.row.toggle_attribute_with_force(name, set));
    }

    /// Takes an attribute away.
    pub fn unset(&self, name: &str) {
        drop(self.row.remove_attribute(name));
    }

    /// Writes the text of a part, by its number.
    pub fn write(&self, part: usize, text: &str) {
        if let Some(part) = self.parts.get(part) {
            part.set_text_content(Some(text));
        }
    }

    /// Sets an attribute of a part, by its number.
    pub fn set_part(&self, part: usize, name: &str, value: &str) {
        if let Some(part) = self.parts.get(part) {
            drop(part.set_attribute(name, value));
        }
    }
}

/// The attribute of the row that was pressed, where something in a row was.
pub fn row_attribute(pressed: &EventTarget, name: &str) -> Option<String> {
    let element: &Element = pressed.dyn_ref()?;
    element.closest("[role=row]").ok()??.get_attribute(name)
}

/// Gives an element a height, as a style says it.
pub fn set_height(element: &HtmlElement, height: &str) {
    // Only a style that cannot be parsed is refused.
    drop(element.style().set_property("height", height));
}

//! The text of a mail's markup, for quoting it in an answer. It is read in an inert document, where nothing is loaded
//! and nothing runs.

use super::sanitize;
use web_sys::Node;

/// Elements that begin and end a line.
const BLOCKS: [&str; 27] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "section",
    "tr",
    "ul",
];

/// Elements whose text nobody reads.
const UNREAD: [&str; 7] = ["head", "script", "style", "template", "title", "noscript", "textarea"];

/// The text of a document of HTML: line breaks where it begins a new line, no blanks but those one sees.
pub fn html_to_text(html: &str) -> String {
    let Some(document) = sanitize::inert(&js_sys::global(), html) else { return String::new() };
    let mut text = Text::default();
    let root = document.document_element().map(Node::from);
    let mut next = root.clone();
    // By hand instead of by recursion: hostile mail nests deeper than a stack.
    while let Some(node) = next {
        let name = node.node_name().to_ascii_lowercase();
        let unread = UNREAD.contains(&name.as_str());
        if node.node_type() == Node::TEXT_NODE {
            text.add(&node.node_value().unwrap_or_default(), in_pre(&node));
        } else {
            text.enter(&name);
        }
        let child = if unread { None } else { node.first_child() };
        next = child.or_else(|| following(node, root.as_ref(), &mut text));
    }
    text.finish()
}

/// The node after this one and all within it, ending the lines of the elements that are left.
fn following(mut node: Node, root: Option<&Node>, text: &mut Text) -> Option<Node> {
    loop {
        text.leave(&node.node_name().to_ascii_lowercase());
        if root == Some(&node) {
            return None;
        }
        if let Some(sibling) = node.next_sibling() {
            return Some(sibling);
        }
        node = node.parent_node()?;
    }
}

fn in_pre(node: &Node) -> bool {
    node.parent_element().is_some_and(|element| element.closest("pre").ok().flatten().is_some())
}

#[derive(Default)]
struct Text {
    text: String,
    /// A blank was met since the last letter.
    blank: bool,
}

impl Text {
    fn add(&mut self, text: &str, as_is: bool) {
        if as_is {
            self.text.push_str(text);
            return;
        }
        for letter in text.chars() {
            if matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{c}') {
                self.blank = true;
                continue;
            }
            if self.blank && !self.text.is_empty() && !self.text.ends_with('\n') {
                self.text.push(' ');
            }
            self.blank = false;
            self.text.push(if letter == '\u{a0}' { ' ' } else { letter });
        }
    }

    fn enter(&mut self, name: &str) {
        match name {
            "br" => self.break_line(),
            "td" | "th" => self.blank = true,
            name if BLOCKS.contains(&name) => self.begin_line(),
            _ => {}
        }
    }

    fn leave(&mut self, name: &str) {
        if BLOCKS.contains(&name) {
            self.begin_line();
        }
    }

    fn begin_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.break_line();
        }
    }

    fn break_line(&mut self) {
        self.text.push('\n');
        self.blank = false;
    }

    /// Without blanks at the ends of lines, nor empty lines at the end.
    fn finish(self) -> String {
        let lines: Vec<_> = self.text.lines().map(str::trim_end).collect();
        lines.join("\n").trim_matches('\n').to_owned()
    }
}

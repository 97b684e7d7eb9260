//! The part of the address that rebuilds the screen: `#/folder` or `#/folder/message`, percent-encoded.
//! Pure text; whatever does not read as a route is the start page.

use mail_core::id::{FolderId, MessageId};

/// What the address names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Route {
    /// The folder; `None`: the one the mailbox opens with.
    pub folder: Option<FolderId>,
    /// The message open in it.
    pub message: Option<MessageId>,
}

impl Route {
    /// Reads a fragment, without its `#`.
    pub(super) fn parse(fragment: &str) -> Self {
        let Some(path) = fragment.strip_prefix('/') else { return Self::default() };
        let mut parts = path.split('/').map(decode);
        let folder = parts.next().flatten().filter(|part| !part.is_empty());
        let message = parts.next().flatten().filter(|part| !part.is_empty() && folder.is_some());
        Self { folder: folder.map(FolderId::new), message: message.map(MessageId::new) }
    }

    /// The fragment, without its `#`.
    pub(super) fn print(&self) -> String {
        let mut text = String::new();
        let ids = [self.folder.as_ref().map(FolderId::as_str), self.message.as_ref().map(MessageId::as_str)];
        for id in ids.into_iter().map_while(|id| id) {
            text.push('/');
            encode(id, &mut text);
        }
        text
    }
}

fn encode(id: &str, text: &mut String) {
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// Undoes the encoding; `None` where it is broken.
fn decode(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_survives_the_address() {
        for (folder, message) in [("AAMk/+=", None), ("inbox", Some("AA Mk%/é=="))] {
            let route = Route { folder: Some(FolderId::new(folder)), message: message.map(MessageId::new) };
            assert_eq!(Route::parse(&route.print()), route);
        }
        assert_eq!(Route { folder: Some(FolderId::new("a/b")), message: None }.print(), "/a%2Fb");
    }

    #[test]
    fn what_is_no_route_is_the_start() {
        for text in ["", "/", "//m", "inbox", "code=x&state=y", "/%zz", "/%f"] {
            assert_eq!(Route::parse(text), Route::default(), "{text}");
        }
        assert_eq!(Route::default().print(), "");
    }
}

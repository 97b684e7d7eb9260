//! Pictures of people: the sizes Exchange keeps, and the seeded ones everybody begins with.
//! A seeded portrait is a mosaic that the person's address decides, drawn anew for each size.

use crate::chance::digest;
use crate::generate::jpeg;

/// The sides in pixels in which Exchange offers a portrait.
pub(crate) const SIDES: [u16; 9] = [48, 64, 96, 120, 240, 360, 432, 504, 648];

/// A mosaic has this many fields a side.
const FIELDS: u16 = 6;

/// A person's picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Portrait {
    /// Drawn from this text.
    Seeded(String),
    /// As a client sent it.
    Sent { bytes: Vec<u8>, kind: &'static str, width: u32, height: u32 },
}

impl Portrait {
    /// A picture of bytes, where they are JPEG or PNG.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, (width, height)) = match bytes {
            [0xff, 0xd8, 0xff, ..] => ("image/jpeg", jpeg_size(bytes)?),
            [0x89, b'P', b'N', b'G', ..] => ("image/png", png_size(bytes)?),
            _ => return None,
        };
        Some(Self::Sent { bytes: bytes.to_vec(), kind, width, height })
    }

    /// Width and height of the largest form.
    pub(crate) fn largest(&self) -> (u32, u32) {
        match self {
            Self::Seeded(_) => (648, 648),
            Self::Sent { width, height, .. } => (*width, *height),
        }
    }

    /// The media type and the bytes for a side in pixels. What a client sent is not scaled.
    pub(crate) fn picture(&self, side: u16) -> (&'static str, Vec<u8>) {
        match self {
            Self::Seeded(text) => ("image/jpeg", mosaic(text, side)),
            Self::Sent { bytes, kind, .. } => (kind, bytes.clone()),
        }
    }

    /// The media type.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Seeded(_) => "image/jpeg",
            Self::Sent { kind, .. } => kind,
        }
    }

    /// Names these bytes, for `@odata.mediaEtag`.
    pub(crate) fn tag(&self) -> String {
        let hash = match self {
            Self::Seeded(text) => digest(&[text.as_bytes()]),
            Self::Sent { bytes, .. } => digest(&[bytes]),
        };
        hash.iter().take(4).map(|byte| format!("{byte:02X}")).collect()
    }
}

/// A symmetrical pattern of one strong colour on a pale one.
fn mosaic(text: &str, side: u16) -> Vec<u8> {
    let hash = digest(&[b"portrait", text.as_bytes()]);
    let byte = |at: usize| hash.get(at % hash.len()).copied().unwrap_or_default();
    let strong = [byte(0) / 2 + 20, byte(1) / 2 + 40, byte(2) / 2 + 60];
    let pale = strong.map(|part| 255 - (255 - part) / 4);
    let blocks = side / jpeg::BLOCK;
    jpeg::mosaic(blocks, |x, y| {
        let (column, row) = (x * FIELDS / blocks.max(1), y * FIELDS / blocks.max(1));
        let mirrored = column.min(FIELDS - 1 - column);
        if byte(usize::from(4 + row * 3 + mirrored)) % 2 == 0 { strong } else { pale }
    })
}

fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    Some((number(16)?, number(20)?))
}

/// Walks the segments to the frame header, which holds the size.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let marker = *bytes.get(at + 1)?;
        let number = |at: usize| Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
        if matches!(marker, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf) {
            return Some((u32::from(number(at + 7)?), u32::from(number(at + 5)?)));
        }
        at += 2 + usize::from(number(at + 2)?).max(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_portrait_tells_its_own_size() {
        for side in SIDES {
            let (_, bytes) = Portrait::Seeded("ada".to_owned()).picture(side);
            let sent = Portrait::from_bytes(&bytes).unwrap();
            assert_eq!(sent.largest(), (u32::from(side), u32::from(side)));
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        assert_eq!(Portrait::from_bytes(b"GIF89a"), None);
        assert_eq!(Portrait::from_bytes(&[0xff, 0xd8, 0xff]), None);
        assert_eq!(Portrait::from_bytes(&[0xff, 0xd8, 0xff, 0xe0, 0, 0]), None);
    }
}

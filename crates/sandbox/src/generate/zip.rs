//! ZIP archives of stored files, which is all that a small .docx needs.
//! Dates are fixed, so that the same contents give the same bytes.

use crate::generate::png::crc32;

/// An archive of names and contents.
pub(super) fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for (name, text) in files {
        let offset = u32::try_from(out.len()).unwrap_or_default();
        let size = u32::try_from(text.len()).unwrap_or_default();
        let name_size = u16::try_from(name.len()).unwrap_or_default();
        let mut common = Vec::new();
        // Version 2.0, no flags, stored, midnight, 1 January 1980.
        common.extend([20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0]);
        common.extend(crc32(text.as_bytes()).to_le_bytes());
        common.extend(size.to_le_bytes());
        common.extend(size.to_le_bytes());
        common.extend(name_size.to_le_bytes());
        common.extend([0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(name.as_bytes());
        out.extend(text.as_bytes());
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(files.len()).unwrap_or_default();
    let start = u32::try_from(out.len()).unwrap_or_default();
    let size = u32::try_from(directory.len()).unwrap_or_default();
    out.extend(directory);
    out.extend(b"PK\x05\x06\x00\x00\x00\x00");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

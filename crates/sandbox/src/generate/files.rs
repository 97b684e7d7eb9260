//! Attachments with real contents: a PDF that opens, a Word file that opens, a table, a picture.
//! They are small, because there are hundreds of them in memory.

use crate::chance::Chance;
use crate::generate::{png, zip};
use crate::web::escape_html;

/// A one-page PDF with the text in it.
pub(super) fn pdf(title: &str, text: &str) -> Vec<u8> {
    let mut page = String::from("BT /F1 16 Tf 60 770 Td 20 TL ");
    for line in [title, ""].into_iter().chain(text.lines()).take(34) {
        // Helvetica of the base fonts has no letters beyond Latin.
        let line: String = line.chars().filter(|c| c.is_ascii() && !c.is_ascii_control()).take(76).collect();
        let line = line.replace('\\', "").replace('(', "\\(").replace(')', "\\)");
        page.push_str(&format!("({line}) Tj T* /F1 11 Tf "));
    }
    page.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{page}\nendstream", page.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut table = String::from("0000000000 65535 f \n");
    for (at, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", at + 1));
    }
    let start = out.len();
    out.push_str(&format!("xref\n0 6\n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    out.into_bytes()
}

/// A Word document with the text as paragraphs.
pub(super) fn docx(text: &str) -> Vec<u8> {
    let paragraphs: String =
        text.lines().map(|line| format!("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", escape_html(line))).collect();
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
    let types = format!(
        "{head}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>"
    );
    let relations = format!(
        "{head}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/></Relationships>"
    );
    let document = format!(
        "{head}<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{paragraphs}</w:body></w:document>"
    );
    zip::archive(&[("[Content_Types].xml", &types), ("_rels/.rels", &relations), ("word/document.xml", &document)])
}

/// A table of monthly figures.
pub(super) fn csv(chance: &mut Chance) -> Vec<u8> {
    let mut out = String::from("week,visits,orders,revenue\r\n");
    for week in 1..=12 {
        let visits = 2000 + chance.below(6000);
        let orders = visits / (18 + chance.below(20));
        out.push_str(&format!("{week},{visits},{orders},{}.{:02}\r\n", orders * 37, chance.below(100)));
    }
    out.into_bytes()
}

/// A bar chart of made-up figures.
pub(super) fn picture(chance: &mut Chance) -> Vec<u8> {
    let bars: Vec<u32> = (0..8).map(|_| u32::try_from(20 + chance.below(70)).unwrap_or(40)).collect();
    let palette = [[250, 250, 252], [11, 87, 208], [216, 222, 232]];
    png::picture(160, 90, &palette, |x, y| {
        let bar = usize::try_from(x / 20).unwrap_or(0);
        let height = bars.get(bar).copied().unwrap_or(0);
        if x % 20 > 3 && 90 - y <= height {
            1
        } else if y % 18 == 17 {
            2
        } else {
            0
        }
    })
}

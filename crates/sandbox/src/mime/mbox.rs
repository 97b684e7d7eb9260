//! Splits an mbox file into its mails.
//! A mail begins at a line `From ` that follows a blank line or begins the file; `>From ` inside loses its mark.

/// Whether bytes look like an mbox file and not like one mail.
pub fn is_mbox(bytes: &[u8]) -> bool {
    bytes.starts_with(b"From ")
}

/// The mails of an mbox file, each without its `From ` line.
pub fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut mails: Vec<Vec<u8>> = Vec::new();
    let mut after_blank = true;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if after_blank && line.starts_with(b"From ") {
            mails.push(Vec::new());
            after_blank = false;
            continue;
        }
        after_blank = line.iter().all(u8::is_ascii_whitespace);
        let quotes = line.iter().take_while(|byte| **byte == b'>').count();
        let quoted = quotes > 0 && line.get(quotes..).is_some_and(|rest| rest.starts_with(b"From "));
        if let Some(mail) = mails.last_mut() {
            mail.extend_from_slice(if quoted { line.get(1..).unwrap_or(line) } else { line });
        }
    }
    mails
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_mbox_splits_at_its_from_lines_only() {
        let file = b"From a Mon\nSubject: 1\n\n>From here\nFrom there\n\nFrom b Tue\nSubject: 2\n\nx\n";
        let mails = split(file);
        assert_eq!(mails.len(), 2);
        assert_eq!(mails[0], b"Subject: 1\n\nFrom here\nFrom there\n\n");
        assert_eq!(mails[1], b"Subject: 2\n\nx\n");
    }
}

//! Every word and sentence a person reads. Kept in one place so that one thing has one name,
//! and so that another language would touch nothing else.

mod failures;
mod mailbox;
mod outbox;
mod words;

pub(super) use failures::{config_advice, config_field, config_problem, reason_sentence, sign_in_trouble};
pub(super) use mailbox::{
    attachments, cc_line, download, earlier, fold_name, folder_name, folder_summary, live, message_from, more_new,
    notice, people_of, row_name, row_people, to_line,
};
pub(crate) use mailbox::{attribution, filling, title};
pub(super) use outbox::{blocked, blocked_count, changes_waiting, send_progress, waiting};
pub(super) use words::*;

/// A number with its thousands apart: `12,345`.
pub(super) fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 message`, `2 messages`.
fn count(number: u32, one: &str, many: &str) -> String {
    let word = if number == 1 { one } else { many };
    format!("{} {word}", grouped(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn one_thing_is_not_many() {
        assert_eq!(count(1, "message", "messages"), "1 message");
        assert_eq!(count(0, "message", "messages"), "0 messages");
    }
}

//! Writing mail: recipients as people type them, answers with their quote. Pure text, no markup.

use crate::model::{Address, Message};
use crate::outbox::{Answer, Outgoing};

/// What is wrong with a recipient field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// There is no recipient at all.
    Empty,
    /// This piece is not an address.
    Invalid(String),
}

/// Reads recipients separated by commas or semicolons: `ada@petrel.test`, `Ada <ada@petrel.test>`, `"Byron, Ada" <…>`.
///
/// # Errors
/// [`AddressError::Invalid`] with the first piece that is not an address. An empty field is an empty list.
pub fn parse_recipients(typed: &str) -> Result<Vec<Address>, AddressError> {
    pieces(typed).into_iter().map(|piece| parse_one(&piece)).collect()
}

fn pieces(typed: &str) -> Vec<String> {
    let (mut found, mut piece, mut quoted, mut angled) = (Vec::new(), String::new(), false, false);
    for character in typed.chars() {
        match character {
            '"' => quoted = !quoted,
            '<' if !quoted => angled = true,
            '>' if !quoted => angled = false,
            _ => {}
        }
        if matches!(character, ',' | ';' | '\n') && !quoted && !angled {
            found.push(std::mem::take(&mut piece));
        } else {
            piece.push(character);
        }
    }
    found.push(piece);
    found.into_iter().map(|piece| piece.trim().to_owned()).filter(|piece| !piece.is_empty()).collect()
}

fn parse_one(piece: &str) -> Result<Address, AddressError> {
    let invalid = || AddressError::Invalid(piece.to_owned());
    let (name, address) = match piece.split_once('<') {
        Some((name, rest)) => {
            (name.trim().trim_matches('"').trim(), rest.strip_suffix('>').ok_or_else(invalid)?.trim())
        }
        None => ("", piece),
    };
    let (local, domain) = address.rsplit_once('@').ok_or_else(invalid)?;
    let clean = |part: &str| {
        !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c))
    };
    if !clean(local)
        || local.contains('@')
        || !clean(domain)
        || domain.starts_with('.')
        || domain.ends_with('.')
        || domain.contains("..")
    {
        return Err(invalid());
    }
    Ok(Address { name: name.to_owned(), address: address.to_owned() })
}

/// Recipients as a field shows them.
pub fn show_recipients(recipients: &[Address]) -> String {
    recipients.iter().map(show_one).collect::<Vec<_>>().join(", ")
}

fn show_one(address: &Address) -> String {
    let name = address.name.trim();
    if name.is_empty() || name == address.address {
        address.address.clone()
    } else if name.contains([',', ';', '<', '>', '@']) {
        format!("\"{}\" <{}>", name.replace('"', ""), address.address)
    } else {
        format!("{name} <{}>", address.address)
    }
}

/// Begins an answer to `message`: recipients, subject and the quoted text, led by `attribution`
/// (a line such as "On 3 February, Ada wrote:", which the UI words).
///
/// `me` is the person's own address: it is not written to, unless nobody else would be left.
pub fn answer(message: &Message, text: &str, all: bool, me: &str, attribution: &str) -> Outgoing {
    let sender =
        if message.reply_to.is_empty() { message.from.iter().cloned().collect() } else { message.reply_to.clone() };
    let own = message.from.as_ref().is_some_and(|from| from.same_mailbox(me));
    // An answer to one's own mail goes to those it was written to.
    let mut to: Vec<Address> = if own { message.to.clone() } else { sender };
    let mut cc = Vec::new();
    if all {
        if !own {
            to.extend(message.to.iter().cloned());
        }
        cc.clone_from(&message.cc);
    }
    let first = to.first().cloned();
    remove_doubles(&mut to, &[], me);
    remove_doubles(&mut cc, &to, me);
    if to.is_empty() {
        to.extend(first);
    }
    Outgoing {
        to,
        cc,
        subject: reply_subject(&message.subject),
        text: format!("\n\n{attribution}\n{}", quote(text)),
        answers: Some(Answer { message: message.id.clone(), all }),
    }
}

fn remove_doubles(list: &mut Vec<Address>, others: &[Address], me: &str) {
    let mut kept: Vec<Address> = Vec::new();
    for address in list.drain(..) {
        let known = kept.iter().chain(others).any(|other| other.same_mailbox(&address.address));
        if !known && !address.same_mailbox(me) && !address.address.is_empty() {
            kept.push(address);
        }
    }
    *list = kept;
}

/// The subject of an answer: "Re:" once, however often it was answered before.
pub fn reply_subject(subject: &str) -> String {
    let mut rest = subject.trim();
    while let Some(shorter) = strip_prefix_ignoring_case(rest, "re:") {
        rest = shorter.trim_start();
    }
    format!("Re: {rest}").trim_end().to_owned()
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    if head.eq_ignore_ascii_case(prefix) { text.get(prefix.len()..) } else { None }
}

/// Each line behind a `>`.
pub fn quote(text: &str) -> String {
    let lines = text.trim_end().lines();
    lines.map(|line| if line.starts_with('>') { format!(">{line}\n") } else { format!("> {line}\n") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract::message;

    fn address(text: &str) -> Address {
        parse_recipients(text).unwrap().remove(0)
    }

    #[test]
    fn recipients_are_read_as_people_type_them() {
        let read = parse_recipients(
            "ada@petrel.test; Grace Hopper <grace@petrel.test>, \"Torvalds, Linus\" <linus@petrel.test>,",
        )
        .unwrap();
        let shown: Vec<_> = read.iter().map(|a| (a.name.as_str(), a.address.as_str())).collect();
        assert_eq!(
            shown,
            [("", "ada@petrel.test"), ("Grace Hopper", "grace@petrel.test"), ("Torvalds, Linus", "linus@petrel.test")]
        );
        assert_eq!(parse_recipients(&show_recipients(&read)).unwrap(), read);
        assert_eq!(parse_recipients(" ").unwrap(), []);
    }

    #[test]
    fn what_is_not_an_address_is_named() {
        for wrong in ["grace", "@petrel.test", "a@", "a b@c", "Ada <ada@petrel.test", "a@b@c", "a@.b", "a@b..c"] {
            assert_eq!(parse_recipients(wrong), Err(AddressError::Invalid(wrong.to_owned())), "{wrong}");
        }
    }

    #[test]
    fn an_answer_to_all_leaves_out_oneself_and_doubles() {
        let mut mail = message("m", "f", 1);
        mail.from = Some(address("Grace <grace@petrel.test>"));
        mail.to = vec![address("ADA@petrel.test"), address("linus@petrel.test")];
        mail.cc = vec![address("grace@petrel.test"), address("ken@bell.example")];
        let all = answer(&mail, "one\n> two", true, "ada@petrel.test", "Grace wrote:");
        assert_eq!(show_recipients(&all.to), "Grace <grace@petrel.test>, linus@petrel.test");
        assert_eq!(show_recipients(&all.cc), "ken@bell.example");
        assert_eq!(all.text, "\n\nGrace wrote:\n> one\n>> two\n");
        let one = answer(&mail, "", false, "ada@petrel.test", "Grace wrote:");
        assert_eq!(show_recipients(&one.to), "Grace <grace@petrel.test>");
        assert!(one.cc.is_empty());
    }

    #[test]
    fn an_answer_to_own_mail_goes_to_its_recipients() {
        let mut mail = message("m", "f", 1);
        mail.from = Some(address("ada@petrel.test"));
        mail.to = vec![address("grace@petrel.test")];
        assert_eq!(show_recipients(&answer(&mail, "", false, "ada@petrel.test", "").to), "grace@petrel.test");
        mail.to = vec![address("ada@petrel.test")];
        assert_eq!(show_recipients(&answer(&mail, "", false, "ada@petrel.test", "").to), "ada@petrel.test");
    }

    #[test]
    fn an_answered_answer_has_one_re() {
        assert_eq!(reply_subject("RE: re:Lunch"), "Re: Lunch");
        assert_eq!(reply_subject(""), "Re:");
        assert_eq!(reply_subject("ré: ü"), "Re: ré: ü");
    }
}

//! Receiving by SMTP: the dialogue, dots, pipelining, and refusals.

use sandbox::{Arrived, SmtpDialogue};

use crate::client::{ADA, Client, message};

fn known(address: &str) -> bool {
    address.ends_with("@petrel.test")
}

/// Says something and gives back the codes of the answer.
fn say(dialogue: &mut SmtpDialogue, text: &str, arrived: &mut Vec<Arrived>) -> Vec<String> {
    let step = dialogue.receive(text.as_bytes(), &known);
    arrived.extend(step.arrived);
    String::from_utf8(step.reply).unwrap().lines().map(|line| line.chars().take(4).collect()).collect()
}

#[test]
fn a_whole_dialogue_delivers_a_mail_without_its_stuffed_dots() {
    let mut arrived = Vec::new();
    let mut dialogue = SmtpDialogue::new();
    assert!(dialogue.greeting().starts_with(b"220 "));
    let hello = say(&mut dialogue, "EHLO there.example\r\n", &mut arrived);
    assert_eq!(hello.last().unwrap(), "250 ");
    assert_eq!(
        say(&mut dialogue, "MAIL FROM:<bob@else.example> SIZE=100 BODY=8BITMIME SMTPUTF8\r\n", &mut arrived),
        ["250 "]
    );
    assert_eq!(say(&mut dialogue, "RCPT TO:<ada@petrel.test>\r\n", &mut arrived), ["250 "]);
    assert_eq!(say(&mut dialogue, "DATA\r\n", &mut arrived), ["354 "]);
    assert_eq!(
        say(&mut dialogue, "Subject: Dots\r\n\r\n..one\r\n.\u{2e}two.\r\nthree\r", &mut arrived),
        Vec::<String>::new()
    );
    assert_eq!(say(&mut dialogue, "\n.\r\nQUIT\r\n", &mut arrived), ["250 ", "221 "]);
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].recipients, ["ada@petrel.test"]);
    assert_eq!(String::from_utf8_lossy(&arrived[0].mime), "Subject: Dots\r\n\r\n.one\r\n.two.\r\nthree\r\n");
}

#[test]
fn a_dot_on_the_first_line_is_unstuffed_too_and_an_empty_mail_is_refused() {
    let mut arrived = Vec::new();
    let mut dialogue = SmtpDialogue::new();
    say(&mut dialogue, "HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<ada@petrel.test>\r\nDATA\r\n", &mut arrived);
    assert_eq!(say(&mut dialogue, "..first\r\n.\r\n", &mut arrived), ["250 "]);
    assert_eq!(arrived[0].mime, b".first\r\n");
    say(&mut dialogue, "MAIL FROM:<>\r\nRCPT TO:<ada@petrel.test>\r\nDATA\r\n", &mut arrived);
    assert_eq!(say(&mut dialogue, ".\r\n", &mut arrived), ["554 "]);
    assert_eq!(arrived.len(), 1);
}

#[test]
fn pipelined_commands_are_answered_in_order() {
    let mut arrived = Vec::new();
    let mut dialogue = SmtpDialogue::new();
    let codes = say(
        &mut dialogue,
        "HELO x\r\nMAIL FROM:<b@x.example>\r\nRCPT TO:<nobody@else.example>\r\nRCPT TO:<grace@petrel.test>\r\nRCPT TO:<Grace@petrel.test>\r\nNOOP\r\nDATA\r\nSubject: x\r\n\r\ny\r\n.\r\nRSET\r\nQUIT\r\n",
        &mut arrived,
    );
    assert_eq!(codes, ["250 ", "250 ", "550 ", "250 ", "250 ", "250 ", "354 ", "250 ", "250 ", "221 "]);
    assert_eq!(arrived[0].recipients, ["grace@petrel.test"]);
}

#[test]
fn commands_out_of_order_or_unknown_are_refused_and_the_talk_goes_on() {
    let mut arrived = Vec::new();
    let mut dialogue = SmtpDialogue::new();
    assert_eq!(say(&mut dialogue, "MAIL FROM:<b@x.example>\r\n", &mut arrived), ["503 "]);
    assert_eq!(say(&mut dialogue, "DANCE\r\n", &mut arrived), ["500 "]);
    assert_eq!(say(&mut dialogue, "EHLO x\r\n", &mut arrived).last().unwrap(), "250 ");
    assert_eq!(say(&mut dialogue, "RCPT TO:<ada@petrel.test>\r\n", &mut arrived), ["503 "]);
    assert_eq!(say(&mut dialogue, "DATA\r\n", &mut arrived), ["503 "]);
    assert_eq!(say(&mut dialogue, "MAIL FROM:<b@x.example> SIZE=99999999\r\n", &mut arrived), ["552 "]);
    assert_eq!(say(&mut dialogue, "STARTTLS\r\n", &mut arrived), ["502 "]);
    assert_eq!(say(&mut dialogue, "NOOP\r\n", &mut arrived), ["250 "]);
}

#[test]
fn bytes_may_come_one_by_one() {
    let mut arrived = Vec::new();
    let mut dialogue = SmtpDialogue::new();
    let talk = "EHLO x\r\nMAIL FROM:<b@x.example>\r\nRCPT TO:<ada@petrel.test>\r\nDATA\r\nSubject: slow\r\n\r\n..\r\n.\r\nQUIT\r\n";
    for byte in talk.bytes() {
        arrived.extend(dialogue.receive(&[byte], &known).arrived);
    }
    assert_eq!(arrived[0].mime, b"Subject: slow\r\n\r\n.\r\n");
}

#[test]
fn what_smtp_brings_is_in_the_inbox_at_once() {
    let mut client = Client::new();
    let id = client
        .sandbox
        .deliver(
            ADA,
            "Subject: =?utf-8?B?w5xiZXI=?=\r\nFrom: J\u{fc}rgen <j@x.example>\r\n\r\nGr\u{fc}\u{df}e".as_bytes(),
            client.now_ms,
        )
        .unwrap();
    let found = client.get(&message(&id));
    assert_eq!((found["subject"].as_str(), found["bodyPreview"].as_str()), (Some("Über"), Some("Grüße")));
}

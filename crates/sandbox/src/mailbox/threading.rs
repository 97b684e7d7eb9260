//! Which conversation a message belongs to.
//! As in Exchange, a reply joins by its references while the subject holds, and by the subject alone where it says "Re:".

use std::collections::BTreeMap;

use crate::chance::{base64_url, digest};
use crate::mailbox::message::Message;

/// Beginnings of a subject that mean "the same again", in the languages Outlook writes.
const PREFIXES: [&str; 16] =
    ["re", "fw", "fwd", "aw", "wg", "sv", "vs", "rv", "tr", "antw", "odp", "enc", "res", "رد", "回复", "転送"];

/// What is known of the conversations in a mailbox.
#[derive(Default)]
pub(super) struct Conversations {
    by_message_id: BTreeMap<String, Known>,
    by_topic: BTreeMap<String, Known>,
}

#[derive(Clone)]
struct Known {
    conversation: String,
    index: Vec<u8>,
    topic: String,
}

impl Conversations {
    /// Gives a message its conversation, and remembers the message for later ones.
    pub(super) fn join(&mut self, message: &mut Message, owner: &str, seed: u64) {
        let (topic, again) = topic(&message.subject);
        let by_reference = message
            .in_reply_to
            .iter()
            .chain(message.references.iter().rev())
            .filter_map(|id| self.by_message_id.get(id))
            .find(|known| known.topic == topic);
        let by_topic = self.by_topic.get(&topic).filter(|_| again && !topic.is_empty());
        let hash = digest(&[&seed.to_be_bytes(), owner.as_bytes(), message.internet_message_id.as_bytes()]);
        match by_reference.or(by_topic) {
            Some(known) => {
                message.conversation_id.clone_from(&known.conversation);
                message.conversation_index.clone_from(&known.index);
                message.conversation_index.extend(hash.iter().take(5));
            }
            None => {
                message.conversation_id = format!("AAQkAD{}AAA=", base64_url(hash.get(..24).unwrap_or(&hash)));
                message.conversation_index = vec![1];
                message.conversation_index.extend(hash.iter().take(21));
            }
        }
        self.learn(message);
    }

    /// Remembers a message whose conversation is already known.
    pub(super) fn learn(&mut self, message: &Message) {
        let (topic, _) = topic(&message.subject);
        let known = Known {
            conversation: message.conversation_id.clone(),
            index: message.conversation_index.clone(),
            topic: topic.clone(),
        };
        self.by_message_id.insert(message.internet_message_id.clone(), known.clone());
        self.by_topic.insert(topic, known);
    }
}

/// A subject without its "Re:" and "Fwd:", and whether it had any.
pub(crate) fn topic(subject: &str) -> (String, bool) {
    let mut rest = subject.trim();
    let mut again = false;
    while let Some((head, tail)) = rest.split_once([':', '：']) {
        let head = head.trim().to_lowercase();
        let head = head.split_once('[').map_or(head.as_str(), |(word, _)| word);
        if !PREFIXES.contains(&head) {
            break;
        }
        again = true;
        rest = tail.trim();
    }
    (rest.to_lowercase(), again)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_the_subject_without_reply_marks() {
        assert_eq!(topic("Re: AW: Fwd: Lunch: today"), ("lunch: today".to_owned(), true));
        assert_eq!(topic("Lunch: today"), ("lunch: today".to_owned(), false));
        assert_eq!(topic("RE[2]: Lunch"), ("lunch".to_owned(), true));
    }
}

//! What the store promises of conversations: they are always what the rows of a list come to, in the order of the latest.

use super::{detach, message, put, row};
use crate::id::{ConversationId, FolderId, MessageId};
use crate::model::{Address, Conversation, Flag, Message, NAMED_MESSAGES};
use crate::store::{Rank, RowKey, Store, Write};
use crate::time::Timestamp;

pub(super) async fn run<S: Store>(fresh: impl AsyncFn() -> S) {
    conversations_come_by_their_latest_message(&fresh().await).await;
    a_message_without_a_conversation_is_one_of_its_own(&fresh().await).await;
    a_conversation_follows_what_becomes_of_its_messages(&fresh().await).await;
    a_conversation_that_loses_its_newest_messages_tells_the_next(&fresh().await).await;
    a_conversation_is_told_for_each_folder_and_for_all(&fresh().await).await;
    detached_messages_belong_to_no_conversation(&fresh().await).await;
    a_removed_folder_takes_its_part_of_conversations_along(&fresh().await).await;
    a_message_can_change_its_conversation(&fresh().await).await;
    many_conversations_are_exact_in_every_window(&fresh().await).await;
    a_long_conversation_is_exact_while_it_shrinks(&fresh().await).await;
    people_of_the_newest_messages_are_named(&fresh().await).await;
    a_stretch_of_conversations_is_of_one_moment(&fresh().await).await;
}

async fn a_stretch_of_conversations_is_of_one_moment(store: &impl Store) {
    let rows = (0..50).map(|at| write(of(&format!("c{:02}", at % 20), &format!("m{at:02}"), "f", at / 3)));
    put(store, rows.collect()).await;
    let folder = FolderId::new("f");
    let all = listed(store, Some("f")).await;
    let gone = RowKey { received: Timestamp::from_millis(12), id: MessageId::new("c165") };
    let mut keys: Vec<RowKey> = all.iter().map(RowKey::of_conversation).collect();
    keys.push(gone.clone());
    for (skip, limit) in [(0, 7), (5, 9), (18, 40), (60, 3)] {
        let found = store.conversation_stretch(&folder, skip, limit, &keys).await.unwrap();
        let shown: Vec<_> = found.conversations.iter().map(|(conversation, _)| conversation.clone()).collect();
        assert_eq!(shown, store.conversations(Some(&folder), skip, limit).await.unwrap());
        assert!(found.conversations.iter().all(|(conversation, row)| conversation.latest == row.id));
        assert_eq!(found.total as usize, all.len());
        for (at, rank) in found.ranks.iter().take(all.len()).enumerate() {
            assert_eq!((rank.place as usize, rank.listed), (at, true));
        }
        let before = all.iter().filter(|known| gone.order_of(&RowKey::of_conversation(known)).is_lt()).count();
        assert_eq!(found.ranks.last(), Some(&Rank { place: u32::try_from(before).unwrap(), listed: false }));
    }
    let none = store.conversation_stretch(&FolderId::new("none"), 0, 5, &keys).await.unwrap();
    assert_eq!((none.conversations.len(), none.total, none.ranks.len()), (0, 0, keys.len()));
}

/// A message of a conversation.
fn of(conversation: &str, id: &str, folder: &str, at: i64) -> Message {
    Message { conversation: Some(ConversationId::new(conversation)), ..message(id, folder, at) }
}

fn write(row: Message) -> Write {
    Write::Message(Box::new(row))
}

async fn listed(store: &impl Store, folder: Option<&str>) -> Vec<Conversation> {
    let folder = folder.map(FolderId::new);
    let all = store.conversations(folder.as_ref(), 0, u32::MAX).await.unwrap();
    assert_eq!(store.conversation_count(folder.as_ref()).await.unwrap() as usize, all.len());
    all
}

/// The list as id, latest message and count of each conversation.
async fn told(store: &impl Store, folder: Option<&str>) -> Vec<(String, String, u32)> {
    let all = listed(store, folder).await;
    all.into_iter().map(|each| (each.id.to_string(), each.latest.to_string(), each.count)).collect()
}

async fn members(store: &impl Store, ids: &[&str]) -> Vec<String> {
    let ids: Vec<_> = ids.iter().copied().map(ConversationId::new).collect();
    let rows = store.conversation_rows(&ids).await.unwrap();
    rows.iter().map(|row| row.id.to_string()).collect()
}

fn is(id: &str, latest: &str, count: u32) -> (String, String, u32) {
    (id.to_owned(), latest.to_owned(), count)
}

async fn conversations_come_by_their_latest_message(store: &impl Store) {
    put(store, ["a", "b", "c"].map(|id| write(of("one", id, "f", 1))).to_vec()).await;
    put(store, vec![write(of("two", "d", "f", 5)), write(of("three", "e", "f", 5)), write(of("four", "f", "f", -9))])
        .await;
    let expected = [is("three", "e", 1), is("two", "d", 1), is("one", "a", 3), is("four", "f", 1)];
    assert_eq!(told(store, Some("f")).await, expected);
    put(store, vec![write(of("four", "g", "f", 9))]).await;
    assert_eq!(told(store, Some("f")).await.first(), Some(&is("four", "g", 2)));
    let window = store.conversations(Some(&FolderId::new("f")), 1, 2).await.unwrap();
    assert_eq!(window.iter().map(|each| each.id.as_str()).collect::<Vec<_>>(), ["three", "two"]);
    assert_eq!(store.conversations(Some(&FolderId::new("none")), 0, 9).await.unwrap(), []);
    assert_eq!(store.conversation_count(Some(&FolderId::new("none"))).await.unwrap(), 0);
    assert_eq!(members(store, &["four", "one", "four"]).await, ["f", "a", "b", "c", "g"]);
    assert_eq!(members(store, &["none"]).await, [""; 0]);
    assert_eq!(members(store, &[]).await, [""; 0]);
}

async fn a_message_without_a_conversation_is_one_of_its_own(store: &impl Store) {
    put(store, vec![row("a", "f", 1), row("b", "f", 2), write(of("", "c", "f", 3))]).await;
    assert_eq!(told(store, Some("f")).await, [is("c", "c", 1), is("b", "b", 1), is("a", "a", 1)]);
    assert_eq!(members(store, &["b", "c"]).await, ["b", "c"]);
}

async fn a_conversation_follows_what_becomes_of_its_messages(store: &impl Store) {
    let old = Message { is_read: true, flag: Flag::Flagged, ..of("c", "a", "f", 1) };
    let new = Message { subject: "Re: x".to_owned(), has_attachments: true, ..of("c", "b", "f", 2) };
    put(store, vec![write(old.clone()), write(new.clone())]).await;
    let rows = [&old, &new];
    assert_eq!(listed(store, Some("f")).await, [Conversation::of(rows.to_vec()).unwrap()]);
    let known = listed(store, Some("f")).await.pop().unwrap();
    assert_eq!((known.unread, known.flagged, known.with_attachments), (1, 1, 1));
    let new = Message { is_read: true, subject: "Re: y".to_owned(), flag: Flag::Complete, ..new };
    let old = Message { is_read: false, flag: Flag::None, has_attachments: true, from: None, ..old };
    put(store, vec![write(old.clone()), write(new.clone())]).await;
    assert_eq!(listed(store, Some("f")).await, [Conversation::of(vec![&old, &new]).unwrap()]);
    // Another moment, as a draft has that is saved again.
    let old = Message { received: crate::time::Timestamp::from_millis(7), ..old };
    put(store, vec![write(old.clone())]).await;
    assert_eq!(listed(store, Some("f")).await, [Conversation::of(vec![&old, &new]).unwrap()]);
    put(store, vec![Write::RemoveMessage(old.id), Write::RemoveMessage(new.id)]).await;
    assert_eq!(listed(store, Some("f")).await, []);
    assert_eq!(members(store, &["c"]).await, [""; 0]);
}

async fn a_conversation_that_loses_its_newest_messages_tells_the_next(store: &impl Store) {
    let rows: Vec<Message> = (0..5)
        .map(|at| Message { preview: format!("text {at}"), ..of("c", &format!("m{at}"), "f", i64::from(at)) })
        .collect();
    put(store, rows.iter().cloned().map(write).collect()).await;
    put(store, vec![write(of("d", "other", "f", 3))]).await;
    for left in (1..5).rev() {
        put(store, vec![Write::RemoveMessage(MessageId::new(format!("m{left}")))]).await;
        let all = listed(store, Some("f")).await;
        let expected = Conversation::of(rows.iter().take(left).collect());
        assert_eq!(all.iter().find(|each| each.id.as_str() == "c"), expected.as_ref());
        assert!(all.is_sorted_by_key(|each| std::cmp::Reverse(each.received)));
    }
}

async fn a_conversation_is_told_for_each_folder_and_for_all(store: &impl Store) {
    put(store, vec![write(of("c", "a", "f", 1)), write(of("c", "b", "g", 2)), write(of("d", "x", "g", 3))]).await;
    assert_eq!(told(store, Some("f")).await, [is("c", "a", 1)]);
    assert_eq!(told(store, Some("g")).await, [is("d", "x", 1), is("c", "b", 1)]);
    assert_eq!(told(store, None).await, [is("d", "x", 1), is("c", "b", 2)]);
    assert_eq!(members(store, &["c"]).await, ["a", "b"]);
    put(store, vec![write(of("c", "b", "f", 2))]).await;
    assert_eq!(told(store, Some("f")).await, [is("c", "b", 2)]);
    assert_eq!(told(store, Some("g")).await, [is("d", "x", 1)]);
    assert_eq!(told(store, None).await, [is("d", "x", 1), is("c", "b", 2)]);
}

async fn detached_messages_belong_to_no_conversation(store: &impl Store) {
    put(store, vec![write(of("c", "a", "f", 1)), write(of("c", "b", "f", 2)), row("m", "f", 3)]).await;
    put(store, vec![Write::Detach(Box::new(of("c", "b", "f", 2))), detach("m", "f", 3)]).await;
    assert_eq!(told(store, Some("f")).await, [is("c", "a", 1)]);
    assert_eq!(told(store, None).await, [is("c", "a", 1)]);
    assert_eq!(members(store, &["c", "m"]).await, ["a"]);
    put(store, vec![write(of("c", "b", "g", 2))]).await;
    assert_eq!(told(store, None).await, [is("c", "b", 2)]);
}

async fn a_removed_folder_takes_its_part_of_conversations_along(store: &impl Store) {
    put(store, vec![write(of("c", "a", "f", 1)), write(of("c", "b", "g", 2)), write(of("d", "x", "g", 3))]).await;
    put(store, vec![Write::RemoveFolder(FolderId::new("g"))]).await;
    assert_eq!(told(store, Some("g")).await, []);
    assert_eq!(told(store, None).await, [is("c", "a", 1)]);
    put(store, vec![write(of("c", "b", "g", 2))]).await;
    assert_eq!(told(store, Some("g")).await, [is("c", "b", 1)]);
    assert_eq!(told(store, None).await, [is("c", "b", 2)]);
}

async fn a_message_can_change_its_conversation(store: &impl Store) {
    put(store, vec![row("a", "f", 1), write(of("c", "b", "f", 2))]).await;
    put(store, vec![write(of("c", "a", "f", 1))]).await;
    assert_eq!(told(store, Some("f")).await, [is("c", "b", 2)]);
    put(store, vec![write(of("d", "b", "f", 2))]).await;
    assert_eq!(told(store, None).await, [is("d", "b", 1), is("c", "a", 1)]);
    assert_eq!((members(store, &["a"]).await, members(store, &["c"]).await), (vec![], vec!["a".to_owned()]));
}

async fn many_conversations_are_exact_in_every_window(store: &impl Store) {
    // Pages from the newest on, as a folder comes; conversations of three that reach over pages.
    let all: Vec<Message> =
        (0..600_i64).map(|at| of(&format!("c{:03}", at * 7 % 200), &format!("m{at:03}"), "f", at / 3)).collect();
    for page in all.rchunks(150) {
        put(store, page.iter().cloned().map(write).collect()).await;
    }
    let mut expected: Vec<Conversation> = (0..200)
        .filter_map(|number| {
            let key = format!("c{number:03}");
            Conversation::of(all.iter().filter(|row| row.conversation_key() == key).collect())
        })
        .collect();
    expected.sort_by(|one, other| other.received.cmp(&one.received).then_with(|| one.id.cmp(&other.id)));
    for folder in [Some("f"), None] {
        assert!(listed(store, folder).await == expected);
        let folder = folder.map(FolderId::new);
        for skip in [0, 1, 57, 99, 199, 200, 201] {
            let window = store.conversations(folder.as_ref(), skip, 60).await.unwrap();
            assert!(window.iter().eq(expected.iter().skip(skip as usize).take(60)), "from {skip}");
        }
    }
    put(store, (0..600).map(|at| Write::RemoveMessage(MessageId::new(format!("m{at:03}")))).collect()).await;
    assert_eq!((listed(store, Some("f")).await, listed(store, None).await), (vec![], vec![]));
}

async fn a_long_conversation_is_exact_while_it_shrinks(store: &impl Store) {
    let mut rows: Vec<Message> = (0..300_i64).map(|at| of("c", &format!("m{at:03}"), "f", at / 50)).collect();
    put(store, rows.iter().cloned().map(write).collect()).await;
    let mut choice = 1_usize;
    while rows.len() > 10 {
        let mut writes = Vec::new();
        for _ in 0..20.min(rows.len() - 1) {
            choice = choice.wrapping_mul(48_271) % 0x7fff_ffff;
            // Mostly from among the newest.
            let at = rows.len() - 1 - choice % rows.len().min(30);
            writes.push(Write::RemoveMessage(rows.remove(at).id));
        }
        put(store, writes).await;
        assert_eq!(listed(store, None).await, [Conversation::of(rows.iter().collect()).unwrap()]);
    }
}

async fn people_of_the_newest_messages_are_named(store: &impl Store) {
    let person = |at: i64| Address { name: format!("N{at}"), address: format!("n{at}@petrel.test") };
    let rows: Vec<Message> = (0..20_i64)
        .map(|at| Message {
            from: Some(person(at % 6)),
            to: (0..5).map(|to| person(at + to)).collect(),
            ..of("c", &format!("m{at:02}"), "f", at)
        })
        .collect();
    // The middle first, then older and newer ones.
    for part in [8..14, 0..8, 14..20] {
        put(store, rows.iter().take(part.end).skip(part.start).cloned().map(write).collect()).await;
    }
    let known = listed(store, Some("f")).await.pop().unwrap();
    assert_eq!(known, Conversation::of(rows.iter().collect()).unwrap());
    assert_eq!((known.senders.len(), known.senders.first()), (6.min(NAMED_MESSAGES), Some(&person(1))));
    assert_eq!(known.recipients.first(), Some(&person(19)));
}

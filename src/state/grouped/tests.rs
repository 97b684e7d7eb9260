use super::super::List;
use super::super::held::RowQuestion;
use super::super::known::Question;
use super::super::view::View;
use super::*;
use mail_core::id::{MessageId, OpId};
use mail_core::outbox::{Act, Op, OpState};
use mail_core::store::contract::{folder, message};
use mail_core::store::{Commit, MemoryStore, Write};
use mail_core::time::Timestamp;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The memory store never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the memory store waited"),
    }
}

fn of(conversation: &str, id: &str, folder: &str, at: i64) -> Message {
    Message { conversation: Some(ConversationId::new(conversation)), ..message(id, folder, at) }
}

fn put(store: &MemoryStore, rows: Vec<Message>) {
    let writes = rows.into_iter().map(|row| Write::Message(Box::new(row))).collect();
    now(store.commit(Commit::relaxed(writes))).unwrap();
}

/// Conversations `c0`, the newest, to `c399`: two messages each in the inbox, and for every third one more in the sent mail.
fn store() -> MemoryStore {
    let store = MemoryStore::default();
    let folders = [
        ("inbox", FolderRole::Inbox),
        ("sent", FolderRole::Sent),
        ("archive", FolderRole::Archive),
        ("bin", FolderRole::Deleted),
    ];
    let writes = folders.map(|(id, role)| Write::Folder(folder(id, Some(role)))).to_vec();
    now(store.commit(Commit::relaxed(writes))).unwrap();
    let rows = (0..400_i64).flat_map(|at| {
        let name = format!("c{at}");
        let two = ["old", "new"].map(|part| (part, "inbox", if part == "old" { -10_000 } else { 0 }));
        let sent = (at % 3 == 0).then_some(("sent", "sent", 5));
        let all = two.into_iter().chain(sent);
        all.map(move |(part, folder, more)| of(&name, &format!("{name}-{part}"), folder, more - at * 10))
            .collect::<Vec<_>>()
    });
    put(&store, rows.collect());
    store
}

fn go(number: u32, id: &str, to: &str) -> Op {
    let zero = Timestamp::from_millis(0);
    Op {
        id: OpId::ordered(zero, number, 0),
        act: Act::Move { message: MessageId::new(id), to: FolderId::new(to) },
        queued_at: zero,
        not_before: zero,
        attempts: 0,
        state: OpState::Waiting,
    }
}

fn question(known: &Known, first: u32) -> RowQuestion {
    let list = known.list();
    RowQuestion {
        folder: known.folder.clone(),
        view: View { first, rows: 13, ..View::default() },
        held: list.span(),
        here: list.here,
        offset: i64::from(known.held.skip) - i64::from(list.first),
        current: known.current.as_ref().map(|current| current.row.clone()),
        grouped: known.grouped,
        ..RowQuestion::default()
    }
}

fn read(store: &MemoryStore, before: &Known, first: u32, ops: &[Op]) -> Known {
    let open = before.open.as_ref().map(|row| row.id.clone());
    let question = Question { rows: question(before, first), open, grouped: true, ..Question::default() };
    now(Known::read(store, &question, |_| ops.to_vec())).unwrap()
}

fn ids(list: &List) -> Vec<String> {
    list.rows.iter().map(|row| row.id.to_string()).collect()
}

/// The inbox as it must be, of all rows there are.
fn expected(store: &MemoryStore, ops: &[Op]) -> Vec<Conversation> {
    let folders = ["inbox", "sent", "archive", "bin"].map(FolderId::new);
    let rows = folders.iter().flat_map(|folder| now(store.messages(folder, 0, u32::MAX)).unwrap());
    let rows: Vec<Message> = rows.map(|row| Overlay::new(ops).message(row)).collect();
    let inbox = || rows.iter().filter(|row| row.folder.as_str() == "inbox");
    let mut keys: Vec<&str> = inbox().map(Message::conversation_key).collect();
    keys.sort_unstable();
    keys.dedup();
    let whole = |key: &&str| Conversation::of(inbox().filter(|row| row.conversation_key() == *key).collect());
    let mut all: Vec<Conversation> = keys.iter().filter_map(whole).collect();
    all.sort_by(|one, other| other.received.cmp(&one.received).then_with(|| one.id.cmp(&other.id)));
    all
}

#[test]
fn every_window_shows_the_conversations_there_are_with_acts_on_top() {
    let store = store();
    // Whole ones go, halves go so that others become the latest, and one comes back from the sent mail.
    let gone = [0, 1, 2, 50, 51, 200, 399].into_iter().flat_map(|at| [format!("c{at}-new"), format!("c{at}-old")]);
    let halves = [5, 70, 130, 260].into_iter().map(|at| format!("c{at}-new"));
    let moves = gone.chain(halves).map(|id| (id, "archive")).chain([("c90-sent".to_owned(), "inbox")]);
    let ops: Vec<Op> = (0..).zip(moves).map(|(number, (id, to))| go(number, &id, to)).collect();
    let all = expected(&store, &ops);
    assert_eq!(all.len(), 393);
    let mut known = read(&store, &Known { grouped: true, ..Known::default() }, 0, &ops);
    for first in [0, 40, 130, 250, 380, 3, 199] {
        known = read(&store, &known, first, &ops);
        let list = known.list();
        assert_eq!((list.here, list.total), (393, 393));
        assert!(list.rows.len() < 200, "{} rows are held", list.rows.len());
        for place in first..(first + 13).min(393) {
            let row = list.row(place).unwrap();
            assert_eq!(row.whole.as_deref(), all.get(place as usize), "{place}, scrolled to {first}");
            assert_eq!(row.id, row.whole.as_ref().unwrap().latest);
        }
    }
}

#[test]
fn an_act_shows_at_once_where_the_conversation_is_at_hand_and_changes_nothing_where_it_is_not() {
    let store = store();
    let mut known = read(&store, &Known { grouped: true, ..Known::default() }, 0, &[]);
    known.put(go(1, "c7-new", "archive"));
    assert_eq!(ids(&known.list())[7], "c7-new", "half of it is not known: the next reading tells");
    let rows = now(store.conversation_rows(&[ConversationId::new("c8")])).unwrap();
    let each = Gathered { id: ConversationId::new("c8"), rows };
    let members: Vec<_> = known.members(&each).into_iter().map(|row| row.id.to_string()).collect();
    assert_eq!(members, ["c8-old", "c8-new"]);
    known.take_gathered(each);
    known.put(go(2, "c8-new", "archive"));
    assert!(!ids(&known.list()).contains(&"c8-new".to_owned()));
    known.put(go(3, "c8-old", "archive"));
    assert_eq!(known.list().here, 399);
    // A reading that began before the acts does not bring it back.
    let mut later = read(&store, &known, 0, &known.ops);
    later.gathered.clear();
    later.complete_from(&known);
    assert!(!ids(&later.list()).contains(&"c8-new".to_owned()));
    assert_eq!(later.list().here, 399);
}

#[test]
fn the_keyboard_stays_on_a_conversation_that_gets_mail_and_when_the_list_is_shown_another_way() {
    let store = store();
    let messages = now(Known::read(&store, &Question::default(), |ops| ops)).unwrap();
    let mut messages = Known { ..messages };
    assert_eq!(messages.stand_on(&MessageId::new("c300-old")), None, "its row is not at hand");
    let row = now(store.message(&MessageId::new("c300-old"))).unwrap();
    messages.open = row;
    assert_eq!(messages.stand_on(&MessageId::new("c300-old")), Some(MessageId::new("c300-old")));
    let known = read(&store, &messages, 0, &[]);
    let list = known.list();
    let (place, row) = list.pinned.clone().unwrap();
    assert_eq!((place, row.id.as_str(), row.whole.as_ref().unwrap().count), (300, "c300-new", 2));
    put(&store, vec![of("c300", "c300-newer", "inbox", 7)]);
    let known = read(&store, &known, 200, &[]);
    let (place, row) = known.list().pinned.unwrap();
    assert_eq!((place, row.id.as_str(), row.whole.as_ref().unwrap().count), (0, "c300-newer", 3));
}

#[test]
fn the_current_conversation_is_replaced_by_its_neighbour_when_it_is_gone() {
    let store = store();
    let mut known = read(&store, &Known { grouped: true, ..Known::default() }, 0, &[]);
    known.stand_on(&MessageId::new("c3-new"));
    let known = read(&store, &known, 250, &[]);
    let gone = ["c3-new", "c3-old"].map(|id| Write::RemoveMessage(MessageId::new(id))).to_vec();
    now(store.commit(Commit::relaxed(gone))).unwrap();
    let known = read(&store, &known, 250, &[]);
    assert_eq!(known.current.unwrap().row.id.as_str(), "c4-new");
}

#[test]
fn a_conversation_is_read_from_all_folders_but_not_from_the_bin() {
    let store = store();
    put(&store, vec![of("c6", "c6-bin", "bin", -61), of("c6", "c6-archive", "archive", -62)]);
    let mut known = read(&store, &Known { grouped: true, ..Known::default() }, 0, &[]);
    known.open = now(store.message(&MessageId::new("c6-new"))).unwrap();
    assert_eq!(known.stack(), [], "until all of it is known");
    let known = read(&store, &known, 0, &[]);
    let stack = |known: &Known| known.stack().iter().map(|row| row.id.to_string()).collect::<Vec<_>>();
    assert_eq!(stack(&known), ["c6-old", "c6-archive", "c6-new", "c6-sent"]);
    let here = Known { folder: Some(FolderId::new("bin")), ..known.clone() };
    assert_eq!(stack(&here), ["c6-old", "c6-archive", "c6-bin", "c6-new", "c6-sent"]);
    assert_eq!(stack(&Known { grouped: false, ..known }), [""; 0]);
}

#[test]
fn a_mailbox_without_conversations_yet_is_not_called_empty() {
    let known = Known {
        grouped: true,
        complete: true,
        folder: Some(FolderId::new("inbox")),
        held: Held { in_the_making: true, ..Held::default() },
        ..Known::default()
    };
    assert!(!known.list().known);
    let empty = Known { held: Held::default(), ..known };
    assert!(empty.list().known);
}

use super::*;
use mail_core::id::OpId;
use mail_core::model::FolderRole;
use mail_core::outbox::{Act, OpState};
use mail_core::store::contract::{folder, message};
use mail_core::store::{Commit, MemoryStore, Write};
use mail_core::sync::Cursor;
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

fn id(text: &str) -> MessageId {
    MessageId::new(text)
}

fn inbox() -> FolderId {
    FolderId::new("inbox")
}

fn op(number: u32, act: Act) -> Op {
    let zero = Timestamp::from_millis(0);
    Op {
        id: OpId::ordered(zero, number, 0),
        act,
        queued_at: zero,
        not_before: zero,
        attempts: 0,
        state: OpState::Waiting,
    }
}

fn archive(number: u32, text: &str) -> Op {
    op(number, Act::Move { message: id(text), to: FolderId::new("archive") })
}

fn store() -> MemoryStore {
    let store = MemoryStore::default();
    let mut there = folder("inbox", Some(FolderRole::Inbox));
    (there.total, there.unread) = (10, 3);
    let mut writes = vec![Write::Folder(there), Write::Folder(folder("archive", Some(FolderRole::Archive)))];
    writes.extend((1..=5).map(|at| Write::Message(Box::new(message(&format!("m{at}"), "inbox", at)))));
    now(store.commit(Commit::relaxed(writes))).unwrap();
    store
}

fn question() -> Question {
    Question::default()
}

fn read(store: &MemoryStore, question: &Question) -> Known {
    now(Known::read(store, question, |ops| ops)).unwrap()
}

fn shown(known: &Known) -> Vec<String> {
    known.list().rows.iter().map(|row| row.id.to_string()).collect()
}

fn unread(known: &Known, name: &str) -> u32 {
    known.tree(str::cmp).into_iter().find(|row| row.folder.name == name).unwrap().folder.unread
}

#[test]
fn the_inbox_is_read_unless_another_folder_is_wanted() {
    let store = store();
    assert_eq!(read(&store, &question()).folder, Some(inbox()));
    let other = Question { folder: Some(FolderId::new("archive")), ..question() };
    assert_eq!(read(&store, &other).folder, Some(FolderId::new("archive")));
    let gone = Question { folder: Some(FolderId::new("gone")), ..question() };
    assert_eq!(read(&store, &gone).folder, Some(inbox()));
}

#[test]
fn the_list_is_as_long_as_the_server_says_until_all_of_it_is_here() {
    let store = store();
    let part = read(&store, &question());
    assert_eq!(shown(&part), ["m5", "m4", "m3", "m2", "m1"]);
    assert_eq!((part.list().here, part.list().total), (5, 10));
    let cursor = Cursor { complete: true, ..Cursor::start(false) };
    now(store.commit(Commit::relaxed(vec![Write::Cursor(CursorKey::Messages(inbox()), cursor)]))).unwrap();
    assert_eq!(read(&store, &question()).list().total, 5, "no eternal ghosts");
}

#[test]
fn an_act_shows_at_once_in_list_and_counts() {
    let mut known = read(&store(), &question());
    known.put(archive(1, "m4"));
    assert_eq!(shown(&known), ["m5", "m3", "m2", "m1"]);
    assert_eq!((known.list().here, known.list().total), (4, 9));
    assert_eq!((unread(&known, "inbox"), unread(&known, "archive")), (2, 1));
    assert_eq!(known.shown(&id("m4")).unwrap().folder, FolderId::new("archive"));
}

#[test]
fn acts_of_this_tab_count_before_they_are_written() {
    let store = store();
    let known = now(Known::read(&store, &question(), |mut ops| {
        ops.push(archive(1, "m5"));
        ops
    }));
    let known = known.unwrap();
    assert_eq!(shown(&known), ["m4", "m3", "m2", "m1"]);
    assert_eq!(known.touched.len(), 1);
}

#[test]
fn an_act_queued_while_reading_keeps_its_row() {
    let before = read(&store(), &question());
    let mut later = Known { held: Held::default(), ops: vec![archive(1, "m5")], ..before.clone() };
    later.complete_from(&before);
    assert_eq!(later.touched, [Message::clone(&before.held.rows[0].message)]);
}

#[test]
fn an_unsynced_folder_is_unknown_and_an_empty_one_is_known() {
    let store = store();
    let archive = Question { folder: Some(FolderId::new("archive")), ..question() };
    assert!(!read(&store, &archive).list().known);
    let cursor = Cursor { complete: true, ..Cursor::start(false) };
    let key = CursorKey::Messages(FolderId::new("archive"));
    now(store.commit(Commit::relaxed(vec![Write::Cursor(key, cursor)]))).unwrap();
    let list = read(&store, &archive).list();
    assert_eq!((list.known, list.total), (true, 0));
}

#[test]
fn a_row_of_a_stuck_act_is_known_and_stays_where_it_is() {
    let store = store();
    let mut stuck = archive(1, "m2");
    stuck.state = OpState::Blocked(mail_core::error::Reason::Denied);
    now(store.commit(Commit::strict(vec![Write::Op(Box::new(stuck))]))).unwrap();
    let known = read(&store, &question());
    assert_eq!(shown(&known), ["m5", "m4", "m3", "m2", "m1"]);
    let away = Question { folder: Some(FolderId::new("archive")), ..question() };
    assert_eq!(read(&store, &away).row(&id("m2")).unwrap().folder, inbox());
}

#[test]
fn the_open_message_is_read_from_whichever_folder_it_lies_in() {
    let store = store();
    let question = Question { folder: Some(FolderId::new("archive")), open: Some(id("m1")), ..question() };
    assert_eq!(read(&store, &question).shown_open().unwrap().id, id("m1"));
}

#[test]
fn what_was_put_away_and_confirmed_comes_back_at_once_when_undone() {
    let store = store();
    now(store.commit(Commit::relaxed(vec![Write::Message(Box::new(message("m5", "archive", 5)))]))).unwrap();
    let mut known = read(&store, &question());
    assert!(known.list().rows.iter().all(|row| row.id != id("m5")));
    let total = known.list().total;
    known.recall(message("m5", "archive", 5));
    known.put(op(1, Act::Move { message: id("m5"), to: inbox() }));
    let list = known.list();
    assert_eq!(list.rows.first().map(|row| row.id.clone()), Some(id("m5")), "without asking the store");
    assert_eq!(list.total, total + 1);
}

use super::super::List;
use super::super::known::Question;
use super::super::view::Going;
use super::*;
use mail_core::id::OpId;
use mail_core::model::FolderRole;
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

fn name(place: i64) -> String {
    format!("m{place:05}")
}

/// An inbox of which the newest is `m00000`.
fn store(rows: i64) -> MemoryStore {
    let store = MemoryStore::default();
    let mut writes = vec![
        Write::Folder(folder("inbox", Some(FolderRole::Inbox))),
        Write::Folder(folder("archive", Some(FolderRole::Archive))),
    ];
    writes.extend((0..rows).map(|at| Write::Message(Box::new(message(&name(at), "inbox", -at)))));
    put(&store, writes);
    store
}

fn put(store: &MemoryStore, writes: Vec<Write>) {
    now(store.commit(Commit::relaxed(writes))).unwrap();
}

/// What the page does between two readings, without a page.
struct Page {
    known: Known,
    view: View,
}

impl Page {
    fn open(store: &MemoryStore) -> Self {
        let known = now(Known::read(store, &Question::default(), |ops| ops)).unwrap();
        Self { known, view: View { rows: 13, ..View::default() } }
    }

    fn list(&self) -> List {
        self.known.list()
    }

    fn question(&self) -> RowQuestion {
        let list = self.list();
        let current = self.known.current.as_ref().map(|current| current.row.clone());
        RowQuestion {
            folder: self.known.folder.clone(),
            view: self.view,
            held: list.span(),
            here: list.here,
            offset: i64::from(self.known.held.skip) - i64::from(list.first),
            anchor: list.row(self.view.first).filter(|_| self.view.held).map(Row::key),
            far: current.as_ref().map(|row| row.id.clone()),
            current,
            seen: Some(RowKey::of(&message(&name(0), "inbox", 0))),
            grouped: false,
        }
    }

    fn scroll_to(&mut self, store: &MemoryStore, first: u32) {
        self.view = View { first, going: Going::Nowhere, held: true, away: true, ..self.view };
        let question = self.question();
        now(self.known.read_rows(store, &question)).unwrap();
    }

    fn read(&mut self, store: &MemoryStore) {
        let question = Question { rows: self.question(), ..Question::default() };
        self.known = now(Known::read(store, &question, |ops| ops)).unwrap();
    }

    fn at(&self, place: u32) -> Option<String> {
        self.list().row(place).map(|row| row.id.to_string())
    }

    fn stand(&mut self, place: i64) {
        self.known.stand_on(&MessageId::new(name(place)));
    }

    fn archive(&mut self, number: u32, place: i64) {
        self.known.put(archive(number, place));
    }
}

fn archive(number: u32, place: i64) -> Op {
    let zero = Timestamp::from_millis(0);
    Op {
        id: OpId::ordered(zero, number, 0),
        act: Act::Move { message: MessageId::new(name(place)), to: FolderId::new("archive") },
        queued_at: zero,
        not_before: zero,
        attempts: 0,
        state: OpState::Waiting,
    }
}

#[test]
fn any_place_is_read_without_what_is_above_it() {
    let store = store(5_000);
    let mut page = Page::open(&store);
    for first in [2_500, 4_987, 0, 130, 4_000] {
        page.scroll_to(&store, first);
        let list = page.list();
        assert!(list.rows.len() < 200, "{} rows are held", list.rows.len());
        for place in first..first + 13 {
            assert_eq!(page.at(place), Some(name(place.into())));
        }
        assert_eq!((list.here, list.total), (5_000, 5_000));
    }
}

#[test]
fn mail_that_arrives_above_leaves_what_is_in_view_in_view() {
    let store = store(5_000);
    let mut page = Page::open(&store);
    page.scroll_to(&store, 2_500);
    // More than are held on either side.
    put(&store, (0..400).map(|at| Write::Message(Box::new(message(&format!("n{at}"), "inbox", 9)))).collect());
    page.read(&store);
    let list = page.list();
    let anchor = RowKey::of(&message(&name(2_500), "inbox", -2_500));
    assert_eq!(list.stands(&anchor), Some(2_900));
    assert_eq!((page.at(2_900), page.at(2_912)), (Some(name(2_500)), Some(name(2_512))));
    assert_eq!((list.here, list.fresh), (5_400, 400));
    // And when they go, and the row itself with them.
    put(&store, (0..400).map(|at| Write::RemoveMessage(MessageId::new(format!("n{at}")))).collect());
    put(&store, vec![Write::RemoveMessage(MessageId::new(name(2_500)))]);
    page.view.first = 2_900;
    page.read(&store);
    assert_eq!(page.list().stands(&anchor), Some(2_500));
    assert_eq!((page.at(2_500), page.list().fresh), (Some(name(2_501)), 0));
}

#[test]
fn acts_shift_what_follows_and_nothing_is_shown_twice_or_skipped() {
    let store = store(1_000);
    let mut page = Page::open(&store);
    let gone: Vec<i64> = (0..60).chain([300, 301, 305, 700]).collect();
    let ops: Vec<Op> = (0..).zip(&gone).map(|(number, place)| archive(number, *place)).collect();
    now(store.commit(Commit::strict(ops.into_iter().map(|op| Write::Op(Box::new(op))).collect()))).unwrap();
    page.read(&store);
    let expected: Vec<_> = (0..1_000).filter(|place| !gone.contains(place)).map(name).collect();
    for first in [0, 40, 230, 500, 920, 3] {
        page.scroll_to(&store, first);
        for place in first..first + 13 {
            assert_eq!(page.at(place).as_ref(), expected.get(place as usize), "{place}, scrolled to {first}");
        }
        assert_eq!(page.list().here, 936);
    }
}

#[test]
fn the_current_row_is_at_hand_and_in_its_place_wherever_the_person_scrolls() {
    let store = store(5_000);
    let mut page = Page::open(&store);
    page.stand(3);
    page.archive(1, 1);
    page.scroll_to(&store, 4_000);
    assert_eq!(page.list().pinned.map(|(place, row)| (place, row.id.to_string())), Some((2, name(3))));
    put(&store, vec![Write::Message(Box::new(message("new", "inbox", 9)))]);
    put(&store, vec![Write::Message(Box::new(Message { is_read: true, ..message(&name(3), "inbox", -3) }))]);
    page.read(&store);
    let (place, row) = page.list().pinned.unwrap();
    assert_eq!((place, row.is_read), (4, true), "the act was given up, and one came");
}

#[test]
fn when_the_current_row_goes_out_of_sight_its_neighbour_is_found() {
    let store = store(5_000);
    let mut page = Page::open(&store);
    page.stand(3);
    page.scroll_to(&store, 4_000);
    put(&store, vec![Write::RemoveMessage(MessageId::new(name(3)))]);
    page.read(&store);
    assert_eq!(page.known.current.as_ref().unwrap().row.id.to_string(), name(4));
    page.read(&store);
    assert_eq!(page.list().pinned.unwrap().0, 3);
    // The same by an act of one's own, and at the end of the list the newer one.
    page.archive(1, 4);
    assert_eq!(page.list().pinned, None);
    page.scroll_to(&store, 4_000);
    assert_eq!(page.known.current.as_ref().unwrap().row.id.to_string(), name(5));
    let mut page = Page::open(&store);
    page.scroll_to(&store, 4_987);
    page.stand(4_999);
    page.scroll_to(&store, 100);
    put(&store, vec![Write::RemoveMessage(MessageId::new(name(4_999)))]);
    page.read(&store);
    assert_eq!(page.known.current.as_ref().unwrap().row.id.to_string(), name(4_998));
}

#[test]
fn a_reading_does_not_take_the_keyboard_back() {
    let store = store(50);
    let mut page = Page::open(&store);
    page.stand(3);
    let mut read = page.known.clone();
    let question = page.question();
    page.stand(7);
    now(read.read_rows(&store, &question)).unwrap();
    read.keep_current(&mut page.known, question.current.as_ref().map(|row| &row.id));
    assert_eq!(read.current.unwrap().row.id.to_string(), name(7));
}

#[test]
fn a_list_that_shrank_below_the_view_ends_where_it_ends() {
    let store = store(500);
    let mut page = Page::open(&store);
    page.scroll_to(&store, 480);
    put(&store, (100..500).map(|at| Write::RemoveMessage(MessageId::new(name(at)))).collect());
    page.read(&store);
    let list = page.list();
    assert_eq!((list.here, list.total), (100, 100));
    page.scroll_to(&store, 90);
    assert_eq!((page.at(90), page.at(99), page.at(100)), (Some(name(90)), Some(name(99)), None));
}

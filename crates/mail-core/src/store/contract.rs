//! The contract of the store port, as one suite that runs against every implementation: the memory store natively,
//! IndexedDB in a browser. A check that fails panics with a sentence.
#![expect(clippy::unwrap_used, reason = "a contract suite fails by panicking")]

mod attachments;
mod bodies;
mod conversations;

use super::{Commit, Draft, PendingSignIn, Rank, RefreshToken, RowKey, Store, StoreError, Stretch, Write};
use crate::error::Reason;
use crate::id::{AccountKey, DraftId, FolderId, MessageId, OpId};
use crate::model::{Account, Address, Body, BodyContent, Flag, Folder, FolderRole, Importance, Kind, Message};
use crate::outbox::{Act, Op, OpState, Outgoing, SendStage};
use crate::sync::{Cursor, CursorKey};
use crate::time::Timestamp;

/// Runs the whole suite; `fresh` makes an empty store each time it is called.
///
/// # Panics
/// When the store breaks its contract.
pub async fn run<S: Store>(fresh: impl AsyncFn() -> S) {
    rows_come_newest_first_in_windows(&fresh().await).await;
    a_moved_message_leaves_its_old_folder(&fresh().await).await;
    a_detached_message_is_kept_but_not_listed(&fresh().await).await;
    removing_takes_the_body_along(&fresh().await).await;
    removing_a_folder_takes_its_rows_along(&fresh().await).await;
    ops_come_in_order_and_survive_as_they_are(&fresh().await).await;
    small_records_are_kept(&fresh().await).await;
    an_old_leader_writes_nothing(&fresh().await).await;
    a_commit_is_in_order(&fresh().await).await;
    many_rows_are_asked_for_at_once(&fresh().await).await;
    a_changed_row_takes_the_place_of_the_old_one(&fresh().await).await;
    a_long_list_is_exact_in_every_window(&fresh().await).await;
    a_stretch_says_where_rows_stand(&fresh().await).await;
    every_field_of_a_row_is_kept(&fresh().await).await;
    a_row_of_any_size_is_kept_whole(&fresh().await).await;
    a_removed_folder_can_be_filled_again(&fresh().await).await;
    bodies::bodies_are_counted_where_their_messages_lie(&fresh().await).await;
    bodies::the_oldest_bodies_are_dropped(&fresh().await).await;
    bodies::what_is_to_be_kept_is_kept(&fresh().await).await;
    attachments::they_are_kept_as_they_are(&fresh().await).await;
    attachments::they_go_with_their_message(&fresh().await).await;
    conversations::run(fresh).await;
}

/// A message row for tests, received at `at` milliseconds.
pub fn message(id: &str, folder: &str, at: i64) -> Message {
    Message {
        id: MessageId::new(id),
        folder: FolderId::new(folder),
        conversation: None,
        subject: format!("Subject of {id}"),
        preview: "‏שלום".to_owned(),
        from: Some(Address { name: "Grace".to_owned(), address: "grace@petrel.test".to_owned() }),
        to: Vec::new(),
        cc: Vec::new(),
        reply_to: Vec::new(),
        received: Timestamp::from_millis(at),
        is_read: false,
        flag: Flag::None,
        has_attachments: false,
        importance: Importance::Normal,
        is_draft: false,
        kind: Kind::Mail,
    }
}

/// A folder for tests.
pub fn folder(id: &str, role: Option<FolderRole>) -> Folder {
    Folder { id: FolderId::new(id), parent: None, name: id.to_owned(), total: 0, unread: 0, role, hidden: false }
}

async fn put(store: &impl Store, writes: Vec<Write>) {
    store.commit(Commit::relaxed(writes)).await.unwrap();
}

async fn listed(store: &impl Store, folder: &str, skip: u32, limit: u32) -> Vec<String> {
    let rows = store.messages(&FolderId::new(folder), skip, limit).await.unwrap();
    rows.iter().map(|row| row.id.to_string()).collect()
}

fn row(id: &str, folder: &str, at: i64) -> Write {
    Write::Message(Box::new(message(id, folder, at)))
}

fn detach(id: &str, folder: &str, at: i64) -> Write {
    Write::Detach(Box::new(message(id, folder, at)))
}

async fn rows_come_newest_first_in_windows(store: &impl Store) {
    // Same moment: by id. Before 1970 and far in the future: still sorted.
    put(
        store,
        vec![row("b", "f", 5), row("a", "f", 5), row("old", "f", -7), row("new", "f", i64::MAX / 4), row("x", "g", 9)],
    )
    .await;
    assert_eq!(listed(store, "f", 0, 10).await, ["new", "a", "b", "old"]);
    assert_eq!(listed(store, "f", 1, 2).await, ["a", "b"]);
    assert_eq!(listed(store, "f", 9, 2).await, [""; 0]);
    assert_eq!(store.count(&FolderId::new("f")).await.unwrap(), 4);
    assert_eq!(store.count(&FolderId::new("none")).await.unwrap(), 0);
    assert_eq!(store.message(&MessageId::new("b")).await.unwrap(), Some(message("b", "f", 5)));
}

async fn a_moved_message_leaves_its_old_folder(store: &impl Store) {
    put(store, vec![row("m", "f", 1)]).await;
    put(store, vec![row("m", "g", 2)]).await;
    assert_eq!(listed(store, "f", 0, 9).await, [""; 0]);
    assert_eq!(listed(store, "g", 0, 9).await, ["m"]);
}

async fn a_detached_message_is_kept_but_not_listed(store: &impl Store) {
    put(store, vec![row("m", "f", 1), row("n", "f", 2), detach("m", "f", 1)]).await;
    assert_eq!(listed(store, "f", 0, 9).await, ["n"]);
    assert_eq!(store.count(&FolderId::new("f")).await.unwrap(), 1);
    assert_eq!(store.detached().await.unwrap(), [MessageId::new("m")]);
    assert!(store.message(&MessageId::new("m")).await.unwrap().is_some());
    put(store, vec![row("m", "g", 1)]).await;
    assert_eq!(listed(store, "g", 0, 9).await, ["m"]);
    assert_eq!(store.detached().await.unwrap(), []);
}

async fn removing_takes_the_body_along(store: &impl Store) {
    let id = MessageId::new("m");
    let body = Body { content: BodyContent::Html("<p>ü</p>".repeat(20_000)), attachments: Vec::new() };
    put(store, vec![row("m", "f", 1), Write::Body(id.clone(), Box::new(body.clone()))]).await;
    assert_eq!(store.body(&id).await.unwrap(), Some(body));
    assert!(store.holds_body(&id).await.unwrap());
    put(store, vec![Write::RemoveMessage(id.clone())]).await;
    assert_eq!(store.body(&id).await.unwrap(), None);
    assert!(!store.holds_body(&id).await.unwrap());
    assert_eq!(store.message(&id).await.unwrap(), None);
}

async fn removing_a_folder_takes_its_rows_along(store: &impl Store) {
    put(
        store,
        vec![
            Write::Folder(folder("f", Some(FolderRole::Inbox))),
            Write::Folder(folder("g", None)),
            row("m", "f", 1),
            row("n", "g", 1),
        ],
    )
    .await;
    put(store, vec![Write::RemoveFolder(FolderId::new("f"))]).await;
    assert_eq!(store.folders().await.unwrap(), [folder("g", None)]);
    assert_eq!(store.message(&MessageId::new("m")).await.unwrap(), None);
    assert_eq!(listed(store, "g", 0, 9).await, ["n"]);
}

async fn ops_come_in_order_and_survive_as_they_are(store: &impl Store) {
    let mail = Outgoing { subject: "Grüße 🌊".to_owned(), text: "a\nb".to_owned(), ..Outgoing::default() };
    let op = |at: i64, counter, act| Op {
        id: OpId::ordered(Timestamp::from_millis(at), counter, 7),
        act,
        queued_at: Timestamp::from_millis(at),
        not_before: Timestamp::from_millis(at),
        attempts: 2,
        state: OpState::Blocked(Reason::Denied),
    };
    let first = op(5, 0, Act::Read { message: MessageId::new("m"), read: true });
    let second = op(
        5,
        1,
        Act::Send {
            mail: Box::new(mail),
            stage: SendStage::Sending { draft: MessageId::new("d"), since: Timestamp::from_millis(3), looks: 1 },
        },
    );
    let third = op(1_000_000_000_000, 0, Act::Flag { message: MessageId::new("m"), flag: Flag::Flagged });
    for each in [&third, &second, &first] {
        store.commit(Commit::strict(vec![Write::Op(Box::new(each.clone()))])).await.unwrap();
    }
    assert_eq!(store.ops().await.unwrap(), [first.clone(), second.clone(), third]);
    put(store, vec![Write::RemoveOp(first.id)]).await;
    assert_eq!(store.ops().await.unwrap().first(), Some(&second));
}

async fn small_records_are_kept(store: &impl Store) {
    let account = Account {
        key: AccountKey::new("t.o"),
        name: "Ada".to_owned(),
        address: "ada@petrel.test".to_owned(),
        login_hint: None,
    };
    let token = RefreshToken { secret: "secret".to_owned(), dies_at: Timestamp::from_millis(9) };
    let pending = PendingSignIn {
        state: "s".to_owned(),
        nonce: "n".to_owned(),
        verifier: "v".to_owned(),
        redirect_uri: "r".to_owned(),
        began: Timestamp::from_millis(1),
    };
    let draft = Draft {
        id: DraftId::new("d"),
        mail: Outgoing::default(),
        typed: ("gra".to_owned(), String::new()),
        changed: Timestamp::from_millis(4),
    };
    let key = CursorKey::Messages(FolderId::new("f"));
    let cursor = Cursor {
        link: Some("https://x/?$deltatoken=1".to_owned()),
        complete: true,
        claimed: ["n".to_owned()].into(),
        seen: Some(["m".to_owned()].into()),
    };
    assert_eq!(store.account().await.unwrap(), None);
    assert_eq!(store.refresh_token().await.unwrap(), None);
    store
        .commit(Commit::strict(vec![
            Write::Account(account.clone()),
            Write::RefreshToken(token.clone()),
            Write::SignIn(pending.clone()),
            Write::Draft(Box::new(draft.clone())),
            Write::Cursor(key.clone(), cursor.clone()),
            Write::Cursor(CursorKey::Folders, Cursor::start(false)),
        ]))
        .await
        .unwrap();
    assert_eq!(store.account().await.unwrap(), Some(account));
    assert_eq!(store.refresh_token().await.unwrap(), Some(token));
    assert_eq!(store.sign_in("s").await.unwrap(), Some(pending));
    assert_eq!(store.sign_in("other").await.unwrap(), None);
    assert_eq!(store.drafts().await.unwrap(), [draft]);
    assert_eq!(store.cursor(&key).await.unwrap(), Some(cursor));
    put(
        store,
        vec![
            Write::RemoveCursor(key.clone()),
            Write::RemoveRefreshToken,
            Write::RemoveSignIn("s".to_owned()),
            Write::RemoveDraft(DraftId::new("d")),
        ],
    )
    .await;
    assert_eq!(store.cursor(&key).await.unwrap(), None);
    assert_eq!(store.cursor(&CursorKey::Folders).await.unwrap(), Some(Cursor::start(false)));
    assert_eq!(store.refresh_token().await.unwrap(), None);
    assert_eq!(store.sign_in("s").await.unwrap(), None);
    assert_eq!(store.drafts().await.unwrap(), []);
}

async fn an_old_leader_writes_nothing(store: &impl Store) {
    let old = store.lead().await.unwrap();
    store.commit(Commit::relaxed(vec![row("a", "f", 1)]).fenced(old)).await.unwrap();
    let new = store.lead().await.unwrap();
    assert!(new > old);
    let refused = store.commit(Commit::relaxed(vec![row("b", "f", 2)]).fenced(old)).await;
    assert_eq!(refused, Err(StoreError::Fenced));
    store.commit(Commit::strict(vec![row("c", "f", 3)]).fenced(new)).await.unwrap();
    // Tabs that do not lead may still add to the outbox.
    store.commit(Commit::strict(vec![row("d", "f", 4)])).await.unwrap();
    assert_eq!(listed(store, "f", 0, 9).await, ["d", "c", "a"]);
}

async fn a_commit_is_in_order(store: &impl Store) {
    put(store, vec![row("m", "f", 1), Write::RemoveMessage(MessageId::new("m")), row("m", "g", 1)]).await;
    assert_eq!(listed(store, "g", 0, 9).await, ["m"]);
    put(store, vec![row("m", "f", 1), detach("m", "f", 1), row("m", "f", 2)]).await;
    assert_eq!(listed(store, "f", 0, 9).await, ["m"]);
}

async fn many_rows_are_asked_for_at_once(store: &impl Store) {
    put(store, vec![row("a", "f", 1), row("b", "g", 2), row("c", "f", 3), detach("c", "f", 3)]).await;
    let asked = ["c", "none", "a", "b", "a"].map(MessageId::new);
    let mut found: Vec<_> = store.rows(&asked).await.unwrap().into_iter().map(|row| row.id.to_string()).collect();
    found.sort();
    assert_eq!(found, ["a", "b", "c"]);
    assert_eq!(store.rows(&[]).await.unwrap(), []);
}

async fn a_changed_row_takes_the_place_of_the_old_one(store: &impl Store) {
    put(store, vec![row("a", "f", 1), row("b", "f", 2), row("c", "f", 3)]).await;
    put(store, vec![Write::Message(Box::new(Message { is_read: true, ..message("b", "f", 2) }))]).await;
    assert!(store.message(&MessageId::new("b")).await.unwrap().unwrap().is_read);
    // Another moment, as a draft has that is saved again.
    put(store, vec![row("a", "f", 9)]).await;
    assert_eq!(listed(store, "f", 0, 9).await, ["a", "c", "b"]);
    assert_eq!(store.count(&FolderId::new("f")).await.unwrap(), 3);
}

async fn a_long_list_is_exact_in_every_window(store: &impl Store) {
    // In three commits and out of order, so that rows come between rows; enough for several leaves.
    for third in 0..3 {
        put(store, (0..200).map(|at| row(&format!("m{:04}", at * 3 + third), "f", (at * 3 + third) / 4)).collect())
            .await;
    }
    let mut expected: Vec<_> = (0..600).map(|at| (-(at / 4), format!("m{at:04}"))).collect();
    expected.sort();
    let expected: Vec<_> = expected.into_iter().map(|(_, id)| id).collect();
    assert_eq!(listed(store, "f", 0, u32::MAX).await, expected);
    for skip in [0, 1, 99, 100, 101, 300, 599, 600, 601] {
        let window: Vec<_> = expected.iter().skip(skip).take(100).cloned().collect();
        assert_eq!(listed(store, "f", u32::try_from(skip).unwrap(), 100).await, window, "from {skip}");
    }
    put(
        store,
        (0..600).filter(|at| at % 5 != 0).map(|at| Write::RemoveMessage(MessageId::new(format!("m{at:04}")))).collect(),
    )
    .await;
    assert_eq!(store.count(&FolderId::new("f")).await.unwrap(), 120);
    assert_eq!(listed(store, "f", 118, 9).await, ["m0005", "m0000"]);
}

async fn a_stretch_says_where_rows_stand(store: &impl Store) {
    let folder = FolderId::new("f");
    let key = |id: &str, at: i64| RowKey { received: Timestamp::from_millis(at), id: MessageId::new(id) };
    let nothing = store.stretch(&folder, 0, 9, &[key("m", 1)]).await.unwrap();
    assert_eq!(nothing, Stretch { ranks: vec![Rank::default()], ..Stretch::default() });
    // Four of a moment, so that ids order many; enough for several leaves.
    put(store, (0..400).map(|at| row(&format!("m{at:04}"), "f", at / 4)).collect()).await;
    put(store, vec![row("other", "g", 50), detach("m0200", "f", 50), row("n", "f", 50)]).await;
    let rows = store.messages(&folder, 0, u32::MAX).await.unwrap();
    let mut keys: Vec<RowKey> = rows.iter().map(RowKey::of).collect();
    // Rows that are not in the list stand where they would be.
    keys.extend([key("m0200", 50), key("", 50), key("z", 50), key("a", 1_000), key("z", -1), key("other", 50)]);
    let found = store.stretch(&folder, 150, 7, &keys).await.unwrap();
    assert_eq!(found.total, 400);
    assert_eq!(found.rows, rows.iter().skip(150).take(7).cloned().collect::<Vec<_>>());
    for (place, rank) in (0..400).zip(&found.ranks) {
        assert_eq!(*rank, Rank { place, listed: true });
    }
    let above = 49 * 4;
    let would = |place| Rank { place, listed: false };
    assert_eq!(
        found.ranks.iter().skip(400).copied().collect::<Vec<_>>(),
        [would(above), would(above), would(above + 4), would(0), would(400), would(above + 4)]
    );
}

async fn every_field_of_a_row_is_kept(store: &impl Store) {
    let person = |name: &str| Address { name: name.to_owned(), address: format!("{name}@petrel.test") };
    let mut rows = Vec::new();
    for (at, (flag, importance, kind)) in [
        (Flag::Flagged, Importance::Low, Kind::MeetingRequest),
        (Flag::Complete, Importance::High, Kind::MeetingResponse),
        (Flag::None, Importance::Normal, Kind::Mail),
    ]
    .into_iter()
    .enumerate()
    {
        rows.push(Message {
            conversation: (at > 0).then(|| crate::id::ConversationId::new("c")),
            from: (at > 1).then(|| person("ü")),
            to: vec![person("a"), person("ab")],
            cc: vec![person("abc"); at],
            reply_to: vec![Address::default()],
            is_read: at == 1,
            flag,
            has_attachments: at == 2,
            importance,
            is_draft: at == 0,
            kind,
            subject: ["", "🌊", "é"].get(at).unwrap().to_string(),
            ..message(&format!("m{at}"), "f", [i64::MAX, 0, i64::MIN].get(at).copied().unwrap())
        });
    }
    put(store, rows.iter().map(|row| Write::Message(Box::new(row.clone()))).collect()).await;
    assert_eq!(store.messages(&FolderId::new("f"), 0, 9).await.unwrap(), rows);
}

async fn a_row_of_any_size_is_kept_whole(store: &impl Store) {
    let huge = Message { subject: "é\u{0}".repeat(100_000), ..message("huge", "f", 5) };
    put(store, vec![row("a", "f", 4), Write::Message(Box::new(huge.clone())), row("b", "f", 6)]).await;
    assert_eq!(listed(store, "f", 0, 9).await, ["b", "huge", "a"]);
    assert!(store.message(&huge.id).await.unwrap() == Some(huge));
}

async fn a_removed_folder_can_be_filled_again(store: &impl Store) {
    let fill = |at| vec![Write::Folder(folder("f", None)), row("m", "f", at), row("n", "f", at + 1)];
    put(store, fill(1)).await;
    put(store, vec![Write::RemoveFolder(FolderId::new("f"))]).await;
    assert_eq!(store.count(&FolderId::new("f")).await.unwrap(), 0);
    put(store, fill(5)).await;
    assert_eq!(listed(store, "f", 0, 9).await, ["n", "m"]);
    // Moved out, removed and moved back in, all in one commit.
    put(store, vec![row("m", "g", 5), Write::RemoveFolder(FolderId::new("f")), row("m", "f", 7)]).await;
    assert_eq!(listed(store, "f", 0, 9).await, ["m"]);
    assert_eq!(listed(store, "g", 0, 9).await, [""; 0]);
}

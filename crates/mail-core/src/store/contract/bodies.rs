//! The part of the contract that is about bodies: where they are counted, which go first, and what the person wants kept.

use super::{detach, folder, put, row};
use crate::id::{FolderId, MessageId};
use crate::model::{Body, BodyContent};
use crate::store::room::{BodyShare, Keep, week};
use crate::store::{Commit, Store, Write};
use crate::time::Timestamp;

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

fn body(id: &str, text: &str) -> Write {
    let content = BodyContent::Text(text.to_owned());
    Write::Body(MessageId::new(id), Box::new(Body { content, attachments: Vec::new() }))
}

/// Week, folder and count of each share.
async fn shares(store: &impl Store) -> Vec<(i64, String, u32)> {
    let named = |share: &BodyShare| share.folder.as_ref().map_or(String::new(), ToString::to_string);
    let shares = store.body_shares().await.unwrap();
    assert!(shares.iter().all(|share| share.bytes > 0), "{shares:?}");
    shares.iter().map(|share| (share.week, named(share), share.count)).collect()
}

async fn missing(store: &impl Store, folder: &str) -> Vec<String> {
    let rows = store.messages(&FolderId::new(folder), 0, 99).await.unwrap();
    store.bodies_missing(&rows).await.unwrap().iter().map(ToString::to_string).collect()
}

pub(super) async fn bodies_are_counted_where_their_messages_lie(store: &impl Store) {
    let (now, then) = (700 * DAY, 400 * DAY);
    let (new, old) = (week(Timestamp::from_millis(now)), week(Timestamp::from_millis(then)));
    assert_eq!(shares(store).await, []);
    put(store, vec![row("a", "f", now), row("b", "f", now + 1), row("c", "f", then)]).await;
    assert_eq!(missing(store, "f").await, ["b", "a", "c"]);
    put(store, vec![body("a", "A"), body("c", "C")]).await;
    assert_eq!(missing(store, "f").await, ["b"]);
    assert_eq!(shares(store).await, [(old, "f".to_owned(), 1), (new, "f".to_owned(), 1)]);
    // A row and its body in one commit, and a longer body in place of a short one.
    let before = BodyShare::sum(&store.body_shares().await.unwrap());
    put(store, vec![body("b", "B"), body("a", &"long".repeat(100))]).await;
    assert!(BodyShare::sum(&store.body_shares().await.unwrap()) > before + 100);
    assert_eq!(shares(store).await.last(), Some(&(new, "f".to_owned(), 2)));
    // A body goes where its message goes, also by way of nowhere, and with it for good.
    put(store, vec![row("a", "g", now), detach("b", "f", now + 1)]).await;
    put(store, vec![row("b", "g", now + 1)]).await;
    assert_eq!(shares(store).await, [(old, "f".to_owned(), 1), (new, "g".to_owned(), 2)]);
    put(store, vec![row("b", "g", then), Write::RemoveBody(MessageId::new("c"))]).await;
    assert_eq!(shares(store).await, [(old, "g".to_owned(), 1), (new, "g".to_owned(), 1)]);
    assert_eq!(store.body(&MessageId::new("c")).await.unwrap(), None);
    assert_eq!((missing(store, "f").await, missing(store, "g").await), (vec!["c".to_owned()], Vec::new()));
    put(store, vec![Write::RemoveMessage(MessageId::new("a"))]).await;
    assert_eq!(shares(store).await, [(old, "g".to_owned(), 1)]);
    put(store, vec![Write::Folder(folder("g", None)), Write::RemoveFolder(FolderId::new("g"))]).await;
    assert_eq!(shares(store).await, []);
}

pub(super) async fn the_oldest_bodies_are_dropped(store: &impl Store) {
    let at = |day: i64| 1_000 * DAY + day * DAY;
    let rows = (0..30).map(|day| row(&format!("m{day:02}"), "f", at(day)));
    put(store, rows.chain((0..30).map(|day| body(&format!("m{day:02}"), "text"))).collect()).await;
    put(store, vec![Write::DropBodies(Timestamp::from_millis(at(10)))]).await;
    let gone: Vec<_> = (0..10).rev().map(|day| format!("m{day:02}")).collect();
    assert_eq!(missing(store, "f").await, gone);
    assert!(!store.holds_body(&MessageId::new("m09")).await.unwrap());
    assert!(store.holds_body(&MessageId::new("m10")).await.unwrap());
    assert_eq!(shares(store).await.iter().map(|share| share.2).sum::<u32>(), 20);
    put(store, vec![Write::DropBodies(Timestamp::from_millis(i64::MAX))]).await;
    assert_eq!(shares(store).await, []);
    assert_eq!(store.count(&FolderId::new("f")).await.unwrap(), 30);
}

pub(super) async fn what_is_to_be_kept_is_kept(store: &impl Store) {
    assert_eq!(store.keep().await.unwrap(), Keep::default());
    let floor = Some(Timestamp::from_millis(77 * DAY));
    for keep in [Keep::days(None), Keep::days(Some(7)), Keep { floor, ..Keep::days(Some(365)) }] {
        store.commit(Commit::strict(vec![Write::Keep(keep)])).await.unwrap();
        assert_eq!(store.keep().await.unwrap(), keep);
    }
}

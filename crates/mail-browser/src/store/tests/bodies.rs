//! Bodies as the browser keeps them: large ones as zlib streams of its own making, and what a damaged one costs.

use super::*;
use mail_core::model::{Body, BodyContent};

const BODIES: &str = "bodies";
/// A body's record as it was written first: 2, then a zlib stream.
const FROZEN: &str = "0278da63ac564acecf2b49cd2b51b2aa56f228c9cd51b252b229b03bbcc746bfc04ea9564729b1a42431392317a8a258c92a3ab61600ac1c1142";

fn text(text: &str) -> Body {
    Body { content: BodyContent::Html(text.to_owned()), attachments: Vec::new() }
}

async fn spoil(store: &IndexedStore, id: &str, record: &[u8]) {
    let durability = mail_core::store::Durability::Relaxed;
    let writing = connection::Writing::begin(&store.connection().database, [BODIES], durability).unwrap();
    let table = writing.transaction.object_store(BODIES).unwrap();
    table.put_with_key(&Uint8Array::from(record), &id.into()).unwrap();
    writing.finish().await.unwrap();
}

async fn record(store: &IndexedStore, id: &str) -> Vec<u8> {
    Uint8Array::new(&raw(store, BODIES, id).await).to_vec()
}

#[wasm_bindgen_test]
async fn a_large_body_is_kept_as_a_stream_and_a_damaged_one_counts_as_not_loaded() {
    let store = fresh().await;
    let long = text(&"<p>All is well at sea.</p>".repeat(2_000));
    let bodies = [("small", text("<p>ü</p>")), ("large", long.clone())];
    let rows = bodies.iter().map(|(id, _)| row(id, 1));
    let writes = bodies.iter().map(|(id, body)| Write::Body(MessageId::new(*id), Box::new(body.clone())));
    store.commit(Commit::relaxed(rows.chain(writes).collect())).await.unwrap();
    let (small, large) = (record(&store, "small").await, record(&store, "large").await);
    assert_eq!((small[0], large[0]), (1, 2));
    assert!(large.len() < 2_000, "{} bytes", large.len());
    let shares = store.body_shares().await.unwrap();
    assert_eq!(shares.iter().map(|share| share.bytes).sum::<u64>(), (small.len() + large.len()) as u64);
    for (id, body) in bodies {
        assert_eq!(store.body(&MessageId::new(id)).await.unwrap(), Some(body));
    }
    // One changed bit in the middle, and a record that was cut.
    let mut bent = large.clone();
    bent[large.len() / 2] ^= 1;
    for spoiled in [bent, large[..large.len() - 9].to_vec()] {
        spoil(&store, "large", &spoiled).await;
        assert_eq!(store.body(&MessageId::new("large")).await.unwrap(), None);
        assert!(!store.holds_body(&MessageId::new("large")).await.unwrap(), "it is fetched again");
        assert!(store.body(&MessageId::new("small")).await.unwrap().is_some());
    }
}

#[wasm_bindgen_test]
async fn a_stream_that_was_written_once_is_read_for_ever() {
    let store = fresh().await;
    let digits: Vec<u32> = FROZEN.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect();
    spoil(&store, "m", &bytes).await;
    assert_eq!(store.body(&MessageId::new("m")).await.unwrap(), Some(text("<p>ü</p>")));
}

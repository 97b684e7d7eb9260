//! The same store and ports in a dedicated worker, where the engine lives and where there is no window.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use futures::StreamExt;
use futures::channel::mpsc;
use mail_browser::channel::Channel;
use mail_browser::store::{IndexedStore, wipe};
use mail_browser::{lock, ports, shell};
use mail_core::error::NetError;
use mail_core::id::FolderId;
use mail_core::ports::{Clock, Http, Random, Socket};
use mail_core::protocol::{Ask, Word};
use mail_core::store::contract::message;
use mail_core::store::{Commit, RefreshToken, Store, Write};
use mail_core::time::Timestamp;
use std::time::Duration;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn the_store_works_without_a_window() {
    let store = IndexedStore::open().await.unwrap();
    let token = RefreshToken { secret: "s".to_owned(), dies_at: Timestamp::from_millis(1) };
    let row = Write::Message(Box::new(message("m", "f", 1)));
    store.commit(Commit::strict(vec![row, Write::RefreshToken(token.clone())])).await.unwrap();
    assert_eq!(store.refresh_token().await.unwrap(), Some(token));
    assert_eq!(store.messages(&FolderId::new("f"), 0, 9).await.unwrap().len(), 1);
    wipe().await.unwrap();
    assert!(IndexedStore::open_existing().await.unwrap().is_none());
}

#[wasm_bindgen_test]
async fn time_and_chance_work_without_a_window() {
    let before = ports::BrowserClock.now();
    ports::BrowserClock.sleep(Duration::from_millis(30)).await;
    assert!(ports::BrowserClock.now().since(before) >= Duration::from_millis(25));
    let mut bytes = vec![0; 70_000];
    ports::BrowserRandom.fill(&mut bytes);
    assert!(bytes.iter().rev().take(100).any(|byte| *byte != 0));
    assert_ne!(ports::BrowserRandom.uuid(), ports::BrowserRandom.uuid());
}

#[wasm_bindgen_test]
async fn an_answer_is_an_answer_whatever_its_status_and_silence_is_an_error() {
    let origin = js_sys::Reflect::get(&js_sys::global(), &"location".into())
        .and_then(|location| js_sys::Reflect::get(&location, &"origin".into()));
    let origin = origin.unwrap().as_string().unwrap();
    let get = |url: &str| http::Request::get(url).header("x-petrel", "1").body(Vec::new()).unwrap();
    let missing = ports::Fetch.send(get(&format!("{origin}/no-such-file"))).await.unwrap();
    assert_eq!(missing.status(), 404);
    // A port nobody listens on.
    assert_eq!(ports::Fetch.send(get("http://127.0.0.1:9/")).await.unwrap_err(), NetError::Unreachable);
    assert_eq!(ports::BrowserSocket.open("ws://127.0.0.1:9/").await.err(), Some(NetError::Unreachable));
    assert_eq!(ports::BrowserSocket.open("not an address").await.err(), Some(NetError::Unreachable));
}

#[wasm_bindgen_test]
async fn a_lock_has_one_holder_at_a_time() {
    let (sender, mut order) = mpsc::unbounded();
    let first = lock::hold("petrel-test").await;
    let second = {
        let sender = sender.clone();
        async move {
            let held = lock::hold("petrel-test").await;
            drop(sender.unbounded_send("second"));
            drop(held);
        }
    };
    let release = async move {
        ports::BrowserClock.sleep(Duration::from_millis(30)).await;
        drop(sender.unbounded_send("first"));
        drop(first);
    };
    futures::join!(second, release);
    assert_eq!((order.next().await, order.next().await), (Some("first"), Some("second")));
}

#[wasm_bindgen_test]
async fn giving_up_on_a_lock_leaves_it_to_others() {
    let first = lock::hold("petrel-given-up").await;
    {
        let mut waiting = Box::pin(lock::hold("petrel-given-up"));
        assert!(futures::poll!(&mut waiting).is_pending());
    }
    drop(first);
    drop(lock::hold("petrel-given-up").await);
}

#[wasm_bindgen_test]
async fn a_lock_that_somebody_holds_is_not_free_and_can_be_seized() {
    let first = lock::hold_if_free("petrel-free").await.unwrap();
    assert!(lock::hold_if_free("petrel-free").await.is_none());
    let seized = lock::seize("petrel-free").await;
    // Whoever lost it cannot release it for the new holder.
    drop(first);
    assert!(lock::hold_if_free("petrel-free").await.is_none());
    drop(seized);
    drop(lock::hold("petrel-free").await);
}

#[wasm_bindgen_test]
async fn a_word_is_heard_elsewhere_and_not_here() {
    let (sender, mut heard) = mpsc::unbounded();
    let echo = sender.clone();
    let _listener = Channel::open(move |word| drop(sender.unbounded_send(("listener", word))));
    let speaker = Channel::open(move |word| drop(echo.unbounded_send(("speaker", word))));
    // What another build might say is ignored.
    let other = web_sys::BroadcastChannel::new("petrel").unwrap();
    other.post_message(&"{\"Unheard\":1}".into()).unwrap();
    other.post_message(&7.into()).unwrap();
    other.close();
    speaker.say(&Word::Ask(Ask::Hello));
    assert_eq!(heard.next().await, Some(("listener", Word::Ask(Ask::Hello))));
    assert!(heard.try_recv().is_err());
}

#[wasm_bindgen_test]
async fn only_our_own_caches_are_forgotten() {
    let caches = js_sys::Reflect::get(&js_sys::global(), &"caches".into()).unwrap();
    let caches: web_sys::CacheStorage = wasm_bindgen::JsCast::unchecked_into(caches);
    for name in ["petrel-shell-test", "petrel-settings", "of-somebody-else"] {
        wasm_bindgen_futures::JsFuture::from(caches.open(name)).await.unwrap();
    }
    shell::forget_caches().await;
    let names = wasm_bindgen_futures::JsFuture::from(caches.keys()).await.unwrap();
    let names: Vec<_> = js_sys::Array::from(&names).iter().filter_map(|name| name.as_string()).collect();
    assert_eq!(names, ["of-somebody-else"]);
}

//! A wake of the service worker: some seconds in which the same engine works under the same lock and the same fence, without a
//! socket. A tab that leads does the work itself, and one that wants to lead gets the lock once the run is over.

use crate::LEADERSHIP;
use crate::ports::BrowserPorts;
use futures::future::{Either, select};
use mail_browser::channel::Channel;
use mail_browser::lock;
use mail_browser::ports::BrowserClock;
use mail_browser::store::IndexedStore;
use mail_core::config::Config;
use mail_core::engine::Engine;
use mail_core::hosts::{Errand, HostWord, Next, Wake};
use mail_core::ports::Clock as _;
use mail_core::protocol::{Ask, Tell, Word};
use mail_core::store::Store as _;
use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

/// What a run that began in time may take longer than the wake: a request under way is worth waiting for.
const GRACE: Duration = Duration::from_secs(30);
/// While an answer is waited for, a tab that wants to lead is noticed within this time.
const LOOK: Duration = Duration::from_millis(250);

/// Does what the browser woke us for.
///
/// # Errors
/// When something still waits in the outbox.
pub async fn wake(errand: Errand, settings: &str) -> Result<(), String> {
    let wake = Wake::new(errand, BrowserClock.now());
    let config = Config::parse(settings).map_err(|error| error.to_string())?;
    // Nobody signed in means nothing is stored.
    let Some(store) = IndexedStore::open_existing().await.map_err(|error| error.to_string())? else { return Ok(()) };
    let wanted = Rc::new(Cell::new(false));
    let channel = Channel::open({
        let wanted = wanted.clone();
        move |word| match word {
            // A page that starts asks who leads; it is not kept waiting for the end of this.
            Word::Host(HostWord::Wanted) | Word::Ask(Ask::Hello) => wanted.set(true),
            Word::Host(HostWord::Heard | HostWord::Offered | HostWord::Took) | Word::Ask(_) | Word::Tell(_) => {}
        }
    });
    let result = work(&wake, &store, config, &channel, &wanted).await;
    store.close();
    result
}

async fn work(
    wake: &Wake,
    store: &IndexedStore,
    config: Config,
    channel: &Channel,
    wanted: &Cell<bool>,
) -> Result<(), String> {
    let mut asked = false;
    let _leadership = loop {
        let ops = store.ops().await.map_err(|error| error.to_string())?;
        if !wake.is_needed(&ops) {
            return Ok(());
        }
        if let Some(held) = lock::hold_if_free(LEADERSHIP).await {
            break held;
        }
        if !asked {
            asked = true;
            channel.say(&Word::Ask(wake.ask()));
        }
        if is_over(wake.while_led(&ops, BrowserClock.now())).await? {
            return Ok(());
        }
    };
    // Pages that were told by a tab that is gone now say nothing here.
    wanted.set(false);
    let ports = BrowserPorts { store: store.clone() };
    let mut engine = Engine::start(ports, config).await.map_err(|error| error.to_string())?;
    engine.forgo_channel();
    loop {
        let late = wake.until().after(GRACE).since(BrowserClock.now());
        let Either::Left((outcome, _)) = select(pin!(engine.run_once()), pin!(BrowserClock.sleep(late))).await else {
            return Err("a request takes too long".to_owned());
        };
        for tell in outcome.tells {
            // Only what has changed is a tab's business; how mail arrives is said by a leader that stays.
            if let Tell::Changed(_) = tell {
                channel.say(&Word::Tell(tell));
            }
        }
        if outcome.deposed {
            return Err("another leader took over".to_owned());
        }
        if engine.is_asking() && !wanted.get() {
            engine.rest(LOOK).await;
            continue;
        }
        let ops = store.ops().await.map_err(|error| error.to_string())?;
        let next = wake.after_run(outcome.next, engine.live(), &ops, wanted.get(), BrowserClock.now());
        if is_over(next).await? {
            return Ok(());
        }
    }
}

/// Waits until it goes on; says whether it is over.
async fn is_over(next: Next) -> Result<bool, String> {
    match next {
        Next::At(time) => {
            let wait = time.since(BrowserClock.now());
            if !wait.is_zero() {
                BrowserClock.sleep(wait).await;
            }
            Ok(false)
        }
        Next::Done => Ok(true),
        Next::Unfinished => Err("something waits in the outbox".to_owned()),
    }
}

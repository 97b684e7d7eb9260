//! Mail that arrives by itself, so that a demo shows something live.
//! `--quiet` turns it off for tests.

use std::sync::Arc;
use std::time::Duration;

use crate::server::shared::{Shared, now_ms};

/// Between two mails.
const PAUSE: Duration = Duration::from_secs(45);

/// Delivers generated mail for ever.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut turn = 0;
    loop {
        tokio::time::sleep(PAUSE).await;
        turn += 1;
        shared.with(|sandbox| sandbox.deliver_demo(turn, now_ms()));
    }
}

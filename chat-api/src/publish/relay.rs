//! Publishing what a crash or a broker's outage left in the outbox.

use std::time::Duration;

use service_kit::bus::{Bus, Message};
use service_kit::db::Db;
use service_kit::shutdown::Shutdown;
use service_kit::{Error, Result, chain, pause};

use super::outbox;
use crate::figures;

/// How often the outbox is looked at.
const EVERY: Duration = Duration::from_millis(500);

/// Replicas share the work: each leases what it takes, so that nobody else takes it meanwhile.
pub(super) async fn run(bus: &Bus, db: &Db, shutdown: Shutdown) {
    loop {
        tokio::select! {
            () = pause::about(EVERY) => {}
            () = shutdown.stopping() => return,
        }
        match relay(bus, db).await {
            Ok(0) => {}
            Ok(count) => {
                metrics::counter!(figures::RELAYED).increment(count as u64);
                tracing::info!(count, "published events that were left in the outbox");
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), "events that are left in the outbox can't be published yet");
            }
        }
    }
}

/// One batch, in the order of each chat. Live events go out in between, so they do not starve.
async fn relay(bus: &Bus, db: &Db) -> Result<usize> {
    let leased = outbox::lease(db).await?;
    if leased.is_empty() {
        return Ok(0);
    }
    let ids: Vec<i64> = leased.iter().filter_map(|commit| commit.kept).collect();
    let messages: Vec<Message> = leased.into_iter().flat_map(|commit| commit.events).map(Message::Event).collect();
    bus.publish(&messages).await.map_err(|e| Error::Unavailable("the broker", Some(e.into())))?;
    outbox::delete(db, ids).await?;
    Ok(messages.len())
}

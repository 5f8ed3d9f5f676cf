//! Telling operators how the outbox stands.

use std::time::Duration;

use service_kit::db::Db;
use service_kit::shutdown::Shutdown;
use service_kit::{clock, pause};

use super::outbox;
use crate::figures::{OUTBOX_AGE, OUTBOX_ROWS};

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(5);

/// By every replica, since any of them may be the only one left. While the database is away the figures stay as they were,
/// and `chatire_database_up` says so.
pub(super) async fn run(db: &Db, shutdown: Shutdown) {
    loop {
        if db.is_up().await
            && let Ok(standing) = outbox::standing(db).await
        {
            let age = standing.oldest.map_or(0, |at| clock::now().micros() - at.micros()).max(0);
            metrics::gauge!(OUTBOX_ROWS, "outbox" => "chat").set(standing.rows as f64);
            metrics::gauge!(OUTBOX_AGE, "outbox" => "chat").set(age as f64 / 1e6);
        }
        tokio::select! {
            () = pause::about(EVERY) => {}
            () = shutdown.stopping() => return,
        }
    }
}

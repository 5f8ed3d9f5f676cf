//! Messages are kept for so many days, where the operator wants it: then they go, in steps so small that nobody waits.
//!
//! What goes is always the oldest part of a chat: messages with their words in the search, mentions, reactions and earlier
//! texts. Their events stay in their places and say nothing any more, so that seqs have no gap and whoever resumes from
//! long ago gets on as before. What is unread is counted in what is there ([`crate::chats`]), so it is right by itself.
//!
//! Several replicas may do so at once: a chat that one has locked is left out by the others.

mod rules;
mod step;

use std::time::Duration;

use service_kit::db::Db;
use service_kit::shutdown::Shutdown;
use service_kit::{Result, chain, clock, pause};
use shared_proto::Timestamp;

use crate::figures;
use crate::settings::Retention;
use rules::Aged;
pub(crate) use rules::{Walk, all, clear, own, set};
use step::Step;

/// Between steps, and between pages of chats in which nothing is to be done.
const BETWEEN: Duration = Duration::from_millis(50);
/// How often a chat that somebody holds is tried before it is left for the next round.
const TRIES: usize = 20;

/// Works until the process stops.
pub(crate) async fn run(db: &Db, settings: Retention, shutdown: Shutdown) {
    let every = Duration::from_secs(u64::from(settings.every_seconds));
    loop {
        tokio::select! {
            () = pause::about(every) => {}
            () = shutdown.stopping() => return,
        }
        let round = round(db, Walk::by_rules(settings.days));
        tokio::select! {
            done = round => match done {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "messages were kept for long enough and are gone"),
                Err(error) => tracing::warn!(error = chain(&error), "old messages can't be deleted now"),
            },
            // Each step is a transaction: what is left is found again.
            () = shutdown.stopping() => return,
        }
    }
}

/// Deletes everything that has been kept for long enough. Returns how many messages.
pub(crate) async fn round(db: &Db, mut walk: Walk) -> Result<usize> {
    let mut count = 0;
    while let Some(page) = walk.next(db).await? {
        for aged in page {
            count += clear_one(db, aged).await?;
        }
        tokio::time::sleep(BETWEEN).await;
    }
    Ok(count)
}

async fn clear_one(db: &Db, Aged { chat, days }: Aged) -> Result<usize> {
    let before = before(clock::now(), days);
    let (mut count, mut tries) = (0, 0);
    loop {
        match db.write(move |conn| step::step(conn, chat, before)).await? {
            Step::Gone(some) => {
                metrics::counter!(figures::EXPIRED).increment(some as u64);
                count += some;
                tries = 0;
            }
            Step::Held if tries < TRIES => tries += 1,
            Step::Held | Step::Nothing => return Ok(count),
        }
        tokio::time::sleep(BETWEEN).await;
    }
}

/// What was said before that has been kept for `days`.
fn before(now: Timestamp, days: i32) -> Timestamp {
    now.plus_seconds(-i64::from(days) * 86_400)
}

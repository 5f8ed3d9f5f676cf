//! Purging what was deleted: some time after a chat has ended its rows go, in steps so small that nobody waits.

use std::time::Duration;

use diesel::prelude::*;
use service_kit::db::{Conn, Db};
use service_kit::shutdown::Shutdown;
use service_kit::{Result, chain, clock, each_backend, pause};

use crate::schema::{chats, events, messages, retention};

/// How long an ended chat is kept: its last event must have reached everybody.
const KEPT_SECONDS: i64 = 24 * 60 * 60;
/// Rows of one step.
const STEP: i64 = 500;
/// Between steps, and between looking for something to do.
const BETWEEN: Duration = Duration::from_millis(50);
const EVERY: Duration = Duration::from_secs(600);

/// Works until the process stops. Several replicas may do so at once.
pub(crate) async fn run(db: &Db, shutdown: Shutdown) {
    loop {
        let wait = match step(db, KEPT_SECONDS).await {
            Ok(true) => BETWEEN,
            Ok(false) => EVERY,
            Err(error) => {
                tracing::warn!(error = chain(&error), "deleted chats can't be purged now");
                EVERY
            }
        };
        tokio::select! {
            () = pause::about(wait) => {}
            () = shutdown.stopping() => return,
        }
    }
}

/// Deletes some rows of one ended chat. `false` when there is nothing to do.
async fn step(db: &Db, kept_seconds: i64) -> Result<bool> {
    let before = clock::now().plus_seconds(-kept_seconds).micros();
    let due = move |conn: &mut Conn| -> Result<Option<i64>> {
        Ok(each_backend!(conn, c => chats::table
            .filter(chats::deleted_at.lt(before))
            .select(chats::id)
            .first(c)
            .optional())?)
    };
    let Some(chat) = db.read(due).await? else { return Ok(false) };
    db.write(move |conn| {
        let some = messages::table.filter(messages::chat_id.eq(chat)).select(messages::id).limit(STEP);
        let ids: Vec<i64> = each_backend!(conn, c => some.load(c))?;
        if !ids.is_empty() {
            each_backend!(conn, c => diesel::delete(messages::table.filter(messages::id.eq_any(&ids))).execute(c))?;
            return Ok(());
        }
        let some = events::table.filter(events::chat_id.eq(chat)).order(events::seq).select(events::seq).limit(STEP);
        let seqs: Vec<i64> = each_backend!(conn, c => some.load(c))?;
        if !seqs.is_empty() {
            let gone = events::table.filter(events::chat_id.eq(chat).and(events::seq.eq_any(&seqs)));
            each_backend!(conn, c => diesel::delete(gone).execute(c))?;
            return Ok(());
        }
        let rule = retention::table.find(chat);
        each_backend!(conn, c => diesel::delete(rule).execute(c))?;
        // Members and bans go with it.
        each_backend!(conn, c => diesel::delete(chats::table.find(chat)).execute(c))?;
        Ok(())
    })
    .await?;
    Ok(true)
}

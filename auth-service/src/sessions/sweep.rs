//! Throwing away what nobody can use any more.

use std::time::Duration;

use diesel::prelude::*;
use service_kit::db::{Conn, Db};
use service_kit::{Result, chain, clock, each_backend};
use shared_proto::Timestamp;

use super::rotate::Lifetimes;
use crate::passwords::drop_resets;
use crate::schema::{refresh_tokens, sessions};

const EVERY: Duration = Duration::from_secs(3_600);
/// Rows in one statement, so that nobody waits long behind it.
const BATCH: i64 = 500;
/// Ended sessions are kept for a day: those who missed the end may still ask.
const KEPT_SECONDS: i64 = 86_400;

/// Sweeps at the start and then every hour, for ever.
pub(crate) async fn sweep(db: &Db, lifetimes: Lifetimes) {
    loop {
        if let Err(error) = once(db, lifetimes).await {
            tracing::warn!(error = chain(&error), "ended sessions were not swept; trying again in an hour");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn once(db: &Db, lifetimes: Lifetimes) -> Result<()> {
    let now = clock::now();
    let (ended_before, made_before) = (now.plus_seconds(-KEPT_SECONDS), now.plus_seconds(-lifetimes.session_seconds));
    while db.write(move |conn| drop_sessions(conn, ended_before)).await? == BATCH as usize {}
    while db.write(move |conn| drop_resets(conn, now)).await? == BATCH as usize {}
    while db.write(move |conn| drop_tokens(conn, made_before)).await? == BATCH as usize {}
    Ok(())
}

/// Together with their tokens.
fn drop_sessions(conn: &mut Conn, ended_before: Timestamp) -> Result<usize> {
    let at = ended_before.micros();
    let ended = sessions::table
        .filter(sessions::expires_at.lt(at).nullable().or(sessions::revoked_at.lt(at)))
        .select(sessions::id)
        .limit(BATCH);
    let ids: Vec<String> = each_backend!(conn, c => ended.load(c))?;
    let gone = sessions::table.filter(sessions::id.eq_any(ids));
    Ok(each_backend!(conn, c => diesel::delete(gone).execute(c))?)
}

/// Tokens that are too old to prove anything, of sessions that go on.
fn drop_tokens(conn: &mut Conn, made_before: Timestamp) -> Result<usize> {
    let old = refresh_tokens::table
        .filter(refresh_tokens::created_at.lt(made_before.micros()))
        .select(refresh_tokens::hash)
        .limit(BATCH);
    let hashes: Vec<Vec<u8>> = each_backend!(conn, c => old.load(c))?;
    let gone = refresh_tokens::table.filter(refresh_tokens::hash.eq_any(hashes));
    Ok(each_backend!(conn, c => diesel::delete(gone).execute(c))?)
}
